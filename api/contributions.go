package api

import (
	"context"
	"encoding/json"

	"privd/api/oas"
	"privd/market"
	"privd/market/contribution"
	"privd/market/media"
)

// ListContributions implements oas.StrictServerInterface.
func (h *handlers) ListContributions(ctx context.Context, r oas.ListContributionsRequestObject) (oas.ListContributionsResponseObject, error) {
	var f contribution.Filter
	if r.Params.Status != nil {
		f.Status = contribution.Status(*r.Params.Status)
	}
	if r.Params.Type != nil {
		f.Kind = media.Kind(*r.Params.Type)
	}
	limit, offset := limitOf(r.Params.Limit), offsetOf(r.Params.Offset)
	page, total, err := h.Contributions.List(ctx, user(ctx), f, limit, offset)
	if err != nil {
		return nil, err
	}
	list := make([]oas.Contribution, len(page))
	for i, c := range page {
		list[i] = contributionOf(c)
	}
	return oas.ListContributions200JSONResponse{Success: true, Data: oas.ContributionPage{
		Contributions: list, Total: total, Limit: limit, Offset: askedOffset(r.Params.Offset),
	}}, nil
}

// GetContribution implements oas.StrictServerInterface.
func (h *handlers) GetContribution(ctx context.Context, r oas.GetContributionRequestObject) (oas.GetContributionResponseObject, error) {
	c, err := h.Contributions.Get(ctx, user(ctx), market.ContributionID(r.ID))
	if err != nil {
		return nil, err
	}
	return oas.GetContribution200JSONResponse{Success: true, Data: oas.ContributionAnswer{
		// Neither depends on the status, nor on who bought it: a deleted one is not seen.
		Contribution: contributionDetailsOf(c), CanDelete: true, CanUpdateConsent: true,
	}}, nil
}

// storageBucket is a constant of the documents.
const storageBucket = "contributions"

func storagePath(c contribution.Contribution) string { return "ipfs/" + c.Object.Root.String() }

func contributionOf(c contribution.Contribution) oas.Contribution {
	earned, wei := priv(c.Earned)
	return oas.Contribution{
		ID: string(c.ID), UserID: string(c.User), ContributionType: oas.ContributionType(c.Kind),
		FileHash: c.FileHash.Hex(), StoragePath: storagePath(c), FileSizeBytes: c.Object.Size,
		MimeType: c.MIME, OriginalFilename: c.Filename, Metadata: metadataOf(c),
		ConsentAiTraining: c.Consent.AI, ConsentResearch: c.Consent.Research, ConsentCommercial: c.Consent.Commercial,
		QualityScore: score(c.Quality), PrivEarned: earned, PrivEarnedWei: wei, Status: oas.ContributionStatus(c.Status),
		CreatedAt: seconds(c.CreatedAt), UpdatedAt: seconds(c.UpdatedAt),
	}
}

func contributionDetailsOf(c contribution.Contribution) oas.ContributionDetails {
	item := contributionOf(c)
	return oas.ContributionDetails{
		ID: item.ID, UserID: item.UserID, ContributionType: item.ContributionType,
		FileHash: item.FileHash, StorageBucket: storageBucket, StoragePath: item.StoragePath, FileSizeBytes: item.FileSizeBytes,
		MimeType: item.MimeType, OriginalFilename: item.OriginalFilename, Metadata: item.Metadata,
		ConsentAiTraining: item.ConsentAiTraining, ConsentResearch: item.ConsentResearch, ConsentCommercial: item.ConsentCommercial,
		ConsentTimestamp: seconds(c.Consent.GivenAt), ConsentVersion: c.Consent.Version,
		QualityScore: item.QualityScore, QualityFactors: factors(c.Quality),
		PrivEarned: item.PrivEarned, PrivEarnedWei: item.PrivEarnedWei, RewardMultiplier: thousandths(c.RewardMultiplier()),
		Status: item.Status, ReviewReason: present(c.Reason), ReviewedAt: optional(c.ReviewedAt),
		CreatedAt: item.CreatedAt, UpdatedAt: item.UpdatedAt,
	}
}

func metadataOf(c contribution.Contribution) json.RawMessage {
	if len(c.Metadata) == 0 {
		return json.RawMessage("{}")
	}
	return c.Metadata
}

// thousandths writes n/1000 without going through a float.
func thousandths(n int64) json.Number {
	return json.Number(market.Wei(uint64(n)).Decimal(3))
}

func score(q *contribution.Quality) *float64 {
	if q == nil {
		return nil
	}
	v := q.Score.Float()
	return &v
}

func factors(q *contribution.Quality) *map[string]float64 {
	if q == nil {
		return nil
	}
	out := make(map[string]float64, len(q.Factors))
	for _, f := range q.Factors {
		out[f.Name] = f.Value.Float()
	}
	return &out
}
