// Package market is the business privd exists for: people who own data sell it
// to people who want it, with nothing in the middle.
//
// The package itself holds the words every other part speaks: identities,
// amounts of money, hashes and errors. The packages below it hold one noun or
// one use case each. None of them does I/O, starts a goroutine, writes a log or
// reads a clock of its own; what they need from outside they declare as small
// interfaces, and the node hands them in.
package market
