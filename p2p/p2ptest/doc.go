// Package p2ptest makes networks of real hosts in one process, over loopback and
// on free ports, with catalogs that check signatures as a node does.
package p2ptest
