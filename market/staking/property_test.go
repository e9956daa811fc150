package staking_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/market"
	"privd/market/account"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/staking"
	"privd/storage/records"
)

// rules plays the chain for one stake: what was signed is mined, by the node or by a
// stranger, only while its time lasts and once; what is not deep yet may be taken
// back.
type rules struct {
	*chain
	mined map[string]uint64 // own transactions that were mined, with their block
	top   uint64            // the highest block there was
}

// confirm brings the outcomes up to date with the head.
func (c *rules) confirm() {
	for key, block := range c.mined {
		c.sent[key] = outbox.Transaction{
			Key: key, State: outbox.Mined, Block: block, TxHash: common.Hash{9}, Final: deal.Depth(c.head.Number, block) >= 3,
		}
	}
}

// take mines what was signed for a key.
func (c *rules) take(key string, own bool) {
	t := c.terms[key]
	if _, used := c.used[t.Salt]; used || c.head.Time >= t.ValidBefore {
		return
	}
	c.later(1, 1)
	if c.head.Time >= t.ValidBefore {
		return
	}
	c.used[t.Salt] = c.head.Number
	if own {
		c.mined[key] = c.head.Number
	}
}

// rewind takes back the newest blocks, but none that was ever as deep as money asks
// for.
func (c *rules) rewind(blocks uint64) {
	c.top = max(c.top, c.head.Number)
	c.head.Number = min(c.head.Number, max(c.head.Number-blocks, c.top-2))
	for salt, block := range c.used {
		if block > c.head.Number {
			delete(c.used, salt)
		}
	}
	for key, block := range c.mined {
		if block > c.head.Number {
			delete(c.mined, key)
			c.sent[key] = outbox.Transaction{Key: key, State: outbox.Sent}
		}
	}
}

// TestAtMostOnce mines, withholds, front-runs and reorganises at random. In the end
// the request has ended, it was staked once if that end is "confirmed", and otherwise
// it was not and never can be.
func TestAtMostOnce(t *testing.T) {
	t.Parallel()
	b, made := newBench(t), uint64(0)
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		made++
		u := account.User{ID: market.UserID(fmt.Sprintf("usr_%d", made)), Managed: true}
		binary.BigEndian.PutUint64(u.Wallet[2:], made)
		b.put(func(tx *records.Tx) error { return tx.PutUser(u) })
		c := &rules{mined: map[string]uint64{}, chain: &chain{
			head: deal.Mark{Number: 100, Time: begin}, balance: priv(t, "100"),
			sent: map[string]outbox.Transaction{}, terms: map[string]staking.Terms{}, used: map[market.Hash]uint64{},
		}}
		b.Chain = c
		v, err := b.Stake(ctx, u.ID, priv(t, "10"))
		require.NoError(t, err)
		id := v.Request.ID
		step := func() staking.Request {
			c.confirm()
			_, err := b.Step(ctx, id, 0)
			require.NoError(t, err)
			return b.request(id)
		}
		r := step()
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			keys := slices.Sorted(func(yield func(string) bool) {
				for key := range c.sent {
					if !yield(key) {
						return
					}
				}
			})
			key := rapid.SampledFrom(keys).Draw(t, "key")
			switch rapid.IntRange(0, 6).Draw(t, "what") {
			case 0:
				c.take(key, true)
			case 1:
				c.take(key, false)
			case 2:
				c.rewind(uint64(rapid.IntRange(0, 2).Draw(t, "blocks")))
			case 3: // the node's own comes too late, or for nothing
				if _, ours := c.mined[key]; !ours && c.used[c.terms[key].Salt] != 0 {
					c.sent[key] = outbox.Transaction{Key: key, State: outbox.Failed, Final: true, Reason: "ERC3009UsedAuthorization", Code: market.Conflict}
				}
			case 4:
				c.later(uint64(rapid.IntRange(1, 5).Draw(t, "blocks")), uint64(rapid.IntRange(1, 700).Draw(t, "seconds")))
			default:
				r = step()
			}
			require.LessOrEqual(t, len(c.used), 1, "staked twice")
		}
		for range 50 {
			if !r.State.Open() {
				break
			}
			c.later(4, 400)
			r = step()
		}
		require.False(t, r.State.Open(), "%+v", r)
		require.Equal(t, r.State == staking.Confirmed, len(c.used) == 1, "%+v", r)
		for key := range c.sent {
			before := len(c.used)
			c.take(key, false)
			require.Len(t, c.used, before, "what was signed still works")
		}
		b.now = b.now.Add(time.Hour)
	})
}
