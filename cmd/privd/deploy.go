package main

import (
	"context"
	"crypto/ecdsa"
	"fmt"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/urfave/cli/v2"

	"privd/chain"
	"privd/chain/deploy"
	"privd/chain/keys"
	"privd/market"
	"privd/node"
)

func deployCommand() *cli.Command {
	return &cli.Command{
		Name: "deploy", Category: categoryNode, ArgsUsage: "FILE",
		Usage: "Make a network: put its contracts on a chain and write its network.json",
		Description: "FILE is written once every contract lies --confirmations deep and has the very code this program was built for.\n" +
			"What was sent is kept in FILE.progress meanwhile: after a failure or a crash the same command goes on, and pays\n" +
			"for nothing twice. With a FILE that is there already it only checks it against the chain.\n\n" +
			"The account of the key pays, and gets all PRIV there will ever be. No contract has an owner; the treasury, which\n" +
			"gets the market's fees, can name its successor and nothing else.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "rpc", Usage: "`URL` of a JSON-RPC server of the chain; stands in FILE"},
			&cli.Uint64Flag{Name: "chain-id", Usage: "`ID` of the chain that is meant; a server of another is refused"},
			&cli.StringFlag{Name: "key-file", Usage: "`FILE` with the private key, in hexadecimal, of the account that deploys"},
			&cli.StringFlag{Name: "supply", Usage: "`AMOUNT` of PRIV there will be"},
			&cli.StringFlag{Name: "treasury", Usage: "`ADDRESS` that gets the fees", DefaultText: "the account that deploys"},
			&cli.StringFlag{Name: "usdc", Usage: "`ADDRESS` of the chain's USDC, or another dollar that takes ERC-3009 authorizations"},
			&cli.BoolFlag{Name: "mock-usdc", Usage: "deploy a dollar that the account mints at will; only where money is not real"},
			&cli.StringFlag{Name: "topic", Usage: "`NAME` of the network's gossip", DefaultText: "made of chain and market"},
			&cli.StringSliceFlag{Name: "bootstrap", Usage: "`MULTIADDR` with /p2p/ of a node to meet first; may be repeated"},
			&cli.Uint64Flag{Name: "confirmations", Value: chain.Defaults().Confirmations, Usage: "`BLOCKS` the contracts must lie deep; 1 is the head"},
			&cli.DurationFlag{Name: "timeout", Value: 15 * time.Minute, Usage: "how long to wait"},
		},
		Action: deployNetwork,
	}
}

// deployed is what the command shows.
type deployed struct {
	File    string         `json:"file"`
	ChainID uint64         `json:"chain_id"`
	Block   uint64         `json:"deploy_block"`
	Topic   string         `json:"topic"`
	Parts   []deployedPart `json:"contracts"`
}

type deployedPart struct {
	Name     string `json:"name"`
	Address  string `json:"address"`
	CodeHash string `json:"code_hash"`
}

func deployNetwork(c *cli.Context) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	o, err := deployOptions(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Context, c.Duration("timeout"))
	defer cancel()
	n, err := node.Deploy(ctx, o)
	if err != nil {
		return err
	}
	out := deployed{File: o.File, ChainID: n.ChainID, Block: n.DeployBlock, Topic: n.Topic}
	if out.Parts, err = deployedParts(ctx, o.RPC, n); err != nil {
		return err
	}
	return show(c, out, func() {
		rows := make([][]string, len(out.Parts))
		for i, p := range out.Parts {
			rows[i] = []string{p.Name, p.Address, p.CodeHash}
		}
		table(c.App.Writer, []string{"CONTRACT", "ADDRESS", "CODE HASH"}, rows)
		say(c, "%s is good; a node joins with: privd init --network %s", o.File, o.File)
	})
}

// deployOptions reads the flags. What has no sensible default must be named, so that
// nobody makes a network by half a command line.
func deployOptions(c *cli.Context) (node.DeployOptions, error) {
	o := node.DeployOptions{
		File: c.Args().First(), RPC: c.String("rpc"), ChainID: c.Uint64("chain-id"), Topic: c.String("topic"),
		Bootstrap: c.StringSlice("bootstrap"), Confirmations: c.Uint64("confirmations"),
		Tell: func(text string) { say(c, "%s", text) },
	}
	for _, name := range []string{"rpc", "chain-id", "key-file", "supply"} {
		if !c.IsSet(name) {
			return o, market.Fail(market.Invalid, "--"+name+" is missing; see: privd deploy --help")
		}
	}
	if c.IsSet("usdc") == c.Bool("mock-usdc") {
		return o, market.Fail(market.Invalid, "name the chain's dollar with --usdc ADDRESS, or, where money is not real, say --mock-usdc")
	}
	var err error
	if o.Supply, err = market.ParsePRIV(c.String("supply")); err != nil {
		return o, market.Fail(market.Invalid, "--supply must be a number of PRIV with at most 18 decimals")
	}
	for name, to := range map[string]*market.Address{"treasury": &o.Treasury, "usdc": &o.USDC} {
		if !c.IsSet(name) {
			continue
		}
		if !common.IsHexAddress(c.String(name)) || common.HexToAddress(c.String(name)) == (common.Address{}) {
			return o, market.Fail(market.Invalid, "--"+name+" must be an address: 0x and 40 hexadecimal digits, not all zero")
		}
		*to = common.HexToAddress(c.String(name))
	}
	o.Key, err = keyFrom(c.String("key-file"))
	return o, err
}

// keyFrom reads a private key in hexadecimal.
func keyFrom(path string) (*ecdsa.PrivateKey, error) {
	text, err := readBounded(path, 1<<10)
	if err != nil {
		return nil, err
	}
	bad := market.Fail(market.Invalid, "--key-file must hold a private key of 32 bytes in hexadecimal")
	private, err := keys.ParsePrivate(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, bad
	}
	key, err := crypto.ToECDSA(private[:])
	if err != nil {
		return nil, bad
	}
	return key, nil
}

func deployedParts(ctx context.Context, rpc string, n node.Network) ([]deployedPart, error) {
	eth, err := ethclient.DialContext(ctx, rpc)
	if err != nil {
		return nil, market.Fail(market.Unavailable, "the RPC server cannot be reached")
	}
	defer eth.Close()
	parts := []deployedPart{
		{Name: "PRIV", Address: n.Contracts.PRIV.Hex()}, {Name: "USDC", Address: n.Contracts.USDC.Hex()}, {Name: "Market", Address: n.Contracts.Market.Hex()},
		{Name: "Rewards", Address: n.Contracts.Rewards.Hex()}, {Name: "Staking", Address: n.Contracts.Staking.Hex()},
	}
	for i, p := range parts {
		hash, err := deploy.CodeHash(ctx, eth, common.HexToAddress(p.Address))
		if err != nil {
			return nil, fmt.Errorf("read code of %s: %w", p.Name, err)
		}
		parts[i].CodeHash = hash.Hex()
	}
	return parts, nil
}
