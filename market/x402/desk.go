package x402

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"privd/market"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/market/task"
)

// Chain is what sales need of the chain.
type Chain interface {
	// Head returns the newest block read; Unavailable when it is too old to act on.
	Head() (deal.Mark, error)
	// Holds returns what an account has of the token.
	Holds(ctx context.Context, t Till, account market.Address) (market.Amount, error)
	// Simulate returns a Refusal when the chain would not take the authorization now.
	Simulate(ctx context.Context, t Till, a Authorization, s seal.Sig) error
	// Used reports whether the nonce of the authorization is spent or cancelled.
	Used(ctx context.Context, t Till, a Authorization) (bool, error)
	// Settle stores the transaction that redeems the authorization, under a key.
	Settle(ctx context.Context, key string, t Till, a Authorization, s seal.Sig) error
	// Outcome returns how a stored transaction stands; NotFound for an unknown key.
	Outcome(ctx context.Context, key string) (outbox.Transaction, error)
	// Payment returns where a transaction is in the chain that used the authorization
	// and, by its logs, moved exactly the value to the payee with it. NotFound when it
	// is in no block, or did anything else. deep asks for what more than one source tells;
	// Unavailable while only one does.
	Payment(ctx context.Context, transaction market.Hash, t Till, a Authorization, deep bool) (block uint64, err error)
	// User finds the transaction that used the nonce of the authorization, or
	// cancelled it; NotFound when none is known.
	User(ctx context.Context, t Till, a Authorization) (transaction market.Hash, err error)
}

// Rules are the times and limits of sales.
type Rules struct {
	// Confirmations is how deep a payment must lie before the goods leave.
	Confirmations func(price market.Amount) uint64
	Patience      time.Duration // how long a paying call waits for the chain
	Poll          time.Duration // how often an open sale looks at the chain
	ResumeFor     time.Duration // how long a download may be resumed after its start
	TokenFor      time.Duration // how long a token waits for its download
	ReopenFor     time.Duration // how long after the payment the goods may be had again
	ReopenMost    uint32        // how many times
	// Checks is how many new payments are looked up on chain at once; others wait. Who
	// sends many that are worth nothing must not use up what the node may ask.
	Checks int
}

// DefaultRules returns the rules of a production node. Datasets of up to ten
// dollars leave with the payment's first block; what a reorganisation costs then is
// less than what waiting costs.
func DefaultRules() Rules {
	return Rules{
		Confirmations: func(price market.Amount) uint64 {
			if price.Cmp(market.Wei(10_000_000)) <= 0 {
				return 1
			}
			return 12
		},
		Patience: 25 * time.Second, Poll: 500 * time.Millisecond, ResumeFor: 10 * time.Minute, TokenFor: 7 * 24 * time.Hour,
		ReopenFor: 24 * time.Hour, ReopenMost: 5, Checks: 32,
	}
}

// Desk takes payments. Its exported fields are required.
type Desk struct {
	Store market.Store[Tx]
	Chain Chain
	Clock market.Clock
	Rules Rules
	// Began is when this process began: a download that was cut off by its end may be
	// resumed.
	Began time.Time

	mu      sync.Mutex
	waiters map[market.Hash][]chan struct{}
	handing map[market.Hash]bool

	opened sync.Once
	checks chan struct{} // full while as many payments are looked up as may be

	pledges pledges
}

// Want is what a request asks for, as it is sold now.
type Want struct {
	Owner   market.UserID
	Dataset market.DatasetID
	Name    string
	Content string
	Goods   Goods
	Till    Till
	Offers  []Offer // any of them may be paid
	// Check may refuse a payment that is new, before anything is done with it; its error
	// is returned. nil: there is nothing to check.
	Check func() error
}

// Taken is returned for an authorization that opens nothing: it opened what it paid
// for already, or pays for something else, or came to the chain by another way.
// Another payment is not called for.
type Taken struct {
	Transaction market.Hash // zero when there is none
	Message     string
	// RetryAfter is set when the same request may be answered otherwise later.
	RetryAfter time.Duration
}

func (t *Taken) Error() string { return t.Message }

// Pending is returned for a payment that was sent and whose outcome is not known.
type Pending struct {
	Transaction market.Hash // zero while it is not signed
	RetryAfter  time.Duration
}

func (p *Pending) Error() string { return "the payment is being settled" }

