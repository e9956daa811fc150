// Package task holds what must happen later. A task is stored in the transaction
// that makes it necessary, so that a crash cannot forget it, and its action may
// safely happen twice.
package task

import (
	"time"
)

// Kind names the action; each kind has one handler.
type Kind string

// The kinds.
const (
	Review         Kind = "review"          // key: contribution id
	ReviewOffer    Kind = "review-offer"    // key: listing id; a listing waits for the node's policy
	FollowConsent  Kind = "follow-consent"  // key: contribution id; what is on sale follows its consent
	Erase          Kind = "erase"           // key: user id, a slash, contribution id; a deletion and its notices
	EraseCopy      Kind = "erase-copy"      // key: purchase id; a bought copy of what was erased
	EraseDataset   Kind = "erase-dataset"   // key: a name in the vault, a slash, listing id; a dataset its owner removed
	Announce       Kind = "announce"        // key: listing id; gossip its order, again at half its life
	FetchOffer     Kind = "fetch-offer"     // key: listing.WantedID in hex; a gossiped order whose manifest must be fetched
	Buy            Kind = "buy"             // key: purchase id; the buyer's side
	Deliver        Kind = "deliver"         // key: on-chain purchase id in hex; the seller's side
	Settle         Kind = "settle"          // key: seller node's batch, always "batch"
	Claims         Kind = "claims"          // key: user id; what the user claimed against what the chain paid
	Payout         Kind = "payout"          // key: always "batch"; what the operator owes of claims
	LapseSignature Kind = "lapse-signature" // key: signature request id; its time is over
	DropVersion    Kind = "drop-version"    // key: listing key name; a version that was never signed
	Rate           Kind = "rate"            // key: on-chain purchase id in hex; gossip a rating of this node, again and again
	Report         Kind = "report"          // key: purchase id; gossip a report of this node on a seller, again and again
	Stake          Kind = "stake"           // key: stake request id
	Fund           Kind = "fund"            // key: id of a deposit into the reward fund, or of a withdrawal
	Release        Kind = "release"         // key: account in hex; a stake that has cooled down goes home
	LabelAnswer    Kind = "label-answer"    // key: labeling task id; an answer to a task whose answer is known
	Sell402        Kind = "sell-402"        // key: x402.SaleID in hex; a payment on its way
	Scrub          Kind = "scrub"           // key: always "records"; what was deleted leaves the disk, too
)

// Task is one thing to do.
type Task struct {
	Kind      Kind
	Key       string
	Due       time.Time
	Revision  uint64 // raised by each Put, so that a finishing run sees it was asked again
	Attempts  int    // runs since it last made progress
	LastError string
}

// Tx is how a use case stores tasks along with the rest of a transaction.
type Tx interface {
	// PutTask stores the task, replacing one of the same kind and key; its
	// Revision becomes one more than the stored one's.
	PutTask(Task) error
	// Task returns a stored task; NotFound when there is none.
	Task(kind Kind, key string) (Task, error)
	// DeleteTask removes a task; removing what is gone is fine.
	DeleteTask(kind Kind, key string) error
}

// Next is what a handler returns: when the task is due again.
type Next struct {
	Done  bool
	After time.Duration // from now, when not done
	// Progress resets the count of attempts.
	Progress bool
}

// Done says that nothing is left to do.
func Done() Next { return Next{Done: true} }

// In asks to be run again after d.
func In(d time.Duration) Next { return Next{After: d, Progress: true} }

// Backoff returns how long to wait before try number attempts+1: first, doubling
// up to most.
func Backoff(attempts int, first, most time.Duration) time.Duration {
	d := first
	for range min(attempts, 40) {
		if d *= 2; d >= most {
			return most
		}
	}
	return d
}
