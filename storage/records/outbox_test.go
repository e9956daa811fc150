package records

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/outbox"
)

// What was closed long ago loses its bytes and keeps its key, its outcome and what it
// cost; what never had an effect is forgotten; what is open stays as it is.
func TestPrune(t *testing.T) {
	t.Parallel()
	memory := &outbox.Memory{}
	for name, box := range map[string]outbox.Store{"records": newStore(t).Outbox(), "memory": memory} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			try := outbox.Try{Hash: common.Hash{1}, Nonce: 3, Raw: []byte("signed")}
			old := outbox.Transaction{Key: "old", Seq: 1, To: common.Address{9}, Data: []byte("call"), Value: market.Wei(2), State: outbox.Mined,
				Signed: true, Tries: []outbox.Try{try}, TxHash: try.Hash, Fee: market.Wei(7), Final: true, Closed: true, Ended: at(10)}
			recent, open, refused, filler := old, old, old, old
			recent.Key, recent.Ended = "recent", at(20)
			open.Key, open.Closed, open.Ended = "open", false, time.Time{}
			refused.Key, refused.Tries, refused.State = "refused", nil, outbox.Failed
			filler.Key, filler.Filler = "gap/3", true
			require.NoError(t, box.Put(ctx, old, recent, open, refused, filler))

			pruned := 0
			for {
				n, err := box.Prune(ctx, at(20), 2)
				require.NoError(t, err)
				if pruned += n; n < 2 {
					break
				}
			}
			require.Equal(t, 3, pruned)
			for _, whole := range []outbox.Transaction{recent, open} {
				got, err := box.Get(ctx, whole.Key)
				require.NoError(t, err)
				require.Equal(t, whole, got)
			}
			for _, key := range []string{"refused", "gap/3"} {
				_, err := box.Get(ctx, key)
				require.Equal(t, market.NotFound, market.CodeOf(err), key)
			}
			slim, err := box.Get(ctx, "old")
			require.NoError(t, err)
			require.True(t, slim.Slim)
			require.Empty(t, slim.Data)
			require.Empty(t, slim.Tries[0].Raw)
			require.Equal(t, []any{outbox.Mined, try.Hash, market.Wei(7), true}, []any{slim.State, slim.TxHash, slim.Fee, slim.Final})
			require.Equal(t, try.Hash, slim.Tries[0].Hash, "withdrawals are told by it")
			stored, added, err := box.Add(ctx, outbox.Transaction{Key: "old"})
			require.NoError(t, err)
			require.False(t, added, "its key does nothing for ever")
			require.True(t, stored.Calls(old.To, old.Data, old.Value))
			require.False(t, stored.Calls(old.To, []byte("other"), old.Value))
			require.False(t, stored.Calls(old.To, old.Data, market.Wei(3)))
			n, err := box.Prune(ctx, at(20), 2)
			require.NoError(t, err)
			require.Zero(t, n, "once is enough")
		})
	}
}

// A transaction without its bytes is small.
func TestSlimSize(t *testing.T) {
	t.Parallel()
	whole := outbox.Transaction{Key: "purchase/0x" + fmt.Sprintf("%064x", 7), Data: make([]byte, 1100), Closed: true, Created: at(1), Ended: at(2),
		Tries: []outbox.Try{{Hash: common.Hash{1}, Raw: make([]byte, 1250), SentAt: at(1)}}}
	c := newCodec()
	before, err := c.encode(&whole)
	require.NoError(t, err)
	slim := whole.Slimmed()
	after, err := c.encode(&slim)
	require.NoError(t, err)
	require.Greater(t, len(before), 2500)
	require.Less(t, len(after), 1000)
	t.Logf("%d bytes, then %d", len(before), len(after))
}
