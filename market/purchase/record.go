package purchase

import (
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
// gas, and the buyer a day without the price, to each sale that is not delivered.
func (e *Engine) trust(tx Tx, o seal.Order) error {
	if e.Rules.MaxRefunds > 0 {
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
	}
	return nil
}

func distrust(r Record, who string) error {
	return &market.Error{Code: market.Invalid, Reason: "SELLER_UNRELIABLE", Message: fmt.Sprintf(
		"The %s did not deliver %d of the last %d sales that ended; they were refunded. Buy with force to take the risk", who, r.Refunded, r.Ended)}
}
