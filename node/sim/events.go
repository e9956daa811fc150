package sim

import (
	"context"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"privd/chain"
	bind "privd/chain/binding/market"
	"privd/chain/binding/privtoken"
	"privd/chain/binding/rewards"
	"privd/market"
)

// status is where a purchase stands on chain. It is kept here by events alone, so that
// a contract or a node that is wrong does not judge itself.
type status string

const (
	purchased status = "purchased"
	revealed  status = "revealed"
	settled   status = "settled"
	refunded  status = "refunded"
)

func (s status) final() bool { return s == settled || s == refunded }

// deal is one purchase on chain.
type deal struct {
	id            market.Hash
	listing       market.Hash // keccak256 of its id
	seller, buyer market.Address
	price         *big.Int
	status        status
	boughtAt      uint64 // the block
	deadline      uint64
	opened        bool // k stood on chain
	disputed      bool
	deal          bind.Deal
}

// history is everything that the contracts have told, checked as it is read.
type history struct {
	deals  map[market.Hash]*deal
	order  []*deal
	income map[market.Address]*big.Int // of sales and fees, withdrawn or not
	drawn  map[market.Address]*big.Int // withdrawn
	reward map[market.Address]*big.Int // paid by Rewards
	held   map[market.Address]*big.Int // what the token's transfers leave everybody
	wrong  []string                    // what breaks an invariant
	logs   int                         // how many events it is made of
}

func (h *history) complain(format string, args ...any) {
	h.wrong = append(h.wrong, fmt.Sprintf(format, args...))
}

// open lists the purchases that are not final.
func (h *history) open() (open []*deal) {
	for _, d := range h.order {
		if !d.status.final() {
			open = append(open, d)
		}
	}
	return open
}

func of(m map[market.Address]*big.Int, a market.Address) *big.Int {
	if m[a] == nil {
		m[a] = new(big.Int)
	}
	return m[a]
}

// transfer is a movement of PRIV that some event has to explain.
type transfer struct {
	from, to market.Address
	amount   string
}

// read reads the chain's history and checks it: purchases move only as they may
// (I2), each price leaves exactly once, to whom it may (I3), and no PRIV moves but as
// the events tell (I9).
func (l *ledger) read(ctx context.Context) (*history, error) {
	logs, err := l.logs(ctx)
	if err != nil {
		return nil, err
	}
	return newHistory(l.contracts, logs), nil
}

// newHistory checks the logs of the contracts, in order.
func newHistory(c chain.Contracts, logs []types.Log) *history {
	h := &history{deals: map[market.Hash]*deal{}, income: map[market.Address]*big.Int{}, drawn: map[market.Address]*big.Int{},
		reward: map[market.Address]*big.Int{}, held: map[market.Address]*big.Int{}, logs: len(logs)}
	var moved, explained map[transfer]int
	var current common.Hash
	finish := func() {
		for t, n := range moved {
			if n != explained[t] && t.from != operator.Address && t.from != (market.Address{}) {
				h.complain("transaction %s moves %s wei from %s to %s %d times; events explain %d", current, t.amount, t.from, t.to, n, explained[t])
			}
		}
		for t, n := range explained {
			if moved[t] != n {
				h.complain("transaction %s should move %s wei from %s to %s %d times, and does %d times", current, t.amount, t.from, t.to, n, moved[t])
			}
		}
	}
	for i := range logs {
		log := &logs[i]
		if log.TxHash != current {
			finish()
			current, moved, explained = log.TxHash, map[transfer]int{}, map[transfer]int{}
		}
		explain := func(from, to market.Address, amount *big.Int) { explained[transfer{from, to, amount.String()}]++ }
		switch log.Address {
		case c.PRIV:
			h.token(log, moved)
		case c.Market:
			h.market(c, log, explain)
		case c.Rewards:
			h.rewards(c, log, explain)
		}
	}
	finish()
	return h
}

// topic returns the first topic of an event of a signature.
func topic(signature string) common.Hash { return crypto.Keccak256Hash([]byte(signature)) }

var transferTopic = topic("Transfer(address,address,uint256)")

func (h *history) token(log *types.Log, moved map[transfer]int) {
	if log.Topics[0] != transferTopic {
		return
	}
	e, err := privtoken.NewPrivToken().UnpackTransferEvent(log)
	if err != nil {
		h.complain("log %d of %s: %v", log.Index, log.TxHash, err)
		return
	}
	moved[transfer{e.From, e.To, e.Value.String()}]++
	of(h.held, e.From).Sub(of(h.held, e.From), e.Value)
	of(h.held, e.To).Add(of(h.held, e.To), e.Value)
}

