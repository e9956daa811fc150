package api

import (
	"embed"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

//go:embed docspage
var docsPage embed.FS

// registerPages serves what stands beside the API: the document, a page to read
// it, and the metrics.
func (s *Server) registerPages() {
	s.mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, r *http.Request) {
		document, err := published()
		if err != nil {
			s.fail(w, r, err)
			return
		}
		page("application/json", document)(w, r)
	})
	for path, file := range map[string]struct{ name, kind string }{
		"/docs/{$}":      {"index.html", "text/html; charset=utf-8"},
		"/docs":          {"index.html", "text/html; charset=utf-8"},
		"/docs/docs.js":  {"docs.js", "text/javascript; charset=utf-8"},
		"/docs/docs.css": {"docs.css", "text/css; charset=utf-8"},
	} {
		body, err := docsPage.ReadFile("docspage/" + file.name)
		if err != nil {
			panic("api: embedded page: " + err.Error())
		}
		s.mux.HandleFunc("GET "+path, page(file.kind, body))
	}
	s.mux.Handle("GET /metrics", promhttp.HandlerFor(s.deps.Metrics, promhttp.HandlerOpts{}))
}

func page(kind string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		header := w.Header()
		header.Set("Content-Type", kind)
		header.Set("Content-Length", strconv.Itoa(len(body)))
		header.Set("Content-Security-Policy",
			"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		header.Set("Referrer-Policy", "no-referrer")
		_, _ = w.Write(body)
	}
}
