package node_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/chain/chaintest"
	"privd/node/nodetest"
)

// TestStaking plays the whole life of a stake:
//  1. a user stakes and has that much less; too much is refused;
//  2. takes part of it back, which cools down for seven days, and then some more,
//     which starts the cooldown over;
//  3. the node is started anew, the time passes, and the money comes by itself;
//  4. a purchase cannot spend what is staked.
func TestStaking(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	home := nw.Nodes[0]
	alice := nw.AddUser(t, home, "alice", "500")

	_, code := alice.Stake(t, "stake", "500.000000000000000001")
	require.Equal(t, 400, code)
	_, code = alice.Stake(t, "unstake", "1")
	require.Equal(t, 400, code)
	s, code := alice.Stake(t, "stake", "120.5")
	require.Equal(t, 200, code)
	require.Equal(t, "confirmed", s.Request.Status, s.Request.Reason)
	require.NotEmpty(t, s.Request.TxHash)
	require.Equal(t, json.Number("120.5"), s.Staked)
	require.Equal(t, chaintest.PRIV(t, "379.5"), balance(t, nw, alice))
	same, code := alice.Stake(t, "stake", "120.5")
	require.Equal(t, 200, code)
	require.Equal(t, s, same, "the same request again is the same stake")
	require.Equal(t, json.Number("120.5"), alice.Reputation(t).Staked)

	s, code = alice.Stake(t, "unstake", "20.5")
	require.Equal(t, 200, code)
	require.Equal(t, "confirmed", s.Request.Status, s.Request.Reason)
	require.Equal(t, json.Number("100"), s.Staked)
	require.Len(t, s.Cooling, 1)
	require.Equal(t, json.Number("20.5"), s.Cooling[0].Amount)
	first := s.Cooling[0].Until
	home.Advance(t, 24*time.Hour)
	s, code = alice.Stake(t, "unstake", "9.5")
	require.Equal(t, 200, code)
	require.Len(t, s.Cooling, 1, "it joins what cools down")
	require.Equal(t, json.Number("30"), s.Cooling[0].Amount)
	require.Greater(t, s.Cooling[0].Until.Sub(first), 23*time.Hour)

	home.Restart(t)
	home.Advance(t, 6*24*time.Hour+23*time.Hour)
	require.Len(t, alice.Staked(t).Cooling, 1)
	require.Equal(t, chaintest.PRIV(t, "379.5"), balance(t, nw, alice))
	home.Advance(t, 2*time.Hour)
	nodetest.Wait(t, "the money", func() bool { return len(alice.Staked(t).Cooling) == 0 })
	require.Equal(t, chaintest.PRIV(t, "409.5"), balance(t, nw, alice), "to the last wei")
	require.Equal(t, json.Number("90.5"), alice.Staked(t).Staked)

	bob := nw.AddUser(t, home, "bob", "")
	listing := bob.Sell(t, "Dear", "409.6", bob.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 71)}))
	_, code = alice.Buy(t, listing)
	require.Equal(t, 400, code)
}

// TestExternalStaking has a wallet that no node holds sign each step itself, with the
// node started anew in between.
func TestExternalStaking(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	home := nw.Nodes[0]
	wallet, stranger := nodetest.NewWallet(t), nodetest.NewWallet(t)
	dave := nw.LogIn(t, home, wallet, "100")
	for _, step := range []struct{ verb, amount, staked, left string }{{"stake", "60", "60", "40"}, {"unstake", "10", "50", "40"}} {
		s, code := dave.Stake(t, step.verb, step.amount)
		require.Equal(t, 200, code)
		require.Equal(t, "awaiting_signature", s.Request.Status)
		home.Restart(t)
		ask := dave.WaitSignature(t, step.verb, s.Request.ID)
		require.Equal(t, s.Request.Signature, ask.ID)
		_, code = dave.Stake(t, step.verb, "1")
		require.Equal(t, 409, code, "one at a time")
		_, code = dave.Answer(t, ask.ID, stranger.SignTyped(t, ask.TypedData))
		require.Equal(t, 400, code)
		_, code = dave.Answer(t, ask.ID, wallet.SignTyped(t, ask.TypedData))
		require.Equal(t, 200, code)
		nodetest.Wait(t, step.verb, func() bool { return dave.Staked(t).Request.Status == "confirmed" })
		require.Equal(t, json.Number(step.staked), dave.Staked(t).Staked)
		require.Equal(t, chaintest.PRIV(t, step.left), balance(t, nw, dave))
	}
	home.Advance(t, 7*24*time.Hour+time.Minute)
	dave = nw.LogIn(t, home, wallet, "") // a login lasts a day
	nodetest.Wait(t, "the money", func() bool { return len(dave.Staked(t).Cooling) == 0 })
	require.Equal(t, chaintest.PRIV(t, "50"), balance(t, nw, dave))
}
