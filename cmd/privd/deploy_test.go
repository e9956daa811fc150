package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"privd/chain/devchain"
	"privd/node"
)

// TestDeploy makes a network, asks again, and is refused for a chain that is another
// one.
func TestDeploy(t *testing.T) {
	t.Parallel()
	c, err := devchain.Start(devchain.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	dir := t.TempDir()
	key, file := filepath.Join(dir, "key"), filepath.Join(dir, "network.json")
	require.NoError(t, os.WriteFile(key, []byte(hexKey(t)+"\n"), 0o600))
	args := func(chain string) []string {
		return []string{"deploy", file, "--rpc", c.HTTP(), "--chain-id", chain, "--key-file", key, "--supply", "1000000",
			"--treasury", "0x00000000000000000000000000000000000000fe", "--mock-usdc", "--confirmations", "1", "--json"}
	}
	_, errs, exit := command(t, args("5")...)
	require.Equal(t, 2, exit, errs)
	require.Contains(t, errs, "chain 31337, want 5")
	require.NoFileExists(t, file+".progress")

	stdout, errs, exit := command(t, args("31337")...)
	require.Equal(t, 0, exit, errs)
	var out deployed
	require.NoError(t, json.Unmarshal([]byte(stdout), &out))
	require.Len(t, out.Parts, 5)
	n, err := node.LoadNetwork(file)
	require.NoError(t, err)
	require.Equal(t, n.Contracts.Market.Hex(), out.Parts[2].Address)
	again, errs, exit := command(t, args("31337")...)
	require.Equal(t, 0, exit, errs)
	require.Contains(t, errs, "is there already")
	require.JSONEq(t, stdout, again)
}

// What is not said is not guessed.
func TestDeployUsage(t *testing.T) {
	t.Parallel()
	key := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(key, []byte(hexKey(t)), 0o600))
	good := []string{"--rpc", "http://127.0.0.1:1", "--chain-id", "1", "--key-file", key, "--supply", "10", "--mock-usdc"}
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"no server":         {good[2:], "--rpc is missing"},
		"no chain":          {slices.Delete(slices.Clone(good), 2, 4), "--chain-id is missing"},
		"no key":            {slices.Delete(slices.Clone(good), 4, 6), "--key-file is missing"},
		"no supply":         {slices.Delete(slices.Clone(good), 6, 8), "--supply is missing"},
		"no dollar":         {good[:8], "--usdc ADDRESS"},
		"two dollars":       {append(slices.Clone(good), "--usdc", "0x00000000000000000000000000000000000000fe"), "--usdc ADDRESS"},
		"bad dollar":        {append(slices.Clone(good[:8]), "--usdc", "0xfe"), "--usdc must be an address"},
		"treasury of zeros": {append(slices.Clone(good), "--treasury", "0x0000000000000000000000000000000000000000"), "--treasury must be"},
		"bad supply":        {append(slices.Clone(good), "--supply", "-1"), "--supply must be"},
		"fine supply":       {append(slices.Clone(good), "--supply", "0.0000000000000000001"), "--supply must be"},
	} {
		_, errs, exit := command(t, append([]string{"deploy", filepath.Join(t.TempDir(), "n.json")}, test.args...)...)
		require.Equal(t, 2, exit, "%s: %s", name, errs)
		require.Contains(t, errs, test.says, name)
	}
}

func hexKey(t *testing.T) string {
	t.Helper()
	return hexutil.Encode(crypto.FromECDSA(devchain.Accounts()[5].Key))
}
