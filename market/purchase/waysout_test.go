package purchase_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/deal"
	"privd/market/purchase"
)

// rounds lets the buyer step and the chain go on, a second a block.
func (w *world) rounds(n int) {
	for range n {
		w.step()
		w.chain.mine(1)
	}
	w.step()
}

// paid brings a purchase to where the price is in escrow and confirmed, the seller
// being away since then.
func (w *world) paid(t *testing.T) market.Hash {
	t.Helper()
	w.rounds(1)
	w.seller.away = true
	w.rounds(confirmations)
	p := w.purchase()
	require.Equal(t, purchase.Opening, p.State)
	require.Equal(t, wealth-price, w.chain.wallet)
	return p.OnChain
}

func (w *world) story(t *testing.T) purchase.Story {
	t.Helper()
	s, err := w.engine.Story(t.Context(), "usr_1", w.id)
	require.NoError(t, err)
	return s
}

// Each way a purchase can end, and what the buyer has then.
func TestWaysOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lies   lies
		play   func(t *testing.T, w *world)
		state  purchase.State
		fault  purchase.FaultKind
		wallet int
		reason string
	}{
		"all is well": {play: func(_ *testing.T, w *world) {
			w.rounds(5)
			w.chain.settle(w.purchase().OnChain)
			w.rounds(3)
		}, state: purchase.Opened, wallet: wealth - price},
		"the payment is never mined": {play: func(t *testing.T, w *world) {
			w.step()
			require.Equal(t, purchase.Unconfirmed, w.purchase().State)
			w.chain.pending = nil
			w.chain.mine(600)
			w.step()
			require.Equal(t, purchase.Unconfirmed, w.purchase().State, "until its time is over deep in the chain")
			w.rounds(2)
		}, state: purchase.Failed, wallet: wealth, reason: "nothing was paid"},
		"the order expires before the seller is back": {play: func(_ *testing.T, w *world) {
			w.seller.away = true
			w.step()
			w.chain.mine(31 * 86400)
			w.step()
		}, state: purchase.Failed, wallet: wealth, reason: "expired"},
		"the seller is silent": {play: func(t *testing.T, w *world) {
			w.paid(t)
			w.chain.mine(window - 100)
			w.step()
			require.Equal(t, purchase.Opening, w.purchase().State)
			w.chain.mine(200)
			w.rounds(4)
		}, state: purchase.Revoked, wallet: wealth, reason: "did not deliver"},
		"the seller sends another opener": {lies: lies{WrongOpener: true}, play: func(_ *testing.T, w *world) {
			w.rounds(5)
			w.chain.mine(window)
			w.rounds(4)
		}, state: purchase.Revoked, wallet: wealth},
		"the seller sealed a wrong key and gives its opener": {lies: lies{WrongKey: true}, play: func(_ *testing.T, w *world) {
			w.rounds(8)
		}, state: purchase.Revoked, wallet: wealth, reason: "wrong key"},
		"the seller sealed a wrong key and reveals": {lies: lies{WrongKey: true, Deaf: true}, play: func(t *testing.T, w *world) {
			w.chain.reveal(w.paid(t))
			w.rounds(5)
		}, state: purchase.Revoked, wallet: wealth, reason: "wrong key"},
		"a wrong key, revealed while the buyer was away for two days": {lies: lies{WrongKey: true, Deaf: true}, play: func(t *testing.T, w *world) {
			w.chain.reveal(w.paid(t))
			w.chain.mine(1)
			w.chain.mine(disputes - 86400)
			w.boot()
			w.rounds(4)
		}, state: purchase.Revoked, wallet: wealth, reason: "wrong key"},
		"a wrong key, revealed while the buyer was away for too long": {lies: lies{WrongKey: true, Deaf: true}, play: func(t *testing.T, w *world) {
			id := w.paid(t)
			w.chain.reveal(id)
			w.chain.mine(1)
			w.chain.mine(disputes)
			w.chain.finalize(id)
			w.boot()
			w.rounds(5)
		}, state: purchase.Garbage, fault: purchase.FaultKey, wallet: wealth - price, reason: "time to dispute it is over"},
		"the key is revealed while the buyer is away for too long": {lies: lies{Deaf: true}, play: func(t *testing.T, w *world) {
			id := w.paid(t)
			w.chain.reveal(id)
			w.chain.mine(1)
			w.chain.mine(disputes)
			w.chain.finalize(id)
			w.chain.mine(1)
			w.boot()
			w.rounds(3)
		}, state: purchase.Opened, wallet: wealth - price},
		"a lying bundle, and no reveal": {lies: lies{WrongBundle: true}, play: func(t *testing.T, w *world) {
			w.rounds(5)
			require.Equal(t, purchase.Garbage, w.purchase().State)
			require.Equal(t, purchase.FaultBundle, w.purchase().Fault.Kind)
			w.chain.mine(window)
			w.rounds(4)
		}, state: purchase.Revoked, fault: purchase.FaultBundle, wallet: wealth},
		"a lying bundle, revealed and finalized": {lies: lies{WrongBundle: true}, play: func(_ *testing.T, w *world) {
			w.rounds(5)
			id := w.purchase().OnChain
			w.chain.reveal(id)
			w.rounds(2)
			w.chain.mine(disputes)
			w.chain.finalize(id)
			w.rounds(4)
		}, state: purchase.Garbage, fault: purchase.FaultBundle, wallet: wealth - price, reason: "bundle"},
		"lying content": {lies: lies{WrongContent: true}, play: func(_ *testing.T, w *world) {
			w.rounds(5)
		}, state: purchase.Garbage, fault: purchase.FaultContent, wallet: wealth - price, reason: "file 1"},
		"lying content that was too large to look at before": {lies: lies{WrongContent: true, BigFile: true}, play: func(_ *testing.T, w *world) {
			w.rounds(5)
		}, state: purchase.Opened, fault: purchase.FaultContent, wallet: wealth - price},
		"the price is refunded although the key came": {play: func(_ *testing.T, w *world) {
			w.rounds(5)
			w.chain.mine(window)
			_ = w.chain.Refund(context.Background(), "a stranger", w.seller.deals[w.purchase().OnChain])
			w.rounds(4)
		}, state: purchase.Revoked, wallet: wealth},
		"away since the payment, for weeks": {play: func(t *testing.T, w *world) {
			w.step()
			w.chain.mine(1)
			w.chain.mine(20 * 86400)
			w.chain.mine(1)
			w.boot()
			w.rounds(4)
		}, state: purchase.Revoked, wallet: wealth},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := live(t, c.lies)
			c.play(t, w)
			p := w.purchase()
			require.Equal(t, c.state, p.State)
			require.Equal(t, c.wallet, w.chain.wallet)
			require.Contains(t, p.Reason, c.reason)
			if c.fault == "" {
				require.Nil(t, p.Fault)
			} else {
				require.NotNil(t, p.Fault)
				require.Equal(t, c.fault, p.Fault.Kind)
			}
			story := w.story(t)
			require.Equal(t, c.wallet != wealth, story.MoneyMoved())
			want := map[purchase.State]purchase.Access{purchase.Opened: purchase.AccessActive, purchase.Failed: purchase.AccessFailed,
				purchase.Garbage: purchase.AccessFailed, purchase.Revoked: purchase.AccessRevoked}[c.state]
			require.Equal(t, want, p.Access(w.clock()))
			var reserved market.Amount
			require.NoError(t, w.engine.Store.View(t.Context(), func(tx purchase.Tx) (err error) {
				reserved, err = purchase.Reserved(tx, "usr_1", w.clock())
				return err
			}))
			require.True(t, reserved.IsZero(), "nothing is spoken for any more")
		})
	}
}

