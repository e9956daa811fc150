package node_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/node/nodetest"
)

// TestEverySource follows what comes from each source to the wallet:
//  1. a user who was referred is rewarded for a photo, of which the referrer gets a
//     share, and sells it; services book browsing, labeling and staking;
//  2. what a service has not confirmed stays behind;
//  3. both claim all they can: every source is claimed, the sums agree with the
//     earnings, the wallets with the sums, and the audit with all of it.
func TestEverySource(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	home := nw.Nodes[0]
	alice, bob := nw.AddUser(t, home, "alice", ""), nw.AddUser(t, home, "bob", "100")
	carol := &nodetest.User{}
	require.Equal(t, http.StatusOK, home.Operator(t).Post(t, "/node/users", map[string]string{"name": "carol", "referrer": alice.ID}, carol))
	carol.Client = home.As(carol.Key)
	id := carol.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 611)})
	b, code := bob.Buy(t, carol.Sell(t, "A photo", "12.000000000000000003", id))
	require.Equal(t, http.StatusOK, code)
	bob.WaitOpened(t, b.ID)
	service := home.ServiceKey(t)
	for _, source := range []string{"browsing", "labeling", "staking"} {
		service.Credit(t, carol.ID, source, "0.000000000000000007", source)
	}
	require.Equal(t, http.StatusOK, service.Post(t, "/service/earnings", map[string]any{
		"user_id": carol.ID, "source": "staking", "amount": 5, "reference_id": "not yet", "status": "pending"}, nil))
	pending := "5000000000000000000"
	nodetest.Wait(t, "settlement", func() bool { return carol.Earnings(t, "").Summary.Pending == pending })

	for _, u := range []*nodetest.User{alice, carol} {
		before := u.Earnings(t, "").Summary
		made, code := u.Claim(t)
		require.Equal(t, http.StatusOK, code)
		require.Equal(t, before.Confirmed, made.Total)
		u.WaitClaimed(t, made.ID)
		after := u.Earnings(t, "").Summary
		require.Equal(t, before.Confirmed, after.Claimed)
		require.Equal(t, "0", after.Confirmed)
		require.Equal(t, after.Claimed, nw.PRIV(t, u.Wallet).String())
		sum := market.Amount{}
		for _, amount := range after.BySource {
			var err error
			sum, err = sum.Add(weiOf(t, amount))
			require.NoError(t, err)
		}
		require.Equal(t, after.Earned, sum.String())
		require.Equal(t, before.BySource, after.BySource)
		claimed := market.Amount{}
		for _, e := range u.Earnings(t, "?status=claimed&limit=100").Earnings {
			var err error
			claimed, err = claimed.Add(weiOf(t, e.Amount))
			require.NoError(t, err)
		}
		require.Equal(t, after.Claimed, claimed.String())
	}
	sources := map[string]bool{}
	for _, e := range append(alice.Earnings(t, "?status=claimed").Earnings, carol.Earnings(t, "?status=claimed&limit=100").Earnings...) {
		sources[e.Source] = true
	}
	require.Len(t, sources, 5, "browsing, labeling, data_sales, staking and referral: %v", sources)
	require.Equal(t, pending, carol.Earnings(t, "").Summary.Pending, "what is not confirmed is not paid")
	require.Equal(t, 400, func() int { _, code := carol.Claim(t); return code }())
	home.NoDifferences(t)
}
