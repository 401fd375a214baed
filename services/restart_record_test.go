package services_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/natstest"
	"renlin.dev/pkg/verify/forge"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/community"
	"renlin.dev/services/sequencer"
)

// longRecord is a record for measurements: a founded community whose members react to statements, again and again. Its commits have the
// form and size of real ones and fold as they do; their signatures are noise, which nobody who restarts looks at, unless signed is set.
type longRecord struct {
	tb                 testing.TB
	aggregates, commit int // how many; the number of the next
	perBlock           int
	dir                string // of the server's files
	genesis, first     []byte // the founding commit and its block
	community          string
	prev               *chain.Sealed
	tree               merkle.Tree
	checkpoint         merkle.Tree // as it was when the last thousandth of the record was still to come
	noise              [64]byte
	signed             bool
	archive            *os.File // where blocks are written beside the stream, as audit does; nil for nowhere
}

// begin founds the community on a server that does not sync, for the making only.
func beginLongRecord(tb testing.TB, aggregates, perBlock int) *longRecord {
	tb.Helper()
	w := forge.NewWorld(tb, models()...)
	w.Found(community.OpFound, storyFounding(), forge.Key("ann"), forge.Key("bob"))
	r := &longRecord{tb: tb, aggregates: aggregates, perBlock: perBlock, dir: tb.TempDir(), genesis: w.Blocks[0].Commits[0]}
	hash := chain.HashCommit(r.genesis)
	r.community = chain.CommunityID(hash)
	srv := natstest.Run(tb, natstest.Dir(r.dir), natstest.LazySync())
	defer srv.Stop()
	cfg := r.config(srv, tb.TempDir())
	cfg.Fsync, cfg.StoreDir = anything{}, ""
	q, err := sequencer.Open(tb.Context(), cfg)
	if err == nil {
		_, err = q.Found(tb.Context(), r.genesis)
	}
	if err == nil {
		err = q.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	stream, err := srv.JetStream(tb).Stream(tb.Context(), chain.StreamName(r.community))
	if err != nil {
		tb.Fatal(err)
	}
	raw, err := chain.ReadBlock(tb.Context(), stream, 0)
	if err != nil {
		tb.Fatal(err)
	}
	b, err := chain.DecodeBlock(raw)
	if err != nil {
		tb.Fatal(err)
	}
	r.prev, r.first = &b.Sealed, raw
	r.tree.Append(merkle.Hash(chain.LeafHash(hash)))
	return r
}

// config is that of the record's sequencer.
func (r *longRecord) config(srv *natstest.Server, state string) sequencer.Config {
	return sequencer.Config{
		Dial: func(options ...nats.Option) (*nats.Conn, error) {
			return nats.Connect("", append([]nats.Option{nats.InProcessServer(srv)}, options...)...)
		},
		HeadRecord: state + "/head", Genesis: chain.HashCommit(r.genesis), Key: forge.Key("epoch"), Kinds: ownKinds(),
		Fsync: sequencer.EmbeddedServer(srv.Server), StoreDir: srv.StoreDir(), Clock: stopped{}, SnapshotDir: state + "/snapshot",
	}
}

func ownKinds() map[string][]string {
	kinds := map[string][]string{}
	for _, m := range models() {
		kinds[m.Service] = m.OwnKinds()
	}
	return kinds
}

// anything is satisfied with any server.
type anything struct{}

func (anything) Check(context.Context, *nats.Conn, *jetstream.StreamInfo) error { return nil }

// stopped is a clock that stands where the record begins.
type stopped struct{}

func (stopped) Now() (time.Time, time.Duration) { return time.UnixMilli(forge.Start), 0 }

// grow writes commits, as blocks of the usual size, on a server that does not sync.
func (r *longRecord) grow(commits int) {
	r.tb.Helper()
	srv := natstest.Run(r.tb, natstest.Dir(r.dir), natstest.LazySync())
	defer srv.Stop()
	js, err := jetstream.New(srv.Connect(r.tb), jetstream.WithPublishAsyncMaxPending(512))
	if err != nil {
		r.tb.Fatal(err)
	}
	subject := chain.BlockSubject(r.community)
	for end := r.commit + commits; r.commit < end; {
		if r.commit < end-end/1000 {
			r.checkpoint = r.tree
		}
		raw := r.block(min(r.perBlock, end-r.commit))
		r.keep(raw)
		if _, err := js.PublishAsync(subject, raw); err != nil {
			r.tb.Fatal(err)
		}
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-time.After(time.Minute):
		r.tb.Fatal(errors.New("the server has not taken all blocks"))
	}
	stream, err := js.Stream(r.tb.Context(), chain.StreamName(r.community))
	if err != nil {
		r.tb.Fatal(err)
	}
	if last := stream.CachedInfo().State.LastSeq; last != r.prev.Number+1 {
		r.tb.Fatalf("the stream ends at %d, want %d", last, r.prev.Number+1)
	}
}

// keep writes a block into the archive.
func (r *longRecord) keep(raw []byte) {
	if r.archive == nil {
		return
	}
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(raw)), uint32(len(raw)))
	if _, err := r.archive.Write(append(frame, raw...)); err != nil {
		r.tb.Fatal(err)
	}
}

