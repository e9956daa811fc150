package api_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/api"
	"privd/market"
	"privd/market/account"
	"privd/market/catalog"
	"privd/market/listing"
)

// TestMoneyIsExact: whatever sum goes in or out, as JSON or in a query, not one
// wei is lost or made up, and what comes out is the shortest decimal.
func TestMoneyIsExact(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var balance, price market.Amount
	w.balance = func(account.Caller, api.Selector) (api.Balance, error) {
		return api.Balance{User: w.users["alice"], PRIV: balance}, nil
	}
	w.create = func(_ market.UserID, in listing.Input) (listing.Listing, error) {
		price = in.Price
		return sampleListing(), nil
	}
	var bound *market.Amount
	w.browse = func(q catalog.Query) ([]catalog.Entry, int) {
		bound = q.MaxPrice
		return nil, 0
	}
	s := serve(t, w)
	rapid.Check(t, func(rt *rapid.T) {
		wei := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 16).Draw(rt, "wei"))
		if rapid.Bool().Draw(rt, "round") {
			wei.Mul(wei, big.NewInt(1_000_000_000_000))
		}
		var err error
		balance, err = market.AmountFromBig(wei)
		require.NoError(rt, err)

		out := s.call(t, "GET", "/v1/user/balance", "", as(aliceToken)).data(t)
		text := string(out["priv_balance"].(json.Number))
		require.Equal(rt, wei.String(), out["priv_balance_wei"])
		exact, ok := new(big.Rat).SetString(text)
		require.True(rt, ok, text)
		require.Zero(rt, exact.Cmp(new(big.Rat).SetFrac(wei, new(big.Int).Exp(big.NewInt(10), big.NewInt(18), nil))), text)
		require.NotContains(rt, text, "e")
		if strings.Contains(text, ".") {
			require.NotRegexp(rt, `[.0]$`, text)
		}

		body := fmt.Sprintf(`{"title":"t","description":"d","category":"photo","price_priv":%s,"contribution_ids":["c"]}`, text)
		require.Equal(rt, http.StatusOK, s.call(t, "POST", "/v1/marketplace/wallet/listings", body, as(aliceToken)).StatusCode)
		require.Equal(rt, balance, price)

		require.Equal(rt, http.StatusOK, s.call(t, "GET", "/v1/marketplace/wallet/listings?maxPrice="+url.QueryEscape(text), "", as(aliceToken)).StatusCode)
		require.Equal(rt, balance, *bound)
	})
}

// TestMoneySpellings: JSON has many ways to write a number; all are read exactly.
func TestMoneySpellings(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var price market.Amount
	w.create = func(_ market.UserID, in listing.Input) (listing.Listing, error) {
		price = in.Price
		return sampleListing(), nil
	}
	s := serve(t, w)
	for text, want := range map[string]string{
		"25": "25", "25.00": "25", "2.5e1": "25", "2500e-2": "25", "0.1": "0.1", "1E-18": "0.000000000000000001", "0": "0",
		"9007199254740993": "9007199254740993", "0.30000000000000004": "0.30000000000000004", "1.000000000000000001": "1.000000000000000001",
	} {
		body := fmt.Sprintf(`{"title":"t","description":"d","category":"photo","price_priv":%s,"contribution_ids":["c"]}`, text)
		got := s.call(t, "POST", "/v1/marketplace/wallet/listings", body, as(aliceToken))
		require.Equal(t, http.StatusOK, got.StatusCode, "%s: %s", text, got.body)
		require.Equal(t, want, price.PRIV(), text)
	}
}
