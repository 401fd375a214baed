package gateway

import (
	"context"
	"encoding/json"
	"net/http"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/op/openapi"
	"renlin.dev/pkg/projection"
	"renlin.dev/pkg/rules"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

type (
	// toldRules are rules in sentences. They say what the record's own fields say, and nothing else.
	toldRules struct {
		Version uint64       `json:"version"` // of the rulebook's record; of a poll that record's
		Matters []toldMatter `json:"matters"`
	}
	toldMatter struct {
		Code                 string          `json:"code"`
		Title                string          `json:"title,omitempty"`
		ThresholdMembers     uint32          `json:"threshold_members,omitempty"`
		ThresholdNumerator   int64           `json:"threshold_numerator,omitempty"`
		ThresholdDenominator int64           `json:"threshold_denominator,omitempty"`
		DeliberationSeconds  uint32          `json:"deliberation_seconds,omitempty"`
		DirectConvener       string          `json:"direct_convener,omitempty"` // organisation whose conveners may call a poll without a motion
		Rules                []rules.Line    `json:"rules"`
		Findings             []rules.Finding `json:"findings"` // what people should know of them
	}
)

// inWords explains the rules of a poll.
func inWords(m toldMatter, p *communityv1.PollRules) toldMatter {
	m.Rules, m.Findings = rules.Explain(p), rules.Lint(p)
	if m.Findings == nil {
		m.Findings = []rules.Finding{}
	}
	return m
}

// rules tells the rulebook in sentences, or a version that it had, or the rules of one poll, which are those that held when it was called.
func (g *Gateway) rules(w http.ResponseWriter, r *http.Request) {
	position, err := number(r, "min_index")
	if err != nil {
		op.WriteFault(w, r, fault.ErrMalformed.Because(err))
		return
	}
	version, err := number(r, "version")
	if err != nil {
		op.WriteFault(w, r, fault.ErrMalformed.Because(err))
		return
	}
	community, poll := r.PathValue("community"), r.URL.Query().Get("poll")
	var out *toldRules
	switch {
	case poll != "":
		out, err = g.rulesOfPoll(r.Context(), community, poll, position)
	case version > 0:
		out, err = g.rulesOfVersion(r.Context(), community, version, position)
	default:
		out, err = g.rulesOfBook(r.Context(), community, position)
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeFreshJSON(w, r, cachePublic, "", out)
}

func (g *Gateway) rulesOfBook(ctx context.Context, community string, position uint64) (*toldRules, error) {
	page, err := g.query(ctx, &op.Query{Community: community, Path: standing.RulebookPath, MinPosition: position})
	if err != nil {
		return nil, err
	}
	var book standing.Rulebook
	if err := json.Unmarshal(page.Records[0].State, &book); err != nil {
		return nil, fault.ErrInternal.Because(err)
	}
	return &toldRules{Version: page.Records[0].Version, Matters: tellMatters(book.Book)}, nil
}

// tellMatters explains each matter of a rulebook.
func tellMatters(book *communityv1.Rulebook) []toldMatter {
	out := []toldMatter{}
	for _, m := range book.GetMatters() {
		out = append(out, inWords(toldMatter{
			Code: m.GetCode(), Title: m.GetTitle(), ThresholdMembers: m.GetThresholdMembers(), ThresholdNumerator: m.GetThresholdNumerator(),
			ThresholdDenominator: m.GetThresholdDenominator(), DeliberationSeconds: m.GetDeliberationSeconds(),
			DirectConvener: m.GetDirectConvener(),
		}, m.GetPoll()))
	}
	return out
}

// tellRules tells a rulebook that is in force nowhere: what officers are about to sign. Its version is 0.
func (g *Gateway) tellRules(w http.ResponseWriter, r *http.Request) {
	err := g.requireRole(r, r.PathValue("community"), communityv1.Role_ROLE_OFFICER)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	body, err := readBody(r, op.BodyBytesMax)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	var book communityv1.Rulebook
	err = protojson.Unmarshal(body, &book)
	if err != nil {
		err = fault.ErrMalformed.Because(err)
	} else if err = decider.CheckFields(&book); err == nil {
		err = protorange.Range(book.ProtoReflect(), checkTellable)
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, toldRules{Matters: tellMatters(&book)})
}

// checkTellable refuses what there are no words for: a choice that nobody knows, and less than nothing. The rest of what is wrong with a
// rulebook the rules say when it is to come into force.
func checkTellable(at protopath.Values) error {
	field := at.Path.Index(-1).FieldDescriptor()
	if step := at.Path.Index(-1).Kind(); step == protopath.ListIndexStep {
		field = at.Path.Index(-2).FieldDescriptor()
	} else if step != protopath.FieldAccessStep || field.IsList() {
		return nil
	}
	known := true
	switch v := at.Index(-1).Value; field.Kind() {
	case protoreflect.EnumKind:
		known = field.Enum().Values().ByNumber(v.Enum()) != nil
	case protoreflect.Int32Kind, protoreflect.Int64Kind:
		known = v.Int() >= 0
	}
	if !known {
		return decider.ErrField.With("field", string(field.Name()))
	}
	return nil
}

func (g *Gateway) rulesOfPoll(ctx context.Context, community, poll string, position uint64) (*toldRules, error) {
	if !opaqueID.MatchString(poll) {
		return nil, projection.ErrPath
	}
	page, err := g.query(ctx, &op.Query{Community: community, Path: "poll/" + poll, MinPosition: position})
	if err != nil {
		return nil, err
	}
	var p struct {
		Matter string                 `json:"matter"`
		Rules  *communityv1.PollRules `json:"rules"`
	}
	if err := json.Unmarshal(page.Records[0].State, &p); err != nil {
		return nil, fault.ErrInternal.Because(err)
	}
	return &toldRules{Version: page.Records[0].Version, Matters: []toldMatter{inWords(toldMatter{Code: p.Matter}, p.Rules)}}, nil
}

// rulesRows are the rules in sentences.
func (g *Gateway) rulesRows() []row {
	poll := openapi.Param{Name: "poll", In: "query", Pattern: opaqueID.String(), Words: openapi.Words{
		English: "A poll, whose rules are those of the day on which it was called; without it the rulebook's.",
		Chinese: "某次表决，其规则为发起当日的规则；不填则为现行规约。",
	}}
	version := openapi.Param{Name: "version", In: "query", Number: true, Words: openapi.Words{
		English: "A version that the rulebook had; without it the one in force.", Chinese: "规约的某一版本；不填则为现行版本。",
	}}
	return []row{route("GET "+belowHere+"/rules", g.rules, openapi.Route{
		Name: "gateway.rules", Access: openapi.Anyone, Params: []openapi.Param{poll, version, minIndex, heldTag},
		Words: openapi.Words{
			English: "The rules of each matter in sentences, in both languages, with what people should know of them before they vote.",
			Chinese: "以中英文句子说明各类事项的规则，以及表决前应当知道的事。",
		},
		Answers: fresh(jsonMedia, toldRules{}),
		Faults:  append(readingFaults(), standing.ErrVersion),
	})}
}
