// Package staking holds the generated binding of the contract Staking: PRIV that users put behind their reputation.
// Packing and unpacking are pure; nothing here talks to a chain.
package staking

//go:generate go tool -modfile=../../../tools/go.mod abigen --v2 --abi ../../../contracts/build/Staking.abi --bin ../../../contracts/build/Staking.bin --type Staking --pkg staking --out staking.go
