package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/credential"
)

// sheetMatter is the matter whose secret polls know of paper; the audit has all the time there is.
func sheetMatter() *communityv1.PollRules {
	r := secretRules(communityv1.Secrecy_SECRECY_TOTALS, 1)
	r.Paper = &communityv1.PaperRules{CallBackPermille: 1000, RiskLimitPermille: 50, AuditSeconds: 1_000_000}
	return r
}

// sheeted are those who are registered by sheets where the rules know of them; their own devices register everywhere else.
var sheeted = []string{"eve", "fay"}

// secretSheet is somebody's sheet in a poll; its secret is a hash of their name.
func secretSheet(poll, who string) *credential.Sheet {
	return &credential.Sheet{Poll: poll, Secret: sha256.Sum256([]byte("sheet of " + who))}
}

// giving registers somebody by their sheet, once the registrar knows it.
func (w *accessWorld) giving(poll, who string) *votingv1.RegisterPapers {
	w.Helper()
	c, err := secretSheet(poll, who).Credential(forge.ID(who))
	if err != nil {
		w.TB.Fatal(err)
	}
	w.secrets.wallets[poll][who] = c
	own := w.registration(poll, who)
	return &votingv1.RegisterPapers{Poll: poll, Sheets: []*votingv1.SheetRegistration{{
		Voter: forge.ID(who), Commitment: own.GetCommitment(), Receipt: own.GetReceipt(),
	}}}
}

// readable is a poll as an operator's device reads it.
func (w *accessWorld) readable(poll string) *credential.Poll {
	w.Helper()
	state, _ := w.State("voting").Raw("poll/" + poll)
	raw, err := json.Marshal(state)
	if err != nil {
		w.TB.Fatal(err)
	}
	p, err := credential.ReadPoll(poll, raw)
	if err != nil {
		w.TB.Fatalf("a poll is not ready for ballots: %v", err)
	}
	return p
}

var sheetYes = &votingv1.Choice{Options: []uint32{0}}

func (w *accessWorld) sheetEntry(poll, of, operator string) *votingv1.EnterSecretPaper {
	w.Helper()
	body, err := secretSheet(poll, of).Enter(w.readable(poll), forge.ID(operator), sheetYes)
	if err != nil {
		w.TB.Fatal(err)
	}
	return body
}

func (w *accessWorld) sheetReentry(poll, of, operator string) *votingv1.ReenterSecretPaper {
	w.Helper()
	body, err := secretSheet(poll, of).Reenter(w.readable(poll), forge.ID(operator), sheetYes)
	if err != nil {
		w.TB.Fatal(err)
	}
	return body
}

// sheetsOut has two sheets entered to the end in one poll, which is counted then and its samples drawn, and one of them once in another.
func (w *accessWorld) sheetsOut() {
	w.Helper()
	drawn := w.polls["sheets drawn"]
	for _, of := range sheeted {
		w.by("ida", "voting.enter_secret_paper", w.sheetEntry(drawn, of, "ida"))
		w.by("offB", "voting.reenter_secret_paper", w.sheetReentry(drawn, of, "offB"))
	}
	for i, name := range registrants[len(sheeted):] {
		w.Do("voting.cast_secret", w.made(drawn, name, uint32(i%3)).Cast(), w.secrets.wallets[drawn][name].Key)
	}
	w.stepTrustees(drawn)
	w.by("eve", "voting.draw_samples", w.drawing(drawn))
	w.by("ida", "voting.enter_secret_paper", w.sheetEntry(w.polls["sheets open"], "fay", "ida"))
}

// comparison is what an auditor finds of eve's sheet.
func (w *accessWorld) comparison(auditor string) proto.Message {
	w.Helper()
	poll := w.polls["sheets drawn"]
	counts := &votingv1.SecretBallotCast{
		Key: w.secrets.wallets[poll]["eve"].Public(), Ballot: w.sheetReentry(poll, "eve", auditor).GetBallot(),
	}
	body, err := secretSheet(poll, "eve").Compare(w.readable(poll), forge.ID(auditor), sheetYes, counts)
	if err != nil {
		w.TB.Fatal(err)
	}
	return body
}

// sheetRows are about credentials on paper.
func sheetRows() map[string]cell {
	return map[string]cell{
		"voting.register_papers: another's": func(w *accessWorld, _ string) deed {
			return deed{body: w.giving(w.polls["sheets registering"], "hal")}
		},
		"voting.register_papers: one's own": func(w *accessWorld, who string) deed {
			return deed{body: w.giving(w.polls["sheets registering"], who)}
		},
		"voting.enter_secret_paper": func(w *accessWorld, who string) deed {
			return deed{body: w.sheetEntry(w.polls["sheets open"], "eve", who)}
		},
		"voting.reenter_secret_paper": func(w *accessWorld, who string) deed {
			return deed{body: w.sheetReentry(w.polls["sheets open"], "fay", who)}
		},
		"voting.compare_secret_paper": func(w *accessWorld, who string) deed { return deed{body: w.comparison(who)} },
		"voting.register: for another": func(w *accessWorld, who string) deed {
			poll := w.polls["register"]
			if w.secrets.wallets[poll]["fay"] == nil {
				c, err := credential.New(rand.Reader, poll, forge.ID("fay"))
				if err != nil {
					w.TB.Fatal(err)
				}
				w.secrets.wallets[poll]["fay"] = c
			}
			body := w.registration(poll, "fay")
			body.Mandate = w.mandates[who]
			return deed{body: body, principal: "fay"}
		},
	}
}
