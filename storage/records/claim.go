package records

import (
	"errors"

	"privd/market"
	"privd/market/claim"
)

var _ claim.Tx = (*Tx)(nil)

// Claim implements claim.Tx.
func (tx *Tx) Claim(id market.ClaimID) (claim.Claim, error) { return claims.get(tx, textKey(id)) }

// PutClaim implements claim.Tx.
func (tx *Tx) PutClaim(c claim.Claim) error { return claims.put(tx, c) }

// ClaimPage implements claim.Tx. Only the page itself is decoded.
func (tx *Tx) ClaimPage(user market.UserID, limit, offset int) (page []claim.Claim, total int, err error) {
	prefix := append(key{claims.index("user").prefix}, textKey(user)...)
	err = tx.scan(prefix, nil, false, func(_, k []byte) (bool, error) {
		total++
		if total <= offset || len(page) >= limit {
			return true, nil
		}
		c, err := claims.get(tx, k)
		page = append(page, c)
		return err == nil, err
	})
	return page, total, err
}

// LiveClaims implements claim.Tx.
func (tx *Tx) LiveClaims(user market.UserID) ([]claim.Claim, error) {
	return collect(claims.by, tx, "live", textKey(user))
}

// EachOwed implements claim.Tx.
func (tx *Tx) EachOwed(each func(claim.Claim) bool) error { return claims.by(tx, "owed", nil, each) }

// Till implements claim.Tx.
func (tx *Tx) Till(wallet market.Address) (claim.Till, error) {
	t, err := tills.get(tx, addressKey(wallet))
	if errors.Is(err, market.ErrNotFound) {
		return claim.Till{}, nil
	}
	return t, err
}

// PutTill implements claim.Tx.
func (tx *Tx) PutTill(wallet market.Address, t claim.Till) error {
	return tills.putAt(tx, addressKey(wallet), t)
}

// Sold implements claim.Tx.
func (tx *Tx) Sold(purchase market.Hash) (bool, error) { return sales.has(tx, hashKey(purchase)) }
