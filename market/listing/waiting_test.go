package listing_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/market"
	"privd/market/account"
	"privd/market/contribution"
	"privd/market/listing"
	"privd/market/media"
	"privd/market/preview"
	"privd/market/review"
	"privd/market/seal"
	"privd/market/signature"
	"privd/market/task"
	"privd/storage/records"
	"privd/storage/storagetest"
)

// sellerWallet is an external wallet: it sees typed data and nothing else.
type sellerWallet struct{ *ecdsa.PrivateKey }

func (w sellerWallet) address() market.Address { return crypto.PubkeyToAddress(w.PublicKey) }

func (w sellerWallet) sign(t require.TestingT, typedData []byte) string {
	var typed apitypes.TypedData
	require.NoError(t, json.Unmarshal(typedData, &typed))
	digest, _, err := apitypes.TypedDataAndHash(typed)
	require.NoError(t, err)
	sig, err := crypto.Sign(digest, w.PrivateKey)
	require.NoError(t, err)
	return fmt.Sprintf("0x%x", sig)
}

// nodeKey signs for the node, and for nobody else.
type nodeKey struct{ *ecdsa.PrivateKey }

func (k nodeKey) NewWallet(context.Context) (market.Address, error) {
	return market.Address{}, errors.New("no new wallets")
}

func (k nodeKey) SignDigest(_ context.Context, who market.Address, digest market.Hash) (seal.Sig, error) {
	if who != crypto.PubkeyToAddress(k.PublicKey) {
		return seal.Sig{}, market.ErrNotFound
	}
	rsv, err := crypto.Sign(digest[:], k.PrivateKey)
	if err != nil {
		return seal.Sig{}, err
	}
	return seal.Compact(rsv)
}

// rumour is what was gossiped last.
type rumour struct {
	announced listing.Announcement
	withdrawn listing.Withdrawal
}

func (r *rumour) PublishAnnouncement(_ context.Context, a listing.Announcement) error {
	r.announced = a
	return nil
}

func (r *rumour) PublishWithdrawal(_ context.Context, w listing.Withdrawal) error {
	r.withdrawn = w
	return nil
}

type noPreviews struct{}

func (noPreviews) Make(context.Context, preview.Input) (preview.Preview, error) {
	return preview.Preview{}, market.Fail(market.Invalid, "no preview")
}

var errCrash = errors.New("the process died")

// brittle is a store whose process dies at a chosen update: before it is committed,
// or right after.
type brittle[T any] struct {
	market.Store[T]
	crash *crash
}

type crash struct {
	in    int // updates from now; negative: never
	after bool
}

func (b brittle[T]) Update(ctx context.Context, fn func(T) error) error {
	b.crash.in--
	if b.crash.in == -1 && !b.crash.after {
		return errCrash
	}
	err := b.Store.Update(ctx, fn)
	if b.crash.in == -1 && err == nil {
		return errCrash
	}
	return err
}

const seller = market.UserID("usr_seller")

// stall is a seller with an external wallet on a real store.
type stall struct {
	*storagetest.Stack
	now        time.Time
	wallet     sellerWallet
	node       nodeKey
	rumour     *rumour
	crash      crash
	sold       map[string]bool // the versions that were on sale, by the names of their keys
	verdict    review.Verdict  // of the policy
	listings   *listing.Service
	signatures *signature.Service
}

func newStall(t *testing.T) *stall {
	t.Helper()
	s := &stall{Stack: storagetest.New(t), now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), rumour: &rumour{}, sold: map[string]bool{}, verdict: review.Approve}
	for _, key := range []**ecdsa.PrivateKey{&s.wallet.PrivateKey, &s.node.PrivateKey} {
		made, err := crypto.GenerateKey()
		require.NoError(t, err)
		*key = made
	}
	s.boot()
	stored, err := s.Vault.Store(t.Context(), "contrib_1", strings.NewReader("some words"))
	require.NoError(t, err)
	s.Record(t, stored.Pack)
	require.NoError(t, s.Records.Update(t.Context(), func(tx *records.Tx) error {
		return errors.Join(
			tx.PutUser(account.User{ID: seller, DisplayName: "S", Wallet: s.wallet.address(), CreatedAt: s.now}),
			tx.PutContribution(contribution.Contribution{
				ID: "contrib_1", User: seller, Kind: media.Text, MIME: "text/plain", Filename: "words.txt", Object: stored.Object,
				FileHash: market.Hash{1}, Status: contribution.Approved, Consent: contribution.Consent{Commercial: true, Version: "1.0"}, CreatedAt: s.now,
			}))
	}))
	return s
}

