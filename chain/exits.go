package chain

import (
	"bytes"
	"context"
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"

	marketbind "privd/chain/binding/market"
	"privd/market"
	"privd/market/seal"
)

// Reveal publishes the opener of a purchase. It does not leave for the first time
// after the chain time by, and is given up at the chain time until, when the contract
// takes it no more; unix seconds, 0 is never.
func (m *Market) Reveal(ctx context.Context, key string, d seal.Deal, x seal.Delivery, opener seal.Key, by, until uint64) error {
	call := Call{To: m.Address(), Data: m.bind.PackReveal(bindDeal(d), bindDelivery(x), opener), FirstBy: by, Until: until}
	_, err := m.sender.Submit(ctx, key, call)
	return err
}

// maxPurchaseCall bounds the call data of a purchase, whose members are all of fixed
// size; it has some 1,100 bytes.
const maxPurchaseCall = 4096

// PurchaseCalldata returns the call of the Market that a transaction made to buy, for
// RepeatPurchase; nil when the transaction is not known, or called something that only
// its sender can call.
func (m *Market) PurchaseCalldata(ctx context.Context, hash market.Hash) (data []byte, err error) {
	var tx *types.Transaction
	err = m.client.do(ctx, "read payment", func(ctx context.Context, eth *ethclient.Client) (err error) {
		tx, _, err = eth.TransactionByHash(ctx, [32]byte(hash))
		if errors.Is(err, ethereum.NotFound) {
			tx, err = nil, nil
		}
		return err
	})
	if err != nil || tx == nil || tx.To() == nil || *tx.To() != m.Address() {
		return nil, err
	}
	if tx.Hash() != [32]byte(hash) {
		return nil, lie("read payment", "asked for %v, got %v", hash, tx.Hash())
	}
	data = tx.Data()
	if len(data) > maxPurchaseCall || !bytes.HasPrefix(data, purchaseSelector(m.bind)) {
		return nil, nil
	}
	return data, nil
}

// purchaseSelector returns how the call data of a purchase begins.
func purchaseSelector(bind *marketbind.Market) []byte {
	return bind.PackPurchase(bindSale(seal.Sale{}), 0, [32]byte{}, [32]byte{})[:4]
}

// RepeatPurchase makes the call of a purchase again, which anybody may: the contract
// takes it while the buyer's authorization is good, and once.
func (m *Market) RepeatPurchase(ctx context.Context, key string, calldata []byte) error {
	return m.submit(ctx, key, calldata)
}

// GasPrice returns what a unit of gas costs now, in wei: the base fee of the newest
// block and the usual tip. Unavailable when the chain cannot be asked.
func (c *Client) GasPrice(ctx context.Context) (market.Amount, error) {
	head, err := c.header(ctx, nil)
	if err != nil {
		return market.Amount{}, err
	}
	var tip *big.Int
	err = c.do(ctx, "read fees", func(ctx context.Context, eth *ethclient.Client) (err error) {
		tip, err = eth.SuggestGasTipCap(ctx)
		return err
	})
	if err != nil {
		return market.Amount{}, err
	}
	if head.BaseFee == nil || tip.Sign() < 0 {
		return market.Amount{}, lie("read fees", "base fee %v, tip %v", head.BaseFee, tip)
	}
	price, err := market.AmountFromBig(new(big.Int).Add(head.BaseFee, tip))
	if err != nil {
		return market.Amount{}, lie("read fees", "%v", err)
	}
	return price, nil
}

// RefundCall returns the call that Refund submits.
func (m *Market) RefundCall(d seal.Deal) Call {
	return Call{To: m.Address(), Data: m.bind.PackRefund(bindDeal(d))}
}
