package records

import (
	"privd/market"
	"privd/market/contribution"
)

var _ contribution.Tx = (*Tx)(nil)

// Contribution implements contribution.Tx.
func (tx *Tx) Contribution(id market.ContributionID) (contribution.Contribution, error) {
	return contributions.get(tx, textKey(id))
}

// ContributionByHash implements contribution.Tx.
func (tx *Tx) ContributionByHash(user market.UserID, hash market.Hash) (market.ContributionID, error) {
	c, err := contributions.find(tx, "file", textKey(user).bytes(hash[:]))
	return c.ID, err
}

// PutContribution implements contribution.Tx.
func (tx *Tx) PutContribution(c contribution.Contribution) error {
	if err := contributions.put(tx, c); err != nil {
		return err
	}
	return tx.keepFingerprint(c)
}

// ContributionsOf implements contribution.Tx.
func (tx *Tx) ContributionsOf(user market.UserID, each func(contribution.Contribution) bool) error {
	return contributions.by(tx, "user", textKey(user), each)
}

// EachContribution calls each with every contribution, in order of id, until it
// returns false.
func (tx *Tx) EachContribution(each func(contribution.Contribution) bool) error {
	return contributions.each(tx, nil, each)
}
