// Package vault stores contents encrypted and opens them again.
//
// Each content is an age file whose header, which wraps a random file key to the
// node's identity, is kept apart in package keys, and whose payload is a UnixFS DAG
// of 1 MiB leaves in a pack of package blocks. Plaintext is never written anywhere,
// memory does not grow with the size, and what Store returned is durable.
//
// A reader decrypts as it goes, at any position, and checks every block's hash,
// every chunk's authentication and the size: it returns an error, never wrong
// bytes.
package vault
