package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"privd/cmd/internal/call"
	"privd/market"
)

// poll is how often a waiting command asks again.
const poll = 300 * time.Millisecond

// patience is how long commands wait by default. A wait that a signal or the time
// ends leaves the work to the node, which goes on with it.
const patience = 5 * time.Minute

// await asks until ask says it is done, fails, or the time is over; then the error
// names what was waited for. A node that is away for a moment is waited for too.
func await(ctx context.Context, most time.Duration, what string, ask func(context.Context) (bool, error)) error {
	limited, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		done, err := ask(limited)
		if err == nil && done {
			return nil
		}
		var failed *market.Error
		away := errors.As(err, &failed) && failed.Reason == call.NoAnswer
		if err != nil && !away && limited.Err() == nil {
			return err
		}
		select {
		case <-tick.C:
		case <-limited.Done():
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if away {
				return err
			}
			return market.Fail(market.Unavailable, fmt.Sprintf("%s is not done after %s; the node goes on with it", what, most))
		}
	}
}
