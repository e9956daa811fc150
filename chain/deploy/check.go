package deploy

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"

	"privd/chain"
	marketbind "privd/chain/binding/market"
	"privd/chain/binding/privtoken"
	"privd/market"
)

// Reader is what checking needs of a chain; ethclient.Client and chain.Client are
// Readers.
type Reader interface {
	// CodeAt returns the code at an address; a nil block is the newest.
	CodeAt(ctx context.Context, account common.Address, block *big.Int) ([]byte, error)
	// CallContract asks a contract; a nil block is the newest.
	CallContract(ctx context.Context, call ethereum.CallMsg, block *big.Int) ([]byte, error)
}

// maxSupply is 2^128, above which a price of the whole supply would not fit into a
// purchase, and an amount of it not into a cooldown.
var maxSupply = new(big.Int).Lsh(big.NewInt(1), 128)

// Check asks a chain whether the contracts are the ones this program was built for.
//
// PRIV, Market, Rewards and Staking must have exactly the code that the compiler made
// of contracts/src, their immutable values included: one PRIV for all, the chain, and
// their own addresses. A network's dollar may be another's contract. Of both tokens it
// asks whether they take ERC-3009 authorizations, and of all whether they sign under
// the domain (EIP-5267) that wallets will be shown.
//
// NotFound when there is no code at an address, Invalid when it is the wrong one; other
// errors mean that the chain gave no answer.
func Check(ctx context.Context, eth Reader, chainID uint64, c chain.Contracts) error {
	expected := expectations(c)
	mock, err := isMock(ctx, eth, c.USDC)
	if err != nil {
		return err
	}
	if mock != nil {
		expected = append(expected, *mock)
	}
	for _, e := range expected {
		if err := checkCode(ctx, eth, chainID, e); err != nil {
			return err
		}
	}
	for _, e := range expected {
		if err := checkDomain(ctx, eth, chainID, e); err != nil {
			return err
		}
	}
	for _, token := range []struct {
		name    string
		address common.Address
	}{{"PRIV", c.PRIV}, {"USDC", c.USDC}} {
		if err := checkAuthorizations(ctx, eth, token.name, token.address); err != nil {
			return err
		}
	}
	return checkSupply(ctx, eth, c.PRIV)
}

// expectations are the contracts that every network has in the same form.
func expectations(c chain.Contracts) []expectation {
	token := map[string]market.Address{"TOKEN": c.PRIV}
	return []expectation{
		{contract: "PrivToken", signs: "PRIV", address: c.PRIV},
		{contract: "Market", signs: "privd Market", address: c.Market, values: token},
		{contract: "Rewards", signs: "privd Rewards", address: c.Rewards, values: token},
		{contract: "Staking", signs: "privd Staking", address: c.Staking, values: token},
	}
}

// isMock returns what to expect of the dollar when it is the one of development
// chains, and nil when it is another.
func isMock(ctx context.Context, eth Reader, address market.Address) (*expectation, error) {
	deployed, err := codeAt(ctx, eth, "USDC", address)
	if err != nil {
		return nil, err
	}
	mock, err := code("MockUSDC")
	if err != nil {
		return nil, err
	}
	minter, ok := mock.value(deployed, "MINTER")
	if !ok {
		return nil, nil
	}
	e := mockOf(address, market.Address(minter[12:]))
	return &e, nil
}

func mockOf(address, minter market.Address) expectation {
	return expectation{contract: "MockUSDC", signs: "Mock USDC", address: address, values: map[string]market.Address{"MINTER": minter}}
}

func codeAt(ctx context.Context, eth Reader, name string, address market.Address) ([]byte, error) {
	deployed, err := eth.CodeAt(ctx, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%s at %s: %w", name, address, err)
	}
	if len(deployed) == 0 {
		return nil, market.Fail(market.NotFound, fmt.Sprintf("no contract at %s, where %s should be", address, name))
	}
	return deployed, nil
}

// CodeHash returns the hash of the code at an address (EIP-1052); that of nothing when
// there is none.
func CodeHash(ctx context.Context, eth Reader, address market.Address) (common.Hash, error) {
	deployed, err := eth.CodeAt(ctx, address, nil)
	return crypto.Keccak256Hash(deployed), err
}

