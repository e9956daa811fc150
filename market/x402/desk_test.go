package x402_test

import (
	"context"
	"crypto/ecdsa"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/market"
	"privd/market/content"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/market/task"
	"privd/market/x402"
)

// drawer is a store in memory.
type drawer struct {
	mu    sync.Mutex
	sales map[market.Hash]x402.Sale
	tasks map[string]task.Task
}

func (d *drawer) View(_ context.Context, fn func(x402.Tx) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return fn(d)
}

func (d *drawer) Update(_ context.Context, fn func(x402.Tx) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	sales, tasks := maps.Clone(d.sales), maps.Clone(d.tasks)
	err := fn(d)
	if err != nil {
		d.sales, d.tasks = sales, tasks
	}
	return err
}

func (d *drawer) X402Sale(id market.Hash) (x402.Sale, error) {
	s, ok := d.sales[id]
	if !ok {
		return s, market.ErrNotFound
	}
	return s, nil
}

func (d *drawer) PutX402Sale(s x402.Sale) error { d.sales[s.ID] = s; return nil }

func (d *drawer) find(fits func(x402.Sale) bool) (x402.Sale, error) {
	for _, s := range d.sales {
		if fits(s) {
			return s, nil
		}
	}
	return x402.Sale{}, market.ErrNotFound
}

func (d *drawer) X402SaleByToken(h market.Hash) (x402.Sale, error) {
	return d.find(func(s x402.Sale) bool { return s.Token == h })
}

func (d *drawer) X402SaleByIdentifier(h market.Hash) (x402.Sale, error) {
	return d.find(func(s x402.Sale) bool { return s.Identifier == h })
}

func (d *drawer) X402SalesTo(id market.DatasetID, payer market.Address, each func(x402.Sale) bool) error {
	for _, s := range d.sales {
		if s.Dataset == id && s.Authorization.From == payer && !each(s) {
			break
		}
	}
	return nil
}

func (d *drawer) X402Owed(content string, each func(x402.Sale) bool) error {
	for _, s := range d.sales {
		if s.Content == content && (s.Open() || (s.Paid() && s.Done.IsZero())) && !each(s) {
			break
		}
	}
	return nil
}

func (d *drawer) X402Sales(market.UserID, func(x402.Sale) bool) error { panic("not used") }

func (d *drawer) PutTask(t task.Task) error { d.tasks[t.Key] = t; return nil }
func (d *drawer) Task(_ task.Kind, key string) (task.Task, error) {
	t, ok := d.tasks[key]
	if !ok {
		return t, market.ErrNotFound
	}
	return t, nil
}
func (d *drawer) DeleteTask(_ task.Kind, key string) error { delete(d.tasks, key); return nil }

// ledger is a chain with one token on it.
type ledger struct {
	mu        sync.Mutex
	head      deal.Mark
	used      map[market.Hash]market.Hash // nonce to the transaction that used it
	paid      map[market.Hash]uint64      // transactions that paid the seller, to their blocks
	sent      map[string]outbox.Transaction
	broke     bool                        // the payer's balance is gone
	lies      bool                        // transfers succeed and move nothing
	mined     int                         // transactions of this node that were mined
	reverted  int                         // those that moved nothing
	holds     market.Amount               // what every payer has
	simulated func()                      // called before a payment is tried
	asked     func(context.Context) error // called when a payment is looked up
	alone     bool                        // only one server tells of payments
}

func newLedger() *ledger {
	return &ledger{
		head: deal.Mark{Number: 100, Time: 1_000_000}, holds: market.Wei(1_000_000_000_000), used: map[market.Hash]market.Hash{}, paid: map[market.Hash]uint64{}, sent: map[string]outbox.Transaction{},
	}
}

func (l *ledger) Head() (deal.Mark, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.head, nil }

func (l *ledger) Holds(context.Context, x402.Till, market.Address) (market.Amount, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.holds, nil
}

func (l *ledger) Simulate(_ context.Context, _ x402.Till, a x402.Authorization, _ seal.Sig) error {
	if l.simulated != nil {
		l.simulated()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, used := l.used[a.Nonce]; used {
		return &x402.Refusal{Reason: x402.InvalidTransaction}
	}
	if l.broke || l.holds.Cmp(a.Value) < 0 {
		return &x402.Refusal{Reason: x402.InsufficientFunds}
	}
	return nil
}

func (l *ledger) Used(ctx context.Context, _ x402.Till, a x402.Authorization) (bool, error) {
	if l.asked != nil {
		if err := l.asked(ctx); err != nil {
			return false, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.used[a.Nonce]
	return ok, nil
}

func (l *ledger) Settle(_ context.Context, key string, _ x402.Till, a x402.Authorization, _ seal.Sig) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.sent[key]; !ok {
		l.sent[key] = outbox.Transaction{Key: key, Data: a.Nonce[:], State: outbox.Sent, Tries: []outbox.Try{{Hash: hashOf(key)}}}
	}
	return nil
}

func hashOf(key string) (h [32]byte) { copy(h[:], crypto.Keccak256([]byte(key))); return h }

func (l *ledger) Outcome(_ context.Context, key string) (outbox.Transaction, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, ok := l.sent[key]
	if !ok {
		return t, market.ErrNotFound
	}
	return t, nil
}

func (l *ledger) Payment(_ context.Context, by market.Hash, _ x402.Till, a x402.Authorization, deep bool) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if deep && l.alone {
		return 0, market.Fail(market.Unavailable, "no second server tells of it")
	}
	block, ok := l.paid[by]
	if !ok || l.used[a.Nonce] != by {
		return 0, market.ErrNotFound
	}
	return block, nil
}

func (l *ledger) User(_ context.Context, _ x402.Till, a x402.Authorization) (market.Hash, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	by, ok := l.used[a.Nonce]
	if !ok {
		return by, market.ErrNotFound
	}
	return by, nil
}

// block mines what was sent.
func (l *ledger) block() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.head.Number++
	l.head.Time += 2
	for key, t := range l.sent {
		if t.State != outbox.Sent {
			continue
		}
		nonce := market.Hash(t.Data)
		left, err := l.holds.Sub(offers[1].Amount)
		if _, used := l.used[nonce]; used || l.broke || err != nil {
			t.State, t.Final = outbox.Failed, true
			l.reverted++
		} else {
			l.holds = left
			t.State, t.TxHash, t.Final = outbox.Mined, hashOf(key), true
			l.used[nonce] = market.Hash(t.TxHash)
			l.mined++
			if !l.lies {
				l.paid[market.Hash(t.TxHash)] = l.head.Number
			}
		}
		l.sent[key] = t
	}
}

