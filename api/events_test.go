package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/api"
	"privd/market"
	"privd/market/earning"
	"privd/market/event"
	"privd/storage/records"
)

// nothing is a journal in which nothing stands.
type nothing struct{}

func (nothing) View(_ context.Context, fn func(event.Tx) error) error             { return fn(nothing{}) }
func (nothing) Update(_ context.Context, fn func(event.Tx) error) error           { return fn(nothing{}) }
func (nothing) JournalOf(market.UserID, uint64, func(event.Event) bool) error     { return nil }
func (nothing) JournalBounds() (oldest, newest uint64, err error)                 { return 0, 0, nil }
func (nothing) TrimJournal(_ uint64, _ time.Time, _ int) (removed int, err error) { return 0, nil }

// diary is a real journal in which a test writes.
type diary struct {
	*event.Journal
	t     *testing.T
	store *records.Store
	dir   string
	n     int
}

func newDiary(t *testing.T) *diary {
	t.Helper()
	d := &diary{t: t, dir: t.TempDir()}
	d.open()
	t.Cleanup(func() { require.NoError(t, d.store.Close()) })
	return d
}

func (d *diary) open() {
	d.t.Helper()
	journal := &event.Journal{Clock: time.Now}
	store, err := records.Open(records.Options{Dir: d.dir, Log: slog.New(slog.DiscardHandler), OnEvents: journal.Told})
	require.NoError(d.t, err)
	journal.Store = records.As[event.Tx](store)
	d.Journal, d.store = journal, store
}

// earn books something for a user, which is one event.
func (d *diary) earn(user market.UserID) string {
	d.t.Helper()
	d.n++
	id := fmt.Sprintf("earn_%s_%d", user, d.n)
	require.NoError(d.t, d.store.Update(context.Background(), func(tx *records.Tx) error {
		return tx.PutEarning(earning.Earning{ID: market.EarningID(id), User: user, Source: earning.DataSales, Reference: id,
			Amount: amount("1.5"), Status: earning.Confirmed, CreatedAt: time.Now().UTC()})
	}))
	return id
}

func withEvents(e api.Events) func(*api.Config, *api.Deps) {
	return func(_ *api.Config, d *api.Deps) { d.Events = e }
}

// told is one block of a stream.
type told struct {
	id, kind, data string
	retry, comment string
}

// stream is an open stream of events.
type stream struct {
	t    *testing.T
	body io.ReadCloser
	in   *bufio.Scanner
}

func listen(t *testing.T, url, token string, header ...string) *stream {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	answer, err := client.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { answer.Body.Close() })
	if answer.StatusCode != http.StatusOK {
		raw, _ := io.ReadAll(answer.Body)
		require.Equal(t, http.StatusOK, answer.StatusCode, string(raw))
	}
	require.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
	return &stream{t: t, body: answer.Body, in: bufio.NewScanner(answer.Body)}
}

// next returns the next block; false at the end.
func (s *stream) next() (b told, ok bool) {
	s.t.Helper()
	for s.in.Scan() {
		line := s.in.Text()
		if line == "" {
			return b, true
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "id":
			b.id = value
		case "event":
			b.kind = value
		case "data":
			require.Empty(s.t, b.data, "data is one line")
			b.data = value
		case "retry":
			b.retry = value
		case "":
			b.comment = value
		default:
			require.Fail(s.t, "unknown field", line)
		}
	}
	return b, false
}

// earnings reads n events and returns their earnings and the last id.
func (s *stream) earnings(n int) (ids []string, last string) {
	s.t.Helper()
	for len(ids) < n {
		b, ok := s.next()
		require.True(s.t, ok, "the stream ended after %v", ids)
		if b.kind == "" {
			continue
		}
		require.Equal(s.t, "earning.booked", b.kind)
		var data struct {
			ID     string      `json:"earning_id"`
			Amount json.Number `json:"amount_priv"`
			Wei    string      `json:"amount_priv_wei"`
		}
		require.NoError(s.t, json.Unmarshal([]byte(b.data), &data))
		require.Equal(s.t, "1.5", data.Amount.String())
		require.Equal(s.t, "1500000000000000000", data.Wei)
		ids, last = append(ids, data.ID), b.id
	}
	return ids, last
}

const eventsPath = "/v1/events"

