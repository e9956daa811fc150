package node

import (
	"context"

	"privd/market"
	"privd/market/purchase"
	"privd/market/report"
	"privd/market/task"
	"privd/storage/records"
)

// openReports builds what gives, hears and checks reports on sellers, and has the
// buyers of this node heed them.
func (n *Node) openReports() {
	n.reports = &report.Service{
		Store: records.As[report.Tx](n.records), Vault: n.storage.Vault, Keyring: n.storage.Keys, Signer: n.ring, Domain: n.face.Domain(),
		Gossip: gossip{n}, Source: n.source, Clock: n.clock.Now, Limit: n.cfg.Trade.FetchBeforePay,
	}
	n.engine.Vet = n.reports.Vet
	n.engine.Proven = func(tx purchase.Tx, seller market.Address) (market.Hash, error) {
		return report.ProvenAgainst(tx.(report.Tx), seller)
	}
}

// PublishReport implements report.Gossip.
func (g gossip) PublishReport(ctx context.Context, s report.Signed) error {
	return g.n.host.PublishReport(ctx, s)
}

// publishReport is the handler of report tasks.
func (n *Node) publishReport(ctx context.Context, key string, _ int) (task.Next, error) {
	return n.reports.Publish(ctx, market.PurchaseID(key))
}
