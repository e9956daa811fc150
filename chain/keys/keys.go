// Package keys keeps a node's private keys: one web3 secret storage file (v3,
// light scrypt) per account in one directory, all under one password, and the
// node's other secrets encrypted the same way.
//
// Keys never leave it except through Export, print as placeholders and are not
// part of any error. Files are written whole or not at all, with mode 0600.
package keys

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/google/uuid"

	"privd/market"
	"privd/market/seal"
)

// Private is an account's private key in 32 bytes. It prints as a placeholder.
type Private [32]byte

// String returns a placeholder.
func (Private) String() string { return "[secret]" }

// GoString returns a placeholder.
func (Private) GoString() string { return "[secret]" }

// LogValue returns a placeholder.
func (Private) LogValue() slog.Value { return slog.StringValue("[secret]") }

// ParsePrivate reads 64 hexadecimal digits, with or without 0x before them.
func ParsePrivate(text string) (Private, error) {
	key, err := crypto.HexToECDSA(strings.TrimPrefix(strings.TrimSpace(text), "0x"))
	if err != nil {
		// The cause may quote the key.
		return Private{}, market.Fail(market.Invalid, "not a private key: want 64 hexadecimal digits")
	}
	return Private(crypto.FromECDSA(key)), nil
}

// Reveal returns the key in hexadecimal with 0x before it, for handing it to its
// owner.
func (p Private) Reveal() string { return "0x" + common.Bytes2Hex(p[:]) }

// Address returns the account of the key.
func (p Private) Address() (market.Address, error) {
	key, err := crypto.ToECDSA(p[:])
	if err != nil {
		return market.Address{}, market.Fail(market.Invalid, "not a private key")
	}
	return crypto.PubkeyToAddress(key.PublicKey), nil
}

// Cost is how much work it is to try a password: the N and P of scrypt.
type Cost struct{ N, P int }

// Light costs 4 MiB and less than a tenth of a second. The password is random, unless
// the operator chose one.
var Light = Cost{keystore.LightScryptN, keystore.LightScryptP}

// Quick is no work at all: for tests, where Light would be most of what nodes do.
var Quick = Cost{2, 1}

// Ring is the keys of one directory. Accounts are unlocked on first use and stay
// unlocked. Safe for concurrent use within one process; two processes must not
// share a directory.
type Ring struct {
	// Cost is what files are encrypted at from now on; each file names its own.
	Cost Cost

	dir      string
	password string

	mu       sync.Mutex
	files    map[market.Address]string // path of each account
	unlocked map[market.Address]*ecdsa.PrivateKey
}

// Open reads the accounts in dir, which is made when absent. The password is the
// first line of passwordFile; with an empty passwordFile it is that of
// dir/password, which is made with a random password when the directory is new.
func Open(dir, passwordFile string) (*Ring, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open keystore: %w", err)
	}
	r := &Ring{Cost: Light, dir: dir, files: make(map[market.Address]string), unlocked: make(map[market.Address]*ecdsa.PrivateKey)}
	encrypted, err := r.scan()
	if err != nil {
		return nil, fmt.Errorf("open keystore: %w", err)
	}
	if r.password, err = password(dir, passwordFile, !encrypted); err != nil {
		return nil, fmt.Errorf("open keystore: %w", err)
	}
	return r, nil
}

// scan finds the key files. It reports whether anything encrypted is there.
func (r *Ring) scan() (encrypted bool, err error) {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return false, err
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue
		}
		path := filepath.Join(r.dir, entry.Name())
		switch {
		case strings.HasSuffix(entry.Name(), secretSuffix):
			encrypted = true
		case strings.HasPrefix(entry.Name(), "UTC--"):
			address, err := addressOf(path)
			if err != nil {
				return false, err
			}
			r.files[address] = path
			encrypted = true
		}
	}
	return encrypted, nil
}

func addressOf(path string) (market.Address, error) {
	raw, err := readSmall(path)
	if err != nil {
		return market.Address{}, err
	}
	var file struct {
		Address string `json:"address"`
	}
	if err := json.Unmarshal(raw, &file); err != nil || !common.IsHexAddress(file.Address) {
		return market.Address{}, market.Fail(market.Internal, "not a key file: "+path)
	}
	return common.HexToAddress(file.Address), nil
}