// boot is what a start does: services hold nothing that is not stored.
func (s *stall) boot() {
	clock := func() time.Time { return s.now }
	s.crash.in = -1
	s.listings = &listing.Service{
		Store: brittle[listing.Tx]{records.As[listing.Tx](s.Records), &s.crash}, Vault: s.Vault, Keyring: s.Keys, Wallets: s.node,
		Domain: seal.Domain{ChainID: 31337, Market: market.Address{9}}, Sealer: crypto.PubkeyToAddress(s.node.PublicKey),
		Peers: func() []string { return []string{"peer"} }, Clock: clock, Policy: func(listing.Listing) (review.Verdict, string) { return s.verdict, "so it is" },
		Gossip: s.rumour, Previews: noPreviews{}, Changed: func(market.ListingID) {},
	}
	action := signature.Action{
		Signed: func(tx signature.Tx, r signature.Request, sig seal.Sig) (string, error) {
			return s.listings.Signed(tx.(listing.Tx), r, sig)
		},
		Lapsed: func(tx signature.Tx, r signature.Request) error { return s.listings.Lapsed(tx.(listing.Tx), r) },
	}
	s.signatures = &signature.Service{
		Store: brittle[signature.Tx]{records.As[signature.Tx](s.Records), &s.crash}, Clock: clock,
		Actions: map[signature.Kind]signature.Action{signature.ListingOrder: action, signature.OrderRenewal: action},
	}
}

func (s *stall) restart(t *testing.T) {
	t.Helper()
	s.Reopen(t)
	s.boot()
}

// work does the tasks that are due, until none is.
func (s *stall) work(t require.TestingT) {
	ctx := context.Background()
	for range 50 {
		var due []task.Task
		require.NoError(t, s.Records.View(ctx, func(tx *records.Tx) error {
			due = nil
			return tx.EachTask(func(k task.Task) bool {
				if !k.Due.After(s.now) {
					due = append(due, k)
				}
				return true
			})
		}))
		if len(due) == 0 {
			return
		}
		for _, k := range due {
			next, err := s.do(ctx, k)
			if errors.Is(err, errCrash) {
				s.boot()
				continue
			}
			require.NoError(t, err, "%s %s", k.Kind, k.Key)
			require.NoError(t, s.Records.Update(ctx, func(tx *records.Tx) error {
				held, err := tx.Task(k.Kind, k.Key)
				if errors.Is(err, market.ErrNotFound) || (err == nil && held.Revision != k.Revision) {
					return nil // asked for again, or taken back, while it ran
				}
				if next.Done {
					return errors.Join(err, tx.DeleteTask(k.Kind, k.Key))
				}
				k.Due = s.now.Add(next.After)
				return errors.Join(err, tx.PutTask(k))
			}))
		}
	}
	require.Fail(t, "the tasks never end")
}

func (s *stall) do(ctx context.Context, k task.Task) (task.Next, error) {
	switch k.Kind {
	case task.ReviewOffer:
		return s.listings.Approve(ctx, market.ListingID(k.Key))
	case task.Announce:
		return s.listings.Announce(ctx, market.ListingID(k.Key))
	case task.DropVersion:
		return s.listings.DropVersion(ctx, k.Key)
	case task.LapseSignature:
		return s.signatures.Lapse(ctx, market.SignatureID(k.Key))
	}
	return task.Next{}, errors.New("nobody does " + string(k.Kind))
}

func (s *stall) submit(t require.TestingT) market.ListingID {
	l, err := s.listings.Create(context.Background(), seller, listing.Input{
		Title: "Words", Description: "Some", Category: listing.Text, Price: market.Wei(100), Contributions: []market.ContributionID{"contrib_1"},
	})
	require.NoError(t, err)
	_, _, err = s.update(l.ID, "", "pending_review")
	require.NoError(t, err)
	return l.ID
}

// update sets a price in wei and a status, where given.
func (s *stall) update(id market.ListingID, price, status string) (listing.Listing, []string, error) {
	var p listing.Patch
	if price != "" {
		wei, err := market.ParseUnits(price, 0)
		if err != nil {
			return listing.Listing{}, nil, err
		}
		p.Price = &wei
	}
	if status != "" {
		p.Status = (*listing.Status)(&status)
	}
	return s.listings.Update(context.Background(), seller, id, p)
}

func (s *stall) mine(t require.TestingT, id market.ListingID) listing.Listing {
	l, err := s.listings.Mine(context.Background(), seller, id)
	require.NoError(t, err)
	return l
}

