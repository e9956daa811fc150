// Package conformance holds nodes against what is written about them: the
// documents of docs/api, whose examples are run as they stand, and the OpenAPI
// document, whose operations are called by every kind of caller and with every kind
// of bad input. All of it is tests, on real nodes; what the documents name and the
// tests do not cover fails.
package conformance
