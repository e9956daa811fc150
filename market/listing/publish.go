package listing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"privd/market"
	"privd/market/account"
	"privd/market/content"
	"privd/market/contribution"
	"privd/market/dataset"
	"privd/market/review"
	"privd/market/seal"
	"privd/market/task"
)

// The packs of a version, by what follows its key's name.
const (
	manifestPack = ".manifest"
	bundlePack   = ".bundle"
)

// Approve decides on one submitted listing, or has it wait for the operator: the
// handler of review-offer tasks.
func (s *Service) Approve(ctx context.Context, id market.ListingID) (task.Next, error) {
	defer s.changing.Lock(id)()
	var l Listing
	err := s.Store.View(ctx, func(tx Tx) (err error) { l, err = tx.Listing(id); return err })
	if errors.Is(err, market.ErrNotFound) || (err == nil && !l.undecided()) {
		return task.Done(), nil
	}
	if err != nil {
		return task.Next{}, err
	}
	before := l
	verdict := review.Approve
	if !l.Cleared {
		verdict, l.Reason = s.Policy(l)
	}
	l.UpdatedAt = s.Clock().UTC().Truncate(time.Millisecond)
	switch verdict {
	case review.Hold:
		l.HeldAt = l.UpdatedAt
		return task.Done(), s.Store.Update(ctx, func(tx Tx) error { return s.replace(tx, before, l) })
	case review.Approve:
		if err := l.move(Active, system); err != nil {
			return task.Next{}, err
		}
		err = s.publish(ctx, before, &l)
		if err == nil || market.CodeOf(err) != market.Invalid {
			return task.Done(), err
		}
		// What it sells may have changed since it was submitted.
		l, l.Reason = before, err.Error()
		l.UpdatedAt = s.Clock().UTC().Truncate(time.Millisecond)
	}
	if err := l.move(Rejected, system); err != nil {
		return task.Next{}, err
	}
	return task.Done(), s.Store.Update(ctx, func(tx Tx) error { return s.replace(tx, before, l) })
}

// KeyName names the listing key of one version in the keyring.
func KeyName(id market.ListingID, version uint64) string { return fmt.Sprintf("%s.%d", id, version) }

// publish puts the next version of a listing on sale: at once, or when the seller's
// external wallet has signed it.
func (s *Service) publish(ctx context.Context, before Listing, l *Listing) error {
	v, err := s.prepare(ctx, before, l)
	if err != nil {
		return err
	}
	if !v.owner.Managed {
		return s.await(ctx, before, l, v)
	}
	signature, err := s.Wallets.SignDigest(ctx, v.owner.Wallet, s.Domain.Order(v.order))
	if err != nil {
		return err
	}
	l.Published = published(v.order, signature, v.manifest, managedLife)
	err = s.Store.Update(ctx, func(tx Tx) error {
		return errors.Join(s.replace(tx, before, *l), v.putPacks(tx), s.offer(tx, *l))
	})
	if err == nil {
		s.Changed(l.ID)
	}
	return err
}

// prepare makes the next version of a listing: a fresh key, the bundle, the
// manifest, the order to sign. Secrets and blocks are durable before the records
// name them; a crash in between leaves nothing that was announced.
func (s *Service) prepare(ctx context.Context, before Listing, l *Listing) (v version, err error) {
	l.Version = before.Version + 1
	s.makePreviews(ctx, l.Contributions)
	goods, err := s.goods(ctx, *l)
	if err != nil {
		return v, err
	}
	key := seal.NewKey()
	bundle, bundleCID, err := goods.bundle(key)
	if err != nil {
		return v, err
	}
	v.owner = goods.owner
	if v.manifest, err = goods.manifest(*l, bundleCID, s.Peers()).Encode(); err != nil {
		return v, err
	}
	if _, err := DecodeManifest(v.manifest); err != nil {
		// No other node would take it.
		return v, &market.Error{Code: market.Invalid, Message: "the listing cannot be offered", Err: err}
	}
	v.order = seal.Order{
		Seller: l.Wallet, Sealer: s.Sealer, Listing: seal.ListingHash(l.ID), Manifest: Hash(v.manifest),
		KeyCommitment: key.Commitment(), Price: l.Price, Version: l.Version,
		Expiry: uint64(s.Clock().Add(orderLife(v.owner)).Unix()),
	}
	name := KeyName(l.ID, l.Version)
	if err := s.Keyring.Put(ctx, name, key[:]); err != nil {
		return v, err
	}
	manifest, err := s.Vault.StoreBlock(ctx, name+manifestPack, ManifestCID(v.order.Manifest), v.manifest)
	if err != nil {
		return v, err
	}
	keys, err := s.Vault.StoreBlock(ctx, name+bundlePack, bundleCID, bundle)
	v.packs = []content.Pack{manifest, keys}
	return v, err
}

