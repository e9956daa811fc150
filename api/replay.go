package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"privd/market"
	"privd/market/replay"
)

// How long an answer is repeated: to the same request, and to the same
// Idempotency-Key.
const (
	replayWindow = 30 * time.Second
	keyWindow    = 24 * time.Hour
)

// replayer makes the same request happen once: a repetition waits for the first
// one and gets its answer.
type replayer struct {
	store market.Store[replay.Tx]
	clock market.Clock

	mu   sync.Mutex
	busy map[market.Hash]*turn
}

type turn struct {
	waiting int
	free    chan struct{} // holds one token while nobody has the key
}

func newReplayer(store market.Store[replay.Tx], clock market.Clock) *replayer {
	return &replayer{store: store, clock: clock, busy: map[market.Hash]*turn{}}
}

// replay serves a request that must not happen twice.
func (s *Server) replay(w http.ResponseWriter, r *http.Request, body []byte, mode replayMode, next http.HandlerFunc) {
	answer, err := s.replays.serve(r, body, mode, func() *recording {
		// A client that hangs up and asks again gets the answer of what it began, so
		// the work outlives its connection; only the end of the server ends it.
		ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
		defer cancel()
		defer context.AfterFunc(s.base, cancel)()
		rec := &recording{header: w.Header()}
		next(rec, r.WithContext(ctx))
		return rec
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(answer.body.Len()))
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body.Bytes())
}

func (p *replayer) serve(r *http.Request, body []byte, mode replayMode, do func() *recording) (*recording, error) {
	ctx, keys := r.Context(), replayKeys(r, body, mode)
	for _, k := range keys {
		if err := p.acquire(ctx, k.hash); err != nil {
			return nil, err
		}
		defer p.release(k.hash)
	}
	digest := market.Hash(sha256.Sum256(body))
	for i := len(keys) - 1; i >= 0; i-- {
		stored, err := p.find(ctx, keys[i].hash, digest)
		if err != nil {
			return nil, err
		}
		if stored != nil {
			// A key that came with a repetition stands for the same purchase.
			if err := p.keep(ctx, keys, i+1, digest, stored.Body); err != nil {
				return nil, fmt.Errorf("store answer: %w", err)
			}
			rec := &recording{status: http.StatusOK}
			rec.body.Write(stored.Body)
			return rec, nil
		}
	}
	rec := do()
	if rec.status != http.StatusOK {
		return rec, nil
	}
	// What was done is done: a client that hung up must still find it on retry.
	if err := p.keep(context.WithoutCancel(ctx), keys, 0, digest, rec.body.Bytes()); err != nil {
		return nil, fmt.Errorf("store answer: %w", err)
	}
	return rec, nil
}

// keep stores an answer under the keys from the given one on.
func (p *replayer) keep(ctx context.Context, keys []replayName, from int, digest market.Hash, body []byte) error {
	if from >= len(keys) {
		return nil
	}
	now := p.clock()
	return p.store.Update(ctx, func(tx replay.Tx) error {
		if err := tx.DropAnswers(now); err != nil {
			return err
		}
		for _, k := range keys[from:] {
			if err := tx.PutAnswer(replay.Answer{Key: k.hash, Request: digest, Body: body, ExpiresAt: now.Add(k.window)}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *replayer) find(ctx context.Context, key, digest market.Hash) (*replay.Answer, error) {
	var stored replay.Answer
	err := p.store.View(ctx, func(tx replay.Tx) (err error) { stored, err = tx.Answer(key); return err })
	switch {
	case errors.Is(err, market.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read stored answer: %w", err)
	case !p.clock().Before(stored.ExpiresAt):
		return nil, nil
	case stored.Request != digest:
		return nil, &market.Error{Code: market.Conflict, Reason: "IDEMPOTENCY_KEY_REUSED", Field: "Idempotency-Key",
			Message: "this Idempotency-Key was used for another request"}
	}
	return &stored, nil
}

// replayName is what a request's answer is kept under, and for how long.
type replayName struct {
	hash   market.Hash
	window time.Duration
}

// replayKeys names the request, and the intent where the client named one. They
// are taken in this order, so that two requests never wait for each other.
func replayKeys(r *http.Request, body []byte, mode replayMode) (keys []replayName) {
	path := r.URL.Path
	for _, prefix := range prefixes {
		if rest, ok := strings.CutPrefix(path, prefix); ok {
			path = rest
			break
		}
	}
	who := string(user(r.Context()))
	name := func(kind string, value []byte) market.Hash {
		h := sha256.New()
		for _, part := range []string{kind, who, r.Method, path} {
			fmt.Fprintf(h, "%d:%s", len(part), part)
		}
		h.Write(value)
		return market.Hash(h.Sum(nil))
	}
	if mode == replaySame {
		keys = append(keys, replayName{name("body", body), replayWindow})
	}
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		keys = append(keys, replayName{name("key", []byte(key)), keyWindow})
	}
	return keys
}

func (p *replayer) acquire(ctx context.Context, key market.Hash) error {
	p.mu.Lock()
	t := p.busy[key]
	if t == nil {
		t = &turn{free: make(chan struct{}, 1)}
		t.free <- struct{}{}
		p.busy[key] = t
	}
	t.waiting++
	p.mu.Unlock()
	select {
	case <-t.free:
		return nil
	case <-ctx.Done():
		p.leave(key, t)
		return ctx.Err()
	}
}

func (p *replayer) release(key market.Hash) {
	p.mu.Lock()
	t := p.busy[key]
	p.mu.Unlock()
	t.free <- struct{}{}
	p.leave(key, t)
}

func (p *replayer) leave(key market.Hash, t *turn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.waiting--; t.waiting == 0 {
		delete(p.busy, key)
	}
}

// recording is an answer held back until it is stored.
type recording struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recording) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recording) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write implements http.ResponseWriter.
func (r *recording) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}
