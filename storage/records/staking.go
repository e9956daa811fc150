package records

import (
	"privd/market"
	"privd/market/deal"
	"privd/market/staking"
)

var _ staking.Tx = (*Tx)(nil)

// StakeRequest implements staking.Tx.
func (tx *Tx) StakeRequest(id staking.RequestID) (staking.Request, error) {
	return stakeRequests.get(tx, textKey(id))
}

// PutStakeRequest implements staking.Tx.
func (tx *Tx) PutStakeRequest(r staking.Request) error { return stakeRequests.put(tx, r) }

// StakeRequestsOf implements staking.Tx.
func (tx *Tx) StakeRequestsOf(user market.UserID, each func(staking.Request) bool) error {
	return stakeRequests.by(tx, "user", textKey(user), each)
}

// Which amount of an account an event changes; parts of a key.
const (
	ofStake    = 0
	ofCooldown = 1
)

// stakerKeys finds the events that changed what an account has staked, and those
// that changed what it has in cooldown, newest first.
func stakerKeys(e deal.Event) []key {
	of := func(what byte) key {
		return addressKey(e.Account).bytes([]byte{what}).number(^e.Block).number(^e.LogIndex)
	}
	switch e.Kind {
	case deal.Staked:
		return one(of(ofStake))
	case deal.UnstakeRequested:
		return []key{of(ofStake), of(ofCooldown)}
	case deal.StakeWithdrawn:
		return one(of(ofCooldown))
	}
	return nil
}

// LastStake implements staking.Events.
func (tx *Tx) LastStake(account market.Address) (deal.Event, error) {
	return events.first(tx, "staker", addressKey(account).bytes([]byte{ofStake}))
}

// Cooldowns implements staking.Events.
func (tx *Tx) Cooldowns(account market.Address, each func(deal.Event) bool) error {
	return events.by(tx, "staker", addressKey(account).bytes([]byte{ofCooldown}), each)
}
