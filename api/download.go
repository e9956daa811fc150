package api

import (
	"context"
	"fmt"

	"privd/api/oas"
	"privd/market"
)

// DownloadPurchase implements oas.StrictServerInterface.
func (h *handlers) DownloadPurchase(ctx context.Context, r oas.DownloadPurchaseRequestObject) (oas.DownloadPurchaseResponseObject, error) {
	token, err := accessToken(r.Params)
	if err != nil {
		return nil, err
	}
	d, err := h.Purchases.Download(ctx, user(ctx), market.PurchaseID(r.ID), token)
	if err != nil {
		return nil, err
	}
	p, c := d.Purchase, callOf(ctx)
	items := make([]oas.DownloadItem, len(d.Files))
	for i, f := range d.Files {
		items[i] = oas.DownloadItem{
			ContributionID: f.Contribution, ContributionType: f.Kind, Filename: f.Filename, FileSizeBytes: f.Size, MimeType: f.MIME,
			GatewayURL: h.urls.sign(c.request.Host, p.ID, i, h.Clock(), p.ExpiresAt), Cid: f.CID, Sha256: f.SHA256.Hex(),
		}
	}
	return oas.DownloadPurchase200JSONResponse{Success: true, Data: oas.DownloadAnswer{
		PurchaseID: string(p.ID), ListingID: string(p.Listing), DownloadCount: p.Downloads, MaxDownloads: p.MaxDownloads,
		Downloads: items, ExpiresAt: seconds(p.ExpiresAt),
		Message: fmt.Sprintf("Download %d of %d. Access expires %s.", p.Downloads, p.MaxDownloads, p.ExpiresAt.UTC().Format("2006-01-02T15:04:05.000Z")),
	}}, nil
}

// accessToken takes the token from where the client put it.
func accessToken(p oas.DownloadPurchaseParams) (string, error) {
	var query, header string
	if p.AccessToken != nil {
		query = *p.AccessToken
	}
	if p.XAccessToken != nil {
		header = *p.XAccessToken
	}
	switch {
	case query != "" && header != "" && query != header:
		return "", market.Fail(market.Denied, "two different access tokens were sent")
	case query == "" && header == "":
		return "", &market.Error{Code: market.Denied, Reason: "ACCESS_TOKEN_REQUIRED", Field: "access_token", Message: "an access token is required"}
	case query == "":
		return header, nil
	}
	return query, nil
}
