package listing

import (
	"crypto/sha256"
	"errors"

	"privd/market"
	"privd/market/seal"
	"privd/market/task"
)

// How many manifests wait to be fetched: in all, and of those that one peer told of.
// The share keeps one peer from filling all the places with what cannot be fetched;
// what does not fit is told again when the peer is asked what it holds.
const (
	maxWanted      = 10_000
	maxWantedShare = 500
)

// WantedID names what is wanted: the listing of a seller. Until a manifest is here,
// anybody may have signed an order for anybody's listing, so that one seller's must not
// stand in the way of another's.
func WantedID(o seal.Order) market.Hash {
	return market.Hash(sha256.Sum256(append(o.Listing[:len(o.Listing):len(o.Listing)], o.Seller[:]...)))
}

// ID names the wanted announcement; see WantedID.
func (w Wanted) ID() market.Hash { return WantedID(w.Announcement.Order) }

// putWanted remembers an announcement until its manifest is fetched, as far as there
// is room for what the peer tells of.
func (s *Service) putWanted(tx Tx, a Announcement, from string) error {
	id := WantedID(a.Order)
	held, err := tx.Wanted(id)
	switch {
	case err == nil && !Supersedes(a.Order, held.Announcement.Order):
		return market.Fail(market.Conflict, "listing version is known already")
	case err != nil && !errors.Is(err, market.ErrNotFound):
		return err
	}
	// Who has a place already keeps it for a newer version.
	if err != nil || len(held.Peers) == 0 || held.Peers[0] != from {
		if err := roomFor(tx, from, err != nil); err != nil {
			return err
		}
	}
	return errors.Join(tx.PutWanted(Wanted{Announcement: a, Peers: []string{from}}),
		tx.PutTask(task.Task{Kind: task.FetchOffer, Key: id.Hex(), Due: s.Clock().UTC()}))
}

// roomFor returns Limited when a peer has used up its share, or when all places are
// taken and another one is needed.
func roomFor(tx Tx, from string, another bool) error {
	n, err := tx.CountWantedOf(from, maxWantedShare)
	if err != nil {
		return err
	}
	full := n >= maxWantedShare
	if another && !full {
		if n, err = tx.CountWanted(maxWanted); err != nil {
			return err
		}
		full = n >= maxWanted
	}
	if full {
		return market.Fail(market.Limited, "too many manifests are waiting to be fetched")
	}
	return nil
}
