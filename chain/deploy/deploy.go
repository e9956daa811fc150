// Package deploy puts the contracts of a market on a chain, and checks that
// contracts which are there already are the ones this program was built for.
//
// The order of deployment is fixed, so that on a fresh account of a fresh chain the
// addresses are always the same. An address follows from the account and the nonce of
// the creating transaction, so the nonces are made known before anything is sent: a
// deployment that was interrupted at any moment is continued and not repeated.
package deploy

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"strings"
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
	// Supply is the whole PRIV there will be, in wei, 1 to 2^128-1; it goes to the
	// account of Key. It does not matter when PRIV is there already.
	Supply market.Amount
	// Confirmations is how deep the last deployment must lie before it is believed;
	// 0 and 1 are the head.
	Confirmations uint64
	// Have are contracts that are there already. Zero addresses are deployed.
	Have chain.Contracts
	// Nonces are those that an earlier run told Intend.
	Nonces map[string]uint64
	// Intend is told, before anything is sent, the nonce of each contract's creation by
	// the contract's name; nil is allowed.
	Intend func(nonces map[string]uint64) error
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
	for _, step := range d.steps(&d.cfg.Have) {
		if *step.address != (common.Address{}) {
			if _, err := codeAt(ctx, d.eth, step.name, *step.address); err != nil {
				return Result{}, err
			}
		}
	}
	contracts, sent, err := d.sendMissing(ctx)
	if err != nil {
		return Result{}, err
	}
	if err := d.await(ctx, sent); err != nil {
		return Result{}, err
	}
	if err := Check(ctx, d.eth, d.cfg.ChainID, contracts); err != nil {
		return Result{}, err
	}
	return Result{Contracts: contracts, Block: start}, d.checkStorage(ctx, contracts)
}

// creation is a contract on its way.
type creation struct {
	step
	nonce uint64
}

