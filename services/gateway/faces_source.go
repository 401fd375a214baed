package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/figures"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/projection"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/gateway/console"
	"renlin.dev/services/gateway/faces"
	"renlin.dev/services/gateway/miniapp"
)

// pageRows are the pages for people. The API's document does not tell of them.
func (g *Gateway) pageRows() ([]row, error) {
	site, err := faces.New(publicSource{g})
	if err != nil {
		return nil, err
	}
	var all []row
	for _, r := range site.Routes() {
		all = append(all, route(r.Pattern, r.Serve))
	}
	for _, r := range console.Routes() {
		all = append(all, route(r.Pattern, r.Serve))
	}
	app, err := miniapp.New()
	if err != nil {
		return nil, err
	}
	for _, pattern := range miniapp.Patterns {
		all = append(all, route(pattern, app.ServeHTTP))
	}
	return all, nil
}

// publicSource gives pages what the edge answers whoever has no session, and nothing else.
type publicSource struct{ g *Gateway }

func (s publicSource) Communities(ctx context.Context) ([]string, error) {
	list, err := s.g.listed(ctx)
	if err != nil {
		return nil, err
	}
	return list.Communities, nil
}

func (s publicSource) Community(ctx context.Context, community string) (*faces.Community, error) {
	a, err := s.g.outsiders(ctx, community)
	if err != nil {
		return nil, err
	}
	return &faces.Community{
		ID: a.ID, Name: a.Name, Genesis: a.Genesis, EpochKey: a.EpochKey, Size: a.NextIndex, State: a.State, Reason: a.Reason,
	}, nil
}

func (s publicSource) Records(ctx context.Context, community, path, after string) (*op.Page, error) {
	if chain.CheckAggregate(path) != nil && chain.CheckCollection(path) != nil {
		return nil, projection.ErrPath
	}
	if readers[chain.KindOf(path)] != anyone {
		return nil, standing.ErrRole
	}
	list := "page " + community + " " + path
	from, err := s.g.cursors.open(list, after)
	if err != nil {
		return nil, err
	}
	page, err := s.g.query(ctx, &op.Query{Community: community, Path: path, After: from, Limit: pageRecords})
	if err != nil {
		return nil, err
	}
	page.Next = s.g.cursors.seal(list, page.Next)
	return page, nil
}

// pageRecords is how many records a page for people shows.
const pageRecords = 50

func (s publicSource) Books(ctx context.Context, community string) ([]byte, error) {
	return s.g.call.Look(ctx, community, s.g.owners["account"], LedgerBooks, []byte("{}"))
}

func (s publicSource) Log(ctx context.Context, community, path string) ([]byte, error) {
	return s.g.call.Bytes(ctx, "audit."+community+".log", []byte(path))
}

// Checkpoints gives none while the notary cannot be asked: the page says so.
func (s publicSource) Checkpoints(ctx context.Context, community string) ([][]byte, error) {
	raw, err := s.g.call.Bytes(ctx, "notary."+community+".checkpoints", nil)
	if f := fault.Of(err); err != nil && f.Kind == fault.Unavailable {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out [][]byte
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fault.ErrInternal.Because(err)
	}
	return out, nil
}

// findingsWait is how long a part may take to say how it does: one that is away must not hold up a page.
const findingsWait = time.Second

// Findings asks those who watch the record how they do with it. Who is not there, or does not follow the record, finds nothing.
func (s publicSource) Findings(ctx context.Context, community string) ([]faces.Finding, error) {
	ctx, cancel := context.WithTimeout(ctx, findingsWait)
	defer cancel()
	found := make([][]faces.Finding, len(faces.Watching))
	var wg sync.WaitGroup
	for i, part := range faces.Watching {
		wg.Go(func() {
			state, err := operatorsSource(s).Part(ctx, part)
			if err != nil {
				return
			}
			for _, w := range state.Works {
				if w.Community == community && (part == "notary" || w.Follows) {
					found[i] = append(found[i], faces.Finding{By: part, Code: w.Fault})
				}
			}
		})
	}
	wg.Wait()
	return slices.Concat(found...), nil
}

// noticesShown is how many policy notices a page shows.
const noticesShown = 20

