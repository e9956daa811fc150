package call

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"privd/market"
)

// stall is how long a transfer may stand still.
const stall = 2 * time.Minute

// Fetch opens the bytes behind a gateway URL from an offset on. Where the server
// ignores the offset, start is 0. The URL carries its own signature: no credential
// is sent. The caller closes the content, whose Read fails when nothing arrives for
// two minutes.
func (n Node) Fetch(ctx context.Context, url string, offset int64) (content io.ReadCloser, start int64, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		cancel(nil)
		return nil, 0, market.Fail(market.Internal, "the node gave a URL that cannot be read")
	}
	if offset > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	watch := time.AfterFunc(stall, func() { cancel(errStalled) })
	answer, err := n.Do(req)
	if err != nil {
		watch.Stop()
		cancel(nil)
		return nil, 0, err
	}
	if answer.StatusCode == http.StatusPartialContent {
		start = offset
		var first int64
		if _, err := fmt.Sscanf(answer.Header.Get("Content-Range"), "bytes %d-", &first); err != nil || first != offset {
			answer.Body.Close()
			watch.Stop()
			cancel(nil)
			return nil, 0, market.Fail(market.Internal, "the node sent another range than was asked for")
		}
	}
	return &transfer{body: answer.Body, ctx: ctx, watch: watch, cancel: cancel}, start, nil
}

// Source returns a function that opens a gateway URL from an offset on, as Fetch.
func (n Node) Source(url string) func(context.Context, int64) (io.ReadCloser, int64, error) {
	return func(ctx context.Context, offset int64) (io.ReadCloser, int64, error) {
		return n.Fetch(ctx, url, offset)
	}
}

var errStalled = &market.Error{Code: market.Unavailable, Reason: NoAnswer, Message: "nothing arrived for " + stall.String()}

// transfer is a body that may not stand still.
type transfer struct {
	body   io.ReadCloser
	ctx    context.Context
	watch  *time.Timer
	cancel context.CancelCauseFunc
}

// Read implements io.Reader.
func (t *transfer) Read(p []byte) (int, error) {
	t.watch.Reset(stall)
	n, err := t.body.Read(p)
	if err != nil && err != io.EOF {
		if cause := context.Cause(t.ctx); cause != nil {
			return n, cause
		}
	}
	return n, err
}

// Close implements io.Closer.
func (t *transfer) Close() error {
	t.watch.Stop()
	err := t.body.Close()
	t.cancel(nil)
	return err
}
