package witness_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	formats "github.com/transparency-dev/formats/note"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/durable"
	"renlin.dev/pkg/merkle/durable/durabletest"
	"renlin.dev/pkg/merkle/tiles"
	"renlin.dev/services/witness"
)

const origin = "renlin.example/pilot"

var noon = time.Unix(1790000000, 0)

// clock stands still until a test moves it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func key(n byte) ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32)) }

func signer(tb testing.TB, name string, n byte) *merkle.Signer {
	s, err := merkle.NewSigner(name, key(n))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func cosigner(tb testing.TB, n byte) *merkle.Cosigner {
	c, err := merkle.NewCosigner("witness.example/w1", key(n))
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// history is a log that can prove things about itself. Two histories agree on their first common entries.
func history(tb testing.TB, size, common int) *tiles.Store {
	s, err := tiles.New(durabletest.New(), tiles.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	entries := make([]merkle.Hash, size)
	for i := range entries {
		entries[i] = sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
		if i >= common {
			entries[i][0] ^= 1
		}
	}
	err = s.Append(0, entries)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// at returns the signed checkpoint of a log at a size.
func at(tb testing.TB, log *tiles.Store, size uint64, s *merkle.Signer) []byte {
	root, err := log.Root(size)
	if err != nil {
		tb.Fatal(err)
	}
	signed, err := merkle.Sign(merkle.Checkpoint{Origin: s.Name(), Size: size, Root: root}, s)
	if err != nil {
		tb.Fatal(err)
	}
	return signed
}

// from is a whole request from one size to another.
func from(tb testing.TB, log *tiles.Store, old, size uint64, s *merkle.Signer) []byte {
	var path []merkle.Hash
	if 0 < old && old < size {
		var err error
		path, err = log.Consistency(old, size)
		if err != nil {
			tb.Fatal(err)
		}
	}
	return witness.Request{Old: old, Proof: path, Checkpoint: at(tb, log, size, s)}.Body()
}

func start(tb testing.TB, files durable.Files, c *clock, logs ...*merkle.Signer) *witness.Witness {
	tb.Helper()
	w, err := open(tb, files, c, logs...)
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

func open(tb testing.TB, files durable.Files, c *clock, logs ...*merkle.Signer) (*witness.Witness, error) {
	config := witness.Config{Files: files, Cosigner: cosigner(tb, 50), Now: c.now}
	for _, l := range logs {
		config.Logs = append(config.Logs, l.VerifierKey())
	}
	return witness.New(config)
}

func post(w http.Handler, body []byte) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/add-checkpoint", bytes.NewReader(body)))
	return rec
}

// must submits and expects a cosignature, which it checks with the reference library.
func must(tb testing.TB, w *witness.Witness, log *tiles.Store, old, size uint64, s *merkle.Signer) []byte {
	tb.Helper()
	answer := post(w, from(tb, log, old, size, s))
	if answer.Code != http.StatusOK {
		tb.Fatalf("from %d to %d: status %d", old, size, answer.Code)
	}
	v, err := formats.NewVerifierForCosignatureV1(w.VerifierKey())
	if err != nil {
		tb.Fatal(err)
	}
	signed, _, err := merkle.Join(at(tb, log, size, s), answer.Body.Bytes(), v)
	if err != nil {
		tb.Fatalf("from %d to %d: %v", old, size, err)
	}
	return signed
}

func latest(w http.Handler, origin string) *httptest.ResponseRecorder {
	h := sha256.Sum256([]byte(origin))
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/"+hex.EncodeToString(h[:])+"/checkpoint", nil))
	return rec
}

// edit replaces text in a request.
func edit(body []byte, old, by string) []byte {
	out := strings.Replace(string(body), old, by, 1)
	if out == string(body) {
		panic("nothing to edit")
	}
	return []byte(out)
}

// TestStatusTable is every row of the protocol's table of answers, for a witness that has cosigned size 200.
func TestStatusTable(t *testing.T) {
	s, stranger, other := signer(t, origin, 1), signer(t, origin, 2), signer(t, "elsewhere.example/log", 3)
	log, fork := history(t, 300, 300), history(t, 300, 100)
	good := from(t, log, 200, 300, s)
	empty, err := merkle.Sign(merkle.Checkpoint{Origin: origin, Size: 0, Root: merkle.Hash{1}}, s)
	if err != nil {
		t.Fatal(err)
	}
	unsigned := good[:bytes.LastIndex(good, []byte("\n\n"))+2]
	hash := strings.Split(string(good), "\n")[1]
	table := []struct {
		name string
		body []byte
		want int
	}{
		{"advance", good, 200},
		{"advance by one", from(t, log, 200, 201, s), 200},
		{"refresh at the same size", from(t, log, 200, 200, s), 200},
		{"with a stranger's signature too", append(bytes.Clone(good), lastLine(at(t, log, 300, stranger))...), 200},
		{"extension lines", extended(t, log, s), 200},
		{"replay, old below stored", from(t, log, 100, 300, s), 409},
		{"old zero, to ask for the size", from(t, log, 0, 300, s), 409},
		{"rollback, old 150", from(t, log, 150, 150, s), 409},
		{"old above stored", from(t, log, 250, 300, s), 409},
		{"rollback, size 150 below old 200", edit(from(t, log, 150, 150, s), "old 150", "old 200"), 400},
		{"fork at the same size", from(t, fork, 200, 200, s), 422},
		{"fork, its own proof", from(t, fork, 200, 300, s), 422},
		{"proof missing", witness.Request{Old: 200, Checkpoint: at(t, log, 300, s)}.Body(), 422},
		{"proof edited", edit(good, hash, strings.Repeat("A", 43)+"="), 422},
		{"proof too long", edit(good, hash, hash+"\n"+hash), 422},
		{"proof to the same size", edit(from(t, log, 200, 200, s), "old 200", "old 200\n"+hash), 422},
		{"empty tree with another root, old zero", witness.Request{Old: 0, Checkpoint: empty}.Body(), 409},
		{"right origin, wrong key", from(t, log, 200, 300, stranger), 403},
		{"edited checkpoint", edit(good, "\n300\n", "\n299\n"), 403},
		{"good signature and a false one of the same key", append(bytes.Clone(good), lastLine(at(t, log, 299, s))...), 403},
		{"the same good signature twice", append(bytes.Clone(good), lastLine(good)...), 200},
		{"false signature of the known key first", falseFirst(t, log, s), 403},
		{"unknown origin", from(t, log, 0, 300, other), 404},
		{"unsigned", unsigned, 400},
		{"nothing", nil, 400},
		{"no checkpoint", []byte("old 200\n\n"), 400},
		{"64 hashes", edit(good, hash, strings.TrimSuffix(strings.Repeat(hash+"\n", 63), "\n")), 400},
		{"leading zero", edit(good, "old 200", "old 0200"), 400},
		{"negative", edit(good, "old 200", "old -200"), 400},
		{"old above 2^64", edit(good, "old 200", "old 18446744073709551616"), 400},
		{"old above 2^63", edit(good, "old 200", "old 9223372036854775809"), 400},
		{"CRLF", bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")), 400},
		{"not base64", edit(good, hash, "not base64"), 400},
		{"short hash", edit(good, hash, "AAAA"), 400},
		{"not UTF-8", edit(good, origin, "\xff\xfe"), 400},
		{"no newline at the end", bytes.TrimSuffix(good, []byte("\n")), 400},
		{"checkpoint with leading zero", edit(good, "\n300\n", "\n0300\n"), 400},
		{"too long", bytes.Repeat([]byte("x"), 1<<20), 413},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			w := start(t, durabletest.New(), &clock{at: noon}, s)
			before := must(t, w, log, 0, 200, s)
			answer := post(w, row.body)
			if answer.Code != row.want {
				t.Fatalf("status %d, want %d: %s", answer.Code, row.want, answer.Body)
			}
			if row.want == http.StatusConflict && (answer.Body.String() != "200\n" || answer.Header().Get("Content-Type") != "text/x.tlog.size") {
				t.Errorf("conflict answered with %q, %v", answer.Body, answer.Header())
			}
			if row.want != http.StatusOK && latest(w, origin).Body.String() != string(before) {
				t.Error("a refused request changed what the witness remembers")
			}
		})
	}
}

func lastLine(signed []byte) []byte {
	lines := bytes.SplitAfter(signed, []byte("\n"))
	return lines[len(lines)-2]
}

func extended(tb testing.TB, log *tiles.Store, s *merkle.Signer) []byte {
	c, err := merkle.Peek(at(tb, log, 300, s))
	if err != nil {
		tb.Fatal(err)
	}
	c.Extension = "some extension\n"
	signed, err := merkle.Sign(c, s)
	if err != nil {
		tb.Fatal(err)
	}
	path, err := log.Consistency(200, 300)
	if err != nil {
		tb.Fatal(err)
	}
	return witness.Request{Old: 200, Proof: path, Checkpoint: signed}.Body()
}

func falseFirst(tb testing.TB, log *tiles.Store, s *merkle.Signer) []byte {
	good := from(tb, log, 200, 300, s)
	cut := len(good) - len(lastLine(good))
	return append(append(bytes.Clone(good[:cut]), lastLine(at(tb, log, 299, s))...), good[cut:]...)
}

func TestFirstCheckpoint(t *testing.T) {
	s := signer(t, origin, 1)
	log := history(t, 300, 300)
	zero := merkle.Checkpoint{Origin: origin, Root: merkle.EmptyRoot()}
	wrong := merkle.Checkpoint{Origin: origin, Root: merkle.Hash{1}}
	sign := func(c merkle.Checkpoint) []byte {
		n, err := merkle.Sign(c, s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for name, row := range map[string]struct {
		body []byte
		want int
	}{
		"old zero":                         {from(t, log, 0, 200, s), 200},
		"old above zero is no first":       {from(t, log, 100, 200, s), 409},
		"the empty tree":                   {witness.Request{Checkpoint: sign(zero)}.Body(), 200},
		"the empty tree with another root": {witness.Request{Checkpoint: sign(wrong)}.Body(), 422},
		"a proof from nothing":             {witness.Request{Proof: make([]merkle.Hash, 1), Checkpoint: at(t, log, 200, s)}.Body(), 422},
	} {
		w := start(t, durabletest.New(), &clock{at: noon}, s)
		if code := latest(w, origin).Code; code != http.StatusNotFound {
			t.Errorf("%s: before any checkpoint GET answers %d", name, code)
		}
		answer := post(w, row.body)
		if answer.Code != row.want || row.want == 409 && answer.Body.String() != "0\n" {
			t.Errorf("%s: %d %s", name, answer.Code, answer.Body)
		}
	}
	w := start(t, durabletest.New(), &clock{at: noon}, s)
	post(w, witness.Request{Checkpoint: sign(zero)}.Body())
	must(t, w, log, 0, 200, s) // from the empty tree that it has cosigned
}

func TestGetCheckpoint(t *testing.T) {
	s := signer(t, origin, 1)
	log := history(t, 300, 300)
	w := start(t, durabletest.New(), &clock{at: noon}, s)
	given := must(t, w, log, 0, 200, s)
	got := latest(w, origin)
	if got.Code != 200 || got.Header().Get("Content-Type") != "text/plain; charset=utf-8" || got.Body.String() != string(given) {
		t.Errorf("%d, %v:\n%s", got.Code, got.Header(), got.Body)
	}
	if code := latest(w, "elsewhere.example").Code; code != http.StatusNotFound {
		t.Errorf("an unknown log: %d", code)
	}
	for _, row := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/add-checkpoint", 405}, {"PUT", "/add-checkpoint", 405}, {"POST", "/x/checkpoint", 405}, {"GET", "/", 404},
		{"GET", "/x/checkpoint", 404}, {"GET", "/checkpoint", 404}, {"POST", "/sign-subtree", 404},
	} {
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, httptest.NewRequest(row.method, row.path, nil))
		if rec.Code != row.want || row.want == 405 && rec.Header().Get("Allow") == "" {
			t.Errorf("%s %s: %d", row.method, row.path, rec.Code)
		}
	}
}

func TestLogsAtRuntime(t *testing.T) {
	s, next := signer(t, origin, 1), signer(t, origin, 2)
	log := history(t, 300, 300)
	disk := durabletest.New()
	w := start(t, disk, &clock{at: noon})
	if got := post(w, from(t, log, 0, 100, s)); got.Code != http.StatusNotFound {
		t.Fatalf("before it was added: %d", got.Code)
	}
	for range 2 { // adding again changes nothing
		err := w.AddLog(s.VerifierKey())
		if err != nil {
			t.Fatal(err)
		}
	}
	must(t, w, log, 0, 100, s)
	// The log changes its key: both count for a while, and what was remembered under the old one still binds.
	if got := post(w, from(t, log, 100, 200, next)); got.Code != http.StatusForbidden {
		t.Fatalf("a key that nobody announced: %d", got.Code)
	}
	err := w.AddLog(next.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	must(t, w, log, 100, 200, next)
	must(t, w, log, 200, 300, s)
	w = start(t, disk, &clock{at: noon}, next)
	if got := post(w, from(t, log, 200, 300, next)); got.Code != http.StatusConflict || got.Body.String() != "300\n" {
		t.Errorf("after the change and a restart: %d %s", got.Code, got.Body)
	}
	err = w.AddLog("garbage")
	if !errors.Is(err, merkle.ErrKey) {
		t.Errorf("a key that is none: %v", err)
	}
	_, err = witness.New(witness.Config{Files: disk, Cosigner: cosigner(t, 50), Logs: []string{"garbage"}})
	if !errors.Is(err, merkle.ErrKey) {
		t.Errorf("a key that is none, at start: %v", err)
	}
}

// TestNotaries: a notary's key stands for every log below its name, from the first checkpoint that it has signed; for no other name, and
// nobody else's signature makes a log known.
func TestNotaries(t *testing.T) {
	disk, c := durabletest.New(), &clock{at: noon}
	open := func() *witness.Witness {
		w, err := witness.New(witness.Config{
			Files: disk, Cosigner: cosigner(t, 50), Now: c.now, Notaries: []string{signer(t, "renlin.example", 1).VerifierKey()},
		})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	w := open()
	log := history(t, 9, 9)
	ask := func(w http.Handler, name string, n byte, old, size uint64) int {
		return post(w, from(t, log, old, size, signer(t, name, n))).Code
	}
	for _, row := range []struct {
		name string
		key  byte
		want int
	}{
		{"renlin.example/other", 2, http.StatusNotFound}, // another's signature, before the log is known
		{"renlin.example/one", 1, http.StatusOK},
		{"renlin.example/two", 1, http.StatusOK},
		{"renlin.example/one", 2, http.StatusForbidden}, // and after
		{"renlin.example", 1, http.StatusNotFound},
		{"renlin.example/", 1, http.StatusNotFound},
		{"renlin.example/one/more", 1, http.StatusNotFound},
		{"renlin.exampleone", 1, http.StatusNotFound},
		{"elsewhere.example/one", 1, http.StatusNotFound},
	} {
		if got := ask(w, row.name, row.key, 0, 4); got != row.want {
			t.Errorf("%s signed by key %d: status %d, want %d", row.name, row.key, got, row.want)
		}
	}
	w = open() // it remembers where each log was
	if got := ask(w, "renlin.example/one", 1, 0, 3); got != http.StatusConflict {
		t.Errorf("a shorter log after a restart: status %d", got)
	}
	if got := ask(w, "renlin.example/one", 1, 4, 9); got != http.StatusOK {
		t.Errorf("the log goes on after a restart: status %d", got)
	}
	if _, err := witness.New(witness.Config{Files: disk, Cosigner: cosigner(t, 50), Notaries: []string{"nonsense"}}); err == nil {
		t.Error("took a notary without a key")
	}
}

func FuzzParseRequest(f *testing.F) {
	s := signer(f, origin, 1)
	log := history(f, 300, 300)
	f.Add(from(f, log, 0, 100, s))
	f.Add(from(f, log, 100, 300, s))
	f.Add([]byte("old 9223372036854775809\n" + strings.Repeat("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 64) + "\nx"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := witness.ParseRequest(body)
		if err == nil && (!bytes.Equal(r.Body(), body) || len(r.Proof) > 63) {
			t.Fatal("accepted what is not written back the same")
		}
	})
}

func FuzzAddCheckpoint(f *testing.F) {
	s := signer(f, origin, 1)
	log := history(f, 300, 300)
	good := from(f, log, 100, 300, s)
	f.Add(good)
	f.Add(edit(good, "\n300\n", "\n4611686018427387905\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		w := start(t, durabletest.New(), &clock{at: noon}, s)
		must(t, w, log, 0, 100, s)
		_, status := w.AddCheckpoint(t.Context(), body)
		c, err := merkle.Peek(latest(w, origin).Body.Bytes())
		if err != nil || c.Size != 100 && !(c.Size == 300 && status == http.StatusOK) {
			t.Fatalf("status %d, size %d, %v", status, c.Size, err)
		}
	})
}
