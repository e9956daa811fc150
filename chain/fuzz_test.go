package chain

import (
	"encoding/json"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"

	"privd/market"
)

var fuzzed = Contracts{Market: market.Address{1}, Rewards: market.Address{2}, Staking: market.Address{3}}

// Whatever a server calls a log, decoding it ends in an event, in no interest, or in
// an error.
func FuzzDecodeLog(f *testing.F) {
	d := newDecoders(fuzzed)
	for contract, events := range d {
		for topic := range events {
			for _, topics := range []int{1, 2, 3, 4} {
				seed := append(topic.Bytes(), make([]byte, 32*(topics-1))...)
				f.Add(contract[0], seed, make([]byte, 320))
				f.Add(contract[0], seed, []byte{})
			}
		}
	}
	f.Fuzz(func(t *testing.T, contract byte, topics, data []byte) {
		log := types.Log{Address: market.Address{contract}, Data: data, BlockNumber: 7, Index: 3}
		for ; len(topics) >= 32 && len(log.Topics) < 6; topics = topics[32:] {
			log.Topics = append(log.Topics, common.Hash(topics[:32]))
		}
		event, known, err := d.decode(&log)
		if err == nil && known {
			require.NotZero(t, event.Kind)
			require.Equal(t, uint64(7), event.Block)
			require.Equal(t, uint64(3), event.LogIndex)
		}
	})
}

// The logs of a page as JSON, which is what a server really sends.
func FuzzLogsAnswer(f *testing.F) {
	f.Add([]byte(`[{"address":"0x0100000000000000000000000000000000000000","topics":[],"data":"0x","blockNumber":"0x1","transactionHash":"0x00"}]`))
	follower := &Follower{decoders: newDecoders(fuzzed)}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var logs []types.Log
		if json.Unmarshal(raw, &logs) != nil {
			return
		}
		events, err := follower.events(logs, 1, markOf(&types.Header{Number: common.Big3}))
		if err == nil {
			for _, e := range events {
				require.True(t, e.Block >= 1 && e.Block <= 3)
			}
		}
	})
}

// Whatever a contract reverts with, there is a code and a text that is short.
func FuzzDecodeRevert(f *testing.F) {
	for id := range customErrors() {
		f.Add(append(id[:], make([]byte, 96)...))
		f.Add(id[:])
	}
	f.Add([]byte{})
	f.Add(common.FromHex("08c379a0" + "0000000000000000000000000000000000000000000000000000000000000020" + "0000000000000000000000000000000000000000000000000000000000000003" + "6f6e6f0000000000000000000000000000000000000000000000000000000000"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := decodeRevert(data)
		require.NotEmpty(t, r.Detail)
		require.Less(t, len(r.Detail), 4096)
		require.Less(t, int(r.code()), 11)
	})
}

// Every event the contracts declare has a decoder, but for the one of EIP-5267 that
// none of them emits.
func TestEveryEventIsDecoded(t *testing.T) {
	t.Parallel()
	c := Contracts{Market: market.Address{1}, Rewards: market.Address{2}, Staking: market.Address{3}}
	d := newDecoders(c)
	for contract, events := range declaredEvents(t, c) {
		for name, topic := range events {
			if name == "EIP712DomainChanged" {
				continue
			}
			require.Contains(t, d[contract], topic, name)
			delete(d[contract], topic)
		}
		require.Empty(t, d[contract], "decoders of events that do not exist")
	}
}
