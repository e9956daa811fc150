// Package account knows who is calling: the local users of a node with their
// wallets, the API keys and tokens they hold, and Sign-In with Ethereum.
//
// Secrets are kept only as hashes and shown once. A token never says more than
// which user it speaks for.
package account

import (
	"context"
	"time"

	"privd/market"
	"privd/market/seal"
)

// User is a person with an account on this node. The node's operator is one too.
type User struct {
	ID          market.UserID
	Name        string // unique on the node; empty for users that came by wallet login
	DisplayName string // what buyers see
	Wallet      market.Address
	Managed     bool // the node's keystore holds the wallet's key
	Operator    bool
	AnonymousID string
	Referrer    market.UserID // who brought this user; empty when nobody did
	Consent     *Consent      // nil until the user saved preferences
	CreatedAt   time.Time
}

// Consent is what a user agreed to.
type Consent struct {
	Preferences
	UpdatedAt time.Time
}

// Preferences are the uses a user agrees to, or does not. The zero value is no to
// all of them.
type Preferences struct {
	Analytics       bool
	Marketing       bool
	DataSharing     bool
	Personalization bool
}

// Sharing reports whether the user lets data be shared and sold.
func (u User) Sharing() bool { return u.Consent != nil && u.Consent.DataSharing }

// KeyKind says what an API key may do.
type KeyKind string

// The kinds of key.
const (
	UserKey    KeyKind = "user"    // pk_live_: acts as its user
	ServiceKey KeyKind = "service" // sk_live_: reads any user, purchases nothing
)

// Key is an API key. Its secret is kept as a SHA-256 only.
type Key struct {
	ID         string
	User       market.UserID
	Kind       KeyKind
	Name       string
	Hash       market.Hash
	Hint       string // first characters of the secret, to tell keys apart
	CreatedAt  time.Time
	LastUsedAt time.Time
	RevokedAt  time.Time
}

// Nonce is a login challenge that was handed out and not used yet.
type Nonce struct {
	Value     string
	Wallet    market.Address
	ExpiresAt time.Time
}

// Caller is who makes a request.
type Caller struct {
	User     market.UserID // whom the caller acts as; empty for anonymous and service callers
	Operator bool          // the node's operator, perhaps acting as another local user
	Service  bool          // a service key: may read any user, may not purchase
}

// Anonymous reports whether nobody was named.
func (c Caller) Anonymous() bool { return c.User == "" && !c.Service && !c.Operator }

// Tx is the part of a transaction that accounts need.
type Tx interface {
	// User, UserByName, UserByAnonymousID and UserByWallet return NotFound when there
	// is none.
	User(market.UserID) (User, error)
	UserByName(name string) (User, error)
	UserByAnonymousID(id string) (User, error)
	UserByWallet(market.Address) (User, error)
	// Users lists all users, oldest first.
	Users() ([]User, error)
	// PutUser stores a user; Conflict when its name, wallet or anonymous id is
	// another's.
	PutUser(User) error

	// Key returns a key by id, KeyByHash by the SHA-256 of its secret.
	Key(id string) (Key, error)
	KeyByHash(market.Hash) (Key, error)
	// KeysOf lists a user's keys, oldest first.
	KeysOf(market.UserID) ([]Key, error)
	PutKey(Key) error

	// TakeNonce removes and returns a login nonce; NotFound when there is none.
	TakeNonce(value string) (Nonce, error)
	PutNonce(Nonce) error
	// DropNonces removes those that expired before now, and the oldest of the rest so
	// that at most keep stay.
	DropNonces(now time.Time, keep int) error
}

// Wallets makes and uses the keys of managed wallets.
type Wallets interface {
	seal.Signer
	// NewWallet makes a key and returns its address.
	NewWallet(ctx context.Context) (market.Address, error)
}
