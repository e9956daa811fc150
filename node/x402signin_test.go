package node_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"privd/chain/chaintest"
	"privd/market/x402"
)

// challenge is the sign-in that a 402 offers.
type challenge struct {
	Info struct {
		Domain, URI, Version, Nonce, IssuedAt, ExpirationTime, Statement string
		Resources                                                        []string
	}
	SupportedChains []struct{ ChainID, Type string }
}

// challenged reads the challenge of a 402; false when there is none.
func challenged(t *testing.T, a answered) (c challenge, found bool) {
	t.Helper()
	require.Equal(t, 402, a.status, a.body)
	raw, err := base64.StdEncoding.DecodeString(a.header.Get(x402.HeaderRequired))
	require.NoError(t, err)
	var required struct {
		Extensions map[string]json.RawMessage
	}
	require.NoError(t, json.Unmarshal(raw, &required))
	extension, found := required.Extensions[x402.ExtensionSignIn]
	if found {
		require.NoError(t, json.Unmarshal(extension, &c))
	}
	return c, found
}

// text is what a wallet signs: the message of EIP-4361, written by hand.
func (c challenge) text(account string) string {
	return fmt.Sprintf("%s wants you to sign in with your Ethereum account:\n%s\n\n%s\n\nURI: %s\nVersion: %s\nChain ID: %s\nNonce: %s\nIssued At: %s\nExpiration Time: %s\nResources:\n- %s",
		c.Info.Domain, account, c.Info.Statement, c.Info.URI, c.Info.Version, strings.TrimPrefix(c.SupportedChains[0].ChainID, "eip155:"),
		c.Info.Nonce, c.Info.IssuedAt, c.Info.ExpirationTime, c.Info.Resources[0])
}

// signIn answers a challenge as the standard's client does, with some members changed
// after it was signed.
func (c challenge) signIn(t *testing.T, key chaintest.Key, changes map[string]any) string {
	t.Helper()
	account := key.Address().Hex()
	signature, err := crypto.Sign(accounts.TextHash([]byte(c.text(account))), key.Private())
	require.NoError(t, err)
	signature[64] += 27
	fields := map[string]any{
		"domain": c.Info.Domain, "address": account, "statement": c.Info.Statement, "uri": c.Info.URI, "version": c.Info.Version,
		"chainId": c.SupportedChains[0].ChainID, "type": c.SupportedChains[0].Type, "nonce": c.Info.Nonce, "issuedAt": c.Info.IssuedAt,
		"expirationTime": c.Info.ExpirationTime, "resources": c.Info.Resources, "signature": "0x" + hex.EncodeToString(signature),
	}
	maps.Copy(fields, changes)
	raw, err := json.Marshal(fields)
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(raw)
}

