package content

import (
	"context"
	"fmt"

	"github.com/ipfs/go-cid"

	"privd/market"
)

// FetchBlock gets one block of at most limit bytes from source and verifies it.
// Unavailable when it did not come.
func FetchBlock(ctx context.Context, source Source, c cid.Cid, limit int) ([]byte, error) {
	blocks, err := source.Blocks(ctx, []cid.Cid{c})
	if err != nil {
		return nil, fmt.Errorf("fetch block %s: %w", c, err)
	}
	for b := range blocks {
		if !b.CID.Equals(c) {
			continue
		}
		if len(b.Data) > limit {
			return nil, &market.Error{Code: market.Invalid, Message: "block " + c.String() + " is too large"}
		}
		sum, err := c.Prefix().Sum(b.Data)
		if err != nil || !sum.Equals(c) {
			return nil, &market.Error{Code: market.Invalid, Message: "block " + c.String() + " does not match its CID"}
		}
		return b.Data, nil
	}
	return nil, &market.Error{Code: market.Unavailable, Message: "block " + c.String() + " was not found on any peer", Err: ctx.Err()}
}
