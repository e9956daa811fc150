package faults_test

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// inTestBuild are functions that the tag adds: where a node dies, and where it cheats.
// The names are written in parts, so that this binary does not hold them by this.
var inTestBuild = [][]string{
	{"privd", "/storage", "/crash", ".die"}, {"privd", "/storage", "/records", ".stepName"}, {"privd", "/node", ".breaks"},
	{"privd", "/node", ".crookedDesk"}, {"privd", "/node", ".crookedClient"}, {"privd", "/node", ".crookedGossip"},
}

// TestProduction finds nothing of the test build in any other: no file of it is compiled,
// and no function of it has its name in this very binary, which is built from the same
// packages without the tag. In the test build all of them are found.
func TestProduction(t *testing.T) {
	out, err := exec.Command("go", "list", "-tags", "nodynamic", "-f", "{{range .GoFiles}}{{$.Dir}}/{{.}}\n{{end}}", "-deps", "privd/cmd/privd").Output()
	must(t, err)
	compiled := strings.Fields(string(out))
	for _, file := range []string{"node/cheat.go", "node/cheatbuyer.go", "node/cheatseller.go", "storage/records/steps_on.go", "storage/crash/on.go"} {
		if slices.ContainsFunc(compiled, func(f string) bool { return strings.HasSuffix(f, "privd/"+file) || strings.HasSuffix(f, "/"+file) }) {
			t.Errorf("%s is compiled into privd", file)
		}
	}
	for _, file := range []string{"node/honest.go", "storage/records/steps_off.go", "storage/crash/off.go"} {
		if !slices.ContainsFunc(compiled, func(f string) bool { return strings.HasSuffix(f, "/"+file) }) {
			t.Errorf("%s is not compiled into privd", file)
		}
	}
	if testing.Short() {
		return // the test build takes a while
	}
	self, err := os.Executable()
	must(t, err)
	without, err := os.ReadFile(self)
	must(t, err)
	with, err := os.ReadFile(program(t))
	must(t, err)
	if control := strings.Join([]string{"privd", "/node", ".Init"}, ""); !bytes.Contains(without, []byte(control)) {
		t.Errorf("this binary does not tell the names of its functions, such as %s", control)
	}
	for _, parts := range inTestBuild {
		name := strings.Join(parts, "")
		if bytes.Contains(without, []byte(name)) {
			t.Errorf("without the tag there is %s", name)
		}
		if !bytes.Contains(with, []byte(name)) {
			t.Errorf("with the tag there is no %s", name)
		}
	}
}
