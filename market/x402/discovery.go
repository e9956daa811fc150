package x402

import "encoding/json"

// Listed is one resource that may be paid for, as catalogs of clients show it.
type Listed struct {
	Till        Till
	URL         string // absolute
	Offers      []Offer
	Metadata    map[string]any
	LastUpdated int64 // unix seconds
}

type listedV2 struct {
	Resource    string          `json:"resource"`
	Type        string          `json:"type"`
	Version     int             `json:"x402Version"`
	Accepts     []requirementV2 `json:"accepts"`
	LastUpdated int64           `json:"lastUpdated"`
	Metadata    map[string]any  `json:"metadata"`
}

// MarshalJSON implements json.Marshaler.
func (l Listed) MarshalJSON() ([]byte, error) {
	out := listedV2{Resource: l.URL, Type: "http", Version: 2, Accepts: []requirementV2{}, LastUpdated: l.LastUpdated, Metadata: l.Metadata}
	for _, o := range l.Offers {
		out.Accepts = append(out.Accepts, l.Till.requirement(o))
	}
	return json.Marshal(out)
}

// ExtensionBazaar is the extension in which a resource says how it is called, for
// catalogs that collect resources.
const ExtensionBazaar = "bazaar"

// Bazaar describes a GET of a resource whose path has an id in it. template is the
// path with :id in its place, example a small answer of kind "text" or "json"; nil
// says nothing of it.
func Bazaar(template, id, kind string, example any) map[string]any {
	input := map[string]any{"type": "http", "method": "GET", "pathParams": map[string]any{"id": id}}
	info := map[string]any{"input": input}
	properties := map[string]any{
		"input": map[string]any{
			"type": "object",
			"properties": map[string]any{
				"type": map[string]any{"type": "string", "const": "http"}, "method": map[string]any{"type": "string", "enum": []string{"GET"}},
				"pathParams": map[string]any{"type": "object", "properties": map[string]any{"id": map[string]any{"type": "string"}}, "required": []string{"id"}},
			},
			"required": []string{"type", "method", "pathParams"}, "additionalProperties": false,
		},
	}
	if example != nil {
		info["output"] = map[string]any{"type": kind, "example": example}
		properties["output"] = map[string]any{
			"type": "object", "properties": map[string]any{"type": map[string]any{"type": "string"}, "example": map[string]any{}}, "required": []string{"type"},
		}
	}
	return map[string]any{
		"info": info, "routeTemplate": template,
		"schema": map[string]any{
			"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": properties, "required": []string{"input"},
		},
	}
}
