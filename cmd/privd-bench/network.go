package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// network is a running development network.
type network struct {
	bin, dir string
	cmd      *exec.Cmd
	file     devnetFile
}

type devnetFile struct {
	Network   string `json:"network"`
	FaucetKey string `json:"faucet_private_key"`
	Nodes     []struct {
		Repo  string `json:"repo"`
		API   string `json:"api"`
		Users []struct {
			Name string `json:"name"`
			Key  string `json:"api_key"`
		} `json:"users"`
	} `json:"nodes"`
}

func startNetwork(ctx context.Context) (*network, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "privd-bench-")
	if err != nil {
		return nil, err
	}
	nw := &network{bin: filepath.Dir(self), dir: dir}
	nw.cmd = exec.CommandContext(ctx, filepath.Join(nw.bin, "privd-devnet"), "--dir", filepath.Join(dir, "net"), "--api", "127.0.0.1:0", "--rpc", "127.0.0.1:0")
	nw.cmd.Cancel = func() error { return nw.cmd.Process.Signal(os.Interrupt) }
	var log bytes.Buffer
	nw.cmd.Stderr = &log
	if err := nw.cmd.Start(); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "net", "devnet.json")
	for {
		if raw, err := os.ReadFile(path); err == nil && json.Unmarshal(raw, &nw.file) == nil {
			return nw, nil
		}
		if ctx.Err() != nil || nw.cmd.ProcessState != nil {
			return nil, errors.Join(fmt.Errorf("no network: %s", log.String()), nw.stop())
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (nw *network) stop() error {
	err := nw.cmd.Process.Signal(os.Interrupt)
	if err == nil {
		err = nw.cmd.Wait()
	}
	return errors.Join(err, os.RemoveAll(nw.dir))
}

// pid returns the process of a repo's node, from its lock.
func pid(repo string) (int, error) {
	raw, err := os.ReadFile(filepath.Join(repo, "privd.lock"))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(raw)))
}

// memory reads a figure such as VmHWM of a process, in bytes.
func memory(pid int, figure string) (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, figure+":"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("no %s for process %d", figure, pid)
}

// resetPeak makes VmHWM count from now on.
func resetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}

// cpu returns the processor time a process has used.
func cpu(pid int) (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	system, serr := strconv.Atoi(fields[12])
	const tick = 10 * time.Millisecond // USER_HZ is 100 everywhere
	return time.Duration(user+system) * tick, errors.Join(err, serr)
}

func terminate(cmd *exec.Cmd) error {
	return errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Wait())
}
