package node_test

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/chain/chaintest"
	"privd/node/nodetest"
)

// victim is a network with one node, whose user carol has 100 PRIV, and a crook.
func victim(t *testing.T) (nw *nodetest.Network, carol *nodetest.User, crook *nodetest.Crook) {
	t.Helper()
	nw = nodetest.Start(t, 0)
	nw.BuyWait = time.Millisecond
	carol = nw.AddUser(t, nw.Add(t), "carol", "100")
	return nw, carol, nw.Crook(t, nw.Nodes[0])
}

// waitState waits until a purchase is in a state, and returns its story.
func waitState(t *testing.T, u *nodetest.User, id, state string) (s nodetest.Story) {
	t.Helper()
	nodetest.Wait(t, id+" to be "+state, func() bool {
		s = u.Story(t, id)
		return s.State == state
	})
	return s
}

// access is what a purchase reads like and whether it can be downloaded.
func access(t *testing.T, u *nodetest.User, b nodetest.Bought) (status string, code int) {
	t.Helper()
	var p struct{ Status string }
	require.Equal(t, http.StatusOK, u.Get(t, "/marketplace/wallet/purchases/"+b.ID, &p))
	_, code = u.Download(t, b)
	return p.Status, code
}

// TestCrooks buys from sellers who cheat, each in a way of its own; what the buyer's
// node does by itself, and what its user can read of it.
func TestCrooks(t *testing.T) {
	t.Parallel()
	nw, carol, crook := victim(t)
	sell := func(g nodetest.Goods) {
		g.Promised = bytes.Repeat([]byte("good"), 500)
		g.Sold = g.Promised
		crook.Sell(t, g)
		carol.WaitListed(t, g.ID)
	}

	// 1. A wrong key, handed over: disputed at once.
	crook.SealsWrong = true
	sell(nodetest.Goods{ID: "listing_key"})
	bought, code := carol.Buy(t, "listing_key")
	require.Equal(t, http.StatusOK, code)
	story := waitState(t, carol, bought.ID, "revoked")
	require.Contains(t, *story.Reason, "wrong key")
	require.Equal(t, "refunded", story.OnChain)
	require.False(t, story.MoneyMoved)
	last := story.Steps[len(story.Steps)-1]
	require.Equal(t, "refunded", last.What)
	require.Contains(t, story.Story(), "a wrong key was proven; the price went back")
	require.Equal(t, chaintest.PRIV(t, "100"), balance(t, nw, carol))
	status, code := access(t, carol, bought)
	require.Equal(t, "revoked", status)
	require.Equal(t, http.StatusForbidden, code)

	// 2. A wrong key, revealed while the buyer was away, who is back in time.
	crook.Deaf = true
	sell(nodetest.Goods{ID: "listing_reveal"})
	bought, code = carol.Buy(t, "listing_reveal")
	require.Equal(t, http.StatusOK, code)
	id := crook.WaitPaid(t)
	waitState(t, carol, bought.ID, "opening")
	require.NotNil(t, carol.Story(t, bought.ID).StayReachableBefore)
	nw.Nodes[0].Stop(t)
	crook.Reveal(t, id)
	require.NoError(t, nw.Chain.Embedded.Advance(48*time.Hour))
	nw.Nodes[0].Start(t)
	waitState(t, carol, bought.ID, "revoked")
	require.Equal(t, chaintest.PRIV(t, "100"), balance(t, nw, carol))

	// 3. Two of the seller's last sales were refunded: no more, unless it is asked for.
	sell(nodetest.Goods{ID: "listing_late"})
	code, refusal := carol.Do(t, http.MethodPost, "/marketplace/wallet/listings/listing_late/purchase", nil)
	require.Equal(t, http.StatusBadRequest, code)
	require.Equal(t, "SELLER_UNRELIABLE", refusal.Error.Code)
	require.Contains(t, refusal.Error.Message, "2 of the last 2")

	// 4. A wrong key, revealed and finalized while the buyer was away for too long: the
	// money is gone, and the purchase says so.
	bought = carol.Force(t, "listing_late")
	id = crook.WaitPaid(t)
	waitState(t, carol, bought.ID, "opening")
	nw.Nodes[0].Stop(t)
	crook.Reveal(t, id)
	require.NoError(t, nw.Chain.Embedded.Advance(73*time.Hour))
	crook.Finalize(t, id)
	nw.Nodes[0].Start(t)
	story = waitState(t, carol, bought.ID, "garbage")
	require.Equal(t, "key", story.Fault.Kind)
	require.True(t, story.MoneyMoved)
	require.Equal(t, chaintest.PRIV(t, "90"), balance(t, nw, carol))
	status, code = access(t, carol, bought)
	require.Equal(t, "failed", status)
	require.Equal(t, http.StatusForbidden, code)

	// 5. A bundle that lies, under a right key: no receipt, and the deadline gives the
	// price back.
	crook.SealsWrong, crook.Deaf = false, false
	sell(nodetest.Goods{ID: "listing_bundle", FalseBundle: true})
	bought = carol.Force(t, "listing_bundle")
	story = waitState(t, carol, bought.ID, "garbage")
	require.Equal(t, "bundle", story.Fault.Kind)
	require.True(t, story.MoneyMoved)
	require.NotNil(t, story.Deadline)
	nw.Nodes[0].Restart(t)
	require.NoError(t, nw.Chain.Embedded.Advance(25*time.Hour))
	waitState(t, carol, bought.ID, "revoked")
	require.Equal(t, chaintest.PRIV(t, "90"), balance(t, nw, carol))
	require.Equal(t, http.StatusConflict, carol.Post(t, "/marketplace/wallet/purchases/"+bought.ID+"/report", nil, nil), "the proof would open the other files")
}

