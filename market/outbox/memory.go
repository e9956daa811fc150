package outbox

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"privd/market"
)

// Memory is a Store that forgets with the process, for tests and one-off
// programs. The zero value is ready.
type Memory struct {
	mu  sync.Mutex
	all map[string]Transaction
}

// Add implements Store.
func (m *Memory) Add(_ context.Context, t Transaction) (Transaction, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, taken := m.all[t.Key]; taken {
		return old.clone(), false, nil
	}
	m.put(t)
	return t, true, nil
}

// Put implements Store.
func (m *Memory) Put(_ context.Context, ts ...Transaction) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range ts {
		m.put(t)
	}
	return nil
}

func (m *Memory) put(t Transaction) {
	if m.all == nil {
		m.all = make(map[string]Transaction)
	}
	m.all[t.Key] = t.clone()
}

// Get implements Store.
func (m *Memory) Get(_ context.Context, key string) (Transaction, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, found := m.all[key]
	if !found {
		return Transaction{}, &market.Error{Op: "get transaction", Code: market.NotFound, Message: key}
	}
	return t.clone(), nil
}

// Open implements Store.
func (m *Memory) Open(context.Context) ([]Transaction, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Transaction
	for _, t := range m.all {
		if !t.Closed {
			out = append(out, t.clone())
		}
	}
	slices.SortFunc(out, func(a, b Transaction) int { return cmp.Compare(a.Seq, b.Seq) })
	return out, nil
}

// Prune implements Store.
func (m *Memory) Prune(_ context.Context, before time.Time, limit int) (n int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, t := range m.all {
		if n == limit {
			break
		}
		if !t.Closed || t.Slim || !t.Ended.Before(before) {
			continue
		}
		n++
		if t.Forgettable() {
			delete(m.all, key)
		} else {
			m.all[key] = t.Slimmed()
		}
	}
	return n, nil
}

// clone keeps a stored transaction apart from its caller's. The bytes are shared:
// nobody writes into them.
func (t Transaction) clone() Transaction {
	t.Tries = slices.Clone(t.Tries)
	return t
}
