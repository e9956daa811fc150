package listing_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/listing"
	"privd/storage/records"
)

var statuses = []listing.Status{listing.Draft, listing.PendingReview, listing.Active, listing.Rejected, listing.Paused, listing.Delisted}

// in returns a listing that stands at a status, as if it had come there.
func (s *stall) in(t *testing.T, at listing.Status) market.ListingID {
	t.Helper()
	id := s.submit(t)
	s.work(t)
	_, err := s.sign(t, s.mine(t, id).Waiting.Request)
	require.NoError(t, err)
	s.work(t)
	l := s.mine(t, id)
	if at == listing.Active {
		return id
	}
	// What is not on sale differs in the row alone.
	l.Status = at
	l.Waiting = nil
	require.NoError(t, s.Records.Update(t.Context(), func(tx *records.Tx) error {
		return errors.Join(tx.PutListing(l), tx.DeleteOffer(id))
	}))
	return id
}

// TestTransitions asks for all 36 changes of the status as the owner: those that the
// document gives to the owner happen, the others are refused and change nothing.
func TestTransitions(t *testing.T) {
	t.Parallel()
	allowed := map[listing.Status][]listing.Status{
		listing.Draft:  {listing.PendingReview},
		listing.Active: {listing.Paused, listing.Delisted},
		listing.Paused: {listing.Active, listing.Delisted},
	}
	s := newStall(t)
	for _, from := range statuses {
		for _, to := range statuses {
			id := s.in(t, from)
			s.now = s.now.Add(time.Second)
			before := s.mine(t, id)
			l, changed, err := s.update(id, "", string(to))
			ok := false
			for _, a := range allowed[from] {
				ok = ok || a == to
			}
			if !ok {
				var e *market.Error
				require.True(t, errors.As(err, &e), "%s to %s: %v", from, to, err)
				require.Equal(t, []string{"status", "INVALID_STATUS_TRANSITION"}, []string{e.Field, e.Reason})
				require.Equal(t, market.Invalid, e.Code)
				require.Equal(t, before, s.mine(t, id), "%s to %s changed something", from, to)
				continue
			}
			require.NoError(t, err, "%s to %s", from, to)
			require.Equal(t, []string{"status"}, changed)
			if to == listing.Active {
				// The seller's wallet is external.
				require.NotNil(t, l.Waiting)
				_, err = s.sign(t, l.Waiting.Request)
				require.NoError(t, err)
			}
			require.Equal(t, to, s.mine(t, id).Status, "%s to %s", from, to)
		}
	}
}

// TestUpdatable changes each field in each status, alone and beside one that may be
// changed: what the document does not allow is refused whole.
func TestUpdatable(t *testing.T) {
	t.Parallel()
	title, description, price, tags := "Other", "Else", market.Wei(7), []string{"new"}
	patches := map[string]listing.Patch{
		"title": {Title: &title}, "description": {Description: &description}, "price_priv": {Price: &price}, "tags": {Tags: &tags},
	}
	s := newStall(t)
	for _, at := range statuses {
		for field, patch := range patches {
			id := s.in(t, at)
			s.now = s.now.Add(time.Second)
			before := s.mine(t, id)
			allowed := at == listing.Draft || at == listing.Paused || (at == listing.Active && field == "price_priv")
			l, changed, err := s.listings.Update(t.Context(), seller, id, patch)
			if allowed {
				require.NoError(t, err, "%s in %s", field, at)
				require.Equal(t, []string{field}, changed)
				require.Equal(t, at == listing.Active, l.Waiting != nil, "%s in %s", field, at)
				continue
			}
			var e *market.Error
			require.True(t, errors.As(err, &e), "%s in %s: %v", field, at, err)
			require.Equal(t, []string{field, "FIELD_NOT_UPDATABLE"}, []string{e.Field, e.Reason})
			patch.Price = &price
			_, _, err = s.listings.Update(t.Context(), seller, id, patch)
			require.Equal(t, market.Invalid, market.CodeOf(err), "%s in %s", field, at)
			require.Equal(t, before, s.mine(t, id), "%s in %s changed something", field, at)
		}
	}
}
