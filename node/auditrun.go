package node

import (
	"context"

	"privd/api"
	"privd/chain"
	"privd/market"
	"privd/market/audit"
	"privd/market/deal"
	"privd/market/x402"
)

// auditRun is one audit: a snapshot of the records, and the chain up to a block.
type auditRun struct {
	node    *Node
	tx      audit.Tx
	history *chain.History
	head    deal.Mark // the newest block of the snapshot
	at      deal.Mark // the block up to which the chain is read
	sheet   *audit.Sheet
	books   *audit.Books
	held    audit.Held
	stage   string
	tell    func(api.Audited) error
}

// stage is one step of an audit. What else is to be audited is one more row.
type stage struct {
	name string
	run  func(context.Context) error
}

// stages are the steps in their order: first what the servers forget soonest, then
// the chain against itself, then the records against the chain.
func (r *auditRun) stages() []stage {
	return []stage{
		{"reading the contracts' balances", r.readHeld},
		{"reading the contracts' logs", r.readEvents},
		{"reading the wallets' transfers", r.readTransfers},
		{"comparing the contracts", func(context.Context) error { return r.books.Contracts(r.held) }},
		{"reading what the node has read since", r.readTail},
		{"comparing users and claims", func(context.Context) error { return r.books.Users(r.tx) }},
		{"comparing sales", func(context.Context) error { return r.books.Sales(r.tx) }},
		{"comparing purchases", func(context.Context) error { return r.books.Purchases(r.tx) }},
		{"comparing stakes", func(context.Context) error { return r.books.Stakes(r.tx) }},
		{"comparing the reward fund", func(context.Context) error { return r.books.Promises(r.tx) }},
		{"comparing sales over x402", r.readPayments},
		{"comparing transactions", r.readReceipts},
	}
}

// say tells how far the audit is, with what now says besides.
func (r *auditRun) say(now api.Audited) error {
	now.Stage, now.ToBlock, now.Checked, now.Differences = r.stage, r.at.Number, r.sheet.Checked(), r.sheet.Differences()
	return r.tell(now)
}

func (r *auditRun) progress(block uint64) error { return r.say(api.Audited{Block: block}) }

// differs tells a difference.
func (r *auditRun) differs(d audit.Difference) error {
	return r.say(api.Audited{Block: r.at.Number, Difference: &d})
}

// readHeld asks the contracts and the token what they hold at the block.
func (r *auditRun) readHeld(ctx context.Context) (err error) {
	c, block, wallets := r.node.network.Contracts, r.at.Number, r.books.Wallets()
	contracts, err := r.history.Balances(ctx, c.PRIV, []market.Address{c.Market, c.Rewards, c.Staking}, block)
	if err != nil {
		return err
	}
	r.held.Market, r.held.Rewards, r.held.Staking = contracts[0], contracts[1], contracts[2]
	funds, err := r.history.Funds(ctx, []market.Address{r.node.secrets.Account}, block)
	if err != nil {
		return err
	}
	r.held.Fund = funds[0]
	if r.held.PRIV, err = r.history.Balances(ctx, c.PRIV, wallets, block); err != nil {
		return err
	}
	if r.held.Income, err = r.history.Incomes(ctx, wallets, block); err != nil {
		return err
	}
	if r.held.Paid, err = r.history.Payouts(ctx, r.node.secrets.Account, wallets, block); err != nil {
		return err
	}
	if r.held.Staked, err = r.history.Stakes(ctx, wallets, block); err != nil {
		return err
	}
	r.held.Cooling, err = r.history.Cooldowns(ctx, wallets, block)
	return err
}

// readEvents reads all logs of the contracts, adds them up, and compares them with
// what is stored.
func (r *auditRun) readEvents(ctx context.Context) error {
	r.sheet.Begin(audit.Events)
	return r.history.Events(ctx, r.at, func(from, upTo uint64, fresh []deal.Event) error {
		stored, err := r.tx.EventsBetween(from-1, upTo)
		if err != nil {
			return err
		}
		if err := r.sheet.SameEvents(stored, fresh); err != nil {
			return err
		}
		for _, e := range fresh {
			if err := r.books.Apply(e); err != nil {
				return err
			}
		}
		return r.progress(upTo)
	})
}

func (r *auditRun) readTransfers(ctx context.Context) error {
	r.sheet.Begin(audit.Balances)
	return r.history.Movements(ctx, r.node.network.Contracts.PRIV, r.books.Wallets(), r.at.Number, func(upTo uint64, moved []chain.Movement) error {
		for _, m := range moved {
			if err := r.books.Moved(m.Wallet, m.In, m.Amount); err != nil {
				return err
			}
		}
		return r.progress(upTo)
	})
}

// readTail adds what the node has read above the block: its records go that far.
func (r *auditRun) readTail(context.Context) error {
	r.sheet.Begin(audit.Events)
	tail, err := r.tx.EventsBetween(r.at.Number, r.head.Number)
	if err != nil {
		return err
	}
	for _, e := range tail {
		if err := r.books.Apply(e); err != nil {
			return err
		}
	}
	return nil
}

func (r *auditRun) readReceipts(ctx context.Context) error {
	return r.sheet.Transactions(ctx, r.tx, r.at.Number, func(ctx context.Context, hashes []market.Hash) ([]*audit.Receipt, error) {
		found, err := r.history.Receipts(ctx, hashes)
		if err != nil {
			return nil, err
		}
		out := make([]*audit.Receipt, len(found))
		for i, f := range found {
			if f != nil {
				out[i] = &audit.Receipt{Block: f.Block, BlockHash: f.BlockHash, OK: f.OK, GasUsed: f.GasUsed, Fee: f.Fee}
			}
		}
		return out, nil
	})
}

func (r *auditRun) readPayments(ctx context.Context) error {
	chain := &till{face: r.node.face}
	return r.sheet.Payments(ctx, r.tx, r.at.Number, func(ctx context.Context, transaction market.Hash, t x402.Till, a x402.Authorization) (uint64, error) {
		return chain.Payment(ctx, transaction, t, a, false)
	})
}
