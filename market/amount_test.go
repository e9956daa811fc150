package market_test

import (
	"math/big"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/market"
)

func TestParsePRIV(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "1": "1000000000000000000", "25.50": "25500000000000000000", "0.000000000000000001": "1",
		"1e2": "100000000000000000000", "1.5E+1": "15000000000000000000", "25e-1": "2500000000000000000",
		"1.000000000000000000000": "1000000000000000000",
	} {
		got, err := market.ParsePRIV(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got.String(), in)
	}
	for _, in := range []string{
		"", "-1", "+1", ".5", "1.", "1,5", "0x10", " 1", "1 ", "NaN", "1e", "1e1e1", "1e9999", "0.0000000000000000001",
		"1" + string(make([]byte, 90)), "999999999999999999999999999999999999999999999999999999999999999999999999999999",
	} {
		_, err := market.ParsePRIV(in)
		require.ErrorIs(t, err, market.ErrAmount, in)
	}
}

func amounts(t *rapid.T, name string) market.Amount {
	b := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, name))
	a, err := market.AmountFromBig(b)
	require.NoError(t, err)
	return a
}

// TestAmountProperties: text and bytes come back as they went, and a price is
// split without losing or making a wei.
func TestAmountProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := amounts(t, "a")
		decimals := rapid.SampledFrom([]int{0, 6, 18}).Draw(t, "decimals")
		back, err := market.ParseUnits(a.Decimal(decimals), decimals)
		require.NoError(t, err)
		require.Equal(t, a, back)

		raw, err := a.MarshalBinary()
		require.NoError(t, err)
		var b market.Amount
		require.NoError(t, b.UnmarshalBinary(raw))
		require.Equal(t, a, b)

		seller, fee := a.Split()
		sum, err := seller.Add(fee)
		require.NoError(t, err)
		require.Equal(t, a, sum)
		want := new(big.Int).Div(new(big.Int).Mul(a.Big(), big.NewInt(500)), big.NewInt(10_000))
		require.Equal(t, want.String(), fee.String())

		c := amounts(t, "c")
		if d, err := a.Sub(c); err == nil {
			e, err := d.Add(c)
			require.NoError(t, err)
			require.Equal(t, a, e)
		} else {
			require.Negative(t, a.Cmp(c))
		}
	})
}

func FuzzParseUnits(f *testing.F) {
	for _, s := range []string{"1", "0.5", "1e18", "-1", "1.", "00.10", "1e-18"} {
		f.Add(s, 18)
	}
	f.Fuzz(func(t *testing.T, s string, decimals int) {
		decimals = max(0, min(decimals, 30))
		a, err := market.ParseUnits(s, decimals)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		require.True(t, ok, s)
		got := new(big.Rat).SetFrac(a.Big(), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))
		require.Zero(t, want.Cmp(got), s)
	})
}

func TestErrors(t *testing.T) {
	err := &market.Error{Op: "buy", Code: market.NotFound, Message: "no such listing"}
	require.ErrorIs(t, err, market.ErrNotFound)
	require.NotErrorIs(t, err, market.ErrConflict)
	require.Equal(t, "buy: no such listing", err.Error())
	require.Equal(t, market.Internal, market.CodeOf(os.ErrClosed))
}
