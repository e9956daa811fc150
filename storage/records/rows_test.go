package records

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/account"
	"privd/market/catalog"
	"privd/market/content"
	"privd/market/contribution"
	"privd/market/deal"
	"privd/market/earning"
	"privd/market/ledger"
	"privd/market/listing"
	"privd/market/outbox"
	"privd/market/purchase"
	"privd/market/sale"
	"privd/market/seal"
)

func at(second int) time.Time { return time.Date(2025, 1, 1, 0, 0, second, 0, time.UTC) }

func TestUsers(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	alice := account.User{ID: "usr_a", Name: "alice", Wallet: market.Address{1}, CreatedAt: at(2)}
	bob := account.User{ID: "usr_b", Wallet: market.Address{2}, CreatedAt: at(1)}
	nameless := account.User{ID: "usr_c", Wallet: market.Address{3}, CreatedAt: at(3)}
	update1(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutUser(alice), tx.PutUser(bob), tx.PutUser(nameless))
	})
	for _, thief := range []account.User{
		{ID: "usr_d", Name: "alice", Wallet: market.Address{4}},
		{ID: "usr_d", Name: "dave", Wallet: market.Address{1}},
	} {
		err := s.Update(context.Background(), func(tx *Tx) error { return tx.PutUser(thief) })
		require.ErrorIs(t, err, market.ErrConflict)
	}
	alice.Name = "alicia"
	update1(t, s, func(tx *Tx) error { return tx.PutUser(alice) })
	view(t, s, func(tx *Tx) {
		_, err := tx.UserByName("alice")
		require.ErrorIs(t, err, market.ErrNotFound, "the old name is free again")
		got, err := tx.UserByName("alicia")
		require.NoError(t, err)
		require.Equal(t, alice, got)
		got, err = tx.UserByWallet(market.Address{2})
		require.NoError(t, err)
		require.Equal(t, bob, got)
		all, err := tx.Users()
		require.NoError(t, err)
		require.Equal(t, []account.User{bob, alice, nameless}, all)
		_, err = tx.UserByName("")
		require.ErrorIs(t, err, market.ErrNotFound)
	})
}

func TestKeysAndNonces(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	one := account.Key{ID: "key_1", User: "usr_a", Hash: market.Hash{1}, CreatedAt: at(2)}
	two := account.Key{ID: "key_2", User: "usr_a", Hash: market.Hash{2}, CreatedAt: at(1)}
	other := account.Key{ID: "key_3", User: "usr_ab", Hash: market.Hash{3}}
	old, fresh := account.Nonce{Value: "n1", ExpiresAt: at(1)}, account.Nonce{Value: "n2", ExpiresAt: at(9)}
	update1(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutKey(one), tx.PutKey(two), tx.PutKey(other), tx.PutNonce(old), tx.PutNonce(fresh))
	})
	update1(t, s, func(tx *Tx) error {
		keys, err := tx.KeysOf("usr_a")
		require.NoError(t, err)
		require.Equal(t, []account.Key{two, one}, keys)
		got, err := tx.KeyByHash(market.Hash{3})
		require.NoError(t, err)
		require.Equal(t, other, got)
		require.NoError(t, tx.DropNonces(at(5), 10))
		_, err = tx.TakeNonce("n1")
		require.ErrorIs(t, err, market.ErrNotFound)
		n, err := tx.TakeNonce("n2")
		require.NoError(t, err)
		require.Equal(t, fresh, n)
		_, err = tx.TakeNonce("n2")
		require.ErrorIs(t, err, market.ErrNotFound, "a nonce works once")
		for i := range 5 {
			require.NoError(t, tx.PutNonce(account.Nonce{Value: fmt.Sprint("m", i), ExpiresAt: at(20 - i)}))
		}
		require.NoError(t, tx.DropNonces(at(5), 2))
		for i := range 5 {
			_, err = tx.TakeNonce(fmt.Sprint("m", i))
			require.Equal(t, i > 1, errors.Is(err, market.ErrNotFound), "the two that live longest stay")
		}
		return nil
	})
}

