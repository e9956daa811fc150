package purchase

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ipfs/go-cid"

	"privd/market"
	"privd/market/content"
	"privd/market/listing"
	"privd/market/seal"
)

// inspect finds out whether the listing key opens what was promised: the bundle, and
// every file that is here. It returns the first fault; nil is none.
func (e *Engine) inspect(ctx context.Context, s *situation, key seal.Key) (*Fault, error) {
	if err := e.haveBundle(ctx, s); err != nil {
		return nil, err
	}
	keys, err := openBundle(ctx, e.Vault, s.m, key)
	var lie *bundleError
	if errors.As(err, &lie) {
		return &Fault{Kind: FaultBundle, Entry: lie.entry}, nil
	}
	if err != nil || !e.small(s.m) {
		return nil, err
	}
	return e.inspectWhole(ctx, s, keys)
}

// inspectWhole checks the files that were here before the payment. What is gone since
// then is fetched again; if it cannot be had the key counts, as for what is too large.
func (e *Engine) inspectWhole(ctx context.Context, s *situation, keys []seal.FileKey) (*Fault, error) {
	for again := true; ; again = false {
		if !s.p.Stored {
			if err := e.fetchRest(ctx, s); market.CodeOf(err) == market.Unavailable {
				return nil, nil
			} else if err != nil {
				return nil, err
			}
		}
		if s.p.Fault != nil {
			return s.p.Fault, nil
		}
		fault, err := e.inspectFiles(ctx, s.m, keys)
		if again && errors.Is(err, market.ErrNotFound) {
			s.p.Stored = false
			continue
		}
		s.p.Checked = err == nil && fault == nil
		return fault, err
	}
}

// inspectFiles decrypts every file and compares it with its promised hash.
func (e *Engine) inspectFiles(ctx context.Context, m *listing.Manifest, keys []seal.FileKey) (*Fault, error) {
	for i, entry := range m.Entries {
		err := content.Check(ctx, e.Vault, object(entry), keys[i], [32]byte(entry.SHA256))
		if errors.Is(err, content.ErrFalse) {
			return &Fault{Kind: FaultContent, Entry: i}, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func object(entry listing.Entry) content.Object {
	return content.Object{Root: entry.Root, PayloadSize: entry.PayloadSize, Size: entry.Size}
}

// inspectLate checks what came only after the key and the receipt. A fault is noted;
// the purchase stays opened, with what is good of it.
func (e *Engine) inspectLate(ctx context.Context, s *situation) error {
	key, err := e.key(ctx, s.p)
	if err != nil {
		return err
	}
	keys, err := openBundle(ctx, e.Vault, s.m, key)
	if err != nil {
		return err
	}
	fault, err := e.inspectFiles(ctx, s.m, keys)
	if errors.Is(err, market.ErrNotFound) && len(s.p.Gone) > 0 {
		// Its owner had a file erased, and this node obeyed.
		err = nil
	}
	if err != nil {
		return err
	}
	s.p.Checked = true
	if fault != nil {
		fault.Found = e.Clock().UTC().Truncate(time.Millisecond)
		s.p.Fault = fault
		s.p.note(fault.Found, fault.String(), market.Hash{})
	}
	return e.save(ctx, s)
}

// haveBundle gets the key bundle again where it is gone.
func (e *Engine) haveBundle(ctx context.Context, s *situation) error {
	limit := bundleSize(s.m)
	_, err := e.Vault.Block(ctx, s.m.KeyBundle, limit)
	if !errors.Is(err, market.ErrNotFound) {
		return nil // what else is wrong with it shows when it is opened
	}
	pack, err := e.Vault.Fetch(ctx, string(s.p.ID), []cid.Cid{s.m.KeyBundle}, e.Source(s.m.Peers), limit, func(int64) {})
	if err != nil {
		return err
	}
	return e.Store.Update(ctx, func(tx Tx) error { return tx.PutPack(pack) })
}

// bundleFits reports whether the key bundle in a pack can hold the keys of its
// manifest, as far as that shows before it is opened.
func bundleFits(pack content.Pack, m *listing.Manifest) bool {
	return !slices.ContainsFunc(pack.Blocks, func(b content.Block) bool {
		return bytes.Equal(b.Multihash, m.KeyBundle.Hash()) && int64(b.Length) != bundleSize(m)
	})
}

func bundleSize(m *listing.Manifest) int64 { return int64(len(seal.FileKey{})) * int64(len(m.Entries)) }

// blocks is the part of a vault that has single blocks.
type blocks interface {
	Block(ctx context.Context, c cid.Cid, limit int64) ([]byte, error)
}

// bundle returns the bytes of a key bundle of the right size.
func bundle(ctx context.Context, vault blocks, m *listing.Manifest) ([]byte, error) {
	block, err := vault.Block(ctx, m.KeyBundle, bundleSize(m))
	if market.CodeOf(err) == market.TooLarge || (err == nil && int64(len(block)) != bundleSize(m)) {
		return nil, &bundleError{}
	}
	return block, err
}

// openBundle returns the file keys a listing key opens, each checked against the
// hash in the manifest.
func openBundle(ctx context.Context, vault blocks, m *listing.Manifest, key seal.Key) ([]seal.FileKey, error) {
	block, err := bundle(ctx, vault, m)
	if err != nil {
		return nil, err
	}
	keys := make([]seal.FileKey, len(m.Entries))
	for i := range keys {
		size := len(keys[i])
		keys[i] = seal.FileKey(block[i*size:(i+1)*size]).Wrap(key, uint32(i))
		if keys[i].Hash() != market.Hash(m.Entries[i].FileKeyHash) {
			return nil, &bundleError{i}
		}
	}
	return keys, nil
}

// FileKeys returns the keys of the files of a purchase that has its key, each checked
// against the hash in the manifest; NotFound when the key is gone.
func FileKeys(ctx context.Context, vault blocks, keyring content.Keyring, p Purchase, m *listing.Manifest) ([]seal.FileKey, error) {
	raw, err := keyring.Get(ctx, keyName(p))
	if err != nil {
		return nil, err
	}
	var key seal.Key
	if err := key.UnmarshalBinary(raw); err != nil {
		return nil, err
	}
	return openBundle(ctx, vault, m, key)
}

// bundleError says that the key is right but what it opens is not what was promised,
// from an entry on.
type bundleError struct{ entry int }

// errBundle is what every bundleError is.
var errBundle = market.Fail(market.Unavailable, "the seller's key bundle does not hold the promised keys")

func (b *bundleError) Error() string { return errBundle.Message }
func (b *bundleError) Unwrap() error { return errBundle }
