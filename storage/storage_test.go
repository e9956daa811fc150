package storage_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"privd/market"
	"privd/market/content"
	"privd/market/contribution"
	"privd/market/listing"
	"privd/market/seal"
	"privd/storage"
	"privd/storage/records"
	"privd/storage/repo"
	"privd/storage/storagetest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("PRIVD_TEST_UPLOADS"); dir != "" {
		uploadForEver(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

func text(seed string, n int) []byte {
	return bytes.Repeat([]byte(seed+" "), n/(len(seed)+1)+1)[:n]
}

func add(tb testing.TB, s *storagetest.Stack, id string, plain []byte) content.Stored {
	tb.Helper()
	stored, err := s.Vault.Store(context.Background(), id, bytes.NewReader(plain))
	require.NoError(tb, err)
	s.Record(tb, stored.Pack)
	return stored
}

// Whatever step a crash comes after, what was recorded is there after the restart
// and nothing else is.
func TestCrashBetweenSteps(t *testing.T) {
	t.Parallel()
	s, ctx := storagetest.New(t), context.Background()
	plain := text("kept", 2<<20)
	kept := add(t, s, "contrib_kept", plain)
	require.NoError(t, s.Keys.Put(ctx, "listing_1.1", []byte("listing key")))

	// After the pack and its key, before the record.
	_, err := s.Vault.Store(ctx, "contrib_unrecorded", strings.NewReader("x"))
	require.NoError(t, err)
	// In the middle of the pack, after the key.
	w, err := s.Blocks.Create("contrib_half", 1)
	require.NoError(t, err)
	header, err := os.ReadFile(filepath.Join(s.Repo.Keys(), "contrib_unrecorded.age"))
	require.NoError(t, err)
	require.NoError(t, s.Keys.PutHeader(ctx, "contrib_half", header))
	_ = w // never finished: its process is gone
	// In the middle of writing a secret.
	require.NoError(t, os.WriteFile(filepath.Join(s.Repo.Keys(), "listing_1.2.age.0a.tmp"), []byte("half"), 0o600))
	// In the middle of an erasure: after the key, before the pack.
	add(t, s, "contrib_erased", text("erased", 1000))
	require.NoError(t, s.Keys.Destroy(ctx, "contrib_erased"))
	// And after the record, before the file.
	gone := add(t, s, "contrib_gone", text("gone", 1000))
	require.NoError(t, s.Keys.Destroy(ctx, "contrib_gone"))
	require.NoError(t, s.Records.Update(ctx, func(tx *records.Tx) error { return tx.DeletePack("contrib_gone") }))

	s.Reopen(t)
	require.ElementsMatch(t, []string{"contrib_kept.car", "contrib_erased.car"}, names(t, s.Repo.Blocks()))
	require.ElementsMatch(t, []string{"contrib_kept.age", "listing_1.1.age"}, names(t, s.Repo.Keys()))
	r, err := s.Vault.Open(ctx, "contrib_kept", kept.Object)
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	require.True(t, bytes.Equal(plain, got))
	require.NoError(t, r.Close())
	has, err := s.Blocks.Has(ctx, gone.Object.Root)
	require.NoError(t, err)
	require.False(t, has)
	require.NoError(t, s.Vault.Erase(ctx, "contrib_erased"), "an erasure that was cut off is finished by repeating it")
	require.ElementsMatch(t, []string{"contrib_kept.car"}, names(t, s.Repo.Blocks()))
}

func names(tb testing.TB, dir string) (out []string) {
	tb.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(tb, err)
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// A process that stores one upload after another is killed in the middle of it.
// Every upload it acknowledged is there, whole; nothing is left of the one that
// was under way.
func TestKill(t *testing.T) {
	t.Parallel()
	for round := range 3 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			r, err := repo.Init(dir)
			require.NoError(t, err)
			require.NoError(t, r.Close())
			id, err := age.GenerateHybridIdentity()
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(r.Password(), []byte(id.String()), 0o600))

			victim := exec.Command(os.Args[0], "-test.run=^$")
			victim.Env = append(os.Environ(), "PRIVD_TEST_UPLOADS="+dir)
			victim.Stderr = os.Stderr
			out, err := victim.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, victim.Start())
			var acknowledged []string
			lines := bufio.NewScanner(out)
			for lines.Scan() {
				if acknowledged = append(acknowledged, lines.Text()); len(acknowledged) == 4+3*round {
					require.NoError(t, victim.Process.Kill())
					break
				}
			}
			for lines.Scan() { // said before the end reached it
				acknowledged = append(acknowledged, lines.Text())
			}
			require.Error(t, victim.Wait())
			require.GreaterOrEqual(t, len(acknowledged), 4+3*round)
			requireUploads(t, dir, id, acknowledged)
		})
	}
}

func requireUploads(t *testing.T, dir string, id *age.HybridIdentity, acknowledged []string) {
	t.Helper()
	ctx := context.Background()
	s := storagetest.Open(t, dir, id)
	known := make(map[string]bool)
	require.NoError(t, s.Records.View(ctx, func(tx *records.Tx) error {
		return tx.EachPackID(func(id string) bool { known[id] = true; return true })
	}))
	for _, line := range acknowledged {
		id, sum, _ := strings.Cut(line, " ")
		require.True(t, known[id], "%s was acknowledged", id)
		var pack content.Pack
		require.NoError(t, s.Records.View(ctx, func(tx *records.Tx) (err error) { pack, err = tx.Pack(id); return err }))
		require.Equal(t, sum, objectSum(t, s, id))
		require.NotZero(t, pack.Size)
	}
	require.Len(t, names(t, s.Repo.Blocks()), len(known), "no pack without a record is left")
	require.Len(t, names(t, s.Repo.Keys()), len(known), "no key without a pack is left")
	report, err := s.Verify(ctx, nil)
	require.NoError(t, err)
	require.Empty(t, report.Damages)
}

