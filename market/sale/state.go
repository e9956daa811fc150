package sale

import (
	"fmt"
	"slices"
	"time"

	"privd/market"
	"privd/market/deal"
)

// State is where a sale stands.
type State string

// The states. Settled, Refunded and Gone are ends, once the chain has them deep
// enough; a deep reorganisation takes a sale back even from there.
const (
	Waiting    State = "waiting"    // paid, not deep enough: nothing of value leaves
	Ready      State = "ready"      // paid; the buyer may ask for the opener
	HandedOut  State = "handed_out" // the opener left; the receipt is awaited
	Receipted  State = "receipted"  // the receipt is here and waits for its batch
	Settling   State = "settling"   // the receipt is in a transaction
	Revealing  State = "revealing"  // the opener is being published
	Revealed   State = "revealed"   // it is public; the buyer may dispute it
	Finalizing State = "finalizing" // nobody disputed; the price is being collected
	Settled    State = "settled"    // the seller has the price, less the fee
	Refunded   State = "refunded"   // the buyer has it back
	Forgone    State = "forgone"    // nothing of value leaves any more; the price goes back
	Foreign    State = "foreign"    // a seal that this node did not make: nothing is done
	Gone       State = "gone"       // the chain lost the purchase
)

// Checked is whose seal a purchase commits to, as far as this node has looked.
type Checked uint8

// The answers.
const (
	Unchecked  Checked = 0
	OwnSeal    Checked = 1
	ForeignKey Checked = 2 // signed with this node's sealer key by somebody else
)

// situation is everything a sale is decided by. It is read anew each time: nothing
// depends on memory, and the only clock is the chain's, except for how long a purchase
// may be missing from the chain.
type situation struct {
	Sale
	chain deal.State
	head  deal.Mark
	now   time.Time
	// left says that a transaction with the opener was signed, so that it may be public
	// whatever became of it since.
	left bool
	// erased says that the listing key was destroyed.
	erased bool
	rules  Rules
}

// row is one line of the table: the first whose condition holds says where a sale
// stands, why, and when the chain's time alone may change that.
type row struct {
	state State
	when  func(situation) bool
	why   func(situation) string
	until func(situation) uint64 // chain time, unix seconds; nil where something else has to happen
}

// table is where a sale stands, for each thing that the chain may say, whatever was
// saved and at any time: the one place where that is decided.
var table = []row{
	// Not on the chain: never for long, unless the node's chain is not the others'.
	{Gone, situation.lost, say("the chain lost the payment"), nil},
	{Waiting, situation.missing, say("a reorganisation took the payment back; it may come again"), nil},

	// Over. It counts once it is deep.
	{Settled, situation.settled, situation.confirming, nil},
	{Refunded, situation.refunded, situation.confirming, nil},

	{Foreign, situation.foreign, say("the sealer key of this node was used by somebody else; nothing is handed over"), nil},

	// With a receipt the price is earned, before and after the deadline, until somebody
	// sends it back.
	{Settling, situation.inBatch, say("the receipt is being settled"), nil},
	{Finalizing, situation.undisputed, say("nobody disputed the opener; the price is being collected"), nil},
	{Receipted, situation.receipted, say("the receipt waits for others to be settled with"), situation.lastCall},

	{Revealed, situation.revealed, say("the opener is public; the buyer may dispute it"), situation.deadline},

	// Purchased, without a receipt. What is public once is pushed up to the deadline;
	// what is not stays so after pushBy.
	{Revealing, situation.pushing, say("the opener is being published"), nil},
	{Waiting, situation.shallow, situation.confirming, nil},
	{Forgone, situation.withheld, say("the content was erased; the price goes back to the buyer"), nil},
	{Forgone, situation.tooLate, situation.whyLate, nil},
	{Revealing, situation.impatient, say("the buyer has the opener and sent no receipt; it is being published"), nil},
	{Revealing, situation.calledOff, say("the buyer did not ask for the opener; it is being published"), nil},
	{Forgone, situation.unwanted, say("the buyer did not ask for the opener, and this node does not sell to absent buyers"), nil},
	{HandedOut, situation.handedOut, say("the opener was handed out; the receipt is awaited"), situation.patience},
	{Ready, func(situation) bool { return true }, say("the buyer may ask for the opener"), situation.lastCall},
}

// judge returns the line of the table that a situation is in.
func judge(s situation) row {
	for _, r := range table {
		if r.when(s) {
			return r
		}
	}
	panic("sale: the table has no end")
}

func say(why string) func(situation) string { return func(situation) string { return why } }

