package records

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/review"
	"privd/storage/migrate"
)

var update = flag.Bool("update", false, "write the golden values anew")

// Every row has a prefix and a name of its own, a layout, and a version that
// exists.
func TestSchema(t *testing.T) {
	t.Parallel()
	prefixes, names := make(map[byte]string), make(map[string]bool)
	for _, r := range schema() {
		require.Empty(t, prefixes[r.prefix], "%s has the prefix of another row", r.name)
		require.False(t, names[r.name], "two rows are called %s", r.name)
		require.NotEmpty(t, r.layout, r.name)
		require.NotEqual(t, byte('!'), r.prefix, "Badger keeps its own keys there")
		require.NotZero(t, r.prefix)
		require.GreaterOrEqual(t, r.since, 1)
		require.LessOrEqual(t, r.since, migrate.Latest(), r.name)
		prefixes[r.prefix], names[r.name] = r.name, true
	}
}

// What is stored reads back the same, with every field set and with none.
func TestRowsRoundTrip(t *testing.T) {
	t.Parallel()
	c := newCodec()
	for _, r := range schema() {
		if r.value == nil {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			full, zero := reflect.New(r.value), reflect.New(r.value)
			fill(t, full.Elem(), 1)
			for _, v := range []reflect.Value{full, zero} {
				b, err := c.encode(v.Interface())
				require.NoError(t, err)
				again, err := c.encode(v.Interface())
				require.NoError(t, err)
				require.Equal(t, b, again, "encoding is deterministic")
				got, err := r.check(c, b)
				require.NoError(t, err)
				if v == full { // an empty list may come back as none
					require.Equal(t, v.Elem().Interface(), got)
				}
			}
		})
	}
}

// The bytes of a value never change by accident: a renamed field would read as an
// unknown one from what is stored. When the change is meant, it takes a migration
// step, and then this test is run with -update.
func TestRowsGolden(t *testing.T) {
	t.Parallel()
	c := newCodec()
	for _, r := range schema() {
		if r.value == nil {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			full := reflect.New(r.value)
			fill(t, full.Elem(), 1)
			b, err := c.encode(full.Interface())
			require.NoError(t, err)
			path := filepath.Join("testdata", "golden", strings.ReplaceAll(r.name, " ", "-")+".hex")
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, []byte(wrap(hex.EncodeToString(b))), 0o644))
			}
			text, err := os.ReadFile(path)
			require.NoError(t, err, "a new row: go test ./storage/records -run Golden -update")
			stored, err := hex.DecodeString(strings.ReplaceAll(string(text), "\n", ""))
			require.NoError(t, err)
			got, err := r.check(c, stored)
			require.NoError(t, err, "what was stored before cannot be read any more: a migration step is due")
			require.Equal(t, full.Elem().Interface(), got, "what was stored before reads as something else: a migration step is due")
			require.Equal(t, stored, b, "the stored form changed: a migration step is due")
		})
	}
}

func wrap(s string) string {
	var out strings.Builder
	for len(s) > 80 {
		out.WriteString(s[:80] + "\n")
		s = s[80:]
	}
	return out.String() + s + "\n"
}

// fill sets everything v holds to something that is not zero and depends on n.
func fill(tb testing.TB, v reflect.Value, n int) {
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = time.Date(2025, 6, 1, 12, 30, 15, 123456789+n, time.UTC)
		return
	case *market.Amount:
		*p = market.Wei(1_000_000_000 + uint64(n))
		return
	case *cid.Cid:
		sum, err := multihash.Sum([]byte(fmt.Sprint(n)), multihash.SHA2_256, -1)
		require.NoError(tb, err)
		*p = cid.NewCidV1(cid.DagProtobuf, sum)
		return
	case *review.Fingerprint:
		require.NoError(tb, p.UnmarshalBinary(append([]byte("p"), bytes.Repeat([]byte{byte(n)}, 56)...)))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d", n))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(100 + n%20))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(100 + n%20))
	case reflect.Array:
		for i := range v.Len() {
			fill(tb, v.Index(i), n+i)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(tb, v.Index(i), n+i)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(tb, v.Elem(), n)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for i := range 3 {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(tb, key, n+i)
			fill(tb, value, n+i)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			require.True(tb, v.Type().Field(i).IsExported(), "%s has a field that is not stored: %s", v.Type(), v.Type().Field(i).Name)
			fill(tb, v.Field(i), n+i)
		}
	default:
		require.Fail(tb, "cannot be stored", "%s", v.Type())
	}
}

// Damaged bytes give an error or a value, never a panic; and what reads as a value
// is stored as the same value again.
func FuzzRows(f *testing.F) {
	c := newCodec()
	rows := schema()
	for i, r := range rows {
		if r.value == nil {
			continue
		}
		full := reflect.New(r.value)
		fill(f, full.Elem(), 1)
		b, err := c.encode(full.Interface())
		require.NoError(f, err)
		f.Add(byte(i), b)
		f.Add(byte(i), b[:len(b)/2])
	}
	f.Fuzz(func(t *testing.T, i byte, b []byte) {
		r := rows[int(i)%len(rows)]
		if r.value == nil {
			return
		}
		v, err := r.check(c, b)
		if err != nil {
			return
		}
		p := reflect.New(r.value)
		p.Elem().Set(reflect.ValueOf(v))
		again, err := c.encode(p.Interface())
		if err != nil {
			return // a time beyond the year 9999 reads and cannot be written
		}
		w, err := r.check(c, again)
		require.NoError(t, err)
		p.Elem().Set(reflect.ValueOf(w))
		third, err := c.encode(p.Interface())
		require.NoError(t, err)
		require.Equal(t, again, third)
	})
}
