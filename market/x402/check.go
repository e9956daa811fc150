package x402

import (
	"slices"
	"strings"

	"privd/market"
	"privd/market/seal"
)

// Reason is why a payment is refused, in the words of the standard where it has one.
type Reason string

// The reasons.
const (
	InvalidPayload     Reason = "invalid_payload"
	InvalidVersion     Reason = "invalid_x402_version"
	InvalidScheme      Reason = "invalid_scheme"
	InvalidNetwork     Reason = "invalid_network"
	InvalidAsset       Reason = "invalid_asset"
	InvalidRecipient   Reason = "invalid_exact_evm_payload_recipient_mismatch"
	InvalidValue       Reason = "invalid_exact_evm_payload_authorization_value_mismatch"
	InvalidValidBefore Reason = "invalid_exact_evm_payload_authorization_valid_before"
	InvalidValidAfter  Reason = "invalid_exact_evm_payload_authorization_valid_after"
	InvalidSignature   Reason = "invalid_exact_evm_payload_signature"
	InsufficientFunds  Reason = "insufficient_funds"
	NonceUsed          Reason = "invalid_exact_evm_nonce_already_used"
	// Replaced is a payment for a file that is not on sale any more. The standard has no
	// word for it.
	Replaced Reason = "dataset_replaced"
	// SpentToken is a token for a download that opens nothing, or nothing any more.
	SpentToken Reason = "invalid_authorization_token"
	// InvalidTransaction is a transfer that the chain refuses, or that did not move
	// what it should.
	InvalidTransaction Reason = "invalid_transaction_state"
	// SettlementPending is not a refusal: the payment is on its way, and paying again
	// would pay twice.
	SettlementPending Reason = "settlement_pending"
)

// Refusal is why a payment cannot be taken.
type Refusal struct {
	Reason  Reason
	Message string
}

func (r *Refusal) Error() string { return string(r.Reason) + ": " + r.Message }

// Malformed reports whether the request itself is wrong, and not what it pays. A
// sign-in that does not hold is answered so, too: whoever tries one has paid, or thinks
// so, and is not asked to pay again by a mistake.
func (r *Refusal) Malformed() bool {
	switch r.Reason {
	case InvalidPayload, InvalidVersion,
		InvalidSignIn, InvalidSignInURI, InvalidSignInChain, InvalidSignInNonce, SignInExpired, InvalidSignInSignature:
		return true
	}
	return false
}

func refuse(reason Reason, message string) *Refusal { return &Refusal{reason, message} }

// leeway is how many seconds a payment must stay valid: it takes a block to settle.
const leeway = 6

// Check returns which of the offers a payment is for, or a Refusal. now is the
// chain's time in unix seconds. It checks, in the order of the standard's own
// facilitator, all that needs no look at the chain.
func (t Till) Check(p *Payment, offers []Offer, now uint64) (Offer, error) {
	switch {
	case p.Scheme != exact:
		return Offer{}, refuse(InvalidScheme, "the scheme must be exact")
	case !t.knows(p.Dialect, p.Network):
		return Offer{}, refuse(InvalidNetwork, "the network must be one that was offered")
	case p.Accepted != nil && p.Accepted.Asset != t.Token.Address:
		return Offer{}, refuse(InvalidAsset, "the asset must be the one that was offered")
	case p.To != t.PayTo || (p.Accepted != nil && p.Accepted.PayTo != t.PayTo):
		return Offer{}, refuse(InvalidRecipient, "the payment goes to another account")
	case p.From == t.PayTo:
		return Offer{}, refuse(InvalidRecipient, "the payer is the payee")
	case p.ValidBefore < now+leeway:
		return Offer{}, refuse(InvalidValidBefore, "the payment has expired, or is about to")
	case p.ValidAfter >= now:
		return Offer{}, refuse(InvalidValidAfter, "the payment is not valid yet")
	}
	// Never the price that the client names: it is compared with what is asked.
	i := slices.IndexFunc(offers, func(o Offer) bool { return o.Amount == p.Value })
	if i < 0 || (p.Accepted != nil && p.Accepted.Amount != p.Value) {
		return Offer{}, refuse(InvalidValue, "the payment must be exactly what was asked for")
	}
	if file := offers[i].file(); p.Accepted != nil && p.Accepted.File != "" && file != "" && !strings.EqualFold(p.Accepted.File, file) {
		return Offer{}, refuse(Replaced, "the file that was offered was replaced by another one")
	}
	if seal.Check(p.From, t.Digest(p.Authorization), p.Signature) != nil {
		return Offer{}, refuse(InvalidSignature, "the payment is not signed by the payer")
	}
	return offers[i], nil
}

// knows reports whether a chain's name is one that this dialect was offered.
func (t Till) knows(d Dialect, network string) bool {
	switch d {
	case V2:
		return network == CAIP2(t.Token.ChainID)
	case V1:
		name, ok := V1Name(t.Token.ChainID)
		return ok && network == name
	}
	return network == localhost
}

// Digest returns what the payer signs: TransferWithAuthorization of ERC-3009.
func (t Till) Digest(a Authorization) market.Hash {
	return seal.NewMessage(t.Token,
		"TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)",
		seal.AddressWord(a.From), seal.AddressWord(a.To), seal.AmountWord(a.Value), seal.NumberWord(a.ValidAfter), seal.NumberWord(a.ValidBefore), a.Nonce,
	).Digest()
}
