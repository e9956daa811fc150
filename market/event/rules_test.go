package event_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/claim"
	"privd/market/contribution"
	"privd/market/earning"
	"privd/market/erasure"
	"privd/market/event"
	"privd/market/listing"
	"privd/market/purchase"
	"privd/market/rating"
	"privd/market/seal"
	"privd/market/signature"
)

var at = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)

func TestContributionRules(t *testing.T) {
	t.Parallel()
	pending := contribution.Contribution{ID: "contrib_1", User: "usr_1", Status: contribution.Pending, UpdatedAt: at}
	approved := pending
	approved.Status, approved.Quality, approved.Earned = contribution.Approved, &contribution.Quality{}, market.Wei(7)
	held := pending
	held.Quality, held.Reason = &contribution.Quality{}, "held for the operator"
	edited := approved
	edited.Metadata = []byte("{}")

	require.Empty(t, event.OfContribution(nil, &pending))
	require.Empty(t, event.OfContribution(&approved, &edited))
	require.Empty(t, event.OfContribution(&held, &held))
	require.Equal(t, []event.Event{{User: "usr_1", Kind: event.ContributionReviewed, Contribution: "contrib_1",
		Status: "approved", Before: "pending", Amount: market.Wei(7)}}, event.OfContribution(&pending, &approved))
	require.Equal(t, "held for the operator", event.OfContribution(&pending, &held)[0].Text)
	require.Equal(t, event.ContributionReviewed, event.OfContribution(&held, &approved)[0].Kind)
	require.Empty(t, event.OfContribution(&approved, nil), "its deletion tells")
}

func TestDeletionRules(t *testing.T) {
	t.Parallel()
	asked := erasure.Deletion{Contribution: "contrib_1", User: "usr_1", Type: erasure.GDPR, Reason: "private"}
	told := asked
	told.Work = &erasure.Work{}
	erased := asked
	erased.ErasedAt = at
	deleted := event.Event{User: "usr_1", Kind: event.ContributionDeleted, Contribution: "contrib_1", Status: "deleted", Text: "gdpr_request"}
	gone := event.Event{User: "usr_1", Kind: event.ContributionErased, Contribution: "contrib_1", Status: "erased", Text: "gdpr_request"}
	require.Equal(t, []event.Event{deleted}, event.OfDeletion(nil, &asked))
	require.Empty(t, event.OfDeletion(&asked, &told))
	require.Equal(t, []event.Event{gone}, event.OfDeletion(&asked, &erased))
	require.Empty(t, event.OfDeletion(&erased, &erased))
	require.Equal(t, []event.Event{deleted, gone}, event.OfDeletion(nil, &erased))
}

func TestClaimRules(t *testing.T) {
	t.Parallel()
	asked := claim.Claim{ID: "claim_1", User: "usr_1", Status: claim.Pending, Total: market.Wei(5)}
	tried := asked
	tried.Rewards.Tries = 2
	paid := asked
	paid.Status, paid.Rewards.TxHash = claim.Completed, market.Hash{1}
	require.Equal(t, []event.Event{{User: "usr_1", Kind: event.ClaimMoved, Claim: "claim_1", Status: "pending", Amount: market.Wei(5)}}, event.OfClaim(nil, &asked))
	require.Empty(t, event.OfClaim(&asked, &tried))
	require.Equal(t, []event.Event{{User: "usr_1", Kind: event.ClaimMoved, Claim: "claim_1", Status: "completed", Before: "pending",
		Amount: market.Wei(5), Text: market.Hash{1}.String()}}, event.OfClaim(&asked, &paid))
}

func TestSignatureRules(t *testing.T) {
	t.Parallel()
	asked := signature.Request{ID: "sig_1", User: "usr_1", Kind: signature.Payment, Subject: "purchase_1"}
	answered := asked
	answered.Signature = &seal.Sig{}
	require.Equal(t, []event.Event{{User: "usr_1", Kind: event.SignatureRequested, Signature: "sig_1", Text: "payment"}}, event.OfSignature(nil, &asked))
	require.Empty(t, event.OfSignature(&asked, &answered))
	require.Empty(t, event.OfSignature(&asked, nil))
}

func TestListingRules(t *testing.T) {
	t.Parallel()
	draft := listing.Listing{ID: "listing_1", Owner: "usr_1", Status: listing.Draft, Title: "T", Price: market.Wei(1), UpdatedAt: at}
	active := draft
	active.Status, active.Price = listing.Active, market.Wei(2)
	renewed := active
	renewed.Version, renewed.Published = 2, &listing.Published{}
	require.Equal(t, []string{"status", "title", "price_priv"}, event.OfListing(nil, &draft)[0].Changed)
	require.Equal(t, []event.Event{{User: "usr_1", Kind: event.ListingChanged, Listing: "listing_1", Status: "active", Before: "draft",
		Changed: []string{"status", "price_priv"}}}, event.OfListing(&draft, &active))
	require.Empty(t, event.OfListing(&active, &renewed), "what nobody sees is no event")
	require.Equal(t, "deleted", event.OfListing(&active, nil)[0].Status)
}

