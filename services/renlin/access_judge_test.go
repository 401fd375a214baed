package main

import (
	"crypto/ed25519"
	"strconv"

	"google.golang.org/protobuf/encoding/protojson"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/verify/forge"
)

// codeOf is the code of a refusal, "" for none.
func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Code
}

// judge has a command judged as somebody's, and answers the code of its refusal. Nothing is written.
func (w *accessWorld) judge(who, operation string, c deed) string {
	w.Helper()
	model := modelOf(w, operation)
	body, err := protojson.Marshal(c.body)
	if err != nil {
		w.TB.Fatal(err)
	}
	w.serial++
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: "cell-" + strconv.Itoa(w.serial),
		NotAfter: w.Now + 60_000, Body: body,
	}
	state := w.State(model.Service)
	if c.unfounded {
		state = decider.NewState(model)
	}
	in := &decider.Input{Signed: s, Time: w.Now}
	author := chain.AuthorDevice
	switch who {
	case "rule":
		s.Suite, s.NotAfter, author, in.Policy = chain.SuiteNone, 0, chain.AuthorPolicy, true
		return w.verdict(state, in, author, who, c)
	case "found":
		s.IdempotencyKey, s.NotAfter, author, in.Genesis = "", 0, chain.AuthorGenesis, true
	}
	if err := w.sign(s, who, author, c); err != nil {
		return codeOf(err)
	}
	if in.Raw, err = s.Encode(nil); err != nil {
		w.TB.Fatal(err)
	}
	if in.Genesis {
		_, err = model.AdmitGenesis(in.Raw, nil)
	} else {
		_, err = model.Admit(w.Genesis(), in.Raw, nil)
	}
	if err != nil {
		return codeOf(err)
	}
	return w.verdict(state, in, author, who, c)
}

// sign signs as the column says: nobody, over another community, as founders, or as themselves with others. Where a cell has a credential,
// that signs in place of their own key.
func (w *accessWorld) sign(s *chain.Signed, who string, author chain.Author, c deed) error {
	genesis, first := w.Genesis(), forge.Key(who)
	switch who {
	case "nobody":
		return nil
	case "other":
		genesis, first = chain.Hash{1}, forge.Key("resid")
	}
	if c.credential != nil {
		first = c.credential
	}
	signers := []ed25519.PrivateKey{first}
	for _, name := range c.cosigners {
		signers = append(signers, forge.Key(name))
	}
	if who == "found" {
		genesis, signers = chain.Hash{}, []ed25519.PrivateKey{forge.Key("offA"), forge.Key("offB")}
	}
	for _, key := range signers {
		if err := s.Sign(genesis, author, key); err != nil {
			return err
		}
	}
	return nil
}

// verdict judges, and holds the commit that comes of it to the hand that it says it is by: for a principal, if there is one, and of a
// credential nobody's.
func (w *accessWorld) verdict(state *decider.State, in *decider.Input, author chain.Author, who string, c deed) string {
	w.Helper()
	var err error
	if in.ID, err = in.Signed.ID(author, state.Model().Service); err != nil {
		w.TB.Fatal(err)
	}
	if in.Raw, err = in.Signed.Encode(nil); err != nil {
		w.TB.Fatal(err)
	}
	v := state.Judge(in)
	if v.Err != nil {
		return codeOf(v.Err)
	}
	want, actor := author, forge.ID(who)
	switch who {
	case "host", "hostO":
		want = chain.AuthorHosted
	case "found":
		actor = ""
	}
	switch in.Signed.Operation {
	case "community.enrol_key":
		actor = forge.ID("guest")
	case "community.redeem_invite":
		actor = forge.ID("host")
	}
	if c.credential != nil {
		want, actor = chain.AuthorCredential, ""
	}
	if in.Signed.Operation == "aid.send_signal" || in.Signed.Operation == "aid.send_well" { // its author is the sensor
		want, actor = chain.AuthorDevice, chain.KeyID(forge.Public("sensor"))
	}
	if c.principal != "" {
		if v.Commit.Through != actor {
			w.Errorf("%s by %s: done through %q", in.Signed.Operation, who, v.Commit.Through)
		}
		actor = forge.ID(c.principal)
	}
	if v.Commit.Author != want || v.Commit.Actor != actor {
		w.Errorf("%s by %s: the commit says it is by a hand of kind %d, of %q", in.Signed.Operation, who, v.Commit.Author, v.Commit.Actor)
	}
	return ""
}
