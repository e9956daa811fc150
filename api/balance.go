package api

import (
	"context"

	"privd/api/oas"
	"privd/market"
)

// GetBalance implements oas.StrictServerInterface.
func (h *handlers) GetBalance(ctx context.Context, r oas.GetBalanceRequestObject) (oas.GetBalanceResponseObject, error) {
	var who Selector
	if r.Params.UserID != nil {
		who.User = market.UserID(*r.Params.UserID)
	}
	if r.Params.WalletAddress != nil {
		who.Wallet = *r.Params.WalletAddress
	}
	if r.Params.AnonymousID != nil {
		who.AnonymousID = *r.Params.AnonymousID
	}
	b, err := h.Balances.Balance(ctx, callOf(ctx).caller, who)
	if err != nil {
		return nil, err
	}
	out := oas.Balance{
		UserID: string(b.User.ID), WalletAddress: b.User.Wallet.Hex(), AnonymousID: b.User.AnonymousID, DataSharingEnabled: b.DataSharing,
	}
	out.PrivBalance, out.PrivBalanceWei = priv(b.PRIV)
	out.EarnedTotal, out.EarnedTotalWei = priv(b.Earned)
	out.PendingRewards, out.PendingRewardsWei = priv(b.Pending)
	return oas.GetBalance200JSONResponse{Success: true, Data: out}, nil
}
