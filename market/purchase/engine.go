package purchase

import (
	"context"
	"errors"
	"sync"
	"time"

	"filippo.io/age"

	"privd/market"
	"privd/market/account"
	"privd/market/content"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/ledger"
	"privd/market/listing"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/market/task"
)

// Chain is what a purchase needs of the chain.
type Chain interface {
	// Balance returns a wallet's PRIV; Unavailable when the chain cannot be asked.
	Balance(ctx context.Context, wallet market.Address) (market.Amount, error)
	// Head returns the newest block this node has read; Unavailable when that is too
	// old to act on.
	Head() (deal.Mark, error)
	// Purchase, Refund and Dispute store a transaction under a key and return; it is
	// sent once, however often they are called.
	Purchase(ctx context.Context, key string, s seal.Sale, payment seal.Sig) error
	Refund(ctx context.Context, key string, d seal.Deal) error
	Dispute(ctx context.Context, key string, d seal.Deal, x seal.Delivery, opener, sealed seal.Key) error
	// Settle does the same with receipts.
	Settle(ctx context.Context, key string, receipts []seal.SignedReceipt) error
	// Outcome returns how a stored transaction stands; NotFound for an unknown key.
	Outcome(ctx context.Context, key string) (outbox.Transaction, error)
}

// Engine buys. Its fields are required, except Held, Vet and Proven.
type Engine struct {
	Store   market.Store[Tx]
	Vault   content.Vault
	Keyring content.Keyring
	Wallets account.Wallets
	Chain   Chain
	Domain  seal.Domain
	Token   seal.TokenDomain
	// Delegate is this node's key, which signs receipts.
	Delegate market.Address
	// Identity opens what sellers seal for this node.
	Identity *age.HybridIdentity
	// Seller reaches the first of the named peers that answers.
	Seller func(peers []string) delivery.Seller
	// Source gets blocks from the named peers.
	Source func(peers []string) content.Source
	Clock  market.Clock
	Rules  Rules
	// Held returns what of a user's wallet is spoken for by others than purchases;
	// nil is nothing.
	Held func(tx Tx, user market.UserID) (market.Amount, error)
	// Vet looks into what others report of a seller, before money moves; Proven returns
	// a purchase by which the seller was proven to deliver garbage, the zero hash when
	// there is none. Nil is nothing.
	Vet    func(ctx context.Context, seller market.Address) error
	Proven func(tx Tx, seller market.Address) (market.Hash, error)

	buying  market.Locks[market.UserID]
	mu      sync.Mutex
	waiters map[market.PurchaseID][]chan struct{}
}

// Rules are the times and limits a node buys by.
type Rules struct {
	Confirmations  uint64        // depth at which a purchase counts as paid
	PayWithin      time.Duration // how long a payment stays good
	SignWithin     time.Duration // how long an external wallet's stays good, from when it is asked for
	DeliveryWindow time.Duration // how long a seller has to hand over the key
	FetchBeforePay int64         // bytes of ciphertext that must be here before money moves
	Wait           time.Duration // how long a purchase call waits for the key
	Poll           time.Duration // how often a waiting purchase looks at the chain
	RetryMost      time.Duration // the longest pause between tries to reach a seller
	// MaxRefunds is how many of the last sales of a seller that ended, RecordSpan of
	// them, have to be refunds for its listings not to be bought without Force; 0 is
	// never.
	MaxRefunds int
}

// DefaultRules returns the rules of a production node.
func DefaultRules() Rules {
	return Rules{
		Confirmations: 12, PayWithin: 10 * time.Minute, SignWithin: 50 * time.Minute, DeliveryWindow: 24 * time.Hour,
		FetchBeforePay: 1 << 30, Wait: 10 * time.Second, Poll: 4 * time.Second, RetryMost: 5 * time.Minute, MaxRefunds: 2,
	}
}