// strangers returns the transaction of somebody else that uses a nonce.
func strangers(nonce market.Hash) market.Hash { return hashOf("stranger" + string(nonce[:])) }

// elsewhere uses a nonce in somebody else's transaction.
func (l *ledger) elsewhere(nonce market.Hash, pays bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	by := strangers(nonce)
	l.used[nonce] = by
	if pays {
		l.paid[by] = l.head.Number
	}
}

// undo is a reorganisation that takes a transaction back which used a nonce.
func (l *ledger) undo(nonce market.Hash) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.paid, l.used[nonce])
	delete(l.used, nonce)
}

// shop is a desk with its store and its chain.
type shop struct {
	*x402.Desk
	drawer *drawer
	chain  *ledger
	payer  *ecdsa.PrivateKey
	now    time.Time
}

func newShop(t require.TestingT) *shop {
	key, err := crypto.GenerateKey()
	require.NoError(t, err)
	s := &shop{drawer: &drawer{sales: map[market.Hash]x402.Sale{}, tasks: map[string]task.Task{}}, chain: newLedger(), payer: key, now: time.Unix(1_000_000, 0).UTC()}
	s.restart()
	return s
}

// restart begins a new process over what is stored.
func (s *shop) restart() {
	rules := x402.DefaultRules()
	rules.Patience = 10 * time.Second
	s.Desk = &x402.Desk{Store: s.drawer, Chain: s.chain, Clock: func() time.Time { return s.now }, Rules: rules, Began: s.now}
}

func (s *shop) want(dataset market.DatasetID) x402.Want {
	return x402.Want{
		Owner: "usr_a", Dataset: dataset, Content: "data", Till: till(31337), Offers: offers[1:], Goods: x402.Goods{Object: content.Object{Size: 100}},
	}
}

// whole is all of what is wanted.
var whole = []x402.Span{{To: 100}}

// pays signs a payment.
func (s *shop) pays(t require.TestingT, n uint64, identifier string) *x402.Payment {
	p := &x402.Payment{Dialect: x402.V2, Scheme: "exact", Network: "eip155:31337", Identifier: identifier}
	p.Authorization = x402.Authorization{From: crypto.PubkeyToAddress(s.payer.PublicKey), To: till(31337).PayTo, Value: offers[1].Amount, ValidBefore: 2_000_000}
	binary.BigEndian.PutUint64(p.Nonce[:], n)
	s.sign(t, p)
	return p
}

func (s *shop) sign(t require.TestingT, p *x402.Payment) {
	digest := till(31337).Digest(p.Authorization)
	raw, err := crypto.Sign(digest[:], s.payer)
	require.NoError(t, err)
	p.Signature, err = seal.Compact(raw)
	require.NoError(t, err)
}

// works runs due tasks, and mines, until the test ends.
func (s *shop) works(t testing.TB) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	t.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			s.turn(ctx)
			time.Sleep(time.Millisecond)
		}
	}()
}

// turn runs every task once and mines a block.
func (s *shop) turn(ctx context.Context) {
	s.drawer.mu.Lock()
	tasks := maps.Clone(s.drawer.tasks)
	s.drawer.mu.Unlock()
	for key := range tasks {
		next, err := s.Step(ctx, market.Hash(common.HexToHash(key)))
		if err == nil && next.Done {
			_ = s.drawer.Update(ctx, func(tx x402.Tx) error { return tx.DeleteTask(task.Sell402, key) })
		}
	}
	s.chain.block()
}

// turns takes as many turns as any payment here needs.
func (s *shop) turns(t *testing.T) {
	for range 15 {
		s.turn(t.Context())
	}
}

// TestOnce presents one payment many times at once: it is settled once and opens
// its goods once.
func TestOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.works(t)
	p := s.pays(t, 1, "")
	var wg sync.WaitGroup
	var mu sync.Mutex
	served := 0
	for range 20 {
		wg.Go(func() {
			sale, err := s.Pay(t.Context(), s.want("prices"), p)
			var h *x402.Handing
			if err == nil {
				h, err = s.Hand(t.Context(), sale.ID)
			}
			if err != nil {
				var taken *x402.Taken
				if !errors.As(err, &taken) {
					t.Error(err)
				}
				return
			}
			defer h.End()
			if err := errors.Join(start(h), h.Served(t.Context(), whole, true)); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			served++
		})
	}
	wg.Wait()
	require.Equal(t, 1, served)
	require.Equal(t, 1, s.chain.mined)
	_, err := s.Pay(t.Context(), s.want("prices"), p)
	var taken *x402.Taken
	require.ErrorAs(t, err, &taken)
	require.NotZero(t, taken.Transaction)
}

