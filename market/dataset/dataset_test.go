package dataset_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"privd/market"
	"privd/market/content"
	"privd/market/dataset"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a vault that keeps the last file it was given.
type memory struct {
	content.Vault
	stored  []byte
	dropped int
}

func (m *memory) Store(_ context.Context, _ string, r io.Reader) (content.Stored, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return content.Stored{}, err
	}
	m.stored = b
	return content.Stored{Object: content.Object{Size: int64(len(b))}}, nil
}

func (m *memory) Discard(string) error { m.dropped++; return nil }

// take reads a file as an upload does, and lists it with all the preview there is.
func take(t testing.TB, name string, r io.Reader) (dataset.Dataset, error) {
	t.Helper()
	m := &memory{}
	s := &dataset.Service{Vault: m}
	received, err := s.Receive(t.Context(), "usr_a", dataset.File{Filename: name}, r)
	if err != nil {
		require.Nil(t, m.stored, "nothing is stored of a file that is refused")
		return dataset.Dataset{}, err
	}
	rows := dataset.MaxPreviewRows
	d := dataset.New(received, dataset.Terms{ID: "x", PreviewRows: &rows}, time.Unix(0, 0))
	require.Equal(t, market.Hash(sha256.Sum256(m.stored)), d.FileHash)
	return d, nil
}

// columns writes a schema in a line: "name type format, ...".
func columns(d dataset.Dataset) string {
	out := make([]string, len(d.Columns))
	for i, c := range d.Columns {
		out[i] = strings.TrimSpace(c.Name + " " + c.Type + " " + c.Format)
	}
	return strings.Join(out, ", ")
}

// TestTypes is the rule of schema inference, by the cells of one column.
func TestTypes(t *testing.T) {
	t.Parallel()
	for cells, want := range map[string]string{
		"1|2|-3|0":                           "integer",
		"1||3":                               "integer",
		"1|2.5":                              "number",
		"1|2e6|-1.5E-3":                      "number",
		"true|FALSE|True":                    "boolean",
		"true|1":                             "string",
		"00123|00456":                        "string",
		"+1|+2":                              "string",
		"1,5|2,5":                            "string",
		"1.|2.":                              "string",
		".5|.6":                              "string",
		"-|--1":                              "string",
		"NaN|1":                              "string",
		"0x1f|0x20":                          "string",
		"a|1":                                "string",
		"|":                                  "string",
		"2024-05-22|2023-01-01":              "string date",
		"2024-05-22|":                        "string date",
		"2024-13-22|2023-01-01":              "string",
		"2024-05-32|2023-01-01":              "string",
		"2024-5-22|2023-1-1":                 "string",
		"2024-05-22T10:00:00Z|":              "string date-time",
		"2024-05-22 10:00|2024-05-22 10:01":  "string date-time",
		"2024-05-22T10:00:00.123456+02:00":   "string date-time",
		"2024-05-22T10:00:60-0330":           "string date-time",
		"2024-05-22T24:00:00Z":               "string",
		"2024-05-22T10:00:00 CET":            "string",
		"2024-05-22T10:00:00.Z":              "string",
		"2024-05-22|2024-05-22T10:00:00Z":    "string",
		"99999999999999999999999999999|1":    "integer",
		"2024-05-22T10:00:00Z|68123.45":      "string",
		"-2024-05-22|-1":                     "string",
		"1e|2e5":                             "string",
		"1e+|2e5":                            "string",
		"١٢٣|٤٥٦":                            "string",
		"TRUE|f":                             "string",
		"2024-05-22T10:00:00Z|2024-05-22T9Z": "string",
	} {
		t.Run(cells, func(t *testing.T) {
			t.Parallel()
			var file strings.Builder
			file.WriteString("id,value\n")
			for cell := range strings.SplitSeq(cells, "|") {
				fmt.Fprintf(&file, "k,%q\n", cell)
			}
			d, err := take(t, "x.csv", strings.NewReader(file.String()))
			require.NoError(t, err)
			require.Equal(t, "id string, value "+want, columns(d))
		})
	}
}

