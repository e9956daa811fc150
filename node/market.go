package node

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"privd/market"
	"privd/market/account"
	"privd/market/catalog"
	"privd/market/content"
	"privd/market/contribution"
	"privd/market/delivery"
	"privd/market/listing"
	"privd/market/preview"
	"privd/market/purchase"
	"privd/market/review"
	"privd/market/sale"
	"privd/market/task"
	"privd/node/work"
	"privd/p2p"
	"privd/storage/records"
)

// expireEvery is how often offers whose order ran out are taken off the catalog.
const expireEvery = time.Minute

func (n *Node) openMarket(ctx context.Context, _ string) error {
	signer := wallets{n.ring}
	token, err := n.repo.ReadText(n.repo.Token())
	if err != nil {
		return err
	}
	n.accounts = &account.Service{
		Store: records.As[account.Tx](n.records), Wallets: signer, Clock: n.clock.Now, TokenKey: n.secrets.Token,
		OperatorToken: token, ChainID: n.network.ChainID, Hosts: n.loginHosts,
	}
	scorer, err := review.NewScorer(review.DefaultConfig())
	if err != nil {
		return err
	}
	n.contributions = &contribution.Service{
		Store: records.As[contribution.Tx](n.records), Vault: n.storage.Vault, Clock: n.clock.Now, Scorer: scorer, Policy: n.cfg.policy(),
		MarkKey: n.secrets.markKey(),
	}
	previews := &preview.Maker{Scorer: scorer}
	n.catalog = catalog.New(records.As[catalog.Tx](n.records))
	if err := n.catalog.Load(ctx); err != nil {
		return fmt.Errorf("load catalog: %w", err)
	}
	n.openDatasets()
	domain := n.face.Domain()
	n.listings = &listing.Service{
		Store: records.As[listing.Tx](n.records), Vault: n.storage.Vault, Keyring: n.storage.Keys, Wallets: signer, Domain: domain,
		Sealer: n.secrets.Account, Peers: func() []string { return []string{n.host.ID()} }, Clock: n.clock.Now,
		Policy: n.judgeListing, Source: n.source, Gossip: n.telling(gossip{n}), Changed: n.listingChanged,
		Previews: previews, Room: n.room, PayURL: n.payURL,
	}
	n.engine = &purchase.Engine{
		Store: records.As[purchase.Tx](n.records), Vault: n.storage.Vault, Keyring: n.storage.Keys, Wallets: signer, Chain: n.buyersChain(n.face),
		Domain: domain, Token: n.priv(), Delegate: n.secrets.Account, Identity: n.secrets.Identity,
		Seller: func(peers []string) delivery.Seller { return n.asking(peers, n.host.Seller(peers)) }, Source: n.source,
		Clock: n.clock.Now, Rules: n.cfg.buying(),
	}
	n.desk = &sale.Desk{
		Store: records.As[sale.Tx](n.records), Keyring: n.storage.Keys, Signer: n.ring, Chain: n.sellersChain(n.face), Domain: domain,
		Sealer: n.secrets.Account, Secret: n.secrets.Seal, Clock: n.clock.Now, Rules: n.cfg.selling(),
	}
	if err := n.openSelling(); err != nil {
		return err
	}
	n.openErasures(previews)
	n.openRatings()
	n.openReports()
	n.openJournal()
	n.openSignatures()
	n.openStaking(signer)
	if err := n.openLabeling(); err != nil {
		return err
	}
	n.openClaims()
	n.openFund(signer)
	if err := n.openX402(); err != nil {
		return err
	}
	n.runner = work.New(work.Deps{Store: records.As[work.Tx](n.records), Clock: n.clock.Now, Log: n.log.With("component", "tasks"), Kinds: n.handlers()})
	n.add(part{name: "tasks", run: n.runner.Run})
	n.add(part{name: "expiry", run: n.expireOffers})
	return nil
}

