package x402

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"

	"privd/market"
	"privd/market/seal"
)

// Names of the headers payments travel in.
const (
	HeaderRequired     = "PAYMENT-REQUIRED"   // of a 402, version 2
	HeaderSignature    = "PAYMENT-SIGNATURE"  // of a paying request, version 2
	HeaderResponse     = "PAYMENT-RESPONSE"   // of what was paid for, version 2
	HeaderPayment      = "X-PAYMENT"          // of a paying request, version 1 and the documented dialect
	HeaderPaymentReply = "X-PAYMENT-RESPONSE" // of what was paid for, version 1 and the documented dialect
)

// Till is where payments go: which token on which chain, and whose account.
type Till struct {
	Token seal.Contract // its EIP-712 domain: address, chain, name and version
	PayTo market.Address
	// Timeout is how many seconds clients let a payment be valid for.
	Timeout int
}

// Decimals are those of the dollar token that datasets are priced in.
const Decimals = 6

// Offer is a price and what it buys.
type Offer struct {
	Amount market.Amount // smallest unit of the token
	Buys   Good
	// File is the SHA-256 of the file that is sold; zero where it is none.
	File market.Hash
}

// extraFile is the member of an offer's extra that holds File in hexadecimal digits.
// Clients of version 2 send it back: they do not pay for a file that is in its place by then.
const extraFile = "sha256"

func (o Offer) file() string {
	if o.File.IsZero() {
		return ""
	}
	return hex.EncodeToString(o.File[:])
}

// Good is what a payment buys.
type Good string

// What is sold.
const (
	Details Good = "details" // the description with its schema
	Access  Good = "dataset" // one download of the dataset, and a token for it
)

// Resource describes what a request asked for.
type Resource struct {
	URL         string // absolute
	Description string
	MIME        string
	Service     string   // up to 32 printable ASCII letters, else left out
	Tags        []string // up to five, each as Service
}

// Challenge is the answer to a request that is not paid for.
type Challenge struct {
	Till     Till
	Resource Resource
	// Offers are what clients of the standard may pay; they pay the first.
	Offers []Offer
	// Documented are what the documented dialect shows.
	Documented []Offer
	// Reason is why a payment was refused; empty when there was none.
	Reason Reason
	// Extensions are those of version 2, by name.
	Extensions map[string]any
}

// maxHeader keeps the header below what clients take: theirs end at 16 KiB for all
// headers together.
const maxHeader = 8 << 10

const required = "Payment required"

type requirementV2 struct {
	Scheme            string         `json:"scheme"`
	Network           string         `json:"network"`
	Amount            string         `json:"amount"`
	Asset             string         `json:"asset"`
	PayTo             string         `json:"payTo"`
	MaxTimeoutSeconds int            `json:"maxTimeoutSeconds"`
	Extra             map[string]any `json:"extra"`
}

type resourceV2 struct {
	URL         string   `json:"url"`
	Description string   `json:"description"`
	MIME        string   `json:"mimeType"`
	Service     string   `json:"serviceName,omitempty"`
	Tags        []string `json:"tags,omitempty"`
}

type requiredV2 struct {
	Version    int             `json:"x402Version"`
	Error      string          `json:"error"`
	Resource   resourceV2      `json:"resource"`
	Accepts    []requirementV2 `json:"accepts"`
	Extensions map[string]any  `json:"extensions"`
}

type requirementV1 struct {
	Scheme            string            `json:"scheme"`
	Network           string            `json:"network"`
	MaxAmountRequired string            `json:"maxAmountRequired"`
	Resource          string            `json:"resource"`
	Description       string            `json:"description"`
	MIME              string            `json:"mimeType"`
	PayTo             string            `json:"payTo"`
	MaxTimeoutSeconds int               `json:"maxTimeoutSeconds"`
	Asset             string            `json:"asset"`
	Extra             map[string]string `json:"extra"`
}

type requirementDocumented struct {
	Scheme            string            `json:"scheme"`
	Network           string            `json:"network"`
	PayTo             string            `json:"payTo"`
	MaxAmountRequired string            `json:"maxAmountRequired"`
	Buys              Good              `json:"buys"`
	File              string            `json:"sha256,omitempty"`
	Asset             string            `json:"asset"`
	ChainID           uint64            `json:"chainId"`
	Decimals          int               `json:"decimals"`
	MaxTimeoutSeconds int               `json:"maxTimeoutSeconds"`
	Extra             map[string]string `json:"extra"`
}

type paymentRequired struct {
	Requirements []requirementDocumented `json:"paymentRequirements"`
}

// Header returns the value of HeaderRequired. What may be of any length is left
// out of it when it would be too long for clients.
func (c Challenge) Header() string {
	full := c.v2()
	value := encode(full)
	if _, described := full.Extensions[ExtensionBazaar]; described && len(value) > maxHeader {
		full.Extensions = maps.Clone(full.Extensions)
		delete(full.Extensions, ExtensionBazaar) // clients pay without it
		value = encode(full)
	}
	if len(value) > maxHeader {
		full.Extensions = map[string]any{}
		full.Resource.Description, full.Resource.Tags = "", nil
		value = encode(full)
	}
	return value
}

