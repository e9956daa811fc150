package audit_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/account"
	"privd/market/audit"
	"privd/market/claim"
	"privd/market/deal"
	"privd/market/earning"
	"privd/market/listing"
	"privd/market/outbox"
	"privd/market/purchase"
	"privd/market/sale"
	"privd/market/seal"
	"privd/market/staking"
	"privd/market/task"
)

// The people and contracts of a small world.
var (
	alice, bob, boss, node, treasury, stranger = market.Address{0xA}, market.Address{0xB}, market.Address{0xC}, market.Address{0xD}, market.Address{0xE}, market.Address{0xF}
	here, elsewhere                            = market.Hash{0x11}, market.Hash{0x12} // listings
	sold, refunded, open, foreign              = market.Hash{1}, market.Hash{2}, market.Hash{3}, market.Hash{4}
	stakeTx, unstakeTx                         = market.Hash{0x51}, market.Hash{0x52}
)

// world is a node's records and the chain, which agree until a test changes either.
type world struct {
	soldOnline
	fresh, stored []deal.Event // up to the block
	tail          []deal.Event // above it
	held          audit.Held
	moved         []movement
	receipts      map[market.Hash]*audit.Receipt

	users     []account.User
	summaries map[market.UserID]earning.Summary
	earnings  []earning.Earning
	claims    []claim.Claim
	tills     map[market.Address]claim.Till
	sales     []sale.Sale
	listings  map[market.Hash]listing.Listing
	purchases []purchase.Purchase
	stakes    []staking.Request
	sent      []outbox.Transaction
	tasks     map[string]bool
}

type movement struct {
	wallet market.Address
	in     bool
	amount uint64
}

func wei(n uint64) market.Amount { return market.Wei(n) }

