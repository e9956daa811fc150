package voucher_test

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"privd/chain/binding/rewards"
	"privd/chain/chaintest"
	"privd/chain/voucher"
	"privd/market"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, chaintest.Leaks()...) }

// text writes a voucher as the API does.
func text(v voucher.Voucher) string {
	return fmt.Sprintf(`{"chain_id":%d,"token":%q,"contract":%q,"operator":%q,"account":%q,"cumulative":1.5,"cumulative_wei":%q,"signature":"0x%s","calldata":"0x00"}`,
		v.ChainID, v.Token.Hex(), v.Contract.Hex(), v.Operator.Hex(), v.Account.Hex(), v.Amount, hex.EncodeToString(v.Signature[:]))
}

// TestRedeem has vouchers paid without a node: what they pay is checked before, they
// pay once, and a later one pays the rest.
func TestRedeem(t *testing.T) {
	t.Parallel()
	net := chaintest.Start(t)
	eth, err := ethclient.DialContext(t.Context(), net.URL)
	require.NoError(t, err)
	t.Cleanup(eth.Close)
	operator, payer, user := net.Account(t), net.Account(t), chaintest.NewKey(t)
	sign := func(amount string) voucher.Voucher {
		v := voucher.Voucher{
			ChainID: net.Config.ChainID, Token: net.Config.Contracts.PRIV, Contract: net.Config.Contracts.Rewards,
			Operator: operator.Address(), Account: user.Address(), Amount: chaintest.PRIV(t, amount),
		}
		v.Signature = operator.Sign(t, v.Digest())
		read, err := voucher.Parse([]byte(text(v)))
		require.NoError(t, err)
		require.Equal(t, v, read)
		return v
	}
	balance := func() market.Amount {
		b, err := net.Client(t).PRIV().Balance(t.Context(), user.Address())
		require.NoError(t, err)
		return b
	}
	first := sign("30")
	_, err = voucher.Redeem(t.Context(), eth, payer.Private(), first)
	require.Equal(t, market.Unpaid, market.CodeOf(err), "the fund is empty: %v", err)
	net.FundRewards(t, operator.Address(), chaintest.PRIV(t, "50"))

	for name, spoil := range map[string]func(v *voucher.Voucher){
		"another amount":   func(v *voucher.Voucher) { v.Amount = chaintest.PRIV(t, "31") },
		"another account":  func(v *voucher.Voucher) { v.Account = payer.Address() },
		"another operator": func(v *voucher.Voucher) { v.Operator = payer.Address() },
		"another chain":    func(v *voucher.Voucher) { v.ChainID++; v.Signature = operator.Sign(t, v.Digest()) },
		"no contract":      func(v *voucher.Voucher) { v.Contract = market.Address{1}; v.Signature = operator.Sign(t, v.Digest()) },
		"another contract": func(v *voucher.Voucher) {
			v.Contract = net.Config.Contracts.Staking
			v.Signature = operator.Sign(t, v.Digest())
		},
		"another token": func(v *voucher.Voucher) { v.Token = net.Config.Contracts.USDC },
	} {
		bad := first
		spoil(&bad)
		_, err := voucher.Redeem(t.Context(), eth, payer.Private(), bad)
		require.Contains(t, []market.Code{market.Invalid, market.NotFound}, market.CodeOf(err), "%s: %v", name, err)
	}
	require.True(t, balance().IsZero(), "nothing was sent for any of them")

	_, err = voucher.Redeem(t.Context(), eth, user.Private(), first)
	require.Error(t, err, "who has no coins cannot pay for the gas")
	paid, err := voucher.Redeem(t.Context(), eth, payer.Private(), first)
	require.NoError(t, err)
	require.Equal(t, chaintest.PRIV(t, "30"), paid.Amount)
	require.Equal(t, chaintest.PRIV(t, "30"), balance())

	_, err = voucher.Redeem(t.Context(), eth, payer.Private(), first)
	require.Equal(t, market.Conflict, market.CodeOf(err), "%v", err)
	_, err = voucher.Redeem(t.Context(), eth, payer.Private(), sign("25"))
	require.Equal(t, market.Conflict, market.CodeOf(err), "an older one pays nothing: %v", err)

	later := sign("42.5")
	s, err := voucher.Look(t.Context(), eth, later)
	require.NoError(t, err)
	require.Equal(t, []market.Amount{chaintest.PRIV(t, "30"), chaintest.PRIV(t, "12.5"), chaintest.PRIV(t, "20")}, []market.Amount{s.Paid, s.Due, s.Fund})
	paid, err = voucher.Redeem(t.Context(), eth, payer.Private(), later)
	require.NoError(t, err)
	require.Equal(t, chaintest.PRIV(t, "12.5"), paid.Amount)
	require.Equal(t, chaintest.PRIV(t, "42.5"), balance())
	_, err = voucher.Redeem(t.Context(), eth, payer.Private(), sign("1000"))
	require.Equal(t, market.Unpaid, market.CodeOf(err), "more than the fund has: %v", err)
}

