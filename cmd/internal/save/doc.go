// Package save puts bought files into a directory: under a name that is safe
// whatever the seller called them, whole or not at all, checked by SHA-256, and
// never over a file that is there. What a broken transfer left is continued.
package save
