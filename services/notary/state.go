package notary

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"renlin.dev/pkg/merkle/durable"
)

const (
	// signedName is the file with the last checkpoint that was signed, published or not.
	signedName = "signed"
	// sightings is the directory for what was seen of a log that must not be signed, and of witnesses. It stops nobody.
	sightings = "seen"
	// convictions is the directory for notes that exclude each other. While it holds a file the notary does not sign.
	convictions = "convicted"
	// sightingsMax bounds the files of a log that keeps going wrong in new ways; the first ones tell the story.
	sightingsMax = 256
)

// state is the notary's own disk. One goroutine uses it.
type state struct {
	files  durable.Files
	writer *durable.Writer
	// convicted is set when a conviction may not have reached the disk.
	convicted bool
}

// read gives the last signed checkpoint; nil for none.
func (s *state) read() ([]byte, error) {
	raw, err := s.files.ReadFile(signedName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read notary state: %w", err)
	}
	return raw, nil
}

// write replaces the file whole. A crash leaves the old or the new; an error leaves either.
func (s *state) write(signed []byte) error {
	if err := s.writer.Write(durable.Item{Name: signedName, Data: signed}); err != nil {
		return fmt.Errorf("write notary state: %w", err)
	}
	return nil
}

// keep writes evidence once. The same facts seen again leave the first file's content, and make sure that it is durable: the attempt that
// wrote it may have failed after it was there.
func (s *state) keep(dir, name string, data []byte) error {
	there, err := s.list(dir)
	if err != nil {
		return err
	}
	if slices.Contains(there, name) {
		if data, err = s.files.ReadFile(path.Join(dir, name)); err != nil {
			return fmt.Errorf("read evidence: %w", err)
		}
	} else if dir == sightings && len(there) >= sightingsMax {
		return nil
	}
	if err := s.writer.Write(durable.Item{Name: path.Join(dir, name), Data: data}); err != nil {
		return fmt.Errorf("keep evidence: %w", err)
	}
	return nil
}

// stopped tells, with the name of the file, whether evidence against the log's own key waits for a person.
func (s *state) stopped() error {
	there, err := s.list(convictions)
	switch {
	case err != nil:
		return err
	case len(there) > 0:
		return fmt.Errorf("%w: see %s", ErrStopped, path.Join(convictions, there[0]))
	case s.convicted:
		return ErrStopped
	}
	return nil
}

// list gives the whole files of a directory.
func (s *state) list(dir string) ([]string, error) {
	names, err := s.files.List(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read evidence: %w", err)
	}
	var out []string
	for _, name := range names {
		if strings.HasSuffix(name, ".json") {
			out = append(out, name)
		}
	}
	return out, nil
}
