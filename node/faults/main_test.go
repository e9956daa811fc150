package faults_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// The names by which the test build is told what to do.
const (
	envCrash = "PRIVD_CRASH"
	envSteps = "PRIVD_STEPS"
	envCheat = "PRIVD_CHEAT"
)

// built is where the test build of the program goes, made once.
var built struct {
	sync.Once
	dir string
	err error
}

func TestMain(m *testing.M) {
	flag.Parse()
	// The tests wait for processes most of the time.
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	code := m.Run()
	if built.dir != "" {
		if err := os.RemoveAll(built.dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// program returns the path of privd as the tag makes it. It is not built for the race
// detector, which the tests themselves run under: there are many starts.
func program(t testing.TB) string {
	t.Helper()
	built.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "privd-faults-"); built.err != nil {
			return
		}
		cmd := exec.Command("go", "build", "-tags", "nodynamic,faults", "-o", built.dir, "privd/cmd/privd")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = errors.Join(err, errors.New(string(out)))
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, "privd")
}
