package x402

import "strconv"

// v1Names are the names by which clients of version 1 know the chains they sign
// for. They know no others: one unknown name makes them refuse all offers.
var v1Names = map[uint64]string{
	8453: "base", 84532: "base-sepolia", 43114: "avalanche", 43113: "avalanche-fuji", 137: "polygon", 80002: "polygon-amoy",
	1329: "sei", 1328: "sei-testnet", 4689: "iotex", 2741: "abstract", 11124: "abstract-testnet", 3338: "peaq", 1514: "story", 41923: "educhain",
}

// V1Name returns how version 1 names a chain, if it can.
func V1Name(chainID uint64) (string, bool) {
	name, ok := v1Names[chainID]
	return name, ok
}

// CAIP2 returns how version 2 names a chain: "eip155:" and its id.
func CAIP2(chainID uint64) string { return "eip155:" + strconv.FormatUint(chainID, 10) }

// localhost is what the documented dialect calls the node's chain.
const localhost = "localhost"
