// Package outbox is what a node has to send on chain: each transaction with the
// business reason it is sent for, every signed form it was ever broadcast in, and
// where it stands. A transaction is stored before it is sent, so that a crash can
// neither lose nor repeat it.
package outbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"privd/market"
)

// State is where a transaction stands. Values are stored: they are never
// renumbered.
type State uint8

// The states. A transaction goes from Queued to Sent to Mined or Failed; a
// reorganisation takes it back to Sent, and a nonce that somebody else used takes
// it back to Queued. Failed before it was signed is for good.
const (
	Queued State = 0 // stored; no nonce taken
	Sent   State = 1 // signed, stored, broadcast at least once or about to be
	Mined  State = 2 // in a block, and it did what it should
	Failed State = 3 // refused by the contract, before it was sent or in a block
)

var stateNames = [...]string{Queued: "queued", Sent: "sent", Mined: "mined", Failed: "failed"}

// String returns the state in lower case.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "unknown"
}

// Try is one signed form of a transaction. All tries of a transaction share its
// nonce, so at most one of them is ever mined.
type Try struct {
	Hash   common.Hash
	Nonce  uint64
	FeeCap market.Amount // wei per gas, base fee included
	TipCap market.Amount // wei per gas
	Gas    uint64        // limit
	Raw    []byte        // signed bytes, as broadcast; nil once Slim
	SentAt time.Time     // when it was signed
	// Empty says that it only uses up the nonce: how a transaction is cancelled.
	Empty bool
}

// Reasons of transactions that did not happen because the node did not want them
// any more, beside the names of the contracts' errors.
const (
	// ReasonCancelled is that of what was cancelled by somebody's wish.
	ReasonCancelled = "CANCELLED"
	// ReasonTimeOver is that of what came too late.
	ReasonTimeOver = "TIME_OVER"
	// ReasonUnsendable is that of what no server would ever take.
	ReasonUnsendable = "UNSENDABLE"
	// ReasonElsewhere is that of what must not be done twice, when somebody else used
	// its nonce: only its caller can tell whether it was done.
	ReasonElsewhere = "NONCE_USED_ELSEWHERE"
)

// Transaction is something to be done on chain, once. It is keyed by the business
// reason ("settle/…"), never by what the chain calls it.
type Transaction struct {
	Key  string
	Seq  uint64 // order of submission
	To   common.Address
	Data []byte
	// Value is the wei sent along.
	Value market.Amount
	// GasLimit is the caller's own limit; 0 means it is estimated when it is sent.
	GasLimit uint64
	// FirstBy is the last chain time, unix seconds, at which it may leave for the first
	// time; 0 is any. What is not signed by then fails as Expired.
	FirstBy uint64
	// Until is the chain time, unix seconds, from which it is cancelled unless it is
	// mined; 0 is never.
	Until uint64
	// Once says that the contracts would do it twice if they were asked twice. It is
	// never sent with a second nonce.
	Once bool
	// Filler says that it has no business of its own: it fills a nonce that the chain
	// lost.
	Filler  bool
	Created time.Time

	State State
	// Cancel is why it must not happen any more, one of the reasons above; "" when it
	// still should. The outcome is whichever try is mined.
	Cancel string
	// Signed says that Nonce of account From is taken by this transaction.
	Signed bool
	From   common.Address
	Nonce  uint64
	Tries  []Try // oldest first; those of another nonce were overtaken and are void

	// The block that holds it, once State is Mined or Failed in a block.
	TxHash    common.Hash
	Block     uint64
	BlockHash common.Hash
	GasUsed   uint64
	Fee       market.Amount // wei paid for gas

	// Final says that the outcome stands: the block is as deep as the node asks for,
	// or the transaction failed without being sent.
	Final bool
	// Closed says that it need not be watched any more: deeper than any
	// reorganisation the node repairs by itself.
	Closed bool
	Ended  time.Time // when it was closed
	// Slim says that the bytes are gone: what is left answers who submits the key
	// again. CallHash stands in for the call then.
	Slim     bool
	CallHash [32]byte

	// Why it failed: the market code its custom error stands for, the error's name
	// ("ActiveAccess"), and the name with its values.
	Code    market.Code
	Reason  string
	Message string
}

// Pending reports whether the outcome is still open.
func (t Transaction) Pending() bool { return t.State == Queued || t.State == Sent }

// Err returns nil unless the transaction failed, and otherwise an error with the
// code, reason and message of the failure.
func (t Transaction) Err() error {
	if t.State != Failed {
		return nil
	}
	return &market.Error{Op: "transaction " + t.Key, Code: t.Code, Reason: t.Reason, Message: t.Message}
}

// Offer returns the signed form that is to be broadcast: the newest that does what
// is wanted now, which is nothing once the transaction is cancelled. false when it
// has yet to be signed.
func (t Transaction) Offer() (Try, bool) {
	for _, try := range slices.Backward(t.Tries) {
		if t.Signed && try.Nonce == t.Nonce && try.Empty == (t.Cancel != "") {
			return try, true
		}
	}
	return Try{}, false
}

// Mine returns the signed form of a hash; false when it is none of these.
func (t Transaction) Mine(hash common.Hash) (Try, bool) {
	for _, try := range t.Tries {
		if try.Hash == hash {
			return try, true
		}
	}
	return Try{}, false
}

// Calls reports whether the transaction is for this very call.
func (t Transaction) Calls(to common.Address, data []byte, value market.Amount) bool {
	if t.Slim {
		return t.CallHash == callHash(to, data, value)
	}
	return t.To == to && bytes.Equal(t.Data, data) && t.Value == value
}

func callHash(to common.Address, data []byte, value market.Amount) [32]byte {
	amount := value.Bytes32()
	return sha256.Sum256(slices.Concat(to[:], amount[:], data))
}

// Slimmed returns a closed transaction without its bytes. What is left still tells
// its outcome, so that its key does nothing when it is submitted again.
func (t Transaction) Slimmed() Transaction {
	t.CallHash, t.Slim = callHash(t.To, t.Data, t.Value), true
	t.Data, t.Tries = nil, slices.Clone(t.Tries)
	for i := range t.Tries {
		t.Tries[i].Raw = nil
	}
	return t
}

// Forgettable reports whether a closed transaction may be forgotten altogether: it
// never had a nonce and so never had an effect, or it has no business.
func (t Transaction) Forgettable() bool { return len(t.Tries) == 0 || t.Filler }

// LastTry returns the newest signed form; false when there is none.
func (t Transaction) LastTry() (Try, bool) {
	if len(t.Tries) == 0 {
		return Try{}, false
	}
	return t.Tries[len(t.Tries)-1], true
}

// Store keeps transactions through a crash.
type Store interface {
	// Add stores t durably unless its key is taken. It returns what is stored under
	// the key afterwards, and whether that is t.
	Add(ctx context.Context, t Transaction) (stored Transaction, added bool, err error)
	// Put replaces transactions by key, durably, all of them or none.
	Put(ctx context.Context, ts ...Transaction) error
	// Get returns the transaction of a key; NotFound when there is none.
	Get(ctx context.Context, key string) (Transaction, error)
	// Open returns every transaction that is not Closed, in order of Seq.
	Open(ctx context.Context) ([]Transaction, error)
	// Prune makes Slimmed, or deletes if it is Forgettable, up to limit transactions
	// that were closed before a time, and returns how many.
	Prune(ctx context.Context, before time.Time, limit int) (int, error)
}
