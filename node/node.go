package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"privd/api"
	"privd/chain"
	"privd/chain/keys"
	"privd/market"
	"privd/market/account"
	"privd/market/catalog"
	"privd/market/claim"
	"privd/market/contribution"
	"privd/market/dataset"
	"privd/market/deal"
	"privd/market/earning"
	"privd/market/erasure"
	"privd/market/event"
	"privd/market/fund"
	"privd/market/gallery"
	"privd/market/labeling"
	"privd/market/ledger"
	"privd/market/listing"
	"privd/market/purchase"
	"privd/market/rating"
	"privd/market/report"
	"privd/market/sale"
	"privd/market/seal"
	"privd/market/signature"
	"privd/market/staking"
	"privd/market/x402"
	"privd/node/work"
	"privd/p2p"
	"privd/storage"
	"privd/storage/records"
	"privd/storage/repo"
)

// Options are what a start may set beside the repo's config.
type Options struct {
	API          string   // listen address instead of the config's
	X402         string   // listen address of the x402 server
	Listen       []string // libp2p multiaddrs instead of the config's
	PasswordFile string   // of the keystore
	// KeyCost is what keys are encrypted at; zero: keys.Light. Tests make many users.
	KeyCost keys.Cost
	Log     *slog.Logger
	Version string
}

// Node is a node in this process. New holds the repo's lock until Run returns or
// Close is called.
type Node struct {
	parts   parts
	log     *slog.Logger
	cfg     Config
	network Network
	options Options
	started time.Time
	clock   *clock
	joined  atomic.Int64 // unix nanoseconds: when a peer's arrival was news last
	metrics *prometheus.Registry

	repo    *repo.Repo
	ring    *keys.Ring
	secrets *secrets
	storage *storage.Storage
	records *records.Store

	client   *chain.Client
	sender   *chain.Sender
	follower *chain.Follower
	face     *face

	runner        *work.Runner
	accounts      *account.Service
	contributions *contribution.Service
	listings      *listing.Service
	datasets      *dataset.Service
	catalog       *catalog.Catalog
	book          *ledger.Book
	engine        *purchase.Engine
	desk          *sale.Desk
	rewards       *chain.Rewards
	cashier       *claim.Cashier
	earnings      *earning.Service
	signatures    *signature.Service
	erasures      *erasure.Service
	gallery       *gallery.Gallery
	ratings       *rating.Service
	reports       *report.Service
	journal       *event.Journal
	staking       *staking.Service
	fund          *fund.Service
	labeling      *labeling.Service

	x402       *x402.Desk
	storefront *api.Storefront
	strangers  *api.StorefrontServer

	host *p2p.Host
	api  *api.Server
}

// New builds a node from the repo at dir. Nothing of it needs the chain or a peer
// to be reachable.
func New(ctx context.Context, dir string, o Options) (*Node, error) {
	n := &Node{options: o, log: o.Log, metrics: prometheus.NewRegistry()}
	n.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, step := range []struct {
		name  string
		build func(ctx context.Context, dir string) error
	}{
		{"repo", n.openRepo},
		{"config", n.loadConfig},
		{"keystore", n.openKeystore},
		{"storage", n.openStorage},
		{"chain", n.openChain},
		{"market", n.openMarket},
		{"p2p", n.openHost},
		{"api", n.openAPI},
		{"x402", n.openStorefront},
	} {
		if err := step.build(ctx, dir); err != nil {
			return nil, errors.Join(named(step.name, err), n.parts.close())
		}
	}
	n.measure()
	return n, nil
}

// Run serves until ctx ends or a part fails, then stops every part in order.
func (n *Node) Run(ctx context.Context) error {
	n.started = time.Now()
	n.log.Info("node started", "api", n.URL(), "peer_id", n.host.ID(), "repo", string(n.repo.Dir))
	return n.parts.run(ctx, n.log)
}

// Close gives back what a node that is not run holds.
func (n *Node) Close() error { return n.parts.close() }

// URL returns the address of the API, as http://host:port.
func (n *Node) URL() string { return "http://" + n.api.Addr().String() }

// Addresses returns the libp2p multiaddrs of the node, with its peer id.
func (n *Node) Addresses() []string { return n.host.Addresses() }

func (n *Node) add(p part) { n.parts = append(n.parts, p) }

func (n *Node) openRepo(ctx context.Context, dir string) (err error) {
	if n.repo, err = repo.Open(ctx, dir, n.log); err != nil {
		return err
	}
	n.add(part{name: "repo", close: n.repo.Close})
	return nil
}

func (n *Node) loadConfig(context.Context, string) (err error) {
	if n.cfg, err = LoadConfig(n.repo.Config()); err != nil {
		return err
	}
	if n.network, err = LoadNetwork(n.repo.Network()); err != nil {
		return err
	}
	if n.options.API != "" {
		n.cfg.API.Address = n.options.API
	}
	if n.options.X402 != "" {
		n.cfg.X402.Listen = n.options.X402
	}
	if len(n.options.Listen) > 0 {
		n.cfg.P2P.Listen = n.options.Listen
	}
	n.cfg.P2P.Topic = n.network.Topic
	n.cfg.P2P.Bootstrap = append(n.cfg.P2P.Bootstrap, n.network.Bootstrap...)
	n.clock = openClock("")
	if n.cfg.Dev != nil {
		n.clock = openClock(n.repo.Clock())
	}
	return errors.Join(n.cfg.Validate(), n.cfg.ChainOf(n.network).Validate(), n.cfg.P2P.Validate())
}

