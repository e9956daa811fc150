package x402

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"privd/market"
	"privd/market/content"
	"privd/market/seal"
	"privd/market/task"
)

// State is where a sale stands. Values are stored: they are never renumbered.
type State uint8

// The states. A sale goes from Reserved to Settling to Settled, and to Handed when
// the buyer has what was paid for. A rejected one begins anew at Settling when somebody
// else has brought the payment to the chain after all. Rejected and Lost cost the buyer
// nothing that the seller got.
const (
	Reserved State = 1 // stored, so that nobody else can use the authorization; nothing sent
	Settling State = 2 // the transaction that settles it is stored, and may be on its way
	Settled  State = 3 // paid, deep enough for its price; the goods are owed
	Handed   State = 4 // the goods, or the token for them, were handed over
	Rejected State = 5 // the chain refused it, and the authorization was not used
	Lost     State = 6 // the authorization was used, and did not pay the seller
)

var stateNames = map[State]string{
	Reserved: "reserved", Settling: "settling", Settled: "settled", Handed: "delivered", Rejected: "rejected", Lost: "lost",
}

func (s State) String() string { return stateNames[s] }

// moves are all there are. A reorganisation takes nothing back: the sender brings
// the same transaction to the chain again.
var moves = map[State][]State{
	Reserved: {Settling},
	Settling: {Settled, Rejected, Lost},
	Settled:  {Handed},
}

// Sale is one authorization and what it bought. It is stored before anything else
// is done with the authorization.
type Sale struct {
	ID market.Hash // SaleID of the authorization
	// Attempt counts how often it was looked at anew: what the chain refused this node does
	// not send again, but somebody else may have.
	Attempt uint32

	Owner   market.UserID // who sells
	Dataset market.DatasetID
	Name    string // of the dataset, as it was sold
	Content string // under which the vault has what was sold
	Good    Good
	Goods   Goods // the file that was sold
	Till    Till

	Dialect       Dialect
	Network       string // as the client named it
	Authorization Authorization
	Signature     seal.Sig
	// Identifier is the hash of the payment-identifier; zero without one.
	Identifier market.Hash

	State  State
	Reason Reason // why it was rejected or lost
	// Foreign says that somebody else sent the authorization to the chain before the
	// buyer came: whoever shows it may have read it there. Only a sign-in with the
	// payer's key opens it.
	Foreign     bool
	Transaction market.Hash
	Block       uint64

	// Token is the SHA-256 of the token for the download; zero without one.
	Token market.Hash
	// Started and Done are of the download, which may take several requests: one that
	// broke may be resumed for a while. Active is when one of them last began or ended, and
	// Serving says that its end is not stored.
	Started, Active, Done time.Time
	Serving               bool
	// Had are the parts of the file that were sent, and Sent how many bytes in all: some
	// were sent again.
	Had  []Span
	Sent int64
	// Reopened counts the downloads that were allowed after the first.
	Reopened uint32

	CreatedAt, SettledAt, HandedAt time.Time
}

// Goods is a file as it was sold: its buyer has it also when the dataset is off sale
// by then, was replaced, or removed.
type Goods struct {
	Object   content.Object
	MIME     string
	Filename string
	Hash     market.Hash // SHA-256 of the file
}

// SaleID names an authorization: a payer uses each nonce of a token once.
func (t Till) SaleID(a Authorization) market.Hash {
	h := sha256.New()
	h.Write([]byte("privd/x402/sale/1"))
	h.Write(binary.BigEndian.AppendUint64(nil, t.Token.ChainID))
	h.Write(t.Token.Address[:])
	h.Write(a.From[:])
	h.Write(a.Nonce[:])
	return market.Hash(h.Sum(nil))
}

// Paid reports whether the seller has the money.
func (s *Sale) Paid() bool { return s.State == Settled || s.State == Handed }

// Open reports whether the outcome is not known yet.
func (s *Sale) Open() bool { return s.State == Reserved || s.State == Settling }

// Tx is the part of a transaction that sales need.
type Tx interface {
	task.Tx
	// X402Sale returns NotFound when the authorization was never seen.
	X402Sale(id market.Hash) (Sale, error)
	PutX402Sale(Sale) error
	// X402SaleByToken and X402SaleByIdentifier find a sale by a hash; NotFound when
	// there is none.
	X402SaleByToken(token market.Hash) (Sale, error)
	X402SaleByIdentifier(identifier market.Hash) (Sale, error)
	// X402Sales calls each with the sales of an owner, newest first, until it returns
	// false.
	X402Sales(owner market.UserID, each func(Sale) bool) error
	// X402Owed calls each with the sales of a file that are open, or paid while the
	// download is not done, until it returns false.
	X402Owed(content string, each func(Sale) bool) error
	// X402SalesTo calls each with the sales of a dataset to a payer, newest first, until
	// it returns false.
	X402SalesTo(dataset market.DatasetID, payer market.Address, each func(Sale) bool) error
}
