package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"golang.org/x/crypto/nacl/box"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// deed is what one cell sends.
type deed struct {
	body      proto.Message
	cosigners []string
	unfounded bool   // judged where there is no community yet
	principal string // for whom it is done under a mandate
	// credential signs instead of the device of whoever sends it.
	credential ed25519.PrivateKey
}

// cell makes the command of a row for whoever sends it.
type cell func(w *accessWorld, who string) deed

// plain is a cell that is the same for everybody.
func plain(body func(w *accessWorld) proto.Message, cosigners ...string) cell {
	return func(w *accessWorld, _ string) deed { return deed{body: body(w), cosigners: cosigners} }
}

// fixed is a cell with one body.
func fixed(body proto.Message, cosigners ...string) cell {
	return plain(func(*accessWorld) proto.Message { return body }, cosigners...)
}

// withOther has an officer of the other organisation sign too: of the owners, or of the committee for the owners' own.
func withOther(body func(who string) proto.Message) cell {
	return func(_ *accessWorld, who string) deed {
		c := deed{body: body(who), cosigners: []string{"offB"}}
		if who == "offB" {
			c.cosigners = []string{"offA"}
		}
		return c
	}
}

func modelOf(w *accessWorld, operation string) *decider.Model {
	service, _, _ := strings.Cut(operation, ".")
	return w.State(service).Model()
}

// holds gives a role that somebody has, or one that they have not.
func holds(who string) communityv1.Role {
	if role := cast[who]; role != 0 {
		return role
	}
	return communityv1.Role_ROLE_OWNER
}

func accessRef(word string) string {
	sum := sha256.Sum256([]byte(word))
	return hex.EncodeToString(sum[:])
}

// accessRows are the rows of docs/ACCESS.md, by their names: an operation, and where its rules tell several things apart, which of
// them. An operation that only rules send needs none.
func accessRows() map[string]cell {
	rows := map[string]cell{}
	for _, part := range []map[string]cell{
		charterRows(), memberRows(), keyRows(), unitRows(), mandateRows(), proposalRows(), votingRows(), paperRows(), noticeRows(), vaultRows(),
		registrationRows(), secretRows(), sheetRows(), ledgerRows(),
		aidFileRows(), aidCaseRows(), aidReadRows(), aidSupplyRows(), aidNoticeRows(), aidCheckInRows(),
		matchingRows(), acrossRows(), loanRows(),
	} {
		for name, c := range part {
			rows[name] = c
		}
	}
	return rows
}

func charterRows() map[string]cell {
	org := &communityv1.AdmitOrg{Org: &communityv1.Org{Id: forge.ID("new"), Kind: communityv1.OrgKind_ORG_KIND_VOLUNTEERS, Name: "helpers"}}
	amended := &communityv1.AmendRulebook{Rulebook: accessRulebook(2)}
	unvoted := proto.CloneOf(amended)
	unvoted.Rulebook.Ledger = &communityv1.LedgerRules{DividendPoolPermille: 1000}
	return map[string]cell{
		"community.found: nothing there yet": func(*accessWorld, string) deed {
			return deed{body: accessFounding(), unfounded: true}
		},
		"community.found: once more":        fixed(accessFounding()),
		"community.admit_org: alone":        fixed(org),
		"community.admit_org: two orgs":     withOther(func(string) proto.Message { return org }),
		"community.appoint_trustees: alone": plain(trusteesAgain),
		"community.appoint_trustees: two orgs": func(w *accessWorld, who string) deed {
			return withOther(func(string) proto.Message { return trusteesAgain(w) })(w, who)
		},
		"community.appoint_trustees: two of one": plain(trusteesAgain, "abe"),
		"community.amend_rulebook: alone":        fixed(amended),
		"community.amend_rulebook: two orgs":     withOther(func(string) proto.Message { return amended }),
		"community.amend_rulebook: unvoted":      withOther(func(string) proto.Message { return unvoted }),
		"community.amend_rulebook: two of one":   fixed(amended, "abe"),
		"community.amend_rulebook: and resident": fixed(amended, "eve"),
		"community.amend_rulebook: and hosted":   fixed(amended, "hostO"),
	}
}

