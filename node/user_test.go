package node_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/node/nodetest"
)

// TestUserAPI:
//  1. bob comes by alice's recommendation; his first reward gives her a tenth of it;
//  2. he agrees to data sharing, which his balance shows; nobody else may save or take
//     his anonymous id;
//  3. users see themselves alone, a service key everybody.
func TestUserAPI(t *testing.T) {
	nw := nodetest.Start(t, 1)
	n := nw.Nodes[0]
	alice := nw.AddUser(t, n, "alice", "3.5")
	operator, service := n.Operator(t), n.ServiceKey(t)
	bob := &nodetest.User{}
	require.Equal(t, 400, operator.Post(t, "/node/users", map[string]string{"name": "bob", "referrer": "usr_unknown"}, nil))
	require.Equal(t, 200, operator.Post(t, "/node/users", map[string]string{"name": "bob", "referrer": alice.ID}, bob))
	bob.Client = n.As(bob.Key)
	for seed := range uint64(2) {
		bob.Contribute(t, nodetest.Form{Filename: "one.jpg", Type: "image/jpeg", Kind: "photo", Data: photo(t, 51+seed)})
	}
	first := bob.Earnings(t, "?source=data_sales&limit=1&offset=1")
	require.Equal(t, 2, first.Pagination.Total)
	reward := weiOf(t, first.Earnings[0].Amount)
	tenth, err := reward.MulDiv(1, 10)
	require.NoError(t, err)
	bonus := alice.Earnings(t, "?source=referral&status=confirmed")
	require.Len(t, bonus.Earnings, 1)
	require.Equal(t, tenth.String(), bonus.Earnings[0].Amount)
	require.Equal(t, tenth.String(), bonus.Summary.BySource["referral"])
	require.Len(t, bonus.Summary.BySource, 5)

	type consent struct {
		UserID      string          `json:"user_id"`
		AnonymousID string          `json:"anonymous_id"`
		Preferences map[string]bool `json:"preferences"`
		LastUpdated *string         `json:"last_updated"`
		Action      string          `json:"action"`
	}
	var c consent
	require.Equal(t, 200, bob.Get(t, "/user/consent", &c))
	require.Nil(t, c.LastUpdated)
	require.Equal(t, map[string]bool{"analytics": false, "marketing": false, "data_sharing": false, "personalization": false}, c.Preferences)
	save := map[string]any{"preferences": map[string]bool{"analytics": true, "marketing": false, "data_sharing": true, "personalization": true}, "anonymous_id": "anon_456"}
	for _, action := range []string{"created", "updated"} {
		c = consent{}
		require.Equal(t, 200, bob.Post(t, "/user/consent", save, &c))
		require.Equal(t, action, c.Action)
		require.NotNil(t, c.LastUpdated)
		require.Equal(t, "anon_456", c.AnonymousID)
	}
	require.Equal(t, http.StatusConflict, alice.Post(t, "/user/consent", save, nil))

	var b struct {
		UserID  string `json:"user_id"`
		Wallet  string `json:"wallet_address"`
		PRIV    string `json:"priv_balance_wei"`
		Sharing bool   `json:"data_sharing_enabled"`
	}
	require.Equal(t, 200, bob.Get(t, "/user/balance?anonymous_id=anon_456", &b))
	require.True(t, b.Sharing)
	require.Equal(t, 200, service.Get(t, "/user/balance?wallet_address="+alice.Wallet.Hex(), &b))
	require.False(t, b.Sharing)
	require.Equal(t, alice.ID, b.UserID)
	require.Equal(t, nw.PRIV(t, alice.Wallet).String(), b.PRIV)

	for _, q := range []struct {
		who  *nodetest.Client
		path string
		code int
	}{
		{alice.Client, "/user/balance?user_id=" + alice.ID + "&wallet_address=" + alice.Wallet.Hex(), 200},
		{alice.Client, "/user/balance?user_id=" + bob.ID, 403},
		{alice.Client, "/user/balance?user_id=usr_unknown", 403},
		{alice.Client, "/user/balance?user_id=" + alice.ID + "&anonymous_id=anon_456", 400},
		{alice.Client, "/user/balance?user_id=" + alice.ID + "&anonymous_id=anon_unknown", 400},
		{alice.Client, "/user/balance?wallet_address=0x12", 400},
		{alice.Client, "/user/consent?anonymous_id=anon_456", 403},
		{alice.Client, "/user/earnings?user_id=" + bob.ID, 403},
		{alice.Client, "/user/earnings/claims?user_id=" + bob.ID, 403},
		{service, "/user/balance", 400},
		{service, "/user/balance?user_id=usr_unknown", 404},
		{service, "/user/balance?user_id=" + alice.ID + "&anonymous_id=anon_456", 400},
		{service, "/user/consent?user_id=" + bob.ID + "&anonymous_id=anon_456", 200},
		{service, "/user/consent?anonymous_id=anon_unknown", 404},
		{service, "/user/earnings?user_id=" + bob.ID, 200},
		{service, "/user/earnings", 400},
		{service, "/user/earnings/claims?user_id=" + bob.ID, 200},
		{operator, "/user/earnings?user_id=" + bob.ID, 403},
	} {
		code, e := q.who.Do(t, http.MethodGet, q.path, nil)
		require.Equal(t, q.code, code, "%s: %s", q.path, e.Error.Message)
	}
}