// A chain that is too old to be acted on keeps every step of money back, whatever the
// node's own clock says.
func TestStaleChain(t *testing.T) {
	t.Parallel()
	w := live(t, lies{})
	w.paid(t)
	w.chain.mine(window)
	sent := len(w.chain.pending)
	w.chain.stale = true
	w.step()
	require.Len(t, w.chain.pending, sent)
	require.Contains(t, w.purchase().Reason, "old")
	w.chain.stale = false
	w.step()
	require.Len(t, w.chain.pending, sent+1)
}

// A buyer who has the key does not take the price back when the seller forgot to
// settle: its receipt goes to the contract, however late.
func TestKeyInHand(t *testing.T) {
	t.Parallel()
	w := live(t, lies{})
	w.rounds(1)
	w.chain.mine(1)
	// The process dies right after the opener is stored, and stays down past the deadline.
	for w.fuse = 1; ; w.fuse++ {
		require.Less(t, w.fuse, 40, "the opener is not kept")
		if _, err := w.keyring.Get(t.Context(), "pur_1.opener"); err == nil {
			break
		}
		before := w.fuse
		w.step()
		w.fuse = before
	}
	w.fuse = 0
	require.NotEqual(t, purchase.Opened, w.purchase().State)
	w.seller.away = true
	w.chain.mine(window)
	w.boot()
	w.rounds(2)
	require.Equal(t, purchase.Opened, w.purchase().State)
	w.rounds(2)
	require.Equal(t, deal.StatusSettled, w.chain.state(w.purchase().OnChain).Status, "while the seller is away")
	require.Equal(t, wealth-price, w.chain.wallet)
}

