package node

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"

	"privd/chain"
	"privd/chain/deploy"
	"privd/market"
	"privd/storage/durable"
)

// DeployOptions say what network to make. All are required but for those that say
// otherwise.
type DeployOptions struct {
	File    string // the network file to write
	RPC     string
	ChainID uint64
	Key     *ecdsa.PrivateKey // pays for the deployment and gets all PRIV
	Supply  market.Amount     // of PRIV, in wei
	// Treasury receives the market's fees; zero is the account of Key.
	Treasury market.Address
	// USDC is the dollar that datasets are paid in. Zero deploys a toy that the account
	// of Key mints at will; never where money is real.
	USDC          market.Address
	Topic         string   // of the network's gossip; empty makes one of the chain and the market
	Bootstrap     []string // multiaddrs with /p2p/; may be empty
	Confirmations uint64   // how deep the contracts must lie before the file is written
	// Tell is told what goes on; nil is allowed.
	Tell func(text string)

	saved func() error // a test's chance to let it die after each file that is written
}

// deployment is what is kept beside the network file until that is written, so that a
// deployment which died goes on and pays for nothing twice.
type deployment struct {
	ChainID  uint64            `json:"chain_id"`
	Deployer market.Address    `json:"deployer"`
	Supply   string            `json:"supply_wei"`
	Treasury market.Address    `json:"treasury"`
	USDC     market.Address    `json:"usdc"` // given; zero is the toy
	Block    uint64            `json:"deploy_block"`
	Done     Contracts         `json:"done"`
	Nonces   map[string]uint64 `json:"nonces"`
}

// Deploy puts the contracts of a new network on a chain and writes the network file
// once every one of them is known by its code hash. Run again after it failed or died
// at any moment, it goes on where it was. When the file is there already, it only
// checks what the file says, and that it is what was asked for.
func Deploy(ctx context.Context, o DeployOptions) (Network, error) {
	n, err := o.run(ctx)
	if err != nil {
		return Network{}, fmt.Errorf("deploy: %w", err)
	}
	return n, nil
}

func (o DeployOptions) run(ctx context.Context) (Network, error) {
	if o.Treasury == (market.Address{}) {
		o.Treasury = o.deployer()
	}
	if _, err := os.Lstat(o.File); err == nil {
		return o.verify(ctx)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return Network{}, err
	}
	d, err := o.resume(ctx)
	if err != nil {
		return Network{}, err
	}
	result, err := deploy.Run(ctx, deploy.Config{
		RPC: o.RPC, ChainID: o.ChainID, Key: o.Key, Treasury: o.Treasury, Supply: o.Supply, Confirmations: o.Confirmations,
		Have: chain.Contracts(d.Done), Nonces: d.Nonces,
		Intend: func(nonces map[string]uint64) error {
			d.Nonces = maps.Clone(nonces)
			o.tell("sending the transactions of %s", o.deployer())
			return o.keep(d)
		},
		Save: func(c chain.Contracts) error {
			d.Done = Contracts(c)
			return o.keep(d)
		},
	})
	if err != nil {
		return Network{}, err
	}
	n, err := o.network(ctx, result.Contracts, d.Block)
	if err != nil {
		return Network{}, err
	}
	if err := n.Save(o.File); err != nil {
		return Network{}, err
	}
	if err := o.died(); err != nil {
		return Network{}, err
	}
	return n, o.forget()
}

func (o DeployOptions) deployer() market.Address { return crypto.PubkeyToAddress(o.Key.PublicKey) }

func (o DeployOptions) tell(format string, args ...any) {
	if o.Tell != nil {
		o.Tell(fmt.Sprintf(format, args...))
	}
}

func (o DeployOptions) died() error {
	if o.saved == nil {
		return nil
	}
	return o.saved()
}

// progress is where a deployment is kept.
func (o DeployOptions) progress() string { return o.File + ".progress" }

func (o DeployOptions) keep(d deployment) error {
	raw, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	if err := durable.WriteFile(o.progress(), append(raw, '\n'), 0o600); err != nil {
		return err
	}
	return o.died()
}

