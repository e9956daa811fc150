package chain

import (
	"slices"
	"time"

	"privd/market"
)

// Contracts are the addresses of one deployment.
type Contracts struct {
	PRIV    market.Address
	USDC    market.Address
	Market  market.Address
	Rewards market.Address
	Staking market.Address
}

// Config says which chain and contracts a node lives on, and how patiently it
// talks to them. Start from Defaults.
type Config struct {
	RPC         string   // http, https, ws or wss URL of a JSON-RPC server
	MoreRPC     []string // further servers, in order of preference
	ChainID     uint64
	Contracts   Contracts
	DeployBlock uint64 // no contract has a log below it
	// Genesis is the hash of the chain's first block; zero to take the word of the
	// server that is asked first.
	Genesis market.Hash
	// Agree says when a second server has to confirm what money depends on.
	Agree Agreement

	// Confirmations is how deep a block must lie to be relied on: 1 is the head.
	Confirmations uint64
	// Poll is the time between two looks at the head.
	Poll time.Duration
	// Timeout bounds each call to the RPC server.
	Timeout time.Duration
	// StallAfter is how long the follower may go without a good answer before it
	// reports itself out of sync.
	StallAfter time.Duration
	// PageBlocks is the most blocks whose logs are asked for at once.
	PageBlocks uint64

	// BumpAfter is how many blocks a transaction may miss before its fees are raised.
	BumpAfter uint64
	// MaxFee is the most wei per gas the sender ever offers.
	MaxFee market.Amount
	// MaxInFlight is the most transactions that are broadcast and not yet mined.
	MaxInFlight int
	// Rebroadcast is how long a transaction may stay unmined before the same bytes
	// are offered again: servers forget.
	Rebroadcast time.Duration
}

// Agreement is when a block counts as deep: after the confirmations alone, or only
// once two servers tell the same of it. With one server it makes no difference.
type Agreement string

// The agreements.
const (
	// AgreeReachable asks for two servers, and makes do with one while no other can be
	// reached.
	AgreeReachable Agreement = "reachable"
	AgreeAlways    Agreement = "always"
	AgreeNever     Agreement = "never"
)

// Defaults returns a Config with everything set that has a sensible value on a
// public chain; RPC, ChainID, Contracts and DeployBlock are the network's.
func Defaults() Config {
	return Config{
		Agree:         AgreeReachable,
		Confirmations: 12,
		Poll:          2 * time.Second,
		Timeout:       20 * time.Second,
		StallAfter:    2 * time.Minute,
		PageBlocks:    2000,
		BumpAfter:     3,
		MaxFee:        market.Wei(500_000_000_000),
		MaxInFlight:   1024,
		Rebroadcast:   15 * time.Second,
	}
}

// Validate returns an Invalid error that names the first field at fault.
func (c Config) Validate() error {
	if err := c.validateNetwork(); err != nil {
		return err
	}
	switch {
	case c.Confirmations == 0:
		return market.BadField("Confirmations", "must be at least 1")
	case c.Poll <= 0:
		return market.BadField("Poll", "must be positive")
	case c.Timeout <= 0:
		return market.BadField("Timeout", "must be positive")
	case c.StallAfter < c.Poll:
		return market.BadField("StallAfter", "must not be below Poll")
	case c.PageBlocks == 0:
		return market.BadField("PageBlocks", "must be at least 1")
	case c.BumpAfter == 0:
		return market.BadField("BumpAfter", "must be at least 1")
	case c.MaxFee.IsZero():
		return market.BadField("MaxFee", "must be positive")
	case c.MaxInFlight < 1:
		return market.BadField("MaxInFlight", "must be at least 1")
	case c.Rebroadcast <= 0:
		return market.BadField("Rebroadcast", "must be positive")
	}
	return nil
}

func (c Config) validateNetwork() error {
	if err := checkURL("RPC", "rpc_url", c.RPC); err != nil {
		return err
	}
	for i, more := range c.MoreRPC {
		if err := checkURL("MoreRPC", "each of rpc_urls", more); err != nil {
			return err
		}
		if more == c.RPC || slices.Contains(c.MoreRPC[:i], more) {
			return market.BadField("MoreRPC", "rpc_urls must not name a server twice")
		}
	}
	switch c.Agree {
	case AgreeReachable, AgreeAlways, AgreeNever:
	default:
		return market.BadField("Agree", "agree must be reachable, always or never")
	}
	if c.ChainID == 0 {
		return market.BadField("ChainID", "must be set")
	}
	for _, contract := range []struct {
		field   string
		address market.Address
	}{
		{"Contracts.PRIV", c.Contracts.PRIV},
		{"Contracts.USDC", c.Contracts.USDC},
		{"Contracts.Market", c.Contracts.Market},
		{"Contracts.Rewards", c.Contracts.Rewards},
		{"Contracts.Staking", c.Contracts.Staking},
	} {
		if contract.address == (market.Address{}) {
			return market.BadField(contract.field, "must be set")
		}
	}
	return nil
}
