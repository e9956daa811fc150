package node

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"time"

	"privd/market"
	"privd/market/contribution"
	"privd/market/erasure"
	"privd/market/gallery"
	"privd/market/listing"
	"privd/market/preview"
	"privd/market/seal"
	"privd/market/task"
	"privd/node/work"
	"privd/storage/records"
)

// markKey keys the marks of files that were rewarded and erased. It is derived, so
// that a backup of the node's secrets has it, too.
func (s *secrets) markKey() seal.Key {
	mac := hmac.New(sha256.New, s.Seal[:])
	mac.Write([]byte("privd/file-mark-key/1"))
	return seal.Key(mac.Sum(nil))
}

// openErasures builds what deletes and shows contributions, once what holds copies
// of them is there.
func (n *Node) openErasures(previews *preview.Maker) {
	n.erasures = &erasure.Service{
		Store: records.As[erasure.Tx](n.records), Vault: n.storage.Vault, Listings: n.listings, Sales: n.desk, Copies: n.engine,
		Gossip: gossip{n}, Signer: n.ring, Domain: n.face.Domain(), Sealer: n.secrets.Account, MarkKey: n.secrets.markKey(), Clock: n.clock.Now,
	}
	n.gallery = &gallery.Gallery{
		Store: records.As[gallery.Tx](n.records), Vault: n.storage.Vault, Maker: previews, Source: n.source, Clock: n.clock.Now,
	}
}

// contributionKinds adds how the tasks of contributions are done.
func (n *Node) contributionKinds(kinds map[task.Kind]work.Kind) {
	kinds[task.FollowConsent] = work.Kind{Parallel: 2, Timeout: 5 * time.Minute, Handler: func(ctx context.Context, key string, _ int) (task.Next, error) {
		return n.listings.FollowConsent(ctx, market.ContributionID(key))
	}}
	kinds[task.Erase] = work.Kind{Parallel: 2, Timeout: 5 * time.Minute, Handler: func(ctx context.Context, key string, _ int) (task.Next, error) {
		return n.erasures.Step(ctx, key)
	}}
	kinds[task.EraseCopy] = work.Kind{Parallel: 2, Timeout: time.Hour, Handler: func(ctx context.Context, key string, _ int) (task.Next, error) {
		return n.engine.EraseCopy(ctx, market.PurchaseID(key))
	}}
	kinds[task.Scrub] = work.Kind{Parallel: 1, Timeout: time.Hour, Handler: func(ctx context.Context, _ string, _ int) (task.Next, error) {
		return task.Done(), n.records.Scrub(ctx)
	}}
}

// PublishErasure implements erasure.Gossip.
func (g gossip) PublishErasure(ctx context.Context, e listing.Erasure) error {
	return g.n.host.PublishErasure(ctx, e)
}

// hearErasure obeys a notice from the network.
func (n *Node) hearErasure(ctx context.Context, e listing.Erasure) error {
	if err := listing.CheckErasure(n.face.Domain(), e, n.clock.Now()); err != nil {
		return err
	}
	return n.engine.Erased(ctx, e)
}

// consents states consent, and has what is on sale follow at once.
type consents struct{ n *Node }

// UpdateConsent implements api.Consents.
func (c consents) UpdateConsent(ctx context.Context, user market.UserID, id market.ContributionID, change contribution.ConsentChange) (contribution.Receipt, error) {
	_, receipt, err := c.n.contributions.UpdateConsent(ctx, user, id, change)
	if err != nil {
		return receipt, err
	}
	// The stored task does the same; whoever looks right after the answer shall find
	// it done. What fails here, the task tries again.
	if _, err := c.n.listings.FollowConsent(context.WithoutCancel(ctx), id); err != nil {
		c.n.log.Debug("listings do not follow consent yet", "contribution_id", id, "error", err)
	}
	return receipt, nil
}

// Receipts implements api.Consents.
func (c consents) Receipts(ctx context.Context, user market.UserID, id market.ContributionID) ([]contribution.Receipt, error) {
	return c.n.contributions.Receipts(ctx, user, id)
}
