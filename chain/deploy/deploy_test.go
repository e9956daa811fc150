package deploy_test

import (
	"context"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/chain/deploy"
	"privd/chain/devchain"
	"privd/market"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, chaintest.Leaks()...) }

func config(t *testing.T) deploy.Config {
	t.Helper()
	c, err := devchain.Start(devchain.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return deploy.Config{RPC: c.HTTP(), ChainID: devchain.ChainID, Key: devchain.Accounts()[1].Key, Supply: chaintest.PRIV(t, "1000000")}
}

// A fresh account on a fresh chain always gives the same addresses; deploying again
// with what there is changes nothing.
func TestDeterministicAndIdempotent(t *testing.T) {
	t.Parallel()
	a, err := deploy.Run(t.Context(), config(t))
	require.NoError(t, err)
	cfg := config(t)
	b, err := deploy.Run(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, a, b)
	cfg.Have = b.Contracts
	again, err := deploy.Run(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, b.Contracts, again.Contracts)
}

// A deployment that was interrupted goes on with what was saved.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	var saved chain.Contracts
	saves := 0
	cfg.Save = func(c chain.Contracts) error {
		if saves++; saves > 2 {
			return errors.New("power cut")
		}
		saved = c
		return nil
	}
	_, err := deploy.Run(t.Context(), cfg)
	require.ErrorContains(t, err, "power cut")
	require.NotZero(t, saved.USDC)
	require.Zero(t, saved.Market)
	cfg.Save, cfg.Have = nil, saved
	result, err := deploy.Run(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, saved.PRIV, result.Contracts.PRIV)
	require.NotZero(t, result.Contracts.Staking)
}

// Contracts that are not what the market needs are refused by name.
func TestWrongContracts(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	good, err := deploy.Run(t.Context(), cfg)
	require.NoError(t, err)
	other, err := deploy.Run(t.Context(), cfg)
	require.NoError(t, err)
	for name, test := range map[string]struct {
		spoil func(*chain.Contracts)
		says  string
	}{
		"nothing there":                         {func(c *chain.Contracts) { c.Market = market.Address{9} }, "no contract at"},
		"another token":                         {func(c *chain.Contracts) { c.PRIV = other.Contracts.PRIV }, "is not the Market"},
		"not a token":                           {func(c *chain.Contracts) { c.PRIV = good.Contracts.Market }, "is not the PrivToken"},
		"swapped":                               {func(c *chain.Contracts) { c.Rewards, c.Staking = c.Staking, c.Rewards }, "is not the Rewards"},
		"another's market":                      {func(c *chain.Contracts) { c.Market = other.Contracts.Market }, "is not the Market"},
		"a dollar that takes no authorizations": {func(c *chain.Contracts) { c.USDC = good.Contracts.Staking }, "takes no ERC-3009 authorizations"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrong := cfg
			wrong.Have = good.Contracts
			test.spoil(&wrong.Have)
			_, err := deploy.Run(t.Context(), wrong)
			require.ErrorContains(t, err, test.says)
		})
	}
}

func TestWrongChain(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	cfg.ChainID = 5
	_, err := deploy.Run(t.Context(), cfg)
	require.ErrorContains(t, err, "chain 31337, want 5")
}

