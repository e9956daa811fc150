package sale_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/market"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/earning"
	"privd/market/outbox"
	"privd/market/sale"
	"privd/market/seal"
	"privd/market/task"
)

// story is one purchase on a chain of its own, with a buyer who may be anybody and a
// seller's node that dies now and then. Blocks are minutes apart, reorganisations
// shorter than the confirmations, and a transaction that pays is mined within two
// blocks: what the protocol assumes, and nothing more.
type story struct {
	t     *rapid.T
	g     goods
	store *memory
	desk  *sale.Desk
	sign  func(market.Hash) seal.Sig

	blocks []mined
	calls  []*call // in order of their first submission
	up     bool
	dies   bool // the next submission is not made: the process dies before it
	forks  int

	leftOnce   bool // k may be known to anybody, or to the buyer
	pushedOnce bool // k was broadcast
	awayOnce   bool
}

type mined struct {
	mark   deal.Mark
	events []deal.Event
}

// call is a transaction that somebody wants.
type call struct {
	key     string
	by      uint64
	state   outbox.State
	signed  bool
	block   uint64
	waited  int
	receipt []seal.SignedReceipt
}

// ours reports whether the seller's node sends it.
func (c *call) ours() bool {
	verb, _, _ := strings.Cut(c.key, "/")
	return verb == "reveal" || verb == "settle" || verb == "finalize"
}

const confirmations = 3

