package records

import (
	"privd/market"
	"privd/market/dataset"
)

var _ dataset.Tx = (*Tx)(nil)

// Dataset implements dataset.Tx.
func (tx *Tx) Dataset(id market.DatasetID) (dataset.Dataset, error) {
	return datasets.get(tx, textKey(id))
}

// PutDataset implements dataset.Tx.
func (tx *Tx) PutDataset(d dataset.Dataset) error { return datasets.put(tx, d) }

// DeleteDataset implements dataset.Tx.
func (tx *Tx) DeleteDataset(id market.DatasetID) error { return datasets.remove(tx, textKey(id)) }

// Datasets implements dataset.Tx.
func (tx *Tx) Datasets(each func(dataset.Dataset) bool) error { return datasets.each(tx, nil, each) }

// DatasetsOf implements dataset.Tx.
func (tx *Tx) DatasetsOf(user market.UserID, each func(dataset.Dataset) bool) error {
	return datasets.by(tx, "user", textKey(user), each)
}
