package purchase_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/account"
	"privd/market/deal"
	"privd/market/listing"
	"privd/market/purchase"
	"privd/market/seal"
	"privd/storage/records"
)

// history puts sales of a seller on the chain, the newest last: s settled, r refunded,
// o open.
func (d *deck) history(t *testing.T, seller market.Address, sales string) {
	t.Helper()
	var events []deal.Event
	for i, how := range sales {
		id := market.Hash{100, byte(i)}
		at := func(k deal.Kind, log int) deal.Event {
			return deal.Event{Kind: k, Block: uint64(20 + i), LogIndex: uint64(log), Purchase: id, Seller: seller, Listing: market.Hash{9}}
		}
		events = append(events, at(deal.Purchased, 0))
		switch how {
		case 's':
			events = append(events, at(deal.Settled, 1))
		case 'r':
			events = append(events, at(deal.Refunded, 1))
		}
	}
	require.NoError(t, d.book.Apply(t.Context(), deal.Mark{Number: uint64(20 + len(sales))}, events))
}

// Two refunds among the five newest sales that ended are enough not to be bought from,
// unless the buyer asks for it; a reorganisation takes them back.
func TestSellerRecord(t *testing.T) {
	t.Parallel()
	seller := market.Address{1}
	for sales, want := range map[string]purchase.Record{
		"":          {},
		"o":         {},
		"s":         {Ended: 1},
		"rs":        {Ended: 2, Refunded: 1},
		"rr":        {Ended: 2, Refunded: 2},
		"rsrss":     {Ended: 5, Refunded: 2},
		"rrsssss":   {Ended: 5},
		"rrssss":    {Ended: 5, Refunded: 1},
		"rroooooss": {Ended: 4, Refunded: 2},
	} {
		t.Run(sales, func(t *testing.T) {
			t.Parallel()
			d := newDeck(t, purchase.Revoked)
			d.chain.asked = func() {}
			d.Rules.Wait = 1
			require.NoError(t, d.book.Apply(t.Context(), deal.Mark{Number: 1}, nil))
			d.history(t, seller, sales)
			got, err := d.Record(t.Context(), seller)
			require.NoError(t, err)
			require.Equal(t, want, got)
			other, err := d.Record(t.Context(), market.Address{2})
			require.NoError(t, err)
			require.Zero(t, other)

			offer := listing.Offer{ID: "lst_1", Manifest: manifest(t), Order: seal.Order{Price: market.Wei(10), Seller: seller, Expiry: payBy}}
			require.NoError(t, d.records.Update(t.Context(), func(tx *records.Tx) error {
				require.NoError(t, tx.PutOffer(offer))
				return tx.PutUser(account.User{ID: "usr_1", Wallet: market.Address{2}, Managed: true})
			}))
			buy := func(entry purchase.Prefixes) error {
				_, err := d.Buy(t.Context(), "usr_1", "lst_1", 30, entry)
				return err
			}
			if want.Refunded < 2 {
				require.NoError(t, buy(purchase.WalletEntry))
				return
			}
			err = buy(purchase.WalletEntry)
			var refused *market.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, "SELLER_UNRELIABLE", refused.Reason)
			require.NoError(t, d.book.Rewind(t.Context(), deal.Mark{Number: 1}))
			got, err = d.Record(t.Context(), seller)
			require.NoError(t, err)
			require.Zero(t, got)
			d.history(t, seller, sales)
			forced := purchase.WalletEntry
			forced.Force = true
			require.NoError(t, buy(forced))
		})
	}
}

// The node of a seller has a record too, by what was bought here, and its garbage is
// not forgotten.
func TestSealerRecord(t *testing.T) {
	t.Parallel()
	d := newDeck(t, purchase.Revoked)
	d.chain.asked = func() {}
	d.Rules.Wait = 1
	sealer := market.Address{77}
	bought := func(id market.PurchaseID, onChain market.Hash, fault *purchase.Fault) {
		require.NoError(t, d.records.Update(t.Context(), func(tx *records.Tx) error {
			p, err := tx.Purchase(d.id)
			require.NoError(t, err)
			p.ID, p.OnChain, p.Listing, p.Order.Sealer, p.Fault = id, onChain, "lst_other", sealer, fault
			return tx.PutPurchase(p)
		}))
	}
	offer := listing.Offer{ID: "lst_1", Manifest: manifest(t), Order: seal.Order{Price: market.Wei(10), Seller: market.Address{5}, Sealer: sealer, Expiry: payBy}}
	require.NoError(t, d.records.Update(t.Context(), func(tx *records.Tx) error {
		require.NoError(t, tx.PutOffer(offer))
		return tx.PutUser(account.User{ID: "usr_1", Wallet: market.Address{2}, Managed: true})
	}))
	// Other wallets, the same node.
	bought("pur_a", market.Hash{100, 0}, nil)
	bought("pur_b", market.Hash{100, 1}, nil)
	d.history(t, market.Address{6}, "rr")
	_, err := d.Buy(t.Context(), "usr_1", "lst_1", 30, purchase.WalletEntry)
	require.ErrorContains(t, err, "seller's node did not deliver 2 of the last 2")
	bought("pur_c", market.Hash{100, 2}, &purchase.Fault{Kind: purchase.FaultBundle})
	_, err = d.Buy(t.Context(), "usr_1", "lst_1", 30, purchase.WalletEntry)
	require.ErrorContains(t, err, "garbage")
}
