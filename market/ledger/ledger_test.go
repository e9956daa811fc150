package ledger_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/deal"
	"privd/market/ledger"
	"privd/storage/records"
)

func newBook(t *testing.T) (*ledger.Book, market.Store[ledger.Tx], *int) {
	t.Helper()
	store, err := records.Open(records.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	booked := 0
	b := &ledger.Book{
		Store: records.As[ledger.Tx](store), Clock: time.Now, Changed: func([]deal.Event) {},
		Booked: func(_ ledger.Tx, _ deal.Event, undone bool) error {
			if undone {
				booked--
			} else {
				booked++
			}
			return nil
		},
	}
	return b, b.Store, &booked
}

func mark(n uint64) deal.Mark { return deal.Mark{Number: n, Hash: market.Hash{byte(n)}, Time: n} }

// TestRewind applies a purchase and its refund, takes the refund back, then the
// purchase: states, counts and marks are each time what they were.
func TestRewind(t *testing.T) {
	t.Parallel()
	b, store, booked := newBook(t)
	ctx := context.Background()
	purchase, listing, seller := market.Hash{1}, market.Hash{2}, market.Address{3}
	look := func() (state deal.State, l, s ledger.Stats) {
		require.NoError(t, store.View(ctx, func(tx ledger.Tx) (err error) {
			state, err = ledger.StateOf(tx, purchase)
			require.NoError(t, err)
			l, err = tx.ListingStats(listing)
			require.NoError(t, err)
			s, err = tx.SellerStats(seller)
			return err
		}))
		return state, l, s
	}
	require.NoError(t, b.Apply(ctx, mark(1), nil))
	require.NoError(t, b.Apply(ctx, mark(2), []deal.Event{{Kind: deal.Purchased, Block: 2, Purchase: purchase, Listing: listing, Seller: seller, Price: market.Wei(5)}}))
	state, l, s := look()
	require.Equal(t, deal.StatusPurchased, state.Status)
	require.Equal(t, int64(1), l.Sales())
	require.Equal(t, int64(1), s.Sales())

	require.NoError(t, b.Apply(ctx, mark(3), []deal.Event{{Kind: deal.Refunded, Block: 3, Purchase: purchase, Amount: market.Wei(5)}}))
	state, l, _ = look()
	require.Equal(t, deal.StatusRefunded, state.Status)
	require.Zero(t, l.Sales())

	require.NoError(t, b.Rewind(ctx, mark(2)))
	state, l, _ = look()
	require.Equal(t, deal.StatusPurchased, state.Status)
	require.Equal(t, ledger.Stats{Sold: 1}, l)
	require.NoError(t, b.Rewind(ctx, mark(1)))
	state, l, s = look()
	require.Equal(t, deal.StatusNone, state.Status)
	require.Zero(t, l)
	require.Zero(t, s)
	require.Zero(t, *booked)
	marks, err := b.Marks(ctx)
	require.NoError(t, err)
	require.Equal(t, []deal.Mark{mark(1)}, marks)
}

// TestSettledIsCounted counts what was paid out, and takes it back with its block.
func TestSettledIsCounted(t *testing.T) {
	t.Parallel()
	b, store, _ := newBook(t)
	ctx := context.Background()
	listing, seller := market.Hash{2}, market.Address{3}
	stats := func() (l, s ledger.Stats) {
		require.NoError(t, store.View(ctx, func(tx ledger.Tx) (err error) {
			l, err = tx.ListingStats(listing)
			require.NoError(t, err)
			s, err = tx.SellerStats(seller)
			return err
		}))
		return l, s
	}
	require.NoError(t, b.Apply(ctx, mark(1), nil))
	require.NoError(t, b.Apply(ctx, mark(2), []deal.Event{
		{Kind: deal.Purchased, Block: 2, Purchase: market.Hash{1}, Listing: listing, Seller: seller},
		{Kind: deal.Purchased, Block: 2, LogIndex: 1, Purchase: market.Hash{9}, Listing: listing, Seller: seller},
	}))
	require.NoError(t, b.Apply(ctx, mark(3), []deal.Event{{Kind: deal.Settled, Block: 3, Purchase: market.Hash{1}, Seller: seller}}))
	l, s := stats()
	require.Equal(t, ledger.Stats{Sold: 2, Settled: 1}, l)
	require.Equal(t, ledger.Stats{Sold: 2, Settled: 1}, s)
	require.NoError(t, b.Rewind(ctx, mark(2)))
	_, s = stats()
	require.Equal(t, ledger.Stats{Sold: 2}, s)
}

// TestThinning keeps the first mark and the newest ones.
func TestThinning(t *testing.T) {
	t.Parallel()
	b, _, _ := newBook(t)
	for n := uint64(1); n <= 400; n++ {
		require.NoError(t, b.Apply(context.Background(), mark(n), nil))
	}
	marks, err := b.Marks(context.Background())
	require.NoError(t, err)
	require.Equal(t, uint64(1), marks[0].Number)
	require.Less(t, len(marks), 140)
	for i, m := range marks[len(marks)-128:] {
		require.Equal(t, uint64(273+i), m.Number)
	}
}
