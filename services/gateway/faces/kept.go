package faces

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/rules"
)

// kept says how a community's record is kept.
type kept struct {
	Blocks    uint64
	Commits   uint64
	Size      uint64 // of the newest checkpoint
	Root      string // its root, hex
	Log       string // verifier key of the log
	Witnesses []witness
	// Confirmed counts the witnesses that have confirmed the newest checkpoint.
	Confirmed int
	// Reread is when audit last read the whole record again; zero if it has not yet.
	RereadAt int64
	// Stopped says why nothing is written any more, Trouble what audit has found; empty when all is well.
	Stopped string
	Trouble []string
	// Plans says how many plans of matching were checked and how many are not what they say; Wrong are the newest of those.
	Plans plansKept
	Wrong []wrongPlan
	// Findings are what notary and observers have found wrong, each once; Observed says that somebody carries the rules out again here.
	Findings []Finding
	Observed bool
}

// plansKept counts plans that call themselves optimal.
type plansKept struct{ Checked, Wrong uint64 }

// wrongPlan is one that is not what it says.
type wrongPlan struct {
	Plan  string
	Index uint64
	Why   rules.Text
}

// Finding is what somebody who watches the record says of it: By names the part, Code what stands in its way; empty for nothing.
type Finding struct{ By, Code string }

// Watching are the parts whose findings a page tells: the notary, and those who follow the record and carry its rules out again.
var Watching = []string{"notary", "keystore", "trustee", "registrar"}

// findings are the codes that a page has words for: all else that stands in somebody's way is not about the record.
var findings = []string{
	"notary.forked", "notary.shrunk", "notary.unwitnessed", "record.forked", "record.rewound", "record.untrue", "record.unjudged",
}

// witness is one of those who watch the log.
type witness struct {
	Name string
	Key  string
	// ConfirmedAt is when it confirmed the newest checkpoint; 0 if it has not.
	ConfirmedAt int64
}

// Well tells whether nothing is wrong that anybody knows of.
func (k *kept) Well() bool { return k.Whole() && k.Plans.Wrong == 0 }

// Whole tells whether nothing is wrong with the record itself.
func (k *kept) Whole() bool { return k.Stopped == "" && len(k.Trouble) == 0 && len(k.Findings) == 0 }

// found takes what those who watch the record say of it.
func (k *kept) found(all []Finding) {
	for _, f := range all {
		k.Observed = k.Observed || f.By != "notary"
		if slices.Contains(findings, f.Code) && !slices.Contains(k.Findings, f) {
			k.Findings = append(k.Findings, f)
		}
	}
}

// Unsigned counts the commits that the newest checkpoint does not cover yet.
func (k *kept) Unsigned() uint64 { return k.Commits - min(k.Size, k.Commits) }

// works are those of audit's works that a page has words for.
var works = []string{"follow", "build", "authors", "reread", "plans"}

// work is the key of the words for one of audit's works.
func work(name string) string {
	if slices.Contains(works, name) {
		return name
	}
	return "other"
}

// kept asks audit how it does, and reads the newest checkpoint. The cosignatures are checked here with the witnesses' own keys, as
// audit names them: whoever trusts neither takes a policy to `renlin verify`.
func (v *visit) kept() (*kept, error) {
	var state struct {
		Blocks, Commits uint64
		Reread          struct{ Ended time.Time }
		Stopped         string
		Trouble         []string
		Plans           struct {
			Checked, Wrong uint64
			Findings       []struct {
				Plan             string
				Index            uint64
				English, Chinese string
			}
		}
	}
	if err := v.logJSON("state", &state); err != nil {
		return nil, err
	}
	var keys struct {
		Log       string
		Witnesses []string
	}
	if err := v.logJSON("keys", &keys); err != nil {
		return nil, err
	}
	out := &kept{Blocks: state.Blocks, Commits: state.Commits, Log: keys.Log, Stopped: state.Stopped, Trouble: state.Trouble}
	out.Plans.Checked, out.Plans.Wrong = state.Plans.Checked, state.Plans.Wrong
	for _, f := range slices.Backward(state.Plans.Findings) {
		out.Wrong = append(out.Wrong, wrongPlan{f.Plan, f.Index, rules.Text{English: f.English, Chinese: f.Chinese}})
	}
	if !state.Reread.Ended.IsZero() {
		out.RereadAt = state.Reread.Ended.UnixMilli()
	}
	for _, key := range keys.Witnesses {
		name, _, _ := strings.Cut(key, "+")
		out.Witnesses = append(out.Witnesses, witness{Name: name, Key: key})
	}
	note, err := v.source.Log(v.ctx, v.community.ID, "checkpoint")
	if err != nil {
		if f := fault.Of(err); f.Kind == fault.NotFound || f.Kind == fault.Unavailable {
			return out, nil // nothing is anchored yet, which the page says
		}
		return nil, err
	}
	return out, out.read(note)
}

// read takes the checkpoint, if the log and the witnesses that have cosigned it did sign it.
func (k *kept) read(note []byte) error {
	policy, err := merkle.ParsePolicy([]byte(k.policy()))
	if err != nil {
		return fault.ErrInternal.Because(err)
	}
	point, found, err := policy.Examine(note, merkle.Freshness{})
	if err != nil {
		return fault.ErrInternal.Because(err)
	}
	k.Size, k.Root = point.Size, hex.EncodeToString(point.Root[:])
	for _, c := range found {
		for i := range k.Witnesses {
			if c.Witness == policyName(i) {
				k.Witnesses[i].ConfirmedAt = c.Time.UnixMilli()
				k.Confirmed++
			}
		}
	}
	return nil
}

// policy names the log and its witnesses as a C2SP tlog-policy that asks for none of them: who has cosigned is counted, not required.
func (k *kept) policy() string {
	var out strings.Builder
	fmt.Fprintf(&out, "log %s\n", k.Log)
	for i, w := range k.Witnesses {
		fmt.Fprintf(&out, "witness %s %s\n", policyName(i), w.Key)
	}
	return out.String() + "quorum none\n"
}

func policyName(i int) string { return fmt.Sprintf("w%d", i) }

func (v *visit) logJSON(path string, into any) error {
	raw, err := v.source.Log(v.ctx, v.community.ID, path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fault.ErrInternal.Because(err)
	}
	return nil
}

func (s *Site) record(v *visit) (any, error) {
	k, err := v.kept()
	if err != nil {
		return nil, err
	}
	found, err := v.source.Findings(v.ctx, v.community.ID)
	if err != nil {
		return nil, err
	}
	k.found(found)
	return k, nil
}

// receipt shows the page that checks receipts. What the check needs is in the page: the keys, and a place to paste.
func (s *Site) receipt(v *visit) (any, error) { return v.kept() }
