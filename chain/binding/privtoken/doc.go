// Package privtoken holds the generated binding of the contract PrivToken: PRIV, the ERC-20 that pays for purchases and rewards.
// Packing and unpacking are pure; nothing here talks to a chain.
package privtoken

//go:generate go tool -modfile=../../../tools/go.mod abigen --v2 --abi ../../../contracts/build/PrivToken.abi --bin ../../../contracts/build/PrivToken.bin --type PrivToken --pkg privtoken --out privtoken.go
