package claim_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/storage/records"
)

const confirmations = 3

var operator = market.Address{0xEE}

// call is something to be done on the fake chain: it returns the events it causes,
// or why the contracts refuse it.
type call func(s *state) ([]deal.Event, error)

// chain is a chain with the rules of the two contracts that hold money, a pool of
// transactions that are mined one by one, and reorganisations. Its own
// transactions are kept in the node's outbox, as the sender keeps them.
type chain struct {
	t      teller
	outbox records.Outbox
	blocks []block
	salt   uint64
	calls  map[string]call // of the node's transactions
	pool   []call          // of strangers, gone from the chain by a reorganisation
	head   deal.Mark       // as far as the node has read

	crash  int  // 1: the next transaction is not stored; 2: it is, and then the node stops
	refuse bool // the contracts refuse the node's transactions, for no good reason
}

type block struct {
	mark   deal.Mark
	events []deal.Event
	key    string // of the node's transaction in it
	again  call   // of the stranger's
}

// state is what the contracts hold, folded from the events.
type state struct {
	income map[market.Address]market.Amount
	paid   map[market.Address]market.Amount
	fund   market.Amount
	got    map[market.Address]market.Amount // PRIV that reached wallets
	sold   map[market.Hash]bool
}

func newChain(t teller, outbox records.Outbox) *chain {
	c := &chain{t: t, outbox: outbox, calls: map[string]call{}}
	c.append(block{})
	return c
}

func plus(a, b market.Amount) market.Amount {
	sum, err := a.Add(b)
	if err != nil {
		panic(err)
	}
	return sum
}

func minus(a, b market.Amount) market.Amount {
	rest, err := a.Sub(b)
	if err != nil {
		panic(err)
	}
	return rest
}

// state folds the events.
func (c *chain) state() *state {
	s := &state{income: map[market.Address]market.Amount{}, paid: map[market.Address]market.Amount{}, got: map[market.Address]market.Amount{}, sold: map[market.Hash]bool{}}
	for _, b := range c.blocks {
		for _, e := range b.events {
			switch e.Kind {
			case deal.Settled:
				s.income[e.Seller] = plus(s.income[e.Seller], e.Amount)
				s.sold[e.Purchase] = true
			case deal.Withdrawn:
				s.income[e.Account] = minus(s.income[e.Account], e.Amount)
				s.got[e.Account] = plus(s.got[e.Account], e.Amount)
			case deal.RewardsFunded:
				s.fund = plus(s.fund, e.Amount)
			case deal.RewardsPaid:
				s.fund = minus(s.fund, e.Amount)
				s.paid[e.Account] = e.Cumulative
				s.got[e.Account] = plus(s.got[e.Account], e.Amount)
			}
		}
	}
	return s
}

// withdrawn adds up the node's own withdrawals for a wallet.
func (c *chain) withdrawn(wallet market.Address) (sum market.Amount) {
	for _, b := range c.blocks {
		for _, e := range b.events {
			if b.key != "" && e.Kind == deal.Withdrawn && e.Account == wallet {
				sum = plus(sum, e.Amount)
			}
		}
	}
	return sum
}

func (c *chain) tip() deal.Mark { return c.blocks[len(c.blocks)-1].mark }

// append makes a block.
func (c *chain) append(b block) market.Hash {
	c.salt++
	b.mark = deal.Mark{Number: uint64(len(c.blocks)), Time: uint64(1_800_000_000 + len(c.blocks))}
	binary.BigEndian.PutUint64(b.mark.Hash[:], c.salt)
	tx := market.Hash{1}
	binary.BigEndian.PutUint64(tx[1:], c.salt)
	for i := range b.events {
		e := &b.events[i]
		e.Block, e.BlockHash, e.BlockTime, e.LogIndex = b.mark.Number, b.mark.Hash, b.mark.Time, uint64(i)
		if e.TxHash.IsZero() {
			e.TxHash = tx
		}
	}
	c.blocks = append(c.blocks, b)
	return tx
}

// do mines something that strangers do; false when the contracts refuse it.
func (c *chain) do(what call) bool {
	events, err := what(c.state())
	if err != nil {
		return false
	}
	c.append(block{events: events, again: what})
	return true
}

func withdraw(wallet market.Address, amount market.Amount) call {
	return func(s *state) ([]deal.Event, error) {
		if amount.IsZero() || amount.Cmp(s.income[wallet]) > 0 {
			return nil, errors.New("NothingToWithdraw")
		}
		return []deal.Event{{Kind: deal.Withdrawn, Account: wallet, Amount: amount}}, nil
	}
}

func payout(wallets []market.Address, cumulative []market.Amount) call {
	return func(s *state) (events []deal.Event, err error) {
		var total market.Amount
		for i, wallet := range wallets {
			if cumulative[i].Cmp(s.paid[wallet]) <= 0 {
				continue
			}
			due := minus(cumulative[i], s.paid[wallet])
			total = plus(total, due)
			events = append(events, deal.Event{Kind: deal.RewardsPaid, Operator: operator, Account: wallet, Amount: due, Cumulative: cumulative[i]})
		}
		if total.Cmp(s.fund) > 0 {
			return nil, errors.New("InsufficientFunds")
		}
		return events, nil
	}
}

