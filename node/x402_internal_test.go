package node

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/chain/chaintest"
	"privd/market"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/market/x402"
)

// TestNoGas: a node that cannot pay for bringing a payment to the chain does not take it,
// and does when it has been sent some ether.
func TestNoGas(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	account, payer, now := chaintest.NewKey(t), chaintest.NewKey(t), time.Now()
	n.FundUSDC(t, payer.Address(), market.Wei(5))
	desk := &till{face: &face{client: n.Client(t), sender: n.IdleSender(t, account, &outbox.Memory{}), clock: func() time.Time { return now }}}
	domain, err := desk.client.USDC().Domain(t.Context())
	require.NoError(t, err)
	a := x402.Authorization{From: payer.Address(), To: market.Address{7}, Value: market.Wei(5), ValidBefore: 1 << 39, Nonce: market.Hash{1}}
	target := x402.Till{Token: seal.Contract{Name: domain.Name, Version: domain.Version, ChainID: domain.ChainID, Address: domain.Token}, PayTo: a.To}
	simulate := func() error { return desk.Simulate(t.Context(), target, a, payer.Sign(t, target.Digest(a))) }

	err = simulate()
	require.Equal(t, market.Unavailable, market.CodeOf(err))
	require.ErrorContains(t, err, "nothing was paid")
	n.FundETH(t, account.Address(), market.Wei(1_000_000_000_000_000_000))
	require.Error(t, simulate(), "it is not looked at for every payment")
	now = now.Add(solventFor + time.Second)
	require.NoError(t, simulate())
}
