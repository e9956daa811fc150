package sale

import (
	"context"
	"math/big"
	"sync"
	"time"

	"privd/market"
)

// Floor is the least price worth sealing for: that which an operator asks for, and
// twice what it costs to collect a price from a buyer who is silent. There is nobody to
// ask what PRIV is worth, so the operator says. All fields are required; a rate of 0
// leaves gas out.
type Floor struct {
	Least      market.Amount // wei of PRIV
	PRIVPerETH market.Amount // wei of PRIV for one ETH
	// GasPrice returns what a unit of gas costs, in wei of ETH.
	GasPrice func(context.Context) (market.Amount, error)
	Clock    market.Clock

	mu    sync.Mutex
	known market.Amount
	at    time.Time
}

// collectGas is what a price costs to collect without a receipt: a reveal and a
// finalize, in gas, as measured.
const collectGas = 35_191 + 52_129

// priceFor is how long a gas price is good for deciding whether a sale is worth it.
const priceFor = time.Minute

// Price returns the least price in wei of PRIV; Unavailable when the gas price
// cannot be read.
func (f *Floor) Price(ctx context.Context) (market.Amount, error) {
	if f.PRIVPerETH.IsZero() {
		return f.Least, nil
	}
	gas, err := f.gasPrice(ctx)
	if err != nil {
		return market.Amount{}, err
	}
	cost := new(big.Int).Mul(gas.Big(), big.NewInt(2*collectGas))
	cost.Mul(cost, f.PRIVPerETH.Big()).Div(cost, big.NewInt(1e18))
	worth, err := market.AmountFromBig(cost)
	if err != nil || worth.Cmp(f.Least) < 0 {
		return f.Least, err
	}
	return worth, nil
}

func (f *Floor) gasPrice(ctx context.Context) (market.Amount, error) {
	f.mu.Lock()
	known, fresh := f.known, !f.at.IsZero() && f.Clock().Sub(f.at) < priceFor
	f.mu.Unlock()
	if fresh {
		return known, nil
	}
	price, err := f.GasPrice(ctx)
	if err != nil {
		return price, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known, f.at = price, f.Clock()
	return price, nil
}
