package chain_test

import (
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/outbox"
	"privd/storage/records"
)

// 1. A gift is made, closed, and pruned after a month.
// 2. Its key is submitted again, in this process and in the next: nothing happens.
// 3. A call that was refused is forgotten after a month, and may be tried again.
func TestPrunedKeysDoNothing(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	db, err := records.Open(records.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	var later atomic.Int64
	start := func() (*chain.Sender, func()) {
		sender := chain.NewSender(chain.SenderDeps{Client: client, Store: db.Outbox(), Signer: from, Account: from.Address(), Log: chaintest.Log(),
			Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) }})
		return sender, chaintest.Run(t, sender.Run)
	}
	sender, stop := start()
	refused := client.PRIV().Transfer(to, chaintest.PRIV(t, "5000"))
	for key, call := range map[string]chain.Call{"gift": gift(n, client, to), "refused": refused} {
		_, err := sender.Submit(t.Context(), key, call)
		require.NoError(t, err)
	}
	made := chaintest.WaitDone(t, sender, "gift")
	require.Equal(t, market.Unpaid, chaintest.WaitOutcome(t, sender, "refused").Code)
	chaintest.Wait(t, "both to be closed", func() bool {
		require.NoError(t, n.Embedded.Mine())
		open, err := db.Outbox().Open(t.Context())
		require.NoError(t, err)
		return len(open) == 0
	})
	require.NoError(t, sender.Prune(t.Context()))
	kept, err := sender.Outcome(t.Context(), "gift")
	require.NoError(t, err)
	require.False(t, kept.Slim, "it is not old enough")
	later.Store(int64(chain.Kept + time.Hour))
	require.NoError(t, sender.Prune(t.Context()))
	for range 2 {
		again, err := sender.Submit(t.Context(), "gift", gift(n, client, to))
		require.NoError(t, err)
		require.True(t, again.Slim)
		require.Equal(t, outbox.Mined, again.State)
		require.Equal(t, made.TxHash, again.TxHash)
		_, err = sender.Submit(t.Context(), "gift", refused)
		require.Equal(t, market.Conflict, market.CodeOf(err))
		stop()
		sender, stop = start()
	}
	_, err = sender.Outcome(t.Context(), "refused")
	require.Equal(t, market.NotFound, market.CodeOf(err))
	n.FundPRIV(t, from.Address(), chaintest.PRIV(t, "5000"))
	_, err = sender.Submit(t.Context(), "refused", refused)
	require.NoError(t, err)
	chaintest.WaitDone(t, sender, "refused")
	require.Equal(t, chaintest.PRIV(t, "5000.000000000000000001").String(), held(t, client, to))
}
