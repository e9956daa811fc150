package keys_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"

	"privd/chain/keys"
	"privd/market"
	"privd/market/seal"
)

const wellKnown = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"

func open(t *testing.T, dir string) *keys.Ring {
	t.Helper()
	r, err := keys.Open(dir, "")
	require.NoError(t, err)
	return r
}

// Accounts made and imported are there after a restart, under the same password,
// in files only the owner reads.
func TestAccountsSurviveRestart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keystore")
	r := open(t, dir)
	made, err := r.Create()
	require.NoError(t, err)
	private, err := keys.ParsePrivate(wellKnown)
	require.NoError(t, err)
	imported, err := r.Import(private)
	require.NoError(t, err)
	require.Equal(t, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", imported.Hex())
	again, err := r.Import(private)
	require.NoError(t, err)
	require.Equal(t, imported, again)

	reopened := open(t, dir)
	require.ElementsMatch(t, []market.Address{made, imported}, reopened.Addresses())
	require.True(t, reopened.Has(made))
	require.False(t, reopened.Has(market.Address{}))
	exported, err := reopened.Export(imported)
	require.NoError(t, err)
	require.Equal(t, wellKnown, exported.Reveal())
	address, err := exported.Address()
	require.NoError(t, err)
	require.Equal(t, imported, address)

	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 3)
	for _, entry := range entries {
		info, err := entry.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), entry.Name())
	}
}

func TestSigning(t *testing.T) {
	t.Parallel()
	r := open(t, t.TempDir())
	account, err := r.Create()
	require.NoError(t, err)
	var signer seal.Signer = r
	digest := market.Hash{1, 2, 3}
	sig, err := signer.SignDigest(t.Context(), account, digest)
	require.NoError(t, err)
	require.NoError(t, seal.Check(account, digest, sig))
	_, err = signer.SignDigest(t.Context(), market.Address{9}, digest)
	require.Equal(t, market.NotFound, market.CodeOf(err))

	tx, err := r.SignTx(t.Context(), account, types.NewTx(&types.DynamicFeeTx{ChainID: big.NewInt(5), Gas: 21000}), 5)
	require.NoError(t, err)
	from, err := types.Sender(types.LatestSignerForChainID(big.NewInt(5)), tx)
	require.NoError(t, err)
	require.Equal(t, account, from)
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, dir)
	_, err := r.LoadSecret("node")
	require.Equal(t, market.NotFound, market.CodeOf(err))
	require.NoError(t, r.SaveSecret("node", []byte("first")))
	require.NoError(t, r.SaveSecret("node", []byte("second")))
	secret, err := open(t, dir).LoadSecret("node")
	require.NoError(t, err)
	require.Equal(t, "second", string(secret))
	raw, err := os.ReadFile(filepath.Join(dir, "node.secret.json"))
	require.NoError(t, err)
	require.NotContains(t, string(raw), "second")
	for _, name := range []string{"", ".", "..", "../x", "a/b", ".hidden"} {
		require.Equal(t, market.Invalid, market.CodeOf(r.SaveSecret(name, nil)), name)
	}
}

// A password file of the operator's own is used; it is never made, and its first
// line counts.
func TestPasswordFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(t.TempDir(), "pass")
	_, err := keys.Open(dir, file)
	require.Equal(t, market.NotFound, market.CodeOf(err))
	require.NoError(t, os.WriteFile(file, []byte("\n"), 0o600))
	_, err = keys.Open(dir, file)
	require.Equal(t, market.Invalid, market.CodeOf(err))
	require.NoError(t, os.WriteFile(file, []byte("correct horse\r\nsecond line\n"), 0o600))
	r, err := keys.Open(dir, file)
	require.NoError(t, err)
	account, err := r.Create()
	require.NoError(t, err)
	require.NoError(t, r.SaveSecret("node", []byte("x")))
	require.NoFileExists(t, filepath.Join(dir, "password"))

	require.NoError(t, os.WriteFile(file, []byte("wrong"), 0o600))
	r, err = keys.Open(dir, file)
	require.NoError(t, err)
	_, err = r.Export(account)
	require.Equal(t, market.Denied, market.CodeOf(err))
	_, err = r.LoadSecret("node")
	require.Equal(t, market.Denied, market.CodeOf(err))
}

