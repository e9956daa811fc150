package erasure_test

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/account"
	"privd/market/content"
	"privd/market/contribution"
	"privd/market/erasure"
	"privd/market/listing"
	"privd/market/media"
	"privd/market/preview"
	"privd/market/review"
	"privd/market/seal"
	"privd/market/task"
	"privd/storage/records"
	"privd/storage/storagetest"
)

const owner = market.UserID("usr_owner")

var errDead = errors.New("the process is dead")

// life is a process that dies at a chosen step: before or after one of the things it
// does that last. Once dead it does nothing more.
type life struct {
	steps int
	dieAt int // 0: never
}

// step counts one step and reports whether the process is dead.
func (l *life) step() error {
	l.steps++
	if l.dieAt > 0 && l.steps >= l.dieAt {
		return errDead
	}
	return nil
}

// do takes one lasting action between two steps.
func (l *life) do(action func() error) error {
	if err := l.step(); err != nil {
		return err
	}
	if err := action(); err != nil {
		return err
	}
	return l.step()
}

// mortalStore commits as long as the process lives.
type mortalStore[T any] struct {
	market.Store[T]
	life *life
}

func (s mortalStore[T]) Update(ctx context.Context, fn func(T) error) error {
	return s.life.do(func() error { return s.Store.Update(ctx, fn) })
}

// mortalVault erases as long as the process lives; it may die between a key and the
// blocks it opens.
type mortalVault struct {
	content.Vault
	keys content.Keyring
	life *life
}

func (v mortalVault) Erase(ctx context.Context, id string) error {
	if err := v.life.do(func() error { return v.keys.Destroy(ctx, id) }); err != nil {
		return err
	}
	return v.life.do(func() error { return v.Vault.Erase(ctx, id) })
}

func (v mortalVault) Discard(id string) error {
	return v.life.do(func() error { return v.Vault.Discard(id) })
}

// mortalKeys destroys as long as the process lives.
type mortalKeys struct {
	content.Keyring
	life *life
}

func (k mortalKeys) Destroy(ctx context.Context, name string) error {
	return k.life.do(func() error { return k.Keyring.Destroy(ctx, name) })
}

// wallet signs for everybody: all wallets here are one.
type wallet struct{ *ecdsa.PrivateKey }

func (w wallet) address() market.Address { return crypto.PubkeyToAddress(w.PublicKey) }

func (w wallet) NewWallet(context.Context) (market.Address, error) { return w.address(), nil }

func (w wallet) SignDigest(_ context.Context, _ market.Address, digest market.Hash) (seal.Sig, error) {
	rsv, err := crypto.Sign(digest[:], w.PrivateKey)
	if err != nil {
		return seal.Sig{}, err
	}
	return seal.Compact(rsv)
}

// world is the node around the deletions: what it tells is noted.
type world struct {
	owing   bool
	offline bool
	told    []listing.Erasure
	copies  []listing.Erasure
}

func (w *world) PublishAnnouncement(context.Context, listing.Announcement) error { return nil }
func (w *world) PublishWithdrawal(context.Context, listing.Withdrawal) error     { return nil }

func (w *world) PublishErasure(_ context.Context, e listing.Erasure) error {
	if w.offline {
		return market.Fail(market.Unavailable, "no peer")
	}
	w.told = append(w.told, e)
	return nil
}

func (w *world) Owing(context.Context, market.ListingID, uint64) (bool, error) { return w.owing, nil }

func (w *world) Erased(_ context.Context, e listing.Erasure) error {
	w.copies = append(w.copies, e)
	return nil
}

// node is a seller's node on real storage.
type node struct {
	*storagetest.Stack
	world
	life          life
	now           time.Time
	wallet        wallet
	domain        seal.Domain
	contributions *contribution.Service
	listings      *listing.Service
	erasures      *erasure.Service
}

