package purchase_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/outbox"
	"privd/market/purchase"
	"privd/storage/records"
)

// A seller who is gone for ever keeps no purchase open: the buyer's node, which has
// the key, settles it itself once the seller's time is over, and not before.
func TestSellerIsGone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		revealed bool
		from     uint64 // when the buyer's node takes over
	}{
		"purchased": {false, now + 86_400},
		"revealed":  {true, now + 300 + 15*60},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDeck(t, purchase.Opened)
			bought := d.bought
			bought.Deadline = now + 86_400
			events := []deal.Event{bought}
			if c.revealed {
				events = append(events, deal.Event{Kind: deal.Revealed, Block: 10, LogIndex: 1, Purchase: bought.Purchase,
					Opener: market.Hash(opener), Deadline: now + 300})
			}
			d.at(t, events...)
			require.NoError(t, d.records.Update(t.Context(), func(tx *records.Tx) error {
				p, err := tx.Purchase(d.id)
				require.NoError(t, err)
				p.Stored, p.Checked = true, true
				return tx.PutPurchase(p)
			}))
			d.seller.refusal = delivery.Refusal{Code: delivery.Busy}
			d.chain.outcome.State = outbox.Queued
			d.chain.head.Time = c.from - 1
			d.step(t)
			require.Empty(t, d.chain.receipts)
			d.chain.head.Time = c.from
			p, next := d.step(t)
			require.Len(t, d.chain.receipts, 1)
			require.Equal(t, p.OpenedAt, d.chain.receipts[0].OpenedAt)
			require.Equal(t, d.Domain.Deal(*p.Sale), d.chain.receipts[0].Deal)
			require.Equal(t, purchase.Opened, p.State)
			require.False(t, next.Done, "until it is settled at depth")
		})
	}
}
