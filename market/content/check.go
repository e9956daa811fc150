package content

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"

	"privd/market"
	"privd/market/seal"
)

// ErrFalse is returned for content that is all here and undamaged, and does not open
// under its key to what was promised. Its code is Invalid.
var ErrFalse = market.Fail(market.Invalid, "content is not what was promised")

// Opener opens content with a key that came from elsewhere, as a Vault does.
type Opener interface {
	OpenWith(ctx context.Context, object Object, key seal.FileKey) (Reader, error)
}

// Check decrypts all of an object and compares it with the SHA-256 of the plaintext
// that was promised: ErrFalse when it is something else. Every other error says
// nothing about the content.
func Check(ctx context.Context, vault Opener, object Object, key seal.FileKey, promised [sha256.Size]byte) error {
	r, err := vault.OpenWith(ctx, object, key)
	if err != nil {
		return judge(err)
	}
	defer r.Close()
	hash := sha256.New()
	// The reader is looked at between pieces, since a file may take a while.
	for err == nil && ctx.Err() == nil {
		_, err = io.CopyN(hash, r, checkPiece)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case !errors.Is(err, io.EOF):
		return judge(err)
	case [sha256.Size]byte(hash.Sum(nil)) != promised:
		return ErrFalse
	}
	return nil
}

const checkPiece = 4 << 20

// judge makes one error of all that blame the content.
func judge(err error) error {
	if market.CodeOf(err) == market.Invalid {
		return ErrFalse
	}
	return err
}
