package report_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/content"
	"privd/market/deal"
	"privd/market/listing"
	"privd/market/purchase"
	"privd/market/report"
	"privd/market/seal"
	"privd/storage/records"
	"privd/storage/storagetest"
)

// court is a buyer's node, with a garbage purchase, and a node that hears of it.
type court struct {
	buyer, other *report.Service
	store        *storagetest.Stack // the other node's
	records      *records.Store
	purchase     purchase.Purchase
	told         []report.Signed
	sign         func(market.Address, market.Hash) seal.Sig
	bought       deal.Event
}

type pens map[market.Address]func(market.Hash) seal.Sig

func (p pens) SignDigest(_ context.Context, who market.Address, digest market.Hash) (seal.Sig, error) {
	return p[who](digest), nil
}

// PublishReport implements report.Gossip.
func (c *court) PublishReport(_ context.Context, s report.Signed) error {
	c.told = append(c.told, s)
	return nil
}

// shop is a source of the blocks that a seller's vault has.
type shop struct{ vault content.Vault }

// Blocks implements content.Source.
func (s shop) Blocks(ctx context.Context, want []cid.Cid) (<-chan content.RawBlock, error) {
	out := make(chan content.RawBlock, len(want))
	for _, c := range want {
		if data, err := s.vault.Block(ctx, c, 2<<20); err == nil {
			out <- content.RawBlock{CID: c, Data: data}
		}
	}
	close(out)
	return out, nil
}

var (
	promised = bytes.Repeat([]byte("good"), 100_000)
	sold     = bytes.Repeat([]byte("evil"), 100_000)
	domain   = seal.Domain{ChainID: 1}
)

const now = 1_800_000_000

// newCourt makes a purchase of content that is, or is not, what was promised.
func newCourt(t *testing.T, plain []byte) *court {
	t.Helper()
	ctx := t.Context()
	seller, other := storagetest.New(t), storagetest.New(t)
	c := &court{store: other, records: other.Records}
	keys := pens{}
	var wallets [2]market.Address
	for i := range wallets {
		key, err := crypto.GenerateKey()
		require.NoError(t, err)
		wallets[i] = crypto.PubkeyToAddress(key.PublicKey)
		keys[wallets[i]] = func(digest market.Hash) seal.Sig {
			rsv, err := crypto.Sign(digest[:], key)
			require.NoError(t, err)
			sig, err := seal.Compact(rsv)
			require.NoError(t, err)
			return sig
		}
	}
	c.sign = func(who market.Address, digest market.Hash) seal.Sig { return keys[who](digest) }
	stored, err := seller.Vault.Store(ctx, "contrib_1", bytes.NewReader(plain))
	require.NoError(t, err)
	seller.Record(t, stored.Pack)
	fileKey, err := seller.Vault.FileKey(ctx, "contrib_1")
	require.NoError(t, err)
	k := seal.Key{7}
	wrapped := fileKey.Wrap(k, 0)
	mh, err := multihash.Sum(wrapped[:], multihash.SHA2_256, -1)
	require.NoError(t, err)
	bundle := cid.NewCidV1(cid.Raw, mh)
	pack, err := seller.Vault.StoreBlock(ctx, "bundle", bundle, wrapped[:])
	require.NoError(t, err)
	seller.Record(t, pack)
	hash, fileKeyHash := sha256.Sum256(promised), fileKey.Hash()
	manifest, err := (&listing.Manifest{
		Format: 1, Listing: "lst_1", Seller: wallets[0][:], SellerID: "usr_2", Title: "T", Category: "photo", Tags: []string{}, KeyBundle: bundle,
		Peers: []string{"p"}, Columns: []listing.Column{}, Entries: []listing.Entry{{Contribution: "contrib_1", Kind: "photo", MIME: "image/jpeg",
			Size: stored.Object.Size, PayloadSize: stored.Object.PayloadSize, Root: stored.Object.Root, SHA256: hash[:], FileKeyHash: fileKeyHash[:]}},
	}).Encode()
	require.NoError(t, err)
	order := seal.Order{Seller: wallets[0], Sealer: wallets[0], Listing: seal.ListingHash("lst_1"), Manifest: listing.Hash(manifest),
		KeyCommitment: k.Commitment(), Price: market.Wei(100), Version: 1, Expiry: now + 1000}
	c.purchase = purchase.Purchase{
		ID: "pur_1", Buyer: "usr_1", Listing: "lst_1", State: purchase.Garbage, Manifest: manifest, OnChain: market.Hash{9},
		Order: order, OrderSignature: c.sign(wallets[0], domain.Order(order)),
		Sale: &seal.Sale{Terms: seal.Terms{Delegate: wallets[1]}}, Fault: &purchase.Fault{Kind: purchase.FaultContent},
	}
	c.bought = deal.Event{Kind: deal.Purchased, Block: 5, Purchase: c.purchase.OnChain, Seller: order.Seller, Listing: order.Listing, Version: 1,
		Delegate: wallets[1], Delivery: seal.Delivery{KeyCommitment: order.KeyCommitment}, Price: order.Price}
	require.NoError(t, seller.Keys.Put(ctx, "pur_1.key", k[:]))
	own := seller.Records
	for _, store := range []*records.Store{own, c.records} {
		require.NoError(t, store.Update(ctx, func(tx *records.Tx) error { return tx.PutEvent(c.bought) }))
	}
	require.NoError(t, own.Update(ctx, func(tx *records.Tx) error { return tx.PutPurchase(c.purchase) }))
	service := func(stack *storagetest.Stack, from content.Vault) *report.Service {
		return &report.Service{
			Store: records.As[report.Tx](stack.Records), Vault: stack.Vault, Keyring: stack.Keys, Signer: keys, Domain: domain, Gossip: c,
			Source: func([]string) content.Source { return shop{from} }, Clock: func() time.Time { return time.Unix(now, 0) }, Limit: 1 << 20,
		}
	}
	c.buyer, c.other = service(seller, seller.Vault), service(other, seller.Vault)
	return c
}

