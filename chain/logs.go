package chain

import (
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	marketbind "privd/chain/binding/market"
	"privd/chain/binding/rewards"
	"privd/chain/binding/staking"
	"privd/market"
	"privd/market/deal"
	"privd/market/seal"
)

// decoder turns one kind of log into an event; the place is filled in by decode.
type decoder func(*types.Log) (deal.Event, error)

// decoders holds a decoder for each contract and event. What is not in it is of no
// interest to the market.
type decoders map[market.Address]map[common.Hash]decoder

// newDecoders returns the decoders of a deployment.
func newDecoders(c Contracts) decoders {
	m, r, s := marketbind.NewMarket(), rewards.NewRewards(), staking.NewStaking()
	return decoders{
		c.Market: {
			topic("Purchased(bytes32,address,address,address,bytes32,(bytes32,bytes32,bytes32,bytes32),uint256,uint64,uint40,uint16)"): of(m.UnpackPurchasedEvent, purchasedEvent),
			topic("Revealed(bytes32,bytes32,uint40)"):                of(m.UnpackRevealedEvent, revealedEvent),
			topic("Settled(bytes32,address,uint256,uint256,uint40)"): of(m.UnpackSettledEvent, settledEvent),
			topic("Refunded(bytes32,address,uint256,bool)"):          of(m.UnpackRefundedEvent, refundedEvent),
			topic("Skipped(bytes32,uint8)"):                          of(m.UnpackSkippedEvent, skippedEvent),
			topic("Retired(address,bytes32,uint64)"):                 of(m.UnpackRetiredEvent, retiredEvent),
			topic("Withdrawn(address,uint256)"):                      of(m.UnpackWithdrawnEvent, withdrawnEvent),
			topic("TreasuryChanged(address)"):                        of(m.UnpackTreasuryChangedEvent, treasuryEvent),
		},
		c.Rewards: {
			topic("Funded(address,address,uint256)"):             of(r.UnpackFundedEvent, fundedEvent),
			topic("Paid(address,address,uint256,uint256)"):       of(r.UnpackPaidEvent, paidEvent),
			topic("WithdrawalAnnounced(address,uint256,uint64)"): of(r.UnpackWithdrawalAnnouncedEvent, announcedEvent),
			topic("FundsWithdrawn(address,uint256)"):             of(r.UnpackFundsWithdrawnEvent, fundsWithdrawnEvent),
		},
		c.Staking: {
			topic("Staked(address,uint256,uint256)"):                  of(s.UnpackStakedEvent, stakedEvent),
			topic("UnstakeRequested(address,uint256,uint256,uint64)"): of(s.UnpackUnstakeRequestedEvent, unstakeEvent),
			topic("Withdrawn(address,uint256)"):                       of(s.UnpackWithdrawnEvent, stakeWithdrawnEvent),
		},
	}
}

func topic(signature string) common.Hash { return crypto.Keccak256Hash([]byte(signature)) }

// of joins a binding's unpack with the conversion to a noun.
func of[B any](unpack func(*types.Log) (*B, error), convert func(*B) (deal.Event, error)) decoder {
	return func(log *types.Log) (deal.Event, error) {
		bound, err := unpack(log)
		if err != nil {
			return deal.Event{}, err
		}
		return convert(bound)
	}
}

// decode returns the event of a log; false when the market has no interest in it.
// It fails on a log that the contract cannot have written.
func (d decoders) decode(log *types.Log) (deal.Event, bool, error) {
	if len(log.Topics) == 0 {
		return deal.Event{}, false, nil
	}
	decode, known := d[log.Address][log.Topics[0]]
	if !known {
		return deal.Event{}, false, nil
	}
	event, err := decode(log)
	if err != nil {
		return deal.Event{}, true, fmt.Errorf("malformed log: %w", err)
	}
	event.Block, event.BlockHash = log.BlockNumber, market.Hash(log.BlockHash)
	event.TxHash, event.LogIndex = market.Hash(log.TxHash), uint64(log.Index)
	return event, true, nil
}

// words reads contract integers and keeps the first error.
type words struct{ err error }

func (w *words) amount(b *big.Int) market.Amount {
	amount, err := market.AmountFromBig(b)
	if err != nil && w.err == nil {
		w.err = err
	}
	return amount
}

func (w *words) time(b *big.Int) uint64 {
	if b == nil || !b.IsUint64() {
		if w.err == nil {
			w.err = fmt.Errorf("time %v", b)
		}
		return 0
	}
	return b.Uint64()
}

