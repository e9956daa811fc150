package api

import (
	"context"

	"privd/api/oas"
	"privd/market"
	"privd/market/account"
	"privd/market/earning"
)

// Earnings shows and books what users earn.
type Earnings interface {
	// List shows the earnings of the user a selector names, as Balances does.
	List(ctx context.Context, caller account.Caller, who Selector, f earning.Filter, limit, offset int) (earning.Page, error)
	Book(ctx context.Context, r earning.Request) (earning.Earning, error)
	Confirm(ctx context.Context, id market.EarningID) (earning.Earning, error)
}

// ListEarnings implements oas.StrictServerInterface.
func (h *handlers) ListEarnings(ctx context.Context, r oas.ListEarningsRequestObject) (oas.ListEarningsResponseObject, error) {
	who, err := selectorOf(r.Params.UserID, nil, nil)
	if err != nil {
		return nil, err
	}
	var f earning.Filter
	if r.Params.Source != nil {
		f.Source = earning.Source(*r.Params.Source)
	}
	if r.Params.Status != nil {
		f.Status = earning.Status(*r.Params.Status)
	}
	limit := limitOf(r.Params.Limit)
	page, err := h.Earnings.List(ctx, callOf(ctx).caller, who, f, limit, offsetOf(r.Params.Offset))
	if err != nil {
		return nil, err
	}
	summary, err := summaryOf(page.Summary)
	if err != nil {
		return nil, err
	}
	list := make([]oas.Earning, len(page.Earnings))
	for i, e := range page.Earnings {
		list[i] = earningOf(e)
	}
	return oas.ListEarnings200JSONResponse{Success: true, Data: oas.EarningPage{
		Earnings: list, Summary: summary,
		Pagination: oas.EarningPagination{Total: page.Total, Limit: limit, Offset: askedOffset(r.Params.Offset)},
	}}, nil
}

func earningOf(e earning.Earning) oas.Earning {
	out := oas.Earning{
		ID: string(e.ID), Source: oas.EarningSource(e.Source), Status: oas.EarningStatus(e.Status), Description: e.Description,
		CreatedAt: seconds(e.CreatedAt), ConfirmedAt: optional(e.ConfirmedAt), ClaimedAt: optional(e.ClaimedAt), ReferenceID: present(e.Reference),
	}
	out.Amount, out.AmountWei = priv(e.Amount)
	return out
}

func summaryOf(s earning.Summary) (out oas.EarningSummary, err error) {
	sum := func(f earning.Filter) (number oas.Money, wei oas.Wei) {
		t, failed := s.Sum(f)
		if err == nil {
			err = failed
		}
		return priv(t.Amount)
	}
	out.TotalEarned, out.TotalEarnedWei = sum(earning.Filter{})
	out.TotalPending, out.TotalPendingWei = sum(earning.Filter{Status: earning.Pending})
	out.TotalConfirmed, out.TotalConfirmedWei = sum(earning.Filter{Status: earning.Confirmed})
	out.TotalClaimed, out.TotalClaimedWei = sum(earning.Filter{Status: earning.Claimed})
	of, wei := &out.BySource, &out.BySourceWei
	of.Browsing, wei.Browsing = sum(earning.Filter{Source: earning.Browsing})
	of.Labeling, wei.Labeling = sum(earning.Filter{Source: earning.Labeling})
	of.DataSales, wei.DataSales = sum(earning.Filter{Source: earning.DataSales})
	of.Staking, wei.Staking = sum(earning.Filter{Source: earning.Staking})
	of.Referral, wei.Referral = sum(earning.Filter{Source: earning.Referral})
	return out, err
}

// BookEarning implements oas.StrictServerInterface.
func (h *handlers) BookEarning(ctx context.Context, r oas.BookEarningRequestObject) (oas.BookEarningResponseObject, error) {
	amount, err := parsePRIV("amount", r.Body.Amount)
	if err != nil {
		return nil, err
	}
	asked := earning.Request{User: market.UserID(r.Body.UserID), Source: earning.Source(r.Body.Source), Amount: amount, Status: earning.Confirmed}
	if r.Body.Description != nil {
		asked.Description = *r.Body.Description
	}
	if r.Body.ReferenceID != nil {
		asked.Reference = *r.Body.ReferenceID
	}
	if r.Body.Status != nil {
		asked.Status = earning.Status(*r.Body.Status)
	}
	e, err := h.Earnings.Book(ctx, asked)
	if err != nil {
		return nil, err
	}
	return oas.BookEarning200JSONResponse{BookedEarningJSONResponse: bookedOf(e)}, nil
}

// ConfirmEarning implements oas.StrictServerInterface.
func (h *handlers) ConfirmEarning(ctx context.Context, r oas.ConfirmEarningRequestObject) (oas.ConfirmEarningResponseObject, error) {
	e, err := h.Earnings.Confirm(ctx, market.EarningID(r.ID))
	if err != nil {
		return nil, err
	}
	return oas.ConfirmEarning200JSONResponse{BookedEarningJSONResponse: bookedOf(e)}, nil
}

func bookedOf(e earning.Earning) oas.BookedEarningJSONResponse {
	out := earningOf(e)
	out.UserID = present(string(e.User))
	return oas.BookedEarningJSONResponse{Success: true, Data: out}
}
