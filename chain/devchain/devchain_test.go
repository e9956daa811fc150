package devchain_test

import (
	"bufio"
	"context"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"privd/chain/devchain"
)

// dirVariable tells the test binary to be a chain that is about to be killed.
const dirVariable = "DEVCHAIN_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(dirVariable); dir != "" {
		victim(dir)
		return
	}
	goleak.VerifyTestMain(m,
		goleak.IgnoreTopFunction("github.com/ethereum/go-ethereum/core.(*txSenderCacher).cache"),
		goleak.IgnoreTopFunction("github.com/syndtr/goleveldb/leveldb.(*DB).mpoolDrain"))
}

// victim runs a chain on disk, says where it is, and waits for its end.
func victim(dir string) {
	c, err := devchain.Start(devchain.Config{Dir: dir})
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	fmt.Println(c.HTTP())
	select {}
}

func start(t *testing.T, cfg devchain.Config) (*devchain.Chain, *ethclient.Client) {
	t.Helper()
	c, err := devchain.Start(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c, dial(t, c.HTTP())
}

func dial(t *testing.T, url string) *ethclient.Client {
	t.Helper()
	eth, err := ethclient.DialContext(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(eth.Close)
	return eth
}

func send(t *testing.T, eth *ethclient.Client, nonce uint64) common.Hash {
	t.Helper()
	to := common.Address{9}
	tx, err := types.SignNewTx(devchain.Accounts()[0].Key, types.LatestSignerForChainID(big.NewInt(devchain.ChainID)), &types.DynamicFeeTx{
		ChainID: big.NewInt(devchain.ChainID), Nonce: nonce, To: &to, Value: big.NewInt(1), Gas: 21_000, GasFeeCap: big.NewInt(1e10), GasTipCap: big.NewInt(1e9),
	})
	require.NoError(t, err)
	require.NoError(t, eth.SendTransaction(t.Context(), tx))
	return tx.Hash()
}

func mined(t *testing.T, eth *ethclient.Client, tx common.Hash) *types.Receipt {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if receipt, err := eth.TransactionReceipt(ctx, tx); err == nil {
			return receipt
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("transaction %s is not mined", tx)
		}
	}
}

func TestBlockPerTransaction(t *testing.T) {
	t.Parallel()
	c, eth := start(t, devchain.Config{})
	id, err := eth.ChainID(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(31337), id.Int64())
	for nonce := range uint64(5) {
		require.Equal(t, nonce+1, mined(t, eth, send(t, eth, nonce)).BlockNumber.Uint64())
	}
	number, _, _ := c.Head()
	require.Equal(t, uint64(5), number)
	// A thousand at once are mined as well, however they are grouped into blocks.
	const many = 1000
	var last common.Hash
	for nonce := uint64(5); nonce < 5+many; nonce++ {
		last = send(t, eth, nonce)
	}
	mined(t, eth, last)
	balance, err := eth.BalanceAt(t.Context(), common.Address{9}, nil)
	require.NoError(t, err)
	require.Equal(t, int64(5+many), balance.Int64())
}

func TestPeriod(t *testing.T) {
	t.Parallel()
	c, eth := start(t, devchain.Config{Period: time.Second})
	receipt := mined(t, eth, send(t, eth, 0))
	require.Positive(t, receipt.BlockNumber.Uint64())
	number, _, _ := c.Head()
	require.LessOrEqual(t, number, uint64(20))
	_, err := devchain.Start(devchain.Config{Period: time.Millisecond})
	require.ErrorContains(t, err, "whole seconds")
}

// The clock moves by request, in process and over RPC with numbers in any form, and
// coming blocks keep the distance.
func TestClock(t *testing.T) {
	t.Parallel()
	c, eth := start(t, devchain.Config{})
	require.NoError(t, c.Mine())
	_, _, before := c.Head()
	require.NoError(t, c.Advance(720*time.Hour))
	_, _, after := c.Head()
	require.GreaterOrEqual(t, after-before, uint64(720*3600))
	for _, by := range []any{3600, "3600", "0xe10"} {
		_, _, before = c.Head()
		require.NoError(t, eth.Client().CallContext(t.Context(), nil, "evm_increaseTime", by))
		require.NoError(t, eth.Client().CallContext(t.Context(), nil, "evm_mine"))
		_, _, after = c.Head()
		require.GreaterOrEqual(t, after-before, uint64(3600))
		require.Less(t, after-before, uint64(3700))
	}
	mined(t, eth, send(t, eth, 0))
	_, _, later := c.Head()
	require.GreaterOrEqual(t, later, after)
	require.NoError(t, eth.Client().CallContext(t.Context(), nil, "evm_setNextBlockTimestamp", later+5000))
	require.NoError(t, c.Mine())
	_, _, exact := c.Head()
	require.Equal(t, later+5000, exact)
	for _, wrong := range []any{-1, "x", "0x", 1 << 62, nil} {
		require.Error(t, eth.Client().CallContext(t.Context(), nil, "evm_increaseTime", wrong), "%v", wrong)
	}
	require.Error(t, eth.Client().CallContext(t.Context(), nil, "evm_setNextBlockTimestamp", 5))
}

func TestReorg(t *testing.T) {
	t.Parallel()
	c, eth := start(t, devchain.Config{})
	var txs []common.Hash
	var old []*types.Receipt
	for nonce := range uint64(4) {
		txs = append(txs, send(t, eth, nonce))
		old = append(old, mined(t, eth, txs[nonce]))
	}
	require.NoError(t, c.Reorg(2, true))
	number, _, _ := c.Head()
	require.Equal(t, uint64(5), number)
	nonce, err := eth.NonceAt(t.Context(), devchain.Accounts()[0].Address, nil)
	require.NoError(t, err)
	require.Equal(t, uint64(2), nonce)
	require.Equal(t, old[1].BlockHash, mined(t, eth, txs[1]).BlockHash)

	again := send(t, eth, 2)
	require.Equal(t, txs[2], again)
	first := mined(t, eth, again)
	require.NoError(t, c.Reorg(1, false)) // comes back by itself
	second := mined(t, eth, again)
	for second.BlockHash == first.BlockHash {
		second = mined(t, eth, again)
	}
	require.Error(t, c.Reorg(1000, false))
}

func TestPause(t *testing.T) {
	t.Parallel()
	c, eth := start(t, devchain.Config{})
	c.Pause()
	tx := send(t, eth, 0)
	number, _, _ := c.Head()
	require.Zero(t, number)
	c.Resume()
	mined(t, eth, tx)
}

// Nothing is lost in a clean stop, and the clock goes on where it was.
func TestRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, err := devchain.Start(devchain.Config{Dir: dir})
	require.NoError(t, err)
	eth := dial(t, c.HTTP())
	for nonce := range uint64(20) {
		mined(t, eth, send(t, eth, nonce))
	}
	require.NoError(t, c.Advance(48*time.Hour))
	number, hash, timestamp := c.Head()
	begun := time.Now()
	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
	require.Less(t, time.Since(begun), 10*time.Second)

	c, _ = start(t, devchain.Config{Dir: dir})
	number2, hash2, _ := c.Head()
	require.Equal(t, number, number2)
	require.Equal(t, hash, hash2)
	require.NoError(t, c.Mine())
	_, _, later := c.Head()
	require.GreaterOrEqual(t, later, timestamp)
}