// Pay takes a payment and waits until it is settled. It returns a sale in state
// Settled; a Refusal when there is nothing to settle; a Taken, a Pending, or
// Unavailable when the chain cannot be relied on. A payment may be shown again, and
// is never settled twice.
func (d *Desk) Pay(ctx context.Context, w Want, p *Payment) (Sale, error) {
	head, err := d.Chain.Head()
	if err != nil {
		return Sale{}, err
	}
	id := w.Till.SaleID(p.Authorization)
	held, err := d.sale(ctx, id)
	switch {
	case errors.Is(err, market.ErrNotFound), err == nil && held.State == Rejected:
		var tried *Sale
		if err == nil {
			tried = &held
		}
		if named := p.names(); len(named) > 0 && !slices.Contains(named, string(w.Dataset)) {
			return Sale{}, refuse(InvalidPayload, "resource.url names another dataset, "+strconv.Quote(named[0]))
		}
		offer, err := w.Till.Check(p, w.Offers, head.Time)
		if err != nil {
			return Sale{}, err
		}
		if w.Check != nil {
			if err := w.Check(); err != nil {
				return Sale{}, err
			}
		}
		if held, err = d.reserve(ctx, w, p, offer, head, tried); err != nil {
			return Sale{}, err
		}
	case err != nil:
		return Sale{}, err
	default:
		if err := d.again(&held, w, p, head); err != nil {
			return Sale{}, err
		}
	}
	return d.settled(ctx, held, p)
}

// Resume is Pay for what is not on sale any more: a payment that was taken while it
// was opens what it paid for. NotFound when there is no such payment, or nothing was
// paid with it.
func (d *Desk) Resume(ctx context.Context, token seal.Contract, dataset market.DatasetID, goods []Good, p *Payment) (Sale, error) {
	held, err := d.sale(ctx, Till{Token: token}.SaleID(p.Authorization))
	switch {
	case err != nil:
		return Sale{}, err
	case held.Authorization != p.Authorization, held.Signature != p.Signature, held.Dataset != dataset, !slices.Contains(goods, held.Good):
		return Sale{}, errNoProduct
	}
	held, err = d.settled(ctx, held, p)
	if _, refused := errors.AsType[*Refusal](err); refused {
		return Sale{}, errNoProduct // there is nothing to pay again for
	}
	return held, err
}

func (d *Desk) sale(ctx context.Context, id market.Hash) (s Sale, err error) {
	err = d.Store.View(ctx, func(tx Tx) error { s, err = tx.X402Sale(id); return err })
	return s, err
}

// again checks a payment for an authorization that is known: it must be the one
// that was checked when it was new, and pay for the same.
func (d *Desk) again(held *Sale, w Want, p *Payment, head deal.Mark) error {
	if held.Authorization != p.Authorization || held.Signature != p.Signature {
		// Why it is none is for the one who altered it; who signed two payments under one
		// nonce has made one.
		if _, err := w.Till.Check(p, w.Offers, head.Time); err != nil {
			return err
		}
		return &Taken{Transaction: held.Transaction, Message: "the nonce of the payment was used for another payment"}
	}
	if held.Dataset != w.Dataset || !offered(w.Offers, held.Good) {
		return &Taken{Transaction: held.Transaction, Message: "the payment was used for something else"}
	}
	return nil
}

func offered(offers []Offer, good Good) bool {
	for _, o := range offers {
		if o.Buys == good {
			return true
		}
	}
	return false
}

// IdentifierHash is how a payment-identifier is stored: it opens what was bought.
func IdentifierHash(id string) market.Hash {
	if id == "" {
		return market.Hash{}
	}
	return sha256.Sum256([]byte("privd/x402/identifier/1" + id))
}

