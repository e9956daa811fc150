package records

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"privd/market"
	"privd/market/task"
)

// Tx is one transaction. It belongs to the goroutine that runs the function it was
// handed to, and ends with that function.
type Tx struct {
	ctx    context.Context
	txn    *badger.Txn
	codec  codec
	store  *Store          // nil where nothing is written
	tasks  []task.Task     // stored by this transaction
	told   []market.UserID // whom it journaled something for
	bytes  int             // written, or tried to be
	failed error           // the first write that failed; such a transaction must not commit
	steps  steps           // their names, in a build that dies at them
}

func (tx *Tx) get(k key) ([]byte, error) {
	item, err := tx.txn.Get(k)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, market.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read record: %w", err)
	}
	return item.ValueCopy(nil)
}

func (tx *Tx) set(k key, value []byte) error {
	// The first byte of the keys Badger keeps for itself is '!'.
	tx.bytes += len(k) + len(value)
	return tx.wrote(tx.txn.Set(k, value))
}

func (tx *Tx) remove(k key) error {
	tx.bytes += len(k)
	return tx.wrote(tx.txn.Delete(k))
}

func (tx *Tx) wrote(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, badger.ErrTxnTooBig):
		err = market.Fail(market.TooLarge, "too much to store at once")
	default:
		err = fmt.Errorf("write record: %w", err)
	}
	if tx.failed == nil {
		tx.failed = err
	}
	return err
}

// pageSize bounds how many rows are in memory at once during a scan.
const pageSize = 256

type pair struct{ key, value []byte }

// end returns the first or the last key that begins with prefix; nil when there is
// none.
func (tx *Tx) end(prefix key, last bool) (key, error) {
	o := badger.DefaultIteratorOptions
	o.Prefix, o.Reverse, o.PrefetchValues = prefix, last, false
	it := tx.txn.NewIterator(o)
	defer it.Close()
	if last {
		it.Seek(upper(prefix))
	} else {
		it.Seek(prefix)
	}
	if !it.ValidForPrefix(prefix) {
		return nil, tx.ctx.Err()
	}
	return it.Item().KeyCopy(nil), nil
}

// upper is at or above every key of a row that begins with prefix: where a reverse
// iterator begins, which goes to the largest key at or below.
func upper(prefix key) key { return append(bytes.Clone(prefix), bytes.Repeat([]byte{0xFF}, 64)...) }

// scan calls each with the pairs whose keys begin with prefix, in order, from the
// key from (or the prefix when nil) on, until it returns false. It reads in pages
// and holds no iterator while each runs: each may read and write, and Badger
// allows a transaction one iterator at a time.
func (tx *Tx) scan(prefix, from key, reverse bool, each func(k, v []byte) (bool, error)) error {
	for {
		if err := tx.ctx.Err(); err != nil {
			return err
		}
		page, next, err := tx.page(prefix, from, reverse)
		if err != nil {
			return err
		}
		for _, p := range page {
			if more, err := each(p.key, p.value); err != nil || !more {
				return err
			}
		}
		if next == nil {
			return nil
		}
		from = next
	}
}

// page reads up to pageSize pairs and where the next page begins, nil at the end.
func (tx *Tx) page(prefix, from key, reverse bool) (page []pair, next key, err error) {
	o := badger.DefaultIteratorOptions
	o.Prefix, o.Reverse, o.PrefetchSize = prefix, reverse, 16
	it := tx.txn.NewIterator(o)
	defer it.Close()
	switch {
	case from != nil:
		it.Seek(from)
	case reverse:
		it.Seek(upper(prefix))
	default:
		it.Seek(prefix)
	}
	for ; it.ValidForPrefix(prefix); it.Next() {
		item := it.Item()
		if len(page) == pageSize {
			return page, item.KeyCopy(nil), nil
		}
		value, err := item.ValueCopy(nil)
		if err != nil {
			return nil, nil, fmt.Errorf("read record: %w", err)
		}
		page = append(page, pair{item.KeyCopy(nil), value})
	}
	return page, nil, nil
}
