package chain_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/outbox"
	"privd/storage/records"
)

var (
	stories   = flag.Int("sender.stories", 5, "how many random stories of a sender are told")
	storySeed = flag.Uint64("sender.seed", 0, "tell the one story of this seed")
)

// storyConfirmations is the depth from which an outcome is final in a story.
// Reorganisations are less deep.
const storyConfirmations = 4

// A sender over real records, a real chain, and a server that loses, repeats, delays,
// refuses and lies; processes that die before or after anything is stored; other
// programs that use the account; reorganisations that keep or drop transactions;
// calls that are cancelled, run out of time, revert, or cannot be sent. The calls are
// gifts of one wei to an address of their own, which nothing but the sender keeps from
// being made twice. In every story:
//
//  1. Each key has at most one effect, and exactly one if its outcome says so.
//  2. An outcome that was final never changes.
//  3. Once the server tells the truth, everything has an outcome: no nonce is missing.
//  4. No fee is above the limit.
func TestSenderStories(t *testing.T) {
	t.Parallel()
	seeds := []uint64{*storySeed}
	if *storySeed == 0 {
		seeds = seeds[:0]
		for range *stories {
			seeds = append(seeds, rand.Uint64())
		}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("sender.seed=", seed), func(t *testing.T) {
			t.Parallel()
			newStory(t, seed).tell()
		})
	}
}

// story is a sender's life.
type story struct {
	t      *testing.T
	dice   *rand.Rand
	n      *chaintest.Net
	liar   *liar
	client *chain.Client // sees the truth
	from   chaintest.Key
	store  outbox.Store
	cut    *cut
	sender *chain.Sender
	stop   func()

	keys   []string
	to     map[string]market.Address
	calls  map[string]chain.Call
	final  map[string]outbox.Transaction
	events []string
}

func newStory(t *testing.T, seed uint64) *story {
	t.Helper()
	n := chaintest.Start(t)
	honest := n.Client(t)
	n.Config.Confirmations, n.Config.BumpAfter, n.Config.MaxInFlight = storyConfirmations, 2, 8
	n.Config.Rebroadcast, n.Config.Poll, n.Config.Timeout = 50*time.Millisecond, 5*time.Millisecond, time.Second
	db, err := records.Open(records.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	s := &story{
		t: t, dice: rand.New(rand.NewPCG(seed, 2)), n: n, client: honest, from: n.Account(t), store: db.Outbox(),
		to: map[string]market.Address{}, calls: map[string]chain.Call{}, final: map[string]outbox.Transaction{},
	}
	for range storyConfirmations {
		require.NoError(t, n.Embedded.Mine()) // so that no reorganisation reaches the account's money
	}
	s.liar = newLiar(t, n.URL, seed)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the story:\n%s", strings.Join(s.events, "\n"))
		}
	})
	s.start()
	return s
}

func (s *story) note(format string, args ...any) {
	s.events = append(s.events, fmt.Sprintf(format, args...))
}

// start runs a new process on what is stored.
func (s *story) start() {
	s.t.Helper()
	s.cut = &cut{Store: s.store}
	through := s.n.Through(s.liar.Proxy)
	s.sender = through.IdleSender(s.t, s.from, s.cut)
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	ended := make(chan error, 1)
	sender := s.sender
	go func() { ended <- sender.Run(ctx) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil && !errors.Is(err, errPowerCut) {
				s.t.Error(err)
			}
		case <-time.After(10 * time.Second):
			s.t.Error("the sender does not stop")
		}
	})
	s.t.Cleanup(s.stop)
}

func (s *story) tell() {
	for range 90 {
		s.act()
		s.check()
		if s.dice.IntN(2) == 0 {
			s.breathe()
		}
	}
	s.liar.set(0, 0)
	s.restart("at last")
	s.note("the server tells the truth from now on")
	s.settleAll()
	s.judge()
}

// breathe lets the sender ask for a few things, unless it rests from an outage.
func (s *story) breathe() {
	before, enough := s.liar.asked(), time.Now().Add(100*time.Millisecond)
	chaintest.Wait(s.t, "the sender to ask for something", func() bool {
		return s.liar.asked() > before+4 || time.Now().After(enough)
	})
}

