package audit_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/audit"
	"privd/market/task"
	"privd/market/x402"
)

// soldOnline is what was sold over x402, and where the chain has the payments.
type soldOnline struct {
	x402 []x402.Sale
	paid map[market.Hash]uint64 // blocks by transaction
}

// newSoldOnline has one sale in each state that matters.
func newSoldOnline() soldOnline {
	return soldOnline{
		x402: []x402.Sale{
			sold402(1, x402.Settled, 5, 5), sold402(2, x402.Handed, 3, 6), sold402(3, x402.Settled, 7, 14), // the last is too young
			sold402(4, x402.Reserved, 2, 0), sold402(5, x402.Rejected, 2, 0), sold402(6, x402.Lost, 2, 0),
		},
		paid: map[market.Hash]uint64{{0x40, 1}: 5, {0x40, 2}: 6},
	}
}

func sold402(n byte, state x402.State, value, block uint64) x402.Sale {
	s := x402.Sale{
		Owner: "usr_a", State: state, Block: block, Till: x402.Till{PayTo: alice},
		Authorization: x402.Authorization{From: stranger, To: alice, Value: wei(value), Nonce: market.Hash{n}},
	}
	if block > 0 {
		s.Transaction = market.Hash{0x40, n}
	}
	s.ID = s.Till.SaleID(s.Authorization)
	return s
}

// task402 is the task that takes the open sale further.
var task402 = string(task.Sell402) + "/" + sold402(4, x402.Reserved, 2, 0).ID.Hex()

func (l *soldOnline) EachX402Sale(each func(x402.Sale) error) error {
	return all(l.x402, func(x402.Sale) bool { return true }, each)
}

func (l *soldOnline) payment(_ context.Context, transaction market.Hash, _ x402.Till, _ x402.Authorization) (uint64, error) {
	if block, ok := l.paid[transaction]; ok {
		return block, nil
	}
	return 0, market.ErrNotFound
}

// Each way in which a sale over x402 and the chain can differ is found.
func TestPaymentsDiffer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		which  int
		tamper func(w *world)
	}{
		{"a payment is not on the chain", 0, func(w *world) { delete(w.paid, market.Hash{0x40, 1}) }},
		{"it is in another block", 1, func(w *world) { w.paid[market.Hash{0x40, 2}] = 7 }},
		{"another wallet was paid", 0, func(w *world) { w.x402[0].Till.PayTo, w.x402[0].Authorization.To = bob, bob }},
		{"the payment went elsewhere", 0, func(w *world) { w.x402[0].Authorization.To = bob }},
		{"its authorization is another", 1, func(w *world) { w.x402[1].Authorization.Nonce = market.Hash{9} }},
		{"its owner is unknown", 2, func(w *world) { w.x402[2].Owner = "usr_x" }},
		{"nothing takes it further", 3, func(w *world) { delete(w.tasks, task402) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			test.tamper(w)
			found, _ := w.audit(t)
			require.Len(t, found, 1, "%v", found)
			require.Equal(t, audit.Payments, found[0].Check)
			require.Equal(t, w.x402[test.which].ID.String(), found[0].Subject)
		})
	}
}
