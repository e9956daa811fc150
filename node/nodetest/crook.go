package nodetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/listing"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/node"
	"privd/p2p"
	"privd/p2p/p2ptest"
	"privd/storage/repo"
	"privd/storage/storagetest"
)

// Crook is a seller that a test plays by hand: a peer with a wallet whose listings,
// seals and openers may be anything.
type Crook struct {
	Key chaintest.Key // of the wallet and of the sealer
	// SealsWrong: what it seals is not the listing key. Deaf: it never hands over an
	// opener. To be set before anybody buys.
	SealsWrong, Deaf bool

	nw     *Network
	peer   *p2ptest.Node
	store  *storagetest.Stack
	market *chain.Market
	k      seal.Key

	mu    sync.Mutex
	sales map[market.Hash]seal.Sale // by purchase
}

var _ delivery.Seller = (*Crook)(nil)

// Crook joins a dishonest seller that knows one node.
func (nw *Network) Crook(t testing.TB, knows *Node) *Crook {
	t.Helper()
	network, err := node.LoadNetwork(repo.Dir(knows.Dir).Network())
	must(t, err)
	c := &Crook{nw: nw, Key: nw.Chain.Account(t), store: storagetest.New(t), k: seal.NewKey(), sales: map[market.Hash]seal.Sale{}}
	c.market = chain.NewMarket(nw.Chain.Client(t), nw.Chain.Sender(t, c.Key, &outbox.Memory{}))
	c.peer = p2ptest.Start(t, func(cfg *p2p.Config, d *p2p.Deps) {
		cfg.Topic, cfg.Bootstrap = network.Topic, knows.Addresses()
		d.Blocks, d.Seller = c.store.Blocks, c
		// It buys nothing, and must not take what the node tells it of for forged.
		d.OnAnnouncement = func(context.Context, listing.Announcement, string) error { return nil }
		d.OnWithdrawal = func(context.Context, listing.Withdrawal) error { return nil }
	})
	return c
}

// Leave ends the crook's peer; what it did on chain stays.
func (c *Crook) Leave() { c.peer.Stop() }

// Goods is what a crook puts on sale.
type Goods struct {
	ID       string
	Promised []byte // whose hash the manifest names
	Sold     []byte // what the file key opens; of the same length
	// FalseBundle: the bundle holds another file key than the promised one.
	FalseBundle bool
}

// Sell tells the network of a listing at 10 PRIV.
func (c *Crook) Sell(t testing.TB, g Goods) {
	t.Helper()
	ctx := context.Background()
	stored, err := c.store.Vault.Store(ctx, g.ID, bytes.NewReader(g.Sold))
	must(t, err)
	c.store.Record(t, stored.Pack)
	fileKey, err := c.store.Vault.FileKey(ctx, g.ID)
	must(t, err)
	wrapped := fileKey.Wrap(c.k, 0)
	if g.FalseBundle {
		wrapped[0] ^= 1
	}
	bundle := rawCID(t, wrapped[:])
	pack, err := c.store.Vault.StoreBlock(ctx, g.ID+".bundle", bundle, wrapped[:])
	must(t, err)
	c.store.Record(t, pack)
	hash, fileKeyHash, wallet := sha256.Sum256(g.Promised), fileKey.Hash(), c.Key.Address()
	now := time.Now().UnixMilli()
	manifest, err := (&listing.Manifest{
		Format: 1, Listing: g.ID, Seller: wallet[:], SellerID: "usr_crook", DisplayName: "A friend", Title: "Bargain", Description: "Cheap",
		Category: "photo", Tags: []string{}, KeyBundle: bundle, Peers: []string{c.peer.ID()}, Columns: []listing.Column{}, CreatedAt: now, UpdatedAt: now,
		Entries: []listing.Entry{{Contribution: "contrib_" + g.ID, Kind: "photo", Filename: "a.jpg", MIME: "image/jpeg", Size: stored.Object.Size,
			PayloadSize: stored.Object.PayloadSize, Root: stored.Object.Root, SHA256: hash[:], FileKeyHash: fileKeyHash[:], Commercial: true}},
	}).Encode()
	must(t, err)
	order := seal.Order{Seller: wallet, Sealer: wallet, Listing: seal.ListingHash(market.ListingID(g.ID)), Manifest: listing.Hash(manifest),
		KeyCommitment: c.k.Commitment(), Price: chaintest.PRIV(t, "10"), Version: 1, Expiry: uint64(time.Now().Add(20 * 24 * time.Hour).Unix())}
	a := listing.Announcement{Order: order, Signature: c.Key.Sign(t, c.market.Domain().Order(order)), Manifest: manifest}
	Wait(t, "somebody to tell of "+g.ID, func() bool { return c.peer.PublishAnnouncement(ctx, a) == nil })
}

