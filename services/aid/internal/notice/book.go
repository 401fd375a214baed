package notice

import (
	"crypto/sha256"
	"slices"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Book is who lives here and who asked for what, and with that whom each notice concerned when it was published: no event can hold it. A
// rule may read through decider.FixedOf whom a notice concerns; the rest is for policies and questions.
type Book struct {
	Roster standing.Roster `json:"roster"`
	// Files are, by kind of help, the files for which it was asked; Merged and Gone those that are no longer used.
	Files   map[string][]string   `json:"files"`
	Merged  map[string]string     `json:"merged"`
	Gone    map[string]bool       `json:"gone"`
	Notices map[string]*Addressed `json:"notices"`
}

// Addressed is whom a notice concerns, ascending; nobody for a sealed list. Reached is how it came first to those whom it reached.
type Addressed struct {
	IDs     []string                            `json:"ids"`
	Reached map[string]votingv1.DeliveryChannel `json:"reached"`
}

// BookPart registers the Book.
func BookPart() decider.Part {
	return decider.Derived(func() *Book {
		return &Book{
			Roster: *standing.NewRoster(), Files: map[string][]string{}, Merged: map[string]string{}, Gone: map[string]bool{},
			Notices: map[string]*Addressed{},
		}
	}, (*Book).fold)
}

func (k *Book) fold(e decider.Event) {
	k.Roster.Fold(e)
	kind, id, _ := strings.Cut(e.Aggregate, "/")
	switch b := e.Body.(type) {
	case *aidv1.AidRequested:
		if files := k.Files[b.GetCategory()]; !slices.Contains(files, b.GetBeneficiary()) {
			k.Files[b.GetCategory()] = append(files, b.GetBeneficiary())
		}
	case *aidv1.BeneficiaryMerged:
		k.Merged[id] = b.GetInto()
	case *aidv1.BeneficiaryUnmerged:
		delete(k.Merged, id)
	case *vaultv1.SubjectErased:
		k.Gone[id] = true
	case *aidv1.PolicyNoticePublished:
		if kind == "policy-notice" {
			k.Notices[id] = &Addressed{IDs: k.concerned(b), Reached: map[string]votingv1.DeliveryChannel{}}
		}
	case *aidv1.PolicyNoticeReached:
		notice, who, ok := strings.Cut(id, "/addressee/")
		if n := k.Notices[notice]; ok && n != nil && n.Reached[who] == 0 {
			n.Reached[who] = b.GetChannel()
		}
	}
}

// concerned finds whom a notice concerns now, ascending.
func (k *Book) concerned(b *aidv1.PolicyNoticePublished) []string {
	ids := []string{}
	switch b.GetScope() {
	case aidv1.NoticeScope_NOTICE_SCOPE_EVERYONE:
		for id := range k.Roster.Active { // any order: they are sorted below
			ids = append(ids, id)
		}
	case aidv1.NoticeScope_NOTICE_SCOPE_UNITS:
		for _, unit := range b.GetUnits() {
			ids = append(ids, k.Roster.Units[unit].Owner)
		}
		for _, h := range k.Roster.Households { // any order: they are sorted below
			if slices.Contains(b.GetUnits(), h.Unit) {
				ids = append(ids, h.Members...)
			}
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return !k.Roster.Active[id] })
	case aidv1.NoticeScope_NOTICE_SCOPE_FILES:
		for _, file := range k.Files[b.GetCategory()] {
			if file = k.inUse(file); !k.Gone[file] {
				ids = append(ids, file)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// inUse gives the file that is used in the end where one was merged. There is no circle of merges, and what a forged record has of them
// ends.
func (k *Book) inUse(file string) string {
	for range 64 {
		into, merged := k.Merged[file]
		if !merged {
			break
		}
		file = into
	}
	return file
}

const domainAddressee = "renlin/addressee/1\n"

// sealed gives how many a notice concerns, and the root of a tree over them.
func (k *Book) sealed(notice string) (count uint32, root []byte) {
	n := k.Notices[notice]
	if n == nil {
		n = &Addressed{}
	}
	entries := make([]merkle.Hash, len(n.IDs))
	for i, id := range n.IDs {
		entries[i] = sha256.Sum256([]byte(domainAddressee + id))
	}
	sum := merkle.EmptyRoot()
	if len(entries) > 0 {
		sum = merkle.Root(entries)
	}
	return uint32(len(entries)), sum[:]
}

// listed tells whether a notice concerned somebody when it was published.
func listed(v *decider.View, notice, id string) bool {
	n := decider.FixedOf[Book](v, Path(notice)).Notices[notice]
	if n == nil {
		return false
	}
	_, found := slices.BinarySearch(n.IDs, id)
	return found
}

const (
	domainEntry = "renlin/list-entry/1\n"
	// pathMax is longer than the path in any list.
	pathMax = 32
)

// EntryOf gives the entry of a key in a sealed list's tree.
func EntryOf(key []byte) merkle.Hash { return sha256.Sum256(append([]byte(domainEntry), key...)) }

// onList finds whom an entry of a sealed list names: by its key's id, under which nobody stands anywhere else.
func (n *Notice) onList(e *aidv1.ListEntry) (id string, err error) {
	if n.Scope != aidv1.NoticeScope_NOTICE_SCOPE_SEALED || len(e.GetKey()) == 0 || len(e.GetPath()) > pathMax {
		return "", ErrEntry
	}
	path := make([]merkle.Hash, len(e.GetPath()))
	for i, h := range e.GetPath() {
		if copy(path[i][:], h) != len(path[i]) {
			return "", ErrEntry
		}
	}
	var root merkle.Hash
	copy(root[:], n.Root)
	if merkle.CheckPath(root, uint64(n.Count), uint64(e.GetIndex()), EntryOf(e.GetKey()), path) != nil {
		return "", ErrEntry
	}
	return chain.KeyID(e.GetKey()), nil
}
