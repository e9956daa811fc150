package sale_test

import (
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/listing"
	"privd/market/sale"
	"privd/market/seal"
	"privd/storage/records"
)

// drawer keeps secrets in memory.
type drawer map[string][]byte

func (d drawer) Put(_ context.Context, name string, secret []byte) error {
	d[name] = secret
	return nil
}

func (d drawer) Get(_ context.Context, name string) ([]byte, error) {
	if secret, ok := d[name]; ok {
		return secret, nil
	}
	return nil, market.ErrNotFound
}

func (d drawer) Destroy(_ context.Context, name string) error {
	delete(d, name)
	return nil
}

type pen func(market.Hash) seal.Sig

func (p pen) SignDigest(_ context.Context, _ market.Address, digest market.Hash) (seal.Sig, error) {
	return p(digest), nil
}

func (s *shop) owing(t *testing.T, id market.ListingID, last uint64) bool {
	t.Helper()
	owing, err := s.Owing(t.Context(), id, last)
	require.NoError(t, err)
	return owing
}

// A sale that is not final keeps its listing's versions, and no others.
func TestOwingSales(t *testing.T) {
	t.Parallel()
	s := newShop(t, 24*time.Hour)
	require.True(t, s.owing(t, "lst_1", 3))
	require.False(t, s.owing(t, "lst_2", 9))
	revealed := deal.Event{Kind: deal.Revealed, Block: 3, Purchase: s.deal.Purchase, Deadline: uint64(s.now.Unix()) + dispute}
	require.NoError(t, s.book.Apply(t.Context(), deal.Mark{Number: 3}, []deal.Event{revealed}))
	s.chain.head = deal.Mark{Number: 3, Time: uint64(s.now.Unix()) + 2*hour}
	s.deliver(t)
	require.True(t, s.owing(t, "lst_1", 3), "the buyer may still dispute")
	s.deal.Kind, s.deal.Block = deal.Refunded, 4
	s.chain.head.Number = 4
	require.NoError(t, s.book.Apply(t.Context(), deal.Mark{Number: 4}, []deal.Event{s.deal}))
	next, err := s.Deliver(t.Context(), s.deal.Purchase)
	require.NoError(t, err)
	require.True(t, next.Done)
	require.False(t, s.owing(t, "lst_1", 9))
}

// A seal that was given out keeps them until it can be paid no more. A payment makes
// it a sale; without the key the opener is refused, unless it left before.
func TestOwingSeals(t *testing.T) {
	t.Parallel()
	s := newShop(t, 24*time.Hour)
	keys, listingKey := s.Keyring.(drawer), seal.Key{5}
	sealer := s.deal.Delegate // one key signs for everybody here
	s.Signer, s.Sealer = pen(s.sign), sealer
	order := seal.Order{Seller: market.Address{1}, Sealer: sealer, Listing: seal.ListingHash("lst_2"), KeyCommitment: listingKey.Commitment(),
		Price: market.Wei(100), Version: 3, Expiry: uint64(s.now.Unix()) + 86400}
	l := listing.Listing{ID: "lst_2", Owner: "usr_1", Wallet: order.Seller, Title: "T", Status: listing.Active, Version: 3, Published: &listing.Published{Order: order}}
	require.NoError(t, s.store.Update(t.Context(), func(tx sale.Tx) error { return tx.(*records.Tx).PutListing(l) }))
	require.NoError(t, keys.Put(t.Context(), listing.KeyName("lst_2", 3), listingKey[:]))
	buyer, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	recipient := buyer.Recipient().String()
	terms := seal.Terms{Buyer: market.Address{2}, Delegate: s.deal.Delegate, Recipient: market.Hash(sha256.Sum256([]byte(recipient))),
		AccessDays: 30, DeliveryWindow: 86400, PayBy: s.chain.head.Time + 600}
	require.False(t, s.owing(t, "lst_2", 3))
	sealed, err := s.Seal(t.Context(), delivery.SealRequest{Order: order, Terms: terms, Recipient: recipient})
	require.NoError(t, err)
	require.True(t, s.owing(t, "lst_2", 3))
	require.False(t, s.owing(t, "lst_3", 3))
	s.chain.head.Time += 600
	require.False(t, s.owing(t, "lst_2", 3), "nobody can pay it any more")
	s.chain.head.Time--
	require.True(t, s.owing(t, "lst_2", 3))

	made := seal.Sale{Order: order, Terms: terms, SealedHash: sealed.SealedHash, Lock: sealed.Lock}
	d := s.Domain.Delivery(made)
	purchase := s.Domain.Purchase(s.Domain.Deal(made))
	bought := deal.Event{Kind: deal.Purchased, Block: 3, BlockTime: s.chain.head.Time, Purchase: purchase, Seller: order.Seller, Buyer: terms.Buyer,
		Delegate: terms.Delegate, Listing: order.Listing, Delivery: d, Price: order.Price, Version: 3, Deadline: s.chain.head.Time + 86400}
	s.chain.head.Number = 3
	require.NoError(t, s.book.Apply(t.Context(), deal.Mark{Number: 3}, []deal.Event{bought}))
	s.chain.head.Time += 1000
	require.True(t, s.owing(t, "lst_2", 3), "it is a sale now")
	require.False(t, s.owing(t, "lst_2", 2), "of another version")

	request := delivery.OpenerRequest{Purchase: purchase, Signature: s.sign(s.Domain.OpenerRequest(purchase))}
	require.NoError(t, keys.Destroy(t.Context(), listing.KeyName("lst_2", 3)))
	_, err = s.Opener(t.Context(), request)
	require.NotNil(t, delivery.RefusalOf(err))
	require.Equal(t, delivery.Erased, delivery.RefusalOf(err).Code)
	require.NoError(t, keys.Put(t.Context(), listing.KeyName("lst_2", 3), listingKey[:]))
	opener, err := s.Opener(t.Context(), request)
	require.NoError(t, err)
	require.True(t, opener.Opens(sealed.Lock))
	require.NoError(t, keys.Destroy(t.Context(), listing.KeyName("lst_2", 3)))
	again, err := s.Opener(t.Context(), request)
	require.NoError(t, err, "what was handed out once is handed out again")
	require.Equal(t, opener, again)
}