func rawCID(t testing.TB, block []byte) cid.Cid {
	t.Helper()
	mh, err := multihash.Sum(block, multihash.SHA2_256, -1)
	must(t, err)
	return cid.NewCidV1(cid.Raw, mh)
}

func (c *Crook) opener(offer market.Hash) seal.Key { return seal.Opener(seal.Key{42}, offer) }

// Seal implements delivery.Seller.
func (c *Crook) Seal(ctx context.Context, r delivery.SealRequest) (out delivery.Sealed, err error) {
	domain := c.market.Domain()
	offer, key := domain.Offer(r.Order, r.Terms), c.k
	if c.SealsWrong {
		key = seal.Key{13}
	}
	sealed := seal.Seal(key, c.opener(offer), offer)
	sale := seal.Sale{Order: r.Order, OrderSignature: r.OrderSignature, Terms: r.Terms, SealedHash: sealed.Commitment(), Lock: c.opener(offer).Commitment()}
	id := domain.Purchase(domain.Deal(sale))
	if sale.SealSignature, err = c.Key.SignDigest(ctx, c.Key.Address(), id); err != nil {
		return out, err
	}
	recipient, err := age.ParseHybridRecipient(r.Recipient)
	if err != nil {
		return out, err
	}
	var text bytes.Buffer
	w, err := age.Encrypt(&text, recipient)
	if err != nil {
		return out, err
	}
	if _, err := w.Write(sealed[:]); err != nil {
		return out, err
	}
	if err := w.Close(); err != nil {
		return out, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sales[id] = sale
	return delivery.Sealed{SealedHash: sale.SealedHash, Lock: sale.Lock, SealedKey: text.Bytes(), Signature: sale.SealSignature}, nil
}

func (c *Crook) sale(id market.Hash) (seal.Sale, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, known := c.sales[id]
	return s, known
}

// Opener implements delivery.Seller.
func (c *Crook) Opener(ctx context.Context, r delivery.OpenerRequest) (seal.Key, error) {
	s, known := c.sale(r.Purchase)
	paid, err := c.market.Status(ctx, r.Purchase)
	if !known || c.Deaf || err != nil || paid.Status == deal.StatusNone {
		return seal.Key{}, &delivery.Refusal{Code: delivery.Busy, RetryAfter: time.Second}
	}
	return c.opener(c.market.Domain().Offer(s.Order, s.Terms)), nil
}

// Note implements delivery.Seller: no receipt is due to a crook.
func (c *Crook) Note(context.Context, delivery.Receipt) error {
	return &delivery.Refusal{Code: delivery.BadTerms}
}

// WaitPaid waits until one of what it sealed is paid and not ended, and returns it.
func (c *Crook) WaitPaid(t testing.TB) (id market.Hash) {
	t.Helper()
	Wait(t, "a victim", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		for known := range c.sales {
			if p, err := c.market.Status(context.Background(), known); err == nil && p.Status == deal.StatusPurchased {
				id = known
			}
		}
		return !id.IsZero()
	})
	return id
}

// Reveal publishes the opener of a purchase, and waits until that is mined.
func (c *Crook) Reveal(t testing.TB, id market.Hash) {
	t.Helper()
	s, _ := c.sale(id)
	domain := c.market.Domain()
	must(t, c.market.Reveal(context.Background(), "reveal/"+id.Hex(), domain.Deal(s), domain.Delivery(s), c.opener(domain.Offer(s.Order, s.Terms)), 0, 0))
	c.waitStatus(t, id, deal.StatusRevealed)
}

// Finalize takes the price of a revealed purchase, and waits until that is mined.
func (c *Crook) Finalize(t testing.TB, id market.Hash) {
	t.Helper()
	s, _ := c.sale(id)
	must(t, c.market.Finalize(context.Background(), "finalize/"+id.Hex(), c.market.Domain().Deal(s)))
	c.waitStatus(t, id, deal.StatusSettled)
}

func (c *Crook) waitStatus(t testing.TB, id market.Hash, want deal.Status) {
	t.Helper()
	Wait(t, "the purchase to be "+want.String(), func() bool {
		p, err := c.market.Status(context.Background(), id)
		return err == nil && p.Status == want
	})
}
