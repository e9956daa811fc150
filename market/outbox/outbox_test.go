package outbox_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/outbox"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	ctx, m := t.Context(), &outbox.Memory{}
	_, err := m.Get(ctx, "a")
	require.Equal(t, market.NotFound, market.CodeOf(err))
	a, added, err := m.Add(ctx, outbox.Transaction{Key: "a", Seq: 2})
	require.NoError(t, err)
	require.True(t, added)
	stored, added, err := m.Add(ctx, outbox.Transaction{Key: "a", Seq: 9})
	require.NoError(t, err)
	require.False(t, added)
	require.Equal(t, a, stored)
	require.NoError(t, m.Put(ctx, outbox.Transaction{Key: "b", Seq: 1}, outbox.Transaction{Key: "c", Seq: 3, Closed: true}))
	open, err := m.Open(ctx)
	require.NoError(t, err)
	require.Len(t, open, 2)
	require.Equal(t, "b", open[0].Key)
	require.Equal(t, "a", open[1].Key)
}

func TestErr(t *testing.T) {
	t.Parallel()
	for state, fails := range map[outbox.State]bool{outbox.Queued: false, outbox.Sent: false, outbox.Mined: false, outbox.Failed: true} {
		tx := outbox.Transaction{Key: "buy", State: state, Code: market.Conflict, Reason: "ActiveAccess", Message: "ActiveAccess(until 5)"}
		err := tx.Err()
		require.Equal(t, fails, err != nil, state)
		require.Equal(t, state == outbox.Queued || state == outbox.Sent, tx.Pending(), state)
		if fails {
			require.Equal(t, market.Conflict, market.CodeOf(err))
			require.ErrorContains(t, err, "transaction buy: ActiveAccess(until 5)")
		}
	}
	require.Equal(t, "mined", outbox.Mined.String())
	require.Equal(t, "unknown", outbox.State(9).String())
}
