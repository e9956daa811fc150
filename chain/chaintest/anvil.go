package chaintest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/rpc"
)

// anvilMemory is the most address space anvil may take, in KiB: when its pool gets
// stuck it grows by tens of megabytes a second.
const anvilMemory = 4 << 20

// anvilLife is how long an anvil may run, whatever becomes of its test.
const anvilLife = 5 * time.Minute

// Anvil is an anvil process.
type Anvil struct {
	URL    string
	cmd    *exec.Cmd
	cancel context.CancelFunc
}

// StartAnvil runs anvil on a free port and deploys the contracts. It ends with the
// test. Extra arguments are anvil's own. A missing anvil fails the test: what needs
// it is not tested otherwise.
func StartAnvil(t testing.TB, args ...string) (*Net, *Anvil) {
	t.Helper()
	a := RunAnvil(t, 0, args...)
	return connect(t, a.URL), a
}

// RunAnvil runs anvil on a port, 0 for any, without contracts.
func RunAnvil(t testing.TB, port int, args ...string) *Anvil {
	t.Helper()
	a, err := runAnvil(port, args)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Kill)
	return a
}

func runAnvil(port int, args []string) (*Anvil, error) {
	binary, err := anvilBinary()
	if err != nil {
		return nil, err
	}
	words := append([]string{"-c", fmt.Sprintf(`ulimit -v %d; exec "$@"`, anvilMemory), "sh", binary, "--port", fmt.Sprint(port)}, args...)
	ctx, cancel := context.WithTimeout(context.Background(), anvilLife)
	cmd := exec.CommandContext(ctx, "/bin/sh", words...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		cancel()
		return nil, err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, err
	}
	a := &Anvil{cmd: cmd, cancel: cancel}
	if a.URL, err = listening(out); err != nil {
		a.Kill()
		return nil, err
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the process
	return a, nil
}

// listening reads anvil's greeting up to the address it listens on.
func listening(out io.Reader) (string, error) {
	found := make(chan string, 1)
	go func() {
		defer close(found)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, address, ok := strings.Cut(lines.Text(), "Listening on "); ok {
				found <- "http://" + strings.TrimSpace(address)
				return
			}
		}
	}()
	select {
	case url, ok := <-found:
		if ok {
			return url, nil
		}
		return "", errors.New("anvil ended before it listened")
	case <-time.After(30 * time.Second):
		return "", errors.New("anvil does not listen after 30 s")
	}
}

// anvilBinary returns the program itself. The script npm puts into .bin needs more
// address space than the limit leaves.
func anvilBinary() (string, error) {
	_, here, _, _ := runtime.Caller(0)
	modules := filepath.Join(filepath.Dir(here), "..", "..", "contracts", "node_modules")
	found, err := filepath.Glob(filepath.Join(modules, "@foundry-rs", "anvil-*", "bin", "anvil*"))
	if err != nil || len(found) == 0 {
		return "", errors.New("anvil is not installed; run: npm --prefix contracts ci")
	}
	return found[0], nil
}

// Kill ends anvil at once.
func (a *Anvil) Kill() {
	a.cancel() // kills it
	if a.cmd.ProcessState == nil {
		_ = a.cmd.Wait() // it was killed, as asked
	}
}

// Call runs one of anvil's own methods.
func (a *Anvil) Call(t testing.TB, method string, args ...any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	client, err := rpc.DialContext(ctx, a.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.CallContext(ctx, nil, method, args...); err != nil {
		t.Fatal(err)
	}
}

// LaunchAnvil is RunAnvil for who outlives a test: the caller kills it. It ends by
// itself after a few minutes.
func LaunchAnvil(args ...string) (*Anvil, error) { return runAnvil(0, args) }