// newWorld is one in which everything happened once: a sale that was settled, one
// refunded and one open, one of another node; rewards paid and owed; stakes.
func newWorld(t testing.TB) *world {
	t.Helper()
	event := func(block uint64, e deal.Event) deal.Event {
		e.Block, e.BlockHash, e.BlockTime = block, market.Hash{byte(block)}, 1000+block
		if e.TxHash.IsZero() {
			e.TxHash = market.Hash{0xEE, byte(block)}
		}
		return e
	}
	bought := func(id market.Hash, of market.Hash, seller, buyer, delegate market.Address, price uint64) deal.Event {
		return deal.Event{Kind: deal.Purchased, Purchase: id, Seller: seller, Buyer: buyer, Delegate: delegate, Listing: of, Price: wei(price)}
	}
	w := &world{
		soldOnline: newSoldOnline(),
		fresh: []deal.Event{
			event(1, deal.Event{Kind: deal.TreasuryChanged, Account: treasury}),
			event(2, bought(sold, here, alice, bob, node, 100)),
			event(3, deal.Event{Kind: deal.Settled, Purchase: sold, Seller: alice, Amount: wei(95), Fee: wei(5)}),
			event(4, bought(refunded, here, alice, bob, node, 40)),
			event(5, deal.Event{Kind: deal.Refunded, Purchase: refunded, Buyer: bob, Amount: wei(40)}),
			event(6, bought(open, here, alice, bob, node, 60)),
			event(7, bought(foreign, elsewhere, alice, stranger, stranger, 20)),
			event(8, deal.Event{Kind: deal.Settled, Purchase: foreign, Seller: alice, Amount: wei(19), Fee: wei(1)}),
			event(9, deal.Event{Kind: deal.RewardsFunded, Operator: node, Account: boss, Amount: wei(1000)}),
			event(10, deal.Event{Kind: deal.RewardsPaid, Operator: node, Account: alice, Amount: wei(30), Cumulative: wei(30)}),
			event(11, deal.Event{Kind: deal.Withdrawn, Account: alice, Amount: wei(95)}),
			event(12, deal.Event{Kind: deal.Staked, Account: bob, Amount: wei(50), Cumulative: wei(50), TxHash: stakeTx}),
			event(13, deal.Event{Kind: deal.UnstakeRequested, Account: bob, Amount: wei(20), Cumulative: wei(30), ReadyAt: 9999, TxHash: unstakeTx}),
		},
		tail: []deal.Event{event(14, deal.Event{Kind: deal.Revealed, Purchase: open})},
		held: audit.Held{
			Market: wei(60 + 6 + 19), Rewards: wei(970), Staking: wei(50), Fund: wei(970),
			PRIV:   []market.Amount{wei(125), wei(790), wei(0), wei(0)},
			Income: []market.Amount{wei(19), {}, {}, {}}, Paid: []market.Amount{wei(30), {}, {}, {}},
			Staked: []market.Amount{{}, wei(30), {}, {}}, Cooling: []market.Amount{{}, wei(20), {}, {}},
		},
		moved: []movement{
			{bob, true, 1000}, {bob, false, 100}, {bob, false, 40}, {bob, true, 40}, {bob, false, 60}, {bob, false, 50},
			{boss, true, 1000}, {boss, false, 1000}, {alice, true, 30}, {alice, true, 95},
		},
		users: []account.User{{ID: "usr_a", Wallet: alice}, {ID: "usr_b", Wallet: bob}, {ID: "usr_o", Wallet: boss, Operator: true}},
		earnings: []earning.Earning{
			{ID: "earn_sold", User: "usr_a", Source: earning.DataSales, Amount: wei(95), Status: earning.Claimed, Claim: "claim_paid", Reference: "r1", Sale: sold},
			{ID: "earn_refunded", User: "usr_a", Source: earning.DataSales, Amount: wei(38), Status: earning.Cancelled, Reference: "r2", Sale: refunded},
			{ID: "earn_open", User: "usr_a", Source: earning.DataSales, Amount: wei(57), Status: earning.Pending, Reference: "r3", Sale: open},
			{ID: "earn_paid", User: "usr_a", Source: earning.Browsing, Amount: wei(30), Status: earning.Claimed, Claim: "claim_paid"},
			{ID: "earn_due", User: "usr_a", Source: earning.Labeling, Amount: wei(11), Status: earning.Claimed, Claim: "claim_due"},
			{ID: "earn_free", User: "usr_a", Source: earning.Referral, Amount: wei(7), Status: earning.Confirmed},
		},
		claims: []claim.Claim{
			{ID: "claim_paid", User: "usr_a", Wallet: alice, Status: claim.Completed, Total: wei(125), Earnings: []market.EarningID{"earn_sold", "earn_paid"},
				Sales: claim.Part{Amount: wei(95), Paid: true}, Rewards: claim.Part{Amount: wei(30), Paid: true}},
			{ID: "claim_due", User: "usr_a", Wallet: alice, Status: claim.Pending, Total: wei(11), Earnings: []market.EarningID{"earn_due"},
				Rewards: claim.Part{Amount: wei(11)}},
			{ID: "claim_failed", User: "usr_a", Wallet: alice, Status: claim.Failed, Total: wei(7), Earnings: []market.EarningID{"earn_free"}},
		},
		tills: map[market.Address]claim.Till{
			alice: {Sales: claim.Channel{Taken: wei(95), Done: wei(95)}, Rewards: claim.Channel{Taken: wei(30), Done: wei(30)}, Elsewhere: wei(19)},
			node:  {Fund: wei(970)},
		},
		sales: []sale.Sale{
			{Purchase: sold, Seller: "usr_a", Price: wei(100), Reference: "r1", Closed: true},
			{Purchase: refunded, Seller: "usr_a", Price: wei(40), Reference: "r2", Closed: true},
			{Purchase: open, Seller: "usr_a", Price: wei(60), Reference: "r3"},
		},
		listings: map[market.Hash]listing.Listing{here: {ID: "listing_here", Wallet: alice}},
		purchases: []purchase.Purchase{
			{ID: "purchase_sold", Wallet: bob, State: purchase.Opened, OnChain: sold, Order: seal.Order{Price: wei(100)}},
			{ID: "purchase_refunded", Wallet: bob, State: purchase.Revoked, OnChain: refunded, Order: seal.Order{Price: wei(40)}},
			{ID: "purchase_open", Wallet: bob, State: purchase.Opening, OnChain: open, Order: seal.Order{Price: wei(60)}},
			{ID: "purchase_failed", Wallet: bob, State: purchase.Failed, OnChain: market.Hash{9}, Order: seal.Order{Price: wei(1)}},
		},
		stakes: []staking.Request{
			{ID: "stake_in", User: "usr_b", Direction: staking.In, State: staking.Confirmed, Terms: staking.Terms{Account: bob, Amount: wei(50)}, TxHash: stakeTx},
			{ID: "stake_out", User: "usr_b", Direction: staking.Out, State: staking.Confirmed, Terms: staking.Terms{Account: bob, Amount: wei(20)}, TxHash: unstakeTx},
		},
		sent: []outbox.Transaction{
			{Key: "mined", State: outbox.Mined, TxHash: [32]byte{0x61}, Block: 5, BlockHash: [32]byte{5}, GasUsed: 21, Fee: wei(42), Final: true},
			{Key: "reverted", State: outbox.Failed, TxHash: [32]byte{0x62}, Block: 6, BlockHash: [32]byte{6}, GasUsed: 22, Fee: wei(44), Final: true},
			{Key: "refused", State: outbox.Failed, Final: true},
			{Key: "cancelled", State: outbox.Failed, TxHash: [32]byte{0x66}, Block: 7, BlockHash: [32]byte{7}, GasUsed: 21, Fee: wei(42), Final: true,
				Tries: []outbox.Try{{Hash: [32]byte{0x67}}, {Hash: [32]byte{0x66}, Empty: true}}},
			{Key: "waiting", State: outbox.Sent, Tries: []outbox.Try{{Hash: [32]byte{0x64}}}},
		},
		receipts: map[market.Hash]*audit.Receipt{
			{0x61}: {Block: 5, BlockHash: market.Hash{5}, OK: true, GasUsed: 21, Fee: wei(42)},
			{0x66}: {Block: 7, BlockHash: market.Hash{7}, OK: true, GasUsed: 21, Fee: wei(42)},
			{0x62}: {Block: 6, BlockHash: market.Hash{6}, GasUsed: 22, Fee: wei(44)},
		},
		tasks: map[string]bool{"buy/purchase_open": true, task402: true},
	}
	w.stored = slices.Clone(w.fresh)
	w.sum(t)
	return w
}

