package witness_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/durable"
	"renlin.dev/pkg/merkle/durable/durabletest"
	"renlin.dev/pkg/merkle/tiles"
	"renlin.dev/services/witness"
)

// TestRace lets A(N) and B(N+K) arrive together, many times: one is cosigned, the other sees what was.
func TestRace(t *testing.T) {
	s := signer(t, origin, 1)
	log := history(t, 300, 300)
	for round := range 100 {
		disk := durabletest.New()
		w := start(t, disk, &clock{at: noon}, s)
		must(t, w, log, 0, 100, s)
		sizes := []uint64{200, 200 + uint64(round%100)/10*10 + 10, 150, 101}
		codes := make([]int, len(sizes))
		bodies := make([][]byte, len(sizes))
		for i, size := range sizes {
			bodies[i] = from(t, log, 100, size, s)
		}
		var together sync.WaitGroup
		for i := range sizes {
			together.Go(func() { _, codes[i] = w.AddCheckpoint(t.Context(), bodies[i]) })
		}
		together.Wait()
		winner := -1
		for i, code := range codes {
			switch {
			case code == http.StatusOK && winner >= 0:
				t.Fatalf("round %d: two of %v were cosigned from size 100", round, sizes)
			case code == http.StatusOK:
				winner = i
			case code != http.StatusConflict:
				t.Fatalf("round %d: status %d", round, code)
			}
		}
		disk.Reboot(uint64(round))
		again := start(t, disk, &clock{at: noon}, s)
		c, err := merkle.Peek(latest(again, origin).Body.Bytes())
		if winner < 0 || err != nil || c.Size != sizes[winner] {
			t.Fatalf("round %d: cosigned one of %v, remembered %d: %v", round, sizes, c.Size, err)
		}
	}
}

// TestEveryFault strikes at every step between the check and the answer. Whoever got a cosignature finds it remembered;
// whoever got none can go on.
func TestEveryFault(t *testing.T) {
	s := signer(t, origin, 1)
	log := history(t, 300, 300)
	base := durabletest.New()
	w := start(t, base, &clock{at: noon}, s)
	must(t, w, log, 0, 100, s)
	dry := base.Clone()
	w = start(t, dry, &clock{at: noon}, s)
	dry.Inject(durabletest.Fault{})
	must(t, w, log, 100, 200, s)
	for at := 1; at <= dry.Ops(); at++ {
		for _, effect := range []durabletest.Effect{durabletest.None, durabletest.Half, durabletest.Whole} {
			for _, power := range []bool{false, true} {
				for seed := range uint64(6) {
					fault := durabletest.Fault{At: at, Effect: effect, PowerOff: power}
					t.Run(fmt.Sprintf("%+v/%d", fault, seed), func(t *testing.T) { strike(t, base.Clone(), log, s, fault, seed) })
				}
			}
		}
	}
}

func strike(t *testing.T, disk *durabletest.Disk, log *tiles.Store, s *merkle.Signer, fault durabletest.Fault, seed uint64) {
	w := start(t, disk, &clock{at: noon}, s)
	disk.Inject(fault)
	body := from(t, log, 100, 200, s)
	answer := post(w, body)
	if answer.Code != http.StatusInternalServerError || bytes.Contains(answer.Body.Bytes(), []byte("— ")) {
		t.Fatalf("status %d though the write failed", answer.Code)
	}
	if fault.PowerOff {
		disk.Reboot(seed)
		w = start(t, disk, &clock{at: noon}, s)
	}
	answer = post(w, body)
	switch {
	case answer.Code == http.StatusConflict && answer.Body.String() == "200\n":
		must(t, w, log, 200, 200, s) // the write had taken effect
	case answer.Code != http.StatusOK:
		t.Fatalf("the second attempt: %d %s", answer.Code, answer.Body)
	}
	disk.Reboot(seed)
	w = start(t, disk, &clock{at: noon}, s)
	if got := post(w, body); got.Code != http.StatusConflict || got.Body.String() != "200\n" {
		t.Fatalf("cosigned 200, remembered %d %s", got.Code, got.Body)
	}
	must(t, w, log, 200, 300, s)
}

// TestUnreadableAfterFailure: a write failed, and now the file cannot be read. The witness stays silent until it can.
func TestUnreadableAfterFailure(t *testing.T) {
	s := signer(t, origin, 1)
	log := history(t, 300, 300)
	disk := durabletest.New()
	w := start(t, disk, &clock{at: noon}, s)
	must(t, w, log, 0, 100, s)
	file := disk.Files("")[0]
	whole, err := disk.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	disk.Inject(durabletest.Fault{At: 1, Lasting: true})
	body := from(t, log, 100, 200, s)
	post(w, body)
	disk.Inject(durabletest.Fault{})
	disk.Damage(file, whole[:20])
	if got := post(w, body); got.Code != http.StatusInternalServerError {
		t.Errorf("over damaged state: %d", got.Code)
	}
	if got := latest(w, origin); got.Code != http.StatusNotFound {
		t.Errorf("GET while unsure: %d", got.Code)
	}
	disk.Damage(file, whole)
	must(t, w, log, 100, 200, s)
}

