package devchain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/miner"
)

// finalDepth is how deep a block lies that the chain calls final, and that a Reorg
// cannot reach.
const finalDepth = 128

// sealer makes the blocks. One goroutine seals on its own account; requests from
// outside take the same lock, so there is one sealer at any time.
type sealer struct {
	eth    *eth.Ethereum
	period time.Duration
	log    *slog.Logger

	quit chan struct{}
	done sync.WaitGroup
	poke chan struct{}

	mu     sync.Mutex // held while a block is made
	offset time.Duration
	next   uint64 // timestamp asked for the next block; 0 is none
	paused bool
}

func newSealer(backend *eth.Ethereum, period time.Duration, log *slog.Logger) *sealer {
	s := &sealer{eth: backend, period: period, log: log, quit: make(chan struct{}), poke: make(chan struct{}, 1)}
	// A chain that was ahead of the wall clock when it stopped goes on from there.
	if ahead := time.Until(time.Unix(int64(backend.BlockChain().CurrentBlock().Time), 0)); ahead > 0 {
		s.offset = ahead
	}
	return s
}

// Start implements node.Lifecycle.
func (s *sealer) Start() error {
	s.eth.SetSynced() // there is nobody to sync with
	s.done.Add(1)
	go s.run()
	if s.period == 0 {
		s.done.Add(1)
		go s.listen()
	}
	return nil
}

// Stop implements node.Lifecycle. It returns when no block is being made.
func (s *sealer) Stop() error {
	close(s.quit)
	s.done.Wait()
	return nil
}

func (s *sealer) run() {
	defer s.done.Done()
	var tick <-chan time.Time
	if s.period > 0 {
		ticker := time.NewTicker(s.period)
		defer ticker.Stop()
		tick = ticker.C
	} else {
		s.wake() // what a chain that was killed left in its pool
	}
	var retry <-chan time.Time
	for {
		left := false
		select {
		case <-s.quit:
			return
		case <-tick:
			left = s.scheduled(true)
		case <-s.poke:
			left = s.scheduled(s.period > 0)
		case <-retry:
			left = s.scheduled(false)
		}
		retry = nil
		if left && s.period == 0 {
			// Nothing pokes for what is in the pool already.
			retry = time.After(retryAfter)
		}
	}
}

// retryAfter is how long transactions wait that are in the pool and did not get
// into a block.
const retryAfter = 100 * time.Millisecond

// listen pokes the sealer for each arrival. It is a goroutine of its own because
// the pool waits for its listeners, and the sealer for the pool.
func (s *sealer) listen() {
	defer s.done.Done()
	arrivals := make(chan core.NewTxsEvent, 64)
	sub := s.eth.TxPool().SubscribeTransactions(arrivals, true)
	defer sub.Unsubscribe()
	for {
		select {
		case <-s.quit:
			return
		case <-arrivals:
			s.wake()
		}
	}
}

func (s *sealer) wake() {
	select {
	case s.poke <- struct{}{}:
	default:
	}
}

// scheduled seals by itself: one block, empty or not, or blocks until the pool has
// nothing left that fits. It reports whether something was left in the pool.
func (s *sealer) scheduled(empty bool) (left bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paused {
		return false
	}
	for {
		if err := s.eth.TxPool().Sync(); err != nil {
			return false // closing
		}
		waiting, _ := s.eth.TxPool().Stats()
		if waiting == 0 && !empty {
			return false
		}
		block, err := s.build(false)
		if err == nil && (empty || len(block.Transactions()) > 0) {
			err = s.append(block)
		}
		if err != nil {
			s.log.Error("cannot seal a block", "error", err)
			return true
		}
		if empty || len(block.Transactions()) == 0 {
			return waiting > 0 // they do not fit, by fee or by nonce, or not yet
		}
		select {
		case <-s.quit:
			return false
		default:
		}
	}
}

func (s *sealer) mine() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.eth.TxPool().Sync(); err != nil {
		return fmt.Errorf("mine: %w", err)
	}
	_, err := s.seal(false)
	return err
}

