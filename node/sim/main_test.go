package sim_test

import (
	"os"
	"testing"

	"privd/node/sim"
)

// TestMain lets the test binary stand for a node: worlds run it as processes.
func TestMain(m *testing.M) {
	if code, was := sim.Node(); was {
		os.Exit(code)
	}
	os.Exit(m.Run())
}
