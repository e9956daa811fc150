package faults_test

import (
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"privd/chain"
	"privd/market"
)

// The paths a crash is put into, and whose.
var paths = []path{
	{name: "sold", victim: "buyer", play: sold},
	{name: "sold", victim: "seller", play: sold},
	{name: "rewarded", victim: "seller", play: rewarded},
	{name: "disputed", victim: "buyer", seller: "seal-wrong-key,answer-anyone", play: disputed},
	{name: "disputed", victim: "seller", seller: "seal-wrong-key,answer-anyone", play: disputed},
	{name: "refunded", victim: "buyer", seller: "answer-never,reveal-never", play: refunded},
	{name: "refunded", victim: "seller", seller: "answer-never,reveal-never", play: refunded},
	{name: "revealed", victim: "seller", buyer: "receipt-never", play: revealed},
	{name: "revealed", victim: "buyer", buyer: "receipt-never", play: revealed},
	{name: "unpaid", victim: "buyer", buyer: "spend-first", play: unpaid},
	{name: "agent", victim: "seller", offer: table, play: soldToAgent},
}

// TestCrash kills a node at each step that it stores, and finds everything in the end
// as without a crash, to the last wei:
//
//  1. a path is gone twice with nobody dying; what the victim stores on the way is
//     recorded, by name, and so is what is left in the end;
//  2. the path is gone again, by another buyer each time: right before a step is stored
//     the node kills itself, and is started again; and right after; until that was so
//     with each name;
//  3. each time what is left in the end is what was left the first time, and all sums
//     are those of so many purchases.
//
// A step that is added to the program is recorded like the others: nothing here names
// one.
func TestCrash(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of starts of whole nodes")
	}
	for _, p := range paths {
		t.Run(p.name+"/"+p.victim, func(t *testing.T) {
			t.Parallel()
			newLane(t, p).run(t)
		})
	}
}

// lane is one path on a chain of its own.
type lane struct {
	path
	w      *world
	victim *process
	steps  string // file that what is stored is recorded in
	armed  string // file with the points to die at
	from   []int  // where in steps each play begins
	plays  int
	purses []purse // of those who played
	fees   market.Amount
}

func newLane(t *testing.T, p path) *lane {
	l := &lane{path: p}
	dir := t.TempDir()
	l.steps, l.armed = filepath.Join(dir, "steps"), filepath.Join(dir, "armed")
	env := map[string][]string{"seller": {envCheat + "=" + p.seller}, "buyer": {envCheat + "=" + p.buyer}}
	env[p.victim] = append(env[p.victim], envSteps+"="+l.steps, envCrash+"=@"+l.armed)
	l.w = newWorld(t, env["seller"], env["buyer"])
	l.victim = map[string]*process{"seller": l.w.seller, "buyer": l.w.buyer}[p.victim]
	l.fees = l.w.fees(t)
	return l
}

// deathsInPlay is how often the victim dies while a path is gone once: at points far
// apart, so that it has recovered from one before it comes to the next. PRIVD_CRASH_ALONE
// makes it one, and lets each path have all of its own.
const deathsInPlay = 4

// tries is how often a point is tried alone that was not come to with the others, such
// as a step that is stored only when the other node is slow.
const tries = 2

func (l *lane) run(t *testing.T) {
	want := l.record(t)
	points := l.points(t)
	if only := os.Getenv("PRIVD_CRASH_ONLY"); only != "" {
		points = []string{only}
	}
	each := deathsInPlay
	if alone() {
		each = 1
	}
	fired := map[string]bool{}
	plays := (len(points) + each - 1) / each
	for i := range plays {
		var some []string
		for j := i; j < len(points); j += plays {
			some = append(some, points[j])
		}
		l.killAt(t, some, want, fired)
	}
	var missed []string
	for _, point := range points {
		for range tries {
			if !fired[point] {
				l.killAt(t, []string{point}, want, fired)
			}
		}
		if !fired[point] {
			missed = append(missed, point)
		}
	}
	l.audit(t, want)
	t.Logf("%d deaths in %d plays, at:\n%s", l.victim.died(), l.plays, strings.Join(slices.Sorted(maps.Keys(fired)), "\n"))
	if len(missed) > 0 {
		t.Logf("stored now and then, and not when it was to die there: %s", strings.Join(missed, " "))
	}
	if len(missed) > 2+len(points)/10 {
		t.Errorf("%d of %d points were not come to again", len(missed), len(points))
	}
}

// record goes the path twice and returns what is left, which must be the same.
func (l *lane) record(t *testing.T) (want outcome) {
	for round := range 2 {
		got := l.play(t, nil)
		if round == 0 {
			want = got
			t.Logf("without a crash: %+v", want)
		} else if got != want {
			t.Fatalf("it ends in two ways without a crash:\n%+v\n%+v", got, want)
		}
	}
	return want
}

// play goes the path once, with a seller and a buyer of its own. The victim dies at the
// points, from when the goods are on sale.
func (l *lane) play(t *testing.T, points []string) outcome {
	t.Helper()
	var g goods
	if l.path.offer != nil {
		g = l.path.offer(t, l.w)
	} else {
		g = l.w.offer(t, "10")
	}
	was := l.w.begin(t, g)
	l.disarm(t)
	raw, err := os.ReadFile(l.steps)
	must(t, err)
	l.from = append(l.from, len(raw))
	if len(points) > 0 {
		must(t, os.WriteFile(l.armed, []byte(strings.Join(points, "\n")+"\n"), 0o600))
	}
	b := l.path.play(t, l.w, was)
	got := l.w.end(t, was, b)
	l.plays++
	l.purses = append(l.purses, was)
	return got
}

