package devnet

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// child is one node's process.
type child struct {
	name string
	repo string
	log  string // path of its log
	cmd  *exec.Cmd
	life io.Closer // its standard input: closing it tells the child to stop

	ready  chan struct{} // closed once it listens, or exited
	gone   chan struct{} // closed once it exited
	err    error         // why, after gone
	spoken greeting      // after ready
}

// greeting is what a node prints when it listens.
type greeting struct {
	API string   `json:"api"`
	P2P []string `json:"p2p"`
}

// spawn starts a node. The log of the start before is kept beside the new one.
func spawn(program, name, repo string, args ...string) (*child, error) {
	c := &child{name: name, repo: repo, log: filepath.Join(repo, "log"), ready: make(chan struct{}), gone: make(chan struct{})}
	if err := os.Rename(c.log, c.log+".old"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	log, err := os.OpenFile(c.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own
	c.cmd = exec.Command(program, append([]string{"--repo", repo, "--json", "start", "--while-stdin"}, args...)...)
	// The repo is named, and nobody else's settings apply.
	c.cmd.Env = append(os.Environ(), "PRIVD_REPO=", "PRIVD_USER=")
	c.cmd.Stderr = log
	c.cmd.SysProcAttr = ownGroup()
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if c.life, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go c.watch(out)
	return c, nil
}

// watch reads what the child prints until it exits.
func (c *child) watch(out io.Reader) {
	reader := bufio.NewReader(out)
	if json.NewDecoder(reader).Decode(&c.spoken) == nil && c.spoken.API != "" {
		close(c.ready)
	}
	_, _ = io.Copy(io.Discard, reader) // until it exits
	c.err = c.cmd.Wait()
	if c.spoken.API == "" {
		close(c.ready)
	}
	close(c.gone)
}

// listening waits until the child listens and returns where.
func (c *child) listening(ctx context.Context) (greeting, error) {
	select {
	case <-c.ready:
	case <-ctx.Done():
		return greeting{}, context.Cause(ctx)
	}
	if c.spoken.API == "" {
		return greeting{}, c.death()
	}
	return c.spoken, nil
}

// death tells why a child is gone, with the end of its log.
func (c *child) death() error {
	<-c.gone
	reason := "it stopped by itself"
	if c.err != nil {
		reason = c.err.Error()
	}
	return fmt.Errorf("%s is gone (%s); the end of its log, %s:\n%s", c.name, reason, c.log, tail(c.log, 10))
}

// tail returns the last lines of a file.
func tail(path string, lines int) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	const most = 16 << 10
	if info, err := f.Stat(); err == nil && info.Size() > most {
		_, _ = f.Seek(-most, io.SeekEnd)
	}
	raw, _ := io.ReadAll(io.LimitReader(f, most))
	all := strings.Split(strings.TrimSpace(string(raw)), "\n")
	return "  " + strings.Join(all[max(0, len(all)-lines):], "\n  ")
}

// patience is how long a child has to stop before it is killed.
const patience = 10 * time.Second

// stop ends the child and waits for it.
func (c *child) stop() error {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may be gone already
	_ = c.life.Close()
	select {
	case <-c.gone:
		return nil
	case <-time.After(patience):
	}
	_ = c.cmd.Process.Kill()
	<-c.gone
	return fmt.Errorf("%s did not stop within %s and was killed; its log is %s", c.name, patience, c.log)
}

// stopAll ends all children at once.
func stopAll(children []*child) error {
	var all errgroup.Group
	for _, c := range children {
		all.Go(c.stop)
	}
	return all.Wait()
}