func (h *history) rewards(c chain.Contracts, log *types.Log, explain func(from, to market.Address, amount *big.Int)) {
	if e, err := rewards.NewRewards().UnpackPaidEvent(log); err == nil {
		of(h.reward, e.Account).Add(of(h.reward, e.Account), e.Amount)
		explain(c.Rewards, e.Account, e.Amount)
	}
}

func (h *history) market(c chain.Contracts, log *types.Log, explain func(from, to market.Address, amount *big.Int)) {
	m := bind.NewMarket()
	if e, err := m.UnpackPurchasedEvent(log); err == nil {
		h.bought(e, log.BlockNumber)
		explain(e.Buyer, c.Market, e.Price)
		return
	}
	if e, err := m.UnpackRevealedEvent(log); err == nil {
		d := h.move(e.Purchase, revealed, purchased)
		d.deadline, d.opened = e.Deadline.Uint64(), true
		return
	}
	if e, err := m.UnpackSettledEvent(log); err == nil {
		d := h.move(e.Purchase, settled, purchased, revealed)
		fee := new(big.Int).Div(d.price, big.NewInt(20))
		share := new(big.Int).Sub(d.price, fee)
		if e.Seller != d.seller || e.Amount.Cmp(share) != 0 || e.Fee.Cmp(fee) != 0 {
			h.complain("purchase %s of %s wei settles as %s to %s and %s of fee", d.id, d.price, e.Amount, e.Seller, e.Fee)
		}
		of(h.income, e.Seller).Add(of(h.income, e.Seller), e.Amount)
		of(h.income, operator.Address).Add(of(h.income, operator.Address), e.Fee)
		return
	}
	if e, err := m.UnpackRefundedEvent(log); err == nil {
		d := h.move(e.Purchase, refunded, purchased, revealed)
		d.disputed = e.Disputed
		if e.Buyer != d.buyer || e.Amount.Cmp(d.price) != 0 {
			h.complain("purchase %s of %s wei by %s is refunded as %s to %s", d.id, d.price, d.buyer, e.Amount, e.Buyer)
		}
		explain(c.Market, e.Buyer, e.Amount)
		return
	}
	if e, err := m.UnpackWithdrawnEvent(log); err == nil {
		of(h.drawn, e.Account).Add(of(h.drawn, e.Account), e.Amount)
		if of(h.drawn, e.Account).Cmp(of(h.income, e.Account)) > 0 {
			h.complain("%s has withdrawn %s wei and earned %s", e.Account, of(h.drawn, e.Account), of(h.income, e.Account))
		}
		explain(c.Market, e.Account, e.Amount)
	}
}

func (h *history) bought(e *bind.MarketPurchased, block uint64) {
	if h.deals[e.Purchase] != nil {
		h.complain("purchase %x is bought twice", e.Purchase)
	}
	d := &deal{
		id: e.Purchase, listing: e.Listing, seller: e.Seller, buyer: e.Buyer, price: e.Price, status: purchased, boughtAt: block,
		deadline: e.Deadline.Uint64(),
		deal:     bind.Deal{Seller: e.Seller, Buyer: e.Buyer, Delegate: e.Delegate, Listing: e.Listing, Delivery: hashDelivery(e.Delivery)},
	}
	h.deals[e.Purchase] = d
	h.order = append(h.order, d)
}

// move moves a purchase; from the states it may leave for that one.
func (h *history) move(id market.Hash, to status, from ...status) *deal {
	d := h.deals[id]
	if d == nil {
		h.complain("purchase %s is %s and was never bought", id, to)
		return &deal{id: id, price: new(big.Int)}
	}
	allowed := false
	for _, s := range from {
		allowed = allowed || d.status == s
	}
	if !allowed {
		h.complain("purchase %s goes from %s to %s", id, d.status, to)
	}
	d.status = to
	return d
}

// hashDelivery is the EIP-712 hash of a delivery.
func hashDelivery(d bind.Delivery) market.Hash {
	kind := crypto.Keccak256([]byte("Delivery(bytes32 offer,bytes32 keyCommitment,bytes32 sealedHash,bytes32 lock)"))
	return market.Hash(crypto.Keccak256(kind, d.Offer[:], d.KeyCommitment[:], d.SealedHash[:], d.Lock[:]))
}
