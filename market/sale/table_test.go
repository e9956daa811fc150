package sale_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/deal"
	"privd/market/listing"
	"privd/market/outbox"
	"privd/market/sale"
)

// The purchase of the table: paid at second zero, delivered within 24 hours, so that
// the margin is 6 hours, the last call at 12 and the last push at 18.
const (
	zero     = uint64(1_800_000_000)
	hour     = uint64(3600)
	lastCall = 12 * hour
	pushBy   = 18 * hour
	deadline = 24 * hour
	dispute  = 72 * hour
)

// spot is one place a sale can be in: what the chain says, what time it is there, and
// what was saved.
type spot struct {
	status  deal.Status
	at      uint64 // seconds after the payment
	shallow bool   // the newest step on chain is not confirmed
	missing uint64 // seconds for which the chain has not had it

	handedOut uint64 // seconds after the payment, plus one; 0 is never
	receipt   bool
	stale     bool // the receipt names a time before the payment
	batched   bool
	begun     bool          // a reveal was decided on
	reveal    outbox.State  // of its transaction
	left      bool          // which was signed
	public    bool          // the opener was on chain once
	seal      sale.Checked  // whose seal it is
	erased    bool          // the listing key was destroyed
	unkind    bool          // the node does not sell to absent buyers
	disputed  bool          // the refund was for a wrong key
	revealed  time.Duration // how long ago it was revealed, where it was
}

// sold is the purchase, sealed once for all spots.
var sold = sync.OnceValue(func() goods { return newGoods(market.Address{4}, zero, deadline) })

// stand puts a sale into a spot, takes one step, and returns the sale and what was
// sent.
func stand(t require.TestingT, sp spot) (held sale.Sale, c *chain, g goods) {
	if sp.status == deal.StatusRevealed && sp.revealed == 0 {
		sp.revealed = time.Hour
	}
	g = sold()
	store, head := newMemory(), deal.Mark{Number: 100, Time: zero + sp.at}
	c = &chain{head: head, sent: map[string]outbox.Transaction{}, by: map[string]uint64{}}
	keys := g.keys()
	if sp.erased {
		delete(keys, listing.KeyName("lst_1", 3))
	}
	rules := sale.DefaultRules()
	rules.AbsentBuyers = !sp.unkind
	clock := func() time.Time { return time.Unix(int64(head.Time), 0) }
	d := &sale.Desk{Store: store, Keyring: keys, Chain: c, Domain: g.domain, Secret: g.secret, Clock: clock, Rules: rules}
	require.NoError(t, store.Update(context.Background(), func(tx sale.Tx) error {
		r := tx.(*rows)
		r.listings[g.order.Listing] = g.listing
		block := deal.Mark{Number: 10, Time: zero}
		if sp.shallow {
			block.Number = 95
		}
		bought := g.bought(block)
		require.NoError(t, d.Booked(r, bought))
		s := r.sales[g.purchase]
		if sp.status != deal.StatusNone {
			r.events = append(r.events, bought)
		}
		end := deal.Event{Block: block.Number + 1, BlockTime: zero + sp.at, Purchase: g.purchase, TxHash: market.Hash{byte(sp.status)}}
		switch sp.status {
		case deal.StatusRevealed:
			end.Kind, end.Opener = deal.Revealed, market.Hash(g.opener)
			end.Deadline = zero + sp.at + dispute - uint64(sp.revealed/time.Second)
		case deal.StatusSettled:
			end.Kind = deal.Settled
		case deal.StatusRefunded:
			end.Kind, end.Disputed = deal.Refunded, sp.disputed
		}
		if end.Kind != 0 {
			r.events = append(r.events, end)
			require.NoError(t, d.Booked(r, end))
			s = r.sales[g.purchase]
		}
		if sp.handedOut > 0 {
			s.HandedOut = time.Unix(int64(zero+sp.handedOut-1), 0)
		}
		if sp.receipt {
			s.Receipt = &sale.Receipt{OpenedAt: zero + 1}
		}
		if sp.stale {
			s.Receipt = &sale.Receipt{OpenedAt: zero - 1}
		}
		if sp.batched {
			s.SettleAs = "settle/1"
			c.sent["settle/1"] = outbox.Transaction{Key: "settle/1", State: outbox.Sent}
		}
		if sp.begun {
			s.RevealAs = "reveal/1"
			c.sent["reveal/1"] = outbox.Transaction{Key: "reveal/1", State: sp.reveal}
			if sp.left {
				c.sent["reveal/1"] = outbox.Transaction{Key: "reveal/1", State: sp.reveal, Tries: []outbox.Try{{}}}
			}
		}
		s.Public = s.Public || sp.public
		s.Seal = sp.seal
		s.CreatedAt = time.Unix(int64(head.Time-min(head.Time, sp.missing)), 0)
		r.sales[g.purchase] = s
		return nil
	}))
	_, err := d.Deliver(context.Background(), g.purchase)
	require.NoError(t, err)
	require.NoError(t, store.View(context.Background(), func(tx sale.Tx) (err error) { held, err = tx.Sale(g.purchase); return err }))
	return held, c, g
}

