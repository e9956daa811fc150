package chain

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"privd/market"
	"privd/market/outbox"
)

// launch takes queued calls to the chain: estimate, sign, store, broadcast.
func (s *Sender) launch(ctx context.Context, v view) error {
	if v.leap {
		return nil
	}
	if unmined := s.unmined(v); len(unmined) > 0 && unmined[0].refusal != nil {
		return nil // nothing behind it would be taken, and what is not signed can still be let go
	}
	batch := s.ready(v)
	if len(batch) == 0 {
		return nil
	}
	good, gas, err := s.estimate(ctx, v, batch)
	if err != nil || len(good) == 0 {
		return err
	}
	fees, err := s.fees(ctx, v)
	if err != nil {
		return err
	}
	next := s.nextNonce(v)
	changes := make([]change, len(good))
	for i, f := range good {
		tx := f.tx
		tx.State, tx.Signed, tx.From, tx.Nonce = outbox.Sent, true, s.deps.Account, next+uint64(i)
		if tx, err = s.sign(ctx, tx, gas[i], fees); err != nil {
			return err
		}
		changes[i] = change{f, tx}
	}
	if err := s.commit(ctx, changes); err != nil {
		return err
	}
	if err := s.broadcast(ctx, v, good); err != nil {
		return err
	}
	s.tally(func(st *Stats) { st.Broadcast += uint64(len(good)) })
	return nil
}

// ready returns the queued calls that fit into the pipeline, oldest first. One that
// waits for those ahead of it does not hold up those behind it.
func (s *Sender) ready(v view) []*flight {
	room := s.window - len(s.unmined(v))
	s.crowded = false
	first, head := s.firstPending(), v.head.Hash()
	var out []*flight
	for _, f := range s.open {
		if f.tx.State != outbox.Queued || (f.refusedAt == head && first < f.tx.Seq) {
			continue // not queued, or refused at this very block with others ahead of it
		}
		if len(out) >= room {
			s.crowded = true
			break
		}
		out = append(out, f)
	}
	return out
}

// The window is how many transactions the sender has in flight at once. It grows as
// long as blocks take them all, up to what the configuration allows, and shrinks when
// servers lose or refuse some: their pools give each account only so much room.
const (
	firstWindow = 64
	leastWindow = 16
)

// widen takes note that transactions were mined.
func (s *Sender) widen(mined int) {
	if s.crowded {
		s.window = min(s.window+mined, s.cfg.MaxInFlight)
	}
}

// narrow takes note that servers have trouble with what they hold.
func (s *Sender) narrow() {
	s.window = min(max(s.window/2, leastWindow), s.cfg.MaxInFlight)
}

// firstPending returns the place of the oldest call without an outcome. A call with
// a higher place has something ahead of it.
func (s *Sender) firstPending() uint64 {
	first := uint64(math.MaxUint64)
	for _, f := range s.open {
		if f.tx.Pending() {
			first = min(first, f.tx.Seq)
		}
	}
	return first
}

// estimate returns the calls that would succeed at the newest block, with a gas
// limit for each. A call that would be refused waits until those ahead of it have an
// outcome, and then fails for good, without using a nonce.
func (s *Sender) estimate(ctx context.Context, v view, batch []*flight) (good []*flight, gas []uint64, err error) {
	elems := make([]rpc.BatchElem, 0, len(batch))
	for _, f := range batch {
		if asks(f.tx) {
			elems = append(elems, rpc.BatchElem{Method: "eth_estimateGas", Args: []any{s.callArgs(f.tx), hexutil.Uint64(v.block)}, Result: new(hexutil.Uint64)})
		}
	}
	if err := s.ask(ctx, "estimate gas", elems); err != nil {
		return nil, nil, err
	}
	first := s.firstPending()
	var refused []change
	for _, f := range batch {
		if !asks(f.tx) {
			good, gas = append(good, f), append(gas, f.tx.GasLimit)
			continue
		}
		elem := elems[0]
		elems = elems[1:]
		why, is := revertOf(elem.Error)
		switch {
		case elem.Error == nil:
			limit := f.tx.GasLimit
			if limit == 0 {
				limit = gasLimit(uint64(*elem.Result.(*hexutil.Uint64)), v.head.GasLimit)
			}
			good, gas = append(good, f), append(gas, limit)
			f.refusing = time.Time{}
		case is && first < f.tx.Seq:
			f.refusedAt = v.head.Hash()
		case is && !s.refusedTwice(f):
		case is:
			tx := f.tx
			tx.State, tx.Final, tx.Closed = outbox.Failed, true, true
			tx.Code, tx.Reason, tx.Message = why.code(), why.Name, why.text()
			refused = append(refused, change{f, tx})
		default:
			err = translate("estimate gas of "+f.tx.Key, elem.Error)
		}
	}
	for _, c := range refused {
		s.log.Info("contract refuses a call", "key", c.tx.Key, "reason", c.tx.Message)
		s.tally(func(st *Stats) { st.Refused++ })
	}
	if commitErr := s.commit(ctx, refused); commitErr != nil {
		return nil, nil, commitErr
	}
	if len(good) > 0 {
		err = nil // the others are asked again next time
	}
	return good, gas, err
}

