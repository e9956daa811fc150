package chaintest

import (
	"context"
	"testing"
	"time"

	"privd/chain"
	"privd/market"
	"privd/market/deal"
	"privd/market/outbox"
)

// Sender returns a running sender for an account, over a store, that ends with the
// test.
func (n *Net) Sender(t testing.TB, from Key, store outbox.Store) *chain.Sender {
	t.Helper()
	s := n.IdleSender(t, from, store)
	Run(t, s.Run)
	return s
}

// IdleSender returns a sender that does not run yet.
func (n *Net) IdleSender(t testing.TB, from Key, store outbox.Store) *chain.Sender {
	t.Helper()
	return chain.NewSender(chain.SenderDeps{
		Client: n.Client(t), Store: store, Signer: from, Account: from.Address(), Log: Log(), Now: time.Now,
	})
}

// Follower returns a running follower over a store that ends with the test.
func (n *Net) Follower(t testing.TB, store deal.Store) *chain.Follower {
	t.Helper()
	f := chain.NewFollower(chain.FollowerDeps{Client: n.Client(t), Store: store, Log: Log(), Now: time.Now})
	Run(t, f.Run)
	return f
}

// Run runs a worker until the returned function is called or the test ends. A
// worker that fails fails the test.
func Run(t testing.TB, run func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Error("the worker does not stop")
		}
	}
	t.Cleanup(stop)
	return stop
}

// Wait waits until a condition holds; it fails the test after 30 seconds.
func Wait(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited 30 s for: %s", what)
		}
	}
}

// WaitDone waits for the outcome of a key and fails the test when it is a failure.
func WaitDone(t testing.TB, s *chain.Sender, key string) outbox.Transaction {
	t.Helper()
	tx := WaitOutcome(t, s, key)
	if err := tx.Err(); err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return tx
}

// WaitOutcome waits for the outcome of a key, good or bad, to be final.
func WaitOutcome(t testing.TB, s *chain.Sender, key string) outbox.Transaction {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tx, err := s.Wait(ctx, key, true)
	if err != nil {
		t.Fatalf("wait for %s: %v; sender: %+v", key, err, s.Stats())
	}
	return tx
}

// WaitStatus waits until the follower's store has a purchase in a status.
func WaitStatus(t testing.TB, store *deal.Memory, purchase market.Hash, status deal.Status) deal.State {
	t.Helper()
	Wait(t, "purchase "+status.String(), func() bool { return store.State(purchase).Status == status })
	return store.State(purchase)
}
