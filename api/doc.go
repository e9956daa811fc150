// Package api serves the node's REST API: it checks who is calling and what was
// sent, calls one use case, and writes the documented envelope.
//
// openapi.yaml comes first: the server in oas is generated from it, requests are
// validated against it, and who may call what stands in it. Types of the wire
// stay in this package. It promises that nothing is buffered that can be
// streamed, that every body, field and answer is bounded, and that an internal
// error shows a client its request id and nothing else. It holds no rule of the
// market and opens no store.
package api
