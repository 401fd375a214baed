package notice

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/aid/internal/terms"
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
	// Lists are whom notices concern, ascending, by the root of a tree over them: all notices to the same people share one.
	Lists map[string][]string `json:"lists"`
	// Kept are the notices whose lists are not let go yet, in the order of the record.
	Kept []string `json:"kept"`
}

// Addressed is whom a notice concerns: nobody for a sealed list. Reached is how it came first to those whom it reached; when the list is
// let go, which List tells by being "", only to how many in which way.
type Addressed struct {
	List    string                              `json:"list"`
	Root    merkle.Hash                         `json:"root"`
	ReachBy int64                               `json:"reach_by"`
	Reached map[string]votingv1.DeliveryChannel `json:"reached,omitempty"`
	Ways    map[string]int64                    `json:"ways,omitempty"`
}

// A list is kept this long after the time by which it must have reached everybody, in which what came late is recorded, and a day more,
// so that no rule finds it gone that looked in time.
const (
	keptFor  = 30 * 24 * terms.Hour
	goneLate = 24 * terms.Hour
)

// over tells whether nothing more is recorded of a notice.
func (n *Notice) over(now int64) bool { return now > n.ReachBy+keptFor }

// IDs gives whom a notice concerns, ascending; nobody once its list is let go.
func (k *Book) IDs(notice string) []string {
	if n := k.Notices[notice]; n != nil {
		return k.Lists[n.List]
	}
	return nil
}

// Names tells whether a notice concerns somebody.
func (k *Book) Names(notice, id string) bool {
	_, found := slices.BinarySearch(k.IDs(notice), id)
	return found
}

// Counts gives to how many a notice came, by the way in which it did first.
func (n *Addressed) Counts() map[string]int64 {
	counts := maps.Clone(n.Ways)
	if counts == nil {
		counts = map[string]int64{}
	}
	for _, channel := range n.Reached { // any order: they are added up
		counts[channel.String()]++
	}
	return counts
}

// BookPart registers the Book.
func BookPart() decider.Part {
	return decider.Derived(func() *Book {
		return &Book{
			Roster: *standing.NewRoster(), Files: map[string][]string{}, Merged: map[string]string{}, Gone: map[string]bool{},
			Notices: map[string]*Addressed{}, Lists: map[string][]string{},
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
			k.letGo(e.Time)
			k.address(id, b)
		}
	case *aidv1.PolicyNoticeReached:
		notice, who, ok := strings.Cut(id, "/addressee/")
		if n := k.Notices[notice]; ok && n != nil && n.List != "" {
			n.reach(who, b.GetChannel())
		}
	}
}

// reach notes how a notice came first to somebody.
func (n *Addressed) reach(who string, channel votingv1.DeliveryChannel) {
	if n.Reached == nil { // also after a snapshot, which has no empty map
		n.Reached = map[string]votingv1.DeliveryChannel{}
	}
	if n.Reached[who] == 0 {
		n.Reached[who] = channel
	}
}

// address notes whom a notice concerns.
func (k *Book) address(id string, b *aidv1.PolicyNoticePublished) {
	n := &Addressed{ReachBy: b.GetReachBy()}
	ids := k.concerned(b)
	n.Root = rootOf(ids)
	n.List = hex.EncodeToString(n.Root[:])
	if _, known := k.Lists[n.List]; !known {
		k.Lists[n.List] = ids
	}
	k.Notices[id], k.Kept = n, append(k.Kept, id)
}

// letGo forgets whom notices concerned that have been over for long. Numbers remain.
func (k *Book) letGo(now int64) {
	used := map[string]bool{}
	k.Kept = slices.DeleteFunc(k.Kept, func(id string) bool {
		n := k.Notices[id]
		if now <= n.ReachBy+keptFor+goneLate {
			used[n.List] = true
			return false
		}
		n.Ways, n.Reached, n.List = n.Counts(), nil, ""
		return true
	})
	maps.DeleteFunc(k.Lists, func(list string, _ []string) bool { return !used[list] })
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

// rootOf gives the root of a tree over whom a notice concerns.
func rootOf(ids []string) merkle.Hash {
	if len(ids) == 0 {
		return merkle.EmptyRoot()
	}
	entries := make([]merkle.Hash, len(ids))
	for i, id := range ids {
		entries[i] = sha256.Sum256([]byte(domainAddressee + id))
	}
	return merkle.Root(entries)
}

// sealed gives how many a notice concerns, and the root of a tree over them.
func (k *Book) sealed(notice string) (count uint32, root []byte) {
	sum := merkle.EmptyRoot()
	if n := k.Notices[notice]; n != nil {
		sum = n.Root
	}
	return uint32(len(k.IDs(notice))), sum[:]
}

// listed tells whether a notice concerned somebody when it was published. Nobody asks once it is over: then its list may be gone.
func listed(v *decider.View, notice, id string) bool {
	return decider.FixedOf[Book](v, Path(notice)).Names(notice, id)
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