func newNode(t *testing.T) *node {
	t.Helper()
	key, err := crypto.GenerateKey()
	require.NoError(t, err)
	n := &node{Stack: storagetest.New(t), now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), wallet: wallet{key},
		domain: seal.Domain{ChainID: 31337, Market: market.Address{7}}}
	n.boot(t)
	require.NoError(t, n.Records.Update(t.Context(), func(tx *records.Tx) error {
		return tx.PutUser(account.User{ID: owner, Wallet: n.wallet.address(), Managed: true, CreatedAt: n.now})
	}))
	return n
}

// boot starts a new process on the storage.
func (n *node) boot(t *testing.T) {
	t.Helper()
	clock := func() time.Time { return n.now }
	vault := mortalVault{n.Vault, n.Keys, &n.life}
	scorer, err := review.NewScorer(review.DefaultConfig())
	require.NoError(t, err)
	n.contributions = &contribution.Service{
		Store: records.As[contribution.Tx](n.Records), Vault: n.Vault, Clock: clock, Scorer: scorer, Policy: review.DefaultPolicy(), MarkKey: seal.Key{1},
	}
	n.listings = &listing.Service{
		Store: mortalStore[listing.Tx]{records.As[listing.Tx](n.Records), &n.life}, Vault: vault, Keyring: mortalKeys{n.Keys, &n.life}, Wallets: n.wallet,
		Domain: n.domain, Sealer: n.wallet.address(), Peers: func() []string { return []string{"peer"} }, Clock: clock,
		Policy: func(listing.Listing) (review.Verdict, string) { return review.Approve, "" }, Gossip: n, Changed: func(market.ListingID) {},
		Previews: &preview.Maker{Scorer: scorer},
	}
	n.erasures = &erasure.Service{
		Store: mortalStore[erasure.Tx]{records.As[erasure.Tx](n.Records), &n.life}, Vault: vault, Listings: n.listings, Sales: n, Copies: n, Gossip: n,
		Signer: n.wallet, Domain: n.domain, Sealer: n.wallet.address(), MarkKey: seal.Key{1}, Clock: clock,
	}
}

// upload gives a text and has it reviewed, or not.
func (n *node) upload(t *testing.T, text string, reviewed bool) contribution.Contribution {
	t.Helper()
	got, err := n.contributions.Receive(t.Context(), owner, contribution.File{Filename: "a.txt"}, strings.NewReader(text))
	require.NoError(t, err)
	c, err := n.contributions.Accept(t.Context(), got, contribution.Form{Kind: media.Text, Consent: contribution.Consent{AI: true, Commercial: true}})
	require.NoError(t, err)
	if reviewed {
		_, err = n.contributions.Judge(t.Context(), c.ID, 0)
		require.NoError(t, err)
		c, err = n.contributions.Get(t.Context(), owner, c.ID)
		require.NoError(t, err)
		require.Equal(t, contribution.Approved, c.Status, c.Reason)
	}
	return c
}

func (n *node) sell(t *testing.T, ids ...market.ContributionID) listing.Listing {
	t.Helper()
	l, err := n.listings.Create(t.Context(), owner, listing.Input{Title: "t", Description: "d", Category: listing.Text, Price: market.Wei(1000), Contributions: ids})
	require.NoError(t, err)
	pending, active := listing.PendingReview, listing.Active
	_, _, err = n.listings.Update(t.Context(), owner, l.ID, listing.Patch{Status: &pending})
	require.NoError(t, err)
	_, err = n.listings.Approve(t.Context(), l.ID)
	require.NoError(t, err)
	l, err = n.listings.Mine(t.Context(), owner, l.ID)
	require.NoError(t, err)
	require.Equal(t, active, l.Status)
	return l
}

// work runs the stored task of a deletion until it rests, as the runner would.
func (n *node) work(t *testing.T, id market.ContributionID) task.Next {
	t.Helper()
	key := erasure.TaskKey(owner, id)
	err := n.Records.View(t.Context(), func(tx *records.Tx) error { _, err := tx.Task(task.Erase, key); return err })
	require.NoError(t, err, "what was begun has a task")
	next, err := n.erasures.Step(t.Context(), key)
	require.NoError(t, err)
	return next
}

