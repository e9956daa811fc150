package claim

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"privd/market"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/task"
)

// Payout pays what the operator owes of all users' claims, a batch in a
// transaction: the handler of the payout task. Which claims a transaction pays is
// saved before it is made. What each wallet is owed in all is sent, so that no
// repetition pays anything.
func (c *Cashier) Payout(ctx context.Context) (task.Next, error) {
	head, err := c.Chain.Head()
	if err != nil {
		return task.Next{}, err
	}
	var r *round
	err = c.Store.Update(ctx, func(tx Tx) error {
		if r, err = c.round(tx, head); err != nil {
			return err
		}
		return r.play()
	})
	if err != nil {
		return task.Next{}, err
	}
	if len(r.wallets) == 0 {
		return r.next(), nil
	}
	return task.In(c.Rules.Poll), c.Chain.PayoutMany(ctx, r.key, r.wallets, r.cumulative)
}

// round is one look at everything the operator owes.
type round struct {
	*Cashier
	tx    Tx
	head  deal.Mark
	at    time.Time
	live  []Claim // with an open part of the operator's, oldest first
	was   []Claim
	tills map[market.Address]*debt
	fund  market.Amount // that nothing is on its way for
	// left is what may still be changed in this look, in bytes: a transaction of the
	// records holds so much. more says that something has to wait for the next.
	left    int
	changed map[market.ClaimID]bool
	more    bool

	// the transaction to be made
	key        string
	wallets    []market.Address
	cumulative []market.Amount
}

// debt is what the operator owes to one wallet.
type debt struct {
	taken market.Amount // on chain
	sent  market.Amount // on chain once all that is on its way has arrived
	halt  bool          // later claims wait for an earlier one
}

func (c *Cashier) round(tx Tx, head deal.Mark) (*round, error) {
	operator, err := tx.Till(c.Operator)
	if err != nil {
		return nil, err
	}
	r := &round{Cashier: c, tx: tx, head: head, at: c.now(), tills: map[market.Address]*debt{}, fund: operator.Fund,
		left: maxChanged, changed: map[market.ClaimID]bool{}}
	if err := tx.EachOwed(func(cl Claim) bool {
		r.live = append(r.live, cl)
		return len(r.live) < maxLook
	}); err != nil {
		return nil, err
	}
	for _, cl := range r.live {
		r.was = append(r.was, cl.clone())
		if r.tills[cl.Wallet] != nil {
			continue
		}
		t, err := tx.Till(cl.Wallet)
		if err != nil {
			return nil, err
		}
		r.tills[cl.Wallet] = &debt{taken: t.Rewards.Taken, sent: t.Rewards.Done}
	}
	return r, nil
}

func (r *round) play() error {
	for i := range r.live {
		// One in a look, since giving back its earnings is many writes.
		if cl := &r.live[i]; cl.Rewards.hopeless() {
			r.more = true
			return errors.Join(r.fail(r.tx, cl, rewards), r.save())
		}
	}
	if err := r.follow(); err != nil {
		return err
	}
	r.reserve()
	r.choose()
	for i := range r.live {
		if cl := &r.live[i]; r.changed[cl.ID] {
			cl.refresh(r.at)
		}
	}
	return r.save()
}

// save stores what has changed.
func (r *round) save() error {
	for i, cl := range r.live {
		if reflect.DeepEqual(cl, r.was[i]) {
			continue
		}
		if err := r.tx.PutClaim(cl); err != nil {
			return err
		}
	}
	return nil
}

// follow frees the claims whose transaction will not pay them.
func (r *round) follow() error {
	known := map[string]outbox.Transaction{}
	for i := range r.live {
		cl := &r.live[i]
		p := &cl.Rewards
		if p.Key == "" {
			continue
		}
		out, seen := known[p.Key]
		if !seen {
			var err error
			out, err = r.tx.Transaction(p.Key)
			if market.CodeOf(err) == market.NotFound {
				out = outbox.Transaction{} // the node stopped before it was stored: it was never sent
			} else if err != nil {
				return err
			}
			known[p.Key] = out
		}
		if r.afford(cl) {
			r.followOne(cl, out)
		}
	}
	return nil
}

func (r *round) followOne(cl *Claim, out outbox.Transaction) {
	p := &cl.Rewards
	switch {
	case out.Key == "":
		p.Key = ""
	case out.State == outbox.Failed && out.Final:
		p.Key = ""
		why := "the payout was refused: " + out.Message
		if out.Reason == "InsufficientFunds" {
			p.overtaken(r.at, why, r.Rules.Poll)
		} else {
			p.refused(r.at, why)
		}
		cl.note(r.at, why, market.Hash{})
	case r.spent(out, r.head):
		p.Key = ""
		cl.note(r.at, "a payout is gone from the chain", market.Hash{})
	case out.State != outbox.Failed:
		if hash := hashOf(out); !hash.IsZero() {
			p.TxHash = hash
		}
	}
}