func (s *story) act() {
	switch s.dice.IntN(16) {
	case 0, 1, 2, 3:
		s.submit()
	case 4:
		s.resubmit()
	case 5, 6:
		s.cancel()
	case 7:
		s.note("a block")
		require.NoError(s.t, s.n.Embedded.Mine())
	case 8, 9:
		depth, drop := 1+s.dice.Uint64N(storyConfirmations-1), s.dice.IntN(2) == 0
		s.note("a reorganisation of %d blocks, dropped: %v", depth, drop)
		require.NoError(s.t, s.n.Embedded.Reorg(depth, drop))
	case 10:
		s.intrude()
	case 11:
		s.restart("stopped")
	case 12:
		s.crash()
	case 13, 14:
		faults, lies := s.dice.IntN(50), s.dice.IntN(20)
		s.note("the server fails %d%% and lies %d%% of the time", faults, lies)
		s.liar.set(faults, lies)
	case 15:
		by := time.Duration(1+s.dice.IntN(20)) * time.Second
		s.note("%v pass", by)
		require.NoError(s.t, s.n.Embedded.Advance(by))
	}
}

func (s *story) submit() {
	for range 1 + s.dice.IntN(5) {
		key, to := fmt.Sprint("gift/", len(s.keys)), chaintest.NewKey(s.t).Address()
		call := s.client.PRIV().Transfer(to, market.Wei(1))
		_, _, now := s.n.Embedded.Head()
		switch s.dice.IntN(10) {
		case 0:
			call.Until = now + uint64(s.dice.IntN(30))
		case 1:
			call.FirstBy = now + uint64(s.dice.IntN(30))
		case 2:
			call.Once = true
		case 3:
			call.Gas = 100_000
		case 4:
			call.Gas = 100 // nobody takes it
		case 5:
			call = s.client.PRIV().Transfer(to, chaintest.PRIV(s.t, "5000")) // refused
		case 6:
			call = s.client.PRIV().Transfer(to, chaintest.PRIV(s.t, "5000"))
			call.Gas = 100_000 // reverts
		}
		s.note("submit %s: until %d, first by %d, once %v, gas %d", key, call.Until, call.FirstBy, call.Once, call.Gas)
		s.keys = append(s.keys, key)
		s.to[key], s.calls[key] = to, call
		s.send(key)
	}
}

// send submits a key; a process that died does not, and its successor is asked.
func (s *story) send(key string) {
	if _, err := s.sender.Submit(s.t.Context(), key, s.calls[key]); err != nil {
		require.ErrorIs(s.t, err, errPowerCut)
		s.restart("dead")
		_, err = s.sender.Submit(s.t.Context(), key, s.calls[key])
		require.NoError(s.t, err)
	}
}

func (s *story) any() string {
	if len(s.keys) == 0 {
		return ""
	}
	// Mostly one of the last, which are still under way.
	return s.keys[len(s.keys)-1-min(len(s.keys)-1, s.dice.IntN(12))]
}

func (s *story) resubmit() {
	if key := s.any(); key != "" {
		s.note("submit %s again", key)
		s.send(key)
	}
}

func (s *story) cancel() {
	if key := s.any(); key != "" {
		tx, err := s.sender.Cancel(s.t.Context(), key)
		s.note("cancel %s, %v: %v", key, tx.State, err)
		if err != nil {
			require.ErrorIs(s.t, err, errPowerCut)
		}
	}
}

// intrude uses the account from another program, if the pool lets it.
func (s *story) intrude() {
	ctx := s.t.Context()
	eth, err := ethclient.DialContext(ctx, s.n.URL)
	require.NoError(s.t, err)
	defer eth.Close()
	nonce, err := eth.NonceAt(ctx, s.from.Address(), nil)
	require.NoError(s.t, err)
	to := chaintest.NewKey(s.t).Address()
	tx, err := s.from.SignTx(ctx, s.from.Address(), types.NewTx(&types.DynamicFeeTx{
		ChainID: big.NewInt(31337), Nonce: nonce, To: &to, Value: big.NewInt(1), Gas: 21_000,
		GasTipCap: big.NewInt(20e9), GasFeeCap: big.NewInt(100e9),
	}), 31337)
	require.NoError(s.t, err)
	s.note("somebody uses nonce %d: %v", nonce, eth.SendTransaction(ctx, tx))
}

