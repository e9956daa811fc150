package claim

import (
	"slices"

	"privd/market"
	"privd/market/deal"
)

// Till is what the chain has paid to a wallet, against what this node has put down
// as paid. It follows the events of the contracts, also when they are taken back.
type Till struct {
	Sales   Channel // withdrawals of income from the Market contract
	Rewards Channel // payouts of this node's operator
	// Elsewhere is income in the Market contract that this node did not sell and that
	// was not withdrawn yet: the wallet may sell on other nodes too.
	Elsewhere market.Amount
	// Sent are the keys of this node's last withdrawals for the wallet.
	Sent []string
	// Fund is what an operator's account can still pay; kept for this node's own.
	Fund market.Amount
}

// Channel compares what came with what it was put down to.
type Channel struct {
	Taken market.Amount // ever, on chain
	Done  market.Amount // ever, put down to claims
	// Recent are the newest payments, oldest first: what a reorganisation may undo.
	Recent []Payment
}

// Payment is money that reached a wallet, and what it was put down to.
type Payment struct {
	Block    uint64
	LogIndex uint64
	TxHash   market.Hash
	Counted  market.Amount // towards Taken
	Foreign  market.Amount // income of other nodes
	Claims   []market.ClaimID
}

// keepPayments is how many payments are kept for each channel of a wallet. More of
// them at once than that are only to be had by dust, and cost no more than that a
// reorganisation does not reopen the claims of the oldest.
const keepPayments = 64

// keepSent is how many of this node's withdrawals are told from those of strangers.
// They are made one after the other: a reorganisation brings back the last ones.
const keepSent = 8

// send notes the key of a withdrawal.
func (t *Till) send(key string) {
	t.Sent = append(t.Sent, key)
	if over := len(t.Sent) - keepSent; over > 0 {
		t.Sent = slices.Delete(t.Sent, 0, over)
	}
}

func (t *Till) channel(ch channel) *Channel {
	if ch == sales {
		return &t.Sales
	}
	return &t.Rewards
}

// clone returns a till that shares nothing with t.
func (t Till) clone() Till {
	t.Sent = slices.Clone(t.Sent)
	for _, c := range []*Channel{&t.Sales, &t.Rewards} {
		c.Recent = slices.Clone(c.Recent)
		for i := range c.Recent {
			c.Recent[i].Claims = slices.Clone(c.Recent[i].Claims)
		}
	}
	return t
}

// pay books a payment. Its Foreign part does not count.
func (c *Channel) pay(p Payment) error {
	taken, err := c.Taken.Add(p.Counted)
	if err != nil {
		return err
	}
	c.Taken = taken
	c.Recent = append(c.Recent, p)
	if over := len(c.Recent) - keepPayments; over > 0 {
		c.Recent = slices.Delete(c.Recent, 0, over)
	}
	return nil
}

// unpay takes a payment back and returns it; false when it is too long ago.
func (c *Channel) unpay(e deal.Event) (Payment, bool) {
	for i, p := range c.Recent {
		if p.Block == e.Block && p.LogIndex == e.LogIndex {
			c.Recent = slices.Delete(c.Recent, i, i+1)
			c.Taken = less(c.Taken, p.Counted)
			return p, true
		}
	}
	c.Taken = less(c.Taken, e.Amount)
	return Payment{}, false
}

// excess is what came and is not put down to anything yet.
func (c *Channel) excess() market.Amount { return less(c.Taken, c.Done) }

// settled is the part of the excess that lies deep enough, and the newest payment
// that does.
func (c *Channel) settled(head, confirmations uint64) (amount market.Amount, by *Payment) {
	amount = c.excess()
	for i := range c.Recent {
		p := &c.Recent[i]
		if deal.Depth(head, p.Block) >= confirmations {
			by = p
			continue
		}
		amount = less(amount, p.Counted)
	}
	return amount, by
}

// shallow reports whether a payment is not deep enough yet.
func (c *Channel) shallow(head, confirmations uint64) bool {
	return slices.ContainsFunc(c.Recent, func(p Payment) bool { return deal.Depth(head, p.Block) < confirmations })
}

// less returns a-b, and nothing when b is more.
func less(a, b market.Amount) market.Amount {
	rest, err := a.Sub(b)
	if err != nil {
		return market.Amount{}
	}
	return rest
}

func lower(a, b market.Amount) market.Amount {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}
