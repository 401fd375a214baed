// Package beneficiary holds the rules of files of people in need.
//
// A person in need stands on the record under a pseudonym, beneficiary/<id>. What says who they are, where they live, what ails them, is
// in the vault, a text for each part of the file, sealed under a key of that id's own; erasing the person is destroying that key. Who may
// read which part is itself on the record: taking on a case or accepting an order opens parts of the file to one reader, ending it closes
// them, and the vault opens nothing that does not stand open here and that the person has not agreed to.
//
// The person agrees to each purpose by itself and takes it back at once; so does a proxy. What a worker was told they may write down, with
// what shows it. Two files of one person are found by a code that offices make; that they are one person's, officers of two organisations
// say, and take back; nothing of either is lost.
package beneficiary

import (
	"encoding/hex"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
)

// Text is a reference to words in the vault, as states show it.
type Text struct {
	Ref         string `json:"ref"`
	LengthBytes uint32 `json:"length_bytes"`
	Commitment  string `json:"commitment"` // hex
}

// Words takes the reference out of a fact.
func Words(t *communityv1.Text) Text {
	return Text{Ref: t.GetRef(), LengthBytes: t.GetLengthBytes(), Commitment: hex.EncodeToString(t.GetCommitment())}
}

// File is a part of somebody's file.
type File struct {
	Field aidv1.Field `json:"field"`
	Text  Text        `json:"text"`
}

// Consent is one purpose that was agreed to and not taken back.
type Consent struct {
	Purpose  aidv1.ConsentPurpose `json:"purpose"`
	By       string               `json:"by"`
	Evidence string               `json:"evidence,omitempty"` // vault reference
	GivenAt  int64                `json:"given_at"`
}

// Opening is a reader to whom parts of the file stand open.
type Opening struct {
	For    string        `json:"for"`              // case or work order
	Reader string        `json:"reader,omitempty"` // empty for any officer
	Fields []aidv1.Field `json:"fields"`
}

// Beneficiary is aggregate beneficiary/<id>. Times are milliseconds since the Unix epoch.
type Beneficiary struct {
	Member       string    `json:"member,omitempty"` // empty for somebody without standing or link
	By           string    `json:"by"`
	Org          string    `json:"org,omitempty"`
	Proxy        string    `json:"proxy,omitempty"`
	RegisteredAt int64     `json:"registered_at"`
	Files        []File    `json:"files,omitempty"`
	Consents     []Consent `json:"consents,omitempty"`
	Openings     []Opening `json:"openings,omitempty"`
	Alike        []string  `json:"alike,omitempty"` // other files with the same code
	MergedInto   string    `json:"merged_into,omitempty"`
	// Involved are the members who may read this record, ascending; the gateway shows it to nobody else.
	Involved []string `json:"involved"`
}

// Clone is shallow: Evolve replaces lists whole.
func (b *Beneficiary) Clone() *Beneficiary { dup := *b; return &dup }

// Link is aggregate beneficiary-of/<member>.
type Link struct {
	Beneficiary string `json:"beneficiary"`
}

// Dedup is aggregate dedup/<short hash of a code>.
type Dedup struct {
	Beneficiaries []string `json:"beneficiaries"`
}

// Clone is shallow: Evolve replaces the list whole.
func (d *Dedup) Clone() *Dedup { dup := *d; return &dup }

// Erased is the service's view of aggregate subject/<id>: it exists once the key is destroyed.
type Erased struct {
	At int64 `json:"at"`
}

// Devices is the service's view of aggregate keyring/<member>: the devices of their own by which a member can act.
type Devices struct {
	Keys []string `json:"keys"`
}

// Clone is shallow: Evolve replaces the list whole.
func (d *Devices) Clone() *Devices { dup := *d; return &dup }

func evolveDevices(d *Devices, e decider.Event) {
	switch b := e.Body.(type) {
	case *communityv1.KeyKept:
		if !b.GetHosted() {
			d.Keys = append(slices.Clone(d.Keys), b.GetKeyId())
		}
	case *communityv1.KeyDropped:
		d.Keys = without(d.Keys, func(id string) bool { return id == b.GetKeyId() })
	}
}

// Path names a file's aggregate.
func Path(id string) string { return "beneficiary/" + id }

