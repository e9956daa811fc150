//go:build faults

package node

import (
	"context"
	"math/big"
	"sync"
	"time"

	"privd/chain"
	"privd/chain/binding/privtoken"
	"privd/market"
	"privd/market/delivery"
	"privd/market/purchase"
	"privd/market/seal"
)

// asking puts the cheats of a buyer between the engine and the seller's node.
func (n *Node) asking(peers []string, s delivery.Seller) delivery.Seller {
	return crookedClient{s, n, peers}
}

type crookedClient struct {
	delivery.Seller
	n     *Node
	peers []string
}

// got are the openers that came, by purchase.
var got sync.Map

// Seal asks for a seal, after many others where the rule wants it.
func (c crookedClient) Seal(ctx context.Context, r delivery.SealRequest) (delivery.Sealed, error) {
	if breaks("flood") {
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				for range 40 {
					q := r
					q.Terms.Salt = random()
					_, _ = c.Seller.Seal(ctx, q) // what counts is that it was asked
				}
			})
		}
		all.Wait()
	}
	peersOf.Store(r.Order.Listing, c.peers)
	return c.Seller.Seal(ctx, r)
}

// peersOf are the peers that sell, by the hash of the listing.
var peersOf sync.Map

// Opener asks for k, or not, or as somebody else.
func (c crookedClient) Opener(ctx context.Context, r delivery.OpenerRequest) (seal.Key, error) {
	switch {
	case breaks("ask-never"):
		return seal.Key{}, market.Fail(market.Unavailable, "not asked")
	case breaks("ask-as-stranger"):
		r.Signature = stranger(c.n.face.Domain().OpenerRequest(r.Purchase))
	}
	k, err := c.Seller.Opener(ctx, r)
	if err == nil {
		got.Store(r.Purchase, k)
	}
	return k, err
}

// Note hands over no receipt, or a false one.
func (c crookedClient) Note(ctx context.Context, r delivery.Receipt) (err error) {
	domain := c.n.face.Domain()
	sign := func(purchase market.Hash) {
		r.Signature, err = c.n.ring.SignDigest(ctx, c.n.secrets.Account, domain.Receipt(purchase, r.OpenedAt))
	}
	switch {
	case breaks("receipt-never"):
		return nil
	case breaks("receipt-of-another"):
		sign(random())
	case breaks("receipt-of-stranger"):
		r.Signature = stranger(domain.Receipt(r.Purchase, r.OpenedAt))
	case breaks("receipt-too-early"):
		r.OpenedAt = 1
		sign(r.Purchase)
	case breaks("receipt-too-late"):
		r.OpenedAt += 365 * 86400
		sign(r.Purchase)
	case breaks("dispute-right-key"):
		return c.dispute(ctx, r.Purchase)
	case breaks("refund-opened"):
		state, err := c.n.onChain(ctx, r.Purchase)
		if err != nil {
			return err
		}
		// Each time under another key: a refusal is kept.
		return again(c.n.face.Refund(ctx, "refund/"+r.Purchase.Hex()+random().Hex(), state.Deal()))
	}
	if err != nil {
		return err
	}
	return c.Seller.Note(ctx, r)
}

// dispute claims on chain that the key which opened everything was wrong.
func (c crookedClient) dispute(ctx context.Context, id market.Hash) error {
	state, err := c.n.onChain(ctx, id)
	if err != nil {
		return err
	}
	opener, known := got.Load(id)
	if !known {
		return market.Fail(market.Unavailable, "no opener")
	}
	var p purchase.Purchase
	err = c.n.engine.Store.View(ctx, func(tx purchase.Tx) error { p, err = tx.PurchaseOnChain(id); return err })
	if err != nil {
		return err
	}
	raw, err := c.n.storage.Keys.Get(ctx, string(p.ID)+".sealed")
	if err != nil {
		return err
	}
	var sealed seal.Key
	if err := sealed.UnmarshalBinary(raw); err != nil {
		return err
	}
	return again(c.n.face.Dispute(ctx, "dispute/"+id.Hex()+random().Hex(), state.Deal(), state.Delivery, opener.(seal.Key), sealed))
}

// again has the engine hand over its receipt again, which is when a cheat is tried.
func again(err error) error {
	if err == nil {
		err = market.Fail(market.Unavailable, "tried, and to be tried again")
	}
	return err
}

// buyersChain changes what the buyer's node pays with.
func (n *Node) buyersChain(c purchase.Chain) purchase.Chain { return crookedBuyer{c, n} }

type crookedBuyer struct {
	purchase.Chain
	n *Node
}

