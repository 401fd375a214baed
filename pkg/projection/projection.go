// Package projection keeps what services fold in SQLite, to be queried.
//
// In plain words: for every aggregate of a service there is one row, its state as JSON; what was dropped because something above it
// was retired has none. The position up to which the record was folded is written in the same transaction as the rows, so that after
// any crash rows and position agree, and is read in the same transaction too. The file holds nothing that the record does not; it may
// be deleted at any time and is then built anew, as is one that is damaged, of another community, or written by other code. Damage
// that only shows while reading is ErrDamaged: whoever runs the store closes it, which removes the file. It is never what a decision
// rests on.
package projection

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync/atomic"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
)

// Faults of queries.
var (
	ErrNoRecord = fault.New(fault.NotFound, "record.unknown", "There is no such record.", "没有该记录。")
	ErrPath     = fault.New(fault.Invalid, "record.path", "This address names no record.", "该地址不是有效的记录。")
)

// ErrDamaged: the file does not hold what was written into it.
var ErrDamaged = errors.New("projection is damaged")

// Limits of one page. A page of large records ends early, so that it fits into a message.
const (
	limitDefault = 100
	limitMax     = 1000
	pageBytesMax = 512 << 10
)

// connectionsMax bounds how many look at once; the rest wait for them.
const connectionsMax = 8

// The sum in each row shows damage that SQLite itself does not see: it checks its own structure, not what is in it.
const schema = `
CREATE TABLE record (
	path TEXT PRIMARY KEY, collection TEXT NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL, sum INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX record_collection ON record (collection, path);
CREATE TABLE head (
	one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL, block BLOB NOT NULL, genesis BLOB NOT NULL, shape TEXT NOT NULL
);`

// Store is one service's projection of one community. Write and Rebuild have one caller, the service's fold; Query may be called
// from anywhere.
type Store struct {
	db      *sql.DB
	path    string
	genesis chain.Hash
	shape   string
	broken  atomic.Bool // a row was not what was written
}

// Open opens or makes the file. Shape names the code that writes the rows: when it, the schema, or the community is not the file's,
// or the file is damaged, it is made anew, empty. A file that merely cannot be had just now is left alone.
func Open(path string, genesis chain.Hash, shape string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open projection: %w", err)
	}
	s, err := open(path, genesis, shape)
	if err == nil || notTheFiles(err) {
		return s, err
	}
	if err := remove(path); err != nil {
		return nil, err
	}
	return open(path, genesis, shape)
}

// remove removes the file and what SQLite keeps beside it.
func remove(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("make projection anew: %w", err)
		}
	}
	return nil
}

// notTheFiles tells whether an error is one of the machine, so that making the file anew would mend nothing.
func notTheFiles(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM,
		sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT:
		return true
	}
	return false
}

// code is SQLite's primary result code of an error, 0 for none.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// damaged marks errors by which SQLite says that it cannot make sense of the file.
func damaged(err error) error {
	if c := code(err); c == sqlite3.SQLITE_CORRUPT || c == sqlite3.SQLITE_NOTADB {
		return errors.Join(ErrDamaged, err)
	}
	return err
}

var errOther = errors.New("projection was written by other code or for another community")

func open(path string, genesis chain.Hash, shape string) (*Store, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, fmt.Errorf("open projection: %w", err)
	}
	db.SetMaxOpenConns(connectionsMax)
	db.SetMaxIdleConns(connectionsMax)
	s := &Store{db: db, path: path, genesis: genesis, shape: shape}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// prepare makes the tables of an empty file, and checks those of any other.
func (s *Store) prepare() error {
	const number = `PRAGMA user_version`
	mine := int64(crc32.ChecksumIEEE([]byte(schema)) >> 1) // it is kept as a signed number of 32 bits
	var tables, theirs int64
	if err := s.db.QueryRow(`SELECT count(*) FROM sqlite_schema`).Scan(&tables); err != nil {
		return fmt.Errorf("prepare projection: %w", err)
	}
	if tables == 0 {
		if _, err := s.db.Exec(fmt.Sprintf(`BEGIN; %s %s = %d; COMMIT`, schema, number, mine)); err != nil {
			return fmt.Errorf("prepare projection: %w", err)
		}
		return nil
	}
	if err := s.db.QueryRow(number).Scan(&theirs); err != nil || theirs != mine {
		return errors.Join(errOther, err)
	}
	var found string
	if err := s.db.QueryRow(`PRAGMA quick_check(1)`).Scan(&found); err != nil || found != "ok" {
		return errors.Join(ErrDamaged, err)
	}
	var genesis []byte
	var shape string
	err := s.db.QueryRow(`SELECT genesis, shape FROM head`).Scan(&genesis, &shape)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("read projection's head: %w", err)
	case !bytes.Equal(genesis, s.genesis[:]) || shape != s.shape:
		return errOther
	}
	return nil
}

// Close closes the file, and removes it if reading it has found damage, which the next Open may not see.
func (s *Store) Close() error {
	err := s.db.Close()
	if s.broken.Load() {
		err = errors.Join(err, remove(s.path))
	}
	return err
}

// Head tells how far the projection has come, and the hash of the block it stands at; 0 when it is empty.
func (s *Store) Head(ctx context.Context) (position uint64, block chain.Hash, err error) {
	return head(ctx, s.db)
}

