// Package deploy puts the contracts of a market on a chain, and checks that
// contracts which are there already are the ones the market needs.
//
// The order of deployment is fixed, so that on a fresh account of a fresh chain the
// addresses are always the same. What is deployed is reported as soon as it is, so
// that a deployment which was interrupted is continued and not repeated.
package deploy

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"

	"privd/chain"
	marketbind "privd/chain/binding/market"
	"privd/chain/binding/mockusdc"
	"privd/chain/binding/privtoken"
	"privd/chain/binding/rewards"
	"privd/chain/binding/staking"
	"privd/market"
)

// Config says what to deploy where. RPC, ChainID and Key are required.
type Config struct {
	RPC     string
	ChainID uint64
	Key     *ecdsa.PrivateKey // pays, and becomes MockUSDC's minter
	// Treasury receives the market's fees; zero is the account of Key.
	Treasury market.Address
	// Supply is the whole PRIV there will be, in wei; it goes to the account of Key.
	Supply market.Amount
	// Have are contracts that are there already. Zero addresses are deployed.
	Have chain.Contracts
	// Save is told what there is after each deployment, so that it can be given as
	// Have after a crash; nil is allowed.
	Save func(chain.Contracts) error
}

// Result is a complete deployment.
type Result struct {
	Contracts chain.Contracts
	// Block is below every log of the contracts deployed by this run; the chain's
	// head at its start when nothing was.
	Block uint64
}

// Run deploys what is missing and checks everything. The context bounds it.
func Run(ctx context.Context, cfg Config) (Result, error) {
	eth, err := ethclient.DialContext(ctx, cfg.RPC)
	if err != nil {
		return Result{}, fmt.Errorf("deploy: %w", err)
	}
	defer eth.Close()
	d := &deployer{cfg: cfg, eth: eth, from: crypto.PubkeyToAddress(cfg.Key.PublicKey)}
	if d.cfg.Treasury == (market.Address{}) {
		d.cfg.Treasury = d.from
	}
	result, err := d.run(ctx)
	if err != nil {
		return Result{}, fmt.Errorf("deploy: %w", err)
	}
	return result, nil
}

type deployer struct {
	cfg  Config
	eth  *ethclient.Client
	from common.Address

	nonce uint64 // of the next transaction
}

// step is one contract: where its address goes, and its creation code, which may
// use the addresses before it.
type step struct {
	name    string
	address *common.Address
	code    func() []byte
}

func (d *deployer) steps(c *chain.Contracts) []step {
	create := func(bin string, args []byte) []byte { return append(common.FromHex(bin), args...) }
	return []step{
		{"PrivToken", &c.PRIV, func() []byte {
			return create(privtoken.PrivTokenMetaData.Bin, privtoken.NewPrivToken().PackConstructor(d.from, d.cfg.Supply.Big()))
		}},
		{"MockUSDC", &c.USDC, func() []byte { return create(mockusdc.MockUSDCMetaData.Bin, nil) }},
		{"Market", &c.Market, func() []byte {
			return create(marketbind.MarketMetaData.Bin, marketbind.NewMarket().PackConstructor(c.PRIV, d.cfg.Treasury))
		}},
		{"Rewards", &c.Rewards, func() []byte {
			return create(rewards.RewardsMetaData.Bin, rewards.NewRewards().PackConstructor(c.PRIV))
		}},
		{"Staking", &c.Staking, func() []byte {
			return create(staking.StakingMetaData.Bin, staking.NewStaking().PackConstructor(c.PRIV))
		}},
	}
}