func TestDamagedStateIsRefusedByName(t *testing.T) {
	s, other := signer(t, origin, 1), signer(t, "elsewhere.example/log", 1)
	log := history(t, 300, 300)
	disk := durabletest.New()
	c := &clock{at: noon}
	w := start(t, disk, c, s, other)
	must(t, w, log, 0, 100, s)
	must(t, w, log, 0, 50, other)
	names := disk.Files("")
	if len(names) != 2 {
		t.Fatalf("files: %v", names)
	}
	h := sha256.Sum256([]byte(origin))
	file := hex.EncodeToString(h[:]) + ".checkpoint"
	whole, err := disk.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	foreign := names[0]
	if foreign == file {
		foreign = names[1]
	}
	theirs, err := disk.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"emptied": {}, "cut": whole[:len(whole)-1], "one bit": edit(whole, "\n100\n", "\n101\n"), "another log's": theirs,
		"never cosigned": at(t, log, 100, s), "garbage": []byte("garbage"),
	} {
		damaged := disk.Clone()
		damaged.Damage(file, bad)
		_, err := open(t, damaged, c, s, other)
		if !errors.Is(err, witness.ErrState) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = witness.New(witness.Config{Files: disk, Cosigner: cosigner(t, 51), Logs: []string{s.VerifierKey()}, Now: c.now})
	if !errors.Is(err, witness.ErrState) {
		t.Errorf("state of another witness key: %v", err)
	}
}

func TestRestart(t *testing.T) {
	s := signer(t, origin, 1)
	log := history(t, 300, 300)
	dir := filepath.Join(t.TempDir(), "state")
	config := witness.Config{StateDir: dir, Cosigner: cosigner(t, 50), Logs: []string{s.VerifierKey()}, Now: (&clock{at: noon}).now}
	for i, size := range []uint64{100, 200, 300} {
		w, err := witness.New(config)
		if err != nil {
			t.Fatal(err)
		}
		_, err = witness.New(config)
		if !errors.Is(err, durable.ErrLocked) {
			t.Errorf("two witnesses with one memory: %v", err)
		}
		must(t, w, log, uint64(i)*100, size, s)
		err = w.Close()
		if err != nil {
			t.Fatal(err)
		}
	}
	names, err := os.ReadDir(dir)
	if err != nil || len(names) != 2 { // the lock and one log
		t.Errorf("state directory: %v, %v", names, err)
	}
}

func TestClock(t *testing.T) {
	s := signer(t, origin, 1)
	log := history(t, 300, 300)
	disk := durabletest.New()
	c := &clock{at: noon}
	w := start(t, disk, c, s)
	said := func(signed []byte) time.Time {
		_, n, err := merkle.Open(signed, verifierOf(t, s), cosigner(t, 50).Verifier())
		if err != nil {
			t.Fatal(err)
		}
		at, err := merkle.CosignatureTime(n.Sigs[1])
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	if at := said(must(t, w, log, 0, 100, s)); !at.Equal(noon) {
		t.Errorf("first: %v", at)
	}
	c.move(-5 * time.Minute)
	if at := said(must(t, w, log, 100, 101, s)); !at.Equal(noon) {
		t.Errorf("five minutes back the time must stand still, it is %v", at)
	}
	c.move(-time.Second)
	if got := post(w, from(t, log, 101, 102, s)); got.Code != http.StatusInternalServerError {
		t.Errorf("more than five minutes back: %d", got.Code)
	}
	w = start(t, disk, c, s)
	if got := post(w, from(t, log, 101, 102, s)); got.Code != http.StatusInternalServerError {
		t.Errorf("a restart forgot the time: %d", got.Code)
	}
	c.move(time.Hour)
	if at := said(must(t, w, log, 101, 102, s)); !at.Equal(c.now()) {
		t.Errorf("an hour on: %v", at)
	}
}

func verifierOf(tb testing.TB, s *merkle.Signer) note.Verifier {
	v, err := merkle.NewVerifier(s.VerifierKey())
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func TestCalledOff(t *testing.T) {
	s := signer(t, origin, 1)
	log := history(t, 10, 10)
	w := start(t, durabletest.New(), &clock{at: noon}, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, status := w.AddCheckpoint(ctx, from(t, log, 0, 10, s))
	if status != http.StatusServiceUnavailable {
		t.Errorf("status %d", status)
	}
	if got := latest(w, origin); got.Code != http.StatusNotFound {
		t.Error("a request that was called off changed something")
	}
}
