// Package repo is the directory of one node: where each file stands, who may read
// it, which process uses it, and which version of the program wrote it.
//
// Every directory has mode 0700 and every file 0600. Secrets (keystore, keys,
// token) and what can be fetched again (blocks) stand apart, so that each can be
// backed up on its own terms.
package repo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"privd/market"
	"privd/storage/durable"
)

// Dir is the path of a repo. Its methods only name and read files; they take no
// lock, so that a command may read the address and token of a running node.
type Dir string

// Config returns the path of the node's settings.
func (d Dir) Config() string { return d.path("config.toml") }

// Network returns the path of the file that names chain, contracts and peers.
func (d Dir) Network() string { return d.path("network.json") }

// Keystore returns the directory of the node's and managed wallets' keys.
func (d Dir) Keystore() string { return d.path("keystore") }

// Password returns the path of the keystore's password.
func (d Dir) Password() string { return filepath.Join(d.Keystore(), "password") }

// Blocks returns the directory of pack files.
func (d Dir) Blocks() string { return d.path("blocks") }

// Keys returns the directory of file keys and listing keys.
func (d Dir) Keys() string { return d.path("keys") }

// Records returns the directory of the database.
func (d Dir) Records() string { return d.path("records") }

// API returns the path of the file with the address the API is bound to.
func (d Dir) API() string { return d.path("api") }

// Token returns the path of the operator's bearer token.
func (d Dir) Token() string { return d.path("token") }

// Lock returns the path of the file a running node holds locked.
func (d Dir) Lock() string { return d.path("privd.lock") }

// Version returns the path of the file with the version of the layout.
func (d Dir) Version() string { return d.path("version") }

// Clock returns the path of the file with a development node's clock offset.
func (d Dir) Clock() string { return d.path("clock") }

func (d Dir) path(name string) string { return filepath.Join(string(d), name) }

// Exists reports whether the directory holds a repo.
func (d Dir) Exists() bool {
	_, err := os.Stat(d.Version())
	return err == nil
}

// ReadText returns the text of a one-line file such as API or Token, without
// surrounding space. NotFound when there is none.
func (d Dir) ReadText(path string) (string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", market.Fail(market.NotFound, fmt.Sprintf("%s has no %s", d, filepath.Base(path)))
	}
	return strings.TrimSpace(string(b)), err
}

// WriteSecret replaces a file of the repo durably, readable by its owner only.
func (d Dir) WriteSecret(path string, data []byte) error {
	return durable.WriteFile(path, data, 0o600)
}
