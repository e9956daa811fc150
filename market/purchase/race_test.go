package purchase_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/account"
	"privd/market/content"
	"privd/market/listing"
	"privd/market/purchase"
	"privd/market/seal"
	"privd/market/task"
	"privd/storage/records"
)

const (
	callers = 20
	rounds  = 40
)

// atOnce lets many call at the same moment and counts how they fared by their
// error's reason; none is "".
func atOnce(do func(i int) error) map[string]int {
	errs := make([]error, callers)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	all.Wait()
	fared := map[string]int{}
	for _, err := range errs {
		reason := ""
		if err != nil {
			reason = err.Error()
		}
		fared[reason]++
	}
	return fared
}

// Twenty downloads at once are ten, and the count is exact; those refused do not
// move it, also while the machine saves the purchase.
func TestDownloadsAtOnce(t *testing.T) {
	t.Parallel()
	d := newDeck(t, purchase.Opened)
	d.Vault, d.Source = full{}, func([]string) content.Source { return nil }
	for round := range rounds {
		id := market.PurchaseID(fmt.Sprint("pur_r", round))
		require.NoError(t, d.records.Update(t.Context(), func(tx *records.Tx) error {
			p, err := tx.Purchase(d.id)
			require.NoError(t, err)
			p.ID, p.OnChain, p.AccessToken, p.ExpiresAt = id, market.Hash{1, byte(round)}, "dat_x", time.Unix(now+3600, 0)
			p.Stored, p.Noted = false, false // so that the machine has something to save
			return tx.PutPurchase(p)
		}))
		done := make(chan error, 1)
		go func() {
			_, err := d.Step(t.Context(), id, 0)
			done <- err
		}()
		fared := atOnce(func(int) error {
			_, err := d.Download(t.Context(), "usr_1", id, "dat_x")
			return err
		})
		require.Equal(t, map[string]int{"": purchase.MaxDownloads, "Download limit of 10 reached": callers - purchase.MaxDownloads}, fared)
		require.NoError(t, <-done)
		v, err := d.Get(t.Context(), "usr_1", id)
		require.NoError(t, err)
		require.Equal(t, purchase.MaxDownloads, v.Downloads)
		require.True(t, v.Stored)
		_, err = d.Download(t.Context(), "usr_1", id, "dat_x")
		require.ErrorIs(t, err, market.ErrDenied)
		_, err = d.Download(t.Context(), "usr_1", id, "dat_y")
		require.ErrorIs(t, err, market.ErrDenied)
	}
}

// Twenty purchases of a listing by one user at once are one, with one task and one
// price spoken for; twenty of different listings are as many as the balance pays for.
func TestPurchasesAtOnce(t *testing.T) {
	t.Parallel()
	d := newDeck(t, purchase.Revoked)
	d.chain.asked = func() {}
	d.Rules.Wait = time.Nanosecond
	store := func(do func(tx *records.Tx) error) { require.NoError(t, d.records.Update(t.Context(), do)) }
	offers := func(id market.ListingID, price uint64) listing.Offer {
		return listing.Offer{ID: id, Manifest: manifest(t),
			Order: seal.Order{Listing: seal.ListingHash(id), Price: market.Wei(price), Seller: market.Address{1}, Expiry: payBy}}
	}
	for round := range rounds {
		user := market.UserID(fmt.Sprint("usr_r", round))
		one := market.ListingID(fmt.Sprint("lst_r", round))
		store(func(tx *records.Tx) error {
			if err := tx.PutUser(account.User{ID: user, Wallet: market.Address{2, byte(round)}, Managed: true}); err != nil {
				return err
			}
			return tx.PutOffer(offers(one, 300))
		})
		fared := atOnce(func(i int) error {
			_, err := d.Buy(t.Context(), user, one, uint32(1+i), purchase.WalletEntry)
			return err
		})
		require.Equal(t, map[string]int{"": 1, "You already have active access": callers - 1}, fared)
		bought := owned(t, d, user)
		require.Len(t, bought, 1)
		require.NoError(t, d.records.View(t.Context(), func(tx *records.Tx) error {
			_, err := tx.Task(task.Buy, string(bought[0].ID))
			return err
		}))

		// 700 of 1000 are left: seven at 100.
		store(func(tx *records.Tx) error {
			for i := range callers {
				if err := tx.PutOffer(offers(market.ListingID(fmt.Sprintf("lst_r%d_%d", round, i)), 100)); err != nil {
					return err
				}
			}
			return nil
		})
		fared = atOnce(func(i int) error {
			_, err := d.Buy(t.Context(), user, market.ListingID(fmt.Sprintf("lst_r%d_%d", round, i)), 30, purchase.WalletEntry)
			return err
		})
		require.Equal(t, map[string]int{"": 7, "Insufficient PRIV balance": callers - 7}, fared)
		total := uint64(0)
		for _, p := range owned(t, d, user) {
			require.True(t, p.State.Pending())
			total += map[market.Amount]uint64{market.Wei(100): 100, market.Wei(300): 300}[p.Price()]
		}
		require.EqualValues(t, 1000, total)
	}
}

func owned(t *testing.T, d *deck, user market.UserID) (all []purchase.Purchase) {
	t.Helper()
	require.NoError(t, d.records.View(t.Context(), func(tx *records.Tx) error {
		return tx.PurchasesOf(user, func(p purchase.Purchase) bool {
			all = append(all, p)
			return true
		})
	}))
	return all
}
