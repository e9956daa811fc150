package sim

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/crypto"

	bind "privd/chain/binding/market"
	"privd/chain/binding/privtoken"
	"privd/market"
)

// judge compares what everybody says they have with what the chain says, when
// everything is final. It returns all that is wrong.
func (w *World) judge(ctx context.Context, s Story, all []*account, h *history) (wrong []string, err error) {
	wrong = append(wrong, h.wrong...)
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if err := w.judgeEscrow(ctx, h, complain); err != nil {
		return nil, err
	}
	if err := w.judgeWallets(ctx, all, h, complain); err != nil {
		return nil, err
	}
	for _, a := range all {
		w.judgePurchases(ctx, s, a, h, complain)
		judgeIncome(a, h, complain)
		judgeSales(s, a, h, complain)
	}
	for _, m := range w.members {
		if err := m.audit(ctx, complain); err != nil {
			return nil, fmt.Errorf("audit of %s: %w", m.name(), err)
		}
	}
	w.judgeIntents(all, complain)
	return wrong, nil
}

// judgeEscrow checks what the Market contract holds against its events: I1.
func (w *World) judgeEscrow(ctx context.Context, h *history, complain func(string, ...any)) error {
	owed := new(big.Int)
	for _, d := range h.open() {
		complain("purchase %s is still %s", d.id, d.status)
		owed.Add(owed, d.price)
	}
	m := bind.NewMarket()
	for account, income := range h.income {
		left := new(big.Int).Sub(income, of(h.drawn, account))
		owed.Add(owed, left)
		answer, err := w.ledger.view(ctx, w.ledger.contracts.Market, m.PackBalances(account))
		if err != nil {
			return err
		}
		if says, err := m.UnpackBalances(answer); err != nil || says.Cmp(left) != 0 {
			complain("the contract owes %s %s wei, its events make %s", w.nameOf(account), says, left)
		}
	}
	holds, err := w.token(ctx, w.ledger.contracts.Market)
	if err != nil {
		return err
	}
	if holds.Cmp(owed) != 0 {
		complain("the Market contract holds %s wei and owes %s", holds, owed)
	}
	return nil
}

// token returns the PRIV of an account, in wei, as the token tells it.
func (w *World) token(ctx context.Context, account market.Address) (*big.Int, error) {
	t := privtoken.NewPrivToken()
	answer, err := w.ledger.view(ctx, w.ledger.contracts.PRIV, t.PackBalanceOf(account))
	if err != nil {
		return nil, err
	}
	return t.UnpackBalanceOf(answer)
}

// judgeWallets checks that everybody has what they began with, less what they bought,
// and what they earned: to the wei, and as the node tells it. Nobody else has
// anything.
func (w *World) judgeWallets(ctx context.Context, all []*account, h *history, complain func(string, ...any)) error {
	known := map[market.Address]bool{{}: true, operator.Address: true, w.ledger.contracts.Market: true, w.ledger.contracts.Rewards: true, w.ledger.contracts.Staking: true}
	for _, a := range all {
		u := a.user
		known[u.wallet] = true
		want := new(big.Int).Set(u.funds)
		for _, d := range h.order {
			if d.buyer == u.wallet && d.status != refunded {
				want.Sub(want, d.price)
			}
		}
		want.Add(want, of(h.drawn, u.wallet)).Add(want, of(h.reward, u.wallet))
		has, err := w.token(ctx, u.wallet)
		if err != nil {
			return err
		}
		if has.Cmp(want) != 0 || of(h.held, u.wallet).Cmp(want) != 0 {
			complain("%s should have %s wei, has %s", u.name, want, has)
		}
		if a.balance != want.String() {
			complain("the node says that %s has %s wei, it is %s", u.name, a.balance, want)
		}
	}
	for account, amount := range h.held {
		if !known[account] && amount.Sign() != 0 {
			complain("%s has %s wei of PRIV, and is nobody", w.nameOf(account), amount)
		}
	}
	return nil
}

