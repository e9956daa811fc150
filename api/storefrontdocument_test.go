package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"privd/api"
)

// Every route of the storefront is documented, under each of its servers, and the
// document names no route that is not there.
func TestStorefrontIsDocumented(t *testing.T) {
	t.Parallel()
	doc, err := api.StorefrontDocument()
	require.NoError(t, err)
	store := newStorefront(t, shelved(1, "text"), "")
	routes := 0
	for path, item := range doc.Paths.Map() {
		for _, server := range item.Servers {
			target := store.URL + strings.TrimSuffix(server.URL, "/") + strings.ReplaceAll(path, "{id}", "data-00")
			r, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, target, nil)
			require.NoError(t, err)
			res, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, http.StatusNoContent, res.StatusCode, target)
			served := []string{http.MethodOptions}
			for method, op := range item.Operations() {
				require.NotNil(t, op.Security, "it needs no credential")
				if served = append(served, method); method == http.MethodGet {
					served = append(served, http.MethodHead)
				}
				routes++
			}
			if path == "/datasets/providers" {
				served = append(served, http.MethodPost) // of /datasets/{id}, of which none has this id
			}
			require.ElementsMatch(t, served, strings.Split(res.Header.Get("Allow"), ", "), target)
		}
	}
	require.Equal(t, 19, routes)
}

// What readers are shown has the API's routes and the storefront's.
func TestOneDocumentIsShown(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	got := s.call(t, "GET", "/openapi.json", "")
	shown, err := openapi3.NewLoader().LoadFromData(got.body)
	require.NoError(t, err)
	require.NoError(t, shown.Validate(t.Context()))
	own, err := api.Document()
	require.NoError(t, err)
	store, err := api.StorefrontDocument()
	require.NoError(t, err)
	require.Equal(t, own.Paths.Len()+store.Paths.Len(), shown.Paths.Len())
	require.NotNil(t, shown.Paths.Value("/discovery/resources"))
	require.Equal(t, "/api", shown.Paths.Value("/datasets/{id}").Servers[0].URL)
	require.True(t, json.Valid(got.body))
}
