// Package blocks keeps the bytes of contents: append-only pack files, one per
// contribution or fetch, each a CARv2 file that any IPFS tool reads. The records
// say which multihash is where; together they are a boxo Blockstore.
//
// A pack is written in one go, synced once, and becomes visible when it is
// recorded. A block is hashed again whenever it is read: damage is an error, never
// wrong bytes. Removing a pack is unlinking a file, so nothing of it stays.
package blocks
