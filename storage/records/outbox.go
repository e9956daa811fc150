package records

import (
	"context"
	"errors"
	"time"

	"privd/market"
	"privd/market/outbox"
)

// Outbox is the store seen as what the node has to send on chain.
type Outbox struct{ store *Store }

var _ outbox.Store = Outbox{}

// Outbox returns the store seen as what the node has to send on chain.
func (s *Store) Outbox() Outbox { return Outbox{s} }

// Add implements outbox.Store.
func (o Outbox) Add(ctx context.Context, t outbox.Transaction) (stored outbox.Transaction, added bool, err error) {
	err = o.store.Update(ctx, func(tx *Tx) error {
		stored, added, err = tx.AddTransaction(t)
		return err
	})
	return stored, added, err
}

// Put implements outbox.Store.
func (o Outbox) Put(ctx context.Context, ts ...outbox.Transaction) error {
	return o.store.Update(ctx, func(tx *Tx) error {
		for _, t := range ts {
			if err := transactions.put(tx, t); err != nil {
				return err
			}
		}
		return nil
	})
}

// Get implements outbox.Store.
func (o Outbox) Get(ctx context.Context, name string) (t outbox.Transaction, err error) {
	err = o.store.View(ctx, func(tx *Tx) error {
		t, err = tx.Transaction(name)
		return err
	})
	return t, err
}

// Open implements outbox.Store.
func (o Outbox) Open(ctx context.Context) (open []outbox.Transaction, err error) {
	err = o.store.View(ctx, func(tx *Tx) error {
		open, err = collect(transactions.by, tx, "open", nil)
		return err
	})
	return open, err
}

// Prune implements outbox.Store.
func (o Outbox) Prune(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = o.store.Update(ctx, func(tx *Tx) error {
		var old []outbox.Transaction
		err := transactions.until(tx, "ended", key(nil).time(before.Add(-1)), func(t outbox.Transaction) bool {
			old = append(old, t)
			return len(old) < limit
		})
		if err != nil {
			return err
		}
		for _, t := range old {
			if t.Forgettable() {
				err = transactions.remove(tx, textKey(t.Key))
			} else {
				err = transactions.put(tx, t.Slimmed())
			}
			if err != nil {
				return err
			}
		}
		n = len(old)
		return nil
	})
	return n, err
}

// AddTransaction stores t unless its key is taken. It returns what is stored under
// the key afterwards, and whether that is t.
func (tx *Tx) AddTransaction(t outbox.Transaction) (stored outbox.Transaction, added bool, err error) {
	stored, err = tx.Transaction(t.Key)
	if errors.Is(err, market.ErrNotFound) {
		return t, true, transactions.put(tx, t)
	}
	return stored, false, err
}

// Transaction returns the transaction of a key; NotFound when there is none.
func (tx *Tx) Transaction(name string) (outbox.Transaction, error) {
	return transactions.get(tx, textKey(name))
}
