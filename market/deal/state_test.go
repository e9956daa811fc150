package deal_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/market"
	"privd/market/deal"
	"privd/market/seal"
)

var (
	id       = market.Hash{1}
	price    = market.Wei(100)
	bought   = deal.Event{Kind: deal.Purchased, Purchase: id, Block: 5, BlockHash: market.Hash{5}, BlockTime: 50, Price: price, Deadline: 500, AccessDays: 30, Delivery: seal.Delivery{Lock: market.Hash{9}}}
	revealed = deal.Event{Kind: deal.Revealed, Purchase: id, Block: 6, BlockHash: market.Hash{6}, BlockTime: 60, Opener: market.Hash{7}, Deadline: 900}
	settled  = deal.Event{Kind: deal.Settled, Purchase: id, Block: 7, BlockHash: market.Hash{7}, BlockTime: 70, Amount: market.Wei(95), Fee: market.Wei(5), AccessUntil: 1000}
	refunded = deal.Event{Kind: deal.Refunded, Purchase: id, Block: 8, BlockHash: market.Hash{8}, BlockTime: 80, Amount: price, Disputed: true}
)

func TestFold(t *testing.T) {
	t.Parallel()
	other := settled
	other.Purchase = market.Hash{2}
	skipped := deal.Event{Kind: deal.Skipped, Purchase: id, Block: 6, LogIndex: 9}
	for name, test := range map[string]struct {
		events []deal.Event
		want   deal.Status
		since  uint64
	}{
		"nothing":                    {nil, deal.StatusNone, 0},
		"without a purchase":         {[]deal.Event{revealed, settled}, deal.StatusNone, 0},
		"bought":                     {[]deal.Event{bought}, deal.StatusPurchased, 5},
		"revealed":                   {[]deal.Event{bought, revealed}, deal.StatusRevealed, 6},
		"settled":                    {[]deal.Event{bought, settled}, deal.StatusSettled, 7},
		"revealed, then settled":     {[]deal.Event{bought, revealed, settled}, deal.StatusSettled, 7},
		"refunded":                   {[]deal.Event{bought, refunded}, deal.StatusRefunded, 8},
		"revealed, then refunded":    {[]deal.Event{bought, revealed, refunded}, deal.StatusRefunded, 8},
		"final states stay":          {[]deal.Event{bought, settled, refunded}, deal.StatusSettled, 7},
		"out of order":               {[]deal.Event{settled, bought, revealed}, deal.StatusSettled, 7},
		"bought twice":               {[]deal.Event{bought, bought, settled}, deal.StatusSettled, 7},
		"another's event":            {[]deal.Event{bought, other}, deal.StatusPurchased, 5},
		"a skipped receipt is noise": {[]deal.Event{bought, skipped}, deal.StatusPurchased, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := deal.Fold(test.events)
			require.Equal(t, test.want, got.Status)
			require.Equal(t, test.since, got.Since.Number)
		})
	}
}

func TestFoldKeepsWhatItSaw(t *testing.T) {
	t.Parallel()
	s := deal.Fold([]deal.Event{bought, revealed, settled})
	require.Equal(t, market.Hash{7}, s.Opener)
	require.Equal(t, uint64(50), s.BoughtAt)
	require.Equal(t, uint64(900), s.Deadline)
	require.Equal(t, uint64(1000), s.AccessUntil)
	require.Equal(t, market.Wei(95), s.Amount)
	require.Equal(t, market.Wei(5), s.Fee)
	require.Equal(t, market.Hash{9}, s.Lock())
	require.Equal(t, deal.Mark{Number: 5, Hash: market.Hash{5}, Time: 50}, s.Bought)
	require.Equal(t, deal.Mark{Number: 7, Hash: market.Hash{7}, Time: 70}, s.Since)
	require.Equal(t, bought.Delivery.Hash(), s.Deal().Delivery)
}

// The order in which events are handed over does not matter, and what is final
// never changes.
func TestFoldOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		events := []deal.Event{bought}
		for i := range rapid.IntRange(0, 6).Draw(t, "more") {
			e := rapid.SampledFrom([]deal.Event{revealed, settled, refunded}).Draw(t, "event")
			e.Block, e.LogIndex = 6+uint64(i/2), uint64(i)
			events = append(events, e)
		}
		want := deal.Fold(events)
		require.Equal(t, want, deal.Fold(rapid.Permutation(events).Draw(t, "order")))
		if want.Status.Final() {
			late := settled
			late.Block = 99
			require.Equal(t, want, want.Next(late))
		}
	})
}

func TestDepth(t *testing.T) {
	t.Parallel()
	require.Equal(t, uint64(1), deal.Depth(9, 9))
	require.Equal(t, uint64(4), deal.Depth(9, 6))
	require.Equal(t, uint64(0), deal.Depth(9, 10))
}

func TestNames(t *testing.T) {
	t.Parallel()
	require.Equal(t, "refunded", deal.StatusRefunded.String())
	require.Equal(t, "unknown", deal.Status(99).String())
	require.Equal(t, "rewards paid", deal.RewardsPaid.String())
	require.Equal(t, "unknown", deal.Kind(99).String())
}

func TestMemory(t *testing.T) {
	t.Parallel()
	ctx, m := t.Context(), &deal.Memory{}
	first, second := deal.Mark{Number: 4}, deal.Mark{Number: 7}
	require.NoError(t, m.Apply(ctx, first, nil))
	require.NoError(t, m.Apply(ctx, second, []deal.Event{bought, settled}))
	require.Equal(t, deal.StatusSettled, m.State(id).Status)
	require.NoError(t, m.Rewind(ctx, first))
	require.Empty(t, m.All())
	marks, err := m.Marks(ctx)
	require.NoError(t, err)
	require.Equal(t, []deal.Mark{first}, marks)
	require.Error(t, m.Rewind(ctx, second))
}
