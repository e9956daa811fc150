package rating_test

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/market"
	"privd/market/deal"
	"privd/market/ledger"
	"privd/market/listing"
	"privd/market/purchase"
	"privd/market/rating"
	"privd/market/seal"
	"privd/market/task"
	"privd/storage/records"
)

var domain = seal.Domain{ChainID: 31337, Market: market.Address{9}}

// signer has one key.
type signer struct{ key *ecdsa.PrivateKey }

func newSigner() signer {
	key, err := crypto.GenerateKey()
	if err != nil {
		panic(err)
	}
	return signer{key}
}

func (s signer) address() market.Address { return crypto.PubkeyToAddress(s.key.PublicKey) }

func (s signer) SignDigest(_ context.Context, address market.Address, digest market.Hash) (seal.Sig, error) {
	if address != s.address() {
		return seal.Sig{}, market.ErrNotFound
	}
	raw, err := crypto.Sign(digest[:], s.key)
	if err != nil {
		return seal.Sig{}, err
	}
	return seal.Compact(raw)
}

func (s signer) rate(purchase market.Hash, stars uint8, comment string) rating.Signed {
	out := rating.Signed{Purchase: purchase, Stars: stars, Comment: comment}
	sig, err := s.SignDigest(context.Background(), s.address(), domain.Rating(purchase, stars, seal.CommentHash(comment)))
	if err != nil {
		panic(err)
	}
	out.Signature = sig
	return out
}

// gossip keeps what was published.
type gossip struct {
	mu   sync.Mutex
	said []rating.Signed
	err  error
}

func (g *gossip) PublishRating(_ context.Context, s rating.Signed) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err == nil {
		g.said = append(g.said, s)
	}
	return g.err
}

// desk is a node's ratings on a real store, with the chain that the test writes.
type desk struct {
	*rating.Service
	signer signer
	gossip *gossip
	store  *records.Store
	book   *ledger.Book
	now    time.Time
	moved  int
	next   uint64 // block
}

