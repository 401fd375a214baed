package vault_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/vault"
	"renlin.dev/services/vault/internal/reading"
)

// id makes an opaque id, ref a vault reference, key a public key out of a word.
func id(word string) string {
	sum := sha256.Sum256([]byte(word))
	return chain.ShortID(sum[:])
}

func ref(word string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte("ref "+word))) }

func key(word string) []byte {
	sum := sha256.Sum256([]byte("key " + word))
	return sum[:]
}

func text(word string) *communityv1.Text {
	return &communityv1.Text{Ref: ref(word), LengthBytes: 9, Commitment: key(word)}
}

// world is a record under the vault's rules: facts of other services are given, commands are judged.
type world struct {
	t     testing.TB
	state *decider.State
	vers  map[string]uint64
	count int
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, state: decider.NewState(vault.Model()), vers: map[string]uint64{}}
	for name, role := range map[string]communityv1.Role{
		"ann": 0, "bob": 0, "off": communityv1.Role_ROLE_OFFICER, "grid": communityv1.Role_ROLE_GRID_WORKER,
		"aud": communityv1.Role_ROLE_AUDITOR, "conv": communityv1.Role_ROLE_CONVENER, "guard": communityv1.Role_ROLE_GUARDIAN,
		"hosted": communityv1.Role_ROLE_OFFICER, "gone": 0, "owner": communityv1.Role_ROLE_OWNER, "oper": communityv1.Role_ROLE_OPERATOR,
		"holder": communityv1.Role_ROLE_KEY_HOLDER,
	} {
		w.fact("member/"+id(name), &communityv1.MemberAdmitted{AdmittedBy: id("org"), Profile: text(name + " profile")})
		if role != 0 {
			w.fact("member/"+id(name), &communityv1.RoleGranted{Role: role, Org: id("org")})
		}
		w.fact("key/"+chain.KeyID(key(name)), &communityv1.KeyEnrolled{Member: id(name), Key: key(name), Hosted: name == "hosted"})
	}
	w.fact("member/"+id("gone"), &communityv1.MemberRevoked{})
	w.fact("unit/"+id("unit"), &communityv1.UnitRegistered{Label: text("unit label")})
	w.fact("topic/"+id("topic"), &proposalv1.TopicPosted{Author: id("ann"), Text: text("topic")})
	w.fact("topic/"+id("old"), &proposalv1.TopicPosted{Author: id("ann"), Text: text("old topic")})
	w.fact("topic/"+id("old"), &proposalv1.TopicWithdrawn{})
	w.fact(statementPath, &proposalv1.StatementSubmitted{Author: id("ann"), Text: text("statement")})
	w.fact("motion/"+id("motion"), &proposalv1.MotionVetoed{Guardian: id("guard"), Reason: text("veto")})
	w.fact("motion/"+id("motion"), &proposalv1.ExecutionReported{By: id("off"), Evidence: text("evidence")})
	w.fact("motion/"+id("motion"), &proposalv1.ExecutionReported{By: id("off")})
	w.fact(deliveryPath, &votingv1.NoticeDelivered{Channel: votingv1.DeliveryChannel_DELIVERY_CHANNEL_PHONE})
	w.fact(deliveryPath, &votingv1.NoticeDelivered{Evidence: text("receipt")})
	w.fact(addresseePath, &aidv1.PolicyNoticeReached{Channel: votingv1.DeliveryChannel_DELIVERY_CHANNEL_PHONE, By: []string{id("off")}})
	w.fact(addresseePath, &aidv1.PolicyNoticeReached{Evidence: text("slip"), By: []string{id("off")}})
	return w
}

var addresseePath = "policy-notice/" + id("notice") + "/addressee/" + id("ann")

var deliveryPath = "poll/" + id("poll") + "/delivery/" + id("ann")

var statementPath = "deliberation/" + id("deliberation") + "/statement/" + id("statement")

// fact puts another service's event on the record.
func (w *world) fact(aggregate string, e proto.Message) {
	w.t.Helper()
	w.factBy("", aggregate, e)
}

// factBy is fact with an author.
func (w *world) factBy(who, aggregate string, e proto.Message) {
	w.t.Helper()
	body, err := proto.Marshal(e)
	if err != nil {
		w.t.Fatal(err)
	}
	w.vers[aggregate]++
	c := &chain.Commit{Actor: who, Changes: []chain.Change{{
		Aggregate: aggregate, Version: w.vers[aggregate],
		Events: []chain.Event{{Type: string(e.ProtoReflect().Descriptor().FullName()), Body: body}},
	}}}
	if err := w.state.Apply(c, 1); err != nil {
		w.t.Fatal(err)
	}
}

