package sim

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A server that has stopped at a block answers as if there were none above, and one
// that fails does so until it is healed.
func TestProxy(t *testing.T) {
	t.Parallel()
	var asked string
	chain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = string(body)
		result := `"0x64"`
		if strings.Contains(asked, "eth_getTransactionReceipt") {
			result = `{"blockNumber":"0x64"}`
		}
		_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":`+result+`}`)
	}))
	defer chain.Close()
	seen := &watch{marks: map[string]string{"geheim": "a secret"}}
	p, err := startProxy(chain.URL, 1, seen)
	require.NoError(t, err)
	defer p.close()
	call := func(method, params string) (string, error) {
		answer, err := http.Post(p.url, "application/json", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":`+params+`}`))
		if err != nil {
			return "", err
		}
		defer answer.Body.Close()
		var m message
		err = json.NewDecoder(answer.Body).Decode(&m)
		return string(m.Result), err
	}
	result := func(method, params string) string {
		asked = ""
		got, err := call(method, params)
		require.NoError(t, err)
		return got
	}
	require.Equal(t, `"0x64"`, result("eth_blockNumber", "[]"))

	which := p.set(FaultStale, 0x60)
	require.Equal(t, `"0x60"`, result("eth_blockNumber", "[]"))
	require.Equal(t, "null", result("eth_getBlockByNumber", `["0x61",false]`))
	require.Empty(t, asked)
	require.Equal(t, "null", result("eth_getTransactionReceipt", `["0x00"]`))
	require.Equal(t, "[]", result("eth_getLogs", `[{"fromBlock":"0x61","toBlock":"0x64"}]`))
	result("eth_getLogs", `[{"fromBlock":"0x50"}]`)
	require.Contains(t, asked, `"toBlock":"0x60"`)
	result("eth_getTransactionCount", `["0x00","latest"]`)
	require.Contains(t, asked, `"0x60"`)
	result("eth_call", `[{}]`)
	require.Contains(t, asked, `"0x60"`)

	p.set(FaultDown, 0)
	p.heal(which) // ended already
	_, err = call("eth_blockNumber", "[]")
	require.Error(t, err)
	p.set(FaultSwallow, 0)
	result("eth_sendRawTransaction", `["0x00"]`)
	require.Empty(t, asked)
	p.heal(p.set(FaultChain, 0))
	require.Equal(t, `"0x64"`, result("eth_chainId", "[]"))
	require.Empty(t, seen.leaked)
	result("eth_sendRawTransaction", `["geheim"]`)
	require.NotEmpty(t, seen.leaked)
}