// A node that lost the sealed key, or finds it damaged, asks for the same again; from
// a seller who refuses it gets the price back.
func TestSealedKeyIsLost(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(w *world){
		"lost":    func(w *world) { _ = w.keyring.Destroy(context.Background(), "pur_1.sealed") },
		"damaged": func(w *world) { _ = w.keyring.Put(context.Background(), "pur_1.sealed", make([]byte, 32)) },
	} {
		for _, refuses := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := live(t, lies{NoReseal: refuses})
				w.paid(t)
				lose(w)
				w.seller.away = false
				w.rounds(3)
				if !refuses {
					require.Equal(t, purchase.Opened, w.purchase().State)
					return
				}
				require.Equal(t, purchase.Opening, w.purchase().State)
				w.chain.mine(window)
				w.rounds(4)
				require.Equal(t, purchase.Revoked, w.purchase().State)
				require.Equal(t, wealth, w.chain.wallet)
			})
		}
	}
}

// Reorganisations of each step: what was taken back is sent again, and the outcome is
// the same.
func TestReorganisations(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lies   lies
		play   func(t *testing.T, w *world)
		state  purchase.State
		wallet int
	}{
		"the payment, before it is deep": {play: func(t *testing.T, w *world) {
			w.rounds(1)
			require.Equal(t, deal.StatusPurchased, w.chain.state(w.purchase().OnChain).Status)
			w.chain.reorg(1)
			w.step()
			require.Equal(t, deal.StatusNone, w.chain.state(w.purchase().OnChain).Status)
			w.rounds(5)
		}, state: purchase.Opened, wallet: wealth - price},
		"the payment, deep, before the key": {play: func(t *testing.T, w *world) {
			w.paid(t)
			w.chain.reorg(3)
			w.step()
			require.Equal(t, purchase.Unconfirmed, w.purchase().State)
			w.seller.away = false
			w.rounds(5)
		}, state: purchase.Opened, wallet: wealth - price},
		"the payment, after the key; its price stays spoken for": {play: func(t *testing.T, w *world) {
			w.rounds(4)
			require.Equal(t, purchase.Opened, w.purchase().State)
			w.chain.reorg(len(w.chain.blocks) - 1)
			w.step()
			require.NoError(t, w.engine.Store.View(t.Context(), func(tx purchase.Tx) error {
				reserved, err := purchase.Reserved(tx, "usr_1", w.clock())
				require.Equal(t, market.Wei(price), reserved)
				return err
			}))
			w.rounds(4)
		}, state: purchase.Opened, wallet: wealth - price},
		"the refund": {play: func(t *testing.T, w *world) {
			w.paid(t)
			w.chain.mine(window)
			w.rounds(1)
			w.chain.reorg(1)
			w.rounds(4)
		}, state: purchase.Revoked, wallet: wealth},
		"the refund, deeper than thought possible, with the time it took": {play: func(t *testing.T, w *world) {
			w.paid(t)
			w.chain.mine(window)
			w.rounds(4)
			require.Equal(t, purchase.Revoked, w.purchase().State)
			w.chain.reorg(5)
			w.chain.pending = w.chain.pending[:1] // the payment alone
			w.seller.away = false
			w.rounds(1)
			require.NotEqual(t, purchase.Revoked, w.purchase().State)
			w.rounds(5)
		}, state: purchase.Opened, wallet: wealth - price},
		"the dispute": {lies: lies{WrongKey: true}, play: func(t *testing.T, w *world) {
			for w.chain.state(w.purchase().OnChain).Status != deal.StatusRefunded {
				w.rounds(1)
			}
			w.chain.reorg(1)
			w.rounds(4)
		}, state: purchase.Revoked, wallet: wealth},
		"the reveal of a wrong key, under a dispute": {lies: lies{WrongKey: true, Deaf: true}, play: func(t *testing.T, w *world) {
			w.chain.reveal(w.paid(t))
			w.rounds(2)
			require.Equal(t, deal.StatusRefunded, w.chain.state(w.purchase().OnChain).Status)
			w.chain.reorg(2)
			w.rounds(4)
		}, state: purchase.Revoked, wallet: wealth},
		"a failure that was none": {play: func(t *testing.T, w *world) {
			w.step()
			held := w.chain.pending
			w.chain.pending = nil
			w.chain.mine(600)
			w.rounds(3)
			require.Equal(t, purchase.Failed, w.purchase().State)
			w.chain.reorg(len(w.chain.blocks) - 1)
			w.chain.pending = held
			w.rounds(6)
		}, state: purchase.Opened, wallet: wealth - price},
		"the time to dispute, which had run out": {lies: lies{WrongKey: true, Deaf: true}, play: func(t *testing.T, w *world) {
			w.chain.reveal(w.paid(t))
			w.chain.mine(1)
			w.chain.mine(disputes)
			w.step()
			require.Equal(t, purchase.Garbage, w.purchase().State)
			w.chain.reorg(1)
			w.rounds(4)
		}, state: purchase.Revoked, wallet: wealth},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := live(t, c.lies)
			c.play(t, w)
			require.Equal(t, c.state, w.purchase().State)
			require.Equal(t, c.wallet, w.chain.wallet)
		})
	}
}

