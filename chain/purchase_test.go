package chain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/seal"
)

// The two chains the stories below are told on.
func onEachChain(t *testing.T, story func(t *testing.T, n *chaintest.Net, advance func(time.Duration))) {
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		n := chaintest.Start(t)
		story(t, n, func(d time.Duration) { require.NoError(t, n.Embedded.Advance(d)) })
	})
	t.Run("anvil", func(t *testing.T) {
		if testing.Short() {
			return
		}
		t.Parallel()
		n, anvil := chaintest.StartAnvil(t)
		story(t, n, func(d time.Duration) {
			anvil.Call(t, "evm_increaseTime", uint64(d.Seconds()))
			anvil.Call(t, "evm_mine")
		})
	})
}

// 1. A buyer pays for a sealed key; somebody else sends the transaction.
// 2. The receipt is settled: 95% to the seller, 5% to the treasury, access from the opening.
// 3. Anyone sends the seller its income.
// 4. The follower has seen each step, and its state equals the contract's.
func TestPurchaseSettleWithdraw(t *testing.T) {
	t.Parallel()
	onEachChain(t, func(t *testing.T, n *chaintest.Net, _ func(time.Duration)) {
		ctx := t.Context()
		client := n.Client(t)
		relayer := n.Account(t)
		sender := n.Sender(t, relayer, &outbox.Memory{})
		seen := &deal.Memory{}
		n.Follower(t, seen)
		m := chain.NewMarket(client, sender)
		x := n.NewTrade(t, chaintest.TradeOptions{})

		require.NoError(t, client.Check(ctx, relayer.Address(), m.PurchaseCall(x.Sale, x.Payment)))
		require.NoError(t, m.Purchase(ctx, "purchase/1", x.Sale, x.Payment))
		bought := chaintest.WaitDone(t, sender, "purchase/1")
		require.LessOrEqual(t, bought.GasUsed, uint64(165_000))
		state := chaintest.WaitStatus(t, seen, x.Purchase, deal.StatusPurchased)
		require.Equal(t, x.Deal, state.Deal())
		require.Equal(t, x.Delivery, state.Delivery)
		require.Equal(t, x.Sale.Order.Price, state.Price)
		until, err := m.Access(ctx, x.Seller.Address(), x.Sale.Order.Listing, x.Buyer.Address())
		require.NoError(t, err)
		require.Equal(t, uint64(1<<40-1), until)
		used, err := client.PRIV().AuthorizationUsed(ctx, x.Buyer.Address(), x.Purchase)
		require.NoError(t, err)
		require.True(t, used)

		require.NoError(t, m.Settle(ctx, "settle/1", []seal.SignedReceipt{x.Receipt(t, state.BoughtAt)}))
		chaintest.WaitDone(t, sender, "settle/1")
		state = chaintest.WaitStatus(t, seen, x.Purchase, deal.StatusSettled)
		seller, fee := x.Sale.Order.Price.Split()
		require.Equal(t, seller, state.Amount)
		require.Equal(t, fee, state.Fee)
		require.Equal(t, state.BoughtAt+30*86_400, state.AccessUntil)
		until, err = m.Access(ctx, x.Seller.Address(), x.Sale.Order.Listing, x.Buyer.Address())
		require.NoError(t, err)
		require.Equal(t, state.AccessUntil, until)
		stored, err := m.Status(ctx, x.Purchase)
		require.NoError(t, err)
		require.Equal(t, chain.Purchased{Status: deal.StatusSettled, Price: state.Price, BoughtAt: state.BoughtAt, Deadline: state.Deadline, AccessDays: 30}, stored)

		income, err := m.Income(ctx, x.Seller.Address())
		require.NoError(t, err)
		require.Equal(t, seller, income)
		require.NoError(t, m.Withdraw(ctx, "withdraw/1", x.Seller.Address(), income))
		chaintest.WaitDone(t, sender, "withdraw/1")
		held, err := client.PRIV().Balance(ctx, x.Seller.Address())
		require.NoError(t, err)
		require.Equal(t, seller, held)
	})
}

// The ways out: refund after the deadline, dispute of a wrong key, reveal and
// finalize against a silent buyer, retirement of a version.
func TestWaysOut(t *testing.T) {
	t.Parallel()
	onEachChain(t, func(t *testing.T, n *chaintest.Net, advance func(time.Duration)) {
		ctx := t.Context()
		client := n.Client(t)
		sender := n.Sender(t, n.Account(t), &outbox.Memory{})
		seen := &deal.Memory{}
		n.Follower(t, seen)
		m := chain.NewMarket(client, sender)

		wrong := n.NewTrade(t, chaintest.TradeOptions{WrongKey: true})
		silent := n.NewTrade(t, chaintest.TradeOptions{})
		undelivered := n.NewTrade(t, chaintest.TradeOptions{Window: 3600})
		for key, x := range map[string]*chaintest.Trade{"buy/wrong": wrong, "buy/silent": silent, "buy/undelivered": undelivered} {
			require.NoError(t, m.Purchase(ctx, key, x.Sale, x.Payment))
			chaintest.WaitDone(t, sender, key)
		}

		require.NoError(t, m.Dispute(ctx, "dispute", wrong.Deal, wrong.Delivery, wrong.Opener, wrong.Sealed))
		chaintest.WaitDone(t, sender, "dispute")
		require.True(t, chaintest.WaitStatus(t, seen, wrong.Purchase, deal.StatusRefunded).Disputed)

		require.NoError(t, m.Dispute(ctx, "dispute/right", silent.Deal, silent.Delivery, silent.Opener, silent.Sealed))
		refused := chaintest.WaitOutcome(t, sender, "dispute/right")
		require.Equal(t, "KeyIsRight", refused.Reason)
		require.Equal(t, market.Conflict, market.CodeOf(refused.Err()))
		require.False(t, refused.Signed, "a call that is refused takes no nonce")

		require.NoError(t, m.Reveal(ctx, "reveal", silent.Deal, silent.Delivery, silent.Opener, 0, 0))
		chaintest.WaitDone(t, sender, "reveal")
		state := chaintest.WaitStatus(t, seen, silent.Purchase, deal.StatusRevealed)
		require.Equal(t, market.Hash(silent.Opener), state.Opener)

		advance(time.Until(time.Unix(int64(state.Deadline), 0)) + time.Hour)
		require.NoError(t, m.Finalize(ctx, "finalize", silent.Deal))
		require.NoError(t, m.Refund(ctx, "refund", undelivered.Deal))
		chaintest.WaitDone(t, sender, "finalize")
		chaintest.WaitDone(t, sender, "refund")
		state = chaintest.WaitStatus(t, seen, silent.Purchase, deal.StatusSettled)
		require.Equal(t, state.Deadline-3*86_400+30*86_400, state.AccessUntil)
		state = chaintest.WaitStatus(t, seen, undelivered.Purchase, deal.StatusRefunded)
		require.False(t, state.Disputed)
		back, err := client.PRIV().Balance(ctx, undelivered.Buyer.Address())
		require.NoError(t, err)
		require.Equal(t, undelivered.Sale.Order.Price, back)

		seller, listing := silent.Seller, silent.Sale.Order.Listing
		sig := seller.Sign(t, silent.Domain().Retire(seller.Address(), listing, 7))
		require.NoError(t, m.Retire(ctx, "retire", seller.Address(), listing, 7, sig))
		chaintest.WaitDone(t, sender, "retire")
		version, err := m.MinVersion(ctx, seller.Address(), listing)
		require.NoError(t, err)
		require.Equal(t, uint64(7), version)
	})
}