func TestPurchaseRules(t *testing.T) {
	t.Parallel()
	asked := purchase.Purchase{ID: "purchase_1", Buyer: "usr_1", Listing: "listing_1", State: purchase.Fetching, AccessToken: "at_secret", UpdatedAt: at}
	opened := asked
	opened.State, opened.ExpiresAt = purchase.Opened, at.Add(time.Hour)
	counted := opened
	counted.Downloads = 3
	require.Equal(t, []event.Event{{User: "usr_1", Kind: event.PurchaseMoved, Purchase: "purchase_1", Listing: "listing_1",
		State: "fetching", Status: "pending"}}, event.OfPurchase(nil, &asked))
	require.Equal(t, []event.Event{{User: "usr_1", Kind: event.PurchaseMoved, Purchase: "purchase_1", Listing: "listing_1",
		State: "opened", Status: "active", Before: "pending"}}, event.OfPurchase(&asked, &opened))
	require.Empty(t, event.OfPurchase(&opened, &counted))
	require.Empty(t, event.OfPurchase(&opened, nil))
}

func TestEarningRules(t *testing.T) {
	t.Parallel()
	booked := earning.Earning{ID: "earn_1", User: "usr_1", Source: earning.DataSales, Amount: market.Wei(5), Status: earning.Pending, Reference: "purchase_1", CreatedAt: at}
	confirmed := booked
	confirmed.Status, confirmed.ConfirmedAt = earning.Confirmed, at.Add(time.Hour)
	claimed := confirmed
	claimed.Status, claimed.Claim = earning.Claimed, "claim_1"
	cancelled := booked
	cancelled.Status = earning.Cancelled
	reward := confirmed
	require.Equal(t, []event.Event{{User: "usr_1", Kind: event.EarningBooked, Earning: "earn_1", Status: "pending",
		Amount: market.Wei(5), Source: earning.DataSales, Text: "purchase_1"}}, event.OfEarning(nil, &booked))
	require.Equal(t, event.EarningBooked, event.OfEarning(nil, &reward)[0].Kind, "what is confirmed at once is one event")
	require.Equal(t, event.EarningConfirmed, event.OfEarning(&booked, &confirmed)[0].Kind)
	require.Equal(t, event.EarningClaimed, event.OfEarning(&confirmed, &claimed)[0].Kind)
	require.Equal(t, event.EarningConfirmed, event.OfEarning(&claimed, &confirmed)[0].Kind, "a claim that failed gives it back")
	require.Equal(t, event.EarningCancelled, event.OfEarning(&booked, &cancelled)[0].Kind)
	require.Equal(t, event.EarningBooked, event.OfEarning(&cancelled, &booked)[0].Kind)
	require.Empty(t, event.OfEarning(&booked, &booked))
}

func TestRatingRules(t *testing.T) {
	t.Parallel()
	elsewhere := rating.Rating{Signed: rating.Signed{Stars: 4, Comment: "fine"}}
	mine := elsewhere
	mine.Owner, mine.ListingID = "usr_1", "listing_1"
	uncounted := mine
	uncounted.Counted = !mine.Counted
	worse := mine
	worse.Signed.Stars = 2
	require.Empty(t, event.OfRating(nil, &elsewhere))
	require.Empty(t, event.OfRating(&mine, &uncounted))
	require.Equal(t, []event.Event{{User: "usr_1", Kind: event.RatingReceived, Listing: "listing_1", Stars: 4, Text: "fine"}}, event.OfRating(nil, &mine))
	require.EqualValues(t, 2, event.OfRating(&mine, &worse)[0].Stars)
}

// Texts are bounded and stay text.
func TestTextIsBounded(t *testing.T) {
	t.Parallel()
	long := contribution.Contribution{Status: contribution.Rejected, Reason: "x" + strings.Repeat("\u00e9", event.MaxText)}
	got := event.OfContribution(&contribution.Contribution{Status: contribution.Pending}, &long)[0].Text
	require.LessOrEqual(t, len(got), event.MaxText)
	require.True(t, utf8.ValidString(got))
}

// What reads as an id is written as the same text.
func FuzzParseID(f *testing.F) {
	for _, seed := range []string{"", "0", "1", "18446744073709551615", "18446744073709551616", "01", "+1", "-1", "1_000", " 1", "0x1", "\u0661"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := event.ParseID("Last-Event-ID", text)
		if err != nil {
			require.ErrorIs(t, err, market.ErrInvalid)
			return
		}
		require.Equal(t, text, event.FormatID(n))
	})
}
