package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

// TestKilledAfterAnswers kills a node at once after each answer that promises
// something, and finds the promise kept after the restart:
//
//  1. an upload is there, whole, and is reviewed;
//  2. a draft is there; submitted, it becomes active, once, and the other node sees it;
//  3. a purchase whose seller is away is pending and no money has moved; with both
//     nodes killed and started again it completes by itself, and is paid once;
//  4. a completed purchase can be read.
func TestKilledAfterAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("a dozen starts of whole nodes")
	}
	t.Parallel()
	s := &crashStory{testNet: startNet(t)}
	s.alice, s.carol = s.user(0), s.user(1)
	content := words(4000)

	contribution := s.upload(t, content)
	s.again(t, 0)
	s.approved(t, contribution)

	listing := s.draft(t, contribution)
	s.again(t, 0)
	require.EqualValues(t, "draft", s.listing(t, s.alice, listing).Status)
	s.submit(t, listing)
	s.again(t, 0)
	s.active(t, listing)
	other := s.draft(t, contribution)
	s.submit(t, other)
	s.active(t, other)

	s.hurry(t)
	before := s.balance(t)
	s.kill(t, 0)
	pending := s.buy(t, listing)
	require.EqualValues(t, "pending", pending.Status)
	require.False(t, s.timeline(t, pending.PurchaseID).MoneyMoved)
	require.Equal(t, before, s.balance(t))
	s.again(t, 1)
	s.start(t, 0)
	s.completed(t, pending.PurchaseID)
	s.paid(t, before, 1)
	s.reads(t, pending, content)

	bought := s.buy(t, other)
	s.again(t, 1)
	s.completed(t, bought.PurchaseID)
	s.paid(t, before, 2)
	s.reads(t, bought, content)

	var page oas.PurchasePage
	require.NoError(t, s.carol.Get(t.Context(), "/marketplace/wallet/purchases", url.Values{"include": {"pending"}}, &page))
	require.Len(t, page.Purchases, 2)
	for i := range s.file.Nodes {
		require.NoError(t, s.operator(i).Verify(t.Context(), func(l oas.VerifyLine) { require.Zero(t, l.Damaged) }))
	}
}

// crashStory is alice on node 0, who sells, and carol on node 1, who buys.
type crashStory struct {
	*testNet
	alice, carol call.Node
}

const crashPrice = "3.25"

// words makes a text of n words that is no copy of another.
func words(n int) []byte {
	var text strings.Builder
	for range n {
		for range 2 + rand.IntN(8) {
			text.WriteByte(byte('a' + rand.IntN(26)))
		}
		text.WriteByte(" \n"[rand.IntN(12)/11])
	}
	return []byte(text.String())
}

func (s *crashStory) upload(t *testing.T, content []byte) string {
	t.Helper()
	up, err := s.alice.Upload(t.Context(), call.Upload{
		Name: "words.txt", Content: bytes.NewReader(content), Size: int64(len(content)), Type: "text",
		AI: true, Research: true, Commerce: true,
	})
	require.NoError(t, err)
	return up.ContributionID
}

func (s *crashStory) approved(t *testing.T, id string) {
	t.Helper()
	eventually(t, "approval", func(ctx context.Context) bool {
		var answer oas.ContributionAnswer
		require.NoError(t, s.alice.Get(ctx, contributionPath(id), nil, &answer))
		require.NotEqualValues(t, "rejected", answer.Contribution.Status)
		return answer.Contribution.Status == "approved"
	})
}

func (s *crashStory) draft(t *testing.T, contribution string) string {
	t.Helper()
	var made oas.CreatedListing
	require.NoError(t, s.alice.Send(t.Context(), http.MethodPost, "/marketplace/wallet/listings", oas.CreateListingJSONBody{
		Title: "Words", Description: "Many words.", Category: "text", PricePriv: json.Number(crashPrice),
		ContributionIds: []string{contribution},
	}, &made))
	return made.ListingID
}