// TestWays tells what becomes of payments that go another way.
func TestWays(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(t *testing.T, s *shop){
		"another dataset": func(t *testing.T, s *shop) {
			p := s.pays(t, 1, "")
			_, err := s.Pay(t.Context(), s.want("prices"), p)
			require.NoError(t, err)
			_, err = s.Pay(t.Context(), s.want("weather"), p)
			require.NotZero(t, taken(t, err).Transaction)
		},
		"for another file": func(t *testing.T, s *shop) {
			want, p := s.want("prices"), s.pays(t, 1, "")
			want.Offers = []x402.Offer{{Amount: p.Value, Buys: x402.Access, File: market.Hash{7}}}
			p.Accepted = &x402.Accepted{Amount: p.Value, PayTo: p.To, Asset: till(31337).Token.Address, File: market.Hash{8}.String()[2:]}
			_, err := s.Pay(t.Context(), want, p)
			refused(t, err, x402.Replaced)
			p.Accepted.File = market.Hash{7}.String()[2:]
			_, err = s.Pay(t.Context(), want, p)
			require.NoError(t, err)
		},
		"named for another dataset": func(t *testing.T, s *shop) {
			p := s.pays(t, 1, "")
			p.URL = "https://data.example/market/v1/datasets/weather/download"
			_, err := s.Pay(t.Context(), s.want("prices"), p)
			refused(t, err, x402.InvalidPayload)
			require.Empty(t, s.drawer.sales)
			p.URL = "https://data.example/market/v1/datasets/prices"
			_, err = s.Pay(t.Context(), s.want("prices"), p)
			require.NoError(t, err)
		},
		"altered": func(t *testing.T, s *shop) {
			p := s.pays(t, 1, "")
			_, err := s.Pay(t.Context(), s.want("prices"), p)
			require.NoError(t, err)
			q := *p
			q.ValidBefore++
			_, err = s.Pay(t.Context(), s.want("prices"), &q)
			refused(t, err, x402.InvalidSignature)
			s.sign(t, &q)
			_, err = s.Pay(t.Context(), s.want("prices"), &q)
			taken(t, err)
		},
		"no money, then money": func(t *testing.T, s *shop) {
			p := s.pays(t, 1, "")
			s.chain.broke = true
			_, err := s.Pay(t.Context(), s.want("prices"), p)
			refused(t, err, x402.InsufficientFunds)
			require.Empty(t, s.drawer.sales)
			s.chain.broke = false
			_, err = s.Pay(t.Context(), s.want("prices"), p)
			require.NoError(t, err)
		},
		"brought by a stranger before": func(t *testing.T, s *shop) {
			p := s.pays(t, 1, "")
			s.chain.elsewhere(p.Nonce, true)
			_, err := s.Pay(t.Context(), s.want("prices"), p)
			require.NotZero(t, taken(t, err).Transaction)
			require.Zero(t, s.chain.mined)
			// The payer, who can prove to be it, has the goods.
			h, err := s.SignedIn(t.Context(), "prices", p.From, []x402.Good{x402.Access}, here)
			require.NoError(t, err)
			h.End()
		},
		"cancelled before": func(t *testing.T, s *shop) {
			p := s.pays(t, 1, "")
			s.chain.elsewhere(p.Nonce, false)
			_, err := s.Pay(t.Context(), s.want("prices"), p)
			refused(t, err, x402.NonceUsed)
			require.Empty(t, s.drawer.sales)
		},
		"a token that lies": func(t *testing.T, s *shop) {
			s.chain.lies = true
			_, err := s.Pay(t.Context(), s.want("prices"), s.pays(t, 1, ""))
			refused(t, err, x402.InvalidTransaction)
		},
		"identifier": func(t *testing.T, s *shop) {
			const id = "pay_0123456789abcdef"
			p := s.pays(t, 1, id)
			for range 3 {
				sale, err := s.Pay(t.Context(), s.want("prices"), p)
				require.NoError(t, err)
				h, err := s.Hand(t.Context(), sale.ID)
				require.NoError(t, err)
				require.NoError(t, errors.Join(start(h), h.Served(t.Context(), whole, true)))
				h.End()
			}
			require.Equal(t, 1, s.chain.mined)
			q := *p
			q.Identifier = ""
			_, err := s.Pay(t.Context(), s.want("prices"), &q)
			taken(t, err)
			_, err = s.Pay(t.Context(), s.want("prices"), s.pays(t, 2, id))
			taken(t, err)
			require.Equal(t, 1, s.chain.mined)
			s.now = s.now.Add(25 * time.Hour)
			_, err = s.Pay(t.Context(), s.want("prices"), p)
			taken(t, err)
		},
		"token": func(t *testing.T, s *shop) {
			p := s.pays(t, 1, "")
			sale, err := s.Pay(t.Context(), s.want("prices"), p)
			require.NoError(t, err)
			h, err := s.Hand(t.Context(), sale.ID)
			require.NoError(t, err)
			token, err := h.Token(t.Context())
			require.NoError(t, err)
			require.NoError(t, h.Handed(t.Context()))
			h.End()
			// What everybody can read on chain opens nothing, before the download and after.
			_, err = s.Pay(t.Context(), s.want("prices"), p)
			taken(t, err)
			_, err = s.ByToken(t.Context(), "weather", token)
			require.ErrorIs(t, err, x402.ErrToken)
			_, err = s.ByToken(t.Context(), "prices", token+"x")
			require.ErrorIs(t, err, x402.ErrToken)
			for range 2 { // the first breaks
				h, err = s.ByToken(t.Context(), "prices", token)
				require.NoError(t, err)
				_, err = s.ByToken(t.Context(), "prices", token)
				require.NotZero(t, taken(t, err).RetryAfter)
				require.NoError(t, errors.Join(start(h), h.Served(t.Context(), []x402.Span{{To: 40}}, false)))
				h.End()
			}
			s.now = s.now.Add(11 * time.Minute)
			_, err = s.ByToken(t.Context(), "prices", token)
			require.ErrorIs(t, err, x402.ErrToken)
			s.now = s.now.Add(-2 * time.Minute)
			h, err = s.ByToken(t.Context(), "prices", token)
			require.NoError(t, err)
			require.NoError(t, start(h))
			h.End()
			s.now = s.now.Add(11 * time.Minute)
			s.restart() // it was the process that broke it
			h, err = s.ByToken(t.Context(), "prices", token)
			require.NoError(t, err)
			require.NoError(t, errors.Join(start(h), h.Served(t.Context(), whole, true)))
			h.End()
			_, err = s.ByToken(t.Context(), "prices", token)
			require.ErrorIs(t, err, x402.ErrToken)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.works(t)
			run(t, s)
		})
	}
}

