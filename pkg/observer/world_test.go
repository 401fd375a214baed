package observer_test

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/observer"
	"renlin.dev/pkg/verify/forge"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

var errMember = fault.New(fault.Refused, "club.member", "You are a member already.", "您已经是成员。")

type (
	founding struct{ Founded bool }
	member   struct{ Admitted bool }
)

// club is a community of one service, which admits whoever signs.
func club(rules ...uint32) []*decider.Model {
	return []*decider.Model{decider.NewModel("community", rules, admitting()...)}
}

func admitting() []decider.Part {
	return []decider.Part{
		decider.Kind("community", true, func(s *founding, _ decider.Event) { s.Founded = true }),
		decider.Kind("member", true, func(s *member, _ decider.Event) { s.Admitted = true }),
		decider.Op(decider.Operation{Name: "community.found"},
			func(_ *decider.View, _ *decider.Command, body *communityv1.Found) ([]decider.Change, error) {
				return []decider.Change{decider.On("community/main",
					&communityv1.CommunityFounded{EpochKey: body.GetEpochKey()}, &chainv1.RulesActivated{Version: 1})}, nil
			}),
		decider.Op(decider.Operation{Name: "community.admit_member"},
			func(v *decider.View, cmd *decider.Command, _ *communityv1.AdmitMember) ([]decider.Change, error) {
				if v.Exists("member/" + cmd.Actor) {
					return nil, errMember
				}
				return []decider.Change{decider.On("member/"+cmd.Actor, &communityv1.MemberAdmitted{AdmittedBy: cmd.Actor})}, nil
			}),
	}
}

// history is a club of so many members, each in a block of its own.
func history(tb forge.TB, members int) *forge.World {
	w := forge.NewWorld(tb, club(1, 2)...)
	w.Found("community.found", &communityv1.Found{EpochKey: forge.Public("epoch")}, forge.Key("ann"))
	grow(w, members)
	return w
}

// grow admits so many more.
func grow(w *forge.World, members int) {
	for range members {
		w.Pass(10)
		w.Do("community.admit_member", &communityv1.AdmitMember{}, forge.Key("member "+strconv.FormatUint(w.Size(), 10)))
	}
}

var errAway = errors.New("the source cannot be asked")

// source serves a record, as far as it is told to.
type source struct {
	blocks [][]byte
	head   int // blocks that it says there are; all if negative
	page   int // blocks it gives at once
	note   []byte
	away   bool
	asked  int // how often for the checkpoint
}

// serve gives the source of a whole record.
func serve(tb forge.TB, r *forge.Record) *source {
	s := &source{head: -1, page: 3}
	for n, sealed := range r.Seal() {
		raw, err := chain.EncodeBlock(nil, &sealed, r.Blocks[n].Commits)
		if err != nil {
			tb.Fatalf("encode block: %v", err)
		}
		s.blocks = append(s.blocks, raw)
	}
	return s
}

// short serves the first so many blocks only.
func (s *source) short(blocks int) *source {
	dup := *s
	dup.blocks = s.blocks[:blocks]
	return &dup
}

func (s *source) Head(context.Context) (observer.Head, error) {
	n := len(s.blocks)
	if s.head >= 0 {
		n = s.head
	}
	if s.away {
		return observer.Head{}, errAway
	}
	if n == 0 || n > len(s.blocks) {
		return observer.Head{Blocks: uint64(n)}, nil
	}
	b, err := chain.DecodeBlock(s.blocks[n-1])
	if err != nil { // it is there to be refused
		return observer.Head{Blocks: uint64(n)}, nil
	}
	return observer.Head{Blocks: uint64(n), Hash: b.Sealed.Hash()}, nil
}

func (s *source) Blocks(_ context.Context, from uint64) ([][]byte, error) {
	if from >= uint64(len(s.blocks)) {
		return nil, nil
	}
	return s.blocks[from:min(from+uint64(s.page), uint64(len(s.blocks)))], nil
}

func (s *source) Checkpoint(context.Context) ([]byte, error) {
	s.asked++
	return s.note, nil
}

// noteOf gives the checkpoint of a record, after a change to how it is signed.
func noteOf(r *forge.Record, change func(*forge.Pack)) []byte {
	p := forge.NewPack(r)
	if change != nil {
		change(p)
	}
	return p.Bundle().Checkpoint
}

// otherOrigin is the log of another community.
const otherOrigin = "renlin.dev/other"

// policy asks for the log and both witnesses; it names another community's log, too.
func policy(tb forge.TB, r *forge.Record) *merkle.Policy {
	origin := "renlin.dev/" + chain.CommunityID(r.Genesis())
	other, err := merkle.VerifierKey(otherOrigin, forge.Public("other log"))
	if err != nil {
		tb.Fatalf("other log's key: %v", err)
	}
	text := "log " + forge.LogVKey(tb, origin) + "\nlog " + other +
		"\nwitness a " + forge.WitnessVKey(tb, 0) + "\nwitness b " + forge.WitnessVKey(tb, 1) +
		"\ngroup both all a b\nquorum both\n"
	p, err := merkle.ParsePolicy([]byte(text))
	if err != nil {
		tb.Fatalf("parse policy: %v", err)
	}
	return p
}

// configOf is an observer's of a record, which keeps what it has seen in a directory.
func configOf(r *forge.Record, dir string) observer.Config {
	return observer.Config{
		Community: chain.CommunityID(r.Genesis()), Models: club(1), Path: filepath.Join(dir, "club.json"), Build: "test",
		Patience: time.Millisecond,
	}
}

func open(tb forge.TB, cfg observer.Config, s observer.Source) *observer.Observer {
	tb.Helper()
	o, err := observer.Open(cfg, s)
	if err != nil {
		tb.Fatalf("open: %v", err)
	}
	return o
}

// refused holds an error to a fault's code.
func refused(t *testing.T, err error, want *fault.Fault) {
	t.Helper()
	if f := (*fault.Fault)(nil); !errors.As(err, &f) || f.Code != want.Code {
		t.Errorf("got %v, want %s", err, want.Code)
	}
}

// members counts who is a member in what an observer shows.
func members(o *observer.Observer) (n int, err error) {
	err = o.View("community", func(s *decider.State) error {
		n = len(s.Members("member"))
		return nil
	})
	return n, err
}
