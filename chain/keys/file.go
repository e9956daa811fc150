package keys

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"privd/market"
)

// maxFile bounds what is read of a key file, in bytes.
const maxFile = 1 << 20

// password returns the password of a directory. A new one is only made where
// nothing is encrypted yet: anything else would lock the owner out.
func password(dir, file string, fresh bool) (string, error) {
	own := file == ""
	if own {
		file = filepath.Join(dir, "password")
	}
	have, err := exists(file)
	if err != nil {
		return "", err
	}
	if !have && own && fresh {
		text := rand.Text()
		return text, writeWhole(file, []byte(text+"\n"))
	}
	if !have {
		return "", &market.Error{Code: market.NotFound, Message: "no password file " + file}
	}
	raw, err := readSmall(file)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	line = strings.TrimSuffix(line, "\r")
	if line == "" {
		return "", market.Fail(market.Invalid, "empty password in "+file)
	}
	return line, nil
}

// readSmall returns a file's content.
func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxFile)
	}
	return raw, nil
}

// writeWhole puts a file in place durably: after a crash it is there whole, or as
// it was before.
func writeWhole(path string, content []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".writing-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(content); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
