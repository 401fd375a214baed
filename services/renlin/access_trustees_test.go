package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/trustee"
)

// divided appoints the two holders trustees, and brings polls whose keys they divide to where one of them must act.
func (w *accessWorld) divided() {
	appointed := &communityv1.AppointTrustees{}
	for i, name := range []string{"hold1", "hold2"} {
		appointed.Trustees = append(appointed.Trustees, &communityv1.Trustee{
			Member: forge.ID(name), Org: []string{committee, owners}[i], TrusteeKey: accessTrustee(w, name, true).Key.Public().Bytes(),
		})
	}
	w.by("offA", "community.appoint_trustees", appointed, "offB")
	w.polls["publish_share"] = w.callIn("divided")
	for range 4 { // as many words as each of them has to say
		for _, name := range []string{"hold1", "hold2"} {
			if err := accessTrustee(w, name, true).Step(context.Background()); err != nil {
				w.TB.Fatal(err)
			}
		}
	}
	w.Pass(60_000)
	w.secretPolls()
	w.polls["add_key_part"] = w.callIn("divided")
}

// desk is what a trustee sees of the world. It does what they say, or only keeps the last thing they said.
type desk struct {
	w     *accessWorld
	name  string
	does  bool
	kept  map[string]proto.Message
	wants string // the poll that is looked at; empty for all
}

func (d *desk) Ceremonies(context.Context) ([]trustee.Poll, error) {
	all := voting.Ceremonies(d.w.State("voting"), "", 1000)
	return slices.DeleteFunc(all, func(p trustee.Poll) bool { return d.wants != "" && p.ID != d.wants }), nil
}

func (d *desk) Ballots(_ context.Context, id string) (rows []trustee.Row, err error) {
	for q := (voting.BallotsQuestion{Poll: id}); ; {
		page := voting.Ballots(d.w.State("voting"), q)
		rows = append(rows, page.Rows...)
		if q.After = page.Next; len(q.After) == 0 {
			return rows, nil
		}
	}
}

func (d *desk) Command(_ context.Context, operation string, body proto.Message) error {
	if d.kept[operation] = body; d.does {
		d.w.by(d.name, operation, body)
	}
	return nil
}

// accessTrustee is one of the holders as a trustee.
func accessTrustee(w *accessWorld, name string, does bool) *trustee.Agent {
	seed := sha256.Sum256([]byte("trustee " + name))
	key, err := trustee.KeyOf(seed[:])
	if err != nil {
		w.TB.Fatal(err)
	}
	return &trustee.Agent{Key: key, Rand: rand.Reader, Record: &desk{w: w, name: name, does: does, kept: map[string]proto.Message{}}}
}

// word is what a trustee would say now of a poll; of somebody who is none, hold1's.
func (w *accessWorld) word(who, operation, poll string) proto.Message {
	w.Helper()
	if who != "hold2" {
		who = "hold1"
	}
	a := accessTrustee(w, who, false)
	d := a.Record.(*desk)
	d.wants = poll
	if err := a.Step(context.Background()); err != nil || d.kept[operation] == nil {
		w.TB.Fatalf("%s has nothing to say to %s: %v", who, operation, err)
	}
	return d.kept[operation]
}
