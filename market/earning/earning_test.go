package earning_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/market"
	"privd/market/account"
	"privd/market/earning"
	"privd/storage/records"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newStore(t testing.TB, users ...account.User) *records.Store {
	t.Helper()
	store, err := records.Open(records.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	require.NoError(t, store.Update(t.Context(), func(tx *records.Tx) error {
		for i, u := range users {
			u.Wallet = market.Address{byte(i + 1)}
			if err := tx.PutUser(u); err != nil {
				return err
			}
		}
		return nil
	}))
	return store
}

// The sums kept beside the earnings are at any time what adding them all up gives,
// and each page is what filtering and sorting all of them gives.
func TestSumsAndPages(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		user := market.UserID(fmt.Sprint("usr_", round))
		held := map[market.EarningID]earning.Earning{}
		statuses := []earning.Status{earning.Pending, earning.Confirmed, earning.Claimed, earning.Cancelled}
		for range rapid.IntRange(0, 40).Draw(rt, "changes") {
			id := market.EarningID(fmt.Sprintf("earn_%d_%d", round, rapid.IntRange(0, 15).Draw(rt, "id")))
			e, known := held[id]
			if !known {
				e = earning.Earning{ID: id, User: user, Source: rapid.SampledFrom(earning.Sources()).Draw(rt, "source"), Reference: string(id),
					Amount: market.Wei(rapid.Uint64().Draw(rt, "amount")), CreatedAt: start.Add(time.Duration(rapid.IntRange(0, 3).Draw(rt, "age")) * time.Second)}
				if rapid.Bool().Draw(rt, "sold") {
					e.Sale = market.Hash{1}
				}
			}
			e.Status = rapid.SampledFrom(statuses).Draw(rt, "status")
			held[id] = e
			require.NoError(rt, store.Update(t.Context(), func(tx *records.Tx) error { return tx.PutEarning(e) }))
		}
		f := earning.Filter{Source: rapid.SampledFrom(append(earning.Sources(), "")).Draw(rt, "only source"),
			Status: rapid.SampledFrom([]earning.Status{"", earning.Pending, earning.Confirmed, earning.Claimed}).Draw(rt, "only status")}
		var want earning.Summary
		var matching []earning.Earning
		for _, e := range held {
			require.NoError(rt, want.Add(e))
			if e.Status != earning.Cancelled && (f.Source == "" || f.Source == e.Source) && (f.Status == "" || f.Status == e.Status) {
				matching = append(matching, e)
			}
		}
		slices.SortFunc(matching, func(a, b earning.Earning) int {
			if c := b.CreatedAt.Compare(a.CreatedAt); c != 0 {
				return c
			}
			return strings.Compare(string(a.ID), string(b.ID))
		})
		limit, offset := rapid.IntRange(1, 10).Draw(rt, "limit"), rapid.IntRange(0, 20).Draw(rt, "offset")
		page, err := earning.List(t.Context(), records.As[earning.Reader](store), user, f, limit, offset)
		require.NoError(rt, err)
		require.Equal(rt, want, page.Summary)
		require.Equal(rt, len(matching), page.Total)
		var cut []earning.Earning
		if offset < len(matching) {
			cut = matching[offset:min(offset+limit, len(matching))]
		}
		require.Equal(rt, cut, page.Earnings)

		var confirmed, oldest []earning.Earning
		for _, e := range held {
			if e.Status == earning.Confirmed {
				confirmed = append(confirmed, e)
			}
		}
		slices.SortFunc(confirmed, func(a, b earning.Earning) int {
			return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(string(a.ID), string(b.ID)))
		})
		require.NoError(rt, store.View(t.Context(), func(tx *records.Tx) (err error) { oldest, err = tx.OldestConfirmed(user, 100); return err }))
		require.Equal(rt, confirmed, oldest)

		total, err := page.Summary.Total()
		require.NoError(rt, err)
		var bySource, byStatus market.Amount
		for _, source := range earning.Sources() {
			sum, err := page.Summary.Sum(earning.Filter{Source: source})
			require.NoError(rt, err)
			bySource, err = bySource.Add(sum.Amount)
			require.NoError(rt, err)
		}
		for _, status := range statuses[:3] {
			sum, err := page.Summary.Sum(earning.Filter{Status: status})
			require.NoError(rt, err)
			byStatus, err = byStatus.Add(sum.Amount)
			require.NoError(rt, err)
		}
		require.Equal(rt, total, bySource)
		require.Equal(rt, total, byStatus)
	})
}

func newService(t *testing.T) (*earning.Service, *records.Store) {
	store := newStore(t, account.User{ID: "usr_a"}, account.User{ID: "usr_b"})
	return &earning.Service{Store: records.As[earning.ServiceTx](store), Clock: func() time.Time { return start }}, store
}

