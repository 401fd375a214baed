package pollcheck

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// code is a sheet's, from which everything that is shown of it follows: the proof of an entry hashes to that of the one before.
type code struct{ proofs [4][]byte }

func newCode(seed byte, size int) *code {
	c := &code{}
	c.proofs[3] = bytes.Repeat([]byte{seed}, size)
	for i := 2; i >= 0; i-- {
		step := ballot.StepProof(c.proofs[i+1])
		c.proofs[i] = step[:]
	}
	return c
}

func (c *code) id() string { return ballot.PaperID(c.proofs[0]) }

func ofPaper(actor string, body proto.Message) said {
	return said{body: body, path: "paper/v", actor: actor, time: 4 * 3_600_000} // at noon in China
}

func (c *code) issued() said {
	return ofPaper("o", &votingv1.PaperIssued{Paper: c.id(), Commitment: c.proofs[0]})
}

func (c *code) voided() said { return ofPaper("o", &votingv1.PaperVoided{Paper: c.id()}) }

func (c *code) entered(operator string, mark []byte) said {
	sealed := ballot.SealMark(operator, mark)
	return ofPaper(operator, &votingv1.PaperEntered{
		Paper: c.id(), Org: "org of " + operator, Proof: c.proofs[1], SealedMark: sealed[:], Box: []byte(operator),
	})
}

func (c *code) again(entry int, operator, org string, mark []byte, a votingv1.Agreement) said {
	return ofPaper(operator, &votingv1.PaperReentered{
		Paper: c.id(), Org: org, Proof: c.proofs[entry], Mark: mark, Box: []byte(operator), Agreement: a,
	})
}

// TestPapersAlone: a sheet is issued once, entered while it is out, and what comes of its entries follows from them.
func TestPapersAlone(t *testing.T) {
	t.Parallel()
	const disputed, unresolved = votingv1.Agreement_AGREEMENT_DISPUTED, votingv1.Agreement_AGREEMENT_UNRESOLVED
	const superseded = votingv1.Agreement_AGREEMENT_SUPERSEDED
	x, y, z := []byte("x"), []byte("y"), []byte("z")
	a, b := newCode(1, 32), newCode(2, 32)
	renamed := ofPaper("o", &votingv1.PaperIssued{Paper: b.id(), Commitment: a.proofs[0]})
	officer := said{body: &votingv1.BallotCast{InPerson: true}, path: "ballot/v", actor: "v"}
	long := bytes.Repeat([]byte{3}, 33)
	step := ballot.StepProof(long)
	lengthy := ofPaper("o", &votingv1.PaperIssued{Paper: ballot.PaperID(step[:]), Commitment: step[:]})
	read := ofPaper("o", &votingv1.PaperEntered{Paper: ballot.PaperID(step[:]), Org: "org of o", Proof: long})
	of := func(facts ...said) *checking { return alone(openRules(1), facts...) }
	second := func(agreement votingv1.Agreement) said { return a.again(2, "q", "org of q", y, agreement) }
	third := a.again(3, "r", "org of o", z, unresolved)
	run := (*checking).papers
	ask(t, []asking{
		{"none", of(), run, "none"},
		{"of a secret poll", alone(secretRules(1), a.issued()), run, "unchecked"},
		{"none of a secret poll", alone(secretRules(1)), run, "none"},
		{"issued", of(a.issued()), run, "holds"},
		{"under another number", of(renamed), run, "fails papers.sheet"},
		{"issued twice", of(a.issued(), a.issued()), run, "fails papers.sheet"},
		{"taken back", of(a.issued(), a.voided()), run, "holds"},
		{"taken back twice", of(a.issued(), a.voided(), a.voided()), run, "fails papers.sheet"},
		{"another taken back", of(a.issued(), b.voided()), run, "fails papers.sheet"},
		{"entered", of(a.issued(), a.entered("o", x)), run, "holds"},
		{"another entered", of(a.issued(), b.entered("o", x)), run, "fails papers.sheet"},
		{"entered and taken back before", of(a.issued(), a.voided(), a.entered("v", x)), run, "fails papers.sheet"},
		{"a code that is too long", of(lengthy, read), run, "fails papers.proof"},
		{"read in two ways", of(a.issued(), a.entered("o", x), second(disputed)), run, "holds"},
		{"and in a third", of(a.issued(), a.entered("o", x), second(disputed), third), run, "holds"},
		{"entered further", of(a.issued(), a.entered("o", x), second(disputed), third, a.again(3, "s", "org of o", z, unresolved)), run,
			"fails papers.sheet"},
		{"read in two ways, and superseded", of(a.issued(), a.entered("o", x), second(superseded)), run, "fails papers.agreement"},
		{"superseded", of(a.issued(), officer, a.entered("o", y), second(superseded)), run, "holds"},
		{"entered again first", of(a.issued(), a.again(1, "q", "org of q", y, unresolved)), run, "fails papers.agreement"},
	})
}

