// Generated from docs/openapi.json by scripts/generate.mjs; do not edit.
import type { components } from "./schema";

type S = components["schemas"];

/** Method, path, and the name that is signed. */
export const operations = {
 "aid.acknowledge": "POST /v1/communities/{community}/aid-cases/{case}/acknowledgement aid.acknowledge",
 "aid.amend_file": "POST /v1/communities/{community}/beneficiaries/{beneficiary}/files aid.amend_file",
 "aid.announce_arrival": "POST /v1/communities/{community}/arrivals aid.announce_arrival",
 "aid.answer_notice": "POST /v1/communities/{community}/policy-notices/{notice}/answers aid.answer_notice",
 "aid.answer_order": "POST /v1/communities/{community}/work-orders/{order}/answer aid.answer_order",
 "aid.answer_referral": "POST /v1/communities/{community}/aid-cases/{case}/referral/answer aid.answer_referral",
 "aid.appeal": "POST /v1/communities/{community}/aid-cases/{case}/appeal aid.appeal",
 "aid.approve": "POST /v1/communities/{community}/aid-cases/{case}/approval aid.approve",
 "aid.arrange_check_in": "POST /v1/communities/{community}/check-ins aid.arrange_check_in",
 "aid.assess": "POST /v1/communities/{community}/aid-cases/{case}/assessment aid.assess",
 "aid.assign": "POST /v1/communities/{community}/aid-cases/{case}/assignment aid.assign",
 "aid.call_back": "POST /v1/communities/{community}/aid-cases/{case}/call-backs aid.call_back",
 "aid.close": "POST /v1/communities/{community}/aid-cases/{case}/closing aid.close",
 "aid.confirm_notice": "POST /v1/communities/{community}/policy-notices/{notice}/confirmations aid.confirm_notice",
 "aid.count_stock": "POST /v1/communities/{community}/stocks/{stock}/counts aid.count_stock",
 "aid.decide_appeal": "POST /v1/communities/{community}/aid-cases/{case}/appeal/decision aid.decide_appeal",
 "aid.declare_capacity": "POST /v1/communities/{community}/capacities aid.declare_capacity",
 "aid.end_check_in": "POST /v1/communities/{community}/check-ins/{beneficiary}/end aid.end_check_in",
 "aid.end_rounds": "POST /v1/communities/{community}/work-orders/{order}/rounds/end aid.end_rounds",
 "aid.enrol_sensor": "POST /v1/communities/{community}/sensors aid.enrol_sensor",
 "aid.give_consent": "POST /v1/communities/{community}/beneficiaries/{beneficiary}/consents aid.give_consent",
 "aid.merge": "POST /v1/communities/{community}/beneficiaries/{from}/merge aid.merge",
 "aid.move_stock": "POST /v1/communities/{community}/stocks/{stock}/moves aid.move_stock",
 "aid.name_proxy": "POST /v1/communities/{community}/beneficiaries/{beneficiary}/proxy aid.name_proxy",
 "aid.name_receiver": "POST /v1/communities/{community}/arrivals/{arrival}/receiver aid.name_receiver",
 "aid.offer_stock": "POST /v1/communities/{community}/stocks/{stock}/offer aid.offer_stock",
 "aid.open_stock": "POST /v1/communities/{community}/stocks aid.open_stock",
 "aid.order": "POST /v1/communities/{community}/aid-cases/{case}/work-orders aid.order",
 "aid.pause_rounds": "POST /v1/communities/{community}/work-orders/{order}/rounds/pause aid.pause_rounds",
 "aid.plan": "POST /v1/communities/{community}/aid-cases/{case}/plan aid.plan",
 "aid.publish_notice": "POST /v1/communities/{community}/policy-notices aid.publish_notice",
 "aid.raise_alert": "POST /v1/communities/{community}/alerts aid.raise_alert",
 "aid.receive_arrival": "POST /v1/communities/{community}/arrivals/{arrival}/receipt aid.receive_arrival",
 "aid.record_attempts": "POST /v1/communities/{community}/policy-notices/{notice}/attempts aid.record_attempts",
 "aid.refer": "POST /v1/communities/{community}/aid-cases/{case}/referral aid.refer",
 "aid.refuse": "POST /v1/communities/{community}/aid-cases/{case}/refusal aid.refuse",
 "aid.register": "POST /v1/communities/{community}/beneficiaries aid.register",
 "aid.reopen": "POST /v1/communities/{community}/aid-cases/{case}/reopening aid.reopen",
 "aid.repeat_order": "POST /v1/communities/{community}/work-orders/{order}/rounds aid.repeat_order",
 "aid.request": "POST /v1/communities/{community}/aid-cases aid.request",
 "aid.resume_rounds": "POST /v1/communities/{community}/work-orders/{order}/rounds/resumption aid.resume_rounds",
 "aid.revoke_sensor": "POST /v1/communities/{community}/sensors/{sensor}/revocation aid.revoke_sensor",
 "aid.say_well": "POST /v1/communities/{community}/check-ins/{beneficiary}/words aid.say_well",
 "aid.send_signal": "POST /v1/communities/{community}/signals aid.send_signal",
 "aid.send_well": "POST /v1/communities/{community}/signals/well aid.send_well",
 "aid.triage": "POST /v1/communities/{community}/alerts/{alert}/triage aid.triage",
 "aid.unmerge": "POST /v1/communities/{community}/beneficiaries/{from}/unmerge aid.unmerge",
 "aid.visit": "POST /v1/communities/{community}/work-orders/{order}/visits aid.visit",
 "aid.withdraw": "POST /v1/communities/{community}/aid-cases/{case}/withdrawal aid.withdraw",
 "aid.withdraw_appeal": "POST /v1/communities/{community}/aid-cases/{case}/appeal/withdrawal aid.withdraw_appeal",
 "aid.withdraw_consent": "POST /v1/communities/{community}/beneficiaries/{beneficiary}/consents/withdrawal aid.withdraw_consent",
 "aid.withhold_stock": "POST /v1/communities/{community}/stocks/{stock}/withholding aid.withhold_stock",
 "community.abandon_import": "POST /v1/communities/{community}/imports/{import}/abandonment community.abandon_import",
 "community.accept_mandate": "POST /v1/communities/{community}/mandates/{mandate}/acceptance community.accept_mandate",
 "community.admit_member": "POST /v1/communities/{community}/members community.admit_member",
 "community.admit_org": "POST /v1/communities/{community}/orgs community.admit_org",
 "community.amend_rulebook": "POST /v1/communities/{community}/rulebook community.amend_rulebook",
 "community.appoint_registrar": "POST /v1/communities/{community}/registrar community.appoint_registrar",
 "community.appoint_trustees": "POST /v1/communities/{community}/trustees community.appoint_trustees",
 "community.assign_unit": "POST /v1/communities/{community}/units/{unit}/owner community.assign_unit",
 "community.begin_import": "POST /v1/communities/{community}/imports community.begin_import",
 "community.complete_import": "POST /v1/communities/{community}/imports/{import}/completion community.complete_import",
 "community.decline_mandate": "POST /v1/communities/{community}/mandates/{mandate}/refusal community.decline_mandate",
 "community.enrol_key": "POST /v1/communities/{community}/members/{member}/keys community.enrol_key",
 "community.establish_channel": "POST /v1/communities/{community}/channels community.establish_channel",
 "community.form_household": "POST /v1/communities/{community}/households community.form_household",
 "community.grant_mandate": "POST /v1/communities/{community}/mandates community.grant_mandate",
 "community.grant_role": "POST /v1/communities/{community}/members/{member}/roles community.grant_role",
 "community.host_key": "POST /v1/communities/{community}/members/{member}/hosted-keys community.host_key",
 "community.import_rows": "POST /v1/communities/{community}/imports/{import}/rows community.import_rows",
 "community.invite_members": "POST /v1/communities/{community}/invites community.invite_members",
 "community.name_delegate": "POST /v1/communities/{community}/orgs/{org}/delegate community.name_delegate",
 "community.redeem_invite": "POST /v1/communities/{community}/members/{member}/bound-accounts community.redeem_invite",
 "community.register_unit": "POST /v1/communities/{community}/units community.register_unit",
 "community.revoke_key": "POST /v1/communities/{community}/keys/revocation community.revoke_key",
 "community.revoke_mandate": "POST /v1/communities/{community}/mandates/{mandate}/revocation community.revoke_mandate",
 "community.revoke_member": "POST /v1/communities/{community}/members/{member}/revocation community.revoke_member",
 "community.withdraw_role": "POST /v1/communities/{community}/members/{member}/roles/withdrawal community.withdraw_role",
 "gateway.aid_board": "GET /v1/communities/{community}/aid-board",
 "gateway.aid_figures": "GET /v1/communities/{community}/aid-figures",
 "gateway.begin_cosigning": "POST /v1/communities/{community}/cosignings",
 "gateway.bind": "POST /v1/communities/{community}/bindings gateway.bind",
 "gateway.blocks": "GET /v1/communities/{community}/blocks",
 "gateway.books": "GET /v1/communities/{community}/books",
 "gateway.communities": "GET /v1/communities",
 "gateway.community": "GET /v1/communities/{community}",
 "gateway.cosignings": "GET /v1/communities/{community}/cosignings",
 "gateway.devices": "GET /v1/communities/{community}/devices",
 "gateway.end_cosigning": "DELETE /v1/communities/{community}/cosignings/{cosigning}",
 "gateway.end_session": "DELETE /v1/communities/{community}/sessions/{session}",
 "gateway.events": "GET /v1/communities/{community}/events",
 "gateway.found": "POST /v1/communities community.found",
 "gateway.founding_terms": "GET /v1/founding",
 "gateway.inbox": "GET /v1/communities/{community}/inbox",
 "gateway.inbox_events": "GET /v1/communities/{community}/inbox/events",
 "gateway.list_sessions": "GET /v1/communities/{community}/sessions",
 "gateway.log_checkpoint": "GET /log/{community}/checkpoint",
 "gateway.log_keys": "GET /log/{community}/keys",
 "gateway.log_partial_tile": "GET /log/{community}/tile/{level}/{partial}/{width}",
 "gateway.log_proof": "GET /log/{community}/proof/{index}",
 "gateway.log_state": "GET /log/{community}/state",
 "gateway.log_tile": "GET /log/{community}/tile/{level}/{index}",
 "gateway.make_hosted_key": "POST /v1/communities/{community}/hosted-keys",
 "gateway.mandate_acts": "GET /v1/communities/{community}/mandates/{mandate}/acts",
 "gateway.mandates": "GET /v1/communities/{community}/mandates",
 "gateway.matching_board": "GET /v1/communities/{community}/matching/board",
 "gateway.matching_explanation": "GET /v1/communities/{community}/assignments/{assignment}/explanation",
 "gateway.matching_mine": "GET /v1/communities/{community}/matching/mine",
 "gateway.matching_proposal": "GET /v1/communities/{community}/matching/proposal",
 "gateway.matching_report": "GET /v1/communities/{community}/matching/report",
 "gateway.matching_whole_plan": "GET /v1/communities/{community}/matching/plans/{plan}",
 "gateway.openapi": "GET /openapi.json",
 "gateway.own_aid_cases": "GET /v1/communities/{community}/own-aid-cases",
 "gateway.own_aid_files": "GET /v1/communities/{community}/own-aid-files",
 "gateway.own_entries": "GET /v1/communities/{community}/own-entries",
 "gateway.own_policy_notices": "GET /v1/communities/{community}/own-policy-notices",
 "gateway.own_work_orders": "GET /v1/communities/{community}/own-work-orders",
 "gateway.own_works": "GET /v1/communities/{community}/own-works",
 "gateway.policy_notice_figures": "GET /v1/communities/{community}/policy-notices/{notice}/figures",
 "gateway.policy_notice_unreached": "GET /v1/communities/{community}/policy-notices/{notice}/unreached",
 "gateway.poll_taking": "GET /v1/communities/{community}/polls/{poll}/taking-part",
 "gateway.put_text": "POST /v1/communities/{community}/texts",
 "gateway.record": "GET /v1/communities/{community}/records/{kind}/{id}",
 "gateway.record_below": "GET /v1/communities/{community}/records/{parent}/{parent_id}/{kind}/{id}",
 "gateway.records": "GET /v1/communities/{community}/records/{kind}",
 "gateway.records_below": "GET /v1/communities/{community}/records/{parent}/{parent_id}/{kind}",
 "gateway.rules": "GET /v1/communities/{community}/rules",
 "gateway.rules_history": "GET /v1/communities/{community}/rules/history",
 "gateway.send_credential": "POST /v1/communities/{community}/polls/{poll}/credentials",
 "gateway.sign_in": "POST /v1/communities/{community}/sessions gateway.sign_in",
 "gateway.sign_out": "DELETE /v1/communities/{community}/sessions",
 "gateway.tell_rules": "POST /v1/communities/{community}/rules",
 "gateway.unbind": "DELETE /v1/communities/{community}/bindings/{binding}",
 "ledger.appeal_clawback": "POST /v1/communities/{community}/clawbacks/{work}/appeal ledger.appeal_clawback",
 "ledger.approve": "POST /v1/communities/{community}/transfers/{transfer}/approvals ledger.approve",
 "ledger.assess": "POST /v1/communities/{community}/patterns/{pattern}/finding ledger.assess",
 "ledger.confirm_work": "POST /v1/communities/{community}/works/{work}/confirmation ledger.confirm_work",
 "ledger.decide_appeal": "POST /v1/communities/{community}/clawbacks/{work}/decision ledger.decide_appeal",
 "ledger.declare_dividend": "POST /v1/communities/{community}/dividends ledger.declare_dividend",
 "ledger.decline_work": "POST /v1/communities/{community}/works/{work}/refusal ledger.decline_work",
 "ledger.offer_terms": "POST /v1/communities/{community}/terms/{org} ledger.offer_terms",
 "ledger.open": "POST /v1/communities/{community}/accounts ledger.open",
 "ledger.post": "POST /v1/communities/{community}/transfers/{transfer}/posting ledger.post",
 "ledger.propose": "POST /v1/communities/{community}/transfers ledger.propose",
 "ledger.propose_clawback": "POST /v1/communities/{community}/clawbacks/{work} ledger.propose_clawback",
 "ledger.register_holding": "POST /v1/communities/{community}/holdings ledger.register_holding",
 "ledger.report_holding": "POST /v1/communities/{community}/holdings/{holding}/reports ledger.report_holding",
 "ledger.report_work": "POST /v1/communities/{community}/works ledger.report_work",
 "ledger.spend": "POST /v1/communities/{community}/spendings ledger.spend",
 "ledger.void": "POST /v1/communities/{community}/transfers/{transfer}/voiding ledger.void",
 "matching.accept": "POST /v1/communities/{community}/assignments/{assignment}/acceptance matching.accept",
 "matching.adopt_plan": "POST /v1/communities/{community}/plans matching.adopt_plan",
 "matching.assess_need": "POST /v1/communities/{community}/needs/{need}/assessment matching.assess_need",
 "matching.attest_provider": "POST /v1/communities/{community}/providers/{provider}/attestations matching.attest_provider",
 "matching.borrow": "POST /v1/communities/{community}/borrowings/{borrowing}/taking matching.borrow",
 "matching.bring_loan": "POST /v1/communities/{community}/borrowings matching.bring_loan",
 "matching.bring_recall": "POST /v1/communities/{community}/borrowings/recalled matching.bring_recall",
 "matching.bring_referral": "POST /v1/communities/{community}/uptakes/brought matching.bring_referral",
 "matching.check_in": "POST /v1/communities/{community}/assignments/{assignment}/check-ins matching.check_in",
 "matching.complete": "POST /v1/communities/{community}/assignments/{assignment}/completion matching.complete",
 "matching.complete_import": "POST /v1/communities/{community}/need-imports/{import}/completion matching.complete_import",
 "matching.confirm": "POST /v1/communities/{community}/assignments/{assignment}/confirmation matching.confirm",
 "matching.dismiss_suggestion": "POST /v1/communities/{community}/suggestions/{suggestion}/dismissal matching.dismiss_suggestion",
 "matching.forget_peer": "POST /v1/communities/{community}/peers/{peer}/ending matching.forget_peer",
 "matching.lend": "POST /v1/communities/{community}/providers/{provider}/loans matching.lend",
 "matching.move_provider": "POST /v1/communities/{community}/providers/{provider}/reach matching.move_provider",
 "matching.overrule": "POST /v1/communities/{community}/assignments/{assignment}/overruling matching.overrule",
 "matching.publish_directory": "POST /v1/communities/{community}/providers/directory matching.publish_directory",
 "matching.publish_offer": "POST /v1/communities/{community}/providers/{provider}/offers matching.publish_offer",
 "matching.raise_need": "POST /v1/communities/{community}/needs matching.raise_need",
 "matching.refer_need": "POST /v1/communities/{community}/needs/{need}/referrals matching.refer_need",
 "matching.refuse": "POST /v1/communities/{community}/assignments/{assignment}/refusal matching.refuse",
 "matching.register_peer": "POST /v1/communities/{community}/peers matching.register_peer",
 "matching.register_provider": "POST /v1/communities/{community}/providers matching.register_provider",
 "matching.retire_provider": "POST /v1/communities/{community}/providers/{provider}/retirement matching.retire_provider",
 "matching.return_loan": "POST /v1/communities/{community}/borrowings/{borrowing}/ending matching.return_loan",
 "matching.set_mode": "POST /v1/communities/{community}/matching/mode matching.set_mode",
 "matching.settle_loan": "POST /v1/communities/{community}/loans/{loan}/settlement matching.settle_loan",
 "matching.settle_referral": "POST /v1/communities/{community}/referrals/{referral}/settlement matching.settle_referral",
 "matching.stage_needs": "POST /v1/communities/{community}/need-imports/{import}/rows matching.stage_needs",
 "matching.start": "POST /v1/communities/{community}/assignments/{assignment}/departure matching.start",
 "matching.take_up": "POST /v1/communities/{community}/uptakes matching.take_up",
 "matching.withdraw_need": "POST /v1/communities/{community}/needs/{need}/withdrawal matching.withdraw_need",
 "proposal.close": "POST /v1/communities/{community}/deliberations/{deliberation}/closing proposal.close",
 "proposal.consent_to_merge": "POST /v1/communities/{community}/merges/{merge}/consents proposal.consent_to_merge",
 "proposal.decline_merge": "POST /v1/communities/{community}/merges/{merge}/refusal proposal.decline_merge",
 "proposal.post": "POST /v1/communities/{community}/topics proposal.post",
 "proposal.propose_merge": "POST /v1/communities/{community}/merges proposal.propose_merge",
 "proposal.react": "POST /v1/communities/{community}/deliberations/{deliberation}/statements/{statement}/reactions proposal.react",
 "proposal.report": "POST /v1/communities/{community}/motions/{motion}/reports proposal.report",
 "proposal.second": "POST /v1/communities/{community}/topics/{topic}/seconds proposal.second",
 "proposal.submit": "POST /v1/communities/{community}/deliberations/{deliberation}/statements proposal.submit",
 "proposal.veto": "POST /v1/communities/{community}/motions/{motion}/veto proposal.veto",
 "proposal.withdraw": "POST /v1/communities/{community}/topics/{topic}/withdrawal proposal.withdraw",
 "proposal.withdraw_merge": "POST /v1/communities/{community}/merges/{merge}/withdrawal proposal.withdraw_merge",
 "vault.erase": "POST /v1/communities/{community}/erasures vault.erase",
 "vault.read": "POST /v1/communities/{community}/readings vault.read",
 "voting.acknowledge_notice": "POST /v1/communities/{community}/polls/{poll}/notice-acknowledgements voting.acknowledge_notice",
 "voting.add_key_part": "POST /v1/communities/{community}/polls/{poll}/key-parts voting.add_key_part",
 "voting.blind_totals": "POST /v1/communities/{community}/polls/{poll}/blindings voting.blind_totals",
 "voting.call": "POST /v1/communities/{community}/polls voting.call",
 "voting.cast": "POST /v1/communities/{community}/polls/{poll}/ballots voting.cast",
 "voting.cast_secret": "POST /v1/communities/{community}/polls/{poll}/secret-ballots voting.cast_secret",
 "voting.challenge_ballot": "POST /v1/communities/{community}/polls/{poll}/challenges voting.challenge_ballot",
 "voting.compare_ballot": "POST /v1/communities/{community}/polls/{poll}/comparisons voting.compare_ballot",
 "voting.compare_secret_paper": "POST /v1/communities/{community}/polls/{poll}/sheet-comparisons voting.compare_secret_paper",
 "voting.contest_roster": "POST /v1/communities/{community}/polls/{poll}/contests voting.contest_roster",
 "voting.decrypt_totals": "POST /v1/communities/{community}/polls/{poll}/decryptions voting.decrypt_totals",
 "voting.draw_samples": "POST /v1/communities/{community}/polls/{poll}/samples voting.draw_samples",
 "voting.enter_paper": "POST /v1/communities/{community}/polls/{poll}/paper-entries voting.enter_paper",
 "voting.enter_secret_paper": "POST /v1/communities/{community}/polls/{poll}/sheet-entries voting.enter_secret_paper",
 "voting.hold_key": "POST /v1/communities/{community}/polls/{poll}/key-receipts voting.hold_key",
 "voting.issue_papers": "POST /v1/communities/{community}/polls/{poll}/papers voting.issue_papers",
 "voting.list_credentials": "POST /v1/communities/{community}/polls/{poll}/roster voting.list_credentials",
 "voting.object": "POST /v1/communities/{community}/polls/{poll}/objections voting.object",
 "voting.offer_key": "POST /v1/communities/{community}/polls/{poll}/key-offers voting.offer_key",
 "voting.prove_totals": "POST /v1/communities/{community}/polls/{poll}/verdicts voting.prove_totals",
 "voting.publish_key": "POST /v1/communities/{community}/polls/{poll}/key-publications voting.publish_key",
 "voting.publish_share": "POST /v1/communities/{community}/polls/{poll}/share-publications voting.publish_share",
 "voting.record_call_back": "POST /v1/communities/{community}/polls/{poll}/call-backs voting.record_call_back",
 "voting.record_deliveries": "POST /v1/communities/{community}/polls/{poll}/notice-deliveries voting.record_deliveries",
 "voting.reenter_paper": "POST /v1/communities/{community}/polls/{poll}/paper-reentries voting.reenter_paper",
 "voting.reenter_secret_paper": "POST /v1/communities/{community}/polls/{poll}/sheet-reentries voting.reenter_secret_paper",
 "voting.refuse_key": "POST /v1/communities/{community}/polls/{poll}/key-refusals voting.refuse_key",
 "voting.register": "POST /v1/communities/{community}/polls/{poll}/registrations voting.register",
 "voting.register_papers": "POST /v1/communities/{community}/polls/{poll}/sheets voting.register_papers",
 "voting.void_paper": "POST /v1/communities/{community}/polls/{poll}/paper-voidings voting.void_paper",
} as const;

