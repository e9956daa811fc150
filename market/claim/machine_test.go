package claim_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/market"
	"privd/market/account"
	"privd/market/claim"
	"privd/market/deal"
	"privd/market/earning"
	"privd/market/ledger"
	"privd/market/sale"
	"privd/market/task"
	"privd/storage/records"
)

// world is a node's records, a chain, and what should be true of both.
type world struct {
	t     teller
	dir   string
	store *records.Store
	chain *chain
	book  *ledger.Book
	now   time.Time
	*claim.Cashier

	users    []account.User
	serial   int
	booked   map[market.UserID]market.Amount // pending, confirmed and claimed
	foreign  map[market.Address]market.Amount
	vouchers []claim.Voucher
	failed   map[market.UserID]bool  // a claim of the user failed once
	raced    map[market.Address]bool // the node may have withdrawn what others sold, too
}

// teller is a test, or one of the stories that rapid makes and shrinks.
type teller interface {
	require.TestingT
	Helper()
	Fatalf(format string, args ...any)
	Context() context.Context
}

func newWorld(t teller, dir string) *world {
	w := &world{
		t: t, dir: dir, now: time.Unix(1_800_000_000, 0), booked: map[market.UserID]market.Amount{},
		foreign: map[market.Address]market.Amount{}, failed: map[market.UserID]bool{}, raced: map[market.Address]bool{},
	}
	w.chain = &chain{}
	w.open()
	w.chain = newChain(t, w.store.Outbox())
	w.Cashier.Chain, w.Cashier.Signer = w.chain, w.chain
	for i := range 2 {
		u := account.User{ID: market.UserID(fmt.Sprintf("usr_%d", i)), Wallet: market.Address{byte(i + 1)}}
		require.NoError(t, w.store.Update(t.Context(), func(tx *records.Tx) error { return tx.PutUser(u) }))
		w.users = append(w.users, u)
	}
	w.follow()
	return w
}

// open opens the records and builds the node's part anew.
func (w *world) open() {
	store, err := records.Open(records.Options{Dir: w.dir, Log: slog.New(slog.DiscardHandler)})
	require.NoError(w.t, err)
	w.store = store
	w.chain.outbox = store.Outbox()
	clock := func() time.Time { return w.now }
	w.Cashier = &claim.Cashier{
		Store: records.As[claim.Tx](store), Chain: w.chain, Operator: operator, Signer: w.chain, Clock: clock,
		Rules: claim.Rules{Confirmations: confirmations, PayoutAfter: time.Second, Batch: 2, Poll: time.Second},
	}
	w.book = &ledger.Book{
		Store: records.As[ledger.Tx](store), Clock: clock, Changed: func([]deal.Event) {},
		Booked: func(tx ledger.Tx, e deal.Event, undone bool) error { return w.Booked(tx.(*records.Tx), e, undone) },
	}
}

func (w *world) restart() {
	require.NoError(w.t, w.store.Close())
	w.open()
}

func (w *world) update(fn func(tx *records.Tx) error) {
	w.t.Helper()
	require.NoError(w.t, w.store.Update(context.Background(), fn))
}

func (w *world) view(fn func(tx *records.Tx)) {
	w.t.Helper()
	require.NoError(w.t, w.store.View(context.Background(), func(tx *records.Tx) error { fn(tx); return nil }))
}

// follow reads the chain, as the follower does: back to the newest mark that still
// stands, then forward.
func (w *world) follow() {
	ctx := context.Background()
	marks, err := w.book.Marks(ctx)
	require.NoError(w.t, err)
	stands := -1
	for _, m := range slices.Backward(marks) {
		if int(m.Number) < len(w.chain.blocks) && w.chain.blocks[m.Number].mark == m {
			stands = int(m.Number)
			if m != marks[len(marks)-1] {
				require.NoError(w.t, w.book.Rewind(ctx, m))
			}
			break
		}
	}
	for _, b := range w.chain.blocks[stands+1:] {
		require.NoError(w.t, w.book.Apply(ctx, b.mark, b.events))
	}
	w.chain.head = w.chain.tip()
	w.chain.finish()
	w.confirmSales()
}

func (w *world) reference() string { w.serial++; return fmt.Sprint("ref_", w.serial) }

