package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"privd/api"
	"privd/chain"
	"privd/market"
	"privd/market/claim"
	"privd/market/purchase"
	"privd/market/review"
	"privd/market/sale"
	"privd/p2p"
)

// Config is a node's config.toml: the sum of its parts' settings. What the file
// leaves out has the default.
type Config struct {
	API     api.Config `toml:"api"`
	P2P     p2p.Config `toml:"p2p"`
	Chain   Chain      `toml:"chain"`
	Trade   Trade      `toml:"trade"`
	Selling Selling    `toml:"selling"`
	Review  Review     `toml:"review"`
	Dev     *Dev       `toml:"dev"`

	Labeling   Labeling   `toml:"labeling"`
	Reputation Reputation `toml:"reputation"`
	Staking    Staking    `toml:"staking"`
	Catalog    Catalog    `toml:"catalog"`
	X402       X402       `toml:"x402"`
}

// Chain is how the node treats the chain.
type Chain struct {
	RPC           string        `toml:"rpc_url"`  // instead of the network file's
	MoreRPC       []string      `toml:"rpc_urls"` // further servers, in order of preference
	Agree         string        `toml:"agree"`    // of two servers, before money relies on a block: reachable, always or never
	Confirmations uint64        `toml:"confirmations"`
	Poll          time.Duration `toml:"poll"`
	Timeout       time.Duration `toml:"timeout"`
	StallAfter    time.Duration `toml:"stall_after"`
	// MaxFee is the most that a unit of gas may cost the node, in gwei with up to 9
	// decimals: transactions wait while the chain asks for more.
	MaxFee string `toml:"max_fee_gwei"`
}

// gweiDecimals is how many decimals of a gwei a wei is.
const gweiDecimals = 9

// Trade is how the node buys and sells.
type Trade struct {
	PayWithin      time.Duration `toml:"pay_within"`
	SignWithin     time.Duration `toml:"sign_within"` // pay_within of external wallets
	DeliveryWindow time.Duration `toml:"delivery_window"`
	FetchBeforePay int64         `toml:"fetch_before_pay"` // bytes
	MaxRefunds     int           `toml:"max_refunds"`      // of a seller's last sales, to buy from it no more; 0 is never
	BuyWait        time.Duration `toml:"buy_wait"`
	RetryMost      time.Duration `toml:"retry_most"`
	SettleAfter    time.Duration `toml:"settle_after"`
	SettleBatch    int           `toml:"settle_batch"`
	PayoutAfter    time.Duration `toml:"payout_after"` // how long a claim waits for company
}

// Review is the node's policy on contributions, in thousandths.
type Review struct {
	RejectBelow  uint16 `toml:"reject_below"`
	HoldBelow    uint16 `toml:"hold_below"` // what scores less waits for people
	HoldAll      bool   `toml:"hold_all"`   // whatever is not rejected does
	RejectCopies bool   `toml:"reject_near_copies"`
	HoldListings bool   `toml:"hold_listings"` // listings wait for the operator
}

// Dev makes the node part of a development network. Never set it elsewhere.
type Dev struct {
	FaucetKey string   `toml:"faucet_key"` // hex private key that owns the tokens
	Nodes     []string `toml:"nodes"`      // repos of all nodes of the network
}

// DefaultConfig returns what suits a node at home.
func DefaultConfig() Config {
	c, buy, sell, policy := chain.Defaults(), purchase.DefaultRules(), sale.DefaultRules(), review.DefaultPolicy()
	return Config{
		API:   api.DefaultConfig(),
		P2P:   p2p.DefaultConfig(),
		Chain: Chain{Agree: string(c.Agree), Confirmations: c.Confirmations, Poll: c.Poll, Timeout: c.Timeout, StallAfter: c.StallAfter, MaxFee: c.MaxFee.Decimal(gweiDecimals)},
		Trade: Trade{
			PayWithin: buy.PayWithin, SignWithin: buy.SignWithin, DeliveryWindow: buy.DeliveryWindow, FetchBeforePay: buy.FetchBeforePay,
			MaxRefunds: buy.MaxRefunds, BuyWait: buy.Wait, RetryMost: buy.RetryMost, SettleAfter: sell.SettleAfter, SettleBatch: sell.Batch,
			PayoutAfter: claim.DefaultRules().PayoutAfter,
		},
		Selling: defaultSelling(),
		Review:  Review{RejectBelow: uint16(policy.RejectBelow), HoldBelow: uint16(policy.HoldBelow)},

		Labeling: defaultLabeling(), Reputation: defaultReputation(), Staking: defaultStaking(), Catalog: defaultCatalog(), X402: defaultX402(),
	}
}

