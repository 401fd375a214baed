package main

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/verify/forge"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
)

// aidWorld are the files and cases of the access world. Everybody of the cast speaks for somebody in need, whose case worker is target; the
// cases of eve's file are the grid worker's of the cast, each at a point where something can be done.
type aidWorld struct {
	cases  map[string]string // by what is done next
	spoken map[string]string // by who speaks for its person
	orders map[string]string
	supply map[string]string // alert, stock and arrivals, by what is done with them
}

func fileOf(who string) string { return forge.ID("file of " + who) }

// speakers are those who speak for somebody.
func speakers() []string {
	out := []string{"host", "hostO"}
	for name := range cast { // any order
		out = append(out, name)
	}
	return out
}

// aidFile opens a file, by who works with it, with consents that were told to them.
func (w *accessWorld) aidFile(who, member, worker string) {
	w.Helper()
	w.by(worker, "aid.register", &aidv1.RegisterBeneficiary{Beneficiary: fileOf(who), Member: member})
	for _, p := range []aidv1.ConsentPurpose{
		aidv1.ConsentPurpose_CONSENT_PURPOSE_CASE_WORK, aidv1.ConsentPurpose_CONSENT_PURPOSE_DELIVERY,
		aidv1.ConsentPurpose_CONSENT_PURPOSE_REFERRAL, aidv1.ConsentPurpose_CONSENT_PURPOSE_SENSORS,
	} {
		w.by(worker, "aid.give_consent", &aidv1.GiveConsent{Beneficiary: fileOf(who), Purpose: p, Evidence: accessText("said so")})
	}
}

// aidAsk is a request that came by telephone.
func aidAsk(file string) *aidv1.RequestAid {
	return &aidv1.RequestAid{
		Beneficiary: file, Channel: aidv1.RequestChannel_REQUEST_CHANNEL_PHONE, Category: "food", Urgency: aidv1.Urgency_URGENCY_ORDINARY,
		Quantity: 9, Unit: "meal", Text: accessText("hungry"),
	}
}

// aidCase brings a case of a file so many steps on: assigned, assessed, planned, approved.
func (w *accessWorld) aidCase(name, file, worker string, steps int) string {
	w.Helper()
	ask := aidAsk(file)
	ask.Text = accessText("to " + name) // each case has words of its own
	id := w.by(worker, "aid.request", ask).ID.NewAggregate()
	for _, step := range []struct {
		who, operation string
		body           proto.Message
	}{
		{worker, "aid.assign", &aidv1.AssignCase{Case: id, Worker: forge.ID(worker)}},
		{worker, "aid.assess", &aidv1.AssessCase{Case: id, Urgency: aidv1.Urgency_URGENCY_ORDINARY, Findings: accessText("found")}},
		{worker, "aid.plan", &aidv1.PlanCase{Case: id, Plan: accessText("plan")}},
		{"abe", "aid.approve", &aidv1.ApproveAid{Case: id, Quantity: 9}},
	}[:steps] {
		w.by(step.who, step.operation, step.body)
	}
	return id
}

// aidOrder orders of a resident or of the owners' committee, and has it accepted and carried out so many steps.
func (w *accessWorld) aidOrder(id string, steps int) string {
	w.Helper()
	order := w.by("worker", "aid.order", &aidv1.OrderWork{Case: id, Member: forge.ID("resid"), Quantity: 9}).ID.NewAggregate()
	if steps > 0 {
		w.by("resid", "aid.answer_order", &aidv1.AnswerOrder{Order: order, Accept: true})
	}
	if steps > 1 {
		w.by("resid", "aid.visit", aidVisit(order))
	}
	return order
}

func aidVisit(order string) *aidv1.RecordVisit {
	return &aidv1.RecordVisit{
		Order: order, Outcome: aidv1.VisitOutcome_VISIT_OUTCOME_DELIVERED, Quantity: 9, Evidence: accessText("photograph"),
	}
}

