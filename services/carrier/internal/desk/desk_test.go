package desk_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/carrier/internal/desk"
)

// said is one fact of a record.
type said struct {
	aggregate string
	fact      proto.Message
}

// commit gives the bytes of one with a fact.
func commit(t interface{ Fatalf(string, ...any) }, service string, s said) []byte {
	body, err := proto.Marshal(s.fact)
	if err != nil {
		t.Fatalf("encode fact: %v", err)
	}
	command, err := (&chain.Signed{Operation: service + ".fact", Contract: 1, IdempotencyKey: "x"}).Encode(nil)
	if err != nil {
		t.Fatalf("encode command: %v", err)
	}
	raw, err := (&chain.Commit{
		Author: chain.AuthorPolicy, Time: 1, ID: chain.PolicyID(service, "x"), Service: service, Command: command,
		Changes: []chain.Change{{Aggregate: s.aggregate, Version: 1, Events: []chain.Event{
			{Type: string(s.fact.ProtoReflect().Descriptor().FullName()), Body: body},
		}}},
	}).Encode()
	if err != nil {
		t.Fatalf("encode commit: %v", err)
	}
	return raw
}

// read takes a record onto the desk from a place on.
func read(t interface{ Fatalf(string, ...any) }, d *desk.Desk, community string, record []said, from int) {
	for i := from; i < len(record); i++ {
		if err := d.Read(community, uint64(i), commit(t, "matching", record[i])); err != nil {
			t.Fatalf("read %s %d: %v", community, i, err)
		}
	}
}

// names says what is on a desk, one letter a word.
func names(d *desk.Desk) (out []string) {
	for _, l := range d.Letters() {
		out = append(out, fmt.Sprintf("%s %s>%s %s", l.Kind, l.From, l.To, l.ID))
	}
	return out
}

func refers(id, to string) said {
	return said{"referral/" + id, &matchingv1.ReferralMade{Peer: to, ServeBy: 9}}
}
func brings(id, of string) said {
	return said{"uptake/u" + id, &matchingv1.UptakeBrought{Peer: of, Referral: id}}
}
func closes(id, of string) said {
	return said{"uptake/u" + id, &matchingv1.UptakeClosed{Peer: of, Referral: id}}
}
func settles(id string) said   { return said{"referral/" + id, &matchingv1.ReferralSettled{}} }
func lends(id, to string) said { return said{"loan/" + id, &matchingv1.LoanMade{Peer: to, UseBy: 9}} }
func lent(id, of string) said {
	return said{"borrowing/b" + id, &matchingv1.LoanBrought{Peer: of, Loan: id}}
}
func ends(id, of string) said {
	return said{"borrowing/b" + id, &matchingv1.LoanClosed{Peer: of, Loan: id}}
}
func recalls(id, to string) said {
	return said{"loan/" + id, &matchingv1.LoanRecalled{Peer: to, UseBy: 9}}
}
func freed(id string) said   { return said{"loan/" + id, &matchingv1.LoanSettled{}} }
func nothing(id string) said { return said{"need/" + id, &matchingv1.NeedExpired{}} }
func lapses(id string) said  { return said{"referral/" + id, &matchingv1.ReferralLapsed{}} }
func taken(id, of string) said {
	return said{"uptake/u" + id, &matchingv1.UptakeMade{Peer: of, Referral: id}}
}
func sorted(l []string) []string { slices.Sort(l); return l }

// TestOnTheDesk: what is to be carried, in whichever order the two records are read.
func TestOnTheDesk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		a, b []said
		want []string
	}{
		{"nothing", []said{nothing("n")}, nil, nil},
		{"a referral", []said{refers("r", "B")}, nil, []string{"referral A>B r"}},
		{"that has come", []said{refers("r", "B")}, []said{brings("r", "A")}, nil},
		{"that somebody carried by hand", []said{refers("r", "B")}, []said{taken("r", "A")}, nil},
		{"that was answered", []said{refers("r", "B")}, []said{brings("r", "A"), closes("r", "A")}, []string{"uptake B>A r"}},
		{"that was declined at once", []said{refers("r", "B")}, []said{closes("r", "A")}, []string{"uptake B>A r"}},
		{"whose answer has come", []said{refers("r", "B"), settles("r")}, []said{brings("r", "A"), closes("r", "A")}, nil},
		{"whose answer comes late", []said{refers("r", "B"), lapses("r")}, []said{closes("r", "A")}, []string{"uptake B>A r"}},
		{"another's of the same name", []said{refers("r", "B")}, []said{brings("r", "C")}, []string{"referral A>B r"}},
		{"a loan", []said{lends("l", "B")}, nil, []string{"loan A>B l"}},
		{"that was brought", []said{lends("l", "B")}, []said{lent("l", "A")}, nil},
		{"that has ended", []said{lends("l", "B")}, []said{lent("l", "A"), ends("l", "A")}, []string{"return B>A l"}},
		{"of who serves no more", []said{lends("l", "B"), recalls("l", "B")}, []said{lent("l", "A")}, []string{"recall A>B l"}},
		{"of whom that is known", []said{lends("l", "B"), recalls("l", "B")}, []said{ends("l", "A")}, []string{"return B>A l"}},
		{"that is free again", []said{lends("l", "B"), freed("l")}, []said{ends("l", "A")}, nil},
	} {
		for _, order := range []string{"AB", "BA"} {
			d := &desk.Desk{}
			for _, one := range order {
				read(t, d, string(one), map[rune][]said{'A': c.a, 'B': c.b}[one], 0)
			}
			d.Caught("A", "B")
			if got := names(d); !slices.Equal(got, c.want) {
				t.Errorf("%s, read as %s: %v, want %v", c.name, order, got, c.want)
			}
		}
	}
}

