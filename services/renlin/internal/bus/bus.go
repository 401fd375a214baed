// Package bus runs the NATS server of a pilot and says what each part of Renlin may do on it.
//
// In plain words: only the sequencer may publish blocks; a service may send the sequencer requests under its own name and no other;
// nobody may change, purge or delete a stream through a service's account; everyone's answers come to an inbox of their own, and whoever
// answers may publish to inboxes, not to whatever a request names. Those whose work is not to decide or to keep the record have no
// JetStream at all: what JetStream is asked it answers to any subject; who follows the record for themselves asks audit for its blocks. The
// same table makes the users of an embedded server and of one that runs apart.
package bus

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"golang.org/x/crypto/bcrypt"
)

// Users of the bus, one for each part.
const (
	Sequencer = "sequencer"
	Community = "community"
	Proposal  = "proposal"
	Voting    = "voting"
	Vault     = "vault"
	Ledger    = "ledger"
	Aid       = "aid"
	Audit     = "audit"
	Notary    = "notary"
	Gateway   = "gateway"
	Keystore  = "keystore" // the second holder of polls' keys, who is a trustee too
	Trustee   = "trustee"  // a trustee of polls' keys and nothing else, of a third organisation
	Matching  = "matching"
	Registrar = "registrar" // who lists the credentials of secret polls' voters, and holds no key of any poll
)

// Parts lists all users.
func Parts() []string {
	return []string{
		Sequencer, Community, Proposal, Voting, Vault, Ledger, Audit, Notary, Gateway, Keystore, Trustee, Registrar, Aid,
		Matching,
	}
}

// TakesOrders tells whether a part does what the operator's gateway tells it. Those that other organisations run do not: they say how they
// do, and that is all.
func TakesOrders(part string) bool {
	return slices.Contains(Parts(), part) && !slices.Contains([]string{Gateway, Keystore, Trustee, Registrar}, part)
}

// told is what a part tells the operator's gateway of itself, and the one order that it takes.
func told(part string) []string {
	out := []string{"part." + part + ".state", "part." + part + ".metrics"}
	if TakesOrders(part) {
		out = append(out, "part."+part+".again")
	}
	return out
}

// reading is what anyone needs who folds a community's stream through an ordered consumer.
func reading(stream string) []string {
	return []string{
		"$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$JS.API.STREAM.INFO." + stream,
		"$JS.API.STREAM.MSG.GET." + stream, "$JS.API.DIRECT.GET." + stream, "$JS.API.DIRECT.GET." + stream + ".>",
		"$JS.API.CONSUMER.CREATE." + stream, "$JS.API.CONSUMER.CREATE." + stream + ".>", "$JS.API.CONSUMER.INFO." + stream + ".*",
		"$JS.API.CONSUMER.DELETE." + stream + ".*", "$JS.API.CONSUMER.MSG.NEXT." + stream + ".*",
		"$JS.ACK." + stream + ".>", "$JS.FC." + stream + ".>",
	}
}

// folder is what a service that decides needs.
func folder(service string) []string {
	return append(reading("*"), "seq.*.append."+service, "seq.*.info", "seq.communities")
}

// following is what those need who check the whole record themselves, without a place on the stream: its blocks, its end, its checkpoint.
func following() []string { return []string{"audit.*.blocks", "seq.*.info", "notary.*.checkpoint"} }

// opener is what those need who make and open the keys of polls: the record, and what the voting service tells of it.
func opener() []string {
	return append(following(),
		"seq.communities", "op.*.voting", "query.*.voting.unpublished", "query.*.voting.ceremonies", "query.*.voting.ballots",
		"query.*.community",
	)
}

// trustee is what a trustee alone needs: it asks about no polls without trustees, and about no members.
func trustee() []string {
	return append(following(), "seq.communities", "op.*.voting", "query.*.voting.ceremonies", "query.*.voting.ballots")
}

// registrar is what the registrar needs: it asks the voting service about polls and who has registered, and tells it the roster.
func registrar() []string {
	return append(following(),
		"seq.communities", "op.*.voting", "query.*.voting", "query.*.voting.registrations", "query.*.voting.registrants",
	)
}

