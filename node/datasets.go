package node

import (
	"context"

	"privd/market"
	"privd/market/dataset"
	"privd/market/task"
	"privd/storage/records"
)

// openDatasets builds what takes datasets in.
func (n *Node) openDatasets() {
	n.datasets = &dataset.Service{Store: records.As[dataset.Tx](n.records), Vault: n.storage.Vault, Clock: n.clock.Now}
}

// eraseDataset is the handler of erase-dataset tasks.
func (n *Node) eraseDataset(ctx context.Context, key string, _ int) (task.Next, error) {
	return n.listings.EraseDataset(ctx, market.DatasetID(key))
}
