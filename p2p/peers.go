package p2p

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/libp2p/go-libp2p/core/record"

	"privd/market"
	"privd/p2p/wire"
)

// maxHelpers is how many connected peers are asked where another one is.
const maxHelpers = 8

// servePeers answers /peers/1: the signed addresses of peers asked for by id, or
// of some this node is connected to. Each record is signed by the peer it is
// about, so that nobody can be sent to somebody else's address.
func (h *Host) servePeers(_ context.Context, s network.Stream) error {
	from := s.Conn().RemotePeer()
	b, err := readRequest(s, wire.MaxPeersRequest)
	if err != nil {
		return err
	}
	want, err := wire.DecodePeersRequest(b)
	if err != nil {
		return err
	}
	if _, ok := h.limits.peersPeer.take(from); !ok {
		return errCrowded
	}
	var ids []peer.ID
	for _, w := range want {
		id, err := peer.IDFromBytes(w)
		if err != nil {
			return fmt.Errorf("%w: peer id: %w", wire.ErrMalformed, err)
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		ids = h.host.Network().Peers()
		rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		ids = ids[:min(len(ids), wire.MaxPeersRecords)]
	}
	return wire.WriteFrame(s, wire.EncodePeersAnswer(h.recordsOf(ids, from)))
}

func (h *Host) recordsOf(ids []peer.ID, except peer.ID) (records [][]byte) {
	book, ok := peerstore.GetCertifiedAddrBook(h.host.Peerstore())
	if !ok {
		return nil
	}
	for _, id := range ids {
		if id == except {
			continue
		}
		if envelope := book.GetPeerRecord(id); envelope != nil {
			if b, err := envelope.Marshal(); err == nil {
				records = append(records, b)
			}
		}
	}
	return records
}

// askPeers asks one peer for addresses, notes them and returns whose they are.
func (h *Host) askPeers(ctx context.Context, p peer.ID, want []peer.ID) ([]peer.ID, error) {
	ids := make([][]byte, len(want))
	for i, id := range want {
		ids[i] = []byte(id)
	}
	b, err := h.ask(ctx, p, h.names.peers, wire.EncodePeersRequest(ids), wire.MaxPeersAnswer)
	if err != nil {
		return nil, err
	}
	records, err := wire.DecodePeersAnswer(b)
	if err != nil {
		h.blame(p, err)
		return nil, err
	}
	var found []peer.ID
	for _, r := range records {
		id, err := h.noteRecord(r)
		if err != nil {
			h.offend(p, lie, "forged address")
			return found, err
		}
		if id != h.host.ID() {
			found = append(found, id)
		}
	}
	return found, nil
}

// noteRecord keeps a signed peer record that somebody passed on.
func (h *Host) noteRecord(b []byte) (peer.ID, error) {
	envelope, _, err := record.ConsumeEnvelope(b, peer.PeerRecordEnvelopeDomain)
	if err != nil {
		return "", fmt.Errorf("open peer record: %w", err)
	}
	return h.keepRecord(envelope)
}

func (h *Host) keepRecord(envelope *record.Envelope) (peer.ID, error) {
	untyped, err := envelope.Record()
	if err != nil {
		return "", fmt.Errorf("open peer record: %w", err)
	}
	r, ok := untyped.(*peer.PeerRecord)
	if !ok || !r.PeerID.MatchesPublicKey(envelope.PublicKey) {
		return "", errors.New("open peer record: it is not about its signer")
	}
	book, ok := peerstore.GetCertifiedAddrBook(h.host.Peerstore())
	if !ok {
		return "", errors.New("note peer record: the peerstore keeps none")
	}
	// An older record than the one held is not an error of the peer that sent it.
	_, err = book.ConsumePeerRecord(envelope, peerstore.TempAddrTTL)
	return r.PeerID, err
}

// keepRecords notes the record with which each peer introduced itself, so that it
// can be passed on: libp2p keeps only the addresses in it.
func (h *Host) keepRecords(ctx context.Context, introductions event.Subscription) {
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-introductions.Out():
			if !ok {
				return
			}
			if i, ok := e.(event.EvtPeerIdentificationCompleted); ok && i.SignedPeerRecord != nil {
				// libp2p has checked that the peer signed it. A stale one changes nothing.
				_, _ = h.keepRecord(i.SignedPeerRecord)
				wake(h.met)
			}
		}
	}
}

// wake signals without blocking.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// find makes sure that a peer can be dialed: it is connected, its addresses are
// known, or somebody who is connected knows them.
func (h *Host) find(ctx context.Context, id peer.ID) error {
	if h.known(id) {
		return nil
	}
	helpers := h.host.Network().Peers()
	rand.Shuffle(len(helpers), func(i, j int) { helpers[i], helpers[j] = helpers[j], helpers[i] })
	ctx, cancel := context.WithTimeout(ctx, h.cfg.StreamTimeout)
	defer cancel()
	helpers = helpers[:min(len(helpers), maxHelpers)]
	answers := make(chan struct{}, len(helpers))
	for _, p := range helpers {
		h.background(func() {
			_, _ = h.askPeers(ctx, p, []peer.ID{id}) // what it knew is in the peerstore
			answers <- struct{}{}
		})
	}
	for range helpers {
		select {
		case <-answers:
		case <-ctx.Done():
		case <-h.ctx.Done():
		}
		if h.known(id) {
			return nil
		}
	}
	return &market.Error{Code: market.Unavailable, Message: "nobody knows where the peer is"}
}

func (h *Host) known(id peer.ID) bool {
	return h.host.Network().Connectedness(id) == network.Connected || len(h.host.Peerstore().Addrs(id)) > 0
}

// reach connects to a peer known by id alone.
func (h *Host) reach(ctx context.Context, id peer.ID) error {
	if h.host.Network().Connectedness(id) == network.Connected {
		return nil
	}
	if h.conduct.refused(id) {
		return &market.Error{Code: market.Unavailable, Message: "peer is refused for misbehaviour"}
	}
	if err := h.find(ctx, id); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, h.cfg.StreamTimeout)
	defer cancel()
	if err := h.host.Connect(ctx, peer.AddrInfo{ID: id}); err != nil {
		return &market.Error{Code: market.Unavailable, Message: "peer does not answer", Err: err}
	}
	return nil
}

// keepConnected looks for more peers while there are too few: often when somebody
// has just come, because who comes brings others, then ever less.
func (h *Host) keepConnected(ctx context.Context) {
	const shortest, longest = time.Second, 30 * time.Second
	every := shortest
	timer := time.NewTimer(every)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			h.meetMore(ctx)
			every = min(2*every, longest)
		case <-h.met:
			if every == shortest {
				continue // soon enough
			}
			every = shortest
		}
		timer.Reset(every)
	}
}

// meetMore asks a few peers whom they know and dials the strangers among those.
func (h *Host) meetMore(ctx context.Context) {
	peers := h.host.Network().Peers()
	rand.Shuffle(len(peers), func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
	for _, p := range peers[:min(len(peers), 3)] {
		if h.PeerCount() >= h.cfg.MinPeers {
			return
		}
		found, err := h.askPeers(ctx, p, nil)
		if err != nil {
			continue
		}
		for _, id := range found {
			if h.host.Network().Connectedness(id) != network.Connected {
				h.propose(peer.AddrInfo{ID: id})
			}
		}
	}
}
