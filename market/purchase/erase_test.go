package purchase_test

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/account"
	"privd/market/content"
	"privd/market/listing"
	"privd/market/purchase"
	"privd/market/seal"
	"privd/market/task"
	"privd/storage/records"
	"privd/storage/storagetest"
)

// shelf serves the blocks of another node's storage, until it is empty.
type shelf struct {
	*storagetest.Stack
	empty bool
}

func (s *shelf) Blocks(ctx context.Context, want []cid.Cid) (<-chan content.RawBlock, error) {
	out := make(chan content.RawBlock, len(want))
	defer close(out)
	for _, c := range want {
		if s.empty {
			break
		}
		data, err := s.Stack.Blocks.Read(ctx, c, nil)
		if err != nil {
			return nil, err
		}
		out <- content.RawBlock{CID: c, Data: data}
	}
	return out, nil
}

// reader is a buyer's node with one opened purchase of two files.
type reader struct {
	*purchase.Engine
	*storagetest.Stack
	shelf *shelf
	now   time.Time
	roots []cid.Cid
	texts []string
}

func newReader(t *testing.T) *reader {
	t.Helper()
	sold := &shelf{Stack: storagetest.New(t)}
	r := &reader{Stack: storagetest.New(t), shelf: sold, now: time.Unix(now, 0).UTC(), texts: []string{strings.Repeat("first ", 300_000), "second"}}
	m := &listing.Manifest{
		Format: 1, Listing: "listing_1", Seller: make([]byte, 20), SellerID: "usr_s", Title: "t", Category: "text", Tags: []string{},
		Peers: []string{"peer"}, Columns: []listing.Column{},
	}
	key := seal.Key{9}
	var bundle []byte
	for i, text := range r.texts {
		id := string(rune('a' + i))
		stored, err := sold.Vault.Store(t.Context(), id, strings.NewReader(text))
		require.NoError(t, err)
		sold.Record(t, stored.Pack)
		fileKey, err := sold.Vault.FileKey(t.Context(), id)
		require.NoError(t, err)
		hash, wrapped := fileKey.Hash(), fileKey.Wrap(key, uint32(i))
		bundle = append(bundle, wrapped[:]...)
		m.Entries = append(m.Entries, listing.Entry{
			Contribution: "contrib_" + id, Kind: "text", MIME: "text/plain", Size: stored.Object.Size, PayloadSize: stored.Object.PayloadSize,
			Root: stored.Object.Root, SHA256: make([]byte, 32), FileKeyHash: hash[:],
		})
		r.roots = append(r.roots, stored.Object.Root)
	}
	mh, err := multihash.Sum(bundle, multihash.SHA2_256, -1)
	require.NoError(t, err)
	m.KeyBundle = cid.NewCidV1(cid.Raw, mh)
	pack, err := sold.Vault.StoreBlock(t.Context(), "bundle", m.KeyBundle, bundle)
	require.NoError(t, err)
	sold.Record(t, pack)
	block, err := m.Encode()
	require.NoError(t, err)

	r.Engine = &purchase.Engine{
		Store: records.As[purchase.Tx](r.Records), Vault: r.Stack.Vault, Keyring: r.Keys, Clock: func() time.Time { return r.now },
		Source: func([]string) content.Source { return sold }, Rules: purchase.DefaultRules(),
	}
	fetched, err := r.Stack.Vault.Fetch(t.Context(), "purchase_1", append([]cid.Cid{m.KeyBundle}, r.roots...), sold, 64<<20, nil)
	require.NoError(t, err)
	require.NoError(t, r.Keys.Put(t.Context(), "purchase_1.key", key[:]))
	require.NoError(t, r.Records.Update(t.Context(), func(tx *records.Tx) error {
		if err := tx.PutUser(account.User{ID: "usr_b", Wallet: market.Address{1}}); err != nil {
			return err
		}
		if err := tx.PutPack(fetched); err != nil {
			return err
		}
		return tx.PutPurchase(purchase.Purchase{
			ID: "purchase_1", Buyer: "usr_b", Listing: "listing_1", Manifest: block, State: purchase.Opened, Stored: true, Noted: true,
			AccessToken: "at_1", AccessDays: 30, ExpiresAt: r.now.Add(30 * 24 * time.Hour),
		})
	}))
	sold.empty = true // the seller has erased it, too
	return r
}

