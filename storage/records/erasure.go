package records

import (
	"privd/market"
	"privd/market/contribution"
	"privd/market/erasure"
	"privd/market/media"
	"privd/market/review"
)

var _ erasure.Tx = (*Tx)(nil)

// similar is a row of the fingerprints a review compares with: small, so that going
// through all of a user's is cheap.
type similar struct {
	ID          market.ContributionID
	Fingerprint review.Fingerprint
}

func similarKey(user market.UserID, kind media.Kind) key { return textKey(user).text(string(kind)) }

// keepFingerprint brings the fingerprints in step with a contribution.
func (tx *Tx) keepFingerprint(c contribution.Contribution) error {
	k := similarKey(c.User, c.Kind).text(string(c.ID))
	if c.Status != contribution.Approved || c.Fingerprint.IsZero() {
		return fingerprints.remove(tx, k)
	}
	return fingerprints.putAt(tx, k, similar{c.ID, c.Fingerprint})
}

// Fingerprints implements contribution.Tx.
func (tx *Tx) Fingerprints(user market.UserID, kind media.Kind, each func(market.ContributionID, review.Fingerprint) bool) error {
	return fingerprints.each(tx, similarKey(user, kind), func(s similar) bool { return each(s.ID, s.Fingerprint) })
}

// PutReceipt implements contribution.Tx.
func (tx *Tx) PutReceipt(r contribution.Receipt) error { return receipts.put(tx, r) }

// ReceiptsOf implements contribution.Tx.
func (tx *Tx) ReceiptsOf(id market.ContributionID) (all []contribution.Receipt, err error) {
	err = receipts.each(tx, textKey(id), func(r contribution.Receipt) bool {
		all = append(all, r)
		return true
	})
	return all, err
}

// FileMarked implements contribution.Tx.
func (tx *Tx) FileMarked(mark market.Hash) (bool, error) {
	_, err := deletions.first(tx, "mark", hashKey(mark))
	if market.CodeOf(err) == market.NotFound {
		return false, nil
	}
	return err == nil, err
}

// DeleteContribution implements erasure.Tx.
func (tx *Tx) DeleteContribution(id market.ContributionID) error {
	c, err := tx.Contribution(id)
	if market.CodeOf(err) == market.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if err := fingerprints.remove(tx, similarKey(c.User, c.Kind).text(string(c.ID))); err != nil {
		return err
	}
	return contributions.remove(tx, textKey(id))
}

// Deletion implements erasure.Tx.
func (tx *Tx) Deletion(user market.UserID, id market.ContributionID) (erasure.Deletion, error) {
	return deletions.get(tx, textKey(user).text(string(id)))
}

// PutDeletion implements erasure.Tx.
func (tx *Tx) PutDeletion(d erasure.Deletion) error { return deletions.put(tx, d) }

// DeletionsOf implements erasure.Tx.
func (tx *Tx) DeletionsOf(user market.UserID, each func(erasure.Deletion) bool) error {
	return deletions.each(tx, textKey(user), each)
}
