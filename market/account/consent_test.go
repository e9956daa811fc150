package account_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/account"
)

func TestSaveConsent(t *testing.T) {
	t.Parallel()
	f, ctx := newFixture(t), context.Background()
	alice, err := f.Create(ctx, "alice", false)
	require.NoError(t, err)
	require.Nil(t, alice.Consent)
	require.False(t, alice.Sharing())
	bob, err := f.Create(ctx, "bob", false)
	require.NoError(t, err)

	p := account.Preferences{Analytics: true, DataSharing: true}
	saved, first, err := f.SaveConsent(ctx, alice.ID, p, "")
	require.NoError(t, err)
	require.True(t, first)
	require.Equal(t, p, saved.Consent.Preferences)
	require.Equal(t, f.now, saved.Consent.UpdatedAt)
	require.Equal(t, alice.AnonymousID, saved.AnonymousID)
	require.True(t, saved.Sharing())

	f.now = f.now.Add(time.Hour)
	saved, first, err = f.SaveConsent(ctx, alice.ID, account.Preferences{}, "anon_456")
	require.NoError(t, err)
	require.False(t, first)
	require.False(t, saved.Sharing())
	require.Equal(t, "anon_456", saved.AnonymousID)

	for _, taken := range []string{"anon_456", alice.AnonymousID} {
		_, _, err = f.SaveConsent(ctx, bob.ID, p, taken)
		if taken == "anon_456" {
			require.Equal(t, market.Conflict, market.CodeOf(err))
			again, err := f.User(ctx, bob.ID)
			require.NoError(t, err)
			require.Equal(t, bob, again, "nothing was saved")
			continue
		}
		require.NoError(t, err, "alice gave it up")
	}
	_, _, err = f.SaveConsent(ctx, alice.ID, p, "anon_456")
	require.NoError(t, err, "her own")
	for _, bad := range []string{strings.Repeat("a", 129), "a b", "a\n", "\xff"} {
		_, _, err := f.SaveConsent(ctx, alice.ID, p, bad)
		require.Equal(t, market.Invalid, market.CodeOf(err), "%q", bad)
	}
}

func TestReferrer(t *testing.T) {
	t.Parallel()
	f, ctx := newFixture(t), context.Background()
	alice, err := f.Create(ctx, "alice", false)
	require.NoError(t, err)
	bob, err := f.CreateReferred(ctx, "bob", alice.ID)
	require.NoError(t, err)
	require.Equal(t, alice.ID, bob.Referrer)
	_, err = f.CreateReferred(ctx, "carol", "usr_unknown")
	require.Equal(t, market.Invalid, market.CodeOf(err))
	_, err = f.Named(ctx, "carol")
	require.Equal(t, market.NotFound, market.CodeOf(err))
}
