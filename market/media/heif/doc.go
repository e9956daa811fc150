// Package heif reads the structure of a HEIC or HEIF picture: its boxes, its
// items, where their bytes lie and how large the pictures claim to be.
//
// It never decodes a pixel. The review uses it to refuse pictures that would cost
// too much memory before a decoder sees them, and metadata stripping uses it to
// find the bytes that say where and with what a picture was taken. Everything it
// keeps in memory is bounded, whatever the file says.
package heif
