// Package pb holds the generated messages of wire.proto. Only package wire
// imports it.
//
//go:generate go run -C ../../../tools ./protogen ../p2p/wire/pb/wire.proto
package pb
