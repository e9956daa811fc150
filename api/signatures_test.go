package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/api"
	"privd/market"
	"privd/market/listing"
	"privd/market/purchase"
	"privd/market/seal"
	"privd/market/signature"
)

// signatures is what wallets are asked to sign; nothing where the functions are nil.
type signatures struct {
	answer func(user market.UserID, id market.SignatureID, text string) (signature.Request, error)
	open   []signature.Request
}

func (s signatures) List(_ context.Context, user market.UserID, limit, offset int) ([]signature.Request, int, error) {
	if user != "usr_alice" || offset >= len(s.open) {
		return nil, 0, nil
	}
	return s.open[offset:min(len(s.open), offset+limit)], len(s.open), nil
}

func (s signatures) Get(_ context.Context, user market.UserID, id market.SignatureID) (signature.Request, error) {
	for _, r := range s.open {
		if r.ID == id && r.User == user {
			return r, nil
		}
	}
	return signature.Request{}, market.Fail(market.NotFound, "Signature request not found")
}

func (s signatures) Answer(_ context.Context, user market.UserID, id market.SignatureID, text string) (signature.Request, error) {
	return s.answer(user, id, text)
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	message := seal.Domain{ChainID: 31337}.OrderMessage(seal.Order{Price: amount("25"), Version: 1})
	one := signature.New("usr_alice", market.Address{7}, signature.ListingOrder, "listing_abc123", message, start, start.Add(time.Hour))
	one.ID = "sig_1"
	old := one
	old.ID, old.ExpiresAt = "sig_2", start
	fake := signatures{open: []signature.Request{one, old}}
	fake.answer = func(user market.UserID, id market.SignatureID, text string) (signature.Request, error) {
		if user != "usr_alice" || id != "sig_1" {
			return signature.Request{}, market.Fail(market.NotFound, "Signature request not found")
		}
		if text != "0x12" {
			return signature.Request{}, market.BadField("signature", "signature is not the wallet's")
		}
		one.Signature, one.Status = &seal.Sig{}, "active"
		return one, nil
	}
	s := serve(t, newWorld(), func(_ *api.Config, d *api.Deps) { d.Signatures = fake })

	page := s.call(t, "GET", "/v1/user/signatures?limit=1", "", as(aliceToken))
	require.Equal(t, http.StatusOK, page.StatusCode)
	require.Contains(t, string(page.body), `"typed_data":{"domain":{"chainId":31337,`)
	require.Contains(t, string(page.body), `"price":"25000000000000000000"`)
	require.Contains(t, string(page.body), `"pagination":{"has_more":true,"limit":1,"offset":0,"total":2}`)
	require.Contains(t, string(s.call(t, "GET", "/v1/user/signatures", "", as(bobToken)).body), `"signatures":[]`)
	for id, status := range map[string]string{"sig_1": "open", "sig_2": "expired"} {
		require.Equal(t, status, s.call(t, "GET", "/v1/user/signatures/"+id, "", as(aliceToken)).data(t)["status"])
	}
	require.Equal(t, http.StatusNotFound, s.call(t, "GET", "/v1/user/signatures/sig_1", "", as(bobToken)).StatusCode)

	answer := s.call(t, "POST", "/v1/user/signatures/sig_1", `{"signature":"0x12"}`, as(aliceToken))
	require.Equal(t, map[string]any{"id": "sig_1", "kind": "listing_order", "subject": "listing_abc123", "status": "active"}, answer.data(t))
	for _, c := range []struct {
		body, token, field string
		status             int
	}{
		{`{"signature":"0x13"}`, aliceToken, "signature", 400},
		{`{}`, aliceToken, "signature", 400},
		{`{"signature":7}`, aliceToken, "signature", 400},
		{`{"signature":"0x12"}`, bobToken, "", 404},
		{`{"signature":"0x12"}`, "", "", 401},
		{`{"signature":"0x12"}`, serviceToken, "", 403},
	} {
		var who []option
		if c.token != "" {
			who = append(who, as(c.token))
		}
		r := s.call(t, "POST", "/v1/user/signatures/sig_1", c.body, who...)
		require.Equal(t, c.status, r.StatusCode, c.body)
		_, _, field := r.failure(t)
		require.Equal(t, c.field, field, c.body)
	}
}

// What waits for a wallet names the request, and nothing is said to have changed.
func TestPendingSignatures(t *testing.T) {
	t.Parallel()
	w := newWorld()
	waits := sampleListing()
	waits.Status, waits.Waiting = listing.Active, &listing.Waiting{Request: "sig_1", Price: amount("30")}
	w.update = func(market.UserID, market.ListingID, listing.Patch) (listing.Listing, []string, error) {
		return waits, []string{"price_priv"}, nil
	}
	w.mine = func(user market.UserID, _ market.ListingID) (listing.Listing, error) {
		if user != waits.Owner {
			return listing.Listing{}, market.ErrNotFound
		}
		return waits, nil
	}
	w.buy = func(context.Context, market.UserID, market.ListingID, uint32) (purchase.Purchase, error) {
		p := samplePurchase().Purchase
		p.State, p.External, p.Request, p.ExpiresAt = purchase.Paying, true, "sig_2", time.Time{}
		return p, nil
	}
	s := serve(t, w)

	changed := s.call(t, "PUT", "/v1/marketplace/wallet/listings/listing_abc123", `{"price_priv":30}`, as(aliceToken)).data(t)
	require.Equal(t, []any{}, changed["updated_fields"])
	require.Equal(t, []any{"price_priv"}, changed["pending_fields"])
	require.Equal(t, "sig_1", changed["pending_signature"])
	require.Equal(t, "active", changed["status"])
	shown := s.call(t, "GET", "/v1/marketplace/wallet/listings/listing_abc123", "", as(aliceToken))
	require.Contains(t, string(shown.body), `"pending_signature":"sig_1"`)
	require.Contains(t, string(shown.body), `"price_priv":25,`)

	bought := s.call(t, "POST", "/v1/marketplace/wallet/listings/listing_sold/purchase", "", as(bobToken)).data(t)
	require.Equal(t, "pending", bought["status"])
	require.Equal(t, "sig_2", bought["signature_request"])
	require.True(t, strings.Contains(bought["message"].(string), "sig_2"), bought["message"])
}

// The operator acts for users that have no name, too: those who came with a wallet.
func TestActingByID(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	const path = "/v1/marketplace/wallet/listings/listing_abc123"
	require.Equal(t, true, s.call(t, "GET", path, "", as(operatorToken), header("X-Privd-User", "usr_alice")).data(t)["is_owner"])
	require.Equal(t, 404, s.call(t, "GET", path, "", as(operatorToken), header("X-Privd-User", "usr_nobody")).StatusCode)
	require.Equal(t, 404, s.call(t, "GET", path, "", as(bobToken), header("X-Privd-User", "usr_alice")).StatusCode)
}
