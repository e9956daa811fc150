package node_test

import (
	"bytes"
	"image"
	_ "image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/node/nodetest"
)

// files lists the names of what a node keeps in one folder of its repo that begin
// with a prefix.
func files(t *testing.T, n *nodetest.Node, folder, prefix string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(n.Dir, folder))
	require.NoError(t, err)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) {
			names = append(names, e.Name())
		}
	}
	return names
}

func status(t *testing.T, c *nodetest.User, listing string) string {
	t.Helper()
	var d struct{ Listing struct{ Status string } }
	c.Get(t, "/marketplace/wallet/listings/"+listing, &d)
	return d.Listing.Status
}

// TestErase plays a deletion between two nodes:
//  1. a seller sells a photo and a text to buyers on both nodes; one of them
//     downloads, the other does not yet;
//  2. deletes the photo: nobody sees it, its listing is off both nodes, its key,
//     pack, preview and the keys of its listing are gone from the disk;
//  3. who had downloaded gets the text only; who had not gets both, once;
//  4. verify finds nothing missing, and the listing sells on without the photo.
func TestErase(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 2)
	seller, away := nw.Nodes[0], nw.Nodes[1]
	alice := nw.AddUser(t, seller, "alice", "")
	bob := nw.AddUser(t, seller, "bob", "100")
	carol := nw.AddUser(t, away, "carol", "100")
	picture, words := photo(t, 41), []byte(strings.Repeat(prose, 40))
	id := alice.Contribute(t, nodetest.Form{Filename: "gone.jpg", Kind: "photo", Data: picture})
	stays := alice.Contribute(t, nodetest.Form{Filename: "stays.txt", Kind: "text", Data: words})
	listing := alice.Sell(t, "Both", "10", id, stays)
	carol.WaitListed(t, listing)

	fromBob, code := bob.Buy(t, listing)
	require.Equal(t, 200, code)
	bob.WaitOpened(t, fromBob.ID)
	items, code := bob.Download(t, fromBob)
	require.Equal(t, 200, code)
	require.Len(t, items, 2)
	fromCarol, code := carol.Buy(t, listing)
	require.Equal(t, 200, code)
	carol.WaitOpened(t, fromCarol.ID)

	require.NotEmpty(t, files(t, seller, "blocks", id))
	require.NotEmpty(t, files(t, seller, "keys", id))
	require.NotEmpty(t, files(t, seller, "keys", listing))
	_, code = carol.DeleteContribution(t, id, nil)
	require.Equal(t, 404, code, "somebody else's")
	d, code := alice.DeleteContribution(t, id, map[string]any{"reason": "enough"})
	require.Equal(t, 200, code)
	require.Equal(t, "gdpr_request", d.Type)
	require.NotEmpty(t, d.Deadline)

	require.Equal(t, 404, alice.Get(t, "/contributions/"+id, nil))
	_, code = alice.DeleteContribution(t, id, nil)
	require.Equal(t, 404, code, "twice")
	require.Equal(t, "paused", status(t, alice, listing))
	require.Equal(t, 404, bob.Get(t, "/marketplace/wallet/listings/"+listing, nil))
	nodetest.Wait(t, "the withdrawal", func() bool {
		return carol.Get(t, "/marketplace/wallet/listings/"+listing, nil) == 404
	})
	_, _, code = alice.Preview(t, id)
	require.Equal(t, 404, code)

	nodetest.Wait(t, "the erasure", func() bool { return alice.Erased(t, id) })
	require.Empty(t, files(t, seller, "blocks", id))
	require.Empty(t, files(t, seller, "keys", id))
	require.Empty(t, files(t, seller, "keys", listing))
	require.Empty(t, files(t, seller, "blocks", listing))

	items, code = bob.Download(t, fromBob)
	require.Equal(t, 200, code)
	require.Len(t, items, 1)
	require.Equal(t, "stays.txt", items[0].Filename)
	items, code = carol.Download(t, fromCarol)
	require.Equal(t, 200, code)
	require.Len(t, items, 2, "what was paid for is handed out once")
	for _, item := range items {
		data, code := nodetest.Fetch(t, item.URL)
		require.Equal(t, 200, code)
		require.True(t, bytes.Equal(map[string][]byte{"gone.jpg": picture, "stays.txt": words}[item.Filename], data), item.Filename)
	}
	nodetest.Wait(t, "the notice", func() bool {
		items, code := carol.Download(t, fromCarol)
		return code == 200 && len(items) == 1
	})

	seller.RequireSound(t)

	require.Equal(t, 200, alice.Put(t, "/marketplace/wallet/listings/"+listing, map[string]string{"status": "active"}, nil))
	carol.WaitListed(t, listing)
	again, code := alice.Upload(t, nodetest.Form{Filename: "again.jpg", Kind: "photo", Data: picture})
	require.Equal(t, 200, code)
	nodetest.Wait(t, "the review", func() bool {
		var d struct{ Contribution struct{ Status string } }
		alice.Get(t, "/contributions/"+again, &d)
		return d.Contribution.Status == "approved"
	})
	var view struct {
		Contribution struct {
			Earned float64 `json:"priv_earned"`
		}
	}
	require.Equal(t, 200, alice.Get(t, "/contributions/"+again, &view))
	require.Zero(t, view.Contribution.Earned, "a file is rewarded once")
}

