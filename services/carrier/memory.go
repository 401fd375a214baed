package carrier

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"renlin.dev/services/carrier/internal/desk"
)

// End is one community that a carrier carries from and to.
type End struct {
	// URL is the address of the community's gateway.
	URL       string `json:"url"`
	Community string `json:"community"`
	// Member is whose device the carrier's key is there.
	Member string `json:"member"`
}

// The files of a carrier's directory. Whom it carries between is written by Add; how far it has read may be deleted at any time.
const (
	endsFile   = "communities.json"
	memoryFile = "read.json"
)

// Add has a carrier carry from and to a community from now on; a running one notices. What was said of that community before is replaced.
func Add(dir string, e End) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	ends, err := Ends(dir)
	if err != nil {
		return err
	}
	ends = append(slices.DeleteFunc(ends, func(old End) bool { return old.Community == e.Community }), e)
	return write(filepath.Join(dir, endsFile), ends)
}

// Ends gives whom a carrier carries between.
func Ends(dir string) (ends []End, err error) {
	raw, err := os.ReadFile(filepath.Join(dir, endsFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &ends)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", endsFile, err)
	}
	for _, e := range ends {
		if u, err := url.Parse(e.URL); err != nil || u.Host == "" || e.Community == "" || e.Member == "" {
			return nil, fmt.Errorf("read %s: want url, community and member of each", endsFile)
		}
	}
	return ends, nil
}

// memory is how far a carrier has read, and what was on its desk then.
type memory struct {
	Ends   []End             `json:"communities"`
	Blocks map[string]uint64 `json:"blocks"`
	Desk   desk.Picture      `json:"desk"`
}

// reload takes in whom to carry between. Where that is not as it was, what was read so far is of no use: what is carried between two was
// not kept while one of them was nobody's business.
func (c *Carrier) reload() error {
	ends, err := Ends(c.cfg.Dir)
	if err != nil {
		return err
	}
	if slices.EqualFunc(ends, c.ends, func(e End, old *end) bool { return e == old.End }) {
		return nil
	}
	m := recall(c.cfg.Dir)
	if !slices.Equal(m.Ends, ends) {
		m = memory{}
	}
	c.ends, c.desk = nil, desk.Of(m.Desk)
	clear(c.tries)
	for _, e := range ends {
		c.ends = append(c.ends, &end{End: e, blocks: m.Blocks[e.Community]})
		c.meter.watch(c, e.Community)
	}
	return nil
}

// recall reads how far was read; nothing where that is lost or damaged, for it can be read again.
func recall(dir string) (m memory) {
	raw, err := os.ReadFile(filepath.Join(dir, memoryFile))
	if err != nil || json.Unmarshal(raw, &m) != nil || slices.Contains(m.Desk.Letters, nil) {
		return memory{}
	}
	return m
}

// remember keeps how far was read.
func (c *Carrier) remember() error {
	m := memory{Blocks: map[string]uint64{}, Desk: c.desk.Picture()}
	if len(c.ends) == 0 {
		return nil
	}
	for _, e := range c.ends {
		m.Ends = append(m.Ends, e.End)
		m.Blocks[e.Community] = e.blocks
	}
	raw, err := json.Marshal(m)
	if err != nil || bytes.Equal(raw, c.kept) {
		return err
	}
	if err := write(filepath.Join(c.cfg.Dir, memoryFile), m); err != nil {
		return err
	}
	c.kept = raw
	return nil
}

// write replaces a file whole: a crash leaves the old one or the new one.
func write(path string, what any) error {
	raw, err := json.Marshal(what)
	if err != nil {
		return err
	}
	next := path + ".next"
	if err := os.WriteFile(next, append(raw, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(next, path)
}
