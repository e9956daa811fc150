package seal

import "privd/market"

var erasedTypeHash = keccak("Erased(address seller,bytes32 listing,bytes32 content,uint64 at)")

// Erased returns the digest by which a seller or its sealer asks whoever holds a
// copy of a listing's content to erase it. content is a digest of the content's
// CID, at is in unix seconds.
func (d Domain) Erased(seller market.Address, listing, content market.Hash, at uint64) market.Hash {
	return d.digest(words(erasedTypeHash, address(seller), listing, content, number(at)))
}
