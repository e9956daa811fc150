package records

import (
	"privd/market"
	"privd/market/report"
)

var _ report.Tx = (*Tx)(nil)

// Report implements report.Tx.
func (tx *Tx) Report(seller market.Address, purchase market.Hash) (report.Report, error) {
	return reports.get(tx, addressKey(seller).hash(purchase))
}

// PutReport implements report.Tx.
func (tx *Tx) PutReport(r report.Report) error { return reports.put(tx, r) }

// ReportsOn implements report.Tx.
func (tx *Tx) ReportsOn(seller market.Address, each func(report.Report) bool) error {
	return reports.each(tx, addressKey(seller), each)
}

// DeleteReport implements report.Tx.
func (tx *Tx) DeleteReport(seller market.Address, purchase market.Hash) error {
	return reports.remove(tx, addressKey(seller).hash(purchase))
}