// Buy starts a purchase and waits a while for the key. The answer is an opened
// purchase, or a pending one that goes on by itself or once its wallet has signed, or
// a failed one.
func (e *Engine) Buy(ctx context.Context, user market.UserID, id market.ListingID, accessDays uint32, prefixes Prefixes) (Purchase, error) {
	if accessDays == 0 {
		accessDays = DefaultAccessDays
	}
	if accessDays > 365 {
		return Purchase{}, market.BadField("access_duration_days", "access_duration_days must be an integer from 1 to 365")
	}
	p, err := e.begin(ctx, user, id, accessDays, prefixes)
	if err != nil {
		return Purchase{}, err
	}
	return e.wait(ctx, p.ID)
}

// Prefixes are the shapes of ids and tokens of one entry point.
type Prefixes struct {
	Purchase, Token string
	NotFound        string // the documented message for an unknown listing
	OnlyData        bool   // every other listing is as good as unknown
	Force           bool   // the buyer knows of the seller's record and buys all the same
	// ID and AccessToken are given to fixtures, which are known beforehand; drawn
	// where empty.
	ID          market.PurchaseID
	AccessToken string
}

// id returns the name of a new purchase.
func (p Prefixes) id() market.PurchaseID {
	if p.ID != "" {
		return p.ID
	}
	return market.NewID[market.PurchaseID](p.Purchase)
}

// token returns the access token of a new purchase.
func (p Prefixes) token() string {
	if p.AccessToken != "" {
		return p.AccessToken
	}
	return p.Token + market.RandomText(32)
}

// sells reports whether an offer can be bought by this entry.
func (p Prefixes) sells(o listing.Offer) (bool, error) {
	if !p.OnlyData {
		return true, nil
	}
	m, err := o.Decode()
	return err == nil && m.DataType != "", err
}

// The two entry points of the API.
var (
	WalletEntry = Prefixes{Purchase: market.PrefixPurchase, Token: market.PrefixAccessToken, NotFound: "Listing not found"}
	DataEntry   = Prefixes{Purchase: market.PrefixDataPurchase, Token: market.PrefixDataToken, NotFound: "Data listing not found", OnlyData: true}
)

// begin checks and stores a purchase with its task. One user buys one thing at a
// time, so that the balance is never promised twice.
func (e *Engine) begin(ctx context.Context, user market.UserID, id market.ListingID, accessDays uint32, prefixes Prefixes) (Purchase, error) {
	defer e.buying.Lock(user)()
	now := e.Clock().UTC().Truncate(time.Millisecond)
	p := Purchase{
		ID: prefixes.id(), Buyer: user, Listing: id, AccessDays: accessDays,
		Forced: prefixes.Force, State: Fetching, Steps: []Step{{At: now, What: "purchase asked for"}},
		AccessToken: prefixes.token(), CreatedAt: now, UpdatedAt: now,
	}
	var reserved market.Amount
	err := e.Store.View(ctx, func(tx Tx) (err error) { reserved, err = e.agree(tx, &p, prefixes); return err })
	if err != nil {
		return p, err
	}
	balance, err := e.Chain.Balance(ctx, p.Wallet)
	if err != nil {
		return p, err
	}
	if err := covers(balance, reserved, p.Price()); err != nil {
		return p, err
	}
	return p, e.Store.Update(ctx, func(tx Tx) error {
		// The seller may have changed the price meanwhile.
		reserved, err := e.agree(tx, &p, prefixes)
		if err != nil {
			return err
		}
		if err := covers(balance, reserved, p.Price()); err != nil {
			return err
		}
		if err := tx.PutPurchase(p); err != nil {
			return err
		}
		return tx.PutTask(task.Task{Kind: task.Buy, Key: string(p.ID), Due: now})
	})
}

// covers returns an error unless a balance pays for what is reserved and one price
// more.
func covers(balance, reserved, price market.Amount) error {
	if need, err := reserved.Add(price); err != nil || balance.Cmp(need) < 0 {
		return &market.Error{Code: market.Invalid, Reason: "INSUFFICIENT_BALANCE", Message: "Insufficient PRIV balance"}
	}
	return nil
}

