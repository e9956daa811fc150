package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"privd/api/oas"
	"privd/market"
	"privd/market/event"
)

// Events is what users are told as it happens; event.Journal is one.
type Events interface {
	// Follow returns Limited when too many follow already.
	Follow(user market.UserID) (*event.Follower, error)
	Start(ctx context.Context, seen *uint64) (after uint64, reset bool, err error)
	Next(ctx context.Context, user market.UserID, after uint64, limit int) (page []event.Event, upTo uint64, err error)
}

const (
	// heartbeat is how often a quiet stream says that it lives.
	heartbeat = 15 * time.Second
	// streamLife is after how long a stream ends: the next one shows its credential
	// anew.
	streamLife = time.Hour
	// reconnect is how long clients are asked to wait before they come back.
	reconnect = 2 * time.Second
	// eventPage is how many events are in memory for one reader.
	eventPage = 64
)

// StreamEvents implements oas.StrictServerInterface.
func (h *handlers) StreamEvents(ctx context.Context, r oas.StreamEventsRequestObject) (oas.StreamEventsResponseObject, error) {
	seen, err := lastEvent(r.Params)
	if err != nil {
		return nil, err
	}
	s := &eventStream{ctx: ctx, h: h, user: user(ctx), follow: r.Params.Follow == nil || *r.Params.Follow}
	// Who follows before it looks misses nothing in between.
	if s.follower, err = h.Events.Follow(s.user); err != nil {
		return nil, err
	}
	if s.after, s.reset, err = h.Events.Start(ctx, seen); err != nil {
		s.follower.Close()
		return nil, err
	}
	return s, nil
}

// lastEvent returns the id of the last event that the client has seen; nil for none.
// A browser that comes back sends the header while the URL still says where it began.
func lastEvent(p oas.StreamEventsParams) (*uint64, error) {
	for _, sent := range []struct {
		name string
		id   *string
	}{{"Last-Event-ID", p.LastEventID}, {"last_event_id", p.LastEventIDQuery}} {
		if sent.id != nil && *sent.id != "" {
			seq, err := event.ParseID(sent.name, *sent.id)
			return &seq, err
		}
	}
	return nil, nil
}

// eventStream tells one client what happens to what its user owns.
type eventStream struct {
	ctx      context.Context
	h        *handlers
	user     market.UserID
	follow   bool
	follower *event.Follower

	after uint64 // everything up to here was told, or is of others
	sent  uint64 // the id the client knows
	reset bool

	w       http.ResponseWriter
	control *http.ResponseController
}

// VisitStreamEventsResponse implements oas.StreamEventsResponseObject. What is not
// read in time ends the stream; nothing waits in memory for a slow reader.
func (s *eventStream) VisitStreamEventsResponse(w http.ResponseWriter) error {
	defer s.follower.Close()
	s.w, s.control = w, http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // proxies would wait for more
	w.WriteHeader(http.StatusOK)
	if s.greet() != nil {
		return nil // the client is gone, which is no failure
	}
	end := time.NewTimer(streamLife)
	defer end.Stop()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		gone, err := s.catchUp()
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		if gone || !s.follow {
			return nil
		}
		select {
		case <-s.follower.Wake:
		case <-beat.C:
			if s.send(": alive\n"+s.place()) != nil {
				return nil
			}
		case <-end.C:
			return nil
		case <-s.h.closing:
			return nil
		case <-s.ctx.Done():
			return nil
		}
	}
}

// greet says when to come back and where the stream begins.
func (s *eventStream) greet() error {
	hello := fmt.Sprintf("retry: %d\n", reconnect.Milliseconds())
	if s.reset {
		s.sent = s.after
		return s.send(hello + "\n" + frame(event.FormatID(s.after), "reset", oas.Event{
			At: s.h.Clock().UTC().Truncate(time.Millisecond), Reason: present("events you have not seen are not kept any more"),
		}))
	}
	s.sent = s.after
	return s.send(hello + "id: " + event.FormatID(s.after) + "\n\n")
}

// catchUp tells what is there. gone says that the client does not read.
func (s *eventStream) catchUp() (gone bool, err error) {
	for s.ctx.Err() == nil {
		page, upTo, err := s.h.Events.Next(s.ctx, s.user, s.after, eventPage)
		if err != nil {
			return false, err
		}
		var text strings.Builder
		for _, e := range page {
			text.WriteString(frame(event.FormatID(e.Seq), string(e.Kind), eventOf(e)))
			s.sent = e.Seq
		}
		s.after = upTo
		if text.Len() > 0 && s.send(text.String()) != nil {
			return true, nil
		}
		if len(page) < eventPage {
			return false, nil
		}
	}
	return true, nil
}

// place moves the client's place past events of others; empty where it stands there.
func (s *eventStream) place() string {
	if s.sent == s.after {
		return "\n"
	}
	s.sent = s.after
	return "id: " + event.FormatID(s.after) + "\n\n"
}

func (s *eventStream) send(text string) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(s.h.stall))
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}

// frame is one event on the wire. JSON has no line breaks of its own.
func frame(id, kind string, data oas.Event) string {
	raw, err := json.Marshal(data)
	if err != nil {
		panic("api: an event always encodes: " + err.Error())
	}
	return "id: " + id + "\nevent: " + kind + "\ndata: " + string(raw) + "\n\n"
}

func eventOf(e event.Event) oas.Event {
	out := oas.Event{
		At:             e.At.UTC().Truncate(time.Millisecond),
		ContributionID: present(string(e.Contribution)), ListingID: present(string(e.Listing)), PurchaseID: present(string(e.Purchase)),
		EarningID: present(string(e.Earning)), ClaimID: present(string(e.Claim)),
		SignatureID: present(string(e.Signature)),
		Status:      present(e.Status), PreviousStatus: present(e.Before), State: present(e.State), Source: present(string(e.Source)),
	}
	if len(e.Changed) > 0 {
		out.Changed = &e.Changed
	}
	switch e.Kind {
	case event.RatingReceived:
		out.Rating, out.Comment = present(int(e.Stars)), present(e.Text)
	case event.EarningBooked, event.EarningConfirmed, event.EarningClaimed, event.EarningCancelled:
		out.ReferenceID = present(e.Text)
	case event.ClaimMoved:
		out.TxHash = present(e.Text)
	case event.ContributionDeleted, event.ContributionErased:
		out.DeletionType = present(e.Text)
	case event.SignatureRequested:
		out.Kind = present(e.Text)
	case event.X402SaleMoved:
		out.X402SaleID, out.DatasetID, out.TxHash = present(e.X402Sale.String()), present(string(e.Dataset)), present(e.Text)
		amount, units := usdc(e.Amount)
		out.AmountUsdc, out.AmountUsdcWei = &amount, &units
	default:
		out.Reason = present(e.Text)
	}
	switch e.Kind {
	case event.EarningBooked, event.EarningConfirmed, event.EarningClaimed, event.EarningCancelled, event.ClaimMoved:
		amount, wei := priv(e.Amount)
		out.AmountPriv, out.AmountPrivWei = &amount, &wei
	}
	return out
}
