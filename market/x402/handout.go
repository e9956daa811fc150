package x402

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"time"

	"privd/market"
)

// Handing is one sale on its way over a connection. Of each sale there is one at a
// time, so that one payment is not served twice at once. End it.
type Handing struct {
	Sale Sale
	desk *Desk
}

// Hand begins to hand a settled sale over to who paid. It returns a Taken when
// somebody else is at it, or the goods were handed over meanwhile.
func (d *Desk) Hand(ctx context.Context, id market.Hash) (*Handing, error) {
	return d.begin(ctx, id, func(s *Sale) error {
		if s.State == Handed && s.Done.IsZero() && s.Reopened > 0 {
			return nil
		}
		if s.State != Settled {
			return &Taken{Transaction: s.Transaction, Message: "what the payment paid for was handed over already"}
		}
		return nil
	})
}

func (d *Desk) begin(ctx context.Context, id market.Hash, allowed func(*Sale) error) (*Handing, error) {
	if err := d.claim(id); err != nil {
		return nil, err
	}
	h := &Handing{desk: d}
	s, err := d.sale(ctx, id)
	if err == nil {
		h.Sale = s
		err = allowed(&h.Sale)
	}
	if err != nil {
		d.release(id)
		return nil, err
	}
	return h, nil
}

// claim takes a sale for one connection; a Taken while another one has it.
func (d *Desk) claim(id market.Hash) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.handing[id] {
		return &Taken{Message: "what the payment paid for is being handed over", RetryAfter: time.Second}
	}
	if d.handing == nil {
		d.handing = map[market.Hash]bool{}
	}
	d.handing[id] = true
	return nil
}

func (d *Desk) release(id market.Hash) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.handing, id)
}

// End gives up the sale for others.
func (h *Handing) End() { h.desk.release(h.Sale.ID) }

// tokenPrefix names what a token is.
const tokenPrefix = "xat_"

// Token draws the token for one download, in place of any other, and stores its
// hash.
func (h *Handing) Token(ctx context.Context) (string, error) {
	token := tokenPrefix + rand.Text()
	var err error
	h.Sale, err = h.desk.update(ctx, h.Sale.ID, func(_ Tx, s *Sale) error {
		s.Token = tokenHash(token)
		return nil
	})
	return token, err
}

func tokenHash(token string) market.Hash { return sha256.Sum256([]byte(token)) }

// Handed says that the payer has the goods, or the token for them: from here on
// the payment itself opens nothing, since it can be read on chain.
func (h *Handing) Handed(ctx context.Context) (err error) {
	h.Sale, err = h.desk.update(ctx, h.Sale.ID, func(_ Tx, s *Sale) error {
		if s.State == Settled {
			s.to(Handed)
			s.HandedAt = h.desk.now()
		}
		return nil
	})
	return err
}

// ErrToken is returned for a token that opens nothing, or nothing any more.
var ErrToken = errors.New("the token opens nothing")

// ByToken begins to hand over the download that a token stands for.
func (d *Desk) ByToken(ctx context.Context, dataset market.DatasetID, token string) (*Handing, error) {
	var s Sale
	err := d.Store.View(ctx, func(tx Tx) (err error) { s, err = tx.X402SaleByToken(tokenHash(token)); return err })
	if errors.Is(err, market.ErrNotFound) || (err == nil && s.Dataset != dataset) {
		return nil, ErrToken
	}
	if err != nil {
		return nil, err
	}
	return d.begin(ctx, s.ID, func(s *Sale) error {
		switch {
		case s.Token != tokenHash(token), !s.Paid(), !d.downloadable(s), s.Started.IsZero() && d.Clock().Sub(s.SettledAt) > d.Rules.TokenFor && s.Reopened == 0:
			return ErrToken
		}
		return nil
	})
}

// downloadable reports whether a download may begin, or go on: it is not done, and
// began lately, or was cut off by the end of the process.
func (d *Desk) downloadable(s *Sale) bool {
	return s.Done.IsZero() && (s.Started.IsZero() || s.Started.Before(d.Began) || d.Clock().Sub(s.Started) <= d.Rules.ResumeFor)
}

// Start stores that the download begins, before its first byte leaves. It returns a
// Taken when it began too long ago.
func (h *Handing) Start(ctx context.Context) (err error) {
	h.Sale, err = h.desk.update(ctx, h.Sale.ID, func(_ Tx, s *Sale) error {
		if !h.desk.downloadable(s) {
			return &Taken{Transaction: s.Transaction, Message: "the download that the payment paid for is over"}
		}
		if s.Started.IsZero() || s.Started.Before(h.desk.Began) {
			s.Started = h.desk.now()
		}
		return nil
	})
	return err
}

// Done says that the download reached the end of the file.
func (h *Handing) Done(ctx context.Context) (err error) {
	h.Sale, err = h.desk.update(ctx, h.Sale.ID, func(_ Tx, s *Sale) error {
		s.Done = h.desk.now()
		if s.State == Settled {
			s.to(Handed)
			s.HandedAt = s.Done
		}
		return nil
	})
	return err
}

// Owed returns until when those who paid for a file may have it; the zero time when
// nobody is owed it. Of a payment on its way that is not known: it is soon.
func (d *Desk) Owed(ctx context.Context, content string) (until time.Time, err error) {
	err = d.Store.View(ctx, func(tx Tx) error {
		until = time.Time{}
		return tx.X402Owed(content, func(s Sale) bool {
			end := d.Clock().Add(time.Minute)
			if s.Paid() {
				if end = s.SettledAt.Add(d.Rules.TokenFor); !s.Started.IsZero() {
					end = s.Started.Add(d.Rules.ResumeFor)
				}
			}
			if s.Good == Access && end.After(until) {
				until = end
			}
			return true
		})
	})
	return until, err
}
