package sequencer

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"renlin.dev/pkg/chain"
)

// blockCache keeps the block that was looked up last: repeats come in bursts.
type blockCache struct {
	mu     sync.Mutex
	number uint64
	raw    []byte
}

// readBlockTimeoutMax bounds the wait for one block of the stream.
const readBlockTimeoutMax = 5 * time.Second

// readBlock gives the function with which repeats find their blocks.
func (s *Sequencer) readBlock(ctx context.Context) func(uint64) ([]byte, error) {
	return func(number uint64) ([]byte, error) {
		s.blocks.mu.Lock()
		cached, at := s.blocks.raw, s.blocks.number
		s.blocks.mu.Unlock()
		if cached != nil && at == number {
			return cached, nil
		}
		now := s.now.Load()
		if now.head == nil {
			return nil, errors.New("no block is durable")
		}
		ctx, cancel := context.WithTimeout(ctx, readBlockTimeoutMax)
		defer cancel()
		stream, err := s.js.Stream(ctx, chain.StreamName(chain.CommunityID(now.head.Genesis)))
		if err != nil {
			return nil, err
		}
		raw, err := chain.ReadBlock(ctx, stream, number)
		if err != nil {
			return nil, err
		}
		s.blocks.mu.Lock()
		s.blocks.number, s.blocks.raw = number, raw
		s.blocks.mu.Unlock()
		return raw, nil
	}
}

// syncStore makes durable what an embedded server had written when its process was killed, before it could sync. Without this, a
// receipt could be given for such a block and a power cut could still take it. A directory without a file of the stream is the wrong one.
func syncStore(dir, stream string) error {
	synced := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".blk") ||
			!strings.Contains(path, string(filepath.Separator)+stream+string(filepath.Separator)) {
			return nil
		}
		file, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		defer file.Close()
		synced++
		return file.Sync()
	})
	if err == nil && synced == 0 {
		return errors.New("no file of the stream is there")
	}
	return err
}
