package account_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/account"
	"privd/market/seal"
	"privd/storage/records"
)

// wallets gives every user another address and signs nothing.
type wallets struct{ seal.Signer }

func (wallets) NewWallet(context.Context) (market.Address, error) {
	key, err := crypto.GenerateKey()
	if err != nil {
		return market.Address{}, err
	}
	return crypto.PubkeyToAddress(key.PublicKey), nil
}

type fixture struct {
	*account.Service
	now time.Time
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	store, err := records.Open(records.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	f := &fixture{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	f.Service = &account.Service{
		Store: records.As[account.Tx](store), Wallets: wallets{}, Clock: func() time.Time { return f.now },
		TokenKey: []byte(strings.Repeat("k", 32)), OperatorToken: "op_secret", ChainID: 31337,
		Hosts: func() []string { return []string{"127.0.0.1:4000", "localhost:4000"} },
	}
	return f
}

func TestUsers(t *testing.T) {
	t.Parallel()
	f, ctx := newFixture(t), context.Background()
	alice, err := f.Create(ctx, "alice", false)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(alice.ID), "usr_"))
	require.NotEmpty(t, alice.DisplayName)
	_, err = f.Create(ctx, "alice", false)
	require.Equal(t, market.Conflict, market.CodeOf(err))
	for _, bad := range []string{"", "a b", "-a", "../a", strings.Repeat("a", 33), "ü"} {
		_, err = f.Create(ctx, bad, false)
		require.Equal(t, market.Invalid, market.CodeOf(err), bad)
	}
	_, err = f.Named(ctx, "bob")
	require.Equal(t, market.NotFound, market.CodeOf(err))
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	f, ctx := newFixture(t), context.Background()
	operator, err := f.Create(ctx, "operator", true)
	require.NoError(t, err)
	alice, err := f.Create(ctx, "alice", false)
	require.NoError(t, err)

	key, secret, err := f.IssueKey(ctx, alice.ID, "phone", account.UserKey)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(secret, "pk_live_"))
	_, service, err := f.IssueKey(ctx, operator.ID, "monitor", account.ServiceKey)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(service, "sk_live_"))
	token, err := f.IssueToken(ctx, alice.ID)
	require.NoError(t, err)

	for bearer, want := range map[string]account.Caller{
		secret:      {User: alice.ID},
		token.Value: {User: alice.ID},
		service:     {Service: true},
		"op_secret": {User: operator.ID, Operator: true},
	} {
		got, err := f.Authenticate(ctx, bearer)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, bad := range []string{"", " \t", "a\nb", strings.Repeat("n", 65), "\xff"} {
		_, _, err := f.IssueKey(ctx, alice.ID, bad, account.UserKey)
		require.Equal(t, market.Invalid, market.CodeOf(err), "%q", bad)
	}
	used, err := f.Keys(ctx, alice.ID)
	require.NoError(t, err)
	require.Equal(t, f.now, used[0].LastUsedAt)
	for _, bad := range []string{"", "x", "op_", secret + "x", "pk_live_", token.Value + "x", strings.TrimSuffix(token.Value, token.Value[len(token.Value)-3:])} {
		_, err := f.Authenticate(ctx, bad)
		require.Equal(t, market.Unauthenticated, market.CodeOf(err), bad)
	}

	require.Equal(t, market.NotFound, market.CodeOf(f.RevokeKey(ctx, operator.ID, key.ID)), "somebody else's key")
	require.NoError(t, f.RevokeKey(ctx, alice.ID, key.ID))
	_, err = f.Authenticate(ctx, secret)
	require.Equal(t, market.Unauthenticated, market.CodeOf(err))
	live, err := f.Keys(ctx, alice.ID)
	require.NoError(t, err)
	require.Empty(t, live)

	f.now = f.now.Add(24*time.Hour + time.Second)
	_, err = f.Authenticate(ctx, token.Value)
	require.Equal(t, market.Unauthenticated, market.CodeOf(err), "a token lives 24 hours")
}

