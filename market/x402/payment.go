package x402

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"privd/market"
	"privd/market/seal"
)

// Dialect is how a client speaks.
type Dialect uint8

// The dialects. Their signatures are the same.
const (
	V2         Dialect = 2 // HeaderSignature
	V1         Dialect = 1 // HeaderPayment with x402Version 1
	Documented Dialect = 3 // HeaderPayment as the datasets API shows it
)

// Payment is what a client sent, read but not checked. Of its members only those
// of the authorization are signed.
type Payment struct {
	Dialect Dialect
	Scheme  string
	Network string // as the client named it
	Authorization
	Signature seal.Sig
	// Accepted is the offer that a client of version 2 says it took; nil of others.
	Accepted *Accepted
	// URL is the resource that the client says it pays for; may be empty.
	URL string
	// Identifier is the id of the payment-identifier extension; empty when the client
	// gave none. It never reaches the chain, so it may open again what was bought.
	Identifier string
}

// Authorization is the signed part: ERC-3009 TransferWithAuthorization.
type Authorization struct {
	From        market.Address
	To          market.Address
	Value       market.Amount // smallest unit
	ValidAfter  uint64        // unix seconds; valid strictly after it
	ValidBefore uint64        // unix seconds; valid strictly before it
	Nonce       market.Hash
}

// Accepted is the offer a client names.
type Accepted struct {
	Scheme, Network string
	Amount          market.Amount
	Asset, PayTo    market.Address
	// File is the SHA-256 in hexadecimal digits of the file that was offered; may be empty.
	File string
}

// MaxPayment is how many bytes of a payment header are looked at.
const MaxPayment = 16 << 10

// ErrNoPayment is returned when a request carries no payment.
var ErrNoPayment = errors.New("no payment")

// Read reads the payment of a request from the values of HeaderSignature and of
// HeaderPayment. It returns ErrNoPayment when there are none, and a Refusal for what
// cannot be understood.
func Read(signature, payment []string) (*Payment, error) {
	switch {
	case len(signature)+len(payment) == 0:
		return nil, ErrNoPayment
	case len(signature)+len(payment) > 1:
		return nil, refuse(InvalidPayload, "more than one payment header")
	case len(signature) == 1:
		o, err := readHeader(signature[0])
		if err != nil {
			return nil, err
		}
		return o.v2()
	}
	o, err := readHeader(payment[0])
	if err != nil {
		return nil, err
	}
	switch version, given := o.fields["x402Version"]; {
	case !given:
		return o.documented()
	case version == json.Number("1"):
		return o.v1()
	case version == json.Number("2"):
		return o.v2()
	}
	return nil, refuse(InvalidVersion, "x402Version must be 1 or 2")
}

// object is a JSON object whose members are read by their exact names, and whose
// path is told when one is wrong. The first fault is kept.
type object struct {
	path   string
	fields map[string]any
	fault  *error
}

