package p2p

import (
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// How gossipsub rates its peers. A lie costs 10 times the square of how many
// there were in the last hour; being first with news earns up to 20. Penalties
// for few deliveries stay off, because the topic may be silent for days, and so
// do those for sharing an address, because a household or a development network
// does.

func scoreParams(topic string) *pubsub.PeerScoreParams {
	return &pubsub.PeerScoreParams{
		Topics: map[string]*pubsub.TopicScoreParams{topic: {
			SkipAtomicValidation:           true,
			TopicWeight:                    1,
			TimeInMeshWeight:               0.01,
			TimeInMeshQuantum:              time.Minute,
			TimeInMeshCap:                  500,
			FirstMessageDeliveriesWeight:   0.2,
			FirstMessageDeliveriesDecay:    pubsub.ScoreParameterDecay(10 * time.Minute),
			FirstMessageDeliveriesCap:      100,
			InvalidMessageDeliveriesWeight: -10,
			InvalidMessageDeliveriesDecay:  pubsub.ScoreParameterDecay(time.Hour),
		}},
		TopicScoreCap:             25,
		AppSpecificScore:          func(peer.ID) float64 { return 0 },
		BehaviourPenaltyWeight:    -10,
		BehaviourPenaltyThreshold: 6,
		BehaviourPenaltyDecay:     pubsub.ScoreParameterDecay(10 * time.Minute),
		DecayInterval:             pubsub.DefaultDecayInterval,
		DecayToZero:               pubsub.DefaultDecayToZero,
		RetainScore:               time.Hour,
	}
}

func scoreThresholds() *pubsub.PeerScoreThresholds {
	return &pubsub.PeerScoreThresholds{
		GossipThreshold:             -50,   // two lies
		PublishThreshold:            -150,  // four
		GraylistThreshold:           -1000, // ten, which also cost the connection
		OpportunisticGraftThreshold: 1,
	}
}

// tracer sees what pubsub refuses, also before the topic's validator is asked.
type tracer struct{ h *Host }

func (t tracer) RejectMessage(m *pubsub.Message, reason string) {
	switch reason {
	case pubsub.RejectMissingSignature, pubsub.RejectUnexpectedSignature, pubsub.RejectUnexpectedAuthInfo,
		pubsub.RejectInvalidSignature, pubsub.RejectSelfOrigin:
		t.h.metrics.gossip.WithLabelValues("any", string(rejected)).Inc()
		t.h.offend(m.ReceivedFrom, lie, "unsigned gossip")
	case pubsub.RejectValidationFailed:
		t.h.offend(m.ReceivedFrom, lie, "refused gossip")
	case pubsub.RejectValidationQueueFull, pubsub.RejectValidationThrottled:
		t.h.metrics.gossip.WithLabelValues("any", string(dropped)).Inc()
	}
}

func (t tracer) OnNewOutboundStream(peer.ID, protocol.ID) { t.h.opened.send() }

func (tracer) OnClosedOutboundStream(peer.ID)       {}
func (tracer) Join(string)                          {}
func (tracer) Leave(string)                         {}
func (tracer) Graft(peer.ID, string)                {}
func (tracer) Prune(peer.ID, string)                {}
func (tracer) ValidateMessage(*pubsub.Message)      {}
func (tracer) DeliverMessage(*pubsub.Message)       {}
func (tracer) DuplicateMessage(*pubsub.Message)     {}
func (tracer) ThrottlePeer(peer.ID)                 {}
func (tracer) RecvRPC(*pubsub.RPC)                  {}
func (tracer) SendRPC(*pubsub.RPC, peer.ID)         {}
func (tracer) DropRPC(*pubsub.RPC, peer.ID)         {}
func (tracer) UndeliverableMessage(*pubsub.Message) {}
