package records

import (
	"privd/market"
	"privd/market/earning"
)

var _ earning.Tx = (*Tx)(nil)

// EarningByReference implements earning.Tx.
func (tx *Tx) EarningByReference(source earning.Source, reference string) (earning.Earning, error) {
	return earnings.find(tx, "reference", textKey(source).text(reference))
}

// PutEarning implements earning.Tx.
func (tx *Tx) PutEarning(e earning.Earning) error { return earnings.put(tx, e) }

// EarningsOf implements earning.Tx.
func (tx *Tx) EarningsOf(user market.UserID) ([]earning.Earning, error) {
	return collect(earnings.by, tx, "user", textKey(user))
}
