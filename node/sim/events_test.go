package sim

import (
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"

	"privd/chain"
	contract "privd/chain/binding/market"
	"privd/chain/binding/privtoken"
	"privd/chain/binding/rewards"
	"privd/market"
)

var (
	told          = chain.Contracts{PRIV: market.Address{1}, Market: market.Address{2}, Rewards: market.Address{3}}
	seller, buyer = market.Address{11}, market.Address{12}
	nobody        = market.Address{13}
	id            = [32]byte{21}
)

// log is what a contract tells in a transaction.
func log(t *testing.T, tx byte, of market.Address, meta *bind.MetaData, name string, indexed []any, values ...any) types.Log {
	t.Helper()
	parsed, err := meta.ParseABI()
	require.NoError(t, err)
	event := parsed.Events[name]
	topics := []common.Hash{event.ID}
	for _, v := range indexed {
		switch v := v.(type) {
		case [32]byte:
			topics = append(topics, v)
		case market.Address:
			topics = append(topics, common.BytesToHash(v[:]))
		}
	}
	var rest abi.Arguments
	for _, in := range event.Inputs {
		if !in.Indexed {
			rest = append(rest, in)
		}
	}
	data, err := rest.Pack(values...)
	require.NoError(t, err)
	return types.Log{Address: of, Topics: topics, Data: data, TxHash: common.Hash{tx}}
}

// logs makes what a purchase of 25 wei tells, step by step.
type logs struct {
	*testing.T
	all []types.Log
}

func (l *logs) market(tx byte, name string, indexed []any, values ...any) {
	l.all = append(l.all, log(l.T, tx, told.Market, &contract.MarketMetaData, name, indexed, values...))
}

func (l *logs) moved(tx byte, from, to market.Address, amount int64) {
	l.all = append(l.all, log(l.T, tx, told.PRIV, &privtoken.PrivTokenMetaData, "Transfer", []any{from, to}, big.NewInt(amount)))
}

func (l *logs) bought(tx byte) {
	l.moved(tx, buyer, told.Market, 25)
	l.market(tx, "Purchased", []any{id, seller, buyer}, nobody, [32]byte{22}, contract.Delivery{}, big.NewInt(25), uint64(1), big.NewInt(1000), uint16(1))
}

func (l *logs) revealed(tx byte) { l.market(tx, "Revealed", []any{id}, [32]byte{5}, big.NewInt(2000)) }

func (l *logs) settled(tx byte, share, fee int64) {
	l.market(tx, "Settled", []any{id, seller}, big.NewInt(share), big.NewInt(fee), big.NewInt(9))
}

func (l *logs) refunded(tx byte, to market.Address, amount int64) {
	l.moved(tx, told.Market, to, amount)
	l.market(tx, "Refunded", []any{id, to}, big.NewInt(amount), false)
}

func (l *logs) withdrawn(tx byte, amount int64) {
	l.moved(tx, told.Market, seller, amount)
	l.market(tx, "Withdrawn", []any{seller}, big.NewInt(amount))
}

// What a correct contract tells is right, and each way in which it could be wrong is
// found.
func TestHistory(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tell func(l *logs)
		want string // in the complaint; none when empty
	}{
		"settled":  {func(l *logs) { l.bought(1); l.settled(2, 24, 1); l.withdrawn(3, 10); l.withdrawn(4, 14) }, ""},
		"refunded": {func(l *logs) { l.bought(1); l.refunded(2, buyer, 25) }, ""},
		"revealed": {func(l *logs) { l.bought(1); l.revealed(2); l.settled(3, 24, 1) }, ""},
		"rewarded": {func(l *logs) {
			l.all = append(l.all, log(l.T, 1, told.Rewards, &rewards.RewardsMetaData, "Paid", []any{nobody, seller}, big.NewInt(7), big.NewInt(7)))
			l.moved(1, told.Rewards, seller, 7)
		}, ""},
		"a fee that is a wei less":       {func(l *logs) { l.bought(1); l.settled(2, 25, 0) }, "settles as"},
		"a share that is a wei less":     {func(l *logs) { l.bought(1); l.settled(2, 23, 1) }, "settles as"},
		"settled twice":                  {func(l *logs) { l.bought(1); l.settled(2, 24, 1); l.settled(3, 24, 1) }, "from settled to settled"},
		"refunded after it was settled":  {func(l *logs) { l.bought(1); l.settled(2, 24, 1); l.refunded(3, buyer, 25) }, "from settled to refunded"},
		"settled after it was refunded":  {func(l *logs) { l.bought(1); l.refunded(2, buyer, 25); l.settled(3, 24, 1) }, "from refunded to settled"},
		"revealed after it was settled":  {func(l *logs) { l.bought(1); l.settled(2, 24, 1); l.revealed(3) }, "from settled to revealed"},
		"refunded a wei less":            {func(l *logs) { l.bought(1); l.refunded(2, buyer, 24) }, "is refunded as"},
		"refunded to somebody else":      {func(l *logs) { l.bought(1); l.refunded(2, nobody, 25) }, "is refunded as"},
		"bought twice":                   {func(l *logs) { l.bought(1); l.bought(2) }, "bought twice"},
		"settled and never bought":       {func(l *logs) { l.settled(1, 24, 1) }, "never bought"},
		"withdrawn and never earned":     {func(l *logs) { l.bought(1); l.withdrawn(2, 1) }, "has withdrawn"},
		"withdrawn more than was earned": {func(l *logs) { l.bought(1); l.settled(2, 24, 1); l.withdrawn(3, 25) }, "has withdrawn"},
		"withdrawn, and nothing moved": {func(l *logs) {
			l.bought(1)
			l.settled(2, 24, 1)
			l.withdrawn(3, 24)
			l.all = append(l.all[:3], l.all[4:]...)
		}, "should move"},
		"money moves that nobody told of": {func(l *logs) { l.bought(1); l.moved(2, told.Market, nobody, 1) }, "events explain 0"},
		"money moves twice":               {func(l *logs) { l.bought(1); l.moved(1, buyer, told.Market, 25) }, "events explain 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &logs{T: t}
			c.tell(l)
			h := newHistory(told, l.all)
			if c.want == "" {
				require.Empty(t, h.wrong)
				return
			}
			require.Contains(t, strings.Join(h.wrong, "\n"), c.want)
		})
	}
}
