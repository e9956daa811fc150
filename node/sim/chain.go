package sim

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/chain/deploy"
	"privd/chain/devchain"
	"privd/market"
)

// Blocks come quickly, and each is a second of the chain's time at least. That the
// windows of the protocol do not pass while a busy machine works on something else,
// only so many come quickly; from then on the chain keeps pace with the real time.
const (
	blockEvery = 50 * time.Millisecond
	slowEvery  = time.Second
	quickOnes  = 400
)

// confirmations is the depth at which the nodes of a world rely on a block. What a
// story's reorganisations take back is never that deep.
const confirmations = 3

// ledger is the chain of a world: anvil with the contracts on it, asked directly,
// without any node or proxy in between.
type ledger struct {
	anvil     *chaintest.Anvil
	eth       *ethclient.Client
	contracts chain.Contracts
	block     uint64 // below every log of the contracts

	purse  sync.Mutex // held while the operator or a stranger sends
	nonces map[market.Address]uint64

	mining sync.Mutex // held while blocks are made or unmade
	paused bool       // no blocks are made
	quick  int        // how many more come quickly
	stop   context.CancelFunc
	done   chan struct{}
}

// The accounts of a world that no node holds.
var (
	operator = devchain.Accounts()[0] // deploys, owns the tokens, gets the fees
	stranger = devchain.Accounts()[1] // calls what anybody may call
)

// startLedger launches anvil, deploys the contracts and begins to make blocks.
func startLedger(ctx context.Context) (l *ledger, err error) {
	l = &ledger{nonces: map[market.Address]uint64{}, done: make(chan struct{})}
	if l.anvil, err = chaintest.LaunchAnvil(); err != nil {
		return nil, err
	}
	if err := l.start(ctx); err != nil {
		l.anvil.Kill()
		return nil, fmt.Errorf("start the chain: %w", err)
	}
	return l, nil
}

func (l *ledger) start(ctx context.Context) (err error) {
	if l.eth, err = ethclient.DialContext(ctx, l.anvil.URL); err != nil {
		return err
	}
	supply, err := market.ParsePRIV("1000000000")
	if err != nil {
		return err
	}
	made, err := deploy.Run(ctx, deploy.Config{RPC: l.anvil.URL, ChainID: devchain.ChainID, Key: operator.Key, Supply: supply})
	if err != nil {
		return err
	}
	l.contracts, l.block = made.Contracts, made.Block
	if err := l.eth.Client().CallContext(ctx, nil, "evm_setAutomine", false); err != nil {
		return err
	}
	for _, a := range []devchain.Account{operator, stranger} {
		if l.nonces[a.Address], err = l.eth.NonceAt(ctx, a.Address, nil); err != nil {
			return err
		}
	}
	l.quick = quickOnes
	running, stop := context.WithCancel(context.Background())
	l.stop = stop
	go l.mine(running)
	return nil
}

// close ends the chain.
func (l *ledger) close() {
	l.stop()
	<-l.done
	l.eth.Close()
	l.anvil.Kill()
}

// mine makes blocks until the chain is closed. A block that fails is made up for by
// the next one; a chain that is gone fails whatever waits for it.
func (l *ledger) mine(ctx context.Context) {
	defer close(l.done)
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		l.mining.Lock()
		if !l.paused {
			_ = l.call(ctx, "evm_mine")
		}
		l.quick--
		if l.quick > 0 {
			next.Reset(blockEvery)
		} else {
			next.Reset(slowEvery)
		}
		l.mining.Unlock()
	}
}

// hurry lets blocks come quickly again, for a while.
func (l *ledger) hurry() {
	l.mining.Lock()
	defer l.mining.Unlock()
	l.quick = quickOnes
}

func (l *ledger) call(ctx context.Context, method string, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return l.eth.Client().CallContext(ctx, nil, method, args...)
}

// pause stops or resumes the making of blocks.
func (l *ledger) pause(paused bool) {
	l.mining.Lock()
	defer l.mining.Unlock()
	l.paused = paused
}

// reorganise takes back the newest blocks with their transactions, which are gone
// from the pool, too.
func (l *ledger) reorganise(ctx context.Context, depth int) error {
	l.mining.Lock()
	defer l.mining.Unlock()
	return l.call(ctx, "anvil_reorg", depth, []any{})
}

// drop takes every waiting transaction out of the pool.
func (l *ledger) drop(ctx context.Context) error {
	l.mining.Lock()
	defer l.mining.Unlock()
	return l.call(ctx, "anvil_dropAllTransactions")
}

