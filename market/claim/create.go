package claim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"privd/market"
	"privd/market/earning"
)

// Request is what a user claims: some earnings, or all that are confirmed.
type Request struct {
	Earnings []market.EarningID
	All      bool
}

// Made is a claim just made. Left counts confirmed earnings that did not fit into
// it: claiming again takes them.
type Made struct {
	Claim
	Left int
}

// Claim makes a claim of a user's confirmed earnings, in one transaction. With
// Request.All it takes the oldest MaxEarnings of them; else those that are named,
// and the others are told as skipped. Invalid when nothing is named or nothing can
// be claimed.
func (c *Cashier) Claim(ctx context.Context, user market.UserID, r Request) (made Made, err error) {
	switch {
	case !r.All && len(r.Earnings) == 0:
		return made, market.Fail(market.Invalid, "Either earning_ids or claim_all: true must be provided")
	case !r.All && len(r.Earnings) > MaxEarnings:
		return made, market.BadField("earning_ids", fmt.Sprintf("earning_ids must name at most %d earnings", MaxEarnings))
	case slices.ContainsFunc(r.Earnings, func(id market.EarningID) bool { return len(id) > maxID }):
		return made, market.BadField("earning_ids", fmt.Sprintf("earning_ids must be of at most %d characters", maxID))
	}
	err = c.Store.Update(ctx, func(tx Tx) error {
		made, err = c.create(tx, user, r)
		return err
	})
	return made, err
}

func (c *Cashier) create(tx Tx, user market.UserID, r Request) (Made, error) {
	u, err := tx.User(user)
	if err != nil {
		return Made{}, err
	}
	live, err := tx.LiveClaims(user)
	if err != nil {
		return Made{}, err
	}
	if len(live) >= maxLive {
		return Made{}, market.Fail(market.Limited, fmt.Sprintf("%d claims are under way already; wait until some are paid", len(live)))
	}
	chosen, skipped, err := choose(tx, user, r)
	if err != nil {
		return Made{}, err
	}
	if len(chosen) == 0 {
		field := ""
		if len(skipped) > 0 {
			field = "earning_ids"
		}
		return Made{}, &market.Error{Code: market.Invalid, Reason: "NOTHING_TO_CLAIM", Field: field, Message: nothing(skipped)}
	}
	cl := Claim{
		ID: market.NewID[market.ClaimID](market.PrefixClaim), User: user, Wallet: u.Wallet, Status: Pending,
		Skipped: skipped, CreatedAt: c.after(live),
	}
	if err := c.take(tx, &cl, chosen); err != nil {
		return Made{}, err
	}
	cl.note(cl.CreatedAt, "claimed", market.Hash{})
	if err := tx.PutClaim(cl); err != nil {
		return Made{}, err
	}
	if err := c.wake(tx, user); err != nil {
		return Made{}, err
	}
	if cl.Rewards.open() {
		if err := c.wakeBatch(tx, c.Rules.PayoutAfter); err != nil {
			return Made{}, err
		}
	}
	sums, err := tx.EarningSummary(user)
	if err != nil {
		return Made{}, err
	}
	left, err := sums.Sum(earning.Filter{Status: earning.Confirmed})
	return Made{Claim: cl, Left: int(left.Count)}, err
}

// after returns the time of a new claim: later than every live one, since claims
// are paid in the order in which they were made.
func (c *Cashier) after(live []Claim) time.Time {
	now := c.now()
	for _, cl := range live {
		if !cl.CreatedAt.Before(now) {
			now = cl.CreatedAt.Add(time.Millisecond)
		}
	}
	return now
}

func choose(tx Tx, user market.UserID, r Request) (chosen []earning.Earning, skipped []Skipped, err error) {
	if r.All {
		chosen, err = tx.OldestConfirmed(user, MaxEarnings)
		return chosen[:fitting(chosen)], nil, err
	}
	seen := make(map[market.EarningID]bool, len(r.Earnings))
	for _, id := range r.Earnings {
		if seen[id] {
			continue
		}
		seen[id] = true
		e, err := tx.Earning(id)
		if err != nil && market.CodeOf(err) != market.NotFound {
			return nil, nil, err
		}
		if why := unclaimable(e, user); err != nil || why != "" {
			if err != nil {
				why = SkipNotFound
			}
			skipped = append(skipped, Skipped{id, why})
			continue
		}
		chosen = append(chosen, e)
	}
	for _, e := range chosen[fitting(chosen):] {
		skipped = append(skipped, Skipped{e.ID, SkipFull})
	}
	return chosen[:fitting(chosen)], skipped, nil
}

// fitting returns how many of the first earnings fit into one claim.
func fitting(all []earning.Earning) int {
	text := 0
	for i, e := range all {
		// The reference is in the earning and in what its owner is told.
		if text += len(e.Description) + 2*len(e.Reference); text > maxText && i > 0 {
			return i
		}
	}
	return len(all)
}

func unclaimable(e earning.Earning, user market.UserID) SkipReason {
	switch {
	case e.User != user || e.Status == earning.Cancelled:
		return SkipNotFound
	case e.Status == earning.Pending:
		return SkipPending
	case e.Status == earning.Claimed:
		return SkipClaimed
	}
	return ""
}

func nothing(skipped []Skipped) string {
	const message = "No confirmed earnings to claim"
	if len(skipped) == 0 {
		return message
	}
	return fmt.Sprintf("%s: %s is %s", message, skipped[0].Earning, skipped[0].Reason)
}

// take puts earnings into a claim.
func (c *Cashier) take(tx Tx, cl *Claim, chosen []earning.Earning) (err error) {
	now := c.now()
	for _, e := range chosen {
		e.Status, e.ClaimedAt, e.Claim = earning.Claimed, now, cl.ID
		if err := tx.PutEarning(e); err != nil {
			return err
		}
		p := cl.part(channelOf(e))
		if p.Amount, err = p.Amount.Add(e.Amount); err != nil {
			return err
		}
		if cl.Total, err = cl.Total.Add(e.Amount); err != nil {
			return err
		}
		cl.Earnings = append(cl.Earnings, e.ID)
	}
	return nil
}

// giveBack returns the earnings of one channel of a claim to their owner, who may
// claim them again.
func giveBack(tx Tx, cl *Claim, ch channel, why SkipReason) error {
	p := cl.part(ch)
	var back []market.EarningID
	for _, id := range cl.Earnings {
		e, err := tx.Earning(id)
		if err != nil {
			return err
		}
		if channelOf(e) != ch || e.Claim != cl.ID {
			continue
		}
		e.Status, e.ClaimedAt, e.Claim = earning.Confirmed, time.Time{}, ""
		if err := tx.PutEarning(e); err != nil {
			return err
		}
		back = append(back, id)
	}
	if len(back) == len(cl.Earnings) {
		*p = Part{TxHash: p.TxHash, Tries: p.Tries}
		return nil // a claim that has failed still says what it was for
	}
	for _, id := range back {
		cl.Skipped = append(cl.Skipped, Skipped{id, why})
	}
	cl.Earnings = slices.DeleteFunc(cl.Earnings, func(id market.EarningID) bool { return slices.Contains(back, id) })
	cl.Total = less(cl.Total, p.Amount)
	*p = Part{TxHash: p.TxHash, Tries: p.Tries}
	return nil
}
