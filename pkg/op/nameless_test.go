package op_test

import (
	"context"
	"net/http"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// secretly is the access of an operation whose author nobody is told.
type secretly struct{}

// Nameless is what decider.Operation asks.
func (secretly) Nameless() bool { return true }

var nameless = decider.NewModel("proposal", []uint32{1}, decider.Op(
	decider.Operation{Name: "proposal.second", Route: "POST topics/{topic}/seconds", Access: secretly{}},
	func(*decider.View, *decider.Command, *proposalv1.SecondTopic) ([]decider.Change, error) {
		return nil, nil
	},
)).Operation("proposal.second")

// TestNamelessRequests: what names nobody is signed by one key, by no hosted one, and comes without a session, or not at all.
func TestNamelessRequests(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		call   *call
		change func(h http.Header)
		want   *fault.Fault
	}{
		"by one key":                   {good(deviceA), nil, nil},
		"with a stranger's trace":      {good(deviceA), func(h http.Header) { h.Set("Traceparent", "00-a-b-01") }, nil},
		"without a signature":          {good(), nil, op.ErrCredentialSignature},
		"by two keys":                  {good(deviceA, deviceB), nil, op.ErrCredentialSignature},
		"by two keys, joined":          {good(deviceA, deviceB), func(h http.Header) { join(h, op.HeaderSignature) }, op.ErrCredentialSignature},
		"by what is no signature":      {good(deviceA), func(h http.Header) { h.Set(op.HeaderSignature, canary) }, op.ErrSignatureHeader},
		"with a session":               {good(deviceA), func(h http.Header) { h.Set("Authorization", "Bearer "+canary) }, op.ErrSessionSent},
		"with an empty session":        {good(deviceA), func(h http.Header) { h.Set("Authorization", "") }, op.ErrSessionSent},
		"with another sort of sign-in": {good(deviceA), func(h http.Header) { h.Set("Authorization", "Basic eA==") }, op.ErrSessionSent},
		"with a session, unsigned":     {good(), func(h http.Header) { h.Set("Authorization", "Bearer "+canary) }, op.ErrSessionSent},
	} {
		var got *op.Request
		e := &edge{ServeMux: http.NewServeMux()}
		endpoint := func(_ context.Context, request any) (any, error) {
			got = request.(*op.Request)
			return &op.Answer{}, nil
		}
		signed := 0
		sign := func(*http.Request, string, *chain.Signed) error { signed++; return nil }
		e.Handle(op.Pattern(nameless), op.HTTP(nameless, endpoint, sign))
		if c.change != nil {
			c.change(c.call.header)
		}
		w := e.do(t, c.call)
		switch {
		case signed != 0:
			t.Errorf("%s: the hosted key was asked", name)
		case c.want == nil && (w.Code != http.StatusCreated || got == nil):
			t.Errorf("%s: status %d, %s", name, w.Code, w.Body)
		case c.want != nil && (got != nil || w.Code != c.want.Kind.Status() || read[problem](t, w).Code != c.want.Code):
			t.Errorf("%s: status %d, %s, want %s", name, w.Code, w.Body, c.want.Code)
		}
	}
	if second.Nameless() {
		t.Error("an operation that says nothing names nobody")
	}
}

// TestOthersMaySendTheirSession: what a member signs may come with their session, and another key's signature, as ever.
func TestOthersMaySendTheirSession(t *testing.T) {
	t.Parallel()
	e, c := newEdge(), good(deviceA, deviceB)
	c.header.Set("Authorization", "Bearer x")
	if w := e.do(t, c); w.Code != http.StatusCreated {
		t.Errorf("status %d, %s", w.Code, w.Body)
	}
}