func (o DeployOptions) forget() error {
	if err := os.Remove(o.progress()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// resume returns the deployment that was begun, or a new one. It is a Conflict to go
// on with other wishes than it was begun with: half of it would be of each.
func (o DeployOptions) resume(ctx context.Context) (deployment, error) {
	want := deployment{
		ChainID: o.ChainID, Deployer: o.deployer(), Supply: o.Supply.String(), Treasury: o.Treasury, USDC: o.USDC,
		Done: Contracts{USDC: o.USDC},
	}
	raw, err := os.ReadFile(o.progress())
	if errors.Is(err, fs.ErrNotExist) {
		want.Block, err = o.head(ctx)
		return want, err
	}
	if err != nil {
		return deployment{}, err
	}
	var d deployment
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return deployment{}, &market.Error{Op: "read " + o.progress(), Code: market.Invalid, Message: "not the progress of a deployment", Err: err}
	}
	if d.ChainID != want.ChainID || d.Deployer != want.Deployer || d.Supply != want.Supply || d.Treasury != want.Treasury || d.USDC != want.USDC {
		return deployment{}, market.Fail(market.Conflict, fmt.Sprintf(
			"%s is of another deployment: chain %d, account %s, %s wei of PRIV, treasury %s, USDC %s; go on with these, or remove it to begin anew",
			o.progress(), d.ChainID, d.Deployer, d.Supply, d.Treasury, d.USDC))
	}
	o.tell("going on with %s", o.progress())
	return d, nil
}

// ask runs fn with a connection to the server.
func (o DeployOptions) ask(ctx context.Context, fn func(*ethclient.Client) error) error {
	eth, err := ethclient.DialContext(ctx, o.RPC)
	if err != nil {
		return market.Fail(market.Unavailable, "the RPC server cannot be reached") // the cause may quote an access key
	}
	defer eth.Close()
	return fn(eth)
}

func (o DeployOptions) head(ctx context.Context) (head uint64, err error) {
	err = o.ask(ctx, func(eth *ethclient.Client) (err error) {
		head, err = eth.BlockNumber(ctx)
		return err
	})
	return head, err
}

// network is what the network file says.
func (o DeployOptions) network(ctx context.Context, c chain.Contracts, block uint64) (Network, error) {
	n := Network{
		ChainID: o.ChainID, RPC: o.RPC, Contracts: Contracts(c), DeployBlock: block, Topic: o.Topic, Bootstrap: append([]string{}, o.Bootstrap...),
	}
	if n.Topic == "" {
		n.Topic = fmt.Sprintf("privd-%d-%x", o.ChainID, c.Market[:4])
	}
	err := o.ask(ctx, func(eth *ethclient.Client) error {
		first, err := eth.HeaderByNumber(ctx, new(big.Int))
		if err != nil {
			return err
		}
		hash := first.Hash()
		n.Genesis = &hash
		return nil
	})
	if err != nil {
		return Network{}, err
	}
	return n, n.Validate()
}

// verify checks a network file that is there already.
func (o DeployOptions) verify(ctx context.Context) (Network, error) {
	n, err := LoadNetwork(o.File)
	if err != nil {
		return Network{}, err
	}
	o.tell("%s is there already; checking it", o.File)
	if n.ChainID != o.ChainID || (o.USDC != (common.Address{}) && o.USDC != n.Contracts.USDC) {
		return Network{}, market.Fail(market.Conflict, fmt.Sprintf("%s is of another network: chain %d, USDC %s", o.File, n.ChainID, n.Contracts.USDC))
	}
	err = o.ask(ctx, func(eth *ethclient.Client) error {
		id, err := eth.ChainID(ctx)
		if err != nil {
			return err
		}
		if id.Cmp(new(big.Int).SetUint64(o.ChainID)) != 0 {
			return market.Fail(market.Invalid, fmt.Sprintf("the RPC server is on chain %s, want %d", id, o.ChainID))
		}
		return deploy.Check(ctx, eth, n.ChainID, chain.Contracts(n.Contracts))
	})
	if err != nil {
		return Network{}, err
	}
	return n, o.forget()
}