// onSale is the price at which a listing is offered; empty when it is not.
func (s *stall) onSale(t require.TestingT, id market.ListingID) (price string) {
	err := s.Records.View(context.Background(), func(tx *records.Tx) error {
		o, err := tx.Offer(id)
		price = o.Order.Price.String()
		return err
	})
	if errors.Is(err, market.ErrNotFound) {
		return ""
	}
	require.NoError(t, err)
	return price
}

func (s *stall) request(t require.TestingT, id market.SignatureID) signature.Request {
	r, err := s.signatures.Get(context.Background(), seller, id)
	require.NoError(t, err)
	return r
}

func (s *stall) sign(t require.TestingT, id market.SignatureID) (string, error) {
	r, err := s.signatures.Answer(context.Background(), seller, id, s.wallet.sign(t, s.request(t, id).TypedData))
	return r.Status, err
}

func (s *stall) hasKey(t require.TestingT, id market.ListingID, version uint64) bool {
	_, err := s.Keys.Get(context.Background(), listing.KeyName(id, version))
	if !errors.Is(err, market.ErrNotFound) {
		require.NoError(t, err)
	}
	return err == nil
}

// TestExternalSeller tells the story of a listing whose seller's wallet is external,
// with a restart between any two steps.
func TestExternalSeller(t *testing.T) {
	t.Parallel()
	s := newStall(t)
	id := s.submit(t)
	step := func() { s.restart(t); s.work(t); s.now = s.now.Add(time.Minute) }

	// 1. It is approved and waits; review does not make another version.
	step()
	step()
	l := s.mine(t, id)
	require.Equal(t, listing.PendingReview, l.Status)
	require.Contains(t, l.Reason, "signature")
	require.EqualValues(t, 1, l.Version)
	require.Empty(t, s.onSale(t, id))

	// 2. Another's signature is refused; the wallet's puts it on sale.
	first := s.request(t, l.Waiting.Request)
	stranger, err := crypto.GenerateKey()
	require.NoError(t, err)
	_, err = s.signatures.Answer(t.Context(), seller, first.ID, sellerWallet{stranger}.sign(t, first.TypedData))
	require.Equal(t, market.Invalid, market.CodeOf(err))
	require.Empty(t, s.onSale(t, id))
	status, err := s.sign(t, first.ID)
	require.NoError(t, err)
	require.Equal(t, "active", status)
	step()
	require.Equal(t, "100", s.onSale(t, id))
	require.Empty(t, s.mine(t, id).Reason)
	require.Equal(t, s.mine(t, id).Published.Order, s.rumour.announced.Order)
	status, err = s.sign(t, first.ID)
	require.NoError(t, err, "the same answer again")
	require.Equal(t, "active", status)

	// 3. A new price waits while the old one sells; a newer one takes its place.
	l, changed, err := s.update(id, "200", "")
	require.NoError(t, err)
	require.Equal(t, []string{"price_priv"}, changed)
	require.Equal(t, "100", l.Price.String())
	second := l.Waiting.Request
	again, _, err := s.update(id, "200", "")
	require.NoError(t, err)
	require.Equal(t, second, again.Waiting.Request, "the same change waits already")
	step()
	l, _, err = s.update(id, "300", "")
	require.NoError(t, err)
	_, err = s.signatures.Get(t.Context(), seller, second)
	require.Equal(t, market.NotFound, market.CodeOf(err))
	require.Equal(t, "100", s.onSale(t, id))
	step()
	require.False(t, s.hasKey(t, id, 2), "the key of what was never sold is destroyed")
	require.True(t, s.hasKey(t, id, 1))
	_, err = s.sign(t, l.Waiting.Request)
	require.NoError(t, err)
	step()
	require.Equal(t, "300", s.onSale(t, id))
	require.True(t, s.hasKey(t, id, 3))

	// 4. To ask for what is takes back what waits.
	_, _, err = s.update(id, "400", "")
	require.NoError(t, err)
	l, changed, err = s.update(id, "300", "")
	require.NoError(t, err)
	require.Empty(t, changed)
	require.Nil(t, l.Waiting)

	// 5. Pausing needs the node alone, and takes back what waits; resuming waits.
	l, _, err = s.update(id, "500", "")
	require.NoError(t, err)
	waits := l.Waiting.Request
	step()
	_, _, err = s.update(id, "", "paused")
	require.NoError(t, err)
	require.Empty(t, s.onSale(t, id))
	_, err = s.signatures.Get(t.Context(), seller, waits)
	require.Equal(t, market.NotFound, market.CodeOf(err))
	step()
	require.EqualValues(t, 3, s.rumour.withdrawn.Version)
	l, _, err = s.update(id, "600", "active")
	require.NoError(t, err)
	require.Equal(t, listing.Paused, l.Status)
	step()
	require.Equal(t, "300", s.mine(t, id).Price.String())
	_, err = s.sign(t, l.Waiting.Request)
	require.NoError(t, err)
	step()
	require.Equal(t, "600", s.onSale(t, id))

	// 6. After half of 90 days a renewal is asked for, with the same key; signed, the
	// order lives on.
	sold := s.mine(t, id).Published.Order
	require.EqualValues(t, 90*24*time.Hour, time.Unix(int64(sold.Expiry), 0).Sub(s.now).Round(time.Hour))
	s.now = s.now.Add(45*24*time.Hour + time.Hour)
	step()
	l = s.mine(t, id)
	require.Equal(t, signature.OrderRenewal, s.request(t, l.Renewal.Request).Kind)
	step()
	require.Equal(t, l.Renewal, s.mine(t, id).Renewal, "it is asked for once")
	_, err = s.sign(t, l.Renewal.Request)
	require.NoError(t, err)
	step()
	renewed := s.mine(t, id).Published.Order
	require.Greater(t, renewed.Expiry, sold.Expiry)
	renewed.Expiry = sold.Expiry
	require.Equal(t, sold, renewed)

	// 7. Unsigned, it lapses: the listing is paused, and its owner is told why.
	s.now = s.now.Add(46 * 24 * time.Hour)
	step()
	require.NotNil(t, s.mine(t, id).Renewal)
	require.Equal(t, "600", s.onSale(t, id))
	s.now = s.now.Add(46 * 24 * time.Hour)
	step()
	l = s.mine(t, id)
	require.Equal(t, listing.Paused, l.Status)
	require.Contains(t, l.Reason, "did not renew")
	require.Empty(t, s.onSale(t, id))
	_, total, err := s.signatures.List(t.Context(), seller, 10, 0)
	require.NoError(t, err)
	require.Zero(t, total)
}

