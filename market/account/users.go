package account

import (
	"context"
	"errors"
	"regexp"
	"sync/atomic"
	"time"

	"privd/market"
)

// Service manages the users of a node. Its fields are required.
type Service struct {
	Store   market.Store[Tx]
	Wallets Wallets
	Clock   market.Clock
	// TokenKey signs the JWTs this node issues.
	TokenKey []byte
	// OperatorToken is the bearer token in the repo's token file.
	OperatorToken string
	// ChainID and Hosts bound what a Sign-In with Ethereum message may name.
	ChainID uint64
	Hosts   func() []string

	// operatorID is the operator's, once it was looked up: the operator is made with
	// the repo and stays.
	operatorID atomic.Pointer[market.UserID]
}

var namePattern = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{0,31}$`)

// Create adds a local user with a new managed wallet.
func (s *Service) Create(ctx context.Context, name string, operator bool) (User, error) {
	return s.create(ctx, name, operator, "")
}

// CreateReferred is Create for somebody whom a user of this node referred, if
// referrer is not empty. Invalid for a referrer who does not exist.
func (s *Service) CreateReferred(ctx context.Context, name string, referrer market.UserID) (User, error) {
	return s.create(ctx, name, false, referrer)
}

func (s *Service) create(ctx context.Context, name string, operator bool, referrer market.UserID) (User, error) {
	if !namePattern.MatchString(name) {
		return User{}, market.BadField("name", "name must be 1 to 32 letters, digits, dots, dashes or underscores")
	}
	err := s.Store.View(ctx, func(tx Tx) error { return errors.Join(nameFree(tx, name), known(tx, referrer)) })
	if err != nil {
		return User{}, err
	}
	wallet, err := s.Wallets.NewWallet(ctx)
	if err != nil {
		return User{}, err
	}
	user := s.newUser(wallet)
	user.Name, user.Managed, user.Operator, user.Referrer = name, true, operator, referrer
	err = s.Store.Update(ctx, func(tx Tx) error {
		if err := nameFree(tx, name); err != nil {
			return err
		}
		return putReferred(tx, user)
	})
	return user, err
}

// putReferred stores a new user whose referrer, if there is one, exists.
func putReferred(tx Tx, user User) error {
	if err := known(tx, user.Referrer); err != nil {
		return err
	}
	return tx.PutUser(user)
}

func known(tx Tx, referrer market.UserID) error {
	if referrer == "" {
		return nil
	}
	_, err := tx.User(referrer)
	if errors.Is(err, market.ErrNotFound) {
		return market.BadField("referrer", "referrer is not a user of this node")
	}
	return err
}

func nameFree(tx Tx, name string) error {
	_, err := tx.UserByName(name)
	switch {
	case err == nil:
		return &market.Error{Code: market.Conflict, Field: "name", Message: "a user named " + name + " exists already"}
	case errors.Is(err, market.ErrNotFound):
		return nil
	}
	return err
}

func (s *Service) newUser(wallet market.Address) User {
	return User{
		ID:          market.NewID[market.UserID](market.PrefixUser),
		DisplayName: "DataProvider_" + market.RandomText(4),
		Wallet:      wallet,
		AnonymousID: market.PrefixAnonymous + market.RandomText(12),
		CreatedAt:   s.Clock().UTC().Truncate(time.Millisecond),
	}
}

// User returns a user by id; NotFound when there is none.
func (s *Service) User(ctx context.Context, id market.UserID) (user User, err error) {
	err = s.Store.View(ctx, func(tx Tx) error { user, err = tx.User(id); return err })
	return user, err
}

// Named returns a user by name; NotFound when there is none.
func (s *Service) Named(ctx context.Context, name string) (user User, err error) {
	err = s.Store.View(ctx, func(tx Tx) error { user, err = tx.UserByName(name); return err })
	if errors.Is(err, market.ErrNotFound) {
		err = market.Fail(market.NotFound, "no user named "+name+" on this node")
	}
	return user, err
}

// Users lists the users of the node, oldest first.
func (s *Service) Users(ctx context.Context) (users []User, err error) {
	err = s.Store.View(ctx, func(tx Tx) error { users, err = tx.Users(); return err })
	return users, err
}