func readHeader(value string) (object, error) {
	if len(value) > MaxPayment {
		return object{}, refuse(InvalidPayload, "the payment header is too long")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(value)
	if err != nil {
		return object{}, refuse(InvalidPayload, "the payment header is not base64")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	v, err := readValue(decoder, 0)
	if err == nil {
		if _, more := decoder.Token(); more != io.EOF {
			err = errors.New("something follows the object")
		}
	}
	fields, ok := v.(map[string]any)
	if err == nil && !ok {
		err = errors.New("it is something else")
	}
	if err != nil {
		return object{}, refuse(InvalidPayload, "the payment header does not hold one JSON object: "+err.Error())
	}
	return object{fields: fields, fault: new(error)}, nil
}

// maxDepth is how deep objects may lie in each other.
const maxDepth = 16

// readValue reads a JSON value and refuses members that are given twice, of which
// programs read one or the other.
func readValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return t, nil
	}
	if depth == maxDepth {
		return nil, errors.New("too deep")
	}
	if delim == '[' {
		list := []any{}
		for d.More() {
			v, err := readValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	}
	fields := map[string]any{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		if _, twice := fields[name.(string)]; twice {
			return nil, fmt.Errorf("%.40q is given twice", name)
		}
		if fields[name.(string)], err = readValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	_, err = d.Token()
	return fields, err
}

func (o object) wrong(name, what string) {
	if *o.fault == nil {
		*o.fault = refuse(InvalidPayload, o.path+name+" "+what)
	}
}

func (o object) object(name string) object {
	fields, ok := o.fields[name].(map[string]any)
	if !ok {
		o.wrong(name, "must be an object")
	}
	return object{path: o.path + name + ".", fields: fields, fault: o.fault}
}

func (o object) text(name string) string {
	s, ok := o.fields[name].(string)
	if !ok {
		o.wrong(name, "must be a string")
	}
	return s
}

func (o object) address(name string) (a market.Address) {
	o.fixed(name, a[:])
	return a
}

// fixed reads 0x and exactly the hexadecimal digits that fill out.
func (o object) fixed(name string, out []byte) {
	digits, found := strings.CutPrefix(o.text(name), "0x")
	if raw, err := hex.DecodeString(digits); err == nil && found && len(raw) == len(out) {
		copy(out, raw)
		return
	}
	o.wrong(name, fmt.Sprintf("must be 0x and %d hexadecimal digits", 2*len(out)))
}

// digits reads a number written as decimal digits in a string, without a sign.
func (o object) digits(name string) string {
	s := o.text(name)
	if s == "" || len(s) > 78 || strings.Trim(s, "0123456789") != "" {
		o.wrong(name, "must be decimal digits in a string")
		return "0"
	}
	return s
}

func (o object) amount(name string) market.Amount {
	a, err := market.ParseWei(o.digits(name))
	if err != nil {
		o.wrong(name, "does not fit 256 bits")
	}
	return a
}

// maxTime bounds times: beyond it contracts may take them for something else.
const maxTime = 1 << 40

func (o object) seconds(name string) uint64 {
	n, err := strconv.ParseUint(o.digits(name), 10, 64)
	if err != nil || n >= maxTime {
		// All of the far future is one to us, but what is signed must be exact.
		o.wrong(name, "must be a time in unix seconds")
	}
	return n
}

func (o object) signature(name string) seal.Sig {
	text := o.text(name)
	sig, err := seal.ParseSig(text)
	if err != nil || len(text) != 2+2*65 {
		o.wrong(name, "must be a 65-byte ECDSA signature with a low s")
	}
	return sig
}

func (o object) authorization() Authorization {
	a := Authorization{
		From: o.address("from"), To: o.address("to"), Value: o.amount("value"),
		ValidAfter: o.seconds("validAfter"), ValidBefore: o.seconds("validBefore"),
	}
	o.fixed("nonce", a.Nonce[:])
	return a
}

func (o object) done(p *Payment) (*Payment, error) {
	if *o.fault != nil {
		return nil, *o.fault
	}
	return p, nil
}

func (o object) v2() (*Payment, error) {
	if o.fields["x402Version"] != json.Number("2") {
		return nil, refuse(InvalidVersion, "x402Version must be 2")
	}
	accepted, payload := o.object("accepted"), o.object("payload")
	p := &Payment{
		Dialect: V2, Scheme: accepted.text("scheme"), Network: accepted.text("network"),
		Authorization: payload.object("authorization").authorization(), Signature: payload.signature("signature"),
		Accepted: &Accepted{
			Scheme: accepted.text("scheme"), Network: accepted.text("network"), Amount: accepted.amount("amount"),
			Asset: accepted.address("asset"), PayTo: accepted.address("payTo"),
		},
	}
	if extra, ok := accepted.fields["extra"].(map[string]any); ok {
		p.Accepted.File, _ = extra[extraFile].(string)
	}
	if resource, ok := o.fields["resource"].(map[string]any); ok {
		p.URL, _ = resource["url"].(string)
	}
	var err error
	if p.Identifier, err = identifier(o.fields["extensions"]); err != nil {
		return nil, err
	}
	return o.done(p)
}

// names returns what may be the dataset that the client says it pays for: the segments
// after datasets in the path of its resource.
func (p *Payment) names() (all []string) {
	at, err := url.Parse(p.URL)
	if err != nil {
		return nil
	}
	segments := strings.Split(at.Path, "/")
	for i, s := range segments[1:] {
		if segments[i] == "datasets" {
			all = append(all, s)
		}
	}
	return all
}

func (o object) v1() (*Payment, error) {
	payload := o.object("payload")
	return o.done(&Payment{
		Dialect: V1, Scheme: o.text("scheme"), Network: o.text("network"),
		Authorization: payload.object("authorization").authorization(), Signature: payload.signature("signature"),
	})
}

func (o object) documented() (*Payment, error) {
	return o.done(&Payment{
		Dialect: Documented, Scheme: o.text("scheme"), Network: o.text("network"),
		Authorization: o.object("payload").authorization(), Signature: o.signature("signature"),
	})
}

// ExtensionIdentifier is the name of the payment-identifier extension.
const ExtensionIdentifier = "payment-identifier"

// identifier reads the id that a client gave its payment. A client that knows
// nothing of the extension repeats what it was offered, which holds none.
func identifier(extensions any) (string, error) {
	all, _ := extensions.(map[string]any)
	extension, _ := all[ExtensionIdentifier].(map[string]any)
	info, _ := extension["info"].(map[string]any)
	v, given := info["id"]
	if !given {
		return "", nil
	}
	id, ok := v.(string)
	if !ok || !CheckIdentifier(id) {
		return "", refuse(InvalidPayload, "extensions.payment-identifier.info.id must be 16 to 128 of A-Z a-z 0-9 _ -")
	}
	return id, nil
}

// CheckIdentifier reports whether an id is one of the payment-identifier extension.
func CheckIdentifier(id string) bool {
	for i := range len(id) {
		c := id[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return len(id) >= 16 && len(id) <= 128
}
