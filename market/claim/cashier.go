package claim

import (
	"context"
	"time"

	"privd/market"
	"privd/market/account"
	"privd/market/deal"
	"privd/market/earning"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/market/task"
)

// Tx is the part of a transaction that claims need.
type Tx interface {
	task.Tx
	earning.Tx
	earning.Reader
	Earning(market.EarningID) (earning.Earning, error)
	// OldestConfirmed lists a user's confirmed earnings, oldest first;
	// OldestConfirmedIn only those that are from sales, or only those that are not.
	OldestConfirmed(user market.UserID, limit int) ([]earning.Earning, error)
	OldestConfirmedIn(user market.UserID, fromSale bool, limit int) ([]earning.Earning, error)

	User(market.UserID) (account.User, error)
	UserByWallet(market.Address) (account.User, error)

	// Claim returns NotFound when there is none.
	Claim(market.ClaimID) (Claim, error)
	PutClaim(Claim) error
	// ClaimPage lists a user's claims, newest first, and counts them.
	ClaimPage(user market.UserID, limit, offset int) (page []Claim, total int, err error)
	// LiveClaims lists a user's live claims, oldest first.
	LiveClaims(market.UserID) ([]Claim, error)
	// EachOwed calls each with the claims of all users that the operator owes something
	// of, oldest first, until it returns false.
	EachOwed(each func(Claim) bool) error

	// Till returns an empty till for a wallet that nothing is known of.
	Till(wallet market.Address) (Till, error)
	PutTill(wallet market.Address, t Till) error

	// Sold reports whether a purchase is of a listing of this node.
	Sold(purchase market.Hash) (bool, error)
	// Transaction returns how a transaction stands; NotFound for an unknown key.
	Transaction(key string) (outbox.Transaction, error)
}

// Chain is what claims need of the chain. Methods that take a key store a
// transaction under it and return; a known key changes nothing.
type Chain interface {
	// Head returns the newest block read; Unavailable when it is too old to act on.
	Head() (deal.Mark, error)
	// Withdraw sends income from the Market contract to its owner.
	Withdraw(ctx context.Context, key string, wallet market.Address, amount market.Amount) error
	// PayoutMany pays each wallet what it has not been paid yet of its cumulative
	// amount, all of them or none.
	PayoutMany(ctx context.Context, key string, wallets []market.Address, cumulative []market.Amount) error
	// VoucherDigest returns what the operator signs to owe a wallet a cumulative amount.
	VoucherDigest(wallet market.Address, cumulative market.Amount) market.Hash
}

// Cashier pays claims. Its fields are required.
type Cashier struct {
	Store market.Store[Tx]
	Chain Chain
	// Operator is the account that pays rewards; Signer has its key.
	Operator market.Address
	Signer   seal.Signer
	Clock    market.Clock
	Rules    Rules
}

// Rules are the times and limits of payouts.
type Rules struct {
	Confirmations uint64        // depth from which a payment stands
	PayoutAfter   time.Duration // how long a claim waits for company, to share a transaction
	Batch         int           // wallets in one transaction
	Poll          time.Duration // how often what is on its way is looked at
}

// DefaultRules returns the rules of a production node.
func DefaultRules() Rules {
	return Rules{Confirmations: 12, PayoutAfter: time.Minute, Batch: 50, Poll: 4 * time.Second}
}

// Limits that keep every transaction and every look bounded.
const (
	// MaxEarnings is how many earnings one claim takes; fewer, when their texts are
	// long.
	MaxEarnings = 1000
	// maxText bounds the texts of a claim's earnings, in bytes: they are written
	// together, and a transaction of the records holds so much.
	maxText = 400 << 10
	// maxLive is how many claims of one user may be under way: a look may change all.
	maxLive = 20
	// maxChanged bounds the claims that one look changes, in bytes.
	maxChanged = 1800 << 10
	// maxID is how long the id of an earning may be that is asked for.
	maxID = 40
	// maxLook is how many claims one batch chooses from, oldest first. What waits behind
	// so many has its turn when they are paid.
	maxLook = 5000
)

const (
	// fundPoll is how often a payout is tried that the operator's fund is too small
	// for; a deposit is noticed at once.
	fundPoll = time.Minute
	// maxTries is how often the contract may refuse a payout before it has failed.
	maxTries   = 5
	firstRetry = 10 * time.Second
	lastRetry  = 10 * time.Minute
)

// now is the time as it is stored.
func (c *Cashier) now() time.Time { return c.Clock().UTC().Truncate(time.Millisecond) }

// wake has a user's claims looked at now.
func (c *Cashier) wake(tx Tx, user market.UserID) error {
	return tx.PutTask(task.Task{Kind: task.Claims, Key: string(user), Due: c.now()})
}

// BatchKey is the key of the one task that pays what the operator owes.
const BatchKey = "batch"

// wakeBatch makes the payout task due after a while, or sooner if it is already.
func (c *Cashier) wakeBatch(tx Tx, after time.Duration) error {
	due := c.now().Add(after)
	held, err := tx.Task(task.Payout, BatchKey)
	switch {
	case err == nil && !held.Due.After(due):
		due = held.Due // put all the same: a run under way may have looked already
	case err != nil && market.CodeOf(err) != market.NotFound:
		return err
	}
	return tx.PutTask(task.Task{Kind: task.Payout, Key: BatchKey, Due: due})
}
