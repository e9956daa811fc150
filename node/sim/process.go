package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"privd/chain/keys"
	"privd/node"
)

// nodeVariable names the environment variable that makes a test binary a node: its
// value is the repo.
const nodeVariable = "PRIVD_SIM_NODE"

// Node runs a node when this process was started to be one, and returns whether it
// was. A TestMain calls it first.
func Node() (code int, was bool) {
	dir := os.Getenv(nodeVariable)
	if dir == "" {
		return 0, false
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with whoever started this process
		cancel()
	}()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	n, err := node.New(ctx, dir, node.Options{Log: log, Version: "sim", KeyCost: keys.Quick})
	if err == nil {
		err = n.Run(ctx)
	}
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "the node failed:", err)
		return 1, true
	}
	return 0, true
}

// process is one life of a node.
type process struct {
	cmd  *exec.Cmd
	life io.Closer
	gone chan struct{} // closed once it ended
	err  error         // how, after gone

	mu     sync.Mutex
	killed bool
}

// spawn starts a node. What it logs is added to a file beside its repo.
func spawn(program, repo string) (*process, error) {
	log, err := os.OpenFile(logOf(repo), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own
	p := &process{gone: make(chan struct{})}
	if program == "" {
		if program, err = os.Executable(); err != nil {
			return nil, err
		}
		p.cmd = exec.Command(program)
	} else {
		p.cmd = exec.Command(program, "--repo", repo, "start", "--while-stdin", "--log-level", "debug")
	}
	p.cmd.Env = append(os.Environ(), nodeVariable+"="+repo, "GORACE=atexit_sleep_ms=0")
	p.cmd.Stderr = log
	if p.life, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a node: %w", err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.gone)
	}()
	return p, nil
}

// Build builds privd into a folder and returns its path. It is not built for the race
// detector, which would spend most of the time on the wallets' passwords.
func Build(ctx context.Context, dir string) (path string, err error) {
	path = filepath.Join(dir, "privd")
	out, err := exec.CommandContext(ctx, "go", "build", "-tags=nodynamic", "-o", path, "privd/cmd/privd").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build privd: %w: %s", err, out)
	}
	return path, nil
}

func logOf(repo string) string { return filepath.Clean(repo) + ".log" }

// kill ends the node as a power cut does, and returns when it is gone.
func (p *process) kill() {
	p.mu.Lock()
	p.killed = true
	p.mu.Unlock()
	_ = p.cmd.Process.Kill() // it may have ended by itself, which ended tells
	<-p.gone
}

// stop ends the node as its operator does.
func (p *process) stop() error {
	p.mu.Lock()
	p.killed = true
	p.mu.Unlock()
	_ = p.life.Close()
	select {
	case <-p.gone:
		return p.err
	case <-time.After(30 * time.Second):
		p.kill()
		return errors.New("the node did not stop within 30 s")
	}
}

// died returns an error when the node ended though nobody ended it.
func (p *process) died() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.gone:
		if !p.killed {
			return fmt.Errorf("the node ended by itself: %w", errors.Join(p.err, errors.New("nobody asked it to")))
		}
	default:
	}
	return nil
}
