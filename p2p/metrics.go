package p2p

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts what repeats. They count also when nobody registered them.
type metrics struct {
	registerer prometheus.Registerer
	all        []prometheus.Collector

	gossip    *prometheus.CounterVec // by kind and verdict
	catchUp   *prometheus.CounterVec // by verdict
	delivery  *prometheus.CounterVec // by request and outcome
	offences  *prometheus.CounterVec // by what
	blocked   prometheus.Counter
	bytesSent prometheus.Counter
	bytesGot  prometheus.Counter
}

func newMetrics(r prometheus.Registerer, h *Host) (*metrics, error) {
	counter := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Namespace: "privd", Subsystem: "p2p", Name: name, Help: help}
	}
	m := &metrics{
		registerer: r,
		gossip:     prometheus.NewCounterVec(counter("gossip_messages_total", "Messages of the topic that arrived."), []string{"kind", "verdict"}),
		catchUp:    prometheus.NewCounterVec(counter("catch_up_notices_total", "Notices pulled from peers."), []string{"verdict"}),
		delivery:   prometheus.NewCounterVec(counter("delivery_requests_total", "Delivery requests answered."), []string{"request", "outcome"}),
		offences:   prometheus.NewCounterVec(counter("offences_total", "Misbehaviour of peers."), []string{"what"}),
		blocked:    prometheus.NewCounter(counter("peers_blocked_total", "Peers cut off for misbehaviour.")),
		bytesSent:  prometheus.NewCounter(counter("block_bytes_sent_total", "Bytes of blocks sent to peers.")),
		bytesGot:   prometheus.NewCounter(counter("block_bytes_received_total", "Bytes of blocks received from peers.")),
	}
	peers := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "privd", Subsystem: "p2p", Name: "peers", Help: "Connected peers."},
		func() float64 { return float64(h.PeerCount()) })
	m.all = []prometheus.Collector{m.gossip, m.catchUp, m.delivery, m.offences, m.blocked, m.bytesSent, m.bytesGot, peers}
	if r == nil {
		return m, nil
	}
	for i, c := range m.all {
		if err := r.Register(c); err != nil {
			m.all = m.all[:i]
			m.unregister()
			return nil, fmt.Errorf("register p2p metrics: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) unregister() {
	if m.registerer == nil {
		return
	}
	for _, c := range m.all {
		m.registerer.Unregister(c)
	}
}
