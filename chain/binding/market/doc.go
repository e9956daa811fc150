// Package market holds the generated binding of the contract Market: escrow for purchases of keys.
// Packing and unpacking are pure; nothing here talks to a chain.
package market

//go:generate go tool -modfile=../../../tools/go.mod abigen --v2 --abi ../../../contracts/build/Market.abi --bin ../../../contracts/build/Market.bin --type Market --pkg market --out market.go
