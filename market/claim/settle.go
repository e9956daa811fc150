package claim

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"time"

	"privd/market"
	"privd/market/deal"
	"privd/market/earning"
	"privd/market/outbox"
	"privd/market/task"
)

// Settle compares what a user claimed with what the chain paid, and withdraws the
// income that is claimed: the handler of claims tasks. What a transaction is to pay
// is saved before the transaction is made.
func (c *Cashier) Settle(ctx context.Context, user market.UserID) (task.Next, error) {
	head, err := c.Chain.Head()
	if err != nil {
		return task.Next{}, err
	}
	var b *book
	err = c.Store.Update(ctx, func(tx Tx) error {
		if b, err = c.open(tx, user, head); err != nil {
			return err
		}
		return b.settle()
	})
	if errors.Is(err, market.ErrNotFound) && b == nil {
		return task.Done(), nil // no such user any more
	}
	if err != nil {
		return task.Next{}, err
	}
	if b.send.amount.IsZero() {
		return b.next, nil
	}
	return b.next, c.Chain.Withdraw(ctx, b.send.key, b.till.wallet, b.send.amount)
}

// book is one user's claims and till, in one transaction.
type book struct {
	*Cashier
	tx   Tx
	user market.UserID
	head deal.Mark
	at   time.Time
	till struct {
		Till
		wallet market.Address
	}
	live []Claim
	was  struct { // as stored
		till Till
		live []Claim
	}

	cut  bool     // there are more live claims than one look may change
	send struct { // a withdrawal to be made once all is stored
		key    string
		amount market.Amount
	}
	next task.Next
}

func (c *Cashier) open(tx Tx, user market.UserID, head deal.Mark) (*book, error) {
	u, err := tx.User(user)
	if err != nil {
		return nil, err
	}
	b := &book{Cashier: c, tx: tx, user: user, head: head, at: c.now()}
	b.till.wallet = u.Wallet
	if b.till.Till, err = tx.Till(u.Wallet); err != nil {
		return nil, err
	}
	b.was.till = b.till.Till.clone()
	live, err := tx.LiveClaims(user)
	if err != nil {
		return nil, err
	}
	changed := 0
	for i, cl := range live {
		if changed += cl.weight(); changed > maxChanged && i > 0 {
			b.cut = true // the oldest come first
			break
		}
		b.live, b.was.live = append(b.live, cl), append(b.was.live, cl.clone())
	}
	return b, nil
}

// save stores what has changed.
func (b *book) save() error {
	for i, cl := range b.live {
		if reflect.DeepEqual(cl, b.was.live[i]) {
			continue
		}
		if err := b.tx.PutClaim(cl); err != nil {
			return err
		}
	}
	if reflect.DeepEqual(b.till.Till, b.was.till) {
		return nil
	}
	return b.tx.PutTill(b.till.wallet, b.till.Till)
}

func (b *book) settle() error {
	if ended, err := b.endOne(); ended || err != nil {
		return errors.Join(err, b.save())
	}
	out, found, err := b.withdrawal()
	if err != nil {
		return err
	}
	if found {
		b.follow(out)
	}
	b.putDown(sales)
	b.putDown(rewards)
	if found && b.spent(out) {
		b.release("a withdrawal is gone from the chain")
	}
	for _, ch := range []channel{sales, rewards} {
		if err := b.putDownUnclaimed(ch); err != nil {
			return err
		}
	}
	b.withdraw()
	b.schedule()
	for i := range b.live {
		if b.live[i].Status != Failed {
			b.live[i].refresh(b.at)
		}
	}
	return b.save()
}

// withdrawal returns the transaction that withdraws income, if one is on its way.
func (b *book) withdrawal() (out outbox.Transaction, found bool, err error) {
	for i := range b.live {
		if key := b.live[i].Sales.Key; key != "" {
			out, err = b.tx.Transaction(key)
			if market.CodeOf(err) == market.NotFound {
				// The node stopped before it was stored: it was never sent.
				b.release("")
				return out, false, nil
			}
			return out, err == nil, err
		}
	}
	return out, false, nil
}

