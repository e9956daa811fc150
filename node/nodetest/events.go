package nodetest

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Event is one event of a stream.
type Event struct {
	ID   string
	Kind string
	Data map[string]any
}

// Subject is the id of what the event is about.
func (e Event) Subject() string {
	for _, field := range []string{"contribution_id", "purchase_id", "earning_id", "claim_id", "listing_id"} {
		if id, ok := e.Data[field].(string); ok {
			return id
		}
	}
	return ""
}

// Stream is an open stream of events.
type Stream struct {
	// Last is the id that the stream stands at.
	Last   string
	events chan Event
	cancel context.CancelFunc
	ended  chan struct{}
}

// Events follows the events of the client's user after an id; those from now on
// where it is empty. It ends with the test, or by Close.
func (c *Client) Events(t testing.TB, after string) *Stream {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.node.URL()+"/api/v1/events", nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+c.token)
	if after != "" {
		r.Header.Set("Last-Event-ID", after)
	}
	client := &http.Client{Transport: &http.Transport{}}
	answer, err := client.Do(r)
	must(t, err)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("events: %s", answer.Status)
	}
	s := &Stream{Last: after, events: make(chan Event, 1000), cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		defer client.CloseIdleConnections()
		defer answer.Body.Close()
		s.read(bufio.NewScanner(answer.Body))
	}()
	t.Cleanup(s.Close)
	if first := s.next(t, "the stream's place"); first.Kind != "" {
		t.Fatalf("events begin with %v", first)
	}
	return s
}

// read hands on each block that has an id; those that only move the place have no
// kind.
func (s *Stream) read(lines *bufio.Scanner) {
	var e Event
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id":
			e.ID = value
		case "event":
			e.Kind = value
		case "data":
			_ = json.Unmarshal([]byte(value), &e.Data)
		case "":
			if e.ID != "" {
				s.events <- e
			}
			e = Event{}
		}
	}
}

func (s *Stream) next(t testing.TB, what string) Event {
	t.Helper()
	select {
	case e := <-s.events:
		s.Last = e.ID
		return e
	case <-time.After(patience):
		t.Fatalf("waited %s for %s", patience, what)
	}
	return Event{}
}

// WaitEvent reads until an event of a kind that is fit, and returns it. Fit may be
// nil.
func (s *Stream) WaitEvent(t testing.TB, kind string, fit func(Event) bool) Event {
	t.Helper()
	for {
		if e := s.next(t, "event "+kind); e.Kind == kind && (fit == nil || fit(e)) {
			return e
		}
	}
}

// WaitAny returns the next event.
func (s *Stream) WaitAny(t testing.TB) Event {
	t.Helper()
	return s.next(t, "any event")
}

// Close ends the stream and returns when it has ended.
func (s *Stream) Close() {
	s.cancel()
	<-s.ended
}
