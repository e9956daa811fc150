package audit

import (
	"privd/market"
	"privd/market/deal"
)

// Subject is whose books are audited.
type Subject struct {
	Node    market.Address   // the node's account: operator of the fund, delegate of its buyers
	Wallets []market.Address // of the node's users
}

// Books are what the chain's events say, added up anew. Every event up to a block
// goes through Apply, in order.
type Books struct {
	sheet   *Sheet
	subject Subject
	users   map[market.Address]bool

	accounts map[market.Address]*Account
	deals    map[market.Hash]*Deal         // that concern this node
	open     map[market.Hash]market.Amount // prices of all open purchases
	treasury market.Address

	// What each contract took in and gave out, of everybody.
	escrow, income, funds, staked flow
	fund                          flow // of this node's operator
}

// flow is money that came and went.
type flow struct{ in, out market.Amount }

// held is what is left. A flow that gave out more than it took in is told by
// Apply when it happens, and holds nothing.
func (f flow) held() market.Amount {
	rest, err := f.in.Sub(f.out)
	if err != nil {
		return market.Amount{}
	}
	return rest
}

// Account is what the chain says of one wallet.
type Account struct {
	Settled   market.Amount // shares of sales, ever
	Fees      market.Amount // of the market's treasury, ever
	Withdrawn market.Amount // of both, ever
	Paid      market.Amount // by this node's operator, ever
	Staked    market.Amount // now
	Cooling   market.Amount // now
	In, Out   market.Amount // PRIV transfers, ever
	// Treasurer says that the account was the market's treasury.
	Treasurer bool
	moves     map[move]market.Amount
}

// move is a change of a stake by one transaction.
type move struct {
	tx   market.Hash
	kind deal.Kind
}

// Deal is what the chain says of one purchase, as far as money goes.
type Deal struct {
	Seller, Buyer, Delegate market.Address
	Listing                 market.Hash
	Status                  deal.Status
	Price, Amount, Fee      market.Amount
}

// NewBooks returns empty books. What the chain itself gets wrong is told the sheet.
func NewBooks(sheet *Sheet, subject Subject) *Books {
	b := &Books{
		sheet: sheet, subject: subject, users: map[market.Address]bool{},
		accounts: map[market.Address]*Account{}, deals: map[market.Hash]*Deal{}, open: map[market.Hash]market.Amount{},
	}
	for _, wallet := range subject.Wallets {
		b.users[wallet] = true
		b.accounts[wallet] = newAccount()
	}
	if b.accounts[subject.Node] == nil {
		b.accounts[subject.Node] = newAccount()
	}
	return b
}

func newAccount() *Account { return &Account{moves: map[move]market.Amount{}} }

// Account returns what the chain says of a wallet; zeros of one that is not this
// node's.
func (b *Books) Account(wallet market.Address) Account {
	if a := b.accounts[wallet]; a != nil {
		return *a
	}
	return Account{}
}

// Deal returns what the chain says of a purchase; StatusNone when it has none that
// concerns this node.
func (b *Books) Deal(purchase market.Hash) Deal {
	if d := b.deals[purchase]; d != nil {
		return *d
	}
	return Deal{}
}

// Apply adds an event. What no contract can have said is told as a difference; an
// error is the teller's.
func (b *Books) Apply(e deal.Event) error {
	return b.sheet.under(contractOf(e.Kind), func() error { return b.apply(e) })
}

// contractOf returns the check of the contract that says an event.
func contractOf(k deal.Kind) Check {
	switch k {
	case deal.RewardsFunded, deal.RewardsPaid, deal.RewardsWithdrawn, deal.RewardsWithdrawalAnnounced:
		return Rewards
	case deal.Staked, deal.UnstakeRequested, deal.StakeWithdrawn:
		return Staking
	}
	return Market
}

func (b *Books) apply(e deal.Event) error {
	switch e.Kind {
	case deal.Purchased:
		return b.purchased(e)
	case deal.Settled:
		return b.settled(e)
	case deal.Refunded:
		return b.refunded(e)
	case deal.Revealed:
		if d := b.deals[e.Purchase]; d != nil {
			d.Status = deal.StatusRevealed
		}
	case deal.TreasuryChanged:
		b.treasury = e.Account
		if b.accounts[e.Account] == nil {
			b.accounts[e.Account] = newAccount()
		}
		b.accounts[e.Account].Treasurer = true
	case deal.Withdrawn:
		return b.withdrawn(e)
	case deal.RewardsFunded, deal.RewardsPaid, deal.RewardsWithdrawn:
		return b.rewards(e)
	case deal.Staked, deal.UnstakeRequested, deal.StakeWithdrawn:
		return b.stake(e)
	}
	return nil
}

func (b *Books) purchased(e deal.Event) error {
	if _, twice := b.open[e.Purchase]; twice {
		return b.sheet.differ(e.Purchase.String(), "it was bought twice")
	}
	b.open[e.Purchase] = e.Price
	if b.users[e.Seller] || b.users[e.Buyer] || e.Delegate == b.subject.Node {
		b.deals[e.Purchase] = &Deal{
			Seller: e.Seller, Buyer: e.Buyer, Delegate: e.Delegate, Listing: e.Listing, Status: deal.StatusPurchased, Price: e.Price,
		}
	}
	return b.add(&b.escrow.in, e.Price)
}

