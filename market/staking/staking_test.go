package staking_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/account"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/market/signature"
	"privd/market/staking"
	"privd/storage/records"
)

// chain is a chain as a test wants it. Keys that were submitted stand in sent; the
// test says what becomes of them.
type chain struct {
	head     deal.Mark
	balance  market.Amount
	sent     map[string]outbox.Transaction
	terms    map[string]staking.Terms
	used     map[market.Hash]uint64 // salt: the block from which on it is used
	nonces   []uint64               // nonces[b] is the account's nonce as of block b
	order    []string               // keys in the order in which they were submitted
	released int
}

func (c *chain) Balance(context.Context, market.Address) (market.Amount, error) {
	return c.balance, nil
}
func (c *chain) Head() (deal.Mark, error) { return c.head, nil }
func (c *chain) Outcome(_ context.Context, key string) (outbox.Transaction, error) {
	if tx, ok := c.sent[key]; ok {
		return tx, nil
	}
	return outbox.Transaction{}, market.ErrNotFound
}

func (c *chain) submit(key string, t staking.Terms) error {
	if _, known := c.sent[key]; !known {
		c.sent[key], c.terms[key] = outbox.Transaction{Key: key}, t
		c.order = append(c.order, key)
	}
	return nil
}

func (c *chain) Stake(_ context.Context, key string, t staking.Terms, _ seal.Sig) error {
	return c.submit(key, t)
}

func (c *chain) Unstake(_ context.Context, key string, t staking.Terms, _ seal.Sig) error {
	return c.submit(key, t)
}

func (c *chain) ReleaseStake(_ context.Context, key string, _ market.Address) error {
	c.released++
	return c.submit(key, staking.Terms{})
}

func (c *chain) StakeUsed(_ context.Context, t staking.Terms, block uint64) (bool, error) {
	from, used := c.used[t.Salt]
	return used && block >= from, nil
}

func (c *chain) UnstakeNonce(_ context.Context, _ market.Address, block uint64) (uint64, error) {
	if block < uint64(len(c.nonces)) {
		return c.nonces[block], nil
	}
	return 0, nil
}

// mined says that the newest transaction was mined.
func (c *chain) mined(final bool) {
	key := c.order[len(c.order)-1]
	c.sent[key] = outbox.Transaction{Key: key, State: outbox.Mined, Final: final, Block: c.head.Number, TxHash: common.Hash{9}}
}

// failed says that the newest transaction was refused for good.
func (c *chain) failed(reason string, code market.Code) {
	key := c.order[len(c.order)-1]
	c.sent[key] = outbox.Transaction{Key: key, State: outbox.Failed, Final: true, Reason: reason, Code: code, Message: reason}
}

// later moves the chain on.
func (c *chain) later(blocks, seconds uint64) {
	c.head.Number, c.head.Time = c.head.Number+blocks, c.head.Time+seconds
}

type wallets struct{ account.Wallets }

func (wallets) SignDigest(_ context.Context, _ market.Address, digest market.Hash) (sig seal.Sig, err error) {
	copy(sig[:], digest[:])
	return sig, nil
}

// bench is a staking service with one user.
type bench struct {
	*staking.Service
	t     *testing.T
	chain *chain
	now   time.Time
	store *records.Store
}

const begin = 1_800_000_000

var alice = account.User{ID: "usr_alice", Name: "alice", Wallet: market.Address{1}, Managed: true}

