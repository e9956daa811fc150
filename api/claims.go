package api

import (
	"context"
	"encoding/hex"
	"fmt"

	"privd/api/oas"
	"privd/market"
	"privd/market/account"
	"privd/market/claim"
)

// Claims makes and shows claims.
type Claims interface {
	Claim(ctx context.Context, user market.UserID, r claim.Request) (claim.Made, error)
	// Get returns NotFound for a claim of somebody else; service keys may ask for any.
	Get(ctx context.Context, caller account.Caller, id market.ClaimID) (claim.View, error)
	// List shows the claims of the user a selector names, as Balances does.
	List(ctx context.Context, caller account.Caller, who Selector, limit, offset int) ([]claim.View, int, error)
	// Redemption returns where a voucher is paid, and what to send there.
	Redemption(v claim.Voucher) Redemption
}

// Redemption is how a voucher is turned into PRIV.
type Redemption struct {
	ChainID  uint64
	Token    market.Address // PRIV
	Contract market.Address // Rewards
	Calldata []byte
}

// ClaimEarnings implements oas.StrictServerInterface. The voucher is there when the
// claim is read: making it does not wait for a signature.
func (h *handlers) ClaimEarnings(ctx context.Context, r oas.ClaimEarningsRequestObject) (oas.ClaimEarningsResponseObject, error) {
	asked := claim.Request{All: r.Body.ClaimAll != nil && *r.Body.ClaimAll}
	if r.Body.EarningIds != nil {
		for _, id := range *r.Body.EarningIds {
			asked.Earnings = append(asked.Earnings, market.EarningID(id))
		}
	}
	made, err := h.Claims.Claim(ctx, user(ctx), asked)
	if err != nil {
		return nil, err
	}
	out := h.claimOf(claim.View{Claim: made.Claim})
	if asked.All {
		out.RemainingCount = &made.Left
	}
	return oas.ClaimEarnings200JSONResponse{Success: true, Data: out}, nil
}

// ListClaims implements oas.StrictServerInterface.
func (h *handlers) ListClaims(ctx context.Context, r oas.ListClaimsRequestObject) (oas.ListClaimsResponseObject, error) {
	who, err := selectorOf(r.Params.UserID, nil, nil)
	if err != nil {
		return nil, err
	}
	limit := limitOf(r.Params.Limit)
	page, total, err := h.Claims.List(ctx, callOf(ctx).caller, who, limit, offsetOf(r.Params.Offset))
	if err != nil {
		return nil, err
	}
	list := make([]oas.Claim, len(page))
	for i, v := range page {
		list[i] = h.claimOf(v)
	}
	return oas.ListClaims200JSONResponse{Success: true, Data: oas.ClaimPage{
		Claims: list, Pagination: oas.EarningPagination{Total: total, Limit: limit, Offset: askedOffset(r.Params.Offset)},
	}}, nil
}

// GetClaim implements oas.StrictServerInterface.
func (h *handlers) GetClaim(ctx context.Context, r oas.GetClaimRequestObject) (oas.GetClaimResponseObject, error) {
	v, err := h.Claims.Get(ctx, callOf(ctx).caller, market.ClaimID(r.ID))
	if err != nil {
		return nil, err
	}
	return oas.GetClaim200JSONResponse{Success: true, Data: h.claimOf(v)}, nil
}

// GetClaimTimeline implements oas.StrictServerInterface.
func (h *handlers) GetClaimTimeline(ctx context.Context, r oas.GetClaimTimelineRequestObject) (oas.GetClaimTimelineResponseObject, error) {
	v, err := h.Claims.Get(ctx, callOf(ctx).caller, market.ClaimID(r.ID))
	if err != nil {
		return nil, err
	}
	reason, retryAt := v.Waiting()
	if v.Failure != "" && reason == "" {
		reason = v.Failure
	}
	steps := make([]oas.TimelineStep, len(v.Steps))
	for i, s := range v.Steps {
		steps[i] = timelineStep(s.At, s.What, s.TxHash, market.Amount{})
	}
	return oas.GetClaimTimeline200JSONResponse{Success: true, Data: oas.ClaimTimeline{
		ClaimID: string(v.ID), State: oas.ClaimStatus(v.Status), Reason: present(reason), NextRetryAt: optional(retryAt),
		MoneyMoved: v.Sales.Paid || v.Rewards.Paid, Steps: steps,
	}}, nil
}

func (h *handlers) claimOf(v claim.View) oas.Claim {
	out := oas.Claim{
		ClaimID: string(v.ID), EarningsCount: len(v.Earnings), Status: oas.ClaimStatus(v.Status), Message: messageOf(v.Claim),
		EarningIds: make([]string, len(v.Earnings)), Skipped: make([]oas.SkippedEarning, len(v.Skipped)), TxHashes: []string{},
		Direct: v.Taken, CreatedAt: seconds(v.CreatedAt), CompletedAt: optional(v.CompletedAt), Failure: present(v.Failure),
	}
	out.TotalClaimed, out.TotalClaimedWei = priv(v.Total)
	reason, retryAt := v.Waiting()
	out.Reason, out.NextRetryAt = present(reason), optional(retryAt)
	for i, id := range v.Earnings {
		out.EarningIds[i] = string(id)
	}
	for i, s := range v.Skipped {
		out.Skipped[i] = oas.SkippedEarning{EarningID: string(s.Earning), Reason: string(s.Reason)}
	}
	for _, hash := range v.TxHashes() {
		out.TxHashes = append(out.TxHashes, hash.String())
		out.TxHash = present(hash.String())
	}
	if v.Voucher != nil {
		out.Voucher = h.voucherOf(*v.Voucher)
	}
	return out
}

func messageOf(c claim.Claim) string {
	switch what := fmt.Sprintf("%s PRIV from %d earning(s). Claim ID: %s", c.Total.PRIV(), len(c.Earnings), c.ID); {
	case c.Taken:
		return "Withdrawn on chain for the wallet: " + what
	case c.Status == claim.Completed:
		return "Paid " + what
	case c.Status == claim.Failed:
		return "Could not pay " + what
	default:
		return "Successfully initiated claim for " + what
	}
}

func (h *handlers) voucherOf(v claim.Voucher) *oas.Voucher {
	r := h.Claims.Redemption(v)
	out := &oas.Voucher{
		ChainID: r.ChainID, Token: r.Token.Hex(), Operator: v.Operator.Hex(), Account: v.Account.Hex(), Contract: r.Contract.Hex(),
		Signature: "0x" + hex.EncodeToString(v.Signature[:]), Calldata: "0x" + hex.EncodeToString(r.Calldata),
	}
	out.Cumulative, out.CumulativeWei = priv(v.Cumulative)
	return out
}
