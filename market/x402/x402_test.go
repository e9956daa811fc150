package x402_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/seal"
	"privd/market/x402"
)

// What stock clients sent: @x402/fetch 2.27.0 on chain 31337, x402-fetch 1.2.0 on
// chain 84532 under the name base-sepolia.
const (
	sentV2 = `{"x402Version":2,
 "payload":{"authorization":{"from":"0x90F79bf6EB2c4f870365E785982E1f101E93b906","to":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
   "value":"50000000","validAfter":"0","validBefore":"1795324949",
   "nonce":"0x391e02a88b5c94e1e0cf4eb61d9a38acb88e3472ee43231ffdcd87eb1bbbfeb3"},
  "signature":"0x798029c512e3dbec437ede3cafd121df90e960367bcad1291808a43340d721995d557a0517bd7ba9df376a0085fb398a03f2e547cfb697b514b80939d453a5421b"},
 "resource":{"url":"http://127.0.0.1:4401/data","description":"dataset","mimeType":"text/csv"},
 "accepted":{"scheme":"exact","network":"eip155:31337","amount":"50000000","asset":"0x5fbdb2315678afecb367f032d93f642f64180aa3",
   "payTo":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8","maxTimeoutSeconds":120,"extra":{"name":"Mock USDC","version":"1"}}}`
	sentV1 = `{"x402Version":1,"scheme":"exact","network":"base-sepolia",
 "payload":{"signature":"0xd775911e8ee668b2b58218234f393eb14d1ad33123e116b545ce46ac6a467109270395d354ac5a98be63c740faf2c1adf31f1e970a905be5a9fcf3496691873e1b",
  "authorization":{"from":"0x90F79bf6EB2c4f870365E785982E1f101E93b906","to":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
   "value":"50000000","validAfter":"1795324234","validBefore":"1795324954",
   "nonce":"0xcfd6eace167053e6729d3a5e4c081b70d65eed4a4dc6dd72b03ef99be88ac250"}}}`
	// What the datasets API shows.
	printed = `eyJzY2hlbWUiOiJleGFjdCIsIm5ldHdvcmsiOiJsb2NhbGhvc3QiLCJwYXlsb2FkIjp7ImZyb20iOiIweDcwOTk3OTcwQzUxODEyZGMzQTAxMEM3ZDAxYjUwZTBkMTdkYzc5QzgiLCJ0byI6IjB4NzA5OTc5NzBDNTE4MTJkYzNBMDEwQzdkMDFiNTBlMGQxN2RjNzlDOCIsInZhbHVlIjoiNTAwMDAwMDAiLCJ2YWxpZEFmdGVyIjoiMCIsInZhbGlkQmVmb3JlIjoiMTcxNjM4NzYwMCIsIm5vbmNlIjoiMHgxMjM0NTY3ODkwYWJjZGVmIn0sInNpZ25hdHVyZSI6IjB4YWJjZGVmIn0=`
)

func till(chainID uint64) x402.Till {
	return x402.Till{
		Token:   seal.Contract{Name: "Mock USDC", Version: "1", ChainID: chainID, Address: common.HexToAddress("0x5fbdb2315678afecb367f032d93f642f64180aa3")},
		PayTo:   common.HexToAddress("0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
		Timeout: 120,
	}
}

var offers = []x402.Offer{{Amount: market.Wei(500_000), Buys: x402.Details}, {Amount: market.Wei(50_000_000), Buys: x402.Access}}

func header(text string) []string { return []string{base64.StdEncoding.EncodeToString([]byte(text))} }

// documented is what sentV2 says in the documented dialect.
var documented = `{"scheme":"exact","network":"localhost","payload":{"from":"0x90F79bf6EB2c4f870365E785982E1f101E93b906","to":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
   "value":"50000000","validAfter":"0","validBefore":"1795324949","nonce":"0x391e02a88b5c94e1e0cf4eb61d9a38acb88e3472ee43231ffdcd87eb1bbbfeb3"},
  "signature":"0x798029c512e3dbec437ede3cafd121df90e960367bcad1291808a43340d721995d557a0517bd7ba9df376a0085fb398a03f2e547cfb697b514b80939d453a5421b"}`

// TestStockClients takes what stock clients were seen to send.
func TestStockClients(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		signature, payment []string
		chain              uint64
		dialect            x402.Dialect
	}{
		"version 2": {signature: header(sentV2), chain: 31337, dialect: x402.V2}, "version 2 under the old name": {payment: header(sentV2), chain: 31337, dialect: x402.V2},
		"version 1": {payment: header(sentV1), chain: 84532, dialect: x402.V1}, "documented": {payment: header(documented), chain: 31337, dialect: x402.Documented},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := x402.Read(c.signature, c.payment)
			require.NoError(t, err)
			require.Equal(t, c.dialect, p.Dialect)
			got, err := till(c.chain).Check(p, offers, 1795324900)
			require.NoError(t, err)
			require.Equal(t, x402.Access, got.Buys)
			require.Equal(t, "0x90F79bf6EB2c4f870365E785982E1f101E93b906", p.From.Hex())
		})
	}
}

