package node_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market/media/mediatest"
	"privd/node/nodetest"
)

// TestPhotosAreSoldWithoutTheirMetadata sells a photo that tells where and with what
// it was taken: the buyer gets a copy that does not, unless the seller opts in.
func TestPhotosAreSoldWithoutTheirMetadata(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	bob := nw.AddUser(t, nw.Nodes[0], "bob", "100")
	plain := photo(t, 21)
	exif := "Exif\x00\x00" + string(mediatest.Exif(binary.BigEndian, 1))
	tagged := mediatest.JPEGWith(plain, mediatest.JPEGSegment(0xE1, exif))
	id := alice.Contribute(t, nodetest.Form{Filename: "tagged.jpg", Kind: "photo", Data: tagged})

	read := func(listing string) []byte {
		bought, code := bob.Buy(t, listing)
		require.Equal(t, 200, code)
		require.Equal(t, "completed", bought.Status)
		items, code := bob.Download(t, bought)
		require.Equal(t, 200, code)
		data, code := nodetest.Fetch(t, items[0].URL)
		require.Equal(t, 200, code)
		require.Equal(t, int64(len(data)), items[0].Size)
		return data
	}
	sold := read(alice.Sell(t, "Stripped", "1", id))
	require.NotContains(t, string(sold), "Exif")
	require.True(t, bytes.Equal(plain, sold), "the picture itself is untouched")

	var made struct {
		ID string `json:"listing_id"`
	}
	require.Equal(t, 200, alice.Post(t, "/marketplace/wallet/listings", map[string]any{
		"title": "Kept", "description": "As taken", "category": "photo", "price_priv": 1, "contribution_ids": []string{id}, "keep_metadata": true,
	}, &made))
	require.Equal(t, 200, alice.Put(t, "/marketplace/wallet/listings/"+made.ID, map[string]string{"status": "pending_review"}, nil))
	alice.WaitListed(t, made.ID)
	require.True(t, bytes.Equal(tagged, read(made.ID)))
}
