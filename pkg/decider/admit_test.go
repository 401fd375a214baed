package decider_test

import (
	"errors"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
)

func TestAdmit(t *testing.T) {
	t.Parallel()
	w := founded(t, 1)
	m := toy.ForumModel()
	good := func() *chain.Signed { return w.signed("m0", "k", "forum.post", &toyv1.Post{Matter: "lift"}) }
	for _, c := range []struct {
		name   string
		change func(*chain.Signed)
		want   error
	}{
		{"good", func(*chain.Signed) {}, nil},
		{"another service's", func(s *chain.Signed) { s.Operation = "register.join" }, decider.ErrOperation},
		{"a policy's", func(s *chain.Signed) { s.Operation = "forum.expire" }, decider.ErrOperation},
		{"another contract", func(s *chain.Signed) { s.Contract = 2 }, decider.ErrOperation},
		{"unsigned", func(s *chain.Signed) { s.Signatures = nil }, decider.ErrUnsigned},
		{"without expiry", func(s *chain.Signed) { s.NotAfter = 0 }, chain.ErrNotAfter},
		{"no JSON", func(s *chain.Signed) { s.Body = []byte("{") }, decider.ErrBody},
		{"an unknown field", func(s *chain.Signed) { s.Body = []byte(`{"matter":"lift","more":1}`) }, decider.ErrBody},
		{"a wrong type", func(s *chain.Signed) { s.Body = []byte(`{"matter":1}`) }, decider.ErrBody},
		{"ill-formed UTF-8", func(s *chain.Signed) { s.Body = []byte("{\"matter\":\"\xff\"}") }, decider.ErrBody},
		{"a field out of class", func(s *chain.Signed) { s.Body = []byte(`{"matter":"Herr Li, Tel. 138"}`) }, decider.ErrField},
	} {
		s := good()
		c.change(s)
		a, err := m.Admit(w.machine.Genesis(), w.encode(s), noSignature)
		if !errors.Is(err, c.want) || (a == nil) != (c.want != nil) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := m.Admit(w.machine.Genesis(), w.encode(good()), nil); !errors.Is(err, decider.ErrSignature) {
		t.Errorf("a signature that does not hold: %v", err)
	}
	if _, err := m.Admit(w.machine.Genesis(), []byte{1, 2}, noSignature); !errors.Is(err, decider.ErrBody) {
		t.Errorf("no command at all: %v", err)
	}
	founding := w.encode(w.signed("f", "", "register.found", &toyv1.Found{}))
	if _, err := toy.RegisterModel().AdmitGenesis(founding, noSignature); !errors.Is(err, chain.ErrNotAfter) {
		t.Errorf("a founding with an expiry: %v", err)
	}
}
