package api

import (
	"context"
	"time"

	"privd/market"
	"privd/market/account"
	"privd/market/content"
)

// Purchases buys and opens what was bought. Unknown purchases and those of others
// are NotFound.
type Purchases interface {
	// Buy waits a while for the key and otherwise returns a pending purchase, which
	// completes by itself.
	Buy(ctx context.Context, caller account.Caller, listing market.ListingID, days int) (Purchase, error)
	// Purchased reports whether a user has active access to a listing.
	Purchased(ctx context.Context, user market.UserID, listing market.ListingID) (bool, error)
	Get(ctx context.Context, user market.UserID, id market.PurchaseID) (Purchase, error)
	// List returns a page, newest first, and how many there are in all.
	List(ctx context.Context, user market.UserID, pending bool, limit, offset int) ([]Purchase, int, error)
	Timeline(ctx context.Context, user market.UserID, id market.PurchaseID) (Timeline, error)
	// Download counts one download; Denied when the token is wrong, the access is
	// over or none is left.
	Download(ctx context.Context, user market.UserID, id market.PurchaseID, token string) (Download, error)
	// Open returns one bought file for reading; Denied when the access is over.
	Open(ctx context.Context, id market.PurchaseID, entry int) (Goods, error)
}

// Purchase is one buyer's access to one listing.
type Purchase struct {
	ID           market.PurchaseID
	Listing      market.ListingID
	Title        string
	Category     string
	Seller       string // display name
	Price        market.Amount
	Token        string
	Outcome      string // completed, pending, failed
	Status       string // active, expired, revoked, pending, failed
	Reason       string
	NextRetry    time.Time
	PurchasedAt  time.Time
	ExpiresAt    time.Time // zero until the key was opened
	Downloads    int
	MaxDownloads int
}

// Timeline is what happened to a purchase so far.
type Timeline struct {
	Purchase   market.PurchaseID
	State      string
	Reason     string
	NextRetry  time.Time
	MoneyMoved bool
	Steps      []Step
}

// Step is one thing that happened.
type Step struct {
	At     time.Time
	What   string
	TxHash string
}

// Download is one counted permission to fetch.
type Download struct {
	Purchase Purchase
	Files    []File
}

// File is one file of a purchase.
type File struct {
	Contribution string
	Kind         string
	Filename     string
	MIME         string
	Size         int64
	CID          string
	SHA256       market.Hash
}

// Goods is a bought file, open for reading.
type Goods struct {
	File   File
	Reader content.Reader
}
