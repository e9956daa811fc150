package node

import (
	"context"
	"errors"
	"math/big"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"privd/market"
	"privd/market/sale"
)

// Selling is how the node sells, beside what Trade has of both sides.
type Selling struct {
	// Patience is how long a buyer who has the opener may keep the receipt before the
	// opener is published.
	Patience time.Duration `toml:"patience"`
	// ToAbsent has the price of buyers collected who paid and never ask for the opener:
	// it is published at the last call.
	ToAbsent bool `toml:"to_absent_buyers"`
	// MinPrice is the least price, in PRIV, that the node seals for. PRIVPerETH, what one
	// ETH is worth in PRIV, raises it to twice the gas of collecting a price from a buyer
	// who is silent. Decimal numbers; "0" is no minimum.
	MinPrice   string `toml:"min_price_priv"`
	PRIVPerETH string `toml:"priv_per_eth"`
}

func defaultSelling() Selling {
	rules := sale.DefaultRules()
	return Selling{Patience: rules.Patience, ToAbsent: rules.AbsentBuyers, MinPrice: "0", PRIVPerETH: "0"}
}

func (s Selling) validate() error {
	var err error
	if s.Patience < time.Minute {
		err = market.BadField("selling.patience", "selling.patience must be at least 1m")
	}
	for name, text := range map[string]string{"selling.min_price_priv": s.MinPrice, "selling.priv_per_eth": s.PRIVPerETH} {
		if _, bad := market.ParsePRIV(text); bad != nil {
			err = errors.Join(err, market.BadField(name, name+" must be a decimal number that is not negative, with at most 18 decimals"))
		}
	}
	return err
}

func (c Config) selling() sale.Rules {
	return sale.Rules{
		Confirmations: c.Chain.Confirmations, SettleAfter: c.Trade.SettleAfter, Batch: c.Trade.SettleBatch, Poll: c.Chain.Poll,
		Patience: c.Selling.Patience, AbsentBuyers: c.Selling.ToAbsent,
	}
}

// openSelling joins the seller's side to what else it needs of the node.
func (n *Node) openSelling() error {
	least, err := market.ParsePRIV(n.cfg.Selling.MinPrice)
	if err != nil {
		return err
	}
	rate, err := market.ParsePRIV(n.cfg.Selling.PRIVPerETH)
	if err != nil {
		return err
	}
	if !least.IsZero() || !rate.IsZero() {
		n.desk.Minimum = (&minimum{least: least, rate: rate, price: n.client.GasPrice, now: time.Now}).get
	}
	alarms := prometheus.NewCounter(prometheus.CounterOpts{Name: "privd_sale_alarms_total", Help: "Sales that an operator has to look into."})
	n.metrics.MustRegister(alarms)
	n.desk.Alarmed = func(purchase market.Hash, what string) {
		alarms.Inc()
		n.log.Error("a sale went wrong", "purchase_id", purchase, "reason", what)
	}
	return nil
}

// collectGas is what it costs to collect a price without a receipt, in gas: a reveal
// and a finalize, as measured.
const collectGas = 35_191 + 52_129

// priceFor is how long a gas price is good for deciding whether a sale is worth it.
const priceFor = time.Minute

// minimum is the least price worth sealing for.
type minimum struct {
	least, rate market.Amount // wei of PRIV, and of PRIV for one ETH
	price       func(context.Context) (market.Amount, error)
	now         func() time.Time

	mu    sync.Mutex
	known market.Amount // wei of ETH for a unit of gas
	at    time.Time
}

// get returns the least price in wei of PRIV; Unavailable when the gas price cannot
// be read.
func (m *minimum) get(ctx context.Context) (market.Amount, error) {
	if m.rate.IsZero() {
		return m.least, nil
	}
	gas, err := m.gasPrice(ctx)
	if err != nil {
		return market.Amount{}, err
	}
	cost := new(big.Int).Mul(gas.Big(), big.NewInt(2*collectGas))
	cost.Mul(cost, m.rate.Big()).Div(cost, big.NewInt(1e18))
	worth, err := market.AmountFromBig(cost)
	if err != nil || worth.Cmp(m.least) < 0 {
		return m.least, err
	}
	return worth, nil
}

func (m *minimum) gasPrice(ctx context.Context) (market.Amount, error) {
	m.mu.Lock()
	known, fresh := m.known, m.now().Sub(m.at) < priceFor && !m.at.IsZero()
	m.mu.Unlock()
	if fresh {
		return known, nil
	}
	price, err := m.price(ctx)
	if err != nil {
		return price, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known, m.at = price, m.now()
	return price, nil
}
