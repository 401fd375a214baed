package sequencer

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/natstest"
)

// refused makes sure that a sequencer does not open, and that the error says why.
func refused(t *testing.T, cfg Config, why string) {
	t.Helper()
	s, err := Open(t.Context(), cfg)
	if err == nil {
		s.Close()
		t.Fatalf("opened, want: %s", why)
	}
	if !strings.Contains(err.Error(), why) {
		t.Fatalf("%v, want: %s", err, why)
	}
}

// differsAtOpen is refused with a Difference, which no new try can mend.
func differsAtOpen(t *testing.T, cfg Config, why string) {
	t.Helper()
	refused(t, cfg, why)
	_, err := Open(t.Context(), cfg)
	var d *Difference
	if !errors.As(err, &d) {
		t.Errorf("%v is no Difference", err)
	}
}

func TestIncompleteConfiguration(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){
		"no connection":  func(c *Config) { c.Dial = nil },
		"no head record": func(c *Config) { c.HeadRecord = "" },
		"no kinds":       func(c *Config) { c.Kinds = nil },
		"no key":         func(c *Config) { c.Key = nil },
		"half a key":     func(c *Config) { c.Key = c.Key[:32] },
		"no fsync shown": func(c *Config) { c.Fsync = nil },
		"cannot connect": func(c *Config) {
			c.Dial = func(...nats.Option) (*nats.Conn, error) { return nil, nats.ErrNoServers }
		},
	} {
		cfg := configOf(t, natstest.Run(t))
		change(&cfg)
		if s, err := Open(t.Context(), cfg); err == nil {
			s.Close()
			t.Errorf("%s: opened", name)
		}
	}
}

func TestServerThatDoesNotSync(t *testing.T) {
	t.Parallel()
	srv := natstest.Run(t, natstest.LazySync())
	cfg := configOf(t, srv)
	s := openOn(t, cfg)
	if _, err := s.Found(t.Context(), genesisOf(t, 1)); err == nil || !strings.Contains(err.Error(), "sync_interval") {
		t.Fatalf("founded on a server that does not sync: %v", err)
	}
	_, err := s.Append(t.Context(), "proposal", appendOf(commitOf(t, "1", "a", 1)))
	if err == nil {
		t.Fatal("written")
	}
	s.Close()
	differsAtOpen(t, cfg, "sync_interval")
}

// A server that syncs is replaced by one that does not, while the sequencer runs.
func TestServerStopsSyncing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	srv := natstest.Run(t, natstest.Dir(dir))
	cfg := configOf(t, srv)
	var current atomic.Pointer[natstest.Server]
	current.Store(srv)
	cfg.Dial = func(options ...nats.Option) (*nats.Conn, error) {
		return nats.Connect(srv.URL(), options...)
	}
	cfg.Fsync = EmbeddedServer(func() *server.Server { return current.Load().Server() })
	s := foundedOn(t, cfg)
	port := srv.Server().Addr().String()
	srv.Stop()
	current.Store(natstest.Run(t, natstest.Dir(dir), natstest.LazySync(), natstest.Configure(func(o *server.Options) {
		o.Port = portOf(t, port)
	})))
	_, err := s.Append(t.Context(), "proposal", appendOf(commitOf(t, "1", "a", 1)))
	for errors.Is(err, chain.ErrRetry) {
		_, err = s.Append(t.Context(), "proposal", appendOf(commitOf(t, "1", "a", 1)))
	}
	wantFault(t, err, chain.ErrStopped)
	if reason := s.Info().Reason; !strings.Contains(reason, "sync_interval") {
		t.Errorf("stopped because %q", reason)
	}
}

