// Package claim pays users what they earned. A claim takes confirmed earnings and
// becomes one payout: income of sales is withdrawn from the Market contract, where
// it lies for the seller's wallet; everything else the node's operator pays through
// the Rewards contract.
//
// It promises that an earning is in at most one live claim, that no crash, retry,
// voucher, withdrawal by a stranger or reorganisation makes anybody be paid twice,
// and that what was claimed is paid in the end, or can be claimed again.
package claim

import (
	"fmt"
	"slices"
	"time"

	"privd/market"
	"privd/market/earning"
)

// Status is how far a claim is.
type Status string

// The statuses.
const (
	Pending    Status = "pending"    // no transaction pays it yet
	Processing Status = "processing" // a transaction is on its way, or a part is paid
	Completed  Status = "completed"  // paid, as deep in the chain as the node asks for
	Failed     Status = "failed"     // its earnings can be claimed again
)

// moves is the whole state machine. A completed claim goes back only when the chain
// takes its payment back.
var moves = map[Status][]Status{
	Pending:    {Processing, Completed, Failed},
	Processing: {Pending, Completed, Failed},
	Completed:  {Processing, Failed},
}

// Claim is a payout that a user asked for.
type Claim struct {
	ID     market.ClaimID
	User   market.UserID
	Wallet market.Address
	Status Status
	// Total and Earnings are what is claimed, less what went back.
	Total    market.Amount
	Earnings []market.EarningID
	// Sales is what the Market contract holds for the wallet, Rewards what the operator
	// owes.
	Sales   Part
	Rewards Part
	Skipped []Skipped
	// Taken says that nobody claimed this: somebody withdrew it on chain for its owner.
	Taken       bool
	Failure     string // why it failed, in whole or in part
	Steps       []Step
	CreatedAt   time.Time
	CompletedAt time.Time
}

// Part is the share of a claim that one contract pays.
type Part struct {
	Amount market.Amount // wei of PRIV
	Paid   bool
	// Key is that of the transaction that is to pay it; empty when none is on its way.
	Key     string
	TxHash  market.Hash // of the last transaction
	Tries   int         // transactions that the contract refused
	Ahead   int         // and those refused because somebody else seems to have been faster
	Why     string      // it waits until RetryAt
	RetryAt time.Time
}

// Owed reports whether the operator still has to pay a part of the claim.
func (c Claim) Owed() bool { return c.Live() && c.Rewards.open() && !c.Taken }

// open reports whether the part still has to be paid.
func (p Part) open() bool { return !p.Paid && !p.Amount.IsZero() }

// waiting reports whether nothing that would pay the part is on its way.
func (p Part) waiting() bool { return p.open() && p.Key == "" }

// Skipped is an earning that was asked for and is not paid.
type Skipped struct {
	Earning market.EarningID
	Reason  SkipReason
}

// SkipReason says why an earning is not part of a claim.
type SkipReason string

// The reasons. NotFound is told of earnings that do not exist and of those of
// somebody else, so that nobody learns which.
const (
	SkipNotFound SkipReason = "not_found"
	SkipPending  SkipReason = "pending"
	SkipClaimed  SkipReason = "claimed"
	SkipFailed   SkipReason = "payout_failed"
	SkipFull     SkipReason = "claim_full" // for the next claim
	SkipRefunded SkipReason = "refunded"   // the sale, after it was claimed
)

// Step is one thing that happened to a claim.
type Step struct {
	At     time.Time
	What   string
	TxHash market.Hash
}

// maxSteps bounds the history of one claim.
const maxSteps = 100

// Live reports whether the claim may still be paid.
func (c Claim) Live() bool { return c.Status == Pending || c.Status == Processing }

// TxHashes returns the transactions that pay the claim, the last one at the end.
func (c Claim) TxHashes() (hashes []market.Hash) {
	for _, p := range []Part{c.Sales, c.Rewards} {
		if !p.TxHash.IsZero() && (len(hashes) == 0 || hashes[0] != p.TxHash) {
			hashes = append(hashes, p.TxHash)
		}
	}
	return hashes
}

// part returns the share of one channel.
func (c *Claim) part(ch channel) *Part {
	if ch == sales {
		return &c.Sales
	}
	return &c.Rewards
}

// Waiting returns what a live claim waits for, and when the node tries again where
// that is known.
func (c Claim) Waiting() (why string, retryAt time.Time) {
	s, r := c.Sales, c.Rewards
	switch {
	case !c.Live():
		return "", time.Time{}
	case s.open() && s.Key != "":
		return "waiting until the withdrawal of sales income is confirmed", time.Time{}
	case s.open() && s.Why != "":
		return s.Why, s.RetryAt
	case s.open():
		return "waiting to withdraw sales income", time.Time{}
	case r.Key != "":
		return "waiting until the operator's payout is confirmed", time.Time{}
	case r.Why != "":
		return r.Why, r.RetryAt
	}
	return "waiting for the operator's next payout", time.Time{}
}

// move changes the status; it panics on a move that the table does not have, which
// is a fault of the program.
func (c *Claim) move(to Status) {
	if c.Status == to {
		return
	}
	for _, next := range moves[c.Status] {
		if next == to {
			c.Status = to
			return
		}
	}
	panic(fmt.Sprintf("claim: no way from %s to %s", c.Status, to))
}

// note adds a step, unless it says again what the last one said.
func (c *Claim) note(at time.Time, what string, tx market.Hash) {
	if n := len(c.Steps); n > 0 && c.Steps[n-1].What == what && c.Steps[n-1].TxHash == tx {
		return
	}
	if len(c.Steps) >= maxSteps {
		// The beginning and the end tell the story.
		c.Steps = append(c.Steps[:maxSteps/2:maxSteps/2], c.Steps[maxSteps/2+1:]...)
	}
	c.Steps = append(c.Steps, Step{At: at, What: what, TxHash: tx})
}

// refresh sets the status by what is paid and what is on its way.
func (c *Claim) refresh(now time.Time) {
	switch {
	case !c.Sales.open() && !c.Rewards.open():
		if c.Live() {
			c.CompletedAt = now
			c.move(Completed)
			c.note(now, "completed", market.Hash{})
		}
	case c.Sales.Paid || c.Rewards.Paid || c.Sales.Key != "" || c.Rewards.Key != "":
		c.move(Processing)
	default:
		c.move(Pending)
	}
}

// weight is about how many bytes a change of the claim writes.
func (c Claim) weight() int {
	bytes := 1<<10 + 32*len(c.Earnings)
	for _, s := range c.Skipped {
		bytes += 48 + len(s.Earning)
	}
	for _, s := range c.Steps {
		bytes += 80 + len(s.What)
	}
	return bytes
}

// clone returns a claim that shares nothing with c.
func (c Claim) clone() Claim {
	c.Earnings, c.Skipped, c.Steps = slices.Clone(c.Earnings), slices.Clone(c.Skipped), slices.Clone(c.Steps)
	return c
}

// channel is one of the two ways money reaches a wallet.
type channel bool

const (
	sales   channel = true  // out of the Market contract
	rewards channel = false // out of the Rewards contract
)

// channelOf returns the channel that pays an earning.
func channelOf(e earning.Earning) channel { return channel(e.FromSale()) }