func (w *world) add(user market.UserID, amount market.Amount) {
	w.booked[user] = plus(w.booked[user], amount)
}

// reward books something that the operator owes.
func (w *world) reward(u account.User, source earning.Source, status earning.Status, amount uint64) {
	w.update(func(tx *records.Tx) error {
		_, err := earning.Book(tx, earning.Earning{User: u.ID, Source: source, Amount: market.Wei(amount), Status: status,
			Reference: w.reference(), CreatedAt: w.now})
		return err
	})
	w.add(u.ID, market.Wei(amount))
}

// sell books a sale; its income comes with settle.
func (w *world) sell(u account.User, amount uint64) sale.Sale {
	reference := w.reference()
	s := sale.Sale{Purchase: market.Hash{byte(w.serial >> 8), byte(w.serial)}, Seller: u.ID, Price: market.Wei(amount), Reference: reference}
	w.update(func(tx *records.Tx) error {
		if _, err := earning.Book(tx, earning.Earning{User: u.ID, Source: earning.DataSales, Amount: market.Wei(amount),
			Status: earning.Pending, Reference: reference, Sale: s.Purchase, CreatedAt: w.now}); err != nil {
			return err
		}
		return tx.PutSale(s)
	})
	w.add(u.ID, market.Wei(amount))
	return s
}

// openSales lists sales that are not confirmed or cancelled.
func (w *world) openSales() (open []sale.Sale) {
	w.view(func(tx *records.Tx) {
		var err error
		open, err = tx.OpenSales(1000)
		require.NoError(w.t, err)
	})
	return open
}

func (w *world) settle(s sale.Sale) {
	seller := w.users[slices.IndexFunc(w.users, func(u account.User) bool { return u.ID == s.Seller })]
	w.chain.do(settled(s.Purchase, seller.Wallet, s.Price))
}

// closeSale ends a sale as the seller's desk does.
func (w *world) closeSale(s sale.Sale, as earning.Status) {
	s.Closed = true
	w.update(func(tx *records.Tx) error {
		e, err := tx.EarningByReference(earning.DataSales, s.Reference)
		require.NoError(w.t, err)
		if e.Status = as; as == earning.Confirmed {
			if err := tx.PutTask(task.Task{Kind: task.Claims, Key: string(s.Seller), Due: w.now}); err != nil {
				return err
			}
		}
		if err := tx.PutEarning(e); err != nil {
			return err
		}
		return tx.PutSale(s)
	})
	if as == earning.Cancelled {
		w.booked[s.Seller] = minus(w.booked[s.Seller], s.Price)
	}
}

func (w *world) confirmSales() {
	for _, s := range w.openSales() {
		var events []deal.Event
		w.view(func(tx *records.Tx) { events, _ = tx.EventsOf(s.Purchase) })
		if len(events) > 0 && deal.Depth(w.chain.head.Number, events[0].Block) >= confirmations {
			w.closeSale(s, earning.Confirmed)
		}
	}
}

// tasks lists the stored tasks.
func (w *world) tasks() (all []task.Task) {
	w.view(func(tx *records.Tx) {
		require.NoError(w.t, tx.EachTask(func(t task.Task) bool { all = append(all, t); return true }))
	})
	return all
}

// run does one task and stores what became of it, unless the node stops on the way.
func (w *world) run(t task.Task) {
	var next task.Next
	var err error
	switch t.Kind {
	case task.Claims:
		next, err = w.Settle(context.Background(), market.UserID(t.Key))
	case task.Payout:
		next, err = w.Payout(context.Background())
	default:
		w.t.Fatalf("task of kind %s", t.Kind)
	}
	if err != nil {
		require.ErrorIs(w.t, err, errCrash)
		return
	}
	w.update(func(tx *records.Tx) error {
		now, err := tx.Task(t.Kind, t.Key)
		if err != nil {
			return err
		}
		if now.Revision != t.Revision {
			return nil
		}
		if next.Done {
			return tx.DeleteTask(t.Kind, t.Key)
		}
		t.Due = w.now.Add(next.After)
		return tx.PutTask(t)
	})
}

