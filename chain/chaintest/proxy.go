package chaintest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// Request is one JSON-RPC call on its way to a chain.
type Request struct {
	Method string
	Params json.RawMessage
}

// Answer is what comes back for it: a result or an error object, as raw JSON.
type Answer struct {
	Result json.RawMessage
	Error  json.RawMessage
}

// Proxy stands between a client and a chain, and lies as told.
type Proxy struct {
	URL    string
	target string

	mu     sync.Mutex
	down   bool
	before func(Request) (Answer, bool)
	after  func(Request, Answer) Answer
	hang   chan struct{}
	web    http.HandlerFunc
	asked  int
}

// NewProxy returns a proxy in front of a chain; it ends with the test.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	p := &Proxy{target: target}
	server := httptest.NewServer(http.HandlerFunc(p.serve))
	p.URL = server.URL
	t.Cleanup(func() {
		p.Hang(false)
		server.Close()
	})
	return p
}

// Through returns the chain as seen through a proxy.
func (n *Net) Through(p *Proxy) *Net {
	through := &Net{URL: n.URL, Config: n.Config, Operator: n.Operator, Embedded: n.Embedded}
	through.Config.RPC = p.URL
	return through
}

// Via returns the chain as seen through several servers, the preferred one first.
func (n *Net) Via(preferred *Proxy, others ...*Proxy) *Net {
	via := n.Through(preferred)
	via.Config.MoreRPC = nil
	for _, p := range others {
		via.Config.MoreRPC = append(via.Config.MoreRPC, p.URL)
	}
	return via
}

// Web answers every request in the proxy's place, below JSON-RPC; nil ends that.
func (p *Proxy) Web(handler http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.web = handler
}

// Asked returns how many requests came.
func (p *Proxy) Asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// Down makes the proxy refuse everything, or ends that.
func (p *Proxy) Down(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// Hang makes the proxy take calls and answer none, or ends that.
func (p *Proxy) Hang(hang bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case hang && p.hang == nil:
		p.hang = make(chan struct{})
	case !hang && p.hang != nil:
		close(p.hang)
		p.hang = nil
	}
}

// Before answers calls in the chain's place where fn returns true; nil ends that.
func (p *Proxy) Before(fn func(Request) (Answer, bool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.before = fn
}

// After changes the chain's answers; nil ends that.
func (p *Proxy) After(fn func(Request, Answer) Answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.after = fn
}

type message struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   json.RawMessage `json:"error,omitempty"`
}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	down, hang, web := p.down, p.hang, p.web
	p.asked++
	p.mu.Unlock()
	if web != nil {
		web(w, r)
		return
	}
	if hang != nil {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
		return
	}
	if down {
		panic(http.ErrAbortHandler) // as a server that is gone
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	var many []message
	if json.Unmarshal(body, &many) == nil {
		answers := make([]message, len(many))
		for i, m := range many {
			answers[i] = p.answer(m)
		}
		_ = json.NewEncoder(w).Encode(answers) // the client left
		return
	}
	var one message
	if json.Unmarshal(body, &one) != nil {
		return
	}
	_ = json.NewEncoder(w).Encode(p.answer(one)) // the client left
}

func (p *Proxy) answer(m message) message {
	p.mu.Lock()
	before, after := p.before, p.after
	p.mu.Unlock()
	request := Request{Method: m.Method, Params: m.Params}
	answer, done := Answer{}, false
	if before != nil {
		answer, done = before(request)
	}
	if !done {
		answer = p.forward(m)
		if after != nil {
			answer = after(request, answer)
		}
	}
	reply := message{Version: "2.0", ID: m.ID, Result: answer.Result, Error: answer.Error}
	if reply.Result == nil && reply.Error == nil {
		reply.Result = json.RawMessage("null")
	}
	return reply
}

func (p *Proxy) forward(m message) Answer {
	body, err := json.Marshal(m)
	if err != nil {
		return Answer{Error: json.RawMessage(`{"code":-32603,"message":"proxy"}`)}
	}
	resp, err := http.Post(p.target, "application/json", bytes.NewReader(body))
	if err != nil {
		return Answer{Error: json.RawMessage(`{"code":-32603,"message":"proxy"}`)}
	}
	defer resp.Body.Close()
	var reply message
	if json.NewDecoder(resp.Body).Decode(&reply) != nil {
		return Answer{Error: json.RawMessage(`{"code":-32603,"message":"proxy"}`)}
	}
	return Answer{Result: reply.Result, Error: reply.Error}
}

// Swallow takes transactions without passing them on, and says that all is well.
// The returned function ends it.
func (p *Proxy) Swallow() (stop func()) {
	p.Before(func(r Request) (Answer, bool) {
		if r.Method != "eth_sendRawTransaction" {
			return Answer{}, false
		}
		return Answer{Result: json.RawMessage(`"0x0000000000000000000000000000000000000000000000000000000000000001"`)}, true
	})
	return func() { p.Before(nil) }
}
