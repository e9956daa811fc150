package api_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/purchase"
)

const buyPath = "/marketplace/wallet/listings/listing_abc123/purchase"

// counting buys with a new id each time, so that a repetition shows.
func counting(w *world) *atomic.Int64 {
	var n atomic.Int64
	w.buy = func(context.Context, market.UserID, market.ListingID, uint32) (purchase.Purchase, error) {
		p := samplePurchase().Purchase
		p.ID = market.PurchaseID(fmt.Sprintf("purchase_%d", n.Add(1)))
		return p, nil
	}
	return &n
}

// TestReplay: the same request within 30 seconds is answered from the store,
// whatever prefix it came under; any difference makes it another one.
func TestReplay(t *testing.T) {
	t.Parallel()
	w := newWorld()
	n := counting(w)
	s := serve(t, w)
	first := s.call(t, "POST", "/api/v1"+buyPath, `{"access_duration_days":60}`, as(bobToken))
	again := s.call(t, "POST", "/v1"+buyPath, `{"access_duration_days":60}`, as(bobToken))
	require.Equal(t, first.body, again.body)
	require.Equal(t, "application/json", again.Header.Get("Content-Type"))
	require.EqualValues(t, 1, n.Load())
	s.call(t, "POST", "/v1"+buyPath, `{"access_duration_days":61}`, as(bobToken))
	s.call(t, "POST", "/v1"+buyPath, "", as(bobToken))
	s.call(t, "POST", "/v1"+buyPath, `{"access_duration_days":60}`, as(aliceToken))
	s.call(t, "POST", "/v1/marketplace/wallet/listings/other/purchase", `{"access_duration_days":60}`, as(bobToken))
	require.EqualValues(t, 5, n.Load())
	w.advance(30 * time.Second)
	s.call(t, "POST", "/v1"+buyPath, `{"access_duration_days":60}`, as(bobToken))
	require.EqualValues(t, 6, n.Load())
}

// TestIdempotencyKey: a key widens the window to a day, and belongs to one body.
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	w := newWorld()
	n := counting(w)
	s := serve(t, w)
	key := header("Idempotency-Key", "order-1")
	first := s.call(t, "POST", "/v1"+buyPath, "{}", as(bobToken), key)
	w.advance(24*time.Hour - time.Second)
	require.Equal(t, first.body, s.call(t, "POST", "/v1"+buyPath, "{}", as(bobToken), key).body)
	got := s.call(t, "POST", "/v1"+buyPath, `{"access_duration_days":1}`, as(bobToken), key)
	require.Equal(t, http.StatusConflict, got.StatusCode)
	code, _, field := got.failure(t)
	require.Equal(t, []string{"IDEMPOTENCY_KEY_REUSED", "Idempotency-Key"}, []string{code, field})
	require.EqualValues(t, 1, n.Load())
	s.call(t, "POST", "/v1"+buyPath, "{}", as(aliceToken), key)
	require.EqualValues(t, 2, n.Load(), "another caller's key is another key")
	w.advance(2 * time.Second)
	s.call(t, "POST", "/v1"+buyPath, "{}", as(bobToken), key)
	require.EqualValues(t, 3, n.Load())
}

// TestIdempotencyKeyOfARepetition: a key that comes with a repetition names the
// same intent, for as long as any other.
func TestIdempotencyKeyOfARepetition(t *testing.T) {
	t.Parallel()
	w := newWorld()
	n := counting(w)
	s := serve(t, w)
	first := s.call(t, "POST", "/v1"+buyPath, "{}", as(bobToken))
	require.Equal(t, http.StatusOK, first.StatusCode)
	key := header("Idempotency-Key", "intent")
	require.Equal(t, first.body, s.call(t, "POST", "/v1"+buyPath, "{}", as(bobToken), key).body)
	w.advance(time.Hour)
	require.Equal(t, first.body, s.call(t, "POST", "/v1"+buyPath, "{}", as(bobToken), key).body)
	require.Equal(t, http.StatusConflict, s.call(t, "POST", "/v1"+buyPath, `{"access_duration_days":1}`, as(bobToken), key).StatusCode)
	require.EqualValues(t, 1, n.Load())
}

// TestFailuresAreNotReplayed: what failed may be tried again at once.
func TestFailuresAreNotReplayed(t *testing.T) {
	t.Parallel()
	w := newWorld()
	n := counting(w)
	buy := w.buy
	s := serve(t, w)
	w.buy = func(context.Context, market.UserID, market.ListingID, uint32) (purchase.Purchase, error) {
		return purchase.Purchase{}, market.Fail(market.Invalid, "Insufficient PRIV balance")
	}
	require.Equal(t, http.StatusBadRequest, s.call(t, "POST", "/v1"+buyPath, "", as(bobToken)).StatusCode)
	w.buy = func(context.Context, market.UserID, market.ListingID, uint32) (purchase.Purchase, error) {
		return purchase.Purchase{State: purchase.Failed, Reason: "the seller refused"}, nil
	}
	got := s.call(t, "POST", "/v1"+buyPath, "", as(bobToken))
	require.Equal(t, http.StatusBadRequest, got.StatusCode)
	code, message, _ := got.failure(t)
	require.Equal(t, "PURCHASE_FAILED", code)
	require.Contains(t, message, "the seller refused")
	w.buy = buy
	require.Equal(t, http.StatusOK, s.call(t, "POST", "/v1"+buyPath, "", as(bobToken)).StatusCode)
	require.EqualValues(t, 1, n.Load())
}

// TestReplayRaces: twenty at once happen once, and all get the same answer.
func TestReplayRaces(t *testing.T) {
	t.Parallel()
	w := newWorld()
	n := counting(w)
	buy := w.buy
	w.buy = func(c context.Context, u market.UserID, id market.ListingID, d uint32) (purchase.Purchase, error) {
		time.Sleep(20 * time.Millisecond)
		return buy(c, u, id, d)
	}
	s := serve(t, w)
	var wg sync.WaitGroup
	bodies := make([]string, 20)
	for i := range bodies {
		wg.Add(1)
		go func() {
			defer wg.Done()
			bodies[i] = string(s.call(t, "POST", "/v1"+buyPath, "{}", as(bobToken), header("Idempotency-Key", "k")).body)
		}()
	}
	wg.Wait()
	require.EqualValues(t, 1, n.Load())
	for _, b := range bodies {
		require.Equal(t, bodies[0], b)
	}
}

// TestHangUpAndRetry: a client that gives up while its purchase is under way gets
// the answer of that purchase when it asks again.
func TestHangUpAndRetry(t *testing.T) {
	t.Parallel()
	w := newWorld()
	n := counting(w)
	buy := w.buy
	entered, finish := make(chan struct{}), make(chan struct{})
	w.buy = func(c context.Context, u market.UserID, id market.ListingID, d uint32) (purchase.Purchase, error) {
		close(entered)
		select {
		case <-finish:
			return buy(c, u, id, d)
		case <-c.Done():
			return purchase.Purchase{}, c.Err()
		}
	}
	s := serve(t, w)
	impatient, hangUp := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(impatient, "POST", s.url+"/v1"+buyPath, nil)
	require.NoError(t, err)
	as(bobToken)(r)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if res, err := s.client.Do(r); err == nil {
			res.Body.Close()
		}
	}()
	<-entered
	hangUp()
	<-gone
	answer := make(chan reply)
	go func() { answer <- s.call(t, "POST", "/v1"+buyPath, "", as(bobToken)) }()
	close(finish)
	got := <-answer
	require.Equal(t, "purchase_1", got.data(t)["purchase_id"])
	require.EqualValues(t, 1, n.Load())
}
