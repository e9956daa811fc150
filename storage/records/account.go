package records

import (
	"time"

	"privd/market"
	"privd/market/account"
)

var _ account.Tx = (*Tx)(nil)

// User implements account.Tx.
func (tx *Tx) User(id market.UserID) (account.User, error) { return users.get(tx, textKey(id)) }

// UserByName implements account.Tx.
func (tx *Tx) UserByName(name string) (account.User, error) {
	return users.find(tx, "name", textKey(name))
}

// UserByWallet implements account.Tx.
func (tx *Tx) UserByWallet(a market.Address) (account.User, error) {
	return users.find(tx, "wallet", a[:])
}

// UserByAnonymousID implements account.Tx.
func (tx *Tx) UserByAnonymousID(id string) (account.User, error) {
	return users.find(tx, "anonymous id", textKey(id))
}

// Referrer implements earning.Tx.
func (tx *Tx) Referrer(id market.UserID) (market.UserID, error) {
	u, err := tx.User(id)
	return u.Referrer, err
}

// Users implements account.Tx.
func (tx *Tx) Users() ([]account.User, error) { return collect(users.by, tx, "age", nil) }

// PutUser implements account.Tx.
func (tx *Tx) PutUser(u account.User) error { return users.put(tx, u) }

// Key implements account.Tx.
func (tx *Tx) Key(id string) (account.Key, error) { return apiKeys.get(tx, textKey(id)) }

// KeyByHash implements account.Tx.
func (tx *Tx) KeyByHash(h market.Hash) (account.Key, error) { return apiKeys.find(tx, "hash", h[:]) }

// KeysOf implements account.Tx.
func (tx *Tx) KeysOf(id market.UserID) ([]account.Key, error) {
	return collect(apiKeys.by, tx, "user", textKey(id))
}

// PutKey implements account.Tx.
func (tx *Tx) PutKey(k account.Key) error { return apiKeys.put(tx, k) }

// TakeNonce implements account.Tx.
func (tx *Tx) TakeNonce(value string) (account.Nonce, error) {
	n, err := nonces.get(tx, textKey(value))
	if err != nil {
		return n, err
	}
	return n, nonces.remove(tx, textKey(value))
}

// PutNonce implements account.Tx.
func (tx *Tx) PutNonce(n account.Nonce) error { return nonces.put(tx, n) }

// DropNonces implements account.Tx.
func (tx *Tx) DropNonces(now time.Time, keep int) error {
	const most = 1024 // at once; the rest go next time
	held, err := nonces.count(tx, keep+most)
	if err != nil {
		return err
	}
	var gone []account.Nonce
	err = nonces.by(tx, "expiry", nil, func(n account.Nonce) bool {
		if !n.ExpiresAt.Before(now) && held-len(gone) <= keep {
			return false
		}
		gone = append(gone, n)
		return len(gone) < most
	})
	for _, n := range gone {
		if err == nil {
			err = nonces.remove(tx, textKey(n.Value))
		}
	}
	return err
}
