package seal

import "privd/market"

var reportTypeHash = keccak("Report(bytes32 order,bytes32 purchase,bytes32 evidence)")

// Report returns the digest by which the delegate of a purchase says that its seller
// delivered something else than the order, which is named by its digest, promised.
// evidence is the SHA-256 of what proves it.
func (d Domain) Report(order, purchase, evidence market.Hash) market.Hash {
	return d.digest(words(reportTypeHash, order, purchase, evidence))
}
