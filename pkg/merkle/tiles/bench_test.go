package tiles_test

import (
	"strconv"
	"testing"

	"renlin.dev/pkg/merkle/durable"
	"renlin.dev/pkg/merkle/tiles"
)

// BenchmarkAppend integrates batches on the real file system, every one fsynced; ns/op is one batch.
func BenchmarkAppend(b *testing.B) {
	for _, batch := range []int{1, 64, 4096} {
		b.Run("batch="+strconv.Itoa(batch), func(b *testing.B) {
			s, dir, err := tiles.Open(b.TempDir(), tiles.Options{})
			if err != nil {
				b.Fatal(err)
			}
			set := all[:batch]
			for b.Loop() {
				err := s.Append(s.Size(), set)
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "entries/s")
			err = dir.Close()
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkFsync is the machine's floor: one small file written durably, as Append does three times.
func BenchmarkFsync(b *testing.B) {
	files, err := durable.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	w := durable.NewWriter(files)
	for b.Loop() {
		err := w.Write(durable.Item{Name: "f", Data: make([]byte, 100)})
		if err != nil {
			b.Fatal(err)
		}
	}
	err = files.Close()
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkInclusion makes proofs of entries all over a log of 65600, from the tile cache.
func BenchmarkInclusion(b *testing.B) {
	s, dir, err := tiles.Open(b.TempDir(), tiles.Options{})
	if err != nil {
		b.Fatal(err)
	}
	grow(b, s, len(all), len(all))
	b.ReportAllocs()
	size := uint64(len(all))
	i := uint64(0)
	for b.Loop() {
		i = (i + 7919) % size
		_, err := s.Inclusion(i, size)
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "proofs/s")
	err = dir.Close()
	if err != nil {
		b.Fatal(err)
	}
}
