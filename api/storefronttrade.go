package api

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"privd/market"
	"privd/market/x402"
)

// trade is one request that has to be paid for.
type trade struct {
	*Storefront
	w         http.ResponseWriter
	r         *http.Request
	product   x402.Product
	want      x402.Want
	challenge x402.Challenge
}

// sells sets what the request costs and what kind of answer it buys.
func (t *trade) sells(mime string, o x402.Offer) {
	t.challenge.Resource.MIME = mime
	t.want.Offers = []x402.Offer{o}
	t.challenge.Offers = []x402.Offer{o}
	t.challenge.Documented = []x402.Offer{o}
}

// paid hands over what the request paid for, or asks for payment. What cannot be
// served is found out before: nobody pays for nothing.
func (t *trade) paid(serve func(*x402.Handing) error) error {
	p, err := x402.Read(t.r.Header.Values(x402.HeaderSignature), t.r.Header.Values(x402.HeaderPayment))
	if errors.Is(err, x402.ErrNoPayment) {
		return t.ask("")
	}
	if err != nil {
		return t.refused(err)
	}
	if t.r.Method == http.MethodHead {
		return t.ask("") // the answer to HEAD has no room for what is paid for
	}
	goods, err := t.deps.Shelf.Open(t.r.Context(), t.product)
	if err != nil {
		return unservable(err)
	}
	defer goods.Close()
	s, err := t.deps.Cashier.Pay(t.r.Context(), t.want, p)
	var pending *x402.Pending
	if errors.As(err, &pending) {
		return t.pending(p, pending)
	}
	if err != nil {
		return t.refused(err)
	}
	h, err := t.deps.Cashier.Hand(t.r.Context(), s.ID)
	if err != nil {
		return err
	}
	defer h.End()
	name, value := x402.Receipt{Dialect: p.Dialect, Network: p.Network, Payer: p.From, Transaction: s.Transaction}.Header()
	t.w.Header().Set(name, value)
	return serve(h)
}

// unservable says that nothing was paid, and nothing can be served.
func unservable(err error) error {
	if market.CodeOf(err) == market.NotFound {
		return &market.Error{Code: market.Unavailable, Reason: "DATA_MISSING", Message: "the dataset cannot be served at the moment; nothing was paid", Err: err}
	}
	return err
}

// ask answers that payment is required.
func (t *trade) ask(why x402.Reason) error {
	t.challenge.Reason = why
	h := t.w.Header()
	h.Set(x402.HeaderRequired, t.challenge.Header())
	h.Set("Content-Type", "application/json")
	t.w.WriteHeader(http.StatusPaymentRequired)
	_, _ = t.w.Write(t.challenge.Body())
	return nil
}

// refused answers a payment that was not taken: what cannot be read is a bad
// request, what can be paid otherwise is asked for again.
func (t *trade) refused(err error) error {
	var r *x402.Refusal
	switch {
	case !errors.As(err, &r):
		return err
	case r.Malformed():
		writeJSON(t.w, http.StatusBadRequest, storeFailure{Error: r.Message, Code: string(r.Reason)})
		return nil
	}
	return t.ask(r.Reason)
}

// pending answers that a payment is on its way. It is never answered by asking for
// payment: clients would sign another one.
func (t *trade) pending(p *x402.Payment, pending *x402.Pending) error {
	name, value := x402.Receipt{Dialect: p.Dialect, Network: p.Network, Payer: p.From, Transaction: pending.Transaction, Reason: x402.SettlementPending}.Header()
	t.w.Header().Set(name, value)
	t.w.Header().Set("Retry-After", seconds402(pending.RetryAfter))
	out := storeFailure{Error: "the payment is being settled; send the same request again", Code: string(x402.SettlementPending)}
	if !pending.Transaction.IsZero() {
		out.Transaction = pending.Transaction.String()
	}
	writeJSON(t.w, http.StatusServiceUnavailable, out)
	return nil
}

