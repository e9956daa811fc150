package api_test

import (
	"context"

	"privd/market"
	"privd/market/report"
)

// reports has nothing that could be reported.
type reports struct{}

func (reports) About(context.Context, market.Address) (report.Tally, error) {
	return report.Tally{Reports: 2}, nil
}

func (reports) Give(context.Context, market.UserID, market.PurchaseID) (report.Report, error) {
	return report.Report{}, &market.Error{Code: market.Conflict, Reason: "NOTHING_TO_REPORT", Message: "nothing to report"}
}