// A service's request happens once, however often it is sent.
func TestServiceBooksOnce(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	ctx := t.Context()
	r := earning.Request{User: "usr_a", Source: earning.Browsing, Amount: market.Wei(5), Description: "a day", Reference: "day-1", Status: earning.Pending}
	first, err := s.Book(ctx, r)
	require.NoError(t, err)
	require.True(t, first.ConfirmedAt.IsZero())
	again, err := s.Book(ctx, r)
	require.NoError(t, err)
	require.Equal(t, first, again)

	confirmed, err := s.Confirm(ctx, first.ID)
	require.NoError(t, err)
	require.Equal(t, earning.Confirmed, confirmed.Status)
	require.Equal(t, start, confirmed.ConfirmedAt)
	again, err = s.Confirm(ctx, first.ID)
	require.NoError(t, err)
	require.Equal(t, confirmed, again)
	again, err = s.Book(ctx, r)
	require.NoError(t, err)
	require.Equal(t, confirmed, again, "the same request as before the confirmation")

	for name, change := range map[string]func(*earning.Request){
		"user": func(r *earning.Request) { r.User = "usr_b" }, "amount": func(r *earning.Request) { r.Amount = market.Wei(6) },
		"description": func(r *earning.Request) { r.Description = "" }, "status": func(r *earning.Request) { r.Status = earning.Confirmed },
	} {
		other := r
		change(&other)
		_, err := s.Book(ctx, other)
		require.Equal(t, market.Conflict, market.CodeOf(err), name)
	}
	other := r
	other.Source = earning.Staking
	_, err = s.Book(ctx, other)
	require.NoError(t, err, "another source has references of its own")

	r.Reference = ""
	one, err := s.Book(ctx, r)
	require.NoError(t, err)
	two, err := s.Book(ctx, r)
	require.NoError(t, err)
	require.NotEqual(t, one.ID, two.ID, "nothing says that it is the same")
	require.NoError(t, store.View(ctx, func(tx *records.Tx) error {
		sums, err := tx.EarningSummary("usr_a")
		require.NoError(t, err)
		total, err := sums.Total()
		require.Equal(t, market.Wei(20), total)
		return err
	}))
}

// No service can take the place of what the node books, nor confirm it.
func TestServiceAndNode(t *testing.T) {
	t.Parallel()
	s, store := newService(t)
	ctx := t.Context()
	_, err := s.Book(ctx, earning.Request{User: "usr_b", Source: earning.DataSales, Amount: market.Wei(1), Reference: "contrib_1", Status: earning.Confirmed})
	require.NoError(t, err)
	var reward earning.Earning
	require.NoError(t, store.Update(ctx, func(tx *records.Tx) (err error) {
		reward, err = earning.BookReward(tx, earning.Earning{User: "usr_a", Source: earning.DataSales, Amount: market.Wei(7), Status: earning.Pending, Reference: "contrib_1"})
		return err
	}))
	require.Equal(t, market.UserID("usr_a"), reward.User)
	_, err = s.Confirm(ctx, reward.ID)
	require.Equal(t, market.Conflict, market.CodeOf(err))
	_, err = s.Confirm(ctx, "earn_unknown")
	require.Equal(t, market.NotFound, market.CodeOf(err))
}

func TestServiceRefusals(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	good := earning.Request{User: "usr_a", Source: earning.Browsing, Amount: market.Wei(5), Status: earning.Confirmed}
	more, err := earning.MaxAmount().Add(market.Wei(1))
	require.NoError(t, err)
	for field, change := range map[string]func(*earning.Request){
		"source": func(r *earning.Request) { r.Source = "mining" }, "status": func(r *earning.Request) { r.Status = earning.Claimed },
		"amount": func(r *earning.Request) { r.Amount = market.Amount{} }, "amount ": func(r *earning.Request) { r.Amount = more },
		"description": func(r *earning.Request) { r.Description = strings.Repeat("ü", 501) }, "description ": func(r *earning.Request) { r.Description = "a\x00b" },
		"reference_id": func(r *earning.Request) { r.Reference = strings.Repeat("r", 201) }, "reference_id ": func(r *earning.Request) { r.Reference = "\xff" },
	} {
		r := good
		change(&r)
		_, err := s.Book(context.Background(), r)
		var failed *market.Error
		require.ErrorAs(t, err, &failed, field)
		require.Equal(t, market.Invalid, failed.Code, field)
		require.Equal(t, strings.TrimSpace(field), failed.Field)
	}
	good.User = "usr_unknown"
	_, err = s.Book(context.Background(), good)
	require.Equal(t, market.NotFound, market.CodeOf(err))
	good.User, good.Description, good.Amount = "usr_a", strings.Repeat("ü", 500), earning.MaxAmount()
	_, err = s.Book(context.Background(), good)
	require.NoError(t, err)
}

// A referrer earns a tenth of the first reward of whom it referred, rounded down,
// and nothing of later ones.
func TestReferral(t *testing.T) {
	t.Parallel()
	store := newStore(t, account.User{ID: "usr_a"}, account.User{ID: "usr_b", Referrer: "usr_a"}, account.User{ID: "usr_c", Referrer: "usr_a"}, account.User{ID: "usr_d"})
	reward := func(user market.UserID, reference string, amount uint64) {
		require.NoError(t, store.Update(t.Context(), func(tx *records.Tx) error {
			_, err := earning.BookReward(tx, earning.Earning{User: user, Source: earning.DataSales, Amount: market.Wei(amount), Status: earning.Confirmed, Reference: reference, CreatedAt: start, ConfirmedAt: start})
			return err
		}))
	}
	reward("usr_b", "contrib_1", 109)
	reward("usr_b", "contrib_1", 109)
	reward("usr_b", "contrib_2", 1000)
	reward("usr_c", "contrib_3", 9)
	reward("usr_d", "contrib_4", 1000)
	page, err := earning.List(t.Context(), records.As[earning.Reader](store), "usr_a", earning.Filter{}, 10, 0)
	require.NoError(t, err)
	require.Len(t, page.Earnings, 1)
	e := page.Earnings[0]
	require.Equal(t, earning.Referral, e.Source)
	require.Equal(t, earning.Confirmed, e.Status)
	require.Equal(t, market.Wei(10), e.Amount)
	require.Equal(t, "usr_b", e.Reference)
}
