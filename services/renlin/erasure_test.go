package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/seal"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// erasing is a pilot with one member who said something that is to be forgotten.
type erasing struct {
	t         *testing.T
	cfg       pilotConfig
	address   string
	stop      func()
	n         *neighbourhood.Neighbourhood
	author    *client.Device
	neighbour *client.Device
	words     *client.Sealed
	topic     string
	reads     int
}

const said = "楼道里的灯坏了三个月，请找 13911729981"

func newErasing(t *testing.T) *erasing {
	t.Helper()
	e := &erasing{t: t, cfg: testPilot(t)}
	e.start()
	n, voters := foundVoters(t, e.address, 2)
	e.n, e.author, e.neighbour = n, voters[0], voters[1]
	e.signIn()
	var err error
	if e.words, err = e.author.PutText(t.Context(), e.author.Member, said); err != nil {
		t.Fatal(err)
	}
	answer, err := e.author.Do(t.Context(), "proposal.post", "topics",
		&proposalv1.PostTopic{Matter: neighbourhood.MatterGreening, Text: neighbourhood.Text(e.words)})
	if err != nil {
		t.Fatal(err)
	}
	e.topic = made(answer, "topic")
	return e
}

// start starts the pilot, and tells every device where it is now.
func (e *erasing) start() {
	e.t.Helper()
	e.address, e.stop = watchPilot(e.t, e.t.Context(), e.cfg, io.Discard)
	if e.n != nil {
		for _, d := range []*client.Device{e.author, e.neighbour, e.n.First.Device, e.n.Second.Device} {
			d.Gateway = client.New(e.address)
		}
		e.signIn()
	}
}

func (e *erasing) signIn() {
	e.t.Helper()
	for _, d := range []*client.Device{e.author, e.neighbour, e.n.First.Device} {
		err := neighbourhood.Eventually(e.t.Context(), "sign in", func() error { return d.SignIn(e.t.Context()) })
		if err != nil {
			e.t.Fatal(err)
		}
	}
}

// read reads the words as the neighbour, because they stand in a topic.
func (e *erasing) read() (text, salt []byte, err error) {
	return e.neighbour.ReadText(e.t.Context(), &vaultv1.ReadText{
		Ref: e.words.Ref, Subject: e.author.Member, Purpose: vaultv1.Purpose_PURPOSE_DELIBERATION, NamedBy: "topic/" + e.topic,
	})
}

// readable reads the words and finds the reading on the record.
func (e *erasing) readable() {
	e.t.Helper()
	text, salt, err := e.read()
	if err != nil || string(text) != said {
		e.t.Fatalf("read %q, %v", text, err)
	}
	if !seal.Check(e.words.Commitment, salt, text) {
		e.t.Error("what was read is not what the record commits to")
	}
	e.reads++
	err = neighbourhood.Eventually(e.t.Context(), "readings on the record", func() error {
		page, err := e.n.First.Records(e.t.Context(), "reading", "", 0)
		if err != nil {
			return err
		}
		found := 0
		for _, r := range page.Records {
			var reading struct {
				Ref, Subject, Reader string
				NamedBy              string `json:"named_by"`
			}
			if err := json.Unmarshal(r.State, &reading); err != nil {
				return err
			}
			if reading.Ref == e.words.Ref && reading.Subject == e.author.Member && reading.Reader == e.neighbour.Member &&
				reading.NamedBy == "topic/"+e.topic {
				found++
			}
		}
		if found != e.reads {
			return fmt.Errorf("%d readings on the record, want %d", found, e.reads)
		}
		return nil
	})
	if err != nil {
		e.t.Error(err)
	}
}

// gone fails unless nothing can be read or written under the erased key any more, by anybody, from anything that lies on the disk.
func (e *erasing) gone(wrapped []byte) {
	e.t.Helper()
	_, err := e.author.PutText(e.t.Context(), e.author.Member, said)
	wantFault(e.t, "another text of the erased", err, fault.Gone, seal.ErrErased.Code)
	_, _, err = e.read()
	wantFault(e.t, "reading", err, fault.Gone, "text.erased")
	own := &vaultv1.ReadText{Ref: e.words.Ref, Subject: e.author.Member, Purpose: vaultv1.Purpose_PURPOSE_OWN}
	_, _, err = e.author.ReadText(e.t.Context(), own)
	wantFault(e.t, "reading one's own", err, fault.Gone, "text.erased")
	_, err = e.author.Do(e.t.Context(), "vault.erase", "erasures", &vaultv1.EraseSubject{Subject: e.author.Member})
	wantFault(e.t, "erasing again", err, fault.Refused, "erasure.done")
	err = filepath.WalkDir(e.cfg.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, wrapped[len(wrapped)/2:]) {
			e.t.Errorf("%s holds the key", path)
		}
		return err
	})
	if err != nil {
		e.t.Fatal(err)
	}
}

func (e *erasing) vault(parts ...string) string {
	return filepath.Join(append([]string{e.cfg.data, "vault", e.n.Community}, parts...)...)
}

