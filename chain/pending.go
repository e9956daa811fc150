package chain

import (
	"context"
	"time"

	"privd/market/outbox"
)

// Pending is a transaction without a final outcome.
type Pending struct {
	outbox.Transaction
	// Waiting is why it does not get on, "" when it does or the sender does not know.
	Waiting string
}

// List returns what has no final outcome yet, oldest first.
func (s *Sender) List(ctx context.Context) ([]Pending, error) {
	open, err := s.deps.Store.Open(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	waiting := s.waiting
	s.mu.Unlock()
	var out []Pending
	for _, tx := range open {
		if !tx.Final {
			out = append(out, Pending{tx, waiting[tx.Key]})
		}
	}
	return out, nil
}

// Kept is how long the bytes of a transaction are kept after it was closed, for
// whoever looks into what went wrong.
const Kept = 30 * 24 * time.Hour

// pruneAtOnce is how many transactions are pruned in one write.
const pruneAtOnce = 200

// Prune drops the bytes of transactions that were closed long ago, and forgets those
// that never had an effect. What had one stays for ever, with some 600 bytes: its key
// must do nothing when somebody submits it again, however late.
func (s *Sender) Prune(ctx context.Context) error {
	for {
		n, err := s.deps.Store.Prune(ctx, s.deps.Now().Add(-Kept), pruneAtOnce)
		if err != nil || n < pruneAtOnce {
			return err
		}
	}
}