// TestRefused alters what a stock client sent, one thing at a time.
func TestRefused(t *testing.T) {
	t.Parallel()
	swap := func(from, to string) string {
		out := strings.ReplaceAll(sentV2, from, to)
		if out == sentV2 {
			panic("nothing to swap: " + from)
		}
		return out
	}
	const now = 1795324900
	for name, c := range map[string]struct {
		sent string
		now  uint64
		want x402.Reason
	}{
		"scheme":               {swap(`"scheme":"exact"`, `"scheme":"upto"`), now, x402.InvalidScheme},
		"network":              {swap("eip155:31337", "eip155:1"), now, x402.InvalidNetwork},
		"name of version 1":    {swap("eip155:31337", "base-sepolia"), now, x402.InvalidNetwork},
		"asset":                {swap("0x5fbdb2315678afecb367f032d93f642f64180aa3", "0x5fbdb2315678afecb367f032d93f642f64180aa4"), now, x402.InvalidAsset},
		"payee":                {swap("0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "0x70997970C51812dc3A010C7d01b50e0d17dc79C9"), now, x402.InvalidRecipient},
		"payee said otherwise": {swap(`"payTo":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8"`, `"payTo":"0x70997970C51812dc3A010C7d01b50e0d17dc79C9"`), now, x402.InvalidRecipient},
		"payer":                {swap("0x90F79bf6EB2c4f870365E785982E1f101E93b906", "0x90F79bf6EB2c4f870365E785982E1f101E93b907"), now, x402.InvalidSignature},
		"payer is the payee":   {swap("0x90F79bf6EB2c4f870365E785982E1f101E93b906", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"), now, x402.InvalidRecipient},
		"amount":               {swap("50000000", "50000001"), now, x402.InvalidValue},
		"too little":           {swap("50000000", "49999999"), now, x402.InvalidValue},
		"another price":        {swap(`"value":"50000000"`, `"value":"500000"`), now, x402.InvalidValue},
		"expired":              {sentV2, 1795324949, x402.InvalidValidBefore},
		"about to expire":      {sentV2, 1795324944, x402.InvalidValidBefore},
		"not yet valid":        {swap(`"validAfter":"0"`, `"validAfter":"1795324900"`), now, x402.InvalidValidAfter},
		"other times":          {swap(`"validAfter":"0"`, `"validAfter":"1"`), now, x402.InvalidSignature},
		"nonce":                {swap("391e02a8", "391e02a9"), now, x402.InvalidSignature},
		"nonce too short":      {swap("391e02a8", ""), now, x402.InvalidPayload},
		"high s":               {swap("5d557a0517bd7ba9df376a0085fb398a03f2e547cfb697b514b80939d453a5421b", "a2aa85fae842845620c895ff7a04c673b6bbf29edf93088aab1a55530be29eff1c"), now, x402.InvalidPayload},
		"64-byte signature":    {swap("5421b", "542"), now, x402.InvalidPayload},
		"sign":                 {swap(`"value":"50000000"`, `"value":"+50000000"`), now, x402.InvalidPayload},
		"number":               {swap(`"value":"50000000"`, `"value":50000000`), now, x402.InvalidPayload},
		"exponent":             {swap(`"value":"50000000"`, `"value":"5e7"`), now, x402.InvalidPayload},
		"huge":                 {swap(`"value":"50000000"`, `"value":"`+strings.Repeat("9", 78)+`"`), now, x402.InvalidPayload},
		"time out of range":    {swap(`"validBefore":"1795324949"`, `"validBefore":"1099511627776"`), now, x402.InvalidPayload},
		"given twice":          {swap(`"value":"50000000"`, `"value":"50000000","value":"50000000"`), now, x402.InvalidPayload},
		"other case":           {swap(`"value"`, `"Value"`), now, x402.InvalidPayload},
		"version":              {swap(`"x402Version":2`, `"x402Version":3`), now, x402.InvalidVersion},
		"more":                 {sentV2 + "{}", now, x402.InvalidPayload},
		"deep":                 {swap(`{"url"`, strings.Repeat(`{"a":`, 20)+`1`+strings.Repeat(`}`, 19)+`,"b":{"url"`), now, x402.InvalidPayload},
		"no object":            {"[]", now, x402.InvalidPayload},
		"short identifier":     {swap(`"x402Version":2`, `"x402Version":2,"extensions":{"payment-identifier":{"info":{"id":"short"}}}`), now, x402.InvalidPayload},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := x402.Read(header(c.sent), nil)
			if err == nil {
				_, err = till(31337).Check(p, offers, c.now)
			}
			var refused *x402.Refusal
			require.ErrorAs(t, err, &refused)
			require.Equal(t, c.want, refused.Reason, refused.Message)
		})
	}
	for name, c := range map[string]struct{ signature, payment []string }{
		"both headers": {header(sentV2), header(sentV1)}, "twice": {append(header(sentV2), header(sentV2)...), nil}, "not base64": {[]string{"{}"}, nil},
		"what the document prints": {nil, []string{printed}}, "too long": {[]string{strings.Repeat("A", x402.MaxPayment+4)}, nil},
		"version 1 in the header of version 2": {header(sentV1), nil},
	} {
		_, err := x402.Read(c.signature, c.payment)
		var refused *x402.Refusal
		require.ErrorAs(t, err, &refused, name)
		require.True(t, refused.Malformed(), name)
	}
	_, err := x402.Read(nil, nil)
	require.ErrorIs(t, err, x402.ErrNoPayment)
}

// TestChallenge: each dialect finds its own in one answer.
func TestChallenge(t *testing.T) {
	t.Parallel()
	c := x402.Challenge{
		Till: till(31337), Offers: offers[:1], Documented: []x402.Offer{offers[1], offers[0]},
		Resource: x402.Resource{URL: "https://node.example/api/datasets/prices", Description: "Prices", MIME: "application/json", Service: "a node", Tags: []string{"a", "bücher", "c"}},
	}
	raw, err := base64.StdEncoding.DecodeString(c.Header())
	require.NoError(t, err)
	require.JSONEq(t, `{"x402Version":2,"error":"Payment required","resource":{"url":"https://node.example/api/datasets/prices","description":"Prices","mimeType":"application/json","serviceName":"a node","tags":["a","c"]},
 "accepts":[{"scheme":"exact","network":"eip155:31337","amount":"500000","asset":"0x5FbDB2315678afecb367f032d93F642f64180aa3","payTo":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8","maxTimeoutSeconds":120,"extra":{"name":"Mock USDC","version":"1","paymentFlow":"upfront"}}],
 "extensions":{}}`, string(raw))

	var body struct {
		Version  int    `json:"x402Version"`
		Error    string `json:"error"`
		Accepts  []map[string]any
		Required struct {
			Requirements []map[string]any `json:"paymentRequirements"`
		} `json:"paymentRequired"`
	}
	require.NoError(t, json.Unmarshal(c.Body(), &body))
	require.Equal(t, 2, body.Version)
	require.Equal(t, "Payment required", body.Error)
	require.Equal(t, []any{"50000000", "500000"}, []any{body.Required.Requirements[0]["maxAmountRequired"], body.Required.Requirements[1]["maxAmountRequired"]})
	for name, want := range map[string]any{"scheme": "exact", "network": "localhost", "payTo": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "buys": "dataset"} {
		require.Equal(t, want, body.Required.Requirements[0][name])
	}

	c.Till = till(84532)
	require.NoError(t, json.Unmarshal(c.Body(), &body))
	require.Equal(t, 1, body.Version)
	require.Equal(t, "base-sepolia", body.Accepts[0]["network"])
	require.Equal(t, "500000", body.Accepts[0]["maxAmountRequired"])
	require.NotContains(t, body.Accepts[0], "outputSchema")

	c.Resource.Description = strings.Repeat("long ", 4000)
	require.Less(t, len(c.Header()), 8<<10)
}

// TestReceipt tells a client of its payment in its own words.
func TestReceipt(t *testing.T) {
	t.Parallel()
	r := x402.Receipt{Dialect: x402.V2, Network: "eip155:31337", Payer: common.Address{1}, Transaction: market.Hash{2}}
	name, value := r.Header()
	require.Equal(t, x402.HeaderResponse, name)
	raw, err := base64.StdEncoding.DecodeString(value)
	require.NoError(t, err)
	require.JSONEq(t, `{"success":true,"network":"eip155:31337","payer":"0x0100000000000000000000000000000000000000","transaction":"0x0200000000000000000000000000000000000000000000000000000000000000"}`, string(raw))
	r.Dialect, r.Reason, r.Transaction = x402.V1, x402.SettlementPending, market.Hash{}
	name, value = r.Header()
	require.Equal(t, x402.HeaderPaymentReply, name)
	raw, err = base64.StdEncoding.DecodeString(value)
	require.NoError(t, err)
	require.JSONEq(t, `{"success":false,"errorReason":"settlement_pending","network":"eip155:31337","payer":"0x0100000000000000000000000000000000000000","transaction":""}`, string(raw))
}

// FuzzRead: whatever a client sends is understood or refused, and what is
// understood is bounded.
func FuzzRead(f *testing.F) {
	for _, s := range []string{sentV2, sentV1, documented, `{"x402Version":2}`, `{}`, `{"a":{"a":1,"a":2}}`} {
		f.Add(header(s)[0], true)
		f.Add(header(s)[0], false)
	}
	f.Add(printed, false)
	f.Fuzz(func(t *testing.T, value string, signature bool) {
		var p *x402.Payment
		var err error
		if signature {
			p, err = x402.Read([]string{value}, nil)
		} else {
			p, err = x402.Read(nil, []string{value})
		}
		if err != nil {
			var refused *x402.Refusal
			require.ErrorAs(t, err, &refused)
			return
		}
		require.Less(t, p.ValidAfter, uint64(1)<<40)
		require.Less(t, p.ValidBefore, uint64(1)<<40)
		require.True(t, p.Identifier == "" || x402.CheckIdentifier(p.Identifier))
		if _, err := till(31337).Check(p, offers, 1795324900); err != nil {
			var refused *x402.Refusal
			require.ErrorAs(t, err, &refused)
		}
	})
}
