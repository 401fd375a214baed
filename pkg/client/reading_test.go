package client_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	s := newServer(t, says(201, `{"token":"t","provider":"device"}`))
	d := s.device()
	if err := d.SignIn(t.Context()); err != nil || d.Token != "t" {
		t.Fatalf("token %q, %v", d.Token, err)
	}
	r := s.got()[0]
	if r.target != "/v1/communities/"+community+"/sessions" ||
		r.body != `{"member":"`+d.Member+`"}` || r.header.Get(op.HeaderSignature) == "" ||
		r.header.Get(op.HeaderIdempotencyKey) == "" {
		t.Errorf("request %+v", r)
	}
	d.Key, d.Token = nil, ""
	if err := d.SignIn(t.Context()); err != nil || s.got()[1].header.Get(op.HeaderSignature) != "" {
		t.Errorf("without a device: %v, %v", err, s.got()[1].header)
	}
	for name, answer := range map[string]http.HandlerFunc{
		"no token": says(201, `{}`), "an empty one": says(201, `{"token":""}`), "a number": says(201, `{"token":7}`),
		"refused": refuses(kind(fault.Forbidden)),
	} {
		d := newServer(t, answer).device()
		d.Token = "before"
		if err := d.SignIn(t.Context()); err == nil || d.Token != "before" {
			t.Errorf("%s: token %q, %v", name, d.Token, err)
		}
	}
}

func TestRecords(t *testing.T) {
	t.Parallel()
	const page = `{"position":7,"records":[{"path":"member/x","version":2,"state":{"Revoked":true}}],"next":"member/x"}`
	s := newServer(t, says(200, page))
	d := s.device()
	got, err := d.Records(t.Context(), "member", "member/a&b=c ", 7)
	if err != nil || got.Position != 7 || len(got.Records) != 1 || got.Next != "member/x" {
		t.Fatalf("page %+v, %v", got, err)
	}
	address, err := url.Parse(s.got()[0].target)
	if err != nil || address.Path != "/v1/communities/"+community+"/records/member" ||
		address.Query().Get("after") != "member/a&b=c " || address.Query().Get("min_index") != "7" {
		t.Errorf("asked for %v, %v", address, err)
	}
	var state struct{ Revoked bool }
	if version, err := d.Record(t.Context(), "member/x", 0, &state); err != nil || version != 2 || !state.Revoked {
		t.Errorf("version %d, %+v, %v", version, state, err)
	}
	for name, body := range map[string]string{
		"none": `{"records":[]}`, "null": `{"records":null}`, "nothing": `{}`, "another": page, "no state": `{"records":[{"path":"member/y"}]}`,
		"two":          `{"records":[{"path":"member/y","state":{}},{"path":"member/y","state":{}}]}`,
		"another type": `{"records":[{"path":"member/y","state":[]}]}`,
	} {
		if _, err := newServer(t, says(200, body)).device().Record(t.Context(), "member/y", 0, &state); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestPutText(t *testing.T) {
	t.Parallel()
	s := newServer(t, says(201, `{"ref":"r","length_bytes":6,"commitment":"AQ==","salt":"Ag=="}`))
	d := s.device()
	got, err := d.PutText(t.Context(), "a b", "文本")
	if err != nil || got.Ref != "r" || got.Length != 6 || got.Salt[0] != 2 {
		t.Errorf("sealed %+v, %v", got, err)
	}
	r := s.got()[0]
	if r.body != "文本" || r.target != "/v1/communities/"+community+"/texts?subject=a+b" ||
		!strings.HasPrefix(r.header.Get("Content-Type"), "text/plain") {
		t.Errorf("request %+v", r)
	}
}
