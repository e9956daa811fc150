package staking

import (
	"errors"
	"time"

	"privd/market"
	"privd/market/deal"
)

// Position is what an account has put behind its reputation, as the chain says.
type Position struct {
	Staked  market.Amount // wei of PRIV, cooldown aside
	Cooling market.Amount // wei of PRIV on their way back
	// Until is when what cools down can be withdrawn: all of it, since a further
	// request restarts the cooldown. Zero when nothing cools down.
	Until time.Time
	// Asked is the newest event that put something into cooldown, while it lasts.
	Asked deal.Event
}

// Events is the part of a transaction that knows an account's staking events. What
// an account has is read from its newest events and kept nowhere else, so a
// reorganisation leaves nothing to undo.
type Events interface {
	// LastStake returns the newest event that changed an account's stake (Staked,
	// UnstakeRequested); NotFound when there is none.
	LastStake(account market.Address) (deal.Event, error)
	// Cooldowns calls each with the events that changed what an account has in
	// cooldown (UnstakeRequested, StakeWithdrawn), newest first, until it returns
	// false.
	Cooldowns(account market.Address, each func(deal.Event) bool) error
}

// PositionOf returns what an account has.
func PositionOf(tx Events, account market.Address) (p Position, err error) {
	last, err := tx.LastStake(account)
	if err != nil && !errors.Is(err, market.ErrNotFound) {
		return p, err
	}
	p.Staked = last.Cumulative
	var overflow error
	err = tx.Cooldowns(account, func(e deal.Event) bool {
		if e.Kind != deal.UnstakeRequested {
			return false // a withdrawal empties the cooldown
		}
		if p.Cooling.IsZero() {
			p.Until, p.Asked = time.Unix(int64(e.ReadyAt), 0).UTC(), e
		}
		p.Cooling, overflow = p.Cooling.Add(e.Amount)
		return overflow == nil
	})
	return p, errors.Join(err, overflow)
}
