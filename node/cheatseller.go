//go:build faults

package node

import (
	"bytes"
	"context"
	"io"
	"sync"
	"time"

	"filippo.io/age"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"privd/market"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/listing"
	"privd/market/sale"
	"privd/market/seal"
	"privd/storage/records"
)

// serving puts the cheats of a seller before the desk.
func (n *Node) serving(s delivery.Seller) delivery.Seller { return crookedDesk{s, n} }

type crookedDesk struct {
	delivery.Seller
	n *Node
}

// Seal seals as the rule wants, or honestly.
func (d crookedDesk) Seal(ctx context.Context, r delivery.SealRequest) (delivery.Sealed, error) {
	switch {
	case breaks("seal-wrong-key"):
		return d.forge(ctx, r, seal.NewKey(), nil)
	case breaks("seal-wrong-hash"):
		return d.forge(ctx, r, seal.NewKey(), func(s *seal.Sale) { s.SealedHash = random() })
	case breaks("seal-wrong-lock"):
		return d.forge(ctx, r, seal.NewKey(), func(s *seal.Sale) { s.Lock = random() })
	case breaks("seal-anything"):
		key, err := d.keyOf(ctx, r.Order)
		if err != nil {
			return delivery.Sealed{}, err
		}
		return d.forge(ctx, r, key, nil)
	}
	sealed, err := d.Seller.Seal(ctx, r)
	switch {
	case breaks("seal-unsigned"):
		sealed.Signature = stranger(random())
	case breaks("seal-garbage"):
		hash := random()
		sealed.SealedKey = bytes.Repeat(hash[:], 64)
	case breaks("seal-huge"):
		sealed.SealedKey = make([]byte, 8<<20)
	case breaks("seal-slowly"):
		<-ctx.Done()
	}
	return sealed, err
}

// forge seals any key for any order, and signs it, with none of the desk's checks.
func (d crookedDesk) forge(ctx context.Context, r delivery.SealRequest, key seal.Key, change func(*seal.Sale)) (out delivery.Sealed, err error) {
	n := d.n
	recipient, err := age.ParseHybridRecipient(r.Recipient)
	if err != nil {
		return out, err
	}
	domain := n.face.Domain()
	offer := domain.Offer(r.Order, r.Terms)
	opener := seal.Opener(n.secrets.Seal, offer)
	c := seal.Seal(key, opener, offer)
	s := seal.Sale{Order: r.Order, Terms: r.Terms, SealedHash: c.Commitment(), Lock: opener.Commitment()}
	if change != nil {
		change(&s)
	}
	out.SealedHash, out.Lock = s.SealedHash, s.Lock
	if out.Signature, err = n.ring.SignDigest(ctx, n.secrets.Account, domain.Purchase(domain.Deal(s))); err != nil {
		return out, err
	}
	var file bytes.Buffer
	w, err := age.Encrypt(&file, recipient)
	if err != nil {
		return out, err
	}
	if _, err := io.Copy(w, bytes.NewReader(c[:])); err != nil {
		return out, err
	}
	if err := w.Close(); err != nil {
		return out, err
	}
	out.SealedKey = file.Bytes()
	return out, nil
}

// keyOf returns the listing key of an order that this node made, changed or not.
func (d crookedDesk) keyOf(ctx context.Context, o seal.Order) (key seal.Key, err error) {
	var l listing.Listing
	err = d.n.records.View(ctx, func(tx *records.Tx) error { l, err = tx.ListingByHash(o.Listing); return err })
	if err != nil {
		return key, err
	}
	if breaks("tell-one-key") {
		if key, known := oneKey.first(); known && key.Opens(o.KeyCommitment) {
			return key, nil
		}
	}
	raw, err := d.n.storage.Keys.Get(ctx, listing.KeyName(l.ID, o.Version))
	if err != nil {
		return key, err
	}
	return key, key.UnmarshalBinary(raw)
}

// Opener hands out k, or something else, or nothing, as the rule wants.
func (d crookedDesk) Opener(ctx context.Context, r delivery.OpenerRequest) (seal.Key, error) {
	busy := &delivery.Refusal{Code: delivery.Busy, RetryAfter: 100 * time.Millisecond}
	state, err := d.n.onChain(ctx, r.Purchase)
	if err != nil {
		return seal.Key{}, err
	}
	switch {
	case state.Status == deal.StatusNone:
		return d.Seller.Opener(ctx, r) // not read yet, or not paid: nothing to break
	case breaks("reveal-at-once"), breaks("reveal-late"):
		if head, err := d.n.face.Head(); err != nil || (breaks("reveal-late") && head.Time+600 < state.Deadline) {
			return seal.Key{}, busy
		}
		opener := seal.Opener(d.n.secrets.Seal, state.Delivery.Offer)
		if err := d.n.face.Reveal(ctx, "reveal/crooked/"+r.Purchase.Hex(), state.Deal(), state.Delivery, opener, 0, 0); err != nil {
			return seal.Key{}, err
		}
		return seal.Key{}, busy
	case breaks("answer-never"):
		return seal.Key{}, busy
	case breaks("answer-slowly"):
		<-ctx.Done()
		return seal.Key{}, busy
	case breaks("answer-too-late"), breaks("answer-anyone"):
		if head, err := d.n.face.Head(); err != nil || (breaks("answer-too-late") && head.Time <= state.Deadline-(state.Deadline-state.BoughtAt)/2) {
			return seal.Key{}, busy
		}
		return seal.Opener(d.n.secrets.Seal, state.Delivery.Offer), nil
	case breaks("hand-wrong-opener"):
		return seal.NewKey(), nil
	case breaks("invent-receipt"):
		receipt := seal.SignedReceipt{Deal: state.Deal(), OpenedAt: state.BoughtAt}
		receipt.Signature, err = d.n.ring.SignDigest(ctx, d.n.secrets.Account, d.n.face.Domain().Receipt(r.Purchase, receipt.OpenedAt))
		if err == nil {
			err = d.n.face.Settle(ctx, "settle/invented/"+r.Purchase.Hex(), []seal.SignedReceipt{receipt})
		}
		if err != nil {
			return seal.Key{}, err
		}
		return seal.Key{}, busy
	}
	return d.Seller.Opener(ctx, r)
}

