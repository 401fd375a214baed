package bus_test

import (
	"crypto/ed25519"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/sequencer"
)

// start runs the pilot's own server.
func start(t *testing.T) *bus.Server {
	t.Helper()
	srv, err := bus.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	return srv
}

// dial connects a part. What the server refuses it is its LastError.
func dial(t *testing.T, srv *bus.Server, user string) *nats.Conn {
	t.Helper()
	nc, err := srv.Dial(user, nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// refused waits for the server's word on what was sent before, which comes ahead of its answer to a flush.
func refused(t *testing.T, nc *nats.Conn) bool {
	t.Helper()
	if err := nc.FlushTimeout(30 * time.Second); err != nil {
		t.Fatal(err)
	}
	err := nc.LastError()
	if err != nil && !errors.Is(err, nats.ErrPermissionViolation) {
		t.Fatal(err)
	}
	return err != nil
}

// TestWhoMayPublish holds the table of users against the server: the subjects on which a mistake or a stolen password would
// break the order of the record, and who alone may publish there.
func TestWhoMayPublish(t *testing.T) {
	t.Parallel()
	srv := start(t)
	for subject, allowed := range map[string][]string{
		"evt.c":                  {bus.Sequencer},
		"seq.c.append.community": {bus.Community},
		"seq.c.append.proposal":  {bus.Proposal},
		"seq.c.append.matching":  {bus.Matching},
		"seq.c.append.voting":    {bus.Voting},
		"seq.c.append.ledger":    {bus.Ledger},
		"seq.c.append.aid":       {bus.Aid},
		"seq.c.append.sequencer": {},
		"seq.c.halt":             {bus.Audit},
		"seq.c.checkpointed":     {bus.Notary},
		"audit.c.grown":          {bus.Audit},
		"_INBOX_voting.x": {
			bus.Sequencer, bus.Community, bus.Proposal, bus.Voting, bus.Vault, bus.Ledger, bus.Audit, bus.Notary, bus.Keystore, bus.Trustee,
			bus.Registrar, bus.Aid,
			bus.Matching,
		},
		"seq.found":                    {bus.Community},
		"trustee.identity":             {bus.Community},
		"registrar.identity":           {bus.Community},
		"registrar.c.register":         {bus.Gateway},
		"query.c.voting.registrations": {bus.Gateway, bus.Registrar},
		"query.c.voting.registrants":   {bus.Gateway, bus.Registrar},
		"op.c.voting":                  {bus.Voting, bus.Gateway, bus.Keystore, bus.Trustee, bus.Registrar},
		"op.c.community":               {bus.Gateway},
		"op.c.ledger":                  {bus.Gateway},
		"query.c.voting":               {bus.Gateway, bus.Registrar},
		"query.c.voting.ceremonies":    {bus.Voting, bus.Gateway, bus.Keystore, bus.Trustee},
		"query.c.voting.ballots":       {bus.Voting, bus.Gateway, bus.Keystore, bus.Trustee},
		"query.c.voting.unpublished":   {bus.Voting, bus.Gateway, bus.Keystore},
		"query.c.community":            {bus.Voting, bus.Gateway, bus.Keystore},
		"audit.c.blocks":               {bus.Gateway, bus.Keystore, bus.Trustee, bus.Registrar},
		"audit.c.commits":              {bus.Gateway},
		"audit.c.whole":                {bus.Gateway},
		"notary.c.checkpoint":          {bus.Sequencer, bus.Audit, bus.Keystore, bus.Trustee, bus.Registrar},
		"$JS.API.INFO": {
			bus.Sequencer, bus.Community, bus.Proposal, bus.Voting, bus.Vault, bus.Ledger, bus.Audit, bus.Notary,
			bus.Aid,
			bus.Matching,
		},
		"note.c":                          {bus.Notary},
		"$JS.API.STREAM.UPDATE.EVT_c":     {},
		"$JS.API.STREAM.DELETE.EVT_c":     {},
		"$JS.API.STREAM.PURGE.EVT_c":      {},
		"$JS.API.STREAM.MSG.DELETE.EVT_c": {},
		"$JS.API.STREAM.RESTORE.EVT_c":    {},
		"$JS.API.STREAM.CREATE.EVT_c":     {bus.Sequencer, bus.Notary},
	} {
		for _, user := range bus.Parts() {
			nc := dial(t, srv, user)
			if err := nc.Publish(subject, []byte("x")); err != nil {
				t.Fatal(err)
			}
			if may := !refused(t, nc); may != slices.Contains(allowed, user) {
				t.Errorf("%s on %s: may publish is %v", user, subject, may)
			}
			nc.Close()
		}
	}
}

// TestNobodyHearsAnothersAnswers: inboxes are apart, and only the sequencer takes what is sent to it.
func TestNobodyHearsAnothersAnswers(t *testing.T) {
	t.Parallel()
	srv := start(t)
	for subject, allowed := range map[string]string{
		"_INBOX_voting.>": bus.Voting, "seq.c.append.voting": bus.Sequencer, "op.c.voting": bus.Voting, "evt.c": "",
		"trustee.identity": bus.Trustee, "holder.second.identity": bus.Keystore,
		"registrar.identity": bus.Registrar, "registrar.c.register": bus.Registrar,
	} {
		for _, user := range bus.Parts() {
			nc := dial(t, srv, user)
			if _, err := nc.SubscribeSync(subject); err != nil {
				t.Fatal(err)
			}
			if may := !refused(t, nc); may != (user == allowed) {
				t.Errorf("%s on %s: may subscribe is %v", user, subject, may)
			}
			nc.Close()
		}
	}
}

// TestTheGatewayHearsOfNews: that there are new blocks and checkpoints, and nothing of what is in them.
func TestTheGatewayHearsOfNews(t *testing.T) {
	t.Parallel()
	srv := start(t)
	for subject, may := range map[string]bool{
		"audit.*.grown": true, "seq.*.checkpointed": true, "audit.>": false, "audit.*.commits": false,
		"seq.*.append.voting": false, "evt.c": false,
	} {
		nc := dial(t, srv, bus.Gateway)
		if _, err := nc.SubscribeSync(subject); err != nil {
			t.Fatal(err)
		}
		if got := !refused(t, nc); got != may {
			t.Errorf("%s: may subscribe is %v", subject, got)
		}
		nc.Close()
	}
}

// TestSequencersWay: with its own user the sequencer founds, writes, looks and reads again.
func TestSequencersWay(t *testing.T) {
	t.Parallel()
	srv := start(t)
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	cfg := sequencer.Config{
		Dial:       func(options ...nats.Option) (*nats.Conn, error) { return srv.Dial(bus.Sequencer, options...) },
		HeadRecord: filepath.Join(t.TempDir(), "head"), Key: key, Kinds: map[string][]string{"community": {"community"}},
		Fsync: sequencer.EmbeddedServer(func() *server.Server { return srv.Server }),
	}
	founding := genesis(t)
	for range 2 { // the second finds what the first has left
		s, err := sequencer.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Found(t.Context(), founding); err != nil {
			t.Fatal(err)
		}
		if err := s.Serve(); err != nil {
			t.Fatal(err)
		}
		reads := []chain.Read{{Key: "community/main", Version: 1}}
		client := chain.NewClient(dial(t, srv, bus.Community), s.Info().Community, bus.Community)
		if _, err := client.Append(t.Context(), &chain.Request{Ask: chain.AskCheck, Reads: reads}); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// genesis makes a founding commit.
func genesis(t *testing.T) []byte {
	t.Helper()
	signed := chain.Signed{
		Operation: "community.found", Contract: 1, Signatures: []chain.Signature{{Key: make([]byte, 32), Sig: make([]byte, 64)}},
	}
	command, err := signed.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	id, err := signed.ID(chain.AuthorGenesis, "")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := (&chain.Commit{
		Author: chain.AuthorGenesis, Time: time.Now().UnixMilli(), ID: id, Service: "community", Command: command,
		Changes: []chain.Change{{Aggregate: "community/main", Version: 1, Events: []chain.Event{{Type: "t.Founded"}}}},
	}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
