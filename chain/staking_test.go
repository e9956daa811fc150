package chain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/seal"
)

// A user stakes, asks for part of it back, waits and gets it, by signatures alone.
func TestStaking(t *testing.T) {
	t.Parallel()
	onEachChain(t, func(t *testing.T, n *chaintest.Net, advance func(time.Duration)) {
		ctx, client := t.Context(), n.Client(t)
		user := chaintest.NewKey(t)
		n.FundPRIV(t, user.Address(), chaintest.PRIV(t, "100"))
		sender := n.Sender(t, n.Account(t), &outbox.Memory{})
		seen := &deal.Memory{}
		n.Follower(t, seen)
		s := chain.NewStaking(client, sender)
		token, err := client.PRIV().Domain(ctx)
		require.NoError(t, err)
		require.Equal(t, seal.TokenDomain{Name: "PRIV", Version: "1", ChainID: 31337, Token: n.Config.Contracts.PRIV}, token)
		_, now, err := client.Head(ctx)
		require.NoError(t, err)

		stake := chain.Stake{Account: user.Address(), Amount: chaintest.PRIV(t, "80"), ValidBefore: now + 600}
		require.NoError(t, s.Stake(ctx, "stake", stake, user.Sign(t, s.StakeDigest(token, stake))))
		chaintest.WaitDone(t, sender, "stake")
		staked, err := s.StakeOf(ctx, user.Address())
		require.NoError(t, err)
		require.Equal(t, stake.Amount, staked)

		back := chaintest.PRIV(t, "30")
		nonce, err := s.UnstakeNonce(ctx, user.Address())
		require.NoError(t, err)
		require.NoError(t, s.RequestUnstake(ctx, "unstake", user.Address(), back, nonce, user.Sign(t, s.UnstakeDigest(user.Address(), back, nonce))))
		chaintest.WaitDone(t, sender, "unstake")
		cooling, releaseAt, err := s.Cooldown(ctx, user.Address())
		require.NoError(t, err)
		require.Equal(t, back, cooling)

		advance(time.Until(time.Unix(int64(releaseAt), 0)) + time.Minute)
		require.NoError(t, s.Withdraw(ctx, "withdraw", user.Address()))
		chaintest.WaitDone(t, sender, "withdraw")
		require.Equal(t, chaintest.PRIV(t, "50").String(), held(t, client, user.Address()))
		chaintest.Wait(t, "three events", func() bool { return len(seen.Events()) == 3 })
		kinds := []deal.Kind{}
		for _, e := range seen.Events() {
			kinds = append(kinds, e.Kind)
			require.Equal(t, user.Address(), e.Account)
		}
		require.Equal(t, []deal.Kind{deal.Staked, deal.UnstakeRequested, deal.StakeWithdrawn}, kinds)
	})
}

// A user who holds dollars pays with an authorization somebody else sends.
func TestDollars(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	client := n.Client(t)
	n.FundUSDC(t, n.Operator.Address(), chaintest.PRIV(t, "0.000000000005"))
	balance, err := client.USDC().Balance(t.Context(), n.Operator.Address())
	require.NoError(t, err)
	require.Equal(t, "5000000", balance.String())
	domain, err := client.USDC().Domain(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Mock USDC", domain.Name)
	require.Equal(t, "1", domain.Version)
}