// Permissions gives what a user may publish and subscribe to; nothing else is allowed.
func Permissions(user string) *server.Permissions {
	publish := map[string][]string{
		Sequencer: append(reading("*"), "evt.*", "$JS.API.STREAM.CREATE.*", "audit.*.head", "notary.*.checkpoint",
			"notary.*.keys"),
		Community: append(folder("community"), "seq.found", "seq.new_key", "holder.*.identity", "notary.identity",
			"trustee.identity", "registrar.identity"),
		Proposal: folder("proposal"),
		Matching: folder("matching"),
		Voting: append(folder("voting"), "op.*.voting", "query.*.voting.unpublished",
			"query.*.voting.ceremonies", "query.*.voting.ballots", "query.*.community"),
		Vault:  folder("vault"),
		Ledger: folder("ledger"),
		Aid:    folder("aid"),
		Audit: append(reading("*"), "seq.*.halt", "seq.*.info", "seq.communities", "notary.*.checkpoint", "notary.*.keys",
			"audit.*.grown"),
		Notary: append(reading("*"), "note.*", "$JS.API.STREAM.CREATE.*", "audit.*.head", "audit.*.consistency",
			"seq.*.checkpointed", "seq.communities"),
		Gateway: {"op.>", "query.>", "found.>", "seq.*.info", "seq.communities", "vault.*.put", "audit.*.blocks", "audit.*.commits",
			"audit.*.log", "audit.*.whole", "registrar.*.register", "notary.*.checkpoints"},
		Keystore:  opener(),
		Trustee:   trustee(),
		Registrar: registrar(),
	}[user]
	subscribe := map[string][]string{
		Sequencer: {"seq.>"},
		Community: {"op.*.community", "query.*.community", "query.*.community.mandates", "query.*.community.history", "found.>"},
		Proposal:  {"op.*.proposal", "query.*.proposal", "query.*.proposal.helped"},
		Matching:  {"op.*.matching", "query.*.matching", "query.*.matching.*"},
		Voting: {"op.*.voting", "query.*.voting", "query.*.voting.unpublished", "query.*.voting.ceremonies", "query.*.voting.ballots",
			"query.*.voting.notices", "query.*.voting.helped", "query.*.voting.registrations", "query.*.voting.registrants",
			"query.*.voting.taking", "holder.first.identity"},
		Vault: {"op.*.vault", "query.*.vault", "vault.>"},
		Ledger: {"op.*.ledger", "query.*.ledger", "query.*.ledger.helped", "query.*.ledger.books", "query.*.ledger.own",
			"query.*.ledger.works"},
		Aid: {"op.*.aid", "query.*.aid", "query.*.aid.helped", "query.*.aid.mine", "query.*.aid.figures", "query.*.aid.board",
			"query.*.aid.own_notices", "query.*.aid.notice_unreached", "query.*.aid.notice_figures", "query.*.aid.files", "query.*.aid.carried"},
		Audit:     {"audit.>"},
		Notary:    {"notary.>"},
		Gateway:   {},
		Keystore:  {"holder.second.identity"},
		Trustee:   {"trustee.identity"},
		Registrar: {"registrar.identity", "registrar.*.register"},
	}[user]
	if publish == nil {
		nothing := &server.SubjectPermission{Deny: []string{">"}}
		return &server.Permissions{Publish: nothing, Subscribe: nothing}
	}
	if user == Gateway {
		for _, part := range Parts() {
			if part != Gateway {
				publish = append(publish, told(part)...)
			}
		}
	}
	if len(subscribe) > 0 {
		subscribe = append(subscribe, told(user)...)
		for _, asker := range Parts() {
			publish = append(publish, inbox(asker)+".>")
		}
	}
	if user == Gateway { // it hears that there is news, and answers nobody
		subscribe = []string{"audit.*.grown", "seq.*.checkpointed"}
	}
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: publish},
		Subscribe: &server.SubjectPermission{Allow: append(slices.Clone(subscribe), inbox(user)+".>", "$SRV.>")},
	}
}

// inbox keeps one user's answers from the eyes of another.
func inbox(user string) string { return "_INBOX_" + user }

// Server is an embedded server, reachable from this process only.
type Server struct {
	*server.Server
	passwords map[string]string
}

// payloadBytesMax leaves room above a block for headers.
const payloadBytesMax = 1 << 20

