package aid_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/figures"
	"renlin.dev/pkg/merkle"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/aid"
	"renlin.dev/services/aid/internal/notice"
)

const (
	toEveryone = aidv1.NoticeScope_NOTICE_SCOPE_EVERYONE
	toUnits    = aidv1.NoticeScope_NOTICE_SCOPE_UNITS
	toFiles    = aidv1.NoticeScope_NOTICE_SCOPE_FILES
	toList     = aidv1.NoticeScope_NOTICE_SCOPE_SEALED

	inPerson = votingv1.DeliveryChannel_DELIVERY_CHANNEL_IN_PERSON
	atDoor   = votingv1.DeliveryChannel_DELIVERY_CHANNEL_DOOR
	onBoard  = votingv1.DeliveryChannel_DELIVERY_CHANNEL_POSTED
)

// told is a notice of a scope, which must have reached everybody in a day.
func told(w *world, scope aidv1.NoticeScope, change func(*aidv1.PublishNotice)) *aidv1.PublishNotice {
	body := &aidv1.PublishNotice{
		Kind: "utilities", Scope: scope, Title: "Water", Text: "No water on Monday from nine to noon.", ReachBy: w.Now + day,
	}
	if change != nil {
		change(body)
	}
	return body
}

func (w *world) published(scope aidv1.NoticeScope, change func(*aidv1.PublishNotice)) string {
	w.Helper()
	id := w.do("aid.publish_notice", told(w, scope, change), "otto")
	w.settle()
	return id
}

// codes are the keys of a sealed list, with the root of its tree.
var codes = []string{"code 0", "code 1", "code 2", "code 3", "code 4", "code 5"}

func entries() (all []merkle.Hash) {
	for _, name := range codes {
		all = append(all, notice.EntryOf(keyOf(name)))
	}
	return all
}

func sealedList(b *aidv1.PublishNotice) {
	root := merkle.Root(entries())
	b.Kind, b.Count, b.Root = "subsidy", uint32(len(codes)), root[:]
}

// entryOf shows that a code is on the list.
func entryOf(i int) *aidv1.ListEntry {
	e := &aidv1.ListEntry{Key: keyOf(codes[i]), Index: uint32(i)}
	for _, h := range merkle.PathIn(entries(), i) {
		e.Path = append(e.Path, slices.Clone(h[:]))
	}
	return e
}

// answers sends a command as a code alone does.
func (w *world) answers(name string, body *aidv1.AnswerNotice) error {
	w.Helper()
	c, err := w.Submit(w.InputOf(chain.AuthorCredential, name, "aid.answer_notice", body))
	if err == nil && (c.Actor != "" || c.Through != "" || c.Author != chain.AuthorCredential) {
		w.Fatalf("a name stands beside an answer: %+v", c)
	}
	return err
}

func (w *world) notice(id string) *notice.Notice {
	return decider.Peek[notice.Notice](w.State, notice.Path(id))
}

// unreached asks as an officer does.
func (w *world) unreached(notice string) (out aid.Unreached) {
	w.Helper()
	w.ask(aid.AnswerUnreached, aid.NoticeQuestion{Notice: notice}, &out)
	return out
}

func (w *world) ask(answer func(*decider.State, []byte) ([]byte, error), q aid.NoticeQuestion, into any) {
	w.Helper()
	question, err := json.Marshal(q)
	if err != nil {
		w.Fatalf("encode question: %v", err)
	}
	raw, err := answer(w.State, question)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		w.Fatalf("answer: %v", err)
	}
}

func sorted(names ...string) (out []string) {
	for _, name := range names {
		out = append(out, id(name))
	}
	slices.Sort(out)
	return out
}

func attempt(who string, channel votingv1.DeliveryChannel, at int64, failed bool) *aidv1.NoticeAttempt {
	a := &aidv1.NoticeAttempt{Addressee: who, Channel: channel, At: at, Failed: failed}
	if !failed {
		a.Evidence = text("receipt")
	}
	return a
}

func tried(notice string, rows ...*aidv1.NoticeAttempt) *aidv1.RecordAttempts {
	return &aidv1.RecordAttempts{Notice: notice, Attempts: rows}
}