// LoadConfig reads config.toml over the defaults; a missing file is all defaults,
// an unknown setting is an error that names it.
func LoadConfig(path string) (Config, error) {
	cfg := DefaultConfig()
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return cfg, nil
	}
	if err != nil {
		return cfg, fmt.Errorf("read config: %w", err)
	}
	meta, err := toml.Decode(string(raw), &cfg)
	if err != nil {
		return cfg, &market.Error{Op: "read " + path, Code: market.Invalid, Message: err.Error()}
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		names := make([]string, len(unknown))
		for i, k := range unknown {
			names[i] = k.String()
		}
		return cfg, &market.Error{Op: "read " + path, Code: market.Invalid, Message: "unknown settings: " + strings.Join(names, ", ")}
	}
	return cfg, nil
}

// Validate names the field at fault. The parts check their own.
func (c Config) Validate() error {
	positive := func(name string, d time.Duration) error {
		if d <= 0 {
			return market.BadField(name, name+" must be more than 0")
		}
		return nil
	}
	err := errors.Join(
		positive("trade.buy_wait", c.Trade.BuyWait),
		positive("trade.retry_most", c.Trade.RetryMost), positive("trade.settle_after", c.Trade.SettleAfter),
		positive("trade.payout_after", c.Trade.PayoutAfter), c.X402.validate(),
	)
	switch {
	case c.Trade.PayWithin < 2*time.Minute:
		err = errors.Join(err, market.BadField("trade.pay_within", "trade.pay_within must be at least 2m: a payment has to be mined in it"))
	case c.Trade.PayWithin > time.Hour:
		err = errors.Join(err, market.BadField("trade.pay_within", "trade.pay_within must be at most 1h: sellers refuse more"))
	case c.Trade.SignWithin < 2*time.Minute || c.Trade.SignWithin > time.Hour:
		err = errors.Join(err, market.BadField("trade.sign_within", "trade.sign_within must be from 2m to 1h"))
	case c.Trade.DeliveryWindow < time.Hour || c.Trade.DeliveryWindow > 7*24*time.Hour:
		err = errors.Join(err, market.BadField("trade.delivery_window", "trade.delivery_window must be from 1h to 168h"))
	case c.Trade.FetchBeforePay < 0:
		err = errors.Join(err, market.BadField("trade.fetch_before_pay", "trade.fetch_before_pay must not be negative"))
	case c.Trade.MaxRefunds < 0 || c.Trade.MaxRefunds > purchase.RecordSpan:
		err = errors.Join(err, market.BadField("trade.max_refunds", fmt.Sprintf("trade.max_refunds must be from 0 to %d", purchase.RecordSpan)))
	case c.Trade.SettleBatch < 1 || c.Trade.SettleBatch > 100:
		err = errors.Join(err, market.BadField("trade.settle_batch", "trade.settle_batch must be from 1 to 100"))
	}
	if fee, bad := market.ParseUnits(c.Chain.MaxFee, gweiDecimals); bad != nil || fee.IsZero() {
		err = errors.Join(err, market.BadField("chain.max_fee_gwei", "chain.max_fee_gwei must be more than 0, with up to 9 decimals"))
	}
	_, labels := c.labeling()
	return errors.Join(err, c.API.Validate(), c.policy().Validate(), labels, c.Staking.Validate(), c.Catalog.validate(), c.Selling.validate())
}

func (c Config) policy() review.Policy {
	return review.Policy{
		RejectBelow: review.Permille(c.Review.RejectBelow), HoldBelow: review.Permille(c.Review.HoldBelow),
		HoldAll: c.Review.HoldAll, AcceptCopies: !c.Review.RejectCopies,
	}
}

// ChainOf returns how a node with these settings talks to the chain of a network.
func (c Config) ChainOf(n Network) chain.Config {
	cfg := chain.Defaults()
	n.apply(&cfg)
	if c.Chain.RPC != "" {
		cfg.RPC = c.Chain.RPC
	}
	for _, more := range c.Chain.MoreRPC {
		if more != cfg.RPC { // the network file's may be named again, for its place
			cfg.MoreRPC = append(cfg.MoreRPC, more)
		}
	}
	cfg.Agree = chain.Agreement(c.Chain.Agree)
	cfg.Confirmations, cfg.Poll = c.Chain.Confirmations, c.Chain.Poll
	cfg.Timeout, cfg.StallAfter = c.Chain.Timeout, c.Chain.StallAfter
	cfg.MaxFee, _ = market.ParseUnits(c.Chain.MaxFee, gweiDecimals) // what is wrong is zero, which is refused
	return cfg
}

func (c Config) buying() purchase.Rules {
	return purchase.Rules{
		Confirmations: c.Chain.Confirmations, PayWithin: c.Trade.PayWithin, SignWithin: c.Trade.SignWithin, DeliveryWindow: c.Trade.DeliveryWindow,
		FetchBeforePay: c.Trade.FetchBeforePay, Wait: c.Trade.BuyWait, Poll: c.Chain.Poll, RetryMost: c.Trade.RetryMost,
		MaxRefunds: c.Trade.MaxRefunds,
	}
}
