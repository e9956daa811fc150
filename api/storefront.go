package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"privd/market"
	"privd/market/content"
	"privd/market/dataset"
	"privd/market/seal"
	"privd/market/x402"
)

// Shelf is what is sold over x402; x402.Shelf is one.
type Shelf interface {
	Products(ctx context.Context) ([]x402.Product, error)
	Product(ctx context.Context, id market.DatasetID) (x402.Product, error)
	Open(ctx context.Context, p x402.Product) (content.Reader, error)
	OpenSold(ctx context.Context, s x402.Sale) (content.Reader, error)
	Described(ctx context.Context, s x402.Sale) (x402.Product, error)
}

// Cashier takes payments; x402.Desk is one.
type Cashier interface {
	Pay(ctx context.Context, w x402.Want, p *x402.Payment) (x402.Sale, error)
	Hand(ctx context.Context, id market.Hash) (*x402.Handing, error)
	ByToken(ctx context.Context, dataset market.DatasetID, token string) (*x402.Handing, error)
	Resume(ctx context.Context, token seal.Contract, dataset market.DatasetID, goods []x402.Good, p *x402.Payment) (x402.Sale, error)
	SignedIn(ctx context.Context, dataset market.DatasetID, payer market.Address, goods []x402.Good, here func(x402.Sale) bool) (*x402.Handing, error)
}

// StorefrontDeps is what a Storefront needs; all of it is required but BaseURL and
// Service.
type StorefrontDeps struct {
	Log     *slog.Logger
	Clock   market.Clock
	Shelf   Shelf
	Cashier Cashier
	SignIns *x402.SignIns
	// Till returns where payments to a wallet go; Unavailable while the chain has not
	// told what the token is called.
	Till func(ctx context.Context, payTo market.Address) (x402.Till, error)
	// DetailsPrice is what the details of a dataset cost, unless the dataset is cheaper.
	DetailsPrice market.Amount
	// BaseURL is under which URL strangers reach the node; empty: as the client addressed
	// it, and only who addressed it by the address of its listener, or by localhost there,
	// may sign in.
	BaseURL string
	Service string // what the node calls itself to clients; may be empty
	// Stall is how long a client may take no byte of a download.
	Stall time.Duration
}

// Storefront sells datasets to strangers who pay for each request over x402. It
// answers under /datasets with an envelope of its own, and nothing else of the API
// is behind it: it may stand in the open.
type Storefront struct {
	deps StorefrontDeps
	mux  *http.ServeMux
}

// storefrontPrefixes are where it answers: the document says /api, the others are
// those of all APIs.
var storefrontPrefixes = []string{"/api", "/api/v1", "/v1"}

// NewStorefront returns a Storefront.
func NewStorefront(deps StorefrontDeps) *Storefront {
	s := &Storefront{deps: deps, mux: http.NewServeMux()}
	for _, prefix := range storefrontPrefixes {
		base := prefix + "/datasets"
		s.handle("GET", base, s.list)
		s.handle("GET", base+"/providers", s.providers)
		s.handle("GET", base+"/{id}", s.details)
		s.handle("POST", base+"/{id}", s.access)
		s.handle("GET", base+"/{id}/preview", s.preview)
		s.handle("GET", base+"/{id}/download", s.download)
	}
	s.handle("GET", discoveryPath, s.resources)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, errNoEndpoint) })
	return s
}

// handle serves one path: OPTIONS is free, other methods are named.
func (s *Storefront) handle(method, path string, serve func(http.ResponseWriter, *http.Request) error) {
	s.mux.HandleFunc(method+" "+path, func(w http.ResponseWriter, r *http.Request) {
		s.open(w.Header())
		if err := serve(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// serves reports whether a path is one of the Storefront; nil serves none.
func (s *Storefront) serves(r *http.Request) bool {
	return s != nil && (r.URL.Path == discoveryPath || slices.ContainsFunc(storefrontPrefixes, func(prefix string) bool {
		rest, found := strings.CutPrefix(r.URL.Path, prefix+"/datasets")
		return found && (rest == "" || rest[0] == '/')
	}))
}

// ServeHTTP implements http.Handler.
func (s *Storefront) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if path.Clean(r.URL.Path) != r.URL.Path {
		s.fail(w, r, errNoEndpoint) // the router would redirect, which loses payments
		return
	}
	if r.Method == http.MethodOptions {
		s.options(w, r)
		return
	}
	if _, pattern := s.mux.Handler(r); pattern == "/" {
		if allowed := s.allowed(r); allowed != "" {
			s.open(w.Header())
			w.Header().Set("Allow", allowed)
			writeJSON(w, http.StatusMethodNotAllowed, storeFailure{Error: "method not allowed", Code: "METHOD_NOT_ALLOWED"})
			return
		}
	}
	s.mux.ServeHTTP(w, r)
}

// open lets every origin read the answer: what is sold here is sold to anybody, and no
// cookie or other credential that a browser adds by itself opens anything.
func (s *Storefront) open(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", strings.Join([]string{
		x402.HeaderRequired, x402.HeaderResponse, x402.HeaderPaymentReply, headerToken, "Retry-After", "ETag", "Content-Disposition", "Content-Range", "Accept-Ranges",
	}, ", "))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
}