// A notice to a building concerns who owns or lives in it when it is published, each once; each is shown to have it, and who has not is
// counted in time and known to officers.
func TestNoticeToUnits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Fact("unit/"+id("1-101"), &communityv1.UnitRegistered{AreaCentiM2: 1}, &communityv1.UnitAssigned{Owner: id("ann")})
	w.Fact("unit/"+id("1-102"), &communityv1.UnitRegistered{AreaCentiM2: 1}, &communityv1.UnitAssigned{Owner: id("nobody here")})
	w.Fact("household/"+id("h"), &communityv1.HouseholdFormed{Unit: id("1-101"), Members: []string{id("ann"), id("bob"), id("vic")}})
	n := w.published(toUnits, func(b *aidv1.PublishNotice) { b.Units = []string{id("1-101"), id("1-102")} })
	if got := w.notice(n); !got.Sealed || got.Count != 3 {
		t.Errorf("notice %+v", got)
	}
	w.Fact("household/"+id("h"), &communityv1.HouseholdFormed{Unit: id("1-101"), Members: []string{id("ann"), id("hal")}}) // too late
	if got := w.unreached(n).Unreached; !slices.Equal(got, sorted("ann", "bob", "vic")) {
		t.Errorf("it concerns %v", got)
	}
	var own []aid.OwnNotice
	if w.ask(aid.AnswerOwnNotices, aid.NoticeQuestion{Member: id("bob")}, &own); len(own) != 1 || own[0].Notice != n {
		t.Errorf("bob's %v", own)
	}
	w.do("aid.confirm_notice", &aidv1.ConfirmNotice{Notice: n}, "bob")
	w.do("aid.confirm_notice", &aidv1.ConfirmNotice{Notice: n, Principal: id("ann"), Mandate: id("mandate")}, "hal")
	if w.ask(aid.AnswerOwnNotices, aid.NoticeQuestion{Member: id("bob")}, &own); len(own) != 0 {
		t.Errorf("confirmed, and asked again: %v", own)
	}
	if done := w.pass(day); !slices.Contains(done, "AddresseesMissed") {
		t.Errorf("nobody noticed: %v", done)
	}
	if got := w.notice(n); got.Missed != 1 || got.EscalatedTo != id("street") {
		t.Errorf("missed %+v", got)
	}
	w.do("aid.record_attempts", tried(n, attempt(id("vic"), inPerson, w.Now, false)), "wes")
	if got := w.unreached(n); len(got.Unreached) != 0 || got.Count != 3 {
		t.Errorf("unreached %+v", got)
	}
	var table figures.Table
	w.ask(aid.AnswerNoticeFigures, aid.NoticeQuestion{Notice: n}, &table)
	if slices.ContainsFunc(table.RowSums, func(x int64) bool { return x > 0 }) {
		t.Errorf("groups of one and three are shown: %+v", table)
	}
}

// A notice in time to everybody leaves nothing behind.
func TestNoticeToEveryone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.published(toEveryone, nil)
	all := w.unreached(n).Unreached
	if len(all) != 12 || int(w.notice(n).Count) != len(all) {
		t.Fatalf("it concerns %d: %+v", len(all), w.notice(n))
	}
	var rows []*aidv1.NoticeAttempt
	for _, who := range all {
		if who != id("wes") {
			rows = append(rows, attempt(who, inPerson, w.Now, false))
		}
	}
	w.do("aid.record_attempts", tried(n, rows...), "wes")
	w.do("aid.confirm_notice", &aidv1.ConfirmNotice{Notice: n}, "wes")
	if done := w.pass(day); !slices.Equal(done, []string{"Lapsed"}) {
		t.Errorf("what came of it: %v", done)
	}
	var table figures.Table
	w.ask(aid.AnswerNoticeFigures, aid.NoticeQuestion{Notice: n}, &table)
	if table.Total != 12 || slices.Contains(table.RowSums, 1) {
		t.Errorf("figures %+v", table)
	}
}

