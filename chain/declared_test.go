package chain

import (
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	marketbind "privd/chain/binding/market"
	"privd/chain/binding/rewards"
	"privd/chain/binding/staking"
	"privd/market"
)

func declaredEvents(t *testing.T, c Contracts) map[market.Address]map[string]common.Hash {
	t.Helper()
	declared := make(map[market.Address]map[string]common.Hash)
	for address, meta := range map[market.Address]*bind.MetaData{
		c.Market: &marketbind.MarketMetaData, c.Rewards: &rewards.RewardsMetaData, c.Staking: &staking.StakingMetaData,
	} {
		parsed, err := meta.ParseABI()
		require.NoError(t, err)
		declared[address] = make(map[string]common.Hash)
		for name, event := range parsed.Events {
			declared[address][name] = event.ID
		}
	}
	return declared
}