func TestContributionsAndEarnings(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const n = 2*pageSize + 10
	update1(t, s, func(tx *Tx) error {
		for i := range n {
			c := contribution.Contribution{ID: market.ContributionID(fmt.Sprintf("contrib_%d", i)), User: "usr_a", FileHash: market.Hash{byte(i), byte(i >> 8), 1}, CreatedAt: at(i)}
			if err := tx.PutContribution(c); err != nil {
				return err
			}
		}
		return tx.PutEarning(earning.Earning{ID: "earn_1", User: "usr_a", Source: earning.DataSales, Reference: "r"})
	})
	view(t, s, func(tx *Tx) {
		var got []market.ContributionID
		require.NoError(t, tx.ContributionsOf("usr_a", func(c contribution.Contribution) bool {
			got = append(got, c.ID)
			return len(got) < n-1
		}))
		require.Len(t, got, n-1)
		require.EqualValues(t, fmt.Sprintf("contrib_%d", n-1), got[0], "newest first")
		require.EqualValues(t, "contrib_1", got[n-2])
		id, err := tx.ContributionByHash("usr_a", market.Hash{3, 0, 1})
		require.NoError(t, err)
		require.EqualValues(t, "contrib_3", id)
		_, err = tx.ContributionByHash("usr_b", market.Hash{3, 0, 1})
		require.ErrorIs(t, err, market.ErrNotFound)
		e, err := tx.EarningByReference(earning.DataSales, "r")
		require.NoError(t, err)
		require.EqualValues(t, "earn_1", e.ID)
		_, err = tx.EarningByReference(earning.Labeling, "r")
		require.ErrorIs(t, err, market.ErrNotFound)
	})
}

func TestOffers(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	offer := func(i byte, expiry uint64) listing.Offer {
		return listing.Offer{ID: market.ListingID(fmt.Sprint("listing_", i)), Order: seal.Order{Listing: market.Hash{i}, Expiry: expiry}, Manifest: []byte{0xa0}}
	}
	update1(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutOffer(offer(3, 10)), tx.PutOffer(offer(1, 30)), tx.PutOffer(offer(2, 20)))
	})
	ids := func(tx *Tx, after market.Hash) (ids []string) {
		require.NoError(t, tx.OffersAfter(after, func(o listing.Offer) bool { ids = append(ids, string(o.ID)); return true }))
		return ids
	}
	view(t, s, func(tx *Tx) {
		require.Equal(t, []string{"listing_1", "listing_2", "listing_3"}, ids(tx, market.Hash{}))
		require.Equal(t, []string{"listing_2", "listing_3"}, ids(tx, market.Hash{1}))
		require.Empty(t, ids(tx, market.Hash{3}))
		for before, want := range map[uint64]int{0: 0, 10: 0, 11: 1, 20: 1, 21: 2, 1 << 63: 3} {
			expired, err := tx.OffersExpired(before, 100)
			require.NoError(t, err)
			require.Len(t, expired, want, "before %d", before)
		}
		expired, err := tx.OffersExpired(100, 2)
		require.NoError(t, err)
		require.Equal(t, []market.ListingID{"listing_3", "listing_2"}, expired)
		cards := 0
		require.NoError(t, tx.Cards(func(catalog.Card) bool { cards++; return true }))
		require.Equal(t, 3, cards)
		o, err := tx.OfferByHash(market.Hash{2})
		require.NoError(t, err)
		require.Equal(t, offer(2, 20), o)
	})
	update1(t, s, func(tx *Tx) error { return errors.Join(tx.DeleteOffer("listing_2"), tx.PutOffer(offer(3, 40))) })
	view(t, s, func(tx *Tx) {
		_, err := tx.Card("listing_2")
		require.ErrorIs(t, err, market.ErrNotFound)
		card, err := tx.Card("listing_3")
		require.NoError(t, err)
		require.Contains(t, string(card), "listing_3")
		require.Equal(t, []string{"listing_1", "listing_3"}, ids(tx, market.Hash{}))
		expired, err := tx.OffersExpired(35, 100)
		require.NoError(t, err)
		require.Equal(t, []market.ListingID{"listing_1"}, expired, "a renewed offer is found at its new expiry only")
		_, err = tx.OfferByHash(market.Hash{2})
		require.ErrorIs(t, err, market.ErrNotFound)
	})
}

