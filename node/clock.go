package node

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"privd/market/deal"
	"privd/storage/durable"
)

// clock is the time the node lives by: the wall clock, and on a development
// network an offset that follows the newest block, so that moving the chain moves
// the nodes.
type clock struct {
	file   string // where the offset is kept; empty for the plain wall clock
	offset atomic.Int64
}

func openClock(file string) *clock {
	c := &clock{file: file}
	if raw, err := os.ReadFile(file); file != "" && err == nil {
		if n, err := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64); err == nil {
			c.offset.Store(n)
		}
	}
	return c
}

// Now returns the time.
func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

// Follow moves the clock up to a block that lies ahead of it. It reports whether
// the clock jumped.
func (c *clock) Follow(head deal.Mark) (bool, error) {
	ahead := time.Unix(int64(head.Time), 0).Sub(c.Now())
	if c.file == "" || ahead <= 0 {
		return false, nil
	}
	offset := c.offset.Add(int64(ahead))
	return true, durable.WriteFile(c.file, []byte(strconv.FormatInt(offset, 10)+"\n"), 0o600)
}