// inNeed makes all of that, before anybody's standing ends.
func (w *accessWorld) inNeed() {
	w.Helper()
	w.aid = &aidWorld{cases: map[string]string{}, spoken: map[string]string{}, orders: map[string]string{}, supply: map[string]string{}}
	for _, who := range speakers() {
		w.aidFile(who, "", "target")
		w.aid.spoken[who] = w.aidCase(who, fileOf(who), "target", 4)
		w.by("target", "aid.arrange_check_in", aidMorning(fileOf(who)))
		if who != "target" {
			w.by("offA", "aid.name_proxy", &aidv1.NameProxy{Beneficiary: fileOf(who), Proxy: forge.ID(who)}, "offB")
		}
	}
	w.aidFile("eve", forge.ID("eve"), "worker")
	w.aidFile("double", "", "worker")
	w.aidFile("merged", "", "worker")
	for field, words := range map[aidv1.Field]string{ // any order
		aidv1.Field_FIELD_CONTACT: "contact of eve", aidv1.Field_FIELD_HEALTH: "health of eve",
	} {
		w.by("worker", "aid.amend_file", &aidv1.AmendFile{
			Beneficiary: fileOf("eve"), File: &aidv1.FileField{Field: field, Text: accessText(words)},
		})
	}
	w.by("offA", "aid.merge", &aidv1.MergeBeneficiaries{Into: fileOf("eve"), From: fileOf("merged")}, "offB")
	at := func(next string, steps int) string {
		w.aid.cases[next] = w.aidCase(next, fileOf("eve"), "worker", steps)
		return w.aid.cases[next]
	}
	at("assign", 0)
	at("assess", 1)
	at("plan", 2)
	at("order", 4)
	w.by("worker", "aid.refer", &aidv1.ReferCase{Case: at("answer_referral", 2), Org: owners, Reason: accessText("theirs")})
	w.aid.orders["answer"] = w.aidOrder(at("answer", 4), 0)
	w.aid.orders["visit"] = w.aidOrder(at("visit", 4), 1)
	w.aid.orders["repeat"] = w.aidRounds(at("repeat", 4))
	for _, next := range []string{"pause", "resume", "end"} {
		w.aid.orders[next] = w.aidRounds(at(next, 4))
		w.by("worker", "aid.repeat_order", w.everyDay(w.aid.orders[next]))
	}
	w.by("worker", "aid.pause_rounds", &aidv1.PauseRounds{Order: w.aid.orders["resume"], Until: w.Now + 1_000_000_000})
	w.aidOrder(at("call_back", 4), 2)
	for _, next := range []string{"close", "reopen"} {
		w.aidOrder(at(next, 4), 2)
		w.by("eve", "aid.acknowledge", &aidv1.AcknowledgeAid{Case: w.aid.cases[next], Quantity: 9, Settled: true})
	}
	w.by("worker", "aid.close", &aidv1.CloseCase{Case: w.aid.cases["reopen"]})
	w.by("eve", "aid.appeal", &aidv1.AppealCase{Case: at("decide_appeal", 4), Text: accessText("too little")})
	w.supplies()
	w.notices()
	w.aid.orders["theirs"] = w.by("worker", "aid.order", &aidv1.OrderWork{
		Case: w.aid.cases["order"], Org: owners, Quantity: 1,
	}).ID.NewAggregate()
}