// sum brings the users' sums up to date with their earnings.
func (w *world) sum(t testing.TB) {
	t.Helper()
	w.summaries = map[market.UserID]earning.Summary{}
	for _, e := range w.earnings {
		s := w.summaries[e.User]
		require.NoError(t, s.Add(e))
		w.summaries[e.User] = s
	}
}

// audit makes every check and returns what was found, and how each ended.
func (w *world) audit(t testing.TB) ([]audit.Difference, []audit.Result) {
	t.Helper()
	var found []audit.Difference
	sheet := audit.NewSheet(func(d audit.Difference) error { found = append(found, d); return nil })
	wallets := make([]market.Address, len(w.users))
	for i, u := range w.users {
		wallets[i] = u.Wallet
	}
	books := audit.NewBooks(sheet, audit.Subject{Node: node, Wallets: wallets})
	sheet.Begin(audit.Events)
	require.NoError(t, sheet.SameEvents(w.stored, w.fresh))
	for _, e := range w.fresh {
		require.NoError(t, books.Apply(e))
	}
	for _, m := range w.moved {
		require.NoError(t, books.Moved(m.wallet, m.in, wei(m.amount)))
	}
	require.NoError(t, books.Contracts(w.held))
	for _, e := range w.tail {
		require.NoError(t, books.Apply(e))
	}
	for _, check := range []func(audit.Tx) error{books.Users, books.Sales, books.Purchases, books.Stakes, books.Promises} {
		require.NoError(t, check(w))
	}
	require.NoError(t, sheet.Payments(t.Context(), w, 13, w.payment))
	require.NoError(t, sheet.Transactions(t.Context(), w, 13, func(_ context.Context, hashes []market.Hash) ([]*audit.Receipt, error) {
		answers := make([]*audit.Receipt, len(hashes))
		for i, h := range hashes {
			answers[i] = w.receipts[h]
		}
		return answers, nil
	}))
	require.EqualValues(t, len(found), sheet.Differences())
	return found, sheet.Results()
}