// TestWithdrawConsent pauses the listings of a contribution on both nodes, and puts
// listings under the terms that are agreed to.
func TestWithdrawConsent(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 2)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	other := nw.Nodes[1].As("")
	id := alice.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 51)})
	listing := alice.Sell(t, "Photo", "1", id)
	other.WaitListed(t, listing)

	version, code := alice.Consent(t, id, map[string]bool{"consent_ai_training": false})
	require.Equal(t, 200, code)
	require.Equal(t, "1.1", version)
	nodetest.Wait(t, "the new terms", func() bool {
		var d struct {
			Listing struct {
				Status  string
				Consent struct {
					AI bool `json:"ai_training"`
				} `json:"consent_info"`
			}
		}
		return other.Get(t, "/marketplace/wallet/listings/"+listing, &d) == 200 && d.Listing.Status == "active" && !d.Listing.Consent.AI
	})
	_, code = alice.Consent(t, id, map[string]bool{})
	require.Equal(t, 400, code)

	version, code = alice.Consent(t, id, map[string]bool{"consent_commercial": false})
	require.Equal(t, 200, code)
	require.Equal(t, "1.2", version)
	require.Equal(t, "paused", status(t, alice, listing))
	nodetest.Wait(t, "the withdrawal", func() bool { return other.Get(t, "/marketplace/wallet/listings/"+listing, nil) == 404 })
	require.Equal(t, 400, alice.Put(t, "/marketplace/wallet/listings/"+listing, map[string]string{"status": "active"}, nil))
	_, code = alice.Consent(t, id, map[string]bool{"consent_commercial": true})
	require.Equal(t, 200, code)
	require.Equal(t, "paused", status(t, alice, listing), "it is not resumed by itself")
	require.Equal(t, 200, alice.Put(t, "/marketplace/wallet/listings/"+listing, map[string]string{"status": "active"}, nil))
	other.WaitListed(t, listing)
	var receipts struct {
		Receipts []struct {
			Version string `json:"consent_version"`
			AI      bool   `json:"consent_ai_training"`
		}
	}
	require.Equal(t, 200, alice.Get(t, "/contributions/"+id+"/consent", &receipts))
	require.Len(t, receipts.Receipts, 4)
	require.True(t, receipts.Receipts[0].AI)
	require.False(t, receipts.Receipts[3].AI)
}

// TestPreviews looks at what is on sale from both nodes.
func TestPreviews(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 2)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	bob := nw.AddUser(t, nw.Nodes[0], "bob", "")
	stranger := nw.Nodes[1].As("")
	picture := photo(t, 61)
	id := alice.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: picture})
	text := alice.Contribute(t, nodetest.Form{Filename: "a.txt", Kind: "text", Data: []byte(strings.Repeat(prose, 40))})

	var data []byte
	_, kind, code := alice.Preview(t, id)
	require.Equal(t, 200, code)
	require.Equal(t, "image/jpeg", kind)
	require.Empty(t, files(t, nw.Nodes[0], "blocks", id+".preview"), "what is not for sale is not stored in the open")
	_, _, code = bob.Preview(t, id)
	require.Equal(t, 404, code)
	_, _, code = stranger.Preview(t, id)
	require.Equal(t, 404, code)

	listing := alice.Sell(t, "Both", "1", id, text)
	stranger.WaitListed(t, listing)
	for _, who := range []*nodetest.Client{alice.Client, bob.Client, nw.Nodes[0].As(""), stranger} {
		data, kind, code = who.Preview(t, id)
		require.Equal(t, 200, code)
		require.Equal(t, "image/jpeg", kind)
		config, _, err := image.DecodeConfig(bytes.NewReader(data))
		require.NoError(t, err)
		require.Equal(t, 320, config.Width)
		require.False(t, bytes.Equal(data, picture))
		data, kind, code = who.Preview(t, text)
		require.Equal(t, 200, code)
		require.Equal(t, "text/plain; charset=utf-8", kind)
		require.Less(t, len(data), 700)
		require.Contains(t, string(data), "quick brown fox")
	}
	var shown struct {
		Listing struct {
			CIDs []string `json:"sample_cids"`
		}
	}
	require.Equal(t, 200, stranger.Get(t, "/marketplace/wallet/listings/"+listing, &shown))
	require.Len(t, shown.Listing.CIDs, 2)

	require.Equal(t, 200, alice.Put(t, "/marketplace/wallet/listings/"+listing, map[string]string{"status": "paused"}, nil))
	_, _, code = bob.Preview(t, id)
	require.Equal(t, 404, code)
	nodetest.Wait(t, "the withdrawal", func() bool { _, _, code := stranger.Preview(t, id); return code == 404 })
	_, _, code = alice.Preview(t, id)
	require.Equal(t, 200, code)
}

// TestHardDelete takes back what was not reviewed yet.
func TestHardDelete(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	file := nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 71)}
	for range 5 { // the review may be quicker
		id, code := alice.Upload(t, file)
		require.Equal(t, 200, code)
		d, code := alice.DeleteContribution(t, id, nil)
		require.Equal(t, 200, code)
		require.Equal(t, 404, alice.Get(t, "/contributions/"+id, nil))
		nodetest.Wait(t, "the erasure", func() bool { return alice.Erased(t, id) })
		require.Empty(t, files(t, nw.Nodes[0], "blocks", id))
		require.Empty(t, files(t, nw.Nodes[0], "keys", id))
		if d.Type == "hard" {
			_, code = alice.Upload(t, file)
			require.Equal(t, 200, code)
			return
		}
	}
	t.Fatal("the review was always quicker")
}
