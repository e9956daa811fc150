package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/ethereum/go-ethereum/common"

	"privd/chain"
	"privd/market"
	"privd/storage/durable"
)

// Network is what makes nodes meet: the chain, the contracts and where to find
// others. A node joins a network by being given this file, as a chain client is
// given a genesis file.
type Network struct {
	ChainID uint64 `json:"chain_id"`
	// Genesis is the hash of the chain's first block. Without it, the RPC server that a
	// node asks first says which chain of that id is meant.
	Genesis     *common.Hash `json:"genesis,omitempty"`
	RPC         string       `json:"rpc_url"`
	Contracts   Contracts    `json:"contracts"`
	DeployBlock uint64       `json:"deploy_block"`
	Topic       string       `json:"topic"`
	Bootstrap   []string     `json:"bootstrap"` // multiaddrs with /p2p/
}

// Contracts are the addresses of the network's contracts.
type Contracts struct {
	PRIV    market.Address `json:"priv"`
	USDC    market.Address `json:"usdc"`
	Market  market.Address `json:"market"`
	Rewards market.Address `json:"rewards"`
	Staking market.Address `json:"staking"`
}

// LoadNetwork reads a network file and checks it.
func LoadNetwork(path string) (Network, error) {
	var n Network
	raw, err := os.ReadFile(path)
	if err != nil {
		return n, fmt.Errorf("read network: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&n); err != nil {
		return n, &market.Error{Op: "read " + path, Code: market.Invalid, Message: "not a network file", Err: err}
	}
	return n, n.Validate()
}

// Save writes the network file.
func (n Network) Save(path string) error {
	raw, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(path, append(raw, '\n'), 0o600)
}

// Validate names the field at fault.
func (n Network) Validate() error {
	if n.Topic == "" {
		return market.BadField("topic", "network file: topic is missing")
	}
	cfg := chain.Defaults()
	n.apply(&cfg)
	return cfg.Validate()
}

func (n Network) apply(cfg *chain.Config) {
	cfg.RPC, cfg.ChainID, cfg.DeployBlock = n.RPC, n.ChainID, n.DeployBlock
	cfg.Contracts = chain.Contracts(n.Contracts)
	if n.Genesis != nil {
		cfg.Genesis = market.Hash(*n.Genesis)
	}
}