// A notice to files concerns those for whom a kind of help was asked, under their pseudonyms: merged ones once, erased ones not.
func TestNoticeToFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register()
	for _, name := range []string{"double", "gone", "other"} {
		w.do("aid.register", &aidv1.RegisterBeneficiary{Beneficiary: id(name)}, "wes")
	}
	for _, file := range []string{annFile, id("double"), id("gone")} {
		ask := asks(ordinary)
		ask.Beneficiary, ask.Channel = file, aidv1.RequestChannel_REQUEST_CHANNEL_PHONE
		w.do("aid.request", ask, "wes")
	}
	w.do("aid.merge", &aidv1.MergeBeneficiaries{Into: annFile, From: id("double")}, "otto", "olga")
	w.Fact("subject/"+id("gone"), &vaultv1.SubjectErased{By: id("otto")})
	n := w.published(toFiles, func(b *aidv1.PublishNotice) { b.Category = "food" })
	if got := w.unreached(n).Unreached; !slices.Equal(got, []string{annFile}) {
		t.Fatalf("it concerns %v", got)
	}
	confirm := &aidv1.ConfirmNotice{Notice: n, Beneficiary: annFile}
	for who, want := range map[string]string{"bob": "policy_notice.not_person", "wes": "policy_notice.not_person"} {
		if got := w.try("aid.confirm_notice", confirm, who); got != want {
			t.Errorf("%s: %q", who, got)
		}
	}
	w.do("aid.name_proxy", &aidv1.NameProxy{Beneficiary: annFile, Proxy: id("wes")}, "ann")
	if got := w.try("aid.record_attempts", tried(n, attempt(annFile, inPerson, w.Now, false)), "wes"); got != "policy_notice.own" {
		t.Errorf("brought by the proxy: %q", got)
	}
	w.do("aid.confirm_notice", confirm, "wes")
	if got := w.try("aid.confirm_notice", confirm, "ann"); got != "policy_notice.confirmed" {
		t.Errorf("confirmed twice: %q", got)
	}
}

// A sealed list: the record has a number and a root; who has a code answers, and nobody is named.
func TestNoticeToSealedList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.published(toList, sealedList)
	if got := w.notice(n); got.Count != 6 || !got.Sealed {
		t.Fatalf("notice %+v", got)
	}
	answer := func(by string, entry *aidv1.ListEntry) string {
		return code(w.answers(by, &aidv1.AnswerNotice{Notice: n, Entry: entry}))
	}
	wrong := entryOf(2)
	wrong.Index = 3
	stranger := entryOf(2)
	stranger.Key = keyOf("code 9")
	for _, row := range []struct {
		what, code string
		entry      *aidv1.ListEntry
		want       string
	}{
		{"a code that is on it", "code 2", entryOf(2), ""},
		{"again", "code 2", entryOf(2), "policy_notice.confirmed"},
		{"another's entry", "code 3", entryOf(4), "policy_notice.not_on_list"},
		{"a wrong place", "code 2", wrong, "policy_notice.not_on_list"},
		{"a key that is not on it", "code 9", stranger, "policy_notice.not_on_list"},
		{"nothing", "code 1", nil, "policy_notice.not_on_list"},
	} {
		if got := answer(row.code, row.entry); got != row.want {
			t.Errorf("%s: %q, want %q", row.what, got, row.want)
		}
	}
	if got := w.try("aid.confirm_notice", &aidv1.ConfirmNotice{Notice: n}, "ann"); got != "policy_notice.not_addressed" {
		t.Errorf("a member names themselves: %q", got)
	}
	brought := &aidv1.NoticeAttempt{Entry: entryOf(1), Channel: inPerson, At: w.Now, Evidence: text("receipt")}
	w.do("aid.record_attempts", tried(n, brought), "wes")
	if got := w.unreached(n); got.Count != 6 || len(got.Unreached) != 0 || len(got.Reached) != 2 {
		t.Errorf("unreached %+v", got)
	}
	w.pass(day)
	if got := w.notice(n); got.Missed != 4 {
		t.Errorf("missed %+v", got)
	}
}

