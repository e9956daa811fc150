package purchase

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"filippo.io/age"
	"github.com/ipfs/go-cid"

	"privd/market"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/listing"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/market/signature"
)

// fetch gets and verifies bundle and ciphertext before money moves: afterwards
// nobody can prove that blocks were withheld. Above the limit only the bundle is
// fetched.
func (e *Engine) fetch(ctx context.Context, s *situation) error {
	if err := e.lapsed(ctx, s); err != nil || s.p.State != Fetching {
		return err
	}
	if err := e.vet(ctx, s); err != nil || s.p.State != Fetching {
		return err
	}
	roots, limit := []cid.Cid{s.m.KeyBundle}, int64(16*len(s.m.Entries))
	if e.small(s.m) {
		roots, limit = e.roots(s)
		s.p.Stored = true
	}
	pack, err := e.Vault.Fetch(ctx, string(s.p.ID), roots, e.Source(s.m.Peers), limit, func(int64) {})
	switch code := market.CodeOf(err); {
	case code == market.Invalid, code == market.TooLarge:
		// It will be no better the next time.
		s.p.Stored = false
		return e.fail(ctx, s, "the content is not what the listing describes")
	case err != nil:
		return err
	}
	if !bundleFits(pack, s.m) {
		s.p.Stored = false
		return e.fail(ctx, s, "the content is not what the listing describes")
	}
	s.p.Fetched = pack.Size
	s.p.to(Sealing, "ciphertext fetched and verified", market.Hash{}, e.Clock().UTC())
	return e.save(ctx, s, func(tx Tx) error { return tx.PutPack(pack) })
}

// small reports whether all of a listing is fetched before money moves.
func (e *Engine) small(m *listing.Manifest) bool {
	whole := int64(0)
	for _, entry := range m.Entries {
		whole += entry.PayloadSize
	}
	return whole <= e.Rules.FetchBeforePay
}

// roots returns everything a purchase needs and how many bytes that may be: each
// DAG a little more than its payload.
func (e *Engine) roots(s *situation) (roots []cid.Cid, limit int64) {
	roots, limit = []cid.Cid{s.m.KeyBundle}, int64(16*len(s.m.Entries))
	for _, entry := range s.m.Entries {
		roots = append(roots, entry.Root)
		limit += dagLimit(entry)
	}
	return roots, limit
}

// dagLimit is how many bytes the DAG of one file may have.
func dagLimit(entry listing.Entry) int64 { return entry.PayloadSize + entry.PayloadSize/1024 + 4096 }

// lapsed ends a purchase whose order has run out before it was sealed.
func (e *Engine) lapsed(ctx context.Context, s *situation) error {
	if s.head.Time <= s.p.Order.Expiry {
		return nil
	}
	return e.fail(ctx, s, "the order expired before the seller could be reached")
}

// seal asks the seller for the sealed key and checks all of the answer. Terms, c
// and seal are durable before the payment is signed.
func (e *Engine) seal(ctx context.Context, s *situation) error {
	if err := e.lapsed(ctx, s); err != nil || s.p.State != Sealing {
		return err
	}
	recipient := e.Identity.Recipient().String()
	terms := seal.Terms{
		Buyer: s.p.Wallet, Delegate: e.Delegate, Recipient: market.Hash(sha256.Sum256([]byte(recipient))),
		AccessDays: s.p.AccessDays, DeliveryWindow: uint32(e.Rules.DeliveryWindow / time.Second),
		PayBy: s.head.Time + uint64(e.payWithin(s.p)/time.Second),
	}
	if _, err := rand.Read(terms.Salt[:]); err != nil {
		return fmt.Errorf("draw salt: %w", err)
	}
	sealed, err := e.Seller(s.m.Peers).Seal(ctx, delivery.SealRequest{
		Order: s.p.Order, OrderSignature: s.p.OrderSignature, Terms: terms, Recipient: recipient,
	})
	if refusal := delivery.RefusalOf(err); refusal != nil && refusal.Code.Final() {
		return e.fail(ctx, s, refusal.Error())
	}
	if err != nil {
		return err
	}
	c, err := e.unseal(sealed)
	if err != nil {
		return &market.Error{Code: market.Unavailable, Message: "the seller's answer does not open", Err: err}
	}
	sale := seal.Sale{
		Order: s.p.Order, OrderSignature: s.p.OrderSignature, Terms: terms,
		SealedHash: sealed.SealedHash, Lock: sealed.Lock, SealSignature: sealed.Signature,
	}
	id := e.Domain.Purchase(e.Domain.Deal(sale))
	if seal.Check(s.p.Order.Sealer, id, sealed.Signature) != nil {
		return &market.Error{Code: market.Unavailable, Message: "the seller's seal is not signed by its sealer"}
	}
	if err := e.Keyring.Put(ctx, e.sealedName(s.p), c[:]); err != nil {
		return err
	}
	s.p.Sale, s.p.OnChain = &sale, id
	s.p.to(Paying, "the seller sealed the key", market.Hash{}, e.Clock().UTC())
	return e.save(ctx, s, e.ask(s))
}

// unseal decrypts c and checks it against its hash.
func (e *Engine) unseal(sealed delivery.Sealed) (c seal.Key, err error) {
	r, err := age.Decrypt(bytes.NewReader(sealed.SealedKey), e.Identity)
	if err != nil {
		return c, err
	}
	plain, err := io.ReadAll(io.LimitReader(r, int64(len(c))+1))
	if err != nil {
		return c, err
	}
	if err := c.UnmarshalBinary(plain); err != nil || !c.Opens(sealed.SealedHash) {
		return c, seal.ErrKey
	}
	return c, nil
}

