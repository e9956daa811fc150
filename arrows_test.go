package privd_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed lists, for each layer, what may be imported of the project itself. Test
// helpers (chaintest, nodetest, ...) are packages of the layer they help.
var allowed = map[string][]string{
	"market":    {"market"},
	"storage":   {"storage", "market"},
	"p2p":       {"p2p", "market"},
	"chain":     {"chain", "market"},
	"api":       {"api", "market"},
	"contracts": {},
	"node":      {"node", "api", "storage", "p2p", "chain", "market"},
	"cmd":       {"cmd", "node", "api", "storage", "p2p", "chain", "market"},
	"bench":     {"bench", "cmd", "node", "api", "storage", "p2p", "chain", "market"},
}

// pure is what the market may import from elsewhere: libraries that compute and
// value types for identities. Anything that opens a socket or a file is not here.
var pure = []string{
	"filippo.io/age", "github.com/ethereum/go-ethereum/", "github.com/holiman/uint256", "github.com/ipfs/go-cid",
	"github.com/ipld/go-ipld-prime", "github.com/multiformats/go-multihash", "github.com/golang-jwt/jwt/v5",
	"github.com/spruceid/siwe-go", "github.com/gabriel-vasile/mimetype", "github.com/corona10/goimagehash",
	"github.com/gen2brain/heic", "golang.org/x/image", "github.com/abema/go-mp4", "github.com/at-wat/ebml-go",
	"github.com/go-audio/", "github.com/dhowden/tag", "github.com/RoaringBitmap/roaring/", "github.com/tidwall/btree",
	"github.com/shopspring/decimal", "github.com/fxamacker/cbor/v2",
}

// forbidden is what the market never imports, directly, of the standard library
// and of go-ethereum: the clock and randomness of the world are handed in or are
// crypto/rand, and there is no I/O.
var forbidden = []string{
	"net", "net/http", "os", "os/exec", "log", "database/sql",
	"github.com/ethereum/go-ethereum/ethclient", "github.com/ethereum/go-ethereum/rpc",
	"github.com/ethereum/go-ethereum/accounts/keystore", "github.com/ethereum/go-ethereum/node",
}

// TestArrows fails when a package imports against the direction of the layers, or
// the development chain reaches the production daemon, and names the path.
func TestArrows(t *testing.T) {
	for _, line := range list(t, "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./...") {
		fields := strings.Fields(line)
		from, imports := fields[0], fields[1:]
		layer := layerOf(from)
		if layer == "" || strings.HasSuffix(from, "/mediatest") {
			continue // a test helper of the market may touch files
		}
		if allowed[layer] == nil {
			t.Errorf("%s: the top level has no folder %s", from, layer)
		}
		for _, to := range imports {
			if !strings.HasPrefix(to, "privd/") {
				if layer == "market" {
					checkPure(t, from, to)
				}
				continue
			}
			if !slices.Contains(allowed[layer], layerOf(to)) {
				t.Errorf("%s imports %s", from, to)
			}
		}
	}
	for _, dep := range list(t, "-deps", "./cmd/privd") {
		if strings.HasPrefix(dep, "privd/chain/devchain") || dep == "github.com/ethereum/go-ethereum/eth" {
			t.Errorf("cmd/privd links %s: the development chain is for tests and privd-devnet", dep)
		}
	}
}

func checkPure(t *testing.T, from, to string) {
	t.Helper()
	external := strings.Contains(strings.Split(to, "/")[0], ".")
	isPure := slices.ContainsFunc(pure, func(p string) bool { return strings.HasPrefix(to, p) })
	if slices.Contains(forbidden, to) || (external && !isPure) {
		t.Errorf("%s imports %s: the market does no I/O", from, to)
	}
}

// layerOf returns the top folder of a package of the project, "" for its root.
func layerOf(path string) string {
	rest, _ := strings.CutPrefix(path, "privd/")
	if rest == path {
		return ""
	}
	return strings.Split(rest, "/")[0]
}

func list(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
