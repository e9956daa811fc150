package records

import (
	"math"

	"privd/market"
	"privd/market/x402"
)

var (
	_ x402.Tx       = (*Tx)(nil)
	_ x402.LedgerTx = (*Tx)(nil)
)

// X402Sale implements x402.Tx.
func (tx *Tx) X402Sale(id market.Hash) (x402.Sale, error) { return payments.get(tx, hashKey(id)) }

// PutX402Sale implements x402.Tx.
func (tx *Tx) PutX402Sale(s x402.Sale) error { return payments.put(tx, s) }

// X402SaleByToken implements x402.Tx.
func (tx *Tx) X402SaleByToken(token market.Hash) (x402.Sale, error) {
	return payments.find(tx, "token", hashKey(token))
}

// X402SaleByIdentifier implements x402.Tx.
func (tx *Tx) X402SaleByIdentifier(identifier market.Hash) (x402.Sale, error) {
	return payments.find(tx, "identifier", hashKey(identifier))
}

// X402Sales implements x402.Tx.
func (tx *Tx) X402Sales(owner market.UserID, each func(x402.Sale) bool) error {
	return payments.by(tx, "owner", textKey(owner), each)
}

// X402SalesTo implements x402.Tx.
func (tx *Tx) X402SalesTo(dataset market.DatasetID, payer market.Address, each func(x402.Sale) bool) error {
	return payments.by(tx, "payer", textKey(dataset).bytes(payer[:]), each)
}

// CountX402Sales implements x402.LedgerTx.
func (tx *Tx) CountX402Sales(owner market.UserID) (int, error) {
	return payments.countBy(tx, "owner", textKey(owner), math.MaxInt)
}

// EachX402Sale implements audit.Tx.
func (tx *Tx) EachX402Sale(each func(x402.Sale) error) error {
	return walk(func(next func(x402.Sale) bool) error { return payments.each(tx, nil, next) }, each)
}

// X402Owed implements x402.Tx.
func (tx *Tx) X402Owed(content string, each func(x402.Sale) bool) error {
	return payments.by(tx, "owed", textKey(content), each)
}
