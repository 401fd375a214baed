package seal

import (
	"errors"
	"fmt"
	"os"

	"renlin.dev/pkg/merkle/durable"
)

// Folder is a Store on the operating system: a directory of mode 0700 with files of mode 0600, locked against other processes.
type Folder struct {
	*durable.Dir
	root *os.Root
}

var _ Store = (*Folder)(nil)

// OpenFolder makes the directory if need be and takes its lock; Close gives it up.
func OpenFolder(dir string) (*Folder, error) {
	locked, err := durable.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("open keyring: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open keyring: %w", err), locked.Close())
	}
	return &Folder{Dir: locked, root: root}, nil
}

// Close gives the directory up.
func (f *Folder) Close() error { return errors.Join(f.root.Close(), f.Dir.Close()) }

// Overwrite implements Store. It does not truncate: the blocks that held the key are the ones that are written.
func (f *Folder) Overwrite(name string, data []byte) error {
	file, err := f.root.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(data, 0)
	return errors.Join(err, file.Sync(), file.Close())
}