// TestReport buys content that is not what was promised. Its buyer reports it; another
// node, which never bought anything, checks the proof before it pays, and does not buy.
func TestReport(t *testing.T) {
	t.Parallel()
	nw, carol, crook := victim(t)
	dave := nw.AddUser(t, nw.Add(t), "dave", "100")
	crook.Sell(t, nodetest.Goods{ID: "listing_content", Promised: bytes.Repeat([]byte("good"), 500), Sold: bytes.Repeat([]byte("evil"), 500)})
	carol.WaitListed(t, "listing_content")
	dave.WaitListed(t, "listing_content")
	record := func() (r struct {
		Record struct {
			Reports int
			Proven  bool
		} `json:"seller_record"`
	}) {
		require.Equal(t, http.StatusOK, dave.Get(t, "/marketplace/wallet/listings/listing_content", &r))
		return r
	}

	bought, code := carol.Buy(t, "listing_content")
	require.Equal(t, http.StatusOK, code)
	story := waitState(t, carol, bought.ID, "garbage")
	require.Equal(t, "content", story.Fault.Kind)
	require.Zero(t, *story.Fault.Entry)
	require.Equal(t, chaintest.PRIV(t, "90"), balance(t, nw, carol))
	nw.Advance(t, time.Second) // everybody has read of the purchase
	report := "/marketplace/wallet/purchases/" + bought.ID + "/report"
	require.Equal(t, http.StatusNotFound, nw.AddUser(t, nw.Nodes[0], "erin", "").Post(t, report, nil, nil))
	require.Equal(t, http.StatusOK, carol.Post(t, report, nil, nil))
	require.Equal(t, http.StatusConflict, carol.Post(t, report, nil, nil))

	nodetest.Wait(t, "the report", func() bool { return record().Record.Reports == 1 })
	require.False(t, record().Record.Proven, "nobody has checked it yet")
	tried, code := dave.Buy(t, "listing_content")
	require.Equal(t, http.StatusOK, code)
	story = waitState(t, dave, tried.ID, "failed")
	require.Contains(t, *story.Reason, "proven")
	require.True(t, record().Record.Proven)
	require.Equal(t, chaintest.PRIV(t, "100"), balance(t, nw, dave))
	code, refusal := dave.Do(t, http.MethodPost, "/marketplace/wallet/listings/listing_content/purchase", map[string]any{"access_duration_days": 3})
	require.Equal(t, http.StatusBadRequest, code)
	require.Equal(t, "SELLER_CHEATED", refusal.Error.Code)
	code, refusal = carol.Do(t, http.MethodPost, "/marketplace/wallet/listings/listing_content/purchase", map[string]any{"access_duration_days": 3})
	require.Equal(t, http.StatusBadRequest, code)
	require.Equal(t, "ALREADY_PURCHASED", refusal.Error.Code)
}
