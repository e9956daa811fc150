package api_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/listing"
)

// submissions holds one listing.
type submissions struct{}

func submitted() listing.Listing {
	return listing.Listing{
		ID: "listing_held1", Owner: "usr_alice", Title: "Words", Description: "Some", Category: listing.Text, Price: amount("2.5"),
		Contributions: []market.ContributionID{"contrib_abc123"}, Files: 1, TotalSize: 10, Status: listing.PendingReview,
		Reason: "It waits.", HeldAt: start, CreatedAt: start, UpdatedAt: start,
	}
}

func (submissions) Held(context.Context, int, int) ([]listing.Listing, int, error) {
	return []listing.Listing{submitted()}, 1, nil
}

func (submissions) Decide(_ context.Context, id market.ListingID, approve bool, reason string) (listing.Listing, error) {
	l := submitted()
	if id != l.ID {
		return l, market.Fail(market.NotFound, "Listing not found")
	}
	l.Status, l.HeldAt = listing.Rejected, time.Time{}
	if approve {
		l.Status = listing.Active
	}
	l.Reason = reason
	return l, nil
}

// TestHeldListings calls the operations by which the operator decides listings.
func TestHeldListings(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	const decide = "/node/listings/listing_held1/decide"
	for _, c := range []struct {
		method, path, body, token string
		status                    int
		want                      []string // parts of the body
	}{
		{"GET", "/node/listings/held", "", operatorToken, 200, []string{`"listing_id":"listing_held1"`, `"price_priv":2.5,`, `"price_priv_wei":"2500000000000000000"`,
			`"status":"pending_review"`, `"held_at":"2024-01-15T10:30:00Z"`, `"contribution_ids":["contrib_abc123"]`, `"tags":[]`, `"total":1`, `"limit":20`}},
		{"GET", "/node/listings/held?limit=500&offset=3", "", operatorToken, 200, []string{`"limit":100`, `"offset":3`}},
		{"GET", "/node/listings/held?limit=0", "", operatorToken, 400, []string{`"field":"limit"`}},
		{"GET", "/node/listings/held", "", aliceToken, 403, nil},
		{"GET", "/node/listings/held", "", serviceToken, 403, nil},
		{"POST", decide, `{"approve":true}`, operatorToken, 200, []string{`"status":"active"`, `"held_at":null`, `"reason":null`}},
		{"POST", decide, `{"approve":false,"reason":"Not these."}`, operatorToken, 200, []string{`"status":"rejected"`, `"reason":"Not these."`}},
		{"POST", decide, `{}`, operatorToken, 400, []string{`"field":"approve"`}},
		{"POST", decide, `{"approve":"yes"}`, operatorToken, 400, []string{`"field":"approve"`}},
		{"POST", decide, `{"approve":false,"reason":7}`, operatorToken, 400, []string{`"field":"reason"`}},
		{"POST", decide, `{"approve":true}`, aliceToken, 403, nil},
		{"POST", decide, `{"approve":true}`, "", 401, nil},
		{"POST", "/node/listings/listing_no/decide", `{"approve":true}`, operatorToken, 404, nil},
	} {
		var options []option
		if c.token != "" {
			options = append(options, as(c.token))
		}
		got := s.call(t, c.method, "/api/v1"+c.path, c.body, options...)
		require.Equal(t, c.status, got.StatusCode, "%s %s %s: %s", c.method, c.path, c.body, got.body)
		for _, want := range c.want {
			require.Contains(t, string(got.body), want, "%s %s", c.method, c.path)
		}
	}
}
