// Package purchase is the buyer's side of a sealed delivery: one machine that
// goes from "buy this" to an opened key, each step stored before the next is
// taken, so that it can be killed anywhere and completes by itself, once.
package purchase

import (
	"time"

	"privd/market"
	"privd/market/account"
	"privd/market/content"
	"privd/market/deal"
	"privd/market/listing"
	"privd/market/seal"
	"privd/market/signature"
	"privd/market/task"
)

// State is where a purchase stands.
type State string

// The states. Opened, Failed and Revoked are ends as far as the buyer's money
// goes; an opened purchase still hands its receipt to the seller. Garbage is one
// once the chain has decided who has the price.
const (
	Fetching    State = "fetching"    // getting the ciphertext; no money held
	Sealing     State = "sealing"     // asking the seller to seal the key; no money held
	Paying      State = "paying"      // sealed; the payment is about to be sent
	Unconfirmed State = "unconfirmed" // the payment is sent, or mined but not deep enough
	Opening     State = "opening"     // paid; waiting for the opener
	Opened      State = "opened"      // the key is here and right
	Failed      State = "failed"      // ended without access
	Garbage     State = "garbage"     // paid, and what came is not what was promised; no receipt was signed
	Revoked     State = "revoked"     // refunded on chain
)

// transitions is every step a purchase may take.
var transitions = map[State][]State{
	Fetching:    {Sealing, Failed},
	Sealing:     {Paying, Failed},
	Paying:      {Sealing, Unconfirmed, Failed},
	Unconfirmed: {Opening, Failed},
	Opening:     {Unconfirmed, Opened, Garbage, Revoked},
	Opened:      {Revoked},
	Garbage:     {Failed, Revoked},
	// Ends that a reorganisation took back which is deeper than the node thought
	// possible: the price is with the contract again.
	Failed:  {Unconfirmed},
	Revoked: {Opening},
}

// Paid reports whether money may have moved and not come back.
func (s State) Paid() bool {
	return s == Unconfirmed || s == Opening || s == Opened || s == Garbage
}

// Pending reports whether the buyer still waits.
func (s State) Pending() bool {
	switch s {
	case Fetching, Sealing, Paying, Unconfirmed, Opening:
		return true
	}
	return false
}

// Step is one line of a purchase's timeline.
type Step struct {
	At     time.Time
	What   string
	TxHash market.Hash // zero when nothing was sent
}

// MaxDownloads is how often a purchase may be downloaded.
const MaxDownloads = 10

// DefaultAccessDays is the access a buyer gets without asking for more.
const DefaultAccessDays = 30

// Purchase is one buyer's paid access to a listing.
type Purchase struct {
	ID         market.PurchaseID
	Buyer      market.UserID
	Wallet     market.Address
	Listing    market.ListingID
	AccessDays uint32
	Forced     bool // the buyer knew of the seller's record

	// The order as it was agreed to.
	Order          seal.Order
	OrderSignature seal.Sig
	Manifest       []byte

	State   State
	Reason  string // why it waits or failed, in words
	RetryAt time.Time
	Steps   []Step
	Fetched int64 // bytes of ciphertext that came
	Stored  bool  // every block is here
	Checked bool  // every file was decrypted and compared with its hash
	Fault   *Fault

	// From the seal on.
	Sale    *seal.Sale
	OnChain market.Hash // the purchase id on chain
	// Of a buyer whose wallet is external: the request to sign the payment, the
	// payment once it is signed, and how many requests nobody signed in time.
	External bool
	Request  market.SignatureID
	Payment  *seal.Sig
	Unsigned int
	// Lapsed is the block at which the payment's time was seen to be over.
	Lapsed uint64

	// From the opener on.
	OpenedAt uint64 // unix seconds
	Receipt  seal.Sig
	Noted    bool

	AccessToken string
	ExpiresAt   time.Time
	Downloads   int
	// Gone are the files whose owner had them erased.
	Gone []Gone

	CreatedAt time.Time
	UpdatedAt time.Time
}

// Price returns what was agreed to, in wei of PRIV.
func (p Purchase) Price() market.Amount { return p.Order.Price }

// Blocks reports whether the purchase keeps its buyer from buying the listing
// again: it is under way, or its access lasts. The contract grants one access at a
// time, also where it is to garbage.
func (p Purchase) Blocks(now time.Time) bool {
	return p.State.Pending() || (p.State == Opened && now.Before(p.ExpiresAt)) ||
		(p.State == Garbage && (p.ExpiresAt.IsZero() || now.Before(p.ExpiresAt)))
}

// promised reports whether the price may have to leave the wallet, unless the chain
// has it already: that of a purchase under way, and that of one which has its key
// while a reorganisation took the payment back.
func (p Purchase) promised(now time.Time) bool {
	return p.State.Pending() ||
		(p.State.Paid() && p.Sale != nil && uint64(max(0, now.Unix())) < p.Sale.Terms.PayBy)
}

// maxSteps bounds the history of one purchase.
const maxSteps = 100

// note adds a step to the history.
func (p *Purchase) note(at time.Time, what string, tx market.Hash) {
	if len(p.Steps) >= maxSteps {
		// The beginning and the end tell the story.
		p.Steps = append(p.Steps[:maxSteps/2:maxSteps/2], p.Steps[maxSteps/2+1:]...)
	}
	p.Steps = append(p.Steps, Step{At: at, What: what, TxHash: tx})
}

// to moves the purchase, the only way its state changes.
func (p *Purchase) to(s State, what string, tx market.Hash, now time.Time) {
	for _, allowed := range transitions[p.State] {
		if allowed == s {
			p.State, p.Reason, p.RetryAt, p.UpdatedAt = s, "", time.Time{}, now
			p.note(now, what, tx)
			return
		}
	}
	panic("purchase: no way from " + string(p.State) + " to " + string(s))
}

// Tx is the part of a transaction that purchases need.
type Tx interface {
	task.Tx
	User(market.UserID) (account.User, error)
	Offer(market.ListingID) (listing.Offer, error)
	// Purchase returns NotFound when there is none.
	Purchase(market.PurchaseID) (Purchase, error)
	// PurchaseOnChain finds a purchase of this node by its id on chain.
	PurchaseOnChain(market.Hash) (Purchase, error)
	// LastPurchase returns the newest purchase of a listing by a user.
	LastPurchase(market.UserID, market.ListingID) (Purchase, error)
	PutPurchase(Purchase) error
	// PurchasesOf calls each with a user's purchases, newest first, until it returns
	// false.
	PurchasesOf(user market.UserID, each func(Purchase) bool) error
	// PurchasesOfListing calls each with the purchases of a listing by users of this
	// node, until it returns false.
	PurchasesOfListing(id market.ListingID, each func(Purchase) bool) error
	PutPack(content.Pack) error
	Signature(market.SignatureID) (signature.Request, error)
	PutSignature(signature.Request) error
	DeleteSignature(market.SignatureID) error
	OpenSignatures(user market.UserID, each func(signature.Request) bool) error
	EventsOf(purchase market.Hash) ([]deal.Event, error)
	// SoldBy calls each with the Purchased events of a seller on this chain, newest
	// first, until it returns false.
	SoldBy(seller market.Address, each func(deal.Event) bool) error
	// PurchasesFrom calls each with the purchases that users of this node made of what a
	// sealer seals, newest first, until it returns false.
	PurchasesFrom(sealer market.Address, each func(Purchase) bool) error
}
