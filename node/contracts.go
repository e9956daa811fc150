package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"privd/chain"
	"privd/chain/deploy"
	"privd/market"
)

// A server that contradicts the network file about a contract is asked again before
// the node gives up: one wrong answer may be the server's, and not the network's.
const (
	verdicts    = 3
	verdictWait = time.Second
	leastWait   = 200 * time.Millisecond
	mostWait    = 5 * time.Second
)

// contracts lets nothing reach the chain before its contracts are known to be the ones
// this program was built for: a node must not sign a payment to code it does not know.
// It waits for a chain that does not answer, and refuses one with other contracts.
type contracts struct {
	node *Node
	good chan struct{} // closed once they are checked
}

// run checks the contracts and then has nothing more to do: deployed code does not
// change.
func (c *contracts) run(ctx context.Context) error {
	if err := c.check(ctx); err != nil {
		return err
	}
	close(c.good)
	<-ctx.Done()
	return nil
}

func (c *contracts) check(ctx context.Context) error {
	n := c.node
	wait, refused := leastWait, 0
	for {
		err := deploy.Check(ctx, n.client, n.network.ChainID, chain.Contracts(n.network.Contracts))
		switch {
		case err == nil:
			n.log.Debug("contracts checked", "market", n.network.Contracts.Market)
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, market.ErrNotFound), errors.Is(err, market.ErrInvalid):
			if refused++; refused == verdicts {
				return fmt.Errorf("the chain does not have the contracts of network.json: %w", err)
			}
			wait = verdictWait
			n.log.Error("contracts are not what they should be; asking again", "error", err)
		default:
			n.log.Warn("contracts are not checked yet", "error", err, "retry_after", wait)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
		wait = min(2*wait, mostWait)
	}
}

// before returns a part's loop that starts once the contracts are checked.
func (c *contracts) before(run func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-c.good:
			return run(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}
