package erasure

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"privd/market"
	"privd/market/content"
	"privd/market/contribution"
	"privd/market/listing"
	"privd/market/seal"
	"privd/market/task"
)

// Service deletes contributions. Its fields are required, except Gone.
type Service struct {
	Store    market.Store[Tx]
	Vault    content.Vault
	Listings Listings
	Sales    Sales
	Copies   Copies
	Gossip   Gossip
	Signer   seal.Signer
	Domain   seal.Domain
	// Sealer is the key of this node, which signs the notices.
	Sealer market.Address
	// MarkKey is what contribution.FileMark is keyed with.
	MarkKey seal.Key
	Clock   market.Clock
	// Gone is told, in the same transaction, of a contribution that disappears; may be
	// nil.
	Gone func(tx Tx, id market.ContributionID) error

	// erasing is held while a deletion takes its steps, which the request and the task
	// both take.
	erasing market.Locks[market.ContributionID]
}

// Listings takes contributions off the market; listing.Service is one.
type Listings interface {
	Withhold(ctx context.Context, id market.ListingID, gone market.ContributionID) error
	DestroyVersions(ctx context.Context, id market.ListingID, last uint64) error
}

// Sales knows who still waits for what was sold; sale.Desk is one.
type Sales interface {
	Owing(ctx context.Context, id market.ListingID, last uint64) (bool, error)
}

// Copies are what users of this node bought; purchase.Engine is one.
type Copies interface {
	Erased(ctx context.Context, e listing.Erasure) error
}

// Gossip tells other nodes.
type Gossip interface {
	PublishErasure(ctx context.Context, e listing.Erasure) error
}

// Request is what an owner asks for.
type Request struct {
	Reason string // may be empty
	// GDPR asks for a request with a deadline, also where a hard deletion would do.
	GDPR bool
}

// maxReason is how long a reason may be, in characters.
const maxReason = 1000

// Delete deletes a user's contribution. From its return on nobody sees it, buys it
// or finds it on sale. A pending one is gone from the disk, too, unless a GDPR
// request was asked for; any other is erased by a stored task. NotFound for anybody
// else's contribution and for one that is deleted already.
func (s *Service) Delete(ctx context.Context, user market.UserID, id market.ContributionID, r Request) (Deletion, error) {
	r.Reason = strings.TrimSpace(r.Reason)
	if !utf8.ValidString(r.Reason) || utf8.RuneCountInString(r.Reason) > maxReason {
		return Deletion{}, market.BadField("reason", "reason must be at most 1000 characters")
	}
	var d Deletion
	err := s.Store.Update(ctx, func(tx Tx) (err error) { d, err = s.begin(tx, user, id, r); return err })
	if err != nil {
		return Deletion{}, err
	}
	// What is stored happens in any case, by its task. Here it is only sooner, and a
	// client that hangs up does not stop it.
	_, err = s.step(context.WithoutCancel(ctx), user, id)
	if d.Type == Hard && err != nil {
		return d, err
	}
	return d, nil
}

// begin makes a contribution disappear and stores what is to be done about it.
func (s *Service) begin(tx Tx, user market.UserID, id market.ContributionID, r Request) (Deletion, error) {
	c, err := tx.Contribution(id)
	if errors.Is(err, market.ErrNotFound) || (err == nil && c.User != user) {
		return Deletion{}, market.Fail(market.NotFound, "Contribution not found")
	}
	if err != nil {
		return Deletion{}, err
	}
	now := s.Clock().UTC().Truncate(time.Millisecond)
	d := Deletion{Contribution: id, User: user, Kind: c.Kind, Type: Hard, Reason: r.Reason, RequestedAt: now, Work: &Work{}}
	if c.Status != contribution.Pending || r.GDPR {
		d.Type, d.Deadline = GDPR, now.Add(Within)
	}
	if c.Rewarded != 0 {
		d.Mark = contribution.FileMark(s.MarkKey, user, c.FileHash)
	}
	if d.Work.Covered, err = covered(tx, user, id); err != nil {
		return Deletion{}, err
	}
	if s.Gone != nil {
		if err := s.Gone(tx, id); err != nil {
			return Deletion{}, err
		}
	}
	return d, errors.Join(tx.DeleteContribution(id), tx.PutDeletion(d),
		tx.DeleteTask(task.Review, string(id)), tx.DeleteTask(task.FollowConsent, string(id)),
		tx.PutTask(task.Task{Kind: task.Erase, Key: TaskKey(user, id), Due: now}), task.ScrubSoon(tx, now))
}

// covered lists the listings that hold a contribution.
func covered(tx Tx, user market.UserID, id market.ContributionID) (all []Covered, err error) {
	listings, err := tx.ListingsOf(user)
	if err != nil {
		return nil, err
	}
	for _, l := range listings {
		if !slices.Contains(l.Contributions, id) {
			continue
		}
		c := Covered{Listing: l.ID, Version: l.Version}
		if c.Sold, err = sold(l, id); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// sold returns what the version on sale last says of a contribution, nil where there
// is none.
func sold(l listing.Listing, id market.ContributionID) (*Sold, error) {
	if l.Published == nil {
		return nil, nil
	}
	m, err := listing.DecodeManifest(l.Published.Manifest)
	if err != nil {
		return nil, err
	}
	out := &Sold{Order: l.Published.Order, Signature: l.Published.Signature}
	for _, e := range m.Entries {
		out.Total += e.PayloadSize
		if e.Contribution == string(id) {
			out.Content = e.Root
		}
	}
	if !out.Content.Defined() {
		return nil, nil
	}
	return out, nil
}

// TaskKey names the task of a deletion.
func TaskKey(user market.UserID, id market.ContributionID) string {
	return string(user) + "/" + string(id)
}

// List returns one page of a user's deletions, newest first, and how many there are
// in all.
func (s *Service) List(ctx context.Context, user market.UserID, limit, offset int) (page []Deletion, total int, err error) {
	var all []Deletion
	err = s.Store.View(ctx, func(tx Tx) error {
		all = nil
		return tx.DeletionsOf(user, func(d Deletion) bool {
			d.Work = nil
			all = append(all, d)
			return ctx.Err() == nil
		})
	})
	if err = errors.Join(err, ctx.Err()); err != nil {
		return nil, 0, err
	}
	slices.SortFunc(all, func(a, b Deletion) int {
		if by := b.RequestedAt.Compare(a.RequestedAt); by != 0 {
			return by
		}
		return strings.Compare(string(a.Contribution), string(b.Contribution))
	})
	from := min(offset, len(all))
	return all[from:min(from+limit, len(all))], len(all), nil
}
