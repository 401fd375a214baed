package reading

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
)

// Firsts is, for each reference, the aggregate that first named it. Whoever brings something, or looks at an alert, names words under
// somebody else's id: were the words ones that stood on the record before, they would open them to other readers by another name.
type Firsts struct {
	First map[string]string `json:"first"`
}

// firstsPart registers them, and the kinds that name words though nobody reads these there.
func firstsPart(m *decider.Model) {
	decider.Derived(func() *Firsts { return &Firsts{First: map[string]string{}} }, (*Firsts).fold)(m)
	for _, kind := range []string{"stock", "arrival", "paper", "objection"} {
		decider.Kind(kind, false, func(*struct{}, decider.Event) {})(m)
	}
}

func (f *Firsts) fold(e decider.Event) {
	if b, ok := e.Body.(*vaultv1.TextRead); ok { // a draft that its author looked at: the record tells everybody its reference
		f.named(b.GetRef(), e.Aggregate)
		return
	}
	f.in(e.Body.ProtoReflect(), e.Aggregate)
}

func (f *Firsts) named(ref, at string) {
	if _, before := f.First[ref]; ref != "" && !before {
		f.First[ref] = at
	}
}

// in finds the words that a message names, in any order: all of them are of one aggregate.
func (f *Firsts) in(m protoreflect.Message, at string) {
	if t, ok := m.Interface().(*communityv1.Text); ok {
		f.named(t.GetRef(), at)
		return
	}
	m.Range(func(fd protoreflect.FieldDescriptor, val protoreflect.Value) bool {
		switch {
		case fd.Kind() != protoreflect.MessageKind || fd.IsMap(): // an event has no maps
		case fd.IsList():
			for i := range val.List().Len() {
				f.in(val.List().Get(i).Message(), at)
			}
		default:
			f.in(val.Message(), at)
		}
		return true
	})
}

// firstAt gives the aggregate that first named words which another one names, too: that was fixed when it did.
func firstAt(v *decider.View, at, ref string) string {
	return decider.FixedOf[Firsts](v, at).First[ref]
}

// together tells whether words are an alert's and those of the case that was opened out of it, by one act.
func together(v *decider.View, alert, aid string) bool {
	if chain.KindOf(alert) != "alert" {
		return false
	}
	a, ok := decider.Get[Alert](v, alert)
	return ok && a.Case != "" && "aid-case/"+a.Case == aid
}

// here tells whether words that an aggregate names of somebody in need are its own, and none of which it knows from elsewhere.
func here(v *decider.View, at, ref string) bool {
	first := firstAt(v, at, ref)
	return first == at || together(v, first, at) || together(v, at, first)
}
