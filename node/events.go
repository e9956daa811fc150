package node

import (
	"context"
	"time"

	"privd/market"
	"privd/market/event"
	"privd/storage/records"
)

// trimEvery is how often events that are not kept any more are removed.
const trimEvery = time.Minute

// openJournal builds what tells users of their events.
func (n *Node) openJournal() {
	n.journal = &event.Journal{Store: records.As[event.Tx](n.records), Clock: n.clock.Now}
	n.add(part{name: "journal", run: n.trimJournal})
}

// journaled wakes the streams of users; until there is a journal there are none.
func (n *Node) journaled(users []market.UserID) {
	if n.journal != nil {
		n.journal.Told(users)
	}
}

func (n *Node) trimJournal(ctx context.Context) error {
	tick := time.NewTicker(trimEvery)
	defer tick.Stop()
	for {
		if _, err := n.journal.Trim(ctx); err != nil && ctx.Err() == nil {
			n.log.Error("old events stay for now", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
