package node

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/deal"
)

// A node acts on a chain whose newest block is minutes old at most, and not from a time
// to come; where blocks are made on demand, age tells nothing.
func TestHeadAge(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	follower := chain.NewFollower(chain.FollowerDeps{Client: n.Client(t), Store: &deal.Memory{}, Log: chaintest.Log(), Now: time.Now})
	for more, err := true, error(nil); more; {
		more, err = follower.Step(t.Context())
		require.NoError(t, err)
	}
	number, _, at := n.Embedded.Head()
	for later, want := range map[time.Duration]string{
		0: "", 4 * time.Minute: "", -time.Minute: "",
		6 * time.Minute: "CHAIN_STALE", -3 * time.Minute: "CHAIN_AHEAD",
	} {
		f := face{follower: follower, clock: func() time.Time { return time.Unix(int64(at), 0).Add(later) }, staleAfter: staleAfter}
		head, err := f.Head()
		if want == "" {
			require.NoError(t, err, later)
			require.Equal(t, number, head.Number)
		} else {
			var known *market.Error
			require.ErrorAs(t, err, &known)
			require.Equal(t, market.Unavailable, known.Code)
			require.Equal(t, want, known.Reason, later)
		}
		f.staleAfter = 0
		_, err = f.Head()
		require.NoError(t, err, later)
	}
}
