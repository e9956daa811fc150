package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/audit"
	"privd/market/claim"
	"privd/market/deal"
	"privd/market/earning"
	"privd/market/listing"
	"privd/market/outbox"
	"privd/market/purchase"
	"privd/market/staking"
)

// Where chain and records agree, there is nothing to tell; what is under way counts
// as waiting.
func TestNoDifference(t *testing.T) {
	t.Parallel()
	found, results := newWorld(t).audit(t)
	require.Empty(t, found)
	byCheck := map[audit.Check]audit.Result{}
	for _, r := range results {
		require.NotEmpty(t, r.What, r.Check)
		require.Positive(t, r.Count, r.Check)
		byCheck[r.Check] = r
	}
	require.Len(t, byCheck, 13)
	require.EqualValues(t, 2, byCheck[audit.Payments].Waiting)
	require.Equal(t, []string{"0.000008 mUSDC were paid over x402, in 2 sales"}, byCheck[audit.Payments].Notes)
	require.EqualValues(t, 1, byCheck[audit.Purchases].Waiting)
	require.Contains(t, byCheck[audit.Fund].Notes[0], "0.000000000000000011 PRIV are claimed and not paid")
}

// Each way in which chain and records can differ is found by its check, with the id
// of what differs.
func TestEachDifference(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		check   audit.Check
		subject string
		tamper  func(w *world)
	}{
		{"an event is missing", audit.Events, "block 3 log 0", func(w *world) { w.stored = append(w.stored[:2:2], w.stored[3:]...) }},
		{"an event is invented", audit.Events, "block 20 log 0", func(w *world) {
			w.stored = append(w.stored, deal.Event{Kind: deal.Withdrawn, Block: 20, Account: alice, Amount: wei(1)})
		}},
		{"an event was changed", audit.Events, "block 2 log 0", func(w *world) { w.stored[1].Price = wei(99) }},
		{"an event is of another block", audit.Events, "block 2 log 0", func(w *world) { w.stored[1].BlockHash = market.Hash{0xFF} }},

		{"the Market holds too little", audit.Market, "Market", func(w *world) { w.held.Market = wei(84) }},
		{"an income is another", audit.Market, alice.Hex(), func(w *world) { w.held.Income[0] = wei(18) }},
		{"a fee is too high", audit.Market, sold.String(), func(w *world) {
			w.fresh[2].Amount, w.fresh[2].Fee = wei(94), wei(6)
			w.stored[2] = w.fresh[2]
		}},
		{"a refund is too small", audit.Market, refunded.String(), func(w *world) { w.fresh[4].Amount, w.stored[4].Amount = wei(39), wei(39) }},
		{"a price is settled twice", audit.Market, sold.String(), func(w *world) {
			again := w.fresh[2]
			again.Block = 14
			w.fresh, w.stored = append(w.fresh, again), append(w.stored, again)
		}},
		{"a purchase is refunded that was settled", audit.Market, sold.String(), func(w *world) {
			again := deal.Event{Kind: deal.Refunded, Purchase: sold, Block: 14, Amount: wei(100)}
			w.fresh, w.stored = append(w.fresh, again), append(w.stored, again)
		}},
		{"the Market gives out more than it took in", audit.Market, "the Market contract", func(w *world) { w.fresh[10].Amount, w.stored[10].Amount = wei(200), wei(200) }},
		{"the Rewards contract holds too little", audit.Rewards, "Rewards", func(w *world) { w.held.Rewards = wei(969) }},
		{"a payout is another", audit.Rewards, alice.Hex(), func(w *world) { w.held.Paid[0] = wei(31) }},
		{"the Staking contract holds too little", audit.Staking, "Staking", func(w *world) { w.held.Staking = wei(49) }},
		{"a stake is another", audit.Staking, bob.Hex(), func(w *world) { w.held.Staked[1] = wei(29) }},
		{"a cooldown is another", audit.Staking, bob.Hex(), func(w *world) { w.held.Cooling[1] = wei(21) }},
		{"a wallet's balance is another", audit.Balances, bob.Hex(), func(w *world) { w.held.PRIV[1] = wei(791) }},
		{"a transfer is missing", audit.Balances, alice.Hex(), func(w *world) { w.moved = w.moved[:len(w.moved)-1] }},
		{"the fund is another on chain", audit.Fund, node.Hex(), func(w *world) { w.held.Fund = wei(971) }},
		{"the node counts another fund", audit.Fund, node.Hex(), func(w *world) { w.tills[node] = claim.Till{Fund: wei(900)} }},

		{"a sum of earnings is wrong", audit.Users, "usr_a", func(w *world) {
			s := w.summaries["usr_a"]
			s.Browsing.Claimed.Amount = wei(31)
			w.summaries["usr_a"] = s
		}},
		{"a count of earnings is wrong", audit.Users, "usr_a", func(w *world) {
			s := w.summaries["usr_a"]
			s.Referral.Confirmed.Count = 2
			w.summaries["usr_a"] = s
		}},
		{"an earning grew", audit.Users, "usr_a", func(w *world) { w.earnings[5].Amount = wei(8) }},
		{"an earning is claimed by nothing", audit.Users, "earn_due", func(w *world) { w.earnings[4].Claim = "" }},
		{"an earning is of a sale that was not", audit.Users, "earn_free", func(w *world) { w.earnings[5].Sale = market.Hash{77} }},
		{"an earning is of another's sale", audit.Users, "earn_free", func(w *world) { w.earnings[5].Sale = sold }},

		{"a claim is of more than its earnings", audit.Claims, "claim_due", func(w *world) { w.claims[1].Rewards.Amount = wei(12) }},
		{"a claim's total is wrong", audit.Claims, "claim_due", func(w *world) { w.claims[1].Total = wei(12) }},
		{"two claims have one earning", audit.Claims, "claim_due", func(w *world) { w.claims[1].Earnings[0] = "earn_paid" }},
		{"a claim's earning does not exist", audit.Claims, "claim_due", func(w *world) { w.claims[1].Earnings[0] = "earn_never" }},
		{"a claim is completed and open", audit.Claims, "claim_due", func(w *world) { w.claims[1].Status = claim.Completed }},
		{"a claim is pending and paid", audit.Claims, "claim_paid", func(w *world) { w.claims[0].Status = claim.Pending }},
		{"a claim has failed and is paid", audit.Claims, "claim_failed", func(w *world) { w.claims[2].Rewards.Paid = true }},
		{"a claim is of another wallet", audit.Claims, "claim_due", func(w *world) { w.claims[1].Wallet = bob }},
		{"a claim is gone", audit.Claims, "usr_a", func(w *world) { w.claims = w.claims[:1] }},
		{"more is put down than claims say", audit.Claims, alice.Hex(), func(w *world) {
			w.till(alice, func(x *claim.Till) { x.Rewards.Done, x.Rewards.Taken = wei(31), wei(31) })
		}},
		{"more is put down than was paid", audit.Claims, alice.Hex(), func(w *world) { w.till(alice, func(x *claim.Till) { x.Rewards.Taken = wei(29) }) }},
		{"rewards came that the chain has not", audit.Claims, alice.Hex(), func(w *world) { w.till(alice, func(x *claim.Till) { x.Rewards.Taken = wei(35) }) }},
		{"income came that the chain has not", audit.Claims, alice.Hex(), func(w *world) { w.till(alice, func(x *claim.Till) { x.Sales.Taken = wei(100) }) }},
		{"income of other nodes is wrong", audit.Claims, alice.Hex(), func(w *world) { w.till(alice, func(x *claim.Till) { x.Elsewhere = wei(20) }) }},

		{"a sale's earning is not its share", audit.Sales, open.String(), func(w *world) { w.earnings[2].Amount = wei(58) }},
		{"a sale has no earning", audit.Sales, open.String(), func(w *world) { w.sales[2].Reference = "r9" }},
		{"a sale's price is not the chain's", audit.Sales, open.String(), func(w *world) { w.sales[2].Price, w.earnings[2].Amount = wei(80), wei(76) }},
		{"a sale is confirmed and not settled", audit.Sales, open.String(), func(w *world) { w.earnings[2].Status = earning.Confirmed }},
		{"a sale is pending and was settled", audit.Sales, sold.String(), func(w *world) { w.earnings[0].Status, w.earnings[0].Claim = earning.Pending, "" }},
		{"a sale is confirmed and was refunded", audit.Sales, refunded.String(), func(w *world) { w.earnings[1].Status = earning.Confirmed }},
		{"a sale is cancelled and was settled", audit.Sales, sold.String(), func(w *world) { w.earnings[0].Status, w.earnings[0].Claim = earning.Cancelled, "" }},
		{"a sale is on no chain", audit.Sales, market.Hash{88}.String(), func(w *world) {
			s := w.sales[2]
			s.Purchase = market.Hash{88}
			w.sales = append(w.sales, s)
		}},
		{"a sale is not booked", audit.Sales, open.String(), func(w *world) { w.sales = w.sales[:2] }},

		{"a purchase cost another price", audit.Purchases, "purchase_sold", func(w *world) { w.purchases[0].Order.Price = wei(99) }},
		{"a purchase is of another wallet", audit.Purchases, "purchase_sold", func(w *world) { w.purchases[0].Wallet = alice }},
		{"a purchase has failed and was paid", audit.Purchases, "purchase_sold", func(w *world) { w.purchases[0].State = purchase.Failed }},
		{"a purchase is revoked and was settled", audit.Purchases, "purchase_sold", func(w *world) { w.purchases[0].State = purchase.Revoked }},
		{"a purchase has failed and was refunded", audit.Purchases, "purchase_refunded", func(w *world) { w.purchases[1].State = purchase.Failed }},
		{"a purchase is revoked and was never paid", audit.Purchases, "purchase_failed", func(w *world) { w.purchases[3].State = purchase.Revoked }},
		{"a purchase is stuck", audit.Purchases, "purchase_open", func(w *world) { w.tasks = nil }},
		{"a purchase is open and was refunded", audit.Purchases, "purchase_refunded", func(w *world) { w.purchases[1].State = purchase.Opened }},
		{"a payment is of no purchase", audit.Purchases, open.String(), func(w *world) { w.purchases = append(w.purchases[:2:2], w.purchases[3]) }},

		{"the node counts another stake", audit.Stakes, "usr_b", func(w *world) { w.stored[12].Cumulative = wei(31) }},
		{"the node counts another cooldown", audit.Stakes, "usr_b", func(w *world) { w.stored[12].Amount = wei(21) }},
		{"a stake is confirmed that did not move", audit.Stakes, "stake_in", func(w *world) { w.stakes[0].TxHash = market.Hash{0x99} }},
		{"a stake is confirmed of more than moved", audit.Stakes, "stake_out", func(w *world) { w.stakes[1].Terms.Amount = wei(25) }},
		{"a stake is of another wallet", audit.Stakes, "stake_in", func(w *world) { w.stakes[0].Terms.Account = alice }},
		{"a stake is stuck", audit.Stakes, "stake_in", func(w *world) { w.stakes[0].State = staking.Sent }},

		{"a mined transaction has no receipt", audit.Transactions, "mined", func(w *world) { delete(w.receipts, market.Hash{0x61}) }},
		{"a mined transaction was reverted", audit.Transactions, "mined", func(w *world) { w.receipts[market.Hash{0x61}].OK = false }},
		{"a reverted transaction did what it should", audit.Transactions, "reverted", func(w *world) { w.receipts[market.Hash{0x62}].OK = true }},
		{"a transaction is in another block", audit.Transactions, "mined", func(w *world) { w.receipts[market.Hash{0x61}].BlockHash = market.Hash{7} }},
		{"a cancelled transaction happened", audit.Transactions, "cancelled", func(w *world) { w.sent[3].Tries[1].Empty = false }},
		{"a transaction paid another fee", audit.Transactions, "mined", func(w *world) { w.sent[0].Fee = wei(41) }},
		{"a transaction that was refused is mined", audit.Transactions, "refused", func(w *world) {
			w.sent[2].Tries = []outbox.Try{{Hash: [32]byte{0x63}}}
			w.receipts[market.Hash{0x63}] = &audit.Receipt{Block: 7, OK: true}
		}},
		{"a transaction is mined twice", audit.Transactions, "mined", func(w *world) {
			w.sent[0].Tries = []outbox.Try{{Hash: [32]byte{0x61}}, {Hash: [32]byte{0x65}}}
			w.receipts[market.Hash{0x65}] = &audit.Receipt{Block: 5, OK: true}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			test.tamper(w)
			found, _ := w.audit(t)
			told := false
			for _, d := range found {
				require.NotEmpty(t, d.Message)
				told = told || (d.Check == test.check && d.Subject == test.subject)
			}
			require.True(t, told, "%+v", found)
		})
	}
}

