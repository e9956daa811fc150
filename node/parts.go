package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// part is one component of a running node.
type part struct {
	name  string
	run   func(ctx context.Context) error // nil when it has no loop; returns when ctx ends
	close func() error                    // nil when there is nothing to give back
}

// stopWithin is how long each part has to stop.
const stopWithin = 5 * time.Second

// parts are started in order and stopped in reverse: what takes work in is last,
// so it closes first, then the workers, then the stores.
type parts []part

// run starts every part and waits until ctx ends or one of them fails; then it
// stops all of them and joins what went wrong, under the parts' names.
func (ps parts) run(ctx context.Context, log *slog.Logger) error {
	running := make([]*running, 0, len(ps))
	failed := make(chan struct{}, len(ps))
	for _, p := range ps {
		running = append(running, p.start(ctx, failed))
	}
	select {
	case <-ctx.Done():
	case <-failed:
	}
	var errs []error
	for i := len(running) - 1; i >= 0; i-- {
		errs = append(errs, running[i].stop(log))
	}
	return errors.Join(errs...)
}

// close gives back what parts that never ran hold, in reverse order.
func (ps parts) close() error {
	var errs []error
	for i := len(ps) - 1; i >= 0; i-- {
		if ps[i].close != nil {
			errs = append(errs, named(ps[i].name, ps[i].close()))
		}
	}
	return errors.Join(errs...)
}

type running struct {
	part   part
	cancel context.CancelFunc
	done   chan error
}

func (p part) start(ctx context.Context, failed chan<- struct{}) *running {
	// Parts end when they are told to, in order, not all at once with ctx.
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &running{part: p, cancel: cancel, done: make(chan error, 1)}
	if p.run == nil {
		r.done <- nil
		return r
	}
	go func() {
		err := p.run(own)
		if err == nil && own.Err() == nil {
			err = errors.New("stopped by itself")
		}
		r.done <- err
		if own.Err() == nil {
			failed <- struct{}{}
		}
	}()
	return r
}

func (r *running) stop(log *slog.Logger) error {
	r.cancel()
	var err error
	select {
	case err = <-r.done:
	case <-time.After(stopWithin):
		err = fmt.Errorf("did not stop within %s", stopWithin)
	}
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	if r.part.close != nil {
		err = errors.Join(err, r.part.close())
	}
	log.Debug("part stopped", "part", r.part.name)
	return named(r.part.name, err)
}

func named(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}
