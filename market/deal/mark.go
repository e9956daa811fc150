package deal

import (
	"context"

	"privd/market"
)

// Mark is a block up to which the chain was read.
type Mark struct {
	Number uint64
	Hash   market.Hash
	Time   uint64 // unix seconds, the block's own
}

// Store keeps the marks of the follower together with everything derived from the
// events, so that the two never disagree.
type Store interface {
	// Marks returns the marks that are kept, oldest first. The first one applied is
	// never dropped; the newest 128 are always kept; those between may be thinned out.
	Marks(ctx context.Context) ([]Mark, error)
	// Apply appends a mark and the effects of the events up to it, in one durable
	// transaction. Events are in order and lie above the mark before. TooLarge, and
	// nothing stored, when that is more than a transaction holds.
	Apply(ctx context.Context, to Mark, events []Event) error
	// Rewind drops the marks above to and undoes the effects of their events, durably.
	// to is one of Marks. Until it has returned, the newest of Marks may be one that
	// stands on no chain: a rewind that was interrupted has to be made again.
	Rewind(ctx context.Context, to Mark) error

	// Events lists the events in blocks above..to, without the first, in order.
	Events(ctx context.Context, above, to uint64) ([]Event, error)
	// Agreed returns the mark up to which two sources have told the same; the zero Mark
	// when Agree was never called.
	Agreed(ctx context.Context) (Mark, error)
	// Agree keeps that mark, durably. It may go back, when the chain does.
	Agree(ctx context.Context, to Mark) error
}

// Depth returns how deep a block lies under a head: 1 for the head itself, 0 when
// the head has not reached it.
func Depth(head, block uint64) uint64 {
	if block > head {
		return 0
	}
	return head - block + 1
}