// trusteesAgain appoints those who are trustees already.
func trusteesAgain(w *accessWorld) proto.Message {
	list := decider.Peek[standing.Trustees](w.State("community"), standing.TrusteesPath)
	return &communityv1.AppointTrustees{Trustees: list.List}
}

func memberRows() map[string]cell {
	grant := func(r communityv1.Role, org string) func(string) proto.Message {
		return func(string) proto.Message { return &communityv1.GrantRole{Member: forge.ID("eve"), Role: r, Org: org} }
	}
	worker, guardian := grant(communityv1.Role_ROLE_GRID_WORKER, committee), grant(communityv1.Role_ROLE_GUARDIAN, committee)
	revoke := func(string) proto.Message { return &communityv1.RevokeMember{Member: forge.ID("eve")} }
	withdraw := func(string) proto.Message {
		return &communityv1.WithdrawRole{Member: forge.ID("target"), Role: communityv1.Role_ROLE_GRID_WORKER}
	}
	return map[string]cell{
		"community.admit_member": fixed(&communityv1.AdmitMember{Member: forge.ID("newcomer"), Profile: accessText("newcomer")}),
		"community.revoke_member: oneself": func(_ *accessWorld, who string) deed {
			return deed{body: &communityv1.RevokeMember{Member: forge.ID(who)}}
		},
		"community.revoke_member: another":           fixed(revoke("")),
		"community.revoke_member: another, two orgs": withOther(revoke),
		"community.grant_role: owner":                fixed(grant(communityv1.Role_ROLE_OWNER, "")("")),
		"community.grant_role: worker of committee":  fixed(worker("")),
		"community.grant_role: the same, two orgs":   withOther(worker),
		"community.grant_role: guardian":             fixed(guardian("")),
		"community.grant_role: guardian, two orgs":   withOther(guardian),
		"community.grant_role: to oneself": func(_ *accessWorld, who string) deed {
			return deed{body: &communityv1.GrantRole{Member: forge.ID(who), Role: communityv1.Role_ROLE_OPERATOR, Org: committee}}
		},
		"community.grant_role: key holder": fixed(grant(communityv1.Role_ROLE_KEY_HOLDER, committee)("")),
		"community.withdraw_role: one's own": func(_ *accessWorld, who string) deed {
			return deed{body: &communityv1.WithdrawRole{Member: forge.ID(who), Role: holds(who)}}
		},
		"community.withdraw_role: another's":           fixed(withdraw("")),
		"community.withdraw_role: another's, two orgs": withOther(withdraw),
	}
}

func keyRows() map[string]cell {
	invite := &communityv1.InviteMembers{Invites: []*communityv1.Invite{{Member: forge.ID("guest"), CodeKey: forge.Public("a new code")}}}
	enrol := func(cosigners ...string) cell {
		return func(_ *accessWorld, who string) deed {
			return deed{body: &communityv1.EnrolKey{Member: forge.ID("guest"), Key: forge.Public(who)}, cosigners: cosigners}
		}
	}
	return map[string]cell{
		"community.invite_members":           fixed(invite),
		"community.enrol_key: with the code": enrol("guest's code"),
		"community.enrol_key: without it":    enrol(),
		"community.enrol_key: with another":  enrol("eve's code"),
		"community.host_key":                 fixed(&communityv1.HostKey{Member: forge.ID("guest"), Key: forge.Public("hosted guest")}),
		"community.revoke_key: a resident's": fixed(&communityv1.RevokeKey{Key: forge.Public("eve")}),
		"community.redeem_invite: stranger's is code": fixed(&communityv1.RedeemInvite{
			Member: forge.ID("host"), Ticket: bytes.Repeat([]byte{7}, 32),
		}),
		"community.revoke_key: a resident's, by id": fixed(&communityv1.RevokeKey{KeyId: chain.KeyID(forge.Public("eve"))}),
		"community.revoke_key: an officer's":        fixed(&communityv1.RevokeKey{Key: forge.Public("abe")}),
		"community.revoke_key: officer's, both": withOther(func(string) proto.Message {
			return &communityv1.RevokeKey{Key: forge.Public("abe")}
		}),
		"community.revoke_key: itself": func(_ *accessWorld, who string) deed {
			return deed{body: &communityv1.RevokeKey{Key: forge.Public(who)}}
		},
	}
}

