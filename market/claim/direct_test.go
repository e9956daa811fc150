package claim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/claim"
	"privd/market/deal"
	"privd/market/earning"
	"privd/storage/records"
)

// newest returns a user's newest claim.
func (w *world) newest(user market.UserID) (c claim.Claim) {
	w.view(func(tx *records.Tx) {
		page, _, err := tx.ClaimPage(user, 1, 0)
		require.NoError(w.t, err)
		require.NotEmpty(w.t, page)
		c = page[0]
	})
	return c
}

// look reads the chain and does every task, without letting blocks pass.
func (w *world) look() {
	w.follow()
	for _, t := range w.tasks() {
		w.run(t)
	}
}

// What a stranger withdraws is what another node sold, as long as there is such:
// this node's sale stays claimable, and its claim is paid.
func TestStrangerTakesWhatOthersSold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	alice := w.users[0]
	w.settle(w.sell(alice, 10))
	w.chain.do(settled(market.Hash{0xFF}, alice.Wallet, market.Wei(10)))
	w.goOn()
	w.chain.do(withdraw(alice.Wallet, market.Wei(10)))
	for range 3 {
		w.goOn()
	}
	require.Len(t, w.ids(alice, earning.Confirmed), 1)
	made, err := w.Cashier.Claim(t.Context(), alice.ID, claim.Request{All: true})
	require.NoError(t, err)
	for range 3 {
		w.goOn()
	}
	require.Equal(t, claim.Completed, w.get(made.ID).Status)
	require.Equal(t, market.Wei(20), w.chain.state().got[alice.Wallet])
}

// A claim is completed when its payment is as deep as the node asks for, and not a
// block sooner.
func TestPaidInDepth(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	alice := w.users[0]
	w.chain.do(deposit(market.Wei(100)))
	w.settle(w.sell(alice, 11))
	w.goOn()
	w.reward(alice, earning.Labeling, earning.Confirmed, 5)
	made, err := w.Cashier.Claim(t.Context(), alice.ID, claim.Request{All: true})
	require.NoError(t, err)
	w.now = w.now.Add(claim.DefaultRules().PayoutAfter)
	w.look()
	for _, key := range w.chain.waiting() {
		w.chain.mine(key)
	}
	paid := w.chain.tip().Number
	require.Equal(t, market.Wei(16), w.chain.state().got[alice.Wallet])
	for deal.Depth(w.chain.tip().Number, paid) < confirmations {
		w.look()
		require.Equal(t, claim.Processing, w.get(made.ID).Status, "depth %d", deal.Depth(w.chain.tip().Number, paid))
		w.chain.append(block{})
	}
	w.look()
	require.Equal(t, claim.Completed, w.get(made.ID).Status)
}

// 1. A stranger withdraws the income of a sale: it shows as claimed.
// 2. A reorganisation, deeper than the node thought possible, takes that back: the
// sale can be claimed again, and nothing is withdrawn before somebody claims it.
func TestDirectClaimIsUndone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	alice := w.users[0]
	w.settle(w.sell(alice, 10))
	w.goOn()
	w.chain.do(withdraw(alice.Wallet, market.Wei(10)))
	w.goOn()
	w.goOn()
	direct := w.newest(alice.ID)
	require.True(t, direct.Taken)
	require.Equal(t, claim.Completed, direct.Status)
	for len(w.chain.state().got) > 0 {
		w.chain.reorganise(1, func() bool { return false })
	}
	w.chain.append(block{})
	for range 4 {
		w.goOn()
	}
	require.Equal(t, claim.Failed, w.get(direct.ID).Status)
	require.Len(t, w.ids(alice, earning.Confirmed), 1)
	require.Empty(t, w.chain.state().got)
	w.check()
	w.settleUp()
}
