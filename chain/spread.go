package chain

import "context"

// everyOther returns a context for each server that may be asked, the one of ctx
// excepted.
func (c *Client) everyOther(ctx context.Context) (out []context.Context) {
	if !c.pool.several() {
		return nil
	}
	for _, s := range c.pool.candidates() {
		if s != c.server(ctx) {
			out = append(out, c.with(ctx, s))
		}
	}
	return out
}
