// Package rating is what buyers say of what they bought: one to five stars and a
// comment, signed by the delegate that the chain names for the purchase. A rating
// counts once for its listing and once for the seller, and only while the purchase
// stands on chain and is not refunded.
//
// Of two ratings of one purchase the one with fewer stars counts, so that all nodes
// agree whatever they hear first; an honest buyer's node signs only one.
package rating

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"privd/market"
	"privd/market/deal"
	"privd/market/listing"
	"privd/market/purchase"
	"privd/market/seal"
	"privd/market/task"
)

// The bounds of a rating.
const (
	MinStars   = 1
	MaxStars   = 5
	MaxComment = 500 // code points
)

// Signed is a rating as it travels.
type Signed struct {
	Purchase  market.Hash // id on chain
	Stars     uint8
	Comment   string
	Signature seal.Sig // by the purchase's delegate
}

// check returns Invalid, with the field at fault, for what nobody may say.
func (s Signed) check() error {
	if s.Stars < MinStars || s.Stars > MaxStars {
		return market.BadField("rating", fmt.Sprintf("rating must be an integer from %d to %d", MinStars, MaxStars))
	}
	if !utf8.ValidString(s.Comment) || utf8.RuneCountInString(s.Comment) > MaxComment {
		return market.BadField("comment", fmt.Sprintf("comment must have at most %d characters", MaxComment))
	}
	if strings.ContainsFunc(s.Comment, unseen) {
		return market.BadField("comment", "comment must not contain control characters")
	}
	return nil
}

// unseen characters do something where they are shown.
func unseen(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }

func (s Signed) digest(d seal.Domain) market.Hash {
	return d.Rating(s.Purchase, s.Stars, seal.CommentHash(s.Comment))
}

// Rating is a rating as this node keeps it, with what it counts for.
type Rating struct {
	Signed  Signed
	Listing market.Hash
	Seller  market.Address
	// Owner is the seller where that is a user of this node.
	Owner market.UserID
	// ListingID is the listing where it is one of this node.
	ListingID market.ListingID
	// Own says that a user of this node gave it, so that this node publishes it.
	Own bool
	// Counted says that it is part of the statistics.
	Counted    bool
	ReceivedAt time.Time
}

// Stats adds up the ratings of a listing or of a seller.
type Stats struct {
	Sum   int64 // of the stars
	Count int64
}

// Mean returns the mean of count ratings that sum up to sum, as decimal text with
// one digit behind the point, halves rounded up; "0" when there are none.
func Mean(sum, count int64) string {
	if count <= 0 {
		return "0"
	}
	tenths := (20*sum + count) / (2 * count)
	if tenths%10 == 0 {
		return strconv.FormatInt(tenths/10, 10)
	}
	return strconv.FormatInt(tenths/10, 10) + "." + strconv.FormatInt(tenths%10, 10)
}

// Tx is the part of a transaction that ratings need.
type Tx interface {
	task.Tx
	// Purchase returns NotFound when there is none.
	Purchase(market.PurchaseID) (purchase.Purchase, error)
	// ListingByHash finds a listing of this node by how orders name it.
	ListingByHash(market.Hash) (listing.Listing, error)
	EventsOf(purchase market.Hash) ([]deal.Event, error)

	// Rating returns the rating of a purchase; NotFound when there is none.
	Rating(purchase market.Hash) (Rating, error)
	PutRating(Rating) error
	// RatingsAfter calls each with the ratings of purchases above after, in ascending
	// order, until it returns false.
	RatingsAfter(after market.Hash, each func(Rating) bool) error

	// ListingRatings and SellerRatings return zeros for what nobody rated.
	ListingRatings(listing market.Hash) (Stats, error)
	PutListingRatings(listing market.Hash, s Stats) error
	SellerRatings(seller market.Address) (Stats, error)
	PutSellerRatings(seller market.Address, s Stats) error
}
