package node

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/deploy"
	"privd/chain/devchain"
	"privd/market"
)

func deployOptions(t *testing.T) DeployOptions {
	t.Helper()
	c, err := devchain.Start(devchain.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return DeployOptions{
		File: filepath.Join(t.TempDir(), "network.json"), RPC: c.HTTP(), ChainID: devchain.ChainID,
		Key: devchain.Accounts()[2].Key, Supply: market.Wei(1_000_000), Treasury: market.Address{7}, Bootstrap: []string{},
	}
}

func transactions(t *testing.T, o DeployOptions) uint64 {
	t.Helper()
	eth, err := ethclient.DialContext(t.Context(), o.RPC)
	require.NoError(t, err)
	defer eth.Close()
	n, err := eth.NonceAt(t.Context(), o.deployer(), nil)
	require.NoError(t, err)
	return n
}

// A network file is written once everything is there; asking again changes nothing.
func TestDeploy(t *testing.T) {
	t.Parallel()
	o := deployOptions(t)
	n, err := Deploy(t.Context(), o)
	require.NoError(t, err)
	read, err := LoadNetwork(o.File)
	require.NoError(t, err)
	require.Equal(t, n, read)
	require.NotNil(t, n.Genesis)
	require.NotEmpty(t, n.Topic)
	require.NoFileExists(t, o.progress())
	require.Equal(t, crypto.CreateAddress(o.deployer(), 2), n.Contracts.Market)

	again, err := Deploy(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, n, again)
	require.Equal(t, uint64(5), transactions(t, o))
}

// A deployment that dies after any of the files it writes goes on, and pays for each
// contract once.
func TestDeployDies(t *testing.T) {
	t.Parallel()
	o := deployOptions(t)
	want, err := Deploy(t.Context(), o)
	require.NoError(t, err)
	const files = 7 // the intent, five contracts, the network file
	for last := 1; last <= files; last++ {
		o := deployOptions(t)
		written := 0
		o.saved = func() error {
			if written++; written == last {
				return errors.New("power cut")
			}
			return nil
		}
		_, err := Deploy(t.Context(), o)
		require.ErrorContains(t, err, "power cut", "file %d", last)
		o.saved = nil
		n, err := Deploy(t.Context(), o)
		require.NoError(t, err, "file %d", last)
		require.Equal(t, want.Contracts, n.Contracts)
		require.Equal(t, uint64(5), transactions(t, o))
		require.NoFileExists(t, o.progress())
	}
}

// It does not go on with other wishes than it was begun with, nor take a file of
// another network for its own.
func TestDeployOtherWishes(t *testing.T) {
	t.Parallel()
	o := deployOptions(t)
	o.saved = func() error { return errors.New("power cut") }
	_, err := Deploy(t.Context(), o)
	require.Error(t, err)
	o.saved = nil
	for name, change := range map[string]func(*DeployOptions){
		"supply":   func(o *DeployOptions) { o.Supply = market.Wei(2) },
		"treasury": func(o *DeployOptions) { o.Treasury = market.Address{8} },
		"account":  func(o *DeployOptions) { o.Key = devchain.Accounts()[3].Key },
		"dollar":   func(o *DeployOptions) { o.USDC = market.Address{9} },
		"chain":    func(o *DeployOptions) { o.ChainID = 5 },
	} {
		other := o
		change(&other)
		_, err := Deploy(t.Context(), other)
		require.ErrorIs(t, err, market.ErrConflict, name)
	}
	require.NoFileExists(t, o.File)
	_, err = Deploy(t.Context(), o)
	require.NoError(t, err)
	o.ChainID = 5
	_, err = Deploy(t.Context(), o)
	require.ErrorIs(t, err, market.ErrConflict)
}

// No file is written, nor an old one taken as good, when the code is not right.
func TestDeployWrongCode(t *testing.T) {
	t.Parallel()
	o := deployOptions(t)
	n, err := Deploy(t.Context(), o)
	require.NoError(t, err)
	n.Contracts.Market = n.Contracts.Rewards
	require.NoError(t, n.Save(o.File))
	_, err = Deploy(t.Context(), o)
	require.ErrorContains(t, err, "is not the Market")

	o.File = filepath.Join(t.TempDir(), "network.json")
	o.USDC = n.Contracts.Staking
	_, err = Deploy(t.Context(), o)
	require.ErrorContains(t, err, "USDC")
	require.NoFileExists(t, o.File)
	_, err = os.Stat(o.progress())
	require.NoError(t, err)
}

// A dollar that is there is taken as it is.
func TestDeployWithDollar(t *testing.T) {
	t.Parallel()
	o := deployOptions(t)
	other, err := deploy.Run(t.Context(), deploy.Config{RPC: o.RPC, ChainID: o.ChainID, Key: devchain.Accounts()[4].Key, Supply: market.Wei(1), Have: chain.Contracts{}})
	require.NoError(t, err)
	o.USDC = other.Contracts.USDC
	n, err := Deploy(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, o.USDC, n.Contracts.USDC)
	require.Equal(t, uint64(4), transactions(t, o))
}
