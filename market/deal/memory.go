package deal

import (
	"context"
	"slices"
	"sync"

	"privd/market"
)

// Memory is a Store that keeps the events themselves and forgets with the
// process, for tests and one-off programs. The zero value is ready.
type Memory struct {
	mu     sync.Mutex
	marks  []Mark
	events []Event
	agreed Mark
}

// Marks implements Store.
func (m *Memory) Marks(context.Context) ([]Mark, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.marks), nil
}

// Apply implements Store.
func (m *Memory) Apply(_ context.Context, to Mark, events []Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.marks = append(m.marks, to)
	m.events = append(m.events, events...)
	return nil
}

// Rewind implements Store.
func (m *Memory) Rewind(_ context.Context, to Mark) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.Index(m.marks, to)
	if i < 0 {
		return &market.Error{Op: "rewind", Code: market.NotFound, Message: "no such mark"}
	}
	m.marks = m.marks[:i+1]
	m.events = slices.DeleteFunc(m.events, func(e Event) bool { return e.Block > to.Number })
	return nil
}

// Events implements Store.
func (m *Memory) Events(_ context.Context, above, to uint64) ([]Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Event
	for _, e := range m.events {
		if e.Block > above && e.Block <= to {
			out = append(out, e)
		}
	}
	return out, nil
}

// Agreed implements Store.
func (m *Memory) Agreed(context.Context) (Mark, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.agreed, nil
}

// Agree implements Store.
func (m *Memory) Agree(_ context.Context, to Mark) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.agreed = to
	return nil
}

// All returns every event applied and not rewound, in order.
func (m *Memory) All() []Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.events)
}

// State returns the state of one purchase.
func (m *Memory) State(purchase market.Hash) State {
	m.mu.Lock()
	defer m.mu.Unlock()
	var own []Event
	for _, e := range m.events {
		if e.Purchase == purchase {
			own = append(own, e)
		}
	}
	return Fold(own)
}