// TestTwin: the first mark is sealed to its operator, the others are not.
func TestTwin(t *testing.T) {
	t.Parallel()
	m, other := []byte("m"), []byte("other")
	sealed := func(operator string) []byte {
		mark := ballot.SealMark(operator, m)
		return mark[:]
	}
	of := func(marks ...[]byte) *sheet {
		s := &sheet{}
		for i, mark := range marks {
			s.entries = append(s.entries, sheetEntry{operator: string(rune('a' + i)), mark: mark})
		}
		return s
	}
	for i, v := range []struct {
		sheet *sheet
		want  uint32
	}{
		{of(), 0}, {of(sealed("a")), 0}, {of(sealed("a"), m), 1}, {of(sealed("b"), m), 0}, {of(m, m), 0}, {of(other, m, m), 2},
		{of(other, sealed("b"), m), 0}, {of(other, other, m), 0}, {of(sealed("a"), m, m), 1},
	} {
		if got := v.sheet.twin(); got != v.want {
			t.Errorf("%d: %d, want %d", i, got, v.want)
		}
	}
}

// TestTwinBox: what names no entry of the voter has no box.
func TestTwinBox(t *testing.T) {
	t.Parallel()
	c := alone(openRules(1)).having(func(c *checking) {
		c.sheets = map[string][]*sheet{"v": {{entries: []sheetEntry{{box: []byte("one")}, {box: []byte("two")}}}}}
	})
	for _, v := range []struct {
		paper, twin uint32
		want        string
	}{{1, 1, "one"}, {1, 2, "two"}, {1, 3, ""}, {1, 0, ""}, {0, 1, ""}, {2, 1, ""}} {
		if got := c.twinBox("v", &votingv1.BallotCast{Paper: v.paper, Twin: v.twin}); string(got) != v.want {
			t.Errorf("entry %d of paper %d: %q", v.twin, v.paper, got)
		}
	}
}

// TestByNight: night is from ten in the evening to six in the morning in China, which is eight hours ahead.
func TestByNight(t *testing.T) {
	t.Parallel()
	for hour := range int64(48) {
		there := (hour + 8) % 24
		if got := byNight(hour * 3_600_000); got != (there == 22 || there == 23 || there < 6) {
			t.Errorf("at %d o'clock: %v", there, got)
		}
	}
}

// TestPartsAlone: what trustees did is looked at where it is known what there was to be done.
func TestPartsAlone(t *testing.T) {
	t.Parallel()
	h := newHands(t, 2)
	begun, closed := saying(h.begun(1, 2, 2)), saying(&votingv1.PollClosed{})
	tally := func(e *votingv1.EncryptedTally) said { return saying(&votingv1.EncryptedTallyRecorded{Tally: e}) }
	totals := func(list ...*votingv1.EncryptedTotal) *votingv1.EncryptedTally {
		return &votingv1.EncryptedTally{Secrecy: communityv1.Secrecy_SECRECY_TOTALS, Totals: list}
	}
	missing := saying(&votingv1.SharesMissing{Trustees: []uint32{1, 2}})
	counted := tallied(&votingv1.Tally{})
	secret := func(facts ...said) *checking { return alone(secretRules(1), facts...) }
	part := said{body: &votingv1.TotalsDecrypted{Trustee: 1}, actor: "member 1"}
	unnumbered := said{body: &votingv1.TotalsDecrypted{}, actor: "member 1"}
	beyond := said{body: &votingv1.TotalsDecrypted{Trustee: 3}, actor: "member 1"}
	blinded := said{body: &votingv1.TotalsBlinded{Trustee: 1}, actor: "member 1"}
	run := (*checking).parts
	listed := tally(totals(&votingv1.EncryptedTotal{Measure: 1}))
	ask(t, []asking{
		{"not secret", alone(openRules(1), begun, closed, counted), run, "none"},
		{"not closed", secret(begun, counted), run, "none"},
		{"closed and counted without a sum", secret(begun, closed, counted), run, "unchecked"},
		{"summed up, though not closed, and counted", secret(begun, listed, counted), run, "unchecked"},
		{"the key is not known", secret(begun, closed, listed, counted).having(func(c *checking) { c.sums = sumsOf(t, 1) }), run, "unchecked"},
		{"nothing is to be done", secret(begun, closed, tally(totals()), missing), run, "fails parts.missing"},
		{"a part of nothing", secret(begun, closed.in(1), tally(totals()).in(2), part.in(3)), run, "fails parts.refused"},
		{"by nobody", secret(begun, closed.in(1), tally(totals()).in(2), unnumbered.in(3)), run, "fails parts.trustee parts.refused"},
		{"by more than there are", secret(begun, closed.in(1), tally(totals()).in(2), beyond.in(3)), run, "fails parts.trustee parts.refused"},
		{"in the commit of the sums", secret(begun, closed.in(1), tally(totals()).in(2), part.in(2)), run, "fails parts.twice parts.refused"},
		{"hidden parts where all is opened", secret(begun, closed.in(1), tally(totals()).in(2), blinded.in(3)), run, "fails parts.number"},
	})
	run = (*checking).opening
	ask(t, []asking{
		{"not counted", secret(begun, closed, listed), run, "none"},
		{"no sums", secret(begun, closed, counted), run, "unchecked"},
		{"the key is not known", secret(begun, closed, listed, counted).having(func(c *checking) { c.sums = sumsOf(t, 1) }), run, "unchecked"},
		{"nothing is listed", secret(begun, closed, tally(totals()), counted), run, "none"},
	})
}
