package p2p

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxBuckets bounds the memory of one limiter.
const maxBuckets = 8192

// limiter holds a token bucket for each key.
type limiter[K comparable] struct {
	rate    Rate
	mu      sync.Mutex
	buckets map[K]*rate.Limiter
}

func newLimiter[K comparable](r Rate) *limiter[K] {
	return &limiter[K]{rate: r, buckets: make(map[K]*rate.Limiter)}
}

// take uses one token of key, or returns how long until there is one.
func (l *limiter[K]) take(key K) (wait time.Duration, ok bool) {
	now := time.Now()
	b := l.bucket(key, now)
	r := b.ReserveN(now, 1)
	if wait = r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return wait, false
	}
	return 0, true
}

// some reports whether key has a token left, without using it.
func (l *limiter[K]) some(key K) bool {
	now := time.Now()
	return l.bucket(key, now).TokensAt(now) >= 1
}

func (l *limiter[K]) bucket(key K, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[key]
	if b == nil {
		if len(l.buckets) >= maxBuckets {
			l.prune(now)
		}
		b = rate.NewLimiter(rate.Limit(float64(l.rate.PerMinute)/60), l.rate.Burst)
		l.buckets[key] = b
	}
	return b
}

// prune forgets the buckets that are full, which loses nothing. When strangers
// fill the table with half-empty ones, a quarter of all goes: they could have
// come under new names anyway.
func (l *limiter[K]) prune(now time.Time) {
	for k, b := range l.buckets {
		if b.TokensAt(now) >= float64(l.rate.Burst) {
			delete(l.buckets, k)
		}
	}
	for k := range l.buckets {
		if len(l.buckets) <= maxBuckets*3/4 {
			return
		}
		delete(l.buckets, k)
	}
}
