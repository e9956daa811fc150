package seal

import (
	"encoding/json"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/crypto"

	"privd/market"
)

// Contract is an EIP-712 domain with all of the four fields that wallets know:
// who checks what was signed.
type Contract struct {
	Name    string
	Version string
	ChainID uint64
	Address market.Address
}

// Separator returns the domain separator.
func (c Contract) Separator() market.Hash {
	return words(domainTypeHash, keccak(c.Name), keccak(c.Version), number(c.ChainID), address(c.Address))
}

// Message is typed data for a wallet to sign (EIP-712): one struct whose members
// are all one word. Its digest and its text come from the same members, so that
// what a wallet shows is what it signs.
type Message struct {
	contract Contract
	encoded  string        // encodeType, "Name(type member,...)"
	members  []market.Hash // encodeData, without the type hash
}

// NewMessage returns typed data of the type that encodeType declares, as
// "Name(type member,...)". Members are of type address, bytes32 or uintN; there is
// one word for each, right-aligned as in encodeData. It panics when the two do not
// fit, which is a fault of the program.
func NewMessage(c Contract, encodeType string, members ...market.Hash) Message {
	m := Message{contract: c, encoded: encodeType, members: members}
	if _, declared := m.declared(); len(declared) != len(members) {
		panic("seal: " + encodeType + " has another number of members")
	}
	return m
}

// AddressWord returns an address as a member of a Message.
func AddressWord(a market.Address) market.Hash { return address(a) }

// NumberWord returns an unsigned integer as a member of a Message.
func NumberWord(n uint64) market.Hash { return number(n) }

// AmountWord returns an amount, in the smallest unit, as a member of a Message.
func AmountWord(a market.Amount) market.Hash { return market.Hash(a.Bytes32()) }

// Digest returns what is signed: keccak256(0x1901 || domainSeparator ||
// hashStruct(message)).
func (m Message) Digest() market.Hash {
	sep, body := m.contract.Separator(), m.hash()
	return market.Hash(crypto.Keccak256Hash([]byte{0x19, 0x01}, sep[:], body[:]))
}

func (m Message) hash() market.Hash {
	return words(append([]market.Hash{keccak(m.encoded)}, m.members...)...)
}

// member is one declared member of a type.
type member struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// declared returns the name of the message's type and its members.
func (m Message) declared() (name string, members []member) {
	name, rest, _ := strings.Cut(m.encoded, "(")
	for _, part := range strings.Split(strings.TrimSuffix(rest, ")"), ",") {
		kind, label, _ := strings.Cut(part, " ")
		members = append(members, member{Name: label, Type: kind})
	}
	return name, members
}

// JSON returns the message as eth_signTypedData_v4 takes it. Integers in the
// message are decimal strings, since they may be larger than what a JSON number
// holds everywhere.
func (m Message) JSON() []byte {
	name, members := m.declared()
	message := make(map[string]string, len(members))
	for i, d := range members {
		message[d.Name] = memberText(d.Type, m.members[i])
	}
	raw, err := json.Marshal(map[string]any{
		"types": map[string][]member{
			"EIP712Domain": {{"name", "string"}, {"version", "string"}, {"chainId", "uint256"}, {"verifyingContract", "address"}},
			name:           members,
		},
		"primaryType": name,
		"domain": map[string]any{
			"name": m.contract.Name, "version": m.contract.Version,
			"chainId": m.contract.ChainID, "verifyingContract": m.contract.Address.Hex(),
		},
		"message": message,
	})
	if err != nil {
		panic("seal: strings always encode: " + err.Error())
	}
	return raw
}

// memberText writes a member as wallets read it.
func memberText(kind string, w market.Hash) string {
	switch {
	case kind == "address":
		return market.Address(w[12:]).Hex()
	case kind == "bytes32":
		return w.String()
	case strings.HasPrefix(kind, "uint"):
		return new(big.Int).SetBytes(w[:]).String()
	}
	panic("seal: no member of a message is " + kind)
}
