package market

import (
	"errors"
	"math/big"
	"strings"

	"github.com/holiman/uint256"
)

// Decimals of the tokens privd deals in: how many digits stand behind the
// point of one whole token.
const (
	PRIVDecimals = 18
	USDCDecimals = 6
)

// FeeBPS is the market's fee in basis points of the price; the contract has the
// same constant.
const FeeBPS = 500

// Amount is a sum of a token in its smallest unit (wei for PRIV). It is a plain
// comparable value; the zero value is nothing. It is never negative.
type Amount struct{ n uint256.Int }

// ErrAmount is returned for text that is not an amount and for sums that leave
// the range of 256 bits.
var ErrAmount = errors.New("not an amount")

// Wei returns n smallest units.
func Wei(n uint64) Amount { return Amount{*uint256.NewInt(n)} }

// AmountFromBig converts an integer that came from a contract.
func AmountFromBig(b *big.Int) (Amount, error) {
	if b == nil || b.Sign() < 0 {
		return Amount{}, ErrAmount
	}
	n, overflow := uint256.FromBig(b)
	if overflow {
		return Amount{}, ErrAmount
	}
	return Amount{*n}, nil
}

// ParseWei reads a decimal integer of smallest units.
func ParseWei(s string) (Amount, error) { return ParseUnits(s, 0) }

// ParsePRIV reads a decimal number of whole PRIV exactly.
func ParsePRIV(s string) (Amount, error) { return ParseUnits(s, PRIVDecimals) }

// ParseUnits reads a non-negative JSON number of whole tokens that have the
// given decimals. It reads exactly: more digits than the token has is an error,
// unless they are zeros.
func ParseUnits(s string, decimals int) (Amount, error) {
	mantissa, exponent, err := splitExponent(s)
	if err != nil {
		return Amount{}, err
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	if whole == "" || !digits(whole) || !digits(frac) || (frac == "" && strings.Contains(mantissa, ".")) {
		return Amount{}, ErrAmount
	}
	all := whole + frac
	shift := decimals + exponent - len(frac)
	for shift < 0 && len(all) > 0 {
		if all[len(all)-1] != '0' {
			return Amount{}, ErrAmount
		}
		all, shift = all[:len(all)-1], shift+1
	}
	all = strings.TrimLeft(all, "0")
	if all == "" {
		return Amount{}, nil
	}
	if len(all)+shift > 78 {
		return Amount{}, ErrAmount
	}
	n, err := uint256.FromDecimal(all + strings.Repeat("0", shift))
	if err != nil {
		return Amount{}, ErrAmount
	}
	return Amount{*n}, nil
}

func splitExponent(s string) (mantissa string, exponent int, err error) {
	i := strings.IndexAny(s, "eE")
	if i < 0 {
		return s, 0, nil
	}
	exp := s[i+1:]
	sign := 1
	switch {
	case strings.HasPrefix(exp, "-"):
		sign, exp = -1, exp[1:]
	case strings.HasPrefix(exp, "+"):
		exp = exp[1:]
	}
	if exp == "" || len(exp) > 3 || !digits(exp) {
		return "", 0, ErrAmount
	}
	for _, c := range exp {
		exponent = exponent*10 + int(c-'0')
	}
	return s[:i], sign * exponent, nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Add returns a+b; ErrAmount when it leaves 256 bits.
func (a Amount) Add(b Amount) (Amount, error) {
	var r Amount
	if _, overflow := r.n.AddOverflow(&a.n, &b.n); overflow {
		return Amount{}, ErrAmount
	}
	return r, nil
}

// Sub returns a-b; ErrAmount when b is larger.
func (a Amount) Sub(b Amount) (Amount, error) {
	var r Amount
	if _, underflow := r.n.SubOverflow(&a.n, &b.n); underflow {
		return Amount{}, ErrAmount
	}
	return r, nil
}

// Sum adds amounts; ErrAmount when they leave 256 bits.
func Sum(amounts ...Amount) (Amount, error) {
	var total Amount
	var err error
	for _, a := range amounts {
		if total, err = total.Add(a); err != nil {
			return Amount{}, err
		}
	}
	return total, nil
}

// MulDiv returns a*mul/div rounded down. div must not be zero; ErrAmount when the
// result leaves 256 bits.
func (a Amount) MulDiv(mul, div uint64) (Amount, error) {
	var r Amount
	if _, overflow := r.n.MulDivOverflow(&a.n, uint256.NewInt(mul), uint256.NewInt(div)); overflow {
		return Amount{}, ErrAmount
	}
	return r, nil
}

// Split divides a price as the contract does: the fee rounded down, the rest to
// the seller, so that the two always add up to the price.
func (a Amount) Split() (seller, fee Amount) {
	fee, err := a.MulDiv(FeeBPS, 10_000)
	if err == nil {
		seller, err = a.Sub(fee)
	}
	if err != nil {
		panic("market: a fee of 5% cannot overflow")
	}
	return seller, fee
}

// Cmp returns -1, 0 or 1 as a is less than, equal to or more than b.
func (a Amount) Cmp(b Amount) int { return a.n.Cmp(&b.n) }

// IsZero reports whether the amount is nothing.
func (a Amount) IsZero() bool { return a.n.IsZero() }

// Big returns the smallest units as a new big integer.
func (a Amount) Big() *big.Int { return a.n.ToBig() }

// Bytes32 returns the amount as a big-endian contract word.
func (a Amount) Bytes32() [32]byte { return a.n.Bytes32() }

// String returns the smallest units in decimal.
func (a Amount) String() string { return a.n.Dec() }

// Decimal returns the shortest exact decimal number of whole tokens, without an
// exponent.
func (a Amount) Decimal(decimals int) string {
	s := a.n.Dec()
	if len(s) <= decimals {
		s = strings.Repeat("0", decimals-len(s)+1) + s
	}
	whole, frac := s[:len(s)-decimals], strings.TrimRight(s[len(s)-decimals:], "0")
	if frac == "" {
		return whole
	}
	return whole + "." + frac
}

// PRIV returns the shortest exact decimal number of whole PRIV.
func (a Amount) PRIV() string { return a.Decimal(PRIVDecimals) }

// MarshalBinary returns the amount as a minimal big-endian integer.
func (a Amount) MarshalBinary() ([]byte, error) { return a.n.Bytes(), nil }

// UnmarshalBinary is the inverse of MarshalBinary.
func (a *Amount) UnmarshalBinary(b []byte) error {
	if len(b) > 32 || (len(b) > 0 && b[0] == 0) {
		return ErrAmount
	}
	a.n.SetBytes(b)
	return nil
}
