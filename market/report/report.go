// Package report is what buyers say of sellers who delivered garbage under a right
// key, which the contract cannot see: a file whose key is the promised one and whose
// content is not. Whoever hears a report can check it with nobody's word for it: the
// seller signed the order, the order names the manifest, the manifest the file, its
// hash and the hash of its key, and the report gives the key.
//
// It promises that nobody is found guilty whose file is what was promised, that a
// report is not believed before it was checked, and that strangers cannot make a node
// fetch much or keep much. A bundle that lies is not reported: what proves it is the
// listing key, which opens every other file.
package report

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"privd/market"
	"privd/market/content"
	"privd/market/deal"
	"privd/market/purchase"
	"privd/market/seal"
	"privd/market/task"
)

// Signed is a report as it travels: less than a kilobyte, evidence included.
type Signed struct {
	Order          seal.Order
	OrderSignature seal.Sig    // by the seller
	Purchase       market.Hash // id on chain
	Entry          uint32      // of the manifest
	FileKey        seal.FileKey
	Signature      seal.Sig // by the purchase's delegate
}

// evidence is the hash that the delegate signs: of the entry and its file key. The
// order is named by its digest beside it.
func (s Signed) evidence() market.Hash {
	raw := binary.BigEndian.AppendUint32([]byte("privd/evidence/1"), s.Entry)
	return sha256.Sum256(append(raw, s.FileKey[:]...))
}

func (s Signed) digest(d seal.Domain) market.Hash {
	return d.Report(d.Order(s.Order), s.Purchase, s.evidence())
}

// Verdict is what came of checking a report. Values are stored.
type Verdict string

// The verdicts.
const (
	Unchecked Verdict = "unchecked"
	Proven    Verdict = "proven"
	False     Verdict = "false"
	// Unproven: the evidence could not be had, or is too large to be looked at.
	Unproven Verdict = "unproven"
)

// Report is a report as this node keeps it.
type Report struct {
	Signed     Signed
	Verdict    Verdict
	Own        bool // a user of this node gave it, so that this node publishes it
	Tries      int  // to get the evidence
	ReceivedAt time.Time
	CheckedAt  time.Time
}

// Seller returns whom the report is about.
func (r Report) Seller() market.Address { return r.Signed.Order.Seller }

// Tx is the part of a transaction that reports need.
type Tx interface {
	task.Tx
	// Purchase returns NotFound when there is none.
	Purchase(market.PurchaseID) (purchase.Purchase, error)
	EventsOf(purchase market.Hash) ([]deal.Event, error)
	PutPack(content.Pack) error
	// Report returns the report of a purchase; NotFound when there is none.
	Report(seller market.Address, purchase market.Hash) (Report, error)
	PutReport(Report) error
	DeleteReport(seller market.Address, purchase market.Hash) error
	// ReportsOn calls each with the reports about a seller, in order of the purchases'
	// ids, until it returns false.
	ReportsOn(seller market.Address, each func(Report) bool) error
}
