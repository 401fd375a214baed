package registrar

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"renlin.dev/pkg/ballot"
	"renlin.dev/services/voting/credential"
)

// store keeps what voters have sent as files <poll>.credentials, a heading and then rows of one size, each with a check sum. A row is
// written behind the last one and synced: after keep has returned, it survives a power cut. The check sum tells, too, whether somebody else
// than the voter brought a row. What a crash leaves half written was never signed for; it is written over. A row that the disk has spoilt
// is passed over: it is missed only if its voter has registered by it. The agent guards the store.
type store struct {
	folder string
	by     map[string]*sent        // by poll
	crash  func(line string) error // tests die here; nil in every program
}

// sent is what is kept of one poll.
type sent struct {
	of    map[string][]*credential.Registration // by voter, in the order in which they came
	whose map[string]string                     // voters by key
	other map[string]int                        // by voter: how many of theirs others have brought
	size  int64                                 // of the file, as far as it is written whole; 0 while there is none
}

func newSent() *sent {
	return &sent{of: map[string][]*credential.Registration{}, whose: map[string]string{}, other: map[string]int{}}
}

func (s *sent) add(r *credential.Registration, brought bool) {
	s.of[r.Voter], s.whose[string(r.Key)] = append(s.of[r.Voter], r), r.Voter
	if brought {
		s.other[r.Voter]++
	}
}

// full refuses more than a voter may send, or others may bring for them. Each is counted by itself: whatever officers and helpers bring, it
// takes no place from the voter's own devices.
func (s *sent) full(voter string, brought bool) error {
	switch others := s.other[voter]; {
	case brought && others >= broughtMax:
		return ErrManyBrought
	case !brought && len(s.of[voter])-others >= candidatesMax:
		return ErrMany
	}
	return nil
}

// heading tells a person who finds the file what it is.
const heading = "renlin registrar's credentials 1\n"

const (
	ending   = ".credentials"
	sumBytes = 8
	rowBytes = credential.RegistrationBytes + sumBytes
)

// candidatesMax is how many credentials a voter may send for one poll, and broughtMax how many others may bring for them besides.
const (
	candidatesMax = 8
	broughtMax    = 4
)

func openStore(folder string) (*store, error) {
	s := &store{folder: folder, by: map[string]*sent{}}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	found, err := filepath.Glob(filepath.Join(folder, "*"+ending))
	if err != nil {
		return nil, fmt.Errorf("find credentials: %w", err)
	}
	for _, path := range found {
		raw, err := readSynced(path)
		if err != nil {
			return nil, fmt.Errorf("read credentials: %w", err)
		}
		id := strings.TrimSuffix(filepath.Base(path), ending)
		s.by[id] = readSent(id, raw)
	}
	return s, s.syncFolder()
}

// readSynced reads a file that may have been written just before a crash and not have been synced: what is read is answered for.
func readSynced(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(f)
	err = errors.Join(err, f.Sync())
	return raw, errors.Join(err, f.Close())
}

// readSent reads a file's rows. The last may be the half of one, or have come to the disk by its length only.
func readSent(id string, raw []byte) *sent {
	s := newSent()
	if len(raw) < len(heading) {
		return s
	}
	s.size = int64(len(heading))
	for at := len(heading); at+rowBytes <= len(raw); at += rowBytes {
		r, brought, err := readRow(raw[at : at+rowBytes])
		if err != nil || r.Poll != id {
			continue
		}
		s.add(r, brought)
		s.size = int64(at + rowBytes)
	}
	return s
}

func row(r *credential.Registration, brought bool) []byte {
	raw := r.Bytes()
	return append(raw, checkSum(raw, brought)...)
}

// checkSum is another for what was brought; rows from before anybody told the two apart are the voter's own.
func checkSum(plain []byte, brought bool) []byte {
	if brought {
		plain = append([]byte("brought\n"), plain...)
	}
	sum := sha256.Sum256(plain)
	return sum[:sumBytes]
}

func readRow(raw []byte) (r *credential.Registration, brought bool, err error) {
	plain, sum := raw[:credential.RegistrationBytes], raw[credential.RegistrationBytes:]
	brought = bytes.Equal(sum, checkSum(plain, true))
	if !brought && !bytes.Equal(sum, checkSum(plain, false)) {
		return nil, false, errDamaged
	}
	r, err = credential.ReadRegistration(bytes.Clone(plain))
	return r, brought, err
}

func (s *store) at(line string) error {
	if s.crash == nil {
		return nil
	}
	return s.crash(line)
}

func (s *store) path(id string) (string, error) {
	if len(id) != ballot.IDBytes || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return "", errPollID
	}
	return filepath.Join(s.folder, id+ending), nil
}

// polls lists of which polls anything is kept, ascending.
func (s *store) polls() []string {
	var out []string
	for id := range s.by { // any order: sorted below
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// keep makes a voter's credential durable. One that is kept already is left alone.
func (s *store) keep(r *credential.Registration, brought bool) error {
	has := s.by[r.Poll]
	if has == nil {
		has = newSent()
		s.by[r.Poll] = has // from now on there may be a file to forget
	}
	mine := has.of[r.Voter]
	if slices.ContainsFunc(mine, func(m *credential.Registration) bool { return m.Salt == r.Salt && bytes.Equal(m.Key, r.Key) }) {
		return nil
	}
	if whose, taken := has.whose[string(r.Key)]; taken && whose != r.Voter {
		return ErrTaken
	}
	if err := has.full(r.Voter, brought); err != nil {
		return err
	}
	size, err := s.write(r, brought, has.size)
	if err != nil {
		return fmt.Errorf("keep credential: %w", err)
	}
	has.size = size
	has.add(r, brought)
	return nil
}

// write adds a row behind so many good bytes, and gives how many there are then.
func (s *store) write(r *credential.Registration, brought bool, size int64) (int64, error) {
	path, err := s.path(r.Poll)
	if err != nil {
		return 0, err
	}
	content := row(r, brought)
	if size == 0 {
		content = append([]byte(heading), content...)
	}
	if err := s.at("begin"); err != nil {
		return 0, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	half := len(content) - rowBytes/2
	_, err = f.WriteAt(content[:half], size)
	err = errors.Join(err, s.at("half"))
	if err == nil {
		_, err = f.WriteAt(content[half:], size+int64(half))
	}
	if err == nil {
		err = s.at("written")
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	if err := s.at("synced"); err != nil {
		return 0, err
	}
	if size == 0 { // the file is new
		err = s.syncFolder()
	}
	return size + int64(len(content)), err
}

// find gives a voter's credential that has a commitment; nil when there is none.
func (s *store) find(id, voter string, commitment []byte) *credential.Registration {
	has := s.by[id]
	if has == nil {
		return nil
	}
	for _, r := range has.of[voter] {
		if bytes.Equal(r.Commitment(), commitment) {
			return r
		}
	}
	return nil
}

// forget deletes what is kept of a poll.
func (s *store) forget(id string) error {
	path, err := s.path(id)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("delete credentials: %w", err)
	}
	if err := s.at("deleted"); err != nil {
		return err
	}
	if err := s.syncFolder(); err != nil {
		return err
	}
	delete(s.by, id)
	return nil
}

func (s *store) syncFolder() error {
	d, err := os.Open(s.folder)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	err = d.Sync()
	return errors.Join(err, d.Close())
}
