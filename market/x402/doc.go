// Package x402 is selling over HTTP status 402 to clients nobody has met before:
// what a buyer is asked for, what a buyer sends, and the rules by which a payment
// is checked before it is settled.
//
// Three kinds of clients read the same answer, each in a place of its own: version
// 2 of the standard a header, version 1 the body, and the documented dialect of
// the datasets API another member of the body. All of them sign the same thing, an
// ERC-3009 TransferWithAuthorization; nothing else they send is signed, and nothing
// else is relied on.
//
// The standard is at https://github.com/x402-foundation/x402.
package x402
