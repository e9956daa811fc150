// Package records is the node's database: everything it must remember except the
// bytes of contents (package blocks) and secrets (package keys).
//
// schema.go is the one map of it. A use case sees it through the transaction
// interface it declares itself: As hands out a market.Store of that interface,
// and *Tx implements all of them. A transaction is one snapshot; Update commits
// all of it durably or nothing. Updates run one after another, so that a sum over
// a range of rows cannot be overtaken by a row another update adds to the range.
package records