// TestLogin signs in with a wallet, then tries what must not work: the same nonce
// again, another wallet's signature, another host, another chain, too late.
func TestLogin(t *testing.T) {
	t.Parallel()
	f, ctx := newFixture(t), context.Background()
	key, err := crypto.GenerateKey()
	require.NoError(t, err)
	wallet := crypto.PubkeyToAddress(key.PublicKey)
	sign := func(message string) string {
		sig, err := crypto.Sign(accounts.TextHash([]byte(message)), key)
		require.NoError(t, err)
		sig[64] += 27
		return "0x" + hex.EncodeToString(sig)
	}
	challenge := func() account.Challenge {
		c, err := f.Nonce(ctx, wallet.Hex())
		require.NoError(t, err)
		return c
	}

	c := challenge()
	token, err := f.Login(ctx, c.Message, sign(c.Message))
	require.NoError(t, err)
	caller, err := f.Authenticate(ctx, token.Value)
	require.NoError(t, err)
	user, err := f.User(ctx, caller.User)
	require.NoError(t, err)
	_, secret, err := f.IssueKey(ctx, user.ID, "phone", account.UserKey)
	require.NoError(t, err)
	byKey, err := f.Authenticate(ctx, secret)
	require.NoError(t, err)
	require.Equal(t, user.ID, byKey.User)
	require.Equal(t, wallet, user.Wallet)
	require.False(t, user.Managed)

	refused := func(what, message, signature string) {
		t.Helper()
		_, err := f.Login(ctx, message, signature)
		require.Contains(t, []market.Code{market.Unauthenticated, market.Invalid}, market.CodeOf(err), what)
	}
	refused("a used nonce", c.Message, sign(c.Message))
	again := challenge()
	second, err := f.Login(ctx, again.Message, sign(again.Message))
	require.NoError(t, err)
	require.Equal(t, token.User, second.User, "the same wallet is the same user")

	c = challenge()
	refused("another message's signature", c.Message, sign(c.Message+" "))
	for _, swap := range [][2]string{{"127.0.0.1:4000 wants", "evil.example wants"}, {"Chain ID: 31337", "Chain ID: 1"}, {c.Nonce, strings.Repeat("a", 24)}} {
		m := strings.Replace(c.Message, swap[0], swap[1], 1)
		require.NotEqual(t, c.Message, m)
		refused(swap[1], m, sign(m))
	}
	refused("not a message", "hello", sign("hello"))
	refused("not a signature", c.Message, "0x12")
	f.now = f.now.Add(11 * time.Minute)
	refused("too late", c.Message, sign(c.Message))
	for _, bad := range []string{"", "0x12", "742d35Cc6634C0532925a3b844Bc454e4438f44e", "0xzz"} {
		_, err := f.Nonce(ctx, bad)
		require.Equal(t, market.Invalid, market.CodeOf(err), bad)
	}
}

// Only this node's own HMAC makes a token: not another algorithm, not none, not
// another key or issuer, and not one that never ends.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	f, ctx := newFixture(t), context.Background()
	alice, err := f.Create(ctx, "alice", false)
	require.NoError(t, err)
	claims := func(change func(*jwt.RegisteredClaims)) jwt.RegisteredClaims {
		c := jwt.RegisteredClaims{Issuer: "privd", Subject: string(alice.ID), IssuedAt: jwt.NewNumericDate(f.now), ExpiresAt: jwt.NewNumericDate(f.now.Add(time.Hour))}
		change(&c)
		return c
	}
	forge := func(method jwt.SigningMethod, key any, change func(*jwt.RegisteredClaims)) string {
		token, err := jwt.NewWithClaims(method, claims(change)).SignedString(key)
		require.NoError(t, err)
		return token
	}
	asIs := func(*jwt.RegisteredClaims) {}
	_, err = f.Authenticate(ctx, forge(jwt.SigningMethodHS256, f.TokenKey, asIs))
	require.NoError(t, err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	for name, token := range map[string]string{
		"none":           forge(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, asIs),
		"HS384":          forge(jwt.SigningMethodHS384, f.TokenKey, asIs),
		"HS512":          forge(jwt.SigningMethodHS512, f.TokenKey, asIs),
		"RS256":          forge(jwt.SigningMethodRS256, rsaKey, asIs),
		"another key":    forge(jwt.SigningMethodHS256, []byte(strings.Repeat("x", 32)), asIs),
		"another issuer": forge(jwt.SigningMethodHS256, f.TokenKey, func(c *jwt.RegisteredClaims) { c.Issuer = "evil" }),
		"no end":         forge(jwt.SigningMethodHS256, f.TokenKey, func(c *jwt.RegisteredClaims) { c.ExpiresAt = nil }),
		"ended":          forge(jwt.SigningMethodHS256, f.TokenKey, func(c *jwt.RegisteredClaims) { c.ExpiresAt = jwt.NewNumericDate(f.now.Add(-time.Second)) }),
		"unknown user":   forge(jwt.SigningMethodHS256, f.TokenKey, func(c *jwt.RegisteredClaims) { c.Subject = "usr_nobody" }),
		"no user":        forge(jwt.SigningMethodHS256, f.TokenKey, func(c *jwt.RegisteredClaims) { c.Subject = "" }),
	} {
		_, err := f.Authenticate(ctx, token)
		require.Equal(t, market.Unauthenticated, market.CodeOf(err), name)
	}
}

// Messages that no wallet was asked to sign are not even read.
func TestLongLogin(t *testing.T) {
	t.Parallel()
	f, ctx := newFixture(t), context.Background()
	_, err := f.Login(ctx, strings.Repeat("a", 5000), "0x"+strings.Repeat("11", 65))
	require.Equal(t, market.Invalid, market.CodeOf(err))
	require.ErrorContains(t, err, "longer")
}