func newDesk(t testing.TB, dir string) *desk {
	t.Helper()
	store, err := records.Open(records.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return deskOn(store, newSigner())
}

func deskOn(store *records.Store, s signer) *desk {
	d := &desk{signer: s, gossip: &gossip{}, store: store, now: time.Unix(1_800_000_000, 0).UTC(), next: 1}
	clock := func() time.Time { return d.now }
	d.Service = &rating.Service{
		Store: records.As[rating.Tx](store), Signer: s, Domain: domain, Gossip: d.gossip, Clock: clock,
		Changed: func(market.Hash, market.Address) { d.moved++ },
	}
	d.book = &ledger.Book{
		Store: records.As[ledger.Tx](store), Clock: clock, Changed: func([]deal.Event) {},
		Booked: func(tx ledger.Tx, e deal.Event, _ bool) error { return d.Booked(tx.(*records.Tx), e) },
	}
	return d
}

// mine adds a block with events.
func (d *desk) mine(t require.TestingT, events ...deal.Event) {
	for i := range events {
		events[i].Block, events[i].LogIndex = d.next, uint64(i)
	}
	require.NoError(t, d.book.Apply(context.Background(), deal.Mark{Number: d.next, Hash: market.Hash{byte(d.next)}, Time: d.next}, events))
	d.next++
}

var (
	lst    = seal.ListingHash("listing_1")
	seller = market.Address{5}
)

func (d *desk) bought(purchase market.Hash) deal.Event {
	return deal.Event{Kind: deal.Purchased, Purchase: purchase, Listing: lst, Seller: seller, Delegate: d.signer.address(), Price: market.Wei(5)}
}

func (d *desk) stats(t require.TestingT) (l, s rating.Stats) {
	require.NoError(t, d.store.View(context.Background(), func(tx *records.Tx) (err error) {
		if l, err = tx.ListingRatings(lst); err == nil {
			s, err = tx.SellerRatings(seller)
		}
		return err
	}))
	return l, s
}

// buy stores an opened purchase of a local buyer and mines its payment.
func (d *desk) buy(t testing.TB, id market.PurchaseID, change func(*purchase.Purchase)) market.Hash {
	t.Helper()
	p := purchase.Purchase{
		ID: id, Buyer: "usr_bob", Listing: "listing_1", State: purchase.Opened, OnChain: market.Hash(crypto.Keccak256Hash([]byte(id))),
		Order: seal.Order{Listing: lst, Seller: seller}, Sale: &seal.Sale{Terms: seal.Terms{Delegate: d.signer.address()}},
		ExpiresAt: d.now.Add(time.Hour),
	}
	if change != nil {
		change(&p)
	}
	require.NoError(t, d.store.Update(t.Context(), func(tx *records.Tx) error { return tx.PutPurchase(p) }))
	d.mine(t, d.bought(p.OnChain))
	return p.OnChain
}

func reason(err error) string {
	var e *market.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

func TestRate(t *testing.T) {
	t.Parallel()
	d := newDesk(t, t.TempDir())
	id := d.buy(t, "purchase_1", nil)
	d.buy(t, "pur_2", func(p *purchase.Purchase) { p.ExpiresAt = d.now.Add(-time.Hour) })
	d.buy(t, "purchase_waits", func(p *purchase.Purchase) { p.State = purchase.Opening })
	d.buy(t, "purchase_failed", func(p *purchase.Purchase) { p.State = purchase.Failed })
	d.buy(t, "purchase_revoked", func(p *purchase.Purchase) { p.State = purchase.Revoked })
	ctx := t.Context()
	smiles := strings.Repeat("\U0001F600", rating.MaxComment)

	for _, c := range []struct {
		user    market.UserID
		id      market.PurchaseID
		stars   int
		comment string
		code    market.Code
		reason  string
	}{
		{"usr_bob", "purchase_1", 0, "", market.Invalid, ""},
		{"usr_bob", "purchase_1", 6, "", market.Invalid, ""},
		{"usr_bob", "purchase_1", 257, "", market.Invalid, ""},
		{"usr_bob", "purchase_1", -1, "", market.Invalid, ""},
		{"usr_bob", "purchase_1", 5, smiles + "!", market.Invalid, ""},
		{"usr_bob", "purchase_1", 5, "\xff", market.Invalid, ""},
		{"usr_bob", "purchase_1", 5, "fine\x1b[2J", market.Invalid, ""},
		{"usr_eve", "purchase_1", 5, "", market.NotFound, ""},
		{"usr_bob", "purchase_none", 5, "", market.NotFound, ""},
		{"usr_bob", "purchase_waits", 5, "", market.Conflict, "PURCHASE_PENDING"},
		{"usr_bob", "purchase_failed", 5, "", market.Denied, "ACCESS_REVOKED"},
		{"usr_bob", "purchase_revoked", 5, "", market.Denied, "ACCESS_REVOKED"},
	} {
		_, err := d.Rate(ctx, c.user, c.id, c.stars, c.comment)
		require.Equal(t, c.code, market.CodeOf(err), "%+v: %v", c, err)
		require.Equal(t, c.reason, reason(err), "%+v", c)
	}
	l, _ := d.stats(t)
	require.Zero(t, l, "what was refused changed nothing")

	r, err := d.Rate(ctx, "usr_bob", "purchase_1", 4, smiles)
	require.NoError(t, err)
	require.Equal(t, id, r.Signed.Purchase)
	require.NoError(t, seal.Check(d.signer.address(), domain.Rating(id, 4, seal.CommentHash(smiles)), r.Signed.Signature))
	_, err = d.Rate(ctx, "usr_bob", "pur_2", 5, "")
	require.NoError(t, err, "also after the access")
	l, s := d.stats(t)
	require.Equal(t, rating.Stats{Sum: 9, Count: 2}, l)
	require.Equal(t, rating.Stats{Sum: 9, Count: 2}, s)
	require.Equal(t, 2, d.moved)

	_, err = d.Rate(ctx, "usr_bob", "purchase_1", 1, "")
	require.Equal(t, market.Conflict, market.CodeOf(err))
	require.Equal(t, "ALREADY_RATED", reason(err))
	own, err := d.Of(ctx, []market.Hash{id, {1}})
	require.NoError(t, err)
	require.Len(t, own, 1)
	require.EqualValues(t, 4, own[id].Signed.Stars)
}

// Twenty ratings of one purchase at once: one is kept.
func TestRateAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, t.TempDir())
	for round := range 10 {
		id := market.PurchaseID(fmt.Sprint("purchase_", round))
		d.buy(t, id, nil)
		errs := make([]error, 20)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() { _, errs[i] = rateQuietly(d, t.Context(), id, 1+i%5) })
		}
		all.Wait()
		given := 0
		for _, err := range errs {
			if err == nil {
				given++
				continue
			}
			require.Equal(t, market.Conflict, market.CodeOf(err))
		}
		require.Equal(t, 1, given)
		l, s := d.stats(t)
		require.EqualValues(t, round+1, l.Count)
		require.Equal(t, l, s)
	}
}

