package node

import (
	"context"
	"errors"
	"net"
	"os"

	"privd/api"
	"privd/market/replay"
	"privd/market/x402"
	"privd/storage/records"
)

func (n *Node) openAPI(context.Context, string) (err error) {
	deps := api.Deps{
		Log: n.log.With("component", "api"), Clock: n.clock.Now, Metrics: n.metrics,
		Accounts: n.accounts, Contributions: n.contributions, Listings: n.listings, HeldListings: n.listings, Datasets: n.datasets, DataListings: n.listings, Catalog: n.catalog,
		Purchases: n.engine, Ratings: n.ratings, Reports: n.reports, Events: n.journal, Balances: balances{n}, Preferences: preferences{n.accounts, balances{n}}, Earnings: earningsView{n}, Claims: claimsView{n.cashier, n}, Sales: n.desk, X402Sales: &x402.Ledger{Store: records.As[x402.LedgerTx](n.records)}, Reputations: reputations{n}, Stakes: stakers{n.staking, n}, Funds: n.fund, Audits: &audits{n: n}, Labeling: labels{n.labeling, n}, Signatures: n.signatures, Erasures: n.erasures, Consents: consents{n}, Previews: n.gallery, Node: status{n}, Transactions: sending{n.sender},
		Answers: records.As[replay.Tx](n.records), GatewayKey: n.secrets.Gateway, Storefront: n.storefront,
	}
	if n.cfg.Dev != nil {
		if deps.Dev, err = newDev(n); err != nil {
			return err
		}
	}
	if n.api, err = api.New(n.cfg.API, deps); err != nil {
		return err
	}
	n.add(part{name: "api", run: n.serve, close: n.api.Close})
	return nil
}

// serve tells commands where the API is while it is served.
func (n *Node) serve(ctx context.Context) error {
	if err := n.repo.WriteSecret(n.repo.API(), []byte(n.URL()+"\n")); err != nil {
		return err
	}
	err := n.api.Run(ctx)
	if gone := os.Remove(n.repo.API()); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// loginHosts returns the hosts a wallet login may name: those of the API.
func (n *Node) loginHosts() []string {
	_, port, err := net.SplitHostPort(n.api.Addr().String())
	if err != nil {
		port = "0"
	}
	hosts := []string{n.api.Addr().String(), net.JoinHostPort("127.0.0.1", port), net.JoinHostPort("localhost", port)}
	for _, h := range n.cfg.API.Hosts {
		hosts = append(hosts, h, net.JoinHostPort(h, port))
	}
	return hosts
}
