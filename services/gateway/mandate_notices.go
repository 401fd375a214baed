package gateway

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"renlin.dev/pkg/standing"
)

const (
	// mandateNoticesFor is how long an inbox tells of what happened about a mandate; the lists of mandates and acts tell for ever.
	mandateNoticesFor = 30 * 24 * 60 * 60 * 1000
	// endingMax is how long before its end a mandate is said to be about to end, or a quarter of its term if that is less.
	endingMax = 3 * 24 * 60 * 60 * 1000
)

// mandateNotice tells one of a mandate's two what happened about it. It holds ids and times, and words that are the same for everybody.
type mandateNotice struct {
	Notice    string `json:"notice"` // which words these are
	English   string `json:"english"`
	Chinese   string `json:"chinese"`
	Mandate   string `json:"mandate"`
	Principal string `json:"principal"`
	Helper    string `json:"helper"`
	At        int64  `json:"at"` // 0 where the record does not say it of the mandate itself
	Until     int64  `json:"until"`
	// Event, Path and Position are of what a helper did.
	Event    string `json:"event,omitempty"`
	Path     string `json:"path,omitempty"`
	Position uint64 `json:"position,omitempty"`
	Replaced bool   `json:"replaced,omitempty"` // a later word has taken its place
	// Can are the operations by which the reader can do something about it now.
	Can []string `json:"can,omitempty"`
}

// mandateNotices tells a member what happened about their mandates lately, the newest first: to the principal, that a helper acted for
// them, as soon as it is on the record, with what can be done against it; to both, what became of the mandate. Nobody can fill a
// principal's list but the principal: of the mandates that they gave all are looked at, of those that they were given the newest.
func (g *Gateway) mandateNotices(ctx context.Context, who session, position uint64) ([]mandateNotice, error) {
	now := g.cfg.Now().UnixMilli()
	var views []mandateView
	for _, q := range []standing.MandatesQuestion{{Part: standing.AsPrincipal}, {Part: standing.AsHelper}} {
		for {
			page, err := g.mandatesOf(ctx, who, position, q)
			if err != nil {
				return nil, err
			}
			for i := range page.Mandates {
				if v := viewOf(&page.Mandates[i], who.member, now); v.endedAt() > now-mandateNoticesFor {
					views = append(views, v)
				}
			}
			if q.Before = page.Next; q.Before == "" || q.Part == standing.AsHelper {
				break
			}
		}
	}
	var out []mandateNotice
	for i := range views {
		out = append(out, views[i].notices(now)...)
	}
	acted, err := g.actedNotices(ctx, who, position, views)
	if err != nil {
		return nil, err
	}
	out = slices.DeleteFunc(append(out, acted...), func(n mandateNotice) bool { return n.At != 0 && n.At <= now-mandateNoticesFor })
	slices.SortStableFunc(out, func(a, b mandateNotice) int { return cmp.Compare(b.At, a.At) })
	return out, nil
}

// endedAt is when a mandate ended or will end at the latest.
func (v *mandateView) endedAt() int64 {
	return cmp.Or(v.Terms.DeclinedAt, v.Terms.RevokedAt, v.Terms.Until)
}

// actedNotices tell a principal what helpers did under their mandates: the last of each thing.
func (g *Gateway) actedNotices(ctx context.Context, who session, position uint64, views []mandateView) ([]mandateNotice, error) {
	given, by := []string{}, map[string]*mandateView{}
	for i := range views {
		if v := &views[i]; v.Part == standing.AsPrincipal {
			given, by[v.Mandate] = append(given, v.Mandate), v
		}
	}
	if len(given) == 0 {
		return nil, nil
	}
	acts, err := g.actsUnder(ctx, who.community, position, standing.HelpedQuestion{Mandates: given, Limit: mandatesShown, Last: true})
	if err != nil {
		return nil, err
	}
	var out []mandateNotice
	for i := range acts {
		out = append(out, by[acts[i].Mandate].acted(&acts[i]))
	}
	return out, nil
}

// notices are what happened to a mandate by a time.
func (v *mandateView) notices(now int64) []mandateNotice {
	t := &v.Terms
	var out []mandateNotice
	tell := func(notice string, at int64, can ...string) {
		if at != 0 {
			out = append(out, v.notice(notice, at, can))
		}
	}
	if v.State == mandateAwaits && v.Part == standing.AsHelper {
		tell("mandate.asked", t.GrantedAt, v.Can...)
	} else {
		tell("mandate.granted", t.GrantedAt, v.Can...)
	}
	tell("mandate.accepted", t.AcceptedAt, v.Can...)
	tell("mandate.declined", t.DeclinedAt)
	tell("mandate.revoked", t.RevokedAt)
	switch v.State {
	case mandateOver:
		tell("mandate.over", t.Until)
	case mandateGone:
		out = append(out, v.notice("mandate.gone", 0, nil))
	case mandateHolds, mandateAwaits:
		if from := t.Until - min(endingMax, (t.Until-t.From)/4); now >= from {
			tell("mandate.ending", from, v.Can...)
		}
	}
	return out
}

// acted tells a principal of what a helper did for them.
func (v *mandateView) acted(act *standing.ShownAct) mandateNotice {
	name := act.Event[strings.LastIndexByte(act.Event, '.')+1:]
	notice, known := actedWords[name]
	if !known {
		notice = "acted.otherwise"
	}
	var can []string
	if act.Against != "" {
		can = append(can, act.Against)
	}
	n := v.notice(notice, act.At, append(can, v.Can...))
	n.Event, n.Path, n.Position, n.Replaced = act.Event, act.Path, act.Position, act.Replaced
	return n
}

func (v *mandateView) notice(notice string, at int64, can []string) mandateNotice {
	words := mandateWords[notice]
	return mandateNotice{
		Notice: notice, English: words.English, Chinese: words.Chinese, Mandate: v.Mandate, Principal: v.Terms.Principal,
		Helper: v.Terms.Helper, At: at, Until: v.Terms.Until, Can: can,
	}
}