// TestTakenBack: a payment that a stranger brought, and that a reorganisation took back,
// is brought by the node, for the payer; one that cannot be brought any more is over.
func TestTakenBack(t *testing.T) {
	t.Parallel()
	brought := func(t *testing.T) (*shop, *x402.Payment, func() x402.Sale) {
		s := newShop(t)
		s.Rules.Patience = time.Millisecond
		s.Rules.Confirmations = func(market.Amount) uint64 { return 5 }
		p := s.pays(t, 1, "")
		s.chain.elsewhere(p.Nonce, true)
		var pending *x402.Pending
		_, err := s.Pay(t.Context(), s.want("prices"), p)
		require.ErrorAs(t, err, &pending)
		s.turn(t.Context())
		s.chain.undo(p.Nonce)
		return s, p, func() x402.Sale { return s.drawer.sales[till(31337).SaleID(p.Authorization)] }
	}
	t.Run("brought again", func(t *testing.T) {
		t.Parallel()
		s, p, sale := brought(t)
		s.turns(t)
		require.Equal(t, 1, s.chain.mined)
		require.Equal(t, x402.Settled, sale().State)
		_, err := s.Pay(t.Context(), s.want("prices"), p)
		taken(t, err)
		h, err := s.SignedIn(t.Context(), "prices", p.From, []x402.Good{x402.Access}, here)
		require.NoError(t, err)
		h.End()
	})
	t.Run("it came back by itself", func(t *testing.T) {
		t.Parallel()
		s, p, sale := brought(t)
		_, err := s.Step(t.Context(), sale().ID) // the node's own is on its way
		require.NoError(t, err)
		s.chain.elsewhere(p.Nonce, true)
		s.turns(t)
		require.Zero(t, s.chain.mined)
		require.Equal(t, x402.Settled, sale().State)
	})
	t.Run("the money is gone", func(t *testing.T) {
		t.Parallel()
		s, _, sale := brought(t)
		s.chain.broke = true
		s.turns(t)
		require.Equal(t, x402.Rejected, sale().State)
		require.Equal(t, x402.InsufficientFunds, sale().Reason)
	})
	t.Run("too late", func(t *testing.T) {
		t.Parallel()
		s, p, sale := brought(t)
		s.chain.head.Time = p.ValidBefore
		s.turns(t)
		require.Equal(t, x402.Rejected, sale().State)
		require.Equal(t, x402.InvalidValidBefore, sale().Reason)
	})
}

// TestDeep: what has to lie deep is told by more than one server, or waits; nobody is
// asked to pay again meanwhile.
func TestDeep(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.Rules.Patience = time.Millisecond
	s.Rules.Confirmations = func(market.Amount) uint64 { return 5 }
	s.chain.alone = true
	p := s.pays(t, 1, "")
	var pending *x402.Pending
	for range 15 {
		_, err := s.Pay(t.Context(), s.want("prices"), p)
		require.ErrorAs(t, err, &pending)
		s.turn(t.Context())
	}
	require.NotZero(t, pending.Transaction)
	_, err := s.Step(t.Context(), till(31337).SaleID(p.Authorization))
	require.ErrorContains(t, err, "no second server", "the operator can see what it waits for")
	s.chain.alone = false
	s.turn(t.Context())
	sale, err := s.Pay(t.Context(), s.want("prices"), p)
	require.NoError(t, err)
	require.Equal(t, pending.Transaction, sale.Transaction)
	require.Equal(t, 1, s.chain.mined)
}