func (s *story) restart(why string) {
	s.note("restart: %s", why)
	s.stop()
	s.start()
}

// crash lets the process die at one of the next times it stores something.
func (s *story) crash() {
	after, durable := s.dice.IntN(3), s.dice.IntN(2) == 0
	s.note("the power goes at the write after %d more, which is stored: %v", after, durable)
	s.cut.arm(after, durable)
	s.breathe()
	s.restart("the power is back")
}

// check remembers outcomes that are final, and that they stay.
func (s *story) check() {
	s.t.Helper()
	for _, key := range s.keys {
		tx, err := s.store.Get(s.t.Context(), key)
		require.NoError(s.t, err)
		if before, was := s.final[key]; was {
			require.True(s.t, tx.Final, "%s was final and is not", key)
			require.Equal(s.t, before.State, tx.State, key)
			require.Equal(s.t, before.TxHash, tx.TxHash, key)
		} else if tx.Final {
			s.final[key] = tx
			s.note("%s is final: %v %s", key, tx.State, tx.Reason)
		}
	}
}

// settleAll makes blocks until everything has a final outcome.
func (s *story) settleAll() {
	deadline := time.Now().Add(2 * time.Minute) // the machine may be busy with other tests
	for {
		require.NoError(s.t, s.n.Embedded.Mine())
		open, err := s.store.Open(s.t.Context())
		require.NoError(s.t, err)
		open = slices.DeleteFunc(open, func(tx outbox.Transaction) bool { return tx.Final })
		if len(open) == 0 {
			return
		}
		if time.Now().After(deadline) {
			tx := open[0]
			tx.Tries = nil
			require.Fail(s.t, "no outcome", "%d open, the first: %+v; sender: %+v", len(open), tx, s.sender.Stats())
		}
		before := s.liar.asked()
		chaintest.Wait(s.t, "a look", func() bool { return s.liar.asked() > before+2 })
	}
}

// judge compares outcomes with the chain.
func (s *story) judge() {
	s.check()
	ctx := s.t.Context()
	nonces := map[uint64]string{}
	counts := map[string]int{}
	for _, key := range s.keys {
		tx, err := s.store.Get(ctx, key)
		require.NoError(s.t, err)
		balance, err := s.client.PRIV().Balance(ctx, s.to[key])
		require.NoError(s.t, err)
		want := "0"
		if tx.State == outbox.Mined {
			want = "1"
		}
		require.Equal(s.t, want, balance.String(), "%s is %v (%s)", key, tx.State, tx.Reason)
		counts[tx.State.String()+" "+tx.Reason]++
		if tx.Signed && tx.Reason != outbox.ReasonElsewhere {
			require.Empty(s.t, nonces[tx.Nonce], "nonce %d of %s", tx.Nonce, key)
			nonces[tx.Nonce] = key
		}
		for _, try := range tx.Tries {
			require.LessOrEqual(s.t, try.FeeCap.Cmp(s.n.Config.MaxFee), 0)
			require.LessOrEqual(s.t, try.TipCap.Cmp(try.FeeCap), 0)
		}
	}
	s.t.Logf("%d calls: %v; %d lies and faults", len(s.keys), counts, s.liar.told())
}

// errPowerCut is what a store says in a process that has died.
var errPowerCut = errors.New("power cut")

// cut is a store whose process dies at one of its writes: nothing is stored from then
// on, but what is stored already stays.
type cut struct {
	outbox.Store
	mu      sync.Mutex
	left    int
	armed   bool
	durable bool
	off     bool
}

func (c *cut) arm(after int, durable bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed, c.left, c.durable = true, after, durable
}

// write says whether a write is stored, and what the process hears of it.
func (c *cut) write() (stored bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.off:
		return false, errPowerCut
	case !c.armed:
		return true, nil
	case c.left > 0:
		c.left--
		return true, nil
	}
	c.off = true
	return c.durable, errPowerCut
}

