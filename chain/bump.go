package chain

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"privd/market/outbox"
)

// reoffer deals with what was broadcast and is not mined: the same bytes again for
// servers that forgot them, higher fees where blocks pass it by.
func (s *Sender) reoffer(ctx context.Context, v view) error {
	var again, stuck []*flight
	now := s.deps.Now()
	for i, f := range s.sent() {
		if f.tx.Nonce < v.nonce {
			continue // used; collect is waiting for the receipt
		}
		switch {
		case f.offered.IsZero(): // since the restart
			again = append(again, f)
		case s.passedBy(f, v, i == 0):
			stuck = append(stuck, f)
		case now.Sub(f.offered) >= s.cfg.Rebroadcast, f.refusal != "" && now.Sub(f.offered) >= time.Second:
			again = append(again, f)
		}
	}
	if len(again) > 0 {
		for _, f := range again {
			if f.firstAt == 0 {
				f.firstAt = v.block
			}
		}
		if err := s.broadcast(ctx, v, again, false); err != nil {
			return err
		}
		s.tally(func(st *Stats) { st.Rebroadcast += uint64(len(again)) })
	}
	return s.bump(ctx, v, stuck)
}

// passedBy reports whether higher fees would help: the transaction is next in turn
// or its fee cap is below the base fee, and blocks went by without it.
func (s *Sender) passedBy(f *flight, v view, next bool) bool {
	if f.outbid {
		return true
	}
	if v.block < f.firstAt+s.cfg.BumpAfter {
		return false
	}
	try, ok := f.tx.LastTry()
	return ok && (next || (v.head.BaseFee != nil && try.FeeCap.Big().Cmp(v.head.BaseFee) < 0))
}

// bump replaces the newest try of transactions by one that pays more. Servers want
// 10% more on both fees.
func (s *Sender) bump(ctx context.Context, v view, stuck []*flight) error {
	if len(stuck) == 0 {
		return nil
	}
	going, err := s.fees(ctx, v)
	if err != nil {
		return err
	}
	var changes []change
	var raised []*flight
	for _, f := range stuck {
		try, _ := f.tx.LastTry()
		offer := fees{cap: higher(going.cap, raise(try.FeeCap.Big())), tip: higher(going.tip, raise(try.TipCap.Big()))}
		most := s.cfg.MaxFee.Big()
		if offer.cap.Cmp(most) > 0 {
			// At the limit the same offer stands; a smaller step would be refused.
			f.outbid, f.firstAt = false, v.block
			f.refusal = fmt.Sprintf("fees are at the limit of %s wei per gas", most)
			continue
		}
		offer.tip = lower(offer.tip, offer.cap)
		tx, err := s.sign(ctx, f.tx, try.Gas, offer)
		if err != nil {
			return err
		}
		changes = append(changes, change{f, tx})
		raised = append(raised, f)
		s.log.Info("raising fees", "key", tx.Key, "nonce", tx.Nonce, "fee_cap", offer.cap, "tip_cap", offer.tip)
	}
	if err := s.commit(ctx, changes); err != nil || len(raised) == 0 {
		return err
	}
	if err := s.broadcast(ctx, v, raised, true); err != nil {
		return err
	}
	s.tally(func(st *Stats) { st.Bumped += uint64(len(raised)) })
	return nil
}

// raise returns 12.5% more, rounded up.
func raise(fee *big.Int) *big.Int {
	more := new(big.Int).Mul(fee, big.NewInt(9))
	return more.Add(more.Rsh(more, 3), big.NewInt(1))
}

func higher(a, b *big.Int) *big.Int {
	if a.Cmp(b) > 0 {
		return a
	}
	return b
}

// fillGap sends an empty transaction where a nonce is missing below ours, without
// which none of ours is ever mined: the chain has lost a transaction that was no
// longer watched.
func (s *Sender) fillGap(ctx context.Context, v view) error {
	if !s.missing(v.nonce) {
		s.gapSince = time.Time{}
		return nil
	}
	now := s.deps.Now()
	if s.gapSince.IsZero() || s.gapNonce != v.nonce {
		s.gapSince, s.gapNonce = now, v.nonce // a server that is behind looks the same
		return nil
	}
	if now.Sub(s.gapSince) < s.cfg.Rebroadcast {
		return nil
	}
	offer, err := s.fees(ctx, v)
	if err != nil {
		return err
	}
	tx := outbox.Transaction{
		Key: fmt.Sprintf("gap/%d/%d", v.nonce, now.UnixNano()), Seq: s.nextSeq(), To: s.deps.Account, GasLimit: 21_000, Created: now,
		State: outbox.Sent, Signed: true, From: s.deps.Account, Nonce: v.nonce,
	}
	if tx, err = s.sign(ctx, tx, tx.GasLimit, offer); err != nil {
		return err
	}
	f := &flight{tx: tx}
	if err := s.commit(ctx, []change{{f, tx}}); err != nil {
		return err
	}
	s.open = append(s.open, f)
	s.gapSince = time.Time{}
	s.log.Warn("filling a nonce that the chain lost", "nonce", v.nonce, "account", s.deps.Account)
	s.tally(func(st *Stats) { st.GapsFilled++ })
	return s.broadcast(ctx, v, []*flight{f}, true)
}

// missing reports whether none of ours has a nonce that one of ours waits for.
func (s *Sender) missing(nonce uint64) bool {
	waits := false
	for _, f := range s.open {
		if f.tx.Signed && f.tx.Nonce == nonce {
			return false
		}
		waits = waits || (f.tx.State == outbox.Sent && f.tx.Nonce > nonce)
	}
	return waits
}
