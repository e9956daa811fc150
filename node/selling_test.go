package node_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/node/nodetest"
)

// TestSilentBuyers plays three buyers who pay:
//  1. the first never asks for the opener, the second takes it and says nothing more,
//     the third takes it and sends its receipt only after the node has published it;
//  2. an hour after the openers left, they are public; the receipt still settles;
//  3. at the last call what nobody asked for is public too;
//  4. three days later nobody has disputed, and all three prices are the seller's.
func TestSilentBuyers(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	seller := nw.Nodes[0]
	strangers := nw.Strangers(t, seller)
	alice := nw.AddUser(t, seller, "alice", "")
	listing := alice.Sell(t, "Nature", "25.5", alice.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 301)}))

	absent, silent, late := strangers.Buy(t, listing, 24*time.Hour), strangers.Buy(t, listing, 24*time.Hour), strangers.Buy(t, listing, 24*time.Hour)
	// Who lost the seal of what is paid has the same again, whatever was changed since.
	require.Equal(t, 200, alice.Put(t, "/marketplace/wallet/listings/"+listing, map[string]any{"status": "paused"}, nil))
	again, err := absent.SealAgain(t)
	require.NoError(t, err)
	require.Equal(t, []market.Hash{absent.Sale.SealedHash, absent.Sale.Lock}, []market.Hash{again.SealedHash, again.Lock})
	silent.Open(t)
	late.Open(t)
	alice.WaitSale(t, absent.ID, "ready")
	require.NotNil(t, alice.WaitSale(t, silent.ID, "handed_out").PushBy)
	require.Equal(t, 3, openSales(t, seller).Open)
	require.NotNil(t, openSales(t, seller).Before, "the node has to be there at the last call")

	nw.Advance(t, time.Hour+time.Minute) // quick blocks are ahead of the clock
	late.WaitStatus(t, deal.StatusRevealed)
	silent.WaitStatus(t, deal.StatusRevealed)
	late.Note(t)
	alice.WaitSale(t, late.ID, "settled")
	require.Equal(t, deal.StatusPurchased, absent.OnChain(t).Status, "its time is not over")
	_, err = silent.Ask(t)
	require.NoError(t, err, "what is public is told again")

	nw.Advance(t, 11*time.Hour)
	absent.WaitStatus(t, deal.StatusRevealed)
	tl := alice.WaitSale(t, absent.ID, "revealed")
	require.Nil(t, openSales(t, seller).Before, "what is revealed waits for the node")
	require.NotNil(t, tl.Steps[len(tl.Steps)-1].TxHash)

	nw.Advance(t, 72*time.Hour+time.Minute)
	for _, b := range []*nodetest.Stranger{absent, silent} {
		tl := alice.WaitSale(t, b.ID, "settled")
		var states []string
		for _, step := range tl.Steps {
			states = append(states, step.State)
		}
		require.Subset(t, states, []string{"waiting", "revealing", "revealed", "settled"})
	}
	nodetest.Wait(t, "the books", func() bool { return alice.Earnings(t, "?source=data_sales&status=confirmed").Pagination.Total == 4 })
	income, err := chain.NewMarket(nw.Chain.Client(t), nil).Income(context.Background(), alice.Wallet)
	require.NoError(t, err)
	require.Equal(t, chaintest.PRIV(t, "72.675"), income, "three prices less three fees")
	require.Zero(t, openSales(t, seller).Open)

	made, code := alice.Claim(t)
	require.Equal(t, 200, code)
	alice.WaitClaimed(t, made.ID)
	require.GreaterOrEqual(t, nw.PRIV(t, alice.Wallet).Cmp(chaintest.PRIV(t, "72.675")), 0, "a claim brings it home")
}

type due struct {
	Open   int
	Before *time.Time `json:"needed_before"`
}

func openSales(t *testing.T, n *nodetest.Node) due {
	t.Helper()
	var s struct{ Sales due }
	require.Equal(t, 200, n.Operator(t).Get(t, "/node/status", &s))
	return s.Sales
}

// TestSellerWasAway has the node off from before the last call until after the last
// moment to publish: nothing of value leaves any more, neither on chain nor to the
// buyer who asks, and the price goes back.
func TestSellerWasAway(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	seller := nw.Nodes[0]
	strangers := nw.Strangers(t, seller)
	alice := nw.AddUser(t, seller, "alice", "")
	listing := alice.Sell(t, "Nature", "25.5", alice.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 302)}))
	b := strangers.Buy(t, listing, 24*time.Hour)
	alice.WaitSale(t, b.ID, "ready")

	seller.Stop(t)
	nw.Advance(t, 18*time.Hour+time.Minute)
	seller.Start(t)
	alice.Client = seller.As(alice.Key)
	alice.WaitSale(t, b.ID, "forgone")
	nodetest.Wait(t, "an answer", func() bool {
		k, err := b.Ask(t)
		require.True(t, err != nil && k.Commitment() != b.Sale.Lock, "the opener left after the last call")
		refusal := delivery.RefusalOf(err)
		return refusal != nil && refusal.Code == delivery.TooLate
	})
	nw.Advance(t, 6*time.Hour)
	require.Equal(t, deal.StatusPurchased, b.OnChain(t).Status)
	b.Refund(t)
	tl := alice.WaitSale(t, b.ID, "refunded")
	require.Nil(t, tl.Sale.Alarm, "nothing was lost")
	nodetest.Wait(t, "the sale to be closed", func() bool { return alice.WaitSale(t, b.ID, "refunded").Sale.Final })
	require.Equal(t, chaintest.PRIV(t, "1000"), nw.PRIV(t, b.Key.Address()))
	require.Zero(t, openSales(t, seller).Open)
}

// TestRevealReorganised takes the block of a reveal back: the same transaction is
// there again, and the sale ends as without that.
func TestRevealReorganised(t *testing.T) {
	t.Parallel()
	network, anvil := chaintest.StartAnvil(t)
	nw := nodetest.StartOn(t, network, 1)
	seller := nw.Nodes[0]
	strangers := nw.Strangers(t, seller)
	alice := nw.AddUser(t, seller, "alice", "")
	listing := alice.Sell(t, "Nature", "2", alice.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 303)}))
	b := strangers.Buy(t, listing, time.Hour)
	b.Open(t)
	alice.WaitSale(t, b.ID, "handed_out")
	nw.Advance(t, 31*time.Minute)
	first := alice.WaitSale(t, b.ID, "revealed").Sale.TxHash
	require.NotNil(t, first)

	anvil.Call(t, "anvil_reorg", 1, []any{})
	require.Equal(t, deal.StatusPurchased, b.OnChain(t).Status)
	nodetest.Wait(t, "a block with the same transaction", func() bool {
		anvil.Call(t, "evm_mine")
		return b.OnChain(t).Status == deal.StatusRevealed
	})
	again := alice.WaitSale(t, b.ID, "revealed")
	require.NotNil(t, again.Sale.TxHash) // the same call; its fee may have been raised
	nw.Advance(t, 72*time.Hour+time.Minute)
	alice.WaitSale(t, b.ID, "settled")
	income, err := chain.NewMarket(network.Client(t), nil).Income(context.Background(), alice.Wallet)
	require.NoError(t, err)
	require.Equal(t, chaintest.PRIV(t, "1.9"), income)
}
