package vault

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"filippo.io/age"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"

	"privd/market"
	"privd/market/content"
	"privd/market/seal"
	"privd/storage/blocks"
	"privd/storage/keys"
	"privd/storage/records"
)

// Options are what a vault works with. All fields are required.
type Options struct {
	Blocks   *blocks.Store
	Keys     *keys.Ring
	Records  *records.Store
	Identity *age.HybridIdentity // whom contents are encrypted to
}

// Vault implements content.Vault. It is safe for concurrent use.
type Vault struct {
	blocks    *blocks.Store
	keys      *keys.Ring
	records   *records.Store
	recipient *age.HybridRecipient
	plain     pool // buffers for plaintext
	leaves    pool // buffers for leaves

	mu       sync.Mutex
	fetching map[string]bool // ids of running fetches
}

var _ content.Vault = (*Vault)(nil)

// New returns a vault.
func New(o Options) *Vault {
	return &Vault{
		blocks: o.Blocks, keys: o.Keys, records: o.Records, recipient: o.Identity.Recipient(),
		plain: newPool(plainSize), leaves: newPool(LeafSize), fetching: make(map[string]bool),
	}
}

// StoreBlock implements content.Vault. The same block under the same id may be
// stored again; another block replaces one that was never recorded, and is a
// Conflict with one that was.
func (v *Vault) StoreBlock(ctx context.Context, id string, c cid.Cid, data []byte) (content.Pack, error) {
	if err := verify(c, data); err != nil {
		return content.Pack{}, fmt.Errorf("store block %s: %w", c, err)
	}
	recorded, err := v.recorded(ctx, id)
	if err != nil {
		return content.Pack{}, fmt.Errorf("store block %s: %w", c, err)
	}
	if recorded != nil {
		if len(recorded.Blocks) == 1 && string(recorded.Blocks[0].Multihash) == string(c.Hash()) {
			return *recorded, nil
		}
		return content.Pack{}, market.Fail(market.Conflict, "a pack "+id+" exists already")
	}
	w, err := v.blocks.Create(id, 1)
	if errors.Is(err, market.ErrConflict) {
		if err := v.blocks.Unlink(id); err != nil {
			return content.Pack{}, err
		}
		w, err = v.blocks.Create(id, 1)
	}
	if err != nil {
		return content.Pack{}, fmt.Errorf("store block %s: %w", c, err)
	}
	if err := w.Append(c, data); err != nil {
		return content.Pack{}, errors.Join(fmt.Errorf("store block %s: %w", c, err), w.Abort())
	}
	return w.Commit([]cid.Cid{c})
}

// recorded returns the recorded pack of that id, nil when there is none.
func (v *Vault) recorded(ctx context.Context, id string) (pack *content.Pack, err error) {
	err = v.records.View(ctx, func(tx *records.Tx) error {
		p, err := tx.Pack(id)
		if errors.Is(err, market.ErrNotFound) {
			return nil
		}
		pack = &p
		return err
	})
	return pack, err
}

// FileKey implements content.Vault.
func (v *Vault) FileKey(ctx context.Context, id string) (seal.FileKey, error) {
	return v.keys.FileKey(ctx, id)
}

// Block implements content.Vault. NotFound when the block is not here, TooLarge
// when it exceeds limit.
func (v *Vault) Block(ctx context.Context, c cid.Cid, limit int64) ([]byte, error) {
	size, err := v.blocks.GetSize(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("read block %s: %w", c, absent(err))
	}
	if int64(size) > limit {
		return nil, market.Fail(market.TooLarge, fmt.Sprintf("block %s has %d bytes, more than %d", c, size, limit))
	}
	data, err := v.blocks.Read(ctx, c, nil)
	if err != nil {
		return nil, fmt.Errorf("read block %s: %w", c, absent(err))
	}
	return data, nil
}

// absent gives the missing block of IPFS the code NotFound.
func absent(err error) error {
	if ipld.IsNotFound(err) {
		return &market.Error{Code: market.NotFound, Message: "block is not here", Err: err}
	}
	return err
}

// Discard implements content.Vault. Conflict when the pack is recorded. Discarding
// what is gone is fine.
func (v *Vault) Discard(id string) error {
	ctx := context.Background() // what is litter stays litter when the caller gives up
	recorded, err := v.recorded(ctx, id)
	if err != nil {
		return fmt.Errorf("discard %s: %w", id, err)
	}
	if recorded != nil {
		return market.Fail(market.Conflict, "pack "+id+" is in use")
	}
	return errors.Join(v.keys.Destroy(ctx, id), v.blocks.Unlink(id))
}

// Erase destroys the key of a content, then forgets and unlinks its pack. From the
// moment the key is gone no copy anywhere can be opened. Erasing what is gone is
// fine, so that an erasure that was cut off is finished by repeating it.
func (v *Vault) Erase(ctx context.Context, id string) error {
	if err := v.keys.Destroy(ctx, id); err != nil {
		return fmt.Errorf("erase %s: %w", id, err)
	}
	if err := v.blocks.Remove(ctx, id); err != nil {
		return fmt.Errorf("erase %s: %w", id, err)
	}
	return nil
}
