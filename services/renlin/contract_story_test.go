package main

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

var errNotThere = errors.New("not there yet")

func encoded(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }

// rulebook gives rules with eight matters: one whose decisions a guardian can still stop, one that comes into force at once, one in which
// nothing is ever convened, one whose polls know of paper, one whose polls are announced, and three whose polls are secret. There everybody
// registers at once, which ends the registration; a roster waits to be contested for so long as the rules say.
func (s *contractStory) rulebook(version int) object {
	poll := func(delay, objection int) object {
		need := func(of, base string, quorum bool) object {
			return object{
				"measure": "MEASURE_HEADS", "of": of, "base": base, "numerator": "1", "denominator": "2", "quorum": quorum, "strict": !quorum,
			}
		}
		return object{
			"electorate": "ELECTORATE_MEMBERS", "method": "METHOD_YES_NO", "votingSeconds": 600, "keyPublishSeconds": 600,
			"objectionSeconds": objection, "executionDelaySeconds": delay, "vetoSeconds": delay, "executionExpirySeconds": 3600,
			"closeWhenComplete": true,
			"requirements":      []any{need("OF_PARTICIPANTS", "BASE_ALL", true), need("OF_YES", "BASE_PARTICIPANTS", false)},
		}
	}
	matter := func(code string, threshold, delay, objection int) object {
		return object{
			"code": code, "title": code, "thresholdMembers": threshold, "deliberationSeconds": 600, "directConvener": s.firstOrg,
			"poll": poll(delay, objection),
		}
	}
	paper := matter("paper", 900, 0, 1)
	paper["poll"].(object)["paper"] = object{
		"operatorPermilleMax": 1000, "callBackPermille": 1000, "riskLimitPermille": 50, "auditSeconds": 3600,
	}
	notice := matter("notice", 900, 0, 1)
	notice["poll"].(object)["notice"] = object{"noticeSeconds": 2, "reminderSeconds": []any{300, 60}, "warning": "未投票的视为弃权。"}
	quiet := matter("quiet", 900, 0, 1)
	quiet["poll"].(object)["secrecy"] = object{"secrecy": "SECRECY_OPEN", "trusteesMin": 2}
	secret := func(code, secrecy string, contest int) object {
		m := matter(code, 900, 0, 1)
		m["poll"].(object)["secrecy"] = object{
			"secrecy": secrecy, "trusteesMin": 2, "registerSeconds": 600, "contestSeconds": contest,
		}
		return m
	}
	return object{
		"version": version, "openTopicsMax": 9, "inviteSeconds": 3600, "helpersAccept": true,
		"ledger":   object{"dividendPoolPermille": 500, "dividendEqualPermille": 1000, "pairFreeMinutes": 600},
		"matching": matchingRule(),
		"matters": []any{
			matter("greening", 1, 3600, 5), matter("lift", 1, 0, 1), quiet, paper, notice, secret("totals", "SECRECY_TOTALS", 1),
			secret("sealed", "SECRECY_PASS_FAIL", 1), secret("contested", "SECRECY_TOTALS", 600),
			sheetRule(secret("sheets", "SECRECY_TOTALS", 1)),
		},
	}
}

// found begins the community with holders' keys of our own, so that this story holds the polls' keys too, and with the registrar who is
// there.
func (s *contractStory) found() {
	s.Helper()
	s.act(call{op: "gateway.openapi"})
	s.act(call{op: "gateway.communities"})
	terms := s.act(call{op: "gateway.founding_terms"})
	s.firstOrg, s.secondOrg = opaque(), opaque()
	s.first, s.second, s.keeperA, s.keeperB = newDweller(), newDweller(), newDweller(), newDweller()
	founder := func(p *dweller, org, role string) object {
		return object{"member": p.member, "org": org, "key": p.public(), "roles": []any{"ROLE_OFFICER", role}}
	}
	holder := func(p *dweller, org string) object {
		return object{"member": p.member, "org": org, "key": p.public(), "boxKey": encoded(randomBytes(32))}
	}
	s.registrar = &contractRegistrar{
		key: s.based(terms.get("registrar", "key")), public: (*[32]byte)(s.based(terms.get("registrar", "box_key"))),
	}
	founded := s.act(call{op: "gateway.found", by: s.first, with: []*dweller{s.second}, body: object{
		"suite": 1, "name": "按文档 / By the document", "epochKey": terms.get("epoch_key"), "nonce": encoded(randomBytes(32)),
		"orgs": []any{
			object{"id": s.firstOrg, "kind": "ORG_KIND_RESIDENTS_COMMITTEE", "name": "居委会"},
			object{"id": s.secondOrg, "kind": "ORG_KIND_OWNERS_COMMITTEE", "name": "业委会"},
		},
		"founders": []any{founder(s.first, s.firstOrg, "ROLE_CONVENER"), founder(s.second, s.secondOrg, "ROLE_GUARDIAN")},
		"holders":  []any{holder(s.keeperA, s.firstOrg), holder(s.keeperB, s.secondOrg)},
		"registrar": object{
			"member": opaque(), "org": s.firstOrg, "key": terms.get("registrar", "key"), "boxKey": terms.get("registrar", "box_key"),
		},
		"rulebook": s.rulebook(1),
	}})
	s.community = founded.get("community")
	s.until("community", func() bool { return s.send(call{op: "gateway.community"}).status == 200 })
	s.genesis = s.decoded(s.act(call{op: "gateway.community"}).get("genesis"))
	s.signIn(s.first)
	s.signIn(s.second)
}

