package credential_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/crypto/curve25519"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/projection"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/credential"
	"renlin.dev/services/voting/internal/poll"
)

// edge answers as a gateway does, of one poll, and notes who asked for what: a session or nobody.
type edge struct {
	t       *testing.T
	records map[string]any
	posts   map[string]proto.Message // by the end of the path
	asked   []string
	device  ed25519.PrivateKey // the registrar's
	box     [32]byte           // private
	lie     bool               // the registrar signs something else
}

func (e *edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who := "nobody"
	if r.Header.Get("Authorization") != "" {
		who = "somebody"
	}
	path := r.URL.Path[strings.Index(r.URL.Path, "/communities/")+len("/communities/aaaaaaaaaaaaaaaaaaaaaaaaaa/"):]
	last := path[strings.LastIndex(path, "/")+1:]
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		e.t.Error(err)
	}
	switch {
	case r.Method == http.MethodGet:
		e.asked = append(e.asked, who+" reads")
		path = strings.TrimPrefix(path, "records/")
		state, ok := e.records[path]
		if !ok {
			op.WriteFault(w, r, projection.ErrNoRecord)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"records": []any{map[string]any{"path": path, "version": 1, "state": state}}})
		return
	case last == "credentials":
		e.asked = append(e.asked, who+" "+last)
		e.register(w, raw)
		return
	}
	e.asked = append(e.asked, who+" "+last)
	body := map[string]proto.Message{
		"registrations": &votingv1.RegisterVoter{}, "contests": &votingv1.ContestRoster{}, "secret-ballots": &votingv1.CastSecret{},
		"challenges": &votingv1.ChallengeBallot{},
	}[last]
	if err := protojson.Unmarshal(raw, body); err != nil {
		e.t.Error(err)
	}
	e.posts[last] = body
	_, _ = w.Write([]byte("{}"))
}

func (e *edge) register(w http.ResponseWriter, raw []byte) {
	var body credential.Sealed
	if err := json.Unmarshal(raw, &body); err != nil {
		e.t.Error(err)
	}
	public, err := curve25519.X25519(e.box[:], curve25519.Basepoint)
	if err != nil {
		e.t.Error(err)
	}
	r, err := credential.Open(body.Sealed, (*[32]byte)(public), &e.box)
	if err != nil {
		e.t.Fatal(err)
	}
	if e.lie {
		r.Salt[0]++
	}
	receipt := ed25519.Sign(e.device, poll.ReceiptInput(r.Poll, r.Voter, r.Commitment()))
	_ = json.NewEncoder(w).Encode(credential.Receipt{Receipt: receipt})
}

// The whole way of a voter's device: with its session up to the roster, and as nobody from there on.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	state := opened(t, &communityv1.PollRules{Method: communityv1.Method_METHOD_YES_NO}, 0)
	e := &edge{
		t: t, device: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)), box: [32]byte(bytes.Repeat([]byte{8}, 32)),
		records: map[string]any{poll.Path(roof): state}, posts: map[string]proto.Message{},
	}
	s := httptest.NewServer(e)
	t.Cleanup(s.Close)
	public, err := curve25519.X25519(e.box[:], curve25519.Basepoint)
	if err != nil {
		t.Fatal(err)
	}
	registrar := &communityv1.Registrar{Key: chain.Public(e.device), BoxKey: public}
	c := made(t, "ann")
	d := &client.Device{
		Gateway: client.New(s.URL), Community: strings.Repeat("a", 26), Member: c.Voter, Token: "secret",
		Key: ed25519.NewKeyFromSeed(make([]byte, 32)),
	}
	e.lie = true
	if _, err := c.Post(t.Context(), d, registrar); !errors.Is(err, credential.ErrReceipt) || e.posts["registrations"] != nil {
		t.Fatalf("a receipt of something else: %v", err)
	}
	e.lie = false
	if _, err := c.Post(t.Context(), d, registrar); err != nil {
		t.Fatal(err)
	}
	if got := e.posts["registrations"].(*votingv1.RegisterVoter); !bytes.Equal(got.GetCommitment(), c.Commitment()) {
		t.Errorf("registered %v", got)
	}
	for commitment, want := range map[string]bool{string(c.Commitment()): true, "another": false} {
		e.records[poll.Path(roof)+"/registration/"+c.Voter] = poll.Registration{Commitment: []byte(commitment)}
		if stands, err := c.Stands(t.Context(), d, 0); err != nil || stands != want {
			t.Errorf("stands %v, %v", stands, err)
		}
	}
	if _, err := c.PostContest(t.Context(), d); err != nil || !proto.Equal(e.posts["contests"], c.Contest()) {
		t.Errorf("contested %v: %v", e.posts["contests"], err)
	}
	e.asked = nil
	votes(t, e, c, d)
	for _, asked := range e.asked {
		if !strings.HasPrefix(asked, "nobody ") {
			t.Errorf("%s in the booth", asked)
		}
	}
}

// votes has a credential challenge a ballot and cast another.
func votes(t *testing.T, e *edge, c *credential.Credential, d *client.Device) {
	t.Helper()
	b := c.Enter(d)
	p, err := b.Poll(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for want, send := range map[uint64]func(context.Context, *credential.Ballot) (*op.Answer, error){1: b.Challenge, 2: b.Cast} {
		if want == 2 {
			e.records[poll.SecretBallotPath(roof, c.Public())] = poll.SecretBallot{Sequence: 1}
		} else {
			delete(e.records, poll.SecretBallotPath(roof, c.Public()))
		}
		next, err := b.Next(t.Context(), 0)
		if err != nil || next != want {
			t.Fatalf("next is %d, want %d: %v", next, want, err)
		}
		ballot, err := c.Make(rand.Reader, p, next, of(0))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := send(t.Context(), ballot); err != nil {
			t.Fatal(err)
		}
	}
	cast := e.posts["secret-ballots"].(*votingv1.CastSecret)
	if _, err := p.Election.Verify(voterOf(c, 2), cast.GetBallot()); err != nil || cast.GetSequence() != 2 {
		t.Errorf("cast %d: %v", cast.GetSequence(), err)
	}
	challenged := e.posts["challenges"].(*votingv1.ChallengeBallot)
	if sent, err := p.Election.Verify(voterOf(c, 1), challenged.GetBallot()); err != nil {
		t.Error(err)
	} else if _, err := p.Election.Open(sent, challenged.GetOpening()); err != nil {
		t.Error(err)
	}
	var f *fault.Fault
	elsewhere := made(t, "eve")
	elsewhere.Poll = id("none")
	if _, err := elsewhere.Enter(d).Poll(t.Context(), 0); !errors.As(err, &f) || f.Code != projection.ErrNoRecord.Code {
		t.Errorf("a poll that is none: %v", err)
	}
}