// TestDialects: what CSV files in the wild look like.
func TestDialects(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file    string
		columns string
		records int64
		preview string
	}{
		"documented": {"symbol,price,volume_24h,timestamp\nBTCUSDT,68123.45,34567.89,2024-05-22T10:00:00Z\n",
			"symbol string, price number, volume_24h number, timestamp string date-time", 1,
			"symbol,price,volume_24h,timestamp\nBTCUSDT,68123.45,34567.89,2024-05-22T10:00:00Z"},
		"no newline at the end": {"a,b\n1,2", "a integer, b integer", 1, "a,b\n1,2"},
		"CRLF":                  {"a,b\r\n1,2\r\n3,4\r\n", "a integer, b integer", 2, "a,b\n1,2\n3,4"},
		"byte order mark":       {"\uFEFFa,b\n1,2\n", "a integer, b integer", 1, "a,b\n1,2"},
		"semicolons":            {"a;b\n1,5;2,5\n", "a string, b string", 1, "a;b\n1,5;2,5"},
		"tabs":                  {"a\tb\n5\"\tx\n", "a string, b string", 1, "a\tb\n5\"\tx"},
		"bars":                  {"a|b|c\n1|2|3\n", "a integer, b integer, c integer", 1, "a|b|c\n1|2|3"},
		"one column":            {"name\nAda\nGrace\n", "name string", 2, "name\nAda\nGrace"},
		"quotes":                {"a,b\n\"x, y\",\"say \"\"hi\"\"\"\n", "a string, b string", 1, "a,b\n\"x, y\",\"say \"\"hi\"\"\""},
		"delimiter in quotes":   {"a;b\n\"1,2,3\";x\n\"4,5,6\";y\n", "a string, b string", 2, "a;b\n\"1,2,3\";x\n\"4,5,6\";y"},
		"lines in a cell":       {"a,b\n\"one\ntwo\",3\n", "a string, b integer", 1, "a,b\n\"one\ntwo\",3"},
		"blank lines":           {"\n\na,b\n\n1,2\n\n", "a integer, b integer", 1, "a,b\n1,2"},
		"no header":             {"BTC,1.5\nETH,2.5\n", "column_1 string, column_2 number", 2, "BTC,1.5\nETH,2.5"},
		"no header, one row":    {"BTC,1.5\n", "column_1 string, column_2 number", 1, "BTC,1.5"},
		"years as names":        {"country,2019,2020\nFrance,1,2\nSpain,3,4\n", "country string, 2019 integer, 2020 integer", 2, "country,2019,2020\nFrance,1,2\nSpain,3,4"},
		"text all over":         {"a,b\nx,y\n", "a string, b string", 1, "a,b\nx,y"},
		"a name is missing":     {",b\n0,x\n1,y\n", "column_1 integer, b string", 2, ",b\n0,x\n1,y"},
		"spaces in names":       {"a , b\n1,2\n", "a integer, b integer", 1, "a , b\n1,2"},
		"twice the same name":   {"a,a\n1,x\n", "a integer, a string", 1, "a,a\n1,x"},
		"other scripts":         {"naïve,日本\nü,😀\n", "naïve string, 日本 string", 1, "naïve,日本\nü,😀"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for split, r := range map[string]io.Reader{"whole": strings.NewReader(c.file), "byte by byte": iotest.OneByteReader(strings.NewReader(c.file))} {
				d, err := take(t, "x.csv", r)
				require.NoError(t, err, split)
				require.Equal(t, c.columns, columns(d), split)
				require.Equal(t, c.records, d.Records, split)
				require.Equal(t, c.preview, strings.ReplaceAll(d.Preview, "\r\n", "\n"), split)
				require.Equal(t, "text/csv", d.MIME)
				require.Equal(t, "x.csv", d.Filename())
			}
		})
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	const nd = "application/x-ndjson"
	for name, c := range map[string]struct {
		file    string
		columns string
		records int64
		mime    string
		preview string
	}{
		"array":          {`[{"a":1,"b":"x"},{"a":2.5,"b":null}]`, "a number, b string", 2, "application/json", `[{"a":1,"b":"x"},{"a":2.5,"b":null}]`},
		"pretty":         {"[\n  {\n    \"a\": true\n  },\n  {\n    \"a\": false\n  }\n]\n", "a boolean", 2, "application/json", "[{\n    \"a\": true\n  },{\n    \"a\": false\n  }]"},
		"lines":          {"{\"a\":1}\n{\"a\":2}\n", "a integer", 2, nd, "{\"a\":1}\n{\"a\":2}"},
		"lines and CRLF": {"{\"a\":1}\r\n{\"a\":2}\r\n", "a integer", 2, nd, "{\"a\":1}\n{\"a\":2}"},
		"one object":     {`{"a":1}`, "a integer", 1, "application/json", `[{"a":1}]`},
		"mark":           {"\uFEFF[{\"a\":1}]", "a integer", 1, "application/json", `[{"a":1}]`},
		"other order":    {`[{"a":1,"b":2},{"b":3,"a":4},{"c":5}]`, "a integer, b integer, c integer", 3, "application/json", `[{"a":1,"b":2},{"b":3,"a":4},{"c":5}]`},
		"nested":         {`[{"a":[1,{"b":[]}],"c":{"d":null}},{"a":[],"c":{}}]`, "a array, c object", 2, "application/json", `[{"a":[1,{"b":[]}],"c":{"d":null}},{"a":[],"c":{}}]`},
		"mixed":          {`[{"a":1},{"a":"x"},{"a":{}}]`, "a string", 3, "application/json", `[{"a":1},{"a":"x"},{"a":{}}]`},
		"numbers as text": {`[{"a":"1","b":"2024-05-22","c":"2024-05-22T10:00:00Z"}]`, "a string, b string date, c string date-time", 1, "application/json",
			`[{"a":"1","b":"2024-05-22","c":"2024-05-22T10:00:00Z"}]`},
		"escapes": {`[{"\u0061":"\u0032024-05-22","\"":"\ud83d\ude00"},{"a":"2024-05-22"}]`, `a string, " string`, 2, "application/json",
			`[{"\u0061":"\u0032024-05-22","\"":"\ud83d\ude00"},{"a":"2024-05-22"}]`},
		"blanks": {" [ {\t\"a\" : 1 , \"b\" : [ ] }\r\n, { } ] ", "a integer, b array", 2, "application/json", "[{\t\"a\" : 1 , \"b\" : [ ] },{ }]"},
		"nulls":  {`[{"a":null}]`, "a string", 1, "application/json", `[{"a":null}]`},
		"large":  {`[{"a":1e400,"b":123456789012345678901234567890}]`, "a number, b integer", 1, "application/json", `[{"a":1e400,"b":123456789012345678901234567890}]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for split, r := range map[string]io.Reader{"whole": strings.NewReader(c.file), "byte by byte": iotest.OneByteReader(strings.NewReader(c.file))} {
				d, err := take(t, "x", r)
				require.NoError(t, err, split)
				require.Equal(t, c.columns, columns(d), split)
				require.Equal(t, c.records, d.Records, split)
				require.Equal(t, c.mime, d.MIME, split)
				require.Equal(t, c.preview, d.Preview, split)
			}
		})
	}
}

// TestRefused: what is no table is refused in words that help, and nothing of it is
// stored.
func TestRefused(t *testing.T) {
	t.Parallel()
	wide := strings.Repeat("a,", 1024) + "a\n"
	for name, c := range map[string]struct{ file, want string }{
		"empty":                  {"", "file is empty"},
		"blank":                  {"\n \n", "column names and no records"},
		"only lines":             {"\n\n", "no records"},
		"only names":             {"a,b\n", "column names and no records"},
		"short row":              {"a,b\n1,2\n3\n", "row 3 (line 3) has 1 cell, the first row has 2"},
		"long row":               {"a,b\n\"x\ny\",2\n3,4,5\n", "row 3 (line 4) has 3 cells"},
		"open quote":             {"a,b\n1,\"2\n3,4\n", "row 2 (line "},
		"bare quote":             {"a,b\n1,2\"x\n", "row 2 (line 2)"},
		"too wide":               {wide + wide, "1025 columns"},
		"a long name":            {strings.Repeat("x", 129) + ",b\n1,2\n", "column 1: the name is longer than 128"},
		"a name that acts":       {"a,b\x1b[2J\n1,2\n", "column 2: the name has control characters"},
		"a name that acts, JSON": {`{"a\u001b[2J":1}`, "column 1: the name has control characters"},
		"long names":             {strings.Repeat(strings.Repeat("x", 100)+",", 700) + "b\n" + strings.Repeat("1,", 700) + "2\n", "the names of the columns take more than 65536 bytes"},
		"a long cell":            {"a,b\n1," + strings.Repeat("x", 1<<20+1) + "\n", "row 2 (line 2), column 2: the cell is longer"},
		"a long record":          {"a,b\n1,\"" + strings.Repeat("x\n", 3<<20) + "\"\n", "record at line"},
		"Latin-1":                {"a,b\n1,caf\xe9\n", "line 2: the file is not UTF-8"},
		"UTF-16":                 {"\xff\xfea\x00,\x00", "line 1: the file is not text"},
		"cut in a character":     {"a,b\n1,\xf0\x9f\x98", "ends within a character"},
		"binary":                 {"a,b\n1,\x00\n", "line 2: the file is not text"},
		"JSON cut off":           {`[{"a":1},{"a"`, "ends in the middle"},
		"JSON cut in a text":     {`[{"a":"xyz`, "ends in the middle"},
		"JSON array left open":   {`[{"a":1}`, "ends in the middle"},
		"JSON of numbers":        {`[1,2]`, "row 1 is not an object"},
		"JSON null":              {`[{"a":1},null]`, "row 2 is not an object"},
		"JSON of arrays":         {`[["a"]]`, "row 1 is not an object"},
		"JSON array in lines":    {"{\"a\":1}\n[]\n", "row 2 is not an object"},
		"JSON empty array":       {`[]`, "no records"},
		"JSON empty objects":     {`[{},{}]`, "empty objects"},
		"JSON and more":          {`[{"a":1}] {"a":2}`, "something follows the array"},
		"JSON rubbish behind":    {`[{"a":1}]x`, "something follows the array"},
		"JSON comma":             {`[{"a":1},]`, "row "},
		"JSON no comma":          {`[{"a":1}{"a":2}]`, "row "},
		"JSON key of number":     {`[{1:1}]`, "row "},
		"JSON single quotes":     {`[{'a':1}]`, "row "},
		"JSON too deep":          {`[{"a":` + strings.Repeat("[", 65) + strings.Repeat("]", 65) + `}]`, "nest deeper"},
		"JSON a control":         {"[{\"a\":\"\t\"}]", "row 1, at byte 7: this is not JSON"},
		"JSON an escape":         {`[{"a":"\x"}]`, "row 1"},
		"JSON a half escape":     {`[{"a":"\u12g4"}]`, "row 1"},
		"JSON a long number":     {`[{"a":` + strings.Repeat("1", 4097) + `}]`, "longer than"},
		"JSON a word":            {`[{"a":nul}]`, "row 1"},
		"JSON a long value":      {`[{"a":"` + strings.Repeat("x", 1<<20+1) + `"}]`, "longer than"},
		"JSON a very long one":   {`[{"a":"` + strings.Repeat("x", 3<<20) + `"}]`, "longer than"},
		"JSON a long name":       {`[{"` + strings.Repeat("x", 129) + `":1}]`, "name of a column is longer"},
		"JSON too many columns":  {manyColumns(1025), "more than 1024 columns"},
		"JSON not UTF-8":         {"[{\"a\":\"caf\xe9\"}]", "not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := take(t, "", strings.NewReader(c.file))
			require.ErrorIs(t, err, market.ErrInvalid)
			var refused *market.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, "file", refused.Field)
			require.Contains(t, refused.Message, c.want)
		})
	}
}

func manyColumns(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{\"c%d\":1}\n", i)
	}
	return b.String()
}

// TestManyColumns: the most there may be is taken, in both formats.
func TestManyColumns(t *testing.T) {
	t.Parallel()
	d, err := take(t, "", strings.NewReader(manyColumns(1024)))
	require.NoError(t, err)
	require.Len(t, d.Columns, 1024)
	d, err = take(t, "", strings.NewReader(strings.Repeat("a,", 1023)+"a\n"+strings.Repeat("1,", 1023)+"1\n"))
	require.NoError(t, err)
	require.Len(t, d.Columns, 1024)
}

// A record of nothing but delimiters is refused before it costs many times its size in
// memory; delimiters that a cell says are none.
func TestWideRecords(t *testing.T) {
	t.Parallel()
	const most = 4<<20 - 100
	for name, tt := range map[string]struct{ head, row string }{
		"commas":       {"a,b\n1,2\n", strings.Repeat(",", most)},
		"quoted cells": {"a,b\n1,2\n", strings.Repeat(`"",`, most/3)},
		"tabs":         {"a\tb\n1\t2\n", "\"" + strings.Repeat("\t", most)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := take(t, "", strings.NewReader(tt.head+tt.row+"\n"))
			require.Equal(t, market.Invalid, market.CodeOf(err))
			require.ErrorContains(t, err, "more cells than a file has columns")
		})
	}
	list := `"[` + strings.Repeat("1,", 500_000) + `""2""]"`
	d, err := take(t, "", strings.NewReader("id,pixels\n"+strings.Repeat("7,"+list+"\n", 4)))
	require.NoError(t, err)
	require.Equal(t, int64(4), d.Records)
	narrow := strings.Repeat(strings.Repeat("1,", 1023)+"1\n", 300)
	d, err = take(t, "", strings.NewReader(strings.Repeat("a,", 1023)+"a\n"+narrow))
	require.NoError(t, err)
	require.Equal(t, int64(300), d.Records)
}