// rateQuietly rates without the counter of the test, which is not for many at once.
func rateQuietly(d *desk, ctx context.Context, id market.PurchaseID, stars int) (rating.Rating, error) {
	service := *d.Service
	service.Changed = func(market.Hash, market.Address) {}
	return service.Rate(ctx, "usr_bob", id, stars, "")
}

func TestHear(t *testing.T) {
	t.Parallel()
	d := newDesk(t, t.TempDir())
	ctx, id := t.Context(), market.Hash{7}
	said := d.signer.rate(id, 4, "fine")
	require.ErrorIs(t, d.Hear(ctx, said), market.ErrUnavailable, "the chain does not have it yet")
	d.mine(t, d.bought(id))
	forged := said
	forged.Stars = 5
	require.ErrorIs(t, d.Hear(ctx, forged), market.ErrInvalid)
	forged = said
	forged.Comment = "bad"
	require.ErrorIs(t, d.Hear(ctx, forged), market.ErrInvalid)
	require.ErrorIs(t, d.Hear(ctx, newSigner().rate(id, 4, "")), market.ErrInvalid)
	require.ErrorIs(t, d.Hear(ctx, d.signer.rate(id, 0, "")), market.ErrInvalid)
	require.ErrorIs(t, d.Hear(ctx, d.signer.rate(id, 6, "")), market.ErrInvalid)
	require.NoError(t, d.Hear(ctx, said))
	require.ErrorIs(t, d.Hear(ctx, said), market.ErrConflict)
	require.ErrorIs(t, d.Hear(ctx, d.signer.rate(id, 5, "other")), market.ErrConflict)
	require.NoError(t, d.Hear(ctx, d.signer.rate(id, 2, "second thoughts")), "fewer stars win, whoever hears what first")
	l, s := d.stats(t)
	require.Equal(t, rating.Stats{Sum: 2, Count: 1}, l)
	require.Equal(t, l, s)

	refunded := market.Hash{8}
	d.mine(t, d.bought(refunded), deal.Event{Kind: deal.Refunded, Purchase: refunded})
	require.ErrorIs(t, d.Hear(ctx, d.signer.rate(refunded, 1, "")), market.ErrConflict)
	l, _ = d.stats(t)
	require.EqualValues(t, 1, l.Count)
}

// A seller of this node is named in the row, so that it is told.
func TestHeardByTheSeller(t *testing.T) {
	t.Parallel()
	d := newDesk(t, t.TempDir())
	require.NoError(t, d.store.Update(t.Context(), func(tx *records.Tx) error {
		return tx.PutListing(listing.Listing{ID: "listing_1", Owner: "usr_alice", Wallet: seller})
	}))
	id := market.Hash{7}
	d.mine(t, d.bought(id))
	require.NoError(t, d.Hear(t.Context(), d.signer.rate(id, 4, "fine")))
	held, err := d.Of(t.Context(), []market.Hash{id})
	require.NoError(t, err)
	require.EqualValues(t, "usr_alice", held[id].Owner)
	require.EqualValues(t, "listing_1", held[id].ListingID)
}

// 1. A purchase is rated; the rating is published, and again at twice its age. 2. A
// refund takes it out of the sums and ends that. 3. The refund is reorganised away:
// it counts and is published again.
func TestPublish(t *testing.T) {
	t.Parallel()
	d := newDesk(t, t.TempDir())
	id := d.buy(t, "purchase_1", nil)
	_, err := d.Rate(t.Context(), "usr_bob", "purchase_1", 3, "")
	require.NoError(t, err)
	waits := func() bool {
		var stored task.Task
		err := d.store.View(t.Context(), func(tx *records.Tx) (err error) { stored, err = tx.Task(task.Rate, id.Hex()); return err })
		return err == nil && !stored.Due.After(d.now)
	}
	require.True(t, waits(), "the task stands with the rating")
	d.gossip.err = market.ErrUnavailable
	_, err = d.Publish(t.Context(), id)
	require.ErrorIs(t, err, market.ErrUnavailable, "nobody is there: the runner tries again")
	d.gossip.err = nil
	next, err := d.Publish(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, task.In(3*time.Minute), next)
	d.now = d.now.Add(20 * time.Minute)
	next, err = d.Publish(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, task.In(20*time.Minute), next)
	require.Len(t, d.gossip.said, 2)

	mark := deal.Mark{Number: d.next - 1, Hash: market.Hash{byte(d.next - 1)}, Time: d.next - 1}
	d.mine(t, deal.Event{Kind: deal.Refunded, Purchase: id})
	l, _ := d.stats(t)
	require.Zero(t, l)
	next, err = d.Publish(t.Context(), id)
	require.NoError(t, err)
	require.True(t, next.Done)
	require.NoError(t, d.store.Update(t.Context(), func(tx *records.Tx) error { return tx.DeleteTask(task.Rate, id.Hex()) }))
	require.NoError(t, d.book.Rewind(t.Context(), mark))
	l, _ = d.stats(t)
	require.Equal(t, rating.Stats{Sum: 3, Count: 1}, l)
	require.True(t, waits())
	d.now = d.now.Add(8 * 24 * time.Hour)
	next, err = d.Publish(t.Context(), id)
	require.NoError(t, err)
	require.True(t, next.Done, "after a week others hold it")
}