// reserve keeps of the fund what is on its way.
func (r *round) reserve() {
	for i := range r.live {
		if p := r.live[i].Rewards; p.Key != "" {
			d := r.tills[r.live[i].Wallet]
			r.fund = less(r.fund, d.add(p.Amount))
		}
	}
}

// add raises what a wallet will have been paid, and returns what that takes of the
// fund: less than the amount, or nothing, where a voucher was redeemed already.
func (d *debt) add(amount market.Amount) (extra market.Amount) {
	before := d.sent
	if before.Cmp(d.taken) < 0 {
		before = d.taken
	}
	d.sent, _ = d.sent.Add(amount) // sums of earnings, which were added up before
	return less(d.sent, before)
}

// choose picks the claims of the next transaction, oldest first, as many as the fund
// pays. A claim that is too large for it does not hold up those of others.
func (r *round) choose() {
	var picks []*Claim
	wallets := map[market.Address]bool{}
	for i := range r.live {
		cl := &r.live[i]
		d := r.tills[cl.Wallet]
		if cl.Status == Failed || !cl.Rewards.waiting() || d.halt {
			continue
		}
		if r.pick(cl, d, picks, wallets) {
			picks = append(picks, cl)
			wallets[cl.Wallet] = true
		}
	}
	if len(picks) > 0 {
		r.send(picks)
	}
}

// pick decides on one claim. Whatever keeps it back keeps back the wallet's later
// ones too: what comes is put down to the oldest.
func (r *round) pick(cl *Claim, d *debt, picks []*Claim, wallets map[market.Address]bool) bool {
	p := &cl.Rewards
	if p.Tries > 0 && p.RetryAt.After(r.at) {
		d.halt = true
		return false
	}
	after := *d
	extra := after.add(p.Amount)
	switch {
	case extra.IsZero():
		*d = after // paid by a voucher; it only has to be confirmed
		return false
	case extra.Cmp(r.fund) > 0:
		r.wait(cl, extra)
		d.halt = true
		return false
	case !r.room(p, picks, wallets[cl.Wallet], len(wallets)), !r.afford(cl):
		d.halt = true
		return false
	}
	*d, r.fund = after, less(r.fund, extra)
	return true
}

// room reports whether a claim may share the transaction. One that was refused
// before goes alone, so that it does not spoil the others.
func (r *round) room(p *Part, picks []*Claim, known bool, wallets int) bool {
	switch {
	case len(picks) == 0:
		return true
	case p.Tries > 0, picks[0].Rewards.Tries > 0:
		return false
	}
	return known || wallets < r.Rules.Batch
}

// wait tells a claim that the fund is too small for it. That is news and no payment:
// half of what may be changed is left for those.
func (r *round) wait(cl *Claim, extra market.Amount) {
	p := &cl.Rewards
	if p.RetryAt.After(r.at) || r.left < maxChanged/2 || !r.afford(cl) {
		return
	}
	p.Why = fmt.Sprintf("waiting until the operator adds to the reward fund: %s PRIV are left in it, %s are due", r.fund.PRIV(), extra.PRIV())
	p.RetryAt = r.at.Add(fundPoll)
}

// send marks what was picked with the key of its transaction. The head makes a
// later try of the same claims a transaction of its own.
func (r *round) send(picks []*Claim) {
	hash := sha256.New()
	for _, cl := range picks {
		hash.Write([]byte(cl.ID))
	}
	hash.Write(r.head.Hash[:])
	r.key = "payout/" + hex.EncodeToString(hash.Sum(nil)[:16])
	for _, cl := range picks {
		cl.Rewards.Key, cl.Rewards.Why, cl.Rewards.RetryAt = r.key, "", time.Time{}
		cl.note(r.at, "the operator's payout is on its way", market.Hash{})
		if !slices.Contains(r.wallets, cl.Wallet) {
			r.wallets = append(r.wallets, cl.Wallet)
			r.cumulative = append(r.cumulative, r.tills[cl.Wallet].sent)
		}
	}
}

// afford reports whether the look may still change a claim.
func (r *round) afford(cl *Claim) bool {
	if r.changed[cl.ID] {
		return true
	}
	if r.left < cl.weight() && len(r.changed) > 0 {
		r.more = true
		return false
	}
	r.left, r.changed[cl.ID] = r.left-cl.weight(), true
	return true
}

// next says when to look again.
func (r *round) next() task.Next {
	if r.more {
		return task.In(0)
	}
	next := task.Done()
	soon := func(after time.Duration) {
		if next.Done || after < next.After {
			next = task.In(max(after, time.Millisecond))
		}
	}
	for _, cl := range r.live {
		switch p := cl.Rewards; {
		case p.Key != "":
			soon(r.Rules.Poll)
		case p.open() && p.RetryAt.After(r.at):
			soon(p.RetryAt.Sub(r.at))
		case p.open():
			soon(r.Rules.Poll)
		}
	}
	return next
}
