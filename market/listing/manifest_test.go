package listing_test

import (
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"privd/market/listing"
)

func manifest(t testing.TB) *listing.Manifest {
	t.Helper()
	raw, err := cid.NewPrefixV1(cid.Raw, multihash.SHA2_256).Sum([]byte("block"))
	require.NoError(t, err)
	entry := listing.Entry{Contribution: "contrib_1", Kind: "photo", Filename: "a.jpg", MIME: "image/jpeg", Size: 100, PayloadSize: 132,
		Root: raw, SHA256: make([]byte, 32), FileKeyHash: make([]byte, 32), AI: true}
	second := entry
	second.Preview = &raw
	return &listing.Manifest{Format: 1, Listing: "listing_1", Seller: make([]byte, 20), SellerID: "usr_1", Title: "Photos", Category: "photo",
		Tags: []string{"a", "b"}, Entries: []listing.Entry{entry, second}, KeyBundle: raw, Peers: []string{"12D3KooW"}, CreatedAt: 1, UpdatedAt: 2,
		Columns: []listing.Column{{Name: "n", Type: "int"}}}
}

func TestManifestSurvivesItsBlock(t *testing.T) {
	t.Parallel()
	m := manifest(t)
	b, err := m.Encode()
	require.NoError(t, err)
	got, err := listing.DecodeManifest(b)
	require.NoError(t, err)
	require.Equal(t, m, got)
}

func TestManifestRefusesWhatIsNotOne(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*listing.Manifest){
		"format":   func(m *listing.Manifest) { m.Format = 2 },
		"seller":   func(m *listing.Manifest) { m.Seller = m.Seller[1:] },
		"entries":  func(m *listing.Manifest) { m.Entries = nil },
		"kind":     func(m *listing.Manifest) { m.Entries[0].Kind = "smell" },
		"size":     func(m *listing.Manifest) { m.Entries[0].PayloadSize = 1 << 40 },
		"category": func(m *listing.Manifest) { m.Category = "all" },
		"title":    func(m *listing.Manifest) { m.Title = "" },
	} {
		m := manifest(t)
		spoil(m)
		b, err := m.Encode()
		require.NoError(t, err, name)
		_, err = listing.DecodeManifest(b)
		require.ErrorIs(t, err, listing.ErrManifest, name)
	}
	b, err := manifest(t).Encode()
	require.NoError(t, err)
	_, err = listing.DecodeManifest(append(b, 0))
	require.ErrorIs(t, err, listing.ErrManifest)
}

func FuzzDecodeManifest(f *testing.F) {
	b, err := manifest(f).Encode()
	require.NoError(f, err)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := listing.DecodeManifest(b)
		if err != nil {
			return
		}
		again, err := m.Encode()
		require.NoError(t, err)
		require.Equal(t, b, again)
	})
}