func deposit(amount market.Amount) call {
	return func(*state) ([]deal.Event, error) {
		return []deal.Event{{Kind: deal.RewardsFunded, Operator: operator, Account: operator, Amount: amount}}, nil
	}
}

func settled(purchase market.Hash, seller market.Address, amount market.Amount) call {
	return func(s *state) ([]deal.Event, error) {
		if s.sold[purchase] {
			return nil, errors.New("WrongStatus")
		}
		return []deal.Event{{Kind: deal.Settled, Purchase: purchase, Seller: seller, Amount: amount}}, nil
	}
}

// Head implements claim.Chain.
func (c *chain) Head() (deal.Mark, error) { return c.head, nil }

// VoucherDigest implements claim.Chain.
func (c *chain) VoucherDigest(wallet market.Address, cumulative market.Amount) (h market.Hash) {
	copy(h[:], fmt.Sprint(wallet, cumulative))
	return h
}

// SignDigest implements seal.Signer.
func (c *chain) SignDigest(context.Context, market.Address, market.Hash) (seal.Sig, error) {
	return seal.Sig{1}, nil
}

var errCrash = errors.New("the node stops here")

// Withdraw implements claim.Chain.
func (c *chain) Withdraw(ctx context.Context, key string, wallet market.Address, amount market.Amount) error {
	return c.submit(ctx, key, withdraw(wallet, amount))
}

// PayoutMany implements claim.Chain.
func (c *chain) PayoutMany(ctx context.Context, key string, wallets []market.Address, cumulative []market.Amount) error {
	return c.submit(ctx, key, payout(wallets, cumulative))
}

func (c *chain) submit(ctx context.Context, key string, what call) error {
	mode := c.crash
	c.crash = 0
	if mode == 1 {
		return errCrash
	}
	_, added, err := c.outbox.Add(ctx, outbox.Transaction{Key: key})
	require.NoError(c.t, err)
	if added {
		c.calls[key] = what
	}
	if mode == 2 {
		return errCrash
	}
	return nil
}

// put changes a transaction of the node.
func (c *chain) put(key string, change func(*outbox.Transaction)) {
	tx, err := c.outbox.Get(context.Background(), key)
	require.NoError(c.t, err)
	change(&tx)
	require.NoError(c.t, c.outbox.Put(context.Background(), tx))
}

// waiting lists the node's transactions that have no outcome.
func (c *chain) waiting() (keys []string) {
	all, err := c.outbox.Open(context.Background())
	require.NoError(c.t, err)
	for _, tx := range all {
		if tx.Pending() {
			keys = append(keys, tx.Key)
		}
	}
	return keys
}

// mine gives one of the node's transactions its outcome. The hash is stored before
// it is on the chain, as the sender does.
func (c *chain) mine(key string) {
	events, err := c.calls[key](c.state())
	if c.refuse {
		err = errors.New("Whatever")
	}
	if err != nil {
		c.put(key, func(tx *outbox.Transaction) {
			tx.State, tx.Final, tx.Closed, tx.Reason, tx.Message = outbox.Failed, true, true, err.Error(), err.Error()
		})
		return
	}
	hash := c.append(block{events: events, key: key})
	c.put(key, func(tx *outbox.Transaction) {
		tx.State, tx.TxHash, tx.Block = outbox.Mined, common.Hash(hash), c.tip().Number
		tx.Tries = append(tx.Tries, outbox.Try{Hash: common.Hash(hash)})
	})
}

// finish tells the node's transactions how deep they lie.
func (c *chain) finish() {
	all, err := c.outbox.Open(context.Background())
	require.NoError(c.t, err)
	for _, tx := range all {
		if final := tx.State == outbox.Mined && deal.Depth(c.tip().Number, tx.Block) >= confirmations; tx.Final != final {
			c.put(tx.Key, func(tx *outbox.Transaction) { tx.Final = final })
		}
	}
}

// reorganise drops the newest blocks. What was in them may be mined again: the
// node's own transactions will.
func (c *chain) reorganise(depth int, keep func() bool) {
	depth = min(depth, len(c.blocks)-1)
	gone := c.blocks[len(c.blocks)-depth:]
	c.blocks = c.blocks[:len(c.blocks)-depth]
	for _, b := range gone {
		switch {
		case b.key != "":
			c.put(b.key, func(tx *outbox.Transaction) {
				tx.State, tx.Final, tx.TxHash, tx.Block = outbox.Sent, false, common.Hash{}, 0
			})
		case b.again != nil && (keep() || !vain(b.events)):
			c.pool = append(c.pool, b.again)
		}
	}
}

// vain reports whether events may as well never have happened.
func vain(events []deal.Event) bool {
	for _, e := range events {
		if e.Kind == deal.Settled || e.Kind == deal.RewardsFunded {
			return false
		}
	}
	return true
}

// replay mines what strangers had done in blocks that are gone.
func (c *chain) replay() {
	pool := c.pool
	c.pool = nil
	for _, again := range pool {
		c.do(again)
	}
}
