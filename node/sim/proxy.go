package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is how a server of the chain fails its node.
type Fault string

// The faults. Each is one that a node can notice, or that shows it an older truth: a
// server that invents a consistent chain can deceive any client.
const (
	FaultNone    Fault = "none"
	FaultDown    Fault = "down"    // connections are closed at once
	FaultHang    Fault = "hang"    // calls are taken, and never answered
	FaultSlow    Fault = "slow"    // answers come late
	FaultDeaf    Fault = "deaf"    // calls are done, and half of the answers are lost
	FaultSwallow Fault = "swallow" // transactions are taken, and never passed on
	FaultGarbage Fault = "garbage" // half of the answers are no JSON, cut off, or a web page
	FaultErrors  Fault = "errors"  // half of the calls are refused
	FaultNulls   Fault = "nulls"   // half of the answers are null
	FaultBlocks  Fault = "blocks"  // half of the blocks are others than were asked for
	FaultChain   Fault = "chain"   // it says it is on another chain
	FaultStale   Fault = "stale"   // it has stopped at a block
	FaultMixed   Fault = "mixed"   // some of its backends have stopped at a block
)

// faults are those that a story draws from.
var faults = []Fault{
	FaultDown, FaultHang, FaultSlow, FaultDeaf, FaultSwallow, FaultGarbage, FaultErrors, FaultNulls, FaultBlocks, FaultChain, FaultStale, FaultMixed,
}

// proxy stands between a node and the chain.
type proxy struct {
	url    string
	target string
	http   *http.Client
	server *http.Server
	seen   *watch // looks at what passes

	mu     sync.Mutex
	which  int // counts the faults
	fault  Fault
	frozen uint64        // the block a stale server has stopped at
	healed chan struct{} // closed when the fault ends
	random *rand.Rand
}

func startProxy(target string, seed uint64, seen *watch) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{
		url: "http://" + l.Addr().String(), target: target, http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
		seen: seen, fault: FaultNone, healed: make(chan struct{}), random: rand.New(rand.NewPCG(seed, 0x72706320)),
	}
	p.server = &http.Server{Handler: http.HandlerFunc(p.serve)}
	go func() { _ = p.server.Serve(l) }() // ends with close
	return p, nil
}

func (p *proxy) close() {
	p.set(FaultNone, 0)
	_ = p.server.Close()
	p.http.CloseIdleConnections()
}

// set changes how the server fails; block is where a stale one has stopped. It returns
// what heal takes.
func (p *proxy) set(f Fault, block uint64) (which int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.healed)
	p.which++
	p.fault, p.frozen, p.healed = f, block, make(chan struct{})
	return p.which
}

// heal ends a fault, unless another one has taken its place.
func (p *proxy) heal(which int) {
	p.mu.Lock()
	same := p.which == which
	p.mu.Unlock()
	if same {
		p.set(FaultNone, 0)
	}
}

// mood is how the server treats one call.
type mood struct {
	fault  Fault
	frozen uint64
	healed <-chan struct{}
	bad    bool // this call is among those that fail
	dice   int
}

func (p *proxy) mood() mood {
	p.mu.Lock()
	defer p.mu.Unlock()
	return mood{p.fault, p.frozen, p.healed, p.random.IntN(2) == 0, p.random.IntN(1000)}
}

type message struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   json.RawMessage `json:"error,omitempty"`
}

func (p *proxy) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	p.seen.look("a call to the RPC server", body)
	m := p.mood()
	switch m.fault {
	case FaultDown:
		panic(http.ErrAbortHandler)
	case FaultHang:
		select {
		case <-m.healed:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	case FaultSlow:
		select {
		case <-time.After(time.Duration(m.dice) * time.Millisecond):
		case <-m.healed:
		case <-r.Context().Done():
			return
		}
	}
	answer := p.answer(body, m)
	p.seen.look("an answer of the RPC server", answer)
	switch {
	case m.fault == FaultDeaf && m.bad:
		panic(http.ErrAbortHandler)
	case m.fault == FaultGarbage && m.bad:
		spoil(w, answer, m.dice)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer) // the node may be gone
}

// spoil answers what is no answer.
func spoil(w http.ResponseWriter, answer []byte, dice int) {
	switch dice % 4 {
	case 0:
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html><body>Bad gateway</body></html>")
	case 1:
		http.Error(w, "no backend", http.StatusBadGateway)
	case 2:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer[:len(answer)/2])
	case 3:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(bytes.ReplaceAll(answer, []byte("0x"), []byte("0y")))
	}
}

// answer passes a body on, one call or many, with what the mood makes of them.
func (p *proxy) answer(body []byte, m mood) []byte {
	var many []message
	if json.Unmarshal(body, &many) != nil {
		var one message
		if json.Unmarshal(body, &one) != nil {
			return []byte(`{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no JSON"}}`)
		}
		raw, _ := json.Marshal(p.one(one, m))
		return raw
	}
	answers := make([]message, len(many))
	for i, call := range many {
		answers[i] = p.one(call, m)
	}
	raw, _ := json.Marshal(answers)
	return raw
}