// asks reports whether the contract has to be asked before a call is signed. A limit
// of the caller's own spares it, but not once another nonce was lost.
func asks(tx outbox.Transaction) bool { return tx.GasLimit == 0 || len(tx.Tries) > 0 }

// refusedTwice reports whether a refusal is old enough to count: it is for good, and
// a server that is a little behind refuses what depends on the newest block.
func (s *Sender) refusedTwice(f *flight) bool {
	now := s.deps.Now()
	if f.refusing.IsZero() {
		f.refusing = now
	}
	return now.Sub(f.refusing) >= s.cfg.Poll
}

func (s *Sender) callArgs(tx outbox.Transaction) map[string]any {
	return map[string]any{
		"from":  s.deps.Account,
		"to":    tx.To,
		"input": hexutil.Bytes(tx.Data),
		"value": (*hexutil.Big)(tx.Value.Big()),
	}
}

// gasLimit leaves room for what those ahead of a call may change: each slot that
// turns from used to fresh costs 17,100 more. Gas that is not used is not paid.
func gasLimit(estimate, blockLimit uint64) uint64 {
	return min(estimate+estimate/4+50_000, max(blockLimit, estimate))
}

// nextNonce returns the first nonce that is neither used nor promised. The server's
// own count of pending transactions is not asked: it forgets when it restarts.
func (s *Sender) nextNonce(v view) uint64 {
	next := v.nonce
	for _, f := range s.open {
		if f.tx.Signed {
			next = max(next, f.tx.Nonce+1)
		}
	}
	return next
}

// fees is what a transaction offers, in wei per gas.
type fees struct{ cap, tip *big.Int }

// fees returns the offer for a new transaction: room for the base fee to double.
func (s *Sender) fees(ctx context.Context, v view) (fees, error) {
	if v.head.BaseFee == nil {
		return fees{}, &market.Error{Op: "read fees", Code: market.Unavailable, Message: "the chain has no base fee (EIP-1559)"}
	}
	var tip *big.Int
	err := s.deps.Client.do(ctx, "read fees", func(ctx context.Context, eth *ethclient.Client) (err error) {
		tip, err = eth.SuggestGasTipCap(ctx)
		return err
	})
	if err != nil {
		return fees{}, err
	}
	if tip.Sign() < 0 {
		return fees{}, lie("read fees", "tip %v", tip)
	}
	most := s.cfg.MaxFee.Big()
	if v.head.BaseFee.Cmp(most) > 0 {
		return fees{}, &market.Error{Op: "read fees", Code: market.Unavailable, Reason: feesTooHigh, Message: fmt.Sprintf(
			"the base fee is %s wei per gas, above the limit of %s; transactions wait until it falls", v.head.BaseFee, most)}
	}
	offer := new(big.Int).Add(new(big.Int).Lsh(v.head.BaseFee, 1), tip)
	return fees{cap: lower(offer, most), tip: lower(tip, most)}, nil
}

func lower(a, b *big.Int) *big.Int {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// sign adds a signed form to a transaction: of its call, or of nothing once that is
// cancelled.
func (s *Sender) sign(ctx context.Context, tx outbox.Transaction, gas uint64, offer fees) (outbox.Transaction, error) {
	to, value, data := tx.To, tx.Value.Big(), tx.Data
	empty := tx.Cancel != ""
	if empty {
		to, value, data = s.deps.Account, new(big.Int), nil
	}
	signed, err := s.deps.Signer.SignTx(ctx, s.deps.Account, types.NewTx(&types.DynamicFeeTx{
		ChainID: new(big.Int).SetUint64(s.cfg.ChainID), Nonce: tx.Nonce, To: &to, Value: value, Data: data,
		Gas: gas, GasFeeCap: offer.cap, GasTipCap: offer.tip,
	}), s.cfg.ChainID)
	if err != nil {
		return tx, fmt.Errorf("sign transaction %s: %w", tx.Key, err)
	}
	raw, err := signed.MarshalBinary()
	if err != nil {
		return tx, fmt.Errorf("encode transaction %s: %w", tx.Key, err)
	}
	feeCap, err := market.AmountFromBig(offer.cap)
	if err != nil {
		return tx, fmt.Errorf("fee cap of %s: %w", tx.Key, err)
	}
	tipCap, err := market.AmountFromBig(offer.tip)
	if err != nil {
		return tx, fmt.Errorf("tip cap of %s: %w", tx.Key, err)
	}
	tx.Tries = append(slices.Clip(tx.Tries), outbox.Try{
		Hash: signed.Hash(), Nonce: tx.Nonce, FeeCap: feeCap, TipCap: tipCap, Gas: gas, Raw: raw, SentAt: s.deps.Now(), Empty: empty,
	})
	return tx, nil
}
