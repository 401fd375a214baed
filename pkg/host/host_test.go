package host_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/host"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/projection"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

func TestCommandsAndQueries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.host(nil)
	a := w.enter("ann")
	if a.Index != 1 || a.Position != 2 || a.Block != 1 || a.Time == 0 || a.Repeated || a.Extra != nil ||
		!slices.Equal(a.Changed, []string{"member/" + id("ann")}) {
		t.Errorf("answer %+v", a)
	}
	if r, err := chain.DecodeReceipt(a.Receipt); err != nil || r.Index != 1 {
		t.Errorf("receipt %+v, %v", r, err)
	}
	page, err := w.look("member/"+id("ann"), a.Position)
	if err != nil || page.Position != 2 || len(page.Records) != 1 || page.Records[0].Version != 1 {
		t.Errorf("page %+v, %v", page, err)
	}
	raw := w.command("again", "guests.enter", &communityv1.AdmitMember{Member: id("bob")})
	first, err1 := w.ask(raw)
	again, err2 := w.ask(raw)
	if err1 != nil || err2 != nil || !again.Repeated || again.Index != first.Index || !bytes.Equal(again.Receipt, first.Receipt) ||
		!slices.Equal(again.Changed, first.Changed) {
		t.Errorf("%+v, again %+v (%v, %v)", first, again, err1, err2)
	}
	for name, c := range map[string]struct {
		raw  []byte
		want *fault.Fault
	}{
		"refused by the rule": {w.command("k1", "guests.enter", &communityv1.AdmitMember{Member: id("ann")}), errTwice},
		"key used again":      {w.command("again", "guests.enter", &communityv1.AdmitMember{Member: id("cat")}), chain.ErrReused},
		"unknown operation":   {w.command("k2", "guests.leave", &communityv1.AdmitMember{}), decider.ErrOperation},
		"ill-formed":          {[]byte("nothing"), decider.ErrBody},
		"founding once more":  {w.command("k3", "guests.found", &communityv1.Found{}), nil},
		"tampered":            {bytes.Replace(raw, []byte(id("bob")), []byte(id("eve")), 1), decider.ErrSignature},
	} {
		if _, err := w.ask(c.raw); err == nil && c.want != nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for path, want := range map[string]*fault.Fault{"member/" + id("eve"): projection.ErrNoRecord, "member//": projection.ErrPath} {
		if _, err := w.look(path, 0); !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestDroppedRowsAreGone over the bus: before and after a restart alike.
func TestDroppedRowsAreGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.host(nil)
	for _, name := range []string{"ann", "bob"} {
		w.enter(name)
		w.do("guests.sign", &communityv1.AdmitMember{Member: id(name)})
	}
	lines := "member/" + id("ann") + "/line"
	if len(w.names(lines)) != 26 {
		t.Errorf("lines of ann: %q", w.names(lines))
	}
	w.do("guests.close", &communityv1.RevokeMember{Member: id("ann")})
	for _, when := range []string{"at once", "after a restart", "made anew"} {
		if got := w.names(lines); got != "" || len(w.names("member/"+id("bob")+"/line")) != 26 {
			t.Errorf("%s: lines of ann: %q", when, got)
		}
		if err := h.stop(); err != nil {
			t.Fatal(err)
		}
		if when == "after a restart" {
			if err := os.RemoveAll(filepath.Join(w.dir, w.community)); err != nil {
				t.Fatal(err)
			}
		}
		h = w.host(nil)
	}
}

// TestFolded: told of the state as it was found before anything is answered, and then after every block; what it fails at ends the
// work, and a new run goes on where the old one was.
func TestFolded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var positions []uint64
	full := errors.New("disk is full")
	var fail atomic.Bool
	h := w.host(func(c *host.Config) {
		c.Folded = func(community string, s *decider.State) error {
			if community != w.community {
				t.Errorf("told of %s", community)
			}
			positions = append(positions, s.Position()) // on one goroutine at a time, and read after the run
			if fail.Load() {
				return full
			}
			return nil
		}
	})
	w.enter("ann")
	w.enter("bob")
	w.names("member")
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(positions, []uint64{0, 1, 2, 3}) {
		t.Errorf("told at %v", positions)
	}
	positions = nil
	stop, _ := w.run(h.Host)
	w.names("member")
	if err := stop(); err != nil || !slices.Equal(positions, []uint64{3}) {
		t.Errorf("from the snapshot: told at %v, %v", positions, err)
	}
	fail.Store(true)
	if err := h.Run(t.Context(), w.community); !errors.Is(err, full) {
		t.Errorf("failed at the start: %v", err)
	}
	fail.Store(false)
	_, end := w.run(h.Host)
	w.names("member")
	fail.Store(true)
	raw := w.command("last", "guests.enter", &communityv1.AdmitMember{Member: id("cat")})
	_, _ = w.call.Command(service)(t.Context(), &op.Request{Community: w.community, Raw: raw}) // both answers are right: its commit is durable
	if err := end(); !errors.Is(err, full) {
		t.Errorf("failed after a block: %v", err)
	}
	fail.Store(false)
	stop, _ = w.run(h.Host)
	for range 40 { // what has stopped must not answer any of them
		if _, err := w.look("member/"+id("cat"), w.size()); err != nil {
			t.Fatalf("after the run that failed: %v", err)
		}
	}
	if again, err := w.ask(raw); err != nil || !again.Repeated {
		t.Errorf("sent again: %+v, %v", again, err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestAfter: what is answered beside the receipt is asked for once the commit is durable, for a repeat too, and its failure does not
// undo anything.
func TestAfter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone := fault.New(fault.Gone, "text.gone", "It is gone.", "已不存在。")
	var asked atomic.Int64
	w.host(func(c *host.Config) {
		c.After = func(_ context.Context, community string, s *chain.Signed, a *op.Answer) (json.RawMessage, error) {
			asked.Add(1)
			if a.Position != w.size() && !a.Repeated || community != w.community {
				t.Errorf("asked at position %d of %s", a.Position, community)
			}
			if s.Operation == "guests.sign" {
				return nil, gone
			}
			return json.Marshal(map[string]string{"operation": s.Operation})
		}
	})
	raw := w.command("k", "guests.enter", &communityv1.AdmitMember{Member: id("ann")})
	for _, repeated := range []bool{false, true} {
		a, err := w.ask(raw)
		if err != nil || a.Repeated != repeated || string(a.Extra) != `{"operation":"guests.enter"}` {
			t.Errorf("answer %+v, %v", a, err)
		}
	}
	if _, err := w.ask(w.command("r", "guests.enter", &communityv1.AdmitMember{Member: id("ann")})); !errors.Is(err, errTwice) {
		t.Errorf("a refusal: %v", err)
	}
	if asked.Load() != 2 {
		t.Errorf("asked %d times", asked.Load())
	}
	if _, err := w.ask(w.command("s", "guests.sign", &communityv1.AdmitMember{Member: id("ann")})); !errors.Is(err, gone) {
		t.Errorf("what could not be had: %v", err)
	}
	if got := w.names("member/" + id("ann") + "/line"); len(got) != 26 {
		t.Errorf("its commit: %q", got)
	}
}

// TestStart starts the service on what earlier ones left, or what is left of it. It always comes to the same answers; and a projection is
// made anew only if it stands where the state does not come by.
func TestStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.host(nil)
	w.enter("ann")
	w.do("guests.sign", &communityv1.AdmitMember{Member: id("ann")})
	w.names("member") // an answer may come before the fold
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	snapshot, view := filepath.Join(w.dir, w.community, service+".snapshot"), filepath.Join(w.dir, w.community, service+".sqlite")
	oldSnapshot, oldView := slurp(t, snapshot), slurp(t, view)
	h = w.host(nil)
	w.enter("bob")
	w.do("guests.close", &communityv1.RevokeMember{Member: id("ann")})
	want := w.names("member")
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	newSnapshot, newView := slurp(t, snapshot), slurp(t, view)
	for name, c := range map[string]struct {
		snapshot, view []byte // nil: there is none
		build          string
		from           uint64 // position at which it starts
		kept           bool   // the projection is
		spoil          string // what is done to it before
	}{
		"both":                       {newSnapshot, newView, "one", 5, true, ""},
		"nothing":                    {nil, nil, "one", 0, false, ""},
		"no snapshot":                {nil, newView, "one", 0, true, ""},
		"no projection":              {newSnapshot, nil, "one", 5, false, ""},
		"an older snapshot":          {oldSnapshot, newView, "one", 3, true, ""},
		"an older projection":        {newSnapshot, oldView, "one", 5, false, ""},
		"both older":                 {oldSnapshot, oldView, "one", 3, true, ""},
		"no snapshot, an older view": {nil, oldView, "one", 0, true, ""},
		"half a snapshot":            {newSnapshot[:len(newSnapshot)/2], newView, "one", 0, true, ""},
		"half a projection":          {newSnapshot, newView[:len(newView)/2], "one", 5, false, ""},
		"no projection at all":       {newSnapshot, []byte("a text"), "one", 5, false, ""},
		"of another program":         {newSnapshot, newView, "two", 0, false, ""},
		"an empty file of each":      {[]byte{}, []byte{}, "one", 0, false, ""},
		"of another past":            {newSnapshot, newView, "one", 5, false, `UPDATE head SET block = x'07'`},
		"of another past, ahead":     {oldSnapshot, newView, "one", 3, false, `UPDATE head SET block = x'07'`},
		"of the future":              {newSnapshot, newView, "one", 5, false, `UPDATE head SET position = 9`},
		"of the future, ahead":       {oldSnapshot, newView, "one", 3, false, `UPDATE head SET position = 9`},
	} {
		for path, raw := range map[string][]byte{snapshot: c.snapshot, view: c.view} {
			for _, suffix := range []string{"", "-wal", "-shm"} {
				if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
					t.Fatal(err)
				}
			}
			if raw != nil {
				if err := os.WriteFile(path, raw, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		if c.kept || c.spoil != "" {
			onFile(t, view, func(db *sql.DB) error {
				_, err := db.Exec(`INSERT INTO record VALUES ('planted/x', 'planted', 1, '{}', 0); ` + c.spoil)
				return err
			})
		}
		var from atomic.Int64
		from.Store(-1)
		h := w.host(func(cfg *host.Config) {
			cfg.Build = c.build
			cfg.Folded = func(_ string, s *decider.State) error {
				from.CompareAndSwap(-1, int64(s.Position()))
				return nil
			}
		})
		if got := w.names("member"); got != want || w.names("member/"+id("ann")+"/line") != "" || from.Load() != int64(c.from) {
			t.Errorf("%s: started at %d, %q", name, from.Load(), got)
		}
		if err := h.stop(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		onFile(t, view, func(db *sql.DB) error {
			var planted int
			err := db.QueryRow(`SELECT count(*) FROM record WHERE collection = 'planted'`).Scan(&planted)
			if err == nil && (planted == 1) != c.kept {
				t.Errorf("%s: the projection was kept: %v", name, planted == 1)
			}
			return err
		})
	}
}

// onFile does something to a projection that nobody has open.
func onFile(t *testing.T, path string, do func(db *sql.DB) error) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err == nil {
		err = errors.Join(do(db), db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func slurp(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestCatchUp: a service that comes late answers nothing before it has folded everything, and then all of it.
func TestCatchUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.host(nil)
	for n := range 200 {
		w.enter(fmt.Sprint(n))
	}
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(w.dir, w.community)); err != nil {
		t.Fatal(err)
	}
	h = w.host(nil)
	page, err := w.look("member", 0)
	if err != nil || page.Position != 201 || len(page.Records) != 200 {
		t.Errorf("the first answer: %d records at %d, %v", len(page.Records), page.Position, err)
	}
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
}

// TestDamageWhileItRuns: nobody is told what the record does not say, and the projection is made anew without anybody's doing.
func TestDamageWhileItRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.host(nil)
	w.enter("ann")
	w.enter("bob")
	want := w.names("member")
	onFile(t, filepath.Join(w.dir, w.community, service+".sqlite"), func(db *sql.DB) error {
		_, err := db.Exec(`UPDATE record SET state = '{"Closed":true}' WHERE path = ?`, "member/"+id("ann"))
		return err
	})
	q := &op.Query{Community: w.community, Path: "member/" + id("ann")}
	if _, err := w.call.Query(service)(t.Context(), q); !errors.Is(err, fault.ErrUnavailable) {
		t.Errorf("damaged: %v", err)
	}
	if err := h.stop(); !errors.Is(err, projection.ErrDamaged) {
		t.Errorf("the run ended with %v", err)
	}
	stop, _ := w.run(h.Host)
	page, err := w.look("member/"+id("ann"), w.size())
	if err != nil || !strings.Contains(strings.ToLower(string(page.Records[0].State)), `"closed":false`) || w.names("member") != want {
		t.Errorf("made anew: %+v, %v", page, err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestWaiting: a query waits for the position that it asks for, for a while, and those that wait for what never comes hold nobody up.
func TestWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.host(func(c *host.Config) { c.QueryWait = time.Minute })
	w.enter("ann")
	next := w.size() + 1
	early := make(chan *op.Page)
	go func() {
		page, err := w.look("member", next)
		if err != nil {
			t.Error(err)
		}
		early <- page
	}()
	w.enter("bob")
	if page := <-early; page == nil || page.Position < next || len(page.Records) != 2 {
		t.Errorf("waited for position %d: %+v", next, page)
	}

	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	refused := make(chan error, 2*host.WaitersMax)
	for range host.WaitersMax + 10 {
		waiting.Go(func() {
			_, err := w.call.Query(service)(ctx, &op.Query{Community: w.community, Path: "member", MinPosition: 1 << 62})
			refused <- err
		})
	}
	for range 10 {
		if err := <-refused; !errors.Is(err, fault.ErrBusy) {
			t.Errorf("one too many: %v", err)
		}
	}
	w.enter("cat")
	page, err := w.look("member", w.size())
	for errors.Is(err, fault.ErrBusy) { // the answer came before the fold, and there is no room to wait for that
		page, err = w.look("member", w.size())
	}
	if err != nil || len(page.Records) != 3 {
		t.Errorf("meanwhile: %+v, %v", page, err)
	}
	cancel()
	waiting.Wait()
}

// TestNotForLong: what does not come in time is said to be not there yet.
func TestNotForLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.host(func(c *host.Config) { c.QueryWait = time.Millisecond })
	w.enter("ann")
	q := &op.Query{Community: w.community, Path: "member", MinPosition: 1 << 62}
	for range 2 * host.WaitersMax { // their places come free
		if _, err := w.call.Query(service)(t.Context(), q); !errors.Is(err, host.ErrBehind) {
			t.Fatalf("a position that will never be: %v", err)
		}
	}
	if got := w.names("member"); len(got) != 26 {
		t.Errorf("afterwards: %q", got)
	}
}
