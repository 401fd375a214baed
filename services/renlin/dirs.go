package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// keptApart refuses a state directory that lies inside the data directory, or around it, by whatever name: restoring an old copy of the one
// would restore the other with it, and nobody would notice.
func keptApart(data, state string) error {
	d, err := resolve(data)
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	s, err := resolve(state)
	if err != nil {
		return fmt.Errorf("state directory: %w", err)
	}
	if within(d, s) || within(s, d) {
		return errors.New("state directory: it must lie outside the data directory, and not around it")
	}
	return nil
}

// resolve gives the real path of a directory that need not exist yet.
func resolve(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for missing := ""; ; {
		real, err := filepath.EvalSymlinks(abs)
		if err == nil {
			return filepath.Join(real, missing), nil
		}
		parent := filepath.Dir(abs)
		if !errors.Is(err, fs.ErrNotExist) || parent == abs {
			return "", err
		}
		abs, missing = parent, filepath.Join(filepath.Base(abs), missing)
	}
}

// within tells whether a path is a directory or lies below it.
func within(dir, path string) bool {
	rest, err := filepath.Rel(dir, path)
	return err == nil && rest != ".." && !strings.HasPrefix(rest, ".."+string(filepath.Separator))
}
