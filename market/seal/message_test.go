package seal_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/market"
	"privd/market/seal"
)

// walletDigest is what a wallet signs when it is given the JSON, computed by a
// library that shares no code with this package.
func walletDigest(t require.TestingT, raw []byte) market.Hash {
	var typed apitypes.TypedData
	require.NoError(t, json.Unmarshal(raw, &typed))
	digest, _, err := apitypes.TypedDataAndHash(typed)
	require.NoError(t, err)
	return market.Hash(digest)
}

// A wallet that is shown a message signs the digest that the contract checks.
func TestMessages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		hash := func(name string) (h market.Hash) {
			copy(h[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, name))
			return h
		}
		wallet := func(name string) market.Address { h := hash(name); return market.Address(h[:20]) }
		price, err := market.AmountFromBig(common.Hash(hash("price")).Big())
		require.NoError(t, err)
		domain := seal.Domain{ChainID: rapid.Uint64().Draw(t, "chain"), Market: wallet("market")}
		token := seal.TokenDomain{Name: "PRIV", Version: "1", ChainID: domain.ChainID, Token: wallet("token")}
		order := seal.Order{
			Seller: wallet("seller"), Sealer: wallet("sealer"), Listing: hash("listing"), Manifest: hash("manifest"), KeyCommitment: hash("k"),
			Price: price, Version: rapid.Uint64().Draw(t, "version"), Expiry: rapid.Uint64().Draw(t, "expiry"),
		}
		sale := seal.Sale{Order: order, Terms: seal.Terms{Buyer: wallet("buyer"), PayBy: rapid.Uint64().Draw(t, "pay by"), Salt: hash("salt")}, Lock: hash("lock")}

		require.Equal(t, domain.Order(order), walletDigest(t, domain.OrderMessage(order).JSON()))
		require.Equal(t, domain.Order(order), domain.OrderMessage(order).Digest())
		require.Equal(t, domain.Payment(token, sale), walletDigest(t, domain.PaymentMessage(token, sale).JSON()))
		unstake := seal.NewMessage(seal.Contract{Name: "privd Staking", Version: "1", ChainID: 1, Address: wallet("staking")},
			"Unstake(address account,uint256 amount,uint256 nonce)", seal.AddressWord(order.Seller), seal.AmountWord(price), seal.NumberWord(7))
		require.Equal(t, unstake.Digest(), walletDigest(t, unstake.JSON()))
	})
}

func TestMessageText(t *testing.T) {
	t.Parallel()
	domain := seal.Domain{ChainID: 31337, Market: common.HexToAddress("0x1111111111111111111111111111111111111111")}
	order := seal.Order{Price: market.Wei(25), Version: 3, Expiry: 1800000000, Listing: word(0x10)}
	require.JSONEq(t, `{
		"types": {
			"EIP712Domain": [{"name":"name","type":"string"},{"name":"version","type":"string"},{"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"}],
			"Order": [{"name":"seller","type":"address"},{"name":"sealer","type":"address"},{"name":"listing","type":"bytes32"},{"name":"manifest","type":"bytes32"},
				{"name":"keyCommitment","type":"bytes32"},{"name":"price","type":"uint256"},{"name":"version","type":"uint64"},{"name":"expiry","type":"uint64"}]},
		"primaryType": "Order",
		"domain": {"name":"privd Market","version":"1","chainId":31337,"verifyingContract":"0x1111111111111111111111111111111111111111"},
		"message": {
			"seller":"0x0000000000000000000000000000000000000000","sealer":"0x0000000000000000000000000000000000000000",
			"listing":"0x0000000000000000000000000000000000000000000000000000000000000010",
			"manifest":"0x0000000000000000000000000000000000000000000000000000000000000000",
			"keyCommitment":"0x0000000000000000000000000000000000000000000000000000000000000000",
			"price":"25","version":"3","expiry":"1800000000"}
	}`, string(domain.OrderMessage(order).JSON()))
	require.Panics(t, func() { seal.NewMessage(seal.Contract{}, "A(address a,uint64 b)", word(1)) })
}

func TestParseSig(t *testing.T) {
	t.Parallel()
	key, err := crypto.GenerateKey()
	require.NoError(t, err)
	digest := word(9)
	rsv, err := crypto.Sign(digest[:], key)
	require.NoError(t, err)
	form := func(edit func([]byte) []byte) string {
		return "0x" + hex.EncodeToString(edit(append([]byte{}, rsv...)))
	}
	compact, err := seal.Compact(rsv)
	require.NoError(t, err)
	for name, text := range map[string]string{
		"v 0 or 1":   form(func(b []byte) []byte { return b }),
		"v 27 or 28": form(func(b []byte) []byte { b[64] += 27; return b }),
		"EIP-2098":   "0x" + hex.EncodeToString(compact[:]),
		"upper case": "0x" + strings.ToUpper(hex.EncodeToString(compact[:])),
	} {
		sig, err := seal.ParseSig(text)
		require.NoError(t, err, name)
		require.NoError(t, seal.Check(crypto.PubkeyToAddress(key.PublicKey), digest, sig), name)
	}
	high := func(b []byte) []byte {
		s := common.Hash(b[32:64]).Big()
		s.Sub(crypto.S256().Params().N, s).FillBytes(b[32:64])
		b[64] ^= 1
		return b
	}
	for name, text := range map[string]string{
		"nothing": "", "0x alone": "0x", "no prefix": hex.EncodeToString(rsv), "not hexadecimal": "0x" + strings.Repeat("zz", 65),
		"too short": form(func(b []byte) []byte { return b[:63] }), "too long": form(func(b []byte) []byte { return append(b, 0) }),
		"v of a transaction": form(func(b []byte) []byte { b[64] = 37; return b }),
		"high s":             form(high),
	} {
		_, err := seal.ParseSig(text)
		require.ErrorIs(t, err, seal.ErrSignature, name)
	}
}

// What is read as a signature has one form, whatever was read.
func FuzzParseSig(f *testing.F) {
	signer := newKeySigner(f, 1)
	sig, err := signer.SignDigest(context.Background(), signer.address, word(1))
	require.NoError(f, err)
	f.Add("0x" + hex.EncodeToString(sig[:]))
	f.Add("0x" + strings.Repeat("1", 130))
	f.Fuzz(func(t *testing.T, text string) {
		sig, err := seal.ParseSig(text)
		if err != nil {
			require.ErrorIs(t, err, seal.ErrSignature)
			return
		}
		again, err := seal.ParseSig("0x" + hex.EncodeToString(sig[:]))
		require.NoError(t, err)
		require.Equal(t, sig, again)
	})
}