// TestX402SignIn: who has paid signs in to have it again, a few times; who has not, or
// signs something else, does not. A name that the node was not told of is no host to
// sign in at.
func TestX402SignIn(t *testing.T) {
	t.Parallel()
	c, alice := newCounter(t)
	buyer, stranger := c.buyer(t, 200), c.buyer(t, 0)
	url := c.base + "/download"
	ask := func() challenge {
		got, found := challenged(t, call402(t, "GET", url))
		require.True(t, found)
		return got
	}
	signedIn := func(in string) answered { return call402(t, "GET", url, x402.HeaderSignIn, in) }

	first := ask()
	require.Equal(t, 402, signedIn(first.signIn(t, buyer, nil)).status, "nothing was bought yet")
	require.Equal(t, 200, call402(t, "GET", url, "X-Payment", c.header(t, buyer, c.authorize(t, buyer))).status)
	require.Equal(t, c.file, signedIn(first.signIn(t, buyer, nil)).body, "a sign-in that opened nothing may be shown again")
	used := signedIn(first.signIn(t, buyer, nil))
	require.Equal(t, 400, used.status)
	require.Contains(t, used.body, "invalid_siwx_nonce")
	require.Equal(t, 402, signedIn(ask().signIn(t, stranger, nil)).status, "it is the stranger, who bought nothing")

	for name, change := range map[string]struct {
		fields map[string]any
		reason string
	}{
		"somebody else":    {map[string]any{"address": stranger.Address().Hex()}, "invalid_siwx_signature"},
		"another resource": {map[string]any{"uri": c.Nodes[0].URL() + "/api/datasets/weather/download"}, "invalid_siwx_uri_mismatch"},
		"another host":     {map[string]any{"uri": "https://evil.example/api/datasets/prices/download"}, "invalid_siwx_uri_mismatch"},
		"another chain":    {map[string]any{"chainId": "eip155:1"}, "invalid_siwx_unsupported_chain"},
		"another nonce":    {map[string]any{"nonce": strings.Repeat("0", 32)}, "invalid_siwx_nonce"},
		"another moment":   {map[string]any{"issuedAt": "2126-01-01T00:00:00.000Z"}, "invalid_siwx_nonce"},
		"no signature":     {map[string]any{"signature": "0x"}, "invalid_siwx_payload"},
		"another kind":     {map[string]any{"type": "ed25519"}, "invalid_siwx_payload"},
	} {
		t.Run(name, func(t *testing.T) {
			got := signedIn(ask().signIn(t, buyer, change.fields))
			require.Equal(t, 400, got.status, got.body)
			require.Contains(t, got.body, change.reason)
			require.Empty(t, got.header.Get(x402.HeaderRequired))
		})
	}

	// A site that shows the node's challenge to those who visit it gets none.
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	r.Host = "evil.example"
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	if answer.StatusCode == 402 {
		_, found := challenged(t, answered{answer.StatusCode, answer.Header, ""})
		require.False(t, found)
	}

	// Details and a token for who bought the dataset; then, off sale, the file; and no
	// more than five times in all.
	got, found := challenged(t, call402(t, "GET", c.base))
	require.True(t, found)
	details := call402(t, "GET", c.base, x402.HeaderSignIn, got.signIn(t, buyer, nil))
	require.Equal(t, 200, details.status, details.body)
	require.Contains(t, details.body, "authorizationToken")
	last := ask()
	c.pause(t, alice, "prices")
	require.Equal(t, 404, call402(t, "GET", url).status)
	require.Equal(t, 404, signedIn(last.signIn(t, stranger, nil)).status)
	require.Equal(t, 404, call402(t, "GET", url, "X-Payment", c.header(t, buyer, c.authorize(t, buyer))).status, "what is off sale takes no money")
	off := signedIn(last.signIn(t, buyer, nil))
	require.Equal(t, 200, off.status, off.body)
	require.Equal(t, c.file, off.body)
	require.Equal(t, "50", c.earned(t))
}

// TestX402Identifier pays with an id of the client's own, which opens the goods again
// after a lost answer, and off sale.
func TestX402Identifier(t *testing.T) {
	t.Parallel()
	c, alice := newCounter(t)
	buyer := c.buyer(t, 100)
	a := c.authorize(t, buyer)
	v, rr, s := buyer.Sign(t, c.till.Digest(a)).VRS()
	with := func(id string) string {
		raw, err := json.Marshal(map[string]any{
			"x402Version": 2, "payload": map[string]any{
				"signature": fmt.Sprintf("0x%x%x%02x", rr, s, v), "authorization": map[string]string{
					"from": a.From.Hex(), "to": a.To.Hex(), "value": a.Value.String(), "validAfter": fmt.Sprint(a.ValidAfter), "validBefore": fmt.Sprint(a.ValidBefore), "nonce": a.Nonce.String(),
				},
			},
			"accepted": map[string]any{
				"scheme": "exact", "network": x402.CAIP2(c.till.Token.ChainID), "amount": a.Value.String(), "asset": c.till.Token.Address.Hex(), "payTo": c.till.PayTo.Hex(),
			},
			"extensions": map[string]any{x402.ExtensionIdentifier: map[string]any{"info": map[string]any{"required": false, "id": id}}},
		})
		require.NoError(t, err)
		return base64.StdEncoding.EncodeToString(raw)
	}
	url, id := c.base+"/download", "pay_239d73ce71704387ada44d46cf765974"
	for range 2 {
		got := call402(t, "GET", url, x402.HeaderSignature, with(id))
		require.Equal(t, []any{200, c.file}, []any{got.status, got.body})
	}
	require.Equal(t, 409, call402(t, "GET", url, x402.HeaderSignature, with("pay_00000000000000000000000000000000")).status)
	c.pause(t, alice, "prices")
	require.Equal(t, 409, call402(t, "GET", url, x402.HeaderSignature, with("pay_00000000000000000000000000000000")).status)
	got := call402(t, "GET", url, x402.HeaderSignature, with(id))
	require.Equal(t, 200, got.status, got.body)
	require.Equal(t, c.file, got.body)
	require.Equal(t, "50", c.earned(t))
}
