package sale_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/earning"
	"privd/market/ledger"
	"privd/market/outbox"
	"privd/market/purchase"
	"privd/market/sale"
	"privd/market/seal"
	"privd/market/task"
	"privd/storage/records"
)

// chain is a chain whose head and outcomes the test sets.
type chain struct {
	head    deal.Mark
	settled int
	sent    map[string]outbox.Transaction // by key, as the test has them
	by      map[string]uint64             // until when each may leave first
	failing error                         // what submitting fails with, before it is stored
}

// submit stores a transaction once; it waits until the test says what became of it.
func (c *chain) submit(key string, by uint64) error {
	if c.failing != nil {
		return c.failing
	}
	if c.sent == nil {
		c.sent, c.by = map[string]outbox.Transaction{}, map[string]uint64{}
	}
	if _, known := c.sent[key]; !known {
		c.sent[key], c.by[key] = outbox.Transaction{Key: key}, by
	}
	return nil
}

func (c *chain) Reveal(_ context.Context, key string, _ seal.Deal, _ seal.Delivery, _ seal.Key, by, _ uint64) error {
	return c.submit(key, by)
}

func (c *chain) Finalize(_ context.Context, key string, _ seal.Deal) error { return c.submit(key, 0) }

func (c *chain) RepeatPurchase(_ context.Context, key string, _ []byte) error {
	return c.submit(key, 0)
}

func (c *chain) PurchaseCalldata(context.Context, market.Hash) ([]byte, error) {
	return []byte("paid"), nil
}

func (c *chain) Head() (deal.Mark, error) { return c.head, nil }

func (c *chain) AccessUntil(context.Context, market.Address, market.Hash, market.Address) (uint64, error) {
	return 0, nil
}

func (c *chain) Settle(_ context.Context, key string, r []seal.SignedReceipt) error {
	c.settled += len(r)
	return c.submit(key, 0)
}

func (c *chain) Outcome(_ context.Context, key string) (outbox.Transaction, error) {
	return of(c.sent, key)
}

// shop is a seller's desk with one purchase of its listing on a chain.
type shop struct {
	*sale.Desk
	chain *chain
	book  *ledger.Book
	store market.Store[sale.Tx]
	now   time.Time
	deal  deal.Event
	sign  func(digest market.Hash) seal.Sig
}

