package call

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"privd/market"
)

// Event is one event as the node tells it.
type Event struct {
	ID   string          `json:"id"`
	Kind string          `json:"event"`
	Data json.RawMessage `json:"data"`
}

// Events hands over the caller's events after the one with the id since, as they
// come, and returns the id it has got to. It returns nil when the node ends the stream:
// at the newest event unless follow is set, and else now and then, when the caller
// goes on from the id. An error of tell ends it.
func (n Node) Events(ctx context.Context, since string, follow bool, tell func(Event) error) (last string, err error) {
	query := url.Values{}
	if !follow {
		query.Set("follow", "false")
	}
	req, err := n.Request(ctx, http.MethodGet, "/events?"+query.Encode(), nil)
	if err != nil {
		return since, err
	}
	if since != "" {
		req.Header.Set("Last-Event-ID", since)
	}
	answer, err := n.Do(req)
	if err != nil {
		return since, err
	}
	defer answer.Body.Close()
	last, err = readEvents(answer.Body, since, tell)
	var stopped stop
	switch {
	case errors.As(err, &stopped):
		return last, stopped.error
	case err != nil && ctx.Err() != nil:
		return last, context.Cause(ctx)
	case err != nil:
		return last, &market.Error{Code: market.Unavailable, Reason: NoAnswer, Message: "the node's answer broke off", Err: err}
	}
	return last, nil
}

// stop marks an error that came from whom the events are for.
type stop struct{ error }

// maxEvent is how many bytes a line of a stream may have.
const maxEvent = 1 << 20

// readEvents reads a stream as the HTML standard has it. last is the id that the
// stream stands at.
func readEvents(r io.Reader, last string, tell func(Event) error) (string, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxEvent)
	lines.Split(eventLines)
	id, kind, size := last, "", 0
	var data []string
	for lines.Scan() {
		line := lines.Text()
		if line == "" {
			// A block that is not ended by an empty line is not complete, and its id
			// does not count.
			last = id
			if len(data) > 0 {
				e := Event{ID: id, Kind: kind, Data: json.RawMessage(strings.Join(data, "\n"))}
				if !json.Valid(e.Data) {
					return last, fmt.Errorf("event %.40q is not JSON", id)
				}
				if err := tell(e); err != nil {
					return last, stop{err}
				}
			}
			kind, data, size = "", nil, 0
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "id":
			if !strings.Contains(value, "\x00") {
				id = value
			}
		case "event":
			kind = value
		case "data":
			if size += len(value); size > maxEvent {
				return last, errors.New("event is too large")
			}
			data = append(data, value)
		}
	}
	return last, lines.Err()
}

// eventLines splits at "\r\n", "\n" and "\r".
func eventLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	i := bytes.IndexAny(data, "\r\n")
	switch {
	case i < 0:
		return 0, nil, nil // what no line end follows is not complete
	case data[i] == '\n':
		return i + 1, data[:i], nil
	case i+1 < len(data) && data[i+1] == '\n':
		return i + 2, data[:i], nil
	case i+1 == len(data) && !atEOF:
		return 0, nil, nil // a line feed may follow
	}
	return i + 1, data[:i], nil
}