func newStory(t *rapid.T) *story {
	key, err := crypto.ToECDSA(slices.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	s := &story{t: t, store: newMemory(), up: true}
	s.sign = func(digest market.Hash) seal.Sig {
		raw, err := crypto.Sign(digest[:], key)
		require.NoError(t, err)
		sig, err := seal.Compact(raw)
		require.NoError(t, err)
		return sig
	}
	s.g = newGoods(market.Address(crypto.PubkeyToAddress(key.PublicKey)), zero, deadline)
	s.store.held.listings[s.g.order.Listing] = s.g.listing
	s.blocks = []mined{{mark: deal.Mark{Number: 1, Hash: market.Hash{1}, Time: zero}}}
	s.wake()
	s.calls = append(s.calls, &call{key: "buy"})
	return s
}

// wake starts the seller's node from what it has saved.
func (s *story) wake() {
	rules := sale.DefaultRules()
	rules.Confirmations = confirmations
	s.desk = &sale.Desk{Store: s.store, Keyring: s.g.keys(), Chain: s, Domain: s.g.domain, Secret: s.g.secret, Rules: rules,
		Clock: func() time.Time { return time.Unix(int64(s.head().Time), 0) }}
}

func (s *story) head() deal.Mark { return s.blocks[len(s.blocks)-1].mark }

func (s *story) state() deal.State {
	var all []deal.Event
	for _, b := range s.blocks {
		all = append(all, b.events...)
	}
	return deal.Fold(all)
}

// Head implements sale.Chain.
func (s *story) Head() (deal.Mark, error) { return s.head(), nil }

// AccessUntil implements sale.Chain.
func (s *story) AccessUntil(context.Context, market.Address, market.Hash, market.Address) (uint64, error) {
	return 0, nil
}

// PurchaseCalldata implements sale.Chain.
func (s *story) PurchaseCalldata(context.Context, market.Hash) ([]byte, error) { return nil, nil }

// RepeatPurchase implements sale.Chain.
func (s *story) RepeatPurchase(context.Context, string, []byte) error { return nil }

// Settle implements sale.Chain.
func (s *story) Settle(_ context.Context, key string, r []seal.SignedReceipt) error {
	return s.submit(&call{key: key, receipt: r})
}

// Reveal implements sale.Chain.
func (s *story) Reveal(_ context.Context, key string, _ seal.Deal, _ seal.Delivery, opener seal.Key, by, _ uint64) error {
	require.True(s.t, opener == s.g.opener)
	return s.submit(&call{key: key, by: by})
}

// Finalize implements sale.Chain.
func (s *story) Finalize(_ context.Context, key string, _ seal.Deal) error {
	return s.submit(&call{key: key})
}

var errDied = errors.New("the process dies here")

func (s *story) submit(c *call) error {
	if s.dies {
		s.dies = false
		return errDied
	}
	if s.find(c.key) == nil {
		s.calls = append(s.calls, c)
	}
	return nil
}

func (s *story) find(key string) *call {
	for _, c := range s.calls {
		if c.key == key {
			return c
		}
	}
	return nil
}

// Outcome implements sale.Chain.
func (s *story) Outcome(_ context.Context, key string) (outbox.Transaction, error) {
	c := s.find(key)
	if c == nil {
		return outbox.Transaction{}, market.ErrNotFound
	}
	out := outbox.Transaction{Key: key, State: c.state, Block: c.block}
	out.Final = !out.Pending() && (c.block == 0 || deal.Depth(s.head().Number, c.block) >= confirmations)
	if c.signed {
		out.Tries = []outbox.Try{{}}
	}
	return out, nil
}

// does returns what a call does in a block, as the contract has it.
func (s *story) does(c *call, at deal.Mark) (e deal.Event, ok bool) {
	state := s.state()
	e = deal.Event{Block: at.Number, BlockHash: at.Hash, BlockTime: at.Time, Purchase: s.g.purchase, TxHash: market.Hash(crypto.Keccak256Hash([]byte(c.key)))}
	verb, _, _ := strings.Cut(c.key, "/")
	switch {
	case verb == "buy" && state.Status == deal.StatusNone:
		return s.g.bought(at), true
	case verb == "reveal" && state.Status == deal.StatusPurchased && at.Time < state.Deadline:
		e.Kind, e.Opener, e.Deadline = deal.Revealed, market.Hash(s.g.opener), at.Time+dispute
	case verb == "finalize" && state.Status == deal.StatusRevealed && at.Time >= state.Deadline:
		e.Kind, e.Amount = deal.Settled, market.Wei(95)
	case verb == "refund" && state.Status == deal.StatusPurchased && at.Time >= state.Deadline:
		e.Kind, e.Amount = deal.Refunded, market.Wei(100)
	case verb == "settle" && (state.Status == deal.StatusPurchased || state.Status == deal.StatusRevealed):
		for _, r := range c.receipt {
			if r.OpenedAt >= state.BoughtAt && r.OpenedAt <= at.Time {
				e.Kind, e.Amount = deal.Settled, market.Wei(95)
			}
		}
	}
	return e, e.Kind != 0
}

// send is the senders' part of a block: what would fail is not signed, and what is
// too late does not leave.
func (s *story) send() {
	head := s.head()
	for _, c := range s.calls {
		if c.state != outbox.Queued || (!s.up && c.ours()) {
			continue
		}
		if _, good := s.does(c, head); !good || (c.by != 0 && head.Time > c.by) {
			if c.key != "buy" { // whose sender goes on
				c.state = outbox.Failed
			}
			continue
		}
		if strings.HasPrefix(c.key, "reveal/") {
			state := s.state()
			if !s.pushedOnce {
				require.LessOrEqual(s.t, head.Time, state.Deadline-(deadline-pushBy), "k leaves for the first time after the last push")
			}
			s.leftOnce, s.pushedOnce = true, true
		}
		c.state, c.signed, c.waited = outbox.Sent, true, 0
	}
}

// mine makes a block some time later.
func (s *story) mine(later uint64) {
	s.send()
	last := s.head()
	at := deal.Mark{Number: last.Number + 1, Time: last.Time + later}
	at.Hash = market.Hash(crypto.Keccak256Hash(fmt.Appendf(nil, "%d %d %d", at.Number, at.Time, s.forks)))
	s.blocks = append(s.blocks, mined{mark: at})
	here := &s.blocks[len(s.blocks)-1]
	for _, c := range s.calls {
		if c.state != outbox.Sent || (c.waited == 0 && rapid.Bool().Draw(s.t, "is passed by")) {
			c.waited++
			continue
		}
		e, good := s.does(c, at)
		c.state, c.block = outbox.Failed, at.Number
		if good {
			c.state = outbox.Mined
			here.events = append(here.events, e)
		}
	}
	s.read(here.events, false)
}

// read is the follower of the seller's node, which reads also what happened while
// it was away.
func (s *story) read(events []deal.Event, undone bool) {
	require.NoError(s.t, s.store.Update(context.Background(), func(tx sale.Tx) error {
		r := tx.(*rows)
		for _, e := range events {
			if undone {
				r.events = slices.DeleteFunc(r.events, func(held deal.Event) bool { return held == e })
				require.NoError(s.t, s.desk.Unbooked(r, e))
				continue
			}
			r.events = append(r.events, e)
			require.NoError(s.t, s.desk.Booked(r, e))
		}
		return nil
	}))
}

// fork replaces the newest blocks by one more than they were.
func (s *story) fork(n int, later uint64) {
	s.forks++
	n = min(n, len(s.blocks)-1)
	for range n {
		last := s.blocks[len(s.blocks)-1]
		s.blocks = s.blocks[:len(s.blocks)-1]
		for _, c := range s.calls {
			if c.block == last.mark.Number {
				c.state, c.block, c.waited = outbox.Sent, 0, 0
			}
		}
		slices.Reverse(last.events)
		s.read(last.events, true)
	}
	for range n + 1 {
		s.mine(later / uint64(n+1))
	}
}

// drive runs the tasks of the seller's node. It may die anywhere and starts again.
func (s *story) drive() {
	if !s.up {
		return
	}
	for range rapid.IntRange(1, 3).Draw(s.t, "times") {
		_, err := s.desk.Deliver(context.Background(), s.g.purchase)
		if err == nil {
			if due, missing := s.store.held.Task(task.Settle, sale.SettleKey); missing == nil && !due.Due.After(s.desk.Clock()) {
				_ = s.store.held.DeleteTask(task.Settle, sale.SettleKey)
				_, err = s.desk.Settle(context.Background())
			}
		}
		if err != nil {
			require.ErrorIs(s.t, err, errDied)
			s.wake()
		}
	}
}

// ask asks for the opener, as the buyer.
func (s *story) ask() {
	if !s.up {
		return
	}
	k, err := s.desk.Opener(context.Background(), delivery.OpenerRequest{Purchase: s.g.purchase, Signature: s.sign(s.g.domain.OpenerRequest(s.g.purchase))})
	if err != nil {
		require.NotNil(s.t, delivery.RefusalOf(err), err)
		return
	}
	require.True(s.t, k == s.g.opener)
	state := s.state()
	require.GreaterOrEqual(s.t, deal.Depth(s.head().Number, state.Bought.Number), uint64(confirmations), "k leaves before the payment is deep")
	if state.Status == deal.StatusPurchased && !s.pushedOnce {
		require.LessOrEqual(s.t, s.head().Time, state.Deadline-(deadline-lastCall), "k leaves after the last call")
	}
	s.leftOnce = true
	held, err := s.store.held.Sale(s.g.purchase)
	require.NoError(s.t, err)
	require.False(s.t, held.HandedOut.IsZero(), "k leaves before that is saved")
}

// note hands in the receipt, as the buyer.
func (s *story) note() {
	if !s.up || !s.leftOnce {
		return
	}
	at := max(s.head().Time, s.state().BoughtAt)
	err := s.desk.Note(context.Background(), delivery.Receipt{Purchase: s.g.purchase, OpenedAt: at, Signature: s.sign(s.g.domain.Receipt(s.g.purchase, at))})
	require.True(s.t, err == nil || delivery.RefusalOf(err) != nil, err)
}

// Whatever the buyer does, whenever the seller's node dies, and whichever blocks are
// taken back: k leaves only when it may, what it was given for is paid where the node
// was there, each sale ends, and its earning is what the chain says.
func TestStories(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := newStory(rt)
		s.mine(600)
		asks, notes := rapid.Bool().Draw(rt, "buyer asks"), rapid.Bool().Draw(rt, "buyer sends a receipt")
		reliable := rapid.Bool().Draw(rt, "node is always there")
		for s.head().Time < zero+6*24*hour && !s.over() {
			switch rapid.IntRange(0, 11).Draw(rt, "next") {
			case 0:
				if s.forks < 2 {
					s.fork(rapid.IntRange(1, confirmations-1).Draw(rt, "blocks"), 1800)
				}
			case 1:
				s.dies = true
			case 2:
				s.wake()
			case 3:
				if !reliable {
					s.up = !s.up
					s.awayOnce = s.awayOnce || !s.up
				}
			case 4, 5:
				if asks {
					s.ask()
				}
			case 6:
				if notes {
					s.note()
				}
			case 7:
				if state := s.state(); state.Status == deal.StatusPurchased && s.head().Time >= state.Deadline {
					s.submitAll("refund")
				}
			default:
				later := uint64(1800)
				if s.state().Status == deal.StatusRevealed {
					later = 8 * hour
				}
				s.mine(later)
				s.drive()
			}
		}
		s.ends()
	})
}