// give has the buyer report, and the other node hear of it.
func (c *court) give(t *testing.T) report.Signed {
	t.Helper()
	_, err := c.buyer.Give(t.Context(), "usr_1", "pur_1")
	require.NoError(t, err)
	_, err = c.buyer.Publish(t.Context(), "pur_1")
	require.NoError(t, err)
	require.Len(t, c.told, 1)
	require.NoError(t, c.other.Hear(t.Context(), c.told[0]))
	return c.told[0]
}

func (c *court) proven(t *testing.T) (found bool) {
	t.Helper()
	require.NoError(t, c.records.View(t.Context(), func(tx *records.Tx) error {
		h, err := report.ProvenAgainst(tx, c.purchase.Order.Seller)
		found = !h.IsZero()
		return err
	}))
	return found
}

// A true report is believed once it was checked, and not before; nothing of what was
// fetched to check it stays.
func TestTrueReport(t *testing.T) {
	t.Parallel()
	c := newCourt(t, sold)
	c.give(t)
	require.False(t, c.proven(t))
	require.NoError(t, c.other.Vet(t.Context(), c.purchase.Order.Seller))
	require.True(t, c.proven(t))
	tally, err := c.other.About(t.Context(), c.purchase.Order.Seller)
	require.NoError(t, err)
	require.Equal(t, report.Tally{Reports: 1, Proven: true}, tally)
	_, err = c.other.Vault.Block(t.Context(), firstRoot(t, c.purchase.Manifest), 2<<20)
	require.ErrorIs(t, err, market.ErrNotFound)
}

func firstRoot(t *testing.T, manifest []byte) cid.Cid {
	t.Helper()
	m, err := listing.DecodeManifest(manifest)
	require.NoError(t, err)
	return m.Entries[0].Root
}

// An honest seller is not found guilty by whoever bought from it.
func TestFalseReport(t *testing.T) {
	t.Parallel()
	c := newCourt(t, promised)
	said := c.give(t)
	require.NoError(t, c.other.Vet(t.Context(), c.purchase.Order.Seller))
	require.False(t, c.proven(t))
	require.ErrorIs(t, c.other.Hear(t.Context(), said), market.ErrConflict, "it was judged")
	tally, err := c.other.About(t.Context(), c.purchase.Order.Seller)
	require.NoError(t, err)
	require.Zero(t, tally)
}

// Evidence that nobody has, or that is too large, proves nothing, and does not keep
// anybody from buying for ever.
func TestNoEvidence(t *testing.T) {
	t.Parallel()
	c := newCourt(t, sold)
	c.give(t)
	c.other.Source = func([]string) content.Source { return shop{c.store.Vault} }
	for range 4 {
		require.NoError(t, c.other.Vet(t.Context(), c.purchase.Order.Seller))
	}
	require.False(t, c.proven(t))

	c = newCourt(t, sold)
	c.give(t)
	c.other.Limit = 1000
	require.NoError(t, c.other.Vet(t.Context(), c.purchase.Order.Seller))
	require.False(t, c.proven(t))
}

