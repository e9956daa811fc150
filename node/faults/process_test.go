package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"privd/storage/repo"
)

// process is a node that runs as a process of its own. When it kills itself it is
// started again at once, as a supervisor does.
type process struct {
	name, dir string
	program   string
	listen    []string // where it listened first; it is found there again

	mu     sync.Mutex
	env    []string
	url    string // "" while it does not listen
	cmd    *exec.Cmd
	life   io.Closer
	deaths int   // by its own hand
	failed error // it ended otherwise, unasked
	over   bool  // it is not started again
	gone   chan struct{}
}

// patience is how long anything here may take.
const patience = 60 * time.Second

// start runs the node and returns once it listens.
func (p *process) start(t testing.TB, env ...string) {
	t.Helper()
	p.mu.Lock()
	p.env, p.over, p.failed, p.gone = env, false, nil, make(chan struct{})
	p.mu.Unlock()
	go p.keep(p.gone)
	until(t, "start of "+p.name, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.failed != nil {
			t.Fatal(p.failed)
		}
		return p.url != ""
	})
}

// keep runs the node until it is stopped or ends in a way that it should not.
func (p *process) keep(gone chan struct{}) {
	defer close(gone)
	for {
		err := p.run()
		p.mu.Lock()
		p.url = ""
		var exit *exec.ExitError
		killed := errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
		switch {
		case p.over:
		case killed:
			p.deaths++
		default:
			p.failed = fmt.Errorf("%s ended: %w\n%s", p.name, err, p.tail(40))
		}
		end := p.over || p.failed != nil
		p.mu.Unlock()
		if end {
			return
		}
	}
}

// run starts the process once and returns when it has ended.
func (p *process) run() error {
	args := []string{"--repo", p.dir, "--json", "start", "--while-stdin", "--log-level", "debug"}
	for _, address := range p.listen {
		args = append(args, "--listen", address)
	}
	log, err := os.OpenFile(p.log(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(p.program, args...)
	cmd.Stderr = log
	p.mu.Lock()
	if p.over {
		p.mu.Unlock()
		return nil
	}
	cmd.Env = append(os.Environ(), append([]string{"PRIVD_REPO=", "PRIVD_USER=", "GOMAXPROCS=2", "GOGC=400"}, p.env...)...)
	out, err := cmd.StdoutPipe()
	if err == nil {
		p.life, err = cmd.StdinPipe()
	}
	if err == nil {
		err = cmd.Start()
	}
	p.cmd = cmd
	p.mu.Unlock()
	if err != nil {
		return err
	}
	var greeting struct {
		API string   `json:"api"`
		P2P []string `json:"p2p"`
	}
	if json.NewDecoder(out).Decode(&greeting) == nil {
		p.mu.Lock()
		p.url = greeting.API
		if len(p.listen) == 0 {
			for _, address := range greeting.P2P {
				multiaddr, _, _ := strings.Cut(address, "/p2p/")
				p.listen = append(p.listen, multiaddr)
			}
		}
		p.mu.Unlock()
	}
	_, _ = io.Copy(io.Discard, out) // until it ends
	return cmd.Wait()
}

// stop ends the process for good, or until it is started again.
func (p *process) stop() {
	p.mu.Lock()
	p.over = true
	cmd, life, gone := p.cmd, p.life, p.gone
	p.mu.Unlock()
	if gone == nil {
		return
	}
	if life != nil {
		_ = life.Close() // it ends with its standard input
	}
	select {
	case <-gone:
		return
	case <-time.After(5 * time.Second):
	}
	_ = cmd.Process.Kill()
	<-gone
}

// kill ends the process as kill -9 does, until it is started again.
func (p *process) kill() {
	p.mu.Lock()
	p.over = true
	cmd, gone := p.cmd, p.gone
	p.mu.Unlock()
	_ = cmd.Process.Kill()
	<-gone
}

// api returns where the node answers, "" while it does not.
func (p *process) api() (url string, failed error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.url, p.failed
}

func (p *process) died() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.deaths
}

func (p *process) log() string { return filepath.Join(filepath.Dir(p.dir), p.name+".log") }

func (p *process) token(t testing.TB) string {
	t.Helper()
	d := repo.Dir(p.dir)
	token, err := d.ReadText(d.Token())
	must(t, err)
	return token
}

// tail returns the last lines of the node's log.
func (p *process) tail(lines int) string {
	raw, err := os.ReadFile(p.log())
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSpace(string(raw)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// until waits until a condition holds and fails the test when it takes too long.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waited %s for %s", patience, what)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