func newBench(t *testing.T) *bench {
	t.Helper()
	store, err := records.Open(records.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	b := &bench{t: t, store: store, now: time.Unix(begin, 0), chain: &chain{
		head: deal.Mark{Number: 100, Time: begin}, balance: priv(t, "1000"),
		sent: map[string]outbox.Transaction{}, terms: map[string]staking.Terms{}, used: map[market.Hash]uint64{},
	}}
	b.Service = &staking.Service{
		Store: records.As[staking.Tx](store), Wallets: wallets{}, Chain: b.chain, Clock: func() time.Time { return b.now },
		Domain: staking.Domain{Staking: seal.Contract{Name: "privd Staking", Version: "1", ChainID: 1}},
		Rules: staking.Rules{
			Confirmations: 3, PayWithin: 10 * time.Minute, SignWithin: time.Hour, Wait: time.Millisecond, Poll: time.Second,
			RetryMost: time.Minute, PerDay: 3,
		},
	}
	b.put(func(tx *records.Tx) error { return tx.PutUser(alice) })
	return b
}

func priv(t require.TestingT, text string) market.Amount {
	a, err := market.ParsePRIV(text)
	require.NoError(t, err)
	return a
}

func (b *bench) put(fn func(*records.Tx) error) {
	b.t.Helper()
	require.NoError(b.t, b.store.Update(context.Background(), fn))
}

// step takes the newest request as far as it goes and returns it.
func (b *bench) step(id staking.RequestID) staking.Request {
	b.t.Helper()
	_, err := b.Step(context.Background(), id, 0)
	require.NoError(b.t, err)
	return b.request(id)
}

func (b *bench) request(id staking.RequestID) (r staking.Request) {
	b.t.Helper()
	require.NoError(b.t, b.store.View(context.Background(), func(tx *records.Tx) (err error) {
		r, err = tx.StakeRequest(id)
		return err
	}))
	return r
}

// ask makes a request, which nobody has taken a step for yet.
func (b *bench) ask(do func(context.Context, market.UserID, market.Amount) (staking.View, error), amount string) staking.RequestID {
	b.t.Helper()
	v, err := do(context.Background(), alice.ID, priv(b.t, amount))
	require.NoError(b.t, err)
	require.Equal(b.t, staking.Requested, v.Request.State)
	return v.Request.ID
}

// event books an event of alice's account.
func (b *bench) event(kind deal.Kind, block uint64, amount, after string, readyAt uint64) deal.Event {
	b.t.Helper()
	e := deal.Event{Kind: kind, Block: block, Account: alice.Wallet, Amount: priv(b.t, amount), Cumulative: priv(b.t, after), ReadyAt: readyAt}
	b.put(func(tx *records.Tx) error {
		if err := tx.PutEvent(e); err != nil {
			return err
		}
		return b.Booked(tx, e)
	})
	return e
}

// undo takes an event back.
func (b *bench) undo(e deal.Event) {
	b.t.Helper()
	b.put(func(tx *records.Tx) error {
		if err := tx.DeleteEvent(e); err != nil {
			return err
		}
		return b.Booked(tx, e)
	})
}

// TestConfirmed follows a stake to its end: it counts when it is as deep as money
// asks for and its event was read.
func TestConfirmed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.ask(b.Stake, "80")
	r := b.step(id)
	require.Equal(t, staking.Sent, r.State)
	require.Len(t, b.chain.sent, 1)
	require.EqualValues(t, begin+600, r.Terms.ValidBefore)
	require.Equal(t, staking.Sent, b.step(id).State, "again and again")
	require.Len(t, b.chain.sent, 1)
	b.chain.mined(true)
	r = b.step(id)
	require.Equal(t, staking.Sent, r.State)
	require.Equal(t, "confirming 1/3", r.Reason)
	b.chain.later(2, 10)
	r = b.step(id)
	require.Equal(t, staking.Confirmed, r.State)
	require.Equal(t, market.Hash{9}, r.TxHash)
	next, err := b.Step(t.Context(), id, 0)
	require.NoError(t, err)
	require.True(t, next.Done)
}

