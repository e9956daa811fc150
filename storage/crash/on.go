//go:build faults && unix

package crash

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// plan is what the environment asks for. This build is for tests alone, where the
// process is the unit that is told what to do: so there is one, and it is global.
var plan = sync.OnceValue(func() *orders {
	p := &orders{steps: os.Getenv("PRIVD_STEPS"), passed: map[string]int{}}
	at := os.Getenv("PRIVD_CRASH")
	if file, is := strings.CutPrefix(at, "@"); is {
		p.file = file
	} else if at != "" {
		p.point, p.nth = parse(at)
	}
	return p
})

// parse reads STEP[:before|:after][:n].
func parse(text string) (point string, nth int) {
	name, rest, _ := strings.Cut(text, ":")
	when, count, _ := strings.Cut(rest, ":")
	if n, err := strconv.Atoi(when); err == nil {
		when, count = "", strconv.Itoa(n)
	}
	if when == "" {
		when = "after"
	}
	if nth = 1; count != "" {
		n, err := strconv.Atoi(count)
		if err != nil || n < 1 {
			panic("PRIVD_CRASH: " + text)
		}
		nth = n
	}
	return name + ":" + when, nth
}

type orders struct {
	steps string
	file  string
	point string
	nth   int

	mu     sync.Mutex
	passed map[string]int
}

// Before is called right before the steps are stored.
func Before(steps ...string) { plan().pass("before", steps) }

// After is called right after the steps are stored.
func After(steps ...string) { plan().pass("after", steps) }

func (o *orders) pass(when string, steps []string) {
	if len(steps) == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.steps != "" {
		add(o.steps, strings.Join(steps, ":"+when+" ")+":"+when+"\n")
	}
	points := make(map[string]bool, len(steps))
	for _, s := range steps {
		points[s+":"+when] = true
	}
	if o.file != "" {
		o.fromFile(points)
	}
	for p := range points {
		if o.passed[p]++; p == o.point && o.passed[p] == o.nth {
			die()
		}
	}
}

// fromFile dies when the file has one of the points, and takes it out. What one death
// is at is told by all its names.
func (o *orders) fromFile(points map[string]bool) {
	raw, err := os.ReadFile(o.file)
	if err != nil || len(raw) == 0 {
		return
	}
	var keep bytes.Buffer
	fired := false
	for line := range strings.Lines(string(raw)) {
		if points[strings.TrimSpace(line)] {
			fired = true
		} else {
			keep.WriteString(line)
		}
	}
	if !fired {
		return
	}
	temp := o.file + ".tmp"
	must(os.WriteFile(temp, keep.Bytes(), 0o600))
	must(os.Rename(temp, o.file))
	add(o.file+".fired", strings.Join(slices.Sorted(maps.Keys(points)), " ")+"\n")
	die()
}

// die ends the process with nothing tidied up, and does not return.
func die() {
	must(syscall.Kill(os.Getpid(), syscall.SIGKILL))
	select {}
}

func add(file, text string) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	must(err)
	_, err = f.WriteString(text)
	must(err)
	must(f.Close())
}

func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("crash: %v", err))
	}
}

// What differs from one file to the next of a kind: random ids after their prefix,
// what makes a temporary name unique, numbers.
var (
	ids    = regexp.MustCompile(`_[A-Za-z0-9]{6,}`)
	unique = regexp.MustCompile(`\.[0-9a-f]{16}\.tmp$`)
	digits = regexp.MustCompile(`[0-9]+`)
)

// File names what is done to a file: "keys/purchase.sealed/write".
func File(path, verb string) string {
	dir := filepath.Base(filepath.Dir(path))
	switch dir {
	case "keys", "blocks", "keystore":
	default:
		dir = "repo"
	}
	base := unique.ReplaceAllString(filepath.Base(path), "")
	base = strings.TrimSuffix(strings.TrimSuffix(base, ".age"), ".car")
	base = digits.ReplaceAllString(ids.ReplaceAllString(base, ""), "n")
	return dir + "/" + base + "/" + verb
}
