package claim_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/account"
	"privd/market/claim"
	"privd/market/earning"
	"privd/storage/records"
)

// ids lists a user's earnings of a status, oldest first.
func (w *world) ids(u account.User, status earning.Status) (ids []market.EarningID) {
	w.view(func(tx *records.Tx) {
		page, err := tx.EarningPage(u.ID, earning.Filter{Status: status}, 100, 0)
		require.NoError(w.t, err)
		for _, e := range page {
			ids = append(ids, e.ID)
		}
	})
	return ids
}

func (w *world) get(id market.ClaimID) claim.Claim {
	v, err := w.Get(context.Background(), account.Caller{Service: true}, id)
	require.NoError(w.t, err)
	return v.Claim
}

// Only what is the user's own and confirmed is claimed; of the rest nobody learns
// whose it is.
func TestSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	alice, bob, ctx := w.users[0], w.users[1], t.Context()
	w.reward(alice, earning.Labeling, earning.Confirmed, 5)
	w.reward(alice, earning.Browsing, earning.Pending, 7)
	w.reward(bob, earning.Labeling, earning.Confirmed, 9)
	mine, pending, theirs := w.ids(alice, earning.Confirmed)[0], w.ids(alice, earning.Pending)[0], w.ids(bob, earning.Confirmed)[0]

	_, err := w.Cashier.Claim(ctx, alice.ID, claim.Request{})
	require.Equal(t, "Either earning_ids or claim_all: true must be provided", err.Error())
	for _, none := range [][]market.EarningID{{pending}, {theirs}, {"earn_unknown"}, {pending, theirs}} {
		_, err := w.Cashier.Claim(ctx, alice.ID, claim.Request{Earnings: none})
		require.Equal(t, market.Invalid, market.CodeOf(err))
	}
	made, err := w.Cashier.Claim(ctx, alice.ID, claim.Request{Earnings: []market.EarningID{theirs, mine, pending, mine, "earn_unknown"}})
	require.NoError(t, err)
	require.Equal(t, []market.EarningID{mine}, made.Earnings)
	require.Equal(t, market.Wei(5), made.Total)
	require.Equal(t, []claim.Skipped{{Earning: theirs, Reason: claim.SkipNotFound}, {Earning: pending, Reason: claim.SkipPending}, {Earning: "earn_unknown", Reason: claim.SkipNotFound}}, made.Skipped)
	again, err := w.Cashier.Claim(ctx, alice.ID, claim.Request{Earnings: []market.EarningID{mine}})
	require.Equal(t, market.Invalid, market.CodeOf(err), again.ID)
	require.Contains(t, err.Error(), "claimed")
	_, err = w.Get(ctx, account.Caller{User: bob.ID}, made.ID)
	require.Equal(t, market.NotFound, market.CodeOf(err))
}

// A claim takes at most so many earnings, oldest first; the others are for the next.
func TestManyEarnings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	alice := w.users[0]
	w.update(func(tx *records.Tx) error {
		for range claim.MaxEarnings + 10 {
			if _, err := earning.Book(tx, earning.Earning{User: alice.ID, Source: earning.Browsing, Amount: market.Wei(2), Status: earning.Confirmed, Reference: w.reference(), CreatedAt: w.now}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, want := range []claim.Made{{Left: 10}, {Left: 0}} {
		made, err := w.Cashier.Claim(t.Context(), alice.ID, claim.Request{All: true})
		require.NoError(t, err)
		require.Equal(t, want.Left, made.Left)
	}
	w.booked[alice.ID] = market.Wei(2 * (claim.MaxEarnings + 10))
	w.settleUp()
}

// 1. The contract refuses a payout again and again: the claim fails, and its earnings
// can be claimed again.
// 2. They are, and then paid: once.
func TestRefusedPayout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	alice := w.users[0]
	w.chain.do(deposit(market.Wei(1000)))
	w.reward(alice, earning.Labeling, earning.Confirmed, 5)
	made, err := w.Cashier.Claim(t.Context(), alice.ID, claim.Request{All: true})
	require.NoError(t, err)
	w.chain.refuse = true
	for range 30 {
		w.goOn()
	}
	failed := w.get(made.ID)
	require.Equal(t, claim.Failed, failed.Status)
	require.Contains(t, failed.Failure, "can be claimed again")
	require.Len(t, w.ids(alice, earning.Confirmed), 1)
	w.settleUp()
	require.Equal(t, market.Wei(5), w.chain.state().got[alice.Wallet])
	require.Equal(t, claim.Failed, w.get(made.ID).Status)
}

// The operator's part fails while the sale's is paid: the claim is completed with
// what it paid, and the rest goes back.
func TestHalfRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	alice := w.users[0]
	w.chain.do(deposit(market.Wei(1000)))
	w.settle(w.sell(alice, 11))
	w.goOn()
	w.reward(alice, earning.Labeling, earning.Confirmed, 5)
	made, err := w.Cashier.Claim(t.Context(), alice.ID, claim.Request{All: true})
	require.NoError(t, err)
	require.Equal(t, market.Wei(16), made.Total)
	for w.get(made.ID).Sales.Paid != true {
		w.goOnWithout("payout/")
	}
	w.chain.refuse = true
	for range 30 {
		w.goOn()
	}
	done := w.get(made.ID)
	require.Equal(t, claim.Completed, done.Status)
	require.Equal(t, market.Wei(11), done.Total)
	require.Len(t, done.Earnings, 1)
	require.Equal(t, claim.SkipFailed, done.Skipped[0].Reason)
	w.check()
	w.settleUp()
}

// The fund is too small: the claim says so, waits, and is paid once there is more.
// A smaller one of somebody else is not held up.
func TestShortFund(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	alice, bob := w.users[0], w.users[1]
	w.chain.do(deposit(market.Wei(10)))
	w.follow()
	w.reward(alice, earning.Labeling, earning.Confirmed, 50)
	w.reward(bob, earning.Labeling, earning.Confirmed, 10)
	large, err := w.Cashier.Claim(t.Context(), alice.ID, claim.Request{All: true})
	require.NoError(t, err)
	small, err := w.Cashier.Claim(t.Context(), bob.ID, claim.Request{All: true})
	require.NoError(t, err)
	for range 6 {
		w.goOn()
	}
	require.Equal(t, claim.Completed, w.get(small.ID).Status)
	waiting := w.get(large.ID)
	require.Equal(t, claim.Pending, waiting.Status)
	why, retryAt := waiting.Waiting()
	require.Contains(t, why, "reward fund")
	require.True(t, retryAt.After(w.now))
	debts, err := w.Debts(t.Context())
	require.NoError(t, err)
	require.Equal(t, claim.Debts{Due: market.Wei(50), Short: 1}, debts)
	w.chain.do(deposit(market.Wei(50)))
	for range 6 {
		w.goOn()
	}
	require.Equal(t, claim.Completed, w.get(large.ID).Status)
}