// reserve stores an authorization before anything else is done with it. What the
// chain would refuse is refused before, and what it has refused is not tried again: from
// then on everybody can read it there. tried is the sale of which it has; nil for none.
func (d *Desk) reserve(ctx context.Context, w Want, p *Payment, offer Offer, head deal.Mark, tried *Sale) (Sale, error) {
	s := Sale{
		ID: w.Till.SaleID(p.Authorization), Attempt: 1, Owner: w.Owner, Dataset: w.Dataset, Name: w.Name, Content: w.Content, Good: offer.Buys, Goods: w.Goods, Till: w.Till,
		Dialect: p.Dialect, Network: p.Network, Authorization: p.Authorization, Signature: p.Signature,
		Identifier: IdentifierHash(p.Identifier), State: Reserved, CreatedAt: d.now(),
	}
	goesOn := false
	pledge, err := d.worth(ctx, p, &s, tried)
	defer func() { pledge.end(goesOn) }()
	if err != nil {
		// Another call with the same payment may have been quicker.
		if held, stored := d.sale(ctx, s.ID); stored == nil && held.State != Rejected {
			return held, d.again(&held, w, p, head)
		}
		return s, err
	}
	err = d.Store.Update(ctx, func(tx Tx) error {
		if s.Identifier != (market.Hash{}) {
			switch other, err := tx.X402SaleByIdentifier(s.Identifier); {
			case err == nil && other.ID != s.ID:
				return &Taken{Transaction: other.Transaction, Message: "the payment identifier was used for another payment"}
			case err != nil && !errors.Is(err, market.ErrNotFound):
				return err
			}
		}
		switch held, err := tx.X402Sale(s.ID); {
		case err == nil && held.State != Rejected:
			s = held // the same payment, by another call
			return nil
		case err == nil && !s.Foreign:
			return refuse(held.Reason, "the chain has refused this payment; sign another one")
		case err == nil:
			s.Attempt = held.Attempt + 1
		case !errors.Is(err, market.ErrNotFound):
			return err
		}
		if err := tx.PutX402Sale(s); err != nil {
			return err
		}
		return d.wake(tx, s.ID)
	})
	if err != nil {
		return s, err
	}
	goesOn = s.Open()
	return s, d.again(&s, w, p, head)
}

// worth looks a new payment up on chain, when it is its turn: it returns a Refusal for
// one that would move nothing. What the payer has is pledged to it then; the pledge may
// be nil.
func (d *Desk) worth(ctx context.Context, p *Payment, s, tried *Sale) (*pledge, error) {
	patient, cancel := context.WithTimeout(ctx, d.Rules.Patience)
	defer cancel()
	for {
		pledge, wait, err := d.look(patient, p, s, tried)
		if err != nil || wait == nil {
			return pledge, err
		}
		// The payer has not enough for all that is on its way. What has arrived is in what it
		// has, and does not count any more.
		select {
		case <-wait:
		case <-patient.Done():
			return nil, d.refusal(ctx, s, errTooLittle)
		}
	}
}

var errTooLittle = refuse(InsufficientFunds, "the payer has not enough, or other payments of it are on their way and leave too little")

// turn waits for one of the places of those who look at the chain.
func (d *Desk) turn(ctx context.Context) (leave func(), err error) {
	d.opened.Do(func() { d.checks = make(chan struct{}, max(d.Rules.Checks, 1)) })
	leave = func() { <-d.checks }
	select {
	case d.checks <- struct{}{}:
		return leave, nil
	default:
	}
	select {
	case d.checks <- struct{}{}:
		return leave, nil
	case <-ctx.Done():
		return nil, &market.Error{Op: "look a payment up", Code: market.Unavailable, Message: "too many payments are looked up at the moment; nothing was paid", Err: ctx.Err()}
	}
}