func (s *crashStory) submit(t *testing.T, listing string) {
	t.Helper()
	status := oas.ListingStatus("pending_review")
	require.NoError(t, s.alice.Send(t.Context(), http.MethodPut, listingPath(listing), oas.ListingUpdate{Status: &status}, nil))
}

func (s *crashStory) listing(t *testing.T, who call.Node, id string) oas.ListingDetails {
	t.Helper()
	var answer oas.ListingAnswer
	require.NoError(t, who.Get(t.Context(), listingPath(id), nil, &answer))
	return answer.Listing
}

// active waits until a listing is on sale on both nodes.
func (s *crashStory) active(t *testing.T, id string) {
	t.Helper()
	eventually(t, "an active listing", func(context.Context) bool { return s.listing(t, s.alice, id).Status == "active" })
	eventually(t, "gossip", func(ctx context.Context) bool {
		err := s.carol.Get(ctx, listingPath(id), nil, nil)
		return err == nil
	})
}

// hurry makes node 1 answer purchases that are not completed after a second.
func (s *crashStory) hurry(t *testing.T) {
	t.Helper()
	path := filepath.Join(s.file.Nodes[1].Repo, "config.toml")
	config, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(config), "[trade]\n")
	config = bytes.Replace(config, []byte("[trade]\n"), []byte("[trade]\nbuy_wait = \"1s\"\n"), 1)
	require.NoError(t, os.WriteFile(path, config, 0o600))
	s.again(t, 1)
}

func (s *crashStory) buy(t *testing.T, listing string) (bought oas.PurchasedListing) {
	t.Helper()
	require.NoError(t, s.carol.Send(t.Context(), http.MethodPost, listingPath(listing)+"/purchase", nil, &bought))
	require.NotEqualValues(t, "failed", bought.Status)
	return bought
}

func (s *crashStory) timeline(t *testing.T, purchase string) (line oas.Timeline) {
	t.Helper()
	require.NoError(t, s.carol.Get(t.Context(), purchasePath(purchase)+"/timeline", nil, &line))
	return line
}

func (s *crashStory) completed(t *testing.T, purchase string) {
	t.Helper()
	var p oas.Purchase
	eventually(t, "a completed purchase", func(ctx context.Context) bool {
		require.NoError(t, s.carol.Get(ctx, purchasePath(purchase), nil, &p))
		require.NotEqualValues(t, "failed", p.Status)
		return p.Status == "active"
	})
}

func (s *crashStory) balance(t *testing.T) market.Amount {
	t.Helper()
	var b oas.Balance
	require.NoError(t, s.carol.Get(t.Context(), "/user/balance", nil, &b))
	wei, err := market.ParseWei(b.PrivBalanceWei)
	require.NoError(t, err)
	return wei
}

// paid checks that carol has paid the price exactly so many times.
func (s *crashStory) paid(t *testing.T, before market.Amount, times int) {
	t.Helper()
	price, err := market.ParsePRIV(crashPrice)
	require.NoError(t, err)
	want := before
	for range times {
		want, err = want.Sub(price)
		require.NoError(t, err)
	}
	require.Equal(t, want.PRIV(), s.balance(t).PRIV())
}

// reads checks that the purchase opens what alice uploaded.
func (s *crashStory) reads(t *testing.T, bought oas.PurchasedListing, content []byte) {
	t.Helper()
	var answer oas.DownloadAnswer
	require.NoError(t, s.carol.Get(t.Context(), purchasePath(bought.PurchaseID)+"/download", url.Values{"access_token": {bought.AccessToken}}, &answer))
	require.Len(t, answer.Downloads, 1)
	body, _, err := s.carol.Fetch(t.Context(), answer.Downloads[0].GatewayURL, 0)
	require.NoError(t, err)
	defer body.Close()
	got, err := io.ReadAll(body)
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, got), "the bytes differ")
}
