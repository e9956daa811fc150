package main

import (
	"crypto/ecdsa"
	"encoding/json"
	"sync"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/rogpeppe/go-internal/testscript"
)

// scriptWallets holds the keys of the wallets of scripts, by address.
type scriptWallets struct{ keys sync.Map }

// make is "newwallet VAR": it makes a wallet and sets VAR to its address.
func (w *scriptWallets) make(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: newwallet VAR")
	}
	ts.Setenv(args[0], w.add(ts))
}

func (w *scriptWallets) add(ts *testscript.TestScript) (address string) {
	key, err := crypto.GenerateKey()
	ts.Check(err)
	address = crypto.PubkeyToAddress(key.PublicKey).Hex()
	w.keys.Store(address, key)
	return address
}

// sign is "signwith VAR FILE [ADDRESS]": it sets VAR to a wallet's signature over the
// typed data in a file; without an address, to a stranger's.
func (w *scriptWallets) sign(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: signwith VAR FILE [ADDRESS]")
	}
	if len(args) == 2 {
		args = append(args, w.add(ts))
	}
	key, known := w.keys.Load(args[2])
	if !known {
		ts.Fatalf("no wallet %s", args[2])
	}
	var typed apitypes.TypedData
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &typed))
	digest, _, err := apitypes.TypedDataAndHash(typed)
	ts.Check(err)
	signature, err := crypto.Sign(digest, key.(*ecdsa.PrivateKey))
	ts.Check(err)
	signature[64] += 27
	ts.Setenv(args[0], hexutil.Encode(signature))
}