// Purchase pays otherwise than the seal says, twice, not at all, or with money that is
// gone.
func (c crookedBuyer) Purchase(ctx context.Context, key string, s seal.Sale, payment seal.Sig) (err error) {
	n, domain := c.n, c.n.face.Domain()
	id := domain.Purchase(domain.Deal(s))
	pay := func(change func(*seal.Sale)) error {
		change(&s)
		payment, err := n.ring.SignDigest(ctx, s.Terms.Buyer, domain.Payment(n.priv(), s))
		if err != nil {
			return err
		}
		return c.Chain.Purchase(ctx, key, s, payment)
	}
	switch {
	case breaks("pay-never"):
		go c.askAnyway(context.WithoutCancel(ctx), s, id)
		return nil
	case breaks("pay-other-salt"):
		return pay(func(s *seal.Sale) { s.Terms.Salt = random() })
	case breaks("pay-other-lock"):
		return pay(func(s *seal.Sale) { s.Lock = random() })
	case breaks("pay-other-price"):
		return pay(func(s *seal.Sale) { s.Order.Price = market.Wei(1) })
	case breaks("pay-other-seal"):
		return pay(func(s *seal.Sale) {
			s.SealedHash = random()
			s.SealSignature = stranger(domain.Purchase(domain.Deal(*s)))
		})
	case breaks("cancel-payment"):
		err = c.cancel(ctx, s.Terms.Buyer, id)
	case breaks("spend-first"):
		err = c.spend(ctx, s)
	}
	if err != nil {
		return err
	}
	if err := c.Chain.Purchase(ctx, key, s, payment); err != nil || !breaks("pay-twice") {
		return err
	}
	return c.Chain.Purchase(ctx, key+"/again", s, payment)
}

// askAnyway asks for k of what is not paid.
func (c crookedBuyer) askAnyway(ctx context.Context, s seal.Sale, id market.Hash) {
	peers, known := peersOf.Load(s.Order.Listing)
	if !known {
		return
	}
	signature, err := c.n.ring.SignDigest(ctx, c.n.secrets.Account, c.n.face.Domain().OpenerRequest(id))
	if err != nil {
		return
	}
	for range 100 {
		k, err := c.n.host.Seller(peers.([]string)).Opener(ctx, delivery.OpenerRequest{Purchase: id, Signature: signature})
		if err == nil {
			c.n.log.Error("an opener came unpaid", "purchase_id", id, "opens", k.Opens(s.Lock))
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (c crookedBuyer) token() seal.Contract {
	t := c.n.priv()
	return seal.Contract{Name: t.Name, Version: t.Version, ChainID: t.ChainID, Address: t.Token}
}

// send signs an authorization of the token and has it mined before anything else.
func (c crookedBuyer) send(ctx context.Context, key string, from market.Address, m seal.Message, pack func(v uint8, r, s [32]byte) []byte) error {
	sig, err := c.n.ring.SignDigest(ctx, from, m.Digest())
	if err != nil {
		return err
	}
	v, r, s := sig.VRS()
	if _, err := c.n.sender.Submit(ctx, key, chain.Call{To: c.n.priv().Token, Data: pack(v, r, s)}); err != nil {
		return err
	}
	_, err = c.n.sender.Wait(ctx, key, false)
	return err
}

// cancel voids the payment of a purchase before it is sent.
func (c crookedBuyer) cancel(ctx context.Context, buyer market.Address, id market.Hash) error {
	m := seal.NewMessage(c.token(), "CancelAuthorization(address authorizer,bytes32 nonce)", seal.AddressWord(buyer), id)
	return c.send(ctx, "cancel/"+id.Hex(), buyer, m, func(v uint8, r, s [32]byte) []byte {
		return privtoken.NewPrivToken().PackCancelAuthorization(buyer, id, v, r, s)
	})
}

// spend moves the buyer's money to the node before the payment is sent.
func (c crookedBuyer) spend(ctx context.Context, s seal.Sale) error {
	buyer, to, nonce := s.Terms.Buyer, c.n.secrets.Account, random()
	all, err := c.n.face.Balance(ctx, buyer)
	if err != nil {
		return err
	}
	const until = 1 << 39
	m := seal.NewMessage(c.token(), "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)",
		seal.AddressWord(buyer), seal.AddressWord(to), seal.AmountWord(all), seal.NumberWord(0), seal.NumberWord(until), nonce)
	return c.send(ctx, "spend/"+nonce.Hex(), buyer, m, func(v uint8, r, s [32]byte) []byte {
		return privtoken.NewPrivToken().PackTransferWithAuthorization(buyer, to, all.Big(), new(big.Int), big.NewInt(until), nonce, v, r, s)
	})
}
