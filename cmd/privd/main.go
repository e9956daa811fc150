// Command privd runs a node that owns, sells and buys data, and talks to it.
//
// init makes a repo, start runs the node; every other command calls the API of the
// node that runs on the repo. main reads flags, catches signals, prints one error
// and chooses the exit code; what the market is, it does not know.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run(os.Args)) }

// run runs one command line and returns the exit code.
func run(args []string) int {
	ctx, stop := untilSignal(context.Background())
	defer stop()
	app := newApp()
	args, err := arrange(app, args)
	if err == nil {
		err = app.RunContext(ctx, args)
	}
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(app.ErrWriter, "privd: "+describe(ctx, err))
	return exitCode(ctx, err)
}

// untilSignal returns a context that the first interrupt or SIGTERM ends, with the
// signal as its cause. The second one kills the process, as if nobody listened.
func untilSignal(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	arrived := make(chan os.Signal, 1)
	signal.Notify(arrived, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case sig := <-arrived:
			signal.Stop(arrived)
			cancel(interruption{sig})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(arrived)
		cancel(nil)
	}
}

// interruption is the cause of a context that a signal ended.
type interruption struct{ signal os.Signal }

// Error names the signal.
func (i interruption) Error() string { return i.signal.String() }
