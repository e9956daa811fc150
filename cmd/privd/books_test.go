package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"privd/api/oas"
	"privd/chain/chaintest"
	"privd/chain/voucher"
	"privd/market"
	"privd/storage/repo"
)

var parsing sync.Mutex

// command runs a command line in this process and returns what it printed and its
// exit code.
func command(t testing.TB, args ...string) (stdout, stderr string, exit int) {
	t.Helper()
	var out, errs bytes.Buffer
	// The flags of help are variables of the library.
	parsing.Lock()
	defer parsing.Unlock()
	app := newApp()
	app.Writer, app.ErrWriter = &out, &errs
	args, err := arrange(app, append([]string{"privd"}, args...))
	if err == nil {
		err = app.RunContext(t.Context(), args)
	}
	if err == nil {
		return out.String(), errs.String(), exitOK
	}
	return out.String(), errs.String() + describe(t.Context(), err), exitCode(t.Context(), err)
}

// nodeThat makes a repo whose node answers as told, and returns its directory.
func nodeThat(t testing.TB, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	dir := repo.Dir(filepath.Join(t.TempDir(), "repo"))
	require.NoError(t, os.MkdirAll(string(dir), 0o700))
	for path, content := range map[string]string{dir.Version(): "1\n", dir.API(): server.URL + "\n", dir.Token(): "op_x\n"} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return string(dir)
}

// An audit prints what was compared and each difference, and exits 1 when there is
// one; also when the node could not finish, it does not claim that all is well.
func TestAuditCommand(t *testing.T) {
	t.Parallel()
	const result = `{"done":false,"stage":"comparing sales","block":9,"to_block":9,"checked":4,"differences":%[1]d,"result":{"check":"sales","what":"each sale","count":4,"waiting":2,"differences":%[1]d,"notes":["a note"]}}` + "\n"
	const difference = `{"done":false,"stage":"comparing sales","block":9,"to_block":9,"checked":4,"differences":1,"difference":{"check":"sales","subject":"0xabc","message":"1 PRIV too much"}}` + "\n"
	const end = `{"done":true,"stage":"comparing sales","block":9,"to_block":9,"checked":4,"differences":%d}` + "\n"
	for _, test := range []struct {
		name, answer string
		exit         int
		out          []string
	}{
		{"no difference", fmt.Sprintf(result+end, 0, 0), 0, []string{"sales  4         ok, 2 under way  each sale", "a note", "4 things compared, up to block 9: no difference"}},
		{"a difference", difference + fmt.Sprintf(result+end, 1, 1), 1, []string{"different: sales: 0xabc: 1 PRIV too much", "1 differ, 2 under way"}},
		{"not finished", `{"done":true,"stage":"reading","block":1,"to_block":9,"checked":0,"differences":0,"error":"the chain is away"}` + "\n", 11, nil},
		{"broken off", fmt.Sprintf(result, 0), 11, nil},
	} {
		dir := nodeThat(t, func(w http.ResponseWriter, r *http.Request) {
			require.Equal(t, "POST /api/v1/node/audit", r.Method+" "+r.URL.Path)
			_, _ = io.WriteString(w, test.answer)
		})
		out, errs, exit := command(t, "--repo", dir, "audit")
		require.Equal(t, test.exit, exit, "%s: %s", test.name, errs)
		for _, want := range test.out {
			require.Contains(t, out, want, test.name)
		}
		if test.exit != 0 {
			require.NotContains(t, out, "no difference", test.name)
		}
		out, _, exit = command(t, "--repo", dir, "audit", "--json")
		require.Equal(t, test.exit, exit)
		require.Equal(t, strings.Count(test.answer, "\n"), strings.Count(out, "\n"), "each line as it came: %s", out)
	}
}