func aidFileRows() map[string]cell {
	spoken := func(body func(file string) proto.Message) cell {
		return func(_ *accessWorld, who string) deed { return deed{body: body(fileOf(who))} }
	}
	proof := accessText("proof")
	amend := func(file string) proto.Message {
		return &aidv1.AmendFile{Beneficiary: file, File: &aidv1.FileField{Field: aidv1.Field_FIELD_NEEDS, Text: accessText("needs")}}
	}
	consent := func(file string) proto.Message {
		return &aidv1.GiveConsent{Beneficiary: file, Purpose: aidv1.ConsentPurpose_CONSENT_PURPOSE_HEALTH, Evidence: proof}
	}
	withdraw := func(file string) proto.Message {
		return &aidv1.WithdrawConsent{Beneficiary: file, Purpose: aidv1.ConsentPurpose_CONSENT_PURPOSE_DELIVERY}
	}
	proxy := &aidv1.NameProxy{Beneficiary: fileOf("double"), Proxy: forge.ID("fay")}
	merge := &aidv1.MergeBeneficiaries{Into: fileOf("eve"), From: fileOf("double")}
	unmerge := &aidv1.UnmergeBeneficiaries{From: fileOf("merged")}
	return map[string]cell{
		"aid.register: one's own": func(_ *accessWorld, who string) deed {
			return deed{body: &aidv1.RegisterBeneficiary{Beneficiary: forge.ID("new file"), Member: forge.ID(who)}}
		},
		"aid.register: another's":              fixed(&aidv1.RegisterBeneficiary{Beneficiary: forge.ID("new file"), Member: forge.ID("fay")}),
		"aid.amend_file: as proxy":             spoken(amend),
		"aid.amend_file: the worker's":         fixed(amend(fileOf("eve"))),
		"aid.name_proxy: alone":                fixed(proxy),
		"aid.name_proxy: two orgs":             withOther(func(string) proto.Message { return proxy }),
		"aid.give_consent: as proxy":           spoken(consent),
		"aid.give_consent: the worker's":       fixed(consent(fileOf("eve"))),
		"aid.withdraw_consent: as proxy":       spoken(withdraw),
		"aid.withdraw_consent: the worker's":   fixed(withdraw(fileOf("eve"))),
		"aid.merge: alone":                     fixed(merge),
		"aid.merge: two orgs":                  withOther(func(string) proto.Message { return merge }),
		"aid.unmerge: alone":                   fixed(unmerge),
		"aid.unmerge: two orgs":                withOther(func(string) proto.Message { return unmerge }),
		"aid.request: by telephone, another's": fixed(aidAsk(fileOf("eve"))),
		"aid.request: as proxy": spoken(func(file string) proto.Message {
			ask := aidAsk(file)
			ask.Channel = aidv1.RequestChannel_REQUEST_CHANNEL_HELPER
			return ask
		}),
	}
}

// aidReadRows are what the vault opens about somebody in need: to whom the record opens it, as far as they have agreed.
func aidReadRows() map[string]cell {
	read := func(words, file string, namedBy func(w *accessWorld) string) cell {
		return plain(func(w *accessWorld) proto.Message {
			return &vaultv1.ReadText{
				Ref: accessRef(words), Subject: file, Purpose: vaultv1.Purpose_PURPOSE_AID, NamedBy: namedBy(w), ReaderKey: accessReader,
			}
		})
	}
	file := func(*accessWorld) string { return "beneficiary/" + fileOf("eve") }
	aCase := func(w *accessWorld) string { return "aid-case/" + w.aid.cases["plan"] }
	rows := map[string]cell{
		"vault.read: contact in a file":      read("contact of eve", fileOf("eve"), file),
		"vault.read: health, not agreed to":  read("health of eve", fileOf("eve"), file),
		"vault.read: what is said in a case": read("to plan", fileOf("eve"), aCase),
		"vault.erase: a file":                fixed(&vaultv1.EraseSubject{Subject: fileOf("eve")}),
		"vault.erase: a file, two orgs":      withOther(func(string) proto.Message { return &vaultv1.EraseSubject{Subject: fileOf("eve")} }),
	}
	rows["vault.read: a case, to serve"] = plain(func(w *accessWorld) proto.Message {
		return &vaultv1.ReadText{
			Ref: accessRef("to plan"), Subject: fileOf("eve"), Purpose: vaultv1.Purpose_PURPOSE_SERVICE, NamedBy: aCase(w), ReaderKey: accessReader,
		}
	})
	rows["vault.read: a case, to audit"] = plain(func(w *accessWorld) proto.Message {
		return &vaultv1.ReadText{
			Ref: accessRef("to plan"), Subject: fileOf("eve"), Purpose: vaultv1.Purpose_PURPOSE_AUDIT, NamedBy: aCase(w), ReaderKey: accessReader,
		}
	})
	return rows
}

