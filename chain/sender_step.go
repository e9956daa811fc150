package chain

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"
	"golang.org/x/sync/errgroup"

	"privd/market"
	"privd/market/outbox"
)

// view is the chain as one step sees it.
type view struct {
	head  *types.Header
	block uint64
	nonce uint64 // transactions of the account up to head
	leap  bool   // the nonce is higher than anybody here can explain
}

// step looks at the chain once and does everything that is due. The order matters:
// what is known to be mined is recorded before anything is sent again. All of it is
// asked of one server, since others may be ahead of it or behind.
func (s *Sender) step(ctx context.Context) error {
	ctx = s.deps.Client.together(ctx)
	v, err := s.look(ctx)
	if err != nil {
		return err
	}
	defer s.tellWaiting(v)
	for _, part := range []func(context.Context, view) error{s.confirm, s.collect, s.retract, s.expire, s.fillGap, s.reoffer, s.launch} {
		if err := part(ctx, v); err != nil {
			return err
		}
	}
	if unmined := s.unmined(v); len(unmined) > 0 {
		return s.hindrance(unmined[0], v)
	}
	return nil
}

func (s *Sender) look(ctx context.Context) (view, error) {
	head, err := s.deps.Client.header(ctx, nil)
	if err != nil {
		return view{}, err
	}
	nonce, err := s.nonceAt(ctx, head.Number)
	if err != nil {
		return view{}, err
	}
	v := view{head: head, block: head.Number.Uint64(), nonce: nonce}
	// A server that says a nonce far too high, once, must not make this account skip
	// nonces: what is signed then waits for all of them.
	if known := s.nextNonce(view{nonce: s.seen}); nonce > known && nonce != s.leap {
		s.leap, v.leap = nonce, true
	} else {
		s.seen = nonce
	}
	return v, nil
}

func (s *Sender) nonceAt(ctx context.Context, block *big.Int) (nonce uint64, err error) {
	err = s.deps.Client.do(ctx, "read nonce", func(ctx context.Context, eth *ethclient.Client) (err error) {
		nonce, err = eth.NonceAt(ctx, s.deps.Account, block)
		return err
	})
	return nonce, err
}

// nonceIn returns how many transactions the account had sent up to a block.
func (s *Sender) nonceIn(ctx context.Context, block uint64) (uint64, error) {
	return s.nonceAt(ctx, new(big.Int).SetUint64(block))
}

// asksAtOnce is how many requests go out at once where their order does not matter.
const asksAtOnce = 4

// ask is Client.batch in several requests at once.
func (s *Sender) ask(ctx context.Context, op string, elems []rpc.BatchElem) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(asksAtOnce)
	for chunk := range slices.Chunk(elems, batchSize) {
		g.Go(func() error { return s.deps.Client.batch(ctx, op, chunk) })
	}
	return g.Wait()
}

// hindrance returns why a transaction does not get on, if the sender knows.
func (s *Sender) hindrance(f *flight, v view) error {
	try, offers := f.tx.Offer()
	switch {
	case f.tx.State != outbox.Sent || f.tx.Nonce < v.nonce:
		return nil
	case f.refusal != nil:
		return f.refusal
	case f.capped && (!offers || v.head.BaseFee.Cmp(try.FeeCap.Big()) > 0):
		return &market.Error{Op: "send transaction " + f.tx.Key, Code: market.Unavailable, Reason: feesTooHigh, Message: fmt.Sprintf(
			"the base fee is %s wei per gas and the limit is %s; transactions wait until it falls", v.head.BaseFee, s.cfg.MaxFee)}
	}
	return nil
}

// feesTooHigh is the reason when blocks are dearer than the node pays.
const feesTooHigh = "FEES_TOO_HIGH"

// tellWaiting makes known what does not get on, for List.
func (s *Sender) tellWaiting(v view) {
	waiting := make(map[string]string)
	for _, f := range s.open {
		if err := s.hindrance(f, v); err != nil {
			waiting[f.tx.Key] = err.Error()
		}
	}
	s.mu.Lock()
	s.waiting = waiting
	s.mu.Unlock()
}

// unmined returns what is broadcast and whose nonce is not used, by nonce.
func (s *Sender) unmined(v view) []*flight {
	sent := s.sent()
	used := slices.IndexFunc(sent, func(f *flight) bool { return f.tx.Nonce >= v.nonce })
	if used < 0 {
		return nil
	}
	return sent[used:]
}

// sent returns what is broadcast and not known to be mined, by nonce.
func (s *Sender) sent() []*flight {
	var out []*flight
	for _, f := range s.open {
		if f.tx.State == outbox.Sent {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b *flight) int { return cmp.Compare(a.tx.Nonce, b.tx.Nonce) })
	return out
}
