package sale_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/outbox"
	"privd/market/sale"
)

// A price below the operator's minimum is not sealed for, and nothing is while the
// minimum is not known.
func TestBelowMinimum(t *testing.T) {
	t.Parallel()
	s := newShop(t, 24*time.Hour)
	buyer, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	recipient := buyer.Recipient().String()
	g := newGoods(s.deal.Delegate, uint64(s.now.Unix()), 86400)
	g.terms.Recipient = market.Hash(sha256.Sum256([]byte(recipient)))
	s.Sealer, s.Signer = g.order.Sealer, pen(s.sign)
	ask := func() error {
		_, err := s.Seal(t.Context(), delivery.SealRequest{Order: g.order, Terms: g.terms, Recipient: recipient})
		return err
	}
	require.NoError(t, ask())
	least, failing := market.Wei(101), error(nil)
	s.Minimum = func(context.Context) (market.Amount, error) { return least, failing }
	require.Equal(t, delivery.BelowMinimum, delivery.RefusalOf(ask()).Code)
	least = market.Wei(100)
	require.NoError(t, ask())
	failing = market.ErrUnavailable
	require.Equal(t, delivery.Busy, delivery.RefusalOf(ask()).Code)
}

// Somebody who has the sealer's key sells garbage under it: the operator is told once,
// the opener is refused though its lock is the node's own, no receipt is taken, and
// nothing is sent.
func TestForeignSeal(t *testing.T) {
	t.Parallel()
	s := newShop(t, 24*time.Hour)
	var alarms []string
	s.Alarmed = func(_ market.Hash, what string) { alarms = append(alarms, what) }
	forged := s.deal
	forged.Purchase, forged.Block = market.Hash{9}, 3
	forged.Delivery.SealedHash = market.Hash{9}
	require.NoError(t, s.book.Apply(t.Context(), deal.Mark{Number: 3}, []deal.Event{forged}))
	s.chain.head.Number = 3
	s.deal = forged
	for range 2 {
		s.deliver(t)
	}
	require.Len(t, alarms, 1)
	_, err := s.Opener(t.Context(), delivery.OpenerRequest{Purchase: forged.Purchase, Signature: s.sign(s.Domain.OpenerRequest(forged.Purchase))})
	require.Equal(t, delivery.UnknownOrder, delivery.RefusalOf(err).Code)
	err = s.Note(t.Context(), delivery.Receipt{Purchase: forged.Purchase, OpenedAt: forged.BlockTime, Signature: s.sign(s.Domain.Receipt(forged.Purchase, forged.BlockTime))})
	require.Equal(t, delivery.UnknownOrder, delivery.RefusalOf(err).Code)
	s.chain.head.Time += 20 * 3600
	s.deliver(t)
	require.Empty(t, s.chain.sent)
}

// The price of an opener that left is still owed when a reorganisation takes the
// payment back: the buyer's own call is made again, once for each loss, and not
// before the chain had time to bring it back by itself.
func TestPaymentIsRepeated(t *testing.T) {
	t.Parallel()
	s := newShop(t, 24*time.Hour)
	_, err := s.Opener(t.Context(), delivery.OpenerRequest{Purchase: s.deal.Purchase, Signature: s.sign(s.Domain.OpenerRequest(s.deal.Purchase))})
	require.NoError(t, err)
	s.deliver(t)
	require.Equal(t, []byte("paid"), s.held(t).Payment)
	require.NoError(t, s.book.Rewind(t.Context(), deal.Mark{Number: 1}))
	s.deliver(t)
	require.Empty(t, s.chain.sent)
	s.now = s.now.Add(time.Minute)
	s.deliver(t)
	s.deliver(t)
	require.Len(t, s.chain.sent, 1)
	s.buy(t)
	s.deliver(t)
	require.Equal(t, sale.HandedOut, s.held(t).State)
	require.Len(t, s.chain.sent, 1)
}

// A payment that nothing was given for is not this node's to repeat.
func TestPaymentIsNotRepeated(t *testing.T) {
	t.Parallel()
	s := newShop(t, 24*time.Hour)
	s.deliver(t)
	require.NoError(t, s.book.Rewind(t.Context(), deal.Mark{Number: 1}))
	s.now = s.now.Add(time.Minute)
	s.deliver(t)
	require.Empty(t, s.chain.sent)
}