// checkCode compares the hash of what is there with the hash of what should be.
func checkCode(ctx context.Context, eth Reader, chainID uint64, e expectation) error {
	deployed, err := codeAt(ctx, eth, e.contract, e.address)
	if err != nil {
		return err
	}
	want, err := e.code(chainID)
	if err != nil {
		return err
	}
	if got, want := crypto.Keccak256Hash(deployed), crypto.Keccak256Hash(want); got != want {
		return market.Fail(market.Invalid, fmt.Sprintf("the contract at %s is not the %s this program was built for, or was made for another token or chain: code hash %s, want %s",
			e.address, e.contract, got, want))
	}
	return nil
}

// checkDomain asks a contract what it signs as. It costs little beside the code hash,
// and catches a server that tells the right code of a chain it does not run.
func checkDomain(ctx context.Context, eth Reader, chainID uint64, e expectation) error {
	m := marketbind.NewMarket()
	out, err := ask(ctx, eth, e.address, m.PackEip712Domain(), m.UnpackEip712Domain)
	if err != nil {
		return fmt.Errorf("%s at %s: %w", e.contract, e.address, err)
	}
	if out.Name != e.signs || out.Version != "1" || out.VerifyingContract != e.address || out.ChainId.Cmp(new(big.Int).SetUint64(chainID)) != 0 {
		return market.Fail(market.Invalid, fmt.Sprintf("the contract at %s signs as %q version %q of %s on chain %s, want %q version %q",
			e.address, out.Name, out.Version, out.VerifyingContract, out.ChainId, e.signs, "1"))
	}
	return nil
}

func checkAuthorizations(ctx context.Context, eth Reader, name string, address market.Address) error {
	token := privtoken.NewPrivToken()
	// A fresh nonce of nobody: what matters is that the question is understood.
	used, err := ask(ctx, eth, address, token.PackAuthorizationState(common.Address{}, [32]byte{1}), token.UnpackAuthorizationState)
	if err != nil {
		return fmt.Errorf("%s at %s takes no ERC-3009 authorizations: %w", name, address, err)
	}
	if used {
		return market.Fail(market.Invalid, fmt.Sprintf("%s at %s says that nobody's authorization was used", name, address))
	}
	return nil
}

// checkSupply keeps every amount of PRIV within the 128 bits that the contracts pack
// amounts into. The supply is storage, which the code hash says nothing about.
func checkSupply(ctx context.Context, eth Reader, address market.Address) error {
	token := privtoken.NewPrivToken()
	supply, err := ask(ctx, eth, address, token.PackTotalSupply(), token.UnpackTotalSupply)
	if err != nil {
		return fmt.Errorf("PRIV at %s: %w", address, err)
	}
	if supply.Sign() == 0 || supply.Cmp(maxSupply) >= 0 {
		return market.Fail(market.Invalid, fmt.Sprintf("the supply of PRIV at %s is %s wei, want 1 to 2^128-1", address, supply))
	}
	return nil
}

func ask[T any](ctx context.Context, eth Reader, to common.Address, data []byte, unpack func([]byte) (T, error)) (T, error) {
	answer, err := eth.CallContract(ctx, ethereum.CallMsg{To: &to, Data: data}, nil)
	if err == nil {
		var out T
		if out, err = unpack(answer); err == nil {
			return out, nil
		}
		err = wrong(err)
	} else if isRevert(err) {
		err = wrong(err)
	}
	var none T
	return none, err
}

// wrong is the error for a contract that answers, but not as it should.
func wrong(err error) error {
	return &market.Error{Code: market.Invalid, Message: "it does not understand the question", Err: err}
}

// isRevert reports whether the contract itself refused, and not the server. The code
// is that of geth; others put the word into their text alone.
func isRevert(err error) bool {
	var refusal rpc.Error
	return errors.As(err, &refusal) && (refusal.ErrorCode() == 3 || strings.Contains(err.Error(), "revert"))
}
