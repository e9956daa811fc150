package records

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"privd/market"
	"privd/market/event"
)

var _ event.Tx = (*Tx)(nil)

// tell journals events as part of the transaction that makes them happen.
func (tx *Tx) tell(all []event.Event) error {
	for _, e := range all {
		if tx.store == nil {
			return errors.New("journal: the transaction is read-only")
		}
		tx.store.seq++
		e.Seq, e.At = tx.store.seq, tx.store.clock().UTC().Truncate(time.Millisecond)
		if err := journal.put(tx, e); err != nil {
			return err
		}
		if !slices.Contains(tx.told, e.User) {
			tx.told = append(tx.told, e.User)
		}
	}
	return nil
}

// JournalOf implements event.Tx.
func (tx *Tx) JournalOf(user market.UserID, after uint64, each func(event.Event) bool) error {
	if after == math.MaxUint64 {
		return nil
	}
	return journal.byFrom(tx, "user", textKey(user), textKey(user).number(after+1), each)
}

// JournalBounds implements event.Tx.
func (tx *Tx) JournalBounds() (oldest, newest uint64, err error) {
	if oldest, err = tx.journalEnd(false); err != nil {
		return 0, 0, err
	}
	newest, err = tx.journalEnd(true)
	return oldest, newest, err
}

func (tx *Tx) journalEnd(last bool) (seq uint64, err error) {
	k, err := tx.end(key{journal.prefix}, last)
	if err != nil || k == nil {
		return 0, err
	}
	if len(k) != 1+8 {
		return 0, fmt.Errorf("journal record: key of %d bytes", len(k))
	}
	return binary.BigEndian.Uint64(k[1:]), nil
}

// TrimJournal implements event.Tx.
func (tx *Tx) TrimJournal(upTo uint64, before time.Time, limit int) (int, error) {
	_, newest, err := tx.JournalBounds()
	if err != nil || limit <= 0 {
		return 0, err
	}
	var gone []uint64
	err = journal.each(tx, nil, func(e event.Event) bool {
		if e.Seq == newest || (e.Seq > upTo && !e.At.Before(before)) {
			return false
		}
		gone = append(gone, e.Seq)
		return len(gone) < limit
	})
	for _, seq := range gone {
		err = errors.Join(err, journal.remove(tx, key(nil).number(seq)))
	}
	return len(gone), err
}
