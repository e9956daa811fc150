package chain

import (
	"cmp"
	"context"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"

	"privd/market"
	"privd/market/outbox"
)

// view is the chain as one step sees it.
type view struct {
	head  *types.Header
	block uint64
	nonce uint64 // transactions of the account up to head
}

// step looks at the chain once and does everything that is due. The order matters:
// what is known to be mined is recorded before anything is sent again.
func (s *Sender) step(ctx context.Context) error {
	v, err := s.look(ctx)
	if err != nil {
		return err
	}
	for _, part := range []func(context.Context, view) error{s.confirm, s.collect, s.fillGap, s.reoffer, s.expire, s.launch} {
		if err := part(ctx, v); err != nil {
			return err
		}
	}
	return s.refusal()
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
	return view{head: head, block: head.Number.Uint64(), nonce: nonce}, nil
}

func (s *Sender) nonceAt(ctx context.Context, block *big.Int) (nonce uint64, err error) {
	err = s.deps.Client.do(ctx, "read nonce", func(ctx context.Context, eth *ethclient.Client) (err error) {
		nonce, err = eth.NonceAt(ctx, s.deps.Account, block)
		return err
	})
	return nonce, err
}

// refusal returns why the server refuses the transaction that all others wait for.
func (s *Sender) refusal() error {
	sent := s.sent()
	if len(sent) == 0 || sent[0].refusal == "" {
		return nil
	}
	return &market.Error{Op: "send transaction " + sent[0].tx.Key, Code: market.Unavailable, Message: "the RPC server refuses it: " + sent[0].refusal}
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
