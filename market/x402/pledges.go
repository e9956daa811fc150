package x402

import (
	"sync"

	"privd/market"
)

// pledges are payments on their way, by who pays: one balance does not cover many of
// them. Only gas is saved by that, so it need not survive a restart.
type pledges struct {
	mu sync.Mutex
	of map[market.Address]*pledged
}

type pledged struct {
	amounts map[market.Hash]market.Amount // by sale
	fewer   chan struct{}                 // closed when one has arrived, or is over
}

// add pledges a payment, and returns nil. When others of the payer are on their way, and
// leave too little of what the payer holds, it returns what ends when there are fewer.
// nil stands for what is not known, and is too little.
func (p *pledges) add(s *Sale, holds *market.Amount) (wait <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.of[s.Authorization.From]
	if all != nil && !all.covers(s, holds) {
		return all.fewer
	}
	if all == nil {
		all = &pledged{amounts: map[market.Hash]market.Amount{}, fewer: make(chan struct{})}
		if p.of == nil {
			p.of = map[market.Address]*pledged{}
		}
		p.of[s.Authorization.From] = all
	}
	all.amounts[s.ID] = s.Authorization.Value
	return nil
}

// covers reports whether what a payer holds is enough for a payment beside the others.
func (a *pledged) covers(s *Sale, holds *market.Amount) bool {
	sum, others := s.Authorization.Value, false
	for id, amount := range a.amounts {
		if id == s.ID {
			continue
		}
		var err error
		if sum, err = sum.Add(amount); err != nil {
			return false
		}
		others = true
	}
	return !others || (holds != nil && sum.Cmp(*holds) <= 0)
}

// drop forgets a payment that has arrived, or does not go on.
func (p *pledges) drop(s *Sale) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.of[s.Authorization.From]
	if all == nil {
		return
	}
	if _, there := all.amounts[s.ID]; !there {
		return
	}
	delete(all.amounts, s.ID)
	close(all.fewer)
	all.fewer = make(chan struct{})
	if len(all.amounts) == 0 {
		delete(p.of, s.Authorization.From)
	}
}