// TestFold lets purchases, refunds, settlements, reorganisations and ratings come in
// any order: the sums are always those of the ratings whose purchase stands.
func TestFold(t *testing.T) {
	t.Parallel()
	store, err := records.Open(records.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	signs, run := newSigner(), byte(0)
	rapid.Check(t, func(t *rapid.T) {
		// Each run has a listing, a seller and blocks of its own.
		run++
		d := deskOn(store, signs)
		require.NoError(t, d.book.Rewind(context.Background(), deal.Mark{}))
		listing, who := market.Hash{1, run}, market.Address{1, run}
		ids := []market.Hash{{2, run, 1}, {2, run, 2}, {2, run, 3}}
		type block struct{ events []deal.Event }
		var chain []block
		least := map[market.Hash]uint8{}
		statusOf := func(id market.Hash) deal.Status {
			var all []deal.Event
			for _, b := range chain {
				for _, e := range b.events {
					if e.Purchase == id {
						all = append(all, e)
					}
				}
			}
			return deal.Fold(all).Status
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			id := rapid.SampledFrom(ids).Draw(t, "purchase")
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0, 1:
				e := deal.Event{Kind: deal.Purchased, Purchase: id, Listing: listing, Seller: who, Delegate: signs.address()}
				switch status := statusOf(id); {
				case status.Final():
					continue
				case status == deal.StatusPurchased:
					e = deal.Event{Kind: rapid.SampledFrom([]deal.Kind{deal.Refunded, deal.Settled}).Draw(t, "end"), Purchase: id, Seller: who}
				}
				events := []deal.Event{e}
				d.mine(t, events...)
				events[0].Block = d.next - 1
				chain = append(chain, block{events})
			case 2:
				if len(chain) == 0 {
					continue
				}
				keep := rapid.IntRange(0, len(chain)-1).Draw(t, "keep")
				chain = chain[:keep]
				require.NoError(t, d.book.Rewind(context.Background(), deal.Mark{Number: uint64(keep)}))
				d.next = uint64(keep) + 1
			default:
				stars := rapid.Uint8Range(1, 5).Draw(t, "stars")
				err := d.Hear(context.Background(), signs.rate(id, stars, ""))
				status := statusOf(id)
				switch held, known := least[id]; {
				case known && held <= stars:
					require.ErrorIs(t, err, market.ErrConflict)
				case status == deal.StatusNone:
					require.ErrorIs(t, err, market.ErrUnavailable)
				case status == deal.StatusRefunded:
					require.ErrorIs(t, err, market.ErrConflict)
				default:
					require.NoError(t, err)
					least[id] = stars
				}
			}
			var want rating.Stats
			for id, stars := range least {
				if s := statusOf(id); s != deal.StatusNone && s != deal.StatusRefunded {
					want.Sum, want.Count = want.Sum+int64(stars), want.Count+1
				}
			}
			require.NoError(t, store.View(context.Background(), func(tx *records.Tx) error {
				l, err := tx.ListingRatings(listing)
				require.NoError(t, err)
				s, err := tx.SellerRatings(who)
				require.Equal(t, want, l)
				require.Equal(t, want, s)
				return err
			}))
		}
	})
}

func TestMean(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sum, count int64
		want       string
	}{
		{0, 0, "0"}, {5, 1, "5"}, {1, 1, "1"}, {9, 2, "4.5"}, {14, 3, "4.7"}, {13, 3, "4.3"}, {17, 4, "4.3"}, {19, 4, "4.8"},
		{25, 20, "1.3"}, {499, 100, "5"}, {1, 0, "0"}, {5 << 40, 1 << 40, "5"},
	} {
		require.Equal(t, c.want, rating.Mean(c.sum, c.count), "%d/%d", c.sum, c.count)
	}
}
