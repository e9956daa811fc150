package p2p

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/peer"

	"privd/market"
	"privd/market/listing"
	"privd/market/rating"
	"privd/market/report"
	"privd/p2p/wire"
)

const (
	// The default queues of 32 lose messages in bursts.
	gossipQueue = 1024
	// judges bounds how many verdicts are sought at once; what comes on top is
	// dropped, and caught up with later.
	judges = 2048
	// judgeTimeout bounds one verdict.
	judgeTimeout = 10 * time.Second
	// seenFor is how long a message is recognised and dropped without a verdict.
	seenFor = 2 * time.Minute
	// maxRPC bounds what is read from a peer at once; a peer that sends more loses
	// its stream.
	maxRPC = 256 << 10
)

// newPubSub starts gossipsub. It joins nothing yet.
func (h *Host) newPubSub() (*pubsub.PubSub, error) {
	ps, err := pubsub.NewGossipSub(h.ctx, h.host,
		pubsub.WithMessageSignaturePolicy(pubsub.StrictSign),
		// The same words in another envelope are the same message, so a copy signed
		// by somebody else goes nowhere.
		pubsub.WithMessageIdFn(func(m *pb.Message) string {
			sum := sha256.Sum256(m.GetData())
			return string(sum[:])
		}),
		pubsub.WithSeenMessagesTTL(seenFor),
		pubsub.WithMaxMessageSize(maxRPC),
		pubsub.WithPeerOutboundQueueSize(gossipQueue),
		pubsub.WithValidateQueueSize(gossipQueue),
		pubsub.WithFloodPublish(true),
		pubsub.WithPeerScore(scoreParams(h.cfg.Topic), scoreThresholds()),
		pubsub.WithSubscriptionFilter(pubsub.WrapLimitSubscriptionFilter(pubsub.NewAllowlistSubscriptionFilter(h.cfg.Topic), 16)),
		pubsub.WithRawTracer(tracer{h}),
	)
	if err != nil {
		return nil, fmt.Errorf("start gossip: %w", err)
	}
	return ps, nil
}

// join takes part in the topic. leave ends that.
func (h *Host) join() (leave func(), events *pubsub.TopicEventHandler, err error) {
	err = h.pubsub.RegisterTopicValidator(h.cfg.Topic, h.validate,
		pubsub.WithValidatorConcurrency(judges), pubsub.WithValidatorTimeout(judgeTimeout))
	if err != nil {
		return nil, nil, fmt.Errorf("join topic: %w", err)
	}
	topic, err := h.pubsub.Join(h.cfg.Topic)
	if err != nil {
		return nil, nil, fmt.Errorf("join topic: %w", err)
	}
	if events, err = topic.EventHandler(); err != nil {
		return nil, nil, fmt.Errorf("join topic: %w", err)
	}
	// The verdict stores what is new, so there is nothing left to read: relaying
	// takes part in the mesh without a subscription's queue.
	stop, err := topic.Relay()
	if err != nil {
		return nil, nil, fmt.Errorf("join topic: %w", err)
	}
	h.topic.Store(topic)
	return func() {
		h.topic.Store(nil)
		events.Cancel()
		stop()
		_ = topic.Close() // fails only when pubsub has ended before
		_ = h.pubsub.UnregisterTopicValidator(h.cfg.Topic)
	}, events, nil
}

// PublishAnnouncement tells the network of a listing. Unavailable when no peer is
// on the topic: nothing was sent then, and the caller tries again. Repeating the
// same announcement within two minutes sends nothing.
func (h *Host) PublishAnnouncement(ctx context.Context, a listing.Announcement) error {
	return h.publish(ctx, Notice{Announcement: &a})
}

// PublishWithdrawal tells the network that a listing is gone; as
// PublishAnnouncement.
func (h *Host) PublishWithdrawal(ctx context.Context, w listing.Withdrawal) error {
	return h.publish(ctx, Notice{Withdrawal: &w})
}

// PublishRating tells the network what a buyer says; as PublishAnnouncement.
func (h *Host) PublishRating(ctx context.Context, s rating.Signed) error {
	return h.publish(ctx, Notice{Rating: &s})
}

// PublishErasure asks the network to erase what was sold; as PublishAnnouncement.
func (h *Host) PublishErasure(ctx context.Context, e listing.Erasure) error {
	return h.publish(ctx, Notice{Erasure: &e})
}

// PublishReport tells the network of a seller's garbage; as PublishAnnouncement.
func (h *Host) PublishReport(ctx context.Context, s report.Signed) error {
	return h.publish(ctx, Notice{Report: &s})
}

func (h *Host) publish(ctx context.Context, n Notice) error {
	b, err := wire.EncodeNotice(n)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	topic := h.topic.Load()
	// Publishing to nobody would mark the message as seen and make the next try do
	// nothing.
	if topic == nil || len(topic.ListPeers()) == 0 {
		return &market.Error{Op: "publish", Code: market.Unavailable, Message: "no peer is on the topic"}
	}
	if err := topic.Publish(ctx, b); err != nil {
		return &market.Error{Op: "publish", Code: market.Unavailable, Message: "gossip is not running", Err: err}
	}
	return nil
}

