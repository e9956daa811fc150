package market_test

import (
	"math/big"
	"os"
	"regexp"
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
		"\u0661", "\uff11", "1\u00a0", "\t1", "1\n", "1_000", "Inf", "-0", "1e-19", "1e+-1", "1e 1", "e1", "--1", "1.2.3", "0b1", "0o7", "1p4", "\u22121",
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
			require.ErrorIs(t, err, market.ErrAmount)
			require.False(t, exact(s, decimals), "%q is an amount", s)
			return
		}
		require.Regexp(t, plainNumber, s, "nothing but digits, a point and an exponent is read")
		want, ok := new(big.Rat).SetString(s)
		require.True(t, ok, s)
		got := new(big.Rat).SetFrac(a.Big(), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))
		require.Zero(t, want.Cmp(got), s)
	})
}

// plainNumber is what is read at all: JSON's numbers, without a sign, and with zeros
// in front.
var plainNumber = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?$`)

// exact reports whether a text is a number of whole tokens that has no more decimals
// than the token, and fits into 256 bits.
func exact(s string, decimals int) bool {
	if !plainNumber.MatchString(s) {
		return false
	}
	n, ok := new(big.Rat).SetString(s)
	if !ok {
		return false
	}
	n.Mul(n, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)))
	return n.IsInt() && n.Num().BitLen() <= 256
}

// TestBounds: sums up to the last wei of 256 bits are read, and one more is not, in
// every unit.
func TestBounds(t *testing.T) {
	for _, bits := range []uint{128, 256} {
		most := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), bits), big.NewInt(1))
		for _, decimals := range []int{0, market.USDCDecimals, market.PRIVDecimals} {
			a, err := market.AmountFromBig(most)
			require.NoError(t, err)
			back, err := market.ParseUnits(a.Decimal(decimals), decimals)
			require.NoError(t, err)
			require.Equal(t, a, back)
		}
	}
	over := new(big.Int).Lsh(big.NewInt(1), 256)
	_, err := market.AmountFromBig(over)
	require.ErrorIs(t, err, market.ErrAmount)
	_, err = market.ParseWei(over.String())
	require.ErrorIs(t, err, market.ErrAmount)
	_, err = market.ParsePRIV("115792089237316195423570985008687907853269984665640564039457.584007913129639936")
	require.ErrorIs(t, err, market.ErrAmount)
	_, err = market.ParsePRIV("115792089237316195423570985008687907853269984665640564039457.584007913129639935")
	require.NoError(t, err)
}

func TestErrors(t *testing.T) {
	err := &market.Error{Op: "buy", Code: market.NotFound, Message: "no such listing"}
	require.ErrorIs(t, err, market.ErrNotFound)
	require.NotErrorIs(t, err, market.ErrConflict)
	require.Equal(t, "buy: no such listing", err.Error())
	require.Equal(t, market.Internal, market.CodeOf(os.ErrClosed))
}
