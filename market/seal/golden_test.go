package seal_test

import (
	"context"
	"encoding/hex"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/seal"
)

// The golden vector was computed twice, in Solidity and by an independent keccak;
// the contract's test holds the same numbers.
func TestGoldenVector(t *testing.T) {
	domain := seal.Domain{ChainID: 31337, Market: common.HexToAddress("0x1111111111111111111111111111111111111111")}
	priv := func(n byte) (*keySigner, market.Address) {
		k := newKeySigner(t, n)
		return k, k.address
	}
	_, seller := priv(1)
	sealer, sealerAddr := priv(2)
	_, buyer := priv(3)
	_, delegate := priv(4)

	price, err := market.ParsePRIV("25")
	require.NoError(t, err)
	k := seal.Key(word(0x4b))
	order := seal.Order{Seller: seller, Sealer: sealerAddr, Listing: word(0x10), Manifest: word(0x11),
		KeyCommitment: k.Commitment(), Price: price, Version: 3, Expiry: 1800000000}
	terms := seal.Terms{Buyer: buyer, Delegate: delegate, Recipient: word(0x12), AccessDays: 30,
		DeliveryWindow: 86400, PayBy: 1790000000, Salt: word(0x13)}

	eq := func(name, want string, got market.Hash) {
		t.Helper()
		require.Equal(t, want, got.Hex(), name)
	}
	eq("domainSeparator", "250766495e5ab7ffacc85bc574038ad1940dd881a134dbb44becf3421e7bbb48", domain.Separator())
	eq("digest(Order)", "71767fd8d7d3402fc5237ed45c321cc1d00043f196302bee4239f1d6cf419531", domain.Order(order))
	offer := domain.Offer(order, terms)
	eq("offer", "2a18527f6e366ba6262418ec419e4a0c951653e6281a6f2dee0a6660d001f983", offer)

	opener := seal.Opener(seal.Key(word(0x55)), offer)
	eq("k", "edd7739174e86d60a0a858fee90831e40a8afc840e6d97a60b79c2517e503ee2", market.Hash(opener))
	c := seal.Seal(k, opener, offer)
	eq("c", "93c5783b4a3d1ade030bd9d0e10945bed988fd1c1c067e58db04dac059835cc4", market.Hash(c))
	require.Equal(t, k, seal.Seal(c, opener, offer))
	eq("keyCommitment", "17b0af156a929edf60c351f3df2d53ed643fdd750aef9eda90dc7c8759a104a8", k.Commitment())
	eq("sealedHash", "5ad91743a4739efde0eb16d3df786745e8f50169547881e9a367a690d8732b34", c.Commitment())
	eq("lock", "2ec5726b1a4f34a275e62e656d0407f0fadbcac2e108431e4d23b80f68483bf4", opener.Commitment())

	sale := seal.Sale{Order: order, Terms: terms, SealedHash: c.Commitment(), Lock: opener.Commitment()}
	eq("hash(Delivery)", "9dcec77428ba54b7d3b62204f5eb1a6be6935dbbcb5c3fe1e51eb70b5724ebca", domain.Delivery(sale).Hash())
	id := domain.Purchase(domain.Deal(sale))
	eq("purchaseId", "0afd23e427f6a71f6c2735efc628aa510e6ee76371598583273435ba6fba389a", id)
	eq("digest(Receipt)", "bea2ad21840c205da091d15587754da286092b1fb4ca6c47b65ce5453b6a6dd4", domain.Receipt(id, 1789990000))

	sig, err := sealer.SignDigest(context.Background(), sealerAddr, id)
	require.NoError(t, err)
	require.Equal(t, "7a54fd086cff722145712b569c52fbcd1577731589cdc07e515e68d16b214677"+
		"12a75e09a85cbec622bff71ecc50cad999e143e6249e8d5ba3154f130a5d6492", hex.EncodeToString(sig[:]))
	require.NoError(t, seal.Check(sealerAddr, id, sig))
	require.Error(t, seal.Check(buyer, id, sig))
	require.Error(t, seal.Check(market.Address{}, id, sig))
	sig[3] ^= 1
	require.Error(t, seal.Check(sealerAddr, id, sig))
}

func TestKeysPrintAsPlaceholders(t *testing.T) {
	k := seal.NewKey()
	require.Equal(t, "[secret]", k.String())
	require.Equal(t, "[secret]", seal.FileKey{1}.String())
}

func TestWrapIsItsOwnInverse(t *testing.T) {
	k, f := seal.NewKey(), seal.FileKey{1, 2, 3}
	require.Equal(t, f, f.Wrap(k, 7).Wrap(k, 7))
	require.NotEqual(t, f.Wrap(k, 7), f.Wrap(k, 8))
}

type keySigner struct {
	key     []byte
	address market.Address
}

func newKeySigner(t testing.TB, n byte) *keySigner {
	t.Helper()
	w := word(n)
	key, err := crypto.ToECDSA(w[:])
	require.NoError(t, err)
	return &keySigner{key: w[:], address: crypto.PubkeyToAddress(key.PublicKey)}
}

func (s *keySigner) SignDigest(_ context.Context, _ market.Address, digest market.Hash) (seal.Sig, error) {
	key, err := crypto.ToECDSA(s.key)
	if err != nil {
		return seal.Sig{}, err
	}
	rsv, err := crypto.Sign(digest[:], key)
	if err != nil {
		return seal.Sig{}, err
	}
	return seal.Compact(rsv)
}

func word(n byte) (w market.Hash) {
	w[31] = n
	return w
}
