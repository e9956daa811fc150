package account

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"privd/market"
)

// How much of a key's age is written back: a key in constant use costs one write
// a minute, not one a request.
const lastUsedStep = time.Minute

var errBadCredential = market.Fail(market.Unauthenticated, "invalid or expired credential")

// IssueKey makes an API key for a user and returns its secret, which is shown
// once and kept as a hash. Service keys read any user; only the operator may
// issue them, which the caller of IssueKey checks.
func (s *Service) IssueKey(ctx context.Context, user market.UserID, name string, kind KeyKind) (Key, string, error) {
	if strings.TrimSpace(name) == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > 64 || strings.ContainsFunc(name, unicode.IsControl) {
		return Key{}, "", market.BadField("name", "name must be 1 to 64 characters, not all blank and none a control character")
	}
	prefix := market.PrefixUserKey
	if kind == ServiceKey {
		prefix = market.PrefixServiceKey
	}
	secret := prefix + market.RandomText(40)
	key := Key{
		ID: market.NewID[string]("key_"), User: user, Kind: kind, Name: name,
		Hash: market.Hash(sha256.Sum256([]byte(secret))), Hint: secret[:len(prefix)+4],
		CreatedAt: s.Clock().UTC().Truncate(time.Millisecond),
	}
	err := s.Store.Update(ctx, func(tx Tx) error {
		if _, err := tx.User(user); err != nil {
			return err
		}
		return tx.PutKey(key)
	})
	return key, secret, err
}

// Keys lists a user's keys that are not revoked, oldest first.
func (s *Service) Keys(ctx context.Context, user market.UserID) (live []Key, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		live = nil
		all, err := tx.KeysOf(user)
		for _, k := range all {
			if k.RevokedAt.IsZero() {
				live = append(live, k)
			}
		}
		return err
	})
	return live, err
}

// RevokeKey ends a key of user at once; NotFound when the user has no such key.
func (s *Service) RevokeKey(ctx context.Context, user market.UserID, id string) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		key, err := tx.Key(id)
		if err == nil && (key.User != user || !key.RevokedAt.IsZero()) {
			err = market.Fail(market.NotFound, "API key not found")
		}
		if err != nil {
			return err
		}
		key.RevokedAt = s.Clock().UTC()
		return tx.PutKey(key)
	})
}

// Authenticate tells whom a bearer token speaks for: the operator's token, an
// API key, or a JWT this node issued. A bad one is Unauthenticated.
func (s *Service) Authenticate(ctx context.Context, bearer string) (Caller, error) {
	switch {
	case bearer == "":
		return Caller{}, errBadCredential
	case subtle.ConstantTimeCompare([]byte(bearer), []byte(s.OperatorToken)) == 1:
		return s.operator(ctx)
	case strings.HasPrefix(bearer, market.PrefixUserKey), strings.HasPrefix(bearer, market.PrefixServiceKey):
		return s.byKey(ctx, bearer)
	}
	return s.byToken(ctx, bearer)
}

func (s *Service) operator(ctx context.Context) (Caller, error) {
	if id := s.operatorID.Load(); id != nil {
		return Caller{User: *id, Operator: true}, nil
	}
	users, err := s.Users(ctx)
	if err != nil {
		return Caller{}, err
	}
	for _, u := range users {
		if u.Operator {
			s.operatorID.Store(&u.ID)
			return Caller{User: u.ID, Operator: true}, nil
		}
	}
	return Caller{Operator: true}, nil
}

func (s *Service) byKey(ctx context.Context, secret string) (Caller, error) {
	hash := market.Hash(sha256.Sum256([]byte(secret)))
	var key Key
	err := s.Store.View(ctx, func(tx Tx) (err error) { key, err = tx.KeyByHash(hash); return err })
	if errors.Is(err, market.ErrNotFound) || (err == nil && !key.RevokedAt.IsZero()) {
		return Caller{}, errBadCredential
	}
	if err != nil {
		return Caller{}, err
	}
	if now := s.Clock().UTC(); now.Sub(key.LastUsedAt) >= lastUsedStep {
		err = s.Store.Update(ctx, func(tx Tx) error {
			k, err := tx.Key(key.ID)
			if err != nil {
				return err
			}
			k.LastUsedAt = now.Truncate(time.Second)
			return tx.PutKey(k)
		})
		if err != nil {
			return Caller{}, err
		}
	}
	if key.Kind == ServiceKey {
		return Caller{Service: true}, nil
	}
	return Caller{User: key.User}, nil
}
