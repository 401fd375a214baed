package sequencer

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/natstest"
)

// kinds is what the services of these tests may write.
var kinds = map[string][]string{"community": {"community"}, "proposal": {"topic", "second"}}

// epochKey signs the blocks of every test.
var epochKey = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

// draft describes a commit of these tests; zero fields get the usual value.
type draft struct {
	id, topic   string // one id makes one command
	version     uint64
	time        int64 // ms
	notAfter    int64
	from, until int64
	reads       []chain.Read
	collections []chain.Read
	kind        string // of the aggregate: topic
	service     string
	body        string
	padding     int
}

func (d draft) encode(tb testing.TB) []byte {
	tb.Helper()
	if d.time == 0 {
		d.time = nowMS()
	}
	if d.notAfter == 0 {
		d.notAfter = d.time + 600_000
	}
	for field, usual := range map[*string]string{&d.kind: "topic", &d.service: "proposal", &d.body: `{"":1}`} { // any order: each is its own
		if *field == "" {
			*field = usual
		}
	}
	signed := chain.Signed{
		Operation: "proposal.post", Contract: 1, IdempotencyKey: d.id, NotAfter: d.notAfter,
		Body: []byte(d.body), Signatures: []chain.Signature{{Key: make([]byte, 32), Sig: make([]byte, 64)}},
	}
	event := chain.Event{Type: "t.Poste", Body: []byte("x")}
	if d.padding > 0 {
		event.Body = make([]byte, d.padding)
	}
	c := chain.Commit{
		Author: chain.AuthorDevice, Time: d.time, Service: d.service, Actor: "m1", Command: must(signed.Encode(nil)),
		ID: must(signed.ID(chain.AuthorDevice, d.service)), WindowFrom: d.from, WindowUntil: d.until,
		Reads: d.reads, Collections: d.collections,
		Changes: []chain.Change{{Aggregate: d.kind + "/" + d.topic, Version: max(d.version, 1), Events: []chain.Event{event}}},
	}
	copy(c.Salt[:], d.id)
	return must(c.Encode())
}

// commitOf gives a commit of about 300 bytes that makes or changes one topic. One key and id make one command.
func commitOf(tb testing.TB, id string, topic string, version uint64) []byte {
	tb.Helper()
	return draft{id: id, topic: topic, version: version}.encode(tb)
}

// genesisOf gives a founding commit; each seed names another community.
func genesisOf(tb testing.TB, seed uint64) []byte {
	tb.Helper()
	return genesisAt(tb, seed, nowMS())
}

func genesisAt(tb testing.TB, seed uint64, now int64) []byte {
	tb.Helper()
	body := binary.BigEndian.AppendUint64([]byte("genesis"), seed)
	signed := chain.Signed{
		Operation: "community.found", Contract: 1, Body: body,
		Signatures: []chain.Signature{{Key: make([]byte, 32), Sig: make([]byte, 64)}},
	}
	c := chain.Commit{
		Author: chain.AuthorGenesis, Time: now, ID: must(signed.ID(chain.AuthorGenesis, "")), Service: "community",
		Command: must(signed.Encode(nil)),
		Changes: []chain.Change{{Aggregate: "community/main", Version: 1, Events: []chain.Event{{Type: "t.Founded", Body: body}}}},
	}
	return must(c.Encode())
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("make test data: %v", err))
	}
	return v
}

// configOf gives the configuration for a test server, with the head record in a directory of its own.
func configOf(tb testing.TB, srv *natstest.Server) Config {
	tb.Helper()
	return Config{
		Dial: func(options ...nats.Option) (*nats.Conn, error) {
			return nats.Connect("", append([]nats.Option{nats.InProcessServer(srv)}, options...)...)
		},
		HeadRecord: filepath.Join(tb.TempDir(), "head"), Epoch: 1, Key: epochKey, Kinds: kinds, Fsync: EmbeddedServer(srv.Server),
		StoreDir: srv.StoreDir(), Clock: still, SnapshotDir: filepath.Join(tb.TempDir(), "snapshot"), snapshotEvery: 2,
	}
}

// openOn opens a sequencer that is closed with the test.
func openOn(tb testing.TB, cfg Config) *Sequencer {
	tb.Helper()
	s, err := Open(tb.Context(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// foundedOn opens a sequencer and founds its community.
func foundedOn(tb testing.TB, cfg Config) *Sequencer {
	tb.Helper()
	s := openOn(tb, cfg)
	wall, _ := s.cfg.Clock.Now()
	if _, err := s.Found(tb.Context(), genesisAt(tb, 1, wall.UnixMilli())); err != nil {
		tb.Fatal(err)
	}
	return s
}

func appendOf(commits ...[]byte) *chain.Request {
	return &chain.Request{Ask: chain.AskAppend, Commits: commits}
}

// still is the clock of most tests: it stands, so that no commit gets too old on a slow machine. A sequencer that waits for an
// acknowledgement by it waits for ever.
var still = newHandClock()

func nowMS() int64 { return still.ms() }

// realTime lets a sequencer go by the machine's clock.
func realTime(cfg Config) Config {
	cfg.Clock = nil
	return cfg
}

// portOf gives the port of an address.
func portOf(tb testing.TB, address string) int {
	tb.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		tb.Fatal(err)
	}
	return must(strconv.Atoi(port))
}