// 1. A client follows. 2. Its connection breaks, and things happen meanwhile. 3. It
// comes back with the last id and gets what it missed, once. 4. So it does when the
// URL still says where it began.
func TestEventsResume(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	s := serve(t, newWorld(), withEvents(d))
	live := listen(t, s.url+eventsPath, aliceToken)
	hello, ok := live.next()
	require.True(t, ok)
	require.Equal(t, told{id: "0", retry: "2000"}, hello)
	want := []string{d.earn("usr_alice"), d.earn("usr_alice")}
	got, last := live.earnings(2)
	require.Equal(t, want, got)
	require.NoError(t, live.body.Close())

	want = nil
	for range 150 { // more than a page
		want = append(want, d.earn("usr_alice"))
		d.earn("usr_bob")
	}
	for _, back := range []*stream{
		listen(t, s.url+eventsPath, aliceToken, "Last-Event-ID", last),
		listen(t, s.url+eventsPath+"?last_event_id="+last, aliceToken),
		listen(t, s.url+eventsPath+"?last_event_id=0", aliceToken, "Last-Event-ID", last),
	} {
		got, _ = back.earnings(len(want))
		require.Equal(t, want, got)
		next := d.earn("usr_alice")
		want = append(want, next)
		got, _ = back.earnings(1)
		require.Equal(t, []string{next}, got)
		require.NoError(t, back.body.Close())
	}
}

// Who does not follow gets what there is, and the end.
func TestEventsWithoutFollowing(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	s := serve(t, newWorld(), withEvents(d))
	want := []string{d.earn("usr_alice"), d.earn("usr_alice")}
	all := listen(t, s.url+eventsPath+"?follow=false&last_event_id=0", aliceToken)
	got, _ := all.earnings(2)
	require.Equal(t, want, got)
	_, more := all.next()
	require.False(t, more)
	none := listen(t, s.url+eventsPath+"?follow=false", aliceToken)
	b, ok := none.next()
	require.True(t, ok)
	require.Equal(t, "2", b.id)
	_, more = none.next()
	require.False(t, more)
}

// Users see their own events only; the operator, too, unless it acts as another.
func TestEventsAreTheirOwners(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	s := serve(t, newWorld(), withEvents(d))
	alice, bob := listen(t, s.url+eventsPath, aliceToken), listen(t, s.url+eventsPath, bobToken)
	operator := listen(t, s.url+eventsPath, operatorToken)
	asBob := listen(t, s.url+eventsPath, operatorToken, "X-Privd-User", "bob")
	var ofAlice, ofBob []string
	for i := range 60 {
		if i%3 == 0 {
			ofBob = append(ofBob, d.earn("usr_bob"))
		} else {
			ofAlice = append(ofAlice, d.earn("usr_alice"))
		}
	}
	own := d.earn("usr_operator")
	got, _ := alice.earnings(len(ofAlice))
	require.Equal(t, ofAlice, got)
	got, _ = bob.earnings(len(ofBob))
	require.Equal(t, ofBob, got)
	got, _ = asBob.earnings(len(ofBob))
	require.Equal(t, ofBob, got)
	got, _ = operator.earnings(1)
	require.Equal(t, []string{own}, got)
	for token, status := range map[string]int{"": 401, serviceToken: 403, "wrong": 401} {
		var options []option
		if token != "" {
			options = append(options, as(token))
		}
		require.Equal(t, status, s.call(t, "GET", eventsPath, "", options...).StatusCode)
	}
}

// Whose id is not kept any more is told, and goes on from now.
func TestEventsReset(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	s := serve(t, newWorld(), withEvents(d))
	for range 20 {
		d.earn("usr_alice")
	}
	d.Clock = func() time.Time { return time.Now().Add(event.KeepFor + time.Hour) }
	n, err := d.Trim(t.Context())
	require.NoError(t, err)
	require.Equal(t, 19, n, "the newest stays")
	for _, id := range []string{"3", "21", "18446744073709551615"} {
		late := listen(t, s.url+eventsPath, aliceToken, "Last-Event-ID", id)
		hello, ok := late.next()
		require.True(t, ok)
		require.Equal(t, "2000", hello.retry)
		b, ok := late.next()
		require.True(t, ok)
		require.Equal(t, "reset", b.kind)
		require.NoError(t, late.body.Close())
	}
	onTime := listen(t, s.url+eventsPath, aliceToken, "Last-Event-ID", "19")
	_, last := onTime.earnings(1)
	require.Equal(t, "20", last)
}

