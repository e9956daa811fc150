package call

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"privd/api/oas"
	"privd/market"
)

const (
	maxAnswer = 64 << 20 // bytes of JSON
	timeout   = 2 * time.Minute
)

// Node is a running node and who speaks to it.
type Node struct {
	API   string // as http://127.0.0.1:4000
	Token string // bearer credential; empty speaks for nobody
	User  string // local user the operator acts as; empty is the operator itself

	// HTTP makes the requests; nil is a client of its own for local use.
	HTTP *http.Client
}

// local reaches nodes on this machine: no proxies, which would see the token.
var local = &http.Client{Transport: &http.Transport{
	DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
	ExpectContinueTimeout: 5 * time.Second,
	MaxIdleConnsPerHost:   8,
	IdleConnTimeout:       30 * time.Second,
	DisableCompression:    true,
}}

// Get reads what is under a path of the API, such as "/user/balance".
func (n Node) Get(ctx context.Context, path string, query url.Values, data any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return n.Send(ctx, http.MethodGet, path, nil, data)
}

// Send makes a request with a JSON body, none when body is nil, and decodes the
// data of the answer; nil drops them. It takes at most two minutes.
func (n Node) Send(ctx context.Context, method, path string, body, data any) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		content = bytes.NewReader(raw)
	}
	req, err := n.Request(ctx, method, path, content)
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	answer, err := n.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return decode(answer.Body, data)
}

// Request makes a request with the credentials in place.
func (n Node) Request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(n.API, "/")+"/api/v1"+path, body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	if n.Token != "" {
		req.Header.Set("Authorization", "Bearer "+n.Token)
	}
	if n.User != "" {
		req.Header.Set("X-Privd-User", n.User)
	}
	return req, nil
}

// Do sends a request. Any status but 200 and 206 is an error; else the caller
// closes the body.
func (n Node) Do(req *http.Request) (*http.Response, error) {
	client := n.HTTP
	if client == nil {
		client = local
	}
	answer, err := client.Do(req)
	if err != nil {
		if cause := context.Cause(req.Context()); cause != nil && !errors.Is(cause, context.DeadlineExceeded) {
			return nil, fmt.Errorf("ask the node: %w", cause)
		}
		return nil, &market.Error{Code: market.Unavailable, Reason: NoAnswer, Message: "no node answers at " + n.API, Err: withoutURL(err)}
	}
	if answer.StatusCode == http.StatusOK || answer.StatusCode == http.StatusPartialContent {
		return answer, nil
	}
	defer answer.Body.Close()
	return nil, failure(answer)
}

// NoAnswer is the Reason of the Unavailable error of a node that does not answer at
// all, as against one that answers that something else is unavailable.
const NoAnswer = "NO_ANSWER"

// withoutURL drops the URL of an error of net/http: it may carry a token.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// decode reads an answer's envelope.
func decode(body io.Reader, data any) error {
	raw, err := io.ReadAll(io.LimitReader(body, maxAnswer+1))
	if err != nil {
		return &market.Error{Code: market.Unavailable, Reason: NoAnswer, Message: "the node's answer broke off", Err: err}
	}
	if len(raw) > maxAnswer {
		return market.Fail(market.Internal, "the node's answer is too large")
	}
	if data == nil {
		return nil
	}
	envelope := struct {
		Data any `json:"data"`
	}{data}
	if err := json.Unmarshal(raw, &envelope); err != nil {
		return &market.Error{Code: market.Internal, Message: "the node's answer is not what this program expects; do their versions match?", Err: err}
	}
	return nil
}

// statusCodes gives the code of a failure by its status, for answers that are not
// the node's own.
var statusCodes = map[int]market.Code{
	http.StatusBadRequest: market.Invalid, http.StatusUnauthorized: market.Unauthenticated,
	http.StatusPaymentRequired: market.Unpaid, http.StatusForbidden: market.Denied,
	http.StatusNotFound: market.NotFound, http.StatusMethodNotAllowed: market.Invalid,
	http.StatusConflict: market.Conflict, http.StatusGone: market.Expired,
	http.StatusRequestEntityTooLarge: market.TooLarge, http.StatusTooManyRequests: market.Limited,
	http.StatusBadGateway: market.Unavailable, http.StatusServiceUnavailable: market.Unavailable,
	http.StatusGatewayTimeout: market.Unavailable,
}

// failure is the error that an answer stands for.
func failure(answer *http.Response) error {
	var envelope oas.Failure
	raw, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil || json.Unmarshal(raw, &envelope) != nil || envelope.Error.Message == "" {
		return market.Fail(statusCodes[answer.StatusCode], "the node answers "+answer.Status)
	}
	e := &market.Error{
		Code: statusCodes[answer.StatusCode], Reason: envelope.Error.Code, Message: envelope.Error.Message,
	}
	if envelope.Error.Field != nil {
		e.Field = *envelope.Error.Field
	}
	if e.Code == market.Internal && envelope.Error.RequestID != nil {
		e.Message += " (the node's log has more under " + *envelope.Error.RequestID + ")"
	}
	return e
}