// TestFormats: the declared type, else the extension, else the content tells.
func TestFormats(t *testing.T) {
	t.Parallel()
	table, array := "a,b\n1,2\n", `[{"a":1}]`
	for _, c := range []struct {
		declared, name, file string
		want                 dataset.Format
		ok                   bool
	}{
		{"text/csv; charset=utf-8", "x.json", table, dataset.CSV, true},
		{"application/json", "x.csv", array, dataset.JSON, true},
		{"application/octet-stream", "X.CSV", table, dataset.CSV, true},
		{"", "x.tsv", "a\tb\n1\t2\n", dataset.CSV, true},
		{"text/plain", "x.jsonl", `{"a":1}`, dataset.JSON, true},
		{"application/vnd.ms-excel", "x", table, dataset.CSV, true},
		{"", "", array, dataset.JSON, true},
		{"", "x.txt", " \n{\"a\":1}", dataset.JSON, true},
		{"application/json", "x.csv", table, "", false},
		{"image/png", "x.csv", table, "", false},
		{";;", "x.csv", table, dataset.CSV, true},
		{"text/csv", "", array, "", false},
	} {
		s := &dataset.Service{Vault: &memory{}}
		r, err := s.Receive(t.Context(), "usr_a", dataset.File{Filename: c.name, DeclaredType: c.declared}, strings.NewReader(c.file))
		if !c.ok {
			require.ErrorIs(t, err, market.ErrInvalid, "%+v", c)
			continue
		}
		require.NoError(t, err, "%+v", c)
		require.Equal(t, c.want, dataset.New(r, dataset.Terms{}, time.Time{}).Format)
	}
}

