package claim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/account"
	"privd/market/claim"
	"privd/market/earning"
	"privd/market/sale"
	"privd/storage/records"
)

// longest books rewards with the longest texts that services may give them.
func (w *world) longest(u account.User, n int) {
	text := strings.Repeat("\U0001F4B0", 500)
	for from := 0; from < n; from += 100 {
		w.update(func(tx *records.Tx) error {
			for range min(100, n-from) {
				_, err := earning.Book(tx, earning.Earning{User: u.ID, Source: earning.Browsing, Amount: market.Wei(2), Status: earning.Confirmed,
					Description: text, Reference: fmt.Sprint(text[:4*190], w.reference()), CreatedAt: w.now})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	w.booked[u.ID] = plus(w.booked[u.ID], market.Wei(uint64(2*n)))
}

// A claim of earnings with long texts takes as many as one transaction holds, and
// leaves the others for the next. It fails and gives them back as well.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	alice, ctx := w.users[0], t.Context()
	w.chain.do(deposit(market.Wei(100_000)))
	w.longest(alice, 400)
	var ids []market.EarningID
	for offset := 0; offset < 400; offset += 100 {
		w.view(func(tx *records.Tx) {
			page, err := tx.EarningPage(alice.ID, earning.Filter{}, 100, offset)
			require.NoError(t, err)
			for _, e := range page {
				ids = append(ids, e.ID)
			}
		})
	}
	named, err := w.Cashier.Claim(ctx, alice.ID, claim.Request{Earnings: ids})
	require.NoError(t, err)
	require.NotEmpty(t, named.Skipped)
	require.Equal(t, claim.SkipFull, named.Skipped[0].Reason)
	require.Len(t, ids, len(named.Earnings)+len(named.Skipped))
	made, err := w.Cashier.Claim(ctx, alice.ID, claim.Request{All: true})
	require.NoError(t, err)
	require.NotZero(t, made.Left)
	w.chain.refuse = true
	for range 30 {
		w.goOn()
	}
	require.Equal(t, claim.Failed, w.get(named.ID).Status)
	require.Equal(t, claim.Failed, w.get(made.ID).Status)
	w.check()
	_, err = w.Cashier.Claim(ctx, alice.ID, claim.Request{Earnings: []market.EarningID{market.EarningID(strings.Repeat("x", 41))}})
	require.Equal(t, market.Invalid, market.CodeOf(err))
}

// Many users have as many large claims as they may: each look at them is one
// transaction, whether they wait for the fund, are paid, or are told of it.
func TestManyClaims(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	unknown := make([]market.EarningID, 0, claim.MaxEarnings)
	for i := range claim.MaxEarnings - 1 {
		unknown = append(unknown, market.EarningID(fmt.Sprintf("earn_%035d", i)))
	}
	for i := range 2 {
		u := account.User{ID: market.UserID(fmt.Sprint("usr_many", i)), Wallet: market.Address{0xA0, byte(i)}}
		w.update(func(tx *records.Tx) error { return tx.PutUser(u) })
		w.users = append(w.users, u)
		for range 20 {
			w.reward(u, earning.Browsing, earning.Confirmed, 2)
			ids := append(w.ids(u, earning.Confirmed), unknown...)
			_, err := w.Cashier.Claim(t.Context(), u.ID, claim.Request{Earnings: ids})
			require.NoError(t, err)
		}
		_, err := w.Cashier.Claim(t.Context(), u.ID, claim.Request{All: true})
		require.Equal(t, market.Limited, market.CodeOf(err))
	}
	for range 3 {
		w.goOn() // nothing is in the fund
	}
	debts, err := w.Debts(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, debts.Short)
	w.chain.do(deposit(market.Wei(1000)))
	w.drain()
	for _, u := range w.users[2:] {
		require.Equal(t, market.Wei(40), w.chain.state().got[u.Wallet])
	}
	w.check()
}

// A sale is refunded after it was claimed, by a reorganisation deeper than the node
// thought possible: its share leaves the claim, which goes on for the others, and
// fails when nothing is left. What the chain had paid already stays.
func TestLetGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	alice, ctx := w.users[0], t.Context()
	w.chain.do(deposit(market.Wei(1000)))
	gone, stays := w.sell(alice, 11), w.sell(alice, 5)
	w.settle(gone)
	w.settle(stays)
	w.goOn()
	letGo := func(s sale.Sale) (e earning.Earning) {
		w.update(func(tx *records.Tx) (err error) {
			e, err = tx.EarningByReference(earning.DataSales, s.Reference)
			require.NoError(t, err)
			e, err = w.LetGo(tx, e)
			return err
		})
		return e
	}
	cancel := func(e earning.Earning) {
		require.Equal(t, earning.Confirmed, e.Status)
		w.booked[alice.ID] = minus(w.booked[alice.ID], e.Amount)
		e.Status = earning.Cancelled
		w.update(func(tx *records.Tx) error { return tx.PutEarning(e) })
		w.check()
	}
	both, err := w.Cashier.Claim(ctx, alice.ID, claim.Request{All: true})
	require.NoError(t, err)
	cancel(letGo(gone))
	left := w.get(both.ID)
	require.Equal(t, market.Wei(5), left.Total)
	require.Equal(t, claim.SkipRefunded, left.Skipped[0].Reason)
	for range 6 {
		w.goOn()
	}
	require.Equal(t, claim.Completed, w.get(both.ID).Status)
	require.Equal(t, market.Wei(5), w.chain.state().got[alice.Wallet])
	require.Equal(t, earning.Claimed, letGo(stays).Status, "it is paid")

	last := w.sell(alice, 7)
	w.closeSale(last, earning.Confirmed) // and the settlement is gone
	alone, err := w.Cashier.Claim(ctx, alice.ID, claim.Request{All: true})
	require.NoError(t, err)
	cancel(letGo(last))
	require.Equal(t, claim.Failed, w.get(alone.ID).Status)
	require.Contains(t, w.get(alone.ID).Failure, "refunded")
}