// Note loses receipts where the rule wants it.
func (d crookedDesk) Note(ctx context.Context, r delivery.Receipt) error {
	if breaks("lose-receipts") {
		return nil
	}
	return d.Seller.Note(ctx, r)
}

// sellersChain keeps the seller's node from revealing in time.
func (n *Node) sellersChain(c sale.Chain) sale.Chain { return crookedSeller{c, n} }

type crookedSeller struct {
	sale.Chain
	n *Node
}

// Reveal publishes k, too late or never where the rule wants it.
func (c crookedSeller) Reveal(ctx context.Context, key string, d seal.Deal, x seal.Delivery, opener seal.Key, by, until uint64) error {
	if breaks("reveal-never") || breaks("reveal-late") {
		return nil
	}
	return c.Chain.Reveal(ctx, key, d, x, opener, by, until)
}

// telling lies in what is gossiped of listings.
func (n *Node) telling(g listing.Gossip) listing.Gossip { return crookedGossip{g, n} }

type crookedGossip struct {
	listing.Gossip
	n *Node
}

// PublishAnnouncement tells of a listing what the rule wants.
func (g crookedGossip) PublishAnnouncement(ctx context.Context, a listing.Announcement) error {
	if breaks("tell-old-price") && a.Order.Version > 1 {
		return nil
	}
	m, err := listing.DecodeManifest(a.Manifest)
	if err != nil {
		return err
	}
	switch {
	case breaks("tell-false-bundle"):
		hash := random()
		m.Entries[0].FileKeyHash = hash[:]
	case breaks("tell-false-content"):
		hash := random()
		m.Entries[0].SHA256 = hash[:]
	case breaks("tell-one-key"):
		if err := g.oneKey(ctx, &a, m); err != nil {
			return err
		}
	default:
		return g.Gossip.PublishAnnouncement(ctx, a)
	}
	if a.Manifest, err = m.Encode(); err != nil {
		return err
	}
	a.Order.Manifest = listing.Hash(a.Manifest)
	if a.Signature, err = g.n.ring.SignDigest(ctx, a.Order.Seller, g.n.face.Domain().Order(a.Order)); err != nil {
		return err
	}
	return g.Gossip.PublishAnnouncement(ctx, a)
}

// PublishWithdrawal keeps quiet where the rule wants it.
func (g crookedGossip) PublishWithdrawal(ctx context.Context, w listing.Withdrawal) error {
	if breaks("tell-old-price") {
		return nil
	}
	return g.Gossip.PublishWithdrawal(ctx, w)
}

// oneKey is the key of the first listing that was told of, and its file keys.
var oneKey keyOfAll

type keyOfAll struct {
	mu    sync.Mutex
	key   seal.Key
	known bool
}

func (k *keyOfAll) first() (seal.Key, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.key, k.known
}

// oneKey sells every listing under the key of the first.
func (g crookedGossip) oneKey(ctx context.Context, a *listing.Announcement, m *listing.Manifest) error {
	if told, again := toldBefore.Load(m.Listing); again {
		*a, *m = told.(lie).a, told.(lie).m
		return nil
	}
	var own seal.Key
	name := listing.KeyName(market.ListingID(m.Listing), a.Order.Version)
	raw, err := g.n.storage.Keys.Get(ctx, name)
	if err != nil {
		return err
	}
	if err := own.UnmarshalBinary(raw); err != nil {
		return err
	}
	oneKey.mu.Lock()
	if !oneKey.known {
		oneKey.key, oneKey.known = own, true
	}
	key := oneKey.key
	oneKey.mu.Unlock()
	block, err := g.n.storage.Vault.Block(ctx, m.KeyBundle, 1<<20)
	if err != nil {
		return err
	}
	size := len(seal.FileKey{})
	var again []byte
	for i := range m.Entries {
		wrapped := seal.FileKey(block[i*size:(i+1)*size]).Wrap(own, uint32(i)).Wrap(key, uint32(i))
		again = append(again, wrapped[:]...)
	}
	mh, err := multihash.Sum(again, multihash.SHA2_256, -1)
	if err != nil {
		return err
	}
	m.KeyBundle = cid.NewCidV1(cid.Raw, mh)
	a.Order.KeyCommitment = key.Commitment()
	pack, err := g.n.storage.Vault.StoreBlock(ctx, "one."+m.Listing, m.KeyBundle, again)
	if err != nil {
		return err
	}
	if err := g.n.storage.Keys.Put(ctx, name, key[:]); err != nil {
		return err
	}
	toldBefore.Store(m.Listing, lie{*a, *m})
	return g.n.records.Update(ctx, func(tx *records.Tx) error { return tx.PutPack(pack) })
}

// toldBefore are the listings that were told of under the one key: they are told of
// again in the same words.
var toldBefore sync.Map

type lie struct {
	a listing.Announcement
	m listing.Manifest
}
