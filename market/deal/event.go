// Package deal is what the chain says of purchases and payouts: the events of the
// contracts as nouns, the marks a reader leaves behind on its way along the chain,
// and the state of one purchase as a pure function of its events.
package deal

import (
	"privd/market"
	"privd/market/seal"
)

// Kind says which event of which contract an Event is. Values are stored: they
// are never renumbered.
type Kind uint8

// The kinds. The comment names the fields that are set besides the place.
const (
	Purchased       Kind = 1 // Purchase, Seller, Buyer, Delegate, Listing, Delivery, Price, Version, Deadline, AccessDays
	Revealed        Kind = 2 // Purchase, Opener, Deadline
	Settled         Kind = 3 // Purchase, Seller, Amount, Fee, AccessUntil
	Refunded        Kind = 4 // Purchase, Buyer, Amount, Disputed
	Skipped         Kind = 5 // Purchase, SkipReason
	Retired         Kind = 6 // Seller, Listing, Version
	Withdrawn       Kind = 7 // Account, Amount: income left the Market
	TreasuryChanged Kind = 8 // Account

	RewardsFunded              Kind = 20 // Operator, Account (the funder), Amount
	RewardsPaid                Kind = 21 // Operator, Account, Amount, Cumulative: a payout or a redeemed voucher
	RewardsWithdrawalAnnounced Kind = 22 // Operator, Amount, ReadyAt
	RewardsWithdrawn           Kind = 23 // Operator, Amount

	Staked           Kind = 30 // Account, Amount, Cumulative (the stake afterwards)
	UnstakeRequested Kind = 31 // Account, Amount, Cumulative (the stake afterwards), ReadyAt
	StakeWithdrawn   Kind = 32 // Account, Amount
)

var kindNames = map[Kind]string{
	Purchased: "purchased", Revealed: "revealed", Settled: "settled", Refunded: "refunded", Skipped: "skipped",
	Retired: "retired", Withdrawn: "withdrawn", TreasuryChanged: "treasury changed",
	RewardsFunded: "rewards funded", RewardsPaid: "rewards paid",
	RewardsWithdrawalAnnounced: "rewards withdrawal announced", RewardsWithdrawn: "rewards withdrawn",
	Staked: "staked", UnstakeRequested: "unstake requested", StakeWithdrawn: "stake withdrawn",
}

// String returns the kind in lower case.
func (k Kind) String() string {
	if name, known := kindNames[k]; known {
		return name
	}
	return "unknown"
}

// Event is one log of a contract of the market. Which fields are set depends on
// the kind; times are unix seconds.
type Event struct {
	Kind Kind

	Block     uint64
	BlockHash market.Hash
	BlockTime uint64
	TxHash    market.Hash
	LogIndex  uint64

	Purchase    market.Hash
	Seller      market.Address
	Buyer       market.Address
	Delegate    market.Address
	Listing     market.Hash
	Delivery    seal.Delivery
	Price       market.Amount
	Version     uint64
	Deadline    uint64
	AccessDays  uint32
	Opener      market.Hash // k; public from here on
	Amount      market.Amount
	Fee         market.Amount
	AccessUntil uint64
	Disputed    bool
	SkipReason  uint8 // 1 status, 2 openedAt out of range, 3 signature

	Operator   market.Address
	Account    market.Address
	Cumulative market.Amount
	ReadyAt    uint64
}

// Before reports whether e happened before f.
func (e Event) Before(f Event) bool {
	if e.Block != f.Block {
		return e.Block < f.Block
	}
	return e.LogIndex < f.LogIndex
}
