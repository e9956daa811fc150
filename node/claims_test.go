package node_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/outbox"
	"privd/node/nodetest"
)

func weiOf(t testing.TB, text string) market.Amount {
	t.Helper()
	amount, err := market.ParseWei(text)
	require.NoError(t, err)
	return amount
}

// TestClaims:
//  1. alice is rewarded for a photo and sells it; both are claimed at once;
//  2. her wallet has exactly that much more on chain, and the API says the same;
//  3. a stranger withdraws the income of her next sale: it shows as claimed;
//  4. a voucher is redeemed without the node: the claim completes with that transaction;
//  5. after a restart all of it still stands.
func TestClaims(t *testing.T) {
	nw := nodetest.Start(t, 1)
	n := nw.Nodes[0]
	alice, bob := nw.AddUser(t, n, "alice", ""), nw.AddUser(t, n, "bob", "1000")
	id := alice.Contribute(t, nodetest.Form{Filename: "one.jpg", Type: "image/jpeg", Kind: "photo", Data: photo(t, 41)})
	b, code := bob.Buy(t, alice.Sell(t, "A photo", "12.5", id))
	require.Equal(t, 200, code)
	bob.WaitOpened(t, b.ID)
	confirmed := func(sum string) {
		nodetest.Wait(t, sum+" confirmed", func() bool { return alice.Earnings(t, "").Summary.Confirmed == sum })
	}
	reward := weiOf(t, alice.Earnings(t, "?status=confirmed").Earnings[0].Amount)
	share := chaintest.PRIV(t, "11.875")
	both, err := reward.Add(share)
	require.NoError(t, err)
	confirmed(both.String())

	made, code := alice.Claim(t)
	require.Equal(t, 200, code)
	require.Equal(t, "pending", made.Status)
	require.Nil(t, made.TxHash)
	require.Equal(t, 2, made.Count)
	require.Equal(t, both.String(), made.Total)
	require.Equal(t, fmt.Sprintf("Successfully initiated claim for %s PRIV from 2 earning(s). Claim ID: %s", both.PRIV(), made.ID), made.Message)
	_, code = alice.Claim(t)
	require.Equal(t, 400, code, "there is nothing left to claim")
	paid := alice.WaitClaimed(t, made.ID)
	require.Len(t, paid.TxHashes, 2)
	require.Equal(t, both, nw.PRIV(t, alice.Wallet), "the wallet had nothing before")
	var money struct {
		PRIV    string `json:"priv_balance_wei"`
		Earned  string `json:"earned_total_wei"`
		Pending string `json:"pending_rewards_wei"`
	}
	require.Equal(t, 200, alice.Get(t, "/user/balance", &money))
	require.Equal(t, []string{both.String(), both.String(), "0"}, []string{money.PRIV, money.Earned, money.Pending})
	require.Equal(t, 404, bob.Get(t, "/user/earnings/claims/"+made.ID, nil), "a claim is its owner's")
	require.Equal(t, 200, n.ServiceKey(t).Get(t, "/user/earnings/claims/"+made.ID, nil))

	b, code = bob.Buy(t, alice.Sell(t, "The photo again", "20", id))
	require.Equal(t, 200, code)
	bob.WaitOpened(t, b.ID)
	confirmed(chaintest.PRIV(t, "19").String())
	stranger := nw.Chain.Account(t)
	sender := nw.Chain.Sender(t, stranger, &outbox.Memory{})
	require.NoError(t, chain.NewMarket(nw.Chain.Client(t), sender).Withdraw(t.Context(), "withdraw", alice.Wallet, chaintest.PRIV(t, "19")))
	nodetest.Wait(t, "the withdrawal to be noticed", func() bool { return alice.Earnings(t, "").Summary.Confirmed == "0" })
	var list struct{ Claims []nodetest.Claim }
	require.Equal(t, 200, alice.Get(t, "/user/earnings/claims", &list))
	require.True(t, list.Claims[0].Direct)
	require.Equal(t, "completed", list.Claims[0].Status)
	require.NotNil(t, list.Claims[0].TxHash)

	operator := n.Status(t).Account
	nw.Chain.FundRewards(t, operator, chaintest.PRIV(t, "1"))
	n.ServiceKey(t).Credit(t, alice.ID, "labeling", "1000000", "too much for the fund")
	made, code = alice.Claim(t)
	require.Equal(t, 200, code)
	nodetest.Wait(t, "the claim to wait for a deposit", func() bool {
		var tl struct{ State, Reason string }
		alice.Get(t, "/user/earnings/claims/"+made.ID+"/timeline", &tl)
		return tl.State == "pending" && strings.Contains(tl.Reason, "reward fund")
	})
	var waiting nodetest.Claim
	require.Equal(t, 200, alice.Get(t, "/user/earnings/claims/"+made.ID, &waiting))
	require.NotNil(t, waiting.Voucher)
	n.Stop(t)
	nw.Chain.FundRewards(t, operator, chaintest.PRIV(t, "1000000"))
	calldata, err := hex.DecodeString(strings.TrimPrefix(waiting.Voucher.Calldata, "0x"))
	require.NoError(t, err)
	receipt := nw.Chain.Send(t, stranger, waiting.Voucher.Contract, market.Amount{}, calldata)
	n.Start(t)
	paid = alice.WaitClaimed(t, made.ID)
	require.Equal(t, strings.ToLower(receipt.TxHash.Hex()), *paid.TxHash)

	n.Restart(t)
	e := alice.Earnings(t, "")
	require.Equal(t, e.Summary.Earned, e.Summary.Claimed)
	require.Equal(t, e.Summary.Claimed, nw.PRIV(t, alice.Wallet).String(), "the wallet has what was earned, to the wei")
	income, err := chain.NewMarket(nw.Chain.Client(t), nil).Income(t.Context(), alice.Wallet)
	require.NoError(t, err)
	require.Zero(t, income)
}

// Whoever claims at the same time, each earning is paid once: many rounds of
// parallel claims, of all and of some.
func TestParallelClaims(t *testing.T) {
	nw := nodetest.Start(t, 1)
	n := nw.Nodes[0]
	service, alice := n.ServiceKey(t), nw.AddUser(t, n, "alice", "")
	const rounds, each, callers = 12, 5, 8
	var all []string
	seen := map[string]int{}
	for round := range rounds {
		var ids []string
		for i := range each {
			ids = append(ids, service.Credit(t, alice.ID, "browsing", "0.000000000000000007", fmt.Sprintf("%d-%d", round, i)))
		}
		var mu sync.Mutex
		var calls sync.WaitGroup
		for caller := range callers {
			calls.Go(func() {
				named := ids[caller%each:]
				if caller%2 == 0 {
					named = nil
				}
				made, code := alice.Claim(t, named...)
				mu.Lock()
				defer mu.Unlock()
				if code == 200 {
					all = append(all, made.ID)
					for _, id := range made.Earnings {
						seen[id]++
					}
				} else if code != 400 {
					t.Errorf("claim: %d", code)
				}
			})
		}
		calls.Wait()
		for _, id := range ids {
			require.Equal(t, 1, seen[id], "%s in round %d", id, round)
		}
		// Some rounds follow each other, some wait for the payout.
		if round%3 == 2 {
			alice.WaitClaimed(t, all[len(all)-1])
		}
	}
	for _, id := range all {
		alice.WaitClaimed(t, id)
	}
	require.Equal(t, market.Wei(rounds*each*7), nw.PRIV(t, alice.Wallet))
}