// A lost password is an error; a new one would only hide that the keys are gone.
func TestLostPassword(t *testing.T) {
	t.Parallel()
	for name, put := range map[string]func(*keys.Ring) error{
		"account": func(r *keys.Ring) error { _, err := r.Create(); return err },
		"secret":  func(r *keys.Ring) error { return r.SaveSecret("node", []byte("x")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, put(open(t, dir)))
			require.NoError(t, os.Remove(filepath.Join(dir, "password")))
			_, err := keys.Open(dir, "")
			require.Equal(t, market.NotFound, market.CodeOf(err))
			require.ErrorContains(t, err, filepath.Join(dir, "password"))
		})
	}
}

func TestDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, dir)
	account, err := r.Create()
	require.NoError(t, err)
	require.NoError(t, r.SaveSecret("node", []byte("x")))
	files, err := filepath.Glob(filepath.Join(dir, "UTC--*"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	require.NoError(t, os.WriteFile(files[0], []byte(fmt.Sprintf(`{"address":"%x","crypto":{},"version":3}`, account[:])), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "node.secret.json"), []byte(`{"cipher":"aes-128-ctr"}`), 0o600))
	r = open(t, dir)
	_, err = r.Export(account)
	require.Equal(t, market.Internal, market.CodeOf(err))
	require.ErrorContains(t, err, files[0])
	_, err = r.LoadSecret("node")
	require.Equal(t, market.Internal, market.CodeOf(err))
	require.NoError(t, os.WriteFile(files[0], []byte(`not json`), 0o600))
	_, err = keys.Open(dir, "")
	require.ErrorContains(t, err, files[0])
}

// A key never shows by accident.
func TestPlaceholder(t *testing.T) {
	t.Parallel()
	private, err := keys.ParsePrivate(wellKnown)
	require.NoError(t, err)
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("key", "key", private)
	for _, text := range []string{fmt.Sprint(private), fmt.Sprintf("%v %+v %#v %s", private, private, private, private), logged.String()} {
		require.NotContains(t, text, "ac0974")
		require.NotContains(t, text, "172")
		require.Contains(t, text, "[secret]")
	}
	_, err = keys.ParsePrivate("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ffzz")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "ac0974")
}

// Whatever stands in a key file, opening the directory ends in an error or not, and
// a file that is not the account's key never signs.
func FuzzKeyFile(f *testing.F) {
	f.Add([]byte(`{"address":"f39fd6e51aad88f6f4ce6ab8827279cfffb92266","crypto":{"cipher":"aes-128-ctr","ciphertext":"00","cipherparams":{"iv":"00"},"kdf":"scrypt","kdfparams":{"dklen":32,"n":2,"p":1,"r":1,"salt":"00"},"mac":"00"},"version":3}`))
	f.Add([]byte(`{"address":"f39fd6e51aad88f6f4ce6ab8827279cfffb92266"}`))
	f.Add([]byte(`{"address":"f39fd6e51aad88f6f4ce6ab8827279cfffb92266","crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"00000000000000000000000000000000"},"kdf":"pbkdf2","kdfparams":{"c":1,"dklen":32,"prf":"hmac-sha256","salt":""}},"version":3}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		dir := t.TempDir()
		if os.WriteFile(filepath.Join(dir, "password"), []byte("x"), 0o600) != nil || os.WriteFile(filepath.Join(dir, "UTC--x"), raw, 0o600) != nil {
			t.Fatal("cannot write")
		}
		r, err := keys.Open(dir, "")
		if err != nil {
			return
		}
		for _, account := range r.Addresses() {
			if _, err := r.Export(account); err == nil {
				t.Fatal("a key came out of nothing")
			}
		}
	})
}

// TestCost: files are encrypted at the cost of light scrypt unless another is told, say
// so themselves, and open whatever the cost is now.
func TestCost(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keystore")
	r := open(t, dir)
	light, err := r.Create()
	require.NoError(t, err)
	r.Cost = keys.Quick
	quick, err := r.Create()
	require.NoError(t, err)
	costs := map[string]string{}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range entries {
		raw, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		require.NoError(t, err)
		var file struct {
			Address string
			Crypto  struct {
				KDFParams struct{ N, P, R int }
			}
		}
		if json.Unmarshal(raw, &file) == nil {
			costs["0x"+file.Address] = fmt.Sprint(file.Crypto.KDFParams)
		}
	}
	require.Equal(t, map[string]string{strings.ToLower(light.Hex()): "{4096 6 8}", strings.ToLower(quick.Hex()): "{2 1 8}"}, costs)
	reopened := open(t, dir)
	for _, account := range []market.Address{light, quick} {
		_, err := reopened.Export(account)
		require.NoError(t, err)
	}
}