// The rest of world is audit.Tx.

func (w *world) Marks() ([]deal.Mark, error)                             { return nil, nil }
func (w *world) EventsBetween(_, _ uint64) ([]deal.Event, error)         { return w.stored, nil }
func (w *world) Users() ([]account.User, error)                          { return w.users, nil }
func (w *world) Till(wallet market.Address) (claim.Till, error)          { return w.tills[wallet], nil }
func (w *world) EarningSummary(u market.UserID) (earning.Summary, error) { return w.summaries[u], nil }

func (w *world) EachEarning(user market.UserID, each func(earning.Earning) error) error {
	return all(w.earnings, func(e earning.Earning) bool { return e.User == user && e.Status != earning.Cancelled }, each)
}

func (w *world) Earning(id market.EarningID) (earning.Earning, error) {
	return first(w.earnings, func(e earning.Earning) bool { return e.ID == id })
}

func (w *world) EarningByReference(source earning.Source, reference string) (earning.Earning, error) {
	return first(w.earnings, func(e earning.Earning) bool { return e.Source == source && e.Reference == reference })
}

func (w *world) EachClaim(user market.UserID, each func(claim.Claim) error) error {
	return all(w.claims, func(c claim.Claim) bool { return c.User == user }, each)
}

func (w *world) EachSale(each func(sale.Sale) error) error {
	return all(w.sales, func(sale.Sale) bool { return true }, each)
}

func (w *world) Sale(id market.Hash) (sale.Sale, error) {
	return first(w.sales, func(s sale.Sale) bool { return s.Purchase == id })
}

func (w *world) ListingByHash(h market.Hash) (listing.Listing, error) {
	if l, ok := w.listings[h]; ok {
		return l, nil
	}
	return listing.Listing{}, market.ErrNotFound
}

func (w *world) EachPurchase(each func(purchase.Purchase) error) error {
	return all(w.purchases, func(purchase.Purchase) bool { return true }, each)
}

func (w *world) PurchaseOnChain(h market.Hash) (purchase.Purchase, error) {
	return first(w.purchases, func(p purchase.Purchase) bool { return p.OnChain == h })
}

func (w *world) LastStake(a market.Address) (deal.Event, error) {
	return last(w.stored, func(e deal.Event) bool {
		return e.Account == a && (e.Kind == deal.Staked || e.Kind == deal.UnstakeRequested)
	})
}

func (w *world) Cooldowns(a market.Address, each func(deal.Event) bool) error {
	for _, e := range slices.Backward(w.stored) {
		if e.Account == a && (e.Kind == deal.UnstakeRequested || e.Kind == deal.StakeWithdrawn) && !each(e) {
			break
		}
	}
	return nil
}

func (w *world) StakeRequestsOf(user market.UserID, each func(staking.Request) bool) error {
	for _, r := range w.stakes {
		if r.User == user && !each(r) {
			break
		}
	}
	return nil
}

func (w *world) EachTransaction(each func(outbox.Transaction) error) error {
	return all(w.sent, func(outbox.Transaction) bool { return true }, each)
}

func (w *world) Task(kind task.Kind, key string) (task.Task, error) {
	if w.tasks[string(kind)+"/"+key] {
		return task.Task{Kind: kind, Key: key}, nil
	}
	return task.Task{}, market.ErrNotFound
}

func all[V any](rows []V, is func(V) bool, each func(V) error) error {
	for _, r := range rows {
		if is(r) {
			if err := each(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func first[V any](rows []V, is func(V) bool) (v V, err error) {
	if i := slices.IndexFunc(rows, is); i >= 0 {
		return rows[i], nil
	}
	return v, market.ErrNotFound
}

func last[V any](rows []V, is func(V) bool) (V, error) {
	back := slices.Clone(rows)
	slices.Reverse(back)
	return first(back, is)
}
