package faults_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"privd/market"
)

// cheat is one row: rules that one side breaks, how the story goes on, and how the honest
// side comes out of it.
type cheat struct {
	seller string // the rules its node breaks, with commas between; "" is an honest node
	buyer  string
	play   func(t *testing.T, w *world, p purse) bought
	want   ending
	// alone is the test that tries it, where it takes another network.
	alone string
}

// ending is how the honest side comes out of it: all of it is checked on chain.
type ending struct {
	state string // of the purchase, as its buyer sees it; "" is not looked at
	paid  string // by the buyer, in PRIV
	got   string // by the seller: in its wallet, or to be withdrawn by it
	// opens says that the buyer has what was promised.
	opens bool
	// secret says that the opener never left the seller's node, nor a transaction with it.
	secret bool
}

// How a purchase of 10 PRIV may end.
var (
	// The buyer has the content and the seller the price.
	bothWhole = ending{state: "opened", paid: "10", got: "9.5", opens: true}
	// The buyer has the price back.
	moneyBack = ending{state: "revoked", paid: "0", got: "0"}
	// Nothing was paid and nothing given.
	noSale = ending{state: "failed", paid: "0", got: "0", secret: true}
	// The seller has the price, whatever the buyer has made of the key it could have.
	sellerPaid = ending{paid: "10", got: "9.5"}
)

// cheats are all the ways in which one side breaks a rule of the exchange.
var cheats = []cheat{
	// A seller seals something else than the key.
	{seller: "seal-wrong-key,answer-anyone", play: refundedByDispute, want: moneyBack},
	{seller: "seal-wrong-key,reveal-at-once", play: refundedByDispute, want: moneyBack},
	{seller: "seal-wrong-lock,answer-anyone", play: refundedAtDeadline, want: moneyBack},
	// What can be checked before money moves is not paid for.
	{seller: "seal-wrong-hash", play: neverSealed, want: noSale},
	{seller: "seal-unsigned", play: neverSealed, want: noSale},
	{seller: "seal-garbage", play: neverSealed, want: noSale},
	{seller: "seal-huge", play: neverSealed, want: noSale},
	{seller: "seal-slowly", play: neverSealed, want: noSale},
	// A seller takes the price and gives no key, a wrong one, or one too late.
	{seller: "answer-never,reveal-never", play: refundedAtDeadline, want: moneyBack},
	{seller: "answer-slowly,reveal-never", play: refundedAtDeadline, want: moneyBack},
	{seller: "hand-wrong-opener,reveal-never", play: refundedAtDeadline, want: moneyBack},
	{seller: "answer-never,reveal-late", play: revealedLate, want: bothWhole},
	{seller: "answer-too-late,reveal-never", play: answeredLate, want: ending{state: "opened", paid: "10", got: "9.5", opens: true}},
	{seller: "invent-receipt,reveal-never", play: refundedAtDeadline, want: moneyBack},
	// A seller who does not answer publishes the key in the end, as the others do.
	{seller: "answer-never", play: revealedToAbsent, want: bothWhole},
	{seller: "hand-wrong-opener", play: revealedToAbsent, want: bothWhole},
	{seller: "lose-receipts", play: revealedAfterPatience, want: bothWhole},
	{seller: "answer-anyone", play: plain, want: bothWhole},
	// A seller sells at a price it has taken back, or what it has taken off sale.
	{seller: "tell-old-price,seal-anything", play: atOldPrice, want: bothWhole},
	{seller: "tell-old-price,seal-anything", play: afterDelisting, want: bothWhole},
	// A seller's listing lies under the right key, which is all that the contract can see:
	// the price comes back unless the seller publishes the key in time. Then there is
	// proof, and nobody buys from it again.
	{seller: "tell-false-bundle,seal-anything,reveal-never", play: garbageRefunded, want: moneyBack},
	{seller: "tell-false-content,seal-anything,reveal-never", play: garbageRefunded, want: moneyBack},
	{seller: "tell-false-bundle,seal-anything", play: garbageProven, want: ending{state: "garbage", paid: "10", got: "9.5"}},
	{seller: "tell-false-content,seal-anything", play: garbageProven, want: ending{state: "garbage", paid: "10", got: "9.5"}},
	{seller: "tell-one-key,seal-anything", play: twoListings, want: ending{state: "opened", paid: "10", got: "19", opens: true}},

	// A buyer takes the key and keeps quiet, or lies.
	{buyer: "ask-never", play: revealedToAbsent, want: sellerPaid},
	{buyer: "ask-as-stranger", play: revealedToAbsent, want: sellerPaid},
	{buyer: "receipt-never", play: revealedAfterPatience, want: sellerPaid},
	{buyer: "receipt-of-another", play: revealedAfterPatience, want: sellerPaid},
	{buyer: "receipt-of-stranger", play: revealedAfterPatience, want: sellerPaid},
	{buyer: "receipt-too-early", play: revealedAfterPatience, want: sellerPaid},
	{buyer: "receipt-too-late", play: revealedAfterPatience, want: sellerPaid},
	{buyer: "dispute-right-key", play: revealedAfterPatience, want: sellerPaid},
	{buyer: "refund-opened", play: revealedAfterPatience, want: sellerPaid},
	// A buyer wants the key for nothing.
	{buyer: "pay-never", play: neverPaid, want: noSale},
	{buyer: "pay-other-salt", play: neverPaid, want: noSale},
	{buyer: "pay-other-lock", play: neverPaid, want: noSale},
	{buyer: "pay-other-price", play: neverPaid, want: noSale},
	{buyer: "pay-other-seal", play: neverPaid, want: noSale},
	{buyer: "cancel-payment", play: neverPaid, want: noSale},
	{buyer: "spend-first", play: neverPaid, want: ending{state: "failed", paid: "100", got: "0", secret: true}},
	{buyer: "pay-twice", play: plain, want: bothWhole},
	// A buyer asks for more seals than it may, and buys in the end.
	{buyer: "flood", alone: "TestFlood"},
}

