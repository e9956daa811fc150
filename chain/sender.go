package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/core/types"

	"privd/market"
	"privd/market/outbox"
)

// Call is something to be done on chain. Value is in wei; Gas is a limit, or 0 to
// have it estimated. FirstBy is the last chain time, unix seconds, at which it may
// leave for the first time, or 0 for any. Until is the chain time from which it must
// not happen any more, or 0 for never: what is not mined by then is cancelled. Once
// marks a call that would be done twice if it were mined twice, because the contract
// does not refuse or ignore the second time.
type Call struct {
	To      market.Address
	Data    []byte
	Value   market.Amount
	Gas     uint64
	FirstBy uint64
	Until   uint64
	Once    bool
}

// TxSigner signs transactions with the keys it holds.
type TxSigner interface {
	SignTx(ctx context.Context, account market.Address, tx *types.Transaction, chainID uint64) (*types.Transaction, error)
}

// SenderDeps is what a Sender works with. Everything but OnChange is required.
type SenderDeps struct {
	Client  *Client
	Store   outbox.Store
	Signer  TxSigner
	Account market.Address // whose nonce the sender owns; nobody else may send from it
	Log     *slog.Logger
	Now     func() time.Time
	// OnChange is told each change after it is stored. It runs on the sender's
	// goroutine and must not block.
	OnChange func(outbox.Transaction)
}

// Sender sends the transactions of one account. What Submit has accepted is sent
// exactly once: intent and signed bytes are stored before they leave, every signed
// form shares one nonce, and a restart looks for receipts before it sends again.
// All methods are safe for concurrent use; one Run per account.
type Sender struct {
	deps SenderDeps
	cfg  Config
	log  *slog.Logger

	wake chan struct{}

	mu      sync.Mutex
	seq     uint64
	arrived []outbox.Transaction // submitted since the last step
	stats   Stats
	changed chan struct{} // closed and replaced on every change
	lastErr error
	wishes  map[string]string // keys to be cancelled, stored, which Run does not know yet
	waiting map[string]string // why some do not get on

	// rows is held while stored rows are changed. Cancel changes those that Run changes
	// too; Run merges what it finds in wishes. Taken before mu.
	rows sync.Mutex

	// Run's own.
	open      []*flight
	loaded    map[string]bool // keys that were open at the start
	confirmed [32]byte        // hash of the head that mined transactions were last checked against
	seen      uint64          // the account's nonce that was last believed
	leap      uint64          // a nonce that is too high to be believed at once
	window    int             // how many may be in flight now
	crowded   bool            // more would be, if they might
	// noBlockReceipts says that the server knows no receipts of whole blocks.
	noBlockReceipts bool
	gapSince        time.Time
	gapNonce        uint64
	complained      time.Time
}

// flight is an open transaction with what only this process knows of it.
type flight struct {
	tx outbox.Transaction

	offered   time.Time // when what it offers was last broadcast
	first     time.Time // when that was first broadcast by this process
	firstAt   uint64    // and the head then
	outbid    bool      // the server holds a dearer transaction of this nonce
	refusal   error     // why the server does not take it
	refusals  int       // and how often in a row
	capped    bool      // higher fees would help, and are above the limit
	unseen    time.Time // since when its nonce is used and there is no receipt
	asked     time.Time // when it was last asked who used the nonce
	replays   int       // vain attempts to learn why it reverted
	doubts    int       // looks in a row at which its block did not seem to be on the chain
	doubted   time.Time // and since when
	refusedAt [32]byte  // hash of the head at which it would be refused, with others ahead of it
	refusing  time.Time // since when it would be refused, with none ahead of it
}

// Stats counts what a sender did since it was made, and what it has at hand.
type Stats struct {
	Queued      int // stored, not signed
	InFlight    int // broadcast, not mined
	Unconfirmed int // mined, not final

	Submitted   uint64
	Broadcast   uint64 // first broadcasts of a try
	Rebroadcast uint64 // the same bytes again
	Bumped      uint64 // tries with higher fees
	Mined       uint64
	Refused     uint64 // failed, sent or not
	Reorged     uint64 // taken out of the chain again
	Overtaken   uint64 // lost their nonce to somebody else
	Cancelled   uint64 // did not happen, as they should
	GapsFilled  uint64

	// LastError is why the sender does not get on, "" when it does.
	LastError string
}

// NewSender returns a sender. Nothing is sent before Run.
func NewSender(deps SenderDeps) *Sender {
	return &Sender{
		deps:    deps,
		cfg:     deps.Client.Config(),
		log:     deps.Log,
		wake:    make(chan struct{}, 1),
		changed: make(chan struct{}),
		wishes:  make(map[string]string),
		window:  min(firstWindow, deps.Client.Config().MaxInFlight),
	}
}

