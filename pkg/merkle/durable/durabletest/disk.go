// Package durabletest is a disk in memory that fails and loses power on demand.
//
// The rules, in plain words:
//
//  1. Bytes survive a power failure when their file was synced after they were written; names survive when their
//     directory was synced after they changed. Whatever was not synced survives or not by the toss of a coin, each
//     name on its own, and of unsynced bytes any beginning may be left. Renaming is atomic.
//  2. Every operation that changes something is counted. A Fault strikes at one of them: the operation has no effect,
//     half of one, or its whole effect, and reports an error all the same; or the power goes then.
//  3. Without power everything fails, until Reboot.
package durabletest

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"

	"renlin.dev/pkg/merkle/durable"
)

var (
	// ErrInjected is what an operation reports that a Fault struck.
	ErrInjected = errors.New("durabletest: injected fault")
	// ErrPower is what every operation reports while the power is off.
	ErrPower = errors.New("durabletest: no power")
)

// Effect is how much of an operation happens although it fails.
type Effect int

// The effects. Half is None for all but writes of bytes, which leave their first half.
const (
	None Effect = iota
	Half
	Whole
)

// Fault strikes once.
type Fault struct {
	// At is the number of the operation, from 1. Zero never strikes.
	At int
	// Effect is what happens of it.
	Effect Effect
	// PowerOff says that the power goes with it.
	PowerOff bool
	// Lasting says that the operation and all later ones of this boot fail without effect, as on a full disk.
	Lasting bool
}

// Disk implements durable.Files. The zero value is not usable; call New.
type Disk struct {
	mu      sync.Mutex
	names   map[string]*inode // what programs see; a directory is an inode too
	safe    map[string]*inode // what a power failure leaves at least
	pending []change          // changes of names not yet safe, in order
	ops     int
	fault   Fault
	off     bool
}

type inode struct {
	dir    bool
	data   []byte
	synced []byte
}

// change is one unsynced change of names: to gets node (nil: to is removed), from is removed if set.
type change struct {
	from, to string
	node     *inode
}

var _ durable.Files = (*Disk)(nil)

// New returns an empty disk.
func New() *Disk {
	root := &inode{dir: true}
	return &Disk{names: map[string]*inode{".": root}, safe: map[string]*inode{".": root}}
}

// Inject sets the fault to come; operations are counted anew.
func (d *Disk) Inject(f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault, d.ops = f, 0
}

// Ops returns how many operations there were since Inject.
func (d *Disk) Ops() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ops
}

// Off reports whether the power is off.
func (d *Disk) Off() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.off
}

// Reboot loses what a power failure may lose, decided by seed, and switches on again without any fault.
func (d *Disk) Reboot(seed uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	coin := rand.New(rand.NewPCG(seed, 0))
	for _, c := range d.pending {
		if coin.IntN(2) == 0 {
			apply(d.safe, c)
		}
	}
	d.pending = nil
	names := slices.Sorted(maps.Keys(d.safe)) // parents before children
	for _, n := range names {
		node := d.safe[n]
		if parent := d.safe[path.Dir(n)]; parent == nil || !parent.dir {
			delete(d.safe, n) // its directory did not survive
			continue
		}
		if len(node.data) >= len(node.synced) && coin.IntN(2) == 0 {
			node.synced = node.data[:len(node.synced)+coin.IntN(len(node.data)-len(node.synced)+1)]
		}
		node.data = slices.Clone(node.synced)
	}
	d.names = maps.Clone(d.safe)
	d.fault, d.ops, d.off = Fault{}, 0, false
}

// Clone returns a disk with the same safe content: a copy taken while nothing is under way.
func (d *Disk) Clone() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := New()
	for n, node := range d.names {
		c.names[n] = &inode{dir: node.dir, data: slices.Clone(node.data), synced: slices.Clone(node.data)}
	}
	c.safe = maps.Clone(c.names)
	return c
}

