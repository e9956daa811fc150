package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"privd/api/oas"
	"privd/market"
)

// statuses is the only table from what went wrong to an HTTP status.
var statuses = map[market.Code]int{
	market.Internal:        http.StatusInternalServerError,
	market.Invalid:         http.StatusBadRequest,
	market.Unauthenticated: http.StatusUnauthorized,
	market.Denied:          http.StatusForbidden,
	market.NotFound:        http.StatusNotFound,
	market.Conflict:        http.StatusConflict,
	market.TooLarge:        http.StatusRequestEntityTooLarge,
	market.Limited:         http.StatusTooManyRequests,
	market.Unpaid:          http.StatusPaymentRequired,
	market.Expired:         http.StatusForbidden,
	market.Unavailable:     http.StatusServiceUnavailable,
}

// defaults are the messages of errors that carry none.
var defaults = map[market.Code]string{
	market.Internal:        "internal error; the node's log has it under this request id",
	market.Invalid:         "invalid request",
	market.Unauthenticated: "a valid credential is required",
	market.Denied:          "not allowed",
	market.NotFound:        "not found",
	market.Conflict:        "conflict",
	market.TooLarge:        "too large",
	market.Limited:         "too many requests; try again later",
	market.Unpaid:          "payment required",
	market.Expired:         "expired",
	market.Unavailable:     "something the node depends on is unavailable; try again",
}

// retryAfter is what clients are told to wait, in seconds.
var retryAfter = map[market.Code]int{market.Limited: 1, market.Unavailable: 5}

// classify finds the error a client may see in err's chain.
func classify(err error) *market.Error {
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return &market.Error{Code: market.TooLarge, Reason: "BODY_TOO_LARGE",
			Message: "the body is larger than " + strconv.FormatInt(tooLong.Limit, 10) + " bytes", Err: err}
	}
	var known *market.Error
	if errors.As(err, &known) {
		return known
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &market.Error{Code: market.Unavailable, Message: "the request was cut short", Err: err}
	}
	return &market.Error{Code: market.Internal, Err: err}
}

// fail answers with the error envelope. What an internal error says goes to the
// log alone.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	e, c := classify(err), callOf(r.Context())
	status, known := statuses[e.Code]
	if !known {
		status = http.StatusInternalServerError
	}
	details := oas.FailureDetails{Code: e.Code.String(), Message: e.Message, RequestID: &c.id}
	if e.Reason != "" {
		details.Code = e.Reason
	}
	if e.Field != "" {
		details.Field = &e.Field
	}
	if details.Message == "" {
		details.Message = defaults[e.Code]
	}
	details.Message = clipped(details.Message)
	switch {
	case r.Context().Err() != nil:
		s.deps.Log.Debug("request abandoned", slog.String("request_id", c.id), slog.String("operation", c.operation), slog.Any("error", err))
	case status == http.StatusInternalServerError:
		details.Code, details.Message, details.Field = market.Internal.String(), defaults[market.Internal], nil
		s.deps.Log.Error("request failed", slog.String("request_id", c.id), slog.String("operation", c.operation), slog.Any("error", err))
	case status == http.StatusServiceUnavailable:
		s.deps.Log.Warn("request could not be served", slog.String("request_id", c.id), slog.String("operation", c.operation), slog.Any("error", err))
	}
	if c.started() {
		// The status line is gone; cutting the connection is the only way left to say it.
		panic(http.ErrAbortHandler)
	}
	header := w.Header()
	if after := retryAfter[e.Code]; after > 0 {
		header.Set("Retry-After", strconv.Itoa(after))
	}
	if e.Code == market.Unauthenticated {
		header.Set("WWW-Authenticate", `Bearer realm="privd"`)
	}
	writeJSON(w, status, oas.Failure{Error: details})
}

// maxMessage is how much of a message is sent, in bytes: some quote what the client
// sent.
const maxMessage = 500

func clipped(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	return strings.ToValidUTF8(message[:maxMessage], "") + "..."
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic("api: an envelope always encodes: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// A client that went away is no concern of ours.
	_, _ = w.Write(body)
}
