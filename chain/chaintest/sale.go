package chaintest

import (
	"crypto/rand"
	"testing"

	"privd/market"
	"privd/market/seal"
)

// Trade is one purchase with everybody's keys and secrets, sealed and ready to be
// paid for.
type Trade struct {
	Seller, Sealer, Buyer, Delegate Key

	Sale     seal.Sale
	Payment  seal.Sig // the buyer's
	Purchase market.Hash
	Deal     seal.Deal
	Delivery seal.Delivery

	Key    seal.Key // K
	Opener seal.Key // k
	Sealed seal.Key // c

	domain seal.Domain
}

// TradeOptions changes a trade before it is signed; the zero value changes nothing.
type TradeOptions struct {
	Price  market.Amount // default 25 PRIV
	Window uint32        // seconds; default a day
	Days   uint32        // default 30
	// WrongKey seals another key than the one committed to.
	WrongKey bool
}

// NewTrade returns a trade between a funded buyer and a fresh seller, at the time
// of the newest block.
func (n *Net) NewTrade(t testing.TB, o TradeOptions) *Trade {
	t.Helper()
	buyer := NewKey(t)
	if o.Price.IsZero() {
		o.Price = PRIV(t, "25")
	}
	n.FundPRIV(t, buyer.Address(), o.Price)
	return n.TradeBetween(t, NewKey(t), buyer, o)
}

// TradeBetween returns a trade of a fresh listing between a seller and a buyer who
// has the money.
func (n *Net) TradeBetween(t testing.TB, seller, buyer Key, o TradeOptions) *Trade {
	t.Helper()
	if o.Price.IsZero() {
		o.Price = PRIV(t, "25")
	}
	if o.Window == 0 {
		o.Window = 86_400
	}
	if o.Days == 0 {
		o.Days = 30
	}
	_, now, err := n.Client(t).Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	x := &Trade{Seller: seller, Sealer: NewKey(t), Buyer: buyer, Delegate: NewKey(t),
		domain: seal.Domain{ChainID: n.Config.ChainID, Market: n.Config.Contracts.Market}}
	x.Key = seal.NewKey()
	order := seal.Order{
		Seller: seller.Address(), Sealer: x.Sealer.Address(), Listing: random(t), Manifest: random(t),
		KeyCommitment: x.Key.Commitment(), Price: o.Price, Version: 1, Expiry: now + 30*86_400,
	}
	terms := seal.Terms{
		Buyer: buyer.Address(), Delegate: x.Delegate.Address(), Recipient: random(t),
		AccessDays: o.Days, DeliveryWindow: o.Window, PayBy: now + 3600, Salt: random(t),
	}
	offer := x.domain.Offer(order, terms)
	x.Opener = seal.Opener(seal.NewKey(), offer)
	key := x.Key
	if o.WrongKey {
		key = seal.NewKey()
	}
	x.Sealed = seal.Seal(key, x.Opener, offer)
	x.Sale = seal.Sale{
		Order: order, OrderSignature: seller.Sign(t, x.domain.Order(order)), Terms: terms,
		SealedHash: x.Sealed.Commitment(), Lock: x.Opener.Commitment(),
	}
	x.Delivery, x.Deal = x.domain.Delivery(x.Sale), x.domain.Deal(x.Sale)
	x.Purchase = x.domain.Purchase(x.Deal)
	x.Sale.SealSignature = x.Sealer.Sign(t, x.Purchase)
	token := seal.TokenDomain{Name: "PRIV", Version: "1", ChainID: n.Config.ChainID, Token: n.Config.Contracts.PRIV}
	x.Payment = buyer.Sign(t, x.domain.Payment(token, x.Sale))
	return x
}

// Receipt returns the buyer's statement that the key opened at a time.
func (x *Trade) Receipt(t testing.TB, openedAt uint64) seal.SignedReceipt {
	t.Helper()
	return seal.SignedReceipt{Deal: x.Deal, OpenedAt: openedAt, Signature: x.Delegate.Sign(t, x.domain.Receipt(x.Purchase, openedAt))}
}

// Domain returns the domain the trade is signed under.
func (x *Trade) Domain() seal.Domain { return x.domain }

func random(t testing.TB) (h market.Hash) {
	t.Helper()
	if _, err := rand.Read(h[:]); err != nil {
		t.Fatal(err)
	}
	return h
}
