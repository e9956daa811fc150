package node_test

import (
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/earning"
	"privd/market/outbox"
	"privd/node/nodetest"
	"privd/storage/records"
	"privd/storage/repo"
)

// TestAudit compares the books of two nodes with the chain:
//  1. sales within a node and between nodes, stakes, claims, a stranger's withdrawal
//     and a deposit go on, and audits made meanwhile find no difference;
//  2. one that looks only at blocks as deep as three confirmations finds none either;
//  3. what is changed in the records of a stopped node is found.
func TestAudit(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 2)
	home, away := nw.Nodes[0], nw.Nodes[1]
	alice, bob, carol := nw.AddUser(t, home, "alice", ""), nw.AddUser(t, home, "bob", "500"), nw.AddUser(t, away, "carol", "500")
	nw.Chain.FundPRIV(t, common.HexToAddress(home.Fund(t).Wallet), chaintest.PRIV(t, "50"))

	id := alice.Contribute(t, nodetest.Form{Filename: "b.jpg", Kind: "photo", Data: photo(t, 502)})
	one, two := alice.Sell(t, "One", "10.5", id), alice.Sell(t, "Two", "0.000000000000000019", id)
	carol.WaitListed(t, one)
	meanwhile(t, nw, func() {
		for _, buy := range []struct {
			who *nodetest.User
			of  string
		}{{carol, one}, {bob, one}, {bob, two}} {
			b, code := buy.who.Buy(t, buy.of)
			require.Equal(t, http.StatusOK, code)
			buy.who.WaitOpened(t, b.ID)
		}
	})
	meanwhile(t, nw, func() {
		_, code := bob.Stake(t, "stake", "40")
		require.Equal(t, http.StatusOK, code)
		_, code = bob.Stake(t, "unstake", "15")
		require.Equal(t, http.StatusOK, code)
		_, code = home.Deposit(t, "7")
		require.Equal(t, http.StatusOK, code)
	})
	home.ServiceKey(t).Credit(t, alice.ID, "labeling", "3.25", "work")
	nodetest.Wait(t, "settlement", func() bool { return alice.Earnings(t, "").Summary.Pending == "0" })
	stranger := nw.Chain.Account(t)
	sender := nw.Chain.Sender(t, stranger, &outbox.Memory{})
	var made nodetest.Claim
	meanwhile(t, nw, func() {
		require.NoError(t, chain.NewMarket(nw.Chain.Client(t), sender).Withdraw(t.Context(), "withdraw", alice.Wallet, chaintest.PRIV(t, "9.975")))
		var code int
		made, code = alice.Claim(t)
		require.Equal(t, http.StatusOK, code)
		alice.WaitClaimed(t, made.ID)
	})
	for _, n := range nw.Nodes {
		n.NoDifferences(t)
	}

	deep(t, home, 3)
	b, code := bob.Buy(t, alice.Sell(t, "Three", "1", id))
	require.Equal(t, http.StatusOK, code)
	require.NotEmpty(t, b.ID)
	nodetest.Wait(t, "a payment that is not deep", func() bool { return bob.Timeline(t, b.ID).State != "fetching" && bob.Timeline(t, b.ID).MoneyMoved })
	home.NoDifferences(t)
	require.NotEmpty(t, home.Audit(t)[0].Stage)

	home.Stop(t)
	var changed market.EarningID
	var lost string
	tamper(t, home, func(tx *records.Tx) error {
		user, err := tx.User(market.UserID(alice.ID))
		if err != nil {
			return err
		}
		all, err := tx.EarningsOf(user.ID)
		if err != nil {
			return err
		}
		for _, e := range all {
			if e.Source == earning.Labeling {
				e.Amount = chaintest.PRIV(t, "4")
				changed = e.ID
				if err := tx.PutEarning(e); err != nil {
					return err
				}
			}
		}
		events, err := tx.EventsBetween(0, 1<<62)
		if err != nil {
			return err
		}
		lost = events[len(events)/2].TxHash.String()
		return tx.DeleteEvent(events[len(events)/2])
	})
	home.Start(t)
	var found []string
	for _, line := range home.Audit(t) {
		if d := line.Difference; d != nil {
			found = append(found, d.Check+" "+d.Subject+" "+d.Message)
		}
	}
	require.NotEmpty(t, changed)
	require.True(t, strings.Contains(strings.Join(found, "\n"), lost), "the missing event %s: %v", lost, found)
	require.True(t, strings.Contains(strings.Join(found, "\n"), "claims "+made.ID), "the claim of the earning that grew: %v", found)
	require.True(t, strings.Contains(strings.Join(found, "\n"), "PRIV too much"), "%v", found)
}

// meanwhile does something while both nodes are audited, and fails the test for each
// difference.
func meanwhile(t *testing.T, nw *nodetest.Network, something func()) {
	t.Helper()
	var audits sync.WaitGroup
	audits.Go(func() {
		for _, n := range nw.Nodes {
			n.NoDifferences(t)
		}
	})
	something()
	audits.Wait()
}

// deep has a node wait for more confirmations from now on.
func deep(t *testing.T, n *nodetest.Node, confirmations int) {
	t.Helper()
	n.Stop(t)
	path := repo.Dir(n.Dir).Config()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	changed := strings.Replace(string(raw), "confirmations = 1", "confirmations = "+string(rune('0'+confirmations)), 1)
	require.NotEqual(t, string(raw), changed)
	changed = strings.Replace(changed, `buy_wait = "20s"`, `buy_wait = "100ms"`, 1)
	require.NoError(t, os.WriteFile(path, []byte(changed), 0o600))
	n.Start(t)
}

// tamper changes the records of a node that does not run.
func tamper(t *testing.T, n *nodetest.Node, change func(*records.Tx) error) {
	t.Helper()
	store, err := records.Open(records.Options{Dir: repo.Dir(n.Dir).Records(), Log: slog.New(slog.DiscardHandler), Clock: time.Now})
	require.NoError(t, err)
	require.NoError(t, store.Update(t.Context(), change))
	require.NoError(t, store.Close())
}
