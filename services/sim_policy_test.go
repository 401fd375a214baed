package services_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// policies are what one knows of policy notices who keeps the lists oneself.
type policies struct {
	files   map[string][]string // by kind of help: for which it was asked
	into    map[string]string   // merged files
	notices map[string]*policyNotice
}

// policyNotice is a notice, and what became of it.
type policyNotice struct {
	scope          aidv1.NoticeScope
	reachBy        int64
	concerns       []string // ascending; nil of a sealed list
	count          uint32
	root           []byte
	sealed, missed bool
	proved         map[string]int // proofs, by addressee
	spoken         map[string]bool
	failed         map[string]int // attempts of two that failed
}

func newPolicies() *policies {
	return &policies{files: map[string][]string{}, into: map[string]string{}, notices: map[string]*policyNotice{}}
}

// codes are the names of the keys on a sealed list.
var codes = []string{"code 0", "code 1", "code 2", "code 3", "code 4", "code 5", "code 6"}

// codeEntries are the entries of the list, in order, as docs/formats.md says.
func codeEntries() (all []merkle.Hash) {
	for _, name := range codes {
		all = append(all, sha256.Sum256(append([]byte("renlin/list-entry/1\n"), keyFor(name)...)))
	}
	return all
}

func codeRoot() []byte {
	root := merkle.Root(codeEntries())
	return root[:]
}

// codeEntry shows that a code is on the list.
func codeEntry(i int) *aidv1.ListEntry {
	e := &aidv1.ListEntry{Key: keyFor(codes[i]), Index: uint32(i)}
	for _, h := range merkle.PathIn(codeEntries(), i) {
		e.Path = append(e.Path, h[:])
	}
	return e
}

// take follows a fact of aid's, and complains with the ledger's voice.
func (p *policies) take(l *ledger, f *fact) {
	kind, id, _ := strings.Cut(f.path, "/")
	id, _, _ = strings.Cut(id, "/")
	n := p.notices[id]
	switch b := f.body.(type) {
	case *aidv1.AidRequested:
		p.files[b.GetCategory()] = append(p.files[b.GetCategory()], b.GetBeneficiary())
	case *aidv1.BeneficiaryMerged:
		p.into[f.id] = b.GetInto()
	case *aidv1.BeneficiaryUnmerged:
		delete(p.into, f.id)
	case *aidv1.PolicyNoticePublished:
		l.must(f, n == nil && l.officerOf(f.Actor) == b.GetOrg() && b.GetBy() == f.Actor, "a notice twice, or by no officer")
		p.publish(l, f, b)
		return
	}
	if kind != "policy-notice" {
		return
	}
	if n == nil {
		l.complain(f, "a notice that nobody published")
		return
	}
	switch b := f.body.(type) {
	case *aidv1.AddresseesSealed:
		l.must(f, !n.sealed && b.GetCount() == n.count && bytes.Equal(b.GetRoot(), n.root), "a notice concerns %d, not %d", n.count, b.GetCount())
		n.sealed = true
	case *aidv1.PolicyNoticeReached:
		p.reached(l, f, n, b)
	case *aidv1.PolicyNoticeAttempted:
		p.brought(l, f, n, b.GetBy())
		if len(b.GetBy()) == 2 {
			n.failed[f.id]++
		}
	case *aidv1.AddresseesMissed:
		l.must(f, f.Author == chain.AuthorPolicy && !n.missed && f.Time >= n.reachBy, "missed by a word, twice, or before its time")
		l.must(f, int(b.GetCount()) == int(n.count)-len(n.proved) && b.GetCount() > 0, "%d were missed, not %d of %d", b.GetCount(),
			int(n.count)-len(n.proved), n.count)
		n.missed = true
	}
}

