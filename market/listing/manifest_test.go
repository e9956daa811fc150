package listing_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/listing"
	"privd/market/seal"
)

func root(t testing.TB, codec uint64, text string) cid.Cid {
	t.Helper()
	mh, err := multihash.Sum([]byte(text), multihash.SHA2_256, -1)
	require.NoError(t, err)
	return cid.NewCidV1(codec, mh)
}

func manifest(t testing.TB, seller market.Address) *listing.Manifest {
	t.Helper()
	return &listing.Manifest{
		Format: 1, Listing: "listing_abc", Seller: seller[:], SellerID: "usr_a", DisplayName: "Anna", Title: "Trees",
		Description: "Many trees", Category: "photo", Tags: []string{"nature"}, KeyBundle: root(t, cid.Raw, "bundle"),
		Peers: []string{"12D3KooW"}, CreatedAt: 1, UpdatedAt: 2,
		Entries: []listing.Entry{{
			Contribution: "contrib_a", Kind: "photo", Filename: "a.jpg", MIME: "image/jpeg", Size: 1000, PayloadSize: 1032,
			Root: root(t, cid.Raw, "a"), SHA256: make([]byte, 32), FileKeyHash: make([]byte, 32), Commercial: true,
		}},
	}
}

func TestManifestRoundTrip(t *testing.T) {
	m := manifest(t, market.Address{1})
	preview := root(t, cid.Raw, "preview")
	m.Entries[0].Preview = &preview
	block, err := m.Encode()
	require.NoError(t, err)
	back, err := listing.DecodeManifest(block)
	require.NoError(t, err)
	require.Equal(t, m, back)
}

// TestManifestBounds breaks one thing at a time; each is refused.
func TestManifestBounds(t *testing.T) {
	long := make([]byte, 5000)
	for i := range long {
		long[i] = 'a'
	}
	for name, spoil := range map[string]func(*listing.Manifest){
		"format":                func(m *listing.Manifest) { m.Format = 2 },
		"seller":                func(m *listing.Manifest) { m.Seller = m.Seller[:19] },
		"listing":               func(m *listing.Manifest) { m.Listing = "" },
		"title":                 func(m *listing.Manifest) { m.Title = string(long[:101]) },
		"description":           func(m *listing.Manifest) { m.Description = string(long[:2001]) },
		"category":              func(m *listing.Manifest) { m.Category = "cats" },
		"data type":             func(m *listing.Manifest) { m.Category, m.DataType = "mixed", "cats" },
		"photos of a data type": func(m *listing.Manifest) { m.DataType = "defi" },
		"tags":                  func(m *listing.Manifest) { m.Tags = make([]string, 11) },
		"tag":                   func(m *listing.Manifest) { m.Tags = []string{""} },
		"entries":               func(m *listing.Manifest) { m.Entries = nil },
		"bundle":                func(m *listing.Manifest) { m.KeyBundle = root(t, cid.DagCBOR, "x") },
		"peers":                 func(m *listing.Manifest) { m.Peers = nil },
		"times":                 func(m *listing.Manifest) { m.UpdatedAt = 0 },
		"far future":            func(m *listing.Manifest) { m.UpdatedAt = 1 << 62 },
		"kind":                  func(m *listing.Manifest) { m.Entries[0].Kind = "song" },
		"size":                  func(m *listing.Manifest) { m.Entries[0].Size = -1 },
		"payload":               func(m *listing.Manifest) { m.Entries[0].PayloadSize = 1 << 40 },
		"overflow": func(m *listing.Manifest) {
			m.Entries[0].Size, m.Entries[0].PayloadSize = 1<<62, 1<<62+16
			m.Entries = append(m.Entries, m.Entries[0]) // the sum is negative
		},
		"root":     func(m *listing.Manifest) { m.Entries[0].Root = root(t, cid.DagCBOR, "x") },
		"hash":     func(m *listing.Manifest) { m.Entries[0].SHA256 = nil },
		"filename": func(m *listing.Manifest) { m.Entries[0].Filename = string(long) },
		"utf-8":    func(m *listing.Manifest) { m.Title = "\xff" },
	} {
		m := manifest(t, market.Address{1})
		spoil(m)
		block, err := m.Encode()
		if err != nil {
			continue // not even we can make it
		}
		_, err = listing.DecodeManifest(block)
		require.ErrorIs(t, err, listing.ErrManifest, name)
	}
	_, err := listing.DecodeManifest(make([]byte, listing.MaxManifest+1))
	require.ErrorIs(t, err, listing.ErrManifest)
}