func encode(v any) string { return base64.StdEncoding.EncodeToString(marshal(v)) }

func marshal(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("x402: a challenge always encodes: " + err.Error())
	}
	return raw
}

// Body returns the JSON of the answer. Clients of version 1 read x402Version and
// accepts, where the chain has a name they know; otherwise the body tells again what
// the header tells. The documented dialect reads paymentRequired.
func (c Challenge) Body() []byte {
	shown := paymentRequired{Requirements: []requirementDocumented{}}
	for _, o := range c.Documented {
		shown.Requirements = append(shown.Requirements, requirementDocumented{
			Scheme: exact, Network: localhost, PayTo: c.Till.PayTo.Hex(), MaxAmountRequired: o.Amount.String(), Buys: o.Buys, File: o.file(),
			Asset: c.Till.Token.Address.Hex(), ChainID: c.Till.Token.ChainID, Decimals: Decimals, MaxTimeoutSeconds: c.Till.Timeout, Extra: c.domain(),
		})
	}
	if name, ok := V1Name(c.Till.Token.ChainID); ok {
		return marshal(struct {
			Version  int             `json:"x402Version"`
			Error    string          `json:"error"`
			Accepts  []requirementV1 `json:"accepts"`
			Required paymentRequired `json:"paymentRequired"`
		}{1, c.text(), c.v1(name), shown})
	}
	return marshal(struct {
		requiredV2
		Required paymentRequired `json:"paymentRequired"`
	}{c.v2(), shown})
}

func (c Challenge) text() string {
	if c.Reason != "" {
		return string(c.Reason)
	}
	return required
}

func (c Challenge) domain() map[string]string {
	return map[string]string{"name": c.Till.Token.Name, "version": c.Till.Token.Version}
}

// v2 says that payment comes first: what cannot be taken back is not handed out
// against a promise that can.
func (c Challenge) v2() requiredV2 {
	out := requiredV2{
		Version: 2, Error: c.text(), Accepts: []requirementV2{}, Extensions: c.Extensions,
		Resource: resourceV2{URL: c.Resource.URL, Description: c.Resource.Description, MIME: c.Resource.MIME},
	}
	if out.Extensions == nil {
		out.Extensions = map[string]any{}
	}
	if label(c.Resource.Service) {
		out.Resource.Service = c.Resource.Service
	}
	for _, tag := range c.Resource.Tags {
		if label(tag) && len(out.Resource.Tags) < maxTags {
			out.Resource.Tags = append(out.Resource.Tags, tag)
		}
	}
	for _, o := range c.Offers {
		out.Accepts = append(out.Accepts, c.Till.requirement(o))
	}
	return out
}

func (t Till) requirement(o Offer) requirementV2 {
	out := requirementV2{
		Scheme: exact, Network: CAIP2(t.Token.ChainID), Amount: o.Amount.String(), Asset: t.Token.Address.Hex(), PayTo: t.PayTo.Hex(), MaxTimeoutSeconds: t.Timeout,
		Extra: map[string]any{"name": t.Token.Name, "version": t.Token.Version, "paymentFlow": "upfront"},
	}
	if file := o.file(); file != "" {
		out.Extra[extraFile] = file
	}
	return out
}

func (c Challenge) v1(network string) []requirementV1 {
	list := make([]requirementV1, len(c.Offers))
	for i, o := range c.Offers {
		list[i] = requirementV1{
			Scheme: exact, Network: network, MaxAmountRequired: o.Amount.String(), Resource: c.Resource.URL, Description: c.Resource.Description,
			MIME: c.Resource.MIME, PayTo: c.Till.PayTo.Hex(), MaxTimeoutSeconds: c.Till.Timeout, Asset: c.Till.Token.Address.Hex(), Extra: c.domain(),
		}
	}
	return list
}

const (
	exact    = "exact"
	maxTags  = 5
	maxLabel = 32
)

// label reports whether clients take a text as a name or a tag.
func label(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return text != "" && len(text) <= maxLabel
}

// Receipt is what a client is told of its payment.
type Receipt struct {
	Dialect     Dialect
	Network     string // as the client named it
	Payer       market.Address
	Transaction market.Hash // zero while there is none
	// Reason is why the payment did not go through, or not yet; empty for success.
	Reason Reason
	// Extensions are answers to those of version 2, by name.
	Extensions map[string]any
}

// Header returns the name and the value of the header that tells it.
func (r Receipt) Header() (name, value string) {
	answer := map[string]any{"success": r.Reason == "", "transaction": "", "network": r.Network, "payer": r.Payer.Hex()}
	if r.Transaction != (market.Hash{}) {
		answer["transaction"] = r.Transaction.String()
	}
	if r.Reason != "" {
		answer["errorReason"] = string(r.Reason)
	}
	if len(r.Extensions) > 0 {
		answer["extensions"] = r.Extensions
	}
	if r.Dialect == V2 {
		return HeaderResponse, encode(answer)
	}
	return HeaderPaymentReply, encode(answer)
}
