// Package media knows the four kinds of contribution, the file types each of
// them accepts and how large such a file may be.
//
// It decides what a file is from three hints of falling worth: the type the
// uploader declared, the extension of the filename, and the first bytes. It does
// not open or decode anything: whether a file really is what it claims to be is
// found out by the review.
package media