// handlers says how each kind of task is done.
func (n *Node) handlers() map[task.Kind]work.Kind {
	kinds := map[task.Kind]work.Kind{
		task.Review: {Parallel: 1, Timeout: 10 * time.Minute, Handler: func(ctx context.Context, key string, attempts int) (task.Next, error) {
			return n.contributions.Judge(ctx, market.ContributionID(key), attempts)
		}},
		task.ReviewOffer: {Parallel: 2, Timeout: 5 * time.Minute, Handler: func(ctx context.Context, key string, _ int) (task.Next, error) {
			return n.listings.Approve(ctx, market.ListingID(key))
		}},
		task.EraseDataset: {Parallel: 2, Timeout: 5 * time.Minute, Handler: n.eraseDataset},
		task.Announce: {Parallel: 4, Timeout: time.Minute, Handler: func(ctx context.Context, key string, _ int) (task.Next, error) {
			return n.listings.Announce(ctx, market.ListingID(key))
		}},
		task.FetchOffer: {Parallel: 4, Timeout: 2 * time.Minute, Handler: taskOfHash(n.listings.FetchOffer)},
		task.Buy: {Parallel: 32, Timeout: time.Hour, Handler: func(ctx context.Context, key string, attempts int) (task.Next, error) {
			return n.engine.Step(ctx, market.PurchaseID(key), attempts)
		}},
		task.Deliver: {Parallel: 4, Timeout: time.Minute, Handler: taskOfHash(func(ctx context.Context, h market.Hash, _ int) (task.Next, error) {
			return n.desk.Deliver(ctx, h)
		})},
		task.LapseSignature: {Parallel: 2, Timeout: time.Minute, Handler: n.lapseSignature},
		task.DropVersion:    {Parallel: 1, Timeout: time.Minute, Handler: n.dropVersion},
		task.Stake:          {Parallel: 4, Timeout: taskMinute, Handler: n.stake},
		task.Release:        {Parallel: 2, Timeout: taskMinute, Handler: n.releaseStake},
		task.LabelAnswer:    {Parallel: 1, Timeout: taskMinute, Handler: n.judgeLabel},
		task.Rate: {Parallel: 2, Timeout: time.Minute, Handler: taskOfHash(func(ctx context.Context, h market.Hash, _ int) (task.Next, error) {
			return n.ratings.Publish(ctx, h)
		})},
		task.Report: {Parallel: 2, Timeout: taskMinute, Handler: n.publishReport},
		task.Settle: {Parallel: 1, Timeout: time.Minute, Handler: func(ctx context.Context, _ string, _ int) (task.Next, error) {
			return n.desk.Settle(ctx)
		}},
	}
	n.contributionKinds(kinds)
	n.claimKinds(kinds)
	n.fundKinds(kinds)
	n.x402Kinds(kinds)
	return kinds
}

// taskOfHash is a handler of tasks whose key is a hash.
func taskOfHash(do func(context.Context, market.Hash, int) (task.Next, error)) work.Handler {
	return func(ctx context.Context, key string, attempts int) (task.Next, error) {
		raw, err := hex.DecodeString(key)
		if err != nil || len(raw) != len(market.Hash{}) {
			return task.Next{}, fmt.Errorf("task key %q is not a hash", key)
		}
		return do(ctx, market.Hash(raw), attempts)
	}
}

// notify wakes the runner; until there is one, Run will find the tasks itself.
func (n *Node) notify(tasks []task.Task) {
	if n.runner != nil {
		n.runner.Notify(tasks)
	}
}

// judgeListing is the node's policy on listings.
func (n *Node) judgeListing(listing.Listing) (review.Verdict, string) {
	if n.cfg.Review.HoldListings {
		return review.Hold, "The operator of the node looks at listings before they are published."
	}
	return review.Approve, ""
}

func (n *Node) source(peers []string) content.Source { return n.host.Source(peers) }

// listingChanged brings the catalog up to date after a listing came, changed or
// went.
func (n *Node) listingChanged(id market.ListingID) {
	if err := n.catalog.Refresh(context.Background(), id); err != nil {
		n.log.Error("catalog was not refreshed", "listing_id", id, "error", err)
	}
}

func (n *Node) expireOffers(ctx context.Context) error {
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	for {
		for {
			gone, err := n.listings.Expire(ctx)
			if err != nil && ctx.Err() == nil {
				n.log.Error("expired offers stay for now", "error", err)
			}
			if gone == 0 || err != nil {
				break
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// gossip hands announcements to the host, which is built after the market.
type gossip struct{ n *Node }

// PublishAnnouncement implements listing.Gossip.
func (g gossip) PublishAnnouncement(ctx context.Context, a listing.Announcement) error {
	return g.n.host.PublishAnnouncement(ctx, a)
}

// PublishWithdrawal implements listing.Gossip.
func (g gossip) PublishWithdrawal(ctx context.Context, w listing.Withdrawal) error {
	return g.n.host.PublishWithdrawal(ctx, w)
}

func (n *Node) openHost(context.Context, string) (err error) {
	n.host, err = p2p.New(n.cfg.P2P, n.secrets.Peer, p2p.Deps{
		Blocks: n.storage.Blocks, Seller: n.serving(n.desk), OnAnnouncement: n.listings.Hear, OnWithdrawal: n.listings.Unhear, OnRating: n.ratings.Hear, OnErasure: n.hearErasure, OnReport: n.reports.Hear,
		Offers: n.offers, OnPeer: n.peerJoined, Log: n.log.With("component", "p2p"), Metrics: n.metrics,
	})
	if err != nil {
		return err
	}
	n.add(part{name: "p2p", run: n.host.Run, close: n.host.Close})
	return nil
}

// joinPause is how often at most the arrival of peers is taken as news: a stranger
// who comes and goes must not make the node try everything at once, over and over.
const joinPause = 5 * time.Second

// peerJoined tries again at once the purchases that wait, perhaps for this peer.
func (n *Node) peerJoined(string) {
	now := time.Now().UnixNano()
	last := n.joined.Load()
	if now-last > int64(joinPause) && n.joined.CompareAndSwap(last, now) {
		n.runner.Retry(task.Erase, task.Buy)
	}
}
