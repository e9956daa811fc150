//go:build faults

package node

import (
	"context"
	"crypto/rand"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum/crypto"

	"privd/market"
	"privd/market/deal"
	"privd/market/ledger"
	"privd/market/seal"
	"privd/storage/records"
)

// cheats are the rules this process breaks: PRIVD_CHEAT, names with commas between.
// This build is for tests, which tell whole processes what to do.
var cheats = sync.OnceValue(func() []string { return strings.Split(os.Getenv("PRIVD_CHEAT"), ",") })

func breaks(rule string) bool { return slices.Contains(cheats(), rule) }

// stranger signs with a key that nobody knows.
func stranger(digest market.Hash) seal.Sig {
	key, err := crypto.GenerateKey()
	if err != nil {
		panic(err)
	}
	rsv, err := crypto.Sign(digest[:], key)
	if err != nil {
		panic(err)
	}
	sig, err := seal.Compact(rsv)
	if err != nil {
		panic(err)
	}
	return sig
}

func random() (h market.Hash) {
	if _, err := rand.Read(h[:]); err != nil {
		panic(err)
	}
	return h
}

// onChain returns how a purchase stands as far as this node has read.
func (n *Node) onChain(ctx context.Context, id market.Hash) (s deal.State, err error) {
	err = n.records.View(ctx, func(tx *records.Tx) error { s, err = ledger.StateOf(tx, id); return err })
	return s, err
}