func linkPath(member string) string { return "beneficiary-of/" + member }

func dedupPath(code []byte) string { return "dedup/" + chain.ShortID(code) }

// Kinds registers the aggregates of this package, and the view of erasures.
func Kinds(m *decider.Model) {
	decider.Kind("beneficiary", true, evolve)(m)
	decider.Kind("beneficiary-of", true, func(l *Link, e decider.Event) {
		if b, ok := e.Body.(*aidv1.BeneficiaryLinked); ok {
			l.Beneficiary = b.GetBeneficiary()
		}
	})(m)
	decider.Kind("dedup", true, func(d *Dedup, e decider.Event) {
		if b, ok := e.Body.(*aidv1.DedupCodeListed); ok {
			d.Beneficiaries = b.GetBeneficiaries()
		}
	})(m)
	decider.Kind("keyring", false, evolveDevices)(m)
	decider.Kind("subject", false, func(s *Erased, e decider.Event) {
		if _, ok := e.Body.(*vaultv1.SubjectErased); ok {
			s.At = e.Time
		}
	})(m)
}

func evolve(b *Beneficiary, e decider.Event) {
	switch x := e.Body.(type) {
	case *aidv1.BeneficiaryRegistered:
		*b = Beneficiary{Member: x.GetMember(), By: x.GetBy(), Org: x.GetOrg(), RegisteredAt: e.Time}
	case *aidv1.FileAmended:
		b.Files = without(b.Files, func(f File) bool { return f.Field == x.GetFile().GetField() })
		b.Files = append(b.Files, File{Field: x.GetFile().GetField(), Text: Words(x.GetFile().GetText())})
		slices.SortFunc(b.Files, func(x, y File) int { return int(x.Field - y.Field) })
	case *aidv1.ProxyNamed:
		b.Proxy = x.GetProxy()
	case *aidv1.ConsentGiven:
		b.Consents = append(without(b.Consents, is(x.GetPurpose())), Consent{
			Purpose: x.GetPurpose(), By: x.GetBy(), Evidence: x.GetEvidence().GetRef(), GivenAt: e.Time,
		})
	case *aidv1.ConsentWithdrawn:
		b.Consents = without(b.Consents, is(x.GetPurpose()))
	case *aidv1.BeneficiaryOpened:
		b.Openings = append(without(b.Openings, func(o Opening) bool { return o.For == x.GetFor() && o.Reader == x.GetReader() }), Opening{
			For: x.GetFor(), Reader: x.GetReader(), Fields: x.GetFields(),
		})
	case *aidv1.BeneficiaryClosed:
		b.Openings = without(b.Openings, func(o Opening) bool { return o.For == x.GetFor() })
	case *aidv1.PossibleDuplicateFound:
		b.Alike = x.GetOthers()
	case *aidv1.BeneficiaryMerged:
		b.MergedInto = x.GetInto()
	case *aidv1.BeneficiaryUnmerged:
		b.MergedInto = ""
	}
	b.Involved = b.involved()
}

// involved are the person, their proxy, and whoever has the file open.
func (b *Beneficiary) involved() []string {
	all := []string{}
	for _, id := range []string{b.Member, b.Proxy, b.By} {
		if id != "" {
			all = append(all, id)
		}
	}
	for _, o := range b.Openings {
		if o.Reader != "" {
			all = append(all, o.Reader)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func is(p aidv1.ConsentPurpose) func(Consent) bool {
	return func(c Consent) bool { return c.Purpose == p }
}

// without gives a new list of what is not to be left out.
func without[T any](list []T, out func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), out)
}

// Agreed tells whether the person has agreed to a purpose.
func (b *Beneficiary) Agreed(p aidv1.ConsentPurpose) bool {
	return slices.ContainsFunc(b.Consents, is(p))
}

// Speaks tells whether a member speaks for the person: they themselves or their proxy.
func (b *Beneficiary) Speaks(member string) bool {
	return member != "" && (member == b.Member || member == b.Proxy)
}

// Reads tells whether somebody has the file open at all.
func (b *Beneficiary) Reads(member string) bool {
	return member != "" && slices.ContainsFunc(b.Openings, func(o Opening) bool { return o.Reader == member })
}