// Files returns the names of all files whose name has the prefix, sorted.
func (d *Disk) Files(prefix string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []string
	for n, node := range d.names {
		if !node.dir && strings.HasPrefix(n, prefix) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

// Damage replaces a file's bytes behind everybody's back.
func (d *Disk) Damage(name string, data []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	node := &inode{data: slices.Clone(data), synced: slices.Clone(data)}
	d.names[name], d.safe[name] = node, node
}

// Lose removes a file behind everybody's back.
func (d *Disk) Lose(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.names, name)
	delete(d.safe, name)
}

// do counts an operation and runs as much of it as the fault allows.
func (d *Disk) do(whole, half func() error) error {
	if d.off {
		return ErrPower
	}
	d.ops++
	f := d.fault
	if f.At == 0 || d.ops < f.At || d.ops > f.At && !f.Lasting {
		return whole()
	}
	if f.Lasting {
		return ErrInjected
	}
	switch f.Effect {
	case Whole:
		_ = whole() // what it would have reported is hidden behind the fault
	case Half:
		_ = half()
	}
	d.off = f.PowerOff
	return ErrInjected
}

func nothing() error { return nil }

// ReadFile implements durable.Files.
func (d *Disk) ReadFile(name string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return nil, ErrPower
	}
	node := d.names[name]
	if node == nil || node.dir {
		return nil, fmt.Errorf("read file: %w", fs.ErrNotExist)
	}
	return slices.Clone(node.data), nil
}

// List implements durable.Files.
func (d *Disk) List(name string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return nil, ErrPower
	}
	if node := d.names[name]; node == nil || !node.dir {
		return nil, fmt.Errorf("list directory: %w", fs.ErrNotExist)
	}
	return d.children(name), nil
}

func (d *Disk) children(dir string) []string {
	var out []string
	for n := range d.names {
		if n != "." && path.Dir(n) == dir {
			out = append(out, path.Base(n))
		}
	}
	slices.Sort(out)
	return out
}

// Create implements durable.Files.
func (d *Disk) Create(name string) (durable.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var node *inode
	err := d.do(func() error {
		parent := d.names[path.Dir(name)]
		if parent == nil || !parent.dir {
			return fmt.Errorf("create file: %w", fs.ErrNotExist)
		}
		node = d.names[name]
		if node == nil {
			node = &inode{}
			d.change(change{to: name, node: node})
		}
		node.data, node.synced = nil, nil
		return nil
	}, nothing)
	if err != nil {
		return nil, err
	}
	return &file{disk: d, node: node}, nil
}

// Rename implements durable.Files.
func (d *Disk) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.do(func() error {
		node := d.names[from]
		if node == nil {
			return fmt.Errorf("rename: %w", fs.ErrNotExist)
		}
		d.change(change{from: from, to: to, node: node})
		return nil
	}, nothing)
}

// Remove implements durable.Files.
func (d *Disk) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.do(func() error {
		if d.names[name] == nil {
			return fmt.Errorf("remove: %w", fs.ErrNotExist)
		}
		if len(d.children(name)) > 0 {
			return fmt.Errorf("remove: %w", fs.ErrExist)
		}
		d.change(change{to: name})
		return nil
	}, nothing)
}

// Mkdir implements durable.Files.
func (d *Disk) Mkdir(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.do(func() error {
		if d.names[name] != nil {
			return fmt.Errorf("make directory: %w", fs.ErrExist)
		}
		if d.names[path.Dir(name)] == nil {
			return fmt.Errorf("make directory: %w", fs.ErrNotExist)
		}
		d.change(change{to: name, node: &inode{dir: true}})
		return nil
	}, nothing)
}

// SyncDir implements durable.Files.
func (d *Disk) SyncDir(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.do(func() error {
		if node := d.names[name]; node == nil || !node.dir {
			return fmt.Errorf("sync directory: %w", fs.ErrNotExist)
		}
		d.pending = slices.DeleteFunc(d.pending, func(c change) bool {
			if path.Dir(c.to) != name {
				return false
			}
			apply(d.safe, c)
			return true
		})
		return nil
	}, nothing)
}

func (d *Disk) change(c change) {
	apply(d.names, c)
	d.pending = append(d.pending, c)
}

func apply(names map[string]*inode, c change) {
	if c.from != "" {
		delete(names, c.from)
	}
	if c.node == nil {
		delete(names, c.to)
		return
	}
	names[c.to] = c.node
}

type file struct {
	disk *Disk
	node *inode
}

func (f *file) Write(data []byte) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	err := f.disk.do(func() error {
		f.node.data = append(f.node.data, data...)
		return nil
	}, func() error {
		f.node.data = append(f.node.data, data[:len(data)/2]...)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(data), nil
}

func (f *file) Sync() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	return f.disk.do(func() error {
		f.node.synced = slices.Clone(f.node.data)
		return nil
	}, nothing)
}

func (f *file) Close() error { return nil }
