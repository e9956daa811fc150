package sim

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Verb is what an operation does.
type Verb string

// What users do.
const (
	Sell     Verb = "sell"     // who puts a listing on sale at a price
	Buy      Verb = "buy"      // who buys a listing
	Price    Verb = "price"    // the seller changes the price of a listing
	Pause    Verb = "pause"    // the seller takes a listing off sale
	Resume   Verb = "resume"   // and puts it back
	Delist   Verb = "delist"   // the seller ends a listing
	Claim    Verb = "claim"    // who claims all confirmed earnings
	Download Verb = "download" // who downloads what they bought of a listing
)

// What anybody may do on chain.
const (
	Withdraw Verb = "withdraw" // a stranger sends who's income to who
	Push     Verb = "push"     // a stranger refunds and finalizes whatever is due
)

// What goes wrong.
const (
	Kill  Verb = "kill"  // a node's process ends at once, and starts again after a while
	RPC   Verb = "rpc"   // a node's server of the chain fails for a while
	Reorg Verb = "reorg" // the newest blocks are taken back, with their transactions
	Drop  Verb = "drop"  // the pool forgets the transactions that wait
	Stall Verb = "stall" // no blocks are made for a while
	Jump  Verb = "jump"  // the clock of the chain jumps
)

// Op is one line of a story. Which of the fields are used depends on the verb.
type Op struct {
	Run    int           // which of the stories that are played together it belongs to; 0 is all
	After  time.Duration // the pause before it
	Verb   Verb
	Who    string // a user
	What   string // a listing, by its name in the story
	Amount string // PRIV
	Node   int
	Fault  Fault
	Depth  int           // blocks
	For    time.Duration // how long it lasts, or how far a clock jumps
}

// String tells the operation in one line, which parseOp reads.
func (o Op) String() string {
	var line strings.Builder
	fmt.Fprintf(&line, "%3d  +%-6s %-8s", o.Run, o.After, o.Verb)
	field := func(name, value string) { fmt.Fprintf(&line, " %s=%s", name, value) }
	if o.Who != "" {
		field("who", o.Who)
	}
	if o.What != "" {
		field("what", o.What)
	}
	if o.Amount != "" {
		field("priv", o.Amount)
	}
	switch o.Verb {
	case Kill, RPC:
		field("node", strconv.Itoa(o.Node))
	}
	if o.Fault != "" {
		field("fault", string(o.Fault))
	}
	if o.Depth != 0 {
		field("depth", strconv.Itoa(o.Depth))
	}
	if o.For != 0 {
		field("for", o.For.String())
	}
	return line.String()
}

// parseOp reads what String writes.
func parseOp(line string) (o Op, err error) {
	words := strings.Fields(line)
	if len(words) < 3 {
		return o, fmt.Errorf("%q is no operation", line)
	}
	if o.Run, err = strconv.Atoi(words[0]); err != nil {
		return o, err
	}
	if o.After, err = time.ParseDuration(strings.TrimPrefix(words[1], "+")); err != nil {
		return o, err
	}
	o.Verb = Verb(words[2])
	for _, word := range words[3:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "who":
			o.Who = value
		case "what":
			o.What = value
		case "priv":
			o.Amount = value
		case "node":
			o.Node, err = strconv.Atoi(value)
		case "fault":
			o.Fault = Fault(value)
		case "depth":
			o.Depth, err = strconv.Atoi(value)
		case "for":
			o.For, err = time.ParseDuration(value)
		default:
			err = fmt.Errorf("%q is no field", name)
		}
		if err != nil {
			return o, fmt.Errorf("%q: %w", line, err)
		}
	}
	return o, nil
}

// Story is what happens in one world: several short stories at the same time, and
// what goes wrong meanwhile.
type Story struct {
	Seed uint64
	Runs int
	// Dead is a node that does not come back until the other one has ended every
	// purchase by itself; -1 for none.
	Dead int
	// Long tells that the clock jumps past whole windows while nodes may be away: then
	// a seller may lose what it handed over, which the protocol does not promise.
	Long bool
	Ops  []Op
}

// Tell draws a story from a seed: so many runs at the same time.
func Tell(seed uint64, runs int) Story {
	r := rand.New(rand.NewPCG(seed, 0x73746f7279))
	s := Story{Seed: seed, Runs: runs, Dead: -1, Long: r.IntN(6) == 0}
	if r.IntN(4) == 0 {
		s.Dead = r.IntN(nodes)
	}
	var threads [][]Op
	for i := range runs {
		sells, ops := tellRun(r, i+1)
		s.Ops = append(s.Ops, sells...)
		threads = append(threads, ops)
	}
	threads = append(threads, tellFaults(r, runs, s.Long))
	s.Ops = append(s.Ops, weave(r, threads)...)
	return s
}

// Names of the users of a world: two on each node whose wallets the node keeps, and
// two who sign for themselves.
var cast = []string{"m00", "m01", "e00", "e01", "m10", "m11", "e10", "e11"}

