package purchase_test

import (
	"os"
	"testing"

	"pgregory.net/rapid"

	"privd/market/deal"
	"privd/market/purchase"
)

// disputed reports whether the buyer's way out is taken.
func (w *world) disputed() bool {
	for _, tx := range w.chain.pending {
		if len(tx.Key) > 8 && tx.Key[:8] == "dispute/" {
			return true
		}
	}
	return false
}

// jump lets time pass in which nobody but the sender, and the chain, does anything:
// what was sent before is mined before.
func (w *world) jump(seconds uint64) {
	w.chain.mine(1)
	w.chain.mine(seconds)
}

// TestMachine plays random stories between a buyer's node that dies, is away or has no
// chain to look at, a seller that does anything, and a chain that takes blocks back.
// Whatever happened, in the end the price is the seller's for the key of what was
// promised, or the buyer's, but for the lies that the contract cannot see; nothing is
// paid twice, no receipt is signed for garbage, and no right key is disputed (see
// world.Dispute and mortalSeller.Note).
func TestMachine(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(root, "world")
		if err != nil {
			t.Fatal(err)
		}
		l := rapid.SampledFrom([]lies{
			{}, {}, {BigFile: true}, {Deaf: true}, {WrongOpener: true}, {WrongKey: true}, {WrongKey: true, Deaf: true},
			{WrongBundle: true}, {WrongBundle: true, Deaf: true}, {WrongContent: true}, {WrongContent: true, BigFile: true}, {NoReseal: true},
		}).Draw(t, "lies")
		w := newWorld(t, dir, l)
		defer os.RemoveAll(dir)
		defer w.close()
		inTime := false // the buyer disputed while the contract listened
		id := func() (s deal.State) { return w.chain.state(w.purchase().OnChain) }
		actions := map[string]func(*rapid.T){
			"step": func(*rapid.T) {
				w.step()
				if s := id(); l.WrongKey && !w.chain.stale && s.Status == deal.StatusRevealed && w.chain.head().Time < s.Deadline && w.purchase().State == purchase.Opening {
					if !w.disputed() {
						t.Fatalf("a wrong key is public and not disputed")
					}
					inTime = true
				}
			},
			"die": func(t *rapid.T) {
				w.fuse = rapid.IntRange(1, 16).Draw(t, "at deed")
				w.step()
				w.fuse = 0
			},
			"mine": func(*rapid.T) { w.chain.mine(1) },
			"jump": func(t *rapid.T) {
				w.jump(rapid.SampledFrom([]uint64{600, 3600, window / 2, window, disputes}).Draw(t, "seconds"))
			},
			"reorg":  func(t *rapid.T) { w.chain.reorg(rapid.IntRange(1, 3).Draw(t, "blocks")); w.chain.mine(1) },
			"seller": func(*rapid.T) { w.seller.away = !w.seller.away },
			"stale":  func(*rapid.T) { w.chain.stale = !w.chain.stale },
			"reveal": func(*rapid.T) {
				if s := id(); s.Status == deal.StatusPurchased {
					w.chain.reveal(s.Purchase)
				}
			},
			"settle": func(*rapid.T) {
				if s := id(); s.Status == deal.StatusPurchased || s.Status == deal.StatusRevealed {
					w.chain.settle(s.Purchase)
				}
			},
			"finalize": func(*rapid.T) {
				if s := id(); s.Status == deal.StatusRevealed {
					w.chain.finalize(s.Purchase)
				}
			},
		}
		t.Repeat(actions)

		// The buyer's node is back for good. The seller settles what it can, and finalizes.
		w.chain.stale = false
		w.rounds(4)
		for range 3 {
			if s := id(); s.Status != deal.StatusNone {
				w.chain.settle(s.Purchase)
				w.chain.mine(1)
				w.chain.mine(disputes)
				w.chain.finalize(s.Purchase)
			}
			w.rounds(3)
			w.chain.mine(window)
			w.rounds(3)
		}
		w.chain.mine(31 * 86400) // an order that was never sealed is over
		w.rounds(4)

		p, s := w.purchase(), id()
		honest := l == lies{} || l == lies{BigFile: true} || l == lies{Deaf: true} || l == lies{NoReseal: true}
		if n := len(w.chain.all()); n > 1 {
			t.Fatalf("%d purchases", n)
		}
		switch s.Status {
		case deal.StatusNone:
			if w.chain.wallet != wealth || (p.State != purchase.Failed && p.State != purchase.Opened) {
				t.Fatalf("%s, and nothing is on chain: %s", p.State, p.Reason)
			}
		case deal.StatusRefunded:
			if w.chain.wallet != wealth || p.State != purchase.Revoked {
				t.Fatalf("%s after a refund", p.State)
			}
		case deal.StatusSettled:
			switch {
			case w.chain.wallet != wealth-price:
				t.Fatalf("%d are left", w.chain.wallet)
			case p.State == purchase.Opened && !honest && !l.WrongOpener && !l.BigFile:
				t.Fatalf("opened in spite of %+v", l)
			case p.State == purchase.Garbage && (honest || (l.WrongKey && inTime)):
				t.Fatalf("the seller was paid for garbage: %s", p.Reason)
			case p.State != purchase.Opened && p.State != purchase.Garbage:
				t.Fatalf("%s, and the seller was paid: %s", p.State, p.Reason)
			}
		default:
			t.Fatalf("%s, %s on chain: %s", p.State, s.Status, p.Reason)
		}
	})
}
