package api

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"privd/market"
	"privd/market/dataset"
	"privd/market/x402"
)

// paidRoute is a path that has to be paid for: what opens it, what it costs, and what is
// handed over.
type paidRoute struct {
	goods []x402.Good // a sale of any of them opens it
	offer func(*trade)
	serve func(*trade, *x402.Handing) error
	// unsent answers a request of which nothing is to be sent, for what it asks for or
	// under which conditions; false for all others. nil: there are none such.
	unsent func(*trade) bool
	// spent says that the request shows a token, which opens nothing.
	spent bool
}

// trade is one request that has to be paid for.
type trade struct {
	*Storefront
	paidRoute
	w         http.ResponseWriter
	r         *http.Request
	id        market.DatasetID
	product   x402.Product
	want      x402.Want
	challenge x402.Challenge
}

// sell serves a request that has to be paid for. What is unknown is not found before
// any price is named; what was paid for while it was on sale is handed over after.
func (s *Storefront) sell(w http.ResponseWriter, r *http.Request, to paidRoute) error {
	t := &trade{Storefront: s, paidRoute: to, w: w, r: r}
	var err error
	if t.product, err = s.product(r); err != nil {
		if market.CodeOf(err) == market.NotFound {
			return t.owed(err)
		}
		return err
	}
	t.id = t.product.ID
	till, err := s.deps.Till(r.Context(), t.product.PayTo)
	if err != nil {
		return err
	}
	t.want = x402.Want{Owner: t.product.User, Dataset: t.id, Name: t.product.Name, Content: t.product.Content, Goods: t.product.Goods(), Till: till}
	t.challenge = x402.Challenge{
		Till:       till,
		Resource:   x402.Resource{URL: s.url(r), Description: clip(t.product.Name+": "+t.product.Description, 500), Service: s.deps.Service, Tags: t.product.Tags},
		Extensions: map[string]any{x402.ExtensionIdentifier: identifierOffer},
	}
	if uri := t.uri(); uri != "" {
		t.challenge.Extensions[x402.ExtensionSignIn] = s.deps.SignIns.Challenge(uri, till.Token.ChainID)
	}
	to.offer(t)
	return t.paid()
}

// file offers the dataset itself.
func (t *trade) file() x402.Offer {
	return x402.Offer{Amount: t.product.PriceUSDC, Buys: x402.Access, File: t.product.FileHash}
}

// sells sets what the request costs and what kind of answer it buys.
func (t *trade) sells(mime string, o x402.Offer) {
	t.challenge.Resource.MIME = mime
	t.want.Offers = []x402.Offer{o}
	t.challenge.Offers = []x402.Offer{o}
	t.challenge.Documented = []x402.Offer{o}
}

// paid hands over what the request paid for, now or before, or asks for payment. What
// cannot be served is found out before: nobody pays for nothing.
func (t *trade) paid() error {
	p, err := t.payment()
	if errors.Is(err, x402.ErrNoPayment) {
		return t.signedIn(t.want.Till.Token.ChainID, func() error {
			if t.spent {
				return t.ask(x402.SpentToken)
			}
			return t.ask("")
		})
	}
	if err != nil {
		return t.refused(err)
	}
	if t.r.Method == http.MethodHead {
		return t.ask("") // the answer to HEAD has no room for what is paid for
	}
	t.want.Check = t.servable
	s, err := t.deps.Cashier.Pay(t.r.Context(), t.want, p)
	if errors.Is(err, errUnsent) {
		return nil
	}
	return t.hand(s, p, err)
}

// servable returns an error for a request that could not be served: nobody pays for it.
func (t *trade) servable() error {
	goods, err := t.deps.Shelf.Open(t.r.Context(), t.product)
	if err != nil {
		return unservable(err, "nothing was paid")
	}
	if err := goods.Close(); err != nil {
		return err
	}
	if t.unsent != nil && t.unsent(t) {
		return errUnsent // which costs nothing
	}
	return nil
}

var errUnsent = errors.New("nothing is to be sent")