// sendMissing plans what is missing, makes the plan known and sends it. All are sent
// before any is waited for. It returns what will be there.
func (d *deployer) sendMissing(ctx context.Context) (chain.Contracts, []creation, error) {
	contracts := d.cfg.Have
	missing, err := d.plan(ctx, &contracts)
	if err != nil || len(missing) == 0 {
		return contracts, nil, err
	}
	if supply := d.cfg.Supply.Big(); d.cfg.Have.PRIV == (common.Address{}) && (supply.Sign() == 0 || supply.Cmp(maxSupply) >= 0) {
		return contracts, nil, market.BadField("Supply", "must be 1 to 2^128-1 wei")
	}
	if d.cfg.Intend != nil {
		nonces := maps.Clone(d.cfg.Nonces)
		if nonces == nil {
			nonces = map[string]uint64{}
		}
		for _, c := range missing {
			nonces[c.name] = c.nonce
		}
		if err := d.cfg.Intend(nonces); err != nil {
			return contracts, nil, fmt.Errorf("save: %w", err)
		}
	}
	for _, c := range missing {
		if err := d.send(ctx, c); err != nil {
			return contracts, nil, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return contracts, missing, nil
}

// plan gives each missing contract its nonce, and with it its address: that of an
// earlier run where it is still free or has made just this contract, else a new one.
func (d *deployer) plan(ctx context.Context, contracts *chain.Contracts) ([]creation, error) {
	used, err := d.eth.NonceAt(ctx, d.from, nil)
	if err != nil {
		return nil, err
	}
	next, err := d.eth.PendingNonceAt(ctx, d.from)
	if err != nil {
		return nil, err
	}
	for _, nonce := range d.cfg.Nonces {
		next = max(next, nonce+1)
	}
	var out []creation
	for _, step := range d.steps(contracts) {
		if *step.address != (common.Address{}) {
			continue
		}
		nonce, intended := d.cfg.Nonces[step.name]
		if intended {
			*step.address = crypto.CreateAddress(d.from, nonce)
			made, err := d.made(ctx, step.name, *contracts)
			if err != nil {
				return nil, err
			}
			// A nonce that was used for something else cannot be had back.
			intended = made || nonce >= used
		}
		if !intended {
			nonce, next = next, next+1
			*step.address = crypto.CreateAddress(d.from, nonce)
		}
		out = append(out, creation{step, nonce})
	}
	return out, nil
}

// made reports whether a contract is where an earlier run may have put it.
func (d *deployer) made(ctx context.Context, name string, contracts chain.Contracts) (bool, error) {
	for _, e := range append(expectations(contracts), mockOf(contracts.USDC, d.from)) {
		if e.contract != name {
			continue
		}
		err := checkCode(ctx, d.eth, d.cfg.ChainID, e)
		if errors.Is(err, market.ErrNotFound) || market.CodeOf(err) == market.Invalid {
			return false, nil
		}
		return err == nil, err
	}
	return false, market.Fail(market.Internal, "nothing is expected of "+name)
}

// send sends the creation of a contract, unless it is there. An answer that the
// server has it, or has another transaction of that nonce, decides nothing: what is at
// the address later does.
func (d *deployer) send(ctx context.Context, c creation) error {
	if there, err := d.eth.CodeAt(ctx, *c.address, nil); err != nil || len(there) > 0 {
		return err
	}
	head, err := d.eth.HeaderByNumber(ctx, nil)
	if err != nil {
		return err
	}
	if head.BaseFee == nil {
		return market.Fail(market.Unavailable, "the chain has no base fee (EIP-1559)")
	}
	tip, err := d.eth.SuggestGasTipCap(ctx)
	if err != nil {
		return err
	}
	code := c.code()
	// No constructor calls another contract, so that it can be estimated while the
	// others are still on their way.
	gas, err := d.eth.EstimateGas(ctx, ethereum.CallMsg{From: d.from, Data: code})
	if err != nil {
		return fmt.Errorf("estimate gas: %w", err)
	}
	tx, err := types.SignNewTx(d.cfg.Key, types.LatestSignerForChainID(new(big.Int).SetUint64(d.cfg.ChainID)), &types.DynamicFeeTx{
		ChainID: new(big.Int).SetUint64(d.cfg.ChainID), Nonce: c.nonce, Data: code, Gas: gas + gas/4,
		GasTipCap: tip, GasFeeCap: new(big.Int).Add(tip, new(big.Int).Lsh(head.BaseFee, 1)),
	})
	if err != nil {
		return err
	}
	if err := d.eth.SendTransaction(ctx, tx); err != nil && !known(err) {
		return err
	}
	return nil
}

// known reports whether a server refuses a transaction because it has one of its
// nonce. Servers differ in text and code.
func known(err error) bool {
	text := strings.ToLower(err.Error())
	for _, s := range []string{"already known", "already imported", "known transaction", "already exists", "replacement transaction underpriced", "nonce too low", "nonce is too low"} {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

// await waits for the deployments in order and reports each that is there, and then
// until the last one lies deep enough.
func (d *deployer) await(ctx context.Context, sent []creation) error {
	done := d.cfg.Have
	targets := d.steps(&done)
	for _, c := range sent {
		if err := d.mined(ctx, c); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		for _, target := range targets {
			if target.name == c.name {
				*target.address = *c.address
			}
		}
		if d.cfg.Save != nil {
			if err := d.cfg.Save(done); err != nil {
				return fmt.Errorf("save: %w", err)
			}
		}
	}
	if len(sent) == 0 || d.cfg.Confirmations < 2 {
		return nil
	}
	head, err := d.eth.BlockNumber(ctx)
	if err != nil {
		return err
	}
	return d.poll(ctx, "the contracts do not lie deep enough", func() (bool, error) {
		now, err := d.eth.BlockNumber(ctx)
		return now+1 >= head+d.cfg.Confirmations, err
	})
}

// mined waits until a contract is there. It ends early when its nonce made nothing.
func (d *deployer) mined(ctx context.Context, c creation) error {
	return d.poll(ctx, "its transaction is not mined", func() (bool, error) {
		// The nonce is read first: once it is used up, code is there or never will be.
		used, err := d.eth.NonceAt(ctx, d.from, nil)
		if err != nil {
			return false, err
		}
		there, err := d.eth.CodeAt(ctx, *c.address, nil)
		if err == nil && len(there) == 0 && used > c.nonce {
			return false, market.Fail(market.Conflict, "another transaction of the account came between, or the creation failed; run it again")
		}
		return len(there) > 0, err
	})
}

// poll asks until the answer is yes, more and more patiently.
func (d *deployer) poll(ctx context.Context, what string, ask func() (bool, error)) error {
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		yes, err := ask()
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", what, context.Cause(ctx))
		}
		if err != nil || yes {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// checkStorage compares what the constructors stored with what they were told; the
// code hash says nothing about storage. What was there before may have changed since.
func (d *deployer) checkStorage(ctx context.Context, c chain.Contracts) error {
	if d.cfg.Have.Market == (common.Address{}) {
		m := marketbind.NewMarket()
		treasury, err := ask(ctx, d.eth, c.Market, m.PackTreasury(), m.UnpackTreasury)
		if err != nil {
			return err
		}
		if treasury != d.cfg.Treasury {
			return market.Fail(market.Invalid, fmt.Sprintf("the treasury of Market at %s is %s, want %s", c.Market, treasury, d.cfg.Treasury))
		}
	}
	if d.cfg.Have.PRIV == (common.Address{}) {
		token := privtoken.NewPrivToken()
		supply, err := ask(ctx, d.eth, c.PRIV, token.PackTotalSupply(), token.UnpackTotalSupply)
		if err != nil {
			return err
		}
		if supply.Cmp(d.cfg.Supply.Big()) != 0 {
			return market.Fail(market.Invalid, fmt.Sprintf("the supply of PRIV at %s is %s wei, want %s", c.PRIV, supply, d.cfg.Supply.Big()))
		}
	}
	return nil
}
