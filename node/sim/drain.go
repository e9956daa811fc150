package sim

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"privd/market"
)

// account is everything a node tells one of its users about money.
type account struct {
	user      *user
	balance   string // wei of PRIV
	purchases []bought
	claims    []claimed
	earnings  []earning
	sales     []sale
}

type sale struct {
	ID    string `json:"sale_id"`
	Price string `json:"price_priv_wei"`
	State string
	Final bool
	Alarm *string
}

type claimed struct {
	ID     string `json:"claim_id"`
	Total  string `json:"total_claimed_wei"`
	Status string
	Direct bool
}

type earning struct {
	ID        string
	Source    string
	Amount    string `json:"amount_wei"`
	Status    string
	Reference string `json:"reference_id"`
}

// account asks the user's node.
func (u *user) account(ctx context.Context) (a *account, err error) {
	a = &account{user: u}
	if a.purchases, err = u.purchases(ctx); err != nil {
		return nil, err
	}
	for {
		var page struct {
			Earnings   []earning
			Pagination struct{ Total int }
		}
		if err := u.get(ctx, fmt.Sprintf("/user/earnings?limit=100&offset=%d", len(a.earnings)), &page); err != nil {
			return nil, err
		}
		a.earnings = append(a.earnings, page.Earnings...)
		if len(page.Earnings) == 0 || len(a.earnings) >= page.Pagination.Total {
			break
		}
	}
	for {
		var page struct {
			Claims     []claimed
			Pagination struct{ Total int }
		}
		if err := u.get(ctx, fmt.Sprintf("/user/earnings/claims?limit=100&offset=%d", len(a.claims)), &page); err != nil {
			return nil, err
		}
		a.claims = append(a.claims, page.Claims...)
		if len(page.Claims) == 0 || len(a.claims) >= page.Pagination.Total {
			break
		}
	}
	for {
		var page struct {
			Sales      []sale
			Pagination struct{ Total int }
		}
		if err := u.get(ctx, fmt.Sprintf("/user/sales?limit=100&offset=%d", len(a.sales)), &page); err != nil {
			return nil, err
		}
		a.sales = append(a.sales, page.Sales...)
		if len(page.Sales) == 0 || len(a.sales) >= page.Pagination.Total {
			break
		}
	}
	var balance struct {
		Wei string `json:"priv_balance_wei"`
	}
	err = u.get(ctx, "/user/balance", &balance)
	a.balance = balance.Wei
	return a, err
}

// settled reports whether nothing about the account is under way.
func (a *account) settled() bool {
	for _, p := range a.purchases {
		if p.Status == "pending" {
			return false
		}
	}
	for _, c := range a.claims {
		if c.Status == "pending" || c.Status == "processing" {
			return false
		}
	}
	for _, e := range a.earnings {
		if e.Status == "pending" {
			return false
		}
	}
	for _, s := range a.sales {
		if !s.Final {
			return false
		}
	}
	return true
}

// String tells all that may still change.
func (a *account) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s", a.user.name, a.balance)
	for _, p := range a.purchases {
		fmt.Fprintf(&text, " %s:%s", p.ID, p.Status)
	}
	for _, c := range a.claims {
		fmt.Fprintf(&text, " %s:%s", c.ID, c.Status)
	}
	for _, e := range a.earnings {
		fmt.Fprintf(&text, " %s:%s", e.ID, e.Status)
	}
	for _, s := range a.sales {
		fmt.Fprintf(&text, " %s:%s:%t", s.ID, s.State, s.Final)
	}
	return text.String()
}

// The times that the chain's clock is moved by while everything takes its course.
// Whatever was bought before the first one is past its last call after the second,
// past its deadline after the third, and past the dispute window after the fifth.
var jumps = []time.Duration{11 * time.Minute, 20 * time.Minute, 31 * time.Minute, time.Hour, 73 * time.Hour, 24 * time.Hour, 24 * time.Hour}

