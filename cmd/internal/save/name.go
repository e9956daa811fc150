package save

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the longest name, in bytes; file systems have 255.
const maxName = 200

// Names returns a safe name for each of the names a seller gave, in their order and
// all different, also where the file system ignores case. A safe name has no
// directory, does not begin with a dot or a dash, and prints as what it is.
func Names(given []string) []string {
	names, taken := make([]string, len(given)), make(map[string]bool)
	for i, name := range given {
		safe := Name(name)
		ext := extension(safe)
		for n := 2; taken[strings.ToLower(safe)]; n++ {
			suffix := fmt.Sprintf(" (%d)%s", n, ext)
			safe = shorten(strings.TrimSuffix(Name(name), ext), maxName-len(suffix)) + suffix
		}
		taken[strings.ToLower(safe)] = true
		names[i] = safe
	}
	return names
}

// Name returns a safe name for one file.
func Name(given string) string {
	name := given[strings.LastIndexAny(given, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		case !unicode.IsPrint(r): // control, and what turns the direction of text
			return -1
		}
		return r
	}, name)
	// Dots and spaces at the end vanish on some systems, and with them the difference
	// between names.
	name = strings.TrimRight(strings.TrimLeft(name, ".- "), ". ")
	if name == "" {
		return "file"
	}
	if reserved[strings.ToUpper(strings.TrimSuffix(name, filepath.Ext(name)))] {
		name = "_" + name
	}
	ext := extension(name)
	return shorten(strings.TrimSuffix(name, ext), maxName-len(ext)) + ext
}

// reserved are names of devices on Windows, whatever their extension.
var reserved = map[string]bool{
	"CON": true, "PRN": true, "AUX": true, "NUL": true,
	"COM1": true, "COM2": true, "COM3": true, "COM4": true, "COM5": true, "COM6": true, "COM7": true, "COM8": true, "COM9": true,
	"LPT1": true, "LPT2": true, "LPT3": true, "LPT4": true, "LPT5": true, "LPT6": true, "LPT7": true, "LPT8": true, "LPT9": true,
}

// extension returns the extension worth keeping when a name is cut.
func extension(name string) string {
	if ext := filepath.Ext(name); len(ext) <= 16 && len(ext) < len(name) {
		return ext
	}
	return ""
}

// shorten cuts text to n bytes, between characters.
func shorten(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
