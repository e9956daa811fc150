package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"privd/api/oas"
	"privd/market"
)

var validation = &openapi3filter.Options{
	AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
	// Defaults are applied by handlers, which must see what was really sent.
	SkipSettingDefaults: true,
}

// check validates a request against the document and names the field at fault.
func (s *Server) check(rt *route, r *http.Request, body []byte) error {
	// The parts of a query that cannot be read would be dropped without a word.
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return &market.Error{Code: market.Invalid, Message: "the query is malformed: it needs percent-encoding, and & between parameters", Err: err}
	}
	if body == nil && rt.quick.accepts(query) {
		callOf(r.Context()).plain = query
		return nil
	}
	params := make(map[string]string, len(rt.path))
	for _, name := range rt.path {
		params[name] = r.PathValue(name)
	}
	err = openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: rt.validate, Options: validation,
	})
	if err != nil {
		return validationError(err)
	}
	if body == nil {
		return nil
	}
	if body, err = rt.clean(body); err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// validationError puts a refusal of the validator into words for the client.
func validationError(err error) error {
	out := &market.Error{Code: market.Invalid, Err: err, Message: "the request does not match the document"}
	var request *openapi3filter.RequestError
	if !errors.As(err, &request) {
		return out
	}
	if request.Parameter != nil {
		out.Field = request.Parameter.Name
	}
	var schema *openapi3.SchemaError
	var parse *openapi3filter.ParseError
	switch {
	case errors.As(request.Err, &schema):
		if path := schema.JSONPointer(); request.Parameter == nil && len(path) > 0 {
			out.Field = strings.Join(path, ".")
		}
		out.Message = schema.Reason
		switch {
		case schema.SchemaField == "required":
			out.Message = "is required"
		case strings.Contains(schema.Reason, "float64"):
			out.Message = "number is out of range"
		}
	case errors.Is(request.Err, openapi3filter.ErrInvalidEmptyValue):
		out.Message = "must not be empty"
	case errors.Is(request.Err, openapi3filter.ErrInvalidRequired):
		out.Message = "is required"
		if request.Parameter == nil {
			out.Message = "a JSON body is required"
		}
	case errors.As(request.Err, &parse) && parse.Reason != "":
		out.Message = parse.Reason
	case request.RequestBody != nil && strings.Contains(request.Reason, "Content-Type"):
		out.Message = "the Content-Type must be application/json"
	case request.Reason != "":
		out.Message = request.Reason
	}
	if out.Field != "" {
		out.Message = out.Field + ": " + out.Message
	}
	return out
}

// malformed names what the generated server could not read.
func malformed(err error) error {
	out := &market.Error{Code: market.Invalid, Err: err, Message: "the request could not be read"}
	var format *oas.InvalidParamFormatError
	var required *oas.RequiredParamError
	var header *oas.RequiredHeaderError
	var many *oas.TooManyValuesForParamError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &format):
		out.Field, out.Message = format.ParamName, format.ParamName+": has the wrong form"
	case errors.As(err, &required):
		out.Field, out.Message = required.ParamName, required.ParamName+": is required"
	case errors.As(err, &header):
		out.Field, out.Message = header.ParamName, header.ParamName+": is required"
	case errors.As(err, &many):
		out.Field, out.Message = many.ParamName, many.ParamName+": was given more than once"
	case errors.As(err, &kind):
		out.Field, out.Message = kind.Field, kind.Field+": has the wrong type, "+kind.Value
	case errors.Is(err, http.ErrNotMultipart), errors.Is(err, http.ErrMissingBoundary):
		out.Message = "the body must be multipart/form-data"
	}
	return out
}
