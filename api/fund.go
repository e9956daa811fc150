package api

import (
	"context"
	"time"

	"privd/api/oas"
	"privd/market"
	"privd/market/fund"
)

// Funds looks after the money that the operator pays users from; fund.Service does.
type Funds interface {
	Status(ctx context.Context) (fund.Status, error)
	Deposit(ctx context.Context, amount market.Amount) (fund.Status, error)
	Withdraw(ctx context.Context, amount market.Amount) (fund.Status, error)
	// Cancel takes back an announced withdrawal.
	Cancel(ctx context.Context) (fund.Status, error)
}

// GetRewardFund implements oas.StrictServerInterface.
func (h *handlers) GetRewardFund(ctx context.Context, _ oas.GetRewardFundRequestObject) (oas.GetRewardFundResponseObject, error) {
	s, err := h.Funds.Status(ctx)
	if err != nil {
		return nil, err
	}
	return oas.GetRewardFund200JSONResponse{RewardFundAnswerJSONResponse: funded(s)}, nil
}

// AddToRewardFund implements oas.StrictServerInterface.
func (h *handlers) AddToRewardFund(ctx context.Context, r oas.AddToRewardFundRequestObject) (oas.AddToRewardFundResponseObject, error) {
	amount, err := parsePRIV("amount", r.Body.Amount)
	if err != nil {
		return nil, err
	}
	s, err := h.Funds.Deposit(ctx, amount)
	if err != nil {
		return nil, err
	}
	return oas.AddToRewardFund200JSONResponse{RewardFundAnswerJSONResponse: funded(s)}, nil
}

// WithdrawRewardFund implements oas.StrictServerInterface.
func (h *handlers) WithdrawRewardFund(ctx context.Context, r oas.WithdrawRewardFundRequestObject) (oas.WithdrawRewardFundResponseObject, error) {
	amount, err := parsePRIV("amount", r.Body.Amount)
	if err != nil {
		return nil, err
	}
	s, err := h.Funds.Withdraw(ctx, amount)
	if err != nil {
		return nil, err
	}
	return oas.WithdrawRewardFund200JSONResponse{RewardFundAnswerJSONResponse: funded(s)}, nil
}

// CancelRewardFundWithdrawal implements oas.StrictServerInterface.
func (h *handlers) CancelRewardFundWithdrawal(ctx context.Context, _ oas.CancelRewardFundWithdrawalRequestObject) (oas.CancelRewardFundWithdrawalResponseObject, error) {
	s, err := h.Funds.Cancel(ctx)
	if err != nil {
		return nil, err
	}
	return oas.CancelRewardFundWithdrawal200JSONResponse{RewardFundAnswerJSONResponse: funded(s)}, nil
}

func funded(s fund.Status) oas.RewardFundAnswerJSONResponse {
	out := oas.RewardFund{
		Operator: s.Operator.Hex(), Contract: s.Contract.Hex(), WalletAddress: s.Wallet.Hex(), ClaimsWaiting: s.Waiting,
		Deposit: fundMove(s.Deposit), Withdrawal: fundMove(s.Withdrawal),
	}
	out.Balance, out.BalanceWei = priv(s.Balance)
	out.Owed, out.OwedWei = priv(s.Owed)
	out.ShortBy, out.ShortByWei = priv(s.Short())
	out.AccountPriv, out.AccountPrivWei = priv(s.Account)
	out.WalletPriv, out.WalletPrivWei = priv(s.InWallet)
	return oas.RewardFundAnswerJSONResponse{Success: true, Data: out}
}

func fundMove(m *fund.Move) *oas.FundMove {
	if m == nil {
		return nil
	}
	out := &oas.FundMove{
		ID: string(m.ID), Status: string(m.State), Reason: present(m.Reason), CreatedAt: seconds(m.CreatedAt), TxHashes: []string{},
	}
	out.Amount, out.AmountWei = priv(m.Amount)
	if m.ReadyAt != 0 {
		at := time.Unix(int64(m.ReadyAt), 0).UTC()
		out.ReadyAt = &at
	}
	for _, hash := range m.TxHashes {
		out.TxHashes = append(out.TxHashes, hash.String())
	}
	return out
}