func (t *trade) payment() (*x402.Payment, error) {
	return x402.Read(t.r.Header.Values(x402.HeaderSignature), t.r.Header.Values(x402.HeaderPayment))
}

// owed hands over what was paid for and is not on sale any more; who has not paid is
// answered that there is nothing.
func (t *trade) owed(missing error) error {
	t.id = market.DatasetID(t.r.PathValue("id"))
	p, err := t.payment()
	switch {
	case dataset.CheckID(t.id) != nil, t.r.Method == http.MethodHead, err != nil && !errors.Is(err, x402.ErrNoPayment):
		return missing
	case p == nil && len(t.r.Header.Values(x402.HeaderSignIn)) == 0:
		return missing
	}
	till, err := t.deps.Till(t.r.Context(), market.Address{})
	if err != nil {
		return err
	}
	if p == nil {
		return t.signedIn(till.Token.ChainID, func() error { return missing })
	}
	s, err := t.deps.Cashier.Resume(t.r.Context(), till.Token, t.id, t.goods, p)
	if market.CodeOf(err) == market.NotFound {
		return missing
	}
	return t.hand(s, p, err)
}

// hand hands over what a payment bought, or says what came of it.
func (t *trade) hand(s x402.Sale, p *x402.Payment, err error) error {
	if pending, yes := errors.AsType[*x402.Pending](err); yes {
		name, value := x402.Receipt{Dialect: p.Dialect, Network: p.Network, Payer: p.From, Transaction: pending.Transaction, Reason: x402.SettlementPending}.Header()
		t.w.Header().Set(name, value)
		return t.pending(pending)
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
	return t.serve(t, h)
}

// signedIn hands over again what the account bought that the request is signed in
// with. Who is not signed in, or bought nothing, gets the answer of strangers.
func (t *trade) signedIn(chainID uint64, strangers func() error) error {
	in, err := x402.ReadSignIn(t.r.Header.Values(x402.HeaderSignIn))
	if errors.Is(err, x402.ErrNoSignIn) || t.r.Method == http.MethodHead {
		return strangers()
	}
	if err != nil {
		return t.refused(err)
	}
	giveBack, err := t.deps.SignIns.Check(in, t.uri(), chainID)
	if err != nil {
		return t.refused(err)
	}
	h, err := t.deps.Cashier.SignedIn(t.r.Context(), t.id, in.Address, t.goods, t.here)
	if err != nil {
		giveBack()
	}
	if pending, yes := errors.AsType[*x402.Pending](err); yes {
		return t.pending(pending)
	}
	if market.CodeOf(err) == market.NotFound {
		return strangers()
	}
	if err != nil {
		return err
	}
	defer h.End()
	return t.serve(t, h)
}

// here reports whether what was sold is not gone for good.
func (t *trade) here(sold x402.Sale) bool {
	goods, err := t.deps.Shelf.OpenSold(t.r.Context(), sold)
	if err == nil {
		err = goods.Close()
	}
	return market.CodeOf(err) != market.NotFound
}

// uri returns what a wallet signs in to; empty where that cannot be told. A name the
// client says it reached the node by is not believed: it may be that of a site which
// shows a wallet this node's challenge, to have what its owner paid for. What is
// believed is the configured URL, and the address that the connection came in at.
func (t *trade) uri() string {
	if t.deps.BaseURL == "" && !addressed(t.r) {
		return ""
	}
	return t.url(t.r)
}

// addressed reports whether a request names the node by the address that its
// connection has on this side, or by localhost on loopback. A host without a port means
// port 80: nothing here speaks TLS.
func addressed(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return false
	}
	at, err := netip.ParseAddrPort(local.String())
	if err != nil {
		return false
	}
	named := url.URL{Host: r.Host}
	if cmp.Or(named.Port(), "80") != strconv.Itoa(int(at.Port())) {
		return false
	}
	if named.Hostname() == "localhost" {
		return at.Addr().IsLoopback()
	}
	host, err := netip.ParseAddr(named.Hostname())
	return err == nil && host.Unmap() == at.Addr().Unmap()
}

