package audit

import (
	"fmt"

	"privd/market/deal"
)

// SameEvents compares a stretch of stored events with the chain's own. Both are in
// order and of the same blocks.
func (s *Sheet) SameEvents(stored, fresh []deal.Event) error {
	for len(stored) > 0 || len(fresh) > 0 {
		s.counted()
		switch {
		case len(stored) == 0 || (len(fresh) > 0 && fresh[0].Before(stored[0])):
			if err := s.differ(place(fresh[0]), "the chain says %s, and nothing is stored", described(fresh[0])); err != nil {
				return err
			}
			fresh = fresh[1:]
		case len(fresh) == 0 || stored[0].Before(fresh[0]):
			if err := s.differ(place(stored[0]), "%s is stored, and the chain has no such log", described(stored[0])); err != nil {
				return err
			}
			stored = stored[1:]
		default:
			if stored[0] != fresh[0] {
				if err := s.differ(place(fresh[0]), "%s is stored, the chain says %s", described(stored[0]), described(fresh[0])); err != nil {
					return err
				}
			}
			stored, fresh = stored[1:], fresh[1:]
		}
	}
	return nil
}

// place names where on the chain an event stands.
func place(e deal.Event) string { return fmt.Sprintf("block %d log %d", e.Block, e.LogIndex) }

// described says what an event tells of money, and whose.
func described(e deal.Event) string {
	text := e.Kind.String()
	if !e.Purchase.IsZero() {
		text += " " + e.Purchase.String()
	}
	if e.Kind == deal.Purchased {
		return text + " for " + e.Price.PRIV() + " PRIV by " + e.Buyer.Hex() + " in transaction " + e.TxHash.String()
	}
	if !e.Amount.IsZero() {
		text += " " + e.Amount.PRIV() + " PRIV"
	}
	for _, who := range []struct {
		as string
		of [20]byte
	}{{" to seller ", e.Seller}, {" to buyer ", e.Buyer}, {" of account ", e.Account}, {" of operator ", e.Operator}} {
		if who.of != [20]byte{} {
			text += fmt.Sprintf("%s0x%x", who.as, who.of)
		}
	}
	return text + " in transaction " + e.TxHash.String()
}
