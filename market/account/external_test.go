package account_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
)

// A user with a wallet of its own has a name and nothing that the node could sign
// with; money goes to the address, so a mistyped one is refused.
func TestCreateExternal(t *testing.T) {
	t.Parallel()
	f, ctx := newFixture(t), t.Context()
	const wallet = "0x742d35Cc6634C0532925a3b844Bc454e4438f44e"
	u, err := f.CreateExternal(ctx, "erin", wallet, "")
	require.NoError(t, err)
	require.False(t, u.Managed)
	require.Equal(t, wallet, u.Wallet.Hex())
	got, err := f.Named(ctx, "erin")
	require.NoError(t, err)
	require.Equal(t, u, got)
	for _, c := range []struct {
		name, wallet, field string
		referrer            market.UserID
		code                market.Code
	}{
		{"erin", "0x" + strings.Repeat("1", 40), "name", "", market.Conflict},
		{"frank", wallet, "wallet_address", "", market.Conflict},
		{"frank", strings.ToLower(wallet), "wallet_address", "", market.Conflict},
		{"", "0x" + strings.Repeat("1", 40), "name", "", market.Invalid},
		{"frank", "", "wallet_address", "", market.Invalid},
		{"frank", wallet[2:], "wallet_address", "", market.Invalid},
		{"frank", wallet + "00", "wallet_address", "", market.Invalid},
		{"frank", "0x" + strings.Repeat("0", 40), "wallet_address", "", market.Invalid},
		{"frank", "0x742d35cC6634C0532925a3b844Bc454e4438f44e", "wallet_address", "", market.Invalid},
		{"frank", "0x" + strings.Repeat("1", 40), "referrer", "usr_nobody", market.Invalid},
	} {
		_, err := f.CreateExternal(ctx, c.name, c.wallet, c.referrer)
		var known *market.Error
		require.ErrorAs(t, err, &known, "%+v", c)
		require.Equal(t, c.code, known.Code, "%+v", c)
		require.Equal(t, c.field, known.Field, "%+v", c)
	}
}