// Create makes a new account.
func (r *Ring) Create() (market.Address, error) {
	key, err := crypto.GenerateKey()
	if err != nil {
		return market.Address{}, fmt.Errorf("create account: %w", err)
	}
	return r.store(key)
}

// Import adds an account by its private key. Importing it again changes nothing.
func (r *Ring) Import(private Private) (market.Address, error) {
	key, err := crypto.ToECDSA(private[:])
	if err != nil {
		return market.Address{}, market.Fail(market.Invalid, "not a private key")
	}
	return r.store(key)
}

func (r *Ring) store(key *ecdsa.PrivateKey) (market.Address, error) {
	address := crypto.PubkeyToAddress(key.PublicKey)
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, have := r.files[address]; have {
		return address, nil
	}
	id, err := uuid.NewRandom()
	if err != nil {
		return market.Address{}, fmt.Errorf("store account: %w", err)
	}
	file, err := keystore.EncryptKey(&keystore.Key{Id: id, Address: address, PrivateKey: key},
		r.password, r.Cost.N, r.Cost.P)
	if err != nil {
		return market.Address{}, fmt.Errorf("store account: %w", err)
	}
	name := fmt.Sprintf("UTC--%s--%x", time.Now().UTC().Format("2006-01-02T15-04-05.000000000Z"), address[:])
	path := filepath.Join(r.dir, name)
	if err := writeWhole(path, file); err != nil {
		return market.Address{}, fmt.Errorf("store account: %w", err)
	}
	r.files[address], r.unlocked[address] = path, key
	return address, nil
}

// Addresses returns the accounts, in order of their bytes.
func (r *Ring) Addresses() []market.Address {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Keys(r.files), market.Address.Cmp)
}

// Has reports whether the ring holds the key of an account.
func (r *Ring) Has(account market.Address) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, have := r.files[account]
	return have
}

// Export returns the private key of an account, for handing it to its owner;
// NotFound when the ring holds none.
func (r *Ring) Export(account market.Address) (Private, error) {
	key, err := r.unlock(account)
	if err != nil {
		return Private{}, err
	}
	return Private(crypto.FromECDSA(key)), nil
}

// SignDigest signs a digest with the key of an account; NotFound when the ring
// holds none. It implements seal.Signer.
func (r *Ring) SignDigest(_ context.Context, account market.Address, digest market.Hash) (seal.Sig, error) {
	key, err := r.unlock(account)
	if err != nil {
		return seal.Sig{}, err
	}
	rsv, err := crypto.Sign(digest[:], key)
	if err != nil {
		return seal.Sig{}, fmt.Errorf("sign digest: %w", err)
	}
	return seal.Compact(rsv)
}

// SignTx signs a transaction with the key of an account; NotFound when the ring
// holds none.
func (r *Ring) SignTx(_ context.Context, account market.Address, tx *types.Transaction, chainID uint64) (*types.Transaction, error) {
	key, err := r.unlock(account)
	if err != nil {
		return nil, err
	}
	return types.SignTx(tx, types.LatestSignerForChainID(new(big.Int).SetUint64(chainID)), key)
}

// unlock returns the key of an account. Decrypting takes tens of milliseconds, so
// it is done once.
func (r *Ring) unlock(account market.Address) (*ecdsa.PrivateKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if key, have := r.unlocked[account]; have {
		return key, nil
	}
	path, have := r.files[account]
	if !have {
		return nil, &market.Error{Op: "unlock account", Code: market.NotFound, Message: "no key for " + account.Hex()}
	}
	raw, err := readSmall(path)
	if err != nil {
		return nil, fmt.Errorf("unlock account: %w", err)
	}
	if !soundAccount(raw) {
		return nil, damaged("unlock account", path, nil)
	}
	key, err := keystore.DecryptKey(raw, r.password)
	if err != nil {
		return nil, decryption("unlock account", path, err)
	}
	if key.Address != account {
		return nil, &market.Error{Op: "unlock account", Code: market.Internal, Message: path + " holds the key of another account"}
	}
	r.unlocked[account] = key.PrivateKey
	return key.PrivateKey, nil
}

// decryption is the error for a file that does not open.
func decryption(op, path string, err error) error {
	if errors.Is(err, keystore.ErrDecrypt) {
		return &market.Error{Op: op, Code: market.Denied, Reason: "WRONG_PASSWORD", Message: "the password does not open " + path}
	}
	return damaged(op, path, err)
}

// exists reports whether a file is there.
func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
