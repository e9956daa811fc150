package chain

import (
	"context"
	"math/big"
	"time"

	"privd/market/outbox"
)

// reoffer deals with what was broadcast and is not mined: the same bytes again for
// servers that forgot them, higher fees where blocks pass it by, nothing instead of
// the call where that was cancelled.
func (s *Sender) reoffer(ctx context.Context, v view) error {
	var again, stuck []*flight
	for i, f := range s.unmined(v) { // for the others, collect waits for the receipt
		_, signed := f.tx.Offer()
		switch {
		case !signed, !f.first.IsZero() && s.passedBy(f, v, i == 0):
			stuck = append(stuck, f)
		case s.due(f):
			again = append(again, f)
		}
	}
	if len(again) > 0 || len(stuck) > 0 {
		s.narrow()
	}
	if len(again) > 0 {
		if err := s.broadcast(ctx, v, again); err != nil {
			return err
		}
		s.tally(func(st *Stats) { st.Rebroadcast += uint64(len(again)) })
	}
	return s.bump(ctx, v, stuck)
}

// due reports whether the same bytes should be offered again. A refusal is tried
// again soon at first, since what it is about may be over in a moment.
func (s *Sender) due(f *flight) bool {
	if f.offered.IsZero() {
		return true // not since the restart, or since it left the chain
	}
	pause := s.cfg.Rebroadcast
	if f.refusal != nil {
		pause = min(pause, time.Second<<min(f.refusals-1, 10))
	}
	return s.deps.Now().Sub(f.offered) >= pause
}

// Patience. stuckAfter is for chains that make no blocks while there is nothing to
// put in, so that they would pass nothing by: it is counted in rebroadcasts.
const (
	stuckAfter   = 4
	mostPatience = 6
)

// passedBy reports whether higher fees would help: the transaction is next in turn
// or its fee cap is below the base fee, and blocks went by without it. Where the base
// fee is covered, fees are probably not what is wrong, and each raise waits twice as
// long as the one before it: a server that does not pass transactions on must not
// drive the node's fees to their limit.
func (s *Sender) passedBy(f *flight, v view, next bool) bool {
	try, _ := f.tx.Offer()
	asked := s.deps.Now().Sub(f.first)
	if f.outbid {
		// Once for each block: a server that says so for ever would empty the account.
		return v.block > f.firstAt || asked >= s.cfg.Rebroadcast
	}
	patience := 0
	switch {
	case v.head.BaseFee != nil && try.FeeCap.Big().Cmp(v.head.BaseFee) < 0:
	case next:
		patience = min(s.raises(f.tx), mostPatience)
	default:
		return false
	}
	return v.block >= f.firstAt+s.cfg.BumpAfter<<patience || asked >= stuckAfter*s.cfg.Rebroadcast<<patience
}

// raises returns how often the fees of what is offered were raised.
func (s *Sender) raises(tx outbox.Transaction) int {
	n := 0
	for _, try := range tx.Tries {
		if try.Nonce == tx.Nonce && try.Empty == (tx.Cancel != "") {
			n++
		}
	}
	return n - 1
}

// bump replaces what is broadcast of transactions by what pays more, and does what is
// wanted now. Servers want 10% more on both fees.
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
		gas := emptyGas
		if f.tx.Cancel == "" {
			gas = gasOf(f.tx)
		}
		most, before := s.cfg.MaxFee.Big(), dearest(f.tx)
		offer := fees{cap: higher(going.cap, raise(before.cap)), tip: higher(going.tip, raise(before.tip))}
		if offer.cap.Cmp(most) > 0 {
			// At the limit the same offer stands; a smaller step would be refused.
			f.outbid, f.first, f.firstAt, f.capped = false, s.deps.Now(), v.block, true
			continue
		}
		offer.tip = lower(offer.tip, offer.cap)
		tx, err := s.sign(ctx, f.tx, gas, offer)
		if err != nil {
			return err
		}
		changes = append(changes, change{f, tx})
		raised = append(raised, f)
		s.log.Info("raising fees", "key", tx.Key, "nonce", tx.Nonce, "fee_cap", offer.cap, "tip_cap", offer.tip, "cancels", tx.Cancel != "")
	}
	if err := s.commit(ctx, changes); err != nil || len(raised) == 0 {
		return err
	}
	for _, f := range raised {
		f.first, f.capped = time.Time{}, false
	}
	if err := s.broadcast(ctx, v, raised); err != nil {
		return err
	}
	s.tally(func(st *Stats) { st.Bumped += uint64(len(raised)) })
	return nil
}

// gasOf returns the gas limit that a call was last signed with at its nonce.
func gasOf(tx outbox.Transaction) uint64 {
	gas := tx.GasLimit
	for _, try := range tx.Tries {
		if try.Nonce == tx.Nonce && !try.Empty {
			gas = try.Gas
		}
	}
	return gas
}

// dearest returns the highest fees offered at a transaction's nonce: what replaces it
// must be dearer than whichever of its tries a server holds.
func dearest(tx outbox.Transaction) fees {
	most := fees{cap: new(big.Int), tip: new(big.Int)}
	for _, try := range tx.Tries {
		if try.Nonce == tx.Nonce {
			most.cap, most.tip = higher(most.cap, try.FeeCap.Big()), higher(most.tip, try.TipCap.Big())
		}
	}
	return most
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