func TestNoticeRefused(t *testing.T) {
	t.Parallel()
	publish := func(scope aidv1.NoticeScope, change func(*aidv1.PublishNotice)) func(*world) proto.Message {
		return func(w *world) proto.Message { return told(w, scope, change) }
	}
	short := func(b *aidv1.PublishNotice) { sealedList(b); b.Count = 4 }
	rows := []refusal{
		{"by a grid worker", "wes", "aid.publish_notice", publish(toEveryone, nil), "role.missing"},
		{"by a hosted officer", "hosted", "aid.publish_notice", publish(toEveryone, nil), "role.missing"},
		{"of no kind", "otto", "aid.publish_notice",
			publish(toEveryone, func(b *aidv1.PublishNotice) { b.Kind = "gossip" }), "policy_notice.kind"},
		{"without words", "otto", "aid.publish_notice",
			publish(toEveryone, func(b *aidv1.PublishNotice) { b.Text = " " }), "policy_notice.words"},
		{"for yesterday", "otto", "aid.publish_notice",
			publish(toEveryone, func(b *aidv1.PublishNotice) { b.ReachBy = 1 }), "policy_notice.time"},
		{"to nobody", "otto", "aid.publish_notice", publish(0, nil), "policy_notice.scope"},
		{"to everybody and a unit", "otto", "aid.publish_notice", publish(toEveryone, func(b *aidv1.PublishNotice) {
			b.Units = []string{id("x")}
		}), "policy_notice.scope"},
		{"to no unit", "otto", "aid.publish_notice", publish(toUnits, nil), "policy_notice.scope"},
		{"to a unit that there is not", "otto", "aid.publish_notice", publish(toUnits, func(b *aidv1.PublishNotice) {
			b.Units = []string{id("x")}
		}), "policy_notice.scope"},
		{"to files of no kind", "otto", "aid.publish_notice", publish(toFiles, nil), "policy_notice.scope"},
		{"to files, with a list", "otto", "aid.publish_notice", publish(toFiles, func(b *aidv1.PublishNotice) {
			sealedList(b)
			b.Category = "food"
		}), "policy_notice.scope"},
		{"to a list of too few", "otto", "aid.publish_notice", publish(toList, short), "policy_notice.list"},
		{"to a list without a root", "otto", "aid.publish_notice",
			publish(toList, func(b *aidv1.PublishNotice) { b.Count = 9 }), "policy_notice.list"},
	}
	record := func(change func(w *world, n string) *aidv1.RecordAttempts) func(*world) proto.Message {
		return func(w *world) proto.Message { return change(w, w.published(toEveryone, nil)) }
	}
	one := func(change func(w *world, a *aidv1.NoticeAttempt)) func(*world) proto.Message {
		return record(func(w *world, n string) *aidv1.RecordAttempts {
			a := attempt(id("ann"), inPerson, w.Now, false)
			change(w, a)
			return tried(n, a)
		})
	}
	refuse(t, append(rows, []refusal{
		{"no attempt", "wes", "aid.record_attempts",
			record(func(_ *world, n string) *aidv1.RecordAttempts { return tried(n) }), "policy_notice.attempts"},
		{"two of one person", "wes", "aid.record_attempts", record(func(w *world, n string) *aidv1.RecordAttempts {
			return tried(n, attempt(id("ann"), inPerson, w.Now, false), attempt(id("ann"), inPerson, w.Now, false))
		}), "policy_notice.attempts"},
		{"to oneself", "wes", "aid.record_attempts",
			one(func(_ *world, a *aidv1.NoticeAttempt) { a.Addressee = id("wes") }), "policy_notice.own"},
		{"to a stranger", "wes", "aid.record_attempts",
			one(func(_ *world, a *aidv1.NoticeAttempt) { a.Addressee = id("x") }), "policy_notice.not_addressed"},
		{"before the notice", "wes", "aid.record_attempts", one(func(w *world, a *aidv1.NoticeAttempt) { a.At = w.Now - 1 }), "delivery.time"},
		{"at the door, alone", "wes", "aid.record_attempts",
			one(func(_ *world, a *aidv1.NoticeAttempt) { a.Channel = atDoor }), "delivery.witness_missing"},
		{"by app", "wes", "aid.record_attempts", one(func(_ *world, a *aidv1.NoticeAttempt) { a.Channel = 1 }), "delivery.channel"},
		{"without what shows it", "wes", "aid.record_attempts",
			one(func(_ *world, a *aidv1.NoticeAttempt) { a.Evidence = nil }), "delivery.evidence"},
		{"on the board, first", "wes", "aid.record_attempts",
			one(func(_ *world, a *aidv1.NoticeAttempt) { a.Channel = onBoard }), "delivery.posted_first"},
		{"by a resident", "bob", "aid.record_attempts", one(func(*world, *aidv1.NoticeAttempt) {}), "role.missing"},
		{"to whom it came", "wes", "aid.record_attempts", record(func(w *world, n string) *aidv1.RecordAttempts {
			w.do("aid.confirm_notice", &aidv1.ConfirmNotice{Notice: n}, "ann")
			return tried(n, attempt(id("ann"), inPerson, w.Now, false))
		}), "policy_notice.confirmed"},
		{"once too often", "wes", "aid.record_attempts", record(func(w *world, n string) *aidv1.RecordAttempts {
			for range 20 {
				w.do("aid.record_attempts", tried(n, attempt(id("ann"), atDoor, w.Now, true)), "wes")
			}
			return tried(n, attempt(id("ann"), atDoor, w.Now, true))
		}), "policy_notice.too_many"},
		{"of no notice", "bob", "aid.confirm_notice",
			func(*world) proto.Message { return &aidv1.ConfirmNotice{Notice: id("x")} }, "policy_notice.unknown"},
	}...))
}

