package gateway

import (
	"encoding/json"
	"errors"
	"net/http"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/op/openapi"
	"renlin.dev/pkg/projection"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Shapes of what a voter's device sends to the registrar of a secret poll, and of its answer.
type (
	sealedCredential struct {
		Sealed []byte `json:"sealed"` // for the registrar's box_key, docs/format.md, registration box
		// Voter is whose it is, where an officer sends what is on a sheet, or a helper what they keep for a principal; empty for one's own.
		Voter string `json:"voter,omitempty"`
	}
	credentialReceipt struct {
		Receipt []byte `json:"receipt"` // the registrar's signature, for voting.register
	}
)

// sealedCredentialBytesMax bounds the body; all of them are of one size, which the registrar knows.
const sealedCredentialBytesMax = 1 << 10

// registrarRows are the way to a poll's registrar.
func (g *Gateway) registrarRows() []row {
	return []row{
		route("POST "+belowHere+"/polls/{poll}/credentials", g.sendCredential, openapi.Route{
			Name: "gateway.send_credential", Access: openapi.Self, Idempotent: true,
			Words: openapi.Words{
				English: "Send one's credential for a secret poll to the registrar, sealed so that nobody else can read it, or, as an officer, that " +
					"of a voter's sheet, or, as a helper, a principal's; the receipt goes into voting.register or voting.register_papers.",
				Chinese: "将本人在某次秘密表决中的凭证封存后送交登记人，其他人无法读取；工作人员可代送纸面凭证，受托人可代送委托人的凭证；" +
					"所得回执用于 voting.register 或 voting.register_papers。",
			},
			Params: []openapi.Param{{
				Name: "poll", In: "path", Required: true, Pattern: opaqueID.String(),
				Words: openapi.Words{English: "A poll that voters register for.", Chinese: "正在登记的表决。"},
			}},
			Body:    &openapi.Body{Media: jsonMedia, Shape: sealedCredential{}, BytesMax: sealedCredentialBytesMax},
			Answers: onceAnswers(credentialReceipt{}),
			Faults:  append(madeIn(service+"voting/registrar"), fault.ErrMalformed, ErrBrings),
		}),
	}
}

// ErrBrings: the registrar keeps what it takes, and a few of each voter only, so nobody fills its disk, or that place, for another.
var ErrBrings = fault.New(fault.Forbidden, "credential.not_yours_to_bring",
	"Another member's credential is brought by an officer, in a poll that knows of sheets, or by a helper under a mandate for ballots.",
	"他人的凭证只能由工作人员（限允许纸面凭证的表决）或持有投票委托的受托人送交，且须为有效成员的凭证。")

// brings refuses whoever may not send another's credential, and a voter who is none.
func (g *Gateway) brings(r *http.Request, community string, who session, poll, voter string) error {
	if _, err := g.activeMember(r.Context(), community, voter, 0); err != nil {
		if errors.Is(err, standing.ErrNotActive) {
			return ErrBrings
		}
		return err
	}
	if g.mandated(r.Context(), who, voter, []communityv1.Act{communityv1.Act_ACT_BALLOTS}) {
		return nil
	}
	if g.requireRole(r, community, communityv1.Role_ROLE_OFFICER) != nil {
		return ErrBrings
	}
	var called struct {
		Rules struct {
			Paper json.RawMessage `json:"paper"` // absent where the rules know of none
		} `json:"rules"`
	}
	err := g.state(r.Context(), community, "poll/"+poll, 0, &called)
	if errors.Is(err, projection.ErrNoRecord) || err == nil && len(called.Rules.Paper) == 0 {
		return ErrBrings
	}
	return err
}

// sendCredential passes on what a voter's device has sealed, with whose session it is. The gateway knows that a voter has a credential, and
// never which.
func (g *Gateway) sendCredential(w http.ResponseWriter, r *http.Request) {
	community, poll := r.PathValue("community"), r.PathValue("poll")
	err := g.requireRole(r, community, communityv1.Role_ROLE_MEMBER)
	who, _ := g.sessions.of(r, community)
	if err == nil && !opaqueID.MatchString(poll) {
		err = fault.ErrMalformed
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	body, err := readBody(r, sealedCredentialBytesMax)
	var sent sealedCredential
	if err == nil && (strictJSON(body, &sent) != nil || sent.Voter != "" && !opaqueID.MatchString(sent.Voter)) {
		err = fault.ErrMalformed
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	whose := who.member + "=" // see the registrar's process
	if sent.Voter != "" && sent.Voter != who.member {
		if err := g.brings(r, community, who, poll, sent.Voter); err != nil {
			op.WriteFault(w, r, err)
			return
		}
		whose = sent.Voter + "+"
	}
	g.once(w, r, who, append([]byte(poll+"\n"), body...), func() ([]byte, error) {
		receipt, err := g.call.Bytes(r.Context(), "registrar."+community+".register", append([]byte(poll+whose), sent.Sealed...))
		if err != nil {
			return nil, err
		}
		return json.Marshal(credentialReceipt{receipt})
	})
}
