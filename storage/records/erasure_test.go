package records

import (
	"errors"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/contribution"
	"privd/market/erasure"
	"privd/market/listing"
	"privd/market/media"
	"privd/market/review"
)

func print1(t *testing.T, n byte) (f review.Fingerprint) {
	t.Helper()
	b := make([]byte, 57)
	b[0], b[1] = 'p', n
	require.NoError(t, f.UnmarshalBinary(b))
	return f
}

// Fingerprints are those of approved contributions, whatever becomes of them.
func TestFingerprints(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := contribution.Contribution{ID: "contrib_1", User: "usr_a", Kind: media.Photo, Status: contribution.Pending, Fingerprint: print1(t, 1), FileHash: market.Hash{1}}
	known := func() (ids []market.ContributionID) {
		view(t, s, func(tx *Tx) {
			require.NoError(t, tx.Fingerprints("usr_a", media.Photo, func(id market.ContributionID, f review.Fingerprint) bool {
				ids = append(ids, id)
				require.Equal(t, print1(t, 1), f)
				return true
			}))
		})
		return ids
	}
	put := func() { update1(t, s, func(tx *Tx) error { return tx.PutContribution(c) }) }
	put()
	require.Empty(t, known(), "not approved")
	c.Status = contribution.Approved
	put()
	update1(t, s, func(tx *Tx) error {
		other, text, none := c, c, c
		other.ID, other.User = "contrib_2", "usr_ab"
		text.ID, text.Kind, text.FileHash = "contrib_3", media.Text, market.Hash{3}
		none.ID, none.Fingerprint, none.FileHash = "contrib_4", review.Fingerprint{}, market.Hash{4}
		return errors.Join(tx.PutContribution(other), tx.PutContribution(text), tx.PutContribution(none))
	})
	require.Equal(t, []market.ContributionID{"contrib_1"}, known())
	c.Status = contribution.Rejected
	put()
	require.Empty(t, known())
	c.Status = contribution.Approved
	put()
	update1(t, s, func(tx *Tx) error { return tx.DeleteContribution("contrib_1") })
	update1(t, s, func(tx *Tx) error { return tx.DeleteContribution("contrib_1") })
	require.Empty(t, known())
	view(t, s, func(tx *Tx) {
		_, err := tx.ContributionByHash("usr_a", market.Hash{1})
		require.ErrorIs(t, err, market.ErrNotFound, "the file may be given again")
	})
}

// Deletions and receipts are found by whose they are.
func TestDeletionsAndReceipts(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	d := erasure.Deletion{Contribution: "contrib_1", User: "usr_a", Mark: market.Hash{1}, Work: &erasure.Work{}}
	receipt := func(id string, second int) contribution.Receipt {
		return contribution.Receipt{ID: id, Contribution: "contrib_1", User: "usr_a", Consent: contribution.Consent{GivenAt: at(second)}}
	}
	update1(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutDeletion(d), tx.PutDeletion(erasure.Deletion{Contribution: "contrib_2", User: "usr_ab"}),
			tx.PutReceipt(receipt("rcpt_b", 2)), tx.PutReceipt(receipt("rcpt_a", 1)), tx.PutReceipt(receipt("rcpt_0", 2)))
	})
	view(t, s, func(tx *Tx) {
		var got []erasure.Deletion
		require.NoError(t, tx.DeletionsOf("usr_a", func(d erasure.Deletion) bool { got = append(got, d); return true }))
		require.Equal(t, []erasure.Deletion{d}, got)
		for mark, want := range map[market.Hash]bool{{1}: true, {2}: false, {}: false} {
			marked, err := tx.FileMarked(mark)
			require.NoError(t, err)
			require.Equal(t, want, marked)
		}
		all, err := tx.ReceiptsOf("contrib_1")
		require.NoError(t, err)
		require.Equal(t, []contribution.Receipt{receipt("rcpt_a", 1), receipt("rcpt_0", 2), receipt("rcpt_b", 2)}, all)
	})
}

// An offer is found by the contributions it shows, as long as it stands.
func TestOffersShowing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	mh, err := multihash.Sum([]byte("x"), multihash.SHA2_256, -1)
	require.NoError(t, err)
	name := cid.NewCidV1(cid.Raw, mh)
	manifest := func(ids ...string) []byte {
		m := &listing.Manifest{Format: 1, Listing: "listing_1", Seller: make([]byte, 20), SellerID: "usr_s", Title: "t", Category: "photo", Tags: []string{},
			Peers: []string{"p"}, Columns: []listing.Column{}, KeyBundle: name}
		for _, id := range ids {
			m.Entries = append(m.Entries, listing.Entry{Contribution: id, Kind: "photo", MIME: "image/png", Size: 10, PayloadSize: 26, Root: name,
				SHA256: make([]byte, 32), FileKeyHash: make([]byte, 32), Preview: &name})
		}
		b, err := m.Encode()
		require.NoError(t, err)
		return b
	}
	shows := func(id market.ContributionID) (n int) {
		view(t, s, func(tx *Tx) {
			require.NoError(t, tx.OffersShowing(id, func(listing.Offer) bool { n++; return true }))
		})
		return n
	}
	update1(t, s, func(tx *Tx) error {
		return tx.PutOffer(listing.Offer{ID: "listing_1", Manifest: manifest("contrib_1", "contrib_2")})
	})
	require.Equal(t, 1, shows("contrib_1"))
	require.Equal(t, 1, shows("contrib_2"))
	require.Zero(t, shows("contrib_"))
	update1(t, s, func(tx *Tx) error {
		return tx.PutOffer(listing.Offer{ID: "listing_1", Manifest: manifest("contrib_2")})
	})
	require.Zero(t, shows("contrib_1"))
	update1(t, s, func(tx *Tx) error { return tx.DeleteOffer("listing_1") })
	require.Zero(t, shows("contrib_2"))
}
