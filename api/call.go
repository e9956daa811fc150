package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"

	"privd/market"
	"privd/market/account"
)

// call is what is known of one request while it is served.
type call struct {
	id        string
	operation string // as in the document; empty until routed
	caller    account.Caller
	request   *http.Request
	plain     url.Values // the query, where it was accepted quickly
	answer    *answer
}

type callKey struct{}

// callOf returns the call that a request's context belongs to.
func callOf(ctx context.Context) *call {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		panic("api: context of no call")
	}
	return c
}

// user returns whom the call acts as. Routes that need one are open to callers
// that have one only.
func user(ctx context.Context) market.UserID { return callOf(ctx).caller.User }

// started reports whether the status line is out.
func (c *call) started() bool { return c.answer.status != 0 }

// requestIDs makes ids that are unique to the process and cheap.
type requestIDs struct {
	prefix string
	n      atomic.Uint64
}

func newRequestIDs() *requestIDs { return &requestIDs{prefix: "req_" + market.RandomText(8) + "_"} }

func (r *requestIDs) next() string { return r.prefix + strconv.FormatUint(r.n.Add(1), 36) }

// answer notes what is written, and lets transfers set deadlines on the
// connection below.
type answer struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(p)
}

// Unwrap serves http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