// The process dies before and after each thing it does, once at each; what comes of
// the purchase is the same as without.
func TestDiesAnywhere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lies   lies
		after  uint64 // seconds that pass before the end
		state  purchase.State
		wallet int
	}{
		"a purchase":     {state: purchase.Opened, wallet: wealth - price},
		"a big purchase": {lies: lies{BigFile: true}, state: purchase.Opened, wallet: wealth - price},
		"a refund":       {lies: lies{Deaf: true}, after: window, state: purchase.Revoked, wallet: wealth},
		"a dispute":      {lies: lies{WrongKey: true}, state: purchase.Revoked, wallet: wealth},
		"garbage":        {lies: lies{WrongBundle: true}, after: window, state: purchase.Revoked, wallet: wealth},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for at := 1; ; at++ {
				w := live(t, c.lies)
				w.fuse = at
				w.rounds(8)
				if c.after > 0 {
					w.chain.mine(c.after)
					w.rounds(5)
				}
				require.Equal(t, c.state, w.purchase().State, "died at deed %d", at)
				require.Equal(t, c.wallet, w.chain.wallet, "died at deed %d", at)
				require.LessOrEqual(t, len(w.chain.all()), 1, "paid twice, died at deed %d", at)
				if w.fuse > 0 {
					require.Greater(t, at, 10)
					return
				}
			}
		})
	}
}

// The buyer is told until when the node must have run once.
func TestReachableBefore(t *testing.T) {
	t.Parallel()
	w := live(t, lies{WrongKey: true, Deaf: true})
	require.True(t, w.story(t).ReachableBefore.IsZero(), "no money has moved")
	id := w.paid(t)
	require.Equal(t, w.clock().UTC().Add(purchase.DisputeWindow), w.story(t).ReachableBefore, "the seller may reveal now")
	w.chain.reveal(id)
	w.chain.mine(1)
	until := time.Unix(int64(w.chain.state(id).Deadline), 0).UTC()
	require.Equal(t, until, w.story(t).ReachableBefore)
	watch, err := w.engine.Watching(t.Context(), []market.PurchaseID{w.id, "pur_gone"})
	require.NoError(t, err)
	require.Equal(t, purchase.Watch{Waiting: 1, ReachableBefore: until}, watch)
	w.rounds(4)
	story := w.story(t)
	require.True(t, story.ReachableBefore.IsZero())
	require.Equal(t, market.Wei(price), story.Lines[len(story.Lines)-2].Amount)
	require.Contains(t, story.Lines[len(story.Lines)-2].What, "proven")
}