func unitRows() map[string]cell {
	rows := []*communityv1.ImportRow{{Member: forge.ID("imported")}}
	return map[string]cell{
		"community.register_unit": fixed(&communityv1.RegisterUnit{Unit: forge.ID("attic"), AreaCentiM2: 1}),
		"community.assign_unit":   fixed(&communityv1.AssignUnit{Unit: forge.ID("flat"), Owner: forge.ID("eve")}),
		"community.form_household": fixed(&communityv1.FormHousehold{
			Household: forge.ID("h"), Unit: forge.ID("flat"), Members: []string{forge.ID("eve")},
		}),
		"community.name_delegate": fixed(&communityv1.NameDelegate{Org: committee, Member: forge.ID("eve")}),
		"community.establish_channel": fixed(&communityv1.EstablishChannel{
			Channel: forge.ID("ch"), Title: "七号楼", Members: []string{forge.ID("eve")},
		}),
		"community.begin_import": fixed(&communityv1.BeginImport{Import: forge.ID("i"), Rows: 1, Org: committee}),
		"community.import_rows": plain(func(w *accessWorld) proto.Message {
			return &communityv1.ImportRows{Import: w.imports["begun"], Rows: rows}
		}),
		"community.complete_import": plain(func(w *accessWorld) proto.Message {
			return &communityv1.CompleteImport{Import: w.imports["staged"]}
		}),
		"community.abandon_import": plain(func(w *accessWorld) proto.Message {
			return &communityv1.AbandonImport{Import: w.imports["staged"]}
		}),
	}
}

