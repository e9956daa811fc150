package purchase_test

import (
	"context"
	"crypto/ecdsa"
	"encoding/hex"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/purchase"
	"privd/market/seal"
	"privd/market/signature"
	"privd/storage/records"
)

// till is a chain that notes the payments it was given.
type till struct {
	*chain
	paid []seal.Sig
}

func (c *till) Purchase(_ context.Context, _ string, _ seal.Sale, payment seal.Sig) error {
	c.paid = append(c.paid, payment)
	return nil
}

func (c *till) Outcome(context.Context, string) (outbox.Transaction, error) {
	if len(c.paid) == 0 {
		return outbox.Transaction{}, market.ErrNotFound
	}
	return outbox.Transaction{State: outbox.Queued}, nil
}

// asking is a deck whose purchase was sealed and asks the buyer's external wallet.
type asking struct {
	*deck
	till       *till
	key        *ecdsa.PrivateKey
	request    signature.Request
	signatures *signature.Service
}

func newAsking(t *testing.T) *asking {
	t.Helper()
	a := &asking{deck: newDeck(t, purchase.Paying)}
	a.till = &till{chain: a.chain}
	a.Chain = a.till
	var err error
	a.key, err = crypto.GenerateKey()
	require.NoError(t, err)
	wallet := crypto.PubkeyToAddress(a.key.PublicKey)
	require.NoError(t, a.records.Update(t.Context(), func(tx *records.Tx) error {
		p, err := tx.Purchase(a.id)
		require.NoError(t, err)
		p.Wallet, p.Sale.Terms.Buyer = wallet, wallet
		a.request = signature.New(p.Buyer, wallet, signature.Payment, string(p.ID), a.Domain.PaymentMessage(a.Token, *p.Sale),
			time.Unix(now, 0), time.Unix(payBy-60, 0))
		p.External, p.Request = true, a.request.ID
		require.NoError(t, signature.Ask(tx, a.request))
		return tx.PutPurchase(p)
	}))
	a.signatures = &signature.Service{
		Store: records.As[signature.Tx](a.records), Clock: func() time.Time { return time.Unix(now, 0) },
		Actions: map[signature.Kind]signature.Action{signature.Payment: {
			Signed: func(tx signature.Tx, r signature.Request, sig seal.Sig) (string, error) {
				return a.Signed(tx.(purchase.Tx), r, sig)
			},
			Done: a.SignedDone,
		}},
	}
	return a
}

func (a *asking) sign(t *testing.T) (seal.Sig, error) {
	t.Helper()
	rsv, err := crypto.Sign(a.request.Digest[:], a.key)
	require.NoError(t, err)
	sig, err := seal.Compact(rsv)
	require.NoError(t, err)
	_, err = a.signatures.Answer(t.Context(), "usr_1", a.request.ID, "0x"+hex.EncodeToString(rsv))
	return sig, err
}

// While the wallet is silent nothing is sent, and the purchase rests until its time
// is nearly over.
func TestAsksTheWallet(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	p, next := a.step(t)
	require.Equal(t, purchase.Paying, p.State)
	require.Equal(t, a.request.ID, p.Signs())
	require.Contains(t, p.Waiting(), "wallet's signature")
	require.Equal(t, 540*time.Second, next.After)
	require.Empty(t, a.till.paid)
	require.True(t, p.Blocks(time.Unix(now, 0)), "it is access under way")

	sig, err := a.sign(t)
	require.NoError(t, err)
	p, _ = a.step(t)
	require.Equal(t, purchase.Unconfirmed, p.State)
	require.Empty(t, p.Signs())
	a.step(t)
	require.Equal(t, []seal.Sig{sig}, a.till.paid, "once, and with what the wallet signed")
}

// An answer that comes when the payment can hardly be mined is refused.
func TestSignsTooLate(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	a.chain.head.Time = payBy - 60
	_, err := a.sign(t)
	require.Equal(t, market.Invalid, market.CodeOf(err))
	require.ErrorContains(t, err, "expired")
	r, err := a.signatures.Get(t.Context(), "usr_1", a.request.ID)
	require.NoError(t, err)
	require.Nil(t, r.Signature)
}

// A seal that runs out unsigned is asked for anew, but only once.
func TestUnsignedTwice(t *testing.T) {
	t.Parallel()
	for unsigned, want := range map[int]string{0: "the order expired", 1: "the wallet did not sign in time; nothing was paid"} {
		a := newAsking(t)
		require.NoError(t, a.records.Update(t.Context(), func(tx *records.Tx) error {
			p, err := tx.Purchase(a.id)
			require.NoError(t, err)
			p.Unsigned = unsigned
			// Where it would be sealed again, the order has run out: the seller of this test
			// seals nothing.
			p.Order.Expiry = payBy - 61
			return tx.PutPurchase(p)
		}))
		a.chain.head.Time = payBy - 60
		p, next := a.step(t)
		require.Equal(t, purchase.Failed, p.State)
		require.Contains(t, p.Reason, want)
		require.Equal(t, unsigned+1, p.Unsigned)
		require.True(t, next.Done)
		require.Empty(t, a.till.paid)
		_, err := a.sign(t)
		require.Equal(t, market.NotFound, market.CodeOf(err), "nothing waits for it any more")
		if unsigned == 0 {
			require.Contains(t, p.Steps[len(p.Steps)-2].What, "ran out")
		}
	}
}

// A node that was away from the signature until the time was over does not send it,
// and does not hold it against the wallet.
func TestSignedAndAway(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	_, err := a.sign(t)
	require.NoError(t, err)
	require.NoError(t, a.records.Update(t.Context(), func(tx *records.Tx) error {
		p, err := tx.Purchase(a.id)
		require.NoError(t, err)
		p.Order.Expiry = payBy - 1
		return tx.PutPurchase(p)
	}))
	a.chain.head.Time = payBy
	p, _ := a.step(t)
	require.Zero(t, p.Unsigned)
	require.Nil(t, p.Payment)
	require.Empty(t, a.till.paid)
	require.Contains(t, p.Steps[len(p.Steps)-2].What, "ran out")
}

// A payment that the wallet sent by itself, past this node, is a payment.
func TestPaidPastTheNode(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	a.at(t, deal.Event{Kind: deal.Purchased, Block: 10, BlockTime: now, Purchase: a.bought.Purchase, Price: market.Wei(100), Deadline: now + 86400})
	p, _ := a.step(t)
	require.Equal(t, purchase.Opening, p.State)
	_, err := a.signatures.Get(t.Context(), "usr_1", a.request.ID)
	require.Equal(t, market.NotFound, market.CodeOf(err), "it is not asked for any more")
}