// Notices gives the policy notices that were published to everybody, and what everybody may be told of how far they came. All others are
// left out: whom they concern is not everybody's business.
func (s publicSource) Notices(ctx context.Context, community, after string) (*faces.Notices, error) {
	list := "page " + community + " policy-notice"
	from, err := s.g.cursors.open(list, after)
	if err != nil {
		return nil, err
	}
	page, err := s.g.query(ctx, &op.Query{Community: community, Path: "policy-notice", After: from, Limit: noticesShown})
	if err != nil {
		return nil, err
	}
	out := &faces.Notices{Next: s.g.cursors.seal(list, page.Next)}
	for _, r := range page.Records {
		var n struct {
			Scope       aidv1.NoticeScope `json:"scope"`
			Kind        string            `json:"kind"`
			Title       string            `json:"title"`
			Text        string            `json:"text"`
			Org         string            `json:"org"`
			PublishedAt int64             `json:"published_at"`
			ReachBy     int64             `json:"reach_by"`
		}
		if err := json.Unmarshal(r.State, &n); err != nil {
			return nil, fault.ErrInternal.Because(err)
		}
		if n.Scope != aidv1.NoticeScope_NOTICE_SCOPE_EVERYONE {
			continue
		}
		one := faces.Notice{
			ID: strings.TrimPrefix(r.Path, "policy-notice/"), Kind: n.Kind, Title: n.Title, Text: n.Text, Org: s.orgName(ctx, community, n.Org),
			PublishedAt: n.PublishedAt, ReachBy: n.ReachBy,
		}
		var table aidTable
		question := policyNoticeQuestion{Notice: one.ID}
		if err := s.g.look(ctx, community, "policy-notice", NoticeFigures, 0, question, &table); err != nil {
			return nil, err
		}
		one.People, one.Reached = reachedOf(&table)
		out.Notices = append(out.Notices, one)
	}
	return out, nil
}

// reachedOf reads how many a notice concerns and how many it came to; held back where the table does, so that nothing more is told.
func reachedOf(t *aidTable) (people, reached int64) {
	people, reached = t.Total, t.Total
	for i, row := range t.Rows {
		if row == "UNREACHED" && i < len(t.RowSums) {
			if t.RowSums[i] == figures.Held || people == figures.Held {
				return people, figures.Held
			}
			reached = people - t.RowSums[i]
		}
	}
	if reached > 0 && reached < t.Least {
		return people, figures.Held
	}
	return people, reached
}

// orgName is what an organisation is called; empty while its record cannot be read.
func (s publicSource) orgName(ctx context.Context, community, org string) string {
	var o struct {
		Name string `json:"name"`
	}
	if s.g.state(ctx, community, "org/"+org, 0, &o) != nil {
		return ""
	}
	return o.Name
}

// Helping gives what everybody may be told of the matching report: nothing while there is no group large enough to be told, and of the
// vulnerable nothing while they are no such group. Who serves is told by no name.
func (s publicSource) Helping(ctx context.Context, community string) (*faces.Helping, error) {
	var r matchingReport
	question := matchingQuestion{Now: s.g.cfg.Now().UnixMilli()}
	err := s.g.look(ctx, community, "need", MatchingReport, 0, question, &r)
	if errors.Is(err, projection.ErrNoRecord) {
		return &faces.Helping{}, nil
	}
	if err != nil {
		return nil, err
	}
	out := &faces.Helping{
		Told: len(r.Fairness.Groups) > 0, Served: r.Fairness.RatePermille, Lowest: r.Fairness.LowestGroupRatePermille,
		Wait: r.Fairness.WaitP90Minutes, WaitFrail: figures.Held, Redundancy: r.Redundancy.IndexPermille,
	}
	for _, g := range r.Fairness.Groups {
		if g.Vulnerable {
			out.WaitFrail = r.Fairness.WaitP90MinutesVulnerable
		}
	}
	titles := s.skills(ctx, community)
	for _, skill := range slices.Sorted(maps.Keys(r.HHIPermille)) {
		out.Few = append(out.Few, faces.Concentration{Skill: cmp.Or(titles[skill], skill), Share: r.HHIPermille[skill]})
	}
	return out, nil
}

// skills gives what the rulebook calls each kind of help.
func (s publicSource) skills(ctx context.Context, community string) map[string]string {
	var book standing.Rulebook
	out := map[string]string{}
	if s.g.state(ctx, community, standing.RulebookPath, 0, &book) == nil {
		for _, skill := range book.Book.GetMatching().GetSkills() {
			out[skill.GetCode()] = skill.GetTitle()
		}
	}
	return out
}