// The process dies between saving that the opener is published and publishing it;
// later the contract refuses, and it is tried under another key, but not at once again.
func TestRevealIsTriedAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t, 24*time.Hour)
	s.chain.head.Time += 12 * 3600
	s.chain.failing = errors.New("the process dies here")
	_, err := s.Deliver(t.Context(), s.deal.Purchase)
	require.Error(t, err)
	first := s.held(t).RevealAs
	require.NotEmpty(t, first)
	s.chain.failing = nil
	s.deliver(t)
	require.Len(t, s.chain.sent, 1)
	require.Contains(t, s.chain.sent, first)

	refuse := func(key string) {
		s.chain.sent[key] = outbox.Transaction{Key: key, State: outbox.Failed, Final: true, Message: "WrongStatus"}
	}
	refuse(first)
	s.deliver(t)
	second := s.held(t).RevealAs
	require.NotEqual(t, first, second)
	refuse(second)
	s.deliver(t)
	require.Equal(t, second, s.held(t).RevealAs, "not at once")
	s.now = s.now.Add(time.Minute)
	s.deliver(t)
	require.NotEqual(t, second, s.held(t).RevealAs)
	require.Len(t, s.chain.sent, 3)
}

// A buyer who proves a key of this node wrong is an alarm, and so is a price that went
// back after the opener left.
func TestAlarms(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ disputed, left bool }{"disputed": {true, true}, "lost": {false, true}, "nothing lost": {false, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, 24*time.Hour)
			told := 0
			s.Alarmed = func(market.Hash, string) { told++ }
			if c.left {
				_, err := s.Opener(t.Context(), delivery.OpenerRequest{Purchase: s.deal.Purchase, Signature: s.sign(s.Domain.OpenerRequest(s.deal.Purchase))})
				require.NoError(t, err)
			}
			end := deal.Event{Kind: deal.Refunded, Block: 3, Purchase: s.deal.Purchase, Amount: market.Wei(100), Disputed: c.disputed}
			require.NoError(t, s.book.Apply(t.Context(), deal.Mark{Number: 3}, []deal.Event{end}))
			s.chain.head.Number = 3
			s.deliver(t)
			s.deliver(t)
			held := s.held(t)
			require.True(t, held.Closed)
			require.Equal(t, c.left, held.Alarm != "")
			require.Equal(t, map[bool]int{true: 1, false: 0}[c.left], told)
		})
	}
}

// Sales are shown to who sold, by the id on chain and by the reference of the
// earning, and to nobody else.
func TestViews(t *testing.T) {
	t.Parallel()
	s := newShop(t, 24*time.Hour)
	s.deliver(t)
	page, total, err := s.List(t.Context(), "usr_1", 10, 0)
	require.NoError(t, err)
	require.Equal(t, 1, total)
	require.Equal(t, sale.Ready, page[0].State)
	require.Equal(t, "the buyer may ask for the opener", page[0].Why)
	require.Equal(t, market.Wei(95), page[0].Share)
	require.Equal(t, s.now.Add(12*time.Hour).UTC(), page[0].Windows.LastCall)
	for _, id := range []string{s.deal.Purchase.String(), s.deal.Purchase.Hex(), page[0].Reference} {
		v, err := s.Get(t.Context(), "usr_1", id)
		require.NoError(t, err, id)
		require.Equal(t, page[0], v)
	}
	for user, id := range map[market.UserID]string{"usr_2": page[0].Reference, "usr_1": "purchase_nothing"} {
		_, err := s.Get(t.Context(), user, id)
		require.Equal(t, market.NotFound, market.CodeOf(err))
	}
	page, total, err = s.List(t.Context(), "usr_1", 10, 1)
	require.NoError(t, err)
	require.Empty(t, page)
	require.Equal(t, 1, total)
	due, err := s.Due(t.Context())
	require.NoError(t, err)
	require.Equal(t, sale.Due{Open: 1, Before: s.now.Add(12 * time.Hour).UTC()}, due)
}

// held returns the sale as it is saved.
func (s *shop) held(t *testing.T) (held sale.Sale) {
	t.Helper()
	require.NoError(t, s.store.View(t.Context(), func(tx sale.Tx) (err error) { held, err = tx.Sale(s.deal.Purchase); return err }))
	return held
}
