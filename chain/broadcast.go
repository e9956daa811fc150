package chain

import (
	"context"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"

	"privd/market"
	"privd/market/outbox"
)

// broadcast offers what transactions offer to the server. What the server thinks of
// it is noted; nothing depends on it, since the bytes are stored.
func (s *Sender) broadcast(ctx context.Context, v view, flights []*flight) error {
	var elems []rpc.BatchElem
	var offered []*flight
	again := false
	for _, f := range flights {
		try, ok := f.tx.Offer()
		if !ok {
			continue // it was cancelled in the meantime
		}
		again = again || !f.first.IsZero()
		offered = append(offered, f)
		elems = append(elems, rpc.BatchElem{Method: "eth_sendRawTransaction", Args: []any{hexutil.Bytes(try.Raw)}, Result: new(hexutil.Bytes)})
	}
	if err := s.deps.Client.batch(ctx, "send transactions", elems); err != nil {
		return err
	}
	if again {
		s.spread(ctx, elems)
	}
	now := s.deps.Now()
	var unsendable []change
	for i, f := range offered {
		f.offered = now
		if f.first.IsZero() {
			f.first, f.firstAt = now, v.block
		}
		before := f.refusals
		f.refusal, f.refusals, f.outbid = nil, 0, false
		switch said := elems[i].Error; verdict(said) {
		case outbid:
			f.outbid = true
		case broke:
			f.refusal, f.refusals = s.tooPoor(ctx, f), before+1
		case never:
			if f.tx.Cancel == "" && !f.tx.Filler {
				tx := f.tx
				tx.Cancel, tx.Message = outbox.ReasonUnsendable, fmt.Sprintf("%.200s", said)
				unsendable = append(unsendable, change{f, tx})
			}
			fallthrough
		case refused:
			f.refusal, f.refusals = &market.Error{Op: "send transaction " + f.tx.Key, Code: market.Unavailable, Reason: "RPC_REFUSES",
				Message: fmt.Sprintf("the RPC server refuses it: %.200s", said)}, before+1
		}
	}
	return s.commit(ctx, unsendable)
}

// spread offers transactions to the other servers too: the one in use seems to have
// forgotten them, or not to pass them on. What they answer does not matter.
func (s *Sender) spread(ctx context.Context, elems []rpc.BatchElem) {
	for _, there := range s.deps.Client.everyOther(ctx) {
		copies := make([]rpc.BatchElem, len(elems))
		for i, e := range elems {
			copies[i] = rpc.BatchElem{Method: e.Method, Args: e.Args, Result: new(hexutil.Bytes)}
		}
		if err := s.deps.Client.batch(there, "send transactions", copies); err != nil {
			s.log.Debug("transactions were not offered to another server", "error", err)
		}
	}
}

// noGas is the reason when the node's account cannot pay for gas.
const noGas = "NO_GAS_MONEY"

// tooPoor says in full what a server means that finds the account too poor.
func (s *Sender) tooPoor(ctx context.Context, f *flight) error {
	e := &market.Error{Op: "send transaction " + f.tx.Key, Code: market.Unavailable, Reason: noGas,
		Message: fmt.Sprintf("the node's account %s has too little ETH for gas; send it some", s.deps.Account.Hex())}
	try, _ := f.tx.Offer()
	has, err := s.deps.Client.Balance(ctx, s.deps.Account)
	if err != nil {
		return e
	}
	needs, err := try.FeeCap.MulDiv(try.Gas, 1)
	if err == nil && !try.Empty {
		needs, err = needs.Add(f.tx.Value)
	}
	if err == nil {
		e.Message = fmt.Sprintf("the node's account %s has %s ETH, and the next transaction may take %s for gas; send it some",
			s.deps.Account.Hex(), has.Decimal(18), needs.Decimal(18))
	}
	return e
}

// What a server may say to a broadcast.
const (
	taken   = iota // it has it, or had it, or the nonce is used: the receipt decides
	outbid         // it holds another transaction of this nonce that pays as much
	broke          // the account cannot pay for it now
	never          // no server takes such a transaction, now or later
	refused        // it does not want it
)

// verdicts are how servers put it. They differ in text and code.
var verdicts = []struct {
	says string
	is   int
}{
	{"already known", taken}, {"already imported", taken}, {"known transaction", taken}, {"already exists", taken}, {"already in mempool", taken},
	{"nonce too low", taken}, {"nonce is too low", taken}, {"oldnonce", taken},
	{"underpriced", outbid}, {"fee too low", outbid}, {"feetoolow", outbid},
	{"insufficient funds", broke}, {"insufficientfunds", broke}, {"insufficient balance", broke},
	{"exceeds block gas limit", never}, {"intrinsic gas too low", never}, {"gas limit is too high", never}, {"gas limit too high", never},
	{"floor data gas", never}, {"oversized data", never}, {"insufficient gas for floor", never},
}

// verdict reads a server's answer.
func verdict(err error) int {
	if err == nil {
		return taken
	}
	text := strings.ToLower(err.Error())
	for _, v := range verdicts {
		if strings.Contains(text, v.says) {
			return v.is
		}
	}
	return refused
}
