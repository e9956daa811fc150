package api_test

import (
	"context"

	"privd/api"
	"privd/market"
	"privd/market/fund"
)

// fundFake is a reward fund that nobody touches.
type fundFake struct{}

func (fundFake) Status(context.Context) (fund.Status, error) { return fund.Status{}, nil }

func (fundFake) Deposit(context.Context, market.Amount) (fund.Status, error) {
	return fund.Status{}, nil
}

func (fundFake) Withdraw(context.Context, market.Amount) (fund.Status, error) {
	return fund.Status{}, nil
}

func (fundFake) Cancel(context.Context) (fund.Status, error) { return fund.Status{}, nil }

// auditFake is an audit that has nothing to compare.
type auditFake struct{}

func (auditFake) Audit(context.Context, func(api.Audited) error) error { return nil }
