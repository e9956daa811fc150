package report

import (
	"context"
	"errors"
	"time"

	"privd/market"
	"privd/market/content"
	"privd/market/deal"
	"privd/market/ledger"
	"privd/market/listing"
	"privd/market/purchase"
	"privd/market/seal"
	"privd/market/task"
)

// Gossip tells the network of reports.
type Gossip interface {
	// PublishReport returns Unavailable when nobody was told.
	PublishReport(ctx context.Context, s Signed) error
}

// Service gives, hears and checks reports. Its fields are required.
type Service struct {
	Store   market.Store[Tx]
	Vault   content.Vault
	Keyring content.Keyring
	Signer  seal.Signer // has the delegate's key
	Domain  seal.Domain
	Gossip  Gossip
	// Source gets blocks from the named peers and whoever else is connected.
	Source func(peers []string) content.Source
	Clock  market.Clock
	// Limit is how many bytes of a file are fetched to check a report on it.
	Limit int64
}

const (
	// maxUnchecked is how many reports about one seller wait to be checked: whoever wants
	// to buy from it waits for that.
	maxUnchecked = 8
	// maxReports is how many are kept in all. Each takes a purchase of the seller's on
	// chain, but its enemies can make those, and so can the seller, to drown the true
	// ones: what proved nothing makes room.
	maxReports = 64
)

// Give reports the fault of a purchase to the network: its owner decides, since the
// key of one file becomes public. NotFound for anybody else's purchase; Conflict for
// one that has no fault that can be proven to others, and for one that was reported.
func (s *Service) Give(ctx context.Context, user market.UserID, id market.PurchaseID) (Report, error) {
	var p purchase.Purchase
	err := s.Store.View(ctx, func(tx Tx) (err error) { p, err = s.reportable(tx, user, id); return err })
	if err != nil {
		return Report{}, err
	}
	key, err := s.fileKey(ctx, p)
	if err != nil {
		return Report{}, err
	}
	said := Signed{Order: p.Order, OrderSignature: p.OrderSignature, Purchase: p.OnChain, Entry: uint32(p.Fault.Entry), FileKey: key}
	if said.Signature, err = s.Signer.SignDigest(ctx, p.Sale.Terms.Delegate, said.digest(s.Domain)); err != nil {
		return Report{}, err
	}
	// Whoever checks it needs the manifest; the file is here as the purchase's.
	pack, err := s.Vault.StoreBlock(ctx, manifestName(p.OnChain), listing.ManifestCID(said.Order.Manifest), p.Manifest)
	if err != nil {
		return Report{}, err
	}
	now := s.Clock().UTC().Truncate(time.Millisecond)
	r := Report{Signed: said, Verdict: Proven, Own: true, ReceivedAt: now, CheckedAt: now}
	err = s.Store.Update(ctx, func(tx Tx) error {
		if _, err := s.reportable(tx, user, id); err != nil {
			return err
		}
		return errors.Join(tx.PutPack(pack), tx.PutReport(r), tx.PutTask(task.Task{Kind: task.Report, Key: string(id), Due: now}))
	})
	return r, err
}

func manifestName(purchase market.Hash) string { return "report." + purchase.Hex() + ".manifest" }
func contentName(purchase market.Hash) string  { return "report." + purchase.Hex() }

// reportable returns a purchase whose fault can be proven to others.
func (s *Service) reportable(tx Tx, user market.UserID, id market.PurchaseID) (purchase.Purchase, error) {
	p, err := tx.Purchase(id)
	if errors.Is(err, market.ErrNotFound) || (err == nil && p.Buyer != user) {
		return p, market.Fail(market.NotFound, "Purchase not found")
	}
	if err != nil {
		return p, err
	}
	if p.Fault == nil || p.Fault.Kind != purchase.FaultContent || (p.State != purchase.Garbage && p.State != purchase.Opened) {
		return p, &market.Error{Code: market.Conflict, Reason: "NOTHING_TO_REPORT",
			Message: "Only a file that opens under its right key to something else than was promised can be reported"}
	}
	switch held, err := tx.Report(p.Order.Seller, p.OnChain); {
	case err == nil && held.Own:
		return p, &market.Error{Code: market.Conflict, Reason: "ALREADY_REPORTED", Message: "You have already reported this purchase"}
	case err != nil && !errors.Is(err, market.ErrNotFound):
		return p, err
	}
	return p, nil
}

// fileKey returns the key of the file at fault.
func (s *Service) fileKey(ctx context.Context, p purchase.Purchase) (key seal.FileKey, err error) {
	m, err := listing.DecodeManifest(p.Manifest)
	if err != nil {
		return key, err
	}
	keys, err := purchase.FileKeys(ctx, s.Vault, s.Keyring, p, m)
	if err != nil {
		return key, err
	}
	return keys[p.Fault.Entry], nil
}

