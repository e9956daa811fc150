package listing

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"privd/market"
	"privd/market/account"
	"privd/market/content"
	"privd/market/dataset"
	"privd/market/seal"
	"privd/market/signature"
	"privd/market/task"
)

// Waiting is the next version of a listing, made and not signed yet by the seller's
// external wallet. Until it is, the listing stays as it is, and so does what is on
// sale.
type Waiting struct {
	Request  market.SignatureID
	Order    seal.Order
	Manifest []byte // the block
	// What the listing becomes.
	Title       string
	Description string
	Tags        []string
	Price       market.Amount
}

// Renewal is the order on sale with a later expiry, not signed yet.
type Renewal struct {
	Request market.SignatureID
	Order   seal.Order
}

// The lives of orders: an external wallet is asked less often than a managed one.
const (
	managedLife  = 30 * 24 * time.Hour
	externalLife = 90 * 24 * time.Hour
)

// orderLife is how long an order is good for; it is renewed at half of it, so
// that the listings of dead sellers vanish.
func orderLife(owner account.User) time.Duration {
	if owner.Managed {
		return managedLife
	}
	return externalLife
}

// version is the next version of a listing before it is signed. Its key and blocks
// are durable, and nothing names them yet.
type version struct {
	owner    account.User
	order    seal.Order
	manifest []byte
	packs    []content.Pack
}

func (v version) putPacks(tx Tx) error {
	for _, p := range v.packs {
		if err := tx.PutPack(p); err != nil {
			return err
		}
	}
	return nil
}

// published returns an order as it is put on sale. What is left of its life counts
// from when it was made, not from when it was signed.
func published(o seal.Order, sig seal.Sig, manifest []byte, life time.Duration) *Published {
	renew := time.Unix(int64(o.Expiry), 0).UTC().Add(-life / 2)
	return &Published{Order: o, Signature: sig, Manifest: manifest, RenewAt: renew}
}

// await stores a version for its seller's wallet to sign, in place of one that
// waited before. l becomes what the listing is until then.
func (s *Service) await(ctx context.Context, before Listing, l *Listing, v version) error {
	now := s.Clock()
	request := signature.New(before.Owner, before.Wallet, signature.ListingOrder, string(before.ID),
		s.Domain.OrderMessage(v.order), now, now.Add(externalLife/2))
	next := before
	next.Version, next.UpdatedAt = v.order.Version, l.UpdatedAt
	if next.Status == PendingReview {
		next.Reason = "approved; waiting for the signature of the seller's wallet"
	}
	next.Waiting = &Waiting{
		Request: request.ID, Order: v.order, Manifest: v.manifest,
		Title: l.Title, Description: l.Description, Tags: l.Tags, Price: l.Price,
	}
	err := s.Store.Update(ctx, func(tx Tx) error {
		return errors.Join(s.replace(tx, before, next), v.putPacks(tx), signature.Ask(tx, request))
	})
	if err == nil {
		*l = next
	}
	return err
}

// asks reports whether what waits is what the listing is to become.
func (w *Waiting) asks(l Listing) bool {
	return w != nil && l.Status == Active && w.Title == l.Title && w.Description == l.Description &&
		w.Price == l.Price && slices.Equal(w.Tags, l.Tags)
}

// forgo takes back what a listing waited for and no longer does: part of the
// transaction that stores l. What was made for it is destroyed later.
func (s *Service) forgo(tx Tx, before, l Listing) error {
	var errs []error
	if w := before.Waiting; w != nil && (l.Waiting == nil || l.Waiting.Request != w.Request) {
		errs = append(errs, signature.Drop(tx, w.Request))
		if !l.sells(w.Order.Version) {
			errs = append(errs, tx.PutTask(task.Task{Kind: task.DropVersion, Key: KeyName(l.ID, w.Order.Version), Due: s.Clock().UTC()}))
		}
	}
	if r := before.Renewal; r != nil && (l.Renewal == nil || l.Renewal.Request != r.Request) {
		errs = append(errs, signature.Drop(tx, r.Request))
	}
	return errors.Join(errs...)
}

// sells reports whether a version is or was the one on sale.
func (l Listing) sells(version uint64) bool {
	return l.Published != nil && l.Published.Order.Version == version
}

// DropVersion destroys the key and the blocks of a version that was made and never
// signed: the handler of drop-version tasks.
func (s *Service) DropVersion(ctx context.Context, name string) (task.Next, error) {
	dot := strings.LastIndexByte(name, '.')
	number, err := strconv.ParseUint(name[dot+1:], 10, 64)
	if dot < 0 || err != nil {
		return task.Next{}, errors.New("malformed version name " + strconv.Quote(name))
	}
	id := market.ListingID(name[:dot])
	defer s.changing.Lock(id)()
	var l Listing
	err = s.Store.View(ctx, func(tx Tx) (err error) { l, err = tx.Listing(id); return err })
	if err != nil && !errors.Is(err, market.ErrNotFound) {
		return task.Next{}, err
	}
	if l.sells(number) || (l.Waiting != nil && l.Waiting.Order.Version == number) {
		return task.Done(), nil
	}
	return task.Done(), errors.Join(s.Keyring.Destroy(ctx, name), s.Vault.Erase(ctx, name+manifestPack), s.Vault.Erase(ctx, name+bundlePack))
}