// follow tells the claims how their withdrawal stands.
func (b *book) follow(out outbox.Transaction) {
	hash := hashOf(out)
	for i := range b.live {
		if p := &b.live[i].Sales; p.Key == out.Key && !hash.IsZero() && out.State != outbox.Failed {
			p.TxHash = hash
		}
	}
	if out.State != outbox.Failed || !out.Final {
		return
	}
	// Somebody else withdrew first; that shows as soon as this node has read it.
	early := out.Reason == "NothingToWithdraw"
	for i := range b.live {
		if p := &b.live[i].Sales; p.Key == out.Key {
			why := "the withdrawal was refused: " + out.Message
			if early {
				p.overtaken(b.at, why, b.Rules.Poll)
			} else {
				p.refused(b.at, why)
			}
		}
	}
	b.release("the withdrawal was refused: " + out.Message)
}

// refused counts a transaction that the contract refused.
func (p *Part) refused(now time.Time, why string) {
	p.Why, p.RetryAt = why, now.Add(task.Backoff(p.Tries, firstRetry, lastRetry))
	p.Tries++
}

// overtaken counts a transaction that came too late: what was faster shows as soon as
// this node has read it, so trying again costs none of the tries.
func (p *Part) overtaken(now time.Time, why string, poll time.Duration) {
	p.Why, p.RetryAt = why, now.Add(task.Backoff(p.Ahead, poll, lastRetry))
	p.Ahead++
}

// release frees the claims of a withdrawal that will not pay them.
func (b *book) release(why string) {
	for i := range b.live {
		if p := &b.live[i].Sales; p.Key != "" {
			p.Key = ""
			if why != "" {
				b.live[i].note(b.at, why, market.Hash{})
			}
		}
	}
}

// hashOf returns the hash under which a transaction is mined, or was last sent.
func hashOf(out outbox.Transaction) market.Hash {
	if hash := market.Hash(out.TxHash); !hash.IsZero() {
		return hash
	}
	try, sent := out.LastTry()
	if !sent {
		return market.Hash{}
	}
	return market.Hash(try.Hash)
}

// spentAfter is how many blocks deeper than a payment must lie its transaction has
// to lie before it is given up.
const spentAfter = 3

// spent reports whether a mined transaction can no longer be what pays a claim that
// is still open: its event would have been read long ago.
func (c *Cashier) spent(out outbox.Transaction, head deal.Mark) bool {
	return out.State == outbox.Mined && out.Final && deal.Depth(head.Number, out.Block) > c.Rules.Confirmations+spentAfter
}

func (b *book) spent(out outbox.Transaction) bool { return b.Cashier.spent(out, b.head) }

// putDown puts what came deep enough down to the claims, oldest first.
func (b *book) putDown(ch channel) {
	booked := b.till.channel(ch)
	amount, by := booked.settled(b.head.Number, b.Rules.Confirmations)
	for i := range b.live {
		cl := &b.live[i]
		p := cl.part(ch)
		if !p.open() {
			continue
		}
		if amount.Cmp(p.Amount) < 0 {
			return
		}
		amount = less(amount, p.Amount)
		b.putDownTo(cl, ch, by)
	}
}

func (b *book) putDownTo(cl *Claim, ch channel, by *Payment) {
	p, booked := cl.part(ch), b.till.channel(ch)
	done, err := booked.Done.Add(p.Amount)
	if err != nil {
		panic("claim: what was paid overflows: " + err.Error()) // it is at most what was taken
	}
	booked.Done = done
	p.Paid, p.Key, p.Why, p.RetryAt, p.Ahead = true, "", "", time.Time{}, 0
	if by != nil {
		p.TxHash = by.TxHash
		by.Claims = append(by.Claims, cl.ID)
	}
	what := "rewards paid by the operator"
	if ch == sales {
		what = "income of sales withdrawn to the wallet"
	}
	cl.note(b.at, what, p.TxHash)
}

// takenAtOnce is how many unclaimed earnings one look puts down.
const takenAtOnce = 500

// putDownUnclaimed puts what came beyond all claims down to the oldest confirmed
// earnings: anybody may withdraw a wallet's income for it, and a voucher of a claim
// that failed may still be redeemed.
func (b *book) putDownUnclaimed(ch channel) error {
	if b.cut {
		return nil
	}
	for i := range b.live {
		if b.live[i].part(ch).open() {
			return nil
		}
	}
	amount, by := b.till.channel(ch).settled(b.head.Number, b.Rules.Confirmations)
	if amount.IsZero() || by == nil {
		return nil
	}
	confirmed, err := b.tx.OldestConfirmedIn(b.user, bool(ch), takenAtOnce)
	if err != nil {
		return err
	}
	var paid []earning.Earning
	for _, e := range confirmed[:fitting(confirmed)] {
		if amount.Cmp(e.Amount) < 0 {
			break
		}
		amount = less(amount, e.Amount)
		paid = append(paid, e)
	}
	if len(paid) == 0 {
		return nil
	}
	b.next = task.In(0) // there may be more
	cl := Claim{
		ID: market.NewID[market.ClaimID](market.PrefixClaim), User: b.user, Wallet: b.till.wallet, Status: Pending,
		Taken: true, CreatedAt: b.after(b.live),
	}
	if err := b.take(b.tx, &cl, paid); err != nil {
		return err
	}
	b.putDownTo(&cl, ch, by)
	cl.refresh(b.at)
	return b.tx.PutClaim(cl)
}