// TestCheats lets an honest node trade with one that breaks a rule, for each rule there
// is: the buyer ends with what was promised or with its money, the seller with the price
// or with its key unknown, and the contract holds nothing of theirs.
func TestCheats(t *testing.T) {
	if testing.Short() {
		t.Skip("dozens of whole networks")
	}
	t.Run("all", everyRuleHasARow)
	const lanes = 6 // each is a chain with two nodes; a row is a start of the cheating one
	for i := range lanes {
		t.Run(fmt.Sprint("lane", i), func(t *testing.T) {
			t.Parallel()
			l := newCheatLane(t)
			for j := i; j < len(cheats); j += lanes {
				if cheats[j].alone != "" {
					continue
				}
				t.Run(cheats[j].name(), func(t *testing.T) { l.try(t, cheats[j]) })
			}
		})
	}
}

func (c cheat) name() string {
	who, rules := "seller", c.seller
	if rules == "" {
		who, rules = "buyer", c.buyer
	}
	return who + " " + rules
}

// everyRuleHasARow compares the table with the rules that the test build can break.
func everyRuleHasARow(t *testing.T) {
	files, err := filepath.Glob("../cheat*.go")
	must(t, err)
	known := map[string]bool{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		must(t, err)
		for _, found := range regexp.MustCompile(`breaks\("([a-z-]+)"\)`).FindAllSubmatch(source, -1) {
			known[string(found[1])] = true
		}
	}
	if len(known) < 20 {
		t.Fatalf("%d rules in %v", len(known), files)
	}
	tried := map[string]bool{}
	for _, c := range cheats {
		for rule := range strings.SplitSeq(c.seller+","+c.buyer, ",") {
			tried[rule] = true
			if rule != "" && !known[rule] {
				t.Errorf("the test build breaks no rule %q", rule)
			}
		}
	}
	for rule := range known {
		if !tried[rule] {
			t.Errorf("no row breaks the rule %q", rule)
		}
	}
}

// cheatLane is a chain and two nodes, on which row after row is tried.
type cheatLane struct {
	w     *world
	steps string // of the seller's node
}

func newCheatLane(t *testing.T) *cheatLane {
	l := &cheatLane{steps: filepath.Join(t.TempDir(), "steps")}
	l.w = newWorld(t, []string{envSteps + "=" + l.steps}, nil)
	return l
}

func (l *cheatLane) try(t *testing.T, c cheat) {
	l.w.seller.restart(t, envSteps+"="+l.steps, envCheat+"="+c.seller)
	l.w.buyer.restart(t, envCheat+"="+c.buyer)
	l.w.met(t)
	g := l.w.offer(t, "10")
	p := l.w.begin(t, g)
	from := len(l.stored(t))
	b := c.play(t, l.w, p)
	l.w.quiet(t)

	moved := l.w.moved(t, p)
	earned := plus(t, priv(t, moved.Earned), priv(t, moved.Escrow))
	equal(t, "paid by the buyer", priv(t, moved.Paid), priv(t, c.want.paid))
	equal(t, "earned by the seller", earned, priv(t, c.want.got))
	if c.want.state != "" {
		if tl := p.buyer.timeline(t, b.ID); tl.State != c.want.state {
			t.Errorf("the purchase is %s: %s; want %s", tl.State, tl.Reason, c.want.state)
		}
	}
	if c.want.opens && string(p.buyer.read(t, b)) != string(p.content) {
		t.Error("the content is not what was promised")
	}
	switch released := l.released(t, from); {
	case c.want.secret && len(released) > 0:
		t.Errorf("the opener left: %v", released)
	case c.seller == "" && !c.want.secret && len(released) == 0:
		t.Error("the opener did not leave, as far as the test can see")
	}
	// What the contract holds is the treasury's and the seller's, to the last wei.
	held := l.w.has(t, l.w.chain.Config.Contracts.Market)
	equal(t, "what the contract holds", held, plus(t, l.w.fees(t), l.w.escrow(t)))
	honest := l.w.seller
	if c.seller != "" {
		honest = l.w.buyer
	}
	l.w.audit(t, honest)
}

