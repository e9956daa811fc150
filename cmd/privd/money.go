package main

import (
	"encoding/json"
	"fmt"

	"github.com/urfave/cli/v2"

	"privd/market"
)

// etherDecimals are those of the chain's own coin.
const etherDecimals = 18

// moneyOf reads an amount of whole tokens exactly, so that a typo is found before
// anything is sent; the error names the argument or flag. What it returns is in the
// one form that the API takes.
func moneyOf(name, value string, decimals int) (json.Number, error) {
	a, err := market.ParseUnits(value, decimals)
	if err != nil {
		return "", market.BadField(name, fmt.Sprintf("%s %q is not an amount such as 2.5, with at most %d decimals", name, value, decimals))
	}
	return json.Number(a.Decimal(decimals)), nil
}

// moneyFlag is moneyOf a flag; a flag that is not set, or empty, is nil.
func moneyFlag(c *cli.Context, flag string, decimals int) (*json.Number, error) {
	value := c.String(flag)
	if value == "" {
		return nil, nil
	}
	amount, err := moneyOf("--"+flag, value, decimals)
	if err != nil {
		return nil, err
	}
	return &amount, nil
}
