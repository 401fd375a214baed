package op_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// The operation of every test: a member seconds a topic that the path names.
var second = decider.NewModel("proposal", []uint32{1}, decider.Op(
	decider.Operation{Name: "proposal.second", Route: "POST topics/{topic}/seconds"},
	func(*decider.View, *decider.Command, *proposalv1.SecondTopic) ([]decider.Change, error) {
		return nil, nil
	},
)).Operation("proposal.second")

const (
	communityID = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	topicID     = "bbbbbbbbbbbbbbbbbbbbbbbbbb"
	otherID     = "cccccccccccccccccccccccccc"
	// canary is what a caller typed. It must never come back.
	canary = "Zhang-San-13800138000"
)

var (
	genesis  = chain.Hash{7}
	deviceA  = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32))
	deviceB  = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, 32))
	notAfter = int64(1_700_000_600_000)
)

// call is one request of a test. Make it with good and spoil it.
type call struct {
	path   string
	header http.Header
	body   string
}

// good is a signed command with strange white space, as its author sent it.
func good(keys ...ed25519.PrivateKey) *call {
	c := &call{
		path: "/v1/communities/" + communityID + "/topics/" + topicID + "/seconds", header: http.Header{},
		body: "{ \"topic\" :\n\t\"" + topicID + "\" }\n",
	}
	c.header.Set("Content-Type", "application/json; charset=utf-8")
	c.header.Set(op.HeaderIdempotencyKey, key1)
	c.header.Set(op.HeaderNotAfter, strconv.FormatInt(notAfter, 10))
	s := chain.Signed{
		Suite: chain.SuiteIntl, Operation: second.Name, Contract: 1, IdempotencyKey: key1, NotAfter: notAfter, Body: []byte(c.body),
	}
	for _, key := range keys {
		if err := s.Sign(genesis, chain.AuthorDevice, key); err != nil {
			panic(err)
		}
	}
	for _, sig := range s.Signatures {
		c.header.Add(op.HeaderSignature, op.FormatSignature(sig))
	}
	return c
}

// key1 is a good idempotency key.
const key1 = "0123456789abcdef0123456789abcdef"

// edge is the handler under test. It keeps the last request that came through, and gives what answer says.
type edge struct {
	*http.ServeMux
	answer *op.Answer
	err    error
	got    *op.Request
	signed int
	refuse error
}

func newEdge() *edge {
	answer := &op.Answer{Index: 4, Position: 5, Block: 2, Time: 9, Receipt: []byte{1}, Changed: []string{"topic/x"}}
	e := &edge{ServeMux: http.NewServeMux(), answer: answer}
	endpoint := func(_ context.Context, request any) (any, error) {
		e.got = request.(*op.Request)
		return e.answer, e.err
	}
	sign := func(_ *http.Request, community string, s *chain.Signed) error {
		e.signed++
		if community != communityID {
			return op.ErrCommunity
		}
		if e.refuse != nil {
			return e.refuse
		}
		return s.Sign(genesis, chain.AuthorHosted, deviceB)
	}
	e.Handle(op.Pattern(second), op.HTTP(second, endpoint, sign))
	return e
}

// do sends a call and reads what comes back.
func (e *edge) do(t testing.TB, c *call) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, c.path, strings.NewReader(c.body))
	r.Header = c.header
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}

// problem reads a refusal.
type problem struct {
	Type, Title, Detail, Instance, Code, Kind, Lang string
	Status                                          int
	Params                                          map[string]string
	Index                                           uint64
}

func read[T any](t testing.TB, w *httptest.ResponseRecorder) (out T) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("read answer %d: %v", w.Code, err)
	}
	return out
}

var errClosed = fault.New(fault.Refused, "topic.closed", "The topic is closed.", "议题已经结束。")