// TestBrokenUpload: an upload that breaks off fails with what broke it, and the
// reader of the table ends.
func TestBrokenUpload(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection reset")
	for _, file := range []string{"a,b\n1,2\n", "a,b\n\"x", `[{"a":1},`, `[{"a":"x`} {
		_, err := take(t, "", io.MultiReader(strings.NewReader(strings.Repeat(" ", 600)+file), iotest.ErrReader(broken)))
		require.ErrorIs(t, err, broken)
	}
}

// TestTooLarge: over the limit reading stops.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	line := []byte(strings.Repeat("x", 200<<10) + ",2\n")
	endless := &repeating{line: line}
	s := &dataset.Service{Vault: discarding{}}
	_, err := s.Receive(t.Context(), "usr_a", dataset.File{Filename: "x.csv"}, endless)
	require.ErrorIs(t, err, market.ErrTooLarge)
	require.LessOrEqual(t, endless.given, int64(dataset.MaxSize+1<<20))
}

type repeating struct {
	line  []byte
	given int64
}

func (r *repeating) Read(p []byte) (int, error) {
	n := copy(p, r.line[r.given%int64(len(r.line)):])
	r.given += int64(n)
	return n, nil
}

type discarding struct{ content.Vault }

func (discarding) Store(_ context.Context, _ string, r io.Reader) (content.Stored, error) {
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, make([]byte, 256<<10))
	return content.Stored{Object: content.Object{Size: n}}, err
}

