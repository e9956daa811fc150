package listing_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/listing"
)

// table is a manifest of a data listing.
func table(t testing.TB) *listing.Manifest {
	m := manifest(t, market.Address{1})
	m.Category, m.DataType, m.DatasetID, m.TotalRecords = "mixed", "defi", "swaps-2024.q1", 10
	m.Columns = []listing.Column{{Name: "pair", Type: "string"}, {Name: "two\nlines", Type: "number"}}
	m.Entries[0].Kind, m.Entries[0].Filename, m.Entries[0].MIME = listing.KindDataset, "swaps.csv", "text/csv"
	return m
}

func decoded(m *listing.Manifest) error {
	block, err := m.Encode()
	if err == nil {
		_, err = listing.DecodeManifest(block)
	}
	return err
}

// TestManifestOfTable: a data listing tells of one table, no more than it can hold,
// and nothing else tells of one.
func TestManifestOfTable(t *testing.T) {
	t.Parallel()
	require.NoError(t, decoded(table(t)))
	columns := func(n int, name string) (list []listing.Column) {
		for range n {
			list = append(list, listing.Column{Name: name, Type: "string"})
		}
		return list
	}
	many := table(t)
	many.Columns = columns(1024, strings.Repeat("a", 64))
	require.NoError(t, decoded(many))
	for name, spoil := range map[string]func(*listing.Manifest){
		"no data type":         func(m *listing.Manifest) { m.DataType = "" },
		"a photo":              func(m *listing.Manifest) { m.Entries[0].Kind = "photo" },
		"two tables":           func(m *listing.Manifest) { m.Entries = append(m.Entries, m.Entries[0]) },
		"no id":                func(m *listing.Manifest) { m.DatasetID = "" },
		"an id that leads off": func(m *listing.Manifest) { m.DatasetID = "../swaps" },
		"a long id":            func(m *listing.Manifest) { m.DatasetID = strings.Repeat("a", 65) },
		"no records":           func(m *listing.Manifest) { m.TotalRecords = 0 },
		"records below 0":      func(m *listing.Manifest) { m.TotalRecords = -1 },
		"more records":         func(m *listing.Manifest) { m.TotalRecords = m.Entries[0].Size + 1 },
		"no columns":           func(m *listing.Manifest) { m.Columns = []listing.Column{} },
		"many columns":         func(m *listing.Manifest) { m.Columns = columns(1025, "a") },
		"long columns":         func(m *listing.Manifest) { m.Columns = columns(257, strings.Repeat("a", 256)) },
		"a column that acts":   func(m *listing.Manifest) { m.Columns[0].Name = "\x1b[2J" },
		"an unknown type":      func(m *listing.Manifest) { m.Columns[0].Type = "blob" },
	} {
		m := table(t)
		spoil(m)
		require.ErrorIs(t, decoded(m), listing.ErrManifest, name)
	}
	photos := manifest(t, market.Address{1})
	photos.Columns = columns(1, "a")
	require.ErrorIs(t, decoded(photos), listing.ErrManifest, "columns of photos")
}

// TestManifestTexts: what strangers write stays on its line, has something to see,
// and cannot lead a path or a URL astray.
func TestManifestTexts(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*listing.Manifest){
		"two titles":          func(m *listing.Manifest) { m.Title = "Trees\nVerified seller" },
		"a title of blanks":   func(m *listing.Manifest) { m.Title = " \u00a0\u200b" },
		"two tags in one":     func(m *listing.Manifest) { m.Tags = []string{"a\tb"} },
		"a blank tag":         func(m *listing.Manifest) { m.Tags = []string{" "} },
		"two names":           func(m *listing.Manifest) { m.DisplayName = "Anna\r\nBob" },
		"a seller of a path":  func(m *listing.Manifest) { m.SellerID = "usr/a" },
		"a listing of a path": func(m *listing.Manifest) { m.Listing = "../../auth/keys?x=" },
		"dots":                func(m *listing.Manifest) { m.Entries[0].Contribution = ".." },
		"a query":             func(m *listing.Manifest) { m.Entries[0].Contribution = "contrib_a/preview?listing=b" },
		"a path":              func(m *listing.Manifest) { m.Entries[0].Filename = "../../.profile" },
		"a path of Windows":   func(m *listing.Manifest) { m.Entries[0].Filename = `..\autoexec.bat` },
		"two headers":         func(m *listing.Manifest) { m.Entries[0].Filename = "a\r\nSet-Cookie: b" },
		"no type":             func(m *listing.Manifest) { m.Entries[0].MIME = "jpeg" },
		"two types":           func(m *listing.Manifest) { m.Entries[0].MIME = "image/jpeg\ntext/html" },
	} {
		m := manifest(t, market.Address{1})
		spoil(m)
		require.ErrorIs(t, decoded(m), listing.ErrManifest, name)
	}
}

// A title with nothing to see in it is blank.
func TestBlankTitles(t *testing.T) {
	t.Parallel()
	s := newStall(t)
	for _, title := range []string{"", " ", "\u00a0\u2003", "\u200b", "\u2060\ufeff"} {
		_, err := s.listings.Create(t.Context(), seller, listing.Input{
			Title: title, Description: "Some", Category: listing.Text, Price: market.Wei(100), Contributions: []market.ContributionID{"contrib_1"},
		})
		var e *market.Error
		require.True(t, errors.As(err, &e), "%q", title)
		require.Equal(t, "title", e.Field, "%q: %v", title, err)
	}
}
