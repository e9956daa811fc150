package wire

import (
	"fmt"

	"privd/p2p/wire/pb"
)

// Bounds of the peers protocol.
const (
	MaxPeersWanted  = 16
	MaxPeersRecords = 32
	MaxPeersRequest = 4 << 10  // bytes
	MaxPeersAnswer  = 64 << 10 // bytes
	maxPeerID       = 128      // bytes
	maxPeerRecord   = 8 << 10  // bytes
)

// EncodePeersRequest asks for the addresses of the peers with the given ids, in
// binary; none asks for a sample.
func EncodePeersRequest(want [][]byte) []byte {
	return encode(&pb.PeersRequest{Want: want[:min(len(want), MaxPeersWanted)]})
}

// DecodePeersRequest returns the binary peer ids asked for.
func DecodePeersRequest(b []byte) ([][]byte, error) {
	var m pb.PeersRequest
	if err := decode(b, MaxPeersRequest, &m); err != nil {
		return nil, err
	}
	var r reader
	r.known(&m, "request")
	return r.list(m.Want, MaxPeersWanted, maxPeerID, "peer id"), r.err
}

// EncodePeersAnswer returns the signed peer records as they travel, as many as
// fit.
func EncodePeersAnswer(records [][]byte) []byte {
	m := &pb.PeersAnswer{}
	size := 0
	for _, b := range records {
		// Two bytes and a bit go before each record.
		if size += len(b) + 8; size > MaxPeersAnswer || len(m.Records) == MaxPeersRecords {
			break
		}
		if len(b) > 0 && len(b) <= maxPeerRecord {
			m.Records = append(m.Records, b)
		}
	}
	return encode(m)
}

// DecodePeersAnswer returns the signed peer records of an answer. The signatures
// are not checked here.
func DecodePeersAnswer(b []byte) ([][]byte, error) {
	var m pb.PeersAnswer
	if err := decode(b, MaxPeersAnswer, &m); err != nil {
		return nil, err
	}
	var r reader
	r.known(&m, "answer")
	return r.list(m.Records, MaxPeersRecords, maxPeerRecord, "record"), r.err
}

func (r *reader) list(items [][]byte, count, size int, what string) [][]byte {
	if len(items) > count {
		r.fail(fmt.Sprintf("%d times a %s, limit %d", len(items), what, count))
		return nil
	}
	for _, b := range items {
		if len(b) == 0 {
			r.fail(what + " is empty")
		}
		r.bounded(b, size, what)
	}
	return items
}
