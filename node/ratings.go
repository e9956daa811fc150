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
		Changed: n.sellerChanged,
	}
}

// PublishRating implements rating.Gossip.
func (g gossip) PublishRating(ctx context.Context, s rating.Signed) error {
	return g.n.host.PublishRating(ctx, s)
}

// sellerChanged brings the catalog up to date after the standing of a seller moved:
// each of its listings shows that.
func (n *Node) sellerChanged(_ market.Hash, seller market.Address) {
	if err := n.catalog.RefreshSeller(context.Background(), seller); err != nil {
		n.log.Error("catalog was not refreshed", "seller", seller, "error", err)
	}
}