// Account returns the account that sends.
func (s *Sender) Account() market.Address { return s.deps.Account }

// Submit stores a call to be sent under a key that names its business reason. When
// it returns without an error, the call is durable. A key that is known already
// changes nothing and returns what is stored, whether pending, done or failed; with
// a different call it is a Conflict. To try a failed call again, use a new key.
//
// Calls may overtake one another. A call that the contract would refuse now is held
// back until those submitted before it have an outcome, since they may be what it
// depends on; if it would still be refused then, it fails.
func (s *Sender) Submit(ctx context.Context, key string, call Call) (outbox.Transaction, error) {
	if key == "" {
		return outbox.Transaction{}, market.BadField("key", "must not be empty")
	}
	stored, added, err := s.deps.Store.Add(ctx, outbox.Transaction{
		Key: key, Seq: s.nextSeq(), To: call.To, Data: call.Data, Value: call.Value, GasLimit: call.Gas,
		FirstBy: call.FirstBy, Until: call.Until, Once: call.Once, Created: s.deps.Now(),
	})
	if err != nil {
		return outbox.Transaction{}, fmt.Errorf("submit %s: %w", key, err)
	}
	if !added {
		if !stored.Calls(call.To, call.Data, call.Value) {
			return stored, &market.Error{Op: "submit " + key, Code: market.Conflict, Message: "the key was used for another call"}
		}
		return stored, nil
	}
	s.mu.Lock()
	s.arrived = append(s.arrived, stored)
	s.stats.Submitted++
	s.mu.Unlock()
	s.Wake()
	return stored, nil
}

// nextSeq returns a number above all before it, across restarts too as long as the
// clock is not set back; order is a courtesy, not a promise.
func (s *Sender) nextSeq() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq = max(s.seq+1, uint64(s.deps.Now().UnixNano()))
	return s.seq
}

// Wake makes the sender look at the chain now, as when a new block is known.
func (s *Sender) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Outcome returns the transaction of a key; NotFound when it was never submitted.
func (s *Sender) Outcome(ctx context.Context, key string) (outbox.Transaction, error) {
	return s.deps.Store.Get(ctx, key)
}

// Wait returns the transaction of a key once it is mined or failed, or when the
// context ends. final asks that the outcome stands as well.
func (s *Sender) Wait(ctx context.Context, key string, final bool) (outbox.Transaction, error) {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		tx, err := s.Outcome(ctx, key)
		if err != nil {
			return tx, err
		}
		if !tx.Pending() && (tx.Final || !final) {
			return tx, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return tx, fmt.Errorf("wait for %s: %w", key, context.Cause(ctx))
		}
	}
}

// Stats returns the counters.
func (s *Sender) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.Queued += len(s.arrived)
	if s.lastErr != nil {
		stats.LastError = s.lastErr.Error()
	}
	return stats
}

// Run sends and watches until the context ends; then it returns nil. It returns an
// error only when the store fails, since sending unstored is worse than stopping.
func (s *Sender) Run(ctx context.Context) error {
	if err := s.load(ctx); err != nil {
		return stopped(ctx, fmt.Errorf("load outbox: %w", err))
	}
	pause := time.NewTimer(0)
	defer pause.Stop()
	wake, failures := s.wake, 0
	pace := s.cfg.Poll
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-pause.C:
		}
		s.absorb()
		if len(s.open) == 0 {
			continue // until Submit wakes it
		}
		before := s.done()
		err := s.step(ctx)
		if ctx.Err() != nil {
			return nil
		}
		var disk storeError
		if errors.As(err, &disk) {
			return disk
		}
		s.report(err)
		if err != nil {
			failures++
			wake = nil // an outage does not end sooner because of a Submit
			pause.Reset(backoff(s.cfg.Poll, failures))
			continue
		}
		wake, failures = s.wake, 0
		pace = min(2*pace, s.cfg.Poll)
		if s.done() != before {
			pace = min(soon, s.cfg.Poll)
		}
		pause.Reset(pace)
	}
}

// soon is the pause after a step that got something done: on a chain that is quicker
// than the poll interval, the next may too. It doubles while nothing happens.
const soon = 10 * time.Millisecond

// done counts what steps have achieved.
func (s *Sender) done() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats.Broadcast + s.stats.Mined + s.stats.Refused + s.stats.Cancelled
}

