package sale

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"privd/market"
	"privd/market/deal"
	"privd/market/ledger"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/market/task"
)

// SettleKey is the key of the one task that settles receipts.
const SettleKey = "batch"

// schedule makes the settle task due when a receipt may wait no longer, or at
// once when there are enough for a batch. A receipt never waits past the last call
// of its purchase: at the deadline anybody may refund the buyer, who has the key.
// more receipts are about to be saved.
func (d *Desk) schedule(tx Tx, state deal.State, more int) error {
	due := d.Clock().UTC().Add(d.Rules.SettleAfter)
	if last := time.Unix(int64(windowsOf(state).lastCall), 0).UTC(); last.Before(due) {
		due = last
	}
	open, err := tx.OpenSales(maxOpen)
	if err != nil {
		return err
	}
	waiting := more
	for _, s := range open {
		if s.Receipt != nil && s.SettleAs == "" {
			waiting++
		}
	}
	if waiting >= d.Rules.Batch {
		due = d.Clock().UTC()
	}
	switch held, err := tx.Task(task.Settle, SettleKey); {
	case err == nil && !held.Due.After(due):
		return nil
	case err != nil && !errors.Is(err, market.ErrNotFound):
		return err
	}
	return tx.PutTask(task.Task{Kind: task.Settle, Key: SettleKey, Due: due})
}

// maxOpen bounds how many open sales one look goes through.
const maxOpen = 10_000

// Settle sends the receipts that wait, a batch in a transaction: the handler of
// the settle task. Which sales a transaction settles is saved before it is made.
func (d *Desk) Settle(ctx context.Context) (task.Next, error) {
	d.settling.Lock()
	defer d.settling.Unlock()
	head, err := d.Chain.Head()
	if err != nil {
		return task.Next{}, err
	}
	var key string
	var receipts []seal.SignedReceipt
	var early bool
	err = d.Store.Update(ctx, func(tx Tx) (err error) {
		key, receipts, early, err = d.batch(tx, head)
		return err
	})
	switch {
	case err != nil:
		return task.Next{}, err
	case len(receipts) == 0 && early:
		return task.In(d.Rules.Poll), nil
	case len(receipts) == 0:
		return task.Done(), nil
	}
	if err := d.Chain.Settle(ctx, key, receipts); err != nil {
		return task.Next{}, err
	}
	return task.In(0), nil
}

// batch picks up to a batch of receipts that can be settled and marks them with
// the key of their transaction. A mark whose transaction was never stored is
// taken off again by Deliver. early tells of receipts that cannot be settled yet:
// this node's chain is behind the buyer's, or lost the purchase for a moment.
func (d *Desk) batch(tx Tx, head deal.Mark) (key string, receipts []seal.SignedReceipt, early bool, err error) {
	open, err := tx.OpenSales(maxOpen)
	if err != nil {
		return "", nil, false, err
	}
	var picked []Sale
	for _, s := range open {
		if len(picked) == d.Rules.Batch {
			break
		}
		if s.Receipt == nil || s.SettleAs != "" || s.Seal == ForeignKey {
			continue
		}
		state, err := ledger.StateOf(tx, s.Purchase)
		if err != nil {
			return "", nil, false, err
		}
		if state.Status.Final() || s.Receipt.OpenedAt < state.BoughtAt {
			continue
		}
		if state.Status == deal.StatusNone || s.Receipt.OpenedAt > head.Time {
			early = true
			continue
		}
		picked = append(picked, s)
		receipts = append(receipts, seal.SignedReceipt{Deal: state.Deal(), OpenedAt: s.Receipt.OpenedAt, Signature: s.Receipt.Signature})
	}
	hash := sha256.New()
	for _, r := range receipts {
		id := d.Domain.Purchase(r.Deal)
		hash.Write(id[:])
	}
	// The head makes a later try of the same sales a transaction of its own.
	hash.Write(head.Hash[:])
	key = "settle/" + hex.EncodeToString(hash.Sum(nil)[:16])
	for _, s := range picked {
		s.SettleAs = key
		err = errors.Join(err, tx.PutSale(s), d.wake(tx, s.Purchase))
	}
	return key, receipts, early, err
}

// hurry sees that a receipt is settled in time: at the last call at the latest, since
// at the deadline anybody may send the price back to the buyer, who has the key.
func (d *Desk) hurry(ctx context.Context, s situation) error {
	return d.Store.Update(ctx, func(tx Tx) error {
		if s.head.Time >= s.lastCall() {
			return ledger.Wake(tx, task.Settle, SettleKey, d.Clock().UTC())
		}
		return d.schedule(tx, s.chain, 0)
	})
}

// checkSettlement sees that the transaction of a sale exists and has not failed;
// otherwise the receipt goes into a new batch.
func (d *Desk) checkSettlement(ctx context.Context, s situation) error {
	d.settling.Lock()
	defer d.settling.Unlock()
	out, err := d.Chain.Outcome(ctx, s.SettleAs)
	lost := errors.Is(err, market.ErrNotFound)
	if err != nil && !lost {
		return err
	}
	if !lost && !(out.Final && (out.State == outbox.Failed || out.State == outbox.Mined)) {
		return nil
	}
	return d.update(ctx, s.Purchase, func(tx Tx, held *Sale) error {
		if held.SettleAs != s.SettleAs {
			return nil
		}
		held.SettleAs = ""
		return errors.Join(d.schedule(tx, s.chain, 1), d.wake(tx, s.Purchase))
	})
}
