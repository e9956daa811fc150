package chain_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/seal"
)

// Purchases, settlements, reorganisations that keep or drop transactions, and
// restarts of sender and follower come in random order. In the end every call has
// an outcome, what was followed equals the chain, and the money adds up.
func TestRandomHistory(t *testing.T) {
	t.Parallel()
	for range 4 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			randomHistory(t, rand.New(rand.NewPCG(seed, 1)))
		})
	}
}

func randomHistory(t *testing.T, dice *rand.Rand) {
	n := chaintest.Start(t)
	n.Config.Confirmations = 4
	ctx, client, from := t.Context(), n.Client(t), n.Account(t)
	var trades []*chaintest.Trade
	for range 8 {
		trades = append(trades, n.NewTrade(t, chaintest.TradeOptions{}))
	}
	for range 8 {
		require.NoError(t, n.Embedded.Mine()) // so that no reorganisation reaches the buyers' money
	}
	outgoing, seen := &outbox.Memory{}, &deal.Memory{}
	sender := n.IdleSender(t, from, outgoing)
	stopSender := chaintest.Run(t, sender.Run)
	follower := idle(n, t, seen)
	stopFollower := chaintest.Run(t, follower.Run)
	face := func() *chain.Market { return chain.NewMarket(client, sender) }

	for step := range 60 {
		x := trades[dice.IntN(len(trades))]
		switch dice.IntN(7) {
		case 0, 1:
			require.NoError(t, face().Purchase(ctx, "buy/"+x.Purchase.Hex(), x.Sale, x.Payment))
		case 2:
			if seen.State(x.Purchase).Status == deal.StatusPurchased {
				_, _, now := n.Embedded.Head()
				require.NoError(t, face().Settle(ctx, fmt.Sprint("settle/", step), []seal.SignedReceipt{x.Receipt(t, now)}))
			}
		case 3:
			require.NoError(t, n.Embedded.Mine())
		case 4:
			require.NoError(t, n.Embedded.Reorg(1+dice.Uint64N(3), dice.IntN(2) == 0))
		case 5:
			stopSender()
			sender = n.IdleSender(t, from, outgoing)
			stopSender = chaintest.Run(t, sender.Run)
		case 6:
			stopFollower()
			follower = idle(n, t, seen)
			stopFollower = chaintest.Run(t, follower.Run)
		}
	}

	chaintest.Wait(t, "every outcome", func() bool {
		require.NoError(t, n.Embedded.Mine())
		open, err := outgoing.Open(ctx)
		require.NoError(t, err)
		for _, tx := range open {
			if !tx.Final {
				return false
			}
		}
		return true
	})
	chaintest.Wait(t, "the follower", func() bool {
		number, hash, _ := n.Embedded.Head()
		head, synced, _ := follower.Head()
		return synced && head.Number == number && head.Hash == market.Hash(hash)
	})
	held, err := client.PRIV().Balance(ctx, n.Config.Contracts.Market)
	require.NoError(t, err)
	owed, err := face().Income(ctx, n.Operator.Address()) // the treasury
	require.NoError(t, err)
	for _, x := range trades {
		onChain, err := face().Status(ctx, x.Purchase)
		require.NoError(t, err)
		followed := seen.State(x.Purchase)
		require.Equal(t, onChain.Status, followed.Status)
		require.Equal(t, onChain.BoughtAt, followed.BoughtAt)
		income, err := face().Income(ctx, x.Seller.Address())
		require.NoError(t, err)
		if onChain.Status == deal.StatusPurchased {
			income = onChain.Price
		}
		owed, err = owed.Add(income)
		require.NoError(t, err)
		if tx, err := outgoing.Get(ctx, "buy/"+x.Purchase.Hex()); err == nil {
			require.Equal(t, tx.State == outbox.Mined, onChain.Status != deal.StatusNone, "%+v", tx)
		}
	}
	require.Equal(t, owed.String(), held.String())
}