// What a stranger makes up is refused before it is stored, and blames who sent it.
func TestForgedReport(t *testing.T) {
	t.Parallel()
	c := newCourt(t, sold)
	good := func() report.Signed {
		_, err := c.buyer.Give(t.Context(), "usr_1", "pur_1")
		require.NoError(t, err)
		_, err = c.buyer.Publish(t.Context(), "pur_1")
		require.NoError(t, err)
		return c.told[0]
	}()
	delegate := c.purchase.Sale.Terms.Delegate
	for name, forge := range map[string]struct {
		change func(s *report.Signed)
		want   error
	}{
		"another file key":    {func(s *report.Signed) { s.FileKey[0] ^= 1 }, market.ErrInvalid},
		"another entry":       {func(s *report.Signed) { s.Entry++ }, market.ErrInvalid},
		"another price":       {func(s *report.Signed) { s.Order.Price = market.Wei(1) }, market.ErrInvalid},
		"not by the delegate": {func(s *report.Signed) { s.Signature = c.sign(s.Order.Seller, market.Hash{1}) }, market.ErrInvalid},
		"of no purchase":      {func(s *report.Signed) { s.Purchase = market.Hash{77} }, market.ErrUnavailable},
		"an order of his own": {func(s *report.Signed) {
			s.Order.Seller = delegate
			s.OrderSignature = c.sign(delegate, domain.Order(s.Order))
		}, market.ErrInvalid},
		"another listing of the seller": {func(s *report.Signed) {
			s.Order.Listing = market.Hash{3}
			s.OrderSignature = c.sign(s.Order.Seller, domain.Order(s.Order))
		}, market.ErrInvalid},
	} {
		s := good
		forge.change(&s)
		require.ErrorIs(t, c.other.Hear(t.Context(), s), forge.want, name)
	}
	require.NoError(t, c.other.Hear(t.Context(), good))
}

// Only a fault that others can check is reported, by its buyer, once.
func TestNothingToReport(t *testing.T) {
	t.Parallel()
	c := newCourt(t, sold)
	_, err := c.buyer.Give(t.Context(), "usr_2", "pur_1")
	require.ErrorIs(t, err, market.ErrNotFound)
	for _, kind := range []purchase.FaultKind{purchase.FaultKey, purchase.FaultBundle, purchase.FaultSilence, ""} {
		p := c.purchase
		p.Fault = &purchase.Fault{Kind: kind}
		if kind == "" {
			p.Fault = nil
		}
		require.NoError(t, c.buyer.Store.Update(t.Context(), func(tx report.Tx) error { return tx.(*records.Tx).PutPurchase(p) }))
		_, err := c.buyer.Give(t.Context(), "usr_1", "pur_1")
		require.ErrorIs(t, err, market.ErrConflict, kind)
	}
}

// A seller's enemies cannot fill the disk, nor the seller itself drown what is true:
// so many reports are kept, and those that proved nothing make room.
func TestReportsAreBounded(t *testing.T) {
	t.Parallel()
	c := newCourt(t, promised)
	c.give(t)
	seller := c.purchase.Order.Seller
	heard := 1
	for i := range 100 {
		e := c.bought
		e.Purchase, e.LogIndex = market.Hash{50, byte(i)}, uint64(i+1)
		require.NoError(t, c.records.Update(t.Context(), func(tx *records.Tx) error { return tx.PutEvent(e) }))
		s := c.told[0]
		s.Purchase = e.Purchase
		evidence := sha256.Sum256(append([]byte("privd/evidence/1\x00\x00\x00\x00"), s.FileKey[:]...))
		s.Signature = c.sign(e.Delegate, domain.Report(domain.Order(s.Order), s.Purchase, evidence))
		switch err := c.other.Hear(t.Context(), s); {
		case err == nil:
			heard++
		case i < 8:
			require.ErrorIs(t, err, market.ErrConflict)
			require.Equal(t, 8, heard, "so many wait to be checked")
			require.NoError(t, c.other.Vet(t.Context(), seller))
		default:
			require.NoError(t, c.other.Vet(t.Context(), seller))
		}
	}
	require.Greater(t, heard, 64)
	kept := 0
	require.NoError(t, c.records.View(t.Context(), func(tx *records.Tx) error {
		return tx.ReportsOn(seller, func(report.Report) bool { kept++; return true })
	}))
	require.LessOrEqual(t, kept, 64)
}
