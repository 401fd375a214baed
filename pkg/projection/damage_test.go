package projection_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"renlin.dev/pkg/op"
	"renlin.dev/pkg/projection"
)

// crashCopy copies the files of an open projection as they are, and answers the copy's path.
func crashCopy(t *testing.T, w *world) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.sqlite")
	for _, suffix := range []string{"", "-wal"} {
		raw, err := os.ReadFile(w.path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+suffix, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// torn copies a copy without the last bytes of its log, as a power cut may leave it.
func torn(t *testing.T, from string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "torn.sqlite")
	for suffix, less := range map[string]int{"": 0, "-wal": 100} {
		raw, err := os.ReadFile(from + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+suffix, raw[:len(raw)-less], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// filled is a closed projection of a few dozen pages.
func filled(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	for n := range 40 {
		w.fold(written(fmt.Sprintf("shelf/s%02d", n), "words ", strings.Repeat("many words ", 100)))
	}
	w.close()
	return w
}

// recovers opens the file, whatever is in it, and has it rebuilt unless it stands where the state does.
func (w *world) recovers(what string) {
	w.Helper()
	w.open()
	position, at, err := w.store.Head(w.Context())
	if err != nil {
		w.Errorf("%s: %v", what, err)
	}
	if position != w.state.Position() || at != w.state.Head().Hash() {
		if err := w.store.Rebuild(w.Context(), w.state); err != nil {
			w.Errorf("%s: %v", what, err)
			return
		}
	}
	w.agrees(what, "shelf")
	w.close()
}

// TestDamagedFilesAreMadeAnew: what is no database, half of one, or one of whose pages is not what it was.
func TestDamagedFilesAreMadeAnew(t *testing.T) {
	t.Parallel()
	w := filled(t)
	whole := w.bytesOf()
	zeroed := bytes.Clone(whole)
	clear(zeroed[len(zeroed)/2 : len(zeroed)/2+4096])
	for name, raw := range map[string][]byte{
		"empty": {}, "text": []byte("this is no database"), "half": whole[:len(whole)/2], "one page": whole[:4096],
		"half a page": whole[:2000], "a page of zeroes": zeroed, "the head of another": append(bytes.Repeat([]byte("x"), 100), whole[100:]...),
	} {
		w.put(raw)
		w.recovers(name)
	}
	if err := os.Remove(w.path); err != nil {
		t.Fatal(err)
	}
	w.recovers("deleted")
	w.put(whole)
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.WriteFile(w.path+suffix, bytes.Repeat([]byte("?"), 5000), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.recovers("strange files beside it")
}

// TestFlippedBits turns one bit after another. Wherever it lies, nobody is told what the record does not say: the file is made anew when
// it is opened, or reading says that it is damaged, or the bit did not matter.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	w := filled(t)
	whole := w.bytesOf()
	want := held(t, w.state)
	seen := map[string]int{}
	for at := 16; at < len(whole); at += 997 {
		raw := bytes.Clone(whole)
		raw[at] ^= 1 << (at % 8)
		w.put(raw)
		w.open()
		position, _, err := w.store.Head(t.Context())
		switch {
		case errors.Is(err, projection.ErrDamaged):
			seen["damaged"]++
		case err != nil:
			seen["unreadable"]++
		case position == 0:
			seen["anew"]++
		default:
			seen[w.reads(want)]++
		}
		w.close()
		for _, suffix := range []string{"-wal", "-shm"} {
			if err := os.Remove(w.path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%v", seen)
	if seen["anew"] == 0 || seen["damaged"] == 0 || seen["whole"] == 0 || seen["wrong"] != 0 {
		t.Errorf("%v", seen)
	}
}

// reads reads every row that there should be.
func (w *world) reads(want map[string]string) string {
	for path, row := range want {
		page, err := w.store.Query(w.Context(), &op.Query{Path: path})
		switch {
		case err != nil:
			return "damaged"
		case fmt.Sprintf("%d %s", page.Records[0].Version, page.Records[0].State) != row:
			w.Errorf("%s reads %s", path, page.Records[0].State)
			return "wrong"
		}
	}
	return "whole"
}

// TestDamageIsNamed: a row that is not what was written, in a file that SQLite finds nothing wrong with.
func TestDamageIsNamed(t *testing.T) {
	t.Parallel()
	for _, spoil := range []string{
		`UPDATE record SET state = '{"Title":"forged","Text":""}' WHERE path = 'shelf/s05'`,
		`UPDATE record SET version = 9 WHERE path = 'shelf/s05'`,
		`UPDATE record SET version = 'nine' WHERE path = 'shelf/s05'`,
		`UPDATE record SET sum = sum + 1 WHERE path = 'shelf/s05'`,
		`UPDATE record SET sum = 'none' WHERE path = 'shelf/s05'`,
		`DELETE FROM record WHERE path = 'shelf/s05'; UPDATE record SET path = 'shelf/s05' WHERE path = 'shelf/s06'`,
	} {
		w := filled(t)
		db, err := sql.Open("sqlite", w.path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(spoil); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		w.open()
		for _, q := range []op.Query{{Path: "shelf/s05"}, {Path: "shelf"}} {
			if page, err := w.store.Query(t.Context(), &q); !errors.Is(err, projection.ErrDamaged) || page != nil {
				t.Errorf("%s, then %s: %v", spoil, q.Path, err)
			}
		}
		if _, err := w.store.Query(t.Context(), &op.Query{Path: "shelf/s04"}); err != nil {
			t.Errorf("a row beside it: %v", err)
		}
		w.close()
		w.recovers("opened after that")
	}
}

// TestOldSchemas: tables as they were before, or as nobody ever made them, and a head that cannot be read.
func TestOldSchemas(t *testing.T) {
	t.Parallel()
	const first = `CREATE TABLE record (
			path TEXT PRIMARY KEY, collection TEXT NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL) WITHOUT ROWID;
		CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL, block BLOB NOT NULL, genesis BLOB NOT NULL,
			shape TEXT NOT NULL);`
	for name, statements := range map[string]string{
		"without sums": first + `INSERT INTO record VALUES ('shelf/a', 'shelf', 1, '{}');
			INSERT INTO head VALUES (1, 40, x'00', x'` + fmt.Sprintf("%x", genesis) + `', 'test 1')`,
		"without sums, empty":     first,
		"another table of a name": `CREATE TABLE head (x)`,
		"head without genesis":    `CREATE TABLE head (position, block); INSERT INTO head VALUES (40, x'00')`,
		"a short genesis":         first + `INSERT INTO head VALUES (1, 40, x'00', x'07', 'test 1')`,
		"no genesis":              first + `INSERT INTO head VALUES (1, 40, x'00', '', 'test 1')`,
	} {
		w := filled(t)
		if err := os.Remove(w.path); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", w.path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(statements); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		w.recovers(name)
	}
}

// TestOpenWhereItCannot: what is not the file's fault is an error, and no file is lost.
func TestOpenWhereItCannot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := projection.Open(filepath.Join(file, "x.sqlite"), genesis, shape); err == nil {
		t.Error("opened below a file")
	}
	if err := os.MkdirAll(filepath.Join(dir, "x.sqlite", "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := projection.Open(filepath.Join(dir, "x.sqlite"), genesis, shape); err == nil {
		t.Error("opened a directory")
	}
}