// A first order that is not signed in time is made anew, with another key.
func TestFirstOrderLapses(t *testing.T) {
	t.Parallel()
	s := newStall(t)
	id := s.submit(t)
	s.work(t)
	before := s.mine(t, id)
	s.now = s.now.Add(46 * 24 * time.Hour)
	s.restart(t)
	s.work(t)
	l := s.mine(t, id)
	require.Equal(t, listing.PendingReview, l.Status)
	require.EqualValues(t, 2, l.Waiting.Order.Version)
	require.NotEqual(t, before.Waiting.Order.KeyCommitment, l.Waiting.Order.KeyCommitment)
	require.False(t, s.hasKey(t, id, 1))
	_, err := s.sign(t, l.Waiting.Request)
	require.NoError(t, err)
	require.Equal(t, "100", s.onSale(t, id))
}

// What was made for a signature does not go on sale when its goods or the consent
// for them changed meanwhile.
func TestSignedTooLate(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*contribution.Contribution){
		"consent withdrawn": func(c *contribution.Contribution) { c.Consent.Commercial = false },
		"other terms":       func(c *contribution.Contribution) { c.Consent.AI = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStall(t)
			id := s.submit(t)
			s.work(t)
			require.NoError(t, s.Records.Update(t.Context(), func(tx *records.Tx) error {
				c, err := tx.Contribution("contrib_1")
				change(&c)
				return errors.Join(err, tx.PutContribution(c))
			}))
			request := s.mine(t, id).Waiting.Request
			status, err := s.sign(t, request)
			require.NoError(t, err)
			require.Equal(t, "pending_review", status)
			require.Empty(t, s.onSale(t, id))
			s.now = s.now.Add(time.Second)
			s.work(t)
			l := s.mine(t, id)
			if name == "consent withdrawn" {
				require.Equal(t, listing.Rejected, l.Status)
				return
			}
			require.NotEqual(t, request, l.Waiting.Request, "the new terms are asked for")
			_, err = s.sign(t, l.Waiting.Request)
			require.NoError(t, err)
			require.Equal(t, "100", s.onSale(t, id))
		})
	}
}

