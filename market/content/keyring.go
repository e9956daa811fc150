package content

import "context"

// Keyring keeps small secrets, one file each, encrypted to the node's identity.
// They live outside the records because those keep old versions: overwriting and
// unlinking one file is what makes erasure real.
type Keyring interface {
	// Put stores secret under name durably, replacing what was there.
	Put(ctx context.Context, name string, secret []byte) error
	// Get returns the secret; NotFound when there is none.
	Get(ctx context.Context, name string) ([]byte, error)
	// Destroy overwrites and unlinks the secret. Destroying what is gone is fine.
	Destroy(ctx context.Context, name string) error
}
