package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market/purchase"
)

// A buyer who paid for garbage under a right key has lost the price: that is sad, and no
// difference.
func TestGarbage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.purchases[0].State = purchase.Garbage
	found, _ := w.audit(t)
	require.Empty(t, found)
}