// A killed process loses at most the block it was about to sync.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), dirVariable+"="+dir)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	eth := dial(t, strings.TrimSpace(line))
	const blocks = 60
	for nonce := range uint64(blocks) {
		mined(t, eth, send(t, eth, nonce))
	}
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait() // killed, as asked

	c, eth := start(t, devchain.Config{Dir: dir})
	number, _, _ := c.Head()
	require.GreaterOrEqual(t, number, uint64(blocks-1))
	nonce, err := eth.NonceAt(t.Context(), devchain.Accounts()[0].Address, nil)
	require.NoError(t, err)
	require.Equal(t, number, nonce)
	mined(t, eth, send(t, eth, nonce))
}

// The JSON-RPC port on loopback is the only one that is open.
func TestOnlyListener(t *testing.T) {
	t.Parallel()
	before := listeners(t)
	c, _ := start(t, devchain.Config{})
	_, port, ok := strings.Cut(strings.TrimPrefix(c.HTTP(), "http://"), ":")
	require.True(t, ok)
	want, err := strconv.Atoi(port)
	require.NoError(t, err)
	require.Equal(t, "ws"+strings.TrimPrefix(c.HTTP(), "http"), c.WS())
	require.Contains(t, listeners(t), want)
	require.NotContains(t, before, want)
}

// listeners returns the TCP ports this machine listens on beyond loopback, and on
// loopback.
func listeners(t *testing.T) []int {
	t.Helper()
	var ports []int
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		raw, err := os.ReadFile(table)
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		for _, line := range strings.Split(string(raw), "\n")[1:] {
			fields := strings.Fields(line)
			if len(fields) < 4 || fields[3] != "0A" {
				continue
			}
			_, hex, _ := strings.Cut(fields[1], ":")
			port, err := strconv.ParseUint(hex, 16, 16)
			require.NoError(t, err)
			ports = append(ports, int(port))
		}
	}
	return ports
}
