package node_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/node/nodetest"
)

// seeded is the answer of the call that seeds.
type seeded struct {
	Fixtures []struct{ ID, User string }
}

func (s seeded) ids() (ids []string) {
	for _, f := range s.Fixtures {
		ids = append(ids, f.ID)
	}
	return ids
}

// TestFixtures:
//  1. what the documents name is made under its literal ids;
//  2. again, at once or after a restart, makes nothing more;
//  3. what its owner deleted stays deleted, also once it is erased;
//  4. who is to own it must be there, and two people.
func TestFixtures(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	n := nw.Nodes[0]
	seed := func(body map[string]string) (s seeded, code int) {
		code = n.Operator(t).Post(t, "/dev/fixtures", body, &s)
		return s, code
	}
	docs := map[string]string{"set": "docs"}
	_, code := seed(docs)
	require.Equal(t, http.StatusNotFound, code, "there is no alice yet")
	alice, bob := nw.AddUser(t, n, "alice", ""), nw.AddUser(t, n, "bob", "100")

	first, code := seed(docs)
	require.Equal(t, http.StatusOK, code)
	require.ElementsMatch(t, []string{"contrib_abc123", "contrib_def456", "contrib_ghi789", "listing_abc123", "listing_def456", "purchase_xyz789",
		"lst_abc123", "binance-crypto-prices", "earn_abc123", "earn_def456"}, first.ids())
	var dataset struct{ Preview, Price string }
	require.Equal(t, http.StatusOK, alice.Get(t, "/data/datasets/binance-crypto-prices", &dataset))
	require.Equal(t, "symbol,price,volume_24h,timestamp\nBTCUSDT,68123.45,34567.89,2024-05-22T10:00:00Z", dataset.Preview)
	items, code := bob.Download(t, nodetest.Bought{ID: "purchase_xyz789", Token: "at_abc123..."})
	require.Equal(t, http.StatusOK, code)
	require.Len(t, items, 2)

	total := func() (total struct{ Total int }) {
		alice.Get(t, "/contributions", &total)
		return total
	}
	before := total()
	for range 2 {
		again, code := seed(docs)
		require.Equal(t, http.StatusOK, code)
		require.Equal(t, first, again)
		require.Equal(t, before, total())
		n.Restart(t)
	}

	_, code = alice.DeleteContribution(t, "contrib_abc123", nil)
	require.Equal(t, http.StatusOK, code)
	rest, code := seed(docs)
	require.Equal(t, http.StatusOK, code)
	require.NotContains(t, rest.ids(), "contrib_abc123")
	require.Equal(t, http.StatusOK, n.Operator(t).Post(t, "/dev/clock", map[string]string{"advance": (31 * 24 * time.Hour).String()}, nil))
	nodetest.Wait(t, "erasure", func() bool { return alice.Erased(t, "contrib_abc123") })
	rest, code = seed(docs)
	require.Equal(t, http.StatusOK, code)
	require.NotContains(t, rest.ids(), "contrib_abc123")

	for _, bad := range []map[string]string{{"set": "other"}, {}, {"set": "docs", "seller": "bob"}, {"set": "docs", "buyer": "alice"}} {
		_, code = seed(bad)
		require.Equal(t, http.StatusBadRequest, code, bad)
	}
	require.Equal(t, http.StatusForbidden, bob.Post(t, "/dev/fixtures", docs, nil))
}
