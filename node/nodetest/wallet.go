package nodetest

import (
	"crypto/ecdsa"
	"encoding/json"
	"testing"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"privd/chain/chaintest"
	"privd/market"
)

// Wallet is a wallet that no node holds the key of. It signs what it is shown.
type Wallet struct{ key *ecdsa.PrivateKey }

// NewWallet makes a wallet.
func NewWallet(t testing.TB) Wallet {
	t.Helper()
	key, err := crypto.GenerateKey()
	must(t, err)
	return Wallet{key}
}

// Address returns the wallet's account.
func (w Wallet) Address() market.Address { return crypto.PubkeyToAddress(w.key.PublicKey) }

// SignText signs a message as personal_sign does.
func (w Wallet) SignText(t testing.TB, message string) string {
	t.Helper()
	return w.sign(t, accounts.TextHash([]byte(message)))
}

// SignTyped signs typed data as eth_signTypedData_v4 does.
func (w Wallet) SignTyped(t testing.TB, raw json.RawMessage) string {
	t.Helper()
	var typed apitypes.TypedData
	must(t, json.Unmarshal(raw, &typed))
	digest, _, err := apitypes.TypedDataAndHash(typed)
	must(t, err)
	return w.sign(t, digest)
}

func (w Wallet) sign(t testing.TB, digest []byte) string {
	t.Helper()
	sig, err := crypto.Sign(digest, w.key)
	must(t, err)
	sig[64] += 27
	return hexutil.Encode(sig)
}

// LogIn signs in to a node with a wallet, which makes a user at the first time.
// Where priv is not empty, the wallet gets that many PRIV.
func (nw *Network) LogIn(t testing.TB, n *Node, w Wallet, priv string) *User {
	t.Helper()
	anybody := n.As("")
	var challenge struct{ Message string }
	if code := anybody.Post(t, "/auth/nonce", map[string]string{"wallet_address": w.Address().Hex()}, &challenge); code != 200 {
		t.Fatalf("nonce: %d", code)
	}
	var token struct {
		Token string
		User  string `json:"user_id"`
	}
	login := map[string]string{"message": challenge.Message, "signature": w.SignText(t, challenge.Message)}
	if code := anybody.Post(t, "/auth/login", login, &token); code != 200 {
		t.Fatalf("login: %d", code)
	}
	if priv != "" {
		nw.Chain.FundPRIV(t, w.Address(), chaintest.PRIV(t, priv))
	}
	return &User{Client: n.As(token.Token), ID: token.User, Wallet: w.Address()}
}

// SignatureRequest is what an external wallet is asked to sign.
type SignatureRequest struct {
	ID        string
	Kind      string
	Subject   string
	Status    string
	TypedData json.RawMessage `json:"typed_data"`
}

// Signatures lists what the user's wallet is asked to sign.
func (c *Client) Signatures(t testing.TB) []SignatureRequest {
	t.Helper()
	var page struct{ Signatures []SignatureRequest }
	if code := c.Get(t, "/user/signatures", &page); code != 200 {
		t.Fatalf("signatures: %d", code)
	}
	return page.Signatures
}

// WaitSignature waits until the user's wallet is asked to sign for a subject.
func (c *Client) WaitSignature(t testing.TB, kind, subject string) (r SignatureRequest) {
	t.Helper()
	Wait(t, "a request to sign a "+kind+" of "+subject, func() bool {
		for _, r = range c.Signatures(t) {
			if r.Kind == kind && r.Subject == subject {
				return true
			}
		}
		return false
	})
	return r
}

// Answer hands in a signature; what went on is in status.
func (c *Client) Answer(t testing.TB, id, signature string) (status string, code int) {
	t.Helper()
	var answer struct{ Status string }
	code = c.Post(t, "/user/signatures/"+id, map[string]string{"signature": signature}, &answer)
	return answer.Status, code
}
