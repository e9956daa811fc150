package node

import (
	"context"

	"privd/market"
	"privd/market/purchase"
	"privd/market/task"
	"privd/storage/records"
)

// watchPurchases returns what the purchases under way ask of the operator. Each of
// them has a task.
func (n *Node) watchPurchases(ctx context.Context) (purchase.Watch, error) {
	var ids []market.PurchaseID
	err := n.records.View(ctx, func(tx *records.Tx) error {
		return tx.EachTask(func(t task.Task) bool {
			if t.Kind == task.Buy {
				ids = append(ids, market.PurchaseID(t.Key))
			}
			return ctx.Err() == nil
		})
	})
	if err != nil {
		return purchase.Watch{}, err
	}
	return n.engine.Watching(ctx, ids)
}
