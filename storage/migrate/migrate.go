// Package migrate brings a repo that an older program wrote up to the layout of
// this one, by numbered steps. A step is never edited, renumbered or removed after
// a release, and each may safely run twice: the version is written after it. A
// repo that is newer than the program is refused untouched.
package migrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"privd/market"
	"privd/storage/durable"
)

// Step changes a repo from version Number-1 to version Number.
type Step struct {
	Number int
	Name   string // what it does, in a few lower-case words
	Apply  func(ctx context.Context, dir string) error
}

// Steps returns every step since the first version, in order.
func Steps() []Step {
	return []Step{
		{1, "first version", func(context.Context, string) error { return nil }},
	}
}

// Latest returns the version this program writes.
func Latest() int {
	steps := Steps()
	return steps[len(steps)-1].Number
}

// Run applies the steps that the repo at dir lacks. Invalid when the repo is
// newer than the last step.
func Run(ctx context.Context, dir, versionFile string, steps []Step, log *slog.Logger) error {
	have, err := ReadVersion(versionFile)
	if err != nil {
		return err
	}
	latest := steps[len(steps)-1].Number
	if have > latest {
		return market.Fail(market.Invalid, fmt.Sprintf(
			"%s has version %d, and this privd knows versions up to %d: use a newer privd", dir, have, latest))
	}
	for _, s := range steps {
		if s.Number <= have {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		log.Info("migrating repo", "step", s.Number, "name", s.Name)
		if err := s.Apply(ctx, dir); err != nil {
			return fmt.Errorf("migrate repo to version %d (%s): %w", s.Number, s.Name, err)
		}
		if err := WriteVersion(versionFile, s.Number); err != nil {
			return err
		}
	}
	return nil
}

// ReadVersion reads the version file of a repo.
func ReadVersion(path string) (int, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, market.Fail(market.NotFound, path+" is missing: not a privd repo")
	}
	if err != nil {
		return 0, fmt.Errorf("read repo version: %w", err)
	}
	v, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || v < 0 || len(b) > 16 {
		return 0, market.Fail(market.Invalid, path+" does not hold a version number")
	}
	return v, nil
}

// WriteVersion writes the version file of a repo durably.
func WriteVersion(path string, version int) error {
	if err := durable.WriteFile(path, []byte(strconv.Itoa(version)+"\n"), 0o600); err != nil {
		return fmt.Errorf("write repo version: %w", err)
	}
	return nil
}
