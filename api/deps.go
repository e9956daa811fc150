package api

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"privd/market"
	"privd/market/account"
	"privd/market/catalog"
	"privd/market/content"
	"privd/market/contribution"
	"privd/market/listing"
	"privd/market/purchase"
	"privd/market/replay"
)

// Deps is what the API is joined to. All fields are required, except Dev and
// those that say so.
type Deps struct {
	Log   *slog.Logger
	Clock market.Clock
	// Metrics is where the API registers its own and what /metrics shows.
	Metrics *prometheus.Registry

	Accounts      Accounts
	Contributions Contributions
	Listings      Listings
	HeldListings  HeldListings
	Datasets      Datasets
	DataListings  DataListings
	Catalog       Catalog
	Purchases     Purchases
	Ratings       Ratings
	Reports       Reports
	Events        Events
	Balances      Balances
	Preferences   UserPreferences
	Earnings      Earnings
	Claims        Claims
	Sales         Sales
	X402Sales     X402Sales
	Reputations   Reputations
	Stakes        Stakes
	Funds         Funds
	Audits        Audits
	Labeling      Labeling
	Signatures    Signatures
	Erasures      Erasures
	Consents      Consents
	Previews      Previews
	Node          Node
	Transactions  Transactions
	// Answers keeps the answers of requests that must not happen twice.
	Answers market.Store[replay.Tx]
	// Storefront sells datasets; nil where none are sold.
	Storefront *Storefront
	// Dev serves development networks; nil elsewhere.
	Dev Dev

	// GatewayKey signs the URLs of bought content; at least 32 random bytes that
	// survive a restart.
	GatewayKey []byte
}

// Accounts knows who is calling; account.Service is one.
type Accounts interface {
	// Authenticate returns Unauthenticated for a bad credential.
	Authenticate(ctx context.Context, bearer string) (account.Caller, error)
	Nonce(ctx context.Context, wallet string) (account.Challenge, error)
	LoginReferred(ctx context.Context, message, signature string, referrer market.UserID) (account.Token, error)
	Keys(ctx context.Context, user market.UserID) ([]account.Key, error)
	IssueKey(ctx context.Context, user market.UserID, name string, kind account.KeyKind) (account.Key, string, error)
	RevokeKey(ctx context.Context, user market.UserID, id string) error
	CreateReferred(ctx context.Context, name string, referrer market.UserID) (account.User, error)
	CreateExternal(ctx context.Context, name, wallet string, referrer market.UserID) (account.User, error)
	User(ctx context.Context, id market.UserID) (account.User, error)
	Named(ctx context.Context, name string) (account.User, error)
	Users(ctx context.Context) ([]account.User, error)
	IssueToken(ctx context.Context, user market.UserID) (account.Token, error)
}

// Contributions takes and shows contributions; contribution.Service is one.
type Contributions interface {
	Receive(ctx context.Context, user market.UserID, file contribution.File, r io.Reader) (*contribution.Received, error)
	Accept(ctx context.Context, received *contribution.Received, form contribution.Form) (contribution.Contribution, error)
	Drop(received *contribution.Received) error
	Get(ctx context.Context, user market.UserID, id market.ContributionID) (contribution.Contribution, error)
	List(ctx context.Context, user market.UserID, f contribution.Filter, limit, offset int) ([]contribution.Contribution, int, error)
}

// Listings makes and changes listings of this node's users; listing.Service is
// one.
type Listings interface {
	Create(ctx context.Context, user market.UserID, in listing.Input) (listing.Listing, error)
	Mine(ctx context.Context, user market.UserID, id market.ListingID) (listing.Listing, error)
	Update(ctx context.Context, user market.UserID, id market.ListingID, p listing.Patch) (listing.Listing, []string, error)
}

// Catalog is what is on sale; catalog.Catalog is one.
type Catalog interface {
	Browse(ctx context.Context, q catalog.Query) (page []catalog.Entry, total int, err error)
	Find(ctx context.Context, q catalog.Query) (page []catalog.Hit, total int, err error)
	Get(ctx context.Context, id market.ListingID) (catalog.Entry, error)
	Offer(ctx context.Context, id market.ListingID) (listing.Offer, error)
	// Standing returns how a listing stands, on sale or not, and its seller.
	Standing(ctx context.Context, id market.ListingID, seller market.Address) (catalog.Standing, error)
}

// Purchases buys and opens what was bought; purchase.Engine is one.
type Purchases interface {
	Buy(ctx context.Context, user market.UserID, id market.ListingID, accessDays uint32, prefixes purchase.Prefixes) (purchase.Purchase, error)
	Bought(ctx context.Context, user market.UserID, id market.ListingID) (bool, error)
	Get(ctx context.Context, user market.UserID, id market.PurchaseID) (purchase.View, error)
	Record(ctx context.Context, seller market.Address) (purchase.Record, error)
	Story(ctx context.Context, user market.UserID, id market.PurchaseID) (purchase.Story, error)
	List(ctx context.Context, user market.UserID, pending bool, limit, offset int) ([]purchase.View, int, error)
	Download(ctx context.Context, user market.UserID, id market.PurchaseID, token string) (purchase.View, error)
	Open(ctx context.Context, id market.PurchaseID, index int) (content.Reader, listing.Entry, error)
}

// Balances tells what users own and are owed.
type Balances interface {
	// Balance returns what the selected user has, or the caller's own where the
	// selector is empty. Denied for another user without a service key, NotFound for
	// an unknown one, Invalid for a selector that names two.
	Balance(ctx context.Context, caller account.Caller, who Selector) (Balance, error)
}

// Selector names a user in up to three ways.
type Selector struct {
	User        market.UserID
	Wallet      string
	AnonymousID string
}

// Balance is what a user owns and is owed, in wei of PRIV.
type Balance struct {
	User        account.User
	PRIV        market.Amount
	USDC        *market.Amount // in the smallest unit of mUSDC; nil where that token does not tell
	Earned      market.Amount  // ever
	Pending     market.Amount  // earned and not claimed
	DataSharing bool
}

// Dev moves a development network.
type Dev interface {
	// Faucet sends tokens to an address and returns the transactions, in hex.
	Faucet(ctx context.Context, f Faucet) ([]string, error)
	// Advance moves the chain and returns the time once every node has followed.
	Advance(ctx context.Context, by time.Duration) (time.Time, error)
	// Seed makes what the documents' examples name, unless it is there, and tells
	// what there is.
	Seed(ctx context.Context, f Fixtures) ([]Fixture, error)
}

// Faucet is a gift, in the smallest unit of each token.
type Faucet struct {
	To              market.Address
	PRIV, USDC, ETH market.Amount
}
