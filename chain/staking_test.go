package chain_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/market/staking"
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
		used := func(block uint64) bool {
			used, err := s.StakeUsed(ctx, stake, block)
			require.NoError(t, err)
			return used
		}
		head, _, err := client.Head(ctx)
		require.NoError(t, err)
		require.True(t, used(head))
		out, err := sender.Outcome(ctx, "stake")
		require.NoError(t, err)
		require.False(t, used(out.Block-1), "as of a block, not as of now")
		_, err = s.StakeUsed(ctx, stake, head+1000)
		require.Error(t, err, "a block that is not there yet")
		domain := staking.Domain{Token: token, Staking: seal.Contract{Name: "privd Staking", Version: "1", ChainID: 31337, Address: s.Address()}}
		terms := staking.Terms{Account: stake.Account, Amount: stake.Amount, ValidBefore: stake.ValidBefore}
		require.Equal(t, s.Nonce(stake), domain.Nonce(terms))
		require.Equal(t, s.StakeDigest(token, stake), domain.Message(staking.In, terms).Digest())
		terms.Nonce = 7
		require.Equal(t, s.UnstakeDigest(user.Address(), stake.Amount, 7), domain.Message(staking.Out, terms).Digest())
		staked, err := s.StakeOf(ctx, user.Address())
		require.NoError(t, err)
		require.Equal(t, stake.Amount, staked)

		back := chaintest.PRIV(t, "30")
		nonce, err := s.UnstakeNonce(ctx, user.Address())
		require.NoError(t, err)
		require.NoError(t, s.RequestUnstake(ctx, "unstake", user.Address(), back, nonce, user.Sign(t, s.UnstakeDigest(user.Address(), back, nonce))))
		chaintest.WaitDone(t, sender, "unstake")
		out, err = sender.Outcome(ctx, "unstake")
		require.NoError(t, err)
		for block, want := range map[uint64]uint64{out.Block - 1: nonce, out.Block: nonce + 1} {
			got, err := s.UnstakeNonceAt(ctx, user.Address(), block)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		cooling, releaseAt, err := s.Cooldown(ctx, user.Address())
		require.NoError(t, err)
		require.Equal(t, back, cooling)

		advance(time.Until(time.Unix(int64(releaseAt), 0)) + time.Minute)
		require.NoError(t, s.Withdraw(ctx, "withdraw", user.Address()))
		chaintest.WaitDone(t, sender, "withdraw")
		require.Equal(t, chaintest.PRIV(t, "50").String(), held(t, client, user.Address()))
		chaintest.Wait(t, "three events", func() bool { return len(seen.All()) == 3 })
		kinds := []deal.Kind{}
		for _, e := range seen.All() {
			kinds = append(kinds, e.Kind)
			require.Equal(t, user.Address(), e.Account)
		}
		require.Equal(t, []deal.Kind{deal.Staked, deal.UnstakeRequested, deal.StakeWithdrawn}, kinds)
	})
}

// A user who holds dollars pays with an authorization that somebody else sends.
func TestDollars(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	ctx, client := t.Context(), n.Client(t)
	user, shop := chaintest.NewKey(t), chaintest.NewKey(t).Address()
	five := market.Wei(5_000_000)
	n.FundUSDC(t, user.Address(), five)
	usdc := client.USDC()
	domain, err := usdc.Domain(ctx)
	require.NoError(t, err)
	require.Equal(t, seal.TokenDomain{Name: "Mock USDC", Version: "1", ChainID: 31337, Token: n.Config.Contracts.USDC}, domain)

	a := chain.Authorization{From: user.Address(), To: shop, Value: five, ValidBefore: 1 << 39, Nonce: market.Hash{7}}
	authorize(t, user, domain, &a)

	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	require.NoError(t, client.Check(ctx, sender.Account(), usdc.TransferWithAuthorization(a)))
	_, err = sender.Submit(ctx, "pay", usdc.TransferWithAuthorization(a))
	require.NoError(t, err)
	chaintest.WaitDone(t, sender, "pay")
	balance, err := usdc.Balance(ctx, shop)
	require.NoError(t, err)
	require.Equal(t, five, balance)
	used, err := usdc.AuthorizationUsed(ctx, user.Address(), a.Nonce)
	require.NoError(t, err)
	require.True(t, used)
	// Once is enough: the same authorization is a conflict, one too large is unpaid.
	require.Equal(t, market.Conflict, market.CodeOf(client.Check(ctx, sender.Account(), usdc.TransferWithAuthorization(a))))
	require.Equal(t, market.Unpaid, market.CodeOf(client.Check(ctx, user.Address(), usdc.Transfer(shop, five))))
}

// authorize signs an authorization as a wallet does.
func authorize(t *testing.T, from chaintest.Key, domain seal.TokenDomain, a *chain.Authorization) {
	t.Helper()
	digest, _, err := apitypes.TypedDataAndHash(apitypes.TypedData{
		PrimaryType: "TransferWithAuthorization",
		Domain:      apitypes.TypedDataDomain{Name: domain.Name, Version: domain.Version, ChainId: math.NewHexOrDecimal256(int64(domain.ChainID)), VerifyingContract: domain.Token.Hex()},
		Types: apitypes.Types{
			"EIP712Domain":              {{Name: "name", Type: "string"}, {Name: "version", Type: "string"}, {Name: "chainId", Type: "uint256"}, {Name: "verifyingContract", Type: "address"}},
			"TransferWithAuthorization": {{Name: "from", Type: "address"}, {Name: "to", Type: "address"}, {Name: "value", Type: "uint256"}, {Name: "validAfter", Type: "uint256"}, {Name: "validBefore", Type: "uint256"}, {Name: "nonce", Type: "bytes32"}},
		},
		Message: apitypes.TypedDataMessage{
			"from": a.From.Hex(), "to": a.To.Hex(), "value": a.Value.String(), "validAfter": fmt.Sprint(a.ValidAfter),
			"validBefore": fmt.Sprint(a.ValidBefore), "nonce": a.Nonce.String(),
		},
	})
	require.NoError(t, err)
	a.Signature = from.Sign(t, market.Hash(digest))
}