// offer puts the published order in this node's own catalog and has it announced.
func (s *Service) offer(tx Tx, l Listing) error {
	if err := stillSells(tx, l); err != nil {
		return err
	}
	now := s.Clock().UTC()
	err := Accept(tx, Offer{ID: l.ID, Order: l.Published.Order, Signature: l.Published.Signature, Manifest: l.Published.Manifest, ReceivedAt: now})
	if err != nil {
		return err
	}
	return tx.PutTask(task.Task{Kind: task.Announce, Key: string(l.ID), Due: now})
}

// goods is what a listing sells.
type goods struct {
	owner account.User
	items []contribution.Contribution
	sold  []contribution.Variant
	keys  []seal.FileKey
	// dataset stands in the place of items and sold in a data listing.
	dataset *dataset.Dataset
	payable *Payable // how it is sold over x402
}

func (s *Service) goods(ctx context.Context, l Listing) (*goods, error) {
	if l.Dataset != "" {
		return s.dataGoods(ctx, l)
	}
	if len(l.Contributions) == 0 {
		return nil, market.BadField("contribution_ids", "the listing holds nothing any more")
	}
	g := &goods{}
	err := s.Store.View(ctx, func(tx Tx) (err error) {
		if g.owner, err = tx.User(l.Owner); err != nil {
			return err
		}
		g.items = g.items[:0]
		for _, id := range l.Contributions {
			c, err := sellable(tx, l.Owner, id)
			if err != nil {
				return unsellable(err)
			}
			g.items = append(g.items, c)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, c := range g.items {
		sold, err := s.goodsOf(ctx, l, c)
		if err != nil {
			return nil, err
		}
		key, err := s.Vault.FileKey(ctx, sold.ID)
		if err != nil {
			return nil, fmt.Errorf("read file key of %s: %w", sold.ID, err)
		}
		g.sold, g.keys = append(g.sold, sold), append(g.keys, key)
	}
	return g, nil
}

// bundle returns the block that holds the file keys under the listing key.
func (g *goods) bundle(key seal.Key) ([]byte, cid.Cid, error) {
	block := make([]byte, 0, len(seal.FileKey{})*len(g.keys))
	for i, fileKey := range g.keys {
		wrapped := fileKey.Wrap(key, uint32(i))
		block = append(block, wrapped[:]...)
	}
	mh, err := multihash.Sum(block, multihash.SHA2_256, -1)
	return block, cid.NewCidV1(cid.Raw, mh), err
}

func (g *goods) manifest(l Listing, bundle cid.Cid, peers []string) *Manifest {
	m := &Manifest{
		Format: 1, Listing: string(l.ID), Seller: l.Wallet[:], SellerID: string(g.owner.ID),
		DisplayName: g.owner.DisplayName, MemberSince: g.owner.CreatedAt.UnixMilli(),
		Title: l.Title, Description: l.Description, Category: string(l.Category), Tags: append([]string{}, l.Tags...),
		KeyBundle: bundle, Peers: peers,
		CreatedAt: l.CreatedAt.UnixMilli(), UpdatedAt: l.UpdatedAt.UnixMilli(), Columns: []Column{},
	}
	if g.dataset != nil {
		g.describeData(m)
	}
	for i, c := range g.items {
		sold, hash := g.sold[i], g.keys[i].Hash()
		m.Entries = append(m.Entries, Entry{
			Contribution: string(c.ID), Kind: string(c.Kind), Filename: c.Filename, MIME: c.MIME,
			Size: sold.Object.Size, PayloadSize: sold.Object.PayloadSize, Root: sold.Object.Root,
			SHA256: sold.FileHash[:], FileKeyHash: hash[:],
			AI: c.Consent.AI, Research: c.Consent.Research, Commercial: c.Consent.Commercial, Preview: c.Preview,
		})
	}
	return m
}

// withdraw takes what is on sale off the catalogs, and does in the same transaction
// what else goes with it.
func (s *Service) withdraw(ctx context.Context, before Listing, l *Listing, also ...func(Tx) error) error {
	w := before.Published.Withdrawal()
	var err error
	w.Signature, err = s.Wallets.SignDigest(ctx, s.Sealer, s.Domain.Withdrawn(w.Seller, w.Listing, w.Version))
	if err != nil {
		return err
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		if err := s.replace(tx, before, *l); err != nil {
			return err
		}
		if _, err := Retract(tx, w); err != nil && market.CodeOf(err) != market.Conflict {
			return err
		}
		for _, do := range also {
			if err := do(tx); err != nil {
				return err
			}
		}
		return tx.PutTask(task.Task{Kind: task.Announce, Key: string(l.ID), Due: s.Clock().UTC()})
	})
	if err == nil {
		s.Changed(l.ID)
	}
	return err
}

func (s *Service) owner(ctx context.Context, l Listing) (u account.User, err error) {
	err = s.Store.View(ctx, func(tx Tx) error { u, err = tx.User(l.Owner); return err })
	return u, err
}
