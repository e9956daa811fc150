// Package chain is the node's way to the blockchain: one client for RPC servers that
// are down at times and lie at others, one sender that owns the nonce of the
// node's account, one follower that reads the contracts' logs, and faces of the
// contracts that speak in the market's nouns.
//
// The package promises that what is submitted is sent once whatever crashes, that
// what the follower reports is a prefix of one chain, and that no call outlasts
// its timeout. ABI values, gas and receipts do not leave it. It starts nothing by
// itself: Sender.Run and Follower.Run are its only goroutines' roots.
package chain
