package deal

import (
	"slices"

	"privd/market"
	"privd/market/seal"
)

// Status is where a purchase stands on chain; the numbers are the contract's.
type Status uint8

// The statuses. StatusSettled and StatusRefunded never change again.
const (
	StatusNone      Status = 0
	StatusPurchased Status = 1 // Purchased
	StatusRevealed  Status = 2
	StatusSettled   Status = 3
	StatusRefunded  Status = 4
)

var statusNames = [...]string{StatusNone: "none", StatusPurchased: "purchased", StatusRevealed: "revealed", StatusSettled: "settled", StatusRefunded: "refunded"}

// String returns the status as the contract names it, in lower case.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "unknown"
}

// Final reports whether the status never changes again, reorganisations aside.
func (s Status) Final() bool { return s == StatusSettled || s == StatusRefunded }

// State is one purchase as the chain has it: a function of its events and of
// nothing else. Times are unix seconds.
type State struct {
	Status   Status
	Purchase market.Hash
	Seller   market.Address
	Buyer    market.Address
	Delegate market.Address
	Listing  market.Hash
	Delivery seal.Delivery
	Price    market.Amount
	Version  uint64

	AccessDays  uint32
	BoughtAt    uint64
	Deadline    uint64 // of the delivery; of the dispute once revealed
	AccessUntil uint64 // once settled

	// Opener is k once it was revealed on chain, and zero before.
	Opener   market.Hash
	Amount   market.Amount // to the seller once settled, to the buyer once refunded
	Fee      market.Amount
	Disputed bool

	// Bought is the block that holds the purchase, Since the one that holds the
	// newest change of status.
	Bought Mark
	Since  Mark
}

// Lock returns keccak256 of the opener.
func (s State) Lock() market.Hash { return s.Delivery.Lock }

// Deal returns what later calls to the contract identify the purchase by.
func (s State) Deal() seal.Deal {
	return seal.Deal{Seller: s.Seller, Buyer: s.Buyer, Delegate: s.Delegate, Listing: s.Listing, Delivery: s.Delivery.Hash()}
}

// Fold returns the state of one purchase from its events, in whatever order they
// come. Events of other purchases and events the contract cannot have emitted
// after one another change nothing. Without a Purchased event the status is StatusNone.
func Fold(events []Event) State {
	ordered := slices.Clone(events)
	slices.SortStableFunc(ordered, func(a, b Event) int {
		switch {
		case a.Before(b):
			return -1
		case b.Before(a):
			return 1
		}
		return 0
	})
	var s State
	for _, e := range ordered {
		s = s.Next(e)
	}
	return s
}

// Next returns the state after one more event.
func (s State) Next(e Event) State {
	at := Mark{Number: e.Block, Hash: e.BlockHash, Time: e.BlockTime}
	if s.Status == StatusNone {
		if e.Kind != Purchased {
			return s
		}
		return State{
			Status: StatusPurchased, Purchase: e.Purchase, Seller: e.Seller, Buyer: e.Buyer, Delegate: e.Delegate,
			Listing: e.Listing, Delivery: e.Delivery, Price: e.Price, Version: e.Version, AccessDays: e.AccessDays,
			BoughtAt: e.BlockTime, Deadline: e.Deadline, Bought: at, Since: at,
		}
	}
	if e.Purchase != s.Purchase || s.Status.Final() {
		return s
	}
	switch {
	case e.Kind == Revealed && s.Status == StatusPurchased:
		s.Status, s.Opener, s.Deadline = StatusRevealed, e.Opener, e.Deadline
	case e.Kind == Settled:
		s.Status, s.Amount, s.Fee, s.AccessUntil = StatusSettled, e.Amount, e.Fee, e.AccessUntil
	case e.Kind == Refunded:
		s.Status, s.Amount, s.Disputed = StatusRefunded, e.Amount, e.Disputed
	default:
		return s
	}
	s.Since = at
	return s
}