// jump moves the chain's clock and makes a block there.
func (l *ledger) jump(ctx context.Context, by time.Duration) error {
	l.mining.Lock()
	defer l.mining.Unlock()
	return errors.Join(l.call(ctx, "evm_increaseTime", uint64(by/time.Second)), l.call(ctx, "evm_mine"))
}

// now returns the number and the time of the newest block.
func (l *ledger) now(ctx context.Context) (number, at uint64, err error) {
	head, err := l.eth.HeaderByNumber(ctx, nil)
	if err != nil {
		return 0, 0, err
	}
	return head.Number.Uint64(), head.Time, nil
}

// payment is something to be sent from an account outside the nodes.
type payment struct {
	to    market.Address
	value *big.Int
	data  []byte
}

// send sends payments and waits until all are mined. It fails when one reverts,
// unless any outcome will do.
func (l *ledger) send(ctx context.Context, from devchain.Account, anyOutcome bool, all ...payment) error {
	l.purse.Lock()
	defer l.purse.Unlock()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	nonce, err := l.eth.NonceAt(ctx, from.Address, nil)
	if err != nil {
		return err
	}
	signer := types.LatestSignerForChainID(new(big.Int).SetUint64(devchain.ChainID))
	var last common.Hash
	var sent []common.Hash
	for i, p := range all {
		tx, err := types.SignNewTx(from.Key, signer, &types.DynamicFeeTx{
			ChainID: new(big.Int).SetUint64(devchain.ChainID), Nonce: nonce + uint64(i), To: &p.to, Value: p.value, Data: p.data, Gas: 400_000,
			GasTipCap: big.NewInt(2_000_000_000), GasFeeCap: big.NewInt(100_000_000_000),
		})
		if err != nil {
			return err
		}
		if err := l.eth.SendTransaction(ctx, tx); err != nil {
			return err
		}
		last = tx.Hash()
		sent = append(sent, last)
	}
	for _, hash := range sent {
		receipt, err := l.mined(ctx, hash)
		switch {
		case errors.Is(err, ethereum.NotFound) && anyOutcome:
			return nil // dropped, or reorganised away
		case err != nil:
			return fmt.Errorf("transaction %s: %w", hash, err)
		case receipt.Status != types.ReceiptStatusSuccessful && !anyOutcome:
			return fmt.Errorf("transaction %s reverted", hash)
		}
	}
	return nil
}

// mined waits for a receipt; NotFound when the transaction is gone.
func (l *ledger) mined(ctx context.Context, hash common.Hash) (*types.Receipt, error) {
	tick := time.NewTicker(blockEvery / 2)
	defer tick.Stop()
	for {
		receipt, err := l.eth.TransactionReceipt(ctx, hash)
		if err == nil {
			return receipt, nil
		}
		if _, _, gone := l.eth.TransactionByHash(ctx, hash); errors.Is(gone, ethereum.NotFound) {
			return nil, gone
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// deepen waits until what is mined now is as deep as the nodes ask for.
func (l *ledger) deepen(ctx context.Context) error {
	from, _, err := l.now(ctx)
	if err != nil {
		return err
	}
	return poll(ctx, 30*time.Second, "deeper blocks", func() (bool, error) {
		number, _, err := l.now(ctx)
		return number > from+confirmations, err
	})
}

// view asks a contract at the newest block.
func (l *ledger) view(ctx context.Context, contract market.Address, data []byte) ([]byte, error) {
	return l.eth.CallContract(ctx, ethereum.CallMsg{To: &contract, Data: data}, nil)
}

// logs returns everything the contracts have told, in order.
func (l *ledger) logs(ctx context.Context) ([]types.Log, error) {
	return l.eth.FilterLogs(ctx, ethereum.FilterQuery{
		FromBlock: new(big.Int).SetUint64(l.block),
		Addresses: []common.Address{l.contracts.PRIV, l.contracts.Market, l.contracts.Rewards, l.contracts.Staking},
	})
}

// privateKey draws a key for a wallet that no node holds.
func privateKey(seed []byte) (chaintest.Key, error) {
	key, err := crypto.ToECDSA(crypto.Keccak256(seed))
	if err != nil {
		return chaintest.Key{}, err
	}
	return chaintest.KeyOf(key), nil
}

// poll asks until the answer is yes or an error, or patience is over.
func poll(ctx context.Context, patience time.Duration, what string, ask func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		done, err := ask()
		if done || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waited %s for %s", patience, what)
		}
	}
}
