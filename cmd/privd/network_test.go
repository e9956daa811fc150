package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/cmd/privd-devnet/devnet"
)

// process is a program a test runs.
type process struct {
	cmd  *exec.Cmd
	out  bytes.Buffer
	done chan struct{}
	err  error // after done
}

// run starts a program, which ends with the test.
func runProgram(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	require.NoError(t, p.cmd.Start())
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.signal(syscall.SIGINT)
		select {
		case <-p.done:
		case <-time.After(30 * time.Second):
			p.signal(syscall.SIGKILL)
			t.Errorf("%s did not stop", name)
			<-p.done
		}
		if t.Failed() {
			t.Logf("%s %s:\n%s", name, strings.Join(args, " "), p.out.String())
		}
	})
	return p
}

func (p *process) signal(s os.Signal) { _ = p.cmd.Process.Signal(s) }

// ended waits until the program has ended.
func (p *process) ended(t *testing.T) error {
	t.Helper()
	select {
	case <-p.done:
		return p.err
	case <-t.Context().Done():
		t.Fatal("the program did not end")
		return nil
	}
}

// testNet is a development network with nodes that a test kills and starts.
type testNet struct {
	dir    string
	devnet *process
	file   devnet.File
}

// startNet runs a development network.
func startNet(t *testing.T, args ...string) *testNet {
	t.Helper()
	n := &testNet{dir: t.TempDir()}
	n.devnet = runProgram(t, "privd-devnet", append([]string{"--dir", n.dir, "--api", "127.0.0.1:0", "--rpc", "127.0.0.1:0"}, args...)...)
	eventually(t, "devnet.json", func(context.Context) bool {
		select {
		case <-n.devnet.done:
			t.Fatal("the devnet ended")
		default:
		}
		raw, err := os.ReadFile(filepath.Join(n.dir, devnet.FileName))
		return err == nil && json.Unmarshal(raw, &n.file) == nil
	})
	return n
}

// eventually asks until the answer is yes.
func eventually(t *testing.T, what string, ask func(context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ask(ctx) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// kill ends a node at once, as a power cut does, and returns when it is gone.
func (n *testNet) kill(t *testing.T, i int) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(n.file.Nodes[i].Repo, "privd.lock"))
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	eventually(t, "the end of the node", func(context.Context) bool { return gone(pid) })
}

// start starts a node that was killed and waits until it follows the chain.
func (n *testNet) start(t *testing.T, i int) {
	t.Helper()
	runProgram(t, "privd", "--repo", n.file.Nodes[i].Repo, "--json", "start", "--api", strings.TrimPrefix(n.file.Nodes[i].API, "http://"))
	eventually(t, "a synced node", func(ctx context.Context) bool {
		var h oas.Health
		return n.operator(i).Get(ctx, "/health", nil, &h) == nil && h.Chain.Synced
	})
}

// again kills a node and starts it.
func (n *testNet) again(t *testing.T, i int) {
	t.Helper()
	n.kill(t, i)
	n.start(t, i)
}

func (n *testNet) operator(i int) call.Node {
	return call.Node{API: n.file.Nodes[i].API, Token: n.file.Nodes[i].OperatorToken}
}

// user returns how the first user of a node speaks to it.
func (n *testNet) user(i int) call.Node {
	return call.Node{API: n.file.Nodes[i].API, Token: n.file.Nodes[i].Users[0].APIKey}
}
