// Package content holds the nouns for bytes at rest: an object is one file as
// ciphertext under a root CID, a pack is the file on disk that holds its blocks.
// What reads and writes them is in storage.
package content

import (
	"context"
	"io"

	"github.com/ipfs/go-cid"

	"privd/market/seal"
)

// Object is one file as it is stored: the payload of an age file (nonce and
// encrypted chunks, without the header) as a UnixFS DAG of 1 MiB raw leaves.
type Object struct {
	Root        cid.Cid
	PayloadSize int64 // bytes of ciphertext in the DAG
	Size        int64 // bytes of plaintext
}

// Pack is a CARv2 file with the blocks of one object, or of one set of objects
// fetched together. Its index goes to the records in the transaction that makes
// it visible; a pack without an index is an unfinished write and is swept away.
type Pack struct {
	ID     string
	Size   int64 // bytes of the file
	Blocks []Block
}

// Block tells where in its pack one block's bytes are.
type Block struct {
	Multihash []byte
	Offset    int64
	Length    int32
}

// Stored is a pack that is durable on disk but not yet visible.
type Stored struct {
	Object Object
	Pack   Pack
}

// Vault stores and opens encrypted content. Every object has its own file key,
// kept outside the DAG so that destroying it destroys the data.
type Vault interface {
	// Store encrypts r under a new file key into a pack named id, in constant
	// memory, and returns once pack and key are durable. The object becomes
	// visible when the pack is recorded. On an error nothing is left behind.
	Store(ctx context.Context, id string, r io.Reader) (Stored, error)
	// StoreBlock writes one ready-made block (a manifest, a key bundle) as a pack
	// of its own named id. The block must hash to c.
	StoreBlock(ctx context.Context, id string, c cid.Cid, data []byte) (Pack, error)
	// Open returns the plaintext of the object stored under id, for reading at
	// any position. NotFound when its key or its blocks are gone.
	Open(ctx context.Context, id string, object Object) (Reader, error)
	// OpenWith is Open with a file key that came from elsewhere. What is here and
	// undamaged but does not open under the key is Invalid, here or when it is read.
	OpenWith(ctx context.Context, object Object, key seal.FileKey) (Reader, error)
	// FileKey returns the file key of the object stored under id.
	FileKey(ctx context.Context, id string) (seal.FileKey, error)
	// Fetch gets every block of the objects and single blocks under roots that is
	// not here yet from source, into a pack named id. It verifies each block and
	// refuses more than limit bytes.
	Fetch(ctx context.Context, id string, roots []cid.Cid, source Source, limit int64, progress func(bytes int64)) (Pack, error)
	// Block returns one block of at most limit bytes that is here, verified.
	Block(ctx context.Context, c cid.Cid, limit int64) ([]byte, error)
	// Discard removes a pack that was not recorded, with its key.
	Discard(id string) error
	// Erase destroys the key of a content, then forgets and unlinks its pack. Erasing
	// what is gone is fine.
	Erase(ctx context.Context, id string) error
}

// Reader is decrypted content. Its methods return an error, never wrong bytes,
// where ciphertext is damaged or missing.
type Reader interface {
	io.ReadSeekCloser
	io.ReaderAt
	Size() int64
}

// Source gets blocks by CID from other nodes.
type Source interface {
	// Blocks sends each wanted block once, in any order, and closes the channel
	// when all came or ctx ended. The bytes are verified against the CID.
	Blocks(ctx context.Context, want []cid.Cid) (<-chan RawBlock, error)
}

// RawBlock is a block's bytes under its CID.
type RawBlock struct {
	CID  cid.Cid
	Data []byte
}
