package api

import (
	"context"

	"privd/api/oas"
)

// GetBalance implements oas.StrictServerInterface.
func (h *handlers) GetBalance(ctx context.Context, r oas.GetBalanceRequestObject) (oas.GetBalanceResponseObject, error) {
	who, err := selectorOf(r.Params.UserID, r.Params.WalletAddress, r.Params.AnonymousID)
	if err != nil {
		return nil, err
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
	if b.USDC != nil {
		dollars, units := usdc(*b.USDC)
		out.UsdcBalance, out.UsdcBalanceWei = &dollars, &units
	}
	return oas.GetBalance200JSONResponse{Success: true, Data: out}, nil
}