// try judges a command twice, the second time as an observer would, and folds it.
func (w *world) try(op string, body proto.Message, who string, cosigners ...string) (*chain.Commit, error) {
	w.t.Helper()
	raw, err := protojson.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	w.count++
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: op, Contract: 1, Body: raw, IdempotencyKey: fmt.Sprint(w.count),
		Signatures: []chain.Signature{{Key: key(who)}},
	}
	for _, name := range cosigners {
		s.Signatures = append(s.Signatures, chain.Signature{Key: key(name)})
	}
	in := &decider.Input{Signed: s, Time: 5, ID: chain.CommandIDOf(key(who), s.IdempotencyKey)}
	first, second := w.state.Judge(in), w.state.Judge(in)
	if first.Err != nil {
		return nil, first.Err
	}
	encoded, err := first.Commit.Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	if again, err := second.Commit.Encode(); err != nil || !bytes.Equal(again, encoded) {
		w.t.Fatal("the same command comes out otherwise the second time")
	}
	commit, err := chain.DecodeCommit(encoded)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.state.Apply(commit, 5); err != nil {
		w.t.Fatal(err)
	}
	return commit, nil
}

const (
	own      = vaultv1.Purpose_PURPOSE_OWN
	public   = vaultv1.Purpose_PURPOSE_DELIBERATION
	service  = vaultv1.Purpose_PURPOSE_SERVICE
	audit    = vaultv1.Purpose_PURPOSE_AUDIT
	nothing  = vaultv1.Purpose_PURPOSE_UNSPECIFIED
	hereFrom = "topic/"
)

// texts are what the record names: where, whose, which. Every request comes with a reader's key.
var texts = withKeys(map[string]*vaultv1.ReadText{
	"topic":     {NamedBy: hereFrom + id("topic"), Subject: id("ann"), Ref: ref("topic")},
	"withdrawn": {NamedBy: hereFrom + id("old"), Subject: id("ann"), Ref: ref("old topic")},
	"statement": {NamedBy: statementPath, Subject: id("ann"), Ref: ref("statement")},
	"veto":      {NamedBy: "motion/" + id("motion"), Subject: id("guard"), Ref: ref("veto")},
	"evidence":  {NamedBy: "motion/" + id("motion"), Subject: id("off"), Ref: ref("evidence")},
	"profile":   {NamedBy: "member/" + id("ann"), Subject: id("ann"), Ref: ref("ann profile")},
	"label":     {NamedBy: "unit/" + id("unit"), Subject: id("unit"), Ref: ref("unit label")},
	"receipt":   {NamedBy: deliveryPath, Subject: id("ann"), Ref: ref("receipt")},
	"slip":      {NamedBy: addresseePath, Subject: id("ann"), Ref: ref("slip")},
})

func withKeys(requests map[string]*vaultv1.ReadText) map[string]*vaultv1.ReadText {
	for _, r := range requests {
		r.ReaderKey = key("reader")
	}
	return requests
}

// mayRead says once more, by hand, what the rules open.
func mayRead(who, what string, purpose vaultv1.Purpose) bool {
	business := what == "topic" || what == "statement" || what == "veto" || what == "evidence"
	switch purpose {
	case own:
		return texts[what].Subject == id(who)
	case public:
		return business || (what == "withdrawn" && who == "ann")
	case service:
		return (who == "off" || who == "grid") && (what == "profile" || what == "label" || what == "receipt" || what == "slip")
	case audit:
		return who == "aud"
	}
	return false
}

// Everybody asks for every text with every purpose.
func TestReadMatrix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	opened := 0
	for _, who := range []string{"ann", "bob", "off", "grid", "aud", "conv", "guard", "hosted", "owner", "oper", "holder"} {
		for what, ask := range texts {
			for _, purpose := range []vaultv1.Purpose{nothing, own, public, service, audit, 99} {
				body := proto.Clone(ask).(*vaultv1.ReadText)
				body.Purpose = purpose
				_, err := w.try(vault.OpRead, body, who)
				if want := mayRead(who, what, purpose); want != (err == nil) {
					t.Errorf("%s reads %s for %v: %v, want open %v", who, what, purpose, err, want)
				}
				if err == nil {
					opened++
				} else if !errors.Is(err, reading.ErrPurpose) && !errors.Is(err, reading.ErrNotNamed) {
					t.Errorf("%s reads %s for %v: %v", who, what, purpose, err)
				}
			}
		}
	}
	if opened < 50 {
		t.Errorf("only %d reads were open", opened)
	}
}

func TestReadIsOnRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := proto.Clone(texts["profile"]).(*vaultv1.ReadText)
	body.Purpose = service
	c, err := w.try(vault.OpRead, body, "grid")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Changes) != 1 || c.Changes[0].Aggregate != "reading/"+c.ID.NewAggregate() || c.Actor != id("grid") {
		t.Fatalf("commit %+v", c.Changes)
	}
	r := decider.Peek[reading.Reading](w.state, c.Changes[0].Aggregate)
	want := reading.Reading{
		Ref: ref("ann profile"), Subject: id("ann"), Reader: id("grid"), Purpose: "PURPOSE_SERVICE", NamedBy: "member/" + id("ann"), ReadAt: 5,
	}
	if *r != want {
		t.Errorf("on record %+v, want %+v", *r, want)
	}
}

func TestReadRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		who   string
		spoil func(*vaultv1.ReadText)
		want  *fault.Fault
	}{
		{"a profile called a topic", "bob", func(r *vaultv1.ReadText) { r.Ref = ref("ann profile") }, reading.ErrNotNamed},
		{"another's text called this one's", "bob", func(r *vaultv1.ReadText) { r.Subject = id("guard") }, reading.ErrNotNamed},
		{"named nowhere", "bob", func(r *vaultv1.ReadText) { r.NamedBy = "" }, reading.ErrNotNamed},
		{"named by nothing", "bob", func(r *vaultv1.ReadText) { r.NamedBy = hereFrom + id("x") }, reading.ErrNotNamed},
		{"named by a kind of no table", "bob", func(r *vaultv1.ReadText) { r.NamedBy = "reading/" + id("x") }, reading.ErrNotNamed},
		{"named by a look-alike", "bob", func(r *vaultv1.ReadText) { r.NamedBy = "a/b/topic/" + id("topic") }, reading.ErrNotNamed},
		{"ill-formed name", "bob", func(r *vaultv1.ReadText) { r.NamedBy = "topic" }, fault.New(fault.Invalid, "field.invalid", "a", "a")},
		{"no reference", "bob", func(r *vaultv1.ReadText) { r.Ref = "" }, reading.ErrIncomplete},
		{"no subject", "bob", func(r *vaultv1.ReadText) { r.Subject = "" }, reading.ErrIncomplete},
		{"no reader's key", "bob", func(r *vaultv1.ReadText) { r.ReaderKey = nil }, reading.ErrReaderKey},
		{"a reader's key that protects nothing", "bob", func(r *vaultv1.ReadText) { r.ReaderKey = make([]byte, 32) }, reading.ErrReaderKey},
		{"no such statement", "bob", func(r *vaultv1.ReadText) { r.NamedBy = statementPath[:len(statementPath)-1] + "z" }, reading.ErrNotNamed},
		{"no such motion", "bob", func(r *vaultv1.ReadText) { r.NamedBy = "motion/" + id("x") }, reading.ErrNotNamed},
		{"own text, called another's topic", "bob", func(r *vaultv1.ReadText) { r.Purpose, r.Subject = own, id("bob") }, reading.ErrNotNamed},
		{"another's draft called one's own", "bob", func(r *vaultv1.ReadText) { r.Purpose, r.NamedBy = own, "" }, reading.ErrPurpose},
		{"another's draft to audit", "aud", func(r *vaultv1.ReadText) { r.Purpose, r.NamedBy = audit, "" }, reading.ErrNotNamed},
		{"by one who left", "gone", func(*vaultv1.ReadText) {}, standing.ErrNotActive},
		{"by a stranger", "stranger", func(*vaultv1.ReadText) {}, standing.ErrKeyUnknown},
		{"no such profile", "aud", func(r *vaultv1.ReadText) { r.Purpose, r.NamedBy = audit, "member/"+id("x") }, reading.ErrNotNamed},
		{"no such delivery", "aud", func(r *vaultv1.ReadText) {
			r.Purpose, r.NamedBy = audit, "poll/"+id("x")+"/delivery/"+id("x")
		}, reading.ErrNotNamed},
		{"no such unit", "aud", func(r *vaultv1.ReadText) { r.Purpose, r.NamedBy = audit, "unit/"+id("x") }, reading.ErrNotNamed},
	} {
		body := proto.Clone(texts["topic"]).(*vaultv1.ReadText)
		body.Purpose = public
		c.spoil(body)
		_, err := newWorld(t).try(vault.OpRead, body, c.who)
		if err == nil || !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func draft(who string) *vaultv1.ReadText {
	return &vaultv1.ReadText{Ref: ref("draft"), Subject: id(who), Purpose: own, ReaderKey: key("reader")}
}

// A draft that no record names yet is its author's to read.
func TestReadOwnDraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.try(vault.OpRead, draft("bob"), "bob"); err != nil {
		t.Error(err)
	}
	if _, err := w.try(vault.OpRead, draft("hosted"), "hosted"); err != nil {
		t.Errorf("with a hosted key: %v", err)
	}
}