// FuzzDecodeManifest: whatever decodes is canonical, so one hash stands for it.
func FuzzDecodeManifest(f *testing.F) {
	block, err := manifest(f, market.Address{1}).Encode()
	require.NoError(f, err)
	f.Add(block)
	for range 20 {
		cut := append([]byte{}, block...)
		cut[rand.IntN(len(cut))] ^= byte(1 << rand.IntN(8))
		f.Add(cut[:rand.IntN(len(cut))])
	}
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

// TestCheckOrder takes a good order apart.
func TestCheckOrder(t *testing.T) {
	key, err := crypto.GenerateKey()
	require.NoError(t, err)
	seller := crypto.PubkeyToAddress(key.PublicKey)
	domain := seal.Domain{ChainID: 31337, Market: market.Address{7}}
	now := time.Unix(1_700_000_000, 0)
	block, err := manifest(t, seller).Encode()
	require.NoError(t, err)
	good := seal.Order{
		Seller: seller, Sealer: market.Address{9}, Listing: seal.ListingHash("listing_abc"), Manifest: listing.Hash(block),
		KeyCommitment: market.Hash{1}, Price: market.Wei(5), Version: 1, Expiry: uint64(now.Add(time.Hour).Unix()),
	}
	sign := func(o seal.Order) seal.Sig {
		digest := domain.Order(o)
		rsv, err := crypto.Sign(digest[:], key)
		require.NoError(t, err)
		sig, err := seal.Compact(rsv)
		require.NoError(t, err)
		return sig
	}
	require.NoError(t, listing.CheckOrder(domain, good, sign(good), now))
	_, err = listing.MatchManifest(good, block)
	require.NoError(t, err)

	for name, c := range map[string]struct {
		spoil func(*seal.Order)
		code  market.Code
	}{
		"price":   {func(o *seal.Order) { o.Price = market.Amount{} }, market.Invalid},
		"version": {func(o *seal.Order) { o.Version = 0 }, market.Invalid},
		"sealer":  {func(o *seal.Order) { o.Sealer = market.Address{} }, market.Invalid},
		"far":     {func(o *seal.Order) { o.Expiry += 400 * 24 * 3600 }, market.Invalid},
		"expired": {func(o *seal.Order) { o.Expiry = uint64(now.Unix()) - 1 }, market.Expired},
	} {
		o := good
		c.spoil(&o)
		require.Equal(t, c.code, market.CodeOf(listing.CheckOrder(domain, o, sign(o), now)), name)
	}
	altered := good
	altered.Price = market.Wei(4)
	require.Equal(t, market.Invalid, market.CodeOf(listing.CheckOrder(domain, altered, sign(good), now)))
	other := seal.Domain{ChainID: 1, Market: market.Address{7}}
	require.Equal(t, market.Invalid, market.CodeOf(listing.CheckOrder(other, good, sign(good), now)))

	foreign, err := manifest(t, market.Address{3}).Encode()
	require.NoError(t, err)
	stolen := good
	stolen.Manifest = listing.Hash(foreign)
	_, err = listing.MatchManifest(stolen, foreign)
	require.Equal(t, market.Invalid, market.CodeOf(err), "a manifest that names another seller")
	_, err = listing.MatchManifest(good, foreign)
	require.Equal(t, market.Invalid, market.CodeOf(err), "a manifest the order does not commit to")
}
