package main

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// scaleDir names the directory in which a sown record stays, with its people's keys, to be asked again or to grow on: what is sown for
// hours need not be sown twice. Without it the record goes with the test.
const scaleDir = "RENLIN_SCALE_DIR"

// A record of a hundred commits a person has scaleLoops closed loops in it. It is sown in rounds of one loop, or of more where that would
// be fewer commits than roundMin: what few do at once takes long.
const (
	scaleLoops = 30
	roundMin   = 4000
)

// sown gives a community whose record has come to a size: the one that stands in a directory, or one that is founded here. What is kept is
// written down after each round, so that whoever stops a sowing loses one.
func sown(t *testing.T, cfg pilotConfig, dir string, commits, people int) *sower {
	t.Helper()
	s := resown(t, dir, people)
	if s == nil {
		s = founded(t, cfg)
	}
	before, began := s.size.Load(), time.Now()
	if before >= uint64(commits) {
		return s
	}
	sowing(t, cfg, func(ctx context.Context, call *op.Caller) {
		s.ctx, s.call = ctx, call
		if len(s.people) == 0 {
			s.populate(people)
			s.tillage()
			s.keep(dir)
		}
		s.pass()
		for s.size.Load() < uint64(commits) {
			s.round(max(people*100/scaleLoops, roundMin))
			s.keep(dir)
		}
	})
	took := time.Since(began)
	t.Logf("%d commits sown in %v, %.0f a second", s.size.Load()-before, took.Round(time.Second), float64(s.size.Load()-before)/took.Seconds())
	return s
}

// round lets a neighbourhood live on for so many commits: money, help, cases, closed loops, and works for each other as the rest.
func (s *sower) round(commits int) {
	s.Helper()
	end := s.size.Load() + uint64(commits)
	s.money(commits / 50)
	s.helpers(commits / 25)
	s.cases(commits / 100)
	for range max(1, commits*scaleLoops/(len(s.people)*100)) {
		s.loop(s.looped, s.looped%3 != 0)
		s.looped++
	}
	if now := s.size.Load(); now < end {
		s.credits(int(end-now) * 2 / 5)
	}
}

// pass leaves the polls that are there alone, also those of a round that was stopped.
func (s *sower) pass() {
	s.Helper()
	for more := true; more; more = s.polls != "" {
		var page *op.Page
		s.eventually("polls", func() (err error) {
			page, err = s.page("poll", s.polls)
			return err
		})
		for _, r := range page.Records {
			s.voted[strings.TrimPrefix(r.Path, "poll/")] = true
		}
		s.polls = page.Next
	}
}

// founded founds a community at a pilot on these directories.
func founded(t *testing.T, cfg pilotConfig) *sower {
	t.Helper()
	address, stop := watchPilot(t, t.Context(), cfg, io.Discard)
	n, err := neighbourhood.Found(t.Context(), client.New(address), neighbourhood.Plan{
		Name:       "大社区 / Large community",
		First:      &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, Name: "居委会 / Committee"},
		Second:     &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_OWNERS_COMMITTEE, Name: "业委会 / Owners' committee"},
		FirstRoles: []communityv1.Role{communityv1.Role_ROLE_CONVENER},
		Rulebook:   scaleRulebook,
	})
	if err != nil {
		t.Fatal(err)
	}
	stop()
	return &sower{T: t, Neighbourhood: n, voted: map[string]bool{}}
}

// recount asks a pilot how long the record is: others may have written since it was sown.
func (s *sower) recount(address string) uint64 {
	s.Helper()
	var here struct {
		Next uint64 `json:"next_index"`
	}
	if err := (&client.Device{Gateway: client.New(address)}).Get(s.Context(), "/v1/communities/"+s.Community, &here); err != nil {
		s.Fatal(err)
	}
	s.size.Store(here.Next)
	return here.Next
}

// sowerKept is what a sower is made of again. The keys are those of invented people.
type sowerKept struct {
	Community, Genesis string
	EpochKey           []byte
	First, Second      officerKept
	People             []personKept
	Workers            int
	Looped             int
	Size               uint64
	Fund               string
	Envelopes, Payees  []string
	Providers          []string
}

type personKept struct {
	Member string
	Seed   []byte
}

type officerKept struct {
	personKept
	Org string
}

func kept(d *client.Device) personKept { return personKept{d.Member, d.Key.Seed()} }

func keptPath(dir string) string { return filepath.Join(dir, "sown.json") }

// keep writes down what the record in a directory is; of one that goes with the test nothing is.
func (s *sower) keep(dir string) {
	s.Helper()
	if dir == "" {
		return
	}
	k := sowerKept{
		Community: s.Community, Genesis: s.Genesis.String(), EpochKey: s.EpochKey,
		First: officerKept{kept(s.First.Device), s.First.Org}, Second: officerKept{kept(s.Second.Device), s.Second.Org},
		Workers: len(s.workers), Looped: s.looped, Size: s.size.Load(),
		Fund: s.fund, Envelopes: s.envelopes, Payees: s.payees, Providers: s.providers,
	}
	for _, d := range s.people {
		k.People = append(k.People, kept(d))
	}
	raw, err := json.Marshal(k)
	if err == nil {
		err = os.WriteFile(keptPath(dir)+".new", raw, 0o600)
	}
	if err == nil {
		err = os.Rename(keptPath(dir)+".new", keptPath(dir))
	}
	if err != nil {
		s.Fatal(err)
	}
}

// resown gives the sower of the record in a directory; nil where there is none yet. One that is about another number of people, or whose
// sowing ended before it was worth keeping, fails: nothing is removed here.
func resown(t *testing.T, dir string, people int) *sower {
	t.Helper()
	if dir == "" {
		return nil
	}
	raw, err := os.ReadFile(keptPath(dir))
	if os.IsNotExist(err) {
		if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
			t.Fatalf("%s=%s: there is a pilot's data, and no record that was sown: name another directory", scaleDir, dir)
		}
		return nil
	}
	var k sowerKept
	if err == nil {
		err = json.Unmarshal(raw, &k)
	}
	genesis, wrong := chain.ParseHash(k.Genesis)
	if err != nil || wrong != nil {
		t.Fatal(err, wrong)
	}
	if len(k.People) != people {
		t.Fatalf("%s=%s: the record there is about %d people, not %d", scaleDir, dir, len(k.People), people)
	}
	n := &neighbourhood.Neighbourhood{Gateway: client.New(""), Community: k.Community, Genesis: genesis, EpochKey: k.EpochKey}
	device := func(p personKept) *client.Device {
		return &client.Device{
			Gateway: n.Gateway, Community: k.Community, Genesis: genesis, Member: p.Member, Key: ed25519.NewKeyFromSeed(p.Seed),
		}
	}
	n.First = neighbourhood.Officer{Device: device(k.First.personKept), Org: k.First.Org}
	n.Second = neighbourhood.Officer{Device: device(k.Second.personKept), Org: k.Second.Org}
	s := &sower{
		T: t, Neighbourhood: n, voted: map[string]bool{}, looped: k.Looped,
		fund: k.Fund, envelopes: k.Envelopes, payees: k.Payees, providers: k.Providers,
	}
	for _, p := range k.People {
		s.people = append(s.people, device(p))
	}
	s.workers = s.people[:k.Workers]
	s.size.Store(k.Size)
	return s
}
