package observer_test

import (
	"crypto/ed25519"
	"errors"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/observer"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// TestFlood: however much was late by a block, nothing untrue in that block is passed over for it. What was late carries older indices, and
// more of it falls due at once than findings are told of a block.
func TestFlood(t *testing.T) {
	t.Parallel()
	w := forge.NewWorld(t, meetings()...)
	w.Found("community.found", &communityv1.Found{EpochKey: forge.Public("epoch")}, forge.Key("ann"))
	grow(w, 12)
	w.Pass(120_000)
	grow(w, 1)
	for name, lie := range map[string]func(r *forge.Record){
		"nothing": nil,
		"a block's signature": func(r *forge.Record) {
			last := len(r.Blocks) - 1
			r.Signer = func(n int) ed25519.PrivateKey {
				if n == last {
					return forge.Key("thief")
				}
				return forge.EpochKey
			}
		},
		"a root": func(r *forge.Record) {
			last := len(r.Blocks) - 1
			r.Header = func(n int, h *chain.Header) {
				if n == last {
					h.Root[0] ^= 1
				}
			}
		},
		"an author": func(r *forge.Record) {
			r.EditCommand(r.Size()-1, func(*chain.Signed) {}, forge.Key("somebody else"))
		},
		"a decision": func(r *forge.Record) {
			r.Edit(r.Size()-1, func(c *chain.Commit) { c.Changes[0].Aggregate = "member/" + forge.ID("planted") })
		},
	} {
		for late, convened := range map[string]bool{" in time": true, " behind what was late": false} {
			t.Run(name+late, func(t *testing.T) {
				t.Parallel()
				r := w.Record.In(t)
				r.Drop(r.Size() - 1) // the meeting for the last member, whose block is the last then
				if !convened {
					dropConvened(r)
				}
				if lie != nil {
					lie(r)
				}
				cfg := configOf(r, t.TempDir())
				cfg.Models = meetings()
				o := open(t, cfg, serve(t, r))
				err := errors.Join(o.Catch(t.Context()), o.Sure(r.Size()))
				if lie != nil {
					refused(t, err, observer.ErrUntrue)
				} else if n, looked := members(o); err != nil || looked != nil || n != 13 {
					t.Errorf("%d members, %v, %v", n, err, looked)
				}
			})
		}
	}
}

// dropConvened takes every meeting off the record.
func dropConvened(r *forge.Record) {
	for i := uint64(0); i < r.Size(); {
		if string(r.Signed(r.Commit(i)).Operation) == "community.convene" {
			r.Drop(i)
			continue
		}
		i++
	}
}
