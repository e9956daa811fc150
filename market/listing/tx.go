package listing

import (
	"privd/market"
	"privd/market/account"
	"privd/market/content"
	"privd/market/contribution"
	"privd/market/dataset"
	"privd/market/signature"
)

// Tx is the part of a transaction that listings need.
type Tx interface {
	dataset.Tx
	User(market.UserID) (account.User, error)
	Contribution(market.ContributionID) (contribution.Contribution, error)
	PutContribution(contribution.Contribution) error
	// Listing returns NotFound when this node made no such listing.
	Listing(market.ListingID) (Listing, error)
	// ListingByHash finds a listing of this node by how orders name it.
	ListingByHash(market.Hash) (Listing, error)
	PutListing(Listing) error
	// ListingsOf lists a user's listings, newest first.
	ListingsOf(market.UserID) ([]Listing, error)
	// HeldListings calls each with the listings that wait for the operator, the oldest
	// first, until it returns false.
	HeldListings(each func(Listing) bool) error
	PutPack(content.Pack) error
	Signature(market.SignatureID) (signature.Request, error)
	PutSignature(signature.Request) error
	DeleteSignature(market.SignatureID) error
	OpenSignatures(user market.UserID, each func(signature.Request) bool) error

	// Offer returns what the network offers under an id; NotFound when nothing.
	Offer(market.ListingID) (Offer, error)
	// OfferByHash finds an offer by how orders name its listing.
	OfferByHash(market.Hash) (Offer, error)
	PutOffer(Offer) error
	DeleteOffer(market.ListingID) error
	// Offers calls each with every offer, in no order, until it returns false.
	Offers(each func(Offer) bool) error
	// OffersAfter calls each with the offers whose listing hash is above after, in
	// ascending order of the hash, until it returns false.
	OffersAfter(after market.Hash, each func(Offer) bool) error
	// OffersExpired lists up to limit offers whose order expired before the unix
	// second.
	OffersExpired(before uint64, limit int) ([]market.ListingID, error)
	// Withdrawal returns the newest withdrawal of a listing; NotFound when there is
	// none.
	Withdrawal(listing market.Hash) (Withdrawal, error)
	PutWithdrawal(Withdrawal) error
	// WithdrawalsAfter is OffersAfter for withdrawals.
	WithdrawalsAfter(after market.Hash, each func(Withdrawal) bool) error

	// Wanted returns an announcement whose manifest is still to be fetched.
	Wanted(id market.Hash) (Wanted, error)
	PutWanted(Wanted) error
	DeleteWanted(id market.Hash) error
	// CountWantedOf counts those that one peer told of, up to limit.
	CountWantedOf(peer string, limit int) (int, error)
	// CountWanted counts them, up to limit.
	CountWanted(limit int) (int, error)
}