// Whatever an owner, the clock and crashes do to a listing, in any order: what is
// asked for is what waits, what is on sale is what was signed, with its key at hand,
// and nothing else keeps a key.
func TestWaitingCrashes(t *testing.T) {
	t.Parallel()
	s := newStall(t)
	rapid.Check(t, func(t *rapid.T) {
		s.boot()
		id := s.submit(t)
		for range rapid.IntRange(3, 12).Draw(t, "steps") {
			s.crash = crash{in: rapid.IntRange(-4, 3).Draw(t, "crash in"), after: rapid.Bool().Draw(t, "after")}
			s.act(t, id, rapid.IntRange(0, 7).Draw(t, "act"))
			s.boot()
			s.requireSound(t, id)
			s.now = s.now.Add(time.Millisecond)
		}
		s.work(t)
		s.requireTidy(t, id)
		// The next check begins with nothing left to do.
		if l := s.mine(t, id); l.Status == listing.PendingReview {
			_, err := s.sign(t, l.Waiting.Request)
			require.NoError(t, err)
			s.requireSound(t, id)
		}
		_, _, err := s.update(id, "", "delisted")
		require.NoError(t, err)
		s.work(t)
		s.requireTidy(t, id)
	})
}

// act does one thing, which may be refused or die on the way.
func (s *stall) act(t *rapid.T, id market.ListingID, what int) {
	l, err := s.mine(t, id), error(nil)
	switch what {
	case 0:
		_, _, err = s.update(id, fmt.Sprint(rapid.IntRange(1, 3).Draw(t, "price")), "")
	case 1:
		_, _, err = s.update(id, "", "paused")
	case 2:
		_, _, err = s.update(id, "", "active")
	case 3, 4:
		if l.Waiting != nil {
			_, err = s.sign(t, l.Waiting.Request)
		}
	case 5:
		if l.Renewal != nil {
			_, err = s.sign(t, l.Renewal.Request)
		}
	case 6:
		s.now = s.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "days")) * 24 * time.Hour)
		s.work(t)
	case 7:
		s.work(t)
	}
	if err != nil && !errors.Is(err, errCrash) {
		require.Contains(t, []market.Code{market.Invalid, market.Conflict}, market.CodeOf(err), "%v", err)
	}
}

func (s *stall) requireSound(t *rapid.T, id market.ListingID) {
	ctx, l := context.Background(), s.mine(t, id)
	waits := map[market.SignatureID]seal.Order{}
	if l.Published != nil {
		s.sold[listing.KeyName(id, l.Published.Order.Version)] = true
	}
	if l.Waiting != nil {
		waits[l.Waiting.Request] = l.Waiting.Order
		require.True(t, s.hasKey(t, id, l.Waiting.Order.Version), "what may be signed can be sold")
		require.NotEqual(t, listing.Rejected, l.Status)
	}
	if l.Renewal != nil {
		waits[l.Renewal.Request] = l.Renewal.Order
		require.Equal(t, listing.Active, l.Status)
	}
	asked := 0
	require.NoError(t, s.Records.View(ctx, func(tx *records.Tx) error {
		return tx.OpenSignatures(seller, func(r signature.Request) bool {
			if r.Subject == string(id) {
				order, known := waits[r.ID]
				require.True(t, known, "a request that nothing waits for")
				require.Equal(t, s.listings.Domain.Order(order), r.Digest)
				asked++
			}
			return true
		})
	}))
	require.Len(t, waits, asked, "something waits that is not asked for")
	if l.Status != listing.Active {
		require.Empty(t, s.onSale(t, id))
		return
	}
	require.Equal(t, l.Price.String(), s.onSale(t, id))
	require.Equal(t, l.Price, l.Published.Order.Price)
	require.NoError(t, seal.Check(s.wallet.address(), s.listings.Domain.Order(l.Published.Order), l.Published.Signature))
	raw, err := s.Keys.Get(ctx, listing.KeyName(id, l.Published.Order.Version))
	require.NoError(t, err)
	require.True(t, seal.Key(raw).Opens(l.Published.Order.KeyCommitment))
	m, err := listing.DecodeManifest(l.Published.Manifest)
	require.NoError(t, err)
	block, err := s.Vault.Block(ctx, m.KeyBundle, 1<<10)
	require.NoError(t, err)
	require.False(t, bytes.Equal(block, make([]byte, len(block))))
}

// requireTidy looks for keys that nothing needs, when all tasks are done.
func (s *stall) requireTidy(t *rapid.T, id market.ListingID) {
	l := s.mine(t, id)
	for v := uint64(1); v <= l.Version; v++ {
		if (l.Waiting == nil || v != l.Waiting.Order.Version) && !s.sold[listing.KeyName(id, v)] {
			require.False(t, s.hasKey(t, id, v), "version %d was never on sale and keeps its key", v)
		}
	}
}