// TestForNobody: what goes to a community that is nobody's business here is not kept, nor what another service says.
func TestForNobody(t *testing.T) {
	t.Parallel()
	d := &desk.Desk{}
	read(t, d, "A", []said{refers("r", "Z")}, 0)
	if err := d.Read("A", 1, commit(t, "aid", refers("s", "B"))); err != nil {
		t.Fatal(err)
	}
	d.Caught("A", "B")
	if got := names(d); len(got) != 0 {
		t.Errorf("kept %v", got)
	}
	if err := d.Read("A", 2, []byte("nonsense")); err == nil {
		t.Error("nonsense was read")
	}
}

// TestSameDesk: however far each record was read when, and however often the desk was put on a disk, in the end it is the one that
// whoever reads both from the beginning has.
func TestSameDesk(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := lives(t)
		whole := &desk.Desk{}
		read(t, whole, "A", a, 0)
		read(t, whole, "B", b, 0)
		whole.Caught("A", "B")
		d, atA, atB := &desk.Desk{}, 0, 0
		for atA < len(a) || atB < len(b) {
			// A pass reads each record to where it is then; what stands on one because of the other stands there later.
			toA := rapid.IntRange(atA, len(a)).Draw(t, "a")
			toB := rapid.IntRange(atB, len(b)).Draw(t, "b")
			toA, toB = caused(a, b, toA, toB)
			read(t, d, "A", a[:toA], atA)
			read(t, d, "B", b[:toB], atB)
			atA, atB = max(atA, toA), max(atB, toB)
			d.Caught("A", "B")
			raw, err := json.Marshal(d.Picture())
			if err != nil {
				t.Fatal(err)
			}
			var p desk.Picture
			if err := json.Unmarshal(raw, &p); err != nil {
				t.Fatal(err)
			}
			d = desk.Of(p)
		}
		if got, want := sorted(names(d)), sorted(names(whole)); !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

// lives gives two records that refer to each other.
func lives(t *rapid.T) (a, b []said) {
	for i := range rapid.IntRange(0, 6).Draw(t, "referrals") {
		id := fmt.Sprint("r", i)
		steps := rapid.IntRange(1, 4).Draw(t, "steps")
		a = append(a, refers(id, "B"))
		if steps > 1 {
			b = append(b, brings(id, "A"))
		}
		if steps > 2 {
			b = append(b, closes(id, "A"))
		}
		if steps > 3 {
			a = append(a, settles(id))
		}
	}
	return a, b
}

// caused reads both so far that nothing was read before what it rests on could be: the whole of the cause's record was there.
func caused(a, b []said, toA, toB int) (int, int) {
	rank := func(s said) int {
		var i int
		_, _ = fmt.Sscanf(s.aggregate[len(s.aggregate)-1:], "%d", &i)
		return i
	}
	last := -1
	for _, s := range append(slices.Clone(a[:toA]), b[:toB]...) {
		last = max(last, rank(s))
	}
	for toA < len(a) && rank(a[toA]) <= last {
		toA++
	}
	for toB < len(b) && rank(b[toB]) <= last {
		toB++
	}
	return toA, toB
}

// FuzzRead: whatever is said to be a commit, the desk reads it or says no.
func FuzzRead(f *testing.F) {
	f.Add(commit(f, "matching", refers("r", "B")))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		d := &desk.Desk{}
		if d.Read("A", 0, raw) != nil && len(d.Letters()) != 0 {
			t.Error("something of nonsense is on the desk")
		}
	})
}
