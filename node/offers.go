package node

import (
	"bytes"
	"context"
	"iter"
	"slices"

	"privd/market"
	"privd/market/listing"
	"privd/market/rating"
	"privd/p2p"
	"privd/storage/records"
)

// offerBatch is how many offers and withdrawals are read at once for a peer.
const offerBatch = 64

// offers yields what this node knows of listings as it travels, for nodes that join
// late: offers, withdrawals of what is not offered any more, and ratings that count, in
// ascending order of their keys.
func (n *Node) offers(ctx context.Context, after market.Hash) iter.Seq2[p2p.Notice, error] {
	return func(yield func(p2p.Notice, error) bool) {
		for {
			batch, err := n.offerPage(ctx, after)
			if err != nil {
				yield(p2p.Notice{}, err)
				return
			}
			for _, o := range batch {
				if !yield(o.notice, nil) {
					return
				}
				after = o.key
			}
			if len(batch) == 0 {
				return
			}
		}
	}
}

// known is what is known of one listing, or the rating of one purchase.
type known struct {
	key    market.Hash
	notice p2p.Notice
}

// offerPage returns the next few, complete up to the last of them.
func (n *Node) offerPage(ctx context.Context, after market.Hash) ([]known, error) {
	var page []known
	err := n.records.View(ctx, func(tx *records.Tx) error {
		page = nil
		offered, withdrawn, rated := 0, 0, 0
		err := tx.OffersAfter(after, func(o listing.Offer) bool {
			a := o.Announcement()
			page = append(page, known{o.Order.Listing, p2p.Notice{Announcement: &a}})
			offered++
			return offered < offerBatch
		})
		if err != nil {
			return err
		}
		err = tx.WithdrawalsAfter(after, func(w listing.Withdrawal) bool {
			page = append(page, known{w.Listing, p2p.Notice{Withdrawal: &w}})
			withdrawn++
			return withdrawn < offerBatch
		})
		if err != nil {
			return err
		}
		return tx.RatingsAfter(after, func(r rating.Rating) bool {
			if r.Counted {
				page = append(page, known{r.Signed.Purchase, p2p.Notice{Rating: &r.Signed}})
				rated++
			}
			return rated < offerBatch
		})
	})
	slices.SortStableFunc(page, func(a, b known) int { return bytes.Compare(a.key[:], b.key[:]) })
	// An offer stands before the withdrawal of an earlier version, which it makes
	// moot.
	page = slices.CompactFunc(page, func(a, b known) bool { return a.key == b.key })
	// Each kind alone is complete for its first offerBatch; so are the first
	// offerBatch of both together.
	return page[:min(len(page), offerBatch)], err
}
