package signature_test

import (
	"context"
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/seal"
	"privd/market/signature"
	"privd/market/task"
	"privd/storage/records"
)

// bench is a service over a real store with one kind whose subject counts what
// happens to it.
type bench struct {
	*signature.Service
	store  *records.Store
	dir    string
	now    time.Time
	key    *ecdsa.PrivateKey
	signed int
	lapsed int
	done   int
	refuse error
}

func newBench(t *testing.T) *bench {
	t.Helper()
	key, err := crypto.GenerateKey()
	require.NoError(t, err)
	b := &bench{dir: t.TempDir(), now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), key: key}
	b.open(t)
	t.Cleanup(func() { require.NoError(t, b.store.Close()) })
	return b
}

func (b *bench) open(t *testing.T) {
	t.Helper()
	store, err := records.Open(records.Options{Dir: b.dir, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	b.store = store
	b.Service = &signature.Service{
		Store: records.As[signature.Tx](store), Clock: func() time.Time { return b.now },
		Actions: map[signature.Kind]signature.Action{signature.ListingOrder: {
			Signed: func(tx signature.Tx, r signature.Request, _ seal.Sig) (string, error) {
				// What goes on is stored with the answer, or not at all.
				if err := tx.PutTask(task.Task{Kind: task.Announce, Key: r.Subject, Due: b.now}); err != nil {
					return "", err
				}
				if b.refuse == nil {
					b.signed++
				}
				return "active", b.refuse
			},
			Lapsed: func(signature.Tx, signature.Request) error { b.lapsed++; return nil },
			Done:   func(signature.Request) { b.done++ },
		}},
	}
}

func (b *bench) restart(t *testing.T) {
	t.Helper()
	require.NoError(t, b.store.Close())
	b.open(t)
}

func (b *bench) wallet() market.Address { return crypto.PubkeyToAddress(b.key.PublicKey) }

func (b *bench) ask(t *testing.T, life time.Duration) signature.Request {
	t.Helper()
	m := seal.Domain{ChainID: 31337, Market: market.Address{9}}.OrderMessage(seal.Order{Seller: b.wallet(), Price: market.Wei(5), Version: 1, Expiry: 7})
	r := signature.New("usr_1", b.wallet(), signature.ListingOrder, "listing_1", m, b.now, b.now.Add(life))
	require.NoError(t, b.store.Update(t.Context(), func(tx *records.Tx) error { return signature.Ask(tx, r) }))
	return r
}

// sign is a wallet: it sees the typed data and nothing else.
func sign(t *testing.T, key *ecdsa.PrivateKey, typedData []byte) []byte {
	t.Helper()
	var typed apitypes.TypedData
	require.NoError(t, json.Unmarshal(typedData, &typed))
	digest, _, err := apitypes.TypedDataAndHash(typed)
	require.NoError(t, err)
	sig, err := crypto.Sign(digest, key)
	require.NoError(t, err)
	sig[64] += 27
	return sig
}

func text(sig []byte) string { return "0x" + hex.EncodeToString(sig) }

func (b *bench) announced(t *testing.T) bool {
	t.Helper()
	err := b.store.View(t.Context(), func(tx *records.Tx) error { _, err := tx.Task(task.Announce, "listing_1"); return err })
	return err == nil
}

// TestAnswer tells the life of a request:
//  1. what is not the wallet's signature changes nothing, and the request stays;
//  2. nor does a signature that what waits for it refuses;
//  3. the wallet's lets it go on, once;
//  4. the same answer again, in another form, is the same, also after a restart;
//  5. in the end the request is gone.
func TestAnswer(t *testing.T) {
	t.Parallel()
	b, ctx := newBench(t), context.Background()
	r := b.ask(t, time.Hour)
	good := sign(t, b.key, r.TypedData)
	stranger, err := crypto.GenerateKey()
	require.NoError(t, err)
	high := append([]byte{}, good...)
	new(big.Int).Sub(crypto.S256().Params().N, common.Hash(high[32:64]).Big()).FillBytes(high[32:64])
	high[64] ^= 27 ^ 28

	for name, bad := range map[string]string{
		"nothing": "", "not hexadecimal": "0xzz", "another wallet's": text(sign(t, stranger, r.TypedData)), "a high s": text(high),
		"other bytes": text(make([]byte, 65)), "a contract's": text(make([]byte, 200)),
	} {
		_, err := b.Answer(ctx, "usr_1", r.ID, bad)
		var known *market.Error
		require.ErrorAs(t, err, &known, name)
		require.Equal(t, market.Invalid, known.Code, name)
		require.Equal(t, "signature", known.Field, name)
	}
	for _, c := range []struct {
		user market.UserID
		id   market.SignatureID
	}{{"usr_2", r.ID}, {"usr_1", "sig_unknown"}} {
		_, err := b.Answer(ctx, c.user, c.id, text(good))
		require.Equal(t, market.NotFound, market.CodeOf(err))
	}
	b.refuse = errors.New("not now")
	_, err = b.Answer(ctx, "usr_1", r.ID, text(good))
	require.ErrorIs(t, err, b.refuse)
	b.refuse = nil
	require.False(t, b.announced(t))
	page, total, err := b.List(ctx, "usr_1", 10, 0)
	require.NoError(t, err)
	require.Equal(t, 1, total)
	require.Equal(t, r, page[0])
	require.Zero(t, b.signed+b.done)

	b.restart(t)
	answered, err := b.Answer(ctx, "usr_1", r.ID, text(good))
	require.NoError(t, err)
	require.Equal(t, "active", answered.Status)
	require.True(t, b.announced(t))
	_, total, err = b.List(ctx, "usr_1", 10, 0)
	require.NoError(t, err)
	require.Zero(t, total)

	b.restart(t)
	compact, err := seal.Compact(good)
	require.NoError(t, err)
	for _, form := range []string{text(good), text(compact[:])} {
		again, err := b.Answer(ctx, "usr_1", r.ID, form)
		require.NoError(t, err)
		require.Equal(t, answered, again)
	}
	require.Equal(t, []int{1, 1, 0}, []int{b.signed, b.done, b.lapsed})
	_, err = b.Answer(ctx, "usr_1", r.ID, text(sign(t, stranger, r.TypedData)))
	require.Equal(t, market.Invalid, market.CodeOf(err), "a wrong signature stays wrong")

	b.now = b.now.Add(2 * time.Hour)
	_, err = b.Answer(ctx, "usr_1", r.ID, text(good))
	require.NoError(t, err, "an answer is repeated after its request would have expired")
	next, err := b.Lapse(ctx, r.ID)
	require.NoError(t, err)
	require.True(t, next.Done)
	_, err = b.Get(ctx, "usr_1", r.ID)
	require.Equal(t, market.NotFound, market.CodeOf(err))
	require.Zero(t, b.lapsed, "what was signed does not lapse")
}

// A request that nobody answers in time is refused then and taken back.
func TestLapse(t *testing.T) {
	t.Parallel()
	b, ctx := newBench(t), context.Background()
	r := b.ask(t, time.Hour)
	good := text(sign(t, b.key, r.TypedData))
	due := func() (at time.Time) {
		require.NoError(t, b.store.View(ctx, func(tx *records.Tx) error {
			k, err := tx.Task(task.LapseSignature, string(r.ID))
			at = k.Due
			return err
		}))
		return at
	}
	require.Equal(t, r.ExpiresAt, due())
	next, err := b.Lapse(ctx, r.ID)
	require.NoError(t, err)
	require.Equal(t, time.Hour, next.After, "it is too early")
	b.now = r.ExpiresAt
	_, err = b.Answer(ctx, "usr_1", r.ID, good)
	require.Equal(t, market.Invalid, market.CodeOf(err))
	require.ErrorContains(t, err, "expired")
	_, total, err := b.List(ctx, "usr_1", 10, 0)
	require.NoError(t, err)
	require.Zero(t, total)
	b.restart(t)
	next, err = b.Lapse(ctx, r.ID)
	require.NoError(t, err)
	require.True(t, next.Done)
	require.Equal(t, []int{0, 1, 1}, []int{b.signed, b.lapsed, b.done})
	_, err = b.Answer(ctx, "usr_1", r.ID, good)
	require.Equal(t, market.NotFound, market.CodeOf(err))
	next, err = b.Lapse(ctx, r.ID)
	require.NoError(t, err)
	require.True(t, next.Done, "a task that runs twice does nothing")
	require.Equal(t, 1, b.lapsed)
}

// What nothing waits for any more is gone at once, with its task.
func TestDrop(t *testing.T) {
	t.Parallel()
	b, ctx := newBench(t), context.Background()
	r := b.ask(t, time.Hour)
	drop := func(id market.SignatureID) {
		require.NoError(t, b.store.Update(ctx, func(tx *records.Tx) error { return signature.Drop(tx, id) }))
	}
	drop("")
	drop("sig_unknown")
	drop(r.ID)
	_, err := b.Answer(ctx, "usr_1", r.ID, text(sign(t, b.key, r.TypedData)))
	require.Equal(t, market.NotFound, market.CodeOf(err))
	err = b.store.View(ctx, func(tx *records.Tx) error { _, err := tx.Task(task.LapseSignature, string(r.ID)); return err })
	require.ErrorIs(t, err, market.ErrNotFound)

	kept := b.ask(t, time.Hour)
	_, err = b.Answer(ctx, "usr_1", kept.ID, text(sign(t, b.key, kept.TypedData)))
	require.NoError(t, err)
	drop(kept.ID)
	_, err = b.Get(ctx, "usr_1", kept.ID)
	require.NoError(t, err, "an answer can be repeated")
}

// A page holds what it is asked for, and the total counts all.
func TestList(t *testing.T) {
	t.Parallel()
	b, ctx := newBench(t), context.Background()
	var all []signature.Request
	for range 5 {
		all = append(all, b.ask(t, time.Hour))
		b.now = b.now.Add(time.Millisecond)
	}
	page, total, err := b.List(ctx, "usr_1", 2, 1)
	require.NoError(t, err)
	require.Equal(t, 5, total)
	require.Equal(t, all[1:3], page)
	page, total, err = b.List(ctx, "usr_2", 2, 0)
	require.NoError(t, err)
	require.Empty(t, page)
	require.Zero(t, total)
}
