package audit

import (
	"errors"

	"privd/market"
	"privd/market/account"
	"privd/market/claim"
	"privd/market/deal"
	"privd/market/earning"
	"privd/market/listing"
	"privd/market/outbox"
	"privd/market/purchase"
	"privd/market/sale"
	"privd/market/staking"
	"privd/market/task"
	"privd/market/x402"
)

// Tx is the part of a snapshot of the records that an audit reads. Whatever goes
// over many rows hands them over one at a time; an error of each ends it.
type Tx interface {
	Marks() ([]deal.Mark, error)
	// EventsBetween lists the stored events of blocks above one block and up to
	// another, in order.
	EventsBetween(above, to uint64) ([]deal.Event, error)

	Users() ([]account.User, error)
	EarningSummary(market.UserID) (earning.Summary, error)
	EachEarning(user market.UserID, each func(earning.Earning) error) error
	Earning(market.EarningID) (earning.Earning, error)
	EarningByReference(source earning.Source, reference string) (earning.Earning, error)
	EachClaim(user market.UserID, each func(claim.Claim) error) error
	Till(wallet market.Address) (claim.Till, error)

	EachSale(each func(sale.Sale) error) error
	// Sale returns NotFound when the purchase is not of a listing of this node.
	Sale(purchase market.Hash) (sale.Sale, error)
	ListingByHash(market.Hash) (listing.Listing, error)
	EachPurchase(each func(purchase.Purchase) error) error
	PurchaseOnChain(market.Hash) (purchase.Purchase, error)

	staking.Events
	StakeRequestsOf(user market.UserID, each func(staking.Request) bool) error

	EachX402Sale(each func(x402.Sale) error) error
	EachTransaction(each func(outbox.Transaction) error) error
	Task(kind task.Kind, key string) (task.Task, error)
}

// due reports whether a task is stored, so that what is not done yet will be.
func due(tx Tx, kind task.Kind, key string) (bool, error) {
	_, err := tx.Task(kind, key)
	if errors.Is(err, market.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// unless tells a difference, or counts it as waiting when a task is stored that
// will settle it.
func (s *Sheet) unless(tx Tx, kind task.Kind, key, subject, format string, args ...any) error {
	busy, err := due(tx, kind, key)
	if err != nil {
		return err
	}
	if busy {
		s.waits()
		return nil
	}
	return s.differ(subject, format, args...)
}