// storeBytesMax is no bound at all: the sequencer looks at the disk itself. The server's own bound would be made of what is free at its
// start, and so would stay low after a start on a full disk, whatever room is made later.
const storeBytesMax = 1 << 50

// Start starts the embedded server with its file store below dir, every write synced before it is acknowledged.
func Start(dir string) (*Server, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil { // the server would say no more than that it is not ready, and late
		return nil, fmt.Errorf("start bus: %w", err)
	}
	s := &Server{passwords: map[string]string{}}
	opts := &server.Options{
		ServerName: "renlin", DontListen: true, JetStream: true, StoreDir: dir, SyncAlways: true, NoSigs: true, NoLog: true,
		MaxPayload: payloadBytesMax, MaxPending: 64 << 20, JetStreamMaxStore: storeBytesMax,
	}
	for _, user := range Parts() {
		var raw [16]byte
		if _, err := rand.Read(raw[:]); err != nil {
			return nil, fmt.Errorf("make bus password: %w", err)
		}
		s.passwords[user] = hex.EncodeToString(raw[:])
		opts.Users = append(opts.Users, &server.User{Username: user, Password: s.passwords[user], Permissions: Permissions(user)})
	}
	var err error
	if s.Server, err = server.NewServer(opts); err != nil {
		return nil, fmt.Errorf("make bus: %w", err)
	}
	s.Server.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		s.Shutdown()
		return nil, fmt.Errorf("start bus: not ready in 20 s")
	}
	return s, nil
}

// Dial connects one part, inside the process.
func (s *Server) Dial(user string, options ...nats.Option) (*nats.Conn, error) {
	return nats.Connect("", append([]nats.Option{
		nats.InProcessServer(s.Server), nats.UserInfo(user, s.passwords[user]), nats.CustomInboxPrefix(inbox(user)), nats.Name("renlin-" + user),
		nats.MaxReconnects(-1), nats.ReconnectWait(50 * time.Millisecond),
	}, options...)...)
}

// Dialer connects a part to a server that runs apart. The password is that of the user in the server's configuration.
func Dialer(url, user, password string) func(options ...nats.Option) (*nats.Conn, error) {
	return func(options ...nats.Option) (*nats.Conn, error) {
		return nats.Connect(url, append([]nats.Option{
			nats.UserInfo(user, password), nats.CustomInboxPrefix(inbox(user)), nats.Name("renlin-" + user),
			nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond), nats.PingInterval(time.Second), nats.MaxPingsOutstanding(2),
			nats.RetryOnFailedConnect(true),
		}, options...)...)
	}
}

// ServerConfig writes the configuration of a server that runs apart: every write synced before it is acknowledged, one user for each
// part and nobody else, known by the hash of its password: who reads the file cannot act as any of them. It listens on the one address and
// answers monitoring, which shows the sync setting, on the other. NATS reads JSON as its own format.
func ServerConfig(listen, monitor, storeDir string, passwords map[string]string) ([]byte, error) {
	type user struct {
		User        string         `json:"user"`
		Password    string         `json:"password"`
		Permissions map[string]any `json:"permissions"`
	}
	var users []user
	for _, name := range Parts() {
		if passwords[name] == "" {
			return nil, fmt.Errorf("configure bus: no password for %s", name)
		}
		p := Permissions(name)
		hash, err := bcrypt.GenerateFromPassword([]byte(passwords[name]), bcrypt.MinCost) // what is random needs no slow hash
		if err != nil {
			return nil, fmt.Errorf("configure bus: hash password of %s: %w", name, err)
		}
		users = append(users, user{User: name, Password: string(hash), Permissions: map[string]any{
			"publish": map[string]any{"allow": p.Publish.Allow}, "subscribe": map[string]any{"allow": p.Subscribe.Allow},
		}})
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false) // the server knows no \u003e
	e.SetIndent("", " ")
	err := e.Encode(map[string]any{
		"listen": listen, "http": monitor, "server_name": "renlin", "max_payload": payloadBytesMax,
		"jetstream":     map[string]any{"store_dir": storeDir, "sync_interval": "always"},
		"authorization": map[string]any{"users": users},
	})
	return out.Bytes(), err
}
