package fund_test

import (
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"privd/market"
	"privd/market/account"
	"privd/market/deal"
	"privd/market/fund"
	"privd/market/ledger"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/market/task"
	"privd/storage/records"
)

// TestMain has stories told less often than usual, unless a number is asked for: each
// step of one is synced to disk.
func TestMain(m *testing.M) {
	if f := flag.Lookup("rapid.checks"); f != nil && f.Value.String() == f.DefValue {
		if err := flag.Set("rapid.checks", "30"); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}

var (
	node   = market.Address{0xD}
	wallet = market.Address{0xC}
)

const notice = 7 * 24 * 3600

var errCrash = errors.New("the node stops here")

// chain is a token and a fund with the rules of the contracts, and the outbox in
// front of them. Transactions wait until the test has them mined.
type chain struct {
	head     deal.Mark
	priv     map[market.Address]market.Amount
	fund     market.Amount
	allowed  market.Amount
	notice   market.Amount
	readyAt  uint64
	used     map[market.Hash]bool
	sent     map[string]outbox.Transaction
	calls    map[string]func() (deal.Event, error)
	waiting  []string
	events   []deal.Event
	crash    bool // the next transaction is stored, and then the node stops
	before   bool // or it stops before
	refuse   bool // the next transaction is refused, for no good reason
	received int
}

func newChain() *chain {
	return &chain{
		head: deal.Mark{Number: 10, Time: 1000}, priv: map[market.Address]market.Amount{}, used: map[market.Hash]bool{},
		sent: map[string]outbox.Transaction{}, calls: map[string]func() (deal.Event, error){},
	}
}

func (c *chain) submit(key string, call func() (deal.Event, error)) error {
	if c.before {
		c.before = false
		return errCrash
	}
	if _, known := c.sent[key]; !known {
		c.sent[key], c.calls[key] = outbox.Transaction{Key: key}, call
		c.waiting = append(c.waiting, key)
	}
	if c.crash {
		c.crash = false
		return errCrash
	}
	return nil
}

// mine takes the oldest transaction into a block.
func (c *chain) mine() {
	c.head.Number, c.head.Time = c.head.Number+1, c.head.Time+12
	if len(c.waiting) == 0 {
		return
	}
	key := c.waiting[0]
	c.waiting = c.waiting[1:]
	tx := outbox.Transaction{Key: key, State: outbox.Mined, Final: true, Block: c.head.Number, TxHash: [32]byte{1, byte(c.head.Number), byte(c.head.Number >> 8)}}
	event, err := deal.Event{}, error(nil)
	if c.refuse {
		c.refuse, err = false, errors.New("out of gas")
	} else {
		event, err = c.calls[key]()
	}
	if err != nil {
		tx.State, tx.Message = outbox.Failed, err.Error()
	} else if event.Kind != 0 {
		event.Block, event.TxHash = c.head.Number, market.Hash(tx.TxHash)
		c.events = append(c.events, event)
	}
	c.sent[key] = tx
}

func (c *chain) move(from, to market.Address, amount market.Amount) error {
	rest, err := c.priv[from].Sub(amount)
	if err != nil {
		return errors.New("insufficient balance")
	}
	c.priv[from] = rest
	c.priv[to] = plus(c.priv[to], amount)
	return nil
}

func (c *chain) Head() (deal.Mark, error) { return c.head, nil }

func (c *chain) Outcome(_ context.Context, key string) (outbox.Transaction, error) {
	if tx, ok := c.sent[key]; ok {
		return tx, nil
	}
	return outbox.Transaction{}, market.ErrNotFound
}

func (c *chain) Balance(_ context.Context, of market.Address) (market.Amount, error) {
	return c.priv[of], nil
}

func (c *chain) Collect(_ context.Context, key string, a fund.Authorization) error {
	return c.submit(key, func() (deal.Event, error) {
		if c.used[a.Nonce] || c.head.Time >= a.ValidBefore {
			return deal.Event{}, errors.New("used, or too late")
		}
		c.used[a.Nonce] = true
		c.received++
		return deal.Event{}, c.move(a.From, a.To, a.Amount)
	})
}

func (c *chain) Approve(_ context.Context, key string, amount market.Amount) error {
	return c.submit(key, func() (deal.Event, error) { c.allowed = amount; return deal.Event{}, nil })
}

func (c *chain) Add(_ context.Context, key string, amount market.Amount) error {
	return c.submit(key, func() (deal.Event, error) {
		if c.allowed.Cmp(amount) < 0 {
			return deal.Event{}, errors.New("insufficient allowance")
		}
		if err := c.move(node, market.Address{}, amount); err != nil {
			return deal.Event{}, err
		}
		c.allowed, c.fund = less(c.allowed, amount), plus(c.fund, amount)
		return deal.Event{Kind: deal.RewardsFunded, Operator: node, Amount: amount}, nil
	})
}

func (c *chain) Announce(_ context.Context, key string, amount market.Amount) error {
	return c.submit(key, func() (deal.Event, error) {
		if amount.Cmp(c.fund) > 0 {
			return deal.Event{}, errors.New("insufficient funds")
		}
		c.notice, c.readyAt = amount, c.head.Time+notice
		if amount.IsZero() {
			c.readyAt = 0
		}
		return deal.Event{Kind: deal.RewardsWithdrawalAnnounced, Operator: node, Amount: amount, ReadyAt: c.readyAt}, nil
	})
}

func (c *chain) Withdrawal(context.Context) (market.Amount, uint64, error) {
	return c.notice, c.readyAt, nil
}

func (c *chain) TakeOut(_ context.Context, key string) error {
	return c.submit(key, func() (deal.Event, error) {
		if c.readyAt == 0 || c.head.Time < c.readyAt {
			return deal.Event{}, errors.New("nothing announced, or too early")
		}
		amount := c.notice
		if amount.Cmp(c.fund) > 0 {
			amount = c.fund
		}
		c.fund, c.notice, c.readyAt = less(c.fund, amount), market.Amount{}, 0
		c.priv[node] = plus(c.priv[node], amount)
		return deal.Event{Kind: deal.RewardsWithdrawn, Operator: node, Amount: amount}, nil
	})
}

func (c *chain) Return(_ context.Context, key string, to market.Address, amount market.Amount) error {
	return c.submit(key, func() (deal.Event, error) { return deal.Event{}, c.move(node, to, amount) })
}

func plus(a, b market.Amount) market.Amount {
	sum, err := a.Add(b)
	if err != nil {
		panic(err)
	}
	return sum
}

func less(a, b market.Amount) market.Amount {
	rest, err := a.Sub(b)
	if err != nil {
		panic(err)
	}
	return rest
}

type signer struct{}

func (signer) SignDigest(_ context.Context, _ market.Address, digest market.Hash) (sig seal.Sig, err error) {
	copy(sig[:], digest[:])
	return sig, nil
}

// teller is what tests of both kinds tell failures with.
type teller interface {
	require.TestingT
	Helper()
}

// bench is a fund with an operator who has some PRIV.
type bench struct {
	*fund.Service
	t     teller
	chain *chain
	store *records.Store
	held  market.Amount
}

func newStore(t *testing.T) *records.Store {
	t.Helper()
	store, err := records.Open(records.Options{Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func newBench(t teller, store *records.Store, rich uint64) *bench {
	t.Helper()
	b := &bench{t: t, chain: newChain(), store: store}
	b.chain.priv[wallet] = market.Wei(rich)
	b.Service = &fund.Service{
		Store: records.As[fund.Tx](store), Wallets: signer{}, Chain: b.chain, Node: node, Contract: market.Address{0xE},
		Debts: func(context.Context) (fund.Debts, error) { return fund.Debts{Fund: b.chain.fund}, nil },
		Clock: func() time.Time { return time.Unix(int64(b.chain.head.Time), 0) },
		Rules: fund.Rules{PayWithin: 10 * time.Minute, Poll: time.Millisecond, RetryMost: time.Second},
		Held:  func(fund.Tx, market.UserID) (market.Amount, error) { return b.held, nil },
	}
	require.NoError(t, store.Update(context.Background(), func(tx *records.Tx) error {
		return tx.PutUser(account.User{ID: "usr_o", Wallet: wallet, Managed: true, Operator: true})
	}))
	return b
}

// anew begins a story on the store of the ones before, later than all of them.
func (b *bench) anew(start uint64) {
	b.chain.head.Time = start
	for _, id := range b.open() { // of a story that failed
		require.NoError(b.t, b.store.Update(context.Background(), func(tx *records.Tx) error {
			m, err := tx.FundMove(id)
			m.State = fund.Failed
			return errors.Join(err, tx.PutFundMove(m))
		}))
	}
	require.NoError(b.t, b.store.Update(context.Background(), func(tx *records.Tx) error {
		old, err := tx.EventsBetween(0, 1<<62)
		for _, e := range old {
			err = errors.Join(err, tx.DeleteEvent(e))
		}
		return err
	}))
}

// open returns the open moves.
func (b *bench) open() (ids []fund.MoveID) {
	require.NoError(b.t, b.store.View(context.Background(), func(tx *records.Tx) error {
		return tx.FundMoves(func(m fund.Move) bool {
			if m.State.Open() {
				ids = append(ids, m.ID)
			}
			return true
		})
	}))
	return ids
}

// step has each open move go as far as it goes; what the chain says is read first,
// as the follower does.
func (b *bench) step() {
	b.follow()
	for _, id := range b.open() {
		_, err := b.Step(context.Background(), id, 0)
		if err != nil {
			require.ErrorIs(b.t, err, errCrash)
		}
	}
}

// follow stores the events of the chain.
func (b *bench) follow() {
	require.NoError(b.t, b.store.Update(context.Background(), func(tx *records.Tx) error {
		var all ledger.Tx = tx
		for _, e := range b.chain.events {
			if err := all.PutEvent(e); err != nil {
				return err
			}
		}
		return nil
	}))
}

// settle lets everything that is under way end.
func (b *bench) settle() {
	for range 200 {
		b.step()
		if len(b.open()) == 0 {
			return
		}
		b.chain.mine()
		if s, err := b.Status(context.Background()); err == nil && s.Withdrawal != nil && s.Withdrawal.State == fund.Announced && len(b.chain.waiting) == 0 {
			b.chain.head.Time += notice
		}
	}
	require.Fail(b.t, "it does not end", "%v", b.open())
}

// TestDeposit: what the account holds is taken first; what failed half way lies in
// the account, and the next deposit takes it from there.
func TestDeposit(t *testing.T) {
	t.Parallel()
	b := newBench(t, newStore(t), 100)
	ctx := t.Context()
	for _, bad := range []market.Amount{{}, market.Wei(101)} {
		_, err := b.Deposit(ctx, bad)
		require.Equal(t, market.Invalid, market.CodeOf(err))
	}
	b.held = market.Wei(50)
	_, err := b.Deposit(ctx, market.Wei(51))
	require.ErrorContains(t, err, "can spare 0.00000000000000005 PRIV")
	b.held = market.Amount{}
	s, err := b.Deposit(ctx, market.Wei(40))
	require.NoError(t, err)
	require.Equal(t, fund.Collecting, s.Deposit.State)
	require.NoError(t, b.store.View(ctx, func(tx *records.Tx) error {
		reserved, err := fund.Reserved(tx, "usr_o")
		require.Equal(t, market.Wei(40), reserved)
		other, err2 := fund.Reserved(tx, "usr_x")
		require.True(t, other.IsZero())
		_, err3 := tx.Task(task.Fund, string(s.Deposit.ID))
		return errors.Join(err, err2, err3)
	}))
	_, err = b.Deposit(ctx, market.Wei(1))
	require.Equal(t, market.Conflict, market.CodeOf(err), "one at a time")
	b.settle()
	require.Equal(t, []market.Amount{market.Wei(40), market.Wei(60), {}}, []market.Amount{b.chain.fund, b.chain.priv[wallet], b.chain.priv[node]})

	s, err = b.Deposit(ctx, market.Wei(30))
	require.NoError(t, err)
	for range 40 {
		b.step()
		b.chain.refuse = b.chain.received == 2
		b.chain.mine()
	}
	s, err = b.Status(ctx)
	require.NoError(t, err)
	require.Equal(t, fund.Failed, s.Deposit.State)
	require.Contains(t, s.Deposit.Reason, "the PRIV is in the node's account")
	require.Equal(t, []market.Amount{market.Wei(40), market.Wei(30), market.Wei(30)}, []market.Amount{b.chain.fund, b.chain.priv[wallet], b.chain.priv[node]})
	b.chain.refuse = false
	_, err = b.Deposit(ctx, market.Wei(35))
	require.NoError(t, err)
	b.settle()
	require.Equal(t, []market.Amount{market.Wei(75), market.Wei(25), {}}, []market.Amount{b.chain.fund, b.chain.priv[wallet], b.chain.priv[node]})
}

// A node that was away until the signature ran out moves nothing.
func TestDepositTooLate(t *testing.T) {
	t.Parallel()
	b := newBench(t, newStore(t), 100)
	_, err := b.Deposit(t.Context(), market.Wei(40))
	require.NoError(t, err)
	b.chain.head.Time += 3600
	b.settle()
	s, err := b.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, fund.Failed, s.Deposit.State)
	require.Equal(t, market.Wei(100), b.chain.priv[wallet])
	require.Empty(t, b.chain.sent)
}

// TestStories plays random stories of deposits, withdrawals, cancellations, crashes,
// refusals and payouts. No wei is made or lost; each deposit takes its amount at most
// once; and everything that was begun ends.
func TestStories(t *testing.T) {
	t.Parallel()
	store, start := newStore(t), uint64(1000)
	rapid.Check(t, func(rt *rapid.T) {
		const rich = 1000
		b := newBench(rt, store, rich)
		b.anew(start)
		defer func() { start = b.chain.head.Time + 1 }()
		ctx := context.Background()
		paid, asked := market.Amount{}, market.Amount{}
		rt.Repeat(map[string]func(*rapid.T){
			"deposit": func(rt *rapid.T) {
				amount := market.Wei(rapid.Uint64Range(0, 400).Draw(rt, "amount"))
				if _, err := b.Deposit(ctx, amount); err == nil {
					asked = plus(asked, amount)
				}
			},
			"withdraw": func(rt *rapid.T) {
				_, _ = b.Withdraw(ctx, market.Wei(rapid.Uint64Range(0, 400).Draw(rt, "amount")))
			},
			"cancel":                              func(*rapid.T) { _, _ = b.Cancel(ctx) },
			"step":                                func(*rapid.T) { b.step() },
			"mine":                                func(*rapid.T) { b.chain.mine() },
			"stop before a transaction is stored": func(*rapid.T) { b.chain.before = true },
			"stop after a transaction is stored":  func(*rapid.T) { b.chain.crash = true },
			"refuse a transaction":                func(*rapid.T) { b.chain.refuse = true },
			"wait":                                func(rt *rapid.T) { b.chain.head.Time += rapid.Uint64Range(1, notice).Draw(rt, "seconds") },
			"pay users": func(rt *rapid.T) {
				amount := market.Wei(rapid.Uint64Range(0, 100).Draw(rt, "amount"))
				if amount.Cmp(b.chain.fund) <= 0 {
					b.chain.fund, paid = less(b.chain.fund, amount), plus(paid, amount)
				}
			},
			"": func(rt *rapid.T) {
				sum, err := market.Sum(b.chain.priv[wallet], b.chain.priv[node], b.chain.fund, paid)
				require.NoError(rt, err)
				require.Equal(rt, market.Wei(rich), sum)
				gone, err := market.Sum(b.chain.priv[node], b.chain.fund, paid)
				require.NoError(rt, err)
				require.LessOrEqual(rt, gone.Cmp(asked), 0, "no more left the wallet than was asked for")
				require.LessOrEqual(rt, len(b.open()), 2)
			},
		})
		b.chain.before, b.chain.crash, b.chain.refuse = false, false, false
		b.settle()
	})
}