// What a stored task is about to put right is no difference, and what is not this
// node's is none of its business.
func TestUnderWay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(w *world)
		sum    bool
	}{
		{"a settled sale that is not confirmed yet", func(w *world) {
			// The share was not claimed, so it is not withdrawn either.
			w.earnings[0].Status, w.earnings[0].Claim = earning.Pending, ""
			w.claims[0].Earnings, w.claims[0].Sales, w.claims[0].Total = w.claims[0].Earnings[1:], claim.Part{}, wei(30)
			w.till(alice, func(x *claim.Till) { x.Sales.Done = market.Amount{} })
			w.tasks["deliver/"+sold.Hex()] = true
		}, true},
		{"a payment that is not noticed yet", func(w *world) { w.purchases[2].State = purchase.Unconfirmed }, false},
		{"a refund that is not noticed yet", func(w *world) {
			w.purchases[1].State = purchase.Opening
			w.tasks["buy/purchase_refunded"] = true
		}, false},
		{"a transaction above the block", func(w *world) {
			w.sent[0].Block = 14
			delete(w.receipts, market.Hash{0x61})
		}, false},
		{"a transaction that was mined a moment ago", func(w *world) { w.receipts[market.Hash{0x64}] = &audit.Receipt{Block: 13, OK: true} }, false},
		{"a transaction that was cancelled", func(w *world) {
			w.sent[1].Tries = []outbox.Try{{Hash: [32]byte{0x70}}, {Hash: [32]byte{0x62}, Empty: true}}
			w.receipts[market.Hash{0x62}].OK = true
		}, false},
		{"PRIV sent to a contract by mistake", func(w *world) { w.held.Market = wei(1000) }, false},
		{"a listing of the same name by somebody else", func(w *world) {
			w.listings[elsewhere] = listing.Listing{ID: "listing_other", Wallet: bob}
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			test.change(w)
			if test.sum {
				w.sum(t)
			}
			found, _ := w.audit(t)
			require.Empty(t, found)
		})
	}
}

func (w *world) till(wallet market.Address, change func(*claim.Till)) {
	x := w.tills[wallet]
	change(&x)
	w.tills[wallet] = x
}
