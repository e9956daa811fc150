package x402

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/spruceid/siwe-go"

	"privd/market"
	"privd/market/seal"
)

// The sign-in-with-x extension (specs/extensions/sign-in-with-x.md of the standard):
// who has paid before signs a challenge instead of another payment.
const (
	ExtensionSignIn = "sign-in-with-x"
	HeaderSignIn    = "SIGN-IN-WITH-X" // of a request that is signed in
)

// Why a sign-in is refused, in the words of the standard's own server.
const (
	InvalidSignIn          Reason = "invalid_siwx_payload"
	InvalidSignInURI       Reason = "invalid_siwx_uri_mismatch"
	InvalidSignInChain     Reason = "invalid_siwx_unsupported_chain"
	InvalidSignInNonce     Reason = "invalid_siwx_nonce"
	SignInExpired          Reason = "invalid_siwx_expired"
	InvalidSignInSignature Reason = "invalid_siwx_signature"
)

const (
	// signInLife is how long a challenge may be signed.
	signInLife      = 5 * time.Minute
	signInStatement = "Sign in to have again what this account has paid for."
	signInType      = "eip191"
	// signInTime is how times are written: with milliseconds, as clients write them.
	signInTime = "2006-01-02T15:04:05.000Z"
)

// SignIn is what a client answers to a challenge. The rest of what it sends repeats
// the challenge, and is not looked at: what the wallet signed must be the challenge.
type SignIn struct {
	Address   market.Address
	ChainID   string // CAIP-2
	URI       string
	Nonce     string
	IssuedAt  string
	Signature seal.Sig
}

// ErrNoSignIn is returned when a request is not signed in.
var ErrNoSignIn = errors.New("no sign-in")

// ReadSignIn reads the values of HeaderSignIn. It returns ErrNoSignIn when there are
// none, and a Refusal for what cannot be understood.
func ReadSignIn(values []string) (*SignIn, error) {
	switch len(values) {
	case 0:
		return nil, ErrNoSignIn
	case 1:
	default:
		return nil, refuse(InvalidSignIn, "more than one sign-in header")
	}
	o, err := readHeader(values[0])
	if err != nil {
		return nil, refuse(InvalidSignIn, "the sign-in header does not hold one JSON object in base64")
	}
	in := &SignIn{
		Address: o.address("address"), ChainID: o.text("chainId"), URI: o.text("uri"), Nonce: o.text("nonce"), IssuedAt: o.text("issuedAt"),
		Signature: o.signature("signature"),
	}
	if kind := o.text("type"); kind != signInType {
		o.wrong("type", "must be "+signInType)
	}
	if r, wrong := errors.AsType[*Refusal](*o.fault); wrong {
		return nil, refuse(InvalidSignIn, r.Message)
	}
	return in, nil
}

// SignIns issues challenges and takes their answers, each once. A challenge is not
// stored: its nonce proves that it was issued here, for one URI and one moment.
type SignIns struct {
	Clock market.Clock

	key  [32]byte // of this process: what was issued before a restart is issued anew
	mu   sync.Mutex
	used map[string]time.Time // nonces that opened something, and when they expire
}

// NewSignIns returns SignIns with a key of its own.
func NewSignIns(clock market.Clock) *SignIns {
	s := &SignIns{Clock: clock, used: map[string]time.Time{}}
	_, _ = rand.Read(s.key[:]) // never fails
	return s
}

// Challenge returns the extension that offers to sign in to a URI, which must be
// absolute and have the node's own host: a wallet shows it to its owner, and what is
// signed for one host opens nothing at another.
func (s *SignIns) Challenge(uri string, chainID uint64) map[string]any {
	at, err := url.Parse(uri)
	if err != nil {
		panic("x402: a URI of the node is a URI: " + err.Error())
	}
	issued := s.Clock().UTC()
	var random [8]byte
	_, _ = rand.Read(random[:])
	stamp := issued.Format(signInTime)
	return map[string]any{
		"info": map[string]any{
			"domain": at.Host, "uri": uri, "version": "1", "nonce": s.nonce(random[:], uri, stamp), "issuedAt": stamp,
			"expirationTime": issued.Add(signInLife).Format(signInTime), "statement": signInStatement, "resources": []string{uri},
		},
		"supportedChains": []map[string]any{{"chainId": CAIP2(chainID), "type": signInType}},
		"schema":          signInSchema,
	}
}

