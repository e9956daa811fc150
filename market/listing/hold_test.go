package listing_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/contribution"
	"privd/market/listing"
	"privd/market/review"
	"privd/storage/records"
)

func (s *stall) held(t *testing.T) (ids []market.ListingID) {
	page, total, err := s.listings.Held(t.Context(), 100, 0)
	require.NoError(t, err)
	require.Len(t, page, total)
	for _, l := range page {
		ids = append(ids, l.ID)
	}
	return ids
}

// TestHeldListings tells what becomes of listings that the policy holds, of a seller
// with an external wallet, with a restart between any two steps:
//  1. submitted listings wait, with the reason, and nothing is asked of the wallet;
//  2. one is rejected for the reason that the operator gives; nobody can decide again;
//  3. one is approved: only now the wallet is asked, and the approval outlives a
//     request that nobody answers; the signature puts it on sale.
func TestHeldListings(t *testing.T) {
	t.Parallel()
	s := newStall(t)
	s.verdict = review.Hold
	bad, good := s.submit(t), s.submit(t)
	s.work(t)
	s.restart(t)
	s.work(t)
	for _, id := range []market.ListingID{bad, good} {
		l := s.mine(t, id)
		require.Equal(t, listing.PendingReview, l.Status)
		require.Equal(t, "so it is", l.Reason)
		require.Nil(t, l.Waiting)
		require.False(t, s.hasKey(t, id, 1))
	}
	require.ElementsMatch(t, []market.ListingID{bad, good}, s.held(t))
	second, total, err := s.listings.Held(t.Context(), 1, 1)
	require.NoError(t, err)
	require.Equal(t, 2, total)
	require.Len(t, second, 1)

	for _, tc := range []struct {
		id     market.ListingID
		reason string
		want   market.Code
	}{{"listing_none", "", market.NotFound}, {bad, strings.Repeat("é", 501), market.Invalid}, {bad, "\x1b[2J", market.Invalid}} {
		_, err := s.listings.Decide(t.Context(), tc.id, false, tc.reason)
		require.Equal(t, tc.want, market.CodeOf(err), "%s: %v", tc.id, err)
	}
	l, err := s.listings.Decide(t.Context(), bad, false, "Not these words.")
	require.NoError(t, err)
	require.Equal(t, listing.Rejected, l.Status)
	s.restart(t)
	require.Equal(t, "Not these words.", s.mine(t, bad).Reason)
	_, err = s.listings.Decide(t.Context(), bad, true, "")
	require.Equal(t, market.Conflict, market.CodeOf(err))

	l, err = s.listings.Decide(t.Context(), good, true, "")
	require.NoError(t, err)
	require.Equal(t, listing.PendingReview, l.Status)
	require.NotNil(t, l.Waiting)
	first := l.Waiting.Request
	require.Empty(t, s.held(t))
	_, err = s.listings.Decide(t.Context(), good, false, "")
	require.Equal(t, market.Conflict, market.CodeOf(err))
	s.restart(t)
	s.now = s.request(t, first).ExpiresAt.Add(1)
	s.work(t)
	l = s.mine(t, good)
	require.NotNil(t, l.Waiting, "the approval was forgotten: %s", l.Reason)
	require.NotEqual(t, first, l.Waiting.Request)
	status, err := s.sign(t, l.Waiting.Request)
	require.NoError(t, err)
	require.Equal(t, "active", status)
	require.Equal(t, "100", s.onSale(t, good))

	// An approval is of one submission: what is on sale carries none of it.
	require.False(t, s.mine(t, good).Cleared)
}

// What lost its consent while it was held is rejected, even when the operator
// approves it.
func TestHeldListingWithoutConsent(t *testing.T) {
	t.Parallel()
	s := newStall(t)
	s.verdict = review.Hold
	id := s.submit(t)
	s.work(t)
	require.NoError(t, s.Records.Update(t.Context(), func(tx *records.Tx) error {
		c, err := tx.Contribution("contrib_1")
		c.Consent = contribution.Consent{Version: "1.1"}
		if err != nil {
			return err
		}
		return tx.PutContribution(c)
	}))
	l, err := s.listings.Decide(t.Context(), id, true, "")
	require.NoError(t, err)
	require.Equal(t, listing.Rejected, l.Status)
	require.Contains(t, l.Reason, "commercial consent")
	require.Empty(t, s.held(t))
}

// The process may die at any update of a decision: once it was stored, the tasks
// finish it.
func TestHeldListingDecidedWithCrash(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		for in := range 3 {
			s := newStall(t)
			s.verdict = review.Hold
			id := s.submit(t)
			s.work(t)
			s.crash = crash{in: in, after: after}
			_, err := s.listings.Decide(t.Context(), id, true, "")
			s.crash = crash{in: -1}
			s.restart(t)
			s.work(t)
			l := s.mine(t, id)
			if in == 0 && !after {
				require.Error(t, err)
				require.Equal(t, []market.ListingID{id}, s.held(t))
				continue
			}
			require.Empty(t, s.held(t))
			require.NotNil(t, l.Waiting, "crash in %d, after %t", in, after)
		}
	}
}