// Signed goes on with the order that a request asked for: a part of the transaction
// that stores the answer. It returns the listing's status.
func (s *Service) Signed(tx Tx, r signature.Request, sig seal.Sig) (string, error) {
	l, err := tx.Listing(market.ListingID(r.Subject))
	if err != nil && !errors.Is(err, market.ErrNotFound) {
		return "", err
	}
	switch {
	case l.Waiting != nil && l.Waiting.Request == r.ID:
		err = s.signedVersion(tx, &l, sig)
	case l.Renewal != nil && l.Renewal.Request == r.ID:
		err = s.signedRenewal(tx, &l, sig)
	default:
		err = market.Fail(market.Conflict, "the listing was changed meanwhile; nothing waits for this signature any more")
	}
	return string(l.Status), err
}

func (s *Service) signedVersion(tx Tx, l *Listing, sig seal.Sig) error {
	before, w := *l, *l.Waiting
	l.Waiting, l.UpdatedAt = nil, s.Clock().UTC().Truncate(time.Millisecond)
	switch err := w.stillStands(tx, *l); {
	case err != nil && market.CodeOf(err) == market.Internal:
		return err
	case err != nil:
		// A listing in review is looked at again; any other stays as it is.
		l.Reason = "what was signed does not stand any more: " + err.Error()
		return s.replace(tx, before, *l)
	}
	if l.Status != Active {
		if err := l.move(Active, owner|system); err != nil {
			return err
		}
	}
	l.Title, l.Description, l.Tags, l.Price, l.Reason = w.Title, w.Description, w.Tags, w.Price, ""
	l.Renewal = nil
	l.Published = published(w.Order, sig, w.Manifest, externalLife)
	return errors.Join(s.replace(tx, before, *l), s.offer(tx, *l))
}

// stillStands returns why a version cannot be sold any more as it was made: its
// goods are gone, or their owner agrees to something else now.
func (w Waiting) stillStands(tx Tx, l Listing) error {
	if l.Dataset != "" {
		_, err := dataset.Mine(tx, l.Owner, l.Dataset)
		return err
	}
	if err := stillSells(tx, l); err != nil {
		return err
	}
	made := &Published{Manifest: w.Manifest}
	for _, id := range l.Contributions {
		c, err := tx.Contribution(id)
		if err != nil {
			return err
		}
		switch same, err := made.states(c); {
		case err != nil:
			return err
		case !same:
			return market.Fail(market.Conflict, "the consent for "+string(id)+" changed")
		}
	}
	return nil
}

func (s *Service) signedRenewal(tx Tx, l *Listing, sig seal.Sig) error {
	before := *l
	l.Published = published(l.Renewal.Order, sig, l.Published.Manifest, externalLife)
	l.Renewal = nil
	return errors.Join(s.replace(tx, before, *l), s.offer(tx, *l))
}

// Lapsed takes back a version that was not signed in time: a part of the
// transaction that takes back the request. A listing that was never on sale is
// reviewed again; one that is goes on as it is.
func (s *Service) Lapsed(tx Tx, r signature.Request) error {
	l, err := tx.Listing(market.ListingID(r.Subject))
	if errors.Is(err, market.ErrNotFound) || (err == nil && (l.Waiting == nil || l.Waiting.Request != r.ID)) {
		return nil
	}
	if err != nil {
		return err
	}
	before := l
	l.Waiting, l.UpdatedAt = nil, s.Clock().UTC().Truncate(time.Millisecond)
	return s.replace(tx, before, l)
}

// askRenewal asks the seller's wallet to renew the order on sale, once. An order
// that nobody renewed in time pauses its listing, which no node shows any more.
func (s *Service) askRenewal(ctx context.Context, l Listing) (Listing, error) {
	before, now := l, s.Clock().UTC()
	order := l.Published.Order
	expiry := time.Unix(int64(order.Expiry), 0)
	if now.After(expiry) {
		if err := l.move(Paused, system); err != nil {
			return l, err
		}
		l.UpdatedAt = now.Truncate(time.Millisecond)
		l.Reason = "the seller's wallet did not renew the order in time; set the listing active again and sign"
		return l, s.withdraw(ctx, before, &l)
	}
	if l.Renewal != nil {
		return l, nil
	}
	order.Expiry = uint64(now.Add(externalLife).Unix())
	request := signature.New(l.Owner, l.Wallet, signature.OrderRenewal, string(l.ID), s.Domain.OrderMessage(order), now, expiry)
	l.Renewal = &Renewal{Request: request.ID, Order: order}
	return l, s.Store.Update(ctx, func(tx Tx) error {
		return errors.Join(s.replace(tx, before, l), signature.Ask(tx, request))
	})
}

// nextAnnouncement returns when an order on sale is looked at again: to renew it, or
// to see that nobody did.
func (p *Published) nextAnnouncement(now time.Time) time.Time {
	if now.Before(p.RenewAt) {
		return p.RenewAt
	}
	return time.Unix(int64(p.Order.Expiry)+1, 0)
}
