package node

import (
	"errors"
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
		n.desk.Minimum = (&sale.Floor{Least: least, PRIVPerETH: rate, GasPrice: n.client.GasPrice, Clock: time.Now}).Price
	}
	alarms := prometheus.NewCounter(prometheus.CounterOpts{Name: "privd_sale_alarms_total", Help: "Sales that an operator has to look into."})
	n.metrics.MustRegister(alarms)
	n.desk.Alarmed = func(purchase market.Hash, what string) {
		alarms.Inc()
		n.log.Error("a sale went wrong", "purchase_id", purchase, "reason", what)
	}
	return nil
}
