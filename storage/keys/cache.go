package keys

import (
	"sync"

	"privd/market/seal"
)

// cache remembers file keys that were opened: unwrapping one takes longer than
// reading a small file. It forgets a key before the file is destroyed, and again
// afterwards.
type cache struct {
	mu   sync.Mutex
	keys map[string]seal.FileKey
	// drops counts, so that a key read before a drop is not put back after it.
	drops uint64
}

const maxCached = 4096

func newCache() *cache { return &cache{keys: make(map[string]seal.FileKey)} }

func (c *cache) get(name string) (seal.FileKey, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key, known := c.keys[name]
	return key, known
}

func (c *cache) era() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.drops
}

func (c *cache) put(name string, key seal.FileKey, era uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.drops != era {
		return
	}
	if len(c.keys) >= maxCached {
		for name := range c.keys { // any will do
			delete(c.keys, name)
			break
		}
	}
	c.keys[name] = key
}

func (c *cache) drop(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drops++
	delete(c.keys, name)
}
