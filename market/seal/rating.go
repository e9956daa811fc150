package seal

import "privd/market"

var ratingTypeHash = keccak("Rating(bytes32 purchase,uint8 stars,bytes32 comment)")

// Rating returns the digest by which a delegate rates a purchase. comment is
// CommentHash of the text that travels beside it.
func (d Domain) Rating(purchase market.Hash, stars uint8, comment market.Hash) market.Hash {
	return d.digest(words(ratingTypeHash, purchase, number(uint64(stars)), comment))
}

// CommentHash returns how a rating names its comment: keccak256 of the UTF-8.
func CommentHash(comment string) market.Hash { return keccak(comment) }