// tellRun draws one short story: two sellers, a few buyers.
func tellRun(r *rand.Rand, run int) (sells, ops []Op) {
	type offer struct{ what, seller string }
	var offers []offer
	for i := range 1 + r.IntN(2) {
		o := offer{fmt.Sprintf("l%d.%d", run, i+1), cast[r.IntN(len(cast))]}
		offers = append(offers, o)
		sells = append(sells, Op{Run: run, Verb: Sell, Who: o.seller, What: o.what, Amount: drawPrice(r)})
	}
	for range 10 + r.IntN(10) {
		o := offers[r.IntN(len(offers))]
		who := cast[r.IntN(len(cast))]
		if who == o.seller && r.IntN(4) > 0 {
			who = cast[r.IntN(len(cast))] // most do not buy from themselves
		}
		op := Op{Run: run, After: pause(r), Who: o.seller, What: o.what}
		switch n := r.IntN(100); {
		case n < 55:
			op.Verb, op.Who = Buy, who
		case n < 67:
			op.Verb, op.Amount = Price, drawPrice(r)
		case n < 71:
			op.Verb = Pause
		case n < 76:
			op.Verb = Resume
		case n < 78:
			op.Verb = Delist
		case n < 88:
			op.Verb, op.Who, op.What = Claim, who, ""
		case n < 93:
			op.Verb, op.What = Withdraw, ""
		case n < 95:
			op = Op{Run: run, After: pause(r), Verb: Push}
		default:
			op.Verb, op.Who = Download, who
		}
		if op.Verb == Price || op.Verb == Pause || op.Verb == Resume || op.Verb == Delist {
			op.Who = ""
		}
		ops = append(ops, op)
	}
	return sells, ops
}

// pause draws the time between two operations: often none, so that they race.
func pause(r *rand.Rand) time.Duration {
	if r.IntN(3) == 0 {
		return 0
	}
	return time.Duration(r.IntN(30)) * time.Millisecond
}

// drawPrice draws an amount: mostly a few PRIV, sometimes a few wei, where fees round
// down to nothing, and always one that does not divide well.
func drawPrice(r *rand.Rand) string {
	switch r.IntN(8) {
	case 0:
		return fmt.Sprintf("0.%018d", 1+r.IntN(45))
	case 1:
		return fmt.Sprintf("%d", 60+r.IntN(300))
	}
	return fmt.Sprintf("%d.%018d", r.IntN(20), r.Int64N(1e18))
}

// tellFaults draws what goes wrong while so many runs are played.
func tellFaults(r *rand.Rand, runs int, long bool) (ops []Op) {
	jumps := 20 * time.Minute // in all: no honest node misses a window
	for range 3 + runs {
		op := Op{After: pause(r)}
		switch n := r.IntN(100); {
		case n < 18:
			op.Verb, op.Node, op.For = Kill, r.IntN(nodes), time.Duration(r.IntN(400))*time.Millisecond
		case n < 50:
			op.Verb, op.Node, op.Fault = RPC, r.IntN(nodes), faults[r.IntN(len(faults))]
			op.For = time.Duration(100+r.IntN(1500)) * time.Millisecond
		case n < 72:
			op.Verb, op.Depth = Reorg, 1+r.IntN(confirmations-1)
		case n < 84:
			op.Verb = Drop
		case n < 90:
			op.Verb, op.For = Stall, time.Duration(100+r.IntN(1000))*time.Millisecond
		default:
			op.Verb, op.For = Jump, time.Duration(1+r.IntN(600))*time.Second
			if op.For = min(op.For, jumps); op.For == 0 {
				continue
			}
			jumps -= op.For
		}
		ops = append(ops, op)
	}
	if long {
		far := Op{Verb: Jump, For: time.Duration(20+r.IntN(100)) * time.Minute}
		if r.IntN(3) == 0 {
			far.For = time.Duration(1+r.IntN(5)) * 24 * time.Hour
		}
		ops = slices.Insert(ops, r.IntN(len(ops)+1), far)
	}
	return ops
}

// weave merges threads of operations, each kept in its order.
func weave(r *rand.Rand, threads [][]Op) (ops []Op) {
	var order []int
	for i, t := range threads {
		for range t {
			order = append(order, i)
		}
	}
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for _, i := range order {
		ops = append(ops, threads[i][0])
		threads[i] = threads[i][1:]
	}
	return ops
}

// String tells the story in lines that Read reads.
func (s Story) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "seed=%d runs=%d dead=%d long=%t\n", s.Seed, s.Runs, s.Dead, s.Long)
	for _, o := range s.Ops {
		text.WriteString(o.String() + "\n")
	}
	return text.String()
}

// Read reads a story as String tells it; lines that begin with # are left out.
func Read(r io.Reader) (s Story, err error) {
	lines, first := bufio.NewScanner(r), true
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case first:
			first = false
			if _, err := fmt.Sscanf(line, "seed=%d runs=%d dead=%d long=%t", &s.Seed, &s.Runs, &s.Dead, &s.Long); err != nil {
				return s, fmt.Errorf("%q does not begin a story: %w", line, err)
			}
		default:
			op, err := parseOp(line)
			if err != nil {
				return s, err
			}
			s.Ops = append(s.Ops, op)
		}
	}
	return s, lines.Err()
}
