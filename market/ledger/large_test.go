package ledger_test

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/deal"
	"privd/market/ledger"
)

// many returns purchases in blocks above a number, a thousand in each.
func many(above uint64, n int) (all []deal.Event) {
	for i := range n {
		e := deal.Event{Kind: deal.Purchased, Block: above + 1 + uint64(i/1000), LogIndex: uint64(i % 1000), Listing: market.Hash{2}, Seller: market.Address{3}}
		binary.BigEndian.PutUint64(e.Purchase[:], uint64(i)+1)
		all = append(all, e)
	}
	return all
}

// A busy page is more than a transaction holds: it is refused as a whole, which the
// follower takes as a sign to read less.
func TestLargePage(t *testing.T) {
	t.Parallel()
	b, _, _ := newBook(t)
	require.NoError(t, b.Apply(t.Context(), mark(1), nil))
	err := b.Apply(t.Context(), mark(9), many(1, 8000))
	require.Equal(t, market.TooLarge, market.CodeOf(err))
	marks, err := b.Marks(t.Context())
	require.NoError(t, err)
	require.Len(t, marks, 1)
}

// 1. A reorganisation takes back more than a transaction holds, and the node stops in
// the middle: no mark stands that something could be read on top of.
// 2. The rewind is made again, and everything is as it was, each event undone once.
func TestLargeRewind(t *testing.T) {
	t.Parallel()
	b, store, booked := newBook(t)
	ctx := context.Background()
	require.NoError(t, b.Apply(ctx, mark(1), nil))
	events := many(1, 12_000)
	for i := 0; i < len(events); i += 1000 {
		require.NoError(t, b.Apply(ctx, mark(uint64(2+i/1000)), events[i:i+1000]))
	}
	whole, stopped := b.Booked, errors.New("the node stops here")
	b.Booked = func(tx ledger.Tx, e deal.Event, undone bool) error {
		if e.Block == 3 {
			return stopped
		}
		return nil
	}
	require.ErrorIs(t, b.Rewind(ctx, mark(1)), stopped)
	marks, err := b.Marks(ctx)
	require.NoError(t, err)
	require.Len(t, marks, 2)
	require.Equal(t, mark(1), marks[0])
	require.Zero(t, marks[1].Hash)

	b.Booked = whole
	var left []deal.Event
	require.NoError(t, store.View(ctx, func(tx ledger.Tx) (err error) { left, err = tx.EventsAbove(1); return err }))
	require.NotEmpty(t, left)
	*booked = len(left)
	require.NoError(t, b.Rewind(ctx, mark(1)))
	require.Zero(t, *booked)
	require.NoError(t, store.View(ctx, func(tx ledger.Tx) error {
		stats, err := tx.SellerStats(market.Address{3})
		require.Zero(t, stats)
		left, err2 := tx.EventsAbove(1)
		require.Empty(t, left)
		return errors.Join(err, err2)
	}))
	marks, err = b.Marks(ctx)
	require.NoError(t, err)
	require.Equal(t, []deal.Mark{mark(1)}, marks)
}
