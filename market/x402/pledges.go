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

// pledged is what one payer has on its way.
type pledged struct {
	sales map[market.Hash]*promise
	fewer chan struct{} // closed when one has arrived, or is over
}

// promise is one payment: as long as calls look at it, or its sale goes on.
type promise struct {
	amount market.Amount
	calls  int
	goesOn bool
}

// pledge is one call that looks at a payment; nil is none.
type pledge struct {
	all  *pledges
	sale *Sale
	made *promise
}

// add pledges a payment. When others of the payer are on their way, and leave too little
// of what the payer holds, it returns what ends when there are fewer, and no pledge. nil
// stands for what is not known, and is too little.
func (p *pledges) add(s *Sale, holds *market.Amount) (*pledge, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	payer := p.of[s.Authorization.From]
	if payer != nil && !payer.covers(s, holds) {
		return nil, payer.fewer
	}
	if payer == nil {
		payer = &pledged{sales: map[market.Hash]*promise{}, fewer: make(chan struct{})}
		if p.of == nil {
			p.of = map[market.Address]*pledged{}
		}
		p.of[s.Authorization.From] = payer
	}
	made := payer.sales[s.ID]
	if made == nil {
		made = &promise{amount: s.Authorization.Value}
		payer.sales[s.ID] = made
	}
	made.calls++
	return &pledge{p, s, made}, nil
}

// covers reports whether what a payer holds is enough for a payment beside the others.
func (p *pledged) covers(s *Sale, holds *market.Amount) bool {
	sum, others := s.Authorization.Value, false
	for id, other := range p.sales {
		if id == s.ID {
			continue
		}
		var err error
		if sum, err = sum.Add(other.amount); err != nil {
			return false
		}
		others = true
	}
	return !others || (holds != nil && sum.Cmp(*holds) <= 0)
}

// end says that a call is over, and whether the payment goes on without it.
func (c *pledge) end(goesOn bool) {
	if c == nil {
		return
	}
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	if payer := c.all.of[c.sale.Authorization.From]; payer == nil || payer.sales[c.sale.ID] != c.made {
		return // it has arrived meanwhile
	}
	c.made.goesOn = c.made.goesOn || goesOn
	if c.made.calls--; c.made.calls == 0 && !c.made.goesOn {
		c.all.remove(c.sale)
	}
}

// drop forgets a payment that has arrived, or does not go on.
func (p *pledges) drop(s *Sale) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if payer := p.of[s.Authorization.From]; payer != nil && payer.sales[s.ID] != nil {
		p.remove(s)
	}
}

func (p *pledges) remove(s *Sale) {
	payer := p.of[s.Authorization.From]
	delete(payer.sales, s.ID)
	close(payer.fewer)
	payer.fewer = make(chan struct{})
	if len(payer.sales) == 0 {
		delete(p.of, s.Authorization.From)
	}
}
