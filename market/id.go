package market

import (
	"crypto/rand"
	"encoding/hex"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
)

// Identities of the market. Each is an opaque string with a prefix that tells
// what it names; nothing may be read out of the rest.
type (
	UserID         string // usr_
	ContributionID string // contrib_
	ListingID      string // listing_ (wallet marketplace) or lst_ (data marketplace)
	PurchaseID     string // purchase_ (wallet marketplace) or pur_ (data marketplace)
	EarningID      string // earn_
	ClaimID        string // claim_
	DatasetID      string // a slug that the owner chooses, such as binance-crypto-prices
	SignatureID    string // sig_
)

// Prefixes of the identities and secrets.
const (
	PrefixUser         = "usr_"
	PrefixAnonymous    = "anon_"
	PrefixContribution = "contrib_"
	PrefixListing      = "listing_"
	PrefixDataListing  = "lst_"
	PrefixPurchase     = "purchase_"
	PrefixDataPurchase = "pur_"
	PrefixEarning      = "earn_"
	PrefixClaim        = "claim_"
	PrefixTask         = "task_"
	PrefixSignature    = "sig_"
	PrefixAccessToken  = "at_"
	PrefixDataToken    = "dat_"
	PrefixUserKey      = "pk_live_"
	PrefixServiceKey   = "sk_live_"
)

// Address is an Ethereum account or contract.
type Address = common.Address

// Hash is 32 bytes: a digest, or an id on chain.
type Hash [32]byte

// String returns the hash in lower-case hexadecimal with 0x before it.
func (h Hash) String() string { return "0x" + hex.EncodeToString(h[:]) }

// Hex returns the hash in lower-case hexadecimal, without a prefix.
func (h Hash) Hex() string { return hex.EncodeToString(h[:]) }

// IsZero reports whether no byte is set.
func (h Hash) IsZero() bool { return h == Hash{} }

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// idLength gives an id 119 bits, so that ids made by strangers never meet.
const idLength = 20

// NewID returns a new identity with the given prefix.
func NewID[T ~string](prefix string) T { return T(prefix + RandomText(idLength)) }

// RandomText returns n random characters of [A-Za-z0-9] from the system's
// cryptographic source.
func RandomText(n int) string {
	out := make([]byte, n)
	max := big.NewInt(int64(len(base62)))
	for i := range out {
		d, err := rand.Int(rand.Reader, max)
		if err != nil {
			panic("market: no randomness: " + err.Error())
		}
		out[i] = base62[d.Int64()]
	}
	return string(out)
}