// nonce returns 32 hexadecimal digits: half of them are random, the other half prove
// that they were issued here.
func (s *SignIns) nonce(random []byte, uri, issuedAt string) string {
	mac := hmac.New(sha256.New, s.key[:])
	for _, part := range []string{"privd/x402/signin/1", string(random), issuedAt, uri} {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	return hex.EncodeToString(random) + hex.EncodeToString(mac.Sum(nil)[:8])
}

// Check returns a Refusal unless a sign-in answers a challenge that was issued here
// for this URI and chain, lately, and has opened nothing. It takes the challenge; give
// it back when it opened nothing after all.
func (s *SignIns) Check(in *SignIn, uri string, chainID uint64) (giveBack func(), err error) {
	issued, err := time.Parse(signInTime, in.IssuedAt)
	random, notHex := hex.DecodeString(in.Nonce)
	now := s.Clock().UTC()
	switch {
	case in.URI != uri:
		return nil, refuse(InvalidSignInURI, "the sign-in is for another URI")
	case in.ChainID != CAIP2(chainID):
		return nil, refuse(InvalidSignInChain, "the sign-in names another chain")
	case err != nil || notHex != nil || len(random) != 16 || !hmac.Equal([]byte(s.nonce(random[:8], uri, in.IssuedAt)), []byte(in.Nonce)):
		return nil, refuse(InvalidSignInNonce, "the sign-in answers no challenge of this node; ask for a new one")
	case now.Sub(issued) > signInLife:
		return nil, refuse(SignInExpired, "the challenge has expired; ask for a new one")
	}
	message, err := signInMessage(in, chainID, issued)
	if err != nil {
		return nil, refuse(InvalidSignIn, "the sign-in does not repeat its challenge")
	}
	if seal.Check(in.Address, market.Hash(accounts.TextHash([]byte(message))), in.Signature) != nil {
		return nil, refuse(InvalidSignInSignature, "the sign-in is not the challenge as it was issued, signed by the account")
	}
	if !s.take(in.Nonce, issued.Add(signInLife), now) {
		return nil, refuse(InvalidSignInNonce, "the sign-in was used; ask for a new challenge")
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.used, in.Nonce)
	}, nil
}

// take marks a nonce as used; false when it was. It forgets those that have expired, so
// that no more are kept than opened something within the life of a challenge.
func (s *SignIns) take(nonce string, until, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, used := s.used[nonce]; used {
		return false
	}
	for old, end := range s.used {
		if now.After(end) {
			delete(s.used, old)
		}
	}
	s.used[nonce] = until
	return true
}

// signInMessage returns the text that a wallet signs (EIP-4361).
func signInMessage(in *SignIn, chainID uint64, issued time.Time) (string, error) {
	at, err := url.Parse(in.URI)
	if err != nil {
		return "", err
	}
	m, err := siwe.InitMessage(at.Host, in.Address.Hex(), in.URI, in.Nonce, map[string]any{
		"statement": signInStatement, "chainId": int(chainID), "issuedAt": in.IssuedAt,
		"expirationTime": issued.Add(signInLife).Format(signInTime), "resources": []url.URL{*at},
	})
	if err != nil {
		return "", err
	}
	return m.String(), nil
}

// signInSchema is the schema of what a client sends, as the standard has it.
var signInSchema = json.RawMessage(`{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{` +
	`"domain":{"type":"string"},"address":{"type":"string"},"statement":{"type":"string"},"uri":{"type":"string","format":"uri"},` +
	`"version":{"type":"string"},"chainId":{"type":"string"},"type":{"type":"string"},"nonce":{"type":"string"},` +
	`"issuedAt":{"type":"string","format":"date-time"},"expirationTime":{"type":"string","format":"date-time"},` +
	`"notBefore":{"type":"string","format":"date-time"},"requestId":{"type":"string"},` +
	`"resources":{"type":"array","items":{"type":"string","format":"uri"}},"signature":{"type":"string"}},` +
	`"required":["domain","address","uri","version","chainId","type","nonce","issuedAt","signature"]}`)
