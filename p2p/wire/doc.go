// Package wire turns the nouns that travel between nodes into bytes and back.
// Decoders trust nothing: they bound every length before they look further,
// refuse unknown fields, and take one encoding of each message only, so that the
// hash of a message is the hash of what it says. They check form; whether a
// signature is good or an order has expired is for the market to say.
package wire