func proposalRows() map[string]cell {
	return map[string]cell{
		"proposal.post": fixed(&proposalv1.PostTopic{Matter: "open", Text: accessText("topic")}),
		"proposal.second: another's": plain(func(w *accessWorld) proto.Message {
			return &proposalv1.SecondTopic{Topic: w.topics["eve"]}
		}),
		"proposal.second: one's own": func(w *accessWorld, who string) deed {
			return deed{body: &proposalv1.SecondTopic{Topic: w.topics[who]}}
		},
		"proposal.withdraw: one's own": func(w *accessWorld, who string) deed {
			return deed{body: &proposalv1.WithdrawTopic{Topic: w.topics[who]}}
		},
		"proposal.withdraw: another's": plain(func(w *accessWorld) proto.Message {
			return &proposalv1.WithdrawTopic{Topic: w.topics["eve"]}
		}),
		"proposal.propose_merge: one's own": func(w *accessWorld, who string) deed {
			return deed{body: &proposalv1.ProposeMerge{Into: w.topics[who], Topics: []string{w.topics["eve"]}}}
		},
		"proposal.propose_merge: others'": plain(func(w *accessWorld) proto.Message {
			return &proposalv1.ProposeMerge{Into: w.topics["eve"], Topics: []string{w.topics["fay"]}}
		}),
		"proposal.consent_to_merge: asked": func(w *accessWorld, who string) deed {
			return deed{body: &proposalv1.ConsentToMerge{Merge: w.asked[who]}}
		},
		"proposal.consent_to_merge: not asked": plain(func(w *accessWorld) proto.Message {
			return &proposalv1.ConsentToMerge{Merge: w.asked["fay"]}
		}),
		"proposal.decline_merge: asked": func(w *accessWorld, who string) deed {
			return deed{body: &proposalv1.DeclineMerge{Merge: w.asked[who]}}
		},
		"proposal.decline_merge: not asked": plain(func(w *accessWorld) proto.Message {
			return &proposalv1.DeclineMerge{Merge: w.asked["fay"]}
		}),
		"proposal.withdraw_merge: one's own": func(w *accessWorld, who string) deed {
			return deed{body: &proposalv1.WithdrawMerge{Merge: w.proposed[who]}}
		},
		"proposal.withdraw_merge: another's": plain(func(w *accessWorld) proto.Message {
			return &proposalv1.WithdrawMerge{Merge: w.proposed["fay"]}
		}),
		"proposal.submit": plain(func(w *accessWorld) proto.Message {
			return &proposalv1.SubmitStatement{Deliberation: w.deliberation, Text: accessText("words")}
		}),
		"proposal.react": plain(func(w *accessWorld) proto.Message {
			return &proposalv1.React{Deliberation: w.deliberation, Statement: w.statement, Attitude: proposalv1.Attitude_ATTITUDE_AGREE}
		}),
		"proposal.close": plain(func(w *accessWorld) proto.Message {
			return &proposalv1.CloseDeliberation{
				Deliberation: w.deliberation, Minutes: "We met.", Motion: &proposalv1.Motion{Title: "Lamps", Text: "New ones."},
			}
		}),
		"proposal.veto": plain(func(w *accessWorld) proto.Message {
			return &proposalv1.VetoMotion{Motion: w.adopted, Reason: accessText("reason")}
		}),
		"proposal.report": plain(func(w *accessWorld) proto.Message {
			return &proposalv1.ReportExecution{Motion: w.inForce, Outcome: proposalv1.Outcome_OUTCOME_DONE, Evidence: accessText("evidence")}
		}),
	}
}

func votingRows() map[string]cell {
	ballotOf := func(voter func(who string) string) cell {
		return func(w *accessWorld, who string) deed {
			v := voter(who)
			return deed{body: &votingv1.CastBallot{Poll: w.polls["cast"], Voter: forge.ID(v), Box: w.ballot(w.polls["cast"], v)}}
		}
	}
	return map[string]cell{
		"voting.call: the matter's convener": fixed(&votingv1.CallPoll{
			Matter: "direct", Question: &proposalv1.Motion{Title: "Benches", Text: "Benches?"},
		}),
		"voting.call: another matter": fixed(&votingv1.CallPoll{
			Matter: "open", Question: &proposalv1.Motion{Title: "Benches", Text: "Benches?"},
		}),
		"voting.offer_key": plain(func(w *accessWorld) proto.Message {
			public, _, err := box.GenerateKey(rand.Reader)
			if err != nil {
				w.TB.Fatal(err)
			}
			return w.offering(w.polls["offer_key"], public[:])
		}),
		"voting.hold_key": plain(func(w *accessWorld) proto.Message {
			return &votingv1.HoldKey{Poll: w.polls["hold_key"], BoxKey: w.boxes[w.polls["hold_key"]]}
		}),
		"voting.refuse_key": plain(func(w *accessWorld) proto.Message {
			return &votingv1.RefuseKey{Poll: w.polls["hold_key"], BoxKey: w.boxes[w.polls["hold_key"]]}
		}),
		"voting.publish_key: after the close": plain(func(w *accessWorld) proto.Message {
			return &votingv1.PublishKey{Poll: w.polls["publish_key"], PrivateKey: w.private}
		}),
		"voting.publish_key: before it": plain(func(w *accessWorld) proto.Message {
			return &votingv1.PublishKey{Poll: w.polls["cast"], PrivateKey: bytes.Repeat([]byte{1}, 32)}
		}),
		"voting.add_key_part": func(w *accessWorld, who string) deed {
			return deed{body: w.word(who, "voting.add_key_part", w.polls["add_key_part"])}
		},
		"voting.publish_share: after close": func(w *accessWorld, who string) deed {
			return deed{body: w.word(who, "voting.publish_share", w.polls["publish_share"])}
		},
		"voting.publish_share: before it": plain(func(w *accessWorld) proto.Message {
			return &votingv1.PublishShare{Poll: w.polls["add_key_part"], Message: []byte{1}, Nonce: bytes.Repeat([]byte{1}, 32)}
		}),
		"voting.cast: one's own": ballotOf(func(who string) string { return who }),
		"voting.cast: another's": ballotOf(func(string) string { return "eve" }),
		"voting.cast: in person": func(w *accessWorld, who string) deed {
			c := ballotOf(func(who string) string { return who })(w, who)
			c.cosigners = []string{"abe"}
			return c
		},
		"voting.cast: and resident": func(w *accessWorld, who string) deed {
			c := ballotOf(func(who string) string { return who })(w, who)
			c.cosigners = []string{"eve"}
			return c
		},
		"voting.object": plain(func(w *accessWorld) proto.Message {
			return &votingv1.RaiseObjection{Poll: w.polls["object"], Text: accessText("objection")}
		}),
	}
}