func (n *node) deletion(t *testing.T, id market.ContributionID) (d erasure.Deletion) {
	t.Helper()
	require.NoError(t, n.Records.View(t.Context(), func(tx *records.Tx) (err error) { d, err = tx.Deletion(owner, id); return err }))
	return d
}

// holds lists the files of the repo whose name begins with a prefix.
func (n *node) holds(t *testing.T, prefix string) (names []string) {
	t.Helper()
	for _, dir := range []string{n.Repo.Blocks(), n.Repo.Keys()} {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), prefix) {
				names = append(names, e.Name())
			}
		}
	}
	return names
}

func story(n int) string {
	var b strings.Builder
	for i := range 120 {
		fmt.Fprintf(&b, "Chapter %d of story %d tells of word%d and other%d. ", i, n, i*7*n, i*11+n)
	}
	return b.String()
}

// TestCrash kills the process at each step of an erasure; a new one finishes it.
func TestCrash(t *testing.T) {
	t.Parallel()
	whole := newNode(t)
	first, second := whole.upload(t, story(1), true), whole.upload(t, story(2), true)
	whole.sell(t, first.ID, second.ID)
	whole.life = life{}
	_, err := whole.erasures.Delete(t.Context(), owner, first.ID, erasure.Request{})
	require.NoError(t, err)
	steps := whole.life.steps
	require.Greater(t, steps, 20)
	for dieAt := 1; dieAt <= steps; dieAt++ {
		t.Run(fmt.Sprint(dieAt), func(t *testing.T) {
			t.Parallel()
			n := newNode(t)
			gone, stays := n.upload(t, story(1), true), n.upload(t, story(2), true)
			l := n.sell(t, gone.ID, stays.ID)
			require.NotEmpty(t, n.holds(t, string(gone.ID)))
			n.life = life{dieAt: dieAt}
			_, _ = n.erasures.Delete(t.Context(), owner, gone.ID, erasure.Request{})
			n.Reopen(t)
			n.life = life{}
			n.boot(t)
			if _, err := n.contributions.Get(t.Context(), owner, gone.ID); err == nil {
				_, err := n.erasures.Delete(t.Context(), owner, gone.ID, erasure.Request{})
				require.NoError(t, err)
			}
			n.work(t, gone.ID)

			require.Empty(t, n.holds(t, string(gone.ID)))
			require.Empty(t, n.holds(t, string(l.ID)))
			require.False(t, n.deletion(t, gone.ID).ErasedAt.IsZero())
			_, err := n.contributions.Get(t.Context(), owner, gone.ID)
			require.ErrorIs(t, err, market.Fail(market.NotFound, ""))
			_, err = n.erasures.Delete(t.Context(), owner, gone.ID, erasure.Request{})
			require.Equal(t, market.NotFound, market.CodeOf(err), "twice")
			now, err := n.listings.Mine(t.Context(), owner, l.ID)
			require.NoError(t, err)
			require.Equal(t, listing.Paused, now.Status)
			require.Equal(t, []market.ContributionID{stays.ID}, now.Contributions)
			require.Equal(t, stays.Object.Size, now.TotalSize)
			require.Nil(t, now.Published)
			report, err := n.Verify(t.Context(), nil)
			require.NoError(t, err)
			require.Empty(t, report.Damages)

			// What stays is sold on, in a version of its own.
			active := listing.Active
			now, _, err = n.listings.Update(t.Context(), owner, l.ID, listing.Patch{Status: &active})
			require.NoError(t, err)
			require.Equal(t, l.Version+1, now.Version)
			r, err := n.contributions.Open(t.Context(), owner, stays.ID)
			require.NoError(t, err)
			text, err := io.ReadAll(r)
			require.NoError(t, errors.Join(err, r.Close()))
			require.Equal(t, story(2), string(text))
		})
	}
}

