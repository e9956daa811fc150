package node

import (
	"context"
	"fmt"
	"time"

	"privd/api"
	"privd/chain"
)

// pruneEvery is how often old transactions are looked for.
const pruneEvery = time.Hour

// pruneOutbox keeps what is stored of old transactions small, until ctx ends.
func (n *Node) pruneOutbox(ctx context.Context) error {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		if err := n.sender.Prune(ctx); err != nil && ctx.Err() == nil {
			n.log.Error("old transactions stay for now", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// sending is what the node's account sends.
type sending struct{ sender *chain.Sender }

// Pending implements api.Transactions.
func (s sending) Pending(ctx context.Context) ([]api.PendingTransaction, error) {
	list, err := s.sender.List(ctx)
	out := make([]api.PendingTransaction, len(list))
	for i, p := range list {
		out[i] = api.PendingTransaction(p)
	}
	return out, err
}

// Cancel implements api.Transactions.
func (s sending) Cancel(ctx context.Context, key string) (api.PendingTransaction, error) {
	tx, err := s.sender.Cancel(ctx, key)
	return api.PendingTransaction{Transaction: tx}, err
}

// transactions counts what is on its way.
func (s status) transactions() api.TransactionCounts {
	stats := s.n.sender.Stats()
	return api.TransactionCounts{Queued: stats.Queued, InFlight: stats.InFlight, Unconfirmed: stats.Unconfirmed, Waiting: stats.LastError}
}

// checkTransactions tells why transactions do not get on, and whether the account is
// used by others.
func (s status) checkTransactions() api.Check {
	const name = "transactions"
	stats := s.n.sender.Stats()
	switch {
	case stats.LastError != "":
		return api.Check{Name: name, Message: "transactions wait: " + stats.LastError, Remedy: "see what waits with: privd tx ls"}
	case stats.Overtaken > 0:
		return api.Check{Name: name,
			Message: fmt.Sprintf("another program sends from %s: %d nonces were used elsewhere since the node started", s.n.secrets.Account.Hex(), stats.Overtaken),
			Remedy:  "let nothing else use the keystore of this node; a copy made from a backup must not run beside it"}
	}
	return api.Check{Name: name, OK: true, Message: fmt.Sprintf("%d wait to be sent, %d to be mined, %d to be confirmed", stats.Queued, stats.InFlight, stats.Unconfirmed)}
}
