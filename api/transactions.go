package api

import (
	"context"

	"privd/api/oas"
	"privd/market"
	"privd/market/outbox"
)

// Transactions is what the node's account sends.
type Transactions interface {
	// Pending returns what has no final outcome, oldest first.
	Pending(ctx context.Context) ([]PendingTransaction, error)
	// Cancel asks that a transaction does not happen; NotFound for an unknown key.
	Cancel(ctx context.Context, key string) (PendingTransaction, error)
}

// PendingTransaction is a transaction, and why it does not get on, "" when it does.
type PendingTransaction struct {
	outbox.Transaction
	Waiting string
}

// TransactionCounts is how much is on its way, and why not, "" when it is.
type TransactionCounts struct {
	Queued, InFlight, Unconfirmed int
	Waiting                       string
}

// ListTransactions implements oas.StrictServerInterface.
func (h *handlers) ListTransactions(ctx context.Context, r oas.ListTransactionsRequestObject) (oas.ListTransactionsResponseObject, error) {
	all, err := h.Transactions.Pending(ctx)
	if err != nil {
		return nil, err
	}
	limit, offset := limitOf(r.Params.Limit), min(offsetOf(r.Params.Offset), len(all))
	list := []oas.NodeTransaction{}
	for _, t := range all[offset:min(offset+limit, len(all))] {
		list = append(list, nodeTransaction(t))
	}
	return oas.ListTransactions200JSONResponse{Success: true, Data: oas.TransactionPage{
		Transactions: list, Total: len(all), Limit: limit, Offset: askedOffset(r.Params.Offset),
	}}, nil
}

// CancelTransaction implements oas.StrictServerInterface.
func (h *handlers) CancelTransaction(ctx context.Context, r oas.CancelTransactionRequestObject) (oas.CancelTransactionResponseObject, error) {
	t, err := h.Transactions.Cancel(ctx, r.Body.Key)
	if err != nil {
		return nil, err
	}
	return oas.CancelTransaction200JSONResponse{Success: true, Data: nodeTransaction(t)}, nil
}

func nodeTransaction(t PendingTransaction) oas.NodeTransaction {
	out := oas.NodeTransaction{
		Key: t.Key, State: t.State.String(), WaitingFor: present(t.Waiting), Cancelled: t.Transaction.Cancel != "",
		To: market.Address(t.To).Hex(), Tries: len(t.Tries), Block: present(t.Block), CreatedAt: seconds(t.Created),
	}
	if t.State == outbox.Failed {
		out.Reason = present(t.Message)
	}
	if t.Signed {
		out.Nonce = &t.Nonce
	}
	if try, sent := t.LastTry(); sent {
		feeCap, tipCap, hash := try.FeeCap.String(), try.TipCap.String(), try.Hash.Hex()
		out.FeeCapWei, out.TipCapWei, out.TxHash, out.SentAt = &feeCap, &tipCap, &hash, optional(try.SentAt)
	}
	if t.Block > 0 {
		hash := t.TxHash.Hex()
		out.TxHash = &hash
	}
	return out
}