// TestRefusals is what is not even begun.
func TestRefusals(t *testing.T) {
	t.Parallel()
	b, ctx := newBench(t), context.Background()
	refuse := func(code market.Code, reason string, do func(context.Context, market.UserID, market.Amount) (staking.View, error), amount string) {
		t.Helper()
		_, err := do(ctx, alice.ID, priv(t, amount))
		require.Equal(t, code, market.CodeOf(err))
		var e *market.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, reason, e.Reason)
	}
	refuse(market.Invalid, "", b.Stake, "0")
	refuse(market.Invalid, "", b.Unstake, "0")
	refuse(market.Invalid, "INSUFFICIENT_BALANCE", b.Stake, "1000.000000000000000001")
	refuse(market.Invalid, "INSUFFICIENT_STAKE", b.Unstake, "1")
	b.Held = func(staking.Tx, market.UserID) (market.Amount, error) { return priv(t, "400"), nil }
	refuse(market.Invalid, "INSUFFICIENT_BALANCE", b.Stake, "601")
	b.ask(b.Stake, "600")
	b.put(func(tx *records.Tx) error {
		reserved, err := staking.Reserved(tx, alice.ID)
		require.Equal(t, priv(t, "600"), reserved)
		return err
	})
	refuse(market.Conflict, "STAKE_UNDER_WAY", b.Stake, "1")
	_, err := b.Stake(ctx, "usr_nobody", priv(t, "1"))
	require.Equal(t, market.NotFound, market.CodeOf(err))
}

// TestPerDay counts requests, whatever became of them.
func TestPerDay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 3 {
		b.now = b.now.Add(time.Minute)
		id := b.ask(b.Stake, "1")
		b.step(id)
		b.chain.mined(true)
		b.chain.later(3, 10)
		require.Equal(t, staking.Confirmed, b.step(id).State)
	}
	_, err := b.Stake(t.Context(), alice.ID, priv(t, "1"))
	require.Equal(t, market.Limited, market.CodeOf(err))
	b.now = b.now.Add(24 * time.Hour)
	b.ask(b.Stake, "1")
}

// TestNoDoubleStake loses the transaction of a stake. It is sent again, under a new
// key and with a new salt, only when the old one can no longer be mined: its time is
// over, as deep as money asks for, and its authorization is unused.
func TestNoDoubleStake(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.ask(b.Stake, "80")
	first := b.step(id)
	b.chain.later(50, 599)
	require.Equal(t, first.Terms, b.step(id).Terms, "one second left")
	b.chain.later(1, 1)
	require.Equal(t, first.Terms, b.step(id).Terms, "over, but not deep")
	b.chain.later(1, 10)
	require.Equal(t, first.Terms, b.step(id).Terms)
	require.Len(t, b.chain.sent, 1)
	b.chain.later(1, 10)
	second := b.step(id)
	require.Equal(t, staking.Sent, second.State)
	require.Equal(t, 1, second.Attempt)
	require.NotEqual(t, first.Terms.Salt, second.Terms.Salt)
	require.Equal(t, first.Terms.Amount, second.Terms.Amount)
	require.Len(t, b.chain.sent, 2)

	// The third is the last.
	b.chain.later(1, 700)
	b.step(id)
	b.chain.later(3, 10)
	require.Equal(t, 2, b.step(id).Attempt)
	b.chain.later(1, 700)
	b.step(id)
	b.chain.later(3, 10)
	r := b.step(id)
	require.Equal(t, staking.Failed, r.State)
	require.Contains(t, r.Reason, "nothing was staked")
	require.Len(t, b.chain.sent, 3)
}

// TestSomebodyElseSends has a stranger send what the node signed, before the node's
// own transaction, which is refused: it was staked, once.
func TestSomebodyElseSends(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.ask(b.Stake, "80")
	r := b.step(id)
	b.chain.failed("ERC3009UsedAuthorization", market.Conflict)
	b.chain.used[r.Terms.Salt] = b.chain.head.Number
	r = b.step(id)
	require.Equal(t, staking.Sent, r.State)
	require.Equal(t, "sent by somebody else; confirming", r.Reason)
	b.chain.later(2, 10)
	require.Equal(t, staking.Confirmed, b.step(id).State)
	require.Len(t, b.chain.sent, 1)
}

