package chain

import (
	"context"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	marketbind "privd/chain/binding/market"
	"privd/market"
	"privd/market/deal"
	"privd/market/seal"
)

// Market is the face of the escrow contract. Methods that take a key submit a
// transaction under it: they return once it is stored, do nothing when the key was
// submitted before, and leave the outcome to Sender.Outcome.
type Market struct {
	client *Client
	sender *Sender
	bind   *marketbind.Market
}

// NewMarket returns the face of the Market contract. The sender may be nil for a
// face that only reads.
func NewMarket(client *Client, sender *Sender) *Market {
	return &Market{client: client, sender: sender, bind: marketbind.NewMarket()}
}

// Address returns the contract.
func (m *Market) Address() market.Address { return m.client.cfg.Contracts.Market }

// Domain returns the EIP-712 domain of the contract.
func (m *Market) Domain() seal.Domain {
	return seal.Domain{ChainID: m.client.cfg.ChainID, Market: m.Address()}
}

// Purchase buys with the buyer's payment: its signature over Domain.Payment. Once the
// payment's time is over, it is cancelled unless it is mined.
func (m *Market) Purchase(ctx context.Context, key string, sale seal.Sale, payment seal.Sig) error {
	call := m.PurchaseCall(sale, payment)
	call.Until = sale.Terms.PayBy
	_, err := m.sender.Submit(ctx, key, call)
	return err
}

// PurchaseCall returns the call that Purchase submits, for Client.Check.
func (m *Market) PurchaseCall(sale seal.Sale, payment seal.Sig) Call {
	v, r, s := payment.VRS()
	return Call{To: m.Address(), Data: m.bind.PackPurchase(bindSale(sale), v, r, s)}
}

// Settle pays the sellers of a batch of receipts.
func (m *Market) Settle(ctx context.Context, key string, receipts []seal.SignedReceipt) error {
	batch := make([]marketbind.SignedReceipt, len(receipts))
	for i, receipt := range receipts {
		batch[i] = marketbind.SignedReceipt{Deal: bindDeal(receipt.Deal), OpenedAt: receipt.OpenedAt, Sig: bindSig(receipt.Signature)}
	}
	return m.submit(ctx, key, m.bind.PackSettle(batch))
}

// Dispute proves that the committed opener and sealed key do not give the key.
func (m *Market) Dispute(ctx context.Context, key string, d seal.Deal, x seal.Delivery, opener, sealed seal.Key) error {
	return m.submit(ctx, key, m.bind.PackDispute(bindDeal(d), bindDelivery(x), opener, sealed))
}

// Refund takes an undelivered purchase's price back to its buyer.
func (m *Market) Refund(ctx context.Context, key string, d seal.Deal) error {
	return m.submit(ctx, key, m.bind.PackRefund(bindDeal(d)))
}

// Finalize pays the seller of a revealed purchase that nobody disputed.
func (m *Market) Finalize(ctx context.Context, key string, d seal.Deal) error {
	return m.submit(ctx, key, m.bind.PackFinalize(bindDeal(d)))
}

// Retire voids the orders of a listing below version, by the seller's signature.
func (m *Market) Retire(ctx context.Context, key string, seller market.Address, listing market.Hash, version uint64, sig seal.Sig) error {
	return m.submit(ctx, key, m.bind.PackRetire(marketbind.Retire{Seller: seller, Listing: listing, Version: version}, bindSig(sig)))
}

// Withdraw sends part of an account's income to the account. The contract would do
// so as often as the income allows.
func (m *Market) Withdraw(ctx context.Context, key string, account market.Address, amount market.Amount) error {
	_, err := m.sender.Submit(ctx, key, Call{To: m.Address(), Data: m.bind.PackWithdraw(account, amount.Big()), Once: true})
	return err
}

func (m *Market) submit(ctx context.Context, key string, data []byte) error {
	_, err := m.sender.Submit(ctx, key, Call{To: m.Address(), Data: data})
	return err
}

// Income returns what an account can withdraw, in wei of PRIV.
func (m *Market) Income(ctx context.Context, account market.Address) (market.Amount, error) {
	balance, err := read(ctx, m.client, "read income", m.Address(), m.bind.PackBalances(account), m.bind.UnpackBalances)
	if err != nil {
		return market.Amount{}, err
	}
	return market.AmountFromBig(balance)
}