// TestTurns: payments that are looked up in vain keep the others waiting for a while,
// and are given up then.
func TestTurns(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.works(t)
	s.Rules.Checks, s.Rules.Patience = 1, 50*time.Millisecond
	stuck, others := make(chan struct{}, 1), make(chan struct{})
	s.chain.asked = func(context.Context) error {
		stuck <- struct{}{}
		<-others
		return market.Fail(market.Unavailable, "the RPC server does not answer in time")
	}
	var calls sync.WaitGroup
	calls.Go(func() {
		_, err := s.Pay(t.Context(), s.want("prices"), s.pays(t, 1, ""))
		if market.CodeOf(err) != market.Unavailable {
			t.Error(err)
		}
	})
	<-stuck
	_, err := s.Pay(t.Context(), s.want("prices"), s.pays(t, 2, ""))
	close(others)
	require.ErrorContains(t, err, "too many payments are looked up")
	calls.Wait()
	require.Empty(t, s.drawer.sales)
}

// TestOneBalance: who has money for three payments and makes ten at once makes three of
// them, and costs the node gas for no more.
func TestOneBalance(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.works(t)
	s.Rules.Patience = 500 * time.Millisecond
	s.chain.holds = market.Wei(170_000_000)
	var calls sync.WaitGroup
	var settled, poor atomic.Int64
	for n := range uint64(10) {
		calls.Go(func() {
			sale, err := s.Pay(t.Context(), s.want("prices"), s.pays(t, n, ""))
			var r *x402.Refusal
			switch {
			case err == nil && sale.State == x402.Settled:
				settled.Add(1)
			case errors.As(err, &r) && r.Reason == x402.InsufficientFunds:
				poor.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	calls.Wait()
	require.Equal(t, []int64{3, 7}, []int64{settled.Load(), poor.Load()})
	s.chain.mu.Lock()
	defer s.chain.mu.Unlock()
	require.Equal(t, 3, s.chain.mined)
	require.Zero(t, s.chain.reverted)
}

// TestShownTwice: a payment that is shown twice at once, the second time with an
// identifier of another one, counts for as much as before.
func TestShownTwice(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.Rules.Patience = 20 * time.Millisecond
	const id = "pay_0123456789abcdef"
	var pending *x402.Pending
	_, err := s.Pay(t.Context(), s.want("prices"), s.pays(t, 100, id))
	require.ErrorAs(t, err, &pending)
	s.turns(t)
	s.chain.holds = market.Wei(100_000_000)
	for n := range uint64(2) {
		s.chain.simulated = func() {
			s.chain.simulated = nil
			_, err := s.Pay(t.Context(), s.want("prices"), s.pays(t, n, id))
			taken(t, err)
		}
		_, err = s.Pay(t.Context(), s.want("prices"), s.pays(t, n, ""))
		require.ErrorAs(t, err, &pending)
	}
	_, err = s.Pay(t.Context(), s.want("prices"), s.pays(t, 3, ""))
	refused(t, err, x402.InsufficientFunds)
	s.turns(t)
	require.Equal(t, []int{3, 0}, []int{s.chain.mined, s.chain.reverted})
	s.chain.holds = market.Wei(50_000_000)
	_, err = s.Pay(t.Context(), s.want("prices"), s.pays(t, 3, ""))
	require.ErrorAs(t, err, &pending, "what has arrived does not count any more")
}

// TestNoBalance: who has nothing waits for nothing.
func TestNoBalance(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.works(t)
	s.Rules.Patience = time.Minute
	s.chain.holds = market.Wei(49_999_999)
	var calls sync.WaitGroup
	for n := range uint64(100) {
		calls.Go(func() {
			_, err := s.Pay(t.Context(), s.want("prices"), s.pays(t, n, ""))
			r, _ := errors.AsType[*x402.Refusal](err)
			if r == nil || r.Reason != x402.InsufficientFunds {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	// It may pay when it has been given something.
	s.chain.mu.Lock()
	s.chain.holds = market.Wei(50_000_000)
	s.chain.mu.Unlock()
	_, err := s.Pay(t.Context(), s.want("prices"), s.pays(t, 1000, ""))
	require.NoError(t, err)
}

// TestRefusedOnChain: what the chain has refused everybody can read there, and bring once
// the payer has money again. It is not taken from who shows it, whatever identifier is
// with it; it opens what it paid for to the payer alone.
func TestRefusedOnChain(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.Rules.Patience = time.Millisecond
	p := s.pays(t, 1, "")
	var pending *x402.Pending
	_, err := s.Pay(t.Context(), s.want("prices"), p)
	require.ErrorAs(t, err, &pending)
	s.chain.broke = true
	for range 5 {
		s.turn(t.Context())
	}
	require.Equal(t, x402.Rejected, s.drawer.sales[till(31337).SaleID(p.Authorization)].State)
	s.chain.broke = false
	thief := *p
	thief.Identifier = "pay_0123456789abcdef"
	_, err = s.Pay(t.Context(), s.want("prices"), &thief)
	refused(t, err, x402.InvalidTransaction)
	for range 5 {
		s.turn(t.Context())
	}
	require.Zero(t, s.chain.mined)

	s.chain.elsewhere(p.Nonce, true)
	s.works(t)
	s.Rules.Patience = 10 * time.Second
	_, err = s.Pay(t.Context(), s.want("prices"), &thief)
	taken(t, err)
	h, err := s.SignedIn(t.Context(), "prices", p.From, []x402.Good{x402.Access}, here)
	require.NoError(t, err)
	h.End()
}

// TestUsedMeanwhile: a payment that comes to the chain while it is looked up was made, by
// whoever brought it, and is not asked for again.
func TestUsedMeanwhile(t *testing.T) {
	t.Parallel()
	t.Run("by another call", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.works(t)
		p := s.pays(t, 1, "")
		first := make(chan error, 1)
		var once sync.Once
		s.chain.simulated = func() {
			once.Do(func() {
				s.chain.simulated = nil
				_, err := s.Pay(t.Context(), s.want("prices"), p)
				first <- err
			})
		}
		sale, err := s.Pay(t.Context(), s.want("prices"), p)
		require.NoError(t, err)
		require.NoError(t, <-first)
		require.Equal(t, x402.Settled, sale.State)
		require.Equal(t, 1, s.chain.mined)
	})
	t.Run("by a stranger", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.works(t)
		p := s.pays(t, 1, "")
		s.chain.simulated = func() { s.chain.elsewhere(p.Nonce, true) }
		_, err := s.Pay(t.Context(), s.want("prices"), p)
		require.NotZero(t, taken(t, err).Transaction)
	})
	t.Run("by a stranger, with all the payer has", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.works(t)
		s.Rules.Patience = 50 * time.Millisecond
		// Another payment of the payer is looked at all the while.
		s.chain.holds = market.Wei(60_000_000)
		other, p := s.pays(t, 1, ""), s.pays(t, 2, "")
		ended := make(chan struct{})
		var calls sync.WaitGroup
		begun := make(chan struct{})
		s.chain.simulated = func() { close(begun); <-ended }
		calls.Go(func() { _, _ = s.Pay(t.Context(), s.want("prices"), other) })
		<-begun
		for _, holds := range []uint64{60_000_000, 0} { // waits in vain; is refused at once
			s.chain.mu.Lock()
			s.chain.holds = market.Wei(holds)
			s.chain.mu.Unlock()
			p.Nonce[0]++
			s.sign(t, p)
			var looks atomic.Int64
			s.chain.asked = func(context.Context) error {
				if looks.Add(1) == 2 {
					s.chain.elsewhere(p.Nonce, true)
				}
				return nil
			}
			_, err := s.Pay(t.Context(), s.want("prices"), p)
			require.NotZero(t, taken(t, err).Transaction)
		}
		close(ended)
		calls.Wait()
	})
	t.Run("after a reorganisation", func(t *testing.T) {
		t.Parallel()
		s := newShop(t)
		s.Rules.Patience = time.Millisecond
		s.Rules.Confirmations = func(market.Amount) uint64 { return 5 }
		p := s.pays(t, 1, "")
		s.chain.elsewhere(p.Nonce, true)
		var pending *x402.Pending
		_, err := s.Pay(t.Context(), s.want("prices"), p)
		require.ErrorAs(t, err, &pending)
		s.chain.undo(p.Nonce)
		s.chain.simulated = func() { s.chain.elsewhere(p.Nonce, true) }
		s.turns(t)
		require.Equal(t, x402.Settled, s.drawer.sales[till(31337).SaleID(p.Authorization)].State)
		require.Zero(t, s.chain.mined)
	})
}

// TestPending: a call that waits in vain is told what became of the payment, and
// never asked for another.
func TestPending(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.Rules.Patience = time.Millisecond
	p := s.pays(t, 1, "")
	_, err := s.Pay(t.Context(), s.want("prices"), p)
	var pending *x402.Pending
	require.ErrorAs(t, err, &pending)
	s.turns(t)
	sale, err := s.Pay(t.Context(), s.want("prices"), p)
	require.NoError(t, err)
	require.Equal(t, x402.Settled, sale.State)
}

// TestStories: whatever a buyer, a stranger and crashes do to some payments, each is
// settled at most once, a buyer who paid gets the goods until they were handed over,
// and nobody gets goods that were not paid for.
func TestStories(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := newShop(rt)
		s.Rules.Patience = time.Microsecond
		served := map[market.Hash]int{}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			p := s.pays(rt, rapid.Uint64Range(1, 2).Draw(rt, "payment"), "")
			id := till(31337).SaleID(p.Authorization)
			switch rapid.SampledFrom([]string{"pay", "pay", "turn", "turn", "stranger pays", "stranger burns", "taken back", "restart", "broke"}).Draw(rt, "what") {
			case "pay":
				sale, err := s.Pay(context.Background(), s.want("prices"), p)
				if err != nil {
					continue
				}
				require.NotZero(rt, s.chain.paid[sale.Transaction])
				h, err := s.Hand(context.Background(), sale.ID)
				require.NoError(rt, err)
				require.NoError(rt, start(h))
				if rapid.Bool().Draw(rt, "arrives") {
					require.NoError(rt, h.Served(context.Background(), whole, true))
					served[id]++
				}
				h.End()
			case "turn":
				s.turn(context.Background())
			case "stranger pays", "stranger burns":
				if _, used := s.chain.used[p.Nonce]; !used {
					s.chain.elsewhere(p.Nonce, rapid.Bool().Draw(rt, "pays"))
				}
			case "taken back":
				if sale := s.drawer.sales[id]; sale.Open() && s.chain.used[p.Nonce] == strangers(p.Nonce) {
					s.chain.undo(p.Nonce)
				}
			case "restart":
				s.restart()
				s.Rules.Patience = time.Microsecond
			case "broke":
				s.chain.broke = !s.chain.broke
			}
		}
		for range 30 {
			s.turn(context.Background())
		}
		for id, sale := range s.drawer.sales {
			require.LessOrEqual(rt, served[id], 1)
			require.False(rt, sale.Open(), "a payment that nothing stands in the way of is settled or refused")
			_, pays := s.chain.paid[s.chain.used[sale.Authorization.Nonce]]
			if pays && sale.State == x402.Rejected { // a stranger was quicker than another try
				_, err := s.Pay(context.Background(), s.want("prices"), &x402.Payment{
					Dialect: x402.V2, Scheme: "exact", Network: sale.Network, Authorization: sale.Authorization, Signature: sale.Signature,
				})
				_, refused := errors.AsType[*x402.Refusal](err)
				require.False(rt, refused, "who has paid is not asked to pay again")
			} else if pays {
				require.True(rt, sale.Paid(), sale.State)
			}
			require.Equal(rt, served[id] > 0, sale.State == x402.Handed)
		}
	})
}

// TestResume: what was paid for is had when it is not on sale any more, by who paid,
// and as what it was sold as; there is nothing for anybody else.
func TestResume(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.works(t)
	p := s.pays(t, 1, "")
	token, goods := till(31337).Token, []x402.Good{x402.Access}
	resume := func(p *x402.Payment, dataset market.DatasetID, goods ...x402.Good) error {
		_, err := s.Resume(t.Context(), token, dataset, goods, p)
		return err
	}
	require.ErrorIs(t, resume(p, "prices", goods...), market.ErrNotFound, "never seen")
	sale, err := s.Pay(t.Context(), s.want("prices"), p)
	require.NoError(t, err)

	again, err := s.Resume(t.Context(), token, "prices", goods, p)
	require.NoError(t, err)
	require.Equal(t, sale.ID, again.ID)
	require.ErrorIs(t, resume(p, "weather", goods...), market.ErrNotFound)
	require.ErrorIs(t, resume(p, "prices", x402.Details), market.ErrNotFound)
	q := *p
	q.ValidBefore++
	s.sign(t, &q)
	require.ErrorIs(t, resume(&q, "prices", goods...), market.ErrNotFound)

	h, err := s.Hand(t.Context(), sale.ID)
	require.NoError(t, err)
	require.NoError(t, errors.Join(start(h), h.Served(t.Context(), whole, true)))
	h.End()
	taken(t, resume(p, "prices", goods...))
	require.Equal(t, 1, s.chain.mined)

	// What the chain refused is no sale to go on with.
	s.chain.lies = true
	_, err = s.Pay(t.Context(), s.want("prices"), s.pays(t, 2, ""))
	refused(t, err, x402.InvalidTransaction)
	require.ErrorIs(t, resume(s.pays(t, 2, ""), "prices", goods...), market.ErrNotFound)
}

// TestSignedIn: what is owed comes first, then what was had, as often as the rules
// allow; a payment on its way is waited for.
func TestSignedIn(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.Rules.Patience = time.Millisecond
	payer := s.pays(t, 1, "").From
	signedIn := func(goods ...x402.Good) (*x402.Handing, error) {
		return s.SignedIn(t.Context(), "prices", payer, goods, here)
	}
	_, err := signedIn(x402.Access)
	require.ErrorIs(t, err, market.ErrNotFound)

	var pending *x402.Pending
	_, err = s.Pay(t.Context(), s.want("prices"), s.pays(t, 1, ""))
	require.ErrorAs(t, err, &pending)
	_, err = signedIn(x402.Access)
	require.ErrorAs(t, err, &pending, "nobody is asked to pay while a payment is on its way")
	s.turns(t)
	for range 1 + s.Rules.ReopenMost {
		h, err := signedIn(x402.Access)
		require.NoError(t, err)
		for range 10 { // whoever asks meanwhile waits, which counts as no time
			_, err = signedIn(x402.Access)
			require.NotZero(t, taken(t, err).RetryAfter)
		}
		require.NoError(t, errors.Join(start(h), h.Served(t.Context(), whole, true)))
		h.End()
	}
	_, err = signedIn(x402.Access)
	require.ErrorIs(t, err, market.ErrNotFound, "had as often as it may")
	_, err = signedIn(x402.Details)
	require.ErrorIs(t, err, market.ErrNotFound)
	require.Equal(t, 1, s.chain.mined)

	// So are details, and what is gone is passed over.
	want := s.want("prices")
	want.Offers = offers[:1]
	cheap := s.pays(t, 2, "")
	cheap.Value = offers[0].Amount
	s.sign(t, cheap)
	_, err = s.Pay(t.Context(), want, cheap)
	require.ErrorAs(t, err, &pending)
	s.turns(t)
	_, err = s.SignedIn(t.Context(), "prices", payer, []x402.Good{x402.Access}, func(x402.Sale) bool { return false })
	require.ErrorIs(t, err, market.ErrNotFound)
	for range 1 + s.Rules.ReopenMost {
		h, err := signedIn(x402.Details)
		require.NoError(t, err)
		require.NoError(t, h.Handed(t.Context()))
		h.End()
	}
	_, err = signedIn(x402.Details)
	require.ErrorIs(t, err, market.ErrNotFound)
}

// TestDownload: a download is done when all of the file was sent, in whatever requests.
// One that broke may go on for a while after it broke, and is not sent again and again.
func TestDownload(t *testing.T) {
	t.Parallel()
	part := func(from, to int64) x402.Span { return x402.Span{From: from, To: to} }
	type request struct {
		takes  time.Duration
		parts  []x402.Span
		breaks bool
		dies   bool // with its process
		pause  time.Duration
	}
	for name, c := range map[string]struct {
		requests []request
		done     bool
		over     bool // the next one may not begin
		gone     bool // for those, too, who can prove to have paid
	}{
		"at once":                           {requests: []request{{parts: whole}}, done: true, over: true},
		"the end first":                     {requests: []request{{parts: []x402.Span{part(90, 100)}}}},
		"the end first, then all":           {requests: []request{{parts: []x402.Span{part(90, 100)}}, {parts: whole}}, done: true, over: true},
		"backwards":                         {requests: []request{{parts: []x402.Span{part(50, 100)}}, {parts: []x402.Span{part(0, 50)}}}, done: true, over: true},
		"several at once":                   {requests: []request{{parts: []x402.Span{part(60, 100), part(0, 30), part(30, 61)}}}, done: true, over: true},
		"a hole":                            {requests: []request{{parts: []x402.Span{part(0, 49), part(50, 100)}}}},
		"all was sent, and not all taken":   {requests: []request{{parts: whole, breaks: true}}},
		"what was not taken is had":         {requests: []request{{parts: whole, breaks: true}, {parts: []x402.Span{part(80, 100)}}}, done: true, over: true},
		"broke after eleven minutes":        {requests: []request{{takes: 11 * time.Minute, parts: []x402.Span{part(0, 50)}, breaks: true}}},
		"eleven minutes after it broke":     {requests: []request{{parts: []x402.Span{part(0, 50)}, breaks: true, pause: 11 * time.Minute}}, over: true},
		"goes on where a process ended":     {requests: []request{{dies: true, pause: time.Hour}, {parts: []x402.Span{part(70, 100)}}}},
		"all of it after a process ended":   {requests: []request{{dies: true, pause: time.Hour}, {parts: whole}}, done: true, over: true},
		"a day is over":                     {requests: slices.Repeat([]request{{takes: 9 * time.Minute, parts: []x402.Span{part(0, 1)}}}, 161), over: true, gone: true},
		"a byte is left out for ever":       {requests: slices.Repeat([]request{{parts: []x402.Span{part(1, 100)}}}, 3), over: true},
		"nothing was asked for of the file": {requests: []request{{}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.works(t)
			const id = "pay_0123456789abcdef"
			p := s.pays(t, 1, id)
			sale, err := s.Pay(t.Context(), s.want("prices"), p)
			require.NoError(t, err)
			for _, r := range c.requests {
				h, err := s.Hand(t.Context(), sale.ID)
				require.NoError(t, err)
				require.NoError(t, start(h))
				s.now = s.now.Add(r.takes)
				if !r.dies {
					require.NoError(t, h.Served(t.Context(), r.parts, !r.breaks))
				}
				h.End()
				s.now = s.now.Add(r.pause)
				if r.dies {
					s.restart()
				}
			}
			got := s.drawer.sales[sale.ID]
			require.Equal(t, c.done, !got.Done.IsZero())
			require.Equal(t, c.done, got.State == x402.Handed)
			until, err := s.Owed(t.Context(), "data")
			require.NoError(t, err)
			require.Equal(t, !c.done && !c.gone, until.After(s.now), "it is kept for who may have it")
			if !c.over {
				_, err = s.Pay(t.Context(), s.want("prices"), s.pays(t, 1, ""))
				require.NoError(t, err)
				return
			}
			// The payment alone opens nothing any more; who can prove to have made it has all of
			// it again.
			_, err = s.Pay(t.Context(), s.want("prices"), s.pays(t, 1, ""))
			taken(t, err)
			h, err := s.SignedIn(t.Context(), "prices", p.From, []x402.Good{x402.Access}, here)
			if c.gone {
				require.ErrorIs(t, err, market.ErrNotFound)
				return
			}
			require.NoError(t, err)
			require.NoError(t, errors.Join(start(h), h.Served(t.Context(), whole, true)))
			h.End()
			again, err := s.Pay(t.Context(), s.want("prices"), p)
			require.NoError(t, err)
			require.EqualValues(t, 2, again.Reopened)
			require.Equal(t, 1, s.chain.mined)
		})
	}
}

// TestDownloadOfEarlierVersion: a download that an earlier version of the program began,
// and that ended with it, may go on.
func TestDownloadOfEarlierVersion(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.works(t)
	sale, err := s.Pay(t.Context(), s.want("prices"), s.pays(t, 1, ""))
	require.NoError(t, err)
	sale.Started = s.now
	require.NoError(t, s.drawer.Update(t.Context(), func(tx x402.Tx) error { return tx.PutX402Sale(sale) }))
	s.now = s.now.Add(30 * time.Minute)
	_, err = s.Pay(t.Context(), s.want("prices"), s.pays(t, 1, ""))
	require.NoError(t, err, "as long as its process runs")
	s.restart()
	_, err = s.Pay(t.Context(), s.want("prices"), s.pays(t, 1, ""))
	require.NoError(t, err)
	s.now = s.now.Add(11 * time.Minute)
	_, err = s.Pay(t.Context(), s.want("prices"), s.pays(t, 1, ""))
	taken(t, err)
}

// here says that nothing that was sold is gone.
func here(x402.Sale) bool { return true }

// start begins a download.
func start(h *x402.Handing) error {
	_, err := h.Start(context.Background())
	return err
}

// refused fails the test unless a payment is refused for a reason.
func refused(t *testing.T, err error, want x402.Reason) {
	t.Helper()
	var r *x402.Refusal
	require.ErrorAs(t, err, &r)
	require.Equal(t, want, r.Reason)
}

// taken fails the test unless a payment is said to have been used.
func taken(t *testing.T, err error) *x402.Taken {
	t.Helper()
	var r *x402.Taken
	require.ErrorAs(t, err, &r)
	return r
}
