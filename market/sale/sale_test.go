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
	"privd/market/listing"
	"privd/market/outbox"
	"privd/market/sale"
	"privd/market/seal"
	"privd/market/task"
	"privd/storage/records"
)

// chain is a chain whose head and outcomes the test sets.
type chain struct {
	head    deal.Mark
	settled int
}

func (c *chain) Head() (deal.Mark, error) { return c.head, nil }

func (c *chain) AccessUntil(context.Context, market.Address, market.Hash, market.Address) (uint64, error) {
	return 0, nil
}

func (c *chain) Settle(_ context.Context, _ string, r []seal.SignedReceipt) error {
	c.settled += len(r)
	return nil
}

func (c *chain) Outcome(context.Context, string) (outbox.Transaction, error) {
	return outbox.Transaction{}, market.ErrNotFound
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
	s.Desk = &sale.Desk{Store: s.store, Chain: s.chain, Domain: seal.Domain{ChainID: 1}, Clock: clock, Rules: rules}
	s.book = &ledger.Book{
		Store: records.As[ledger.Tx](store), Clock: clock, Changed: func([]deal.Event) {},
		Booked: func(tx ledger.Tx, e deal.Event, undone bool) error {
			if undone {
				return nil
			}
			return s.Booked(tx.(*records.Tx), e)
		},
	}
	l := listing.Listing{ID: "lst_1", Owner: "usr_1", Wallet: market.Address{1}, Title: "T", Status: listing.Active}
	require.NoError(t, store.Update(t.Context(), func(tx *records.Tx) error { return tx.PutListing(l) }))
	at := uint64(s.now.Unix())
	s.deal = deal.Event{Kind: deal.Purchased, Block: 2, BlockTime: at, Purchase: market.Hash{7}, Seller: l.Wallet,
		Listing: seal.ListingHash(l.ID), Delegate: market.Address(crypto.PubkeyToAddress(key.PublicKey)),
		Price: market.Wei(100), Deadline: at + uint64(window/time.Second)}
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
	status := func() (out earning.Status) {
		require.NoError(t, s.store.View(t.Context(), func(tx sale.Tx) error {
			held, err := tx.Sale(s.deal.Purchase)
			require.NoError(t, err)
			e, err := tx.EarningByReference(earning.DataSales, held.Reference)
			out = e.Status
			return err
		}))
		return out
	}
	require.Equal(t, earning.Pending, status())
	s.now = s.now.Add(10 * time.Hour)
	require.NoError(t, s.book.Rewind(t.Context(), deal.Mark{Number: 1}))
	_, err := s.Deliver(t.Context(), s.deal.Purchase)
	require.NoError(t, err)
	require.Equal(t, earning.Cancelled, status())

	s.buy(t)
	require.Equal(t, earning.Pending, status())
	s.note(t, s.deal.BlockTime)
	_, err = s.Settle(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, s.chain.settled)
}