// publish fixes whom a notice concerns: as the record stands in front of it.
func (p *policies) publish(l *ledger, f *fact, b *aidv1.PolicyNoticePublished) {
	n := &policyNotice{
		scope: b.GetScope(), reachBy: b.GetReachBy(), count: uint32(len(codes)), root: codeRoot(),
		proved: map[string]int{}, spoken: map[string]bool{}, failed: map[string]int{},
	}
	who := map[string]bool{}
	switch b.GetScope() {
	case aidv1.NoticeScope_NOTICE_SCOPE_EVERYONE:
		for id := range l.people { // any order: a set
			who[id] = l.counts(id)
		}
	case aidv1.NoticeScope_NOTICE_SCOPE_FILES:
		for _, file := range p.files[b.GetCategory()] {
			for p.into[file] != "" {
				file = p.into[file]
			}
			who[file] = true
		}
	}
	maps.DeleteFunc(who, func(_ string, concerned bool) bool { return !concerned })
	if b.GetScope() != aidv1.NoticeScope_NOTICE_SCOPE_SEALED {
		n.concerns = slices.Sorted(maps.Keys(who))
		root := merkle.EmptyRoot()
		if len(n.concerns) > 0 {
			var entries []merkle.Hash
			for _, id := range n.concerns {
				entries = append(entries, sha256.Sum256([]byte("renlin/addressee/1\n"+id)))
			}
			root = merkle.Root(entries)
		}
		n.count, n.root = uint32(len(n.concerns)), root[:]
	}
	p.notices[f.id] = n
}

// reached: what is said to have come has a proof, the person's own word or that of who brought it, and there is no second one of a kind.
func (p *policies) reached(l *ledger, f *fact, n *policyNotice, b *aidv1.PolicyNoticeReached) {
	two := len(b.GetBy()) == 2
	switch channel := b.GetChannel(); {
	case n.scope == aidv1.NoticeScope_NOTICE_SCOPE_SEALED && channel == votingv1.DeliveryChannel_DELIVERY_CHANNEL_APP:
		l.must(f, f.Author == chain.AuthorCredential && len(b.GetBy()) == 0 && f.id == chain.KeyID(f.signed.Signatures[0].Key),
			"a code answers for another, or names somebody")
		l.must(f, slices.ContainsFunc(codes, func(c string) bool { return f.id == chain.KeyID(keyFor(c)) }), "who is on no list answers")
		l.must(f, !n.spoken[f.id], "a code answers twice")
		n.spoken[f.id] = true
	case channel <= votingv1.DeliveryChannel_DELIVERY_CHANNEL_HELPER:
		l.must(f, slices.Contains(n.concerns, f.id) && f.id == dansFile && f.Actor == idFor(dan), "another says that it came")
		l.must(f, !n.spoken[f.id] && b.GetEvidence() == nil, "somebody says twice that it came")
		n.spoken[f.id] = true
	default:
		p.brought(l, f, n, b.GetBy())
		byPhone := channel == votingv1.DeliveryChannel_DELIVERY_CHANNEL_PHONE
		l.must(f, byPhone == (b.GetEvidence() == nil), "brought without anything that shows it")
		atDoor := channel == votingv1.DeliveryChannel_DELIVERY_CHANNEL_DOOR
		l.must(f, two || !byPhone && !atDoor, "one person's word for a door or a telephone call")
		posted := channel == votingv1.DeliveryChannel_DELIVERY_CHANNEL_POSTED
		l.must(f, !posted || n.failed[f.id] > 0, "on the board for somebody whom nobody looked for")
	}
	n.proved[f.id]++
}

// brought: by one or two who may, of whom the first signed, to somebody whom it concerns and whom it had not reached.
func (p *policies) brought(l *ledger, f *fact, n *policyNotice, by []string) {
	l.must(f, len(by) > 0 && by[0] == f.Actor && slices.Equal(by[1:], l.cosigners(f)), "brought by another than says so")
	for _, who := range by {
		l.must(f, l.officerOf(who) != "", "brought by somebody without an office")
	}
	concerned := slices.Contains(n.concerns, f.id)
	if n.scope == aidv1.NoticeScope_NOTICE_SCOPE_SEALED {
		concerned = slices.ContainsFunc(codes, func(c string) bool { return f.id == chain.KeyID(keyFor(c)) })
	}
	l.must(f, concerned && n.proved[f.id] == 0, "brought to whom it does not concern, or again")
}

// rest complains about a notice whose time is over and of which nobody says whom it missed.
func (p *policies) rest(due int64) (said []string) {
	for id, n := range p.notices { // any order: what is said is sorted
		if !n.sealed {
			said = append(said, fmt.Sprintf("at rest: notice %s says not whom it concerns", id))
		}
		if n.reachBy <= due && !n.missed && len(n.proved) < int(n.count) {
			said = append(said, fmt.Sprintf("at rest: notice %s missed %d, and that is on no record", id, int(n.count)-len(n.proved)))
		}
	}
	slices.Sort(said)
	return said
}
