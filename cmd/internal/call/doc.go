// Package call speaks to the API of a node: one request, its envelope opened, its
// failure returned as the market.Error it stands for. The data are the types
// generated from the OpenAPI document.
//
// A node that does not answer is Unavailable. Requests are not repeated: the caller
// knows which may be.
package call