// headerToken carries the token for the download, in both directions.
const headerToken = "X-Auth-Token"

func (s *Storefront) options(w http.ResponseWriter, r *http.Request) {
	allowed := s.allowed(r)
	s.open(w.Header())
	if allowed == "" {
		s.fail(w, r, errNoEndpoint)
		return
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", allowed)
	h.Set("Access-Control-Allow-Headers", strings.Join([]string{
		"Content-Type", "Authorization", "Range", "If-Range", "If-Match", "If-None-Match", headerToken, x402.HeaderSignature, x402.HeaderPayment, x402.HeaderSignIn, "Access-Control-Expose-Headers",
	}, ", "))
	h.Set("Access-Control-Max-Age", "600")
	h.Set("Allow", allowed)
	w.WriteHeader(http.StatusNoContent)
}

// allowed returns which methods a path has.
func (s *Storefront) allowed(r *http.Request) string {
	var all []string
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := s.mux.Handler(probe); strings.HasPrefix(pattern, method) {
			all = append(all, method)
			if method == http.MethodGet {
				all = append(all, http.MethodHead)
			}
		}
	}
	if all == nil {
		return ""
	}
	return strings.Join(append(all, http.MethodOptions), ", ")
}

// product is a dataset as the document shows it. Price is in whole dollars.
type product struct {
	ID          market.DatasetID `json:"id"`
	Name        string           `json:"name"`
	Description string           `json:"description"`
	Price       json.Number      `json:"price"`
	Provider    string           `json:"provider"`
	Type        string           `json:"type"`
	Size        int64            `json:"size"`
	Tags        []string         `json:"tags"`
	LastUpdated string           `json:"lastUpdated"`
	Schema      *productSchema   `json:"schema,omitempty"`
}

type productSchema struct {
	Type    string          `json:"type"`
	Columns []productColumn `json:"columns"`
	Records int64           `json:"records,omitempty"`
	// Delimiter and Header are those of a CSV file.
	Delimiter *string `json:"delimiter,omitempty"`
	Header    *bool   `json:"header,omitempty"`
}

type productColumn struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Format string `json:"format,omitempty"`
}

func productOf(p x402.Product) product {
	return product{
		ID: p.ID, Name: p.Name, Description: p.Description, Price: json.Number(p.PriceUSDC.Decimal(x402.Decimals)), Provider: p.Provider,
		Type: strings.ToUpper(string(p.Format)), Size: p.Object.Size, Tags: whole(p.Tags), LastUpdated: p.UpdatedAt.UTC().Format(time.RFC3339),
	}
}

// detailed is a product with its schema, which is paid for.
func detailed(p x402.Product) product {
	out := productOf(p)
	out.Schema = &productSchema{Type: p.MIME, Columns: make([]productColumn, len(p.Columns)), Records: p.Records}
	if p.Dialect.Delimiter != "" {
		out.Schema.Delimiter, out.Schema.Header = &p.Dialect.Delimiter, &p.Dialect.Header
	}
	for i, c := range p.Columns {
		kind := c.Type
		if kind == "integer" {
			kind = "number" // the document knows no integers
		}
		out.Schema.Columns[i] = productColumn{Name: c.Name, Type: kind, Format: c.Format}
	}
	return out
}

type storeData struct {
	Data any `json:"data"`
}

type storeFailure struct {
	Error       string `json:"error"`
	Code        string `json:"code,omitempty"`
	Transaction string `json:"transaction,omitempty"`
}

func (s *Storefront) list(w http.ResponseWriter, r *http.Request) error {
	all, err := s.deps.Shelf.Products(r.Context())
	if err != nil {
		return err
	}
	shown := make([]product, len(all))
	for i, p := range all {
		shown[i] = productOf(p)
	}
	writeJSON(w, http.StatusOK, storeData{map[string]any{"datasets": shown}})
	return nil
}

func (s *Storefront) providers(w http.ResponseWriter, r *http.Request) error {
	all, err := s.deps.Shelf.Products(r.Context())
	if err != nil {
		return err
	}
	names := []string{}
	for _, p := range all {
		if p.Provider != "" {
			names = append(names, p.Provider)
		}
	}
	slices.Sort(names)
	writeJSON(w, http.StatusOK, storeData{map[string]any{"providers": slices.Compact(names)}})
	return nil
}

func (s *Storefront) preview(w http.ResponseWriter, r *http.Request) error {
	p, err := s.product(r)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, storeData{map[string]any{"preview": p.Preview}})
	return nil
}

func (s *Storefront) product(r *http.Request) (x402.Product, error) {
	id := market.DatasetID(r.PathValue("id"))
	if dataset.CheckID(id) != nil {
		return x402.Product{}, market.Fail(market.NotFound, "Dataset not found")
	}
	return s.deps.Shelf.Product(r.Context(), id)
}

