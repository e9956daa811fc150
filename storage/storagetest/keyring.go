package storagetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/content"
)

// Keyring is the suite every keyring has to pass. empty returns a new one.
func Keyring(t *testing.T, empty func(t *testing.T) content.Keyring) {
	ctx := context.Background()
	t.Run("put, get, replace, destroy", func(t *testing.T) {
		k := empty(t)
		_, err := k.Get(ctx, "listing_1.1")
		require.ErrorIs(t, err, market.ErrNotFound)
		for _, secret := range []string{"first", "second", "x"} {
			require.NoError(t, k.Put(ctx, "listing_1.1", []byte(secret)))
			got, err := k.Get(ctx, "listing_1.1")
			require.NoError(t, err)
			require.Equal(t, secret, string(got))
		}
		require.NoError(t, k.Destroy(ctx, "listing_1.1"))
		_, err = k.Get(ctx, "listing_1.1")
		require.ErrorIs(t, err, market.ErrNotFound)
		require.NoError(t, k.Destroy(ctx, "listing_1.1"), "destroying what is gone is fine")
		require.NoError(t, k.Put(ctx, "listing_1.1", []byte("again")))
	})
	t.Run("names", func(t *testing.T) {
		k := empty(t)
		good := []string{"a", "A", "0", "contrib_ABCdef0123456789", "listing_1.12", "lst-x", "group/name"}
		for i, name := range good {
			require.NoError(t, k.Put(ctx, name, fmt.Append(nil, i)), name)
		}
		for i, name := range good {
			got, err := k.Get(ctx, name)
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint(i), string(got), "names do not meet")
		}
		for _, name := range []string{"", ".", "..", "../a", "a/../b", "/a", "a/", "a//b", ".a", "a\x00", "a b", "ä", `a\b`, "a+b", "a:b", string(make([]byte, 300))} {
			require.ErrorIs(t, k.Put(ctx, name, nil), market.ErrInvalid, "%q", name)
			_, err := k.Get(ctx, name)
			require.ErrorIs(t, err, market.ErrInvalid, "%q", name)
			require.ErrorIs(t, k.Destroy(ctx, name), market.ErrInvalid, "%q", name)
		}
	})
	t.Run("concurrently", func(t *testing.T) {
		k := empty(t)
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				name := fmt.Sprint("k", i)
				for range 5 {
					if err := k.Put(ctx, name, []byte(name)); err != nil {
						t.Error(err)
					}
					if got, err := k.Get(ctx, name); err != nil || string(got) != name {
						t.Errorf("got %q, %v, want %q", got, err, name)
					}
				}
			})
		}
		all.Wait()
	})
}
