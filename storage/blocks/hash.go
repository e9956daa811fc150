package blocks

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"github.com/multiformats/go-multihash"
	_ "github.com/multiformats/go-multihash/register/all" // what other tools hash with
)

// check reports ErrDamaged unless data hashes to hash.
func check(hash multihash.Multihash, data []byte) error {
	decoded, err := multihash.Decode(hash)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if decoded.Code == multihash.SHA2_256 && decoded.Length == sha256.Size {
		if sum := sha256.Sum256(data); !bytes.Equal(sum[:], decoded.Digest) {
			return ErrDamaged
		}
		return nil
	}
	sum, err := multihash.Sum(data, decoded.Code, decoded.Length)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if !bytes.Equal(sum, hash) {
		return ErrDamaged
	}
	return nil
}
