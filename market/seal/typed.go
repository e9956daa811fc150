package seal

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/crypto"

	"privd/market"
)

// Domain is the EIP-712 domain of one Market contract:
// {name:"privd Market", version:"1", chainId, verifyingContract}.
type Domain struct {
	ChainID uint64
	Market  market.Address
}

// Order is the terms under which a seller offers one version of a listing. The
// seller's wallet signs its digest; the same signature admits it to gossip and
// to the contract.
type Order struct {
	Seller        market.Address
	Sealer        market.Address // key of the seller's node, which signs each purchase
	Listing       market.Hash    // keccak256 of the listing id's UTF-8
	Manifest      market.Hash    // SHA-256 of the manifest block
	KeyCommitment market.Hash    // keccak256 of the listing key K
	Price         market.Amount  // wei of PRIV, 1..2^128-1
	Version       uint64
	Expiry        uint64 // unix seconds; the last second at which it may be bought
}

// Terms are the buyer's half of a purchase. Nobody signs them alone; the payment
// commits to them.
type Terms struct {
	Buyer          market.Address
	Delegate       market.Address // key of the buyer's node, which signs the receipt
	Recipient      market.Hash    // SHA-256 of the text of the buyer's age recipient
	AccessDays     uint32         // 1..365
	DeliveryWindow uint32         // seconds the seller has to hand over the key
	PayBy          uint64         // unix seconds; the payment is void from then on
	Salt           market.Hash    // random for each attempt
}

// Delivery is what the sealer commits to: which key, sealed how, opened by what.
type Delivery struct {
	Offer         market.Hash
	KeyCommitment market.Hash
	SealedHash    market.Hash // keccak256(c)
	Lock          market.Hash // keccak256(k)
}

// Deal names the parties of a purchase; with the hash of its Delivery it gives
// the purchase id.
type Deal struct {
	Seller   market.Address
	Buyer    market.Address
	Delegate market.Address
	Listing  market.Hash
	Delivery market.Hash // Delivery.Hash()
}

// Sale is everything the contract needs to open a purchase, the payment aside.
type Sale struct {
	Order          Order
	OrderSignature Sig
	Terms          Terms
	SealedHash     market.Hash
	Lock           market.Hash
	SealSignature  Sig
}

// SignedReceipt is the buyer's statement, signed by the delegate, that the key
// opened what was promised at OpenedAt (unix seconds).
type SignedReceipt struct {
	Deal      Deal
	OpenedAt  uint64
	Signature Sig
}

const (
	orderType    = "Order(address seller,address sealer,bytes32 listing,bytes32 manifest,bytes32 keyCommitment,uint256 price,uint64 version,uint64 expiry)"
	termsType    = "Terms(address buyer,address delegate,bytes32 recipient,uint32 accessDays,uint32 deliveryWindow,uint64 payBy,bytes32 salt)"
	deliveryType = "Delivery(bytes32 offer,bytes32 keyCommitment,bytes32 sealedHash,bytes32 lock)"
	purchaseType = "Purchase(address seller,address buyer,address delegate,bytes32 listing,Delivery delivery)" + deliveryType
)

