package chain

import (
	"context"
	"fmt"
	"math"
	"time"

	"privd/market/outbox"
)

// emptyGas is more than a transfer of nothing needs on any chain: 21,000 on most. What
// is not used is not paid.
const emptyGas uint64 = 100_000

// fillGap sends empty transactions where nonces are missing below ours, without
// which none of ours is ever mined: the chain has lost transactions that were no
// longer watched, or a server told a nonce that was too high.
func (s *Sender) fillGap(ctx context.Context, v view) error {
	missing := s.missing(v.nonce)
	if len(missing) == 0 {
		s.gapSince = time.Time{}
		return nil
	}
	now := s.deps.Now()
	if s.gapSince.IsZero() || s.gapNonce != missing[0] {
		s.gapSince, s.gapNonce = now, missing[0] // a server that is behind looks the same
		return nil
	}
	if now.Sub(s.gapSince) < s.cfg.Rebroadcast {
		return nil
	}
	offer, err := s.fees(ctx, v)
	if err != nil {
		return err
	}
	var changes []change
	var fillers []*flight
	for _, nonce := range missing {
		tx := outbox.Transaction{
			Key: fmt.Sprintf("gap/%d/%d", nonce, now.UnixNano()), Seq: s.nextSeq(), To: s.deps.Account, GasLimit: emptyGas, Created: now,
			State: outbox.Sent, Signed: true, From: s.deps.Account, Nonce: nonce, Filler: true,
		}
		if tx, err = s.sign(ctx, tx, emptyGas, offer); err != nil {
			return err
		}
		f := &flight{tx: tx}
		changes, fillers = append(changes, change{f, tx}), append(fillers, f)
	}
	if err := s.commit(ctx, changes); err != nil {
		return err
	}
	s.open = append(s.open, fillers...)
	s.gapSince = time.Time{}
	s.log.Warn("filling nonces that the chain lost", "nonce", missing[0], "count", len(missing), "account", s.deps.Account)
	s.tally(func(st *Stats) { st.GapsFilled += uint64(len(missing)) })
	return s.broadcast(ctx, v, fillers)
}

// missing returns the nonces, some of the lowest, that none of ours has and that one
// of ours waits for.
func (s *Sender) missing(nonce uint64) (out []uint64) {
	ours := make(map[uint64]bool, len(s.open))
	top := uint64(0)
	for _, f := range s.open {
		if f.tx.Signed {
			ours[f.tx.Nonce] = true
		}
		if f.tx.State == outbox.Sent {
			top = max(top, f.tx.Nonce)
		}
	}
	for n := nonce; n < top && n < math.MaxUint64 && len(out) < s.cfg.MaxInFlight; n++ {
		if !ours[n] {
			out = append(out, n)
		}
	}
	return out
}
