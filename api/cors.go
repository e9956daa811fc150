package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// origins are the web origins that browsers may call from.
type origins struct {
	all     bool
	exact   []string
	anyPort []string // without the port
}

func newOrigins(list []string) origins {
	var o origins
	for _, origin := range list {
		switch base, any := strings.CutSuffix(origin, ":*"); {
		case origin == "*":
			o.all = true
		case any:
			o.anyPort = append(o.anyPort, strings.ToLower(base))
		default:
			o.exact = append(o.exact, strings.ToLower(origin))
		}
	}
	return o
}

func (o origins) includes(origin string) bool {
	origin = strings.ToLower(origin)
	if o.all || slices.Contains(o.exact, origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && slices.Contains(o.anyPort, u.Scheme+"://"+u.Hostname())
}

// What browsers may send and read, the headers of payments included.
const (
	allowedHeaders = "Authorization, Content-Type, Idempotency-Key, X-Access-Token, X-Auth-Token, X-Privd-User, " +
		"X-Payment, PAYMENT-SIGNATURE, Last-Event-ID, Range, If-Range"
	exposedHeaders = "X-Request-Id, Retry-After, Content-Disposition, Content-Range, Accept-Ranges, ETag, " +
		"X-PAYMENT-RESPONSE, PAYMENT-REQUIRED, PAYMENT-RESPONSE"
	allowedMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
)

// allow tells a browser whether the page may read the answer. Credentials are
// bearer tokens, so that cookies never come into it.
func (o origins) allow(header http.Header, r *http.Request) {
	header.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" || !o.includes(origin) {
		return
	}
	header.Set("Access-Control-Allow-Origin", origin)
	header.Set("Access-Control-Expose-Headers", exposedHeaders)
	if r.Method == http.MethodOptions {
		header.Set("Access-Control-Allow-Methods", allowedMethods)
		header.Set("Access-Control-Allow-Headers", allowedHeaders)
		header.Set("Access-Control-Max-Age", "600")
	}
}

// options answers OPTIONS, which never asks for a credential or a payment.
func (s *Server) options(w http.ResponseWriter, r *http.Request) {
	allowed := s.allowed(r)
	if len(allowed) == 0 {
		s.fail(w, r, errNoEndpoint)
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	w.WriteHeader(http.StatusNoContent)
}
