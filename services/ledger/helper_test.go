package ledger_test

import (
	"encoding/json"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger"
)

// helps gives a helper a mandate of a principal's for some acts.
func (w *world) helps(helper, principal string, acts ...communityv1.Act) string {
	w.Helper()
	mandate := id(helper + " helps " + principal)
	w.Fact("mandate/"+mandate, &communityv1.MandateGranted{
		Principal: id(principal), Helper: id(helper), Acts: acts, Until: w.Now + 1000*weekMillis, Grantor: communityv1.Grantor_GRANTOR_HOSTED,
	})
	return mandate
}

// TestHelper: whoever has no device reports, confirms, declines and gives by the hand of a helper; but one hand does not do both sides, and
// gains nothing.
func TestHelper(t *testing.T) {
	t.Parallel()
	// Eve helps ann and dan; fay lives alone, and cat with bob.
	report := func(principal, counterparty string) func(w *books) proto.Message {
		return func(w *books) proto.Message {
			c := work(counterparty, 60)
			c.Principal, c.Mandate = id(principal), w.helps("eve", principal, communityv1.Act_ACT_CREDITS)
			return c
		}
	}
	confirm := func(principal string, by func(w *books) string) func(w *books) proto.Message {
		return func(w *books) proto.Message {
			return &ledgerv1.ConfirmWork{
				Work: by(w), Principal: id(principal), Mandate: w.helps("eve", principal, communityv1.Act_ACT_CREDITS),
			}
		}
	}
	reported := func(worker, counterparty string) func(w *books) string {
		return func(w *books) string { return w.Do("work", worker, "ledger.report_work", work(counterparty, 60)) }
	}
	spend := func(to string, version uint64) func(w *books) proto.Message {
		return func(w *books) proto.Message {
			w.worked("dan", "fay", 60)
			w.Do("terms", "pia", "ledger.offer_terms", &ledgerv1.OfferTerms{Org: id("company"), Terms: "Tea."})
			return &ledgerv1.SpendCredits{
				To: named(to), Amount: 5, TermsVersion: version, Principal: id("dan"), Mandate: w.helps("eve", "dan", communityv1.Act_ACT_CREDITS),
			}
		}
	}
	at := func(company bool, next func(w *books) proto.Message) func(w *books) proto.Message {
		return func(w *books) proto.Message {
			if company {
				w.Fact("member/"+id("eve"), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_GRID_WORKER, Org: id("company")})
			} else {
				w.household("of eve and fay", "eve", "fay")
			}
			return next(w)
		}
	}
	minted := []string{
		"account: AccountOpened, Credited", "account: AccountOpened, Debited", "earnings: EarningsCounted", "earned-from: EarningsCounted",
		"work: WorkConfirmed",
	}
	spent := []string{"account: Debited", "account: AccountOpened, Credited", "spending: CreditsSpent"}
	play(t, []scenario{
		{name: "reported", who: "eve", operation: "ledger.report_work", given: report("dan", "ann"), then: []string{"work: WorkReported"}},
		{name: "reported for oneself", who: "eve", operation: "ledger.report_work", given: report("dan", "eve"), refused: "work.one_hand"},
		{name: "reported for one's household", who: "eve", operation: "ledger.report_work", given: at(false, report("dan", "fay")),
			refused: "work.one_hand"},
		{name: "confirmed", who: "eve", operation: "ledger.confirm_work", given: confirm("ann", reported("dan", "ann")), then: minted},
		{name: "confirmed to oneself", who: "eve", operation: "ledger.confirm_work", given: confirm("ann", reported("eve", "ann")),
			refused: "work.one_hand"},
		{name: "confirmed to one's household", who: "eve", operation: "ledger.confirm_work", refused: "work.one_hand",
			given: at(false, confirm("ann", reported("fay", "ann")))},
		{name: "both sides", who: "eve", operation: "ledger.confirm_work", refused: "work.one_hand",
			given: confirm("ann", func(w *books) string { return w.Do("work", "eve", "ledger.report_work", report("dan", "ann")(w)) })},
		{name: "under a mandate for other things", who: "eve", operation: "ledger.confirm_work", refused: "mandate.act",
			given: func(w *books) proto.Message {
				return &ledgerv1.ConfirmWork{
					Work: reported("dan", "ann")(w), Principal: id("ann"), Mandate: w.helps("eve", "ann", communityv1.Act_ACT_AID),
				}
			}},
		{name: "declined", who: "eve", operation: "ledger.decline_work", then: []string{"work: WorkDeclined"},
			given: func(w *books) proto.Message {
				return &ledgerv1.DeclineWork{
					Work: reported("dan", "ann")(w), Principal: id("ann"), Mandate: w.helps("eve", "ann", communityv1.Act_ACT_CREDITS),
				}
			}},
		{name: "given to all", who: "eve", operation: "ledger.spend", given: spend("", 0), then: spent},
		{name: "given to a neighbour", who: "eve", operation: "ledger.spend", given: spend("ann", 0), then: spent},
		{name: "given to oneself", who: "eve", operation: "ledger.spend", given: spend("eve", 0), refused: "work.one_hand"},
		{name: "given to one's household", who: "eve", operation: "ledger.spend", given: at(false, spend("fay", 0)), refused: "work.one_hand"},
		{name: "given to an organisation", who: "eve", operation: "ledger.spend", given: spend("company", 1), then: spent},
		{name: "given to one's organisation", who: "eve", operation: "ledger.spend", given: at(true, spend("company", 1)),
			refused: "work.one_hand"},
	})
}

// TestHelperThenOneself: whoever reported for the worker is no hand of the other side either, however late they move in with it.
func TestHelperThenOneself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, rules())
	body := work("ann", 60)
	body.Principal, body.Mandate = id("dan"), w.helps("eve", "dan", communityv1.Act_ACT_CREDITS)
	job := w.Do("work", "eve", "ledger.report_work", body)
	w.household("new", "ann", "eve")
	if got := w.Try("ann", "ledger.confirm_work", &ledgerv1.ConfirmWork{Work: job}); got != "work.one_hand" {
		t.Errorf("confirmed by who lives with the helper: %q", got)
	}
	w.Replay()
}

// TestHelpedActs: the two are shown what was done under a mandate.
func TestHelpedActs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, rules())
	mandate := w.helps("eve", "ann", communityv1.Act_ACT_CREDITS)
	job := w.Do("work", "dan", "ledger.report_work", work("ann", 60))
	w.Do("work", "eve", "ledger.confirm_work", &ledgerv1.ConfirmWork{Work: job, Principal: id("ann"), Mandate: mandate})
	question, err := json.Marshal(standing.HelpedQuestion{Mandates: []string{mandate}, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := ledger.AnswerHelped(w.State, question)
	if err != nil {
		t.Fatal(err)
	}
	var acts []standing.ShownAct
	if err := json.Unmarshal(raw, &acts); err != nil || len(acts) != 1 || acts[0].Event != "renlin.ledger.v1.WorkConfirmed" {
		t.Errorf("shown: %s, %v", raw, err)
	}
}