// unservable says that a file cannot be read, and how the client stands.
func unservable(err error, stands string) error {
	if market.CodeOf(err) == market.Unavailable || errors.Is(err, context.Canceled) {
		return err
	}
	return &market.Error{Code: market.Unavailable, Reason: "DATA_MISSING", Message: "the dataset cannot be served at the moment; " + stands, Err: err}
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
func (t *trade) pending(pending *x402.Pending) error {
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
	if t.product.Content != h.Sale.Content {
		var err error
		if t.product, err = t.deps.Shelf.Described(t.r.Context(), h.Sale); err != nil {
			return err
		}
	}
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
	if !w.failed() { // else the same payment has it again
		t.noted(h.Handed)
	}
	return nil
}

// noted stores what became of a handing over even when the client has hung up.
func (t *trade) noted(store func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.r.Context()), 10*time.Second)
	defer cancel()
	if err := store(ctx); err != nil {
		t.deps.Log.Error("what was handed over is not stored", slog.String("path", t.r.URL.EscapedPath()), slog.Any("error", err))
	}
}

// send hands over the file. Its headers hold the token that resumes the download,
// should it break.
func (t *trade) send(h *x402.Handing) error {
	sold := h.Sale.Goods
	goods, err := t.deps.Shelf.OpenSold(t.r.Context(), h.Sale)
	switch {
	case market.CodeOf(err) == market.NotFound && h.Sale.Reopened > 0:
		return market.Fail(market.NotFound, "what was paid for is not here any more")
	case err != nil:
		return unservable(err, "what was paid for is owed")
	}
	defer goods.Close()
	if t.withheld(sold) {
		return nil
	}
	if t.r.Method == http.MethodHead {
		fileHeaders(t.w.Header(), sold)
		t.content(t.w, t.r, goods)
		return nil
	}
	token, err := h.Start(t.r.Context())
	if err != nil {
		return err
	}
	fileHeaders(t.w.Header(), sold)
	if token != "" {
		t.w.Header().Set(headerToken, token)
	}
	read := &reading{ReadSeeker: goods}
	w := &delivered{ResponseWriter: t.w}
	t.content(w, t.r, read)
	spans, damage := read.end()
	taken := damage == nil && !w.failed()
	t.noted(func(ctx context.Context) error { return h.Served(ctx, spans, taken) })
	return damage
}

// content writes what a request asks for of a file.
func (t *trade) content(w http.ResponseWriter, r *http.Request, file io.ReadSeeker) {
	http.ServeContent(&transfer{ResponseWriter: w, stall: t.deps.Stall, outside: storeFailure{Error: outsideRange, Code: codeRange}}, plainRange(r), "", time.Time{}, file)
}

func fileHeaders(h http.Header, sold x402.Goods) {
	h.Set("Content-Type", contentType(sold.MIME))
	h.Set("Content-Disposition", disposition(sold.Filename))
	h.Set("ETag", `"`+hex.EncodeToString(sold.Hash[:])+`"`)
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "private, no-store")
}

// withheld answers a download none of which is to be sent: the client has it already,
// wants another version only, or asks for a part that there is not. The headers of a
// HEAD tell.
func (t *trade) withheld(sold x402.Goods) bool {
	head := t.r.Clone(t.r.Context())
	head.Method = http.MethodHead
	told := &probe{header: http.Header{}}
	fileHeaders(told.header, sold)
	file := io.NewSectionReader(nil, 0, sold.Object.Size)
	t.content(told, head, file)
	switch told.status {
	case http.StatusOK, http.StatusPartialContent:
		return false
	case http.StatusPreconditionFailed:
		t.w.Header().Set("ETag", told.header.Get("ETag"))
		writeJSON(t.w, told.status, storeFailure{Error: "the file is not the version that was asked for", Code: "PRECONDITION_FAILED"})
		return true
	}
	fileHeaders(t.w.Header(), sold)
	t.content(t.w, t.r, file)
	return true
}

// probe is an answer of which nobody sees more than the status.
type probe struct {
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (p *probe) Header() http.Header { return p.header }

// Write implements http.ResponseWriter.
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader implements http.ResponseWriter.
func (p *probe) WriteHeader(status int) { p.status = status }

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
