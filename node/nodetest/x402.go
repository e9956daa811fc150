package nodetest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"

	"privd/chain/chaintest"
	"privd/market/x402"
)

// PaymentHeader writes a payment over x402 in the documented dialect, signed as it is:
// the value of x402.HeaderPayment.
func PaymentHeader(t testing.TB, till x402.Till, from chaintest.Key, a x402.Authorization) string {
	t.Helper()
	v, r, s := from.Sign(t, till.Digest(a)).VRS()
	return PaymentHeaderOf(t, a, fmt.Sprintf("0x%x%x%02x", r, s, v))
}

// PaymentHeaderOf is PaymentHeader with any signature.
func PaymentHeaderOf(t testing.TB, a x402.Authorization, signature string) string {
	t.Helper()
	raw, err := json.Marshal(map[string]any{
		"scheme": "exact", "network": "localhost", "signature": signature,
		"payload": map[string]string{
			"from": a.From.Hex(), "to": a.To.Hex(), "value": a.Value.String(), "validAfter": fmt.Sprint(a.ValidAfter), "validBefore": fmt.Sprint(a.ValidBefore), "nonce": a.Nonce.String(),
		},
	})
	must(t, err)
	return base64.StdEncoding.EncodeToString(raw)
}