const uploadSize = 3<<20 + 17

// objectSum reads an upload of uploadForEver back. Its root is the last block but
// for the tree: the pack has three leaves under one node.
func objectSum(t *testing.T, s *storagetest.Stack, id string) string {
	t.Helper()
	object, err := os.ReadFile(filepath.Join(string(s.Repo.Dir), id+".object"))
	require.NoError(t, err)
	var o content.Object
	require.NoError(t, o.Root.UnmarshalText(bytes.TrimSpace(object)))
	chunks := int64((uploadSize + 64<<10 - 1) / (64 << 10))
	o.Size, o.PayloadSize = uploadSize, 16+uploadSize+16*chunks
	r, err := s.Vault.Open(context.Background(), id, o)
	require.NoError(t, err)
	hash := sha256.New()
	_, err = io.Copy(hash, r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	return hex.EncodeToString(hash.Sum(nil))
}

// uploadForEver is the process that TestKill kills: it prints each upload once it
// is recorded.
func uploadForEver(dir string) {
	fatal := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	r, err := repo.Open(ctx, dir, log)
	fatal(err)
	secret, err := os.ReadFile(r.Password())
	fatal(err)
	id, err := age.ParseHybridIdentity(string(secret))
	fatal(err)
	s, err := storage.Open(ctx, storage.Options{Dir: r.Dir, Identity: id, Log: log})
	fatal(err)
	for i := 0; ; i++ {
		name := fmt.Sprintf("contrib_%d", i)
		plain := text(name, uploadSize)
		stored, err := s.Vault.Store(ctx, name, bytes.NewReader(plain))
		fatal(err)
		fatal(os.WriteFile(filepath.Join(dir, name+".object"), []byte(stored.Object.Root.String()), 0o600))
		fatal(s.Records.Update(ctx, func(tx *records.Tx) error { return tx.PutPack(stored.Pack) }))
		fmt.Printf("%s %x\n", name, sha256.Sum256(plain))
	}
}

// Verify names every kind of damage, goes on after each, and tells how far it is.
func TestVerify(t *testing.T) {
	t.Parallel()
	s, ctx := storagetest.New(t), context.Background()
	const n = 4
	var stored []content.Stored
	for i := range n {
		stored = append(stored, add(t, s, fmt.Sprint("contrib_", i), text(fmt.Sprint(i), 2<<20)))
	}
	require.NoError(t, s.Keys.Put(ctx, "listing_1.1", []byte("key")))
	var last storage.Progress
	report, err := s.Verify(ctx, func(p storage.Progress) { last = p })
	require.NoError(t, err)
	require.Empty(t, report.Damages)
	require.Equal(t, n, report.Packs)
	require.Equal(t, n+1, report.Secrets)
	require.Equal(t, storage.Progress{Packs: n, TotalPacks: n, Bytes: report.Bytes}, last)
	require.Greater(t, report.Bytes, int64(n*2<<20))

	path := func(i int) string { return filepath.Join(s.Repo.Blocks(), fmt.Sprintf("contrib_%d.car", i)) }
	harm(t, path(1), stored[1].Pack.Blocks[1].Offset)
	require.NoError(t, os.Truncate(path(2), stored[2].Pack.Size-1))
	require.NoError(t, os.Remove(path(3)))
	harm(t, filepath.Join(s.Repo.Keys(), "contrib_0.age"), 500)
	harm(t, filepath.Join(s.Repo.Keys(), "listing_1.1.age"), 1000)
	report, err = s.Verify(ctx, nil)
	require.NoError(t, err)
	var named []string
	for _, d := range report.Damages {
		require.NotEmpty(t, d.Problem)
		named = append(named, d.Name)
	}
	require.Equal(t, []string{"contrib_1", "contrib_2", "contrib_3", "contrib_0", "listing_1.1"}, named)
	require.Contains(t, report.Damages[2].Problem, "missing")
	gone := storagetest.Block(t, cid.Raw, multihash.SHA2_256, []byte("never stored")).Cid()

	// What is gone without a trace is missed by those who need it.
	require.NoError(t, s.Records.Update(ctx, func(tx *records.Tx) error {
		lost := contribution.Contribution{ID: "contrib_lost", User: "usr_1", FileHash: market.Hash{1}, Object: stored[0].Object}
		lost.Object.Root = gone
		whole := contribution.Contribution{ID: "contrib_0", User: "usr_1", FileHash: market.Hash{2}, Object: stored[0].Object}
		erased := contribution.Contribution{ID: "contrib_erased", User: "usr_1", FileHash: market.Hash{3}}
		sold := listing.Listing{ID: "listing_1", Published: &listing.Published{Order: seal.Order{Version: 2}}}
		return errors.Join(tx.PutContribution(lost), tx.PutContribution(whole), tx.PutContribution(erased), tx.PutListing(sold))
	}))
	before := len(report.Damages)
	report, err = s.Verify(ctx, nil)
	require.NoError(t, err)
	require.Equal(t, []storage.Damage{
		{Name: "contrib_lost", Problem: "its blocks are missing"},
		{Name: "contrib_lost", Problem: "its key is missing"},
		{Name: "listing_1.2", Problem: "its key is missing"},
	}, report.Damages[before:])

	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err = s.Verify(ended, nil)
	require.ErrorIs(t, err, context.Canceled)
}

func harm(tb testing.TB, path string, at int64) {
	tb.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(tb, err)
	var b [1]byte
	_, err = f.ReadAt(b[:], at)
	require.NoError(tb, err)
	b[0] ^= 1
	_, err = f.WriteAt(b[:], at)
	require.NoError(tb, err)
	require.NoError(tb, f.Close())
}