// TestLateStranger has the stranger come after the node's transaction was refused for
// want of money, within the time of the signature: it is not staked again.
func TestLateStranger(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.ask(b.Stake, "80")
	r := b.step(id)
	b.chain.failed("ERC20InsufficientBalance", market.Unpaid)
	require.Contains(t, b.step(id).Reason, "making sure that nothing is staked")
	b.chain.later(10, 700)
	b.step(id)
	b.chain.used[r.Terms.Salt] = b.chain.head.Number - 5
	b.chain.later(3, 10)
	require.Equal(t, staking.Confirmed, b.step(id).State)

	// Without the stranger it fails for the reason of the contract.
	b.now = b.now.Add(time.Hour)
	id = b.ask(b.Stake, "80")
	b.step(id)
	b.chain.failed("ERC20InsufficientBalance", market.Unpaid)
	b.chain.later(10, 700)
	b.step(id)
	b.chain.later(3, 10)
	r = b.step(id)
	require.Equal(t, staking.Failed, r.State)
	require.Equal(t, "refused on chain: ERC20InsufficientBalance", r.Reason)
	require.Len(t, b.chain.sent, 2)
}

// TestUnstake takes part of a stake back; the same message is sent again while its
// nonce stands, since it can take effect once only.
func TestUnstake(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.event(deal.Staked, 50, "80", "80", 0)
	id := b.ask(b.Unstake, "30")
	first := b.step(id)
	require.Equal(t, staking.Sent, first.State)
	b.chain.failed("", market.Invalid)
	second := b.step(id)
	require.Equal(t, first.Terms, second.Terms)
	require.Equal(t, first.Signature, second.Signature)
	require.Len(t, b.chain.sent, 2)
	require.Equal(t, b.chain.terms[b.chain.order[0]], b.chain.terms[b.chain.order[1]])

	// Somebody else was faster.
	b.chain.failed("WrongNonce", market.Conflict)
	b.chain.nonces = make([]uint64, 200)
	for i := 100; i < 200; i++ {
		b.chain.nonces[i] = 1
	}
	require.Contains(t, b.step(id).Reason, "sent by somebody else")
	b.chain.later(2, 10)
	require.Equal(t, staking.Confirmed, b.step(id).State)

	id = b.ask(b.Unstake, "30")
	require.EqualValues(t, 1, b.step(id).Terms.Nonce)
	b.chain.failed("InsufficientStake", market.Unpaid)
	require.Equal(t, staking.Failed, b.step(id).State)
}

// TestPosition folds the events of an account, which a reorganisation takes back.
func TestPosition(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	check := func(staked, cooling string, until int64) {
		t.Helper()
		v, err := b.Get(t.Context(), alice.ID)
		require.NoError(t, err)
		require.Equal(t, [2]string{staked, cooling}, [2]string{v.Staked.PRIV(), v.Cooling.PRIV()})
		if until != 0 {
			require.Equal(t, until, v.Until.Unix())
		}
	}
	check("0", "0", 0)
	b.event(deal.Staked, 10, "80", "80", 0)
	check("80", "0", 0)
	b.event(deal.UnstakeRequested, 20, "30", "50", 2000)
	check("50", "30", 2000)
	again := b.event(deal.UnstakeRequested, 30, "5", "45", 3000)
	check("45", "35", 3000)
	b.undo(again)
	check("50", "30", 2000)
	home := b.event(deal.StakeWithdrawn, 40, "30", "0", 0)
	check("50", "0", 0)
	b.undo(home)
	check("50", "30", 2000)
	b.event(deal.StakeWithdrawn, 41, "30", "0", 0)
	b.event(deal.Staked, 50, "1", "51", 0)
	b.event(deal.UnstakeRequested, 60, "51", "0", 4000)
	check("0", "51", 4000)
}

// TestRelease sends what has cooled down home, not before the chain's time, and once
// for each cooldown however often it is called.
func TestRelease(t *testing.T) {
	t.Parallel()
	b, ctx := newBench(t), context.Background()
	next, err := b.Release(ctx, alice.Wallet)
	require.NoError(t, err)
	require.True(t, next.Done, "nothing cools down")
	b.event(deal.Staked, 10, "80", "80", 0)
	b.event(deal.UnstakeRequested, 20, "30", "50", begin+1000)
	next, err = b.Release(ctx, alice.Wallet)
	require.NoError(t, err)
	require.Equal(t, 1000*time.Second, next.After)
	b.now = b.now.Add(1000 * time.Second)
	next, err = b.Release(ctx, alice.Wallet)
	require.NoError(t, err)
	require.False(t, next.Done)
	require.Empty(t, b.chain.sent, "the clock is there, the chain is not")
	b.chain.later(1, 1000)
	for range 3 {
		next, err = b.Release(ctx, alice.Wallet)
		require.NoError(t, err)
		require.False(t, next.Done)
	}
	require.Len(t, b.chain.sent, 1)
	b.chain.failed("TooEarly", market.Conflict)
	next, err = b.Release(ctx, alice.Wallet)
	require.NoError(t, err)
	require.Len(t, b.chain.sent, 2)
	require.Equal(t, 2*time.Second, next.After, "later and later")
	b.event(deal.StakeWithdrawn, 102, "30", "0", 0)
	next, err = b.Release(ctx, alice.Wallet)
	require.NoError(t, err)
	require.True(t, next.Done)
}