// Each line of the table, and each side of each deadline.
func TestTable(t *testing.T) {
	t.Parallel()
	const bought, revealed = deal.StatusPurchased, deal.StatusRevealed
	type want struct {
		state sale.State
		sends string // what is on its way after the step, beside what was
	}
	for name, c := range map[string]struct {
		spot
		want
	}{
		"paid, not confirmed":         {spot{status: bought, at: 60, shallow: true}, want{sale.Waiting, ""}},
		"paid and confirmed":          {spot{status: bought, at: 600}, want{sale.Ready, ""}},
		"nobody asked, before":        {spot{status: bought, at: lastCall - 1}, want{sale.Ready, ""}},
		"nobody asked, last call":     {spot{status: bought, at: lastCall}, want{sale.Revealing, "reveal"}},
		"nobody asked, last push":     {spot{status: bought, at: pushBy}, want{sale.Revealing, "reveal"}},
		"nobody asked, too late":      {spot{status: bought, at: pushBy + 1}, want{sale.Forgone, ""}},
		"nobody asked, policy":        {spot{status: bought, at: lastCall, unkind: true}, want{sale.Forgone, ""}},
		"nobody asked, not confirmed": {spot{status: bought, at: lastCall, shallow: true}, want{sale.Waiting, ""}},

		"handed out":                  {spot{status: bought, at: 2 * hour, handedOut: hour + 2}, want{sale.HandedOut, ""}},
		"patience over":               {spot{status: bought, at: 2 * hour, handedOut: hour + 1}, want{sale.Revealing, "reveal"}},
		"handed out, reorganised":     {spot{status: bought, at: 60, handedOut: 1, shallow: true}, want{sale.HandedOut, ""}},
		"handed out at the last call": {spot{status: bought, at: lastCall, handedOut: lastCall + 1, unkind: true}, want{sale.Revealing, "reveal"}},
		"handed out, was away":        {spot{status: bought, at: pushBy + 1, handedOut: hour}, want{sale.Forgone, ""}},

		"receipt":                       {spot{status: bought, at: hour, handedOut: 1, receipt: true}, want{sale.Receipted, ""}},
		"receipt past the deadline":     {spot{status: bought, at: deadline + 1, handedOut: 1, receipt: true}, want{sale.Receipted, ""}},
		"receipt in a batch":            {spot{status: bought, at: hour, handedOut: 1, receipt: true, batched: true}, want{sale.Settling, ""}},
		"receipt of before":             {spot{status: bought, at: 30 * 60, handedOut: 1, stale: true}, want{sale.HandedOut, ""}},
		"receipt of before, last call":  {spot{status: bought, at: lastCall, handedOut: 1, stale: true, batched: true}, want{sale.Revealing, "reveal"}},
		"receipt while revealing":       {spot{status: bought, at: 3 * hour, handedOut: 1, begun: true, left: true, reveal: outbox.Sent, receipt: true}, want{sale.Receipted, ""}},
		"receipt after the reveal":      {spot{status: revealed, at: 5 * hour, handedOut: 1, public: true, receipt: true}, want{sale.Receipted, ""}},
		"receipt after the dispute":     {spot{status: revealed, at: 80 * hour, public: true, receipt: true, revealed: 72 * time.Hour}, want{sale.Finalizing, "finalize"}},
		"receipt in a batch, and after": {spot{status: revealed, at: 80 * hour, public: true, receipt: true, batched: true, revealed: 72 * time.Hour}, want{sale.Settling, ""}},

		"reveal stored":             {spot{status: bought, at: pushBy, begun: true}, want{sale.Revealing, ""}},
		"reveal stored, too late":   {spot{status: bought, at: pushBy + 1, begun: true, reveal: outbox.Failed}, want{sale.Forgone, ""}},
		"reveal left, being bumped": {spot{status: bought, at: pushBy + 1, begun: true, left: true, reveal: outbox.Sent}, want{sale.Revealing, ""}},
		"reveal reorganised":        {spot{status: bought, at: pushBy + 1, public: true}, want{sale.Revealing, "reveal"}},
		"reveal reorganised, over":  {spot{status: bought, at: deadline, public: true}, want{sale.Forgone, ""}},
		"reveal, policy changed":    {spot{status: bought, at: lastCall, begun: true, unkind: true}, want{sale.Revealing, ""}},
		"revealed":                  {spot{status: revealed, at: 20 * hour, public: true}, want{sale.Revealed, ""}},
		"revealed, window over":     {spot{status: revealed, at: 90 * hour, public: true, revealed: 72 * time.Hour}, want{sale.Finalizing, "finalize"}},
		"revealed by a stranger":    {spot{status: revealed, at: 100 * hour, revealed: 90 * time.Hour}, want{sale.Finalizing, "finalize"}},

		"settled":                 {spot{status: deal.StatusSettled, at: hour}, want{sale.Settled, ""}},
		"settled, not confirmed":  {spot{status: deal.StatusSettled, at: hour, shallow: true}, want{sale.Settled, ""}},
		"refunded":                {spot{status: deal.StatusRefunded, at: deadline + 1}, want{sale.Refunded, ""}},
		"refunded, not confirmed": {spot{status: deal.StatusRefunded, at: deadline + 1, shallow: true}, want{sale.Refunded, ""}},

		"foreign seal":             {spot{status: bought, at: hour, seal: sale.ForeignKey}, want{sale.Foreign, ""}},
		"foreign seal, late":       {spot{status: bought, at: lastCall, seal: sale.ForeignKey, handedOut: 1}, want{sale.Foreign, ""}},
		"foreign seal, revealed":   {spot{status: revealed, at: 99 * hour, seal: sale.ForeignKey, revealed: 80 * time.Hour}, want{sale.Foreign, ""}},
		"foreign seal, refunded":   {spot{status: deal.StatusRefunded, at: hour, seal: sale.ForeignKey}, want{sale.Refunded, ""}},
		"erased":                   {spot{status: bought, at: lastCall, erased: true}, want{sale.Forgone, ""}},
		"erased after handing out": {spot{status: bought, at: lastCall, erased: true, handedOut: 1}, want{sale.Revealing, "reveal"}},

		"missing":               {spot{at: hour, missing: 60}, want{sale.Waiting, ""}},
		"missing, handed out":   {spot{at: hour, missing: 20, handedOut: 1}, want{sale.Waiting, ""}},
		"missing for too long":  {spot{at: 5 * hour, missing: 3 * hour}, want{sale.Gone, ""}},
		"missing, and received": {spot{at: hour, missing: 20, receipt: true, batched: true}, want{sale.Waiting, ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			held, sent, g := stand(t, c.spot)
			require.Equal(t, c.state, held.State)
			require.Equal(t, c.state, held.Steps[len(held.Steps)-1].State)
			over := c.state == sale.Gone || ((c.state == sale.Settled || c.state == sale.Refunded) && !c.shallow)
			require.Equal(t, over, held.Closed)
			require.Equal(t, c.public || c.status == revealed, held.Public, "what was on chain once is public for good")
			var sends []string
			for key := range sent.sent {
				if key != "settle/1" && key != "reveal/1" {
					sends = append(sends, key)
				}
			}
			if c.sends == "" {
				require.Empty(t, sends)
				return
			}
			require.Equal(t, []string{c.sends + "/" + g.purchase.Hex()}, sends)
			if c.sends == "reveal" && !c.public {
				require.Equal(t, zero+pushBy, sent.by[sends[0]], "it may not leave later for the first time")
			}
		})
	}
}