// judgePurchases checks a buyer's purchases against those on chain: who has the key
// has paid once, who has not has the money (N7), and each price is one that was asked.
func (w *World) judgePurchases(ctx context.Context, s Story, a *account, h *history, complain func(string, ...any)) {
	type books struct{ opened, revoked, settled, refunded []string }
	by := map[market.Hash]*books{}
	at := func(listing market.Hash) *books {
		if by[listing] == nil {
			by[listing] = &books{}
		}
		return by[listing]
	}
	for _, p := range a.purchases {
		b := at(market.Hash(crypto.Keccak256([]byte(p.Listing))))
		switch p.Status {
		case "active", "expired":
			b.opened = append(b.opened, p.Paid)
		case "revoked":
			b.revoked = append(b.revoked, p.Paid)
			if line := a.user.timeline(ctx, p.ID); !s.absent(w.sellerOf(p.Listing)) && strings.Contains(line, "key received") {
				complain("%s has the key of %s and the price back: %s", a.user.name, p.ID, line)
			}
		case "failed":
		default:
			complain("%s: purchase %s is %s", a.user.name, p.ID, p.Status)
		}
	}
	for _, d := range h.order {
		if d.buyer != a.user.wallet {
			continue
		}
		b := at(d.listing)
		switch d.status {
		case settled:
			b.settled = append(b.settled, d.price.String())
		case refunded:
			b.refunded = append(b.refunded, d.price.String())
		}
	}
	for listing, b := range by {
		for _, prices := range [][]string{b.opened, b.revoked, b.settled, b.refunded} {
			slices.Sort(prices)
		}
		if !slices.Equal(b.opened, b.settled) || !slices.Equal(b.revoked, b.refunded) {
			complain("%s and listing %s: the node says %v were paid for a key and %v given back, on chain %v were paid and %v given back",
				a.user.name, w.listingOf(listing), b.opened, b.revoked, b.settled, b.refunded)
		}
	}
}

// judgeIncome checks what a seller is told of earnings against what the contracts
// owed and paid: N9, N10.
func judgeIncome(a *account, h *history, complain func(string, ...any)) {
	sales, total, open := new(big.Int), new(big.Int), new(big.Int)
	for _, e := range a.earnings {
		amount, ok := new(big.Int).SetString(e.Amount, 10)
		if !ok {
			complain("%s: earning %s of %q wei", a.user.name, e.ID, e.Amount)
			continue
		}
		total.Add(total, amount)
		switch e.Status {
		case "confirmed":
			open.Add(open, amount)
		case "claimed":
		default:
			complain("%s: earning %s is %s", a.user.name, e.ID, e.Status)
		}
		if e.Source == "data_sales" && e.Reference != a.user.contribution {
			sales.Add(sales, amount)
		}
	}
	w := a.user.wallet
	if sales.Cmp(of(h.income, w)) != 0 {
		complain("the node says that %s sold for %s wei, on chain it is %s", a.user.name, sales, of(h.income, w))
	}
	paid := new(big.Int).Add(of(h.drawn, w), of(h.reward, w))
	claimed := new(big.Int).Sub(total, open)
	// What others withdraw of a sale is not marked before all of it is.
	if paid.Cmp(claimed) < 0 || paid.Cmp(total) > 0 || open.Sign() == 0 && paid.Cmp(total) != 0 {
		complain("%s earned %s wei of which %s are claimed; %s were paid", a.user.name, total, claimed, paid)
	}
	completed := new(big.Int)
	for _, c := range a.claims {
		if amount, ok := new(big.Int).SetString(c.Total, 10); ok && c.Status == "completed" {
			completed.Add(completed, amount)
		} else if c.Status != "failed" {
			complain("%s: claim %s of %s wei is %s", a.user.name, c.ID, c.Total, c.Status)
		}
	}
	if completed.Cmp(claimed) != 0 {
		complain("%s: completed claims are %s wei, claimed earnings %s", a.user.name, completed, claimed)
	}
}

