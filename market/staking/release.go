package staking

import (
	"context"
	"errors"
	"fmt"

	"privd/market"
	"privd/market/outbox"
	"privd/market/task"
)

// Release sends home what an account has in cooldown, once its time is over: the
// handler of release tasks. It ends when the chain says that nothing cools down; a
// reorganisation that takes that back asks for it again.
func (s *Service) Release(ctx context.Context, account market.Address) (task.Next, error) {
	var p Position
	if err := s.Store.View(ctx, func(tx Tx) (err error) { p, err = PositionOf(tx, account); return err }); err != nil {
		return task.Next{}, err
	}
	if p.Cooling.IsZero() {
		return task.Done(), nil
	}
	if left := p.Until.Sub(s.Clock()); left > 0 {
		return task.In(max(left, s.Rules.Poll)), nil
	}
	head, err := s.Chain.Head()
	if err != nil {
		return task.Next{}, err
	}
	if head.Time < uint64(p.Until.Unix()) {
		return task.In(s.Rules.Poll), nil // the contract goes by the time of its blocks
	}
	key, failed, err := s.releaseKey(ctx, p, account)
	if err != nil {
		return task.Next{}, err
	}
	if err := s.Chain.ReleaseStake(ctx, key, account); err != nil {
		return task.Next{}, err
	}
	if failed > 0 {
		return task.In(task.Backoff(failed, s.Rules.Poll, s.Rules.RetryMost)), nil
	}
	return task.In(s.Rules.Poll), nil
}

// releaseKey returns the key of the withdrawal of a cooldown: the first one that
// has not failed, and how many have. The contract pays a cooldown out once, so
// another try cannot pay it twice.
func (s *Service) releaseKey(ctx context.Context, p Position, account market.Address) (key string, failed int, err error) {
	base := fmt.Sprintf("release/%s/%d-%d", account.Hex(), p.Asked.Block, p.Asked.LogIndex)
	for key = base; ; key = fmt.Sprintf("%s/%d", base, failed) {
		out, err := s.Chain.Outcome(ctx, key)
		switch {
		case errors.Is(err, market.ErrNotFound):
			return key, failed, nil
		case err != nil:
			return "", failed, err
		case out.State != outbox.Failed:
			return key, failed, nil
		}
		failed++
	}
}