// claim claims as a user.
func (w *world) claim(u account.User, r claim.Request) {
	made, err := w.Cashier.Claim(context.Background(), u.ID, r)
	if err != nil {
		require.Contains(w.t, []market.Code{market.Invalid, market.Limited}, market.CodeOf(err), "%v", err)
		return
	}
	require.Equal(w.t, claim.Pending, made.Status)
	v, err := w.Get(context.Background(), account.Caller{User: u.ID}, made.ID)
	require.NoError(w.t, err)
	if v.Voucher != nil {
		w.vouchers = append(w.vouchers, *v.Voucher)
	}
}

// goOn lets some time pass.
func (w *world) goOn() { w.goOnWithout("nothing") }

// goOnWithout leaves transactions of a kind in the pool.
func (w *world) goOnWithout(kind string) {
	w.now = w.now.Add(10 * time.Minute)
	for _, key := range w.chain.waiting() {
		if !strings.HasPrefix(key, kind) {
			w.chain.mine(key)
		}
	}
	for range confirmations {
		w.chain.append(block{})
	}
	w.follow()
	for _, t := range w.tasks() {
		w.run(t)
	}
}

// reorganise takes blocks back that the node has read, deeper than it thinks
// possible at times.
func reorganise(rt *rapid.T, w *world, rounds int) {
	for range rounds {
		w.goOn()
	}
	w.follow()
	depth := rapid.IntRange(1, confirmations*3).Draw(rt, "depth")
	if depth > confirmations {
		// A withdrawal that was given up may come back beside the one that replaced it.
		for _, u := range w.users {
			w.raced[u.Wallet] = true
		}
	}
	w.chain.reorganise(depth, func() bool { return rapid.Bool().Draw(rt, "again") })
	w.chain.append(block{})
	if rapid.Bool().Draw(rt, "replay") {
		w.chain.replay()
	}
	if rapid.Bool().Draw(rt, "read") {
		w.follow()
	}
}

// drain lets everything take its course, without any more trouble.
func (w *world) drain() {
	w.chain.crash, w.chain.refuse = 0, false
	for range 200 {
		w.now = w.now.Add(time.Hour)
		w.chain.replay()
		for _, s := range w.openSales() {
			w.settle(s)
		}
		for _, key := range w.chain.waiting() {
			w.chain.mine(key)
		}
		w.chain.append(block{})
		w.follow()
		tasks := w.tasks()
		for _, t := range tasks {
			w.run(t)
		}
		if len(tasks) == 0 && len(w.chain.waiting()) == 0 && len(w.openSales()) == 0 {
			return
		}
	}
	w.t.Fatalf("still at work: %v, transactions %v", w.tasks(), w.chain.waiting())
}

// check holds what must be true at every moment.
func (w *world) check() {
	w.view(func(tx *records.Tx) {
		for _, u := range w.users {
			w.checkUser(tx, u)
		}
	})
}

func (w *world) checkUser(tx *records.Tx, u account.User) {
	t := w.t
	sums, err := tx.EarningSummary(u.ID)
	require.NoError(t, err)
	all, err := tx.EarningsOf(u.ID)
	require.NoError(t, err)
	var again earning.Summary
	var owed, claimed market.Amount // by the operator
	for _, e := range all {
		require.NoError(t, again.Add(e))
		if !e.FromSale() && e.Status != earning.Pending {
			owed = plus(owed, e.Amount)
			if e.Status == earning.Claimed {
				claimed = plus(claimed, e.Amount)
			}
		}
	}
	require.Equal(t, again, sums, "the running sums are those of the earnings")
	total, err := sums.Total()
	require.NoError(t, err)
	require.Equal(t, w.booked[u.ID], total, "pending, confirmed and claimed are what was booked")

	claims, _, err := tx.ClaimPage(u.ID, 10_000, 0)
	require.NoError(t, err)
	in := map[market.EarningID]market.ClaimID{}
	for _, c := range claims {
		if c.Status == claim.Failed {
			w.failed[u.ID] = true
			continue
		}
		var sum market.Amount
		for _, id := range c.Earnings {
			require.Empty(t, in[id], "%s is in two claims", id)
			in[id] = c.ID
			e, err := tx.Earning(id)
			require.NoError(t, err)
			sum = plus(sum, e.Amount)
		}
		require.Equal(t, c.Total, sum)
		require.Equal(t, c.Total, plus(c.Sales.Amount, c.Rewards.Amount))
		if c.Failure != "" {
			w.failed[u.ID] = true
		}
	}
	for _, e := range all {
		require.Equal(t, e.Claim, in[e.ID], "%s", e.Status)
		require.Equal(t, e.Status == earning.Claimed, in[e.ID] != "", "%s is %s", e.ID, e.Status)
	}

	paid := w.chain.state().paid[u.Wallet]
	require.LessOrEqual(t, paid.Cmp(owed), 0, "%s: paid %s of %s owed", u.ID, paid, owed)
	if !w.failed[u.ID] {
		require.LessOrEqual(t, paid.Cmp(claimed), 0, "%s: paid %s of %s claimed", u.ID, paid, claimed)
	}
}