func (l *lane) disarm(t *testing.T) {
	t.Helper()
	must(t, os.WriteFile(l.armed, nil, 0o600))
}

// ours reports whether a step is part of the path, and not of the test's own doing.
func ours(point string) bool {
	for _, other := range []string{"user/", "API-key/", "repo/", "keystore/"} {
		if strings.HasPrefix(point, other) {
			return false
		}
	}
	return true
}

// points returns the points to die at, in the order in which the victim came to them:
// one for each thing that was stored both times with a name that no other has, here or
// in another lane.
func (l *lane) points(t *testing.T) (points []string) {
	raw, err := os.ReadFile(l.steps)
	must(t, err)
	again := map[string]bool{}
	for _, point := range strings.Fields(string(raw[l.from[1]:])) {
		again[point] = true
	}
	raw = raw[l.from[0]:l.from[1]]
	count := map[string]int{}
	for _, point := range strings.Fields(string(raw)) {
		if again[point] {
			count[point]++
		}
	}
	covered := map[string]bool{}
	shared.Lock()
	defer shared.Unlock()
	for line := range strings.Lines(string(raw)) {
		best := ""
		for _, point := range strings.Fields(line) {
			if count[point] > 0 && ours(point) && !covered[point] && !shared.taken[l.victim.name+" "+point] && (best == "" || count[point] < count[best]) {
				best = point
			}
		}
		if best == "" {
			continue
		}
		points = append(points, best)
		for _, point := range strings.Fields(line) {
			covered[point] = true
		}
	}
	if !alone() {
		for point := range covered {
			shared.taken[l.victim.name+" "+point] = true
		}
	}
	return points
}

// shared are the points of each node that some lane has taken: most paths begin alike.
var shared = struct {
	sync.Mutex
	taken map[string]bool
}{taken: map[string]bool{}}

// alone reports whether each lane dies at all of its points, once in a play.
func alone() bool { return os.Getenv("PRIVD_CRASH_ALONE") != "" }

// killAt goes the path with the victim dying at some points, and adds the names of all
// that it died at.
func (l *lane) killAt(t *testing.T, points []string, want outcome, fired map[string]bool) {
	t.Helper()
	deaths, began := l.victim.died(), time.Now()
	got := l.play(t, points)
	within(500*time.Millisecond, func() bool { return l.victim.died() >= deaths+len(points) })
	l.disarm(t)
	l.w.quiet(t)
	raw, err := os.ReadFile(l.armed + ".fired")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, point := range strings.Fields(string(raw)) {
		fired[point] = true
	}
	t.Logf("%5.1fs %d deaths at %s", time.Since(began).Seconds(), l.victim.died()-deaths, strings.Join(points, " "))
	if got != want {
		t.Fatalf("dying at %s:\n got %+v\nwant %+v\nTo see it again: PRIVD_CRASH_ONLY=POINT go test ./node/faults -run '%s'",
			strings.Join(points, " "), got, want, t.Name())
	}
}

// within waits for a condition no longer than d.
func within(d time.Duration, holds func() bool) bool {
	for deadline := time.Now().Add(d); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return true
		}
	}
	return holds()
}

// audit looks again at what everybody has, after all plays: nothing comes late, and
// nothing comes twice. What the contract holds are the fees of what was sold. The node
// that died so often finds its own books to be those of the chain.
func (l *lane) audit(t *testing.T, want outcome) {
	t.Helper()
	for i, was := range l.purses {
		if got := l.w.moved(t, was); got != want.moved {
			t.Errorf("play %d, after all others: %+v, want %+v", i, got, want.moved)
		}
	}
	fees := l.fees
	for range l.plays {
		fees = plus(t, fees, priv(t, want.Fee))
	}
	equal(t, "all fees", l.w.fees(t), fees)
	equal(t, "what the contract holds", l.w.has(t, l.w.chain.Config.Contracts.Market), fees)
	l.w.audit(t, l.victim)
}

// income returns what an account may withdraw from the contract.
func (w *world) income(t testing.TB, account market.Address) market.Amount {
	t.Helper()
	a, err := chain.NewMarket(w.reads, nil).Income(t.Context(), account)
	must(t, err)
	return a
}

// over waits until the sale has ended so, and is booked.
func (p purse) over(t *testing.T, state string) {
	t.Helper()
	p.comesTo(t, state)
	until(t, "the end of all sales", func() bool { return p.seller.earnings(t).Summary.Pending == "0" })
}

// comesTo waits until the sale is in a state, as the seller sees it.
func (p purse) comesTo(t *testing.T, state string) {
	t.Helper()
	var all []sale
	defer func() {
		if t.Failed() {
			t.Logf("the sales are %+v", all)
		}
	}()
	until(t, "a sale that is "+state, func() bool {
		all = p.seller.sales(t)
		return slices.ContainsFunc(all, func(s sale) bool { return s.Buyer == p.buyer.Wallet && s.State == state })
	})
}

type sale struct {
	ID    string         `json:"sale_id"`
	State string         `json:"state"`
	Buyer market.Address `json:"buyer_address"`
	// Reason is why it stands there.
	Reason string `json:"reason"`
}

func (c client) sales(t testing.TB) []sale {
	t.Helper()
	var page struct{ Sales []sale }
	c.get(t, "/user/sales?limit=100", &page)
	return page.Sales
}

// quiet waits until both nodes answer and have nothing under way that would be stored
// at once.
func (w *world) quiet(t testing.TB) {
	t.Helper()
	for _, p := range []*process{w.seller, w.buyer} {
		until(t, p.name+" to answer", func() bool {
			a := client{node: p}.once(t, http.MethodGet, "/health", "", nil)
			return a.status == http.StatusOK
		})
	}
}