func (d *deployer) run(ctx context.Context) (Result, error) {
	id, err := d.eth.ChainID(ctx)
	if err != nil {
		return Result{}, err
	}
	if id.Cmp(new(big.Int).SetUint64(d.cfg.ChainID)) != 0 {
		return Result{}, market.Fail(market.Invalid, fmt.Sprintf("the RPC server is on chain %s, want %d", id, d.cfg.ChainID))
	}
	start, err := d.eth.BlockNumber(ctx)
	if err != nil {
		return Result{}, err
	}
	if d.nonce, err = d.eth.PendingNonceAt(ctx, d.from); err != nil {
		return Result{}, err
	}
	contracts := d.cfg.Have
	var sent []sentStep
	for _, step := range d.steps(&contracts) {
		if *step.address != (common.Address{}) {
			if err := d.present(ctx, step.name, *step.address); err != nil {
				return Result{}, err
			}
			continue
		}
		tx, err := d.send(ctx, step)
		if err != nil {
			return Result{}, fmt.Errorf("%s: %w", step.name, err)
		}
		*step.address = crypto.CreateAddress(d.from, tx.Nonce())
		sent = append(sent, sentStep{step, tx})
	}
	if err := d.await(ctx, sent, contracts); err != nil {
		return Result{}, err
	}
	if err := Check(ctx, d.eth, d.cfg.ChainID, contracts); err != nil {
		return Result{}, err
	}
	return Result{Contracts: contracts, Block: start}, nil
}

type sentStep struct {
	step
	tx *types.Transaction
}

// present returns an error unless there is code at an address.
func (d *deployer) present(ctx context.Context, name string, address common.Address) error {
	code, err := d.eth.CodeAt(ctx, address, nil)
	if err != nil {
		return err
	}
	if len(code) == 0 {
		return market.Fail(market.NotFound, fmt.Sprintf("no contract at %s, where %s should be", address, name))
	}
	return nil
}

// deployGas is above what any of the contracts costs to deploy. It is not
// estimated, since a contract may refer to one that is still on its way.
const deployGas = 4_000_000

// send sends the creation of a contract. All are sent before any is waited for:
// addresses follow from the nonces, which are counted here, since servers count
// what they were just given a moment later.
func (d *deployer) send(ctx context.Context, s step) (*types.Transaction, error) {
	head, err := d.eth.HeaderByNumber(ctx, nil)
	if err != nil {
		return nil, err
	}
	if head.BaseFee == nil {
		return nil, market.Fail(market.Unavailable, "the chain has no base fee (EIP-1559)")
	}
	tip, err := d.eth.SuggestGasTipCap(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := types.SignNewTx(d.cfg.Key, types.LatestSignerForChainID(new(big.Int).SetUint64(d.cfg.ChainID)), &types.DynamicFeeTx{
		ChainID: new(big.Int).SetUint64(d.cfg.ChainID), Nonce: d.nonce, Data: s.code(), Gas: deployGas,
		GasTipCap: tip, GasFeeCap: new(big.Int).Add(tip, new(big.Int).Lsh(head.BaseFee, 1)),
	})
	if err != nil {
		return nil, err
	}
	d.nonce++
	return tx, d.eth.SendTransaction(ctx, tx)
}

// await waits for the deployments in order and reports each that is done.
func (d *deployer) await(ctx context.Context, sent []sentStep, planned chain.Contracts) error {
	done := d.cfg.Have
	targets := d.steps(&done)
	for _, s := range sent {
		receipt, err := d.receipt(ctx, s.tx.Hash())
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if receipt.Status != types.ReceiptStatusSuccessful {
			return market.Fail(market.Invalid, fmt.Sprintf("%s: the deployment in transaction %s reverted", s.name, s.tx.Hash()))
		}
		for _, target := range targets {
			if target.name == s.name {
				*target.address = receipt.ContractAddress
			}
		}
		if d.cfg.Save != nil {
			if err := d.cfg.Save(done); err != nil {
				return fmt.Errorf("save: %w", err)
			}
		}
	}
	if done != planned {
		return market.Fail(market.Conflict, "another transaction of the account came between; run it again")
	}
	return nil
}

func (d *deployer) receipt(ctx context.Context, tx common.Hash) (*types.Receipt, error) {
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		receipt, err := d.eth.TransactionReceipt(ctx, tx)
		if err == nil {
			return receipt, nil
		}
		// A server that is still indexing says so in words of its own.
		if ctx.Err() != nil {
			return nil, errors.Join(context.Cause(ctx), err)
		}
		if !errors.Is(err, ethereum.NotFound) && !isIndexing(err) {
			return nil, err
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("transaction %s is not mined: %w", tx, context.Cause(ctx))
		}
	}
}
