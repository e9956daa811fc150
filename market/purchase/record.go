package purchase

import (
	"context"
	"fmt"

	"privd/market"
	"privd/market/deal"
	"privd/market/ledger"
	"privd/market/seal"
)

// RecordSpan is how many of the newest sales that ended make a seller's record.
const RecordSpan = 5

// recordLook is how many sales are looked at for those that ended: a seller with
// more that are open is judged by what is behind them when they end.
const recordLook = 200

// Record is how the newest sales of a seller ended. A refund on chain is always the
// seller's failure: its node signed each purchase and did not deliver.
type Record struct {
	Ended    int // at most RecordSpan
	Refunded int // of these
}

// RecordOf returns the record of a seller, from what this node has read of the chain.
func RecordOf(tx interface {
	SoldBy(market.Address, func(deal.Event) bool) error
	EventsOf(market.Hash) ([]deal.Event, error)
}, seller market.Address) (r Record, err error) {
	looked := 0
	var failed error
	err = tx.SoldBy(seller, func(e deal.Event) bool {
		var more bool
		looked++
		more, failed = r.count(tx, e.Purchase)
		return more && looked < recordLook
	})
	if failed != nil {
		err = failed
	}
	return r, err
}

// Record returns the record of a seller.
func (e *Engine) Record(ctx context.Context, seller market.Address) (r Record, err error) {
	err = e.Store.View(ctx, func(tx Tx) error { r, err = RecordOf(tx, seller); return err })
	return r, err
}

// sealerRecord returns the record of a seller's node, of whichever wallets it sells
// for. The chain does not name it, so that it is known of this node's purchases only.
func sealerRecord(tx Tx, sealer market.Address) (r Record, err error) {
	looked := 0
	var failed error
	err = tx.PurchasesFrom(sealer, func(p Purchase) bool {
		var more bool
		looked++
		more, failed = r.count(tx, p.OnChain)
		return more && looked < recordLook
	})
	if failed != nil {
		err = failed
	}
	return r, err
}

// count adds a purchase, if it has ended, and reports whether there is room for more.
func (r *Record) count(tx interface {
	EventsOf(market.Hash) ([]deal.Event, error)
}, purchase market.Hash) (more bool, err error) {
	state, err := ledger.StateOf(tx, purchase)
	if err != nil {
		return false, err
	}
	if state.Status.Final() {
		r.Ended++
	}
	if state.Status == deal.StatusRefunded {
		r.Refunded++
	}
	return r.Ended < RecordSpan, nil
}

// trust refuses to buy from a seller whose record is bad. The node of a buyer loses
// gas, and the buyer a day without the price, to each sale that is not delivered; the
// price itself to garbage under a right key.
func (e *Engine) trust(tx Tx, o seal.Order) error {
	if e.Proven != nil {
		proof, err := e.Proven(tx, o.Seller)
		if err != nil {
			return err
		}
		if !proof.IsZero() {
			return cheated("The seller was proven to deliver something else than was promised, in purchase " + proof.String())
		}
	}
	if bad, err := spoiledBy(tx, o); err != nil || bad != nil {
		if err == nil {
			err = cheated("Purchase " + string(bad.ID) + " from this seller brought garbage: " + bad.Fault.String())
		}
		return err
	}
	if e.Rules.MaxRefunds == 0 {
		return nil
	}
	ofSeller, err := RecordOf(tx, o.Seller)
	if err != nil {
		return err
	}
	if ofSeller.Refunded >= e.Rules.MaxRefunds {
		return distrust(ofSeller, "seller")
	}
	ofSealer, err := sealerRecord(tx, o.Sealer)
	if err != nil {
		return err
	}
	if ofSealer.Refunded >= e.Rules.MaxRefunds {
		return distrust(ofSealer, "seller's node")
	}
	return nil
}

// spoiledBy returns a purchase of this node that brought garbage from the seller or
// the node of an order; nil when there is none.
func spoiledBy(tx Tx, o seal.Order) (bad *Purchase, err error) {
	looked := 0
	err = tx.PurchasesFrom(o.Sealer, func(p Purchase) bool {
		if looked++; p.Fault != nil {
			bad = &p
		}
		return bad == nil && looked < recordLook
	})
	return bad, err
}

const howToForce = ". Buy with force to take the risk"

func cheated(why string) error {
	return &market.Error{Code: market.Invalid, Reason: "SELLER_CHEATED", Message: why + howToForce}
}

func distrust(r Record, who string) error {
	return &market.Error{Code: market.Invalid, Reason: "SELLER_UNRELIABLE", Message: fmt.Sprintf(
		"The %s did not deliver %d of the last %d sales that ended; they were refunded", who, r.Refunded, r.Ended) + howToForce}
}

// vet looks into what is reported of the seller before anything is fetched. What it
// finds ends the purchase, unless its buyer knew.
func (e *Engine) vet(ctx context.Context, s *situation) error {
	if e.Vet == nil || s.p.Forced {
		return nil
	}
	if err := e.Vet(ctx, s.p.Order.Seller); err != nil {
		return err
	}
	var refusal error
	err := e.Store.View(ctx, func(tx Tx) error {
		proof, err := e.Proven(tx, s.p.Order.Seller)
		if err == nil && !proof.IsZero() {
			refusal = e.trust(tx, s.p.Order)
		}
		return err
	})
	if err != nil || refusal == nil {
		return err
	}
	return e.fail(ctx, s, refusal.Error())
}