func purchasedEvent(b *marketbind.MarketPurchased) (deal.Event, error) {
	var w words
	e := deal.Event{
		Kind: deal.Purchased, Purchase: b.Purchase, Seller: b.Seller, Buyer: b.Buyer, Delegate: b.Delegate, Listing: b.Listing,
		Delivery: seal.Delivery{Offer: b.Delivery.Offer, KeyCommitment: b.Delivery.KeyCommitment, SealedHash: b.Delivery.SealedHash, Lock: b.Delivery.Lock},
		Price:    w.amount(b.Price), Version: b.Version, Deadline: w.time(b.Deadline), AccessDays: uint32(b.AccessDays),
	}
	return e, w.err
}

func revealedEvent(b *marketbind.MarketRevealed) (deal.Event, error) {
	var w words
	return deal.Event{Kind: deal.Revealed, Purchase: b.Purchase, Opener: b.Opener, Deadline: w.time(b.Deadline)}, w.err
}

func settledEvent(b *marketbind.MarketSettled) (deal.Event, error) {
	var w words
	e := deal.Event{Kind: deal.Settled, Purchase: b.Purchase, Seller: b.Seller, Amount: w.amount(b.Amount), Fee: w.amount(b.Fee), AccessUntil: w.time(b.AccessUntil)}
	return e, w.err
}

func refundedEvent(b *marketbind.MarketRefunded) (deal.Event, error) {
	var w words
	e := deal.Event{Kind: deal.Refunded, Purchase: b.Purchase, Buyer: b.Buyer, Amount: w.amount(b.Amount), Disputed: b.Disputed}
	return e, w.err
}

func skippedEvent(b *marketbind.MarketSkipped) (deal.Event, error) {
	return deal.Event{Kind: deal.Skipped, Purchase: b.Purchase, SkipReason: b.Reason}, nil
}

func retiredEvent(b *marketbind.MarketRetired) (deal.Event, error) {
	return deal.Event{Kind: deal.Retired, Seller: b.Seller, Listing: b.Listing, Version: b.Version}, nil
}

func withdrawnEvent(b *marketbind.MarketWithdrawn) (deal.Event, error) {
	var w words
	return deal.Event{Kind: deal.Withdrawn, Account: b.Account, Amount: w.amount(b.Amount)}, w.err
}

func treasuryEvent(b *marketbind.MarketTreasuryChanged) (deal.Event, error) {
	return deal.Event{Kind: deal.TreasuryChanged, Account: b.Treasury}, nil
}

func fundedEvent(b *rewards.RewardsFunded) (deal.Event, error) {
	var w words
	return deal.Event{Kind: deal.RewardsFunded, Operator: b.Operator, Account: b.Funder, Amount: w.amount(b.Amount)}, w.err
}

func paidEvent(b *rewards.RewardsPaid) (deal.Event, error) {
	var w words
	e := deal.Event{Kind: deal.RewardsPaid, Operator: b.Operator, Account: b.Account, Amount: w.amount(b.Amount), Cumulative: w.amount(b.Cumulative)}
	return e, w.err
}

func announcedEvent(b *rewards.RewardsWithdrawalAnnounced) (deal.Event, error) {
	var w words
	return deal.Event{Kind: deal.RewardsWithdrawalAnnounced, Operator: b.Operator, Amount: w.amount(b.Amount), ReadyAt: b.ReadyAt}, w.err
}

func fundsWithdrawnEvent(b *rewards.RewardsFundsWithdrawn) (deal.Event, error) {
	var w words
	return deal.Event{Kind: deal.RewardsWithdrawn, Operator: b.Operator, Amount: w.amount(b.Amount)}, w.err
}

func stakedEvent(b *staking.StakingStaked) (deal.Event, error) {
	var w words
	return deal.Event{Kind: deal.Staked, Account: b.Account, Amount: w.amount(b.Amount), Cumulative: w.amount(b.Stake)}, w.err
}

func unstakeEvent(b *staking.StakingUnstakeRequested) (deal.Event, error) {
	var w words
	e := deal.Event{Kind: deal.UnstakeRequested, Account: b.Account, Amount: w.amount(b.Amount), Cumulative: w.amount(b.Stake), ReadyAt: b.ReleaseAt}
	return e, w.err
}

func stakeWithdrawnEvent(b *staking.StakingWithdrawn) (deal.Event, error) {
	var w words
	return deal.Event{Kind: deal.StakeWithdrawn, Account: b.Account, Amount: w.amount(b.Amount)}, w.err
}
