package sale

import (
	"time"

	"privd/market/deal"
)

// windows are the chain times by which a seller acts, unix seconds: those of
// docs/decisions/0020-selling.md. They are computed from the chain each time, never
// remembered, since a reorganisation may move them.
type windows struct {
	// lastCall is the last second in which an opener is handed out, and from which one
	// that was handed out without a receipt is revealed: later, it might be public in
	// the mempool while the transaction that earns the price comes too late.
	lastCall uint64
	// pushBy is the last second in which a reveal may leave for the first time.
	pushBy uint64
	// deadline is when anybody may send the price back.
	deadline uint64
}

const leastMargin = uint64(15 * time.Minute / time.Second)

// windowsOf returns the windows of a purchase whose opener is not revealed: once it
// is, the chain's deadline is that of the dispute. Between each window and the next
// lies the margin: one inclusion under fee bumps, one more for each reorganisation,
// and slack.
func windowsOf(s deal.State) windows {
	margin := max(leastMargin, (s.Deadline-min(s.Deadline, s.BoughtAt))/4)
	return windows{
		lastCall: s.Deadline - min(s.Deadline, 2*margin),
		pushBy:   s.Deadline - min(s.Deadline, margin),
		deadline: s.Deadline,
	}
}