// endOne gives back the earnings of a claim that will not be paid: the contract
// refused it too often, or nobody had claimed it and its payment is gone from the
// chain. One in a look, since each is many writes.
func (b *book) endOne() (ended bool, err error) {
	for i := range b.live {
		cl := &b.live[i]
		switch {
		case cl.Taken:
			err = b.untake(cl)
		case cl.Sales.hopeless():
			err = b.fail(b.tx, cl, sales)
		default:
			continue
		}
		b.next = task.In(0)
		return true, err
	}
	return false, nil
}

// untake ends a claim that somebody's withdrawal made and a reorganisation took
// back.
func (b *book) untake(cl *Claim) error {
	cl.Failure = "the payment was undone by a reorganisation of the chain"
	for _, ch := range []channel{sales, rewards} {
		if err := giveBack(b.tx, cl, ch, SkipFailed); err != nil {
			return err
		}
	}
	cl.move(Failed)
	return nil
}

// hopeless reports whether the contract refused the part too often.
func (p Part) hopeless() bool { return p.waiting() && p.Tries >= maxTries }

// fail gives back what the contract has refused too often.
func (c *Cashier) fail(tx Tx, cl *Claim, ch channel) error {
	p, other := cl.part(ch), cl.part(!ch)
	cl.Failure = fmt.Sprintf("%s PRIV could not be paid: the contract refused it %d times. The earnings can be claimed again.", p.Amount.PRIV(), p.Tries)
	cl.note(c.now(), cl.Failure, p.TxHash)
	whole := !other.open() && !other.Paid
	if err := giveBack(tx, cl, ch, SkipFailed); err != nil {
		return err
	}
	if whole {
		cl.move(Failed)
	} else {
		cl.refresh(c.now())
	}
	return nil
}

// withdraw chooses what to withdraw: all claimed income that no transaction is on
// its way for, less what came already.
func (b *book) withdraw() {
	var due market.Amount
	for i := range b.live {
		p := &b.live[i].Sales
		switch {
		case !p.open():
			continue
		case p.Key != "", p.RetryAt.After(b.at), p.hopeless():
			return // one at a time, in order
		}
		due, _ = due.Add(p.Amount) // sums of what is in the contract
	}
	due = less(due, b.till.Sales.excess())
	if due.IsZero() {
		return
	}
	hash := sha256.New()
	for i := range b.live {
		if p := &b.live[i].Sales; p.open() {
			hash.Write([]byte(b.live[i].ID))
		}
	}
	amount := due.Bytes32()
	hash.Write(amount[:])
	// The head makes a later try of the same claims a transaction of its own.
	hash.Write(b.head.Hash[:])
	b.send.key, b.send.amount = "withdraw/"+hex.EncodeToString(hash.Sum(nil)[:16]), due
	b.till.send(b.send.key)
	for i := range b.live {
		if p := &b.live[i].Sales; p.open() {
			p.Key, p.Why, p.RetryAt = b.send.key, "", time.Time{}
			b.live[i].note(b.at, "income of sales is being withdrawn", market.Hash{})
		}
	}
}

// schedule says when to look again, and tells the claims.
func (b *book) schedule() {
	if b.next.Progress {
		return
	}
	b.next = task.Done()
	soon := func(after time.Duration) {
		if b.next.Done || after < b.next.After {
			b.next = task.In(max(after, time.Millisecond))
		}
	}
	conf := b.Rules.Confirmations
	if b.till.Sales.shallow(b.head.Number, conf) || b.till.Rewards.shallow(b.head.Number, conf) {
		soon(b.Rules.Poll)
	}
	for i := range b.live {
		switch p := b.live[i].Sales; {
		case p.hopeless():
			soon(0)
		case p.Key != "":
			soon(b.Rules.Poll)
		case p.open() && p.RetryAt.After(b.at):
			soon(p.RetryAt.Sub(b.at))
		case p.open():
			soon(b.Rules.Poll)
		}
	}
}