// A chain that does not mine holds the deployment up no longer than its context.
func TestContext(t *testing.T) {
	t.Parallel()
	c, err := devchain.Start(devchain.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	c.Pause()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = deploy.Run(ctx, deploy.Config{RPC: c.HTTP(), ChainID: devchain.ChainID, Key: devchain.Accounts()[1].Key, Supply: market.Wei(1)})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// A run that died after it sent everything, before it could note a single address,
// finds its contracts again and pays for none twice.
func TestDiedAfterSending(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	var nonces map[string]uint64
	cfg.Intend = func(n map[string]uint64) error { nonces = n; return nil }
	cfg.Save = func(chain.Contracts) error { return errors.New("power cut") }
	_, err := deploy.Run(t.Context(), cfg)
	require.ErrorContains(t, err, "power cut")
	cfg.Save, cfg.Nonces = nil, nonces
	result, err := deploy.Run(t.Context(), cfg)
	require.NoError(t, err)
	fresh, err := deploy.Run(t.Context(), config(t))
	require.NoError(t, err)
	require.Equal(t, fresh.Contracts, result.Contracts)
	require.Equal(t, uint64(5), used(t, cfg))
}

// A run that died before it sent anything uses the nonces it noted; one whose nonce was
// used for something else meanwhile takes the next ones, for every contract that knows
// the address.
func TestDiedBeforeSending(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	var nonces map[string]uint64
	cfg.Intend = func(n map[string]uint64) error { nonces = n; return errors.New("power cut") }
	_, err := deploy.Run(t.Context(), cfg)
	require.ErrorContains(t, err, "power cut")
	require.Zero(t, used(t, cfg))
	transfer(t, cfg)

	cfg.Nonces = nonces
	cfg.Intend = func(n map[string]uint64) error { nonces = n; return nil }
	result, err := deploy.Run(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, map[string]uint64{"PrivToken": 5, "MockUSDC": 1, "Market": 2, "Rewards": 3, "Staking": 4}, nonces)
	require.Equal(t, crypto.CreateAddress(account(cfg), 5), result.Contracts.PRIV)
}

// Every byte of the code and each immutable value counts.
func TestWrongCode(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	good, err := deploy.Run(t.Context(), cfg)
	require.NoError(t, err)
	eth := dial(t, cfg)
	require.NoError(t, deploy.Check(t.Context(), eth, cfg.ChainID, good.Contracts))
	require.ErrorContains(t, deploy.Check(t.Context(), eth, cfg.ChainID+1, good.Contracts), "is not the PrivToken")

	c := good.Contracts
	for name, address := range map[string]market.Address{"PrivToken": c.PRIV, "Market": c.Market, "Rewards": c.Rewards, "Staking": c.Staking} {
		code, err := eth.CodeAt(t.Context(), address, nil)
		require.NoError(t, err)
		for _, at := range []int{0, len(code) / 3, len(code) / 2, len(code) - 1} {
			lie := liar{eth, address, func(code []byte) []byte { code[at] ^= 1; return code }}
			err := deploy.Check(t.Context(), lie, cfg.ChainID, c)
			require.ErrorIs(t, err, market.ErrInvalid)
			require.ErrorContains(t, err, "is not the "+name)
		}
		for what, change := range map[string]func([]byte) []byte{
			"longer":  func(code []byte) []byte { return append(code, 0) },
			"shorter": func(code []byte) []byte { return code[:len(code)-1] },
		} {
			err := deploy.Check(t.Context(), liar{eth, address, change}, cfg.ChainID, c)
			require.ErrorContains(t, err, "is not the "+name, what)
		}
		gone := liar{eth, address, func([]byte) []byte { return nil }}
		require.ErrorIs(t, deploy.Check(t.Context(), gone, cfg.ChainID, c), market.ErrNotFound)
	}
}

// The code hash says nothing about storage: a supply that does not fit is refused.
func TestSupply(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	tooMuch, err := market.AmountFromBig(new(big.Int).Lsh(big.NewInt(1), 128))
	require.NoError(t, err)
	for _, supply := range []market.Amount{{}, tooMuch} {
		cfg.Supply = supply
		_, err := deploy.Run(t.Context(), cfg)
		require.ErrorContains(t, err, "2^128-1")
	}
	require.Zero(t, used(t, cfg))
}

// liar is a chain that changes the code of one contract.
type liar struct {
	deploy.Reader
	address market.Address
	change  func([]byte) []byte
}

func (l liar) CodeAt(ctx context.Context, address market.Address, block *big.Int) ([]byte, error) {
	code, err := l.Reader.CodeAt(ctx, address, block)
	if err == nil && address == l.address {
		code = l.change(code)
	}
	return code, err
}

func dial(t *testing.T, cfg deploy.Config) *ethclient.Client {
	t.Helper()
	eth, err := ethclient.DialContext(t.Context(), cfg.RPC)
	require.NoError(t, err)
	t.Cleanup(eth.Close)
	return eth
}

func account(cfg deploy.Config) market.Address { return crypto.PubkeyToAddress(cfg.Key.PublicKey) }

// used is how many transactions the account has made.
func used(t *testing.T, cfg deploy.Config) uint64 {
	t.Helper()
	n, err := dial(t, cfg).NonceAt(t.Context(), account(cfg), nil)
	require.NoError(t, err)
	return n
}

// transfer uses the account's next nonce for something else, and waits.
func transfer(t *testing.T, cfg deploy.Config) {
	t.Helper()
	eth, to, nonce := dial(t, cfg), market.Address{7}, used(t, cfg)
	tx, err := types.SignNewTx(cfg.Key, types.LatestSignerForChainID(new(big.Int).SetUint64(cfg.ChainID)), &types.DynamicFeeTx{
		ChainID: new(big.Int).SetUint64(cfg.ChainID), Nonce: nonce, To: &to, Gas: 21_000, GasFeeCap: big.NewInt(100_000_000_000), GasTipCap: big.NewInt(1_000_000_000),
	})
	require.NoError(t, err)
	require.NoError(t, eth.SendTransaction(t.Context(), tx))
	require.Eventually(t, func() bool {
		now, err := eth.NonceAt(t.Context(), account(cfg), nil)
		return err == nil && now > nonce
	}, 10*time.Second, 10*time.Millisecond)
}