// TestVoucherCommand has a saved voucher paid with no repo and no node: it is
// checked, then paid, and then it pays nothing more.
func TestVoucherCommand(t *testing.T) {
	t.Parallel()
	net := chaintest.Start(t)
	operator, payer, user := net.Account(t), net.Account(t), chaintest.NewKey(t)
	v := voucher.Voucher{ChainID: net.Config.ChainID, Token: net.Config.Contracts.PRIV, Contract: net.Config.Contracts.Rewards,
		Operator: operator.Address(), Account: user.Address(), Amount: chaintest.PRIV(t, "12.5")}
	v.Signature = operator.Sign(t, v.Digest())
	shown := oas.Voucher{ChainID: v.ChainID, Token: v.Token.Hex(), Contract: v.Contract.Hex(), Operator: v.Operator.Hex(), Account: v.Account.Hex(),
		Cumulative: json.Number(v.Amount.PRIV()), CumulativeWei: v.Amount.String(), Signature: "0x" + hex.EncodeToString(v.Signature[:])}
	nodes := nodeThat(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"success": true, "data": oas.Claim{ClaimID: "claim_x", Voucher: &shown}})
	})
	dir := t.TempDir()
	file, key := filepath.Join(dir, "voucher.json"), filepath.Join(dir, "key")
	_, errs, exit := command(t, "--repo", nodes, "voucher", "claim_x", "-o", file)
	require.Equal(t, 0, exit, errs)
	require.NoError(t, os.WriteFile(key, []byte(hexutil.Encode(crypto.FromECDSA(payer.Private()))+"\n"), 0o600))
	nowhere := []string{"--repo", filepath.Join(dir, "nowhere")}
	redeem := func(more ...string) (string, string, int) {
		return command(t, append(append(nowhere, "voucher", "redeem", file, "--rpc", net.URL), more...)...)
	}
	_, errs, exit = redeem()
	require.Equal(t, 2, exit, errs)
	_, errs, exit = redeem("--check")
	require.Equal(t, 9, exit, errs)
	require.Contains(t, errs, "fund holds 0 PRIV, and 12.5 PRIV are due")
	net.FundRewards(t, operator.Address(), chaintest.PRIV(t, "20"))
	out, errs, exit := redeem("--check")
	require.Equal(t, 0, exit, errs)
	require.Contains(t, out, "12.5 PRIV")
	out, errs, exit = redeem("--key-file", key, "--json")
	require.Equal(t, 0, exit, errs)
	require.Contains(t, out, `"paid_wei": "12500000000000000000"`)
	paid, err := net.Client(t).PRIV().Balance(t.Context(), user.Address())
	require.NoError(t, err)
	require.Equal(t, v.Amount, paid)
	_, errs, exit = redeem("--key-file", key)
	require.Equal(t, 6, exit, errs)
	require.Contains(t, errs, "pays nothing")

	require.NoError(t, os.WriteFile(key, []byte("not a key, but long enough to be a secret"), 0o600))
	_, errs, exit = redeem("--key-file", key)
	require.NotZero(t, exit)
	require.NotContains(t, errs, "secret")
	changed := strings.Replace(readFile(t, file), "12500000000000000000", "13000000000000000000", 1)
	require.NoError(t, os.WriteFile(file, []byte(changed), 0o600))
	_, errs, exit = redeem("--check")
	require.Equal(t, 2, exit, errs)
	require.Contains(t, errs, "signature is not the operator's")
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(raw)
}

// Every flag and argument that takes money refuses what is no exact amount, by its
// name, and asks no node before it does.
func TestMoneyFlags(t *testing.T) {
	t.Parallel()
	dir := nodeThat(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asked %s", r.URL) })
	table := filepath.Join(t.TempDir(), "table.csv")
	require.NoError(t, os.WriteFile(table, []byte("a,b\n1,2\n"), 0o600))
	for _, row := range []struct {
		name     string
		decimals int
		line     func(amount string) []string
	}{
		{"--price", market.PRIVDecimals, func(a string) []string { return []string{"sell", "contrib_1", "--title", "x", "--price=" + a} }},
		{"--price-priv", market.PRIVDecimals, func(a string) []string {
			return []string{"dataset", "add", table, "--name", "x", "--data-type", "defi", "--price-priv=" + a}
		}},
		{"--price-usdc", market.USDCDecimals, func(a string) []string {
			return []string{"dataset", "add", table, "--name", "x", "--data-type", "defi", "--price-priv", "1", "--price-usdc=" + a}
		}},
		{"--price-priv", market.PRIVDecimals, func(a string) []string { return []string{"dataset", "price", "x", "--price-priv=" + a} }},
		{"--price-usdc", market.USDCDecimals, func(a string) []string { return []string{"dataset", "price", "x", "--price-usdc=" + a} }},
		{"--min-price", market.PRIVDecimals, func(a string) []string { return []string{"browse", "--min-price=" + a} }},
		{"--max-price", market.PRIVDecimals, func(a string) []string { return []string{"browse", "--max-price=" + a} }},
		{"--min-price", market.PRIVDecimals, func(a string) []string { return []string{"browse", "--data-type", "defi", "--min-price=" + a} }},
		{"--max-price", market.PRIVDecimals, func(a string) []string { return []string{"browse", "--data-type", "defi", "--max-price=" + a} }},
		{"AMOUNT", market.PRIVDecimals, func(a string) []string { return []string{"stake", "--", a} }},
		{"AMOUNT", market.PRIVDecimals, func(a string) []string { return []string{"unstake", "--", a} }},
		{"AMOUNT", market.PRIVDecimals, func(a string) []string { return []string{"fund", "--", a} }},
		{"--withdraw", market.PRIVDecimals, func(a string) []string { return []string{"fund", "--withdraw=" + a} }},
		{"AMOUNT", market.PRIVDecimals, func(a string) []string {
			return []string{"credit", "--source", "labeling", "--key", "sk", "--", "usr_x", a}
		}},
		{"--priv", market.PRIVDecimals, func(a string) []string { return []string{"dev", "faucet", "0x1", "--priv=" + a} }},
		{"--usdc", market.USDCDecimals, func(a string) []string { return []string{"dev", "faucet", "0x1", "--usdc=" + a} }},
		{"--eth", etherDecimals, func(a string) []string { return []string{"dev", "faucet", "0x1", "--eth=" + a} }},
	} {
		for _, amount := range []string{
			"-1", "+1", " 1", "1 ", "1,5", "1.", ".5", "x", "0x10", "1e", "1e+", "1_000", "Inf", "NaN", "\u0661", "1.5.5",
			"0." + strings.Repeat("0", row.decimals) + "1", "1e-" + fmt.Sprint(row.decimals+1), "1e78", strings.Repeat("9", 79),
		} {
			_, errs, exit := command(t, append([]string{"--repo", dir}, row.line(amount)...)...)
			require.Equal(t, 2, exit, "%v: %s", row.line(amount), errs)
			require.Contains(t, errs, row.name, "%v", row.line(amount))
		}
	}
}
