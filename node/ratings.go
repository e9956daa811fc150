package node

import (
	"context"

	"privd/market"
	"privd/market/rating"
	"privd/storage/records"
)

// openRatings builds what takes the ratings of buyers here and elsewhere.
func (n *Node) openRatings() {
	n.ratings = &rating.Service{
		Store: records.As[rating.Tx](n.records), Signer: n.ring, Domain: n.face.Domain(), Gossip: gossip{n}, Clock: n.clock.Now,
		Changed: n.standingChanged,
	}
}

// PublishRating implements rating.Gossip.
func (g gossip) PublishRating(ctx context.Context, s rating.Signed) error {
	return g.n.host.PublishRating(ctx, s)
}

// standingChanged brings the catalog up to date after the standing of a listing and
// of its seller moved: each of the seller's listings shows that.
func (n *Node) standingChanged(listing market.Hash, seller market.Address) {
	if err := n.catalog.Stood(context.Background(), listing, seller); err != nil {
		n.log.Error("catalog was not refreshed", "seller", seller, "error", err)
	}
}
