package account

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/common"
	"github.com/golang-jwt/jwt/v5"
	"github.com/spruceid/siwe-go"

	"privd/market"
	"privd/market/seal"
)

const (
	tokenLife = 24 * time.Hour
	nonceLife = 10 * time.Minute
	issuer    = "privd"
	// maxNonces bounds how many logins are under way: more push out the oldest, so
	// that asking for many keeps nobody from logging in.
	maxNonces = 10_000
	// maxMessage bounds the message of a login, in bytes.
	maxMessage = 4 << 10
)

// Challenge is a message for a wallet to sign (EIP-4361).
type Challenge struct {
	Nonce     string
	Message   string
	ExpiresAt time.Time
}

// Nonce starts a login: it returns a ready message for the wallet. The nonce
// works once.
func (s *Service) Nonce(ctx context.Context, wallet string) (Challenge, error) {
	if !common.IsHexAddress(wallet) || !strings.HasPrefix(wallet, "0x") {
		return Challenge{}, market.BadField("wallet_address", "wallet_address must be 0x and 40 hexadecimal digits")
	}
	address, now := common.HexToAddress(wallet), s.Clock().UTC()
	nonce := Nonce{Value: market.RandomText(24), Wallet: address, ExpiresAt: now.Add(nonceLife)}
	host := s.Hosts()[0]
	message, err := siwe.InitMessage(host, address.Hex(), "http://"+host, nonce.Value, map[string]any{
		"statement":      "Sign in to your privd node.",
		"chainId":        int(s.ChainID),
		"issuedAt":       now.Format(time.RFC3339),
		"expirationTime": nonce.ExpiresAt.Format(time.RFC3339),
	})
	if err != nil {
		return Challenge{}, err
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		if err := tx.DropNonces(now, maxNonces-1); err != nil {
			return err
		}
		return tx.PutNonce(nonce)
	})
	return Challenge{Nonce: nonce.Value, Message: message.String(), ExpiresAt: nonce.ExpiresAt}, err
}

// Token is a JWT that speaks for a user until it expires.
type Token struct {
	Value     string
	User      market.UserID
	ExpiresAt time.Time
}

// Login ends a login: it checks the signed message and returns a token, creating
// the user at the first login.
func (s *Service) Login(ctx context.Context, message, signature string) (Token, error) {
	return s.LoginReferred(ctx, message, signature, "")
}

// LoginReferred is Login for somebody whom a user of this node may have referred;
// that counts at the first login only. Invalid for a referrer who does not exist.
func (s *Service) LoginReferred(ctx context.Context, message, signature string, referrer market.UserID) (Token, error) {
	denied := func(why string) error { return market.Fail(market.Unauthenticated, "login refused: "+why) }
	if len(message) > maxMessage {
		return Token{}, market.BadField("message", "message is longer than an EIP-4361 message of this node")
	}
	m, err := siwe.ParseMessage(message)
	if err != nil {
		return Token{}, &market.Error{Code: market.Invalid, Field: "message", Message: "message is not an EIP-4361 message", Err: err}
	}
	now := s.Clock().UTC()
	switch valid, err := m.ValidAt(now); {
	case err != nil || !valid:
		return Token{}, denied("the message is expired or not valid yet")
	case !slices.Contains(s.Hosts(), m.GetDomain()):
		return Token{}, denied("the message names another host")
	case m.GetChainID() != int(s.ChainID):
		return Token{}, denied("the message names another chain")
	}
	sig, err := seal.ParseSig(signature)
	if err != nil {
		return Token{}, market.BadField("signature", "signature must be 0x and 130 hexadecimal digits")
	}
	digest := market.Hash(accounts.TextHash([]byte(message)))
	if seal.Check(m.GetAddress(), digest, sig) != nil {
		return Token{}, denied("the signature is not the wallet's")
	}
	var user User
	err = s.Store.Update(ctx, func(tx Tx) error {
		nonce, err := tx.TakeNonce(m.GetNonce())
		if errors.Is(err, market.ErrNotFound) || (err == nil && (nonce.Wallet != m.GetAddress() || now.After(nonce.ExpiresAt))) {
			return denied("the nonce is unknown, used or expired")
		}
		if err != nil {
			return err
		}
		user, err = tx.UserByWallet(m.GetAddress())
		if errors.Is(err, market.ErrNotFound) {
			user = s.newUser(m.GetAddress())
			user.Referrer = referrer
			return putReferred(tx, user)
		}
		return err
	})
	if err != nil {
		return Token{}, err
	}
	return s.token(user.ID)
}

// IssueToken returns a token for a local user; only the operator may ask, which
// the caller of IssueToken checks.
func (s *Service) IssueToken(ctx context.Context, user market.UserID) (Token, error) {
	if _, err := s.User(ctx, user); err != nil {
		return Token{}, err
	}
	return s.token(user)
}

func (s *Service) token(user market.UserID) (Token, error) {
	now := s.Clock().UTC()
	expires := now.Add(tokenLife)
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Issuer: issuer, Subject: string(user), IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
	}).SignedString(s.TokenKey)
	if err != nil {
		return Token{}, err
	}
	return Token{Value: signed, User: user, ExpiresAt: expires.Truncate(time.Second)}, nil
}

func (s *Service) byToken(ctx context.Context, bearer string) (Caller, error) {
	var claims jwt.RegisteredClaims
	_, err := jwt.ParseWithClaims(bearer, &claims, func(*jwt.Token) (any, error) { return s.TokenKey, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(issuer),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.Clock))
	if err != nil {
		return Caller{}, errBadCredential
	}
	user, err := s.User(ctx, market.UserID(claims.Subject))
	if errors.Is(err, market.ErrNotFound) {
		return Caller{}, errBadCredential
	}
	return Caller{User: user.ID}, err
}