// settled books a price that left the escrow as a share and a fee.
func (b *Books) settled(e deal.Event) error {
	price, open := b.open[e.Purchase]
	if !open {
		return b.sheet.differ(e.Purchase.String(), "it was settled and is not open")
	}
	delete(b.open, e.Purchase)
	share, fee := price.Split()
	if e.Amount != share || e.Fee != fee {
		if err := b.sheet.differ(e.Purchase.String(), "a price of %s PRIV was settled as %s and a fee of %s PRIV", price.PRIV(), e.Amount.PRIV(), e.Fee.PRIV()); err != nil {
			return err
		}
	}
	if d := b.deals[e.Purchase]; d != nil {
		d.Status, d.Amount, d.Fee = deal.StatusSettled, e.Amount, e.Fee
	}
	if a := b.accounts[e.Seller]; a != nil {
		if err := b.add(&a.Settled, e.Amount); err != nil {
			return err
		}
	}
	if a := b.accounts[b.treasury]; a != nil {
		if err := b.add(&a.Fees, e.Fee); err != nil {
			return err
		}
	}
	for _, sum := range []*market.Amount{&b.escrow.out, &b.income.in} {
		for _, part := range []market.Amount{e.Amount, e.Fee} {
			if err := b.add(sum, part); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Books) refunded(e deal.Event) error {
	price, open := b.open[e.Purchase]
	if !open {
		return b.sheet.differ(e.Purchase.String(), "it was refunded and is not open")
	}
	delete(b.open, e.Purchase)
	if err := b.sheet.same(e.Purchase.String(), "refunded", e.Amount, "of a price of", price); err != nil {
		return err
	}
	if d := b.deals[e.Purchase]; d != nil {
		d.Status, d.Amount = deal.StatusRefunded, e.Amount
	}
	return b.add(&b.escrow.out, e.Amount)
}

func (b *Books) withdrawn(e deal.Event) error {
	if a := b.accounts[e.Account]; a != nil {
		if err := b.add(&a.Withdrawn, e.Amount); err != nil {
			return err
		}
	}
	return b.leave(&b.income, e.Amount, "the Market contract", "income")
}

func (b *Books) rewards(e deal.Event) error {
	flows := []*flow{&b.funds}
	if e.Operator == b.subject.Node {
		flows = append(flows, &b.fund)
	}
	for _, f := range flows {
		var err error
		if e.Kind == deal.RewardsFunded {
			err = b.add(&f.in, e.Amount)
		} else {
			err = b.leave(f, e.Amount, "the Rewards contract", "funds")
		}
		if err != nil {
			return err
		}
	}
	a := b.accounts[e.Account]
	if e.Kind != deal.RewardsPaid || e.Operator != b.subject.Node || a == nil {
		return nil
	}
	if err := b.add(&a.Paid, e.Amount); err != nil {
		return err
	}
	return b.sheet.same(e.Account.Hex(), "its payouts are", a.Paid, "and the contract calls that", e.Cumulative)
}

func (b *Books) stake(e deal.Event) error {
	var err error
	switch e.Kind {
	case deal.Staked:
		err = b.add(&b.staked.in, e.Amount)
	case deal.StakeWithdrawn:
		err = b.leave(&b.staked, e.Amount, "the Staking contract", "stakes")
	}
	a := b.accounts[e.Account]
	if err != nil || a == nil {
		return err
	}
	key := move{e.TxHash, e.Kind}
	moved := a.moves[key]
	if err := b.add(&moved, e.Amount); err != nil {
		return err
	}
	a.moves[key] = moved
	wallet := e.Account.Hex()
	switch e.Kind {
	case deal.Staked:
		err = b.add(&a.Staked, e.Amount)
	case deal.UnstakeRequested:
		if err = b.take(&a.Staked, e.Amount, wallet, "staked"); err == nil {
			err = b.add(&a.Cooling, e.Amount)
		}
	default:
		return b.take(&a.Cooling, e.Amount, wallet, "cooling down")
	}
	if err != nil {
		return err
	}
	return b.sheet.same(wallet, "its stake is", a.Staked, "and the contract calls that", e.Cumulative)
}

// Moved adds what came to a wallet or left it.
func (b *Books) Moved(wallet market.Address, in bool, amount market.Amount) error {
	a := b.accounts[wallet]
	switch {
	case a == nil:
		return nil
	case in:
		return b.add(&a.In, amount)
	}
	return b.add(&a.Out, amount)
}

// add raises a sum. No token has so many units that a true sum overflows.
func (b *Books) add(sum *market.Amount, amount market.Amount) error {
	more, err := sum.Add(amount)
	if err != nil {
		return b.sheet.differ("chain", "sums of more units than there are")
	}
	*sum = more
	return nil
}

// leave books what a contract gave out.
func (b *Books) leave(f *flow, amount market.Amount, contract, what string) error {
	if err := b.add(&f.out, amount); err != nil {
		return err
	}
	if f.out.Cmp(f.in) > 0 {
		return b.sheet.differ(contract, "it gave out more %s than it took in: %s of %s PRIV", what, f.out.PRIV(), f.in.PRIV())
	}
	return nil
}

// take lowers a sum.
func (b *Books) take(sum *market.Amount, amount market.Amount, subject, what string) error {
	rest, err := sum.Sub(amount)
	if err != nil {
		return b.sheet.differ(subject, "%s PRIV left of %s PRIV %s", amount.PRIV(), sum.PRIV(), what)
	}
	*sum = rest
	return nil
}