func (p *proxy) one(call message, m mood) message {
	reply := message{Version: "2.0", ID: call.ID}
	switch {
	case m.fault == FaultErrors && m.bad:
		reply.Error = json.RawMessage(`{"code":-32005,"message":"limit exceeded"}`)
		return reply
	case m.fault == FaultNulls && m.bad && call.Method != "eth_sendRawTransaction":
		reply.Result = json.RawMessage("null")
		return reply
	case m.fault == FaultSwallow && call.Method == "eth_sendRawTransaction":
		reply.Result = json.RawMessage(`"0x0000000000000000000000000000000000000000000000000000000000000001"`)
		return reply
	case m.fault == FaultChain && call.Method == "eth_chainId":
		reply.Result = json.RawMessage(`"0x1"`)
		return reply
	case m.fault == FaultBlocks && m.bad && call.Method == "eth_getBlockByNumber":
		call.Params = otherBlock(call.Params)
	case m.fault == FaultStale, m.fault == FaultMixed && m.bad:
		if early, done := stop(&call, m.frozen); done {
			reply.Result = early
			return reply
		}
	}
	got := p.forward(call)
	reply.Result, reply.Error = got.Result, got.Error
	if m.fault == FaultStale || m.fault == FaultMixed && m.bad {
		reply.Result = hide(reply.Result, m.frozen)
	}
	if reply.Result == nil && reply.Error == nil {
		reply.Result = json.RawMessage("null")
	}
	return reply
}

func (p *proxy) forward(call message) message {
	failed := message{Error: json.RawMessage(`{"code":-32603,"message":"the chain is gone"}`)}
	body, err := json.Marshal(call)
	if err != nil {
		return failed
	}
	answer, err := p.http.Post(p.target, "application/json", bytes.NewReader(body))
	if err != nil {
		return failed
	}
	defer answer.Body.Close()
	var reply message
	if json.NewDecoder(answer.Body).Decode(&reply) != nil {
		return failed
	}
	return reply
}

// otherBlock asks for the block below the one that was asked for by its number.
func otherBlock(params json.RawMessage) json.RawMessage {
	var args []json.RawMessage
	var number string
	if json.Unmarshal(params, &args) != nil || len(args) == 0 || json.Unmarshal(args[0], &number) != nil {
		return params
	}
	n, ok := parseHex(number)
	if !ok || n == 0 {
		return params
	}
	args[0], _ = json.Marshal(formatHex(n - 1))
	raw, _ := json.Marshal(args)
	return raw
}

// blockParameter is where each method names a block.
var blockParameter = map[string]int{
	"eth_call": 1, "eth_estimateGas": 1, "eth_getBalance": 1, "eth_getTransactionCount": 1, "eth_getCode": 1,
	"eth_getBlockByNumber": 0, "eth_getStorageAt": 2,
}

// stop makes a call one to a server that knows no block above one; done when the
// answer needs no chain.
func stop(call *message, at uint64) (answer json.RawMessage, done bool) {
	if call.Method == "eth_blockNumber" {
		raw, _ := json.Marshal(formatHex(at))
		return raw, true
	}
	var args []json.RawMessage
	if json.Unmarshal(call.Params, &args) != nil {
		return nil, false
	}
	if call.Method == "eth_getLogs" && len(args) == 1 {
		return stopLogs(call, args, at)
	}
	i, named := blockParameter[call.Method]
	if !named || i > len(args) {
		return nil, false
	}
	if i == len(args) {
		args = append(args, json.RawMessage(`"latest"`))
	}
	var tag string
	if json.Unmarshal(args[i], &tag) != nil {
		return nil, false // a block's hash
	}
	if n, ok := parseHex(tag); ok && n > at {
		return json.RawMessage("null"), true
	} else if !ok {
		args[i], _ = json.Marshal(formatHex(at))
	}
	call.Params, _ = json.Marshal(args)
	return nil, false
}

func stopLogs(call *message, args []json.RawMessage, at uint64) (json.RawMessage, bool) {
	var filter map[string]json.RawMessage
	if json.Unmarshal(args[0], &filter) != nil || filter["blockHash"] != nil {
		return nil, false
	}
	limit := func(name string) (number uint64, ok bool) {
		var tag string
		_ = json.Unmarshal(filter[name], &tag) // no number is the head
		return parseHex(tag)
	}
	if from, ok := limit("fromBlock"); ok && from > at {
		return json.RawMessage("[]"), true
	}
	if to, ok := limit("toBlock"); !ok || to > at {
		filter["toBlock"], _ = json.Marshal(formatHex(at))
	}
	raw, _ := json.Marshal(filter)
	call.Params, _ = json.Marshal([]json.RawMessage{raw})
	return nil, false
}

// hide returns null for a receipt, transaction or block above a block.
func hide(result json.RawMessage, at uint64) json.RawMessage {
	var of struct{ BlockNumber, Number string }
	if json.Unmarshal(result, &of) != nil {
		return result
	}
	for _, text := range []string{of.BlockNumber, of.Number} {
		if n, ok := parseHex(text); ok && n > at {
			return json.RawMessage("null")
		}
	}
	return result
}

func parseHex(text string) (uint64, bool) {
	digits, ok := strings.CutPrefix(text, "0x")
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 16, 64)
	return n, err == nil
}

func formatHex(n uint64) string { return fmt.Sprintf("%#x", n) }

// watch looks for what must never leave a node in the clear.
type watch struct {
	mu     sync.Mutex
	marks  map[string]string // what it is, by its bytes
	leaked []string
}

// add names bytes that must not be seen.
func (w *watch) add(secret []byte, what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.marks[string(secret)] = what
}

// look searches bytes that passed somewhere.
func (w *watch) look(where string, data []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for secret, what := range w.marks {
		if bytes.Contains(data, []byte(secret)) {
			w.leaked = append(w.leaked, what+" was in "+where)
		}
	}
}

// Faults lists the faults that stories have.
func Faults() []Fault { return faults }
