package conformance_test

import (
	"bytes"
	"fmt"
	"testing"

	"privd/node/nodetest"
)

// reportCalls are the rows about sellers who deliver garbage.
var reportCalls = map[string]call{
	"reportPurchase": {bob, ownThing, onThing("garbage", (*stage).newGarbage), "garbage"},
}

// newGarbage has bob buy something else than was promised.
func (s *stage) newGarbage(t testing.TB) string {
	t.Helper()
	crook, id := s.network.Crook(s.whole, s.node), fmt.Sprintf("listing_garbage%d", s.next())
	defer crook.Leave() // a node takes so many peers from one address
	crook.Sell(t, nodetest.Goods{ID: id, Promised: bytes.Repeat([]byte("good"), 100), Sold: bytes.Repeat([]byte("evil"), 100)})
	s.bob.WaitListed(t, id)
	bought := s.bob.Force(t, id)
	nodetest.Wait(t, "garbage", func() bool { return s.bob.Story(t, bought.ID).State == "garbage" })
	return bought.ID
}
