package market

import "sync"

// Locks holds one lock for each key that is in use. The zero value is ready.
type Locks[K comparable] struct {
	mu   sync.Mutex
	held map[K]*lock
}

type lock struct {
	sync.Mutex
	users int
}

// Lock waits until nobody else holds key and returns how to give it back.
func (l *Locks[K]) Lock(key K) (unlock func()) {
	l.mu.Lock()
	if l.held == nil {
		l.held = map[K]*lock{}
	}
	k := l.held[key]
	if k == nil {
		k = &lock{}
		l.held[key] = k
	}
	k.users++
	l.mu.Unlock()
	k.Lock()
	return func() {
		k.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		if k.users--; k.users == 0 {
			delete(l.held, key)
		}
	}
}