func (s situation) lost() bool {
	return s.missing() && s.now.Sub(s.lastSeen()) > orphanAfter
}
func (s situation) missing() bool  { return s.chain.Status == deal.StatusNone }
func (s situation) settled() bool  { return s.chain.Status == deal.StatusSettled }
func (s situation) refunded() bool { return s.chain.Status == deal.StatusRefunded }
func (s situation) revealed() bool { return s.chain.Status == deal.StatusRevealed }
func (s situation) foreign() bool  { return s.Seal == ForeignKey }

// receipted reports whether there is a receipt that the contract takes: a
// reorganisation may have moved the purchase past the time it names.
func (s situation) receipted() bool {
	return s.Receipt != nil && s.Receipt.OpenedAt >= s.chain.BoughtAt
}
func (s situation) inBatch() bool    { return s.receipted() && s.SettleAs != "" }
func (s situation) undisputed() bool { return s.revealed() && s.head.Time >= s.chain.Deadline }

// public reports whether anybody may know the opener from the chain or on its way
// there.
func (s situation) public() bool { return s.Public || s.left }

// pushing reports whether a reveal is under way, or has to be again after a
// reorganisation.
func (s situation) pushing() bool {
	w := windowsOf(s.chain)
	return s.head.Time < w.deadline && (s.public() || (s.RevealAs != "" && s.head.Time <= w.pushBy))
}

// shallow reports whether the payment may still go away while nothing was given for
// it.
func (s situation) shallow() bool { return s.HandedOut.IsZero() && !s.deep(s.chain.Bought) }

func (s situation) withheld() bool { return s.erased && s.HandedOut.IsZero() && !s.public() }
func (s situation) tooLate() bool  { return s.head.Time > windowsOf(s.chain).pushBy }
func (s situation) handedOut() bool {
	return !s.HandedOut.IsZero()
}
func (s situation) impatient() bool {
	return s.handedOut() && s.head.Time >= s.patience()
}
func (s situation) absent() bool {
	return s.HandedOut.IsZero() && s.head.Time >= s.lastCall()
}
func (s situation) calledOff() bool { return s.absent() && s.rules.AbsentBuyers }
func (s situation) unwanted() bool  { return s.absent() && !s.rules.AbsentBuyers }

func (s situation) lastCall() uint64 { return windowsOf(s.chain).lastCall }
func (s situation) pushBy() uint64   { return windowsOf(s.chain).pushBy }
func (s situation) deadline() uint64 { return s.chain.Deadline }

// patience is when a buyer who has the opener has kept its receipt for too long.
func (s situation) patience() uint64 {
	return min(uint64(s.HandedOut.Unix())+uint64(s.rules.Patience/time.Second), s.lastCall())
}

// deep reports whether a block has the confirmations money asks for.
func (s situation) deep(at deal.Mark) bool {
	return deal.Depth(s.head.Number, at.Number) >= s.rules.Confirmations
}

// confirming says how deep what the chain says last is; nothing more where that is
// enough.
func (s situation) confirming() string {
	depth := deal.Depth(s.head.Number, s.chain.Since.Number)
	if depth >= s.rules.Confirmations {
		if s.refunded() && s.chain.Disputed {
			return "the buyer proved the key wrong"
		}
		return ""
	}
	return fmt.Sprintf("confirming %d/%d", depth, s.rules.Confirmations)
}

func (s situation) whyLate() string {
	if s.handedOut() {
		return "the receipt did not come, and this node was not there to publish the opener in time"
	}
	return "this node was not there to deliver in time; the price goes back to the buyer"
}

// alarm says what an operator has to look into; "" where nothing is wrong.
func (s situation) alarm(state State) string {
	switch {
	case state == Foreign:
		return "a purchase commits to a seal that this node did not make: its sealer key is in other hands"
	case state == Refunded && s.chain.Disputed:
		return "a buyer proved that this node sealed a wrong key"
	case state == Refunded && (s.handedOut() || s.public()):
		return "the opener left and the price went back to the buyer"
	}
	return ""
}

// over reports whether a state is an end that stands.
func (s situation) over(state State) bool {
	switch state {
	case Settled, Refunded:
		return s.deep(s.chain.Since)
	case Gone:
		return true
	}
	return false
}

// Step is one line of a sale's timeline.
type Step struct {
	At     time.Time
	State  State
	What   string
	TxHash market.Hash // zero when nothing on chain made it so
}

// maxSteps bounds a timeline, should a chain go back and forth.
const maxSteps = 100

// to moves a sale, the only way its state changes, with a line for its timeline.
func (s *Sale) to(state State, what string, tx market.Hash, now time.Time) {
	s.State = state
	if len(s.Steps) >= maxSteps {
		s.Steps = slices.Delete(s.Steps, maxSteps/10, maxSteps/10+1) // how it began stays, and the newest
	}
	s.Steps = append(s.Steps, Step{At: now.UTC().Truncate(time.Millisecond), State: state, What: what, TxHash: tx})
}
