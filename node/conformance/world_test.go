package conformance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"privd/chain/chaintest"
	"privd/node/nodetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, chaintest.Leaks()...) }

// world is a node with what --fixtures docs makes, and the users of the examples.
type world struct {
	network  *nodetest.Network
	node     *nodetest.Node
	operator *nodetest.Client
	alice    user // owns what is sold
	bob      user // bought
	erin     user // owns nothing
}

// user is somebody with both kinds of credential.
type user struct {
	*nodetest.User
	jwt string
}

func newWorld(t testing.TB) *world {
	t.Helper()
	nw := nodetest.Start(t, 1)
	w := &world{network: nw, node: nw.Nodes[0]}
	w.operator = w.node.Operator(t)
	w.alice, w.bob, w.erin = w.user(t, "alice", ""), w.user(t, "bob", "1000"), w.user(t, "erin", "1000")
	require.Equal(t, http.StatusOK, w.operator.Post(t, "/dev/fixtures", map[string]string{"set": "docs"}, nil))
	return w
}

func (w *world) user(t testing.TB, name, priv string) user {
	t.Helper()
	u := user{User: w.network.AddUser(t, w.node, name, priv)}
	u.jwt = w.token(t, u.ID)
	return u
}

// token issues a JWT for a user.
func (w *world) token(t testing.TB, id string) string {
	t.Helper()
	var token struct{ Token string }
	require.Equal(t, http.StatusOK, w.operator.Post(t, "/node/users/"+id+"/token", nil, &token))
	return token.Token
}

// photo makes a picture that no other seed makes.
func photo(t testing.TB, seed uint64) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 7))
	img := image.NewRGBA(image.Rect(0, 0, 800, 600))
	for range 70 {
		c := color.RGBA{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32()), 255}
		corner := image.Pt(r.IntN(800), r.IntN(600))
		draw.Draw(img, image.Rectangle{corner, corner.Add(image.Pt(20+r.IntN(250), 20+r.IntN(200)))}, image.NewUniform(c), image.Point{}, draw.Src)
	}
	var out bytes.Buffer
	require.NoError(t, jpeg.Encode(&out, img, nil))
	return out.Bytes()
}

// contributed uploads a new photo of alice and waits until it is approved.
func (w *world) contributed(t testing.TB, seed uint64) string {
	t.Helper()
	return w.alice.Contribute(t, nodetest.Form{Filename: fmt.Sprintf("photo%d.jpg", seed), Kind: "photo", Data: photo(t, seed)})
}

// request sends a request to the node and reads the answer whole.
func (w *world) request(t testing.TB, method, path, token, body string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, w.node.URL()+path, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(got)
}

// dig returns what stands at a path of fields.
func dig(t testing.TB, v any, path ...string) any {
	t.Helper()
	for _, name := range path {
		object, ok := v.(map[string]any)
		require.True(t, ok, "no object at %s of %v", name, path)
		require.Contains(t, object, name)
		v = object[name]
	}
	return v
}

func text(t testing.TB, v any, path ...string) string {
	t.Helper()
	switch s := dig(t, v, path...).(type) {
	case string:
		return s
	case json.Number:
		return s.String()
	}
	t.Fatalf("%v is no text", path)
	return ""
}