// stored returns all that the seller's node has stored so far.
func (l *cheatLane) stored(t *testing.T) []string {
	raw, err := os.ReadFile(l.steps)
	must(t, err)
	return strings.Fields(string(raw))
}

// released returns the steps with which an opener leaves the seller's node.
func (l *cheatLane) released(t *testing.T, from int) []string {
	return slices.DeleteFunc(l.stored(t)[from:], func(step string) bool {
		return !strings.Contains(step, "handed-out") && !strings.Contains(step, "handed_out") && !strings.Contains(step, "reveal")
	})
}

// restart starts a node again with another environment.
func (p *process) restart(t testing.TB, env ...string) {
	t.Helper()
	p.stop()
	p.start(t, env...)
}

// met waits until both nodes see each other.
func (w *world) met(t testing.TB) {
	t.Helper()
	for _, p := range []*process{w.seller, w.buyer} {
		until(t, p.name+" to have a peer", func() bool {
			var h struct{ Peers int }
			a := client{node: p}.once(t, http.MethodGet, "/health", "", nil)
			if a.status == http.StatusOK {
				a.decode(t, &h)
			}
			return h.Peers > 0
		})
	}
}

// escrow returns what all sellers so far may withdraw from the contract.
func (w *world) escrow(t testing.TB) (sum market.Amount) {
	t.Helper()
	for _, seller := range w.sellers {
		sum = plus(t, sum, w.income(t, seller))
	}
	return sum
}

// plain is a purchase as it should be.
func plain(t *testing.T, _ *world, p purse) bought {
	b := p.buyer.buy(t, p.listing)
	p.buyer.reach(t, b.ID, "opened")
	p.over(t, "settled")
	return b
}

// refundedByDispute is a purchase whose price comes back with no time going by.
func refundedByDispute(t *testing.T, _ *world, p purse) bought {
	b := p.buyer.buy(t, p.listing)
	p.buyer.reach(t, b.ID, "revoked")
	return b
}

// refundedAtDeadline is a purchase whose price comes back when the seller's time is over.
func refundedAtDeadline(t *testing.T, w *world, p purse) bought {
	b := p.buyer.buy(t, p.listing)
	p.buyer.reach(t, b.ID, "opening")
	w.advance(t, 24*time.Hour+time.Minute)
	p.buyer.reach(t, b.ID, "revoked")
	return b
}

// neverSealed is a purchase that is given up when the order has run out: until then the
// money stays in the wallet.
func neverSealed(t *testing.T, w *world, p purse) bought {
	b := p.buyer.buy(t, p.listing)
	until(t, "a refused seal", func() bool {
		tl := p.buyer.timeline(t, b.ID)
		return tl.State == "sealing" && tl.Reason != ""
	})
	if tl := p.buyer.timeline(t, b.ID); tl.MoneyMoved {
		t.Error("money has moved")
	}
	w.advance(t, 31*24*time.Hour)
	p.buyer.fails(t, b)
	return b
}

// fails waits until a purchase has failed.
func (c client) fails(t *testing.T, b bought) {
	t.Helper()
	until(t, "purchase "+b.ID+" to fail", func() bool { return c.timeline(t, b.ID).State == "failed" })
}

// neverPaid is a purchase that is given up when the time to pay is over.
func neverPaid(t *testing.T, w *world, p purse) bought {
	b := p.buyer.buy(t, p.listing)
	until(t, "a payment that does not count", func() bool {
		s := p.buyer.timeline(t, b.ID).State
		return s == "unconfirmed" || s == "failed"
	})
	within(300*time.Millisecond, func() bool { return len(p.seller.sales(t)) > 0 }) // there must be none
	if sales := p.seller.sales(t); len(sales) > 0 {
		t.Errorf("sold: %+v", sales)
	}
	w.advance(t, 11*time.Minute)
	p.buyer.fails(t, b)
	return b
}