func newShop(t *testing.T, window time.Duration) *shop {
	t.Helper()
	store, err := records.Open(records.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	key, err := crypto.GenerateKey()
	require.NoError(t, err)
	s := &shop{chain: &chain{}, store: records.As[sale.Tx](store), now: time.Unix(1_800_000_000, 0)}
	s.sign = func(digest market.Hash) seal.Sig {
		raw, err := crypto.Sign(digest[:], key)
		require.NoError(t, err)
		sig, err := seal.Compact(raw)
		require.NoError(t, err)
		return sig
	}
	clock := func() time.Time { return s.now }
	rules := sale.DefaultRules()
	rules.Confirmations = 1
	at := uint64(s.now.Unix())
	g := newGoods(market.Address(crypto.PubkeyToAddress(key.PublicKey)), at, uint64(window/time.Second))
	s.Desk = &sale.Desk{Store: s.store, Chain: s.chain, Domain: g.domain, Clock: clock, Rules: rules, Keyring: g.keys(), Secret: g.secret}
	s.book = &ledger.Book{
		Store: records.As[ledger.Tx](store), Clock: clock, Changed: func([]deal.Event) {},
		Booked: func(tx ledger.Tx, e deal.Event, undone bool) error {
			if undone {
				return s.Unbooked(tx.(*records.Tx), e)
			}
			return s.Booked(tx.(*records.Tx), e)
		},
	}
	require.NoError(t, store.Update(t.Context(), func(tx *records.Tx) error { return tx.PutListing(g.listing) }))
	s.deal = g.bought(deal.Mark{Number: 2, Time: at})
	require.NoError(t, s.book.Apply(t.Context(), deal.Mark{Number: 1}, nil))
	s.buy(t)
	return s
}

// buy puts the purchase on the chain.
func (s *shop) buy(t *testing.T) {
	t.Helper()
	s.chain.head = deal.Mark{Number: 2, Time: uint64(s.now.Unix())}
	require.NoError(t, s.book.Apply(t.Context(), deal.Mark{Number: 2}, []deal.Event{s.deal}))
}

// note hands in the buyer's receipt.
func (s *shop) note(t *testing.T, openedAt uint64) {
	t.Helper()
	require.NoError(t, s.Note(t.Context(), delivery.Receipt{Purchase: s.deal.Purchase, OpenedAt: openedAt,
		Signature: s.sign(s.Domain.Receipt(s.deal.Purchase, openedAt))}))
}

// A buyer who asks for a short delivery window does not get the price back while
// the receipt waits for company.
func TestReceiptIsSettledBeforeTheDeadline(t *testing.T) {
	t.Parallel()
	s := newShop(t, time.Hour)
	s.note(t, s.deal.BlockTime)
	var settle task.Task
	require.NoError(t, s.store.View(t.Context(), func(tx sale.Tx) (err error) {
		settle, err = tx.Task(task.Settle, sale.SettleKey)
		return err
	}))
	require.Equal(t, s.now.Add(30*time.Minute).UTC(), settle.Due.UTC(), "half an hour before the deadline")
}

// A receipt from a buyer whose chain is a little ahead is settled once this node's
// chain is there too.
func TestReceiptAheadOfTheChain(t *testing.T) {
	t.Parallel()
	s := newShop(t, 24*time.Hour)
	s.note(t, s.deal.BlockTime+30)
	next, err := s.Settle(t.Context())
	require.NoError(t, err)
	require.False(t, next.Done, "the receipt still waits")
	require.Zero(t, s.chain.settled)
	s.chain.head.Time += 30
	_, err = s.Settle(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, s.chain.settled)
	next, err = s.Settle(t.Context())
	require.NoError(t, err)
	require.True(t, next.Done)
}

// 1. The RPC server loses a purchase of yesterday for a moment; the sale is given up.
// 2. The purchase is back: so is the sale, with its earning.
func TestSaleComesBack(t *testing.T) {
	t.Parallel()
	s := newShop(t, 24*time.Hour)
	require.Equal(t, earning.Pending, s.earned(t).Status)
	s.now = s.now.Add(10 * time.Hour)
	require.NoError(t, s.book.Rewind(t.Context(), deal.Mark{Number: 1}))
	s.deliver(t)
	require.Equal(t, earning.Pending, s.earned(t).Status, "it may come back")
	s.now = s.now.Add(3 * time.Hour)
	s.deliver(t)
	require.Equal(t, earning.Cancelled, s.earned(t).Status)

	s.buy(t)
	require.Equal(t, earning.Pending, s.earned(t).Status)
	s.note(t, s.deal.BlockTime)
	_, err := s.Settle(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, s.chain.settled)
}

// earned returns what the seller is owed for the sale.
func (s *shop) earned(t *testing.T) (e earning.Earning) {
	t.Helper()
	require.NoError(t, s.store.View(t.Context(), func(tx sale.Tx) error {
		held, err := tx.Sale(s.deal.Purchase)
		require.NoError(t, err)
		e, err = tx.EarningByReference(earning.DataSales, held.Reference)
		return err
	}))
	return e
}

// ends puts the end of the purchase on the chain, three blocks deep.
func (s *shop) ends(t *testing.T, as deal.Kind) {
	t.Helper()
	end := deal.Event{Kind: as, Block: 3, Purchase: s.deal.Purchase, Seller: s.deal.Seller, Amount: market.Wei(95)}
	require.NoError(t, s.book.Apply(t.Context(), deal.Mark{Number: 5, Hash: market.Hash{byte(as)}}, []deal.Event{end}))
	s.chain.head.Number = 5
	s.deliver(t)
}

func (s *shop) deliver(t *testing.T) {
	t.Helper()
	_, err := s.Deliver(t.Context(), s.deal.Purchase)
	require.NoError(t, err)
}

// A reorganisation that is deeper than the node thought possible takes back how a
// sale ended, and it ends otherwise: the earning follows, also one that is claimed
// and not paid yet.
func TestOtherEnd(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first, then   deal.Kind
		claimed       bool
		before, after earning.Status
	}{
		"refunded after all":    {deal.Settled, deal.Refunded, false, earning.Confirmed, earning.Cancelled},
		"settled after all":     {deal.Refunded, deal.Settled, false, earning.Cancelled, earning.Confirmed},
		"settled again":         {deal.Settled, deal.Settled, false, earning.Confirmed, earning.Confirmed},
		"refunded when claimed": {deal.Settled, deal.Refunded, true, earning.Confirmed, earning.Cancelled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, 24*time.Hour)
			s.LetGo = func(_ sale.Tx, e earning.Earning) (earning.Earning, error) {
				require.Equal(t, market.ClaimID("claim_1"), e.Claim)
				e.Status, e.Claim = earning.Confirmed, ""
				return e, nil
			}
			s.ends(t, c.first)
			require.Equal(t, c.before, s.earned(t).Status)
			if c.claimed {
				e := s.earned(t)
				e.Status, e.Claim = earning.Claimed, "claim_1"
				require.NoError(t, s.store.Update(t.Context(), func(tx sale.Tx) error { return tx.PutEarning(e) }))
			}
			require.NoError(t, s.book.Rewind(t.Context(), deal.Mark{Number: 2}))
			s.deliver(t)
			s.ends(t, c.then)
			require.Equal(t, c.after, s.earned(t).Status)
			require.Equal(t, c.after == earning.Confirmed, !s.earned(t).ConfirmedAt.IsZero())
		})
	}
}

// Two payments for one purchase of a user of this node, of which the chain took back
// the first: each has an earning of its own, so that giving up the one leaves the
// other.
func TestTwoPayments(t *testing.T) {
	t.Parallel()
	s := newShop(t, 24*time.Hour)
	first := s.deal.Purchase
	local := func(onChain market.Hash) {
		require.NoError(t, s.store.Update(t.Context(), func(tx sale.Tx) error {
			return tx.(*records.Tx).PutPurchase(purchase.Purchase{ID: "pur_1", Buyer: "usr_2", OnChain: onChain})
		}))
	}
	require.NoError(t, s.book.Rewind(t.Context(), deal.Mark{Number: 1}))
	local(market.Hash{8})
	s.deal.Purchase = market.Hash{8}
	s.buy(t)
	require.Equal(t, "pur_1", s.earned(t).Reference)
	require.NoError(t, s.book.Rewind(t.Context(), deal.Mark{Number: 1}))
	local(market.Hash{9})
	s.deal.Purchase = market.Hash{9}
	s.buy(t)
	require.Equal(t, market.Hash{9}, s.earned(t).Sale)
	s.now = s.now.Add(3 * time.Hour)
	for _, gone := range []market.Hash{first, {8}} {
		_, err := s.Deliver(t.Context(), gone)
		require.NoError(t, err)
	}
	require.Equal(t, earning.Pending, s.earned(t).Status)
}