// block makes the next block.
func (r *longRecord) block(count int) []byte {
	commits, leaves := make([][]byte, count), make([]chain.Hash, count)
	now := r.prev.Time + 1
	for i := range commits {
		commits[i] = r.reaction(now)
		leaves[i] = chain.LeafHash(chain.HashCommit(commits[i]))
		r.tree.Append(merkle.Hash(leaves[i]))
	}
	sealed := chain.Seal(chain.Header{
		Genesis: r.prev.Genesis, Number: r.prev.Number + 1, First: r.prev.First + uint64(r.prev.Count), Count: uint32(count), Time: now,
		Prev: r.prev.Hash(), Root: chain.RootOfLeaves(leaves),
	}, forge.Key("epoch"))
	raw, err := chain.EncodeBlock(nil, &sealed, commits)
	if err != nil {
		r.tb.Fatal(err)
	}
	r.prev = &sealed
	return raw
}

// reaction makes the next commit: one of so many members thinks something else of one of ten statements.
func (r *longRecord) reaction(now int64) []byte {
	const statements = 10
	n := r.commit % r.aggregates
	version := uint64(r.commit/r.aggregates) + 1
	said := proposalv1.Attitude(1 + version%3)
	deliberation, statement, member := named("deliberation", 0), named("statement", n%statements), named("member", n/statements)
	binary.BigEndian.PutUint64(r.noise[:], uint64(r.commit))
	signed := chain.Signed{
		Suite: chain.SuiteIntl, Operation: "proposal.react", Contract: 1, IdempotencyKey: fmt.Sprintf("%032x", r.commit), NotAfter: now + 600_000,
		Body: fmt.Appendf(nil, `{"deliberation":%q,"statement":%q,"attitude":%q}`, deliberation, statement, said),
	}
	if !r.signed {
		signed.Signatures = []chain.Signature{{Key: r.noise[:32], Sig: r.noise[:]}}
	} else if err := signed.Sign(r.prev.Genesis, chain.AuthorDevice, forge.Key(member)); err != nil {
		r.tb.Fatal(err)
	}
	id, err := signed.ID(chain.AuthorDevice, "proposal")
	if err != nil {
		r.tb.Fatal(err)
	}
	command, err := signed.Encode(nil)
	if err != nil {
		r.tb.Fatal(err)
	}
	body, err := proto.Marshal(&proposalv1.ReactionGiven{Attitude: said})
	if err != nil {
		r.tb.Fatal(err)
	}
	c := chain.Commit{
		Author: chain.AuthorDevice, Time: now, Rules: 1, Salt: [16]byte(r.noise[:16]), ID: id, Service: "proposal", Actor: member,
		Command: command,
		Reads:   []chain.Read{{Key: "member/" + member}, {Key: "rulebook/main", Version: 1}},
		Changes: []chain.Change{{
			Aggregate: "deliberation/" + deliberation + "/statement/" + statement + "/reaction/" + member, Version: version,
			Events: []chain.Event{{Type: "renlin.proposal.v1.ReactionGiven", Body: body}},
		}},
	}
	raw, err := c.Encode()
	if err != nil {
		r.tb.Fatal(err)
	}
	r.commit++
	return raw
}

// named makes an id out of a number.
func named(of string, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", of, n))
	return chain.ShortID(sum[:])
}