// sealed puts a text into the vault and gives what a command names.
func (s *contractStory) sealed(by *dweller, subject string) object {
	s.Helper()
	out := s.act(call{
		op: "gateway.put_text", query: map[string]string{"subject": subject}, session: by, raw: []byte("words that nobody repeats"),
	})
	length, err := strconv.Atoi(out.get("length_bytes"))
	if err != nil {
		s.Fatal(err)
	}
	return object{"ref": out.get("ref"), "lengthBytes": length, "commitment": out.get("commitment")}
}

// equip invites somebody and enrols a device for them.
func (s *contractStory) equip(do func(call) *sent, p *dweller) {
	s.Helper()
	code := newDweller()
	do(call{op: "community.invite_members", by: s.second, body: object{
		"invites": []any{object{"member": p.member, "codeKey": code.public()}},
	}})
	do(call{op: "community.enrol_key", path: map[string]string{"member": p.member}, by: p, with: []*dweller{code}, body: object{
		"member": p.member, "key": p.public(),
	}})
}

// people admits everybody, singly and by import, and gives them devices, but for one.
func (s *contractStory) people() {
	s.Helper()
	s.ann, s.ben, s.cat, s.dan = newDweller(), newDweller(), newDweller(), newDweller()
	s.dan.key = nil
	s.until("first command", func() bool { // without probes: they need a resident
		return s.send(call{op: "community.admit_member", by: s.first, body: object{"member": s.cat.member}}).status == 201
	})
	s.equip(s.good, s.cat)
	s.signIn(s.cat)
	s.resident = s.cat

	s.act(call{op: "gateway.sign_in", by: s.cat, body: object{"member": s.cat.member}})
	s.did(call{op: "community.admit_member", by: s.first, body: object{
		"member": s.ann.member, "profile": s.sealed(s.first, s.ann.member),
	}})
	for _, end := range []string{"complete", "abandon"} {
		id := opaque()
		at := map[string]string{"import": id}
		s.did(call{op: "community.begin_import", by: s.first, body: object{"import": id, "rows": 2, "org": s.firstOrg}})
		rows := []any{object{"member": opaque()}, object{"member": opaque()}}
		if end == "complete" {
			rows = []any{
				object{"member": s.ben.member, "unit": opaque(), "areaCentiM2": "8912", "profile": s.sealed(s.first, s.ben.member)},
				object{"member": s.dan.member},
			}
		}
		s.did(call{op: "community.import_rows", path: at, by: s.first, body: object{"import": id, "rows": rows}})
		s.did(call{op: "community." + end + "_import", path: at, by: s.first, body: object{"import": id}})
	}
	s.equip(s.did, s.ann)
	s.equip(s.did, s.ben)
	for _, p := range []*dweller{s.ann, s.ben, s.keeperA, s.keeperB} {
		s.signIn(p)
	}
	key := s.act(call{op: "gateway.make_hosted_key", session: s.second, body: object{"member": s.dan.member}}).get("key")
	s.did(call{op: "community.host_key", path: map[string]string{"member": s.dan.member}, by: s.second, body: object{
		"member": s.dan.member, "key": key,
	}})
	s.signIn(s.dan)
}

// offices gives and takes roles, units and rules.
func (s *contractStory) offices() {
	s.Helper()
	s.unit, s.thirdOrg = opaque(), opaque()
	both := []*dweller{s.second}
	s.did(call{op: "community.admit_org", by: s.first, with: both, body: object{
		"org": object{"id": s.thirdOrg, "kind": "ORG_KIND_VOLUNTEERS", "name": "志愿者"},
	}})
	s.cosigned()
	s.did(call{op: "community.amend_rulebook", by: s.first, with: both, body: object{"rulebook": s.rulebook(2)}})
	s.did(call{op: "community.register_unit", by: s.first, body: object{
		"unit": s.unit, "areaCentiM2": "10437", "label": s.sealed(s.first, s.unit),
	}})
	s.did(call{op: "community.assign_unit", path: map[string]string{"unit": s.unit}, by: s.first, body: object{
		"unit": s.unit, "owner": s.ann.member,
	}})
	s.did(call{op: "community.form_household", by: s.first, body: object{
		"household": opaque(), "unit": s.unit, "members": []any{s.ann.member, s.ben.member},
	}})
	s.did(call{op: "community.name_delegate", path: map[string]string{"org": s.firstOrg}, by: s.first, body: object{
		"org": s.firstOrg, "member": s.ann.member,
	}})
	s.did(call{op: "community.establish_channel", by: s.first, body: object{
		"channel": opaque(), "title": "七号楼", "members": []any{s.ann.member, s.ben.member},
	}})
	s.did(call{op: "community.assign_unit", path: map[string]string{"unit": s.unit}, by: s.first, body: object{
		"unit": s.unit, "owner": s.ben.member, "expectedVersion": "2",
	}, header: map[string]string{"If-Match": `"2"`}})
	until := strconv.FormatInt(time.Now().Add(time.Hour).UnixMilli(), 10)
	mandate := s.changed(s.did(call{op: "community.grant_mandate", by: s.ann, body: object{
		"principal": s.ann.member, "helper": s.ben.member, "acts": []any{"ACT_TOPICS"}, "until": until,
	}}), "mandate")
	s.did(call{op: "community.revoke_mandate", path: map[string]string{"mandate": mandate}, by: s.ann, body: object{"mandate": mandate}})
	s.mandates(until)
	ann := map[string]string{"member": s.ann.member}
	s.did(call{op: "community.grant_role", path: ann, by: s.first, body: object{
		"member": s.ann.member, "role": "ROLE_GRID_WORKER", "org": s.firstOrg,
	}})
	s.did(call{op: "community.withdraw_role", path: ann, by: s.first, body: object{"member": s.ann.member, "role": "ROLE_GRID_WORKER"}})
}

