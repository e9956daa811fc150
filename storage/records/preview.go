package records

import (
	"privd/market"
	"privd/market/listing"
)

// maxShown bounds how many previews of one offer can be found: its manifest comes
// from a stranger.
const maxShown = 16

// previewKeys are the contributions an offer shows previews of.
func previewKeys(o listing.Offer) (keys []key) {
	m, err := o.Decode()
	if err != nil {
		return nil
	}
	for _, e := range m.Entries {
		if e.Preview != nil && len(keys) < maxShown {
			keys = append(keys, textKey(e.Contribution))
		}
	}
	return keys
}

// OffersShowing calls each with the offers that show a preview of a contribution, in
// no order, until it returns false.
func (tx *Tx) OffersShowing(id market.ContributionID, each func(listing.Offer) bool) error {
	return offers.by(tx, "preview", textKey(id), each)
}
