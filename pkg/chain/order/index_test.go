package order

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
)

// fewHashes makes hashes that meet often: in one table, in a few homes, and now and then whole.
func fewHashes(t *rapid.T) uint64 {
	part, home := rapid.Uint64Range(0, 1).Draw(t, "part"), rapid.Uint64Range(0, 40).Draw(t, "home")
	return part | home<<32 | rapid.Uint64Range(0, 3).Draw(t, "upper")<<60
}

// TestIndex: whatever was put in and taken out, every number that is in is found under its hash, and no other.
func TestIndex(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x, model, next := new(index), map[uint32]uint64{}, uint32(1)
		found := func(hash uint64) map[uint32]bool {
			out := map[uint32]bool{}
			for number, step := x.seek(hash, 0); number != 0; number, step = x.seek(hash, step) {
				out[number] = true
			}
			return out
		}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				hash := fewHashes(t)
				x.put(hash, next)
				model[next] = hash
				next++
			},
			"drop": func(t *rapid.T) {
				if len(model) == 0 {
					t.Skip("nothing is in")
				}
				number := rapid.SampledFrom(slices.Sorted(maps.Keys(model))).Draw(t, "number")
				x.drop(model[number], number)
				delete(model, number)
			},
			"": func(t *rapid.T) {
				for number, hash := range model {
					if !found(hash)[number] {
						t.Fatalf("number %d is not found under %x", number, hash)
					}
				}
				hash := fewHashes(t)
				for number := range found(hash) {
					if h, in := model[number]; !in || h>>32 != hash>>32 || h%indexParts != hash%indexParts {
						t.Fatalf("number %d is found under %x, but was put in under %x", number, hash, h)
					}
				}
			},
		})
	})
}

// TestVersionsTakenBack: paths made and taken back, over chunk and arena bounds, leave what was there before.
func TestVersionsTakenBack(t *testing.T) {
	t.Parallel()
	v := makeVersions()
	path := func(i int) []byte { return fmt.Appendf(nil, "topic/%0200d/second/x%d", i, i) }
	kept := map[string]entry{}
	var journal []undo
	for i := range 3 * chunkLen {
		before := len(journal)
		journal = v.bumpBoth(path(i), v.find(path(i)), uint64(i+1), journal)
		if i%3 == 0 {
			journal = v.restore(journal, before)
			continue
		}
		kept[string(path(i))] = *v.read(path(i))
	}
	if len(v.keys.list) < 2 {
		t.Fatal("the arena has one chunk only")
	}
	for i := range 3 * chunkLen {
		want, has := kept[string(path(i))]
		if got := *v.read(path(i)); got != want || has != (got.version == 1) {
			t.Fatalf("path %d: %+v, want %+v", i, got, want)
		}
	}
	if got := v.restore(journal, 0); len(got) != 0 || v.entries.n != 1 || !bytes.Equal(v.keys.list[0], nil) {
		t.Errorf("%d entries are left, %d bytes of keys", v.entries.n, len(v.keys.list[0]))
	}
}

// TestIDsMeetByChance: two ids whose hashes are alike are told apart.
func TestIDsMeetByChance(t *testing.T) {
	t.Parallel()
	g := new(generation)
	want := map[chain.CommandID]uint64{}
	for i := range uint64(100) {
		id := chain.CommandID{byte(i)}
		g.index.put(7, g.places.add(idPlace{id: id, at: Place{Index: i}})+1)
		want[id] = i
	}
	for id, i := range want {
		if n, ok := g.find(7, id); !ok || g.places.at(n-1).at.Index != i {
			t.Fatalf("id %x: %d, %v", id[:1], n, ok)
		}
	}
	if _, ok := g.find(7, chain.CommandID{200}); ok {
		t.Error("an id that is not there was found")
	}
}
