package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"privd/api"
	"privd/chain"
	"privd/market"
	"privd/market/account"
	"privd/market/audit"
	"privd/market/deal"
	"privd/storage/records"
)

// audits compares the node's books with the chain. One runs at a time: each reads
// the whole history of the contracts.
type audits struct {
	n    *Node
	busy sync.Mutex
}

// Audit implements api.Audits. The records are one snapshot, however long it takes;
// the chain is read up to a block below which nothing moves any more, and what the
// node has read beyond it is taken from the snapshot.
func (a *audits) Audit(ctx context.Context, tell func(api.Audited) error) error {
	if !a.busy.TryLock() {
		return &market.Error{Code: market.Conflict, Reason: "AUDIT_RUNNING", Message: "another audit is running"}
	}
	defer a.busy.Unlock()
	history := chain.NewHistory(a.n.client)
	for wait := time.Duration(0); ; wait += a.n.cfg.Chain.Poll {
		var moving error
		err := a.n.records.View(ctx, func(tx *records.Tx) error {
			head, err := a.head(ctx, tx, history)
			if moving = err; err != nil {
				return err
			}
			return a.compare(ctx, tx, history, head, tell)
		})
		if moving == nil || !errors.Is(err, errMoving) || wait > settleWithin {
			return err
		}
		if err := pause(ctx, a.n.cfg.Chain.Poll); err != nil {
			return err
		}
	}
}

// settleWithin is how long an audit waits for a node that follows a reorganisation.
const settleWithin = 30 * time.Second

// errMoving says that the node is not on the chain it reads at this moment.
var errMoving = &market.Error{Op: "audit", Code: market.Unavailable, Reason: "CHAIN_MOVED",
	Message: "the chain was reorganised and the node has not followed yet; try again"}

// head returns the newest block of a snapshot, if it is on the chain.
func (a *audits) head(ctx context.Context, tx audit.Tx, history *chain.History) (deal.Mark, error) {
	marks, err := tx.Marks()
	if err != nil {
		return deal.Mark{}, err
	}
	if len(marks) == 0 {
		return deal.Mark{}, market.Fail(market.Unavailable, "the chain was not read yet")
	}
	head := marks[len(marks)-1]
	now, err := history.Block(ctx, head.Number)
	if err != nil {
		return head, err
	}
	if now.Hash != head.Hash {
		return head, errMoving
	}
	return head, nil
}

// compare makes every check on one snapshot.
func (a *audits) compare(ctx context.Context, tx audit.Tx, history *chain.History, head deal.Mark, tell func(api.Audited) error) error {
	users, err := tx.Users()
	if err != nil {
		return err
	}
	// A chain that is shorter than what money waits for is looked at as far as it goes.
	number := head.Number - min(head.Number, max(a.n.cfg.Chain.Confirmations, 1)-1)
	at, err := history.Block(ctx, min(max(number, history.First()), head.Number))
	if err != nil {
		return err
	}
	r := &auditRun{node: a.n, tx: tx, history: history, head: head, at: at, tell: tell}
	r.sheet = audit.NewSheet(r.differs)
	r.books = audit.NewBooks(r.sheet, audit.Subject{Node: a.n.secrets.Account, Wallets: walletsOf(users)})
	for _, stage := range r.stages() {
		r.stage = stage.name
		if err := r.progress(at.Number); err != nil {
			return err
		}
		if err := stage.run(ctx); err != nil {
			return fmt.Errorf("audit: %s: %w", stage.name, err)
		}
	}
	again, err := history.Block(ctx, at.Number)
	if err != nil {
		return err
	}
	if again.Hash != at.Hash {
		return errMoving
	}
	for _, result := range r.sheet.Results() {
		if err := r.say(api.Audited{Block: at.Number, Result: &result}); err != nil {
			return err
		}
	}
	return nil
}

func walletsOf(users []account.User) []market.Address {
	all := make([]market.Address, len(users))
	for i, u := range users {
		all[i] = u.Wallet
	}
	return all
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