// A deletion waits for buyers who have paid, and for nobody once its deadline has
// come.
func TestWaitsForBuyers(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	c := n.upload(t, story(1), true)
	l := n.sell(t, c.ID)
	n.owing, n.offline = true, true
	d, err := n.erasures.Delete(t.Context(), owner, c.ID, erasure.Request{Reason: " because "})
	require.NoError(t, err)
	require.Equal(t, erasure.GDPR, d.Type)
	require.Equal(t, "because", d.Reason)
	require.Equal(t, n.now.Add(30*24*time.Hour), d.Deadline)
	now, err := n.listings.Mine(t.Context(), owner, l.ID)
	require.NoError(t, err)
	require.Equal(t, listing.Paused, now.Status, "off the market at once")
	require.Len(t, n.copies, 1, "this node's buyers")
	require.NotEmpty(t, n.holds(t, string(c.ID)))
	require.NotEmpty(t, n.holds(t, listing.KeyName(l.ID, 1)))

	n.now = n.now.Add(time.Hour)
	require.False(t, n.work(t, c.ID).Done)
	require.NotEmpty(t, n.holds(t, string(c.ID)))
	n.offline = false
	n.work(t, c.ID)
	require.Len(t, n.told, 1, "others hand it out no more, even while it waits")
	require.NoError(t, listing.CheckErasure(n.domain, n.told[0], n.now))

	n.now = d.Deadline
	require.True(t, n.work(t, c.ID).Done)
	require.Empty(t, n.holds(t, string(c.ID)))
	require.Empty(t, n.holds(t, string(l.ID)))
	require.Nil(t, n.deletion(t, c.ID).Work, "nothing of it is left but the record")
}

// The compliance record says what was done, and nothing of the content.
func TestRecord(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	c := n.upload(t, story(1), true)
	n.now = n.now.Add(time.Second)
	pending := n.upload(t, story(2), false)
	_, err := n.erasures.Delete(t.Context(), "usr_other", c.ID, erasure.Request{})
	require.Equal(t, market.NotFound, market.CodeOf(err))
	_, err = n.erasures.Delete(t.Context(), owner, c.ID, erasure.Request{Reason: strings.Repeat("x", 1001)})
	require.Equal(t, market.Invalid, market.CodeOf(err))
	d, err := n.erasures.Delete(t.Context(), owner, c.ID, erasure.Request{GDPR: true})
	require.NoError(t, err)
	require.Equal(t, erasure.GDPR, d.Type)
	n.now = n.now.Add(time.Second)
	d, err = n.erasures.Delete(t.Context(), owner, pending.ID, erasure.Request{})
	require.NoError(t, err)
	require.Equal(t, erasure.Hard, d.Type)
	require.Zero(t, d.Deadline)
	require.Empty(t, n.holds(t, string(pending.ID)), "at once")
	require.NoError(t, n.Records.View(t.Context(), func(tx *records.Tx) error {
		scrub, err := tx.Task(task.Scrub, "records")
		require.Equal(t, n.now.Add(24*time.Hour-time.Second), scrub.Due, "within a day of the first, whatever follows")
		return err
	}))

	page, total, err := n.erasures.List(t.Context(), owner, 10, 0)
	require.NoError(t, err)
	require.Equal(t, 2, total)
	require.Equal(t, []market.ContributionID{pending.ID, c.ID}, []market.ContributionID{page[0].Contribution, page[1].Contribution})
	require.False(t, page[0].ErasedAt.IsZero())
	require.NotContains(t, fmt.Sprintf("%+v", page), "a.txt")
	require.NotContains(t, fmt.Sprintf("%+v", page), c.FileHash.Hex())
	require.NotEqual(t, c.FileHash, page[1].Mark)

	// The same files again: what was never rewarded is, what was is not.
	again := n.upload(t, story(1), true)
	require.True(t, again.Earned.IsZero())
	fresh := n.upload(t, story(2), true)
	require.False(t, fresh.Earned.IsZero())
}

// A pending contribution with force_gdpr is a request with a deadline.
func TestForced(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	c := n.upload(t, story(1), false)
	d, err := n.erasures.Delete(t.Context(), owner, c.ID, erasure.Request{GDPR: true})
	require.NoError(t, err)
	require.Equal(t, erasure.GDPR, d.Type)
	_, err = n.contributions.Judge(t.Context(), c.ID, 0)
	require.NoError(t, err, "its review has nothing to do any more")
	require.Empty(t, n.holds(t, string(c.ID)))
}