// TestPreview: what everybody sees is what the owner allows, and bounded.
func TestPreview(t *testing.T) {
	t.Parallel()
	file := "a,b\n" + strings.Repeat("1,2\n", 100)
	s := &dataset.Service{Vault: &memory{}}
	r, err := s.Receive(t.Context(), "usr_a", dataset.File{}, strings.NewReader(file))
	require.NoError(t, err)
	shown := func(rows *int) string { return dataset.New(r, dataset.Terms{PreviewRows: rows}, time.Time{}).Preview }
	none, three := 0, 3
	require.Equal(t, "a,b\n1,2", shown(nil))
	require.Equal(t, "a,b", shown(&none))
	require.Equal(t, "a,b\n1,2\n1,2\n1,2", shown(&three))

	long := strings.Repeat("x", 10<<10)
	d, err := take(t, "", strings.NewReader("a,b\n"+strings.Repeat(long+",y\n", 5)))
	require.NoError(t, err)
	require.Equal(t, "a,b\n"+long+",y", d.Preview)
	d, err = take(t, "", strings.NewReader(`[{"a":"`+strings.Repeat(long, 10)+`"},{"a":"x"}]`))
	require.NoError(t, err)
	require.Equal(t, "[]", d.Preview)
}

// FuzzReceive: whatever is sent, reading ends with a table or a refusal that names
// the file, and what is taken obeys the bounds.
func FuzzReceive(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "\uFEFFa;b\r\n1;2\r\n", `[{"a":1,"b":[{}]},{"b":"x"}]`, "{\"a\":1}\n{\"a\":2}", "a\t\"b\n1\t2", "\"a\nb\",c\n1,2",
		`[{"a":"\ud800"}]`, "[", "{", "\"", "a,b\n\xff,1", "2019,2020\n1,2",
	} {
		f.Add([]byte(seed), uint8(0))
		f.Add([]byte(seed), uint8(1))
		f.Add([]byte(seed), uint8(2))
	}
	f.Fuzz(func(t *testing.T, file []byte, kind uint8) {
		declared := []string{"", "text/csv", "application/json"}[kind%3]
		m := &memory{}
		s := &dataset.Service{Vault: m}
		r, err := s.Receive(t.Context(), "usr_a", dataset.File{DeclaredType: declared}, bytes.NewReader(file))
		if err != nil {
			var refused *market.Error
			if !errors.As(err, &refused) || refused.Code != market.Invalid || refused.Field != "file" || m.stored != nil {
				t.Fatalf("%q: %v", file, err)
			}
			return
		}
		d := dataset.New(r, dataset.Terms{}, time.Time{})
		if !bytes.Equal(m.stored, file) {
			t.Fatalf("%q is stored as %q", file, m.stored)
		}
		if d.Records < 1 || len(d.Columns) < 1 || len(d.Columns) > 1024 || len(d.Preview) > 17<<10 {
			t.Fatalf("%q: %d records, %d columns, preview of %d", file, d.Records, len(d.Columns), len(d.Preview))
		}
		for _, c := range d.Columns {
			if len([]rune(c.Name)) > 128 || c.Type == "" {
				t.Fatalf("%q: column %+v", file, c)
			}
		}
	})
}

