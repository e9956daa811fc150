package report

import (
	"context"
	"errors"
	"time"

	"github.com/ipfs/go-cid"

	"privd/market"
	"privd/market/content"
	"privd/market/listing"
	"privd/market/seal"
)

const (
	// checkFor is how long the evidence of one report is waited for. Who wants to buy
	// waits for it.
	checkFor = time.Minute
	// maxTries is how often evidence is looked for that nobody has.
	maxTries = 3
)

// Vet checks the reports about a seller that nobody has checked yet, as far as their
// evidence can be had: it is called before somebody here buys from that seller. A
// report that cannot be checked is not believed; anybody could make one.
func (s *Service) Vet(ctx context.Context, seller market.Address) error {
	var open []Report
	err := s.Store.View(ctx, func(tx Tx) error {
		open = nil
		return tx.ReportsOn(seller, func(r Report) bool {
			if r.Verdict == Unchecked {
				open = append(open, r)
			}
			return true
		})
	})
	if err != nil {
		return err
	}
	for _, r := range open {
		verdict, err := s.judge(ctx, r.Signed)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if r.Tries++; r.Tries >= maxTries {
				r.Verdict = Unproven
			}
		} else {
			r.Verdict = verdict
		}
		r.CheckedAt = s.Clock().UTC().Truncate(time.Millisecond)
		if err := s.Store.Update(ctx, func(tx Tx) error { return tx.PutReport(r) }); err != nil {
			return err
		}
		if r.Verdict == Proven {
			return nil
		}
	}
	return nil
}

// judge checks one report against what the seller signed.
func (s *Service) judge(ctx context.Context, said Signed) (Verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, checkFor)
	defer cancel()
	m, err := s.manifest(ctx, said)
	switch {
	case market.CodeOf(err) == market.Invalid:
		return False, nil // what the order names is no manifest of it; nobody can have bought that
	case err != nil:
		return Unchecked, err
	}
	if int64(said.Entry) >= int64(len(m.Entries)) {
		return False, nil
	}
	entry := m.Entries[said.Entry]
	if said.FileKey.Hash() != market.Hash(entry.FileKeyHash) {
		return False, nil
	}
	if entry.PayloadSize > s.Limit {
		return Unproven, nil
	}
	return s.judgeFile(ctx, said.Purchase, entry, said.FileKey, m.Peers)
}

// judgeFile fetches a file and compares it with what was promised.
func (s *Service) judgeFile(ctx context.Context, purchase market.Hash, entry listing.Entry, key seal.FileKey, peers []string) (Verdict, error) {
	name := contentName(purchase)
	defer func() { _ = s.Vault.Erase(context.WithoutCancel(ctx), name) }()
	limit := entry.PayloadSize + entry.PayloadSize/1024 + 4096
	pack, err := s.Vault.Fetch(ctx, name, []cid.Cid{entry.Root}, s.Source(peers), limit, func(int64) {})
	switch code := market.CodeOf(err); {
	case code == market.Invalid, code == market.TooLarge:
		// Buyers find that before they pay, and whoever sent it may be at fault.
		return Unproven, nil
	case err != nil:
		return Unchecked, err
	}
	if err := s.Store.Update(ctx, func(tx Tx) error { return tx.PutPack(pack) }); err != nil {
		return Unchecked, err
	}
	object := content.Object{Root: entry.Root, PayloadSize: entry.PayloadSize, Size: entry.Size}
	err = content.Check(ctx, s.Vault, object, key, [32]byte(entry.SHA256))
	switch {
	case errors.Is(err, content.ErrFalse):
		return Proven, nil
	case err != nil:
		return Unchecked, err
	}
	return False, nil
}

// manifest gets the manifest that an order names, from here or from whoever has it.
// Invalid when it is none, or not of that order.
func (s *Service) manifest(ctx context.Context, said Signed) (*listing.Manifest, error) {
	name := listing.ManifestCID(said.Order.Manifest)
	block, err := s.Vault.Block(ctx, name, listing.MaxManifest)
	if errors.Is(err, market.ErrNotFound) {
		block, err = content.FetchBlock(ctx, s.Source(nil), name, listing.MaxManifest)
	}
	if err != nil {
		return nil, err
	}
	m, err := listing.DecodeManifest(block)
	if err != nil {
		return nil, &market.Error{Code: market.Invalid, Message: "the order names no manifest", Err: err}
	}
	if market.Address(m.Seller) != said.Order.Seller || seal.ListingHash(market.ListingID(m.Listing)) != said.Order.Listing {
		return nil, market.Fail(market.Invalid, "the manifest is of another order")
	}
	return m, nil
}
