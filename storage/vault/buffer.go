package vault

import "sync"

const (
	// LeafSize is how many bytes of ciphertext a leaf holds: the largest size every
	// IPFS implementation exchanges.
	LeafSize = 1 << 20
	// plainSize is how much plaintext is read or decrypted at once.
	plainSize = 256 << 10
)

// pool reuses buffers of one size between uploads and downloads.
type pool struct {
	size int
	free *sync.Pool
}

func newPool(size int) pool {
	return pool{size, &sync.Pool{New: func() any { return &buffer{make([]byte, size)} }}}
}

// buffer is a slice that goes in and out of a pool without being copied.
type buffer struct{ b []byte }

func (p pool) get() *buffer { return p.free.Get().(*buffer) }

func (p pool) put(b *buffer) {
	if cap(b.b) >= p.size { // a leaf from elsewhere may have come in memory of its own
		b.b = b.b[:p.size]
		p.free.Put(b)
	}
}

// ring hands out at most a fixed number of buffers, so that the faster side of a
// pipeline waits for the slower one.
type ring struct {
	pool pool
	left chan struct{} // one token for each buffer that may still be handed out
}

func newRing(p pool, size int) ring {
	return ring{p, make(chan struct{}, size)}
}

// get waits for a buffer; nil when done closes first.
func (r ring) get(done <-chan struct{}) *buffer {
	select {
	case r.left <- struct{}{}:
		return r.pool.get()
	case <-done:
		return nil
	}
}

func (r ring) put(b *buffer) {
	r.pool.put(b)
	<-r.left
}