// source is a database or a transaction on it.
type source interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func head(ctx context.Context, from source) (position uint64, block chain.Hash, err error) {
	var raw []byte
	err = from.QueryRowContext(ctx, `SELECT position, block FROM head`).Scan(&position, &raw)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, chain.Hash{}, nil
	}
	copy(block[:], raw)
	return position, block, damaged(err)
}

// Write takes over what one block changed or dropped. The state must stand exactly after that block.
func (s *Store) Write(ctx context.Context, state *decider.State, changed []string) error {
	return s.write(ctx, state, changed, false)
}

// Rebuild replaces everything by what the state holds.
func (s *Store) Rebuild(ctx context.Context, state *decider.State) error {
	return s.write(ctx, state, state.Aggregates(), true)
}

func (s *Store) write(ctx context.Context, state *decider.State, paths []string, anew bool) (err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("write projection: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write projection: %w", damaged(err)), tx.Rollback())
		}
	}()
	if anew {
		if _, err = tx.ExecContext(ctx, `DELETE FROM record`); err != nil {
			return err
		}
	}
	if err = put(ctx, tx, state, paths); err != nil {
		return err
	}
	var block chain.Hash
	if state.Head() != nil {
		block = state.Head().Hash()
	}
	if _, err = tx.ExecContext(ctx, `INSERT INTO head (one, position, block, genesis, shape) VALUES (1, ?, ?, ?, ?)
		ON CONFLICT (one) DO UPDATE SET position = excluded.position, block = excluded.block`,
		state.Position(), block[:], s.genesis[:], s.shape); err != nil {
		return err
	}
	return tx.Commit()
}

// put writes the rows of aggregates as they are now, and deletes those of aggregates that are no more.
func put(ctx context.Context, tx *sql.Tx, state *decider.State, paths []string) (err error) {
	insert, err := tx.PrepareContext(ctx, `INSERT INTO record (path, collection, version, state, sum) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (path) DO UPDATE SET version = excluded.version, state = excluded.state, sum = excluded.sum`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	remove, err := tx.PrepareContext(ctx, `DELETE FROM record WHERE path = ?`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove.Close()) }()
	for _, path := range paths {
		value, version := state.Raw(path)
		if value == nil { // something above it was retired
			if _, err := remove.ExecContext(ctx, path); err != nil {
				return err
			}
			continue
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			return err
		}
		text := string(encoded)
		if _, err := insert.ExecContext(ctx, path, chain.Collection(path), version, text, sumOf(path, version, text)); err != nil {
			return err
		}
	}
	return nil
}

// sumOf is what a row's sum must be.
func sumOf(path string, version uint64, state string) uint32 {
	return crc32.ChecksumIEEE(fmt.Appendf(nil, "%s %d %s", path, version, state))
}

// scan reads one row of path, version, state and sum.
func scan(from interface{ Scan(dest ...any) error }) (r op.Record, err error) {
	var state string
	var version, sum any
	if err := from.Scan(&r.Path, &version, &state, &sum); err != nil {
		return r, damaged(err)
	}
	v, whole := version.(int64)
	r.Version, r.State = uint64(v), json.RawMessage(state)
	if !whole || sum != int64(sumOf(r.Path, r.Version, state)) {
		return r, ErrDamaged
	}
	return r, nil
}

// Query answers one aggregate, or a page of a collection in ascending order of path.
func (s *Store) Query(ctx context.Context, q *op.Query) (page *op.Page, err error) {
	one := chain.CheckAggregate(q.Path) == nil
	if !one && chain.CheckCollection(q.Path) != nil {
		return nil, ErrPath
	}
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("query projection: %w", damaged(err))
	}
	defer func() { _ = tx.Rollback() }() // it has only read
	page = &op.Page{Records: []op.Record{}}
	page.Position, _, err = head(ctx, tx)
	switch {
	case err != nil:
	case one:
		var r op.Record
		r, err = scan(tx.QueryRowContext(ctx, `SELECT path, version, state, sum FROM record WHERE path = ?`, q.Path))
		page.Records = append(page.Records, r)
	default:
		err = list(ctx, tx, q, page)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, ErrNoRecord
	case err != nil:
		if errors.Is(err, ErrDamaged) {
			s.broken.Store(true)
		}
		return nil, fmt.Errorf("query projection: %w", err)
	}
	return page, nil
}

func list(ctx context.Context, tx *sql.Tx, q *op.Query, page *op.Page) error {
	limit := min(q.Limit, limitMax)
	if limit <= 0 {
		limit = limitDefault
	}
	rows, err := tx.QueryContext(ctx,
		`SELECT path, version, state, sum FROM record WHERE collection = ? AND path > ? ORDER BY path LIMIT ?`, q.Path, q.After, limit+1)
	if err != nil {
		return damaged(err)
	}
	defer rows.Close()
	size := 0
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return err
		}
		size += len(r.Path) + len(r.State)
		if n := len(page.Records); n == limit || n > 0 && size > pageBytesMax {
			page.Next = page.Records[n-1].Path
			break
		}
		page.Records = append(page.Records, r)
	}
	return damaged(rows.Err())
}
