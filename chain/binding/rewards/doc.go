// Package rewards holds the generated binding of the contract Rewards: what node operators pay their users.
// Packing and unpacking are pure; nothing here talks to a chain.
package rewards

//go:generate go tool -modfile=../../../tools/go.mod abigen --v2 --abi ../../../contracts/build/Rewards.abi --bin ../../../contracts/build/Rewards.bin --type Rewards --pkg rewards --out rewards.go
