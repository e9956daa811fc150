package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"privd/cmd/privd-devnet/devnet"
)

// TestMain lets the test binary stand for both programs: scripts and tests run them
// as processes of their own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"privd":        main,
		"privd-devnet": func() { os.Exit(devnet.Main(os.Args, os.Stdout, os.Stderr)) },
	})
}
