package purchase_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/account"
	"privd/market/content"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/ledger"
	"privd/market/listing"
	"privd/market/outbox"
	"privd/market/purchase"
	"privd/market/seal"
	"privd/market/task"
	"privd/storage/records"
)

// chain is a chain whose head and outcomes the test sets.
type chain struct {
	head     deal.Mark
	outcome  outbox.Transaction
	disputes int
	receipts []seal.SignedReceipt
	asked    func() // called when the balance is asked for
}

func (c *chain) Balance(_ context.Context, _ market.Address) (market.Amount, error) {
	c.asked()
	return market.Wei(1000), nil
}
func (c *chain) Head() (deal.Mark, error)                                    { return c.head, nil }
func (c *chain) Purchase(context.Context, string, seal.Sale, seal.Sig) error { return nil }
func (c *chain) Refund(context.Context, string, seal.Deal) error             { return nil }
func (c *chain) Outcome(context.Context, string) (outbox.Transaction, error) { return c.outcome, nil }
func (c *chain) Dispute(_ context.Context, _ string, _ seal.Deal, _ seal.Delivery, _, _ seal.Key) error {
	c.disputes++
	return nil
}

func (c *chain) Settle(_ context.Context, _ string, receipts []seal.SignedReceipt) error {
	c.receipts = append(c.receipts, receipts...)
	return nil
}

// seller is a seller who is never willing.
type seller struct {
	delivery.Seller
	refusal delivery.Refusal
}

func (s *seller) Opener(context.Context, delivery.OpenerRequest) (seal.Key, error) {
	return seal.Key{}, &s.refusal
}

func (s *seller) Note(context.Context, delivery.Receipt) error { return &s.refusal }

type wallets struct{ account.Wallets }

func (wallets) SignDigest(context.Context, market.Address, market.Hash) (seal.Sig, error) {
	return seal.Sig{}, nil
}

// keyring keeps secrets in memory.
type keyring struct{ held sync.Map }

func (k *keyring) Put(_ context.Context, name string, secret []byte) error {
	k.held.Store(name, secret)
	return nil
}

func (k *keyring) Get(_ context.Context, name string) ([]byte, error) {
	if secret, ok := k.held.Load(name); ok {
		return secret.([]byte), nil
	}
	return nil, market.ErrNotFound
}

func (k *keyring) Destroy(_ context.Context, name string) error {
	k.held.Delete(name)
	return nil
}

// deck is a buyer's engine with one purchase.
type deck struct {
	*purchase.Engine
	chain   *chain
	seller  *seller
	keyring *keyring
	book    *ledger.Book
	id      market.PurchaseID
	bought  deal.Event
	records *records.Store
}

const (
	now   = 1_800_000_000
	payBy = now + 600
)

// opener is k, and what it opens is not the listing key.
var opener, sealed = seal.Key{1}, seal.Key{2}

