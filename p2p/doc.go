// Package p2p joins this node to the others: a libp2p host that finds peers, the
// gossip of listings, the delivery protocol between buyers and sellers, and the
// exchange of encrypted blocks.
//
// It carries and bounds; it decides nothing about the market. What arrives is
// checked for form, size and rate, turned into nouns and given to functions the
// caller hands in; their errors say whether the sender told something new,
// something known, or a lie. Peers that keep misbehaving are disconnected and
// refused for a while. Nothing here touches a disk.
package p2p
