package gallery_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/account"
	"privd/market/content"
	"privd/market/contribution"
	"privd/market/gallery"
	"privd/market/listing"
	"privd/market/media"
	"privd/market/media/mediatest"
	"privd/market/preview"
	"privd/market/review"
	"privd/market/seal"
	"privd/storage/records"
	"privd/storage/storagetest"
)

// peers serve the previews they were given, once asked.
type peers struct {
	mu     sync.Mutex
	blocks map[cid.Cid][]byte
	asked  atomic.Int32
	hold   chan struct{} // nil, or closed to let answers out
}

func (p *peers) Blocks(ctx context.Context, want []cid.Cid) (<-chan content.RawBlock, error) {
	p.asked.Add(1)
	if p.hold != nil {
		select {
		case <-p.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make(chan content.RawBlock, len(want))
	defer close(out)
	for _, c := range want {
		if data, ok := p.blocks[c]; ok {
			out <- content.RawBlock{CID: c, Data: data}
		}
	}
	return out, nil
}

// hall is a gallery on real storage.
type hall struct {
	*gallery.Gallery
	*storagetest.Stack
	peers *peers
	now   time.Time
}

func newHall(t *testing.T) *hall {
	t.Helper()
	scorer, err := review.NewScorer(review.DefaultConfig())
	require.NoError(t, err)
	h := &hall{Stack: storagetest.New(t), peers: &peers{blocks: map[cid.Cid][]byte{}}, now: time.Unix(1_800_000_000, 0)}
	h.Gallery = &gallery.Gallery{
		Store: records.As[gallery.Tx](h.Records), Vault: h.Stack.Vault, Maker: &preview.Maker{Scorer: scorer},
		Source: func([]string) content.Source { return h.peers }, Clock: func() time.Time { return h.now },
	}
	return h
}

var picture = mediatest.JPEG(mediatest.Picture(1, 64, 64), 80)

func raw(t *testing.T, data []byte) cid.Cid {
	t.Helper()
	mh, err := multihash.Sum(data, multihash.SHA2_256, -1)
	require.NoError(t, err)
	return cid.NewCidV1(cid.Raw, mh)
}

// offer puts a listing of a seller on sale that shows a preview of a contribution.
func (h *hall) offer(t *testing.T, id market.ListingID, seller byte, contribution string, shown []byte, received time.Time) cid.Cid {
	t.Helper()
	name := raw(t, shown)
	m := &listing.Manifest{
		Format: 1, Listing: string(id), Seller: append([]byte{seller}, make([]byte, 19)...), SellerID: "usr_s", Title: "t", Category: "photo", Tags: []string{},
		Peers: []string{"peer"}, Columns: []listing.Column{}, KeyBundle: raw(t, []byte("bundle")),
		Entries: []listing.Entry{{Contribution: contribution, Kind: "photo", MIME: media.JPEG, Size: 10, PayloadSize: 26, Root: raw(t, []byte("root")),
			SHA256: make([]byte, 32), FileKeyHash: make([]byte, 32), Preview: &name}},
	}
	block, err := m.Encode()
	require.NoError(t, err)
	require.NoError(t, h.Records.Update(t.Context(), func(tx *records.Tx) error {
		return tx.PutOffer(listing.Offer{ID: id, Manifest: block, ReceivedAt: received,
			Order: seal.Order{Seller: market.Address{seller}, Listing: seal.ListingHash(id), Expiry: uint64(h.now.Unix()) + 1000}})
	}))
	return name
}

func codeOf(err error) market.Code { return market.CodeOf(err) }

// A preview from elsewhere is fetched once, checked, and kept for a while.
func TestForeign(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	name := h.offer(t, "listing_1", 1, "contrib_far", picture, h.now)
	_, err := h.Preview(t.Context(), "", "contrib_none", "")
	require.Equal(t, market.NotFound, codeOf(err))
	_, err = h.Preview(t.Context(), "", "contrib_far", "")
	require.Equal(t, market.Unavailable, codeOf(err), "nobody has it")
	_, err = h.Preview(t.Context(), "", "contrib_far", "")
	require.Equal(t, market.Unavailable, codeOf(err))
	require.EqualValues(t, 1, h.peers.asked.Load(), "not asked for again so soon")
	h.peers.blocks[name] = picture
	h.now = h.now.Add(time.Minute)
	for range 3 {
		p, err := h.Preview(t.Context(), "", "contrib_far", "listing_1")
		require.NoError(t, err)
		require.Equal(t, preview.Preview{Type: media.JPEG, Data: picture}, p)
	}
	require.EqualValues(t, 2, h.peers.asked.Load())
	_, err = h.Preview(t.Context(), "", "contrib_far", "listing_2")
	require.Equal(t, market.NotFound, codeOf(err))
	h.now = h.now.Add(time.Hour)
	_, err = h.Preview(t.Context(), "", "contrib_far", "")
	require.Equal(t, market.NotFound, codeOf(err), "the order has run out")
}

// What a stranger serves is shown only if it is a preview of its kind.
func TestHostile(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	for i, data := range [][]byte{
		[]byte("<html><script>"), []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>`), []byte(strings.Repeat("x", preview.MaxSize+1)), []byte("\xff\xd8\xff cut"),
	} {
		id := market.ContributionID("contrib_" + string(rune('a'+i)))
		name := h.offer(t, market.ListingID("listing_"+string(rune('a'+i))), 1, string(id), data, h.now)
		h.peers.blocks[name] = data
		_, err := h.Preview(t.Context(), "", id, "")
		require.Equal(t, market.NotFound, codeOf(err), "%.20q", data)
	}
	name := h.offer(t, "listing_z", 1, "contrib_z", picture, h.now)
	h.peers.blocks[name] = []byte("other bytes under the name of the picture")
	_, err := h.Preview(t.Context(), "", "contrib_z", "")
	require.Equal(t, market.NotFound, codeOf(err))
}

// Ids are claims: a contribution of this node is shown as its owner sells it, one
// from elsewhere as who named it first.
func TestClaims(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	other := mediatest.JPEG(mediatest.Picture(2, 64, 64), 80)
	first := h.offer(t, "listing_1", 1, "contrib_far", picture, h.now)
	h.peers.blocks[first] = picture
	later := h.offer(t, "listing_0", 2, "contrib_far", other, h.now.Add(time.Second))
	h.peers.blocks[later] = other
	p, err := h.Preview(t.Context(), "", "contrib_far", "")
	require.NoError(t, err)
	require.Equal(t, picture, p.Data)
	p, err = h.Preview(t.Context(), "", "contrib_far", "listing_0")
	require.NoError(t, err)
	require.Equal(t, other, p.Data, "in the listing that was asked for")

	require.NoError(t, h.Records.Update(t.Context(), func(tx *records.Tx) error {
		return errors.Join(tx.PutUser(account.User{ID: "usr_own", Wallet: market.Address{9}}),
			tx.PutContribution(contribution.Contribution{ID: "contrib_own", User: "usr_own", Kind: media.Photo}))
	}))
	thief := h.offer(t, "listing_3", 2, "contrib_own", other, h.now)
	h.peers.blocks[thief] = other
	_, err = h.Preview(t.Context(), "", "contrib_own", "")
	require.Equal(t, market.NotFound, codeOf(err), "its owner does not sell it")
}

// Many who ask for one preview make one fetch; who gives up leaves the others alone.
func TestTogether(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.peers.hold = make(chan struct{})
	name := h.offer(t, "listing_1", 1, "contrib_far", picture, h.now)
	h.peers.blocks[name] = picture
	var all sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	all.Go(func() {
		if _, err := h.Preview(ctx, "", "contrib_far", ""); err == nil {
			t.Error("it was not to have it")
		}
	})
	require.Eventually(t, func() bool { return h.peers.asked.Load() == 1 }, 10*time.Second, time.Millisecond)
	for range 20 {
		all.Go(func() {
			p, err := h.Preview(context.Background(), "", "contrib_far", "")
			if err != nil || len(p.Data) != len(picture) {
				t.Error(err)
			}
		})
	}
	cancel()
	require.Eventually(t, func() bool { return h.peers.asked.Load() == 2 }, 10*time.Second, time.Millisecond)
	close(h.peers.hold)
	all.Wait()
	require.EqualValues(t, 2, h.peers.asked.Load())
}

// A listing that names another's preview and peers that do not have it is in nobody's
// way, and slow peers are not in the way of owners.
func TestInTheWay(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	name := h.offer(t, "listing_1", 1, "contrib_far", picture, h.now)
	h.offer(t, "listing_2", 2, "contrib_bad", picture, h.now)
	_, err := h.Preview(t.Context(), "", "contrib_bad", "")
	require.Equal(t, market.Unavailable, codeOf(err))
	h.peers.blocks[name] = picture
	_, err = h.Preview(t.Context(), "", "contrib_far", "")
	require.NoError(t, err)

	h.peers.hold = make(chan struct{})
	var slow sync.WaitGroup
	for i := range 8 {
		id := "contrib_" + string(rune('a'+i))
		h.offer(t, market.ListingID("listing_"+id), 2, id, []byte(id), h.now)
		slow.Go(func() { _, _ = h.Preview(t.Context(), "", market.ContributionID(id), "") })
	}
	require.Eventually(t, func() bool { return h.peers.asked.Load() == 2+4 }, 10*time.Second, time.Millisecond)
	stored, err := h.Stack.Vault.Store(t.Context(), "contrib_1", strings.NewReader(strings.Repeat("Some words of a text. ", 100)))
	require.NoError(t, err)
	h.Record(t, stored.Pack)
	require.NoError(t, h.Records.Update(t.Context(), func(tx *records.Tx) error {
		return tx.PutContribution(contribution.Contribution{ID: "contrib_1", User: "usr_own", Kind: media.Text, MIME: media.Plain, Object: stored.Object})
	}))
	_, err = h.Preview(t.Context(), "usr_own", "contrib_1", "")
	require.NoError(t, err)
	require.EqualValues(t, 2+4, h.peers.asked.Load(), "the slow ones are still on their way")
	close(h.peers.hold)
	slow.Wait()
}

// An owner sees what was never listed, made for once and stored nowhere.
func TestOwn(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	text := strings.Repeat("Some words of a text. ", 100)
	stored, err := h.Stack.Vault.Store(t.Context(), "contrib_1", strings.NewReader(text))
	require.NoError(t, err)
	h.Record(t, stored.Pack)
	require.NoError(t, h.Records.Update(t.Context(), func(tx *records.Tx) error {
		return errors.Join(tx.PutUser(account.User{ID: "usr_own", Wallet: market.Address{9}}),
			tx.PutContribution(contribution.Contribution{ID: "contrib_1", User: "usr_own", Kind: media.Text, MIME: media.Plain, Object: stored.Object}))
	}))
	p, err := h.Preview(t.Context(), "usr_own", "contrib_1", "")
	require.NoError(t, err)
	require.Contains(t, string(p.Data), "Some words")
	has, err := h.Stack.Blocks.Has(t.Context(), raw(t, p.Data))
	require.NoError(t, err)
	require.False(t, has)
	for _, stranger := range []market.UserID{"", "usr_other"} {
		_, err = h.Preview(t.Context(), stranger, "contrib_1", "")
		require.Equal(t, market.NotFound, codeOf(err))
	}
}
