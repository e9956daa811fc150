package deploy

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"privd/market"
)

// codeFile is what the compiler made of the contracts: contracts/build.mjs writes it.
//
//go:embed code.json
var codeFile []byte

// Code is the deployed code of one contract, with zeros where its constructor put
// immutable values, which differ from one deployment to the next.
type Code struct {
	Template hexutil.Bytes `json:"code"`
	// Immutables are the offsets of each value, by the name of its variable. A value
	// is one word of 32 bytes.
	Immutables map[string][]int `json:"immutables"`
}

var codes = sync.OnceValues(func() (map[string]Code, error) {
	var all map[string]Code
	err := json.Unmarshal(codeFile, &all)
	return all, err
})

// code returns the code of a contract by its Solidity name.
func code(name string) (Code, error) {
	all, err := codes()
	if err != nil {
		return Code{}, fmt.Errorf("read code.json: %w", err)
	}
	c, known := all[name]
	if !known {
		return Code{}, market.Fail(market.Internal, "code.json knows no "+name)
	}
	return c, nil
}

// Fill returns the code with every immutable value in its places. It is Invalid
// unless the values are exactly those the code has.
func (c Code) Fill(values map[string][32]byte) ([]byte, error) {
	if want, got := slices.Sorted(maps.Keys(c.Immutables)), slices.Sorted(maps.Keys(values)); !slices.Equal(want, got) {
		return nil, market.Fail(market.Invalid, fmt.Sprintf("the code has the immutable values %q, got %q", want, got))
	}
	filled := bytes.Clone(c.Template)
	for name, value := range values {
		for _, at := range c.Immutables[name] {
			copy(filled[at:at+len(value)], value[:])
		}
	}
	return filled, nil
}

// value reads an immutable value out of deployed code; false when the code is too
// short to have it.
func (c Code) value(deployed []byte, name string) (value [32]byte, ok bool) {
	places := c.Immutables[name]
	if len(places) == 0 || len(deployed) != len(c.Template) {
		return value, false
	}
	return [32]byte(deployed[places[0] : places[0]+32]), true
}

// expectation is what a contract at an address must be: its code, what it calls
// itself in signatures, and its other immutable values.
type expectation struct {
	contract string // Solidity name
	signs    string // EIP-712 name; the version is "1"
	address  market.Address
	values   map[string]market.Address
}

// code returns the bytes that must be at the address.
func (e expectation) code(chainID uint64) ([]byte, error) {
	c, err := code(e.contract)
	if err != nil {
		return nil, err
	}
	values := signingValues(e.signs, chainID, e.address)
	for name, address := range e.values {
		values[name] = common.BytesToHash(address[:])
	}
	return c.Fill(values)
}

// signingValues are the immutable values of OpenZeppelin's EIP712: the domain of
// version "1", taken apart, and its separator for the chain and contract of the
// deployment.
func signingValues(name string, chainID uint64, verifier market.Address) map[string][32]byte {
	domainType := crypto.Keccak256Hash([]byte("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"))
	hashedName, hashedVersion := crypto.Keccak256Hash([]byte(name)), crypto.Keccak256Hash([]byte("1"))
	var chain [32]byte
	binary.BigEndian.PutUint64(chain[24:], chainID)
	this := common.BytesToHash(verifier[:])
	return map[string][32]byte{
		"_name": shortString(name), "_version": shortString("1"),
		"_hashedName": hashedName, "_hashedVersion": hashedVersion,
		"_cachedChainId": chain, "_cachedThis": this,
		"_cachedDomainSeparator": crypto.Keccak256Hash(domainType[:], hashedName[:], hashedVersion[:], chain[:], this[:]),
	}
}

// shortString is OpenZeppelin's ShortString: the bytes from the left, the length in
// the last one.
func shortString(s string) (word [32]byte) {
	copy(word[:31], s)
	word[31] = byte(len(s))
	return word
}