// look is one look of worth. It returns what to wait for before the next one.
func (d *Desk) look(ctx context.Context, p *Payment, s, tried *Sale) (pledge *pledge, wait <-chan struct{}, err error) {
	leave, err := d.turn(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	used, err := d.Chain.Used(ctx, s.Till, p.Authorization)
	switch {
	case err != nil:
		return nil, nil, err
	case used:
		return nil, nil, d.foreign(ctx, s)
	case tried != nil:
		return nil, nil, refuse(tried.Reason, "the chain has refused this payment; sign another one")
	}
	if pledge, wait = d.pledges.add(s, nil); wait != nil {
		holds, err := d.Chain.Holds(ctx, s.Till, p.From)
		if err != nil {
			return nil, nil, err
		}
		if holds.Cmp(p.Value) < 0 {
			return nil, nil, d.refusal(ctx, s, errTooLittle)
		}
		if pledge, wait = d.pledges.add(s, &holds); wait != nil {
			return nil, wait, nil
		}
	}
	err = d.Chain.Simulate(ctx, s.Till, p.Authorization, p.Signature)
	if _, refused := errors.AsType[*Refusal](err); !refused {
		return pledge, nil, err
	}
	return pledge, nil, d.refusal(ctx, s, err)
}

// refusal is why a payment would move nothing, unless it was used since that was looked
// at: it is no payment to be made again then.
func (d *Desk) refusal(ctx context.Context, s *Sale, why error) error {
	switch used, err := d.Chain.Used(ctx, s.Till, s.Authorization); {
	case err != nil:
		return err
	case used:
		return d.foreign(ctx, s)
	}
	return why
}

func (d *Desk) wake(tx Tx, id market.Hash) error {
	return tx.PutTask(task.Task{Kind: task.Sell402, Key: id.Hex(), Due: d.Clock().UTC()})
}

func (d *Desk) now() time.Time { return d.Clock().UTC().Truncate(time.Millisecond) }

// foreign looks at an authorization that is used without having been seen here. One
// that paid the seller is a sale, but not one for whoever shows it: by now everybody
// can read it on chain.
func (d *Desk) foreign(ctx context.Context, s *Sale) error {
	by, block, err := d.used(ctx, s)
	if errors.Is(err, market.ErrNotFound) {
		return refuse(NonceUsed, "the nonce of the payment is used, and did not pay for this")
	}
	if err != nil {
		return err
	}
	s.Foreign, s.Transaction, s.Block, s.State, s.SettledAt = true, by, block, Settling, time.Time{}
	return nil
}

// used returns which transaction used the authorization to pay the seller; NotFound
// when it was used for something else, or cancelled. Who may have paid is not asked
// to pay again before that is known.
func (d *Desk) used(ctx context.Context, s *Sale) (by market.Hash, block uint64, err error) {
	by, err = d.Chain.User(ctx, s.Till, s.Authorization)
	if errors.Is(err, market.ErrNotFound) {
		return by, 0, market.Fail(market.Unavailable, "the payment's nonce is used, and it is not known yet by what")
	}
	if err != nil {
		return by, 0, err
	}
	block, err = d.Chain.Payment(ctx, by, s.Till, s.Authorization, false)
	return by, block, err
}

// deeper reports whether a sale waits for more than its payment's first block.
func (d *Desk) deeper(s *Sale) bool { return d.Rules.Confirmations(s.Authorization.Value) > 1 }

// settled waits until a sale is settled and says what comes of it.
func (d *Desk) settled(ctx context.Context, s Sale, p *Payment) (Sale, error) {
	ctx, cancel := context.WithTimeout(ctx, d.Rules.Patience)
	defer cancel()
	for s.Open() {
		moved := d.wait(s.ID)
		held, err := d.sale(ctx, s.ID)
		if err != nil && ctx.Err() == nil {
			return s, err
		}
		if err == nil {
			s = held
		}
		if !s.Open() {
			break
		}
		select {
		case <-moved:
		case <-ctx.Done():
			d.leave(s.ID, moved)
			return s, &Pending{Transaction: s.Transaction, RetryAfter: 5 * time.Second}
		}
	}
	switch {
	case s.State == Rejected:
		return s, refuse(s.Reason, "the payment was not settled")
	case s.State == Lost:
		return s, refuse(s.Reason, "the nonce of the payment was used, and did not pay for this")
	case s.Foreign:
		return s, &Taken{Transaction: s.Transaction, Message: "somebody else brought the payment to the chain; sign in with the payer's key to have what it paid for"}
	case s.State == Settled && d.downloadable(&s):
		return s, nil
	case s.Identifier != (market.Hash{}) && IdentifierHash(p.Identifier) == s.Identifier:
		return d.reopen(ctx, s)
	case s.State == Handed:
		return s, &Taken{Transaction: s.Transaction, Message: "what the payment paid for was handed over already"}
	}
	return s, errOver(&s)
}

// reopen lets the payer have again what was paid for, a few times. What is being
// handed over is left as it is: to ask again meanwhile costs nothing.
func (d *Desk) reopen(ctx context.Context, s Sale) (Sale, error) {
	if !d.claim(s.ID) {
		return s, errBusy(&s)
	}
	defer d.release(s.ID)
	return d.reopened(ctx, s.ID)
}

// reopened is reopen for who has claimed the sale.
func (d *Desk) reopened(ctx context.Context, id market.Hash) (Sale, error) {
	return d.update(ctx, id, func(_ Tx, s *Sale) error {
		if d.owed(s) {
			return nil // it was opened again before, and not had since
		}
		if s.Reopened >= d.Rules.ReopenMost || d.Clock().Sub(s.SettledAt) > d.Rules.ReopenFor {
			return &Taken{Transaction: s.Transaction, Message: "what the payment paid for was handed over, and cannot be had again any more"}
		}
		d.handed(s) // its download may have broken, and not been resumed
		s.Reopened++
		s.Started, s.Active, s.Done, s.Token = time.Time{}, time.Time{}, time.Time{}, market.Hash{}
		s.Serving, s.Had, s.Sent = false, nil, 0
		return nil
	})
}

// owed reports whether what was opened again was not had since: it is not counted twice.
func (d *Desk) owed(s *Sale) bool {
	return s.Good == Access && s.Reopened > 0 && d.downloadable(s) && d.Clock().Sub(s.SettledAt) <= d.Rules.ReopenFor
}

// SignedIn begins to hand over what a payer who proved to hold the key has bought of a
// dataset, again or for the first time. NotFound when nothing was bought, or all of it
// was had as often as it may; a Pending while nothing is owed and a payment is on its
// way; a Taken while somebody else is at it, which counts as no time. What was had before
// is passed over where here says that it is gone.
func (d *Desk) SignedIn(ctx context.Context, dataset market.DatasetID, payer market.Address, goods []Good, here func(Sale) bool) (*Handing, error) {
	var bought []Sale
	var open *Sale
	err := d.Store.View(ctx, func(tx Tx) error {
		bought, open = nil, nil
		return tx.X402SalesTo(dataset, payer, func(held Sale) bool {
			switch {
			case !slices.Contains(goods, held.Good):
			case held.Open() && open == nil:
				open = &held
			case held.Paid():
				bought = append(bought, held)
			}
			return len(bought) < maxBought
		})
	})
	if err != nil {
		return nil, err
	}
	// What is owed comes before what was had.
	for _, s := range bought {
		late := d.Clock().Sub(s.SettledAt) > d.Rules.TokenFor // what was removed may be gone by then
		if (s.State != Handed && d.downloadable(&s) && (!late || here(s))) || (d.owed(&s) && here(s)) {
			return d.Hand(ctx, s.ID)
		}
	}
	if open != nil {
		return nil, &Pending{Transaction: open.Transaction, RetryAfter: 5 * time.Second}
	}
	for _, s := range bought {
		if !here(s) {
			continue
		}
		h, err := d.begin(ctx, s.ID, func(*Sale) error { return nil })
		if err != nil {
			return nil, err
		}
		if h.Sale, err = d.reopened(ctx, s.ID); err == nil {
			return h, nil
		}
		d.release(s.ID)
		if _, over := errors.AsType[*Taken](err); !over {
			return nil, err
		}
	}
	return nil, market.Fail(market.NotFound, "nothing was bought of this dataset that can be had again")
}

// maxBought is how many of a payer's sales of a dataset are looked at.
const maxBought = 100

// update changes a stored sale and tells who waits for it.
func (d *Desk) update(ctx context.Context, id market.Hash, change func(Tx, *Sale) error) (s Sale, err error) {
	err = d.Store.Update(ctx, func(tx Tx) error {
		if s, err = tx.X402Sale(id); err != nil {
			return err
		}
		if err := change(tx, &s); err != nil {
			return err
		}
		return tx.PutX402Sale(s)
	})
	if err == nil {
		if !s.Open() {
			d.pledges.drop(&s)
		}
		d.moved(id)
	}
	return s, err
}

// to moves a sale.
func (s *Sale) to(next State) {
	for _, allowed := range moves[s.State] {
		if allowed == next {
			s.State = next
			return
		}
	}
	panic(fmt.Sprintf("x402: no sale goes from %s to %s", s.State, next))
}

func (d *Desk) wait(id market.Hash) chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waiters == nil {
		d.waiters = map[market.Hash][]chan struct{}{}
	}
	c := make(chan struct{})
	d.waiters[id] = append(d.waiters[id], c)
	return c
}

func (d *Desk) leave(id market.Hash, c chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, w := range d.waiters[id] {
		if w == c {
			d.waiters[id] = append(d.waiters[id][:i], d.waiters[id][i+1:]...)
			break
		}
	}
	if len(d.waiters[id]) == 0 {
		delete(d.waiters, id)
	}
}

func (d *Desk) moved(id market.Hash) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.waiters[id] {
		close(c)
	}
	delete(d.waiters, id)
}

// outboxKey is the key of the transaction that settles a sale.
func (s *Sale) outboxKey() string {
	return fmt.Sprintf("x402/%s/%d", hex.EncodeToString(s.ID[:16]), s.Attempt)
}