func newDeck(t *testing.T, state purchase.State) *deck {
	t.Helper()
	store, err := records.Open(records.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	d := &deck{chain: &chain{head: deal.Mark{Number: 10, Time: now}}, seller: &seller{}, keyring: &keyring{}, id: "pur_1", records: store}
	clock := func() time.Time { return time.Unix(now, 0) }
	rules := purchase.DefaultRules()
	rules.Confirmations = 1
	d.Engine = &purchase.Engine{
		Store: records.As[purchase.Tx](store), Keyring: d.keyring, Vault: &empty{}, Wallets: wallets{}, Chain: d.chain, Clock: clock, Rules: rules,
		Seller: func([]string) delivery.Seller { return d.seller },
	}
	d.book = &ledger.Book{Store: records.As[ledger.Tx](store), Clock: clock, Changed: func([]deal.Event) {},
		Booked: func(ledger.Tx, deal.Event, bool) error { return nil }}
	p := purchase.Purchase{
		ID: d.id, Buyer: "usr_1", Listing: "lst_1", State: state, Manifest: manifest(t), OnChain: market.Hash{7}, Stored: true, Checked: true, Noted: true,
		Order: seal.Order{Price: market.Wei(100), Expiry: now + 86400, KeyCommitment: seal.Key{3}.Commitment()},
		Sale:  &seal.Sale{Terms: seal.Terms{PayBy: payBy}, SealedHash: sealed.Commitment(), Lock: opener.Commitment()},
	}
	require.NoError(t, store.Update(t.Context(), func(tx *records.Tx) error { return tx.PutPurchase(p) }))
	require.NoError(t, d.keyring.Put(t.Context(), "pur_1.sealed", sealed[:]))
	d.bought = deal.Event{Kind: deal.Purchased, Block: 10, BlockTime: now, Purchase: p.OnChain, Price: market.Wei(100), Deadline: now + 86400}
	return d
}

func manifest(t *testing.T) []byte {
	t.Helper()
	mh, err := multihash.Sum([]byte("root"), multihash.SHA2_256, -1)
	require.NoError(t, err)
	root := cid.NewCidV1(cid.Raw, mh)
	block, err := (&listing.Manifest{
		Format: 1, Listing: "lst_1", Seller: make([]byte, 20), SellerID: "usr_2", Title: "T", Category: "photo", Tags: []string{},
		KeyBundle: root, Peers: []string{"p"}, Columns: []listing.Column{}, Entries: []listing.Entry{{
			Contribution: "contrib_1", Kind: "photo", MIME: "image/jpeg", Size: 100, PayloadSize: 132, Root: root,
			SHA256: make([]byte, 32), FileKeyHash: make([]byte, 32),
		}},
	}).Encode()
	require.NoError(t, err)
	return block
}

// at puts events on the chain, in one block.
func (d *deck) at(t *testing.T, events ...deal.Event) {
	t.Helper()
	require.NoError(t, d.book.Apply(t.Context(), d.chain.head, events))
}

func (d *deck) step(t *testing.T) (purchase.Purchase, task.Next) {
	t.Helper()
	next, err := d.Step(t.Context(), d.id, 0)
	require.NoError(t, err)
	v, err := d.Get(t.Context(), "usr_1", d.id)
	require.NoError(t, err)
	return v.Purchase, next
}

// The contract refuses this node's transaction because somebody who saw the payment
// has sent it already: the purchase is paid, and goes on.
func TestRefusedPaymentIsMinedByAnother(t *testing.T) {
	t.Parallel()
	d := newDeck(t, purchase.Unconfirmed)
	d.chain.outcome = outbox.Transaction{State: outbox.Failed, Final: true, Message: "already purchased"}
	p, _ := d.step(t)
	require.Equal(t, purchase.Unconfirmed, p.State)
	require.Contains(t, p.Reason, "already purchased")
	d.at(t, d.bought)
	p, _ = d.step(t)
	require.Equal(t, purchase.Opening, p.State)
}

// A refused payment has failed for good once its time is over.
func TestRefusedPaymentFails(t *testing.T) {
	t.Parallel()
	d := newDeck(t, purchase.Unconfirmed)
	d.chain.outcome = outbox.Transaction{State: outbox.Failed, Final: true, Message: "no money"}
	d.chain.head.Time = payBy
	d.step(t)
	p, next := d.step(t)
	require.Equal(t, purchase.Failed, p.State)
	require.Contains(t, p.Reason, "no money")
	require.True(t, next.Done)
}

// A seller who never settled loses the price again: so does the buyer the access.
func TestOpenedIsRefunded(t *testing.T) {
	t.Parallel()
	d := newDeck(t, purchase.Opened)
	d.at(t, d.bought, deal.Event{Kind: deal.Refunded, Block: 10, LogIndex: 1, Purchase: d.bought.Purchase})
	p, next := d.step(t)
	require.Equal(t, purchase.Revoked, p.State)
	require.True(t, next.Done)
}

// A seller cannot put off the look at the deadline by asking for patience.
func TestSellerAsksForPatience(t *testing.T) {
	t.Parallel()
	d := newDeck(t, purchase.Opening)
	d.at(t, d.bought)
	d.seller.refusal = delivery.Refusal{Code: delivery.NotConfirmed, RetryAfter: 24 * time.Hour}
	_, next := d.step(t)
	require.LessOrEqual(t, next.After, d.Rules.RetryMost)
}

// A wrong key is disputed while the contract would listen, and not after.
func TestDisputeInTime(t *testing.T) {
	t.Parallel()
	d := newDeck(t, purchase.Opening)
	d.at(t, d.bought, deal.Event{Kind: deal.Revealed, Block: 10, LogIndex: 1, Purchase: d.bought.Purchase,
		Opener: market.Hash(opener), Deadline: now + 100})
	d.chain.outcome.State = outbox.Queued
	d.step(t)
	require.Equal(t, 1, d.chain.disputes)
	d.chain.head.Time = now + 100
	p, _ := d.step(t)
	require.Equal(t, 1, d.chain.disputes)
	require.Equal(t, purchase.Garbage, p.State)
	require.Contains(t, p.Reason, "over")
}

// empty is a vault that remembers what was erased.
type empty struct {
	content.Vault
	erased []string
}

func (v *empty) Erase(_ context.Context, id string) error {
	v.erased = append(v.erased, id)
	return nil
}

// hostile is a vault that finds what comes malformed.
type hostile struct{ empty }

func (*hostile) Fetch(context.Context, string, []cid.Cid, content.Source, int64, func(int64)) (content.Pack, error) {
	return content.Pack{}, market.Fail(market.TooLarge, "more bytes than promised")
}

// Content that breaks its manifest is fetched once, not again and again.
func TestHostileContent(t *testing.T) {
	t.Parallel()
	d := newDeck(t, purchase.Fetching)
	vault := &hostile{}
	d.Vault, d.Source = vault, func([]string) content.Source { return nil }
	p, next := d.step(t)
	require.Equal(t, purchase.Failed, p.State)
	require.True(t, next.Done)
	require.Contains(t, vault.erased, "pur_1", "nothing of it stays on the disk")
}

// full is a vault that has everything already, in packs of one file at most.
type full struct{ content.Vault }

func (full) Fetch(_ context.Context, id string, roots []cid.Cid, _ content.Source, _ int64, _ func(int64)) (content.Pack, error) {
	if len(roots) > 1 {
		return content.Pack{}, market.Fail(market.TooLarge, "too many blocks for a pack")
	}
	return content.Pack{ID: id, Size: 1}, nil
}

// A seller who takes no receipt does not keep the rest of the content from a buyer.
func TestRestComesWithoutTheSeller(t *testing.T) {
	t.Parallel()
	d := newDeck(t, purchase.Opened)
	d.at(t, d.bought)
	require.NoError(t, d.records.Update(t.Context(), func(tx *records.Tx) error {
		p, err := tx.Purchase(d.id)
		require.NoError(t, err)
		p.Stored, p.Noted = false, false
		return tx.PutPurchase(p)
	}))
	d.Vault, d.Source = full{}, func([]string) content.Source { return nil }
	d.seller.refusal = delivery.Refusal{Code: delivery.BadTerms}
	p, _ := d.step(t)
	require.True(t, p.Stored)
	require.False(t, p.Noted)
}

// A price that rises between the look at the balance and the purchase is not
// promised unless the balance covers it.
func TestPriceRisesWhileBuying(t *testing.T) {
	t.Parallel()
	d := newDeck(t, purchase.Revoked)
	offer := listing.Offer{ID: "lst_1", Manifest: manifest(t), Order: seal.Order{Price: market.Wei(1000), Seller: market.Address{1}, Expiry: payBy}}
	put := func() {
		require.NoError(t, d.records.Update(t.Context(), func(tx *records.Tx) error { return tx.PutOffer(offer) }))
	}
	put()
	require.NoError(t, d.records.Update(t.Context(), func(tx *records.Tx) error {
		return tx.PutUser(account.User{ID: "usr_1", Wallet: market.Address{2}, Managed: true})
	}))
	d.chain.asked = func() {
		offer.Order.Price, offer.Order.Version = market.Wei(1001), 1
		put()
	}
	_, err := d.Buy(t.Context(), "usr_1", "lst_1", 30, purchase.WalletEntry)
	require.ErrorContains(t, err, "Insufficient PRIV balance")
}