// details sells the description with its schema; who pays for the dataset has a
// token for it besides.
func (s *Storefront) details(w http.ResponseWriter, r *http.Request) error {
	return s.sell(w, r, paidRoute{
		goods: []x402.Good{x402.Details, x402.Access}, serve: (*trade).describe,
		offer: func(t *trade) {
			dear := t.file()
			cheap := x402.Offer{Amount: s.deps.DetailsPrice, Buys: x402.Details}
			if cheap.Amount.Cmp(dear.Amount) >= 0 {
				t.sells("application/json", dear)
			} else {
				t.sells("application/json", cheap)
				t.want.Offers = append(t.want.Offers, dear)
				t.challenge.Documented = []x402.Offer{dear, cheap}
			}
			t.bazaar("", "json", map[string]any{"data": map[string]any{"dataset": productOf(t.product)}})
		},
	})
}

// access sells a token for one download.
func (s *Storefront) access(w http.ResponseWriter, r *http.Request) error {
	return s.sell(w, r, paidRoute{
		goods: []x402.Good{x402.Access}, serve: (*trade).describe,
		offer: func(t *trade) {
			t.sells("application/json", t.file())
		},
	})
}

// download sells one download, or hands out the one a token stands for.
func (s *Storefront) download(w http.ResponseWriter, r *http.Request) error {
	to := paidRoute{
		goods: []x402.Good{x402.Access}, serve: (*trade).send, unsent: func(t *trade) bool { return t.withheld(t.product.Goods()) },
		offer: func(t *trade) {
			t.sells(t.product.MIME, t.file())
			t.bazaar("/download", "text", clip(t.product.Preview, 500))
		},
	}
	tokens := downloadTokens(r)
	for _, token := range tokens {
		// What was paid for is handed out whatever became of the dataset since.
		h, err := s.deps.Cashier.ByToken(r.Context(), market.DatasetID(r.PathValue("id")), token)
		if err == nil {
			defer h.End()
			return (&trade{Storefront: s, w: w, r: r}).send(h)
		}
		if !errors.Is(err, x402.ErrToken) {
			return err
		}
	}
	// None opens anything, or anything any more: the request is as good as without.
	to.spent = len(tokens) > 0
	return s.sell(w, r, to)
}

// downloadTokens returns what a request shows that is a token for a download. The
// credential of a user may stand beside it.
func downloadTokens(r *http.Request) []string {
	scheme, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		bearer = ""
	}
	shown := []string{strings.TrimSpace(bearer), r.Header.Get(headerToken), r.URL.Query().Get("token")}
	return slices.DeleteFunc(shown, func(token string) bool { return !x402.IsToken(token) })
}

// clip bounds a text, in letters.
func clip(text string, most int) string {
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return text
}

// identifierOffer says that a client may give its payment an id, with which it can
// have again what it paid for.
var identifierOffer = map[string]any{
	"info": map[string]any{"required": false},
	"schema": map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
		"properties": map[string]any{"required": map[string]any{"type": "boolean"}, "id": map[string]any{"type": "string", "minLength": 16, "maxLength": 128, "pattern": "^[a-zA-Z0-9_-]+$"}},
		"required":   []string{"required"},
	},
}

// url returns the absolute URL of what was asked for, without the query, which may
// hold a token.
func (s *Storefront) url(r *http.Request) string {
	return s.base(r) + r.URL.EscapedPath()
}

// base returns the URL under which the client reaches the node, without a slash at
// its end.
func (s *Storefront) base(r *http.Request) string {
	if base := strings.TrimSuffix(s.deps.BaseURL, "/"); base != "" {
		return base
	}
	return (&url.URL{Scheme: "http", Host: r.Host}).String()
}

// fail answers an error in the envelope of the datasets.
func (s *Storefront) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.open(w.Header())
	var taken *x402.Taken
	if errors.As(err, &taken) {
		if taken.RetryAfter > 0 {
			w.Header().Set("Retry-After", seconds402(taken.RetryAfter))
		}
		out := storeFailure{Error: taken.Message, Code: "PAYMENT_USED"}
		if !taken.Transaction.IsZero() {
			out.Transaction = taken.Transaction.String()
		}
		writeJSON(w, http.StatusConflict, out)
		return
	}
	e := classify(err)
	status, known := statuses[e.Code]
	if !known {
		status = http.StatusInternalServerError
	}
	out := storeFailure{Error: e.Message, Code: e.Code.String()}
	if e.Reason != "" {
		out.Code = e.Reason
	}
	switch {
	case r.Context().Err() != nil:
		s.deps.Log.Debug("datasets request abandoned", slog.Any("error", err))
	case e.Code == market.Unavailable:
		s.deps.Log.Warn("datasets request could not be served", slog.String("path", r.URL.EscapedPath()), slog.Any("error", err))
	case status >= http.StatusInternalServerError:
		s.deps.Log.Error("datasets request failed", slog.String("path", r.URL.EscapedPath()), slog.Any("error", err))
	}
	if status == http.StatusInternalServerError || out.Error == "" {
		out.Error = defaults[e.Code]
	}
	if after := retryAfter[e.Code]; after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(after))
	}
	out.Error = clipped(out.Error)
	writeJSON(w, status, out)
}

func seconds402(d time.Duration) string {
	return strconv.Itoa(int(max(d.Round(time.Second)/time.Second, 1)))
}