// What is no id is refused, in words.
func TestEventsRefuse(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	for _, id := range []string{"x", "-1", "+1", "01", "1.0", "18446744073709551616", "1 2"} {
		got := s.call(t, "GET", eventsPath, "", as(aliceToken), header("Last-Event-ID", id))
		require.Equal(t, http.StatusBadRequest, got.StatusCode, id)
		require.Contains(t, string(got.body), "Last-Event-ID")
	}
	require.Equal(t, http.StatusBadRequest, s.call(t, "GET", eventsPath+"?last_event_id=x", "", as(aliceToken)).StatusCode)
	require.Equal(t, http.StatusBadRequest, s.call(t, "GET", eventsPath+"?follow=maybe", "", as(aliceToken)).StatusCode)
}

// A user has so many streams; one that ends makes room.
func TestEventsAreBounded(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	s := serve(t, newWorld(), withEvents(d))
	var open []*stream
	for range event.MaxOfUser {
		open = append(open, listen(t, s.url+eventsPath, aliceToken))
	}
	require.Equal(t, http.StatusTooManyRequests, s.call(t, "GET", eventsPath, "", as(aliceToken)).StatusCode)
	listen(t, s.url+eventsPath, bobToken)
	require.NoError(t, open[0].body.Close())
	require.Eventually(t, func() bool {
		return s.call(t, "GET", eventsPath+"?follow=false", "", as(aliceToken)).StatusCode == http.StatusOK
	}, 10*time.Second, 10*time.Millisecond)
}

// A client that does not read is cut off, while others go on.
func TestEventsSlowReader(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	s := serve(t, newWorld(), withEvents(d), func(c *api.Config, _ *api.Deps) { c.StallTimeout = 200 * time.Millisecond })
	long := market.ClaimID(strings.Repeat("x", 256<<10))
	for i := range 60 {
		require.NoError(t, d.store.Update(t.Context(), func(tx *records.Tx) error {
			return tx.PutEarning(earning.Earning{ID: market.EarningID(fmt.Sprint("earn_", i)), User: "usr_alice", Reference: fmt.Sprint(i), Claim: long})
		}))
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.(*net.TCPConn).SetReadBuffer(4<<10))
	fmt.Fprintf(conn, "GET %s?last_event_id=0 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", eventsPath, aliceToken)
	quick := listen(t, s.url+eventsPath, bobToken)
	want := d.earn("usr_bob")
	got, _ := quick.earnings(1)
	require.Equal(t, []string{want}, got)
	// Once the node has given up nobody follows alice.
	require.Eventually(t, func() bool {
		for range event.MaxOfUser {
			f, err := d.Follow("usr_alice")
			if err != nil {
				return false
			}
			defer f.Close()
		}
		return true
	}, 20*time.Second, 20*time.Millisecond)
}

// The server stops at once though streams are open.
func TestEventsEndWithTheServer(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	s := serve(t, newWorld(), withEvents(d))
	var open []*stream
	for range 5 {
		open = append(open, listen(t, s.url+eventsPath, aliceToken))
	}
	began := time.Now()
	require.NoError(t, s.stop())
	require.Less(t, time.Since(began), time.Second, "the grace is three seconds")
	for _, o := range open {
		for {
			if _, ok := o.next(); !ok {
				break
			}
		}
	}
}

// Numbers go on where they stopped when the node starts again.
func TestEventsAcrossRestart(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	first := serve(t, newWorld(), withEvents(d))
	live := listen(t, first.url+eventsPath, aliceToken)
	before := d.earn("usr_alice")
	got, last := live.earnings(1)
	require.Equal(t, []string{before}, got)
	missed := d.earn("usr_alice")
	require.NoError(t, first.stop())
	require.NoError(t, d.store.Close())
	d.open()
	second := serve(t, newWorld(), withEvents(d))
	after := d.earn("usr_alice")
	back := listen(t, second.url+eventsPath, aliceToken, "Last-Event-ID", last)
	got, _ = back.earnings(2)
	require.Equal(t, []string{missed, after}, got)
}
