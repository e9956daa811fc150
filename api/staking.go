package api

import (
	"context"

	"privd/api/oas"
	"privd/market"
	"privd/market/account"
	"privd/market/staking"
)

// Stakes puts PRIV behind reputations and takes it back; staking.Service does, with
// StakeOf beside it.
type Stakes interface {
	// StakeOf returns what the selected user has staked; the errors are those of
	// Balances.
	StakeOf(ctx context.Context, caller account.Caller, who Selector) (staking.View, error)
	Stake(ctx context.Context, user market.UserID, amount market.Amount) (staking.View, error)
	Unstake(ctx context.Context, user market.UserID, amount market.Amount) (staking.View, error)
}

// GetStake implements oas.StrictServerInterface.
func (h *handlers) GetStake(ctx context.Context, r oas.GetStakeRequestObject) (oas.GetStakeResponseObject, error) {
	v, err := h.Stakes.StakeOf(ctx, callOf(ctx).caller, selectUser(r.Params.UserID))
	if err != nil {
		return nil, err
	}
	return oas.GetStake200JSONResponse{StakedJSONResponse: staked(v)}, nil
}

// Stake implements oas.StrictServerInterface.
func (h *handlers) Stake(ctx context.Context, r oas.StakeRequestObject) (oas.StakeResponseObject, error) {
	amount, err := parsePRIV("amount", r.Body.Amount)
	if err != nil {
		return nil, err
	}
	v, err := h.Stakes.Stake(ctx, user(ctx), amount)
	if err != nil {
		return nil, err
	}
	return oas.Stake200JSONResponse{StakedJSONResponse: staked(v)}, nil
}

// Unstake implements oas.StrictServerInterface.
func (h *handlers) Unstake(ctx context.Context, r oas.UnstakeRequestObject) (oas.UnstakeResponseObject, error) {
	amount, err := parsePRIV("amount", r.Body.Amount)
	if err != nil {
		return nil, err
	}
	v, err := h.Stakes.Unstake(ctx, user(ctx), amount)
	if err != nil {
		return nil, err
	}
	return oas.Unstake200JSONResponse{StakedJSONResponse: staked(v)}, nil
}

func staked(v staking.View) oas.StakedJSONResponse {
	out := oas.Stake{CoolingDown: []oas.CoolingDown{}}
	out.StakedPriv, out.StakedPrivWei = priv(v.Staked)
	if !v.Cooling.IsZero() {
		cooling := oas.CoolingDown{Until: seconds(v.Until)}
		cooling.Amount, cooling.AmountWei = priv(v.Cooling)
		out.CoolingDown = append(out.CoolingDown, cooling)
	}
	if r := v.Request; r != nil {
		out.Request = &oas.StakeRequest{
			ID: string(r.ID), Kind: string(r.Direction), Status: string(r.State), Reason: present(r.Reason), CreatedAt: seconds(r.CreatedAt),
		}
		out.Request.Amount, out.Request.AmountWei = priv(r.Terms.Amount)
		if !r.TxHash.IsZero() {
			out.Request.TxHash = present(r.TxHash.String())
		}
		if r.State == staking.Awaiting {
			out.Request.SignatureRequest = present(string(r.SignatureID))
		}
	}
	return oas.StakedJSONResponse{Success: true, Data: out}
}