// judgeSales checks that a seller is told of every sale, and of nothing else, as it
// ended on chain. An alarm is a price that was lost though the key was handed over.
func judgeSales(s Story, a *account, h *history, complain func(string, ...any)) {
	told := map[string]sale{}
	for _, x := range a.sales {
		told[x.ID] = x
		if x.Alarm != nil && !s.absent(a.user) {
			complain("%s: sale %s of %s wei is %s: %s", a.user.name, x.ID, x.Price, x.State, *x.Alarm)
		}
	}
	if len(told) != len(a.sales) {
		complain("%s is told of a sale twice", a.user.name)
	}
	for _, d := range h.order {
		if d.seller != a.user.wallet {
			continue
		}
		x, known := told[d.id.String()]
		delete(told, d.id.String())
		if !known || x.State != string(d.status) || x.Price != d.price.String() {
			complain("%s is told that sale %s is %q for %s wei, on chain it is %s for %s", a.user.name, d.id, x.State, x.Price, d.status, d.price)
		}
	}
	for id, x := range told {
		if x.State == "gone" {
			continue // a reorganisation took the payment, which came back no more: so it was told
		}
		complain("%s is told of sale %s, %s, which is not on chain", a.user.name, id, x.State)
	}
}

// absent reports whether a user's node may have been away for all of a window: then it
// may lose what it handed over.
func (s Story) absent(u *user) bool { return s.Long || u != nil && s.Dead == u.home.index }

// judgeIntents checks that nothing is forgotten that a node has answered, and that no
// purchase is made that nobody asked for.
func (w *World) judgeIntents(all []*account, complain func(string, ...any)) {
	type pair struct{ buyer, listing string }
	asked, made := map[pair]int{}, map[pair]int{}
	known := map[string]bool{}
	for _, a := range all {
		for _, p := range a.purchases {
			made[pair{a.user.name, p.Listing}]++
			known[p.ID] = true
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, i := range w.intents {
		asked[pair{i.buyer.name, i.listing.id}] += buyTries
		if i.purchase != "" && !known[i.purchase] {
			complain("%s was told of purchase %s, and it is gone", i.buyer.name, i.purchase)
		}
	}
	for of, n := range made {
		if n > asked[of] {
			complain("%s asked %d times for %s and has %d purchases", of.buyer, asked[of], of.listing, n)
		}
	}
}

// judgeSecrets looks for texts that were sold on the disks of all nodes and in what
// they logged: N8. It is for a world that is stopped.
func (w *World) judgeSecrets() (wrong []string, err error) {
	for _, m := range w.members {
		err := filepath.WalkDir(m.repo, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			w.seen.look("the file "+path, data)
			return nil
		})
		if err != nil {
			return nil, err
		}
		log, err := os.ReadFile(logOf(m.repo))
		if err != nil {
			return nil, err
		}
		w.seen.look("the log of "+m.name(), log)
		for _, bad := range []string{"WARNING: DATA RACE", "panic:", "fatal error:"} {
			if i := bytes.Index(log, []byte(bad)); i >= 0 {
				wrong = append(wrong, fmt.Sprintf("%s logs: %s", m.name(), log[i:min(len(log), i+3000)]))
			}
		}
	}
	return append(wrong, w.seen.leaked...), nil
}

// nameOf returns who has an account, as far as the world knows.
func (w *World) nameOf(account market.Address) string {
	for _, u := range w.users {
		if u.wallet == account {
			return u.name
		}
	}
	for _, m := range w.members {
		if m.account == account {
			return m.name()
		}
	}
	switch account {
	case operator.Address:
		return "the treasury"
	case stranger.Address:
		return "the stranger"
	}
	return account.Hex()
}

// listingOf returns the name of a listing on chain.
func (w *World) listingOf(hash market.Hash) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.listings {
		if market.Hash(crypto.Keccak256([]byte(l.id))) == hash {
			return l.name
		}
	}
	return hash.Hex()
}