/** What each takes and answers. */
export interface Operations {
 "aid.acknowledge": { body: S["renlin.aid.v1.AcknowledgeAid"]; answer: S["op.Answer"] };
 "aid.amend_file": { body: S["renlin.aid.v1.AmendFile"]; answer: S["op.Answer"] };
 "aid.announce_arrival": { body: S["renlin.aid.v1.AnnounceArrival"]; answer: S["op.Answer"] };
 "aid.answer_notice": { body: S["renlin.aid.v1.AnswerNotice"]; answer: S["op.Answer"] };
 "aid.answer_order": { body: S["renlin.aid.v1.AnswerOrder"]; answer: S["op.Answer"] };
 "aid.answer_referral": { body: S["renlin.aid.v1.AnswerReferral"]; answer: S["op.Answer"] };
 "aid.appeal": { body: S["renlin.aid.v1.AppealCase"]; answer: S["op.Answer"] };
 "aid.approve": { body: S["renlin.aid.v1.ApproveAid"]; answer: S["op.Answer"] };
 "aid.arrange_check_in": { body: S["renlin.aid.v1.ArrangeCheckIn"]; answer: S["op.Answer"] };
 "aid.assess": { body: S["renlin.aid.v1.AssessCase"]; answer: S["op.Answer"] };
 "aid.assign": { body: S["renlin.aid.v1.AssignCase"]; answer: S["op.Answer"] };
 "aid.call_back": { body: S["renlin.aid.v1.RecordCallBack"]; answer: S["op.Answer"] };
 "aid.close": { body: S["renlin.aid.v1.CloseCase"]; answer: S["op.Answer"] };
 "aid.confirm_notice": { body: S["renlin.aid.v1.ConfirmNotice"]; answer: S["op.Answer"] };
 "aid.count_stock": { body: S["renlin.aid.v1.CountStock"]; answer: S["op.Answer"] };
 "aid.decide_appeal": { body: S["renlin.aid.v1.DecideAppeal"]; answer: S["op.Answer"] };
 "aid.declare_capacity": { body: S["renlin.aid.v1.DeclareCapacity"]; answer: S["op.Answer"] };
 "aid.end_check_in": { body: S["renlin.aid.v1.EndCheckIn"]; answer: S["op.Answer"] };
 "aid.end_rounds": { body: S["renlin.aid.v1.EndRounds"]; answer: S["op.Answer"] };
 "aid.enrol_sensor": { body: S["renlin.aid.v1.EnrolSensor"]; answer: S["op.Answer"] };
 "aid.give_consent": { body: S["renlin.aid.v1.GiveConsent"]; answer: S["op.Answer"] };
 "aid.merge": { body: S["renlin.aid.v1.MergeBeneficiaries"]; answer: S["op.Answer"] };
 "aid.move_stock": { body: S["renlin.aid.v1.MoveStock"]; answer: S["op.Answer"] };
 "aid.name_proxy": { body: S["renlin.aid.v1.NameProxy"]; answer: S["op.Answer"] };
 "aid.name_receiver": { body: S["renlin.aid.v1.NameReceiver"]; answer: S["op.Answer"] };
 "aid.offer_stock": { body: S["renlin.aid.v1.OfferStock"]; answer: S["op.Answer"] };
 "aid.open_stock": { body: S["renlin.aid.v1.OpenStock"]; answer: S["op.Answer"] };
 "aid.order": { body: S["renlin.aid.v1.OrderWork"]; answer: S["op.Answer"] };
 "aid.pause_rounds": { body: S["renlin.aid.v1.PauseRounds"]; answer: S["op.Answer"] };
 "aid.plan": { body: S["renlin.aid.v1.PlanCase"]; answer: S["op.Answer"] };
 "aid.publish_notice": { body: S["renlin.aid.v1.PublishNotice"]; answer: S["op.Answer"] };
 "aid.raise_alert": { body: S["renlin.aid.v1.RaiseAlert"]; answer: S["op.Answer"] };
 "aid.receive_arrival": { body: S["renlin.aid.v1.ReceiveArrival"]; answer: S["op.Answer"] };
 "aid.record_attempts": { body: S["renlin.aid.v1.RecordAttempts"]; answer: S["op.Answer"] };
 "aid.refer": { body: S["renlin.aid.v1.ReferCase"]; answer: S["op.Answer"] };
 "aid.refuse": { body: S["renlin.aid.v1.RefuseAid"]; answer: S["op.Answer"] };
 "aid.register": { body: S["renlin.aid.v1.RegisterBeneficiary"]; answer: S["op.Answer"] };
 "aid.reopen": { body: S["renlin.aid.v1.ReopenCase"]; answer: S["op.Answer"] };
 "aid.repeat_order": { body: S["renlin.aid.v1.RepeatOrder"]; answer: S["op.Answer"] };
 "aid.request": { body: S["renlin.aid.v1.RequestAid"]; answer: S["op.Answer"] };
 "aid.resume_rounds": { body: S["renlin.aid.v1.ResumeRounds"]; answer: S["op.Answer"] };
 "aid.revoke_sensor": { body: S["renlin.aid.v1.RevokeSensor"]; answer: S["op.Answer"] };
 "aid.say_well": { body: S["renlin.aid.v1.SayWell"]; answer: S["op.Answer"] };
 "aid.send_signal": { body: S["renlin.aid.v1.SendSignal"]; answer: S["op.Answer"] };
 "aid.send_well": { body: S["renlin.aid.v1.SendWell"]; answer: S["op.Answer"] };
 "aid.triage": { body: S["renlin.aid.v1.TriageAlert"]; answer: S["op.Answer"] };
 "aid.unmerge": { body: S["renlin.aid.v1.UnmergeBeneficiaries"]; answer: S["op.Answer"] };
 "aid.visit": { body: S["renlin.aid.v1.RecordVisit"]; answer: S["op.Answer"] };
 "aid.withdraw": { body: S["renlin.aid.v1.WithdrawAid"]; answer: S["op.Answer"] };
 "aid.withdraw_appeal": { body: S["renlin.aid.v1.WithdrawAppeal"]; answer: S["op.Answer"] };
 "aid.withdraw_consent": { body: S["renlin.aid.v1.WithdrawConsent"]; answer: S["op.Answer"] };
 "aid.withhold_stock": { body: S["renlin.aid.v1.WithholdStock"]; answer: S["op.Answer"] };
 "community.abandon_import": { body: S["renlin.community.v1.AbandonImport"]; answer: S["op.Answer"] };
 "community.accept_mandate": { body: S["renlin.community.v1.AcceptMandate"]; answer: S["op.Answer"] };
 "community.admit_member": { body: S["renlin.community.v1.AdmitMember"]; answer: S["op.Answer"] };
 "community.admit_org": { body: S["renlin.community.v1.AdmitOrg"]; answer: S["op.Answer"] };
 "community.amend_rulebook": { body: S["renlin.community.v1.AmendRulebook"]; answer: S["op.Answer"] };
 "community.appoint_registrar": { body: S["renlin.community.v1.AppointRegistrar"]; answer: S["op.Answer"] };
 "community.appoint_trustees": { body: S["renlin.community.v1.AppointTrustees"]; answer: S["op.Answer"] };
 "community.assign_unit": { body: S["renlin.community.v1.AssignUnit"]; answer: S["op.Answer"] };
 "community.begin_import": { body: S["renlin.community.v1.BeginImport"]; answer: S["op.Answer"] };
 "community.complete_import": { body: S["renlin.community.v1.CompleteImport"]; answer: S["op.Answer"] };
 "community.decline_mandate": { body: S["renlin.community.v1.DeclineMandate"]; answer: S["op.Answer"] };
 "community.enrol_key": { body: S["renlin.community.v1.EnrolKey"]; answer: S["op.Answer"] };
 "community.establish_channel": { body: S["renlin.community.v1.EstablishChannel"]; answer: S["op.Answer"] };
 "community.form_household": { body: S["renlin.community.v1.FormHousehold"]; answer: S["op.Answer"] };
 "community.grant_mandate": { body: S["renlin.community.v1.GrantMandate"]; answer: S["op.Answer"] };
 "community.grant_role": { body: S["renlin.community.v1.GrantRole"]; answer: S["op.Answer"] };
 "community.host_key": { body: S["renlin.community.v1.HostKey"]; answer: S["op.Answer"] };
 "community.import_rows": { body: S["renlin.community.v1.ImportRows"]; answer: S["op.Answer"] };
 "community.invite_members": { body: S["renlin.community.v1.InviteMembers"]; answer: S["op.Answer"] };
 "community.name_delegate": { body: S["renlin.community.v1.NameDelegate"]; answer: S["op.Answer"] };
 "community.redeem_invite": { body: S["renlin.community.v1.RedeemInvite"]; answer: S["op.Answer"] };
 "community.register_unit": { body: S["renlin.community.v1.RegisterUnit"]; answer: S["op.Answer"] };
 "community.revoke_key": { body: S["renlin.community.v1.RevokeKey"]; answer: S["op.Answer"] };
 "community.revoke_mandate": { body: S["renlin.community.v1.RevokeMandate"]; answer: S["op.Answer"] };
 "community.revoke_member": { body: S["renlin.community.v1.RevokeMember"]; answer: S["op.Answer"] };
 "community.withdraw_role": { body: S["renlin.community.v1.WithdrawRole"]; answer: S["op.Answer"] };
 "gateway.aid_board": { body: undefined; answer: S["gateway.aidBoard"] };
 "gateway.aid_figures": { body: undefined; answer: S["gateway.aidTable"] };
 "gateway.begin_cosigning": { body: unknown; answer: S["gateway.cosigning"] };
 "gateway.bind": { body: S["gateway.bindForm"]; answer: S["gateway.boundAccount"] };
 "gateway.blocks": { body: undefined; answer: undefined };
 "gateway.books": { body: undefined; answer: S["gateway.openBooks"] };
 "gateway.communities": { body: undefined; answer: S["gateway.communityList"] };
 "gateway.community": { body: undefined; answer: S["gateway.communityAnswer"] };
 "gateway.cosignings": { body: undefined; answer: S["gateway.cosigningList"] };
 "gateway.devices": { body: undefined; answer: S["gateway.deviceList"] };
 "gateway.end_cosigning": { body: undefined; answer: undefined };
 "gateway.end_session": { body: undefined; answer: undefined };
 "gateway.events": { body: undefined; answer: undefined };
 "gateway.found": { body: S["renlin.community.v1.Found"]; answer: S["gateway.foundedCommunity"] };
 "gateway.founding_terms": { body: undefined; answer: S["gateway.foundingTerms"] };
 "gateway.inbox": { body: undefined; answer: S["gateway.inboxPage"] };
 "gateway.inbox_events": { body: undefined; answer: undefined };
 "gateway.list_sessions": { body: undefined; answer: S["gateway.sessionList"] };
 "gateway.log_checkpoint": { body: undefined; answer: undefined };
 "gateway.log_keys": { body: undefined; answer: S["gateway.logKeys"] };
 "gateway.log_partial_tile": { body: undefined; answer: undefined };
 "gateway.log_proof": { body: undefined; answer: undefined };
 "gateway.log_state": { body: undefined; answer: S["gateway.logState"] };
 "gateway.log_tile": { body: undefined; answer: undefined };
 "gateway.make_hosted_key": { body: S["gateway.memberBody"]; answer: S["gateway.hostedKey"] };
 "gateway.mandate_acts": { body: undefined; answer: S["gateway.actList"] };
 "gateway.mandates": { body: undefined; answer: S["gateway.mandateList"] };
 "gateway.matching_board": { body: undefined; answer: S["gateway.matchingBoard"] };
 "gateway.matching_explanation": { body: undefined; answer: S["gateway.matchingExplanation"] };
 "gateway.matching_mine": { body: undefined; answer: S["gateway.matchingMine"] };
 "gateway.matching_proposal": { body: undefined; answer: S["gateway.matchingProposal"] };
 "gateway.matching_report": { body: undefined; answer: S["gateway.matchingReport"] };
 "gateway.matching_whole_plan": { body: undefined; answer: S["fullplan.Plan"] };
 "gateway.openapi": { body: undefined; answer: unknown };
 "gateway.own_aid_cases": { body: undefined; answer: S["gateway.ownAidList"] };
 "gateway.own_aid_files": { body: undefined; answer: S["gateway.ownFileList"] };
 "gateway.own_entries": { body: undefined; answer: S["gateway.ownEntryList"] };
 "gateway.own_policy_notices": { body: undefined; answer: unknown };
 "gateway.own_work_orders": { body: undefined; answer: S["gateway.ownOrderList"] };
 "gateway.own_works": { body: undefined; answer: S["gateway.ownWorks"] };
 "gateway.policy_notice_figures": { body: undefined; answer: S["gateway.aidTable"] };
 "gateway.policy_notice_unreached": { body: undefined; answer: S["gateway.policyNoticeUnreached"] };
 "gateway.poll_taking": { body: undefined; answer: S["gateway.pollTaking"] };
 "gateway.put_text": { body: undefined; answer: S["gateway.sealedText"] };
 "gateway.record": { body: undefined; answer: S["op.Page"] };
 "gateway.record_below": { body: undefined; answer: S["op.Page"] };
 "gateway.records": { body: undefined; answer: S["op.Page"] };
 "gateway.records_below": { body: undefined; answer: S["op.Page"] };
 "gateway.rules": { body: undefined; answer: S["gateway.toldRules"] };
 "gateway.rules_history": { body: undefined; answer: S["gateway.rulesHistory"] };
 "gateway.send_credential": { body: S["gateway.sealedCredential"]; answer: S["gateway.credentialReceipt"] };
 "gateway.sign_in": { body: S["gateway.signInForm"]; answer: S["gateway.openedSession"] };
 "gateway.sign_out": { body: undefined; answer: undefined };
 "gateway.tell_rules": { body: S["renlin.community.v1.Rulebook"]; answer: S["gateway.toldRules"] };
 "gateway.unbind": { body: undefined; answer: undefined };
 "ledger.appeal_clawback": { body: S["renlin.ledger.v1.AppealClawback"]; answer: S["op.Answer"] };
 "ledger.approve": { body: S["renlin.ledger.v1.ApproveTransfer"]; answer: S["op.Answer"] };
 "ledger.assess": { body: S["renlin.ledger.v1.AssessPattern"]; answer: S["op.Answer"] };
 "ledger.confirm_work": { body: S["renlin.ledger.v1.ConfirmWork"]; answer: S["op.Answer"] };
 "ledger.decide_appeal": { body: S["renlin.ledger.v1.DecideAppeal"]; answer: S["op.Answer"] };
 "ledger.declare_dividend": { body: S["renlin.ledger.v1.DeclareDividend"]; answer: S["op.Answer"] };
 "ledger.decline_work": { body: S["renlin.ledger.v1.DeclineWork"]; answer: S["op.Answer"] };
 "ledger.offer_terms": { body: S["renlin.ledger.v1.OfferTerms"]; answer: S["op.Answer"] };
 "ledger.open": { body: S["renlin.ledger.v1.OpenAccount"]; answer: S["op.Answer"] };
 "ledger.post": { body: S["renlin.ledger.v1.PostTransfer"]; answer: S["op.Answer"] };
 "ledger.propose": { body: S["renlin.ledger.v1.ProposeTransfer"]; answer: S["op.Answer"] };
 "ledger.propose_clawback": { body: S["renlin.ledger.v1.ProposeClawback"]; answer: S["op.Answer"] };
 "ledger.register_holding": { body: S["renlin.ledger.v1.RegisterHolding"]; answer: S["op.Answer"] };
 "ledger.report_holding": { body: S["renlin.ledger.v1.ReportHolding"]; answer: S["op.Answer"] };
 "ledger.report_work": { body: S["renlin.ledger.v1.ReportWork"]; answer: S["op.Answer"] };
 "ledger.spend": { body: S["renlin.ledger.v1.SpendCredits"]; answer: S["op.Answer"] };
 "ledger.void": { body: S["renlin.ledger.v1.VoidTransfer"]; answer: S["op.Answer"] };
 "matching.accept": { body: S["renlin.matching.v1.AcceptAssignment"]; answer: S["op.Answer"] };
 "matching.adopt_plan": { body: S["renlin.matching.v1.AdoptPlan"]; answer: S["op.Answer"] };
 "matching.assess_need": { body: S["renlin.matching.v1.AssessNeed"]; answer: S["op.Answer"] };
 "matching.attest_provider": { body: S["renlin.matching.v1.AttestProvider"]; answer: S["op.Answer"] };
 "matching.borrow": { body: S["renlin.matching.v1.Borrow"]; answer: S["op.Answer"] };
 "matching.bring_loan": { body: S["renlin.matching.v1.BringLoan"]; answer: S["op.Answer"] };
 "matching.bring_recall": { body: S["renlin.matching.v1.BringRecall"]; answer: S["op.Answer"] };
 "matching.bring_referral": { body: S["renlin.matching.v1.BringReferral"]; answer: S["op.Answer"] };
 "matching.check_in": { body: S["renlin.matching.v1.CheckIn"]; answer: S["op.Answer"] };
 "matching.complete": { body: S["renlin.matching.v1.CompleteAssignment"]; answer: S["op.Answer"] };
 "matching.complete_import": { body: S["renlin.matching.v1.CompleteNeedImport"]; answer: S["op.Answer"] };
 "matching.confirm": { body: S["renlin.matching.v1.ConfirmAssignment"]; answer: S["op.Answer"] };
 "matching.dismiss_suggestion": { body: S["renlin.matching.v1.DismissSuggestion"]; answer: S["op.Answer"] };
 "matching.forget_peer": { body: S["renlin.matching.v1.ForgetPeer"]; answer: S["op.Answer"] };
 "matching.lend": { body: S["renlin.matching.v1.Lend"]; answer: S["op.Answer"] };
 "matching.move_provider": { body: S["renlin.matching.v1.MoveProvider"]; answer: S["op.Answer"] };
 "matching.overrule": { body: S["renlin.matching.v1.OverruleAssignment"]; answer: S["op.Answer"] };
 "matching.publish_directory": { body: S["renlin.matching.v1.PublishDirectory"]; answer: S["op.Answer"] };
 "matching.publish_offer": { body: S["renlin.matching.v1.PublishOffer"]; answer: S["op.Answer"] };
 "matching.raise_need": { body: S["renlin.matching.v1.RaiseNeed"]; answer: S["op.Answer"] };
 "matching.refer_need": { body: S["renlin.matching.v1.ReferNeed"]; answer: S["op.Answer"] };
 "matching.refuse": { body: S["renlin.matching.v1.RefuseAssignment"]; answer: S["op.Answer"] };
 "matching.register_peer": { body: S["renlin.matching.v1.RegisterPeer"]; answer: S["op.Answer"] };
 "matching.register_provider": { body: S["renlin.matching.v1.RegisterProvider"]; answer: S["op.Answer"] };
 "matching.retire_provider": { body: S["renlin.matching.v1.RetireProvider"]; answer: S["op.Answer"] };
 "matching.return_loan": { body: S["renlin.matching.v1.ReturnLoan"]; answer: S["op.Answer"] };
 "matching.set_mode": { body: S["renlin.matching.v1.SetMode"]; answer: S["op.Answer"] };
 "matching.settle_loan": { body: S["renlin.matching.v1.SettleLoan"]; answer: S["op.Answer"] };
 "matching.settle_referral": { body: S["renlin.matching.v1.SettleReferral"]; answer: S["op.Answer"] };
 "matching.stage_needs": { body: S["renlin.matching.v1.StageNeeds"]; answer: S["op.Answer"] };
 "matching.start": { body: S["renlin.matching.v1.StartAssignment"]; answer: S["op.Answer"] };
 "matching.take_up": { body: S["renlin.matching.v1.TakeUp"]; answer: S["op.Answer"] };
 "matching.withdraw_need": { body: S["renlin.matching.v1.WithdrawNeed"]; answer: S["op.Answer"] };
 "proposal.close": { body: S["renlin.proposal.v1.CloseDeliberation"]; answer: S["op.Answer"] };
 "proposal.consent_to_merge": { body: S["renlin.proposal.v1.ConsentToMerge"]; answer: S["op.Answer"] };
 "proposal.decline_merge": { body: S["renlin.proposal.v1.DeclineMerge"]; answer: S["op.Answer"] };
 "proposal.post": { body: S["renlin.proposal.v1.PostTopic"]; answer: S["op.Answer"] };
 "proposal.propose_merge": { body: S["renlin.proposal.v1.ProposeMerge"]; answer: S["op.Answer"] };
 "proposal.react": { body: S["renlin.proposal.v1.React"]; answer: S["op.Answer"] };
 "proposal.report": { body: S["renlin.proposal.v1.ReportExecution"]; answer: S["op.Answer"] };
 "proposal.second": { body: S["renlin.proposal.v1.SecondTopic"]; answer: S["op.Answer"] };
 "proposal.submit": { body: S["renlin.proposal.v1.SubmitStatement"]; answer: S["op.Answer"] };
 "proposal.veto": { body: S["renlin.proposal.v1.VetoMotion"]; answer: S["op.Answer"] };
 "proposal.withdraw": { body: S["renlin.proposal.v1.WithdrawTopic"]; answer: S["op.Answer"] };
 "proposal.withdraw_merge": { body: S["renlin.proposal.v1.WithdrawMerge"]; answer: S["op.Answer"] };
 "vault.erase": { body: S["renlin.vault.v1.EraseSubject"]; answer: S["op.Answer"] };
 "vault.read": { body: S["renlin.vault.v1.ReadText"]; answer: S["op.Answer"] };
 "voting.acknowledge_notice": { body: S["renlin.voting.v1.AcknowledgeNotice"]; answer: S["op.Answer"] };
 "voting.add_key_part": { body: S["renlin.voting.v1.AddKeyPart"]; answer: S["op.Answer"] };
 "voting.blind_totals": { body: S["renlin.voting.v1.BlindTotals"]; answer: S["op.Answer"] };
 "voting.call": { body: S["renlin.voting.v1.CallPoll"]; answer: S["op.Answer"] };
 "voting.cast": { body: S["renlin.voting.v1.CastBallot"]; answer: S["op.Answer"] };
 "voting.cast_secret": { body: S["renlin.voting.v1.CastSecret"]; answer: S["op.Answer"] };
 "voting.challenge_ballot": { body: S["renlin.voting.v1.ChallengeBallot"]; answer: S["op.Answer"] };
 "voting.compare_ballot": { body: S["renlin.voting.v1.CompareBallot"]; answer: S["op.Answer"] };
 "voting.compare_secret_paper": { body: S["renlin.voting.v1.CompareSecretPaper"]; answer: S["op.Answer"] };
 "voting.contest_roster": { body: S["renlin.voting.v1.ContestRoster"]; answer: S["op.Answer"] };
 "voting.decrypt_totals": { body: S["renlin.voting.v1.DecryptTotals"]; answer: S["op.Answer"] };
 "voting.draw_samples": { body: S["renlin.voting.v1.DrawSamples"]; answer: S["op.Answer"] };
 "voting.enter_paper": { body: S["renlin.voting.v1.EnterPaper"]; answer: S["op.Answer"] };
 "voting.enter_secret_paper": { body: S["renlin.voting.v1.EnterSecretPaper"]; answer: S["op.Answer"] };
 "voting.hold_key": { body: S["renlin.voting.v1.HoldKey"]; answer: S["op.Answer"] };
 "voting.issue_papers": { body: S["renlin.voting.v1.IssuePapers"]; answer: S["op.Answer"] };
 "voting.list_credentials": { body: S["renlin.voting.v1.ListCredentials"]; answer: S["op.Answer"] };
 "voting.object": { body: S["renlin.voting.v1.RaiseObjection"]; answer: S["op.Answer"] };
 "voting.offer_key": { body: S["renlin.voting.v1.OfferKey"]; answer: S["op.Answer"] };
 "voting.prove_totals": { body: S["renlin.voting.v1.ProveTotals"]; answer: S["op.Answer"] };
 "voting.publish_key": { body: S["renlin.voting.v1.PublishKey"]; answer: S["op.Answer"] };
 "voting.publish_share": { body: S["renlin.voting.v1.PublishShare"]; answer: S["op.Answer"] };
 "voting.record_call_back": { body: S["renlin.voting.v1.RecordCallBack"]; answer: S["op.Answer"] };
 "voting.record_deliveries": { body: S["renlin.voting.v1.RecordDeliveries"]; answer: S["op.Answer"] };
 "voting.reenter_paper": { body: S["renlin.voting.v1.ReenterPaper"]; answer: S["op.Answer"] };
 "voting.reenter_secret_paper": { body: S["renlin.voting.v1.ReenterSecretPaper"]; answer: S["op.Answer"] };
 "voting.refuse_key": { body: S["renlin.voting.v1.RefuseKey"]; answer: S["op.Answer"] };
 "voting.register": { body: S["renlin.voting.v1.RegisterVoter"]; answer: S["op.Answer"] };
 "voting.register_papers": { body: S["renlin.voting.v1.RegisterPapers"]; answer: S["op.Answer"] };
 "voting.void_paper": { body: S["renlin.voting.v1.VoidPaper"]; answer: S["op.Answer"] };
}