// Access returns the last second, unix time, of a buyer's access to a listing: 0
// when there was none, 2^40-1 while a purchase of it is open.
func (m *Market) Access(ctx context.Context, seller market.Address, listing market.Hash, buyer market.Address) (uint64, error) {
	until, err := read(ctx, m.client, "read access", m.Address(), m.bind.PackAccess(accessKey(seller, listing, buyer)), m.bind.UnpackAccess)
	if err != nil {
		return 0, err
	}
	return seconds("read access", until)
}

// accessKey is keccak256(abi.encode(seller, listing, buyer)).
func accessKey(seller market.Address, listing market.Hash, buyer market.Address) common.Hash {
	return crypto.Keccak256Hash(common.LeftPadBytes(seller[:], 32), listing[:], common.LeftPadBytes(buyer[:], 32))
}

// MinVersion returns the version below which the seller's orders of a listing are
// void.
func (m *Market) MinVersion(ctx context.Context, seller market.Address, listing market.Hash) (uint64, error) {
	return read(ctx, m.client, "read retired version", m.Address(), m.bind.PackMinVersion(seller, listing), m.bind.UnpackMinVersion)
}

// Purchased is what the contract itself stores of a purchase.
type Purchased struct {
	Status     deal.Status
	Price      market.Amount
	BoughtAt   uint64 // unix seconds
	Deadline   uint64 // unix seconds
	AccessDays uint32
}

// Status returns a purchase at the newest block; StatusNone when there is none.
func (m *Market) Status(ctx context.Context, purchase market.Hash) (Purchased, error) {
	out, err := read(ctx, m.client, "read purchase", m.Address(), m.bind.PackPurchases(purchase), m.bind.UnpackPurchases)
	if err != nil {
		return Purchased{}, err
	}
	price, err := market.AmountFromBig(out.Price)
	if err != nil {
		return Purchased{}, lie("read purchase", "price: %v", err)
	}
	bought, err := seconds("read purchase", out.BoughtAt)
	if err != nil {
		return Purchased{}, err
	}
	deadline, err := seconds("read purchase", out.Deadline)
	if err != nil {
		return Purchased{}, err
	}
	return Purchased{Status: deal.Status(out.Status), Price: price, BoughtAt: bought, Deadline: deadline, AccessDays: uint32(out.AccessDays)}, nil
}

func seconds(op string, t *big.Int) (uint64, error) {
	if t == nil || !t.IsUint64() {
		return 0, lie(op, "time %v", t)
	}
	return t.Uint64(), nil
}

func bindSale(s seal.Sale) marketbind.Sale {
	return marketbind.Sale{
		Order: marketbind.Order{
			Seller: s.Order.Seller, Sealer: s.Order.Sealer, Listing: s.Order.Listing, Manifest: s.Order.Manifest,
			KeyCommitment: s.Order.KeyCommitment, Price: s.Order.Price.Big(), Version: s.Order.Version, Expiry: s.Order.Expiry,
		},
		OrderSig: bindSig(s.OrderSignature),
		Terms: marketbind.Terms{
			Buyer: s.Terms.Buyer, Delegate: s.Terms.Delegate, Recipient: s.Terms.Recipient, AccessDays: s.Terms.AccessDays,
			DeliveryWindow: s.Terms.DeliveryWindow, PayBy: s.Terms.PayBy, Salt: s.Terms.Salt,
		},
		SealedHash: s.SealedHash,
		Lock:       s.Lock,
		SealSig:    bindSig(s.SealSignature),
	}
}

func bindDeal(d seal.Deal) marketbind.Deal {
	return marketbind.Deal{Seller: d.Seller, Buyer: d.Buyer, Delegate: d.Delegate, Listing: d.Listing, Delivery: d.Delivery}
}

func bindDelivery(x seal.Delivery) marketbind.Delivery {
	return marketbind.Delivery{Offer: x.Offer, KeyCommitment: x.KeyCommitment, SealedHash: x.SealedHash, Lock: x.Lock}
}

func bindSig(s seal.Sig) (sig marketbind.Sig) {
	copy(sig.R[:], s[:32])
	copy(sig.Vs[:], s[32:])
	return sig
}
