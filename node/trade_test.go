package node_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/node/nodetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, chaintest.Leaks()...)
}

// photo makes a picture that no other seed makes.
func photo(t testing.TB, seed uint64) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for range 60 {
		c := color.RGBA{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32()), 255}
		x, y, w, h := r.IntN(600), r.IntN(440), 10+r.IntN(200), 10+r.IntN(160)
		for i := x; i < min(x+w, 640); i++ {
			for j := y; j < min(y+h, 480); j++ {
				img.Set(i, j, c)
			}
		}
	}
	var out bytes.Buffer
	require.NoError(t, jpeg.Encode(&out, img, nil))
	return out.Bytes()
}

const prose = "The quick brown fox jumps over the lazy dog, and a seller on one node writes a text that a buyer on another node pays to read. "

// TestTrade plays the whole story between two nodes:
//  1. a seller on the first uploads photos and a text, which review themselves;
//  2. lists them; the buyer on the second sees the listing;
//  3. buys it and reads the originals;
//  4. on chain the buyer paid the price, the seller has 95 % and the treasury 5 %.
func TestTrade(t *testing.T) {
	nw := nodetest.Start(t, 2)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	carol := nw.AddUser(t, nw.Nodes[1], "carol", "1000")

	files := map[string][]byte{"one.jpg": photo(t, 1), "two.jpg": photo(t, 2), "words.txt": []byte(strings.Repeat(prose, 40))}
	var ids []string
	for _, name := range []string{"one.jpg", "two.jpg", "words.txt"} {
		kind := "photo"
		if name == "words.txt" {
			kind = "text"
		}
		ids = append(ids, alice.Contribute(t, nodetest.Form{Filename: name, Kind: kind, Data: files[name]}))
	}
	listing := alice.Sell(t, "Nature", "25.5", ids...)
	carol.WaitListed(t, listing)

	bought, code := carol.Buy(t, listing)
	require.Equal(t, 200, code)
	require.Equal(t, "completed", bought.Status)
	require.Equal(t, json.Number("25.5"), bought.Paid)

	items, code := carol.Download(t, bought)
	require.Equal(t, 200, code)
	require.Len(t, items, 3)
	for _, item := range items {
		data, code := nodetest.Fetch(t, item.URL)
		require.Equal(t, 200, code)
		require.True(t, bytes.Equal(files[item.Filename], data), item.Filename)
	}

	client := nw.Chain.Client(t)
	face := chain.NewMarket(client, nil)
	nodetest.Wait(t, "settlement", func() bool {
		income, err := face.Income(context.Background(), alice.Wallet)
		require.NoError(t, err)
		return income == chaintest.PRIV(t, "24.225")
	})
	treasury, err := face.Income(context.Background(), nw.Chain.Operator.Address())
	require.NoError(t, err)
	require.Equal(t, chaintest.PRIV(t, "1.275"), treasury)
	left, err := client.PRIV().Balance(context.Background(), carol.Wallet)
	require.NoError(t, err)
	require.Equal(t, chaintest.PRIV(t, "974.5"), left)

	requireNoPlaintext(t, nw, prose)
}

// requireNoPlaintext looks for words of a text in every file of every node.
func requireNoPlaintext(t *testing.T, nw *nodetest.Network, words string) {
	t.Helper()
	for _, n := range nw.Nodes {
		err := walkFiles(n.Dir, func(path string) error {
			raw, err := os.ReadFile(path)
			require.NotContains(t, string(raw), words, path)
			return err
		})
		require.NoError(t, err)
	}
}
