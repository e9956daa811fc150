package api

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"privd/api/oas"
	"privd/market"
	"privd/market/purchase"
)

// DownloadPurchase implements oas.StrictServerInterface.
func (h *handlers) DownloadPurchase(ctx context.Context, r oas.DownloadPurchaseRequestObject) (oas.DownloadPurchaseResponseObject, error) {
	token, err := accessToken(r.Params)
	if err != nil {
		return nil, err
	}
	v, err := h.Purchases.Download(ctx, user(ctx), market.PurchaseID(r.ID), token)
	if err != nil {
		return nil, err
	}
	host, now := callOf(ctx).request.Host, h.Clock()
	items := make([]oas.DownloadItem, 0, len(v.Manifest.Entries))
	for i, f := range v.Manifest.Entries {
		if slices.Contains(v.Withheld, i) {
			continue
		}
		items = append(items, oas.DownloadItem{
			ContributionID: f.Contribution, ContributionType: f.Kind, Filename: f.Filename, FileSizeBytes: f.Size, MimeType: f.MIME,
			GatewayURL: h.urls.sign(host, v.ID, i, now, v.ExpiresAt), Cid: f.Root.String(), Sha256: hex.EncodeToString(f.SHA256),
		})
	}
	return oas.DownloadPurchase200JSONResponse{Success: true, Data: oas.DownloadAnswer{
		PurchaseID: string(v.ID), ListingID: string(v.Listing), DownloadCount: v.Downloads, MaxDownloads: purchase.MaxDownloads,
		Downloads: items, ExpiresAt: seconds(v.ExpiresAt), Message: downloadMessage(v),
	}}, nil
}

func downloadMessage(v purchase.View) string {
	message := fmt.Sprintf("Download %d of %d. Access expires %s.", v.Downloads, purchase.MaxDownloads, v.ExpiresAt.UTC().Format("2006-01-02T15:04:05.000Z"))
	if n := len(v.Withheld); n > 0 {
		message += fmt.Sprintf(" Left out: %d of %d files, which their owner had erased.", n, len(v.Manifest.Entries))
	}
	return message
}

// accessToken takes the token from where the client put it; empty when nowhere.
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
	case query == "":
		return header, nil
	}
	return query, nil
}
