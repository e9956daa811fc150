package api_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/catalog"
	"privd/market/rating"
)

// ratings is one given rating, and takes any other.
type ratings struct{}

func (ratings) Rate(_ context.Context, user market.UserID, _ market.PurchaseID, stars int, comment string) (rating.Rating, error) {
	if user != "usr_bob" {
		return rating.Rating{}, market.Fail(market.NotFound, "Purchase not found")
	}
	return rating.Rating{Signed: rating.Signed{Stars: uint8(stars), Comment: comment}}, nil
}

func (ratings) Of(_ context.Context, purchases []market.Hash) (map[market.Hash]rating.Rating, error) {
	found := map[market.Hash]rating.Rating{}
	for _, p := range purchases {
		found[p] = rating.Rating{Signed: rating.Signed{Purchase: p, Stars: 4}}
	}
	return found, nil
}

func (c catalogue) Standing(context.Context, market.ListingID, market.Address) (catalog.Standing, error) {
	return catalog.Standing{Sales: 3, RatingSum: 9, RatingCount: 2, SellerVerified: true}, nil
}

// What is no rating is refused with the field named, and nothing asks the market.
func TestBadRatings(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	const path = "/v1/marketplace/wallet/purchases/purchase_xyz789/rating"
	for body, field := range map[string]string{
		`{"rating":0}`: "rating", `{"rating":6}`: "rating", `{"rating":4.5}`: "rating", `{"rating":"5"}`: "rating",
		`{"rating":null}`: "rating", `{}`: "rating", `{"rating":5,"comment":7}`: "comment", `{"Rating":5}`: "rating",
	} {
		got := s.call(t, "POST", path, body, as(bobToken))
		require.Equal(t, http.StatusBadRequest, got.StatusCode, body)
		require.Contains(t, string(got.body), `"field":"`+field+`"`, body)
	}
	require.Equal(t, http.StatusBadRequest, s.call(t, "POST", path, "", as(bobToken)).StatusCode)
	require.Equal(t, http.StatusUnauthorized, s.call(t, "POST", path, `{"rating":5}`).StatusCode)
	require.Equal(t, http.StatusForbidden, s.call(t, "POST", path, `{"rating":5}`, as(serviceToken)).StatusCode)
	require.Equal(t, http.StatusNotFound, s.call(t, "POST", path, `{"rating":5}`, as(aliceToken)).StatusCode)
	require.Equal(t, http.StatusOK, s.call(t, "POST", path, `{"rating":5}`, as(bobToken)).StatusCode)
}
