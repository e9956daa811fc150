package records

import (
	"bytes"
	"fmt"
	"reflect"

	"privd/market"
	"privd/market/event"
)

// table is a row of the schema: values of one type under keys of one shape, with
// the indexes that find them otherwise.
type table[V any] struct {
	name    string
	prefix  byte
	since   int         // version of the repo that introduced it
	layout  string      // of the key, in words
	keyOf   func(V) key // nil when the value does not hold its key
	indexes []index[V]
	// events says what a change means to a user, who is told; nil when changes of the
	// row mean nothing to any. before is nil for a new row, after for a removed one.
	events func(before, after *V) []event.Event
}

// index finds rows of a table by something else than their key. Its entries are
// prefix, index key, row key (row key left out when unique), with the row key as
// value.
type index[V any] struct {
	name   string
	prefix byte
	since  int
	layout string
	unique bool
	// keysOf returns the index keys of a value; none when it is not to be found.
	keysOf func(V) []key
}

// get returns the row under k; NotFound when there is none.
func (t *table[V]) get(tx *Tx, k key) (v V, err error) {
	b, err := tx.get(t.at(k))
	if err != nil {
		return v, t.fault(err)
	}
	return v, t.fault(tx.codec.decode(b, &v))
}

// find returns the row a unique index has under k; NotFound when there is none.
func (t *table[V]) find(tx *Tx, name string, k key) (v V, err error) {
	b, err := tx.get(append(key{t.index(name).prefix}, k...))
	if err != nil {
		return v, t.fault(err)
	}
	return t.get(tx, b)
}

// has reports whether there is a row under k.
func (t *table[V]) has(tx *Tx, k key) (bool, error) {
	_, err := tx.get(t.at(k))
	if market.CodeOf(err) == market.NotFound {
		return false, nil
	}
	return err == nil, t.fault(err)
}

// put stores v, replacing the row of the same key, and brings the indexes up to
// date. Conflict when a unique index has another row's key.
func (t *table[V]) put(tx *Tx, v V) error { return t.putAt(tx, t.keyOf(v), v) }

// putAt is put for a table whose values do not hold their key.
func (t *table[V]) putAt(tx *Tx, k key, v V) error {
	b, err := tx.codec.encode(&v)
	if err != nil {
		return t.fault(err)
	}
	if t.follows() {
		old, err := t.get(tx, k)
		switch {
		case err == nil:
			err = t.changed(tx, k, &old, &v)
		case market.CodeOf(err) == market.NotFound:
			err = t.changed(tx, k, nil, &v)
		}
		if err != nil {
			return err
		}
	}
	noted(tx, t, k, &v)
	return t.fault(tx.set(t.at(k), b))
}

// remove deletes the row under k; deleting what is gone is fine.
func (t *table[V]) remove(tx *Tx, k key) error {
	if t.follows() {
		old, err := t.get(tx, k)
		if market.CodeOf(err) == market.NotFound {
			return nil
		}
		if err == nil {
			err = t.changed(tx, k, &old, nil)
		}
		if err != nil {
			return err
		}
	}
	noted(tx, t, k, nil)
	return t.fault(tx.remove(t.at(k)))
}

// follows reports whether anything follows from a change of a row.
func (t *table[V]) follows() bool { return len(t.indexes) > 0 || t.events != nil }

// changed does what follows from a change: indexes, and events for users.
func (t *table[V]) changed(tx *Tx, k key, old, new *V) error {
	if err := t.reindex(tx, k, old, new); err != nil || t.events == nil {
		return err
	}
	return t.fault(tx.tell(t.events(old, new)))
}

// reindex replaces the index entries of old by those of new; either may be nil.
func (t *table[V]) reindex(tx *Tx, k key, old, new *V) error {
	for i := range t.indexes {
		ix := &t.indexes[i]
		before, after := ix.entries(k, old), ix.entries(k, new)
		for entry := range before {
			if _, stays := after[entry]; stays {
				delete(after, entry)
				continue
			}
			if err := tx.remove(key(entry)); err != nil {
				return t.fault(err)
			}
		}
		for entry := range after {
			if err := ix.take(tx, key(entry), k); err != nil {
				return t.fault(err)
			}
		}
	}
	return nil
}

func (ix *index[V]) entries(k key, v *V) map[string]struct{} {
	if v == nil {
		return nil
	}
	out := make(map[string]struct{})
	for _, ik := range ix.keysOf(*v) {
		entry := append(key{ix.prefix}, ik...)
		if !ix.unique {
			entry = append(entry, k...)
		}
		out[string(entry)] = struct{}{}
	}
	return out
}

func (ix *index[V]) take(tx *Tx, entry, k key) error {
	if ix.unique {
		switch owner, err := tx.get(entry); {
		case err == nil && !bytes.Equal(owner, k):
			return &market.Error{Code: market.Conflict, Message: ix.name + " is taken"}
		case err != nil && market.CodeOf(err) != market.NotFound:
			return err
		}
	}
	return tx.set(entry, k)
}

