//go:build stock

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"privd/chain/chaintest"
	"privd/market/x402"
)

// stockAnswer is what a stock client printed.
type stockAnswer struct {
	Status               int
	Type, ETag, Token    string
	Receipt, Payment     string
	Body                 []byte
	Success              bool
	Transaction, Network string
	Payer                string
}

// TestStockClients lets unmodified clients, as npm installs them, buy from a node: with
// keys that hold no ether, for details, for a token and for the file; what they pay
// with opens nothing twice.
func TestStockClients(t *testing.T) {
	t.Run("version 2 on a development chain", func(t *testing.T) {
		n := startNet(t, "--nodes", "1", "--fixtures", "docs")
		stockBuys(t, n, "v2", "eip155:31337", "eip155:31337")
	})
	anvil := chaintest.RunAnvil(t, 0, "--chain-id", "84532")
	n := startNet(t, "--nodes", "1", "--fixtures", "docs", "--chain", anvil.URL)
	for client, shown := range map[string]string{"v1": "base-sepolia", "v2": "eip155:84532"} {
		t.Run(client+" on base-sepolia's chain id", func(t *testing.T) { stockBuys(t, n, client, "eip155:84532", shown) })
	}
}

func stockBuys(t *testing.T, n *testNet, client, network, shown string) {
	require.NotNil(t, n.file.Nodes[0].X402)
	base := *n.file.Nodes[0].X402 + "/api/datasets/binance-crypto-prices"
	buyer, err := crypto.GenerateKey()
	require.NoError(t, err)
	address := crypto.PubkeyToAddress(buyer.PublicKey).Hex()
	require.NoError(t, n.operator(0).Send(t.Context(), http.MethodPost, "/dev/faucet", map[string]any{"address": address, "usdc": 150}, nil))
	pays := func(method, url string) stockAnswer {
		t.Helper()
		a := runStock(t, client, url, method, hexutil.Encode(crypto.FromECDSA(buyer)), network, n.file.Contracts.USDC.Hex())
		require.Equal(t, 200, a.Status, string(a.Body))
		require.True(t, a.Success)
		require.Equal(t, shown, a.Network)
		require.True(t, strings.EqualFold(address, a.Payer), a.Payer)
		require.Len(t, a.Transaction, 66)
		return a
	}

	details := pays("GET", base)
	require.Contains(t, string(details.Body), `"columns":[{"name":"symbol","type":"string"}`)
	require.NotContains(t, string(details.Body), "authorizationToken")

	file := pays("GET", base+"/download")
	require.True(t, strings.HasPrefix(string(file.Body), "symbol,price,volume_24h,timestamp\nBTCUSDT,68123.45,34567.89,2024-05-22T10:00:00Z\n"))
	require.Len(t, file.Body, 1228)
	require.True(t, strings.HasPrefix(file.Type, "text/csv"), file.Type)
	status, body := shows(t, base+"/download", header(client), file.Payment)
	require.Equal(t, 409, status, body)
	require.Contains(t, body, file.Transaction)
	status, _ = shows(t, base+"/download", "Authorization", "Bearer "+file.Token)
	require.Equal(t, 402, status, "the download was done")

	if client == "v1" {
		// Its fetch wrapper repeats the method with the payment; the document's POST is
		// bought with the same money by version 2.
		return
	}
	// It lost the file: it signs in and has it again, and pays nothing.
	again := runStock(t, client, base+"/download", "GET", hexutil.Encode(crypto.FromECDSA(buyer)), network, n.file.Contracts.USDC.Hex(), "sign in")
	require.Equal(t, 200, again.Status, string(again.Body))
	require.Equal(t, file.Body, again.Body)
	require.Empty(t, again.Payment)
	require.Empty(t, again.Receipt)
	access := pays("POST", base)
	var answer struct {
		Data struct{ AuthorizationToken string }
	}
	require.NoError(t, json.Unmarshal(access.Body, &answer))
	status, body = shows(t, base+"/download", "Authorization", "Bearer "+answer.Data.AuthorizationToken)
	require.Equal(t, 200, status)
	require.Equal(t, string(file.Body), body)
	status, _ = shows(t, base+"/download", "Authorization", "Bearer "+answer.Data.AuthorizationToken)
	require.Equal(t, 402, status)
}

func header(client string) string {
	if client == "v1" {
		return x402.HeaderPayment
	}
	return x402.HeaderSignature
}

// shows sends a request with one header.
func shows(t *testing.T, url, name, value string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	r.Header.Set(name, value)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	var body bytes.Buffer
	_, err = body.ReadFrom(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, body.String()
}

// runStock pays a URL with a stock client, in a process of its own.
func runStock(t *testing.T, client string, args ...string) (a stockAnswer) {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("testdata", "x402", client))
	require.NoError(t, err)
	_, err = os.Stat(filepath.Join(dir, "node_modules"))
	require.NoError(t, err, "make test-x402 installs the clients")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", append([]string{"pay.mjs"}, args...)...)
	cmd.Dir = dir
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	require.NoError(t, cmd.Run(), complaints.String())
	require.NoError(t, json.Unmarshal(out.Bytes(), &a), out.String())
	if a.Receipt == "" {
		return a
	}
	receipt, err := base64.StdEncoding.DecodeString(a.Receipt)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(receipt, &a), string(receipt))
	return a
}
