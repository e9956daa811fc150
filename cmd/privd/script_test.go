package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptPatience bounds each wait of a script.
const scriptPatience = 2 * time.Minute

// TestScript runs the stories of testdata/script, with real processes.
func TestScript(t *testing.T) {
	t.Parallel()
	wallets := &scriptWallets{}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PRIVD_REPO", filepath.Join(env.WorkDir, "repo"))
			env.Setenv("GORACE", os.Getenv("GORACE"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"field":     scriptField,
			"waitfile":  scriptWaitFile,
			"until":     scriptUntil,
			"signal":    scriptSignal,
			"taken":     scriptTaken,
			"damage":    scriptDamage,
			"newwallet": wallets.make,
			"signwith":  wallets.sign,
		},
	})
}

// scriptField is "field VAR FILE PATH": it sets VAR to what stands in a JSON file,
// or in stdout, under a path such as nodes.0.api.
func scriptField(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: field VAR FILE PATH")
	}
	var value any
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile(args[1])))
	decoder.UseNumber()
	ts.Check(decoder.Decode(&value))
	for step := range strings.SplitSeq(args[2], ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				ts.Fatalf("no %s in %s", args[2], args[1])
			}
			value = v[i]
		default:
			ts.Fatalf("no %s in %s", args[2], args[1])
		}
	}
	if value == nil {
		ts.Fatalf("no %s in %s", args[2], args[1])
	}
	ts.Setenv(args[0], fmt.Sprint(value))
}

// scriptWaitFile is "waitfile FILE": it waits until a file is there, with "!" until
// it is not.
func scriptWaitFile(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: [!] waitfile FILE")
	}
	wait(ts, "file "+args[0], func() bool {
		_, err := os.Stat(ts.MkAbs(args[0]))
		return (err == nil) != neg
	})
}

// scriptUntil is "until PROGRAM ARGUMENT...": it runs a program again and again until
// it succeeds, with "!" until it fails.
func scriptUntil(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: [!] until PROGRAM ARGUMENT...")
	}
	wait(ts, strings.Join(args, " "), func() bool {
		return (ts.Exec(args[0], args[1:]...) == nil) != neg
	})
}

// scriptSignal is "signal NAME REPO": it sends a signal to the node that runs on a
// repo and waits until it is gone.
func scriptSignal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]syscall.Signal{"KILL": syscall.SIGKILL, "TERM": syscall.SIGTERM, "INT": syscall.SIGINT}
	if neg || len(args) != 2 || signals[args[0]] == 0 {
		ts.Fatalf("usage: signal KILL|TERM|INT REPO")
	}
	pid, err := strconv.Atoi(strings.TrimSpace(ts.ReadFile(filepath.Join(args[1], "privd.lock"))))
	ts.Check(err)
	ts.Check(syscall.Kill(pid, signals[args[0]]))
	start := time.Now()
	wait(ts, "the end of the node", func() bool { return gone(pid) })
	if took := time.Since(start); args[0] != "KILL" && took > 10*time.Second {
		ts.Fatalf("the node took %s to stop", took)
	}
}

// gone reports whether a process has ended, a zombie included.
func gone(pid int) bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
	}
	_, after, _ := bytes.Cut(raw, []byte(") "))
	return bytes.HasPrefix(after, []byte("Z"))
}

// scriptTaken is "taken VAR": it listens on a free port until the script ends and
// sets VAR to the address.
func scriptTaken(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: taken VAR")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv(args[0], l.Addr().String())
}

// scriptDamage is "damage DIR": it turns a bit in the middle of the largest file
// under a directory.
func scriptDamage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: damage DIR")
	}
	var largest string
	var size int64
	ts.Check(filepath.Walk(ts.MkAbs(args[0]), func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() && info.Size() > size {
			largest, size = path, info.Size()
		}
		return err
	}))
	raw, err := os.ReadFile(largest)
	ts.Check(err)
	raw[len(raw)/2] ^= 1
	ts.Check(os.WriteFile(largest, raw, 0o600))
}

// wait asks until the answer is yes.
func wait(ts *testscript.TestScript, what string, ask func() bool) {
	deadline := time.After(scriptPatience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ask() {
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("still waiting for %s after %s", what, scriptPatience)
		}
	}
}
