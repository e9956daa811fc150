package records

import (
	"privd/market"
	"privd/market/deal"
	"privd/market/purchase"
	"privd/market/sale"
)

var (
	_ purchase.Tx = (*Tx)(nil)
	_ sale.Tx     = (*Tx)(nil)
)

// Purchase implements purchase.Tx.
func (tx *Tx) Purchase(id market.PurchaseID) (purchase.Purchase, error) {
	return purchases.get(tx, textKey(id))
}

// PurchaseOnChain implements purchase.Tx.
func (tx *Tx) PurchaseOnChain(h market.Hash) (purchase.Purchase, error) {
	return purchases.find(tx, "chain", hashKey(h))
}

// PurchaseIDOf implements sale.Tx.
func (tx *Tx) PurchaseIDOf(onChain market.Hash) (market.PurchaseID, error) {
	p, err := tx.PurchaseOnChain(onChain)
	return p.ID, err
}

// LastPurchase implements purchase.Tx.
func (tx *Tx) LastPurchase(user market.UserID, id market.ListingID) (purchase.Purchase, error) {
	return purchases.first(tx, "listing", textKey(user).text(string(id)))
}

// PutPurchase implements purchase.Tx.
func (tx *Tx) PutPurchase(p purchase.Purchase) error { return purchases.put(tx, p) }

// PurchasesOf implements purchase.Tx.
func (tx *Tx) PurchasesOf(user market.UserID, each func(purchase.Purchase) bool) error {
	return purchases.by(tx, "buyer", textKey(user), each)
}

// PurchasesOfListing implements purchase.Tx.
func (tx *Tx) PurchasesOfListing(id market.ListingID, each func(purchase.Purchase) bool) error {
	users, err := tx.Users()
	if err != nil {
		return err
	}
	more := true
	for _, u := range users {
		err := purchases.by(tx, "listing", textKey(u.ID).text(string(id)), func(p purchase.Purchase) bool {
			more = each(p)
			return more
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// SoldBy implements purchase.Tx.
func (tx *Tx) SoldBy(seller market.Address, each func(deal.Event) bool) error {
	return events.by(tx, "seller", addressKey(seller), each)
}

// PurchasesFrom implements purchase.Tx.
func (tx *Tx) PurchasesFrom(sealer market.Address, each func(purchase.Purchase) bool) error {
	return purchases.by(tx, "sealer", addressKey(sealer), each)
}

// Sale implements sale.Tx.
func (tx *Tx) Sale(h market.Hash) (sale.Sale, error) { return sales.get(tx, hashKey(h)) }

// PutSale implements sale.Tx.
func (tx *Tx) PutSale(s sale.Sale) error { return sales.put(tx, s) }

// OpenSales implements sale.Tx.
func (tx *Tx) OpenSales(limit int) (open []sale.Sale, err error) {
	if limit <= 0 {
		return nil, nil
	}
	err = sales.by(tx, "open", nil, func(s sale.Sale) bool {
		open = append(open, s)
		return len(open) < limit
	})
	return open, err
}

// SalesOf implements sale.Tx.
func (tx *Tx) SalesOf(user market.UserID, each func(sale.Sale) bool) error {
	return sales.by(tx, "seller", textKey(user), each)
}
