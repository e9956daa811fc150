package gallery

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ipfs/go-cid"

	"privd/market"
)

const (
	// cacheBytes bounds the previews from elsewhere that are kept in memory, and
	// cacheEntries what is remembered with them.
	cacheBytes   = 8 << 20
	cacheEntries = 1024
	// parallel bounds how many are fetched at once, and making how many are made: what
	// slow peers hold up is not in the way of what is here.
	parallel = 4
	making   = 2
	// absentFor is how long a preview that did not come is not asked for again.
	absentFor = 30 * time.Second
)

// cache keeps fetched previews for a while, the ones seen last. The zero value is
// ready.
type cache struct {
	mu      sync.Mutex
	running chan struct{} // holds a token for each fetch
	maker   chan struct{} // and for each that is made
	flights map[shown]*flight
	entries map[shown]*list.Element
	recent  *list.List // of *entry, the one seen last first
	bytes   int
}

// shown names a preview in a listing: one that names another's preview, and peers that
// do not have it, says nothing of whether the other's can be fetched.
type shown struct {
	in      market.ListingID
	preview cid.Cid
}

// flight is a fetch that somebody waits for.
type flight struct {
	done chan struct{}
	data []byte
	err  error
}

// entry is a preview, or the memory that there was none at a time.
type entry struct {
	name   shown
	data   []byte
	absent time.Time
}

// get returns a preview, fetched once however many ask for it at the same time.
func (c *cache) get(ctx context.Context, name shown, now time.Time, fetch func(context.Context) ([]byte, error)) ([]byte, error) {
	for {
		data, err := c.join(ctx, name, now, fetch)
		// Who asked first may have hung up; that does not concern the others.
		if !errors.Is(err, context.Canceled) || ctx.Err() != nil {
			return data, err
		}
	}
}

// join takes part in the fetch of a preview, or begins it.
func (c *cache) join(ctx context.Context, name shown, now time.Time, fetch func(context.Context) ([]byte, error)) ([]byte, error) {
	c.mu.Lock()
	c.prepare()
	if e := c.find(name); e != nil && (e.data != nil || now.Sub(e.absent).Abs() < absentFor) {
		c.mu.Unlock()
		if e.data == nil {
			return nil, errAway
		}
		return e.data, nil
	}
	f, flying := c.flights[name]
	if !flying {
		f = &flight{done: make(chan struct{})}
		c.flights[name] = f
	}
	c.mu.Unlock()
	if !flying {
		c.fly(ctx, name, f, now, fetch)
	}
	select {
	case <-f.done:
		return f.data, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

var errAway = market.Fail(market.Unavailable, "the preview could not be fetched from its seller; try again later")

func (c *cache) fly(ctx context.Context, name shown, f *flight, now time.Time, fetch func(context.Context) ([]byte, error)) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	done, err := c.enter(ctx, &c.running)
	if err == nil {
		f.data, err = fetch(ctx)
		done()
	}
	if err != nil {
		f.data, f.err = nil, &market.Error{Code: market.Unavailable, Message: errAway.Message, Err: err}
		if market.CodeOf(err) == market.Invalid {
			f.err = errNone
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !errors.Is(err, context.Canceled) { // that says nothing of the preview
		c.keep(&entry{name: name, data: f.data, absent: now})
	}
	delete(c.flights, name)
	close(f.done)
}

// enter waits until one of the places of running or maker is free.
func (c *cache) enter(ctx context.Context, places *chan struct{}) (done func(), err error) {
	c.mu.Lock()
	c.prepare()
	running := *places
	c.mu.Unlock()
	select {
	case running <- struct{}{}:
		return func() { <-running }, nil
	case <-ctx.Done():
		return nil, &market.Error{Code: market.Unavailable, Message: "too many previews are asked for; try again later", Err: ctx.Err()}
	}
}

// prepare is called with the lock held.
func (c *cache) prepare() {
	if c.recent == nil {
		c.running, c.maker, c.recent = make(chan struct{}, parallel), make(chan struct{}, making), list.New()
		c.flights, c.entries = map[shown]*flight{}, map[shown]*list.Element{}
	}
}

func (c *cache) find(name shown) *entry {
	e, ok := c.entries[name]
	if !ok {
		return nil
	}
	c.recent.MoveToFront(e)
	return e.Value.(*entry)
}

func (c *cache) keep(e *entry) {
	if old, ok := c.entries[e.name]; ok {
		c.drop(old)
	}
	c.entries[e.name] = c.recent.PushFront(e)
	c.bytes += len(e.data)
	for c.bytes > cacheBytes || c.recent.Len() > cacheEntries {
		c.drop(c.recent.Back())
	}
}

func (c *cache) drop(e *list.Element) {
	old := c.recent.Remove(e).(*entry)
	delete(c.entries, old.name)
	c.bytes -= len(old.data)
}
