// Package projection keeps what services fold in SQLite, to be queried.
//
// In plain words: for every aggregate of a service there is one row, its state as JSON. The position up to which the record was
// folded is written in the same transaction as the rows, so that after any crash rows and position agree. The file holds nothing
// that the record does not; it may be deleted at any time and is then built anew. It is never what a decision rests on.
package projection

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver

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

// Limits of one page. A page of large records ends early, so that it fits into a message.
const (
	limitDefault = 100
	limitMax     = 1000
	pageBytesMax = 512 << 10
)

const schema = `
CREATE TABLE IF NOT EXISTS record (
	path TEXT PRIMARY KEY, collection TEXT NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS record_collection ON record (collection, path);
CREATE TABLE IF NOT EXISTS head (
	one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL, block BLOB NOT NULL, genesis BLOB NOT NULL, shape TEXT NOT NULL
);`

// Store is one service's projection of one community. Write and Rebuild have one caller, the service's fold; Query may be called
// from anywhere.
type Store struct {
	db      *sql.DB
	genesis chain.Hash
	shape   string
}

// Open opens or makes the file. Shape names the code that writes the rows: when it, or the community, is not the file's, or the
// file cannot be read, the file is made anew, empty.
func Open(path string, genesis chain.Hash, shape string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open projection: %w", err)
	}
	s, err := open(path, genesis, shape)
	if err == nil {
		return s, nil
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if rerr := os.Remove(path + suffix); rerr != nil && !errors.Is(rerr, os.ErrNotExist) {
			return nil, fmt.Errorf("make projection anew: %w", rerr)
		}
	}
	return open(path, genesis, shape)
}

var errOther = errors.New("projection was written by other code or for another community")

func open(path string, genesis chain.Hash, shape string) (*Store, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, fmt.Errorf("open projection: %w", err)
	}
	s := &Store{db: db, genesis: genesis, shape: shape}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func (s *Store) prepare() error {
	if _, err := s.db.Exec(schema); err != nil {
		return fmt.Errorf("prepare projection: %w", err)
	}
	var genesis []byte
	var shape string
	err := s.db.QueryRow(`SELECT genesis, shape FROM head`).Scan(&genesis, &shape)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("read projection's head: %w", err)
	case chain.Hash(genesis) != s.genesis || shape != s.shape:
		return errOther
	}
	return nil
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Head tells how far the projection has come, and the hash of the block it stands at; 0 when it is empty.
func (s *Store) Head(ctx context.Context) (position uint64, block chain.Hash, err error) {
	var raw []byte
	err = s.db.QueryRowContext(ctx, `SELECT position, block FROM head`).Scan(&position, &raw)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, chain.Hash{}, nil
	}
	copy(block[:], raw)
	return position, block, err
}

// Write takes over what one block changed. The state must stand exactly after that block.
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
			err = errors.Join(fmt.Errorf("write projection: %w", err), tx.Rollback())
		}
	}()
	if anew {
		if _, err = tx.ExecContext(ctx, `DELETE FROM record`); err != nil {
			return err
		}
	}
	put, err := tx.PrepareContext(ctx, `INSERT INTO record (path, collection, version, state) VALUES (?, ?, ?, ?)
		ON CONFLICT (path) DO UPDATE SET version = excluded.version, state = excluded.state`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, put.Close()) }()
	for _, path := range paths {
		value, version := state.Raw(path)
		if value == nil { // retired since, or another service's
			continue
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			return err
		}
		if _, err := put.ExecContext(ctx, path, chain.Collection(path), version, string(encoded)); err != nil {
			return err
		}
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

// Query answers one aggregate, or a page of a collection in ascending order of path.
func (s *Store) Query(ctx context.Context, q *op.Query) (*op.Page, error) {
	position, _, err := s.Head(ctx)
	if err != nil {
		return nil, fmt.Errorf("query projection: %w", err)
	}
	page := &op.Page{Position: position, Records: []op.Record{}}
	if chain.CheckAggregate(q.Path) == nil {
		r := op.Record{Path: q.Path}
		var state string
		err := s.db.QueryRowContext(ctx, `SELECT version, state FROM record WHERE path = ?`, q.Path).Scan(&r.Version, &state)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, ErrNoRecord
		}
		r.State = json.RawMessage(state)
		page.Records = append(page.Records, r)
		return page, err
	}
	if chain.CheckCollection(q.Path) != nil {
		return nil, ErrPath
	}
	return page, s.list(ctx, q, page)
}

func (s *Store) list(ctx context.Context, q *op.Query, page *op.Page) error {
	limit := q.Limit
	if limit <= 0 || limit > limitMax {
		limit = limitDefault
	}
	rows, err := s.db.QueryContext(ctx,
		`SELECT path, version, state FROM record WHERE collection = ? AND path > ? ORDER BY path LIMIT ?`, q.Path, q.After, limit+1)
	if err != nil {
		return fmt.Errorf("query projection: %w", err)
	}
	defer rows.Close()
	size := 0
	for rows.Next() {
		var r op.Record
		var state string
		if err := rows.Scan(&r.Path, &r.Version, &state); err != nil {
			return fmt.Errorf("query projection: %w", err)
		}
		size += len(r.Path) + len(state)
		if n := len(page.Records); n == limit || n > 0 && size > pageBytesMax {
			page.Next = page.Records[n-1].Path
			break
		}
		r.State = json.RawMessage(state)
		page.Records = append(page.Records, r)
	}
	return rows.Err()
}
