package main

import (
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"privd/chain/keys"
	"privd/cmd/privd-devnet/devnet"
)

// TestMain lets the test binary stand for both programs: scripts and tests run them
// as processes of their own.
func TestMain(m *testing.M) {
	// The race detector sleeps for a second when a process ends, and these are many.
	os.Setenv("GORACE", strings.TrimSpace(os.Getenv("GORACE")+" atexit_sleep_ms=0"))
	// What it costs to try a password is most of what these short lives would do.
	keys.Light = keys.Quick
	testscript.Main(m, map[string]func(){
		"privd":        main,
		"privd-devnet": func() { os.Exit(devnet.Main(os.Args, os.Stdout, os.Stderr)) },
	})
}