// lost opens the stopped vault's own folders with the vault's own secret, as who takes the whole disk could.
func (e *erasing) lost() {
	e.t.Helper()
	secret, err := os.ReadFile(filepath.Join(e.cfg.data, "vault", "own.identity"))
	if err != nil {
		e.t.Fatal(err)
	}
	own, err := seal.ParseIdentity(string(secret))
	if err != nil {
		e.t.Fatal(err)
	}
	folder, err := seal.OpenFolder(e.vault("keys"))
	if err != nil {
		e.t.Fatal(err)
	}
	defer folder.Close()
	ring, err := seal.OpenKeyring(folder, seal.Custody{Own: own, Entropy: rand.Reader})
	if err != nil {
		e.t.Fatal(err)
	}
	if _, err := ring.Key(e.author.Member); !errors.Is(err, seal.ErrErased) {
		e.t.Errorf("the key: %v", err)
	}
	sealed, err := os.ReadFile(e.vault("texts", e.words.Ref[:2], e.words.Ref))
	if err != nil || bytes.Contains(sealed, []byte(said)) {
		e.t.Errorf("the sealed text, which may stay: %v", err)
	}
}

// verified exports the record and verifies it offline.
func (e *erasing) verified() {
	e.t.Helper()
	bundle := filepath.Join(e.t.TempDir(), "erased.renlin")
	code, _, stderr := renlin(e.t, "export", "-o", bundle, "-http", e.address, "-community", e.n.Community,
		"-token", filepath.Join(e.cfg.data, "token"))
	if code != exitDone {
		e.t.Fatalf("export: exit %d, %s", code, stderr)
	}
	if report := verifyJSON(e.t, bundle, exitDone); !report.OK || report.Unjudged != 0 {
		e.t.Errorf("after the erasure the record does not verify: %+v", report)
	}
}

// erase has the key destroyed by whoever asks, and finds the erasure on the record.
func (e *erasing) erase(by *client.Device) {
	e.t.Helper()
	answer, err := by.Do(e.t.Context(), "vault.erase", "erasures", &vaultv1.EraseSubject{Subject: e.author.Member})
	if err != nil {
		e.t.Fatal(err)
	}
	// The answer leaves when it is done, not when it is decided.
	if _, err := os.Stat(e.vault("keys", e.author.Member+".key")); !errors.Is(err, fs.ErrNotExist) {
		e.t.Errorf("the erasure was answered, and the key is there: %v", err)
	}
	var subject struct{ By string }
	_, err = e.n.First.Record(e.t.Context(), "subject/"+e.author.Member, answer.Position, &subject)
	if err != nil || subject.By != by.Member {
		e.t.Errorf("the erasure on the record: %+v, %v", subject, err)
	}
}

// TestErasure has a member's texts erased through HTTP: by themselves, by an officer, and not by a neighbour.
func TestErasure(t *testing.T) {
	for who, by := range map[string]func(*erasing) *client.Device{
		"the member": func(e *erasing) *client.Device { return e.author },
		"an officer": func(e *erasing) *client.Device { return e.n.First.Device },
	} {
		t.Run(who, func(t *testing.T) {
			e := newErasing(t)
			e.readable()
			_, err := e.neighbour.Do(t.Context(), "vault.erase", "erasures", &vaultv1.EraseSubject{Subject: e.author.Member})
			wantFault(t, "a neighbour erases", err, fault.Forbidden, "erasure.other")
			e.readable()
			wrapped, err := os.ReadFile(e.vault("keys", e.author.Member+".key"))
			if err != nil {
				t.Fatal(err)
			}
			e.erase(by(e))
			e.gone(wrapped)
			e.stop()
			e.lost()
			e.start()
			e.gone(wrapped)
			e.verified()
			if _, err := e.neighbour.PutText(t.Context(), e.neighbour.Member, said); err != nil {
				t.Errorf("somebody else's text: %v", err)
			}
		})
	}
}

// TestErasureInterrupted stops between the commit and the destruction of the key, as a crash may: what is on the record is carried out at
// the next start, before anything is sealed or shown.
func TestErasureInterrupted(t *testing.T) {
	for name, forget := range map[string][]string{
		"with the snapshot": nil, "without snapshots": {"views"}, // then the erasure is met only by folding the record
	} {
		t.Run(name, func(t *testing.T) {
			e := newErasing(t)
			key := e.vault("keys", e.author.Member+".key")
			wrapped, err := os.ReadFile(key)
			if err != nil {
				t.Fatal(err)
			}
			e.erase(e.author)
			e.stop()
			for _, part := range forget {
				if err := os.RemoveAll(filepath.Join(e.cfg.data, part)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Remove(strings.TrimSuffix(key, ".key") + ".gone"); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(key, wrapped, 0o600); err != nil {
				t.Fatal(err)
			}
			e.start()
			e.gone(wrapped)
			e.stop()
			e.lost()
			e.start()
			e.verified()
		})
	}
}

// TestTextsAreMirrored: a sealed text that was lost from the data directory is read from its second copy, which lies apart without any key.
func TestTextsAreMirrored(t *testing.T) {
	address, cfg := startPilot(t)
	n, voters := foundVoters(t, address, 1)
	signedIn(t, voters[0])
	sealed, err := voters[0].PutText(t.Context(), voters[0].Member, said)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join("vault", n.Community, "texts", sealed.Ref[:2], sealed.Ref)
	if err := os.Remove(filepath.Join(cfg.data, name)); err != nil {
		t.Fatal(err)
	}
	read := &vaultv1.ReadText{Ref: sealed.Ref, Subject: voters[0].Member, Purpose: vaultv1.Purpose_PURPOSE_OWN}
	text, _, err := voters[0].ReadText(t.Context(), read)
	if err != nil || string(text) != said {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(cfg.state, name)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(cfg.state, "vault", n.Community, "keys")); !os.IsNotExist(err) {
		t.Errorf("a key lies beside the second copy: %v", err)
	}
}