// Time is moved on when nothing moves any more: for longer than any pause of a node,
// and for several times as long as it takes to ask, on a machine that is busy.
const (
	restful   = 1500 * time.Millisecond
	patiently = 5
	// stubborn is how long nothing may move after the last jump: longer than a fetch
	// whose peer was killed under it takes to ask again.
	stubborn = 45 * time.Second
)

// drain ends the faults and lets everything take its course: first, where the story
// has a dead node, by the other one alone. It returns what everybody has in the end,
// or an error that tells what is still under way.
func (w *World) drain(ctx context.Context, s Story) (all []*account, h *history, err error) {
	w.ledger.pause(false)
	w.ledger.hurry()
	for _, m := range w.members {
		m.proxy.set(FaultNone, 0)
	}
	w.work.Wait()
	if s.Dead >= 0 && s.Long {
		// Who missed a window itself cannot be expected to end what it gave up.
		w.members[s.Dead].kill()
	} else if s.Dead >= 0 {
		w.members[s.Dead].kill()
		if err := w.alone(ctx, w.members[s.Dead]); err != nil {
			return nil, nil, fmt.Errorf("%s is dead for ever: %w", w.members[s.Dead].name(), err)
		}
	}
	for _, m := range w.members {
		if err := m.start(); err != nil {
			return nil, nil, err
		}
		if err := m.synced(ctx, time.Minute); err != nil {
			return nil, nil, err
		}
	}
	claimedAll := false
	err = w.untilFinal(ctx, "everything to be final", func() (state string, done bool, err error) {
		if all, h, err = w.look(ctx); err != nil {
			return "", false, err
		}
		// What everybody says and what the chain says has to be of one moment.
		after, err := w.ledger.read(ctx)
		if err != nil {
			return "", false, err
		}
		done = len(h.open()) == 0 && after.logs == h.logs
		for _, a := range all {
			state += a.String() + "\n"
			done = done && a.settled()
		}
		if done && !claimedAll && s.Seed%2 == 0 {
			claimedAll = true
			return state, false, w.claimAll(ctx, all)
		}
		return fmt.Sprint(state, after.logs, len(h.open()), claimedAll), done, nil
	})
	return all, h, err
}

// alone waits until every purchase on chain is final that somebody elsewhere has a
// part in, while a node is dead: N6.
func (w *World) alone(ctx context.Context, dead *member) error {
	return w.untilFinal(ctx, "the other node to end every purchase", func() (string, bool, error) {
		h, err := w.ledger.read(ctx)
		if err != nil {
			return "", false, err
		}
		var state strings.Builder
		done := true
		for _, d := range h.order {
			fmt.Fprintf(&state, "%s %s\n", d.id, d.status)
			done = done && (d.status.final() || w.home(d.seller) == dead && w.home(d.buyer) == dead)
		}
		return state.String(), done, nil
	})
}

// home returns the node of a wallet.
func (w *World) home(wallet market.Address) *member {
	for _, u := range w.users {
		if u.wallet == wallet {
			return u.home
		}
	}
	return nil
}

// untilFinal asks until the answer is yes, and moves the time on whenever nothing
// happens any more.
func (w *World) untilFinal(ctx context.Context, what string, ask func() (state string, done bool, err error)) error {
	left, last, since := jumps, "", time.Now()
	for {
		began := time.Now()
		state, done, err := ask()
		if err != nil || done {
			return err
		}
		for _, m := range w.members {
			if err := m.alive(); err != nil {
				return fmt.Errorf("%s: %w", m.name(), err)
			}
		}
		rest := max(restful, patiently*time.Since(began))
		switch {
		case state != last || !w.followed(ctx):
			last, since = state, time.Now()
		case time.Since(since) < rest:
		case len(left) == 0 && time.Since(since) < stubborn:
		case len(left) == 0:
			return fmt.Errorf("waited in vain for %s; it stands like this:\n%s", what, w.standing(ctx))
		default:
			if err := w.ledger.jump(ctx, left[0]); err != nil {
				return err
			}
			w.ledger.hurry()
			left, since = left[1:], time.Now()
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("waited for %s: %w", what, context.Cause(ctx))
		}
	}
}