// TestExternal has a wallet of its own sign: the request waits, names what to sign,
// and goes on with the signature or fails without it.
func TestExternal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	bob := account.User{ID: "usr_bob", Name: "bob", Wallet: market.Address{2}}
	b.put(func(tx *records.Tx) error { return tx.PutUser(bob) })
	v, err := b.Stake(t.Context(), bob.ID, priv(t, "10"))
	require.NoError(t, err)
	id := v.Request.ID
	r := b.step(id)
	require.Equal(t, staking.Awaiting, r.State)
	require.Empty(t, b.chain.sent)
	var asked signature.Request
	b.put(func(tx *records.Tx) (err error) { asked, err = tx.Signature(r.SignatureID); return err })
	require.Equal(t, signature.Stake, asked.Kind)
	require.Equal(t, bob.Wallet, asked.Wallet)
	require.Equal(t, b.Domain.Message(staking.In, r.Terms).Digest(), asked.Digest)
	require.Equal(t, r.SignBy.Truncate(time.Second), asked.ExpiresAt)
	require.EqualValues(t, begin+4200, r.Terms.ValidBefore)
	b.put(func(tx *records.Tx) error {
		_, err := b.Signed(tx, signature.Request{ID: "sig_other", Subject: string(id)}, seal.Sig{})
		require.Equal(t, market.Conflict, market.CodeOf(err))
		_, err = b.Signed(tx, asked, seal.Sig{7})
		return err
	})
	require.Equal(t, staking.Sent, b.step(id).State)
	require.Equal(t, seal.Sig{7}, b.request(id).Signature)
	require.Len(t, b.chain.sent, 1)
	b.chain.mined(true)
	b.chain.later(3, 10)
	require.Equal(t, staking.Confirmed, b.step(id).State)

	b.now = b.now.Add(time.Minute)
	v, err = b.Stake(t.Context(), bob.ID, priv(t, "10"))
	require.NoError(t, err)
	require.Equal(t, staking.Awaiting, b.step(v.Request.ID).State)
	b.now = b.now.Add(time.Hour)
	r = b.step(v.Request.ID)
	require.Equal(t, staking.Failed, r.State)
	require.Contains(t, r.Reason, "did not sign in time")
	require.Len(t, b.chain.sent, 1)
}

// TestFailsMeanwhile has a request fail while its caller waits: an error says why.
func TestFailsMeanwhile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.event(deal.Staked, 50, "80", "80", 0)
	b.Rules.Wait = time.Minute
	failed := make(chan error, 1)
	go func() {
		_, err := b.Unstake(context.Background(), alice.ID, priv(t, "30"))
		failed <- err
	}()
	var id staking.RequestID
	require.Eventually(t, func() bool {
		b.put(func(tx *records.Tx) error {
			return tx.StakeRequestsOf(alice.ID, func(r staking.Request) bool { id = r.ID; return false })
		})
		return id != ""
	}, 10*time.Second, time.Millisecond)
	require.Equal(t, staking.Sent, b.step(id).State)
	b.chain.failed("InsufficientStake", market.Unpaid)
	b.step(id)
	err := <-failed
	var e *market.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, market.Invalid, e.Code)
	require.Equal(t, "STAKE_FAILED", e.Reason)
	require.Equal(t, "refused on chain: InsufficientStake", e.Message)
}
