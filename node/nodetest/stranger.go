package nodetest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/listing"
	"privd/market/seal"
	"privd/node"
	"privd/p2p"
	"privd/p2p/p2ptest"
	"privd/storage/repo"
)

// Strangers are buyers that a test plays by hand, message by message, so that they
// can fall silent or lie where no node would. They share one peer of the network.
type Strangers struct {
	nw     *Network
	peer   *p2ptest.Node
	seller *Node
	market *chain.Market
	token  seal.TokenDomain

	mu    sync.Mutex
	heard map[market.Hash]listing.Announcement
}

// Strangers joins a peer that hears of listings and reaches the node that sells.
func (nw *Network) Strangers(t testing.TB, seller *Node) *Strangers {
	t.Helper()
	network, err := node.LoadNetwork(repo.Dir(seller.Dir).Network())
	must(t, err)
	cfg := nw.Chain.Config
	s := &Strangers{nw: nw, seller: seller, heard: map[market.Hash]listing.Announcement{},
		market: chain.NewMarket(nw.Chain.Client(t), nil),
		token:  seal.TokenDomain{Name: "PRIV", Version: "1", ChainID: cfg.ChainID, Token: cfg.Contracts.PRIV}}
	s.peer = p2ptest.Start(t, func(c *p2p.Config, d *p2p.Deps) {
		c.Topic, c.Bootstrap = network.Topic, seller.Addresses()
		d.OnAnnouncement = s.hear
	})
	return s
}

func (s *Strangers) hear(_ context.Context, a listing.Announcement, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard[a.Order.Listing] = a
	return nil
}

// Stranger is one purchase by one of them.
type Stranger struct {
	*Strangers
	Key       chaintest.Key // of the buyer and of the delegate
	Sale      seal.Sale
	ID        market.Hash
	recipient *age.HybridIdentity
}

// Buy has a new stranger get a listing sealed and pay for it.
func (s *Strangers) Buy(t testing.TB, id string, window time.Duration) *Stranger {
	t.Helper()
	var a listing.Announcement
	Wait(t, "the order of "+id, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		a = s.heard[seal.ListingHash(market.ListingID(id))]
		return a.Order.Version > 0
	})
	b := &Stranger{Strangers: s, Key: s.nw.Chain.Account(t)}
	var err error
	b.recipient, err = age.GenerateHybridIdentity()
	must(t, err)
	recipient := b.recipient.Recipient().String()
	_, now, err := s.nw.Chain.Client(t).Head(t.Context())
	must(t, err)
	b.Sale = seal.Sale{Order: a.Order, OrderSignature: a.Signature, Terms: seal.Terms{
		Buyer: b.Key.Address(), Delegate: b.Key.Address(), Recipient: market.Hash(sha256.Sum256([]byte(recipient))), AccessDays: 30,
		DeliveryWindow: uint32(window / time.Second), PayBy: now + 1800,
	}}
	_, err = rand.Read(b.Sale.Terms.Salt[:])
	must(t, err)
	var sealed delivery.Sealed
	Wait(t, "a seal", func() bool {
		sealed, err = b.Seller().Seal(t.Context(), delivery.SealRequest{Order: a.Order, OrderSignature: a.Signature, Terms: b.Sale.Terms, Recipient: recipient})
		return err == nil || delivery.RefusalOf(err) != nil && delivery.RefusalOf(err).Code.Final()
	})
	must(t, err)
	b.Sale.SealedHash, b.Sale.Lock, b.Sale.SealSignature = sealed.SealedHash, sealed.Lock, sealed.Signature
	domain := s.market.Domain()
	b.ID = domain.Purchase(domain.Deal(b.Sale))
	payment := b.Key.Sign(t, domain.Payment(s.token, b.Sale))
	s.nw.Chain.Send(t, b.Key, s.market.Address(), market.Amount{}, s.market.PurchaseCall(b.Sale, payment).Data)
	c, err := age.Decrypt(strings.NewReader(string(sealed.SealedKey)), b.recipient)
	must(t, err)
	raw, err := io.ReadAll(c)
	must(t, err)
	if len(raw) != len(seal.Key{}) {
		t.Fatalf("the sealed key has %d bytes", len(raw))
	}
	return b
}