// accessReader is a reader's one-time key.
var accessReader = bytes.Repeat([]byte{9}, 32)

func vaultRows() map[string]cell {
	read := func(word, subject string, purpose vaultv1.Purpose, namedBy func(w *accessWorld) string) cell {
		return plain(func(w *accessWorld) proto.Message {
			return &vaultv1.ReadText{
				Ref: accessRef(word), Subject: forge.ID(subject), Purpose: purpose, NamedBy: namedBy(w), ReaderKey: accessReader,
			}
		})
	}
	topic := func(w *accessWorld) string { return "topic/" + w.topics["eve"] }
	profile := func(*accessWorld) string { return "member/" + forge.ID("eve") }
	label := func(*accessWorld) string { return "unit/" + forge.ID("flat") }
	return map[string]cell{
		"vault.read: one's own": func(_ *accessWorld, who string) deed {
			return deed{body: &vaultv1.ReadText{
				Ref: accessRef("draft"), Subject: forge.ID(who), Purpose: vaultv1.Purpose_PURPOSE_OWN, ReaderKey: accessReader,
			}}
		},
		"vault.read: another's as own":      read("eve", "eve", vaultv1.Purpose_PURPOSE_OWN, profile),
		"vault.read: topic, to deliberate":  read("topic of eve", "eve", vaultv1.Purpose_PURPOSE_DELIBERATION, topic),
		"vault.read: profile, as if topic":  read("eve", "eve", vaultv1.Purpose_PURPOSE_DELIBERATION, topic),
		"vault.read: profile, to serve":     read("eve", "eve", vaultv1.Purpose_PURPOSE_SERVICE, profile),
		"vault.read: unit's label, service": read("flat", "flat", vaultv1.Purpose_PURPOSE_SERVICE, label),
		"vault.read: profile, to audit":     read("eve", "eve", vaultv1.Purpose_PURPOSE_AUDIT, profile),
		"vault.read: topic, to audit":       read("topic of eve", "eve", vaultv1.Purpose_PURPOSE_AUDIT, topic),
		"vault.read: topic, no purpose":     read("topic of eve", "eve", vaultv1.Purpose_PURPOSE_UNSPECIFIED, topic),
		"vault.erase: oneself": func(_ *accessWorld, who string) deed {
			return deed{body: &vaultv1.EraseSubject{Subject: forge.ID(who)}}
		},
		"vault.erase: another":  fixed(&vaultv1.EraseSubject{Subject: forge.ID("eve")}),
		"vault.erase: a unit's": fixed(&vaultv1.EraseSubject{Subject: forge.ID("flat")}),
	}
}