// payMargin is how much of a payment's time must be left to send it for the first
// time.
const payMargin = 60 // seconds

// pay signs the payment, or waits until the buyer's external wallet has, and hands
// it to the sender. A seal whose time is nearly over is asked for anew, unless its
// payment is already on its way.
func (e *Engine) pay(ctx context.Context, s *situation) error {
	_, err := e.Chain.Outcome(ctx, payKey(s.p))
	switch {
	case err == nil:
	case !errors.Is(err, market.ErrNotFound):
		return err
	case s.chain.Status != deal.StatusNone:
	case s.head.Time+payMargin >= s.p.Sale.Terms.PayBy:
		if s.p.Payment != nil {
			// The wallet, and whoever it showed its signature to, can pay until the time is
			// over. One seal at a time: two payments would be two purchases.
			switch over, err := e.overdue(ctx, s); {
			case err != nil:
				return err
			case !over:
				return errWait{"the payment's time runs out; making sure that nothing is paid"}
			}
		}
		return e.reseal(ctx, s)
	default:
		payment, err := e.payment(ctx, s)
		if err != nil {
			return err
		}
		if err := e.Chain.Purchase(ctx, payKey(s.p), *s.p.Sale, payment); err != nil {
			return err
		}
	}
	s.p.to(Unconfirmed, "payment signed and sent", market.Hash{}, e.Clock().UTC())
	return e.save(ctx, s, func(tx Tx) error { return signature.Drop(tx, s.p.Request) })
}

func payKey(p Purchase) string { return "purchase/" + p.OnChain.Hex() }

// confirm waits until the payment is deep enough, or can no longer happen.
func (e *Engine) confirm(ctx context.Context, s *situation) error {
	if s.chain.Status != deal.StatusNone {
		if s.p.Lapsed != 0 {
			s.p.Lapsed = 0
			return e.save(ctx, s)
		}
		if !e.deep(*s, s.chain.Bought) {
			return errWait{fmt.Sprintf("confirming %d/%d", deal.Depth(s.head.Number, s.chain.Bought.Number), e.Rules.Confirmations)}
		}
		out, err := e.Chain.Outcome(ctx, payKey(s.p))
		if err != nil && !errors.Is(err, market.ErrNotFound) {
			return err
		}
		s.p.to(Opening, "payment confirmed", market.Hash(out.TxHash), e.Clock().UTC())
		return e.save(ctx, s)
	}
	out, err := e.Chain.Outcome(ctx, payKey(s.p))
	if err != nil && !errors.Is(err, market.ErrNotFound) {
		return err
	}
	// Whoever saw a refused payment can still send it until its time is over: only
	// then does it cost nothing for sure.
	why := "the payment was not mined in time; nothing was paid"
	waiting := errWait{"waiting for the payment to be mined"}
	if out.State == outbox.Failed && out.Final {
		why = "the payment was refused on chain: " + out.Message
		waiting = errWait{why + "; making sure that nothing is paid"}
	}
	over, err := e.overdue(ctx, s)
	switch {
	case err != nil:
		return err
	case s.head.Time < s.p.Sale.Terms.PayBy:
		return waiting
	case !over:
		return errWait{"the payment's time is over; making sure that nothing was paid"}
	}
	return e.fail(ctx, s, why)
}

// overdue reports whether the payment's time is over, as deep in the chain as money
// asks for. It is called while no payment is on the chain this node has read; every
// block up to the head is. A block at which the time was over and that a
// reorganisation replaced by an earlier one does not count.
func (e *Engine) overdue(ctx context.Context, s *situation) (bool, error) {
	lapsed := s.p.Lapsed
	switch {
	case s.head.Time < s.p.Sale.Terms.PayBy:
		lapsed = 0
	case lapsed == 0 || lapsed > s.head.Number:
		lapsed = s.head.Number
	}
	if lapsed != s.p.Lapsed {
		s.p.Lapsed = lapsed
		if err := e.save(ctx, s); err != nil {
			return false, err
		}
	}
	return lapsed > 0 && deal.Depth(s.head.Number, lapsed) >= e.Rules.Confirmations, nil
}

// fetchRest gets what was too large to be fetched before the payment. Each file is
// a pack of its own: one pack holds only so many blocks.
func (e *Engine) fetchRest(ctx context.Context, s *situation) error {
	size := int64(0)
	for i, entry := range s.m.Entries {
		pack, err := e.Vault.Fetch(ctx, restName(s.p, i), []cid.Cid{entry.Root}, e.Source(s.m.Peers), dagLimit(entry), func(int64) {})
		if code := market.CodeOf(err); code == market.Invalid || code == market.TooLarge {
			// The blocks that the manifest names are no such file.
			s.p.Fault = &Fault{Kind: FaultContent, Entry: i, Found: e.Clock().UTC().Truncate(time.Millisecond)}
			continue
		}
		if err != nil {
			return err
		}
		if err := e.Store.Update(ctx, func(tx Tx) error { return tx.PutPack(pack) }); err != nil {
			return err
		}
		size += pack.Size
	}
	if s.p.Fault != nil {
		s.p.note(s.p.Fault.Found, s.p.Fault.String(), market.Hash{})
		s.p.Checked = true
	}
	s.p.Stored, s.p.Fetched = true, s.p.Fetched+size
	return e.save(ctx, s)
}

func restName(p Purchase, i int) string { return fmt.Sprintf("%s.rest.%d", p.ID, i) }
