package chain

import (
	"encoding/json"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/require"

	"privd/market"
)

// Each error of each contract means something to whoever asked, and nothing has a
// meaning that no contract can say. A new error in a contract fails here until it is
// given its meaning.
func TestEveryErrorHasAMeaning(t *testing.T) {
	t.Parallel()
	own := map[string]bool{"Error": true, "Panic": true, outOfGas: true, unknownEnd: true}
	known := map[string]bool{}
	for _, custom := range customErrors() {
		known[custom.Name] = true
		m, listed := meanings[custom.Name]
		require.True(t, listed, "%s has no meaning", custom.Sig)
		require.NotEmpty(t, m.text, custom.Sig)
		require.NotZero(t, m.code, custom.Sig)
		require.NotEqual(t, market.Internal, m.code, custom.Sig)

		// As a contract sends it, with values of nothing.
		words := make([]byte, 32*(len(custom.Inputs)+2))
		for i := range custom.Inputs {
			words[32*i+31] = byte(32 * len(custom.Inputs)) // where a text would begin
		}
		r := decodeRevert(append(custom.ID[:4:4], words...))
		require.Equal(t, custom.Name, r.Name)
		require.Equal(t, m.code, market.CodeOf(r.err("", nil)))
		require.Contains(t, r.text(), m.text)
		require.Contains(t, r.text(), custom.Name)
		for _, in := range custom.Inputs {
			require.Contains(t, r.Detail, in.Name, custom.Sig)
		}
	}
	for name := range meanings {
		require.True(t, known[name] || own[name], "no contract says %s", name)
	}
}

// refusal is a JSON-RPC error as servers send it.
type refusal struct {
	message string
	data    any
}

func (r refusal) Error() string  { return r.message }
func (r refusal) ErrorCode() int { return 3 }
func (r refusal) ErrorData() any { return r.data }

// What servers say of calls that fail, and whether it is the contract that refuses.
func TestRevertOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		said refusal
		is   bool
		name string
		code market.Code
	}{
		"custom error":  {refusal{"execution reverted", hexutil.Encode(customErrorData("KeyIsRight"))}, true, "KeyIsRight", market.Conflict},
		"a requirement": {refusal{"execution reverted: nope", "0x08c379a0" + word(32) + word(4) + "6e6f7065" + word(0)[8:]}, true, "Error", market.Invalid},
		"a panic":       {refusal{"execution reverted", "0x4e487b71" + word(0x11)}, true, "Panic", market.Invalid},
		"unknown":       {refusal{"execution reverted", "0xdeadbeef"}, true, "", market.Conflict},
		"without data":  {refusal{"execution reverted", nil}, true, "", market.Conflict},
		"odd data":      {refusal{"execution reverted", json.Number("7")}, true, "", market.Conflict},
		"out of gas":    {refusal{"gas required exceeds allowance (30000000)", nil}, true, outOfGas, market.Conflict},
		"the server":    {refusal{"header not found", nil}, false, "", 0},
		"no money":      {refusal{"insufficient funds for gas * price + value", nil}, false, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, is := revertOf(c.said)
			require.Equal(t, c.is, is)
			if is {
				require.Equal(t, c.name, r.Name)
				require.Equal(t, c.code, r.code())
			}
		})
	}
}

func customErrorData(name string) []byte {
	for _, custom := range customErrors() {
		if custom.Name == name {
			return custom.ID[:4]
		}
	}
	return nil
}

func word(n byte) string { return hexutil.Encode(append(make([]byte, 31), n))[2:] }
