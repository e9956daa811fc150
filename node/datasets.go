package node

import (
	"context"
	"errors"
	"time"

	"privd/market"
	"privd/market/dataset"
	"privd/market/erasure"
	"privd/market/task"
	"privd/storage/records"
)

// openDatasets builds what takes datasets in.
func (n *Node) openDatasets() {
	n.datasets = &dataset.Service{Store: records.As[dataset.Tx](n.records), Vault: n.storage.Vault, Clock: n.clock.Now}
}

// eraseDataset is the handler of erase-dataset tasks.
func (n *Node) eraseDataset(ctx context.Context, key string, _ int) (task.Next, error) {
	remains := erasure.Datasets{
		Store: records.As[erasure.DatasetTx](n.records), Vault: n.storage.Vault, Keyring: n.storage.Keys,
		Listings: n.listings, Sales: n.desk, Held: n.heldUntil, Owed: n.x402.Owed, Clock: n.clock.Now,
	}
	return remains.Step(ctx, key)
}

// heldUntil returns until when users of this node have access to what they bought of
// a listing. Their copies may be the seller's own blocks.
func (n *Node) heldUntil(ctx context.Context, id market.ListingID) (until time.Time, err error) {
	now := n.clock.Now()
	err = n.records.View(ctx, func(tx *records.Tx) error {
		until = time.Time{}
		users, err := tx.Users()
		if err != nil {
			return err
		}
		for _, u := range users {
			p, err := tx.LastPurchase(u.ID, id)
			switch {
			case errors.Is(err, market.ErrNotFound):
				continue
			case err != nil:
				return err
			}
			ends := p.ExpiresAt
			if p.State.Pending() {
				ends = now.Add(time.Minute) // looked at again then
			}
			if p.Blocks(now) && ends.After(until) {
				until = ends
			}
		}
		return nil
	})
	return until, err
}
