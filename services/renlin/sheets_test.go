package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
	"renlin.dev/services/voting/credential"
)

// TestPrintSheets: an officer prints sheets of a secret poll, and again for who has lost theirs; the last ones are those that stand.
func TestPrintSheets(t *testing.T) {
	t.Parallel()
	p := openParish(t, 4)
	giver := p.officerKey(p.voters[3].Member)
	poll := callPoll(t, p.Neighbourhood)
	p.awaitSecret(poll, "registration", func(s *secret) bool { return s.Secret != nil })
	dir := t.TempDir()
	voters, page := filepath.Join(dir, "voters"), filepath.Join(dir, "page.html")
	print := func(more ...string) (int, string) {
		t.Helper()
		args := append([]string{"paper", "issue", "-http", p.shell.address, "-officer", giver, "-poll", poll, "-o", page}, more...)
		var out, said bytes.Buffer
		code := run(t.Context(), streams{out: &out, err: &said}, append(args, voters))
		return code, out.String() + said.String()
	}
	names := p.voters[0].Member + "\n" + p.voters[1].Member + "\n"
	if err := os.WriteFile(voters, []byte(names+p.voters[3].Member+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := print(); code != exitUsage || !strings.Contains(said, "nothing was issued") { // nobody gives themself a sheet
		t.Errorf("a sheet of one's own: exit %d, %s", code, said)
	}
	if _, err := os.Stat(page); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a page is left of what was not issued: %v", err)
	}
	if err := os.WriteFile(voters, []byte(names), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := print("-station", "attic"); code != exitUsage {
		t.Errorf("no such station: exit %d, %s", code, said)
	}
	var lost []byte
	for range 2 {
		code, said := print("-station", "door")
		if code != exitDone {
			t.Fatalf("exit %d: %s", code, said)
		}
		raw, err := os.ReadFile(page)
		if err := errors.Join(err, os.Remove(page)); err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(raw, lost) {
			t.Error("the same sheets again")
		}
		lost = raw
		p.stands(poll, raw)
	}
}

// officerKey makes a member an officer of the second organisation and writes the file of their key.
func (p *parish) officerKey(member string) string {
	p.Helper()
	grant := &communityv1.GrantRole{Member: member, Role: communityv1.Role_ROLE_OFFICER, Org: p.Second.Org}
	if _, err := p.Neighbourhood.Second.Do(p.Context(), "community.grant_role", "members/"+member+"/roles", grant); err != nil {
		p.Fatal(err)
	}
	for _, d := range p.voters {
		if d.Member != member {
			continue
		}
		file := filepath.Join(p.TempDir(), "key")
		raw, err := json.Marshal([]person{{
			Community: p.Community, Genesis: hex.EncodeToString(p.Genesis[:]), Member: member, What: "officer",
			Seed: hex.EncodeToString(d.Key.Seed()),
		}})
		if err := errors.Join(err, os.WriteFile(file, raw, 0o600)); err != nil {
			p.Fatal(err)
		}
		return file
	}
	p.Fatal("nobody is that member")
	return ""
}

var sheetCode = regexp.MustCompile(`<code>(RENLIN-S1:[A-Z2-7]+)</code>`)

// stands: a page has a label and a sheet for each of the two voters, no sheet says whose it is, and the codes are the registered ones.
func (p *parish) stands(poll string, page []byte) {
	p.Helper()
	soon, cancel := context.WithTimeout(p.Context(), time.Minute)
	defer cancel()
	codes := sheetCode.FindAllSubmatch(page, -1)
	sections := strings.Split(string(page), "<section>")
	if len(codes) != 2 || len(sections) != 5 {
		p.Fatalf("%d codes in %d sections:\n%s", len(codes), len(sections), page)
	}
	for i, voter := range p.voters[:2] {
		label, sheet := sections[1+2*i], sections[2+2*i]
		if !strings.Contains(label, voter.Member) || strings.Contains(label, "RENLIN-S1:") || strings.Contains(sheet, voter.Member) ||
			!strings.Contains(sheet, "以后也能从公开记录中查出您的选择") || !strings.Contains(sheet, "表决为赞成、反对或弃权。") {
			p.Errorf("label and sheet:\n%s\n%s", label, sheet)
		}
		read, err := credential.ReadSheet(string(codes[i][1]))
		if err != nil || read.Poll != poll {
			p.Fatalf("the code is of %v, %v", read, err)
		}
		c, err := read.Credential(voter.Member)
		if err != nil {
			p.Fatal(err)
		}
		err = neighbourhood.Eventually(soon, "the sheet's credential", func() error { // whoever asks has not been told of it
			if stands, err := c.Stands(soon, p.First.Device, 0); err != nil || !stands {
				return errors.Join(errNo, err)
			}
			return nil
		})
		if err != nil {
			p.Errorf("the record has another credential than the sheet's: %v", err)
		}
		var registered struct {
			Channel votingv1.Channel `json:"channel"`
		}
		if _, err := p.First.Record(p.Context(), "poll/"+poll+"/registration/"+voter.Member, 0, &registered); err != nil ||
			registered.Channel != votingv1.Channel_CHANNEL_DOOR {
			p.Errorf("given out at %v, %v", registered.Channel, err)
		}
	}
}
