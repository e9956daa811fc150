package records

import (
	"privd/market"
	"privd/market/audit"
	"privd/market/claim"
	"privd/market/earning"
	"privd/market/outbox"
	"privd/market/purchase"
	"privd/market/sale"
)

var _ audit.Tx = (*Tx)(nil)

// EachEarning implements audit.Tx. Cancelled ones are left out.
func (tx *Tx) EachEarning(user market.UserID, each func(earning.Earning) error) error {
	return walk(func(next func(earning.Earning) bool) error {
		return earnings.by(tx, "user", historyKey(user), next)
	}, each)
}

// EachClaim implements audit.Tx.
func (tx *Tx) EachClaim(user market.UserID, each func(claim.Claim) error) error {
	return walk(func(next func(claim.Claim) bool) error {
		return claims.by(tx, "user", textKey(user), next)
	}, each)
}

// EachSale implements audit.Tx.
func (tx *Tx) EachSale(each func(sale.Sale) error) error {
	return walk(func(next func(sale.Sale) bool) error { return sales.each(tx, nil, next) }, each)
}

// EachPurchase implements audit.Tx.
func (tx *Tx) EachPurchase(each func(purchase.Purchase) error) error {
	return walk(func(next func(purchase.Purchase) bool) error { return purchases.each(tx, nil, next) }, each)
}

// EachTransaction implements audit.Tx.
func (tx *Tx) EachTransaction(each func(outbox.Transaction) error) error {
	return walk(func(next func(outbox.Transaction) bool) error { return transactions.each(tx, nil, next) }, each)
}

// walk ends a walk over rows at the first error of each, which it returns.
func walk[V any](rows func(next func(V) bool) error, each func(V) error) error {
	var failed error
	err := rows(func(v V) bool {
		failed = each(v)
		return failed == nil
	})
	if failed != nil {
		return failed
	}
	return err
}
