package node

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"privd/api"
	"privd/chain"
)

// dev moves a development network: it gives tokens away and turns the clock. It
// exists only where the config has a [dev] section.
type dev struct {
	n      *Node
	faucet *chain.Faucet
	// seeding is held while fixtures are made: their ids are fixed.
	seeding sync.Mutex
}

var errDev = errors.New("dev.faucet_key: not a private key")

func newDev(n *Node) (*dev, error) {
	key, err := devKey(n.cfg.Dev.FaucetKey)
	if err != nil {
		return nil, err
	}
	return &dev{n: n, faucet: chain.NewFaucet(n.client, key)}, nil
}

func devKey(hex string) (*ecdsa.PrivateKey, error) {
	if len(hex) > 2 && hex[:2] == "0x" {
		hex = hex[2:]
	}
	key, err := crypto.HexToECDSA(hex)
	if err != nil {
		return nil, errDev // the cause would quote the key
	}
	return key, nil
}

// Faucet implements api.Dev.
func (d *dev) Faucet(ctx context.Context, f api.Faucet) ([]string, error) {
	return d.faucet.Give(ctx, chain.Gift{To: f.To, PRIV: f.PRIV, USDC: f.USDC, ETH: f.ETH})
}

// Advance implements api.Dev: what was noted is settled first, since receipts that
// wait would come too late afterwards.
func (d *dev) Advance(ctx context.Context, by time.Duration) (time.Time, error) {
	if err := d.settleAll(ctx); err != nil {
		return time.Time{}, err
	}
	target, err := d.n.client.AdvanceTime(ctx, by)
	if err != nil {
		return time.Time{}, err
	}
	if err := d.waitAll(ctx, target); err != nil {
		return time.Time{}, err
	}
	return d.n.clock.Now().UTC(), nil
}
