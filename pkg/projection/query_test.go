package projection_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/projection"
)

// pages reads a collection to its end and answers the sizes of its pages.
func pages(t *testing.T, s *projection.Store, collection string, limit int) (paths []string, sizes []int) {
	t.Helper()
	for after := ""; ; {
		page, err := s.Query(t.Context(), &op.Query{Path: collection, After: after, Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(page.Records))
		for _, r := range page.Records {
			paths = append(paths, r.Path)
		}
		if after = page.Next; after == "" {
			return paths, sizes
		}
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var changes []decider.Change
	var want []string
	for n := range 2345 {
		path := fmt.Sprintf("shelf/a/box/b%04d", n)
		want = append(want, path)
		changes = append(changes, written(path, fmt.Sprint(n)))
		if len(changes) == 500 || n == 2344 {
			w.fold(changes...)
			changes = nil
		}
	}
	w.fold(written("shelf/a", "beside"), written("shelf/b/box/b0000", "beside"))
	for _, c := range []struct {
		limit int
		first int
		pages int
	}{{0, 100, 24}, {-1, 100, 24}, {1, 1, 2345}, {7, 7, 335}, {1000, 1000, 3}, {5000, 1000, 3}, {1 << 40, 1000, 3}} {
		paths, sizes := pages(t, w.store, "shelf/a/box", c.limit)
		if sizes[0] != c.first || len(sizes) != c.pages || !slices.Equal(paths, want) {
			t.Errorf("limit %d: %d pages, the first of %d, %d paths", c.limit, len(sizes), sizes[0], len(paths))
		}
	}
	for _, c := range []struct {
		path, after string
		want        int
	}{
		{"shelf/a/box", "shelf/a/box/b2344", 0}, {"shelf/a/box", "shelf/a/box/b2343", 1}, {"shelf/a/box", "shelf/a/box/b2343x", 1},
		{"shelf/a/box", "zzz", 0}, {"shelf/a/box", "'; DROP TABLE record; --", 1000}, {"shelf/nowhere/box", "", 0}, {"nonesuch", "", 0},
		{"shelf", "", 1},
	} {
		page, err := w.store.Query(t.Context(), &op.Query{Path: c.path, After: c.after, Limit: 1000})
		if err != nil || len(page.Records) != c.want || page.Records == nil {
			t.Errorf("%s after %s: %v, %v", c.path, c.after, page, err)
		}
	}
}

// TestLargeRecords: a page ends before it gets too large for a message, and one record alone is always answered.
func TestLargeRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	large := strings.Repeat("永久記錄 <&> \u2028 ", 9000)
	for n := range 9 {
		w.fold(written(fmt.Sprint("shelf/s", n), "t", large))
	}
	w.fold(written("shelf/s9", "t", strings.Repeat("<", 200_000))) // as JSON, larger than any page
	w.fold(written("shelf/t", "t"))
	paths, sizes := pages(t, w.store, "shelf", 1000)
	if len(paths) != 11 || len(sizes) < 6 {
		t.Errorf("%d records in pages of %v", len(paths), sizes)
	}
	page, err := w.store.Query(t.Context(), &op.Query{Path: "shelf/s3"})
	if err != nil {
		t.Fatal(err)
	}
	var s sheet
	if err := json.Unmarshal(page.Records[0].State, &s); err != nil || s.Text != large {
		t.Errorf("a large text did not come back whole: %v", err)
	}
	w.agrees("large records", "shelf")
}

func TestQueryRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fold(written("shelf/a", "one"))
	for path, want := range map[string]error{
		"shelf/b": projection.ErrNoRecord, "shelf/a/box/x": projection.ErrNoRecord, "": projection.ErrPath, "shelf/": projection.ErrPath,
		"/": projection.ErrPath, "shelf//box": projection.ErrPath, "shelf/%": projection.ErrPath,
		strings.Repeat("shelf/a/", 100) + "shelf": projection.ErrPath,
	} {
		if page, err := w.store.Query(t.Context(), &op.Query{Path: path}); !errors.Is(err, want) || page != nil {
			t.Errorf("%q: %v, %v", path, page, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.store.Query(ctx, &op.Query{Path: "shelf"}); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits any more: %v", err)
	}
	w.close()
	if _, err := w.store.Query(t.Context(), &op.Query{Path: "shelf"}); err == nil {
		t.Error("a closed store answers")
	}
}

// TestReadsWhileFolding: what is read at any moment is one moment of the record, position and rows alike.
func TestReadsWhileFolding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fold(written("shelf/a", "1"), written("shelf/b", "1"))
	const blocks = 150
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 12 {
		readers.Go(func() {
			last := uint64(0)
			for {
				page, err := w.store.Query(t.Context(), &op.Query{Path: "shelf"})
				if err != nil {
					t.Error(err)
					return
				}
				for _, r := range page.Records {
					if r.Version != page.Position || string(r.State) != fmt.Sprintf(`{"Title":"%d","Text":"%d"}`, r.Version, r.Version) {
						t.Errorf("at %d: %s %d %s", page.Position, r.Path, r.Version, r.State)
						return
					}
				}
				if page.Position < last || len(page.Records) != 2 {
					t.Errorf("%d rows at %d after %d", len(page.Records), page.Position, last)
					return
				}
				last = page.Position
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for n := 2; n <= blocks; n++ {
		w.fold(written("shelf/a", fmt.Sprint(n)), written("shelf/b", fmt.Sprint(n)))
	}
	close(done)
	readers.Wait()
	w.agrees("at the end", "shelf")
}
