// Package oas is the HTTP server generated from the OpenAPI document: routes,
// parameters and the types that travel. Nothing in it is written by hand.
package oas

//go:generate go tool -modfile=../../tools/go.mod oapi-codegen -config config.yaml ../openapi.yaml
