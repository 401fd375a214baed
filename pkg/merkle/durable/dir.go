package durable

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// ErrLocked says that another process owns the directory.
var ErrLocked = errors.New("durable: directory is in use by another process")

// lockName is the file that carries the lock. It holds nothing and stays.
const lockName = ".lock"

// Dir is a directory of the operating system, owned by this process until Close. No name leads out of it.
type Dir struct {
	root *os.Root
	lock *os.File
}

var _ Files = (*Dir)(nil)

// Open makes the directory if need be, for its owner's eyes only, and takes its lock. ErrLocked means that another
// process has it.
func Open(dir string) (*Dir, error) {
	_, err := os.Stat(dir)
	if errors.Is(err, os.ErrNotExist) {
		err = os.MkdirAll(dir, 0o700)
		if err == nil {
			err = syncPath(filepath.Dir(dir))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	lock, err := root.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = lockFile(lock)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock directory: %w", err), root.Close())
	}
	return &Dir{root: root, lock: lock}, nil
}

// Close gives the directory up.
func (d *Dir) Close() error { return errors.Join(d.lock.Close(), d.root.Close()) }

// ReadFile implements Files.
func (d *Dir) ReadFile(name string) ([]byte, error) { return d.root.ReadFile(name) }

// Create implements Files.
func (d *Dir) Create(name string) (File, error) {
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err // a nil *os.File would not be a nil File
	}
	return f, nil
}

// Rename implements Files.
func (d *Dir) Rename(from, to string) error { return d.root.Rename(from, to) }

// List implements Files.
func (d *Dir) List(name string) ([]string, error) {
	f, err := d.root.Open(name)
	if err != nil {
		return nil, err
	}
	names, err := f.Readdirnames(-1)
	slices.Sort(names)
	return names, errors.Join(err, f.Close())
}

// Remove implements Files.
func (d *Dir) Remove(name string) error { return d.root.Remove(name) }

// Mkdir implements Files.
func (d *Dir) Mkdir(name string) error { return d.root.Mkdir(name, 0o700) }

// SyncDir implements Files.
func (d *Dir) SyncDir(name string) error {
	f, err := d.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func syncPath(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