func (r *reader) erase(t *testing.T, entry int) {
	t.Helper()
	require.NoError(t, r.Erased(t.Context(), listing.Erasure{Listing: "listing_1", Content: r.roots[entry]}))
}

// work does the task that destroys copies.
func (r *reader) work(t *testing.T) task.Next {
	t.Helper()
	require.NoError(t, r.Records.View(t.Context(), func(tx *records.Tx) error { _, err := tx.Task(task.EraseCopy, "purchase_1"); return err }))
	next, err := r.EraseCopy(t.Context(), "purchase_1")
	require.NoError(t, err)
	return next
}

func (r *reader) reads(t *testing.T, entry int) bool {
	t.Helper()
	content, _, err := r.Engine.Open(t.Context(), "purchase_1", entry)
	if err != nil {
		return false
	}
	text, err := io.ReadAll(content)
	require.NoError(t, content.Close())
	return err == nil && string(text) == r.texts[entry]
}

func (r *reader) holds(t *testing.T) (names []string) {
	t.Helper()
	for _, dir := range []string{r.Repo.Blocks(), r.Repo.Keys()} {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	return names
}

func (r *reader) download(t *testing.T) ([]int, error) {
	t.Helper()
	v, err := r.Download(t.Context(), "usr_b", "purchase_1", "at_1")
	return v.Withheld, err
}

// A file that was downloaded is handed out no more from the notice on; its copy goes
// when the URLs have run out, the other file stays.
func TestErasedAfterDownload(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	withheld, err := r.download(t)
	require.NoError(t, err)
	require.Empty(t, withheld)
	r.erase(t, 0)
	r.erase(t, 0) // again changes nothing
	withheld, err = r.download(t)
	require.NoError(t, err)
	require.Equal(t, []int{0}, withheld)

	require.Equal(t, time.Hour, r.work(t).After)
	require.True(t, r.reads(t, 0), "URLs that were given out still work")
	r.now = r.now.Add(time.Hour)
	require.True(t, r.work(t).Done)
	require.False(t, r.reads(t, 0))
	has, err := r.Stack.Blocks.Has(t.Context(), r.roots[0])
	require.NoError(t, err)
	require.False(t, has, "unlinked")
	require.True(t, r.reads(t, 1))
	report, err := r.Verify(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, report.Damages)

	// The other file goes as well: nothing is left, and the download says why.
	r.erase(t, 1)
	_, err = r.download(t)
	require.Equal(t, market.Denied, market.CodeOf(err))
	require.ErrorContains(t, err, "erased")
	r.now = r.now.Add(time.Hour)
	require.True(t, r.work(t).Done)
	require.Empty(t, r.holds(t))
}

// What was paid for and never downloaded is handed out once.
func TestErasedBeforeDownload(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	r.erase(t, 0)
	r.now = r.now.Add(10 * 24 * time.Hour)
	require.False(t, r.work(t).Done)
	require.True(t, r.reads(t, 0))
	withheld, err := r.download(t)
	require.NoError(t, err)
	require.Empty(t, withheld)
	r.work(t)
	require.True(t, r.reads(t, 0), "for as long as its URLs")
	withheld, err = r.download(t)
	require.NoError(t, err)
	require.Equal(t, []int{0}, withheld)
	r.now = r.now.Add(time.Hour)
	require.True(t, r.work(t).Done)
	require.False(t, r.reads(t, 0))
	require.True(t, r.reads(t, 1))
}

// The end of the access ends it all.
func TestErasedUntilAccessEnds(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	r.erase(t, 1)
	require.False(t, r.work(t).Done)
	r.now = r.now.Add(30 * 24 * time.Hour)
	require.True(t, r.work(t).Done)
	require.Empty(t, r.holds(t))
	// Another seller's notice of the same listing and content changes nothing.
	other := newReader(t)
	require.NoError(t, other.Erased(t.Context(), listing.Erasure{Listing: "listing_1", Content: other.roots[0], Order: seal.Order{Seller: market.Address{5}}}))
	withheld, err := other.download(t)
	require.NoError(t, err)
	require.Empty(t, withheld)
}