var (
	domainTypeHash    = keccak("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
	orderTypeHash     = keccak(orderType)
	termsTypeHash     = keccak(termsType)
	offerTypeHash     = keccak("Offer(Order order,Terms terms)" + orderType + termsType)
	deliveryTypeHash  = keccak(deliveryType)
	purchaseTypeHash  = keccak(purchaseType)
	receiptTypeHash   = keccak("Receipt(bytes32 purchase,uint64 openedAt)")
	openerTypeHash    = keccak("OpenerRequest(bytes32 purchase)")
	retireTypeHash    = keccak("Retire(address seller,bytes32 listing,uint64 version)")
	withdrawnTypeHash = keccak("Withdrawn(address seller,bytes32 listing,uint64 version)")
)

// Separator returns the domain separator.
func (d Domain) Separator() market.Hash { return d.contract().Separator() }

func (d Domain) contract() Contract {
	return Contract{Name: "privd Market", Version: "1", ChainID: d.ChainID, Address: d.Market}
}

// digest returns keccak256(0x1901 || domainSeparator || hashStruct).
func (d Domain) digest(structHash market.Hash) market.Hash {
	sep := d.Separator()
	return market.Hash(crypto.Keccak256Hash([]byte{0x19, 0x01}, sep[:], structHash[:]))
}

func (o Order) members() []market.Hash {
	return []market.Hash{address(o.Seller), address(o.Sealer), o.Listing, o.Manifest,
		o.KeyCommitment, AmountWord(o.Price), number(o.Version), number(o.Expiry)}
}

func (o Order) hash() market.Hash {
	return words(append([]market.Hash{orderTypeHash}, o.members()...)...)
}

func (t Terms) hash() market.Hash {
	return words(termsTypeHash, address(t.Buyer), address(t.Delegate), t.Recipient,
		number(uint64(t.AccessDays)), number(uint64(t.DeliveryWindow)), number(t.PayBy), t.Salt)
}

// Order returns the digest the seller signs.
func (d Domain) Order(o Order) market.Hash { return d.digest(o.hash()) }

// OrderMessage returns the order as a wallet is asked to sign it.
func (d Domain) OrderMessage(o Order) Message {
	return NewMessage(d.contract(), orderType, o.members()...)
}

// Offer returns the digest of an order together with a buyer's terms; the opener
// and the pad are bound to it.
func (d Domain) Offer(o Order, t Terms) market.Hash {
	return d.digest(words(offerTypeHash, o.hash(), t.hash()))
}

// Hash returns hashStruct(Delivery).
func (x Delivery) Hash() market.Hash {
	return words(deliveryTypeHash, x.Offer, x.KeyCommitment, x.SealedHash, x.Lock)
}

// Purchase returns the purchase id of a deal: the digest the sealer signs, the
// nonce of the payment and the key of the purchase on chain.
func (d Domain) Purchase(x Deal) market.Hash {
	return d.digest(words(purchaseTypeHash, address(x.Seller), address(x.Buyer), address(x.Delegate), x.Listing, x.Delivery))
}

// Receipt returns the digest of a receipt, signed by the delegate.
func (d Domain) Receipt(purchase market.Hash, openedAt uint64) market.Hash {
	return d.digest(words(receiptTypeHash, purchase, number(openedAt)))
}

// OpenerRequest returns the digest by which a delegate asks for the opener.
func (d Domain) OpenerRequest(purchase market.Hash) market.Hash {
	return d.digest(words(openerTypeHash, purchase))
}

// Retire returns the digest by which a seller raises a listing's minimum version
// on chain.
func (d Domain) Retire(seller market.Address, listing market.Hash, version uint64) market.Hash {
	return d.digest(words(retireTypeHash, address(seller), listing, number(version)))
}

// Withdrawn returns the digest by which a seller or its sealer takes a listing
// off the catalogs of other nodes, up to and including version.
func (d Domain) Withdrawn(seller market.Address, listing market.Hash, version uint64) market.Hash {
	return d.digest(words(withdrawnTypeHash, address(seller), listing, number(version)))
}

// Delivery returns what the sealer commits to in s.
func (d Domain) Delivery(s Sale) Delivery {
	return Delivery{Offer: d.Offer(s.Order, s.Terms), KeyCommitment: s.Order.KeyCommitment, SealedHash: s.SealedHash, Lock: s.Lock}
}

// Deal returns the parties of s with its delivery.
func (d Domain) Deal(s Sale) Deal {
	return Deal{Seller: s.Order.Seller, Buyer: s.Terms.Buyer, Delegate: s.Terms.Delegate, Listing: s.Order.Listing, Delivery: d.Delivery(s).Hash()}
}

// ListingHash returns how orders name a listing: keccak256 of the id's UTF-8.
func ListingHash(id market.ListingID) market.Hash {
	return market.Hash(crypto.Keccak256Hash([]byte(id)))
}

// TokenDomain is the EIP-712 domain of an ERC-3009 token.
type TokenDomain struct {
	Name    string
	Version string
	ChainID uint64
	Token   market.Address
}

const receiveType = "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"

// ReceiveMessage returns an ERC-3009 ReceiveWithAuthorization that is valid from
// the start of time until validBefore (unix seconds, exclusive).
func (t TokenDomain) ReceiveMessage(from, to market.Address, value market.Amount, validBefore uint64, nonce market.Hash) Message {
	token := Contract{Name: t.Name, Version: t.Version, ChainID: t.ChainID, Address: t.Token}
	return NewMessage(token, receiveType, address(from), address(to), AmountWord(value), number(0), number(validBefore), nonce)
}

// Receive returns the digest of ReceiveMessage.
func (t TokenDomain) Receive(from, to market.Address, value market.Amount, validBefore uint64, nonce market.Hash) market.Hash {
	return t.ReceiveMessage(from, to, value, validBefore, nonce).Digest()
}

// PaymentMessage returns what the buyer's wallet signs: the payment of s into the
// Market, whose nonce is the purchase id.
func (d Domain) PaymentMessage(token TokenDomain, s Sale) Message {
	return token.ReceiveMessage(s.Terms.Buyer, d.Market, s.Order.Price, s.Terms.PayBy, d.Purchase(d.Deal(s)))
}

// Payment returns the digest of PaymentMessage.
func (d Domain) Payment(token TokenDomain, s Sale) market.Hash {
	return d.PaymentMessage(token, s).Digest()
}

func keccak(s string) market.Hash { return market.Hash(crypto.Keccak256Hash([]byte(s))) }

func words(w ...market.Hash) market.Hash {
	buf := make([]byte, 0, 32*len(w))
	for i := range w {
		buf = append(buf, w[i][:]...)
	}
	return market.Hash(crypto.Keccak256Hash(buf))
}

func address(a market.Address) (w market.Hash) {
	copy(w[12:], a[:])
	return w
}

func number(n uint64) (w market.Hash) {
	binary.BigEndian.PutUint64(w[24:], n)
	return w
}
