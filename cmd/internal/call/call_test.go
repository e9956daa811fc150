package call_test

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

// serve runs a node that answers as told.
func serve(t *testing.T, answer http.HandlerFunc) call.Node {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return call.Node{API: server.URL, Token: "secret-token", User: "alice", HTTP: server.Client()}
}

func TestSend(t *testing.T) {
	t.Parallel()
	n := serve(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/api/v1/node/users", r.URL.Path)
		require.Equal(t, "Bearer secret-token", r.Header.Get("Authorization"))
		require.Equal(t, "alice", r.Header.Get("X-Privd-User"))
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.JSONEq(t, `{"name":"bob"}`, string(body))
		io.WriteString(w, `{"success":true,"data":{"user_id":"usr_1","name":"bob"}}`)
	})
	var user oas.CreatedUser
	require.NoError(t, n.Send(t.Context(), http.MethodPost, "/node/users", oas.CreateUserJSONBody{Name: "bob"}, &user))
	require.Equal(t, "usr_1", user.UserID)
}

// Failures come back as the errors they stand for, and never hold the token.
func TestFailures(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status  int
		body    string
		code    market.Code
		message string
	}{
		{400, `{"success":false,"error":{"code":"INVALID_REQUEST","message":"title is missing","field":"title"}}`, market.Invalid, "title is missing"},
		{401, `{"success":false,"error":{"code":"UNAUTHORIZED","message":"bad token"}}`, market.Unauthenticated, "bad token"},
		{403, `{"success":false,"error":{"code":"FORBIDDEN","message":"no"}}`, market.Denied, "no"},
		{404, `{"success":false,"error":{"code":"NOT_FOUND","message":"unknown"}}`, market.NotFound, "unknown"},
		{409, `{"success":false,"error":{"code":"DUPLICATE_FILE","message":"again"}}`, market.Conflict, "again"},
		{413, `{"success":false,"error":{"code":"FILE_TOO_LARGE","message":"large"}}`, market.TooLarge, "large"},
		{429, `{"success":false,"error":{"code":"RATE_LIMITED","message":"slow"}}`, market.Limited, "slow"},
		{500, `{"success":false,"error":{"code":"INTERNAL_ERROR","message":"oops","request_id":"req_7"}}`, market.Internal, "oops (the node's log has more under req_7)"},
		{503, `{"success":false,"error":{"code":"UNAVAILABLE","message":"chain"}}`, market.Unavailable, "chain"},
		{404, `<html>`, market.NotFound, "the node answers 404 Not Found"},
		{418, ``, market.Internal, "the node answers 418 I'm a teapot"},
		{200, `{"data":[]}`, market.Internal, "the node's answer is not what this program expects"},
	} {
		n := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.status)
			io.WriteString(w, test.body)
		})
		var out oas.Balance
		err := n.Get(t.Context(), "/user/balance", nil, &out)
		require.Equal(t, test.code, market.CodeOf(err), "%d %s", test.status, test.body)
		require.ErrorContains(t, err, test.message)
		require.NotContains(t, err.Error(), "secret-token")
	}
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	err := call.Node{API: server.URL}.Get(t.Context(), "/health", nil, nil)
	var failed *market.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, market.Unavailable, failed.Code)
	require.Equal(t, call.NoAnswer, failed.Reason)
}

// Who gives up hears of that, not of a node that is away.
func TestCancelled(t *testing.T) {
	t.Parallel()
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	n := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel(why)
		<-r.Context().Done()
	})
	require.ErrorIs(t, n.Get(ctx, "/health", nil, nil), why)
}

// The form holds its fields before the file, and its length is announced.
func TestUpload(t *testing.T) {
	t.Parallel()
	n := serve(t, func(w http.ResponseWriter, r *http.Request) {
		require.Positive(t, r.ContentLength)
		_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		require.NoError(t, err)
		form := multipart.NewReader(r.Body, params["boundary"])
		var names []string
		fields := map[string]string{}
		for {
			part, err := form.NextPart()
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			content, err := io.ReadAll(part)
			require.NoError(t, err)
			names = append(names, part.FormName())
			fields[part.FormName()] = string(content)
		}
		require.Equal(t, "file", names[len(names)-1])
		require.Equal(t, map[string]string{
			"contribution_type": "text", "consent_ai_training": "true", "consent_research": "false",
			"consent_commercial": "true", "metadata": `{"a":1}`, "file": "content",
		}, fields)
		io.WriteString(w, `{"success":true,"data":{"contribution_id":"contrib_1"}}`)
	})
	up, err := n.Upload(t.Context(), call.Upload{
		Name: "a.txt", Content: strings.NewReader("content"), Size: 7, Type: "text", AI: true, Commerce: true, Metadata: `{"a":1}`,
	})
	require.NoError(t, err)
	require.Equal(t, "contrib_1", up.ContributionID)
}

// A node that refuses from the header is heard, and the file is not sent.
func TestUploadRefusedEarly(t *testing.T) {
	t.Parallel()
	n := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		io.WriteString(w, `{"success":false,"error":{"code":"FILE_TOO_LARGE","message":"too large"}}`)
	})
	n.HTTP = nil // the client that commands use, which waits before it sends
	content := &countingReader{left: 64 << 20}
	_, err := n.Upload(t.Context(), call.Upload{Name: "a", Content: content, Size: 64 << 20, Type: "video"})
	require.ErrorIs(t, err, market.ErrTooLarge)
	require.Less(t, content.read, int64(1<<20))
}

type countingReader struct{ read, left int64 }

func (r *countingReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), r.left)
	r.left, r.read = r.left-n, r.read+n
	return int(n), nil
}

// A gateway URL is fetched without the token, from where one left off.
func TestFetch(t *testing.T) {
	t.Parallel()
	n := serve(t, func(w http.ResponseWriter, r *http.Request) {
		require.Empty(t, r.Header.Get("Authorization"))
		http.ServeContent(w, r, "x", serverTime, strings.NewReader("0123456789"))
	})
	for _, offset := range []int64{0, 4} {
		content, start, err := n.Fetch(t.Context(), n.API+"/api/v1/gateway/p/0", offset)
		require.NoError(t, err)
		got, err := io.ReadAll(content)
		require.NoError(t, err)
		require.NoError(t, content.Close())
		require.Equal(t, offset, start)
		require.Equal(t, "0123456789"[offset:], string(got))
	}
}

// A range that was not asked for is refused: it would end up in the wrong place.
func TestFetchWrongRange(t *testing.T) {
	t.Parallel()
	n := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", "bytes 2-9/10")
		w.WriteHeader(http.StatusPartialContent)
	})
	_, _, err := n.Fetch(t.Context(), n.API, 4)
	require.ErrorContains(t, err, "another range")
}

func TestVerify(t *testing.T) {
	t.Parallel()
	n := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"done":false,"checked":1,"total":2,"bytes":5,"damaged":0}`+"\n"+
			`{"done":true,"checked":2,"total":2,"bytes":9,"damaged":1,"damage":"block x"}`+"\n")
	})
	var lines []oas.VerifyLine
	require.NoError(t, n.Verify(t.Context(), func(l oas.VerifyLine) { lines = append(lines, l) }))
	require.Len(t, lines, 2)
	require.EqualValues(t, 1, lines[1].Damaged)

	broken := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"done":false}`+"\n") })
	require.ErrorContains(t, broken.Verify(t.Context(), func(oas.VerifyLine) {}), "before it had checked everything")
}
