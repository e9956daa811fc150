// Package mockusdc holds the generated binding of the contract MockUSDC: the stand-in for USDC on development chains.
// Packing and unpacking are pure; nothing here talks to a chain.
package mockusdc

//go:generate go tool -modfile=../../../tools/go.mod abigen --v2 --abi ../../../contracts/build/MockUSDC.abi --bin ../../../contracts/build/MockUSDC.bin --type MockUSDC --pkg mockusdc --out mockusdc.go