// Two persons look for somebody and do not find them: then the board counts.
func TestNoticeOnTheBoard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.published(toEveryone, nil)
	w.do("aid.record_attempts", tried(n, attempt(id("ann"), atDoor, w.Now, true)), "wes", "otto")
	w.do("aid.record_attempts", tried(n, attempt(id("ann"), onBoard, w.Now, false)), "wes")
	if got := w.unreached(n).Unreached; slices.Contains(got, id("ann")) {
		t.Error("the board does not count")
	}
}

// TestListVector: the tree of a sealed list is what docs/formats.md says.
func TestListVector(t *testing.T) {
	t.Parallel()
	var all []merkle.Hash
	for i := range byte(3) {
		all = append(all, notice.EntryOf(bytes.Repeat([]byte{i + 1}, 32)))
	}
	if got := fmt.Sprintf("%x", all[0]); got != "0a235ded9dd54c59d91c6e95cf1bc77a9e256fe8d1a4e79b82ff96d4687426df" {
		t.Errorf("entry %s", got)
	}
	if got := fmt.Sprintf("%x", merkle.Root(all)); got != "d811d883a7797eca8a70d4d6b6bc7558d5c4fe584be6a75cd138bb244b151cab" {
		t.Errorf("root %s", got)
	}
}

// TestListEntries: of whatever is said to be on a sealed list only what is on it answers, whatever the list's size.
func TestListEntries(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		size := rapid.IntRange(5, 40).Draw(t, "size")
		all := make([]merkle.Hash, size)
		for i := range all {
			all[i] = notice.EntryOf(keyOf(id(string(rune('a' + i)))))
		}
		root := merkle.Root(all)
		n := w.published(toList, func(b *aidv1.PublishNotice) { b.Count, b.Root = uint32(size), root[:] })
		at, as := rapid.IntRange(0, size-1).Draw(t, "at"), rapid.IntRange(0, size-1).Draw(t, "as")
		name := id(string(rune('a' + at)))
		e := &aidv1.ListEntry{Key: keyOf(name), Index: uint32(as)}
		for _, h := range merkle.PathIn(all, as) {
			e.Path = append(e.Path, slices.Clone(h[:]))
		}
		if got := code(w.answers(name, &aidv1.AnswerNotice{Notice: n, Entry: e})); (got == "") != (at == as) {
			t.Fatalf("entry %d said to be %d: %q", at, as, got)
		}
	})
}

// One organisation does not fill everybody's memory: so many a day, so many that are not over, one list for the same people, and none of
// those that have been over for long.
func TestNoticesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var first string
	for i := range 20 {
		if n := w.published(toEveryone, nil); i == 0 {
			first = n
		}
	}
	if got := w.try("aid.publish_notice", told(w, toEveryone, nil), "otto"); got != "policy_notice.plenty" {
		t.Errorf("more in a day: %q", got)
	}
	if got := w.try("aid.publish_notice", told(w, toEveryone, nil), "olga"); got != "" {
		t.Errorf("another organisation's: %q", got)
	}
	book := decider.PeekDerived[notice.Book](w.State)
	if len(book.Lists) != 1 || len(book.IDs(first)) != 12 {
		t.Errorf("%d lists for the same people, of %d", len(book.Lists), len(book.IDs(first)))
	}
	w.do("aid.confirm_notice", &aidv1.ConfirmNotice{Notice: first}, "ann")
	for range 9 { // two hundred are not over
		w.pass(day)
		for range 20 {
			w.published(toEveryone, func(b *aidv1.PublishNotice) { b.ReachBy = w.Now + 80*day })
		}
	}
	w.pass(day)
	if got := w.try("aid.publish_notice", told(w, toEveryone, nil), "otto"); got != "policy_notice.plenty" {
		t.Errorf("more that are not over: %q", got)
	}
	w.pass(20 * day)
	w.do("aid.confirm_notice", &aidv1.ConfirmNotice{Notice: first}, "bob") // late, and recorded
	w.pass(2 * day)
	if got := w.try("aid.confirm_notice", &aidv1.ConfirmNotice{Notice: first}, "vic"); got != "policy_notice.over" {
		t.Errorf("long after its time: %q", got)
	}
	w.pass(day)
	w.published(toEveryone, nil)
	if len(book.IDs(first)) != 0 || len(book.Kept) != 181 || len(book.Lists) != 1 {
		t.Errorf("%d of the first are kept, %d notices", len(book.IDs(first)), len(book.Kept))
	}
	if ways := book.Notices[first].Counts(); len(ways) != 1 {
		t.Errorf("its numbers are gone: %v", ways)
	}
}
