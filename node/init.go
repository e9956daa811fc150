package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"privd/chain/keys"
	"privd/market"
	"privd/market/account"
	"privd/storage/records"
	"privd/storage/repo"
)

// InitOptions say how to make a repo.
type InitOptions struct {
	NetworkFile  string // required
	PasswordFile string // of the keystore; empty makes a random password in the repo
	Config       []byte // config.toml; empty makes one with a port of the node's own
	// KeyCost is what keys are encrypted at; zero: keys.Light. Tests start many nodes.
	KeyCost keys.Cost
}

// setCost has keys encrypted at a cost, unless it is zero.
func setCost(ring *keys.Ring, cost keys.Cost) {
	if cost != (keys.Cost{}) {
		ring.Cost = cost
	}
}

// OperatorName is the name of the user that Init makes for the node's operator.
const OperatorName = "operator"

// Init makes a repo that Run can start from: network file, keys, token, and the
// operator as its first user. On an error nothing usable is left.
func Init(ctx context.Context, dir string, o InitOptions) error {
	network, err := LoadNetwork(o.NetworkFile)
	if err != nil {
		return err
	}
	r, err := repo.Init(dir)
	if err != nil {
		return err
	}
	err = fill(ctx, r, network, o)
	return errors.Join(err, r.Close())
}

func fill(ctx context.Context, r *repo.Repo, network Network, o InitOptions) (err error) {
	if err := network.Save(r.Network()); err != nil {
		return err
	}
	if len(o.Config) == 0 {
		if o.Config, err = defaultFile(); err != nil {
			return err
		}
	}
	if err := r.WriteSecret(r.Config(), o.Config); err != nil {
		return err
	}
	if _, err := LoadConfig(r.Config()); err != nil {
		return err
	}
	if err := r.WriteSecret(r.Token(), []byte("op_"+market.RandomText(40)+"\n")); err != nil {
		return err
	}
	ring, err := keys.Open(r.Keystore(), o.PasswordFile)
	if err != nil {
		return err
	}
	setCost(ring, o.KeyCost)
	if err := newSecrets(ring); err != nil {
		return fmt.Errorf("make the node's secrets: %w", err)
	}
	store, err := records.Open(records.Options{Dir: r.Records(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	accounts := account.Service{Store: records.As[account.Tx](store), Wallets: wallets{ring}, Clock: openClock("").Now}
	_, err = accounts.Create(ctx, OperatorName, true)
	return errors.Join(err, store.Close())
}

// defaultFile is a config.toml that sets one thing: the port others find the node
// at, the same after each start. It is free when it is drawn.
func defaultFile() ([]byte, error) {
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		return nil, fmt.Errorf("find a free port: %w", err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err := errors.Join(err, l.Close()); err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `# Settings of this node; what is not here has its default (privd start --help).

[p2p]
# Where other nodes reach this one. Open this port in the firewall to sell from home.
listen = ["/ip4/0.0.0.0/tcp/%[1]s", "/ip4/0.0.0.0/udp/%[1]s/quic-v1"]
`, port), nil
}

// wallets makes and uses the keys of managed wallets.
type wallets struct{ *keys.Ring }

// NewWallet implements account.Wallets.
func (w wallets) NewWallet(context.Context) (market.Address, error) { return w.Create() }