// FuzzJSON holds the reader of JSON to the verdicts of encoding/json: the same files
// are tables, of the same records and columns.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`[{"a":1,"b":[{}]},{"b":"x"}]`, "{\"a\":1}\n{\"a\":2}", `[{"a":"\ud800"}]`, `[{"a":-0.1e+5,"b":[1,"x",null,true,false,{"c":{}}]}]`,
		`[{"a":1},]`, `[{"a":1,}]`, `{"a":01}`, `{"a":.5}`, `{"a":1.}`, `{"a":-}`, `{"\u0041\n":"\/"}`, `[{"a":tru}]`, `[{"a":1}{"b":2}]`, "{\"\x7f\":\"\x1f\"}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		if !utf8.ValidString(file) || strings.Contains(file, "\x00") || strings.HasPrefix(file, "\uFEFF") {
			return
		}
		s := &dataset.Service{Vault: &memory{}}
		r, err := s.Receive(t.Context(), "usr_a", dataset.File{DeclaredType: "application/json"}, strings.NewReader(file))
		if err != nil && (strings.Contains(err.Error(), "longer than") || strings.Contains(err.Error(), "deeper than") || strings.Contains(err.Error(), "more than")) {
			return
		}
		records, names, table := reference(file)
		if (err == nil) != table {
			t.Fatalf("%q: %v, encoding/json says %v", file, err, table)
		}
		if err != nil {
			return
		}
		d := dataset.New(r, dataset.Terms{}, time.Time{})
		if d.Records != records || len(d.Columns) != len(names) {
			t.Fatalf("%q: %d records and %v, want %d and %v", file, d.Records, d.Columns, records, names)
		}
		for _, c := range d.Columns {
			if !names[c.Name] {
				t.Fatalf("%q: no column %q", file, c.Name)
			}
		}
	})
}

// reference reads a table by encoding/json.
func reference(file string) (records int64, names map[string]bool, table bool) {
	names = map[string]bool{}
	var rows []json.RawMessage
	if strings.HasPrefix(strings.TrimLeft(file, " \t\r\n"), "[") {
		if json.Unmarshal([]byte(file), &rows) != nil {
			return 0, names, false
		}
	} else {
		for d := json.NewDecoder(strings.NewReader(file)); ; {
			var row json.RawMessage
			if err := d.Decode(&row); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return 0, names, false
			}
			rows = append(rows, row)
		}
	}
	for _, row := range rows {
		var object map[string]json.RawMessage
		if json.Unmarshal(row, &object) != nil || object == nil {
			return 0, names, false
		}
		for name := range object {
			names[name] = true
		}
	}
	return int64(len(rows)), names, len(names) > 0
}
