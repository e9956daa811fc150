package api

import (
	"context"
	_ "embed"
	"fmt"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

//go:embed storefront.yaml
var storefrontYAML []byte

// StorefrontDocument returns the OpenAPI document of the routes that are sold over
// x402. They are served by hand: their envelope and their errors are not the API's.
func StorefrontDocument() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(storefrontYAML)
	if err != nil {
		return nil, fmt.Errorf("read storefront document: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("check storefront document: %w", err)
	}
	return doc, nil
}

// published is the document that readers are shown, in JSON: that of the API with the
// routes of the storefront in it. It is made once, when it is first asked for.
var published = sync.OnceValues(func() ([]byte, error) {
	doc, err := join()
	if err != nil {
		return nil, err
	}
	body, err := doc.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("encode openapi document: %w", err)
	}
	return body, nil
})

// join returns a document of its own with both in it.
func join() (*openapi3.T, error) {
	doc, err := readDocument()
	if err != nil {
		return nil, err
	}
	store, err := StorefrontDocument()
	if err != nil {
		return nil, err
	}
	for path, item := range store.Paths.Map() {
		if doc.Paths.Value(path) != nil {
			return nil, fmt.Errorf("path %s is in both documents", path)
		}
		doc.Paths.Set(path, item)
	}
	doc.Tags = append(doc.Tags, store.Tags...)
	for name, p := range store.Components.Parameters {
		doc.Components.Parameters[name] = p
	}
	for name, r := range store.Components.Responses {
		doc.Components.Responses[name] = r
	}
	for name, s := range store.Components.Schemas {
		doc.Components.Schemas[name] = s
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("join documents: %w", err)
	}
	return doc, nil
}
