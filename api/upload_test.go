package api_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/api"
	"privd/market"
	"privd/market/contribution"
	"privd/market/media"
)

// part is one part of a form; a file when it has a filename.
type part struct{ name, value, filename, kind string }

func file(content string) part {
	return part{name: "file", value: content, filename: "photo.jpg", kind: "image/jpeg"}
}

func field(name, value string) part { return part{name: name, value: value} }

var fullForm = []part{
	file("jpeg bytes"), field("contribution_type", "photo"), field("consent_ai_training", "true"),
	field("consent_research", "true"), field("consent_commercial", "true"), field("metadata", `{"location":"outdoor"}`),
}

func form(t testing.TB, parts ...part) (body []byte, kind string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		disposition := fmt.Sprintf(`form-data; name=%q`, p.name)
		if p.filename != "" {
			disposition += fmt.Sprintf(`; filename=%q`, p.filename)
		}
		h.Set("Content-Disposition", disposition)
		if p.kind != "" {
			h.Set("Content-Type", p.kind)
		}
		pw, err := w.CreatePart(h)
		require.NoError(t, err)
		_, err = io.WriteString(pw, p.value)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes(), w.FormDataContentType()
}

func (s *testServer) upload(t testing.TB, parts ...part) reply {
	t.Helper()
	body, kind := form(t, parts...)
	return s.call(t, "POST", "/api/v1/contributions/upload", string(body), as(aliceToken), header("Content-Type", kind))
}

// TestUploadPartOrder: whatever the order of the parts, the file is streamed to
// the use case and accepted with every field.
func TestUploadPartOrder(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var file contribution.File
	var got []byte
	w.receive = func(_ ctx, _ market.UserID, f contribution.File, r io.Reader) (_ *contribution.Received, err error) {
		file = f
		got, err = io.ReadAll(r)
		return &contribution.Received{}, err
	}
	var accepted contribution.Form
	accept := w.accept
	w.accept = func(c ctx, f contribution.Form) (contribution.Contribution, error) {
		accepted = f
		return accept(c, f)
	}
	s := serve(t, w)
	for range 20 {
		parts := slices.Clone(fullForm)
		rand.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		parts = slices.Insert(parts, rand.IntN(len(parts)), field("unknown", strings.Repeat("x", 100<<10)))
		answer := s.upload(t, parts...)
		require.Equal(t, http.StatusOK, answer.StatusCode, "%s", answer.body)
		data := answer.data(t)
		require.Equal(t, "1.6", fmt.Sprint(data["estimated_reward"]))
		require.Equal(t, "1600000000000000000", data["estimated_reward_wei"])
		require.Equal(t, "pending", data["status"])
		require.Equal(t, "jpeg bytes", string(got))
		require.Equal(t, "photo.jpg", file.Filename)
		require.Equal(t, "image/jpeg", file.DeclaredType)
		typeFirst := slices.IndexFunc(parts, func(p part) bool { return p.name == "contribution_type" }) <
			slices.IndexFunc(parts, func(p part) bool { return p.name == "file" })
		require.Equal(t, typeFirst, file.Kind == media.Photo)
		require.Equal(t, contribution.Form{
			Kind: media.Photo, Metadata: `{"location":"outdoor"}`, Consent: contribution.Consent{AI: true, Research: true, Commercial: true},
		}, accepted)
	}
	require.Zero(t, w.dropped)
}

// TestUploadRefusals: each is refused naming the field, and a file that was
// received is dropped.
func TestUploadRefusals(t *testing.T) {
	t.Parallel()
	without := func(name string) []part {
		return slices.DeleteFunc(slices.Clone(fullForm), func(p part) bool { return p.name == name })
	}
	with := func(name, value string) []part {
		parts := slices.Clone(fullForm)
		for i := range parts {
			if parts[i].name == name {
				parts[i].value = value
			}
		}
		return parts
	}
	for name, c := range map[string]struct {
		parts   []part
		field   string
		dropped int
	}{
		"no parts":            {nil, "file", 0},
		"no file":             {without("file"), "file", 0},
		"no type":             {without("contribution_type"), "contribution_type", 1},
		"no consent":          {without("consent_research"), "consent_research", 1},
		"bad type after file": {with("contribution_type", "smell"), "contribution_type", 1},
		"bad consent":         {with("consent_commercial", "maybe"), "consent_commercial", 1},
		"two files":           {append(slices.Clone(fullForm), file("again")), "file", 1},
		"field twice":         {append(slices.Clone(fullForm), field("metadata", "{}")), "metadata", 1},
		"large field":         {with("metadata", strings.Repeat("x", 64<<10+1)), "metadata", 1},
		"bad type first":      {append([]part{field("contribution_type", "smell")}, file("x")), "contribution_type", 0},
		"too many parts":      {append(slices.Clone(fullForm), slices.Repeat([]part{field("x", "y")}, 100)...), "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			s := serve(t, w)
			got := s.upload(t, c.parts...)
			require.Equal(t, http.StatusBadRequest, got.StatusCode, "%s", got.body)
			_, _, field := got.failure(t)
			require.Equal(t, c.field, field)
			require.Equal(t, c.dropped, w.dropped)
		})
	}
}