// changed gives the id of a record of a kind that a command made.
func (s *contractStory) changed(out *sent, kind string) string {
	s.Helper()
	for _, path := range out.value.(object)["changed"].([]any) {
		if _, rest, ok := strings.Cut("/"+path.(string), "/"+kind+"/"); ok {
			id, _, _ := strings.Cut(rest, "/")
			return id
		}
	}
	s.Fatalf("%s changed no %s: %s", out.o.id, kind, out.raw)
	return ""
}

// topics raises topics, in a matter where nothing comes of it and in two where a deliberation is convened at once.
func (s *contractStory) topics() {
	s.Helper()
	post := func(by *dweller, matter string) string {
		return s.changed(s.did(call{op: "proposal.post", by: by, body: object{"matter": matter, "text": s.sealed(by, by.member)}}), "topic")
	}
	s.text = s.sealed(s.ann, s.ann.member)
	s.topic = post(s.ann, "quiet")
	at := map[string]string{"topic": s.topic}
	s.did(call{op: "proposal.second", path: at, by: s.ben, body: object{"topic": s.topic}})
	gone := post(s.ann, "quiet")
	s.did(call{op: "proposal.withdraw", path: map[string]string{"topic": gone}, by: s.ann, body: object{"topic": gone}})
	s.merge(post(s.ben, "quiet"))
	s.polls = map[string]*contractPoll{}
	for _, matter := range []string{"greening", "lift"} {
		post(s.ben, matter)
		id := ""
		s.until("deliberation on "+matter, func() bool {
			page := s.good(call{op: "gateway.records", path: map[string]string{"kind": "deliberation"}, session: s.first})
			for _, r := range records(page) {
				if state := r["state"].(object); state["matter"] == matter {
					id = strings.TrimPrefix(r["path"].(string), "deliberation/")
				}
			}
			return id != ""
		})
		s.deliberate(matter, id)
	}
}

// merge proposes thrice that another's topic goes on as the story's: that is declined, taken back, and agreed to.
func (s *contractStory) merge(other string) {
	s.Helper()
	for _, end := range []struct {
		op string
		by *dweller
	}{{"proposal.decline_merge", s.ben}, {"proposal.withdraw_merge", s.ann}, {"proposal.consent_to_merge", s.ben}} {
		id := s.changed(s.did(call{op: "proposal.propose_merge", by: s.ann, body: object{
			"into": s.topic, "topics": []any{other},
		}}), "merge")
		s.did(call{op: end.op, path: map[string]string{"merge": id}, by: end.by, body: object{"merge": id}})
	}
}

// deliberate makes a statement, reacts to it, and closes with a motion.
func (s *contractStory) deliberate(matter, id string) {
	s.Helper()
	at := map[string]string{"deliberation": id}
	s.statement = s.changed(s.did(call{op: "proposal.submit", path: at, by: s.ann, body: object{
		"deliberation": id, "text": s.sealed(s.ann, s.ann.member),
	}}), "statement")
	react := func(attitude string) {
		s.did(call{op: "proposal.react", path: map[string]string{"deliberation": id, "statement": s.statement}, by: s.ben, body: object{
			"deliberation": id, "statement": s.statement, "attitude": attitude,
		}})
	}
	for range fullTile / 4 { // so that the log has a full tile
		react("ATTITUDE_AGREE")
		react("ATTITUDE_DISAGREE")
	}
	motion := s.changed(s.did(call{op: "proposal.close", path: at, by: s.first, body: object{
		"deliberation": id, "minutes": "纪要", "motion": object{"title": "长椅", "text": "是否设置长椅？"},
	}}), "motion")
	s.polls[matter] = &contractPoll{motion: motion}
}

// fullTile is how many entries a full tile has, as of C2SP tlog-tiles.
const fullTile = 256