// stopped returns nil when the context ended, since then err is only its echo.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// backoff returns the pause after n failures in a row: the poll interval, doubled
// each time, at most 5 seconds or one interval.
func backoff(poll time.Duration, n int) time.Duration {
	longest := max(poll, 5*time.Second)
	for range min(n, 16) {
		if poll *= 2; poll >= longest {
			return longest
		}
	}
	return poll
}

// report keeps why a step failed, and says so when that is new or a minute old.
func (s *Sender) report(err error) {
	s.mu.Lock()
	before := s.lastErr
	s.lastErr = err
	s.mu.Unlock()
	if err == nil {
		if before != nil {
			s.log.Info("transactions are on their way again")
		}
		return
	}
	now := s.deps.Now()
	if before == nil || before.Error() != err.Error() || now.Sub(s.complained) > time.Minute {
		s.complained = now
		s.log.Warn("transactions are waiting", "error", err)
	}
}

func (s *Sender) load(ctx context.Context) error {
	all, err := s.deps.Store.Open(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open, s.loaded = nil, make(map[string]bool, len(all))
	for _, tx := range all {
		if tx.Signed && tx.From != s.deps.Account {
			return &market.Error{Code: market.Conflict, Message: fmt.Sprintf(
				"transaction %s was signed by %s, the node now sends from %s", tx.Key, tx.From, s.deps.Account)}
		}
		s.open = append(s.open, &flight{tx: tx})
		s.loaded[tx.Key] = true
		s.seq = max(s.seq, tx.Seq)
	}
	s.count()
	return nil
}

// absorb takes over what was submitted since the last step.
func (s *Sender) absorb() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, tx := range s.arrived {
		// A submission during load is found in the store and announced as well.
		if !s.loaded[tx.Key] {
			s.open = append(s.open, &flight{tx: tx})
		}
	}
	for _, f := range s.open {
		if why, wished := s.wishes[f.tx.Key]; wished && f.tx.Pending() {
			f.tx.Cancel = why // as it is stored
		}
	}
	clear(s.wishes)
	s.arrived = nil
	s.count()
}

// count brings the gauges up to date; the caller holds mu.
func (s *Sender) count() {
	s.stats.Queued, s.stats.InFlight, s.stats.Unconfirmed = 0, 0, 0
	for _, f := range s.open {
		switch {
		case f.tx.State == outbox.Queued:
			s.stats.Queued++
		case f.tx.State == outbox.Sent:
			s.stats.InFlight++
		case !f.tx.Final:
			s.stats.Unconfirmed++
		}
	}
}

// storeError is a failure of the store, which ends Run.
type storeError struct{ error }

func (e storeError) Unwrap() error { return e.error }

// change is a new value for an open transaction, not yet stored.
type change struct {
	flight *flight
	tx     outbox.Transaction
}

// commit stores changes, then makes them known. Nothing in memory runs ahead of
// the store.
func (s *Sender) commit(ctx context.Context, changes []change) error {
	if len(changes) == 0 {
		return nil
	}
	txs := make([]outbox.Transaction, len(changes))
	if err := s.put(ctx, txs, changes); err != nil {
		return storeError{fmt.Errorf("store transactions: %w", err)}
	}
	for i, c := range changes {
		c.flight.tx = txs[i]
	}
	s.forgetClosed()
	s.mu.Lock()
	s.count()
	close(s.changed)
	s.changed = make(chan struct{})
	s.mu.Unlock()
	if s.deps.OnChange != nil {
		for _, tx := range txs {
			s.deps.OnChange(tx)
		}
	}
	return nil
}

// put stores changes, with what was wished meanwhile.
func (s *Sender) put(ctx context.Context, txs []outbox.Transaction, changes []change) error {
	s.rows.Lock()
	defer s.rows.Unlock()
	s.mu.Lock()
	for i, c := range changes {
		txs[i] = c.tx
		if why, wished := s.wishes[c.tx.Key]; wished && c.tx.Pending() {
			txs[i].Cancel = why
		}
		if c.tx.Closed {
			txs[i].Ended = s.deps.Now()
		}
	}
	s.mu.Unlock()
	return s.deps.Store.Put(ctx, txs...)
}

func (s *Sender) forgetClosed() {
	kept := s.open[:0]
	for _, f := range s.open {
		if !f.tx.Closed {
			kept = append(kept, f)
			continue
		}
		// Once it is pruned, the key may come again.
		delete(s.loaded, f.tx.Key)
	}
	clear(s.open[len(kept):])
	s.open = kept
}

// tally changes the counters.
func (s *Sender) tally(fn func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn(&s.stats)
}