// A server that is away, or talks nonsense, is said to be so, and its URL is kept
// out of what the user reads.
func TestServerAway(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusBadGateway) }))
	defer server.Close()
	eth, err := ethclient.DialContext(t.Context(), server.URL+"/secret-key")
	require.NoError(t, err)
	defer eth.Close()
	operator := chaintest.NewKey(t)
	v := voucher.Voucher{ChainID: 1, Token: market.Address{1}, Contract: market.Address{2}, Operator: operator.Address(), Account: market.Address{3}, Amount: market.Wei(1)}
	v.Signature = operator.Sign(t, v.Digest())
	_, err = voucher.Redeem(t.Context(), eth, operator.Private(), v)
	require.Equal(t, market.Unavailable, market.CodeOf(err))
	require.NotContains(t, err.Error(), "secret-key")
}

// What is no voucher is refused with the field at fault.
func TestParse(t *testing.T) {
	t.Parallel()
	good := text(voucher.Voucher{ChainID: 5, Token: market.Address{1}, Contract: market.Address{2}, Operator: market.Address{3}, Account: market.Address{4}, Amount: market.Wei(7)})
	_, err := voucher.Parse([]byte(good))
	require.NoError(t, err)
	for field, spoil := range map[string][2]string{
		"chain_id": {`"chain_id":5`, `"chain_id":0`}, "token": {market.Address{1}.Hex(), "0x12"}, "contract": {market.Address{2}.Hex(), market.Address{}.Hex()},
		"operator": {market.Address{3}.Hex(), ""}, "account": {market.Address{4}.Hex(), "alice"}, "signature": {`"0x0000`, `"0xzz00`},
		"cumulative_wei": {`"7"`, `"0"`},
	} {
		_, err := voucher.Parse([]byte(strings.Replace(good, spoil[0], spoil[1], 1)))
		var failed *market.Error
		require.ErrorAs(t, err, &failed, field)
		require.Equal(t, field, failed.Field)
	}
	for _, wei := range []string{"-7", "7.5", "7e0x", " 7", "+7", "\u0667", strings.Repeat("9", 79)} {
		_, err := voucher.Parse([]byte(strings.Replace(good, `"7"`, fmt.Sprintf("%q", wei), 1)))
		require.ErrorContains(t, err, "cumulative_wei", "%q", wei)
	}
	_, err = voucher.Parse([]byte(strings.Repeat(" ", voucher.MaxFile+1)))
	require.Equal(t, market.TooLarge, market.CodeOf(err))
}

// FuzzParse: no file of a voucher makes trouble, and what is read signs as itself.
func FuzzParse(f *testing.F) {
	f.Add([]byte(text(voucher.Voucher{ChainID: 5, Token: market.Address{1}, Contract: market.Address{2}, Operator: market.Address{3}, Account: market.Address{4}, Amount: market.Wei(7)})))
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"chain_id":1e3}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := voucher.Parse(raw)
		if err != nil {
			require.Contains(t, []market.Code{market.Invalid, market.TooLarge}, market.CodeOf(err))
			return
		}
		again, err := voucher.Parse([]byte(text(v)))
		require.NoError(t, err)
		require.Equal(t, v, again)
		require.Equal(t, v.Digest(), again.Digest())
		_ = v.Verify()
		_ = rewards.NewRewards().PackPaid(v.Operator, v.Account)
	})
}
