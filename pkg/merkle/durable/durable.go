// Package durable writes small files so that a crash leaves each of them wholly old or wholly new.
//
// The rules, in plain words:
//
//  1. A file is written beside its place, fsynced, renamed into place, and the directory is fsynced. Only then
//     has it been written. Readers see the old file or the new one, at every moment and after every crash.
//  2. Of a call that failed, or that a crash cut short, any of its files may be there, each of them whole. Who needs
//     "all or nothing" then writes, in a call of its own, a small file that says what counts.
//  3. A failed call may have taken effect. The caller tries it again or reads back; he never assumes.
//  4. A file written Once is never replaced: the same bytes are left as they are, other bytes are an error.
//  5. One process owns a directory: Open takes a lock that ends with the process.
package durable

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"sync"
)

// Files is the little of a file system that durability needs. Names are slash-separated and relative. Every
// method may fail and yet have taken effect. Implementations are safe for concurrent use.
type Files interface {
	// ReadFile returns the whole file, or an error that is fs.ErrNotExist.
	ReadFile(name string) ([]byte, error)
	// Create makes an empty file, in place of any other. Its directory must exist.
	Create(name string) (File, error)
	// Rename puts a file in place of another; readers see one or the other.
	Rename(from, to string) error
	// List returns the names in a directory, sorted, or an error that is fs.ErrNotExist.
	List(name string) ([]string, error)
	// Remove removes a file or an empty directory.
	Remove(name string) error
	// Mkdir makes one directory, or fails with fs.ErrExist.
	Mkdir(name string) error
	// SyncDir makes all names made, moved or removed in the directory survive a power failure.
	SyncDir(name string) error
}

// File is a file being written.
type File interface {
	io.WriteCloser
	// Sync makes the bytes written so far survive a power failure.
	Sync() error
}

// ErrDiffers says that a file to be written Once is there already with other bytes.
var ErrDiffers = errors.New("durable: file is there with other content")

// tempSuffix marks a file that is being written. Leftovers of a crash are overwritten by the next attempt.
const tempSuffix = ".tmp"

// openMax bounds the files open at once while a group is written.
const openMax = 64

// Item is a file to write.
type Item struct {
	// Name is its place, slash-separated.
	Name string
	// Data is its whole content.
	Data []byte
	// Once says that the file, once there, may never change.
	Once bool
}

// Writer writes files durably. It belongs to one goroutine.
type Writer struct {
	files Files
	// linked holds the directories whose own names are known to survive a power failure. It starts empty, because
	// a process that was killed may have left a directory made but not synced.
	linked map[string]bool
}

// NewWriter returns a writer on files.
func NewWriter(files Files) *Writer {
	return &Writer{files: files, linked: map[string]bool{".": true}}
}

// Write writes the items in order, as groups of fsyncs rather than one by one. When it returns nil, all of them
// survive a power failure.
func (w *Writer) Write(items ...Item) error {
	dirs := map[string]bool{}
	var fresh []string // directories whose names this call makes durable
	for _, it := range items {
		if !fs.ValidPath(it.Name) {
			return fmt.Errorf("write file: %w", fs.ErrInvalid)
		}
		dir := path.Dir(it.Name)
		dirs[dir] = true
		for _, d := range unlinked(w.linked, dir) {
			err := w.files.Mkdir(d)
			if err != nil && !errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("make directory: %w", err)
			}
			dirs[path.Dir(d)] = true
			if !slices.Contains(fresh, d) {
				fresh = append(fresh, d)
			}
		}
	}
	for group := range slices.Chunk(items, openMax) {
		err := w.place(group)
		if err != nil {
			return err
		}
	}
	var syncs []func() error
	for d := range dirs {
		syncs = append(syncs, func() error { return w.files.SyncDir(d) })
	}
	err := together(syncs)
	if err != nil {
		return fmt.Errorf("sync directories: %w", err)
	}
	for _, d := range fresh {
		w.linked[d] = true
	}
	return nil
}

// place writes a group beside its places, syncs it and renames it. A crash before a rename leaves only a
// temporary file; one after leaves the new file, whose bytes were synced before it got its name.
func (w *Writer) place(group []Item) error {
	todo := make([]Item, 0, len(group))
	for _, it := range group {
		there, err := w.alreadyThere(it)
		if err != nil {
			return err
		}
		if !there {
			todo = append(todo, it)
		}
	}
	err := w.spill(todo)
	if err != nil {
		for _, it := range todo {
			_ = w.files.Remove(it.Name + tempSuffix) // best effort: the next attempt overwrites it
		}
		return err
	}
	for _, it := range todo {
		err := w.files.Rename(it.Name+tempSuffix, it.Name)
		if err != nil {
			return fmt.Errorf("rename into place: %w", err)
		}
	}
	return nil
}

func (w *Writer) alreadyThere(it Item) (bool, error) {
	if !it.Once {
		return false, nil
	}
	old, err := w.files.ReadFile(it.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("read existing file: %w", err)
	case !bytes.Equal(old, it.Data):
		return false, fmt.Errorf("%w: %s", ErrDiffers, it.Name)
	}
	return true, nil // its bytes were synced before it got this name
}

// spill writes all temporary files before it syncs them.
func (w *Writer) spill(items []Item) (err error) {
	open := make([]File, 0, len(items))
	syncs := make([]func() error, 0, len(items))
	defer func() {
		for _, f := range open {
			closeErr := f.Close()
			if err == nil && closeErr != nil {
				err = fmt.Errorf("close file: %w", closeErr)
			}
		}
	}()
	for _, it := range items {
		f, err := w.files.Create(it.Name + tempSuffix)
		if err != nil {
			return fmt.Errorf("create file: %w", err)
		}
		open, syncs = append(open, f), append(syncs, f.Sync)
		_, err = f.Write(it.Data)
		if err != nil {
			return fmt.Errorf("write file: %w", err)
		}
	}
	err = together(syncs)
	if err != nil {
		return fmt.Errorf("sync files: %w", err)
	}
	return nil
}

// together runs syncs side by side: a journalling file system then commits them at once. Their order has no meaning,
// because nothing counts before all of them have returned.
func together(syncs []func() error) error {
	errs := make([]error, len(syncs))
	var running sync.WaitGroup
	for i, f := range syncs {
		running.Go(func() { errs[i] = f() })
	}
	running.Wait()
	return errors.Join(errs...)
}

// Discard removes a directory and the files in it, as far as that goes: what it holds must not be needed, for a crash
// or an error here leaves any part of it.
func (w *Writer) Discard(dir string) {
	names, _ := w.files.List(dir)
	for _, name := range names {
		_ = w.files.Remove(path.Join(dir, name))
	}
	_ = w.files.Remove(dir)
	delete(w.linked, dir)
}

// unlinked returns dir and those of its parents that are not known to be durable, outermost first.
func unlinked(linked map[string]bool, dir string) []string {
	var out []string
	for d := dir; !linked[d]; d = path.Dir(d) {
		out = append(out, d)
	}
	slices.Reverse(out)
	return out
}