func TestListingsAndWanted(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	l := listing.Listing{ID: "listing_1", Owner: "usr_a", CreatedAt: at(1)}
	w := listing.Withdrawal{Seller: market.Address{1}, Listing: market.Hash{2}, Version: 3}
	want := listing.Wanted{Announcement: listing.Announcement{Order: seal.Order{Listing: market.Hash{7}}}, Peers: []string{"b"}}
	other := want
	other.Announcement.Order.Seller = market.Address{8}
	update1(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutListing(l), tx.PutListing(listing.Listing{ID: "listing_2", Owner: "usr_a", CreatedAt: at(2)}),
			tx.PutWithdrawal(w), tx.PutWanted(want), tx.PutWanted(other), tx.PutWanted(listing.Wanted{}))
	})
	update1(t, s, func(tx *Tx) error {
		got, err := tx.ListingByHash(seal.ListingHash("listing_1"))
		require.NoError(t, err)
		require.Equal(t, l, got)
		mine, err := tx.ListingsOf("usr_a")
		require.NoError(t, err)
		require.Len(t, mine, 2)
		require.Equal(t, l, mine[1])
		gotW, err := tx.Withdrawal(w.Listing)
		require.NoError(t, err)
		require.Equal(t, w, gotW)
		n, err := tx.CountWanted(10)
		require.NoError(t, err)
		require.Equal(t, 3, n)
		n, err = tx.CountWanted(1)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		n, err = tx.CountWantedOf("b", 10)
		require.NoError(t, err)
		require.Equal(t, 2, n)
		require.NoError(t, tx.DeleteWanted(want.ID()))
		_, err = tx.Wanted(want.ID())
		require.ErrorIs(t, err, market.ErrNotFound)
		_, err = tx.Wanted(other.ID())
		require.NoError(t, err)
		n, err = tx.CountWantedOf("b", 10)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		n, err = tx.CountWantedOf("", 10)
		require.NoError(t, err)
		require.Zero(t, n)
		return nil
	})
}

