package deploy

import (
	"context"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient"

	"privd/chain"
	marketbind "privd/chain/binding/market"
	"privd/chain/binding/mockusdc"
	"privd/chain/binding/privtoken"
	"privd/chain/binding/rewards"
	"privd/chain/binding/staking"
	"privd/market"
)

// Check asks the contracts whether they are what the market needs: tokens that take
// ERC-3009 authorizations, every EIP-712 domain (EIP-5267) naming its own contract
// on this chain, and one PRIV for all.
func Check(ctx context.Context, eth *ethclient.Client, chainID uint64, c chain.Contracts) error {
	priv, m := privtoken.NewPrivToken(), marketbind.NewMarket()
	for _, token := range []struct {
		name    string
		address common.Address
	}{{"PRIV", c.PRIV}, {"USDC", c.USDC}} {
		// A fresh nonce of nobody: what matters is that the question is understood.
		used, err := ask(ctx, eth, token.address, priv.PackAuthorizationState(common.Address{}, [32]byte{1}), priv.UnpackAuthorizationState)
		if err != nil {
			return fmt.Errorf("%s at %s takes no ERC-3009 authorizations: %w", token.name, token.address, err)
		}
		if used {
			return market.Fail(market.Invalid, fmt.Sprintf("%s at %s says that nobody's authorization was used", token.name, token.address))
		}
	}
	domain := func(name, version string, address common.Address) error {
		out, err := ask(ctx, eth, address, m.PackEip712Domain(), m.UnpackEip712Domain)
		if err != nil {
			return fmt.Errorf("%s at %s: %w", name, address, err)
		}
		if out.Name != name || out.Version != version || out.VerifyingContract != address || out.ChainId.Cmp(new(big.Int).SetUint64(chainID)) != 0 {
			return market.Fail(market.Invalid, fmt.Sprintf("the contract at %s signs as %q version %q of %s on chain %s, want %q version %q",
				address, out.Name, out.Version, out.VerifyingContract, out.ChainId, name, version))
		}
		return nil
	}
	for name, address := range map[string]common.Address{
		"PRIV": c.PRIV, "Mock USDC": c.USDC, "privd Market": c.Market, "privd Rewards": c.Rewards, "privd Staking": c.Staking,
	} {
		if name == "Mock USDC" && !isMock(ctx, eth, address) {
			continue // a real dollar has its own name and version
		}
		if err := domain(name, "1", address); err != nil {
			return err
		}
	}
	r, s := rewards.NewRewards(), staking.NewStaking()
	for _, link := range []struct {
		name    string
		address common.Address
		data    []byte
		unpack  func([]byte) (common.Address, error)
	}{
		{"Market", c.Market, m.PackTOKEN(), m.UnpackTOKEN},
		{"Rewards", c.Rewards, r.PackTOKEN(), r.UnpackTOKEN},
		{"Staking", c.Staking, s.PackTOKEN(), s.UnpackTOKEN},
	} {
		token, err := ask(ctx, eth, link.address, link.data, link.unpack)
		if err != nil {
			return fmt.Errorf("%s at %s: %w", link.name, link.address, err)
		}
		if token != c.PRIV {
			return market.Fail(market.Invalid, fmt.Sprintf("%s at %s uses the token %s, want PRIV at %s", link.name, link.address, token, c.PRIV))
		}
	}
	return nil
}

// isMock reports whether the dollar is the one of development chains.
func isMock(ctx context.Context, eth *ethclient.Client, address common.Address) bool {
	usdc := mockusdc.NewMockUSDC()
	_, err := ask(ctx, eth, address, usdc.PackMINTER(), usdc.UnpackMINTER)
	return err == nil
}

func ask[T any](ctx context.Context, eth *ethclient.Client, to common.Address, data []byte, unpack func([]byte) (T, error)) (T, error) {
	answer, err := eth.CallContract(ctx, ethereum.CallMsg{To: &to, Data: data}, nil)
	if err != nil {
		var none T
		return none, err
	}
	return unpack(answer)
}

func isIndexing(err error) bool { return strings.Contains(err.Error(), "indexing") }
