package chain

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"

	marketbind "privd/chain/binding/market"
	"privd/chain/binding/mockusdc"
	"privd/chain/binding/privtoken"
	"privd/chain/binding/rewards"
	"privd/chain/binding/staking"
	"privd/market"
)

// customErrors holds every error a call of ours can end in, by selector. An error
// of the token passes through the contract that called it, so all are searched.
var customErrors = sync.OnceValue(func() map[[4]byte]abi.Error {
	all := make(map[[4]byte]abi.Error)
	for _, meta := range []*bind.MetaData{
		&marketbind.MarketMetaData, &rewards.RewardsMetaData, &staking.StakingMetaData,
		&privtoken.PrivTokenMetaData, &mockusdc.MockUSDCMetaData,
	} {
		parsed, err := meta.ParseABI()
		if err != nil {
			panic("chain: generated ABI does not parse: " + err.Error())
		}
		for _, custom := range parsed.Errors {
			all[[4]byte(custom.ID[:4])] = custom
		}
	}
	return all
})

// revert is a contract's refusal.
type revert struct {
	Name   string // of the custom error; "Error" or "Panic" for the language's own; "" when unknown
	Detail string // the name with its values
}

// code returns what the refusal means for the caller.
func (r revert) code() market.Code {
	if m, listed := meanings[r.Name]; listed {
		return m.code
	}
	return market.Invalid
}

// text returns the refusal in words, and the contract's own.
func (r revert) text() string { return fmt.Sprintf("%s (%s)", meanings[r.Name].text, r.Detail) }

// err returns the refusal as an error with the cause it came from.
func (r revert) err(op string, cause error) error {
	return &market.Error{Op: op, Code: r.code(), Reason: r.Name, Message: "the contract refuses: " + r.text(), Err: cause}
}

// decodeRevert reads the data of a revert. It never fails: unknown data gives an
// unknown refusal.
func decodeRevert(data []byte) revert {
	if len(data) == 0 {
		return revert{Detail: "no reason given"}
	}
	if reason, err := abi.UnpackRevert(data); err == nil {
		name := "Error"
		if [4]byte(data[:4]) == panicSelector {
			name = "Panic"
		}
		return revert{Name: name, Detail: fmt.Sprintf("%.200q", reason)}
	}
	if len(data) >= 4 {
		if custom, known := customErrors()[[4]byte(data[:4])]; known {
			return revert{Name: custom.Name, Detail: inWords(custom, data[4:])}
		}
	}
	return revert{Detail: "unknown error " + hexutil.Encode(data[:min(len(data), 36)])}
}

// panicSelector is that of Panic(uint256).
var panicSelector = [4]byte{0x4e, 0x48, 0x7b, 0x71}

// inWords returns a custom error with its values.
func inWords(custom abi.Error, data []byte) string {
	values, err := custom.Inputs.Unpack(data)
	if err != nil || len(values) != len(custom.Inputs) {
		return custom.Name
	}
	parts := make([]string, len(values))
	for i, value := range values {
		switch v := value.(type) {
		case [32]byte:
			value = common.Hash(v)
		case common.Address:
			value = v.Hex()
		}
		parts[i] = fmt.Sprintf("%s %v", strings.TrimSuffix(custom.Inputs[i].Name, "_"), value)
	}
	return custom.Name + "(" + strings.Join(parts, ", ") + ")"
}

// revertOf returns the refusal in err; false when err is not a contract's refusal.
// Servers agree neither on the code nor on the text.
func revertOf(err error) (revert, bool) {
	var withData rpc.DataError
	if errors.As(err, &withData) {
		if text, ok := withData.ErrorData().(string); ok {
			if data, decodeErr := hexutil.Decode(text); decodeErr == nil && len(data) > 0 {
				return decodeRevert(data), true
			}
		}
	}
	var refusal rpc.Error
	if !errors.As(err, &refusal) {
		return revert{}, false
	}
	text := strings.ToLower(refusal.Error())
	for _, sign := range []string{"execution reverted", "invalid opcode", "invalid jump", "stack underflow", "evm error revert"} {
		if strings.Contains(text, sign) {
			return revert{Detail: "no reason given"}, true
		}
	}
	for _, sign := range []string{"gas required exceeds allowance", "out of gas", "intrinsic gas too low", "gas limit reached"} {
		if strings.Contains(text, sign) {
			return revert{Name: outOfGas, Detail: "it needs more gas than there is"}, true
		}
	}
	return revert{}, false
}

// asRevert turns a contract's refusal into an error with the code it stands for;
// other errors pass.
func asRevert(err error) error {
	if err == nil {
		return nil
	}
	if r, is := revertOf(err); is {
		return r.err("", err)
	}
	var refusal rpc.Error
	if errors.As(err, &refusal) {
		return &market.Error{Code: market.Unavailable, Message: "the RPC server refuses", Err: err}
	}
	return err
}
