package faults_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"privd/market"
)

// path is one way a purchase or a claim may go, and what is left of it.
type path struct {
	name string
	// victim is the node that dies: "seller" or "buyer".
	victim string
	// What each node is told beside: the rules it breaks, so that the path is taken.
	seller, buyer string
	// offer puts on sale what is sold; nil is a text for 10 PRIV.
	offer func(t *testing.T, w *world) goods
	// play takes it, and returns the purchase.
	play func(t *testing.T, w *world, p purse) bought
}

// outcome is what a path leaves: the same, whoever died on the way.
type outcome struct {
	State     string // of the purchase
	Purchases int    // of the listing by the buyer
	moved
	Fee      string // to the treasury
	Earnings string // of the seller: how many in which status
	Claims   int
	Opens    bool // the content is what was promised
}

// moved is what moved on chain, in PRIV to the last wei.
type moved struct {
	Paid   string // by the buyer
	Earned string // to the seller's wallet
	Escrow string // in the contract, for the seller
	// Dollars is what came to the seller's wallet over x402, in mUSDC.
	Dollars string
}

// purse is who plays, and what there was before.
type purse struct {
	goods
	buyer user
	had   market.Amount // by the buyer
	fees  market.Amount
}

func (w *world) begin(t *testing.T, g goods) purse {
	t.Helper()
	p := purse{goods: g, buyer: w.user(t, w.buyer, "100"), fees: w.fees(t)}
	p.had = w.has(t, p.buyer.Wallet)
	return p
}

// fees returns what the treasury may withdraw.
func (w *world) fees(t testing.TB) market.Amount {
	t.Helper()
	return w.income(t, w.chain.Operator.Address())
}

func (w *world) moved(t *testing.T, was purse) moved {
	t.Helper()
	return moved{
		Paid:   minus(t, was.had, w.has(t, was.buyer.Wallet)).PRIV(),
		Earned: w.has(t, was.seller.Wallet).PRIV(),
		Escrow: w.income(t, was.seller.Wallet).PRIV(), Dollars: w.dollars(t, was.seller.Wallet),
	}
}

// end tells what a path has left.
func (w *world) end(t *testing.T, was purse, b bought) (o outcome) {
	t.Helper()
	if b.ID != "" {
		o.State = was.buyer.timeline(t, b.ID).State
	}
	for _, p := range was.buyer.purchases(t) {
		if p.Listing == was.listing {
			o.Purchases++
		}
	}
	o.moved = w.moved(t, was)
	o.Fee = minus(t, w.fees(t), was.fees).PRIV()
	earned := map[string]int{}
	for _, e := range was.seller.earnings(t).Earnings {
		earned[e.Status]++
	}
	o.Earnings = fmt.Sprint(earned)
	o.Claims = len(was.seller.claims(t))
	if o.State == "opened" {
		o.Opens = bytes.Equal(was.buyer.read(t, b), was.content)
	}
	return o
}

// sold is a purchase that is delivered and settled; the income is withdrawn, and the
// reward for the upload with it.
func sold(t *testing.T, w *world, p purse) bought {
	b := p.buyer.buy(t, p.listing)
	p.buyer.reach(t, b.ID, "opened")
	p.over(t, "settled")
	p.seller.claimAll(t)
	return b
}

// rewarded is a reward that the operator pays out, and nothing that is sold.
func rewarded(t *testing.T, _ *world, p purse) bought {
	p.seller.claimAll(t)
	return bought{}
}

// disputed is a purchase whose seller sealed a wrong key.
func disputed(t *testing.T, _ *world, p purse) bought {
	b := p.buyer.buy(t, p.listing)
	p.buyer.reach(t, b.ID, "revoked")
	p.over(t, "refunded")
	return b
}

// refunded is a purchase whose seller is silent to the end.
func refunded(t *testing.T, w *world, p purse) bought {
	b := p.buyer.buy(t, p.listing)
	p.buyer.reach(t, b.ID, "opening")
	w.advance(t, 25*time.Hour)
	p.buyer.reach(t, b.ID, "revoked")
	p.over(t, "refunded")
	return b
}

// revealed is a purchase whose buyer has the key and never says so: its seller
// publishes the opener and takes the price when nobody disputes it.
func revealed(t *testing.T, w *world, p purse) bought {
	b := p.buyer.buy(t, p.listing)
	p.buyer.reach(t, b.ID, "opened")
	p.comesTo(t, "handed_out")
	w.advance(t, 2*time.Hour) // the seller's patience
	p.comesTo(t, "revealed")
	w.advance(t, 73*time.Hour) // the window to dispute in
	p.over(t, "settled")
	p.seller.claimAll(t)
	return b
}

// unpaid is a purchase whose payment the contract refuses, as the buyer has spent the
// money: once its time is over it has failed, and the seller has lost nothing.
func unpaid(t *testing.T, w *world, p purse) bought {
	b := p.buyer.buy(t, p.listing)
	until(t, "a refused payment", func() bool {
		s := p.buyer.timeline(t, b.ID).State
		return s == "unconfirmed" || s == "failed"
	})
	w.advance(t, 11*time.Minute)
	until(t, "the end of the purchase", func() bool { return p.buyer.timeline(t, b.ID).State == "failed" })
	return b
}
