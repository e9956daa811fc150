package node

import "github.com/prometheus/client_golang/prometheus"

// measure registers what an operator watches: how far the chain was read, what
// waits to be sent or done, and what is on sale.
func (n *Node) measure() {
	gauge := func(name, help string, value func() float64) {
		n.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "privd", Name: name, Help: help}, value))
	}
	counter := func(name, help string, value func() float64) {
		n.metrics.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "privd", Name: name, Help: help}, value))
	}
	gauge("chain_head", "Newest block that was read.", func() float64 { head, _, _ := n.follower.Head(); return float64(head.Number) })
	gauge("chain_synced", "1 while the chain is read to its head.", func() float64 {
		if _, synced, _ := n.follower.Head(); synced {
			return 1
		}
		return 0
	})
	gauge("tasks", "Stored tasks that wait or run.", func() float64 { return float64(n.runner.Len()) })
	gauge("listings_on_sale", "Listings in the catalog.", func() float64 { return float64(n.catalog.Len()) })
	gauge("peers", "Connected peers.", func() float64 { return float64(n.host.PeerCount()) })
	gauge("transactions_queued", "Transactions that are stored and not signed.", func() float64 { return float64(n.sender.Stats().Queued) })
	gauge("transactions_in_flight", "Transactions that are broadcast and not mined.", func() float64 { return float64(n.sender.Stats().InFlight) })
	counter("transactions_mined_total", "Transactions that did what they should.", func() float64 { return float64(n.sender.Stats().Mined) })
	counter("transactions_refused_total", "Transactions that the contracts refused.", func() float64 { return float64(n.sender.Stats().Refused) })
	counter("transactions_bumped_total", "Times a fee was raised.", func() float64 { return float64(n.sender.Stats().Bumped) })
	counter("transactions_cancelled_total", "Transactions that did not happen, as they should.", func() float64 { return float64(n.sender.Stats().Cancelled) })
	counter("transactions_overtaken_total", "Nonces that somebody else used.", func() float64 { return float64(n.sender.Stats().Overtaken) })
	counter("transactions_reorged_total", "Times a reorganisation took a transaction back.", func() float64 { return float64(n.sender.Stats().Reorged) })
}