// Hear takes a report from the network. Invalid blames the sender, Conflict means that
// it told nothing new, Unavailable that this node's chain does not have the purchase
// yet. It is checked when somebody here wants to buy from the seller.
func (s *Service) Hear(ctx context.Context, said Signed) error {
	if seal.Check(said.Order.Seller, s.Domain.Order(said.Order), said.OrderSignature) != nil {
		return market.Fail(market.Invalid, "the order of the report is not signed by its seller")
	}
	var state deal.State
	err := s.Store.View(ctx, func(tx Tx) (err error) { state, err = s.news(tx, said); return err })
	if err != nil {
		return err
	}
	if seal.Check(state.Delegate, said.digest(s.Domain), said.Signature) != nil {
		return market.Fail(market.Invalid, "the report is not signed by the purchase's delegate")
	}
	return s.Store.Update(ctx, func(tx Tx) error {
		if _, err := s.news(tx, said); err != nil {
			return err
		}
		if err := makeRoom(tx, said.Order.Seller); err != nil {
			return err
		}
		return tx.PutReport(Report{Signed: said, Verdict: Unchecked, ReceivedAt: s.Clock().UTC().Truncate(time.Millisecond)})
	})
}

// news returns how the purchase of a report stands that is worth keeping.
func (s *Service) news(tx Tx, said Signed) (state deal.State, err error) {
	if _, err := tx.Report(said.Order.Seller, said.Purchase); !errors.Is(err, market.ErrNotFound) {
		return state, errors.Join(err, market.Fail(market.Conflict, "the purchase was reported already"))
	}
	if state, err = ledger.StateOf(tx, said.Purchase); err != nil {
		return state, err
	}
	switch {
	case state.Status == deal.StatusNone:
		return state, market.Fail(market.Unavailable, "the purchase is not on chain yet")
	case state.Seller != said.Order.Seller, state.Listing != said.Order.Listing, state.Version != said.Order.Version, state.Delivery.KeyCommitment != said.Order.KeyCommitment:
		return state, market.Fail(market.Invalid, "the report is on another order than the purchase")
	}
	unchecked, proven := 0, false
	err = tx.ReportsOn(said.Order.Seller, func(r Report) bool {
		if r.Verdict == Unchecked {
			unchecked++
		}
		proven = proven || r.Verdict == Proven
		return true
	})
	if err == nil && (proven || unchecked >= maxUnchecked) {
		err = market.Fail(market.Conflict, "enough is known of the seller")
	}
	return state, err
}

// makeRoom drops the oldest report about a seller that proved nothing, if there are
// as many as are kept.
func makeRoom(tx Tx, seller market.Address) error {
	kept := 0
	var oldest *Report
	err := tx.ReportsOn(seller, func(r Report) bool {
		kept++
		if idle := r.Verdict == False || r.Verdict == Unproven; idle && !r.Own && (oldest == nil || r.ReceivedAt.Before(oldest.ReceivedAt)) {
			oldest = &r
		}
		return true
	})
	if err != nil || kept < maxReports || oldest == nil {
		return err
	}
	return tx.DeleteReport(seller, oldest.Signed.Purchase)
}

const (
	// firstRepeat is when a published report is told again first: before, gossip would
	// drop it as seen.
	firstRepeat = 3 * time.Minute
	// repeatFor is how long it is told again, each time at twice its age.
	repeatFor = 30 * 24 * time.Hour
)

// Publish tells the network of a report of this node: the handler of report tasks.
func (s *Service) Publish(ctx context.Context, id market.PurchaseID) (task.Next, error) {
	var r Report
	err := s.Store.View(ctx, func(tx Tx) error {
		p, err := tx.Purchase(id)
		if err == nil {
			r, err = tx.Report(p.Order.Seller, p.OnChain)
		}
		return err
	})
	if errors.Is(err, market.ErrNotFound) {
		return task.Done(), nil
	}
	if err != nil {
		return task.Next{}, err
	}
	if err := s.Gossip.PublishReport(ctx, r.Signed); err != nil {
		return task.Next{}, err
	}
	age := s.Clock().Sub(r.ReceivedAt)
	if age > repeatFor {
		return task.Done(), nil
	}
	return task.In(max(age, firstRepeat)), nil
}

// ProvenAgainst returns a purchase by which a seller was proven to deliver garbage;
// the zero hash when there is none.
func ProvenAgainst(tx Tx, seller market.Address) (found market.Hash, err error) {
	err = tx.ReportsOn(seller, func(r Report) bool {
		if r.Verdict == Proven {
			found = r.Signed.Purchase
		}
		return found.IsZero()
	})
	return found, err
}

// Tally is what is known of a seller by reports.
type Tally struct {
	Reports int // heard and not found false
	Proven  bool
}

// About adds up the reports on a seller.
func (s *Service) About(ctx context.Context, seller market.Address) (t Tally, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		t = Tally{}
		return tx.ReportsOn(seller, func(r Report) bool {
			if r.Verdict != False {
				t.Reports++
			}
			t.Proven = t.Proven || r.Verdict == Proven
			return true
		})
	})
	return t, err
}
