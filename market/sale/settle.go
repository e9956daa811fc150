package sale

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"privd/market"
	"privd/market/deal"
	"privd/market/earning"
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
func (d *Desk) schedule(tx Tx, state deal.State) error {
	due := d.Clock().UTC().Add(d.Rules.SettleAfter)
	if last := time.Unix(int64(lastCall(state)), 0).UTC(); last.Before(due) {
		due = last
	}
	open, err := tx.OpenSales(maxOpen)
	if err != nil {
		return err
	}
	waiting := 1 // the one being noted
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
		if s.Receipt == nil || s.SettleAs != "" {
			continue
		}
		state, err := ledger.StateOf(tx, s.Purchase)
		if err != nil {
			return "", nil, false, err
		}
		if state.Status.Final() {
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
		err = errors.Join(err, tx.PutSale(s))
	}
	return key, receipts, early, err
}

// orphanAfter is how long a sale may be missing from the chain, after a
// reorganisation, before its earning is taken back.
const orphanAfter = 2 * time.Hour

// Deliver watches one sale until its money is where it belongs: the handler of
// deliver tasks.
func (d *Desk) Deliver(ctx context.Context, purchase market.Hash) (task.Next, error) {
	head, err := d.Chain.Head()
	if err != nil {
		return task.Next{}, err
	}
	var s Sale
	var state deal.State
	err = d.Store.View(ctx, func(tx Tx) (err error) {
		if s, err = tx.Sale(purchase); err != nil {
			return err
		}
		state, err = ledger.StateOf(tx, purchase)
		return err
	})
	if errors.Is(err, market.ErrNotFound) || (err == nil && s.Closed) {
		return task.Done(), nil
	}
	if err != nil {
		return task.Next{}, err
	}
	deep := deal.Depth(head.Number, state.Since.Number) >= d.Rules.Confirmations
	switch {
	case state.Status == deal.StatusSettled && deep:
		return task.Done(), d.close(ctx, purchase, earning.Confirmed)
	case state.Status == deal.StatusRefunded && deep:
		return task.Done(), d.close(ctx, purchase, earning.Cancelled)
	case state.Status == deal.StatusNone && d.Clock().Sub(s.lastSeen()) > orphanAfter:
		return task.Done(), d.close(ctx, purchase, earning.Cancelled)
	case s.SettleAs != "" && !state.Status.Final():
		return task.In(d.Rules.Poll), d.checkSettlement(ctx, s, state)
	}
	return task.In(d.Rules.Poll), nil
}

// lastSeen returns since when a sale that is missing from the chain may be missing.
func (s Sale) lastSeen() time.Time {
	if s.LostAt.After(s.CreatedAt) {
		return s.LostAt
	}
	return s.CreatedAt
}

// close ends a sale and books what it gave, in one transaction. A sale that a
// reorganisation opened again may end otherwise than before.
func (d *Desk) close(ctx context.Context, purchase market.Hash, as earning.Status) error {
	return d.update(ctx, purchase, func(tx Tx, s *Sale) error {
		s.Closed = true
		e, err := tx.EarningByReference(earning.DataSales, s.Reference)
		if err != nil {
			return err
		}
		if e.Status == earning.Claimed && as == earning.Cancelled && d.LetGo != nil {
			if e, err = d.LetGo(tx, e); err != nil {
				return err
			}
		}
		if e.Status == as || e.Status == earning.Claimed {
			return nil
		}
		e.Status, e.ConfirmedAt = as, time.Time{}
		if as == earning.Confirmed {
			e.ConfirmedAt = d.Clock().UTC().Truncate(time.Millisecond)
			// Somebody may have withdrawn it for its owner already.
			if err := ledger.Wake(tx, task.Claims, string(s.Seller), d.Clock().UTC()); err != nil {
				return err
			}
		}
		return tx.PutEarning(e)
	})
}

// checkSettlement sees that the transaction of a sale exists and has not failed;
// otherwise the receipt goes into a new batch.
func (d *Desk) checkSettlement(ctx context.Context, s Sale, state deal.State) error {
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
		return d.schedule(tx, state)
	})
}