func TestPurchasesAndSales(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	update1(t, s, func(tx *Tx) error {
		for i, id := range []market.PurchaseID{"purchase_1", "purchase_2", "purchase_3"} {
			p := purchase.Purchase{ID: id, Buyer: "usr_a", Listing: "listing_1", CreatedAt: at(i)}
			if i == 2 {
				p.Listing, p.OnChain = "listing_2", market.Hash{9}
			}
			if err := tx.PutPurchase(p); err != nil {
				return err
			}
			if err := tx.PutSale(sale.Sale{Purchase: market.Hash{byte(i)}, CreatedAt: at(10 - i), Closed: i == 1}); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, s, func(tx *Tx) {
		last, err := tx.LastPurchase("usr_a", "listing_1")
		require.NoError(t, err)
		require.EqualValues(t, "purchase_2", last.ID)
		_, err = tx.LastPurchase("usr_a", "listing_3")
		require.ErrorIs(t, err, market.ErrNotFound)
		id, err := tx.PurchaseIDOf(market.Hash{9})
		require.NoError(t, err)
		require.EqualValues(t, "purchase_3", id)
		_, err = tx.PurchaseOnChain(market.Hash{})
		require.ErrorIs(t, err, market.ErrNotFound)
		open, err := tx.OpenSales(10)
		require.NoError(t, err)
		require.Len(t, open, 2)
		require.Equal(t, market.Hash{2}, open[0].Purchase, "oldest first")
		open, err = tx.OpenSales(1)
		require.NoError(t, err)
		require.Len(t, open, 1)
	})
}

func TestLedger(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	event := func(block, index uint64, p byte) deal.Event {
		return deal.Event{Kind: deal.Purchased, Block: block, LogIndex: index, Purchase: market.Hash{p}}
	}
	update1(t, s, func(tx *Tx) error {
		return errors.Join(
			tx.PutEvent(event(300, 0, 1)), tx.PutEvent(event(2, 10, 1)), tx.PutEvent(event(2, 9, 2)), tx.PutEvent(event(5, 0, 0)),
			tx.PutMark(deal.Mark{Number: 256}), tx.PutMark(deal.Mark{Number: 1}), tx.PutMark(deal.Mark{Number: 70000}),
			tx.PutListingStats(market.Hash{1}, ledger.Stats{Sold: 2, Refunded: 1}))
	})
	view(t, s, func(tx *Tx) {
		of, err := tx.EventsOf(market.Hash{1})
		require.NoError(t, err)
		require.Equal(t, []deal.Event{event(2, 10, 1), event(300, 0, 1)}, of)
		above, err := tx.EventsAbove(2)
		require.NoError(t, err)
		require.Equal(t, []deal.Event{event(5, 0, 0), event(300, 0, 1)}, above)
		all, err := tx.EventsAbove(0)
		require.NoError(t, err)
		require.Len(t, all, 4)
		none, err := tx.EventsAbove(1<<64 - 1)
		require.NoError(t, err)
		require.Empty(t, none)
		between, err := tx.EventsBetween(2, 5)
		require.NoError(t, err)
		require.Equal(t, []deal.Event{event(5, 0, 0)}, between)
		agreed, err := tx.Agreed()
		require.NoError(t, err)
		require.Zero(t, agreed)
		marks, err := tx.Marks()
		require.NoError(t, err)
		require.Equal(t, []deal.Mark{{Number: 1}, {Number: 256}, {Number: 70000}}, marks)
		stats, err := tx.ListingStats(market.Hash{1})
		require.NoError(t, err)
		require.EqualValues(t, 1, stats.Sales())
		zero, err := tx.SellerStats(market.Address{5})
		require.NoError(t, err)
		require.Equal(t, ledger.Stats{}, zero)
	})
	update1(t, s, func(tx *Tx) error { return errors.Join(tx.DeleteEvent(event(300, 0, 1)), tx.DeleteMark(256)) })
	view(t, s, func(tx *Tx) {
		of, err := tx.EventsOf(market.Hash{1})
		require.NoError(t, err)
		require.Len(t, of, 1)
	})
}

func TestOutbox(t *testing.T) {
	t.Parallel()
	box, ctx := newStore(t).Outbox(), context.Background()
	a := outbox.Transaction{Key: "settle/1", Seq: 2, Created: at(1)}
	stored, added, err := box.Add(ctx, a)
	require.NoError(t, err)
	require.True(t, added)
	require.Equal(t, a, stored)
	stored, added, err = box.Add(ctx, outbox.Transaction{Key: "settle/1", Seq: 9})
	require.NoError(t, err)
	require.False(t, added, "a business key is taken once")
	require.Equal(t, a, stored)
	b := outbox.Transaction{Key: "pay/1", Seq: 1}
	require.NoError(t, box.Put(ctx, b))
	open, err := box.Open(ctx)
	require.NoError(t, err)
	require.Equal(t, []outbox.Transaction{b, a}, open, "in order of submission")
	b.Closed = true
	require.NoError(t, box.Put(ctx, b))
	open, err = box.Open(ctx)
	require.NoError(t, err)
	require.Equal(t, []outbox.Transaction{a}, open)
	got, err := box.Get(ctx, "pay/1")
	require.NoError(t, err)
	require.True(t, got.Closed)
	_, err = box.Get(ctx, "pay/2")
	require.ErrorIs(t, err, market.ErrNotFound)
}

// A block that two packs have stays visible until both are gone.
func TestPacks(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	shared, own := []byte("\x12\x01a"), []byte("\x12\x01b")
	p1 := content.Pack{ID: "p1", Size: 10, Blocks: []content.Block{{Multihash: shared, Offset: 1, Length: 2}, {Multihash: own, Offset: 3, Length: 4}}}
	p2 := content.Pack{ID: "p2", Size: 20, Blocks: []content.Block{{Multihash: shared, Offset: 5, Length: 2}}}
	update1(t, s, func(tx *Tx) error { return errors.Join(tx.PutPack(p1), tx.PutPack(p2), tx.PutPack(p1)) })
	view(t, s, func(tx *Tx) {
		places, err := tx.Places(shared)
		require.NoError(t, err)
		require.ElementsMatch(t, []Place{{"p1", 1, 2}, {"p2", 5, 2}}, places)
		got, err := tx.Pack("p1")
		require.NoError(t, err)
		require.Equal(t, p1, got)
		var after []string
		require.NoError(t, tx.EachPack("p1", func(p content.Pack) bool { after = append(after, p.ID); return true }))
		require.Equal(t, []string{"p2"}, after)
		var hashes [][]byte
		require.NoError(t, tx.EachBlock(shared, func(h []byte) bool { hashes = append(hashes, h); return true }))
		require.Equal(t, [][]byte{own}, hashes)
	})
	update1(t, s, func(tx *Tx) error { return tx.DeletePack("p1") })
	update1(t, s, func(tx *Tx) error { return tx.DeletePack("p1") })
	view(t, s, func(tx *Tx) {
		places, err := tx.Places(shared)
		require.NoError(t, err)
		require.Equal(t, []Place{{"p2", 5, 2}}, places)
		places, err = tx.Places(own)
		require.NoError(t, err)
		require.Empty(t, places)
		_, err = tx.Pack("p1")
		require.ErrorIs(t, err, market.ErrNotFound)
	})
	update1(t, s, func(tx *Tx) error {
		empty, err := tx.ForgetBlock(shared)
		require.Equal(t, []string{"p2"}, empty)
		return err
	})
}

// The largest pack there may be fits one transaction; a larger one is refused.
func TestLargestPack(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	big := content.Pack{ID: "contrib_12345678901234567890", Size: 1 << 40}
	for i := range MaxPackBlocks {
		mh := append([]byte{0x12, 0x20}, make([]byte, 32)...)
		mh[2], mh[3] = byte(i), byte(i>>8)
		big.Blocks = append(big.Blocks, content.Block{Multihash: mh, Offset: int64(i) << 20, Length: 1 << 20})
	}
	update1(t, s, func(tx *Tx) error { return tx.PutPack(big) })
	view(t, s, func(tx *Tx) {
		got, err := tx.Pack(big.ID)
		require.NoError(t, err)
		require.Equal(t, big, got)
	})
	update1(t, s, func(tx *Tx) error { return tx.DeletePack(big.ID) })
	big.Blocks = append(big.Blocks, big.Blocks[0])
	err := s.Update(context.Background(), func(tx *Tx) error { return tx.PutPack(big) })
	require.ErrorIs(t, err, market.ErrTooLarge)
}

func FuzzLists(f *testing.F) {
	b, err := blockList{{Multihash: []byte("\x12\x01a"), Offset: 300, Length: 7}}.MarshalBinary()
	require.NoError(f, err)
	f.Add(b)
	p, err := placeList{{"pack", 300, 7}, {"other", 0, 0}}.MarshalBinary()
	require.NoError(f, err)
	f.Add(p)
	f.Fuzz(func(t *testing.T, b []byte) {
		var blocks blockList
		if blocks.UnmarshalBinary(b) == nil {
			again, err := blocks.MarshalBinary()
			require.NoError(t, err)
			var same blockList
			require.NoError(t, same.UnmarshalBinary(again))
			require.Equal(t, blocks, same)
		}
		var places placeList
		if places.UnmarshalBinary(b) == nil {
			again, err := places.MarshalBinary()
			require.NoError(t, err)
			var same placeList
			require.NoError(t, same.UnmarshalBinary(again))
			require.Equal(t, places, same)
		}
	})
}
