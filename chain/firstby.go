package chain

import (
	"context"
	"fmt"

	"privd/market"
	"privd/market/outbox"
)

// tooLate is the reason of a call that was not sent in its time.
const tooLate = "TooLate"

// expire fails the calls that may not leave for the first time any more. What was
// signed is not among them: it may have left, whatever a crash made of the answer, and
// what is public cannot be taken back. A server that is stuck in the past is not
// believed: blocks are not made earlier than now.
func (s *Sender) expire(ctx context.Context, v view) error {
	now := max(v.head.Time, uint64(max(0, s.deps.Now().Unix())))
	var late []change
	for _, f := range s.open {
		if f.tx.State != outbox.Queued || len(f.tx.Tries) > 0 || f.tx.FirstBy == 0 || now <= f.tx.FirstBy {
			continue
		}
		tx := f.tx
		tx.State, tx.Final, tx.Closed = outbox.Failed, true, true
		tx.Code, tx.Reason = market.Expired, tooLate
		tx.Message = fmt.Sprintf("it had to be sent by %d, and now is %d", f.tx.FirstBy, now)
		late = append(late, change{f, tx})
	}
	for _, c := range late {
		s.log.Warn("call is too late to be sent", "key", c.tx.Key)
		s.tally(func(st *Stats) { st.Refused++ })
	}
	return s.commit(ctx, late)
}