func TestEmbeddedServerMustBeTheConnectedOne(t *testing.T) {
	t.Parallel()
	srv, other := natstest.Run(t), natstest.Run(t)
	for name, row := range map[string]struct {
		fsync    Fsync
		replicas int
		why      string
	}{
		"another server": {EmbeddedServer(other.Server), 1, "another server"},
		"no server":      {EmbeddedServer(func() *server.Server { return nil }), 1, "not running"},
		"replicas":       {EmbeddedServer(srv.Server), 3, "every server's monitoring"},
		"the right one":  {EmbeddedServer(srv.Server), 1, ""},
	} {
		info := &jetstream.StreamInfo{Config: jetstream.StreamConfig{Replicas: row.replicas}}
		err := row.fsync.Check(t.Context(), srv.Connect(t), info)
		if row.why == "" && err != nil || row.why != "" && (err == nil || !strings.Contains(err.Error(), row.why)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// monitored runs a server with a monitoring address.
func monitored(t *testing.T, options ...natstest.Option) (*natstest.Server, string) {
	t.Helper()
	srv := natstest.Run(t, append(options, natstest.Configure(func(o *server.Options) { o.HTTPHost, o.HTTPPort = "127.0.0.1", -1 }))...)
	return srv, "http://" + srv.Server().MonitorAddr().String()
}

func TestMonitoredServers(t *testing.T) {
	t.Parallel()
	good, goodURL := monitored(t)
	lazy, lazyURL := monitored(t, natstest.LazySync())
	page := func(status int, body string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	for name, row := range map[string]struct {
		srv  *natstest.Server
		urls []string
		why  string
	}{
		"it syncs":              {good, []string{goodURL + "/"}, ""},
		"it does not":           {lazy, []string{lazyURL}, "sync_interval"},
		"one of two does not":   {good, []string{goodURL, lazyURL}, "sync_interval"},
		"of another server":     {lazy, []string{goodURL}, "no monitoring address is that of the connected server"},
		"none":                  {good, nil, "no monitoring address"},
		"nobody answers":        {good, []string{"http://127.0.0.1:1"}, "check fsync"},
		"no address":            {good, []string{"\x00"}, "check fsync"},
		"a page that is not it": {good, []string{page(200, "<html>")}, "check fsync"},
		"a failure":             {good, []string{page(500, "{}")}, "status 500"},
		"nothing known":         {good, []string{page(200, "{}")}, "sync_interval"},
	} {
		err := MonitoredServers(row.urls...).Check(t.Context(), row.srv.Connect(t), &jetstream.StreamInfo{})
		if row.why == "" && err != nil || row.why != "" && (err == nil || !strings.Contains(err.Error(), row.why)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	keepers := &jetstream.ClusterInfo{Name: "c", Leader: "natstest", Replicas: []*jetstream.PeerInfo{{Name: "elsewhere"}}}
	err := MonitoredServers(goodURL).Check(t.Context(), good.Connect(t), &jetstream.StreamInfo{Cluster: keepers})
	if err == nil || !strings.Contains(err.Error(), "a server that keeps the stream") {
		t.Errorf("a replica without an address: %v", err)
	}
	keepers.Replicas[0].Name = "natstest"
	if err := MonitoredServers(goodURL).Check(t.Context(), good.Connect(t), &jetstream.StreamInfo{Cluster: keepers}); err != nil {
		t.Errorf("every keeper has an address: %v", err)
	}
	cfg := configOf(t, good)
	cfg.Fsync, cfg.StoreDir = MonitoredServers(goodURL), ""
	s := foundedOn(t, cfg)
	mustAppend(t, s, commitOf(t, "1", "a", 1))
}

// wrongConfigs are streams that permit loss or a second way in, one for each rule of checkStream, with a word of what must be said.
var wrongConfigs = map[string]struct {
	change func(*jetstream.StreamConfig)
	why    string
}{
	"in memory":               {func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage }, "not stored in files"},
	"another subject":         {func(c *jetstream.StreamConfig) { c.Subjects = append(c.Subjects, "more.>") }, "other subjects"},
	"a work queue":            {func(c *jetstream.StreamConfig) { c.Retention = jetstream.WorkQueuePolicy }, "retention"},
	"by interest":             {func(c *jetstream.StreamConfig) { c.Retention = jetstream.InterestPolicy }, "retention"},
	"old ones discarded":      {func(c *jetstream.StreamConfig) { c.Discard = jetstream.DiscardOld }, "discards old"},
	"so many messages":        {func(c *jetstream.StreamConfig) { c.MaxMsgs = 1000 }, "limits the number"},
	"so many on the subject":  {func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject = 1000 }, "limits the number"},
	"so large":                {func(c *jetstream.StreamConfig) { c.MaxBytes = 1 << 30 }, "limits its size"},
	"so long":                 {func(c *jetstream.StreamConfig) { c.MaxAge = 1000 * time.Hour }, "limits the age"},
	"small messages":          {func(c *jetstream.StreamConfig) { c.MaxMsgSize = 1 << 16 }, "block's size"},
	"without acknowledgement": {func(c *jetstream.StreamConfig) { c.NoAck = true }, "does not acknowledge"},
	"messages are deleted":    {func(c *jetstream.StreamConfig) { c.DenyDelete = false }, "can be deleted"},
	"it is purged":            {func(c *jetstream.StreamConfig) { c.DenyPurge = false }, "purged"},
	"it is rolled up":         {func(c *jetstream.StreamConfig) { c.DenyPurge, c.AllowRollup = false, true }, "purged or rolled up"},
	"a transform": {func(c *jetstream.StreamConfig) {
		c.SubjectTransform = &jetstream.SubjectTransformConfig{Source: c.Subjects[0], Destination: "x"}
	}, "changes or repeats"},
	"it repeats": {func(c *jetstream.StreamConfig) {
		c.RePublish = &jetstream.RePublish{Source: c.Subjects[0], Destination: "x"}
	}, "changes or repeats"},
	"messages expire":       {func(c *jetstream.StreamConfig) { c.AllowMsgTTL = true }, "can expire"},
	"counters":              {func(c *jetstream.StreamConfig) { c.AllowMsgCounter, c.Discard = true, jetstream.DiscardOld }, "discards old"},
	"atomic batches":        {func(c *jetstream.StreamConfig) { c.AllowAtomicPublish = true }, "another way"},
	"fast ingest":           {func(c *jetstream.StreamConfig) { c.AllowBatchPublish = true }, "another way"},
	"acknowledged unsynced": {func(c *jetstream.StreamConfig) { c.PersistMode = jetstream.AsyncPersistMode }, "before it syncs"},
	"begins later":          {func(c *jetstream.StreamConfig) { c.FirstSeq = 7 }, "first messages"},
}

// A stream that somebody else has made is examined before anything is written into it, at the founding and at each start.
func TestStreamsThatPermitLoss(t *testing.T) {
	t.Parallel()
	for name, row := range wrongConfigs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := natstest.Run(t)
			founding := genesisOf(t, 1)
			wrong := streamConfig(chain.CommunityID(chain.HashCommit(founding)), 1)
			row.change(&wrong)
			if _, err := srv.JetStream(t).CreateStream(t.Context(), wrong); err != nil {
				t.Fatal(err)
			}
			cfg := configOf(t, srv)
			s := openOn(t, cfg)
			if _, err := s.Found(t.Context(), founding); err == nil {
				t.Fatal("founded")
			}
			s.Close()
			differsAtOpen(t, cfg, row.why)
		})
	}
}

// What the server itself would not make can still be shown by another: those rules are held against the answer alone.
func TestStreamInfoThatPermitsLoss(t *testing.T) {
	t.Parallel()
	sound := func() *jetstream.StreamInfo {
		return &jetstream.StreamInfo{
			Config: streamConfig("c", 1), State: jetstream.StreamState{Msgs: 5, FirstSeq: 1, LastSeq: 5},
		}
	}
	if err := checkStream(sound(), "c", 1); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*jetstream.StreamInfo){
		"another community":         func(i *jetstream.StreamInfo) { i.Config.Subjects = []string{"evt.d"} },
		"replicas":                  func(i *jetstream.StreamInfo) { i.Config.Replicas = 3 },
		"rolled up":                 func(i *jetstream.StreamInfo) { i.Config.AllowRollup = true },
		"sealed":                    func(i *jetstream.StreamInfo) { i.Config.Sealed = true },
		"a mirror":                  func(i *jetstream.StreamInfo) { i.Config.Mirror = &jetstream.StreamSource{Name: "x"} },
		"gathered":                  func(i *jetstream.StreamInfo) { i.Config.Sources = []*jetstream.StreamSource{{Name: "x"}} },
		"discards by subject":       func(i *jetstream.StreamInfo) { i.Config.DiscardNewPerSubject = true },
		"counters":                  func(i *jetstream.StreamInfo) { i.Config.AllowMsgCounter = true },
		"schedules":                 func(i *jetstream.StreamInfo) { i.Config.AllowMsgSchedules = true },
		"marks what was deleted":    func(i *jetstream.StreamInfo) { i.Config.SubjectDeleteMarkerTTL = time.Hour },
		"the first is gone":         func(i *jetstream.StreamInfo) { i.State.FirstSeq = 2 },
		"one is missing":            func(i *jetstream.StreamInfo) { i.State.Msgs = 4 },
		"one is said to be missing": func(i *jetstream.StreamInfo) { i.State.NumDeleted = 1 },
	} {
		info := sound()
		change(info)
		if err := checkStream(info, "c", 1); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestServerThatRefusesBlocks(t *testing.T) {
	t.Parallel()
	srv := natstest.Run(t, natstest.Configure(func(o *server.Options) { o.MaxPayload = 1 << 16 }))
	cfg := configOf(t, srv)
	s := openOn(t, cfg)
	if _, err := s.Found(t.Context(), genesisOf(t, 1)); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("founded on a server that takes no blocks: %v", err)
	}
}

func TestWitnessesMustAnswer(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t))
	cfg.Witnessed = &memory{err: errors.New("the archive is down")}
	refused(t, cfg, "the archive is down")
}

// memory is what others have seen.
type memory struct {
	number, size uint64
	hash, root   chain.Hash
	err          error
}

func (m *memory) Head(context.Context) (uint64, chain.Hash, bool, error) {
	return m.number, m.hash, !m.hash.IsZero(), m.err
}

func (m *memory) Checkpoint(context.Context) (uint64, chain.Hash, bool, error) {
	return m.size, m.root, !m.root.IsZero(), m.err
}
