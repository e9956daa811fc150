// Command privd-bench measures a real network of two nodes through its REST API
// and prints a table: each figure beside the yardsticks of the same run, one core
// of SHA-256 and a write with one fsync, because machines differ and are noisy. The
// catalog is measured with a million listings, beside SQLite and plain net/http, and
// the sender of transactions and sales over x402 beside a plain client of the same
// chain.
//
// It starts bin/privd-devnet in a temporary directory, talks to loopback only and
// ends by itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// limit bounds the whole run.
const limit = 30 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	parts := flag.String("only", "", "measure one part alone: files, browse, send or x402")
	listings := flag.Int("listings", 1_000_000, "how many listings the catalog has for the part browse")
	constant := flag.String("constant", "", "be the yardstick of net/http instead: serve this file")
	flag.Parse()
	if *constant != "" {
		fmt.Fprintln(os.Stderr, "privd-bench:", serveConstant(*constant))
		os.Exit(1)
	}
	if err := run(ctx, *parts, *listings); err != nil {
		fmt.Fprintln(os.Stderr, "privd-bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, listings int) (err error) {
	if only != "" && only != "files" && only != "browse" && only != "send" && only != "x402" {
		return fmt.Errorf("there is no part %q", only)
	}
	var t table
	y, err := measureYardsticks()
	if err != nil {
		return err
	}
	t.add("SHA-256, one core, 100 MB", mbps(y.sha), y.beside(y.sha))
	t.add("write + fsync, 100 MB", mbps(y.write), y.beside(y.write))
	nw, err := startNetwork(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, nw.stop()) }()
	b := &bench{ctx: ctx, nw: nw, y: y, t: &t}
	var steps []func() error
	if only == "" || only == "files" {
		steps = append(steps, b.start, b.small(1), b.small(4), b.large(100), b.large(500), b.fetches, b.firstByte)
	}
	if only == "" || only == "send" {
		steps = append(steps, b.sending)
	}
	if only == "" || only == "x402" {
		steps = append(steps, b.agents)
	}
	if only == "" || only == "browse" {
		steps = append(steps, (&browsing{bench: *b, listings: listings}).browse)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	t.print(os.Stdout)
	return nil
}
