// Package desk knows what is to be carried from one community's record to another's, and what has been.
//
// The rules, in plain words: what a community refers, what it lends, and that it lends it no more goes to the community that it names;
// what came of it there goes back. A thing is to be carried from when it stands on the one record until the other record says that it has
// come, and no longer. Both are facts of records, so whoever reads the same records has the same desk, and nothing on it needs to be kept.
//
// Nothing here is believed: a record that names what it likes can only bring it about that something is sent in vain, for whoever takes it
// looks at the proof.
package desk

import (
	"cmp"
	"slices"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// Kind is what a letter tells.
type Kind string

// The kinds of letters. An answer is to the referral or loan of the community that it goes to.
const (
	Referral Kind = "referral"
	Uptake   Kind = "uptake" // the answer to a referral
	Loan     Kind = "loan"
	Return   Kind = "return" // the answer to a loan
	Recall   Kind = "recall" // that who lent it serves no more
)

// Kinds are all of them.
var Kinds = []Kind{Referral, Uptake, Loan, Return, Recall}

// Letter is one commit that is to be carried.
type Letter struct {
	Kind Kind   `json:"kind"`
	From string `json:"from"`
	To   string `json:"to"`
	ID   string `json:"id"` // of the referral or loan
	// Index is the commit's place in its log, Commit its bytes as they are there.
	Index  uint64 `json:"index"`
	Commit []byte `json:"commit"`
	// Until is when it is of no use any more, in ms since the Unix epoch; 0 for never.
	Until int64 `json:"until,omitempty"`
}

// key is what tells one letter from another. From is empty in what ends an answer: the record that got it does not say from where.
type key struct {
	Kind     Kind
	From, To string
	ID       string
}

func (l *Letter) key() key { return key{l.Kind, l.From, l.To, l.ID} }

// Desk is what was read of some communities' records. The zero value has read nothing.
type Desk struct {
	letters map[key]*Letter
	// came is what the other record said before its letter was read, by the reading in which that was. Once all records have been read
	// after it there is no such letter.
	came    map[key]uint64
	reading uint64
}

// Read takes in one commit of a community's record. Its bytes are kept if it is a letter.
func (d *Desk) Read(community string, index uint64, raw []byte) error {
	c, err := chain.DecodeCommit(raw)
	if err != nil {
		return err
	}
	if c.Service != "matching" {
		return nil
	}
	for _, change := range c.Changes {
		kind, id, ok := strings.Cut(change.Aggregate, "/")
		if !ok || !slices.Contains([]string{"referral", "uptake", "loan", "borrowing"}, kind) {
			continue
		}
		for _, e := range change.Events {
			body, err := decider.DecodeEvent(e)
			if err != nil { // of rules that this program does not know
				continue
			}
			d.fact(community, id, body, func(l Letter) {
				l.From, l.Index, l.Commit = community, index, slices.Clone(raw)
				d.open(l)
			})
		}
	}
	return nil
}

// fact takes in one fact on an aggregate.
func (d *Desk) fact(here, id string, body any, write func(Letter)) {
	switch b := body.(type) {
	case *matchingv1.ReferralMade:
		write(Letter{Kind: Referral, To: b.GetPeer(), ID: id, Until: b.GetServeBy()})
	case *matchingv1.UptakeBrought:
		d.arrived(key{Referral, b.GetPeer(), here, b.GetReferral()})
	case *matchingv1.UptakeMade:
		d.arrived(key{Referral, b.GetPeer(), here, b.GetReferral()})
	case *matchingv1.UptakeClosed:
		d.arrived(key{Referral, b.GetPeer(), here, b.GetReferral()})
		write(Letter{Kind: Uptake, To: b.GetPeer(), ID: b.GetReferral()})
	case *matchingv1.ReferralSettled:
		d.arrived(key{Uptake, "", here, id})
	case *matchingv1.LoanMade:
		write(Letter{Kind: Loan, To: b.GetPeer(), ID: id, Until: b.GetUseBy()})
	case *matchingv1.LoanBrought:
		d.arrived(key{Loan, b.GetPeer(), here, b.GetLoan()})
	case *matchingv1.LoanRecalled:
		write(Letter{Kind: Recall, To: b.GetPeer(), ID: id, Until: b.GetUseBy()})
	case *matchingv1.LoanClosed:
		d.arrived(key{Loan, b.GetPeer(), here, b.GetLoan()})
		d.arrived(key{Recall, b.GetPeer(), here, b.GetLoan()})
		write(Letter{Kind: Return, To: b.GetPeer(), ID: b.GetLoan()})
	case *matchingv1.LoanSettled:
		d.arrived(key{Return, "", here, id})
	}
}

// open puts a letter on the desk, unless it is known to have come.
func (d *Desk) open(l Letter) {
	k := l.key()
	if k.To == "" || k.ID == "" {
		return
	}
	for _, came := range []key{k, {k.Kind, "", k.To, k.ID}} {
		if _, ok := d.came[came]; ok {
			return
		}
	}
	if d.letters == nil {
		d.letters = map[key]*Letter{}
	}
	d.letters[k] = &l
}

// arrived takes off the desk what has come.
func (d *Desk) arrived(k key) {
	if d.came == nil {
		d.came = map[key]uint64{}
	}
	d.came[k] = d.reading
	for open := range d.letters { // any order: each is looked at by itself
		if open == k || k.From == "" && open.Kind == k.Kind && open.To == k.To && open.ID == k.ID {
			delete(d.letters, open)
		}
	}
}

// Drop takes a letter off the desk because nothing can come of it any more.
func (d *Desk) Drop(l *Letter) { delete(d.letters, l.key()) }

// Caught says that all records have been read to their ends since the last time, and to whom anything is carried at all. What had come
// before that needs no remembering: a letter stands on its record before its coming stands on another.
func (d *Desk) Caught(to ...string) {
	for k := range d.letters { // any order: each is looked at by itself
		if !slices.Contains(to, k.To) {
			delete(d.letters, k)
		}
	}
	for k, reading := range d.came { // any order: each is looked at by itself
		if reading < d.reading {
			delete(d.came, k)
		}
	}
	d.reading++
}

// Letters gives what is to be carried, the oldest of each record first.
func (d *Desk) Letters() []*Letter {
	var out []*Letter
	for _, l := range d.letters { // any order: sorted below
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b *Letter) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Index, b.Index), cmp.Compare(a.To, b.To), cmp.Compare(a.ID, b.ID),
			cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

// Picture is a desk on a disk: what is to be carried and what has come, of which a new desk can be made.
type Picture struct {
	Letters []*Letter `json:"letters,omitempty"`
	Came    []Came    `json:"came,omitempty"`
}

// Came is one thing that was said to have come.
type Came struct {
	Kind Kind   `json:"kind"`
	From string `json:"from,omitempty"`
	To   string `json:"to"`
	ID   string `json:"id"`
}

// Picture gives what is on the desk.
func (d *Desk) Picture() Picture {
	p := Picture{Letters: d.Letters()}
	for k := range d.came { // any order: sorted below
		p.Came = append(p.Came, Came(k))
	}
	slices.SortFunc(p.Came, func(a, b Came) int {
		return cmp.Or(cmp.Compare(a.To, b.To), cmp.Compare(a.From, b.From), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Kind, b.Kind))
	})
	return p
}

// Of makes the desk of a picture.
func Of(p Picture) *Desk {
	d := &Desk{letters: map[key]*Letter{}, came: map[key]uint64{}}
	for _, l := range p.Letters {
		d.letters[l.key()] = l
	}
	for _, c := range p.Came {
		d.came[key(c)] = 0
	}
	return d
}