// each calls fn with the rows whose keys begin with prefix, in order of key, until
// it returns false.
func (t *table[V]) each(tx *Tx, prefix key, fn func(V) bool) error {
	return t.from(tx, prefix, nil, fn)
}

// from is each beginning at the key start.
func (t *table[V]) from(tx *Tx, prefix, start key, fn func(V) bool) error {
	if start != nil {
		start = t.at(start)
	}
	err := tx.scan(t.at(prefix), start, false, func(_, b []byte) (bool, error) {
		var v V
		if err := tx.codec.decode(b, &v); err != nil {
			return false, err
		}
		return fn(v), nil
	})
	return t.fault(err)
}

// by calls fn with the rows whose keys in the named index begin with prefix, in
// order of index key, until it returns false.
func (t *table[V]) by(tx *Tx, name string, prefix key, fn func(V) bool) error {
	return t.byFrom(tx, name, prefix, nil, fn)
}

// byFrom is by beginning at the index key start.
func (t *table[V]) byFrom(tx *Tx, name string, prefix, start key, fn func(V) bool) error {
	ix := t.index(name)
	if start != nil {
		start = append(key{ix.prefix}, start...)
	}
	err := tx.scan(append(key{ix.prefix}, prefix...), start, false, func(_, k []byte) (bool, error) {
		v, err := t.get(tx, k)
		if err != nil {
			return false, err
		}
		return fn(v), nil
	})
	return t.fault(err)
}

// first returns the first row whose key in the named index begins with prefix;
// NotFound when there is none.
func (t *table[V]) first(tx *Tx, name string, prefix key) (v V, err error) {
	found := false
	err = t.by(tx, name, prefix, func(row V) bool {
		v, found = row, true
		return false
	})
	if err == nil && !found {
		err = t.fault(market.ErrNotFound)
	}
	return v, err
}

// count counts the rows, up to limit.
func (t *table[V]) count(tx *Tx, limit int) (n int, err error) {
	err = tx.scan(key{t.prefix}, nil, false, func(_, _ []byte) (bool, error) {
		n++
		return n < limit, nil
	})
	return n, err
}

// countBy counts the rows whose keys in the named index begin with prefix, up to limit.
func (t *table[V]) countBy(tx *Tx, name string, prefix key, limit int) (n int, err error) {
	err = tx.scan(append(key{t.index(name).prefix}, prefix...), nil, false, func(_, _ []byte) (bool, error) {
		n++
		return n < limit, nil
	})
	return n, err
}

// until calls fn with the rows whose index keys lie at or below last.
func (t *table[V]) until(tx *Tx, name string, last key, fn func(V) bool) error {
	ix := t.index(name)
	err := tx.scan(key{ix.prefix}, nil, false, func(entry, k []byte) (bool, error) {
		if ik := entry[1:]; bytes.Compare(ik[:min(len(ik), len(last))], last) > 0 {
			return false, nil
		}
		v, err := t.get(tx, k)
		if err != nil {
			return false, err
		}
		return fn(v), nil
	})
	return t.fault(err)
}

func (t *table[V]) index(name string) *index[V] {
	for i := range t.indexes {
		if t.indexes[i].name == name {
			return &t.indexes[i]
		}
	}
	panic("records: " + t.name + " has no index " + name)
}

func (t *table[V]) at(k key) key { return append(key{t.prefix}, k...) }

// fault names the row in an error: "user: not found".
func (t *table[V]) fault(err error) error {
	if err == nil {
		return nil
	}
	if market.CodeOf(err) == market.NotFound {
		return market.Fail(market.NotFound, t.name+" not found")
	}
	return fmt.Errorf("%s record: %w", t.name, err)
}

// row describes one line of the schema to what walks over all of them.
type row struct {
	name   string
	prefix byte
	since  int
	layout string
	value  reflect.Type
	check  func(c codec, b []byte) (any, error) // decodes a value
}

func (t *table[V]) rows() []row {
	out := []row{{t.name, t.prefix, t.since, t.layout, reflect.TypeFor[V](), func(c codec, b []byte) (any, error) {
		var v V
		err := c.decode(b, &v)
		return v, err
	}}}
	for _, ix := range t.indexes {
		out = append(out, row{name: t.name + " by " + ix.name, prefix: ix.prefix, since: ix.since, layout: ix.layout})
	}
	return out
}

// collect gathers what a walk over an index finds.
func collect[V any](walk func(*Tx, string, key, func(V) bool) error, tx *Tx, name string, prefix key) (all []V, err error) {
	err = walk(tx, name, prefix, func(v V) bool {
		all = append(all, v)
		return true
	})
	return all, err
}
