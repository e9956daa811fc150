// Package voucher turns an operator's signed word into PRIV, with nothing but an
// RPC server and an account that has coins for gas: no node, no repo.
//
// A voucher names what its operator owes an account in all, not a difference. So it
// pays what was not paid yet, once, whoever redeems it and however often; a later
// voucher holds all that an earlier one does. Nothing is sent before the signature,
// the chain, the contract's code and what it would pay are checked.
package voucher

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"privd/market"
	"privd/market/seal"
)

// Voucher is what a file says. It is believed only as far as Verify and Look go.
type Voucher struct {
	ChainID   uint64
	Token     market.Address // PRIV
	Contract  market.Address // Rewards
	Operator  market.Address
	Account   market.Address
	Amount    market.Amount // wei of PRIV, all payouts before included
	Signature seal.Sig
}

// MaxFile is how large the file of a voucher may be, in bytes.
const MaxFile = 64 << 10

// file is a voucher as the API shows it.
type file struct {
	ChainID   uint64 `json:"chain_id"`
	Token     string `json:"token"`
	Contract  string `json:"contract"`
	Operator  string `json:"operator"`
	Account   string `json:"account"`
	Wei       string `json:"cumulative_wei"`
	Signature string `json:"signature"`
}

// Parse reads a voucher as the API shows it and "privd voucher CLAIM --json" prints
// it. Invalid names the field at fault. What else stands in the file is not looked
// at: calldata and decimals follow from the rest.
func Parse(raw []byte) (v Voucher, err error) {
	if len(raw) > MaxFile {
		return v, market.Fail(market.TooLarge, "the file is too large for a voucher")
	}
	var f file
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := d.Decode(&f); err != nil {
		return v, &market.Error{Code: market.Invalid, Message: "the file is not a voucher", Err: err}
	}
	if f.ChainID == 0 {
		return v, market.BadField("chain_id", "chain_id must be set")
	}
	v.ChainID = f.ChainID
	for _, a := range []struct {
		field, text string
		into        *market.Address
	}{{"token", f.Token, &v.Token}, {"contract", f.Contract, &v.Contract}, {"operator", f.Operator, &v.Operator}, {"account", f.Account, &v.Account}} {
		if !common.IsHexAddress(a.text) || common.HexToAddress(a.text) == (common.Address{}) {
			return v, market.BadField(a.field, a.field+" must be 0x and 40 hexadecimal digits, and not zero")
		}
		*a.into = common.HexToAddress(a.text)
	}
	if v.Amount, err = market.ParseWei(f.Wei); err != nil || v.Amount.IsZero() {
		return v, market.BadField("cumulative_wei", "cumulative_wei must be a whole number of wei, more than 0")
	}
	sig, err := hex.DecodeString(strings.TrimPrefix(f.Signature, "0x"))
	if err != nil || len(sig) != len(v.Signature) {
		return v, market.BadField("signature", fmt.Sprintf("signature must be %d bytes in hexadecimal", len(v.Signature)))
	}
	copy(v.Signature[:], sig)
	return v, nil
}

// Digest returns what the operator signs: EIP-712 under {name:"privd Rewards",
// version:"1"}.
func (v Voucher) Digest() market.Hash {
	contract := seal.Contract{Name: "privd Rewards", Version: "1", ChainID: v.ChainID, Address: v.Contract}
	return seal.NewMessage(contract, "Voucher(address operator,address account,uint256 cumulative)",
		seal.AddressWord(v.Operator), seal.AddressWord(v.Account), seal.AmountWord(v.Amount)).Digest()
}

// Verify returns an Invalid error unless the operator signed the voucher.
func (v Voucher) Verify() error {
	by, err := seal.Recover(v.Digest(), v.Signature)
	if err != nil || by != v.Operator {
		return market.BadField("signature", "signature is not the operator's: the voucher was changed, or is of another contract or chain")
	}
	return nil
}
