package x402

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
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
			return nil // who opened it again proved to have paid
		}
		if s.State != Settled {
			return &Taken{Transaction: s.Transaction, Message: "what the payment paid for was handed over already"}
		}
		return nil
	})
}

func (d *Desk) begin(ctx context.Context, id market.Hash, allowed func(*Sale) error) (*Handing, error) {
	claimed := d.claim(id)
	s, err := d.sale(ctx, id)
	switch {
	case err == nil && !claimed:
		return nil, errBusy(&s)
	case err == nil:
		err = allowed(&s)
	}
	if err == nil {
		return &Handing{Sale: s, desk: d}, nil
	}
	if claimed {
		d.release(id)
	}
	return nil, err
}

// claim takes a sale for one connection; false while another one has it.
func (d *Desk) claim(id market.Hash) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.handing[id] {
		return false
	}
	if d.handing == nil {
		d.handing = map[market.Hash]bool{}
	}
	d.handing[id] = true
	return true
}

func errBusy(s *Sale) error {
	return &Taken{Transaction: s.Transaction, Message: "what the payment paid for is being handed over", RetryAfter: time.Second}
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
func (h *Handing) Token(ctx context.Context) (token string, err error) {
	h.Sale, err = h.desk.update(ctx, h.Sale.ID, func(_ Tx, s *Sale) error {
		token = s.draw()
		return nil
	})
	return token, err
}

func (s *Sale) draw() string {
	token := tokenPrefix + rand.Text()
	s.Token = tokenHash(token)
	return token
}

// IsToken reports whether a text may be a token for a download.
func IsToken(text string) bool { return strings.HasPrefix(text, tokenPrefix) }

func tokenHash(token string) market.Hash { return sha256.Sum256([]byte(token)) }

// Handed says that the payer has the goods, or the token for them: from here on
// the payment itself opens nothing, since it can be read on chain.
func (h *Handing) Handed(ctx context.Context) (err error) {
	h.Sale, err = h.desk.update(ctx, h.Sale.ID, func(_ Tx, s *Sale) error {
		h.desk.handed(s)
		return nil
	})
	return err
}

func (d *Desk) handed(s *Sale) {
	if s.State == Settled {
		s.to(Handed)
		s.HandedAt = d.now()
	}
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

// resends is how many times the size of a file may be sent in one download, for what was
// lost on the way: who leaves a byte out does not have the rest for ever.
const resends = 3

// downloadFor bounds a download from its first byte on, however it goes.
const downloadFor = 24 * time.Hour

// downloadable reports whether a download may begin, or go on.
func (d *Desk) downloadable(s *Sale) bool {
	return s.Done.IsZero() && (s.Started.IsZero() || (!d.Clock().After(d.resumable(s)) && s.Sent <= (resends-1)*s.Goods.Object.Size))
}

// resumable returns until when a download that began may go on.
func (d *Desk) resumable(s *Sale) time.Time {
	last, serving := s.Active, s.Serving
	if last.IsZero() { // sales of earlier versions did not say
		last, serving = s.Started, true
	}
	switch {
	case serving && last.Before(d.Began):
		last = d.Began // the end of the process broke it
	case serving:
		last = d.Clock()
	}
	until, end := last.Add(d.Rules.ResumeFor), s.Started.Add(downloadFor)
	if until.After(end) {
		return end
	}
	return until
}

// Start stores that the download begins, or goes on, before its first byte leaves. Served
// has to follow. It returns the token that the download may go on with, where none was
// drawn before, and a Taken when it broke too long ago.
func (h *Handing) Start(ctx context.Context) (token string, err error) {
	h.Sale, err = h.desk.update(ctx, h.Sale.ID, func(_ Tx, s *Sale) error {
		token = ""
		if !h.desk.downloadable(s) {
			return errOver(s)
		}
		if s.Started.IsZero() {
			s.Started = h.desk.now()
		}
		if s.Token.IsZero() {
			token = s.draw()
		}
		s.Active, s.Serving = h.desk.now(), true
		return nil
	})
	return token, err
}

func errOver(s *Sale) error {
	return &Taken{Transaction: s.Transaction, Message: "the download that the payment paid for is over"}
}

// Served says which parts of the file were sent, in their order, and whether the client
// took all of them, as far as that can be known. The download is done when all of the
// file was.
func (h *Handing) Served(ctx context.Context, parts []Span, taken bool) (err error) {
	h.Sale, err = h.desk.update(ctx, h.Sale.ID, func(_ Tx, s *Sale) error {
		s.Active, s.Serving = h.desk.now(), false
		for i, p := range parts {
			s.Sent += p.To - p.From
			if !taken && i == len(parts)-1 {
				p.To-- // it is not all there, so it is not all had
			}
			s.Had = join(s.Had, p)
		}
		if slices.Equal(s.Had, []Span{{To: s.Goods.Object.Size}}) {
			s.Done = h.desk.now()
			h.desk.handed(s)
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
				end = s.SettledAt.Add(d.Rules.TokenFor)
				if !s.Started.IsZero() {
					end = s.SettledAt.Add(d.Rules.ReopenFor) // what broke is had by who signs in
					if resumable := d.resumable(&s); resumable.After(end) {
						end = resumable
					}
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
