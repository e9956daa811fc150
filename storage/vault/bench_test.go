package vault_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/contribution"
	"privd/market/task"
	"privd/storage/records"
	"privd/storage/storagetest"
)

const mb = 1_000_000

// BenchmarkYardstick is what storing is measured against: hashing on one core, and
// writing with one sync.
func BenchmarkYardstick(b *testing.B) {
	data := random(1, 100*mb)
	b.Run("sha256", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			sha256.Sum256(data)
		}
	})
	b.Run("write+fsync", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			f, err := os.Create(filepath.Join(b.TempDir(), "f"))
			require.NoError(b, err)
			_, err = f.Write(data)
			require.NoError(b, err)
			require.NoError(b, f.Sync())
			require.NoError(b, f.Close())
		}
	})
}

// repeat reads the same megabyte over and over.
func repeat(block []byte, n int64) io.Reader {
	return io.LimitReader(&endless{block: block}, n)
}

type endless struct {
	block []byte
	at    int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.block[e.at:])
	e.at = (e.at + n) % len(e.block)
	return n, nil
}

// BenchmarkStore stores one file, with and without the caller hashing what it
// reads, as an upload does.
func BenchmarkStore(b *testing.B) {
	block := random(1, 1<<20)
	for _, size := range []int64{100 * mb, 500 * mb} {
		for _, hashed := range []bool{false, true} {
			b.Run(fmt.Sprintf("%dMB/hashed=%v", size/mb, hashed), func(b *testing.B) {
				s := storagetest.New(b)
				b.SetBytes(size)
				peak := watchHeap()
				n, before := 0, cpu(b)
				for b.Loop() {
					n++
					id := fmt.Sprintf("contrib_%d", n)
					r := repeat(block, size)
					if hashed {
						r = io.TeeReader(r, sha256.New())
					}
					stored, err := s.Vault.Store(context.Background(), id, r)
					require.NoError(b, err)
					s.Record(b, stored.Pack)
					require.NoError(b, s.Vault.Erase(context.Background(), id))
				}
				b.ReportMetric((cpu(b)-before)/float64(int64(n)*size)*1e9, "cpu-s/GB")
				b.ReportMetric(float64(peak())/mb, "peakheapMB")
			})
		}
	}
}

// cpu returns the processor time this process has used, in seconds.
func cpu(b *testing.B) float64 {
	var r syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &r))
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}

// watchHeap returns a function that ends the watch and returns the most heap in
// use above what was in use before.
func watchHeap() func() uint64 {
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var most atomic.Uint64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			runtime.ReadMemStats(&now)
			if now.HeapAlloc > before.HeapAlloc {
				most.Store(max(most.Load(), now.HeapAlloc-before.HeapAlloc))
			}
			runtime.Gosched()
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(stop); <-done; return most.Load() }
}

// BenchmarkStoreSmall stores 200 files of 1 MB as uploads do: contribution, pack
// and review task are committed before the next.
func BenchmarkStoreSmall(b *testing.B) {
	const files, size = 200, mb
	plain := random(1, size)
	for _, writers := range []int{1, 4} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s := storagetest.New(b)
			b.SetBytes(files * size)
			var n atomic.Int64
			before := cpu(b)
			for b.Loop() {
				var all sync.WaitGroup
				for range writers {
					all.Go(func() {
						for range files / writers {
							acceptOne(b, s, fmt.Sprintf("contrib_%d", n.Add(1)), plain)
						}
					})
				}
				all.Wait()
			}
			b.ReportMetric((cpu(b)-before)/float64(n.Load()*size)*1e9, "cpu-s/GB")
		})
	}
}

func acceptOne(b *testing.B, s *storagetest.Stack, id string, plain []byte) {
	hash := sha256.New()
	stored, err := s.Vault.Store(context.Background(), id, io.TeeReader(bytes.NewReader(plain), hash))
	if err != nil {
		b.Error(err)
		return
	}
	c := contribution.Contribution{ID: market.ContributionID(id), User: "usr_1", Object: stored.Object,
		FileHash: market.Hash(sha256.Sum256([]byte(id))), Status: contribution.Pending}
	err = s.Records.Update(context.Background(), func(tx *records.Tx) error {
		if err := tx.PutContribution(c); err != nil {
			return err
		}
		if err := tx.PutPack(stored.Pack); err != nil {
			return err
		}
		return tx.PutTask(task.Task{Kind: task.Review, Key: id})
	})
	if err != nil {
		b.Error(err)
	}
}

// BenchmarkOpen reads what was stored: in order through both ways of reading, and
// 64 KiB at random places.
func BenchmarkOpen(b *testing.B) {
	const size = 200 * mb
	s := storagetest.New(b)
	stored, err := s.Vault.Store(context.Background(), "contrib_1", repeat(random(1, 1<<20), size))
	require.NoError(b, err)
	s.Record(b, stored.Pack)
	open := func(b *testing.B) interface {
		io.ReadSeekCloser
		io.ReaderAt
		io.WriterTo
	} {
		r, err := s.Vault.Open(context.Background(), "contrib_1", stored.Object)
		require.NoError(b, err)
		return r.(interface {
			io.ReadSeekCloser
			io.ReaderAt
			io.WriterTo
		})
	}
	b.Run("WriteTo", func(b *testing.B) {
		b.SetBytes(size)
		before, rounds := cpu(b), 0
		for b.Loop() {
			rounds++
			r := open(b)
			n, err := r.WriteTo(io.Discard)
			require.NoError(b, err)
			require.EqualValues(b, size, n)
			require.NoError(b, r.Close())
		}
		b.ReportMetric((cpu(b)-before)/float64(rounds*size)*1e9, "cpu-s/GB")
	})
	b.Run("Read32K", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			r := open(b)
			buf := make([]byte, 32<<10)
			for {
				if _, err := r.Read(buf); err == io.EOF {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
			require.NoError(b, r.Close())
		}
	})
	b.Run("Random64K", func(b *testing.B) {
		b.SetBytes(64 << 10)
		r := open(b)
		buf := make([]byte, 64<<10)
		at := int64(0)
		for b.Loop() {
			at = (at*31 + 104_729_003) % (size - 64<<10)
			if _, err := r.ReadAt(buf, at); err != nil {
				b.Fatal(err)
			}
		}
		require.NoError(b, r.Close())
	})
	b.Run("Open10KB", func(b *testing.B) {
		small, err := s.Vault.Store(context.Background(), fmt.Sprint("contrib_small", b.N, "_", market.RandomText(8)), repeat(random(1, 10_000), 10_000))
		require.NoError(b, err)
		s.Record(b, small.Pack)
		for b.Loop() {
			r, err := s.Vault.Open(context.Background(), small.Pack.ID, small.Object)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, r); err != nil {
				b.Fatal(err)
			}
			_ = r.Close()
		}
	})
}

// BenchmarkFetch fetches a file from a source in memory.
func BenchmarkFetch(b *testing.B) {
	const size = 200 * mb
	seller := storagetest.New(b)
	stored, err := seller.Vault.Store(context.Background(), "contrib_1", repeat(random(1, 1<<20), size))
	require.NoError(b, err)
	seller.Record(b, stored.Pack)
	source := holding(b, seller, stored.Pack)
	b.SetBytes(size)
	before, n := cpu(b), 0
	for b.Loop() {
		n++
		s := storagetest.New(b)
		_, err := s.Vault.Fetch(context.Background(), "purchase_1", []cid.Cid{stored.Object.Root}, source, 2*size, nil)
		require.NoError(b, err)
	}
	b.ReportMetric((cpu(b)-before)/float64(n*size)*1e9, "cpu-s/GB")
}
