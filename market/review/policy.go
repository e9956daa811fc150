package review

import (
	"fmt"

	"privd/market"
)

// Verdict is what becomes of a contribution after its review.
type Verdict string

// The verdicts. Held contributions stay pending and wait for people.
const (
	Approve Verdict = "approve"
	Hold    Verdict = "hold"
	Reject  Verdict = "reject"
)

// Policy turns a result into a verdict.
type Policy struct {
	RejectBelow  Permille // reject what scores less
	HoldBelow    Permille // hold what scores less, and is not rejected; 0 holds nothing
	HoldAll      bool     // hold whatever is not rejected
	AcceptCopies bool     // do not reject exact and near copies of what is known
}

// DefaultPolicy rejects what does not decode, copies, and what scores under 0.2; it
// holds nothing and approves the rest.
func DefaultPolicy() Policy { return Policy{RejectBelow: 200} }

// Validate returns a market.Invalid that names the field at fault.
func (p Policy) Validate() error {
	switch {
	case p.RejectBelow > One:
		return market.BadField("reject_below", "reject_below must be at most 1")
	case p.HoldBelow > One:
		return market.BadField("hold_below", "hold_below must be at most 1")
	case p.HoldBelow != 0 && p.HoldBelow < p.RejectBelow:
		return market.BadField("hold_below", "hold_below must be 0 or at least reject_below")
	}
	return nil
}

// Decide returns the verdict on r and the reason for it, a sentence for the
// contributor.
func (p Policy) Decide(r Result) (Verdict, string) {
	if !r.Decodes() {
		return Reject, fmt.Sprintf("The file cannot be read as %s: %s.", r.MIME, r.Fault)
	}
	if unique, judged := r.Factor(Uniqueness); judged && unique == 0 && !p.AcceptCopies {
		if r.Nearest.ID != "" {
			return Reject, fmt.Sprintf("This is a copy of %s, or nearly one.", r.Nearest.ID)
		}
		return Reject, "This is a copy of an earlier contribution, or nearly one."
	}
	if r.Score < p.RejectBelow {
		return Reject, fmt.Sprintf("The quality score %s is below %s; the weakest factor is %s.",
			r.Score, p.RejectBelow, r.weakest())
	}
	if r.Score < p.HoldBelow {
		return Hold, fmt.Sprintf("The quality score %s is below %s, so people will look at it; the weakest factor is %s.",
			r.Score, p.HoldBelow, r.weakest())
	}
	if p.HoldAll {
		return Hold, fmt.Sprintf("The quality score is %s; people will look at it.", r.Score)
	}
	return Approve, fmt.Sprintf("The quality score is %s.", r.Score)
}

// String returns the decimal, such as 0.85.
func (p Permille) String() string {
	if p%10 == 0 {
		return fmt.Sprintf("%d.%02d", p/1000, p%1000/10)
	}
	return fmt.Sprintf("%d.%03d", p/1000, p%1000)
}

func (r Result) weakest() string {
	var least Factor
	for i, f := range r.Factors {
		if i == 0 || f.Value < least.Value {
			least = f
		}
	}
	return fmt.Sprintf("%s at %s", least.Name, least.Value)
}
