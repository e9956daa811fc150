//go:build !faults || !unix

package crash

// Before is called right before the steps are stored.
func Before(...string) {}

// After is called right after the steps are stored.
func After(...string) {}

// File names what is done to a file.
func File(string, string) string { return "" }
