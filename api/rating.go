package api

import (
	"context"
	"encoding/json"

	"privd/api/oas"
	"privd/market"
	"privd/market/purchase"
	"privd/market/rating"
)

// Ratings takes and shows what buyers say; rating.Service is one.
type Ratings interface {
	Rate(ctx context.Context, user market.UserID, id market.PurchaseID, stars int, comment string) (rating.Rating, error)
	// Of returns the ratings of those purchases, by their ids on chain, that have one.
	Of(ctx context.Context, purchases []market.Hash) (map[market.Hash]rating.Rating, error)
}

// RatePurchase implements oas.StrictServerInterface.
func (h *handlers) RatePurchase(ctx context.Context, r oas.RatePurchaseRequestObject) (oas.RatePurchaseResponseObject, error) {
	comment := ""
	if r.Body.Comment != nil {
		comment = *r.Body.Comment
	}
	given, err := h.Ratings.Rate(ctx, user(ctx), market.PurchaseID(r.ID), r.Body.Rating, comment)
	if err != nil {
		return nil, err
	}
	return oas.RatePurchase200JSONResponse{Success: true, Data: oas.RatedPurchase{PurchaseID: r.ID, Rating: int(given.Signed.Stars)}}, nil
}

// rated shows purchases with the ratings their buyer gave.
func (h *handlers) rated(ctx context.Context, views ...purchase.View) ([]oas.Purchase, error) {
	ids := make([]market.Hash, 0, len(views))
	for _, v := range views {
		if !v.OnChain.IsZero() {
			ids = append(ids, v.OnChain)
		}
	}
	given, err := h.Ratings.Of(ctx, ids)
	if err != nil {
		return nil, err
	}
	list := make([]oas.Purchase, len(views))
	for i, v := range views {
		list[i] = h.purchaseOf(v)
		if r, ok := given[v.OnChain]; ok {
			list[i].Rating = present(int(r.Signed.Stars))
		}
	}
	return list, nil
}

// mean writes a mean rating.
func mean(sum, count int64) json.Number { return json.Number(rating.Mean(sum, count)) }
