package chain_test

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/storage/records"
)

// gifts is how many token transfers one round sends.
const gifts = 300

// BenchmarkSend compares the sender with the same client without it: the account's
// nonce counted by hand, gas estimated and the transaction sent one after the
// other, nothing stored. The sender stores everything durably. It reports both in mined transactions per second, and the
// ratio of the two. Rounds alternate, since machines are noisy.
func BenchmarkSend(b *testing.B) {
	n := chaintest.Start(b)
	n.Config.Poll = 250 * time.Millisecond
	client, to := n.Client(b), chaintest.NewKey(b).Address()
	call := client.PRIV().Transfer(to, market.Wei(1))
	db, err := records.Open(records.Options{Dir: b.TempDir(), Log: chaintest.Log()})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	sender := n.Sender(b, n.Account(b), db.Outbox())
	plain := newPlainClient(b, n)
	var withSender, without time.Duration
	for round := 0; b.Loop(); round++ {
		begun := time.Now()
		var tasks errgroup.Group
		tasks.SetLimit(32) // as many buy at once in a node
		for i := range gifts {
			tasks.Go(func() error {
				_, err := sender.Submit(b.Context(), fmt.Sprint(round, "/", i), call)
				return err
			})
		}
		require.NoError(b, tasks.Wait())
		for i := range gifts {
			chaintest.WaitDone(b, sender, fmt.Sprint(round, "/", i))
		}
		withSender += time.Since(begun)
		begun = time.Now()
		plain.send(b, call, gifts)
		without += time.Since(begun)
	}
	total := float64(b.N * gifts)
	b.ReportMetric(total/withSender.Seconds(), "tx/s-sender")
	b.ReportMetric(total/without.Seconds(), "tx/s-plain")
	b.ReportMetric(without.Seconds()/withSender.Seconds(), "ratio")
	b.ReportMetric(0, "ns/op")
}

type plainClient struct {
	eth   *ethclient.Client
	from  chaintest.Key
	nonce uint64
}

func newPlainClient(b *testing.B, n *chaintest.Net) *plainClient {
	eth, err := ethclient.DialContext(b.Context(), n.URL)
	require.NoError(b, err)
	b.Cleanup(eth.Close)
	return &plainClient{eth: eth, from: n.Account(b)}
}

// send sends a call count times and returns when all are mined.
func (p *plainClient) send(b *testing.B, call chain.Call, count int) {
	for range count {
		gas, err := p.eth.EstimateGas(b.Context(), ethereum.CallMsg{From: p.from.Address(), To: &call.To, Data: call.Data})
		require.NoError(b, err)
		tx, err := p.from.SignTx(b.Context(), p.from.Address(), types.NewTx(&types.DynamicFeeTx{
			ChainID: big.NewInt(31337), Nonce: p.nonce, To: &call.To, Data: call.Data, Gas: gas * 2, GasTipCap: big.NewInt(1e9), GasFeeCap: big.NewInt(1e11),
		}), 31337)
		require.NoError(b, err)
		require.NoError(b, p.eth.SendTransaction(b.Context(), tx))
		p.nonce++
	}
	chaintest.Wait(b, "all to be mined", func() bool {
		mined, err := p.eth.NonceAt(b.Context(), p.from.Address(), nil)
		return err == nil && mined == p.nonce
	})
}