// behind is how many blocks a node may be behind the chain while it keeps up with it.
const behind = 10

// followed reports whether every node that is up keeps up with the chain.
func (w *World) followed(ctx context.Context) bool {
	number, _, err := w.ledger.now(ctx)
	if err != nil {
		return false
	}
	for _, m := range w.members {
		if !m.up() {
			continue
		}
		var h struct {
			Chain struct {
				Head   uint64
				Synced bool
			}
		}
		if err := m.as("").get(ctx, "/health", &h); err != nil || !h.Chain.Synced || h.Chain.Head+behind < number {
			return false
		}
	}
	return true
}

// look asks everybody and the chain, and reads what was bought and not read yet.
func (w *World) look(ctx context.Context) ([]*account, *history, error) {
	h, err := w.ledger.read(ctx)
	if err != nil {
		return nil, nil, err
	}
	var all []*account
	for _, u := range w.users {
		a, err := u.account(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("ask for %s: %w", u.name, err)
		}
		all = append(all, a)
		for _, p := range a.purchases {
			if p.Status != "active" || w.read[p.ID] {
				continue
			}
			if err := w.fetch(ctx, u, p); err != nil {
				return nil, nil, fmt.Errorf("%s downloads %s: %w", u.name, p.ID, err)
			}
			w.read[p.ID] = true
		}
	}
	return all, h, nil
}

// claimAll claims what everybody has left.
func (w *World) claimAll(ctx context.Context, all []*account) error {
	for _, a := range all {
		confirmed := false
		for _, e := range a.earnings {
			confirmed = confirmed || e.Status == "confirmed"
		}
		if !confirmed {
			continue
		}
		if err := a.user.do(ctx, http.MethodPost, "/user/earnings/claim", map[string]bool{"claim_all": true}, nil); err != nil {
			return fmt.Errorf("%s claims: %w", a.user.name, err)
		}
	}
	return nil
}

// standing tells what is not final, in lines.
func (w *World) standing(ctx context.Context) string {
	var text strings.Builder
	if h, err := w.ledger.read(ctx); err == nil {
		for _, d := range h.open() {
			fmt.Fprintf(&text, "  on chain: %s by %s of %s is %s, deadline %d\n", d.id, w.nameOf(d.buyer), w.nameOf(d.seller), d.status, d.deadline)
		}
	}
	for _, u := range w.users {
		a, err := u.account(ctx)
		if err != nil {
			fmt.Fprintf(&text, "  %s: %v\n", u.name, err)
			continue
		}
		for _, p := range a.purchases {
			if p.Status == "pending" {
				fmt.Fprintf(&text, "  %s: purchase %s of %s: %s\n", u.name, p.ID, p.Listing, u.timeline(ctx, p.ID))
			}
		}
		for _, c := range a.claims {
			if c.Status == "pending" || c.Status == "processing" {
				fmt.Fprintf(&text, "  %s: claim %s of %s wei is %s\n", u.name, c.ID, c.Total, c.Status)
			}
		}
		for _, s := range a.sales {
			if !s.Final {
				fmt.Fprintf(&text, "  %s: sale %s of %s wei is %s\n", u.name, s.ID, s.Price, s.State)
			}
		}
		for _, e := range a.earnings {
			if e.Status == "pending" {
				fmt.Fprintf(&text, "  %s: earning %s of %s wei for %s is pending\n", u.name, e.ID, e.Amount, e.Reference)
			}
		}
	}
	return text.String()
}

// timeline tells how a purchase went, in one line.
func (u *user) timeline(ctx context.Context, purchase string) string {
	var t struct {
		State, Reason string
		Steps         []struct{ What string }
	}
	if err := u.get(ctx, "/marketplace/wallet/purchases/"+purchase+"/timeline", &t); err != nil {
		return err.Error()
	}
	var steps []string
	for _, s := range t.Steps {
		steps = append(steps, s.What)
	}
	return fmt.Sprintf("%s (%s); %s", t.State, t.Reason, strings.Join(steps, "; "))
}