func TestUploadNeedsMultipart(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := serve(t, w)
	for _, kind := range []string{"application/json", "", "multipart/form-data", "multipart/mixed; boundary=x"} {
		got := s.call(t, "POST", "/v1/contributions/upload", "{}", as(aliceToken), header("Content-Type", kind))
		require.Equal(t, http.StatusBadRequest, got.StatusCode, "%q: %s", kind, got.body)
	}
	body, kind := form(t, fullForm...)
	for _, cut := range []int{1, len(body) / 2, len(body) - 10} {
		got := s.call(t, "POST", "/v1/contributions/upload", string(body[:cut]), as(aliceToken), header("Content-Type", kind))
		require.Equal(t, http.StatusBadRequest, got.StatusCode, "cut at %d: %s", cut, got.body)
	}
	got := s.call(t, "POST", "/v1/contributions/upload", string(body), header("Content-Type", kind))
	require.Equal(t, http.StatusUnauthorized, got.StatusCode)
}

// TestUploadErrorsOfTheUseCase: what Receive and Accept say reaches the client.
func TestUploadErrorsOfTheUseCase(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := serve(t, w)
	w.accept = func(ctx, contribution.Form) (contribution.Contribution, error) {
		return contribution.Contribution{}, &market.Error{Code: market.Conflict, Reason: "DUPLICATE_FILE", Field: "file", Message: "you have uploaded this file already"}
	}
	got := s.upload(t, fullForm...)
	require.Equal(t, http.StatusConflict, got.StatusCode)
	code, _, _ := got.failure(t)
	require.Equal(t, "DUPLICATE_FILE", code)
	require.Zero(t, w.dropped, "what Accept refuses it drops itself")

	w.receive = func(ctx, market.UserID, contribution.File, io.Reader) (*contribution.Received, error) {
		return nil, errors.New("disk full")
	}
	got = s.upload(t, fullForm...)
	require.Equal(t, http.StatusInternalServerError, got.StatusCode)
	require.Equal(t, true, got.Close)
}

// TestUploadTooLarge: past the limit the server answers and hangs up; it does not
// read on.
func TestUploadTooLarge(t *testing.T) {
	t.Parallel()
	w := newWorld()
	const limit = 1 << 20
	w.receive = func(_ ctx, _ market.UserID, _ contribution.File, r io.Reader) (*contribution.Received, error) {
		if n, err := io.CopyN(io.Discard, r, limit+1); n <= limit {
			return nil, err
		}
		return nil, &market.Error{Code: market.TooLarge, Field: "file", Message: "file is larger than the limit for its type"}
	}
	s := serve(t, w)
	var sent atomic.Int64
	endless := io.MultiReader(
		strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.mp4\"\r\n\r\n"),
		countReader{io.LimitReader(zeros{}, 1<<30), &sent})
	r, err := http.NewRequestWithContext(t.Context(), "POST", s.url+"/v1/contributions/upload", endless)
	require.NoError(t, err)
	as(aliceToken)(r)
	r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	got := s.do(t, r)
	require.Equal(t, http.StatusRequestEntityTooLarge, got.StatusCode, "%s", got.body)
	code, _, _ := got.failure(t)
	require.Equal(t, "FILE_TOO_LARGE", code)
	require.True(t, got.Close)
	require.Less(t, sent.Load(), int64(100<<20))
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

type countReader struct {
	r io.Reader
	n *atomic.Int64
}

func (c countReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// TestUploadStalls: a client that stops sending is cut off, one that is slow is
// not.
func TestUploadStalls(t *testing.T) {
	t.Parallel()
	w := newWorld()
	ended := make(chan error, 1)
	receive := w.receive
	w.receive = func(c ctx, u market.UserID, f contribution.File, r io.Reader) (*contribution.Received, error) {
		got, err := receive(c, u, f, r)
		ended <- err
		return got, err
	}
	s := serve(t, w, func(c *api.Config, _ *api.Deps) { c.StallTimeout = 200 * time.Millisecond })
	body, kind := form(t, fullForm...)
	pr, pw := io.Pipe()
	defer pw.Close()
	r, err := http.NewRequestWithContext(t.Context(), "POST", s.url+"/v1/contributions/upload", pr)
	require.NoError(t, err)
	as(aliceToken)(r)
	r.Header.Set("Content-Type", kind)
	go func() { _, _ = pw.Write(body[:len(body)/4]) }()
	res, err := s.client.Do(r)
	if err == nil {
		require.Equal(t, http.StatusBadRequest, res.StatusCode)
		res.Body.Close()
	}
	require.Equal(t, market.Invalid, market.CodeOf(<-ended))
}