// seal makes the next block from the pool, or an empty one; the caller holds mu.
func (s *sealer) seal(empty bool) (*types.Block, error) {
	block, err := s.build(empty)
	if err != nil {
		return nil, err
	}
	return block, s.append(block)
}

// build makes a block on top of the head; the caller holds mu.
func (s *sealer) build(empty bool) (*types.Block, error) {
	parent := s.eth.BlockChain().CurrentBlock()
	args := &miner.BuildPayloadArgs{
		Parent:     parent.Hash(),
		Timestamp:  max(s.clock(), parent.Time+1),
		BeaconRoot: &common.Hash{},
	}
	block, _, err := s.eth.Miner().BuildTestingPayload(args, nil, empty, []byte("privd devchain"))
	if err != nil {
		return nil, fmt.Errorf("build block: %w", err)
	}
	return block, nil
}

// append makes a built block the head; the caller holds mu.
func (s *sealer) append(block *types.Block) error {
	if _, err := s.eth.BlockChain().InsertBlockWithoutSetHead(context.Background(), block, false); err != nil {
		return fmt.Errorf("insert block: %w", err)
	}
	return s.adopt(block)
}

// adopt makes a block the head.
func (s *sealer) adopt(block *types.Block) error {
	chain := s.eth.BlockChain()
	if _, err := chain.SetCanonical(block); err != nil {
		return fmt.Errorf("adopt block: %w", err)
	}
	// The database buffers what it writes in memory, which a kill would lose.
	if err := s.eth.ChainDb().SyncKeyValue(); err != nil {
		return fmt.Errorf("sync chain: %w", err)
	}
	chain.SetSafe(block.Header())
	if number := block.NumberU64(); number > finalDepth {
		chain.SetFinalized(chain.GetHeaderByNumber(number - finalDepth))
	}
	return nil
}

// clock returns the timestamp that is due, in unix seconds; the caller holds mu.
func (s *sealer) clock() uint64 {
	if s.next != 0 {
		due := s.next
		s.next = 0
		s.offset = time.Until(time.Unix(int64(due), 0))
		return due
	}
	return uint64(time.Now().Add(s.offset).Unix())
}

// shift moves the clock forward and returns the whole offset.
func (s *sealer) shift(by time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset += by
	return s.offset
}

// setNext fixes the timestamp of the next block.
func (s *sealer) setNext(timestamp uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if head := s.eth.BlockChain().CurrentBlock(); timestamp <= head.Time {
		return fmt.Errorf("timestamp %d is not above the newest block's %d", timestamp, head.Time)
	}
	s.next = timestamp
	return nil
}

func (s *sealer) pause(paused bool) {
	s.mu.Lock()
	s.paused = paused
	s.mu.Unlock()
	if !paused {
		s.wake()
	}
}

func (s *sealer) reorg(depth uint64, drop bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	chain := s.eth.BlockChain()
	head := chain.CurrentBlock().Number.Uint64()
	if depth > min(head, finalDepth) {
		return fmt.Errorf("reorganise: cannot go back %d blocks from %d", depth, head)
	}
	fork := chain.GetBlockByNumber(head - depth)
	if fork == nil {
		return errors.New("reorganise: no such block")
	}
	if err := s.adopt(fork); err != nil {
		return err
	}
	if err := s.settlePool(drop); err != nil {
		return err
	}
	// One more than was taken, so that the new branch is the longer one.
	for range depth + 1 {
		if _, err := s.seal(true); err != nil {
			return err
		}
		if err := s.settlePool(drop); err != nil {
			return err
		}
	}
	if !drop {
		s.wake()
	}
	return nil
}

// settlePool waits until the pool has followed the head, and empties it on demand.
func (s *sealer) settlePool(drop bool) error {
	pool := s.eth.TxPool()
	if err := pool.Sync(); err != nil {
		return fmt.Errorf("sync pool: %w", err)
	}
	if drop {
		if pending, _ := pool.Pending(txpool.PendingFilter{}); len(pending) > 0 {
			pool.Clear()
		}
	}
	return nil
}
