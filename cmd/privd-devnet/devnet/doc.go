// Package devnet runs a network for development and tests: the chain, embedded or
// another, the contracts, nodes as child processes, and users with money.
//
// What it makes stands under one directory. Started there again, it is the same
// network with the same users and keys. Children never outlive it: each stops when
// the pipe to its standard input closes, however the devnet ends. Its keys are
// public knowledge, and nothing here belongs on a network that matters.
package devnet
