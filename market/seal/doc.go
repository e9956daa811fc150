// Package seal is the cryptography of one sealed delivery: the typed data a
// seller, a sealer and a buyer sign (EIP-712), the ids that follow from it, and
// the one-time pad under which a listing key travels before it is paid for.
//
// Every function is pure. The layout is the one the Market contract checks; the
// two are held together by a golden vector that both must reproduce.
package seal
