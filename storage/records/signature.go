package records

import (
	"privd/market"
	"privd/market/signature"
)

var _ signature.Tx = (*Tx)(nil)

// Signature implements signature.Tx.
func (tx *Tx) Signature(id market.SignatureID) (signature.Request, error) {
	return signatures.get(tx, textKey(id))
}

// PutSignature implements signature.Tx.
func (tx *Tx) PutSignature(r signature.Request) error { return signatures.put(tx, r) }

// DeleteSignature implements signature.Tx.
func (tx *Tx) DeleteSignature(id market.SignatureID) error {
	return signatures.remove(tx, textKey(id))
}

// OpenSignatures implements signature.Tx.
func (tx *Tx) OpenSignatures(user market.UserID, each func(signature.Request) bool) error {
	return signatures.by(tx, "open", textKey(user), each)
}
