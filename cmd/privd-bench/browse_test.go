package main

import (
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/catalog"
	"privd/storage/records"
)

// TestSameAsSQLite asks the catalog and SQLite 1,000 random queries over 5,000
// listings, a fifth of which came in one by one after the catalog was loaded, and
// some of which went.
func TestSameAsSQLite(t *testing.T) {
	t.Parallel()
	ctx, dir, s := t.Context(), t.TempDir(), newStock()
	kept, err := records.Open(records.Options{Dir: filepath.Join(dir, "records"), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	defer func() { require.NoError(t, kept.Close()) }()
	y, err := openSQLite(filepath.Join(dir, "sqlite"))
	require.NoError(t, err)
	defer func() { require.NoError(t, y.close()) }()
	goods := make([]good, 1_500)
	for i := range goods {
		goods[i] = s.next()
	}
	early, late := goods[:1_200], goods[1_200:]
	require.NoError(t, store(ctx, kept, early))
	c := catalog.New(records.As[catalog.Tx](kept))
	require.NoError(t, c.Load(ctx))
	require.Equal(t, len(early), c.Len())
	require.NoError(t, store(ctx, kept, late))
	for i := range late {
		require.NoError(t, c.Refresh(ctx, market.ListingID(late[i].id)))
	}
	gone, goods := goods[:100], goods[100:]
	require.NoError(t, kept.Update(ctx, func(tx *records.Tx) (err error) {
		for i := range gone {
			err = errors.Join(err, tx.DeleteOffer(market.ListingID(gone[i].id)))
		}
		return err
	}))
	for i := range gone {
		require.NoError(t, c.Refresh(ctx, market.ListingID(gone[i].id)))
	}
	require.NoError(t, y.fill(ctx, goods))
	require.NoError(t, y.index(ctx))
	require.NoError(t, compare(ctx, c, y, 1000))
}