// Wherever a sale is, at any time and with anything saved: the rules that money
// hangs on, said on their own.
func TestEverySpot(t *testing.T) {
	t.Parallel()
	times := []uint64{0, 30 * 60, hour, lastCall - 1, lastCall, lastCall + 1, pushBy - 1, pushBy, pushBy + 1, deadline - 1, deadline, deadline + 1, 90 * hour}
	bools := []bool{false, true}
	n := 0
	for status := deal.StatusNone; status <= deal.StatusRefunded; status++ {
		for _, at := range times {
			for _, handedOut := range []uint64{0, 1, lastCall + 1} {
				for flags := range 1 << 8 {
					on := func(i int) bool { return bools[flags>>i&1] }
					sp := spot{status: status, at: at, shallow: on(0), handedOut: handedOut, receipt: on(1), batched: on(1) && on(2),
						begun: on(3), left: on(3) && on(4), reveal: outbox.State(flags >> 4 & 1), public: on(5), erased: on(6), unkind: on(7), seal: sale.OwnSeal}
					if flags>>3&1 == 0 && flags>>4&1 == 1 || handedOut > at+1 {
						continue // nothing can have left that was not begun, nor before its time
					}
					n++
					held, sent, g := stand(t, sp)
					reveals := sent.by["reveal/"+g.purchase.Hex()] > 0 || sent.sent["reveal/"+g.purchase.Hex()].Key != ""
					finalizes := sent.sent["finalize/"+g.purchase.Hex()].Key != ""
					about := fmt.Sprintf("%+v became %s", sp, held.State)
					if reveals {
						require.Equal(t, deal.StatusPurchased, status, about)
						require.Less(t, at, deadline, about)
						require.False(t, sp.receipt, about)
						if !sp.public && !sp.left {
							require.LessOrEqual(t, at, pushBy, about)
							require.True(t, handedOut > 0 && at >= handedOut-1+hour || at >= lastCall, about)
							require.True(t, handedOut > 0 || !sp.shallow, about)
							require.True(t, handedOut > 0 || (!sp.unkind && !sp.erased), about)
						}
					}
					require.Equal(t, finalizes, held.FinalizeAs != "", about)
					if finalizes {
						require.Equal(t, deal.StatusRevealed, status, about)
					}
					require.Equal(t, held.Closed, status.Final() && !sp.shallow, about)
					// The opener of an honest buyer's silence always gets its price: what left and is not
					// earned yet is pushed while it can be.
					if status == deal.StatusPurchased && handedOut > 0 && at >= lastCall && at <= pushBy {
						require.Contains(t, []sale.State{sale.Revealing, sale.Receipted, sale.Settling}, held.State, about)
					}
				}
			}
		}
	}
	require.Greater(t, n, 10_000)
}
