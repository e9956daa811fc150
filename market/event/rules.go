package event

import (
	"slices"
	"strings"

	"privd/market/claim"
	"privd/market/contribution"
	"privd/market/earning"
	"privd/market/erasure"
	"privd/market/listing"
	"privd/market/purchase"
	"privd/market/rating"
	"privd/market/signature"
)

// The rules: what a change means to a user. before is nil for what is new, after for
// what is gone.

// OfContribution tells of reviews.
func OfContribution(before, after *contribution.Contribution) []Event {
	if before == nil || after == nil || (before.Status == after.Status && (before.Quality != nil || after.Quality == nil)) {
		return nil
	}
	return one(Event{User: after.User, Kind: ContributionReviewed, Contribution: after.ID,
		Status: string(after.Status), Before: string(before.Status), Amount: after.Earned, Text: cut(after.Reason)})
}

// OfDeletion tells that a contribution is off the market, and that it is gone.
func OfDeletion(before, after *erasure.Deletion) []Event {
	if after == nil {
		return nil
	}
	e := Event{User: after.User, Contribution: after.Contribution, Text: string(after.Type)}
	var all []Event
	if before == nil {
		e.Kind, e.Status = ContributionDeleted, "deleted"
		all = append(all, e)
	}
	if !after.ErasedAt.IsZero() && (before == nil || before.ErasedAt.IsZero()) {
		e.Kind, e.Status = ContributionErased, "erased"
		all = append(all, e)
	}
	return all
}

// OfListing tells of every change that somebody can see.
func OfListing(before, after *listing.Listing) []Event {
	if after == nil {
		return one(Event{User: before.Owner, Kind: ListingChanged, Listing: before.ID,
			Status: "deleted", Before: string(before.Status), Changed: []string{"status"}})
	}
	e := Event{User: after.Owner, Kind: ListingChanged, Listing: after.ID, Status: string(after.Status), Text: cut(after.Reason)}
	var old listing.Listing
	if before != nil {
		old = *before
		e.Before = string(old.Status)
	}
	for _, field := range []struct {
		name    string
		changed bool
	}{
		{"status", old.Status != after.Status},
		{"title", old.Title != after.Title},
		{"description", old.Description != after.Description},
		{"price_priv", old.Price != after.Price},
		{"tags", !slices.Equal(old.Tags, after.Tags)},
		{"contribution_ids", !slices.Equal(old.Contributions, after.Contributions)},
		{"held_at", old.HeldAt.IsZero() != after.HeldAt.IsZero()},
	} {
		if field.changed {
			e.Changed = append(e.Changed, field.name)
		}
	}
	if e.Changed == nil {
		return nil
	}
	return one(e)
}

// OfPurchase tells a buyer of each step.
func OfPurchase(before, after *purchase.Purchase) []Event {
	if after == nil || (before != nil && before.State == after.State) {
		return nil
	}
	e := Event{User: after.Buyer, Kind: PurchaseMoved, Purchase: after.ID, Listing: after.Listing,
		State: string(after.State), Status: string(after.Access(after.UpdatedAt)), Text: cut(after.Reason)}
	if before != nil {
		e.Before = string(before.Access(after.UpdatedAt))
	}
	return one(e)
}

var earningKinds = map[earning.Status]Kind{
	earning.Pending: EarningBooked, earning.Confirmed: EarningConfirmed, earning.Claimed: EarningClaimed, earning.Cancelled: EarningCancelled,
}

// OfEarning tells of what a user is owed: booked first, and then each status. What
// was cancelled and is owed again is booked again.
func OfEarning(before, after *earning.Earning) []Event {
	if after == nil || (before != nil && before.Status == after.Status) {
		return nil
	}
	e := Event{User: after.User, Kind: earningKinds[after.Status], Earning: after.ID, Status: string(after.Status),
		Amount: after.Amount, Source: after.Source, Claim: after.Claim, Text: cut(after.Reference)}
	if before == nil {
		e.Kind = EarningBooked
	} else {
		e.Before = string(before.Status)
	}
	return one(e)
}

// OfClaim tells of each status of a payout.
func OfClaim(before, after *claim.Claim) []Event {
	if after == nil || (before != nil && before.Status == after.Status) {
		return nil
	}
	e := Event{User: after.User, Kind: ClaimMoved, Claim: after.ID, Status: string(after.Status), Amount: after.Total}
	if before != nil {
		e.Before = string(before.Status)
	}
	if paid := after.TxHashes(); len(paid) > 0 {
		e.Text = paid[len(paid)-1].String()
	}
	return one(e)
}

// OfSignature tells the user of an external wallet that something waits for it.
func OfSignature(before, after *signature.Request) []Event {
	if before != nil || after == nil || after.Signature != nil {
		return nil
	}
	return one(Event{User: after.User, Kind: SignatureRequested, Signature: after.ID, Text: string(after.Kind)})
}

// OfRating tells a seller of this node what a buyer says.
func OfRating(before, after *rating.Rating) []Event {
	if after == nil || after.Owner == "" || (before != nil && before.Signed.Stars == after.Signed.Stars) {
		return nil
	}
	return one(Event{User: after.Owner, Kind: RatingReceived, Listing: after.ListingID,
		Stars: after.Signed.Stars, Text: cut(after.Signed.Comment)})
}

func one(e Event) []Event { return []Event{e} }

// cut bounds a text, at a character.
func cut(text string) string {
	if len(text) <= MaxText {
		return text
	}
	return strings.ToValidUTF8(text[:MaxText], "")
}
