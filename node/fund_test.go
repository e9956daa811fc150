package node_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/node/nodetest"
)

// TestRewardFund follows the money that the operator pays from:
//  1. the fund is empty and a user claims: the claim waits, and says why; status and
//     doctor say so too, and what to do;
//  2. a deposit of more than the operator has is refused; one that it can afford
//     comes from the wallet, and the claim is paid without being asked for again;
//  3. the node stops in the middle of a deposit and goes on with it, once;
//  4. a withdrawal is announced, cancelled, announced again, and comes to the wallet
//     after the notice; what payouts used meanwhile is missing of it;
//  5. the audit has nothing to say.
func TestRewardFund(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 0)
	nw.RewardFund = ""
	n := nw.Add(t)
	alice := nw.AddUser(t, n, "alice", "")
	service := n.ServiceKey(t)
	f := n.Fund(t)
	require.Equal(t, "0", f.Balance)
	nw.Chain.FundPRIV(t, common.HexToAddress(f.Wallet), chaintest.PRIV(t, "100"))

	service.Credit(t, alice.ID, "browsing", "12.5", "one")
	made, code := alice.Claim(t)
	require.Equal(t, http.StatusOK, code)
	nodetest.Wait(t, "the claim to say that the fund is short", func() bool {
		var c struct {
			Status, Reason string
		}
		require.Equal(t, http.StatusOK, alice.Get(t, "/user/earnings/claims/"+made.ID, &c))
		return c.Status == "pending" && strings.Contains(c.Reason, "reward fund")
	})
	f = n.Fund(t)
	require.Equal(t, []string{chaintest.PRIV(t, "12.5").String(), chaintest.PRIV(t, "12.5").String()}, []string{f.Owed, f.Short})
	require.Equal(t, 1, f.Waiting)
	var d struct {
		Checks []struct {
			Name, Message, Remedy string
			OK                    bool
		}
	}
	require.Equal(t, http.StatusOK, n.Operator(t).Get(t, "/node/doctor", &d))
	told := false
	for _, c := range d.Checks {
		if c.Name == "rewards" {
			told = !c.OK && strings.Contains(c.Remedy, "privd fund 12.5")
		}
	}
	require.True(t, told, "%+v", d)
	var s struct {
		Counts map[string]int
	}
	require.Equal(t, http.StatusOK, n.Operator(t).Get(t, "/node/status", &s))
	require.Equal(t, 1, s.Counts["claims_waiting_for_fund"])

	_, code = n.Deposit(t, "100.000000000000000001")
	require.Equal(t, http.StatusBadRequest, code)
	_, code = n.Deposit(t, "0")
	require.Equal(t, http.StatusBadRequest, code)
	f, code = n.Deposit(t, "20")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "completed", f.Deposit.Status, f.Deposit.Reason)
	require.Len(t, f.Deposit.TxHashes, 3)
	alice.WaitClaimed(t, made.ID)
	require.Equal(t, chaintest.PRIV(t, "12.5"), nw.PRIV(t, alice.Wallet))
	same, code := n.Deposit(t, "20")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, f.Deposit.ID, same.Deposit.ID, "the same request again is the same deposit")

	go func() { n.Operator(t).Do(t, http.MethodPost, "/node/fund", map[string]any{"amount": 30}) }()
	nodetest.Wait(t, "a deposit under way", func() bool { d := n.Fund(t).Deposit; return d != nil && d.ID != f.Deposit.ID })
	n.Restart(t)
	nodetest.Wait(t, "the deposit", func() bool { return n.Fund(t).Deposit.Status == "completed" })
	f = n.Fund(t)
	require.Equal(t, chaintest.PRIV(t, "37.5").String(), f.Balance)
	require.Equal(t, []string{chaintest.PRIV(t, "50").String(), "0"}, []string{f.InWallet, f.Account})

	operator := n.Operator(t)
	amount := map[string]any{"amount": 37.6}
	require.Equal(t, http.StatusBadRequest, operator.Post(t, "/node/fund/withdrawal", amount, nil))
	amount["amount"] = 30
	require.Equal(t, http.StatusOK, operator.Post(t, "/node/fund/withdrawal", amount, &f))
	require.Equal(t, "announced", f.Withdrawal.Status, f.Withdrawal.Reason)
	code, _ = operator.Do(t, http.MethodDelete, "/node/fund/withdrawal", nil)
	require.Equal(t, http.StatusOK, code)
	nodetest.Wait(t, "the cancellation", func() bool { return n.Fund(t).Withdrawal.Status == "cancelled" })
	code, _ = operator.Do(t, http.MethodDelete, "/node/fund/withdrawal", nil)
	require.Equal(t, http.StatusNotFound, code)
	amount["amount"] = 35
	require.Equal(t, http.StatusOK, operator.Post(t, "/node/fund/withdrawal", amount, &f))
	require.Equal(t, "announced", f.Withdrawal.Status, f.Withdrawal.Reason)
	service.Credit(t, alice.ID, "browsing", "7.5", "two")
	made, code = alice.Claim(t)
	require.Equal(t, http.StatusOK, code)
	alice.WaitClaimed(t, made.ID)
	n.Advance(t, 6*24*time.Hour)
	require.Equal(t, "announced", n.Fund(t).Withdrawal.Status)
	n.Advance(t, 25*time.Hour)
	nodetest.Wait(t, "the withdrawal", func() bool { return n.Fund(t).Withdrawal.Status == "completed" })
	f = n.Fund(t)
	require.Equal(t, []string{chaintest.PRIV(t, "80").String(), "0", "0"}, []string{f.InWallet, f.Account, f.Balance}, "all but what was paid")
	left, err := chain.NewRewards(nw.Chain.Client(t), nil).Balance(t.Context(), common.HexToAddress(f.Operator))
	require.NoError(t, err)
	require.True(t, left.IsZero())
	n.NoDifferences(t)
}
