package node

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"privd/api"
	"privd/market"
	"privd/storage"
)

// status tells of the node itself.
type status struct{ n *Node }

// Health implements api.Node.
func (s status) Health(context.Context) api.Health {
	head, _, _ := s.n.follower.Head()
	_, err := s.n.face.Head()
	return api.Health{Peers: s.n.host.PeerCount(), Head: head.Number, Synced: err == nil}
}

// Status implements api.Node.
func (s status) Status(ctx context.Context) (api.Status, error) {
	n := s.n
	_, synced, _ := n.follower.Head()
	out := api.Status{
		Version: n.options.Version, Repo: string(n.repo.Dir), PeerID: n.host.ID(), P2PAddresses: n.host.Addresses(),
		APIAddress: n.URL(), X402Address: n.X402URL(), StartedAt: n.started, Now: n.clock.Now(), Peers: n.host.PeerCount(),
		Chain: s.chain(), Transactions: s.transactions(),
		Counts: map[string]int64{
			"listings_on_sale": int64(n.catalog.Len()), "tasks": int64(n.runner.Len()), "records_bytes": n.records.Size(),
		},
	}
	waiting, err := n.countWaiting(ctx)
	if err != nil {
		return out, err
	}
	out.Counts[waitingReceipts] = waiting
	debts, err := n.cashier.Debts(ctx)
	if err != nil {
		return out, err
	}
	out.Counts[shortClaims] = int64(debts.Short)
	if out.Purchases, err = n.watchPurchases(ctx); err != nil {
		return out, err
	}
	if out.Sales, err = n.desk.Due(ctx); err != nil {
		return out, err
	}
	if synced {
		balance, err := n.client.Balance(ctx, n.secrets.Account)
		if err != nil && market.CodeOf(err) != market.Unavailable {
			return out, err
		}
		out.Chain.Balance = balance
	}
	return out, nil
}

// Peers implements api.Node.
func (s status) Peers(context.Context) ([]api.Peer, error) {
	connected := s.n.host.Peers()
	peers := make([]api.Peer, len(connected))
	for i, p := range connected {
		peers[i] = api.Peer{ID: p.ID}
		if len(p.Addrs) > 0 {
			peers[i].Address = p.Addrs[0]
		}
	}
	return peers, nil
}

// Verify implements api.Node.
func (s status) Verify(ctx context.Context, tell func(api.Verified) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var last api.Verified
	report, err := s.n.storage.Verify(ctx, func(p storage.Progress) {
		last = api.Verified{Checked: int64(p.Packs), Total: int64(p.TotalPacks), Bytes: p.Bytes}
		if err := tell(last); err != nil {
			cancel(err)
		}
	})
	if err != nil {
		return err
	}
	last = api.Verified{Checked: int64(report.Blocks + report.Secrets), Total: int64(report.Blocks + report.Secrets), Bytes: report.Bytes}
	for i, d := range report.Damages {
		last.Damaged, last.Damage = int64(i+1), d.Name+": "+d.Problem
		if err := tell(last); err != nil {
			return err
		}
	}
	if len(report.Damages) == 0 {
		return tell(last)
	}
	return nil
}

// Low marks below which a doctor warns.
const (
	lowDisk = 1 << 30                // bytes
	lowGas  = 10_000_000_000_000_000 // wei: some dozens of transactions at common fees
)

// Doctor implements api.Node.
func (s status) Doctor(ctx context.Context) ([]api.Check, error) {
	return []api.Check{s.checkRepo(), s.checkDisk(), s.checkChain(), s.checkServers(), s.checkContracts(ctx), s.checkGas(ctx), s.checkTransactions(), s.checkFund(ctx), s.checkX402(), s.checkClock(), s.checkPeers()}, nil
}

func (s status) checkRepo() api.Check {
	c := api.Check{Name: "repo", OK: true, Message: string(s.n.repo.Dir) + " is locked by this node and private"}
	for _, path := range []string{string(s.n.repo.Dir), s.n.repo.Keystore(), s.n.repo.Keys(), s.n.repo.Token()} {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return api.Check{Name: "repo", Message: err.Error(), Remedy: "restore the repo from a backup"}
		case info.Mode().Perm()&0o077 != 0:
			c = api.Check{Name: "repo", Message: path + " can be read by others", Remedy: "chmod go-rwx " + path}
		}
	}
	return c
}

func (s status) checkDisk() api.Check {
	var fs unix.Statfs_t
	if err := unix.Statfs(string(s.n.repo.Dir), &fs); err != nil {
		return api.Check{Name: "disk", Message: err.Error()}
	}
	free := fs.Bavail * uint64(fs.Bsize)
	c := api.Check{Name: "disk", OK: free >= lowDisk, Message: fmt.Sprintf("%d MiB free", free>>20)}
	if !c.OK {
		c.Remedy = "free some space, or move the repo"
	}
	return c
}

func (s status) checkContracts(ctx context.Context) api.Check {
	const name = "contracts"
	domain, err := s.n.client.PRIV().Domain(ctx)
	switch {
	case err != nil:
		return api.Check{Name: name, Message: err.Error(), Remedy: "see that network.json belongs to this chain"}
	case domain != s.n.priv():
		return api.Check{Name: name, Message: "the PRIV contract is not the one this program knows", Remedy: "get the network file from somebody whose node works"}
	}
	return api.Check{Name: name, OK: true, Message: "PRIV is " + domain.Token.Hex()}
}

func (s status) checkGas(ctx context.Context) api.Check {
	const name = "gas"
	balance, err := s.n.client.Balance(ctx, s.n.secrets.Account)
	if err != nil {
		return api.Check{Name: name, Message: err.Error(), Remedy: "the chain has to be reachable first"}
	}
	c := api.Check{Name: name, OK: balance.Cmp(market.Wei(lowGas)) >= 0,
		Message: fmt.Sprintf("node account %s holds %s ETH", s.n.secrets.Account.Hex(), balance.Decimal(18))}
	if !c.OK {
		c.Remedy = "send some ETH to " + s.n.secrets.Account.Hex()
	}
	return c
}

func (s status) checkClock() api.Check {
	const name = "clock"
	head, _, _ := s.n.follower.Head()
	ahead := time.Unix(int64(head.Time), 0).Sub(s.n.clock.Now())
	if head.Time > 0 && ahead > maxSkew {
		return api.Check{Name: name, Message: "the newest block is " + ahead.Round(time.Second).String() + " ahead of this machine's clock", Remedy: "set the clock, with NTP"}
	}
	return api.Check{Name: name, OK: true, Message: s.n.clock.Now().UTC().Format(time.RFC3339)}
}

func (s status) checkPeers() api.Check {
	c := api.Check{Name: "peers", OK: s.n.host.PeerCount() > 0, Message: fmt.Sprintf("%d connected", s.n.host.PeerCount())}
	if !c.OK {
		c.Remedy = "see that the bootstrap nodes of network.json are running and that no firewall is in between"
	}
	return c
}