// SealAgain asks for the seal once more, as who lost it does.
func (b *Stranger) SealAgain(t testing.TB) (delivery.Sealed, error) {
	t.Helper()
	return b.Seller().Seal(t.Context(), delivery.SealRequest{
		Order: b.Sale.Order, OrderSignature: b.Sale.OrderSignature, Terms: b.Sale.Terms, Recipient: b.recipient.Recipient().String(),
	})
}

// Seller reaches the node that sells.
func (s *Strangers) Seller() delivery.Seller {
	_, id, _ := strings.Cut(s.seller.Addresses()[0], "/p2p/")
	return s.peer.Seller([]string{id})
}

// Ask asks for the opener once.
func (b *Stranger) Ask(t testing.TB) (seal.Key, error) {
	t.Helper()
	return b.Seller().Opener(t.Context(), delivery.OpenerRequest{Purchase: b.ID, Signature: b.Key.Sign(t, b.market.Domain().OpenerRequest(b.ID))})
}

// Open asks for the opener until it is handed over.
func (b *Stranger) Open(t testing.TB) {
	t.Helper()
	Wait(t, "the opener", func() bool {
		k, err := b.Ask(t)
		return err == nil && k.Opens(b.Sale.Lock)
	})
}

// Note hands in a receipt.
func (b *Stranger) Note(t testing.TB) {
	t.Helper()
	at := b.OnChain(t).BoughtAt
	must(t, b.Seller().Note(t.Context(), delivery.Receipt{Purchase: b.ID, OpenedAt: at, Signature: b.Key.Sign(t, b.market.Domain().Receipt(b.ID, at))}))
}

// OnChain returns the purchase as the contract has it.
func (b *Stranger) OnChain(t testing.TB) chain.Purchased {
	t.Helper()
	p, err := b.market.Status(t.Context(), b.ID)
	must(t, err)
	return p
}

// WaitStatus waits until the contract has the purchase in a status.
func (b *Stranger) WaitStatus(t testing.TB, want deal.Status) {
	t.Helper()
	Wait(t, b.ID.String()+" to be "+want.String(), func() bool { return b.OnChain(t).Status == want })
}

// Refund takes the price back, as anybody may.
func (b *Stranger) Refund(t testing.TB) {
	t.Helper()
	b.nw.Chain.Send(t, b.Key, b.market.Address(), market.Amount{}, b.market.RefundCall(b.market.Domain().Deal(b.Sale)).Data)
}

// Advance moves the chain, and waits until nobody is behind.
func (nw *Network) Advance(t testing.TB, by time.Duration) {
	t.Helper()
	at, err := nw.Chain.Client(t).AdvanceTime(t.Context(), by)
	must(t, err)
	for _, n := range nw.Nodes {
		if n.stop == nil {
			continue
		}
		Wait(t, "node to follow", func() bool {
			var s struct {
				Chain struct {
					HeadTime time.Time `json:"head_time"`
				}
			}
			n.Operator(t).Get(t, "/node/status", &s)
			return !s.Chain.HeadTime.Before(at)
		})
	}
}

// Sale is a sale as its seller sees it.
type Sale struct {
	ID        string  `json:"sale_id"`
	Reference string  `json:"reference_id"`
	State     string  `json:"state"`
	Final     bool    `json:"final"`
	Reason    *string `json:"reason"`
	Alarm     *string `json:"alarm"`
	Share     string  `json:"share_priv_wei"`
	TxHash    *string `json:"tx_hash"`
}

// SaleTimeline is how a sale went so far.
type SaleTimeline struct {
	Sale   Sale
	State  string
	PushBy *time.Time `json:"push_by"`
	Steps  []struct {
		State, What string
		TxHash      *string `json:"tx_hash"`
	}
}

// WaitSale waits until a sale is in a state, and returns its timeline.
func (c *Client) WaitSale(t testing.TB, id market.Hash, state string) (tl SaleTimeline) {
	t.Helper()
	Wait(t, "sale to be "+state, func() bool {
		c.Get(t, "/user/sales/"+id.String()+"/timeline", &tl)
		return tl.State == state
	})
	return tl
}