// submitAll has the buyer want something, again where it failed before.
func (s *story) submitAll(verb string) {
	s.calls = append(s.calls, &call{key: fmt.Sprintf("%s/%d", verb, len(s.calls))})
}

func (s *story) over() bool {
	held, err := s.store.held.Sale(s.g.purchase)
	return err == nil && held.Closed
}

// ends plays on, with the node there and the buyer taking what it can, until the sale
// is over, and looks at how.
func (s *story) ends() {
	s.up, s.dies = true, false
	for n := 0; !s.over(); n++ {
		require.Less(s.t, n, 60, "the sale does not end: %s", s.state().Status)
		if state := s.state(); state.Status == deal.StatusPurchased && s.head().Time >= state.Deadline {
			s.submitAll("refund")
		}
		s.mine(3 * hour)
		s.drive()
	}
	held, err := s.store.held.Sale(s.g.purchase)
	require.NoError(s.t, err)
	e, err := s.store.held.EarningByReference(earning.DataSales, held.Reference)
	require.NoError(s.t, err)
	switch state := s.state(); state.Status {
	case deal.StatusSettled:
		require.Equal(s.t, sale.Settled, held.State)
		require.Equal(s.t, earning.Confirmed, e.Status)
	case deal.StatusRefunded:
		require.Equal(s.t, sale.Refunded, held.State)
		require.Equal(s.t, earning.Cancelled, e.Status)
		require.True(s.t, s.awayOnce, "the node was there all the time, and the price went back")
	default:
		s.t.Fatalf("it ended as %s", state.Status)
	}
	reveals := 0
	for _, c := range s.calls {
		if strings.HasPrefix(c.key, "reveal/") {
			reveals++
		}
	}
	require.LessOrEqual(s.t, reveals, 1+held.Tries)
}