func TestErase(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, who, subject string
		want               *fault.Fault
	}{
		{"oneself", "ann", "ann", nil},
		{"oneself, hosted", "hosted", "hosted", nil},
		{"an officer for a member", "off", "ann", nil},
		{"an officer for one who left", "off", "gone", nil},
		{"an officer for a unit", "off", "unit", nil},
		{"a member for another", "bob", "ann", reading.ErrEraseOther},
		{"a grid worker", "grid", "ann", reading.ErrEraseOther},
		{"an auditor", "aud", "ann", reading.ErrEraseOther},
		{"an officer by hosted key", "hosted", "ann", reading.ErrEraseOther},
		{"one who left", "gone", "gone", standing.ErrNotActive},
		{"a stranger", "stranger", "ann", standing.ErrKeyUnknown},
		{"nobody", "off", "nobody", reading.ErrSubjectUnknown},
		{"nothing named", "off", "", reading.ErrIncomplete},
	} {
		w := newWorld(t)
		body := &vaultv1.EraseSubject{}
		if c.subject != "" {
			body.Subject = id(c.subject)
		}
		commit, err := w.try(vault.OpErase, body, c.who)
		if c.want != nil {
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		s := decider.Peek[reading.Subject](w.state, commit.Changes[0].Aggregate)
		if commit.Changes[0].Aggregate != "subject/"+id(c.subject) || s.By != id(c.who) || s.ErasedAt != 5 {
			t.Errorf("%s: %s %+v", c.name, commit.Changes[0].Aggregate, s)
		}
		if _, err := w.try(vault.OpErase, body, "off"); !errors.Is(err, reading.ErrErasedBefore) {
			t.Errorf("%s, twice: %v", c.name, err)
		}
	}
}

// What was erased is closed to everybody, oneself and auditors included.
func TestErasedIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.try(vault.OpErase, &vaultv1.EraseSubject{Subject: id("ann")}, "ann"); err != nil {
		t.Fatal(err)
	}
	for who, purpose := range map[string]vaultv1.Purpose{"ann": own, "bob": public, "aud": audit} {
		body := proto.Clone(texts["topic"]).(*vaultv1.ReadText)
		body.Purpose = purpose
		if _, err := w.try(vault.OpRead, body, who); !errors.Is(err, reading.ErrErased) {
			t.Errorf("%s: %v", who, err)
		}
	}
	// Others' texts stay open.
	body := proto.Clone(texts["veto"]).(*vaultv1.ReadText)
	body.Purpose = public
	if _, err := w.try(vault.OpRead, body, "bob"); err != nil {
		t.Error(err)
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	var names []string
	for _, op := range vault.Model().Operations() {
		names = append(names, op.Name+" "+op.Route)
		if access := op.Access.(standing.Access); len(access.Roles) != 1 || access.Newcomer || access.Founding {
			t.Errorf("%s: access %+v", op.Name, access)
		}
	}
	if got := strings.Join(names, ", "); got != "vault.read POST readings, vault.erase POST erasures" {
		t.Errorf("operations: %s", got)
	}
	lane := vault.Model().Operation(vault.OpErase).Lane(&vaultv1.EraseSubject{Subject: id("ann")})
	if lane != "subject/"+id("ann") {
		t.Errorf("lane %s", lane)
	}
}

func FuzzReadText(f *testing.F) {
	for _, body := range texts {
		raw, err := protojson.Marshal(body)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(`{"purpose":99,"namedBy":"a/b/topic/c"}`))
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := &chain.Signed{
			Suite: chain.SuiteIntl, Operation: vault.OpRead, Contract: 1, Body: raw, Signatures: []chain.Signature{{Key: key("aud")}},
		}
		v := w.state.Judge(&decider.Input{Signed: s, ID: chain.CommandID{1}})
		if v.Err != nil {
			return
		}
		if _, err := v.Commit.Encode(); err != nil {
			t.Fatalf("accepted and cannot be written: %v", err)
		}
	})
}