// settleUp claims all that is left and compares the wallets with what was earned.
func (w *world) settleUp() {
	w.chain.do(deposit(market.Wei(1_000_000_000)))
	for range 3 {
		w.drain()
		for _, u := range w.users {
			w.claim(u, claim.Request{All: true})
		}
	}
	w.drain()
	w.check()
	state := w.chain.state()
	w.view(func(tx *records.Tx) {
		for _, u := range w.users {
			sums, err := tx.EarningSummary(u.ID)
			require.NoError(w.t, err)
			confirmed, err := sums.Sum(earning.Filter{Status: earning.Confirmed})
			require.NoError(w.t, err)
			require.Zero(w.t, confirmed)
			claimed, err := sums.Sum(earning.Filter{Status: earning.Claimed})
			require.NoError(w.t, err)
			// What other nodes sold may still lie in the contract, or have been withdrawn.
			everything := plus(state.got[u.Wallet], state.income[u.Wallet])
			require.Equal(w.t, plus(claimed.Amount, w.foreign[u.Wallet]), everything, "%s", u.ID)
			till, err := tx.Till(u.Wallet)
			require.NoError(w.t, err)
			// A stranger's withdrawal in front of the node's own makes that one take income of
			// other nodes, if there is any: it waits to be put down to the next sales.
			ahead := minus(till.Sales.Taken, till.Sales.Done)
			require.Equal(w.t, till.Elsewhere, plus(state.income[u.Wallet], ahead), "all income of this node's sales is withdrawn")
			require.LessOrEqual(w.t, w.chain.withdrawn(u.Wallet).Cmp(till.Sales.Taken), 0, "the node leaves alone what others sold")
			require.True(w.t, w.raced[u.Wallet] || ahead.IsZero())
			require.Equal(w.t, till.Rewards.Done, till.Rewards.Taken)
			require.Equal(w.t, state.paid[u.Wallet], till.Rewards.Taken)
			live, err := tx.LiveClaims(u.ID)
			require.NoError(w.t, err)
			require.Empty(w.t, live)
		}
	})
}