func (n *Node) openKeystore(context.Context, string) (err error) {
	if n.ring, err = keys.Open(n.repo.Keystore(), n.options.PasswordFile); err != nil {
		return err
	}
	setCost(n.ring, n.options.KeyCost)
	n.secrets, err = loadSecrets(n.ring)
	return err
}

// garbageEvery is how often space of deleted records is given back.
const garbageEvery = 10 * time.Minute

func (n *Node) openStorage(ctx context.Context, _ string) (err error) {
	n.storage, err = storage.Open(ctx, storage.Options{
		Dir: n.repo.Dir, Identity: n.secrets.Identity, Log: n.log, OnTasks: n.notify, OnEvents: n.journaled, Clock: n.clock.Now,
	})
	if err != nil {
		return err
	}
	n.records = n.storage.Records
	n.add(part{name: "storage", close: n.storage.Close, run: func(ctx context.Context) error {
		return n.records.RunGarbageCollector(ctx, garbageEvery)
	}})
	return nil
}

func (n *Node) openChain(context.Context, string) (err error) {
	if n.client, err = chain.NewClient(n.cfg.ChainOf(n.network)); err != nil {
		return err
	}
	n.add(part{name: "chain client", close: n.client.Close})
	log := n.log.With("component", "chain")
	n.sender = chain.NewSender(chain.SenderDeps{
		Client: n.client, Store: n.records.Outbox(), Signer: n.ring, Account: n.secrets.Account, Log: log, Now: time.Now,
	})
	n.book = &ledger.Book{Store: records.As[ledger.Tx](n.records), Clock: n.clock.Now, Booked: n.booked, Changed: n.eventsChanged}
	n.follower = chain.NewFollower(chain.FollowerDeps{
		Client: n.client, Store: n.book, Log: log, Now: time.Now, OnHead: n.onHead,
	})
	n.face = &face{Market: chain.NewMarket(n.client, n.sender), client: n.client, sender: n.sender, follower: n.follower, clock: n.clock.Now}
	if n.cfg.Dev == nil {
		n.face.staleAfter = staleAfter
	}
	checked := &contracts{node: n, good: make(chan struct{})}
	n.add(part{name: "contracts", run: checked.run})
	n.add(part{name: "chain sender", run: checked.before(n.sender.Run)})
	n.add(part{name: "chain outbox", run: n.pruneOutbox})
	n.add(part{name: "chain follower", run: checked.before(n.follower.Run)})
	return nil
}

// onHead lets time and transactions follow the chain.
func (n *Node) onHead(head deal.Mark) {
	n.sender.Wake()
	jumped, err := n.clock.Follow(head)
	if err != nil {
		n.log.Error("the clock's offset was not stored", "error", err)
	}
	if jumped {
		n.runner.Wake()
	}
}

// booked lets both sides of a delivery take part in the transaction that stores an
// event or takes it back.
func (n *Node) booked(tx ledger.Tx, e deal.Event, undone bool) error {
	all, ok := tx.(*records.Tx)
	if !ok {
		return fmt.Errorf("ledger transaction is %T", tx)
	}
	if undone {
		return errors.Join(n.desk.Unbooked(all, e), n.cashier.Booked(all, e, true), n.engine.Booked(all, e), n.ratings.Booked(all, e), n.staking.Booked(all, e))
	}
	return errors.Join(n.desk.Booked(all, e), n.cashier.Booked(all, e, false), n.engine.Booked(all, e), n.ratings.Booked(all, e), n.staking.Booked(all, e))
}

// eventsChanged refreshes what the catalog shows of what was sold and of who sold it.
func (n *Node) eventsChanged(events []deal.Event) {
	seen := map[market.Hash]bool{}
	for _, e := range events {
		switch e.Kind {
		case deal.Purchased, deal.Refunded, deal.Settled:
		default:
			continue
		}
		listing, seller, err := n.soldBy(e)
		if err != nil {
			n.log.Error("catalog was not refreshed", "purchase_id", e.Purchase, "error", err)
			continue
		}
		if !seen[listing] {
			seen[listing] = true
			n.standingChanged(listing, seller)
		}
	}
}

// soldBy returns whose sale an event is about.
func (n *Node) soldBy(e deal.Event) (listing market.Hash, seller market.Address, err error) {
	if e.Kind == deal.Purchased {
		return e.Listing, e.Seller, nil
	}
	err = n.records.View(context.Background(), func(tx *records.Tx) error {
		state, err := ledger.StateOf(tx, e.Purchase)
		listing, seller = state.Listing, state.Seller
		return err
	})
	return listing, seller, err
}

// priv is the PRIV token's EIP-712 domain, fixed by its contract.
func (n *Node) priv() seal.TokenDomain {
	return seal.TokenDomain{Name: "PRIV", Version: "1", ChainID: n.network.ChainID, Token: n.network.Contracts.PRIV}
}
