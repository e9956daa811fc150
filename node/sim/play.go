package sim

import (
	"context"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"privd/chain/binding/market"
)

// listing is something on sale in a world, or meant to be.
type listing struct {
	name   string
	seller *user
	id     string // empty until the node has answered
}

// intent is one call to buy.
type intent struct {
	buyer    *user
	listing  *listing
	purchase string // its id, once the node has answered
	answer   string // what it was
}

// play lets a story happen. It returns an error only when the world itself breaks.
func (w *World) play(ctx context.Context, s Story) error {
	ops := s.Ops
	first := 0
	for first < len(ops) && ops[first].Verb == Sell {
		first++
	}
	w.ledger.hurry()
	if err := w.open(ctx, ops[:first]); err != nil {
		return err
	}
	w.ledger.hurry()
	for _, op := range ops[first:] {
		if op.After > 0 {
			time.Sleep(op.After)
		}
		if err := w.do(ctx, op); err != nil {
			return fmt.Errorf("%s: %w", strings.TrimSpace(op.String()), err)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}

// open puts the listings a story begins with on sale, before anything goes wrong.
func (w *World) open(ctx context.Context, ops []Op) error {
	var all errgroup.Group
	all.SetLimit(4)
	for _, op := range ops {
		l := w.listing(op.What, w.user(op.Who))
		all.Go(func() error {
			if err := w.sell(ctx, l, op.Amount); err != nil {
				return fmt.Errorf("sell %s: %w", l.name, err)
			}
			return poll(ctx, time.Minute, "listing "+l.name+" on every node", func() (bool, error) {
				for _, m := range w.members {
					var d struct{ Listing struct{ Status string } }
					if err := m.operator().get(ctx, "/marketplace/wallet/listings/"+l.id, &d); err != nil || d.Listing.Status != "active" {
						return false, nil
					}
				}
				return true, nil
			})
		})
	}
	return all.Wait()
}

// listing returns a listing by its name, made when it is new.
func (w *World) listing(name string, seller *user) *listing {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.listings[name]
	if l == nil {
		l = &listing{name: name, seller: seller}
		w.listings[name] = l
	}
	return l
}

// sell puts a listing on sale.
func (w *World) sell(ctx context.Context, l *listing, price string) error {
	var made struct {
		ID string `json:"listing_id"`
	}
	err := l.seller.do(ctx, http.MethodPost, "/marketplace/wallet/listings", map[string]any{
		"title": "Words " + l.name, "description": "Many words.", "category": "text", "price_priv": raw(price),
		"contribution_ids": []string{l.seller.contribution},
	}, &made)
	if err != nil {
		return err
	}
	w.mu.Lock()
	l.id = made.ID
	w.mu.Unlock()
	return l.seller.do(ctx, http.MethodPut, "/marketplace/wallet/listings/"+made.ID, map[string]string{"status": "pending_review"}, nil)
}

// raw is an amount as a JSON number.
type raw string

// MarshalJSON implements json.Marshaler.
func (r raw) MarshalJSON() ([]byte, error) { return []byte(r), nil }

// do begins an operation. What a user does goes on beside what follows.
func (w *World) do(ctx context.Context, op Op) error {
	w.mu.Lock()
	l := w.listings[op.What]
	id := ""
	if l != nil {
		id = l.id
	}
	w.mu.Unlock()
	if op.Verb != Sell && op.What != "" && id == "" {
		return nil // it did not get that far
	}
	path := "/marketplace/wallet/listings/" + id
	switch op.Verb {
	case Sell:
		fresh := w.listing(op.What, w.user(op.Who))
		w.call(ctx, op, func() error { return w.sell(ctx, fresh, op.Amount) })
	case Buy:
		buyer := w.user(op.Who)
		w.call(ctx, op, func() error { return w.buy(ctx, buyer, l) })
	case Price:
		w.call(ctx, op, func() error {
			return l.seller.do(ctx, http.MethodPut, path, map[string]any{"price_priv": raw(op.Amount)}, nil)
		})
	case Pause, Resume, Delist:
		status := map[Verb]string{Pause: "paused", Resume: "active", Delist: "delisted"}[op.Verb]
		w.call(ctx, op, func() error { return l.seller.do(ctx, http.MethodPut, path, map[string]string{"status": status}, nil) })
	case Claim:
		u := w.user(op.Who)
		w.call(ctx, op, func() error {
			return u.do(ctx, http.MethodPost, "/user/earnings/claim", map[string]bool{"claim_all": true}, nil)
		})
	case Download:
		u := w.user(op.Who)
		w.work.Go(func() { w.download(ctx, u, id) })
	case Withdraw:
		u := w.user(op.Who)
		w.work.Go(func() { w.withdraw(ctx, u) })
	case Push:
		w.work.Go(func() { w.push(ctx) })
	default:
		return w.trouble(ctx, op)
	}
	return nil
}

// call runs a call of a user beside the story. Nodes may refuse, and may be away;
// what they may not do is fail.
func (w *World) call(ctx context.Context, op Op, fn func() error) {
	w.work.Go(func() {
		switch status := statusOf(fn()); status {
		case 0, http.StatusOK, http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		default:
			w.blame("%s: answered %d", strings.TrimSpace(op.String()), status)
		}
	})
}

// A buyer whose node does not answer, or cannot now, asks again: the same question,
// which is answered once.
const (
	buyTries = 4
	buyAgain = 400 * time.Millisecond
)

func (w *World) buy(ctx context.Context, buyer *user, l *listing) error {
	i := &intent{buyer: buyer, listing: l}
	w.mu.Lock()
	w.intents = append(w.intents, i)
	w.mu.Unlock()
	var bought struct {
		ID string `json:"purchase_id"`
	}
	var err error
	for range buyTries {
		err = buyer.do(ctx, http.MethodPost, "/marketplace/wallet/listings/"+l.id+"/purchase", map[string]any{"access_duration_days": 1, "force": true}, &bought)
		if status := statusOf(err); status != 0 && status != http.StatusServiceUnavailable {
			break
		}
		time.Sleep(buyAgain)
	}
	w.mu.Lock()
	i.purchase, i.answer = bought.ID, answerOf(err)
	w.mu.Unlock()
	return err
}

// bought is a purchase as its buyer sees it.
type bought struct {
	ID      string
	Listing string `json:"listing_id"`
	Paid    string `json:"amount_paid_priv_wei"`
	Token   string `json:"access_token"`
	Status  string
}

// purchases lists all purchases of a user, those that failed, too.
func (u *user) purchases(ctx context.Context) (all []bought, err error) {
	for page := 1; ; page++ {
		var got struct {
			Purchases  []bought
			Pagination struct{ Total int }
		}
		if err := u.get(ctx, fmt.Sprintf("/marketplace/wallet/purchases?include=pending&limit=100&page=%d", page), &got); err != nil {
			return nil, err
		}
		all = append(all, got.Purchases...)
		if len(got.Purchases) == 0 || len(all) >= got.Pagination.Total {
			return all, nil
		}
	}
}

// download reads what the user bought of a listing, if anything: it is what the
// seller wrote.
func (w *World) download(ctx context.Context, u *user, listing string) {
	all, err := u.purchases(ctx)
	if err != nil {
		return
	}
	for _, p := range all {
		if p.Listing == listing && p.Status == "active" {
			_ = w.fetch(ctx, u, p) // it may be used up, and the node may be away
			return
		}
	}
}

// fetch downloads a purchase and compares it with what the seller uploaded.
func (w *World) fetch(ctx context.Context, u *user, p bought) error {
	var d struct {
		Downloads []struct {
			URL string `json:"gateway_url"`
		}
	}
	if err := u.get(ctx, "/marketplace/wallet/purchases/"+p.ID+"/download?access_token="+url.QueryEscape(p.Token), &d); err != nil {
		return err
	}
	want := w.sellerOf(p.Listing)
	if len(d.Downloads) != 1 || want == nil {
		w.blame("%s downloads %d files of %s", u.name, len(d.Downloads), p.ID)
		return nil
	}
	got, status, err := u.as().fetch(ctx, d.Downloads[0].URL)
	switch {
	case err != nil:
		return err
	case status == 0:
		return &refusal{message: "the node is gone"}
	case status != http.StatusOK:
		return &refusal{status: status, message: "the gateway refuses"}
	case string(got) != string(want.text):
		w.blame("%s reads %d other bytes than %s wrote, in %s", u.name, len(got), want.name, p.ID)
	}
	return nil
}

// sellerOf returns who sells a listing.
func (w *World) sellerOf(id string) *user {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.listings {
		if l.id == id {
			return l.seller
		}
	}
	return nil
}

// withdraw sends all of a user's income, as anybody may.
func (w *World) withdraw(ctx context.Context, u *user) {
	m := market.NewMarket()
	answer, err := w.ledger.view(ctx, w.ledger.contracts.Market, m.PackBalances(u.wallet))
	if err != nil {
		return
	}
	income, err := m.UnpackBalances(answer)
	if err != nil || income.Sign() == 0 {
		return
	}
	if income.Cmp(big.NewInt(2)) > 0 && w.random(uint64(income.Bits()[0])).IntN(2) == 0 {
		income = new(big.Int).Rsh(income, 1) // a part of it
	}
	_ = w.ledger.send(ctx, stranger, true, payment{to: w.ledger.contracts.Market, data: m.PackWithdraw(u.wallet, income)})
}

// push ends every purchase that is due, as anybody may. What is not due reverts.
func (w *World) push(ctx context.Context) {
	events, err := w.ledger.read(ctx)
	if err != nil {
		return
	}
	m := market.NewMarket()
	_, now, err := w.ledger.now(ctx)
	if err != nil {
		return
	}
	for _, d := range events.open() {
		switch {
		case d.status == purchased && now >= d.deadline:
			_ = w.ledger.send(ctx, stranger, true, payment{to: w.ledger.contracts.Market, data: m.PackRefund(d.deal)})
		case d.status == revealed && now >= d.deadline:
			_ = w.ledger.send(ctx, stranger, true, payment{to: w.ledger.contracts.Market, data: m.PackFinalize(d.deal)})
		}
	}
}

// trouble makes something go wrong.
func (w *World) trouble(ctx context.Context, op Op) error {
	switch op.Verb {
	case Kill:
		w.kill(w.members[op.Node], op.For)
	case RPC:
		return w.fail(ctx, w.members[op.Node], op.Fault, op.For)
	case Reorg:
		return w.ledger.reorganise(ctx, op.Depth)
	case Drop:
		return w.ledger.drop(ctx)
	case Stall:
		w.ledger.pause(true)
		w.later(op.For, func() { w.ledger.pause(false) })
	case Jump:
		return w.ledger.jump(ctx, op.For)
	default:
		return fmt.Errorf("nobody can %q", op.Verb)
	}
	return nil
}

// kill ends a node and starts it again after a while. One that is down stays down.
func (w *World) kill(m *member, down time.Duration) {
	m.kill()
	w.later(down, func() {
		if err := m.start(); err != nil {
			w.blame("%s: %v", m.name(), err)
		}
	})
}

// fail makes a node's server of the chain fail for a while. A later fault takes the
// place of an earlier one.
func (w *World) fail(ctx context.Context, m *member, f Fault, lasts time.Duration) error {
	number, _, err := w.ledger.now(ctx)
	if err != nil {
		return err
	}
	which := m.proxy.set(f, number)
	w.later(lasts, func() { m.proxy.heal(which) })
	return nil
}

// later does something beside the story.
func (w *World) later(after time.Duration, fn func()) {
	w.work.Go(func() {
		time.Sleep(after)
		fn()
	})
}

// keepSigning answers what the user's wallet is asked to sign.
func (u *user) keepSigning(ctx context.Context) {
	for ctx.Err() == nil {
		u.signAll(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(150 * time.Millisecond):
		}
	}
}
