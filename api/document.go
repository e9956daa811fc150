package api

import (
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

//go:embed openapi.yaml
var openapiYAML []byte

// prefixes are where the same handlers answer.
var prefixes = []string{"/api/v1", "/v1"}

// Document returns the OpenAPI document that the API is served by. It is read once in
// a process, which takes longer than most of a node's start; nobody may change it.
var Document = sync.OnceValues(readDocument)

func readDocument() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openapiYAML)
	if err != nil {
		return nil, fmt.Errorf("read openapi document: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("check openapi document: %w", err)
	}
	return doc, nil
}

// access says who may call an operation.
type access string

const (
	anyone   access = "anyone"
	anybody  access = "any"
	asUser   access = "user"
	operator access = "operator"
	service  access = "service"
)

// route is one operation of the document, with what its extensions ask for.
type route struct {
	operation string
	access    access
	replay    replayMode
	unlimited bool
	login     bool
	stream    bool
	slow      bool
	path      []string // names of path parameters
	quick     quickly
	validate  *routers.Route
}

// routes reads the operations of the document, keyed by the patterns under which
// the generated server registers them.
func routes(doc *openapi3.T) (map[string]*route, error) {
	found := map[string]*route{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			rt := &route{
				operation: op.OperationID, access: access(extension[string](op, "x-caller")),
				replay: replayModeOf(op), unlimited: extension[bool](op, "x-unlimited"),
				login: extension[bool](op, "x-login"), stream: extension[bool](op, "x-stream"), slow: extension[bool](op, "x-slow"),
				quick:    quickOf(method, item, op),
				validate: &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: op},
			}
			for _, segment := range strings.Split(path, "/") {
				if name, ok := strings.CutPrefix(segment, "{"); ok {
					rt.path = append(rt.path, strings.TrimSuffix(name, "}"))
				}
			}
			switch rt.access {
			case anyone, anybody, asUser, operator, service:
			default:
				return nil, fmt.Errorf("operation %s: x-caller is %q", rt.operation, rt.access)
			}
			for _, prefix := range prefixes {
				found[method+" "+prefix+path] = rt
			}
		}
	}
	return found, nil
}

// replayMode says which requests get a stored answer instead of acting again.
type replayMode string

const (
	replaySame replayMode = "same" // the same request, or the same Idempotency-Key
	replayKey  replayMode = "key"  // the same Idempotency-Key alone
)

// replayModeOf reads x-replay: true, or "key".
func replayModeOf(op *openapi3.Operation) replayMode {
	if extension[bool](op, "x-replay") {
		return replaySame
	}
	return replayMode(extension[string](op, "x-replay"))
}

func extension[T any](op *openapi3.Operation, name string) T {
	v, _ := op.Extensions[name].(T)
	return v
}

// methods are what the document uses, in the order of an Allow header.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