// agree fills in what is bought and checks, in the documented order, that the
// user may buy it. It returns what the user's other purchases have reserved.
func (e *Engine) agree(tx Tx, p *Purchase, prefixes Prefixes) (reserved market.Amount, err error) {
	offer, err := tx.Offer(p.Listing)
	if errors.Is(err, market.ErrNotFound) || (err == nil && uint64(p.CreatedAt.Unix()) > offer.Order.Expiry) {
		return reserved, market.Fail(market.NotFound, prefixes.NotFound)
	}
	if err != nil {
		return reserved, err
	}
	buyer, err := tx.User(p.Buyer)
	if err != nil {
		return reserved, err
	}
	switch sells, err := prefixes.sells(offer); {
	case err != nil:
		return reserved, err
	case !sells:
		return reserved, market.Fail(market.NotFound, prefixes.NotFound)
	}
	p.External = !buyer.Managed
	p.Wallet, p.Order, p.OrderSignature, p.Manifest = buyer.Wallet, offer.Order, offer.Signature, offer.Manifest
	if offer.Order.Seller == buyer.Wallet {
		return reserved, &market.Error{Code: market.Invalid, Reason: "OWN_LISTING", Message: "Cannot purchase your own data listing"}
	}
	switch last, err := tx.LastPurchase(p.Buyer, p.Listing); {
	case err == nil && last.Blocks(p.CreatedAt):
		return reserved, &market.Error{Code: market.Invalid, Reason: "ALREADY_PURCHASED", Message: "You already have active access"}
	case err != nil && !errors.Is(err, market.ErrNotFound):
		return reserved, err
	}
	if !prefixes.Force {
		if err := e.trust(tx, offer.Order); err != nil {
			return reserved, err
		}
	}
	if reserved, err = Reserved(tx, p.Buyer, p.CreatedAt); err != nil || e.Held == nil {
		return reserved, err
	}
	held, err := e.Held(tx, p.Buyer)
	if err != nil {
		return reserved, err
	}
	return reserved.Add(held)
}

// Reserved returns how much of a user's wallet open purchases are about to pay, in
// wei of PRIV.
func Reserved(tx Tx, user market.UserID, now time.Time) (sum market.Amount, err error) {
	var failed error
	err = tx.PurchasesOf(user, func(p Purchase) bool {
		if !p.promised(now) {
			return true
		}
		state, err := ledger.StateOf(tx, p.OnChain)
		if err == nil && state.Status == deal.StatusNone {
			sum, err = sum.Add(p.Price())
		}
		failed = err
		return err == nil
	})
	return sum, errors.Join(err, failed)
}

// wait returns the purchase once it is no longer pending or its wallet has to sign,
// or as it stands when patience or ctx is over.
func (e *Engine) wait(ctx context.Context, id market.PurchaseID) (p Purchase, err error) {
	patience := time.NewTimer(e.Rules.Wait)
	defer patience.Stop()
	for {
		moved := e.watch(id)
		err := e.Store.View(context.WithoutCancel(ctx), func(tx Tx) (err error) { p, err = tx.Purchase(id); return err })
		if err != nil || !p.State.Pending() || p.Asks() {
			return p, err
		}
		select {
		case <-moved:
		case <-patience.C:
			return p, nil
		case <-ctx.Done():
			return p, nil
		}
	}
}

// watch returns a channel that is closed when the purchase moves next.
func (e *Engine) watch(id market.PurchaseID) <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.waiters == nil {
		e.waiters = map[market.PurchaseID][]chan struct{}{}
	}
	c := make(chan struct{})
	e.waiters[id] = append(e.waiters[id], c)
	return c
}

func (e *Engine) moved(id market.PurchaseID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.waiters[id] {
		close(c)
	}
	delete(e.waiters, id)
}

// Booked wakes the purchase an event is about: part of the transaction that
// stores the event.
func (e *Engine) Booked(tx Tx, event deal.Event) error {
	p, err := tx.PurchaseOnChain(event.Purchase)
	if errors.Is(err, market.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return ledger.Wake(tx, task.Buy, string(p.ID), e.Clock().UTC())
}