func aidCaseRows() map[string]cell {
	at := func(next string, body func(id string) proto.Message) cell {
		return plain(func(w *accessWorld) proto.Message { return body(w.aid.cases[next]) })
	}
	spoken := func(body func(id string) proto.Message) cell {
		return func(w *accessWorld, who string) deed { return deed{body: body(w.aid.spoken[who])} }
	}
	reason := accessText("reason")
	acknowledge := func(id string) proto.Message { return &aidv1.AcknowledgeAid{Case: id} }
	appeal := func(id string) proto.Message { return &aidv1.AppealCase{Case: id, Text: reason} }
	withdraw := func(id string) proto.Message { return &aidv1.WithdrawAid{Case: id} }
	return map[string]cell{
		"aid.assign: to oneself": func(w *accessWorld, who string) deed {
			return deed{body: &aidv1.AssignCase{Case: w.aid.cases["assign"], Worker: forge.ID(who)}}
		},
		"aid.assess": at("assess", func(id string) proto.Message {
			return &aidv1.AssessCase{Case: id, Urgency: aidv1.Urgency_URGENCY_DANGER, Findings: reason}
		}),
		"aid.plan":            at("plan", func(id string) proto.Message { return &aidv1.PlanCase{Case: id, Plan: reason} }),
		"aid.refuse":          at("plan", func(id string) proto.Message { return &aidv1.RefuseAid{Case: id, Reason: reason} }),
		"aid.refer":           at("plan", func(id string) proto.Message { return &aidv1.ReferCase{Case: id, Org: owners, Reason: reason} }),
		"aid.answer_referral": at("answer_referral", func(id string) proto.Message { return &aidv1.AnswerReferral{Case: id, Accept: true} }),
		"aid.approve":         at("order", func(id string) proto.Message { return &aidv1.ApproveAid{Case: id, Quantity: 8} }),
		"aid.order": at("order", func(id string) proto.Message {
			return &aidv1.OrderWork{Case: id, Member: forge.ID("fay"), Quantity: 1}
		}),
		"aid.answer_order: a member's": plain(func(w *accessWorld) proto.Message {
			return &aidv1.AnswerOrder{Order: w.aid.orders["answer"], Accept: true}
		}),
		"aid.answer_order: the owners'": plain(func(w *accessWorld) proto.Message {
			return &aidv1.AnswerOrder{Order: w.aid.orders["theirs"], Accept: true, Member: forge.ID("fay")}
		}),
		"aid.visit":                      plain(func(w *accessWorld) proto.Message { return aidVisit(w.aid.orders["visit"]) }),
		"aid.acknowledge: as proxy":      spoken(acknowledge),
		"aid.acknowledge: another's":     at("call_back", acknowledge),
		"aid.call_back":                  at("call_back", func(id string) proto.Message { return &aidv1.RecordCallBack{Case: id, Text: reason} }),
		"aid.close":                      at("close", func(id string) proto.Message { return &aidv1.CloseCase{Case: id} }),
		"aid.appeal: as proxy":           spoken(appeal),
		"aid.appeal: another's":          at("order", appeal),
		"aid.withdraw_appeal: another's": at("decide_appeal", func(id string) proto.Message { return &aidv1.WithdrawAppeal{Case: id} }),
		"aid.decide_appeal": at("decide_appeal", func(id string) proto.Message {
			return &aidv1.DecideAppeal{Case: id, Reason: reason}
		}),
		"aid.reopen":              at("reopen", func(id string) proto.Message { return &aidv1.ReopenCase{Case: id, Reason: reason} }),
		"aid.withdraw: as proxy":  spoken(withdraw),
		"aid.withdraw: another's": at("plan", withdraw),
	}
}