// describe hands over the details, and the token where the dataset was paid for.
func (t *trade) describe(h *x402.Handing) error {
	data := map[string]any{"dataset": detailed(t.product)}
	if h.Sale.Good == x402.Access {
		token, err := h.Token(t.r.Context())
		if err != nil {
			return err
		}
		data["authorizationToken"] = token
	}
	w := &delivered{ResponseWriter: t.w}
	t.w.Header().Set("Cache-Control", "private, no-store")
	writeJSON(w, http.StatusOK, storeData{data})
	if w.failed() {
		return nil // the same payment has it again
	}
	return t.noted(h.Handed)
}

// noted stores what became of a handing over even when the client has hung up.
func (t *trade) noted(store func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.r.Context()), 10*time.Second)
	defer cancel()
	if err := store(ctx); err != nil {
		t.deps.Log.Error("what was handed over is not stored", slog.String("path", t.r.URL.EscapedPath()), slog.Any("error", err))
	}
	return nil
}

// send hands over the file. Its headers hold the token that resumes the download,
// should it break.
func (t *trade) send(h *x402.Handing) error {
	sold := h.Sale.Goods
	goods, err := t.deps.Shelf.OpenSold(t.r.Context(), h.Sale)
	if market.CodeOf(err) == market.NotFound {
		return &market.Error{Code: market.Unavailable, Reason: "DATA_MISSING", Message: "the dataset cannot be served at the moment; what was paid for is owed", Err: err}
	}
	if err != nil {
		return err
	}
	defer goods.Close()
	header := t.w.Header()
	header.Set("Content-Type", contentType(sold.MIME))
	header.Set("Content-Disposition", disposition(sold.Filename))
	header.Set("ETag", `"`+hex.EncodeToString(sold.Hash[:])+`"`)
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	header.Set("Cache-Control", "private, no-store")
	if t.r.Method != http.MethodHead {
		if err := h.Start(t.r.Context()); err != nil {
			return err
		}
		if h.Sale.Token.IsZero() {
			token, err := h.Token(t.r.Context())
			if err != nil {
				return err
			}
			header.Set(headerToken, token)
		}
	}
	damage := &damageReader{ReadSeeker: goods}
	end := &ending{ReadSeeker: damage, size: goods.Size()}
	w := &delivered{ResponseWriter: t.w}
	http.ServeContent(&transfer{ResponseWriter: w, stall: t.deps.Stall, outside: storeFailure{Error: outsideRange, Code: codeRange}}, plainRange(t.r), "", time.Time{}, end)
	if damage.err != nil {
		return damage.err
	}
	if t.r.Method == http.MethodHead || !end.reached || w.failed() {
		return nil
	}
	return t.noted(h.Done)
}

// delivered remembers whether all that was written was taken.
type delivered struct {
	http.ResponseWriter
	err error
}

// Write implements http.ResponseWriter.
func (d *delivered) Write(p []byte) (int, error) {
	n, err := d.ResponseWriter.Write(p)
	if err != nil {
		d.err = err
	}
	return n, err
}

// failed sends what is buffered and reports whether anything was not taken.
func (d *delivered) failed() bool {
	if d.err == nil {
		d.err = http.NewResponseController(d.ResponseWriter).Flush()
	}
	return d.err != nil
}

// Unwrap serves http.ResponseController.
func (d *delivered) Unwrap() http.ResponseWriter { return d.ResponseWriter }

// ending notices when the last byte of a file was read.
type ending struct {
	io.ReadSeeker
	size, at int64
	reached  bool
}

// Seek implements io.Seeker.
func (e *ending) Seek(offset int64, whence int) (int64, error) {
	at, err := e.ReadSeeker.Seek(offset, whence)
	e.at = at
	return at, err
}

// Read implements io.Reader.
func (e *ending) Read(p []byte) (int, error) {
	n, err := e.ReadSeeker.Read(p)
	e.at += int64(n)
	e.reached = e.reached || (n > 0 && e.at >= e.size)
	return n, err
}
