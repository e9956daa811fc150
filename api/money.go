package api

import (
	"encoding/json"

	"privd/market"
)

// priv writes a sum of PRIV: the exact decimal and, beside it, the wei.
func priv(a market.Amount) (json.Number, string) { return json.Number(a.PRIV()), a.String() }

// usdc writes a sum of mUSDC: the exact decimal and, beside it, its smallest units.
func usdc(a market.Amount) (json.Number, string) {
	return json.Number(a.Decimal(market.USDCDecimals)), a.String()
}

// parsePRIV reads a sum of PRIV from a request, exactly; the error names the
// field.
func parsePRIV(field string, n json.Number) (market.Amount, error) {
	return parseUnits(field, n, market.PRIVDecimals)
}

func parseUnits(field string, n json.Number, decimals int) (market.Amount, error) {
	a, err := market.ParseUnits(string(n), decimals)
	if err != nil {
		return a, market.BadField(field, field+" must be a decimal number, not negative, with no more decimals than the token has")
	}
	return a, nil
}

// optionalPRIV reads a sum that may be absent.
func optionalPRIV(field string, n *json.Number) (*market.Amount, error) {
	if n == nil {
		return nil, nil
	}
	a, err := parsePRIV(field, *n)
	if err != nil {
		return nil, err
	}
	return &a, nil
}