func (c *cut) Add(ctx context.Context, tx outbox.Transaction) (outbox.Transaction, bool, error) {
	stored, err := c.write()
	if !stored {
		return outbox.Transaction{}, false, err
	}
	held, added, failed := c.Store.Add(ctx, tx)
	return held, added, errors.Join(err, failed)
}

func (c *cut) Put(ctx context.Context, txs ...outbox.Transaction) error {
	stored, err := c.write()
	if !stored {
		return err
	}
	return errors.Join(err, c.Store.Put(ctx, txs...))
}

// liar is a server with faults, by a seed of its own.
type liar struct {
	*chaintest.Proxy
	mu           sync.Mutex
	dice         *rand.Rand
	faults, lies int // percent
	heads        []oldHead
	requests     int
	lied         int
}

type oldHead struct {
	number uint64
	raw    json.RawMessage
}

// remember keeps a head to be told again later. What the server has forgotten of the
// chain is less than the confirmations, as a reorganisation is.
func (l *liar) remember(raw json.RawMessage) {
	var head struct{ Number hexutil.Uint64 }
	if json.Unmarshal(raw, &head) != nil {
		return
	}
	now := uint64(head.Number)
	l.heads = slices.DeleteFunc(l.heads, func(h oldHead) bool { return h.number+storyConfirmations <= now })
	if len(l.heads) == 0 || l.heads[len(l.heads)-1].number != now {
		l.heads = append(l.heads, oldHead{now, raw})
	}
}

func newLiar(t *testing.T, url string, seed uint64) *liar {
	l := &liar{Proxy: chaintest.NewProxy(t, url), dice: rand.New(rand.NewPCG(seed, 3))}
	l.Before(l.before)
	l.After(l.after)
	return l
}

func (l *liar) set(faults, lies int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults, l.lies = faults, lies
}

func (l *liar) asked() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.requests
}

func (l *liar) told() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lied
}

// refusals are what a server may say to anything.
var refusals = []string{
	"already known", "nonce too low", "replacement transaction underpriced", "insufficient funds for gas * price + value",
	"header not found", "internal error", "execution reverted", "too many requests", "exceeds block gas limit",
}

// before answers in the chain's place: with an error, with nothing, or with yes.
func (l *liar) before(r chaintest.Request) (chaintest.Answer, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests++
	if l.dice.IntN(100) >= l.faults || r.Method == "eth_chainId" {
		return chaintest.Answer{}, false
	}
	l.lied++
	if r.Method == "eth_sendRawTransaction" && l.dice.IntN(2) == 0 {
		return chaintest.Answer{Result: json.RawMessage(`"0x0000000000000000000000000000000000000000000000000000000000000001"`)}, true
	}
	switch l.dice.IntN(3) {
	case 0:
		return chaintest.Answer{}, true
	case 1:
		return chaintest.Answer{Result: json.RawMessage(`17`)}, true
	}
	text, _ := json.Marshal(map[string]any{"code": -32000, "message": refusals[l.dice.IntN(len(refusals))]})
	return chaintest.Answer{Error: text}, true
}

// after changes true answers: old heads, wrong nonces, an error for what was done.
func (l *liar) after(r chaintest.Request, a chaintest.Answer) chaintest.Answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	head := r.Method == "eth_getBlockByNumber" && strings.Contains(string(r.Params), "latest")
	if head && a.Error == nil {
		l.remember(a.Result)
	}
	if l.dice.IntN(100) >= l.lies {
		return a
	}
	l.lied++
	switch {
	case head && len(l.heads) > 0:
		return chaintest.Answer{Result: l.heads[l.dice.IntN(len(l.heads))].raw}
	case r.Method == "eth_getTransactionCount":
		return chaintest.Answer{Result: json.RawMessage(fmt.Sprintf(`"0x%x"`, l.dice.IntN(40)))}
	case r.Method == "eth_sendRawTransaction":
		return chaintest.Answer{Error: json.RawMessage(`{"code":-32000,"message":"internal error"}`)}
	case r.Method == "eth_getTransactionReceipt":
		return chaintest.Answer{}
	}
	return a
}