// revealedToAbsent is a purchase whose seller publishes the key when the buyer has not
// asked for it, or was not answered, by the last call.
func revealedToAbsent(t *testing.T, w *world, p purse) bought {
	b := p.buyer.buy(t, p.listing)
	until(t, "the sale", func() bool { return len(p.seller.sales(t)) == 1 })
	until(t, "a wait for the key", func() bool { return p.buyer.timeline(t, b.ID).State == "opening" })
	w.advance(t, 12*time.Hour+time.Minute)
	p.buyer.reach(t, b.ID, "opened")
	w.advance(t, 73*time.Hour)
	p.over(t, "settled")
	return b
}

// revealedAfterPatience is a purchase whose seller publishes the key since no receipt
// came, and has the price when nobody disputes it.
func revealedAfterPatience(t *testing.T, w *world, p purse) bought {
	b := p.buyer.buy(t, p.listing)
	p.buyer.reach(t, b.ID, "opened")
	w.advance(t, 2*time.Hour)
	p.comesTo(t, "revealed")
	w.advance(t, 73*time.Hour)
	p.over(t, "settled")
	return b
}

// revealedLate is a purchase whose seller publishes the key minutes before the buyer may
// take the price back.
func revealedLate(t *testing.T, w *world, p purse) bought {
	b := p.buyer.buy(t, p.listing)
	p.buyer.reach(t, b.ID, "opening")
	w.advance(t, 13*time.Hour)
	w.advance(t, 10*time.Hour+53*time.Minute)
	p.buyer.reach(t, b.ID, "opened")
	w.advance(t, 73*time.Hour)
	p.over(t, "settled")
	return b
}

// answeredLate is a purchase whose seller hands out the key after the last call.
func answeredLate(t *testing.T, w *world, p purse) bought {
	b := p.buyer.buy(t, p.listing)
	p.buyer.reach(t, b.ID, "opening")
	w.advance(t, 13*time.Hour)
	p.buyer.reach(t, b.ID, "opened")
	p.over(t, "settled")
	return b
}

// atOldPrice is a purchase at a price that the seller has changed and not told of: what
// the buyer agreed to is what it pays.
func atOldPrice(t *testing.T, w *world, p purse) bought {
	p.seller.call(t, http.MethodPut, listingPath(p.listing), map[string]any{"price_priv": 20}).decode(t, &struct{}{})
	return plain(t, w, p)
}

// afterDelisting is a purchase of what the seller has taken off sale and not told of.
func afterDelisting(t *testing.T, w *world, p purse) bought {
	p.seller.call(t, http.MethodPut, listingPath(p.listing), map[string]any{"status": "delisted"}).decode(t, &struct{}{})
	return plain(t, w, p)
}

// garbageRefunded is a purchase whose key does not open what was promised. The buyer
// says so, and takes the price back at the deadline.
func garbageRefunded(t *testing.T, w *world, p purse) bought {
	b := p.buyer.buy(t, p.listing)
	until(t, "a fault", func() bool { return p.buyer.timeline(t, b.ID).State == "garbage" })
	w.advance(t, 24*time.Hour+time.Minute)
	until(t, "a refund", func() bool { return p.buyer.timeline(t, b.ID).State == "revoked" })
	return b
}

// garbageProven is a purchase whose key does not open what was promised, published all
// the same: the price is gone, and the buyer's node buys there no more.
func garbageProven(t *testing.T, w *world, p purse) bought {
	b := p.buyer.buy(t, p.listing)
	until(t, "a fault", func() bool { return p.buyer.timeline(t, b.ID).State == "garbage" })
	w.advance(t, 2*time.Hour)
	p.comesTo(t, "revealed")
	w.advance(t, 73*time.Hour)
	p.over(t, "settled")
	other := w.user(t, w.buyer, "10")
	until(t, "a refusal to buy there", func() bool {
		a := other.call(t, http.MethodPost, listingPath(p.listing)+"/purchase", nil)
		if a.status == http.StatusOK {
			t.Fatal("bought from a seller who is known to lie")
		}
		return a.Error.Code == "SELLER_CHEATED"
	})
	return b
}

// twoListings is a purchase of one of two listings that have one key.
func twoListings(t *testing.T, w *world, p purse) bought {
	other := p.seller.sell(t, "More words", "10", p.seller.contribute(t, "more.txt", words(400)))
	client{node: w.buyer}.listed(t, other)
	again := w.user(t, w.buyer, "10")
	b := again.buy(t, other)
	again.reach(t, b.ID, "opened")
	return plain(t, w, p)
}