// verdict is what became of a notice.
type verdict string

const (
	accepted verdict = "accepted"
	known    verdict = "known"
	rejected verdict = "rejected"
	expired  verdict = "expired"
	dropped  verdict = "dropped" // over a limit, or it could not be judged now
)

// validate is the topic's validator. from is who passed the message on, which
// need not be who wrote it.
func (h *Host) validate(ctx context.Context, from peer.ID, m *pubsub.Message) pubsub.ValidationResult {
	if from == h.host.ID() {
		return pubsub.ValidationAccept
	}
	kind, v := h.receive(ctx, from, m.GetData())
	h.metrics.gossip.WithLabelValues(kind, string(v)).Inc()
	switch v {
	case accepted:
		return pubsub.ValidationAccept
	case rejected, expired:
		return pubsub.ValidationReject // the tracer counts it
	}
	return pubsub.ValidationIgnore
}

func (h *Host) receive(ctx context.Context, from peer.ID, data []byte) (kind string, v verdict) {
	if _, ok := h.limits.gossipPeer.take(from); !ok {
		return "any", dropped
	}
	n, err := wire.DecodeNotice(data)
	if err != nil {
		h.log.Debug("gossip is malformed", "peer_id", from.String(), "error", err)
		return "any", rejected
	}
	kind = kindOf(n)
	// A peer that has used up its repetitions is not listened to any more, so that
	// replays do not cost a signature check each.
	if !h.limits.known.some(from) {
		h.offend(from, nuisance, "repeating")
		return kind, dropped
	}
	// Only what was accepted counts against a seller: others can use its name, but
	// not its signature. What names no seller stands for something that was paid for.
	seller := n.Seller()
	named := seller != market.Address{}
	if named && !h.limits.seller.some(seller) {
		return kind, dropped
	}
	v = h.judge(ctx, n, from)
	switch v {
	case accepted:
		if named {
			h.limits.seller.take(seller)
		}
	case known:
		h.limits.known.take(from)
	}
	return kind, v
}

func kindOf(n Notice) string {
	switch {
	case n.Announcement != nil:
		return "announcement"
	case n.Rating != nil:
		return "rating"
	case n.Erasure != nil:
		return "erasure"
	case n.Report != nil:
		return "report"
	}
	return "withdrawal"
}

// judge asks the market about a notice.
func (h *Host) judge(ctx context.Context, n Notice, from peer.ID) verdict {
	var err error
	switch {
	case n.Announcement != nil && h.deps.OnAnnouncement != nil:
		err = h.deps.OnAnnouncement(ctx, *n.Announcement, from.String())
	case n.Withdrawal != nil && h.deps.OnWithdrawal != nil:
		err = h.deps.OnWithdrawal(ctx, *n.Withdrawal)
	case n.Rating != nil && h.deps.OnRating != nil:
		err = h.deps.OnRating(ctx, *n.Rating)
	case n.Erasure != nil && h.deps.OnErasure != nil:
		err = h.deps.OnErasure(ctx, *n.Erasure)
	case n.Report != nil && h.deps.OnReport != nil:
		err = h.deps.OnReport(ctx, *n.Report)
	default:
		return dropped
	}
	if err == nil {
		return accepted
	}
	switch market.CodeOf(err) {
	case market.Invalid, market.Denied:
		h.log.Debug("notice refused", "peer_id", from.String(), "key", n.Key().String(), "error", err)
		return rejected
	case market.Expired:
		return expired
	case market.Conflict:
		return known
	case market.Internal:
		if !errors.Is(err, context.Canceled) {
			h.log.Error("notice could not be judged", "key", n.Key().String(), "error", err)
		}
	}
	return dropped
}

// watchTopic follows who comes to the topic.
func (h *Host) watchTopic(ctx context.Context, events *pubsub.TopicEventHandler) {
	for {
		e, err := events.NextPeerEvent(ctx)
		if err != nil {
			return
		}
		if e.Type == pubsub.PeerJoin {
			h.background(func() { h.welcome(ctx, e.Peer) })
		}
	}
}

// welcome waits until a peer that came to the topic can also be sent to: it may
// have opened its stream to us before we have opened ours.
func (h *Host) welcome(ctx context.Context, p peer.ID) {
	ctx, cancel := context.WithTimeout(ctx, h.cfg.StreamTimeout)
	defer cancel()
	for {
		opened := h.opened.wait()
		topic := h.topic.Load()
		if topic == nil {
			return
		}
		if slices.Contains(topic.ListPeers(), p) {
			break
		}
		select {
		case <-opened:
		case <-ctx.Done():
			return
		}
	}
	h.log.Info("peer joined", "peer_id", p.String())
	if h.deps.OnPeer != nil {
		h.deps.OnPeer(p.String())
	}
	wake(h.met)
	select {
	case h.catchUps <- p:
	default: // the next periodic round asks somebody
	}
}