// TestMachine plays earnings, claims, payouts, crashes, strangers and
// reorganisations in any order. At every moment the sums hold and nobody was paid
// what was not owed; in the end everybody has exactly what was earned.
func TestMachine(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(base, "")
		require.NoError(rt, err)
		w := newWorld(rt, dir)
		defer func() { _ = w.store.Close() }()
		user := func(rt *rapid.T) account.User { return rapid.SampledFrom(w.users).Draw(rt, "user") }
		amount := rapid.Uint64Range(1, 20)
		rt.Repeat(map[string]func(*rapid.T){
			"": func(*rapid.T) { w.check() },
			"reward": func(rt *rapid.T) {
				w.reward(user(rt), rapid.SampledFrom([]earning.Source{earning.DataSales, earning.Labeling, earning.Referral}).Draw(rt, "source"), earning.Confirmed, amount.Draw(rt, "amount"))
			},
			"pending": func(rt *rapid.T) { w.reward(user(rt), earning.Browsing, earning.Pending, amount.Draw(rt, "amount")) },
			"sell":    func(rt *rapid.T) { w.sell(user(rt), amount.Draw(rt, "amount")) },
			"settle": func(rt *rapid.T) {
				if open := w.openSales(); len(open) > 0 {
					w.settle(rapid.SampledFrom(open).Draw(rt, "sale"))
				}
			},
			"refund": func(rt *rapid.T) {
				open := w.openSales()
				if len(open) == 0 {
					return
				}
				s := rapid.SampledFrom(open).Draw(rt, "sale")
				before := len(w.chain.blocks)
				w.settle(s)
				if len(w.chain.blocks) == before {
					return // settled already
				}
				// Instead of settling it: the block never was.
				w.chain.blocks = w.chain.blocks[:before]
				for i, again := range w.chain.pool {
					if events, _ := again(w.chain.state()); len(events) == 1 && events[0].Purchase == s.Purchase {
						w.chain.pool = slices.Delete(w.chain.pool, i, i+1)
						break
					}
				}
				w.closeSale(s, earning.Cancelled)
			},
			"claim all": func(rt *rapid.T) { w.claim(user(rt), claim.Request{All: true}) },
			"claim some": func(rt *rapid.T) {
				ids := []market.EarningID{"earn_unknown"}
				w.view(func(tx *records.Tx) {
					for _, u := range w.users {
						all, err := tx.EarningsOf(u.ID)
						require.NoError(rt, err)
						for _, e := range all {
							if rapid.Bool().Draw(rt, "named") {
								ids = append(ids, e.ID, e.ID)
							}
						}
					}
				})
				w.claim(user(rt), claim.Request{Earnings: ids})
			},
			"task": func(rt *rapid.T) {
				if tasks := w.tasks(); len(tasks) > 0 {
					w.chain.crash = rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(rt, "crash")
					w.run(rapid.SampledFrom(tasks).Draw(rt, "task"))
					w.chain.crash = 0
				}
			},
			"mine": func(rt *rapid.T) {
				if keys := w.chain.waiting(); len(keys) > 0 {
					w.chain.mine(rapid.SampledFrom(keys).Draw(rt, "key"))
				}
			},
			"refuse": func(rt *rapid.T) { w.chain.refuse = rapid.Bool().Draw(rt, "refuse") },
			"blocks": func(rt *rapid.T) {
				for range rapid.IntRange(1, 8).Draw(rt, "blocks") {
					w.chain.append(block{})
				}
			},
			"follow": func(*rapid.T) { w.follow() },
			"time": func(rt *rapid.T) {
				w.now = w.now.Add(time.Duration(rapid.IntRange(0, 1000).Draw(rt, "seconds")) * time.Second)
			},
			"stranger withdraws": func(rt *rapid.T) {
				u := user(rt)
				if w.chain.do(withdraw(u.Wallet, market.Wei(amount.Draw(rt, "amount")))) {
					w.raced[u.Wallet] = true
				}
			},
			"sold elsewhere": func(rt *rapid.T) {
				u, price := user(rt), market.Wei(amount.Draw(rt, "amount"))
				w.serial++
				w.chain.do(settled(market.Hash{0xFF, byte(w.serial >> 8), byte(w.serial)}, u.Wallet, price))
				w.foreign[u.Wallet] = plus(w.foreign[u.Wallet], price)
			},
			"deposit": func(rt *rapid.T) { w.chain.do(deposit(market.Wei(amount.Draw(rt, "amount")))) },
			"redeem": func(rt *rapid.T) {
				if len(w.vouchers) > 0 {
					v := rapid.SampledFrom(w.vouchers).Draw(rt, "voucher")
					w.chain.do(payout([]market.Address{v.Account}, []market.Amount{v.Cumulative}))
				}
			},
			"reorganise": func(rt *rapid.T) { reorganise(rt, w, rapid.IntRange(0, 3).Draw(rt, "rounds before")) },
			"reorganise what was just paid": func(rt *rapid.T) {
				u := user(rt)
				w.claim(u, claim.Request{All: true})
				w.chain.do(deposit(market.Wei(amount.Draw(rt, "amount"))))
				reorganise(rt, w, 3)
			},
			"go on": func(rt *rapid.T) {
				for range rapid.IntRange(1, 8).Draw(rt, "rounds") {
					w.goOn()
				}
			},
			"restart": func(*rapid.T) { w.restart() },
		})
		w.settleUp()
	})
}
