// Generated from docs/openapi.json by scripts/generate.mjs; do not edit.
export interface components {
 schemas: {
  Code: string & ("account.currency_mixed" | "account.full" | "account.fund_unknown" | "account.malformed" | "account.name" | "account.short" | "account.term" | "account.unknown" | "account.way_closed" | "aggregate.retired" | "aid_case.assignment" | "aid_case.below_ordered" | "aid_case.category" | "aid_case.channel" | "aid_case.ended" | "aid_case.hand_speaks" | "aid_case.household" | "aid_case.not_person" | "aid_case.not_supervisor" | "aid_case.not_worker" | "aid_case.oneself" | "aid_case.orders_open" | "aid_case.org_unknown" | "aid_case.other_org" | "aid_case.over_approved" | "aid_case.quantity" | "aid_case.state" | "aid_case.unconfirmed" | "aid_case.under_appeal" | "aid_case.unit" | "aid_case.unknown" | "aid_case.urgency" | "aid_clock.kept" | "alert.carer" | "alert.kept" | "alert.oneself" | "alert.outcome" | "alert.too_many" | "alert.triaged" | "alert.unknown" | "amount.negative" | "amount.out_of_bounds" | "answer.too_large" | "appeal.decided" | "appeal.judged" | "appeal.no_quorum" | "appeal.none" | "appeal.not_independent" | "appeal.nothing" | "arrival.due" | "arrival.full" | "arrival.kept" | "arrival.names" | "arrival.no_room" | "arrival.other_thing" | "arrival.placed" | "arrival.received" | "arrival.receiver" | "arrival.unknown" | "arrival.waiting" | "assignment.alive" | "assignment.answered" | "assignment.delivered" | "assignment.ended" | "assignment.late" | "assignment.not_asked" | "assignment.not_done" | "assignment.not_helped" | "assignment.not_serving" | "assignment.nothing_done" | "assignment.open" | "assignment.own_work" | "assignment.reason" | "assignment.started" | "assignment.still_asked" | "assignment.taken" | "assignment.unknown" | "attempts.too_many" | "audit.assertion_malformed" | "audit.auditor_refused" | "audit.compared" | "audit.finding_impossible" | "audit.risk_limit_malformed" | "ballot.box_size" | "ballot.closed" | "ballot.cosigner_refused" | "ballot.doubled" | "ballot.foreign" | "ballot.helper_convened" | "ballot.in_person_stands" | "ballot.key_too_new" | "ballot.mandate_too_new" | "ballot.not_yours" | "ballot.own_stands" | "ballot.proxy_share" | "ballot.station" | "ballot_sum.malformed" | "ballot_total.not_found" | "ballot_total.overflow" | "ballot_weight.invalid" | "beneficiary.dedup_office" | "beneficiary.erased" | "beneficiary.exists" | "beneficiary.field" | "beneficiary.for_other" | "beneficiary.incomplete" | "beneficiary.member_unknown" | "beneficiary.merge_self" | "beneficiary.merged" | "beneficiary.not_concerned" | "beneficiary.not_merged" | "beneficiary.one_file" | "beneficiary.two_orgs" | "beneficiary.unknown" | "binding.damaged" | "binding.erased" | "binding.full" | "binding.taken" | "binding.too_many" | "binding.unknown" | "body.malformed" | "body.media_type" | "body.too_large" | "borrowing.ended" | "borrowing.made" | "borrowing.open" | "borrowing.over" | "borrowing.taken" | "borrowing.unknown" | "call_back.answer_missing" | "call_back.answered" | "call_back.not_independent" | "call_back.person_spoke" | "certificate.issued" | "channel.members" | "channel.other_org" | "channel.title" | "check_in.ahead" | "check_in.kept" | "check_in.none" | "check_in.times" | "choice.not_allowed" | "clawback.appealed" | "clawback.found_before" | "clawback.late" | "clawback.no_appeal" | "clawback.not_concerned" | "clawback.not_due" | "clawback.nothing_made" | "clawback.same_org" | "clawback.unknown" | "clock.skewed" | "code.mistyped" | "command.contended" | "command.expired" | "command.not_after" | "command.nothing" | "command.reused" | "command.unknown" | "command.unsigned" | "commit.malformed" | "commit.stale" | "commit.too_large" | "committee.too_large" | "community.founded" | "community.not_founded" | "community.unknown" | "consent.evidence_missing" | "consent.given" | "consent.missing" | "consent.purpose" | "cosigner.refused" | "cosigning.operation" | "cosigning.path" | "cosigning.too_many" | "cosigning.unknown" | "credential.not_registering" | "credential.not_yours_to_bring" | "credential.of_another" | "credential.one_signature" | "credential.session_sent" | "credential.taken" | "credential.too_many" | "credential.too_many_brought" | "credential.unlisted" | "credential.unreadable" | "credential.weak" | "credentials.contest_opening" | "credentials.contest_over" | "credentials.contest_unfounded" | "credentials.contested" | "credentials.late" | "credentials.many" | "credentials.missing" | "credentials.not_registrar" | "credentials.not_sealed" | "credentials.order" | "credentials.row" | "credentials.rows" | "credentials.sealed" | "credentials.wrong" | "credits.none_ended" | "credits.not_taken" | "cursor.invalid" | "delegate.not_your_org" | "delegate.same" | "deliberation.closed" | "deliberation.over" | "deliberation.unknown" | "delivery.bringer_refused" | "delivery.channel" | "delivery.evidence" | "delivery.none" | "delivery.own" | "delivery.posted_first" | "delivery.proved" | "delivery.time" | "delivery.too_many" | "delivery.voter_twice" | "delivery.voter_unlisted" | "delivery.witness_missing" | "directory.size" | "directory.twice" | "dividend.early" | "dividend.envelope" | "dividend.not_in_rules" | "dividend.pool_empty" | "dividend.unknown" | "election.untrue" | "election_key.malformed" | "element.identity" | "element.malformed" | "encrypted_tally.recorded" | "enrolment.signatures" | "envelope.dividends_only" | "envelope.empty" | "envelope.not_ended" | "envelope.not_paying" | "envelope.suspended" | "epoch_key.unknown" | "epoch_key.used" | "erasure.done" | "erasure.file" | "erasure.other" | "erasure.unknown" | "events.mark" | "events.too_many" | "execution.done" | "execution.expired" | "execution.not_due" | "execution.not_open" | "execution.opened" | "execution.outcome_missing" | "field.invalid" | "field.missing" | "figures.impossible" | "fit.distance" | "fit.excluded" | "fit.full" | "fit.language" | "fit.not_attested" | "fit.not_offered" | "fit.overloaded" | "fit.own_need" | "fit.passed" | "fit.silent" | "fit.standby_full" | "fit.time" | "founding.form" | "founding.founders" | "founding.holders" | "founding.incomplete" | "founding.operator_only" | "founding.signature" | "founding.signers" | "founding.suite" | "founding.twice" | "holding.disposed" | "holding.income_unshown" | "holding.malformed" | "holding.report_malformed" | "holding.second_org" | "holding.unknown" | "host.has_device" | "host.has_hosted" | "host.office" | "host.same_org" | "household.members" | "idempotency_key.missing" | "import.closed" | "import.exists" | "import.incomplete" | "import.other_org" | "import.row_further" | "import.row_unit" | "import.rows" | "import.too_many" | "import.unknown" | "internal" | "invite.count" | "invite.expired" | "invite.none" | "invite.oneself" | "invite.same_org" | "invite.used" | "key.exists" | "key.gone" | "key.itself" | "key.not_found" | "key.revoked" | "key.too_many" | "key.unknown" | "key.weak" | "kind.not_yours" | "leak.class_small" | "leak.not_shown_safe" | "leak.publication_malformed" | "leak.result_impossible" | "leak.roll_malformed" | "leak.voter_pinned" | "loan.not_held" | "loan.of_goods" | "loan.onward" | "loan.quantity" | "loan.settled" | "loan.time" | "loan.unknown" | "log.behind" | "log.damaged" | "log.not_yet" | "log.path" | "log.stopped" | "mandate.act" | "mandate.acts" | "mandate.declined" | "mandate.early" | "mandate.gone" | "mandate.grantor" | "mandate.has_key" | "mandate.helper_no_device" | "mandate.helper_signs" | "mandate.matter_unknown" | "mandate.missing" | "mandate.not_concerned" | "mandate.not_yours" | "mandate.office" | "mandate.oneself" | "mandate.other_principal" | "mandate.over" | "mandate.own_device" | "mandate.poll_acts" | "mandate.principal_gone" | "mandate.proxy_missing" | "mandate.revoked" | "mandate.scope" | "mandate.settled" | "mandate.signatures" | "mandate.term" | "mandate.too_many" | "mandate.too_many_principals" | "mandate.unaccepted" | "mandate.unknown" | "matching.cell" | "matching.code_unknown" | "matching.list_long" | "matching.quantity" | "matching.window" | "matching_event.malformed" | "matching_need.absent" | "matching_need.malformed" | "matching_need.twice" | "matching_provider.absent" | "matching_provider.malformed" | "matching_provider.twice" | "matching_rules.malformed" | "member.exists" | "member.not_active" | "member.revoked" | "member.unknown" | "merge.agreed" | "merge.completed" | "merge.consent_given" | "merge.declined" | "merge.expired" | "merge.failed" | "merge.matter_mixed" | "merge.not_asked" | "merge.not_yours" | "merge.proposed" | "merge.proposer_refused" | "merge.topics_malformed" | "merge.unknown" | "merge.withdrawn" | "minutes.missing" | "mode.not_over" | "mode.second_org" | "mode.unknown" | "motion.budget" | "motion.no_rules" | "motion.not_adopted" | "motion.options_few" | "motion.options_many" | "motion.resolved" | "motion.stopped" | "motion.too_large" | "motion.unknown" | "motion.untitled" | "motion.yes_no" | "name.malformed" | "need.expired" | "need.for_other" | "need.limit" | "need.not_expired" | "need.not_yours" | "need.own_assessment" | "need.priority" | "need.same_as" | "need.screening" | "need.screening_by" | "need.unknown" | "need.withdrawn" | "need_import.complete" | "need_import.incomplete" | "need_import.order" | "need_import.other" | "need_import.rows" | "need_import.unknown" | "not_after.malformed" | "notary.forked" | "notary.refuses" | "notary.shrunk" | "notary.unwitnessed" | "notice.acknowledged" | "notice.closed" | "notice.convener" | "notice.issued" | "notice.key_too_new" | "notice.none" | "notice.other" | "objection.closed" | "objection.raised" | "offer.capacity" | "offer.followed" | "offer.load_same" | "offer.of_goods" | "offer.stock_unknown" | "opening.wrong" | "operation.not_open" | "operation.unknown" | "option.cost" | "option.doubled" | "option.untitled" | "options.too_many" | "order.missing" | "org.exists" | "org.malformed" | "org.unknown" | "paper.box_copied" | "paper.commitment_malformed" | "paper.convener_refused" | "paper.entered" | "paper.evidence_missing" | "paper.mark_malformed" | "paper.none" | "paper.not_allowed" | "paper.not_entered" | "paper.operator_refused" | "paper.own" | "paper.same_operator" | "paper.same_organisation" | "paper.serial_taken" | "paper.serial_wrong" | "paper.third_organisation" | "paper.too_many" | "paper.unknown" | "paper.used" | "paper.voided" | "paper.voter_twice" | "paper.voter_unlisted" | "path.mismatch" | "pattern.assessed" | "pattern.concerned" | "pattern.finding" | "pattern.unknown" | "peer.key" | "peer.policy" | "peer.second_org" | "peer.unknown" | "pictures.too_many" | "plan.advice_only" | "plan.blob" | "plan.block" | "plan.claim" | "plan.left_out" | "plan.match" | "plan.no_match" | "plan.no_whole" | "plan.not_optimal" | "plan.old" | "plan.price" | "plan.quantity" | "plan.reason" | "plan.share" | "plan.shortage" | "plan.size" | "plan.unproved" | "platform.busy" | "platform.unavailable" | "policy.not_owed" | "policy_notice.attempts" | "policy_notice.bringer" | "policy_notice.confirmed" | "policy_notice.kept" | "policy_notice.kind" | "policy_notice.list" | "policy_notice.not_addressed" | "policy_notice.not_on_list" | "policy_notice.not_person" | "policy_notice.officer" | "policy_notice.over" | "policy_notice.own" | "policy_notice.plenty" | "policy_notice.roll_call" | "policy_notice.scope" | "policy_notice.sealed" | "policy_notice.time" | "policy_notice.too_many" | "policy_notice.unknown" | "policy_notice.unseen" | "policy_notice.words" | "poll.closed" | "poll.convener_refused" | "poll.exists" | "poll.extended" | "poll.lapsed" | "poll.matter_unknown" | "poll.not_closed" | "poll.not_direct" | "poll.not_open" | "poll.not_secret" | "poll.opened" | "poll.question_malformed" | "poll.resubmitted" | "poll.rules_given" | "poll.rules_malformed" | "poll.secret" | "poll.unknown" | "poll_key.divided" | "poll_key.held" | "poll_key.holder_refused" | "poll_key.mismatch" | "poll_key.not_held" | "poll_key.not_offered" | "poll_key.offered" | "poll_key.published" | "poll_key.refused" | "poll_key.reused" | "poll_key.same_holder" | "poll_key.weak" | "poll_key.wrapped_size" | "proof.elsewhere" | "proof.not_held" | "proof.other_fact" | "proof.surplus" | "proof.unequal" | "provider.lent" | "provider.not_your_org" | "provider.not_yours" | "provider.own_attestation" | "provider.radius" | "provider.registered" | "provider.retired" | "provider.unknown" | "proxy.own_word" | "proxy.two_orgs" | "proxy.unfit" | "rate.exceeded" | "reaction.empty" | "reaction.own_stands" | "reading.incomplete" | "reading.key_weak" | "reading.not_agreed" | "reading.not_named" | "reading.purpose" | "record.behind" | "record.path" | "record.unknown" | "recount.missing" | "recount.recorded" | "redemption.no_hosted_key" | "redemption.signatures" | "referral.not_held" | "referral.onward" | "referral.outcome" | "referral.quantity" | "referral.settled" | "referral.time" | "referral.unknown" | "registrar.device" | "registrar.holds_keys" | "registrar.incomplete" | "registration.begun" | "registration.commitment_size" | "registration.key_too_new" | "registration.missing" | "registration.no_registrar" | "registration.nobody" | "registration.not_begun" | "registration.not_yours" | "registration.over" | "registration.receipt" | "registration.stands" | "registration.under_way" | "request.malformed" | "request.partly_done" | "request.timeout" | "request.too_large" | "role.fixed" | "role.held" | "role.hosted" | "role.missing" | "role.not_grantable" | "role.not_held" | "role.oneself" | "role.org" | "roll.empty" | "roll.overflow" | "roll.unlisted" | "round.kept" | "rounds.beyond_order" | "rounds.malformed" | "rounds.not_paused" | "rounds.over" | "rounds.pause" | "rounds.run" | "rounds.unknown" | "rule.malformed" | "rule.unfit" | "rulebook.attestation_unknown" | "rulebook.choice" | "rulebook.code_missing" | "rulebook.code_twice" | "rulebook.contradiction" | "rulebook.convener_unknown" | "rulebook.duration" | "rulebook.empty" | "rulebook.majority_missing" | "rulebook.method" | "rulebook.motion_electorate" | "rulebook.motion_not_in_force" | "rulebook.motion_other" | "rulebook.motion_used" | "rulebook.needs_vote" | "rulebook.no_version" | "rulebook.notice_warning" | "rulebook.number" | "rulebook.reminders" | "rulebook.requirement" | "rulebook.requirement_twice" | "rulebook.share" | "rulebook.title" | "rulebook.too_large" | "rulebook.unreachable" | "rulebook.version" | "rulebook.weight_classes" | "sample.block" | "sample.drawn" | "sample.malformed" | "sample.none" | "sample.not_drawn" | "sample.outside" | "scalar.malformed" | "seal.broken" | "seal.too_large" | "second.given" | "second.helpers_own" | "second.own" | "secret_ballot.copied" | "secret_ballot.many" | "secret_ballot.number_repeated" | "secret_ballot.on_paper" | "secret_ballot.sequence" | "secret_ballot.size_wrong" | "secret_ballot.unproved" | "secret_ballot.version_unknown" | "secret_poll.figures_hidden" | "secret_poll.figures_many" | "secret_poll.fillings_many" | "secret_poll.hours" | "secret_poll.interval" | "secret_poll.intervals_many" | "secret_poll.method" | "secret_poll.moves" | "secret_poll.not" | "secret_poll.points" | "secret_poll.recount" | "secret_poll.sealed_base" | "secret_poll.sealed_method" | "secret_poll.silence" | "secret_poll.sums_differ" | "secret_poll.sums_few" | "secret_poll.sums_foreign" | "secret_poll.sums_more" | "secret_poll.tie_seed" | "secret_poll.together" | "secret_poll.totals_awaited" | "secret_poll.totals_claim" | "secret_poll.totals_done" | "secret_poll.totals_few" | "secret_poll.totals_level" | "secret_poll.totals_none" | "secret_poll.totals_number" | "secret_poll.totals_proved" | "secret_poll.totals_readers" | "sensor.key_used" | "sensor.unknown" | "sequencer.busy" | "sequencer.retry" | "sequencer.stopped" | "service.busy" | "service.unavailable" | "session.expired" | "session.missing" | "session.unknown" | "shape.invalid" | "shape.too_large" | "sheet.giver" | "sheet.own" | "sheet.proof" | "sheet.station" | "sheet.unlisted" | "sign_in.blocked" | "sign_in.code_invalid" | "sign_in.code_used" | "sign_in.development_only" | "sign_in.malformed" | "sign_in.provider_unknown" | "sign_in.too_often" | "sign_in.unbound" | "sign_in.used" | "signal.malformed" | "signal.too_many" | "signature.invalid" | "signature.malformed" | "signature.missing" | "signature.second_org" | "skill.unknown" | "statement.unknown" | "stock.behind_another" | "stock.booking" | "stock.move" | "stock.not_offered" | "stock.offer_taken" | "stock.other_org" | "stock.provider" | "stock.short" | "stock.skill" | "stock.unknown" | "stock.unreserved" | "storage.full" | "subject.erased" | "subject.unknown" | "suggestion.awaits" | "suggestion.looked_at" | "suggestion.other_person" | "suggestion.over" | "suggestion.own" | "suggestion.reason" | "suggestion.unknown" | "sum.overflow" | "supply.office" | "supply.words" | "tally.impossible" | "tally.missing" | "tally.recorded" | "terms.changed" | "terms.not_your_org" | "terms.unreadable" | "text.damaged" | "text.erased" | "text.malformed" | "text.size" | "text.unknown" | "ticket.expired" | "topic.joined" | "topic.joined_many" | "topic.limit" | "topic.matter_unknown" | "topic.merged" | "topic.not_yours" | "topic.own_stands" | "topic.taken" | "topic.unknown" | "topic.withdrawn" | "transfer.amounts_malformed" | "transfer.approved" | "transfer.checked_by_org" | "transfer.confirmed" | "transfer.correction_exceeds" | "transfer.emergency_exceeded" | "transfer.emergency_malformed" | "transfer.emergency_opener" | "transfer.hands_together" | "transfer.household" | "transfer.household_unneeded" | "transfer.lapsed" | "transfer.lines_malformed" | "transfer.no_org" | "transfer.not_due" | "transfer.not_yours" | "transfer.own" | "transfer.own_org" | "transfer.posted" | "transfer.related" | "transfer.returned" | "transfer.same_org" | "transfer.signers" | "transfer.unapproved" | "transfer.unknown" | "transfer.voided" | "trustee.ack" | "trustee.blinded" | "trustee.bound" | "trustee.complaint_false" | "trustee.complaint_unfounded" | "trustee.degree" | "trustee.duplicate" | "trustee.envelope" | "trustee.exposed" | "trustee.few" | "trustee.key_negated" | "trustee.key_repeated" | "trustee.key_void" | "trustee.malformed" | "trustee.opening" | "trustee.parameters" | "trustee.partial" | "trustee.point" | "trustee.possession" | "trustee.public" | "trustee.purpose" | "trustee.seal" | "trustee.share_false" | "trustee.step" | "trustee.stranger" | "trustee.together" | "trustee.uncommitted" | "trustee.untrue" | "trustee.verdict" | "trustees.incomplete" | "trustees.nonce" | "trustees.nonce_commitment" | "trustees.none" | "trustees.number" | "trustees.part" | "trustees.round_over" | "trustees.secret_poll" | "trustees.share" | "trustees.silent" | "trustees.stranger" | "trustees.too_few" | "trustees.twice" | "unit.area" | "unit.exists" | "unit.not_active" | "unit.owner_same" | "unit.unknown" | "upload.not_as_declared" | "upload.picture_damaged" | "upload.type" | "uptake.carried" | "uptake.decline" | "uptake.made" | "uptake.open" | "uptake.over" | "uptake.unknown" | "version.mismatch" | "version.stale" | "veto.given" | "veto.lapsed" | "veto.late" | "veto.missing" | "veto.used" | "visit.outcome" | "voter.unlisted" | "weight.negative" | "window.closed" | "window.not_open" | "work.answered" | "work.late" | "work.minutes" | "work.no_household" | "work.not_asked" | "work.one_hand" | "work.own_household" | "work.unknown" | "work_order.accepted" | "work_order.doer" | "work_order.due" | "work_order.ended" | "work_order.not_yours" | "work_order.unaccepted" | "work_order.unknown");
  Problem: {
   code: components["schemas"]["Code"];
   detail: string;
   index?: number;
   instance?: string;
   /** @enum {string} */
   kind: "conflict" | "forbidden" | "gone" | "internal" | "invalid" | "mismatch" | "not_found" | "precondition" | "refused" | "timeout" | "too_large" | "too_many" | "unauthenticated" | "unavailable";
   /** @enum {string} */
   lang: "en" | "zh";
   params?: {
    [key: string]: string;
   };
   status: number;
   title: string;
   trace_id?: string;
   type: string;
  };
  "aid.alert.Alert": {
   beneficiary: string;
   by?: string;
   case?: string;
   escalated_to?: string;
   kind: number;
   level: number;
   missed?: boolean;
   org?: string;
   outcome: number;
   raised_at: number;
   repeats?: number;
   sensor?: string;
   text: components["schemas"]["aid.beneficiary.Text"];
   triage_by: number;
   triaged_by?: string;
  };
  "aid.alert.CheckIn": {
   alert?: string;
   beneficiary: string;
   by_minutes: number;
   ended?: boolean;
   from_minutes: number;
   involved: string[] | null;
   missed?: number;
   next_by: number;
   well_at?: number;
   well_by?: string;
  };
  "aid.alert.Sensor": {
   alert?: string;
   beneficiary: string;
   by: string;
   by_password?: boolean;
   count?: number;
   hour_from?: number;
   org?: string;
   revoked?: boolean;
  };
  "aid.beneficiary.Beneficiary": {
   alike?: string[];
   by: string;
   consents?: components["schemas"]["aid.beneficiary.Consent"][];
   files?: components["schemas"]["aid.beneficiary.File"][];
   involved: string[] | null;
   member?: string;
   merged_into?: string;
   openings?: components["schemas"]["aid.beneficiary.Opening"][];
   org?: string;
   proxy?: string;
   registered_at: number;
  };
  "aid.beneficiary.Consent": {
   by: string;
   evidence?: string;
   given_at: number;
   purpose: number;
  };
  "aid.beneficiary.File": {
   field: number;
   text: components["schemas"]["aid.beneficiary.Text"];
  };
  "aid.beneficiary.Opening": {
   fields: number[] | null;
   for: string;
   reader?: string;
  };
  "aid.beneficiary.Text": {
   commitment: string;
   length_bytes: number;
   ref: string;
  };
  "aid.casework.Case": {
   acknowledged: number;
   answer_by: number;
   appeal_until?: number;
   appealed_at?: number;
   approved: number;
   approved_by?: string;
   asked: number;
   before?: string;
   beneficiary: string;
   by: string;
   category: string;
   channel: number;
   confirm_by?: number;
   confirmed?: boolean;
   decide_by?: number;
   delivered: number;
   deliverers?: string[];
   ended_at?: number;
   hands?: string[];
   hops?: number;
   involved: string[] | null;
   involved_orgs: string[] | null;
   judged?: boolean;
   missed?: components["schemas"]["aid.casework.Missed"][];
   org?: string;
   orgs?: string[];
   referred_to?: string;
   requested_at: number;
   resolve_by: number;
   rounds: number;
   settled?: boolean;
   spoken?: boolean;
   state: string;
   texts: components["schemas"]["aid.beneficiary.Text"][] | null;
   unit: string;
   urgency: number;
   without_consent?: boolean;
   worker?: string;
   works?: components["schemas"]["aid.casework.Work"][];
  };
  "aid.casework.Missed": {
   clock: number;
   deadline: number;
  };
  "aid.casework.Order": {
   accepted?: boolean;
   answer_by?: number;
   beneficiary: string;
   case: string;
   delivered: number;
   due: number;
   ended?: boolean;
   involved: string[] | null;
   involved_orgs: string[] | null;
   lapsed?: boolean;
   member?: string;
   org?: string;
   quantity: number;
  };
  "aid.casework.Rounds": {
   beneficiary: string;
   case: string;
   ended?: boolean;
   every_seconds: number;
   grace_seconds: number;
   in_row?: number;
   involved: string[] | null;
   involved_orgs: string[] | null;
   kept: number;
   left: number;
   missed: number;
   next?: number;
   paused_until?: number;
   quantity: number;
  };
  "aid.casework.Visit": {
   at: number;
   by: string;
   evidence: components["schemas"]["aid.beneficiary.Text"];
   involved: string[] | null;
   outcome: number;
   pictures?: components["schemas"]["standing.Picture"][];
   quantity: number;
  };
  "aid.casework.Work": {
   delivered: number;
   ended?: boolean;
   order: string;
   quantity: number;
  };
  "aid.notice.Notice": {
   by: string;
   category?: string;
   count: number;
   escalated_to?: string;
   kind: string;
   missed?: number;
   org: string;
   published_at: number;
   reach_by: number;
   root?: string;
   scope: number;
   sealed?: boolean;
   text: string;
   title: string;
   units?: string[];
  };
  "aid.supply.Arrival": {
   alarms?: number[];
   by: string;
   came: number;
   due: number;
   load: components["schemas"]["aid.supply.Room"];
   missing: number;
   org: string;
   received?: boolean;
   receiver?: string;
  };
  "aid.supply.Capacity": {
   rooms: components["schemas"]["aid.supply.Room"][] | null;
   taken?: components["schemas"]["aid.supply.Taken"][];
  };
  "aid.supply.Room": {
   category: string;
   quantity: number;
   unit: string;
  };
  "aid.supply.Taken": {
   arrival: string;
   room: components["schemas"]["aid.supply.Room"];
  };
  "community.people.Amendment": {
   at: number;
   version: number;
  };
  "community.people.Helper": {
   mandates: string[] | null;
  };
  "community.people.Invite": {
   code_key: string;
   expires_at: number;
   org: string;
   used?: boolean;
  };
  "community.v1.AidClock": {
   answer_seconds?: number;
   resolve_seconds?: number;
   urgency?: number;
  };
  "community.v1.AidRules": {
   appeal_answer_seconds?: number;
   appeal_seconds?: number;
   categories?: string[];
   clocks?: (components["schemas"]["community.v1.AidClock"] | null)[];
   confirm_seconds?: number;
   group_min?: number;
   notices?: string[];
   quiet_from_minutes?: number;
   quiet_until_minutes?: number;
   signals_per_hour?: number;
   triage_seconds?: number;
   units?: string[];
  };
  "community.v1.BallotRules": {
   completion?: number;
   cost_sum_max_fen?: number;
   form?: number;
   options_max?: number;
   options_min?: number;
   points_max?: number;
   points_min?: number;
   points_sum_max?: number;
   score_min?: number;
   seats?: number;
   utility?: number;
  };
  "community.v1.Holder": {
   box_key?: string;
   key?: string;
   member?: string;
   org?: string;
  };
  "community.v1.LedgerRules": {
   appeal_decide_seconds?: number;
   appeal_seconds?: number;
   credit_days?: number;
   dividend_days?: number;
   dividend_equal_permille?: number;
   dividend_pool_permille?: number;
   emergency_confirm_seconds?: number;
   emergency_max_fen?: number;
   hold_seconds?: number;
   money_dividend_permille?: number;
   money_equal_permille?: number;
   pair_free_minutes?: number;
   pair_permille_max?: number;
   split_days?: number;
   third_from_fen?: number;
   week_minutes_max?: number;
   work_confirm_seconds?: number;
  };
  "community.v1.MatchingRules": {
   attestations?: string[];
   check_in_seconds?: number;
   confirm_seconds?: number;
   emergency_offer_seconds?: number;
   languages?: string[];
   mode_seconds_max?: number;
   offer_seconds?: number;
   refer_after_seconds?: number;
   refer_to?: string;
   referral_grace_seconds?: number;
   referral_seconds?: number;
   share_free_units?: number;
   share_max_thousandths?: number;
   skills?: (components["schemas"]["community.v1.Skill"] | null)[];
   standby_factor?: number;
   suggest_again_seconds?: number;
   suggest_times?: number;
   suggest_within_seconds?: number;
   suggestion_seconds?: number;
   veto_seconds?: number;
  };
  "community.v1.Matter": {
   code?: string;
   deliberation_seconds?: number;
   direct_convener?: string;
   merge_seconds?: number;
   poll?: components["schemas"]["community.v1.PollRules"];
   threshold_denominator?: number;
   threshold_members?: number;
   threshold_numerator?: number;
   title?: string;
  };
  "community.v1.NoticeRules": {
   notice_seconds?: number;
   reminder_seconds?: number[];
   warning?: string;
  };
  "community.v1.PaperRules": {
   audit_seconds?: number;
   call_back_permille?: number;
   operator_permille_max?: number;
   risk_limit_permille?: number;
  };
  "community.v1.PollRules": {
   appeal_voting_seconds?: number;
   ballot?: components["schemas"]["community.v1.BallotRules"];
   close_when_complete?: boolean;
   electorate?: number;
   execution_delay_seconds?: number;
   execution_expiry_seconds?: number;
   key_publish_seconds?: number;
   method?: number;
   notice?: components["schemas"]["community.v1.NoticeRules"];
   objection_seconds?: number;
   open_within_seconds?: number;
   paper?: components["schemas"]["community.v1.PaperRules"];
   requirements?: (components["schemas"]["community.v1.Requirement"] | null)[];
   secrecy?: components["schemas"]["community.v1.SecrecyRules"];
   tie_rule?: number;
   turnout?: components["schemas"]["community.v1.TurnoutRules"];
   veto_seconds?: number;
   voting_seconds?: number;
  };
  "community.v1.Registrar": {
   box_key?: string;
   key?: string;
   member?: string;
   org?: string;
  };
  "community.v1.Requirement": {
   base?: number;
   denominator?: number;
   measure?: number;
   numerator?: number;
   of?: number;
   quorum?: boolean;
   strict?: boolean;
  };
  "community.v1.Rulebook": {
   aid?: components["schemas"]["community.v1.AidRules"];
   helper_principals_max?: number;
   helpers_accept?: boolean;
   invite_seconds?: number;
   ledger?: components["schemas"]["community.v1.LedgerRules"];
   mandate_seconds_max?: number;
   matching?: components["schemas"]["community.v1.MatchingRules"];
   matters?: (components["schemas"]["community.v1.Matter"] | null)[];
   open_topics_max?: number;
   version?: number;
  };
  "community.v1.SecrecyRules": {
   anonymity_min?: number;
   contest_seconds?: number;
   interval_width?: number;
   register_seconds?: number;
   secrecy?: number;
   together?: boolean;
   trustees_min?: number;
  };
  "community.v1.Skill": {
   code?: string;
   requires?: string[];
   title?: string;
  };
  "community.v1.Trustee": {
   key?: string;
   member?: string;
   org?: string;
   trustee_key?: string;
  };
  "community.v1.TurnoutRules": {
   abstentions_absent?: boolean;
   channel?: string;
   extension_rounds_max?: number;
   extension_seconds?: number;
   late_quorum_extension_seconds?: number;
   late_quorum_within_seconds?: number;
   non_voters?: number;
   proxy_share_denominator?: number;
   proxy_share_numerator?: number;
   recount_objections_min?: number;
   resubmission_seconds?: number;
   weight_classes?: (components["schemas"]["community.v1.WeightClass"] | null)[];
  };
  "community.v1.WeightClass": {
   area_from_centi_m2?: number;
   weight?: number;
  };
  "decider.lapse": {
   reason: string;
  };
  "fullplan.Need": {
   leaving: number[];
   left: number;
   need: string;
   value: number[];
   waiting: number;
  };
  "fullplan.Offer": {
   free: number;
   party: string;
   price: number[];
   provider: string;
  };
  "fullplan.Plan": {
   base: number;
   format: string;
   planned_at: number;
   seed: string;
   skills: components["schemas"]["fullplan.Skill"][];
  };
  "fullplan.Share": {
   most: number;
   party: string;
   price: number[];
  };
  "fullplan.Skill": {
   arcs: number[][];
   needs: components["schemas"]["fullplan.Need"][];
   objective: number[];
   offers: components["schemas"]["fullplan.Offer"][];
   shares: components["schemas"]["fullplan.Share"][];
   skill: string;
  };
  "gateway.actList": {
   acts: components["schemas"]["standing.ShownAct"][];
   next?: string;
  };
  "gateway.aidBoard": {
   cases: components["schemas"]["gateway.aidBoardRow"][];
   more: number;
  };
  "gateway.aidBoardCall": {
   beneficiary: string;
   contact?: components["schemas"]["gateway.aidBoardContact"];
  };
  "gateway.aidBoardContact": {
   commitment: string;
   length_bytes: number;
   ref: string;
  };
  "gateway.aidBoardMissed": {
   clock: number;
   deadline: number;
  };
  "gateway.aidBoardRepeat": {
   every_seconds: number;
   in_row?: number;
   kept: number;
   left: number;
   missed: number;
   next: number;
   order: string;
   paused_until?: number;
   quantity: number;
  };
  "gateway.aidBoardRow": {
   acknowledged: number;
   approved: number;
   asked: number;
   call?: components["schemas"]["gateway.aidBoardCall"];
   case: string;
   category: string;
   clock: number;
   delivered: number;
   due: number;
   missed?: components["schemas"]["gateway.aidBoardMissed"][];
   org?: string;
   repeats?: components["schemas"]["gateway.aidBoardRepeat"][];
   requested_at: number;
   state: string;
   unit: string;
   urgency: number;
   why: string;
   worker?: string;
  };
  "gateway.aidTable": {
   cells: number[][];
   column_sums: number[];
   columns: string[];
   least: number;
   row_sums: number[];
   rows: string[];
   total: number;
  };
  "gateway.bindForm": {
   member: string;
   ticket: string;
  };
  "gateway.bindingView": {
   binding: string;
   bound_at?: number;
   current?: boolean;
   damaged?: boolean;
   key?: string;
   last_sign_in?: number;
   provider?: string;
  };
  "gateway.boundAccount": {
   binding: string;
  };
  "gateway.communityAnswer": {
   epoch_key: string;
   genesis: string;
   id: string;
   log: string;
   name: string;
   next_index: number;
   phone?: string;
   reason?: string;
   state: string;
  };
  "gateway.communityList": {
   communities: string[];
  };
  "gateway.cosigning": {
   body: string;
   id: string;
   idempotency_key: string;
   member: string;
   not_after: number;
   operation: string;
   path: string;
   signature: string;
   since: number;
  };
  "gateway.cosigningList": {
   cosignings: components["schemas"]["gateway.cosigning"][];
  };
  "gateway.credentialReceipt": {
   receipt: string;
  };
  "gateway.deviceList": {
   bindings: components["schemas"]["gateway.bindingView"][];
   keys: components["schemas"]["gateway.keyView"][];
  };
  "gateway.foundedCommunity": {
   community: string;
   genesis: string;
   receipt: string;
  };
  "gateway.foundingBoth": {
   box_key: string;
   key: string;
   trustee_key: string;
  };
  "gateway.foundingPart": {
   key: string;
   trustee_key: string;
  };
  "gateway.foundingRegistrar": {
   box_key: string;
   key: string;
  };
  "gateway.foundingTerms": {
   epoch_key: string;
   holders: components["schemas"]["gateway.foundingBoth"][];
   registrar: components["schemas"]["gateway.foundingRegistrar"];
   trustees: components["schemas"]["gateway.foundingPart"][];
  };
  "gateway.hostedKey": {
   key: string;
   member: string;
  };
  "gateway.inboxPage": {
   deliberation: components["schemas"]["op.Record"][];
   mandates?: components["schemas"]["gateway.mandateNotice"][];
   merge: components["schemas"]["op.Record"][];
   motion: components["schemas"]["op.Record"][];
   next?: string;
   notices?: components["schemas"]["gateway.voterNotice"][];
   poll: components["schemas"]["op.Record"][];
  };
  "gateway.keyView": {
   current?: boolean;
   hosted: boolean;
   key: string;
   last_sign_in?: number;
   position: number;
  };
  "gateway.logAgain": {
   blocks: number;
   ended?: string;
   passes: number;
  };
  "gateway.logKeys": {
   log: string;
   witnesses: string[];
  };
  "gateway.logPlans": {
   blocks: number;
   checked: number;
   findings?: components["schemas"]["gateway.logWrongPlan"][];
   unchecked: number;
   wrong: number;
  };
  "gateway.logState": {
   authors: number;
   blocks: number;
   checkpoint: number;
   checkpoint_error?: string;
   commits: number;
   community: string;
   plans: components["schemas"]["gateway.logPlans"];
   reread: components["schemas"]["gateway.logAgain"];
   size: number;
   stopped?: string;
   trouble?: string[];
  };
  "gateway.logWrongPlan": {
   chinese: string;
   code: string;
   english: string;
   index: number;
   more?: number;
   plan: string;
  };
  "gateway.mandateList": {
   mandates: components["schemas"]["gateway.mandateView"][];
   next?: string;
  };
  "gateway.mandateNotice": {
   at: number;
   can?: string[];
   chinese: string;
   english: string;
   event?: string;
   helper: string;
   mandate: string;
   notice: string;
   path?: string;
   position?: number;
   principal: string;
   replaced?: boolean;
   until: number;
  };
  "gateway.mandateView": {
   can?: string[];
   mandate: string;
   part: string;
   state: string;
   terms: components["schemas"]["standing.Mandate"];
  };
  "gateway.matchingBoard": {
   assignments: components["schemas"]["gateway.matchingBoardAssignment"][];
   mode: {
    mode: number;
    until?: number;
   };
   more_assignments: number;
   more_needs: number;
   more_providers: number;
   needs: components["schemas"]["gateway.matchingBoardNeed"][];
   providers: components["schemas"]["gateway.matchingBoardProvider"][];
  };
  "gateway.matchingBoardAssignment": {
   assignment: string;
   candidates: components["schemas"]["gateway.matchingBoardCandidate"][];
   check_in_by?: number;
   confirm_by?: number;
   delivered: number;
   need: string;
   opens_at?: number;
   planned_at: number;
   preferred?: components["schemas"]["gateway.matchingBoardPreferred"];
   priority: number;
   quantity: number;
   skill: string;
   state: string;
   switches: components["schemas"]["gateway.matchingBoardSwitch"][];
  };
  "gateway.matchingBoardCandidate": {
   distance_cost: number;
   org: string;
   part: string;
   provider: string;
   reliability_cost: number;
   until?: number;
   window_cost: number;
  };
  "gateway.matchingBoardCell": {
   east: number;
   north: number;
  };
  "gateway.matchingBoardNeed": {
   assessed?: boolean;
   cell: components["schemas"]["gateway.matchingBoardCell"];
   matched: number;
   need: string;
   priority: number;
   served: number;
   shortage?: number;
   skill: string;
   until?: number;
   vulnerable?: boolean;
   waiting: number;
   waiting_since: number;
  };
  "gateway.matchingBoardOffer": {
   capacity: number;
   overloaded?: boolean;
   skill: string;
   standby: number;
   taken: number;
  };
  "gateway.matchingBoardPreferred": {
   instead: string;
   more_metres: number;
   more_window_cost?: number;
   reason: number;
  };
  "gateway.matchingBoardProvider": {
   cell: components["schemas"]["gateway.matchingBoardCell"];
   offers: components["schemas"]["gateway.matchingBoardOffer"][];
   org?: string;
   provider: string;
  };
  "gateway.matchingBoardSwitch": {
   at: number;
   cause: number;
   provider: string;
  };
  "gateway.matchingCost": {
   distance: number;
   reliability: number;
   window: number;
  };
  "gateway.matchingExplanation": {
   assignment: string;
   numbers?: components["schemas"]["gateway.matchingReckoned"];
   plan: string;
   sentences: components["schemas"]["gateway.matchingSaid"][];
  };
  "gateway.matchingMine": {
   asked: string[];
   confirm: string[];
   needs: string[];
   providers: string[];
   serving: string[];
  };
  "gateway.matchingProposal": {
   plan?: string;
   why: components["schemas"]["gateway.matchingWhy"][];
  };
  "gateway.matchingReckoned": {
   extra: number;
   next?: string;
   price: number;
   provider: string;
  };
  "gateway.matchingReport": {
   constraint_left_out?: number;
   constraint_permille: {
    [key: string]: number;
   };
   fairness: {
    gini_permille: number;
    groups: {
     name?: string;
     needs: number;
     quantity: number;
     rate_permille: number;
     served: number;
     vulnerable: boolean;
    }[];
    lowest_group_rate_permille: number;
    rate_permille: number;
    wait_p90_minutes: number;
    wait_p90_minutes_vulnerable: number;
   };
   hhi_permille: {
    [key: string]: number;
   };
   least: number;
   redundancy: {
    failures: {
     covered: number;
     held: number;
     org: string;
     replanned: number;
     sole?: string[];
     unreckoned?: boolean;
    }[];
    index_permille: number;
    replanned_permille: number;
   };
   unserved: {
    [key: string]: number;
   };
  };
  "gateway.matchingSaid": {
   en: string;
   zh: string;
  };
  "gateway.matchingWhy": {
   cost: components["schemas"]["gateway.matchingCost"];
   extra: number;
   need: string;
   next?: string;
   provider: string;
   quantity: number;
  };
  "gateway.memberBody": {
   member: string;
  };
  "gateway.openAccount": {
   account: string;
   balance: number;
   dividend?: boolean;
   from?: number;
   fund?: string;
   held: number;
   in: number;
   name: string;
   out: number;
   paid: number;
   paid_orgs: number;
   paid_people: number;
   position: number;
   suspended?: boolean;
   until?: number;
  };
  "gateway.openBooks": {
   assets: components["schemas"]["gateway.openHoldings"];
   credits: {
    holders: number;
    made: number;
    members: number;
    pool: number;
   };
   envelopes: components["schemas"]["gateway.openAccount"][];
   funds: components["schemas"]["gateway.openAccount"][];
   people: components["schemas"]["gateway.aidTable"];
   resources: components["schemas"]["gateway.openHoldings"];
   sources: components["schemas"]["gateway.openAccount"][];
  };
  "gateway.openHoldings": {
   broken: number;
   disposed: number;
   income_fen: number;
   leased: number;
   registered: number;
  };
  "gateway.openedSession": {
   member: string;
   provider: string;
   token: string;
  };
  "gateway.openedText": {
   box: string;
  };
  "gateway.ownAid": {
   as: string;
   case: string;
   resolve_by: number;
   state: string;
   urgency: number;
  };
  "gateway.ownAidList": {
   cases: components["schemas"]["gateway.ownAid"][];
   next?: string;
  };
  "gateway.ownEntry": {
   account?: string;
   amount: number;
   at: number;
   cause: string;
   currency: string;
   index: number;
  };
  "gateway.ownEntryList": {
   entries: components["schemas"]["gateway.ownEntry"][];
   next?: string;
  };
  "gateway.ownFile": {
   as: string;
   beneficiary: string;
  };
  "gateway.ownFileList": {
   files: components["schemas"]["gateway.ownFile"][];
  };
  "gateway.ownOrder": {
   accepted: boolean;
   beneficiary: string;
   case: string;
   category: string;
   delivered: number;
   due: number;
   order: string;
   quantity: number;
   unit: string;
  };
  "gateway.ownOrderList": {
   orders: components["schemas"]["gateway.ownOrder"][];
  };
  "gateway.ownPolicyNotice": {
   beneficiary?: string;
   notice: string;
  };
  "gateway.ownWork": {
   bound?: string;
   confirm_by: number;
   counterparty: string;
   ended_at?: number;
   hand: string;
   minted: number;
   minutes: number;
   reported_at: number;
   state: string;
   what: components["schemas"]["gateway.workWords"];
   work: string;
   worker: string;
  };
  "gateway.ownWorks": {
   asked: components["schemas"]["gateway.ownWork"][];
   told: components["schemas"]["gateway.ownWork"][];
  };
  "gateway.policyNoticeUnreached": {
   count: number;
   reached: string[];
   unreached: string[];
  };
  "gateway.pollQuorum": {
   all: number;
   denominator: number;
   have: number;
   holds: boolean;
   measure: number;
   numerator: number;
   strict?: boolean;
  };
  "gateway.pollTaking": {
   cast: number;
   quorums: components["schemas"]["gateway.pollQuorum"][];
   silent?: number;
   told: boolean;
   voters: number;
  };
  "gateway.rulesHistory": {
   more?: number;
   versions: components["schemas"]["standing.RulebookVersion"][];
  };
  "gateway.sealedCredential": {
   sealed: string;
   voter?: string;
  };
  "gateway.sealedText": {
   commitment: string;
   length_bytes: number;
   ref: string;
   salt: string;
  };
  "gateway.sessionList": {
   sessions: components["schemas"]["gateway.sessionView"][];
  };
  "gateway.sessionView": {
   binding?: string;
   current?: boolean;
   expires_at: number;
   key?: string;
   opened_at: number;
   provider: string;
   session: string;
  };
  "gateway.signInForm": {
   code?: string;
   member?: string;
   provider?: string;
  };
  "gateway.toldMatter": {
   code: string;
   deliberation_seconds?: number;
   direct_convener?: string;
   findings: components["schemas"]["rules.Finding"][];
   rules: components["schemas"]["rules.Line"][];
   threshold_denominator?: number;
   threshold_members?: number;
   threshold_numerator?: number;
   title?: string;
  };
  "gateway.toldRules": {
   matters: components["schemas"]["gateway.toldMatter"][];
   version: number;
  };
  "gateway.voterNotice": {
   closes_at: number;
   delivered?: boolean;
   notice: string;
   opens_at: number;
   poll: string;
   reminded_at?: number;
   warning?: string;
  };
  "gateway.workWords": {
   commitment: string;
   length_bytes: number;
   ref: string;
  };
  "ledger.book.Account": {
   balance: number;
   currency: string;
   dividend?: boolean;
   from?: number;
   fund?: string;
   held: number;
   in: number;
   kind: string;
   lots?: components["schemas"]["ledger.book.Lot"][];
   name?: string;
   opened_at: number;
   opened_by?: string;
   out: number;
   owner?: string;
   owner_kind?: string;
   suspending?: string[];
   unconfirmed?: number;
   until?: number;
  };
  "ledger.book.Lot": {
   amount: number;
   expires_at: number;
  };
  "ledger.credit.Clawback": {
   appeal: components["schemas"]["ledger.words.Text"];
   appeal_by: number;
   appealed_by?: string;
   confirmed_at: number;
   counterparty: string;
   decide_by?: number;
   decided_by?: string;
   decided_org?: string;
   decision: components["schemas"]["ledger.words.Text"];
   ended_at?: number;
   found_at: number;
   found_by: string;
   minutes: number;
   org: string;
   owed: number;
   reason: components["schemas"]["ledger.words.Text"];
   state: string;
   taken: number;
   worker: string;
  };
  "ledger.credit.Earnings": {
   minutes: number;
   owed?: number;
   week: number;
   week_minutes: number;
  };
  "ledger.credit.From": {
   minutes: number;
  };
  "ledger.credit.Pattern": {
   assessed_at?: number;
   assessed_by?: string;
   finding?: string;
   flagged_at: number;
   kind: string;
   members: string[] | null;
   minutes: number;
   reason: components["schemas"]["ledger.words.Text"];
  };
  "ledger.credit.Spending": {
   amount: number;
   from: string;
   spent_at: number;
   terms_version?: number;
   to: string;
  };
  "ledger.credit.Terms": {
   offered_at: number;
   terms: string;
  };
  "ledger.credit.Work": {
   bound?: string;
   confirm_by: number;
   counterparty: string;
   ended_at?: number;
   hand: string;
   minted: number;
   minutes: number;
   reported_at: number;
   state: string;
   what: components["schemas"]["ledger.words.Text"];
   worker: string;
  };
  "ledger.dividend.Dividend": {
   amount: number;
   declared_at: number;
   envelope?: string;
   equal: number;
   expires_at?: number;
   members: number;
   paid: number;
   rest: number;
  };
  "ledger.dividend.Last": {
   at: number;
   dividend: string;
  };
  "ledger.holding.Holding": {
   condition?: string;
   disposed_at?: number;
   income_fen: number;
   kind: string;
   leased_until?: number;
   name: string;
   org: string;
   papers: components["schemas"]["ledger.words.Text"];
   registered_at: number;
   reports?: components["schemas"]["ledger.holding.Report"][];
  };
  "ledger.holding.Report": {
   at: number;
   evidence: components["schemas"]["ledger.words.Text"];
   kind: string;
   org: string;
   position: number;
   transfer?: string;
  };
  "ledger.holding.Shown": {
   holding: string;
  };
  "ledger.payment.Approval": {
   at: number;
   by: string;
   org: string;
  };
  "ledger.payment.Day": {
   amount: number;
   day: number;
  };
  "ledger.payment.Line": {
   amount: number;
   corrected: number;
   from: string;
   posted: number;
   to: string;
  };
  "ledger.payment.PaidTo": {
   days: components["schemas"]["ledger.payment.Day"][] | null;
  };
  "ledger.payment.Transfer": {
   approvals?: components["schemas"]["ledger.payment.Approval"][];
   beneficiary?: string;
   checkers: number;
   confirm_by?: number;
   corrects?: string;
   emergency?: boolean;
   ended_at?: number;
   ended_by?: string;
   evidence: components["schemas"]["ledger.words.Text"];
   expires_at?: number;
   household?: string;
   lines: components["schemas"]["ledger.payment.Line"][] | null;
   missed?: boolean;
   org: string;
   post_when_approved?: boolean;
   proposed_at: number;
   proposed_by: string;
   purpose: components["schemas"]["ledger.words.Text"];
   reason: components["schemas"]["ledger.words.Text"];
   state: string;
  };
  "ledger.words.Text": {
   commitment: string;
   length_bytes: number;
   ref: string;
  };
  "matching.across.Asked": {
   attestations?: string[];
   cell: components["schemas"]["matching.supply.Cell"];
   from?: number;
   languages?: string[];
   priority?: number;
   skill: string;
   vulnerable?: boolean;
  };
  "matching.across.Borrowing": {
   before?: number;
   brought_at: number;
   by?: string;
   cell: components["schemas"]["matching.supply.Cell"];
   closed?: boolean;
   completed?: number;
   ending?: number;
   languages?: string[];
   loan: string;
   member?: string;
   peer: string;
   provider?: string;
   quantity: number;
   radius_cells: number;
   skill: string;
   use_by: number;
  };
  "matching.across.Loan": {
   by: string;
   completed?: number;
   ended_at?: number;
   ending?: number;
   hold_until: number;
   made_at: number;
   peer: string;
   provider: string;
   quantity: number;
   recalled?: boolean;
   skill: string;
   state: string;
   use_by: number;
  };
  "matching.across.Peer": {
   by: string;
   forgotten?: boolean;
   founding_key: string | null;
   middle: components["schemas"]["matching.supply.Cell"];
   policy: string;
   registered_at: number;
   with: string;
  };
  "matching.across.Referral": {
   by?: string;
   ended_at?: number;
   ending?: number;
   hold_until: number;
   made_at: number;
   need: string;
   peer: string;
   quantity: number;
   serve_by: number;
   served: number;
   state: string;
   twice?: number;
  };
  "matching.across.Uptake": {
   asked?: components["schemas"]["matching.across.Asked"];
   brought_at?: number;
   by?: string;
   closed?: boolean;
   ending?: number;
   need?: string;
   peer: string;
   quantity: number;
   referral: string;
   serve_by: number;
   served: number;
  };
  "matching.dispatch.Assignment": {
   acknowledged: number;
   beneficiary: string;
   called_back?: boolean;
   candidates: components["schemas"]["matching.dispatch.Candidate"][] | null;
   check_in_by?: number;
   confirm_by?: number;
   delivered: number;
   done_at?: number;
   need: string;
   opens_at?: number;
   overruled?: components["schemas"]["matching.dispatch.Overruled"];
   plan: string;
   planned_at: number;
   preferred?: components["schemas"]["matching.dispatch.Preferred"];
   priority: number;
   quantity: number;
   reason?: number;
   released_for?: number;
   skill: string;
   state: string;
   switches?: components["schemas"]["matching.dispatch.Switch"][];
   unconfirmed?: boolean;
  };
  "matching.dispatch.Candidate": {
   distance_cost: number;
   org: string;
   part: string;
   provider: string;
   reliability_cost: number;
   until?: number;
   window_cost: number;
  };
  "matching.dispatch.Dispatching": {
   mode: number;
   until?: number;
  };
  "matching.dispatch.Overruled": {
   delay_millis: number;
   more_metres: number;
   next?: string;
   provider: string;
  };
  "matching.dispatch.Plan": {
   adopted_at: number;
   blob?: string;
   by: string;
   claim: number;
   digest?: string;
   matches: number;
   objective: number;
   opens_at?: number;
   planned_at: number;
   prices?: components["schemas"]["matching.dispatch.Price"][];
   scarce?: components["schemas"]["matching.dispatch.Price"][];
   shares?: components["schemas"]["matching.dispatch.SharePrice"][];
   unserved: number;
  };
  "matching.dispatch.Preferred": {
   instead: string;
   more_metres: number;
   more_window_cost?: number;
   reason: number;
  };
  "matching.dispatch.Price": {
   price: number;
   provider: string;
   skill: string;
  };
  "matching.dispatch.SharePrice": {
   party: string;
   price: number;
   skill: string;
  };
  "matching.dispatch.Switch": {
   at: number;
   cause: number;
   provider: string;
  };
  "matching.supply.Asking": {
   needs: string[] | null;
  };
  "matching.supply.Attests": {
   codes: string[] | null;
   org: string;
  };
  "matching.supply.Cell": {
   east: number;
   north: number;
  };
  "matching.supply.Dropped": {
   reason: string;
   row: number;
  };
  "matching.supply.Need": {
   acknowledged: number;
   assessed_by?: string;
   attestations?: string[];
   beneficiary: string;
   by: string;
   cell: components["schemas"]["matching.supply.Cell"];
   dropped: number;
   excluded?: string[];
   excluded_members?: string[];
   excluded_orgs?: string[];
   from?: number;
   helped?: boolean;
   languages?: string[];
   live?: string[];
   matched: number;
   passed?: components["schemas"]["matching.supply.Passed"][];
   pictures?: components["schemas"]["standing.Picture"][];
   priority: number;
   quantity: number;
   raised_at: number;
   referred?: number;
   same_as?: string;
   screening?: number;
   served: number;
   served_after?: number;
   shortage?: number;
   skill: string;
   state: string;
   suggestion?: string;
   text: string;
   until?: number;
   uptake?: string;
   vulnerable?: boolean;
   waiting: number;
   waiting_since?: number;
  };
  "matching.supply.NeedImport": {
   by: string;
   completed?: boolean;
   parts: number[] | null;
   staged: number;
  };
  "matching.supply.Offer": {
   capacity: number;
   from?: number;
   handed?: number;
   load_at: number;
   load_permille: number;
   noted?: boolean;
   overloaded?: boolean;
   published_at: number;
   standby: number;
   stock?: string;
   taken: number;
   until?: number;
  };
  "matching.supply.Passed": {
   provider: string;
   until?: number;
  };
  "matching.supply.Provider": {
   attested?: components["schemas"]["matching.supply.Attests"][];
   borrowing?: string;
   cell: components["schemas"]["matching.supply.Cell"];
   languages?: string[];
   member: string;
   org?: string;
   radius_cells: number;
   registered_at: number;
   retired?: boolean;
  };
  "matching.supply.Row": {
   attestations?: string[];
   beneficiary?: string;
   cell: components["schemas"]["matching.supply.Cell"];
   from?: number;
   languages?: string[];
   priority?: number;
   quantity: number;
   skill: string;
   text: components["schemas"]["matching.supply.Words"];
   until?: number;
   vulnerable?: boolean;
  };
  "matching.supply.Staged": {
   done?: boolean;
   dropped?: components["schemas"]["matching.supply.Dropped"][];
   raised: number;
   rows?: components["schemas"]["matching.supply.Row"][];
  };
  "matching.supply.Suggestion": {
   at: number;
   by?: string;
   closed_at?: number;
   escalated_to?: string;
   fate: string;
   file?: string;
   member?: string;
   need?: string;
   reason?: number;
   sign: number;
   source: string;
   until: number;
  };
  "matching.supply.Words": {
   commitment: string | null;
   length_bytes: number;
   ref: string;
  };
  "op.Answer": {
   block: number;
   changed: string[];
   extra?: unknown;
   index: number;
   position: number;
   receipt: string;
   repeated?: boolean;
   time: number;
  };
  "op.Page": {
   next?: string;
   position: number;
   records: components["schemas"]["op.Record"][];
  };
  "op.Record": {
   path: string;
   state: unknown;
   version: number;
  } & (unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown & unknown);
  "proposal.deliberation.Deliberation": {
   active_members: number;
   closed_at?: number;
   closed_by?: string;
   closes_at: number;
   convened_at: number;
   matter: string;
   minutes?: string;
   motion?: string;
   notice_at: number;
   notice_recipients: number;
   overdue?: boolean;
   round: number;
   state: string;
   supporters: number;
   threshold: number;
   topics: string[] | null;
  };
  "proposal.deliberation.Reaction": {
   attitude: string;
   given_at: number;
   helped?: boolean;
   member: string;
  };
  "proposal.deliberation.Statement": {
   author: string;
   helped?: boolean;
   submitted_at: number;
   text: components["schemas"]["proposal.words.Text"];
  };
  "proposal.merge.Consent": {
   consented_at: number;
   member: string;
  };
  "proposal.merge.Merge": {
   authors: string[] | null;
   declined_by?: string;
   ended_at?: number;
   expires_at: number;
   failed_for?: string;
   into: string;
   matter: string;
   proposed_at: number;
   proposed_by: string;
   state: string;
   topics: string[] | null;
  };
  "proposal.motion.Appeal": {
   decided_at?: number;
   outcome?: string;
   poll?: string;
   reason?: string;
  };
  "proposal.motion.Motion": {
   deliberation: string;
   done_at?: number;
   executes_at?: number;
   expired_at?: number;
   expires_at?: number;
   failed_for?: string;
   in_force_at?: number;
   matter: string;
   poll?: string;
   put_at: number;
   put_by?: string;
   question: components["schemas"]["proposal.v1.Motion"] | null;
   reports?: components["schemas"]["proposal.motion.Report"][];
   resolved_at?: number;
   rules: components["schemas"]["community.v1.PollRules"] | null;
   state: string;
   topics: string[] | null;
   veto?: components["schemas"]["proposal.motion.Veto"];
   veto_until?: number;
  };
  "proposal.motion.Report": {
   by: string;
   evidence: components["schemas"]["proposal.words.Text"];
   outcome: string;
   reported_at: number;
  };
  "proposal.motion.Veto": {
   appeal?: components["schemas"]["proposal.motion.Appeal"];
   delay_until: number;
   guardian: string;
   lapses_at: number;
   reason: components["schemas"]["proposal.words.Text"];
   vetoed_at: number;
  };
  "proposal.topic.Second": {
   helped?: boolean;
   matter: string;
   member: string;
   seconded_at: number;
  };
  "proposal.topic.Topic": {
   author: string;
   deliberation?: string;
   helped?: boolean;
   joined?: string[];
   joined_authors?: string[];
   matter: string;
   merge?: string;
   merged_at?: number;
   merged_into?: string;
   pictures?: components["schemas"]["standing.Picture"][];
   posted_at: number;
   state: string;
   taken_at?: number;
   text: components["schemas"]["proposal.words.Text"];
   withdrawn_at?: number;
  };
  "proposal.v1.Motion": {
   budget_fen?: number;
   options?: (components["schemas"]["proposal.v1.Option"] | null)[];
   text?: string;
   title?: string;
  };
  "proposal.v1.Option": {
   code?: string;
   cost_fen?: number;
   title?: string;
  };
  "proposal.words.Text": {
   commitment: string;
   length_bytes: number;
   ref: string;
  };
  "renlin.aid.v1.AcknowledgeAid": {
   case?: string;
   mandate?: string;
   principal?: string;
   quantity?: string;
   settled?: boolean;
  };
  "renlin.aid.v1.AmendFile": {
   beneficiary?: string;
   file?: components["schemas"]["renlin.aid.v1.FileField"];
  };
  "renlin.aid.v1.AnnounceArrival": {
   due?: string;
   load?: components["schemas"]["renlin.aid.v1.Capacity"];
   receiver?: string;
  };
  "renlin.aid.v1.AnswerNotice": {
   entry?: components["schemas"]["renlin.aid.v1.ListEntry"];
   notice?: string;
  };
  "renlin.aid.v1.AnswerOrder": {
   accept?: boolean;
   member?: string;
   order?: string;
  };
  "renlin.aid.v1.AnswerReferral": {
   accept?: boolean;
   case?: string;
  };
  "renlin.aid.v1.AppealCase": {
   case?: string;
   mandate?: string;
   principal?: string;
   text?: components["schemas"]["renlin.community.v1.Text"];
  };
  "renlin.aid.v1.ApproveAid": {
   case?: string;
   quantity?: string;
  };
  "renlin.aid.v1.ArrangeCheckIn": {
   beneficiary?: string;
   byMinutes?: number;
   fromMinutes?: number;
  };
  "renlin.aid.v1.AssessCase": {
   case?: string;
   findings?: components["schemas"]["renlin.community.v1.Text"];
   urgency?: components["schemas"]["renlin.aid.v1.Urgency"];
  };
  "renlin.aid.v1.AssignCase": {
   case?: string;
   worker?: string;
  };
  "renlin.aid.v1.Capacity": {
   category?: string;
   quantity?: string;
   unit?: string;
  };
  "renlin.aid.v1.CloseCase": {
   case?: string;
  };
  "renlin.aid.v1.ConfirmNotice": {
   beneficiary?: string;
   mandate?: string;
   notice?: string;
   principal?: string;
  };
  /** @enum {string} */
  "renlin.aid.v1.ConsentPurpose": "CONSENT_PURPOSE_UNSPECIFIED" | "CONSENT_PURPOSE_CASE_WORK" | "CONSENT_PURPOSE_DELIVERY" | "CONSENT_PURPOSE_REFERRAL" | "CONSENT_PURPOSE_HEALTH" | "CONSENT_PURPOSE_SENSORS";
  "renlin.aid.v1.CountStock": {
   evidence?: components["schemas"]["renlin.community.v1.Text"];
   quantity?: string;
   stock?: string;
  };
  "renlin.aid.v1.DecideAppeal": {
   case?: string;
   reason?: components["schemas"]["renlin.community.v1.Text"];
   upheld?: boolean;
  };
  "renlin.aid.v1.DeclareCapacity": {
   capacities?: components["schemas"]["renlin.aid.v1.Capacity"][];
  };
  "renlin.aid.v1.EndCheckIn": {
   beneficiary?: string;
  };
  "renlin.aid.v1.EndRounds": {
   order?: string;
  };
  "renlin.aid.v1.EnrolSensor": {
   beneficiary?: string;
   byPassword?: boolean;
   key?: string;
  };
  /** @enum {string} */
  "renlin.aid.v1.Field": "FIELD_UNSPECIFIED" | "FIELD_IDENTITY" | "FIELD_CONTACT" | "FIELD_HOME" | "FIELD_HEALTH" | "FIELD_NEEDS";
  "renlin.aid.v1.FileField": {
   field?: components["schemas"]["renlin.aid.v1.Field"];
   text?: components["schemas"]["renlin.community.v1.Text"];
  };
  "renlin.aid.v1.GiveConsent": {
   beneficiary?: string;
   evidence?: components["schemas"]["renlin.community.v1.Text"];
   purpose?: components["schemas"]["renlin.aid.v1.ConsentPurpose"];
  };
  "renlin.aid.v1.ListEntry": {
   index?: number;
   key?: string;
   path?: string[];
  };
  "renlin.aid.v1.MergeBeneficiaries": {
   from?: string;
   into?: string;
  };
  "renlin.aid.v1.MoveStock": {
   move?: components["schemas"]["renlin.aid.v1.StockMove"];
   order?: string;
   quantity?: string;
   stock?: string;
  };
  "renlin.aid.v1.NameProxy": {
   beneficiary?: string;
   proxy?: string;
  };
  "renlin.aid.v1.NameReceiver": {
   arrival?: string;
   org?: string;
  };
  "renlin.aid.v1.NoticeAttempt": {
   addressee?: string;
   at?: string;
   channel?: components["schemas"]["renlin.voting.v1.DeliveryChannel"];
   entry?: components["schemas"]["renlin.aid.v1.ListEntry"];
   evidence?: components["schemas"]["renlin.community.v1.Text"];
   failed?: boolean;
  };
  /** @enum {string} */
  "renlin.aid.v1.NoticeScope": "NOTICE_SCOPE_UNSPECIFIED" | "NOTICE_SCOPE_EVERYONE" | "NOTICE_SCOPE_UNITS" | "NOTICE_SCOPE_FILES" | "NOTICE_SCOPE_SEALED";
  "renlin.aid.v1.OfferStock": {
   provider?: string;
   skill?: string;
   stock?: string;
  };
  "renlin.aid.v1.OpenStock": {
   category?: string;
   unit?: string;
  };
  "renlin.aid.v1.OrderWork": {
   case?: string;
   due?: string;
   member?: string;
   org?: string;
   quantity?: string;
  };
  "renlin.aid.v1.PauseRounds": {
   order?: string;
   until?: string;
  };
  "renlin.aid.v1.PlanCase": {
   case?: string;
   plan?: components["schemas"]["renlin.community.v1.Text"];
  };
  "renlin.aid.v1.PublishNotice": {
   category?: string;
   count?: number;
   kind?: string;
   reachBy?: string;
   root?: string;
   scope?: components["schemas"]["renlin.aid.v1.NoticeScope"];
   text?: string;
   title?: string;
   units?: string[];
  };
  "renlin.aid.v1.RaiseAlert": {
   beneficiary?: string;
   kind?: components["schemas"]["renlin.aid.v1.SignalKind"];
   level?: components["schemas"]["renlin.aid.v1.SignalLevel"];
   text?: components["schemas"]["renlin.community.v1.Text"];
  };
  "renlin.aid.v1.ReceiveArrival": {
   arrival?: string;
   evidence?: components["schemas"]["renlin.community.v1.Text"];
   quantity?: string;
   stock?: string;
  };
  "renlin.aid.v1.RecordAttempts": {
   attempts?: components["schemas"]["renlin.aid.v1.NoticeAttempt"][];
   notice?: string;
  };
  "renlin.aid.v1.RecordCallBack": {
   case?: string;
   quantity?: string;
   settled?: boolean;
   text?: components["schemas"]["renlin.community.v1.Text"];
  };
  "renlin.aid.v1.RecordVisit": {
   evidence?: components["schemas"]["renlin.community.v1.Text"];
   last?: boolean;
   order?: string;
   outcome?: components["schemas"]["renlin.aid.v1.VisitOutcome"];
   pictures?: components["schemas"]["renlin.community.v1.Text"][];
   quantity?: string;
  };
  "renlin.aid.v1.ReferCase": {
   case?: string;
   org?: string;
   reason?: components["schemas"]["renlin.community.v1.Text"];
  };
  "renlin.aid.v1.RefuseAid": {
   case?: string;
   reason?: components["schemas"]["renlin.community.v1.Text"];
  };
  "renlin.aid.v1.RegisterBeneficiary": {
   beneficiary?: string;
   dedupCode?: string;
   mandate?: string;
   member?: string;
   principal?: string;
  };
  "renlin.aid.v1.ReopenCase": {
   case?: string;
   reason?: components["schemas"]["renlin.community.v1.Text"];
  };
  "renlin.aid.v1.RepeatOrder": {
   everySeconds?: number;
   first?: string;
   graceSeconds?: number;
   order?: string;
   quantity?: string;
  };
  "renlin.aid.v1.RequestAid": {
   beneficiary?: string;
   category?: string;
   channel?: components["schemas"]["renlin.aid.v1.RequestChannel"];
   mandate?: string;
   principal?: string;
   quantity?: string;
   text?: components["schemas"]["renlin.community.v1.Text"];
   unit?: string;
   urgency?: components["schemas"]["renlin.aid.v1.Urgency"];
  };
  /** @enum {string} */
  "renlin.aid.v1.RequestChannel": "REQUEST_CHANNEL_UNSPECIFIED" | "REQUEST_CHANNEL_SELF" | "REQUEST_CHANNEL_HELPER" | "REQUEST_CHANNEL_GRID_WORKER" | "REQUEST_CHANNEL_PHONE" | "REQUEST_CHANNEL_SENSOR";
  "renlin.aid.v1.ResumeRounds": {
   order?: string;
  };
  "renlin.aid.v1.RevokeSensor": {
   sensor?: string;
  };
  "renlin.aid.v1.SayWell": {
   beneficiary?: string;
  };
  "renlin.aid.v1.SendSignal": {
   kind?: components["schemas"]["renlin.aid.v1.SignalKind"];
   level?: components["schemas"]["renlin.aid.v1.SignalLevel"];
  };
  "renlin.aid.v1.SendWell": Record<string, never>;
  /** @enum {string} */
  "renlin.aid.v1.SignalKind": "SIGNAL_KIND_UNSPECIFIED" | "SIGNAL_KIND_HELP" | "SIGNAL_KIND_FALL" | "SIGNAL_KIND_SMOKE" | "SIGNAL_KIND_GAS" | "SIGNAL_KIND_LEAK" | "SIGNAL_KIND_STILL" | "SIGNAL_KIND_DOOR" | "SIGNAL_KIND_TEMPERATURE" | "SIGNAL_KIND_SILENT";
  /** @enum {string} */
  "renlin.aid.v1.SignalLevel": "SIGNAL_LEVEL_UNSPECIFIED" | "SIGNAL_LEVEL_WARNING" | "SIGNAL_LEVEL_ALARM";
  /** @enum {string} */
  "renlin.aid.v1.StockMove": "STOCK_MOVE_UNSPECIFIED" | "STOCK_MOVE_RECEIVE" | "STOCK_MOVE_RESERVE" | "STOCK_MOVE_RELEASE" | "STOCK_MOVE_ISSUE" | "STOCK_MOVE_EXPIRE";
  "renlin.aid.v1.TriageAlert": {
   alert?: string;
   category?: string;
   outcome?: components["schemas"]["renlin.aid.v1.TriageOutcome"];
   text?: components["schemas"]["renlin.community.v1.Text"];
   urgency?: components["schemas"]["renlin.aid.v1.Urgency"];
  };
  /** @enum {string} */
  "renlin.aid.v1.TriageOutcome": "TRIAGE_OUTCOME_UNSPECIFIED" | "TRIAGE_OUTCOME_FALSE_ALARM" | "TRIAGE_OUTCOME_REACHED" | "TRIAGE_OUTCOME_VISIT" | "TRIAGE_OUTCOME_EMERGENCY";
  "renlin.aid.v1.UnmergeBeneficiaries": {
   from?: string;
  };
  /** @enum {string} */
  "renlin.aid.v1.Urgency": "URGENCY_UNSPECIFIED" | "URGENCY_DANGER" | "URGENCY_UTILITY" | "URGENCY_ORDINARY" | "URGENCY_COMPLEX";
  /** @enum {string} */
  "renlin.aid.v1.VisitOutcome": "VISIT_OUTCOME_UNSPECIFIED" | "VISIT_OUTCOME_DELIVERED" | "VISIT_OUTCOME_ABSENT" | "VISIT_OUTCOME_DECLINED";
  "renlin.aid.v1.WithdrawAid": {
   case?: string;
  };
  "renlin.aid.v1.WithdrawAppeal": {
   case?: string;
   mandate?: string;
   principal?: string;
  };
  "renlin.aid.v1.WithdrawConsent": {
   beneficiary?: string;
   purpose?: components["schemas"]["renlin.aid.v1.ConsentPurpose"];
  };
  "renlin.aid.v1.WithholdStock": {
   stock?: string;
  };
  "renlin.community.v1.AbandonImport": {
   import?: string;
  };
  "renlin.community.v1.AcceptMandate": {
   mandate?: string;
  };
  /** @enum {string} */
  "renlin.community.v1.Act": "ACT_UNSPECIFIED" | "ACT_TOPICS" | "ACT_SECONDS" | "ACT_STATEMENTS" | "ACT_OBJECTIONS" | "ACT_BALLOTS" | "ACT_AID" | "ACT_NEEDS" | "ACT_CREDITS";
  "renlin.community.v1.AdmitMember": {
   member?: string;
   profile?: components["schemas"]["renlin.community.v1.Text"];
  };
  "renlin.community.v1.AdmitOrg": {
   org?: components["schemas"]["renlin.community.v1.Org"];
  };
  "renlin.community.v1.AidClock": {
   answerSeconds?: number;
   resolveSeconds?: number;
   urgency?: number;
  };
  "renlin.community.v1.AidRules": {
   appealAnswerSeconds?: number;
   appealSeconds?: number;
   categories?: string[];
   clocks?: components["schemas"]["renlin.community.v1.AidClock"][];
   confirmSeconds?: number;
   groupMin?: number;
   notices?: string[];
   quietFromMinutes?: number;
   quietUntilMinutes?: number;
   signalsPerHour?: number;
   triageSeconds?: number;
   units?: string[];
  };
  "renlin.community.v1.AmendRulebook": {
   expectedVersion?: string;
   motion?: string;
   rulebook?: components["schemas"]["renlin.community.v1.Rulebook"];
  };
  "renlin.community.v1.AppointRegistrar": {
   expectedVersion?: string;
   registrar?: components["schemas"]["renlin.community.v1.Registrar"];
  };
  "renlin.community.v1.AppointTrustees": {
   expectedVersion?: string;
   trustees?: components["schemas"]["renlin.community.v1.Trustee"][];
  };
  "renlin.community.v1.AssignUnit": {
   expectedVersion?: string;
   owner?: string;
   unit?: string;
  };
  /** @enum {string} */
  "renlin.community.v1.BallotForm": "BALLOT_FORM_UNSPECIFIED" | "BALLOT_FORM_CHOOSE_ONE" | "BALLOT_FORM_APPROVAL" | "BALLOT_FORM_CUMULATIVE" | "BALLOT_FORM_ORDINAL" | "BALLOT_FORM_SCORE";
  "renlin.community.v1.BallotRules": {
   completion?: components["schemas"]["renlin.community.v1.Completion"];
   costSumMaxFen?: string;
   form?: components["schemas"]["renlin.community.v1.BallotForm"];
   optionsMax?: number;
   optionsMin?: number;
   pointsMax?: string;
   pointsMin?: string;
   pointsSumMax?: string;
   scoreMin?: string;
   seats?: number;
   utility?: components["schemas"]["renlin.community.v1.Utility"];
  };
  /** @enum {string} */
  "renlin.community.v1.Base": "BASE_UNSPECIFIED" | "BASE_ALL" | "BASE_PARTICIPANTS" | "BASE_VALID";
  "renlin.community.v1.BeginImport": {
   import?: string;
   org?: string;
   rows?: number;
  };
  "renlin.community.v1.CompleteImport": {
   import?: string;
  };
  /** @enum {string} */
  "renlin.community.v1.Completion": "COMPLETION_UNSPECIFIED" | "COMPLETION_NONE" | "COMPLETION_ADD_ONE" | "COMPLETION_GREEDY" | "COMPLETION_ADD_ONE_GREEDY";
  "renlin.community.v1.DeclineMandate": {
   mandate?: string;
  };
  /** @enum {string} */
  "renlin.community.v1.Electorate": "ELECTORATE_UNSPECIFIED" | "ELECTORATE_MEMBERS" | "ELECTORATE_OWNERS" | "ELECTORATE_HOUSEHOLDS" | "ELECTORATE_ORGANISATIONS" | "ELECTORATE_CHANNEL";
  "renlin.community.v1.EnrolKey": {
   key?: string;
   member?: string;
  };
  "renlin.community.v1.EstablishChannel": {
   channel?: string;
   expectedVersion?: string;
   members?: string[];
   title?: string;
  };
  "renlin.community.v1.FormHousehold": {
   expectedVersion?: string;
   household?: string;
   members?: string[];
   unit?: string;
  };
  "renlin.community.v1.Found": {
   epochKey?: string;
   founders?: components["schemas"]["renlin.community.v1.Founder"][];
   holders?: components["schemas"]["renlin.community.v1.Holder"][];
   name?: string;
   nonce?: string;
   orgs?: components["schemas"]["renlin.community.v1.Org"][];
   registrar?: components["schemas"]["renlin.community.v1.Registrar"];
   rulebook?: components["schemas"]["renlin.community.v1.Rulebook"];
   suite?: number;
   trustees?: components["schemas"]["renlin.community.v1.Trustee"][];
  };
  "renlin.community.v1.Founder": {
   key?: string;
   member?: string;
   org?: string;
   roles?: components["schemas"]["renlin.community.v1.Role"][];
  };
  "renlin.community.v1.GrantMandate": {
   acts?: components["schemas"]["renlin.community.v1.Act"][];
   from?: string;
   helper?: string;
   matter?: string;
   poll?: string;
   principal?: string;
   proxy?: components["schemas"]["renlin.community.v1.Text"];
   until?: string;
  };
  "renlin.community.v1.GrantRole": {
   member?: string;
   org?: string;
   role?: components["schemas"]["renlin.community.v1.Role"];
  };
  "renlin.community.v1.Holder": {
   boxKey?: string;
   key?: string;
   member?: string;
   org?: string;
  };
  "renlin.community.v1.HostKey": {
   key?: string;
   member?: string;
  };
  "renlin.community.v1.ImportRow": {
   areaCentiM2?: string;
   furtherUnit?: boolean;
   label?: components["schemas"]["renlin.community.v1.Text"];
   member?: string;
   profile?: components["schemas"]["renlin.community.v1.Text"];
   unit?: string;
  };
  "renlin.community.v1.ImportRows": {
   import?: string;
   rows?: components["schemas"]["renlin.community.v1.ImportRow"][];
  };
  "renlin.community.v1.Invite": {
   codeKey?: string;
   member?: string;
  };
  "renlin.community.v1.InviteMembers": {
   invites?: components["schemas"]["renlin.community.v1.Invite"][];
  };
  "renlin.community.v1.LedgerRules": {
   appealDecideSeconds?: number;
   appealSeconds?: number;
   creditDays?: number;
   dividendDays?: number;
   dividendEqualPermille?: number;
   dividendPoolPermille?: number;
   emergencyConfirmSeconds?: number;
   emergencyMaxFen?: string;
   holdSeconds?: number;
   moneyDividendPermille?: number;
   moneyEqualPermille?: number;
   pairFreeMinutes?: number;
   pairPermilleMax?: number;
   splitDays?: number;
   thirdFromFen?: string;
   weekMinutesMax?: number;
   workConfirmSeconds?: number;
  };
  "renlin.community.v1.MatchingRules": {
   attestations?: string[];
   checkInSeconds?: number;
   confirmSeconds?: number;
   emergencyOfferSeconds?: number;
   languages?: string[];
   modeSecondsMax?: number;
   offerSeconds?: number;
   referAfterSeconds?: number;
   referTo?: string;
   referralGraceSeconds?: number;
   referralSeconds?: number;
   shareFreeUnits?: number;
   shareMaxThousandths?: number;
   skills?: components["schemas"]["renlin.community.v1.Skill"][];
   standbyFactor?: number;
   suggestAgainSeconds?: number;
   suggestTimes?: number;
   suggestWithinSeconds?: number;
   suggestionSeconds?: number;
   vetoSeconds?: number;
  };
  "renlin.community.v1.Matter": {
   code?: string;
   deliberationSeconds?: number;
   directConvener?: string;
   mergeSeconds?: number;
   poll?: components["schemas"]["renlin.community.v1.PollRules"];
   thresholdDenominator?: string;
   thresholdMembers?: number;
   thresholdNumerator?: string;
   title?: string;
  };
  /** @enum {string} */
  "renlin.community.v1.Measure": "MEASURE_UNSPECIFIED" | "MEASURE_HEADS" | "MEASURE_AREA" | "MEASURE_HOUSEHOLDS" | "MEASURE_WEIGHT";
  /** @enum {string} */
  "renlin.community.v1.Method": "METHOD_UNSPECIFIED" | "METHOD_YES_NO" | "METHOD_SINGLE" | "METHOD_APPROVAL" | "METHOD_BUDGET_GREEDY" | "METHOD_BUDGET_GREEDY_NO_SKIP" | "METHOD_SCORE" | "METHOD_STAR" | "METHOD_BORDA" | "METHOD_INSTANT_RUNOFF" | "METHOD_SCHULZE" | "METHOD_QUADRATIC" | "METHOD_BUDGET_EQUAL_SHARES" | "METHOD_STV" | "METHOD_PROPORTIONAL_APPROVAL" | "METHOD_EQUAL_SHARES";
  "renlin.community.v1.NameDelegate": {
   expectedVersion?: string;
   member?: string;
   org?: string;
  };
  /** @enum {string} */
  "renlin.community.v1.NonVoters": "NON_VOTERS_UNSPECIFIED" | "NON_VOTERS_ABSENT" | "NON_VOTERS_TAKE_PART" | "NON_VOTERS_JOIN_MAJORITY";
  "renlin.community.v1.NoticeRules": {
   noticeSeconds?: number;
   reminderSeconds?: number[];
   warning?: string;
  };
  /** @enum {string} */
  "renlin.community.v1.Of": "OF_UNSPECIFIED" | "OF_PARTICIPANTS" | "OF_YES";
  "renlin.community.v1.Org": {
   id?: string;
   kind?: components["schemas"]["renlin.community.v1.OrgKind"];
   name?: string;
  };
  /** @enum {string} */
  "renlin.community.v1.OrgKind": "ORG_KIND_UNSPECIFIED" | "ORG_KIND_GOVERNMENT" | "ORG_KIND_RESIDENTS_COMMITTEE" | "ORG_KIND_OWNERS_COMMITTEE" | "ORG_KIND_COMPANY" | "ORG_KIND_VOLUNTEERS" | "ORG_KIND_AUDITOR" | "ORG_KIND_OPERATOR";
  "renlin.community.v1.PaperRules": {
   auditSeconds?: number;
   callBackPermille?: number;
   operatorPermilleMax?: number;
   riskLimitPermille?: number;
  };
  "renlin.community.v1.PollRules": {
   appealVotingSeconds?: number;
   ballot?: components["schemas"]["renlin.community.v1.BallotRules"];
   closeWhenComplete?: boolean;
   electorate?: components["schemas"]["renlin.community.v1.Electorate"];
   executionDelaySeconds?: number;
   executionExpirySeconds?: number;
   keyPublishSeconds?: number;
   method?: components["schemas"]["renlin.community.v1.Method"];
   notice?: components["schemas"]["renlin.community.v1.NoticeRules"];
   objectionSeconds?: number;
   openWithinSeconds?: number;
   paper?: components["schemas"]["renlin.community.v1.PaperRules"];
   requirements?: components["schemas"]["renlin.community.v1.Requirement"][];
   secrecy?: components["schemas"]["renlin.community.v1.SecrecyRules"];
   tieRule?: components["schemas"]["renlin.community.v1.TieRule"];
   turnout?: components["schemas"]["renlin.community.v1.TurnoutRules"];
   vetoSeconds?: number;
   votingSeconds?: number;
  };
  "renlin.community.v1.RedeemInvite": {
   member?: string;
   ticket?: string;
  };
  "renlin.community.v1.RegisterUnit": {
   areaCentiM2?: string;
   label?: components["schemas"]["renlin.community.v1.Text"];
   unit?: string;
  };
  "renlin.community.v1.Registrar": {
   boxKey?: string;
   key?: string;
   member?: string;
   org?: string;
  };
  "renlin.community.v1.Requirement": {
   base?: components["schemas"]["renlin.community.v1.Base"];
   denominator?: string;
   measure?: components["schemas"]["renlin.community.v1.Measure"];
   numerator?: string;
   of?: components["schemas"]["renlin.community.v1.Of"];
   quorum?: boolean;
   strict?: boolean;
  };
  "renlin.community.v1.RevokeKey": {
   key?: string;
   keyId?: string;
  };
  "renlin.community.v1.RevokeMandate": {
   mandate?: string;
  };
  "renlin.community.v1.RevokeMember": {
   member?: string;
  };
  /** @enum {string} */
  "renlin.community.v1.Role": "ROLE_UNSPECIFIED" | "ROLE_MEMBER" | "ROLE_OWNER" | "ROLE_GRID_WORKER" | "ROLE_OFFICER" | "ROLE_CONVENER" | "ROLE_GUARDIAN" | "ROLE_AUDITOR" | "ROLE_KEY_HOLDER" | "ROLE_OPERATOR";
  "renlin.community.v1.Rulebook": {
   aid?: components["schemas"]["renlin.community.v1.AidRules"];
   helperPrincipalsMax?: number;
   helpersAccept?: boolean;
   inviteSeconds?: number;
   ledger?: components["schemas"]["renlin.community.v1.LedgerRules"];
   mandateSecondsMax?: number;
   matching?: components["schemas"]["renlin.community.v1.MatchingRules"];
   matters?: components["schemas"]["renlin.community.v1.Matter"][];
   openTopicsMax?: number;
   version?: number;
  };
  /** @enum {string} */
  "renlin.community.v1.Secrecy": "SECRECY_UNSPECIFIED" | "SECRECY_OPEN" | "SECRECY_TOTALS" | "SECRECY_INTERVAL" | "SECRECY_PASS_FAIL";
  "renlin.community.v1.SecrecyRules": {
   anonymityMin?: number;
   contestSeconds?: number;
   intervalWidth?: string;
   registerSeconds?: number;
   secrecy?: components["schemas"]["renlin.community.v1.Secrecy"];
   together?: boolean;
   trusteesMin?: number;
  };
  "renlin.community.v1.Skill": {
   code?: string;
   requires?: string[];
   title?: string;
  };
  "renlin.community.v1.Text": {
   commitment?: string;
   lengthBytes?: number;
   ref?: string;
  };
  /** @enum {string} */
  "renlin.community.v1.TieRule": "TIE_RULE_UNSPECIFIED" | "TIE_RULE_CODE" | "TIE_RULE_SEED";
  "renlin.community.v1.Trustee": {
   key?: string;
   member?: string;
   org?: string;
   trusteeKey?: string;
  };
  "renlin.community.v1.TurnoutRules": {
   abstentionsAbsent?: boolean;
   channel?: string;
   extensionRoundsMax?: number;
   extensionSeconds?: number;
   lateQuorumExtensionSeconds?: number;
   lateQuorumWithinSeconds?: number;
   nonVoters?: components["schemas"]["renlin.community.v1.NonVoters"];
   proxyShareDenominator?: string;
   proxyShareNumerator?: string;
   recountObjectionsMin?: number;
   resubmissionSeconds?: number;
   weightClasses?: components["schemas"]["renlin.community.v1.WeightClass"][];
  };
  /** @enum {string} */
  "renlin.community.v1.Utility": "UTILITY_UNSPECIFIED" | "UTILITY_COST" | "UTILITY_CARDINALITY";
  "renlin.community.v1.WeightClass": {
   areaFromCentiM2?: string;
   weight?: string;
  };
  "renlin.community.v1.WithdrawRole": {
   member?: string;
   role?: components["schemas"]["renlin.community.v1.Role"];
  };
  /** @enum {string} */
  "renlin.ledger.v1.AccountKind": "ACCOUNT_KIND_UNSPECIFIED" | "ACCOUNT_KIND_SOURCE" | "ACCOUNT_KIND_FUND" | "ACCOUNT_KIND_ENVELOPE" | "ACCOUNT_KIND_PAYEE" | "ACCOUNT_KIND_MEMBER" | "ACCOUNT_KIND_ENTERPRISE" | "ACCOUNT_KIND_POOL" | "ACCOUNT_KIND_MINT";
  "renlin.ledger.v1.AppealClawback": {
   mandate?: string;
   principal?: string;
   reason?: components["schemas"]["renlin.community.v1.Text"];
   work?: string;
  };
  "renlin.ledger.v1.ApproveTransfer": {
   household?: string;
   transfer?: string;
  };
  "renlin.ledger.v1.AssessPattern": {
   finding?: components["schemas"]["renlin.ledger.v1.Finding"];
   pattern?: string;
   reason?: components["schemas"]["renlin.community.v1.Text"];
  };
  /** @enum {string} */
  "renlin.ledger.v1.Condition": "CONDITION_UNSPECIFIED" | "CONDITION_GOOD" | "CONDITION_WORN" | "CONDITION_BROKEN";
  "renlin.ledger.v1.ConfirmWork": {
   mandate?: string;
   principal?: string;
   work?: string;
  };
  "renlin.ledger.v1.DecideAppeal": {
   granted?: boolean;
   reason?: components["schemas"]["renlin.community.v1.Text"];
   work?: string;
  };
  "renlin.ledger.v1.DeclareDividend": {
   envelope?: string;
  };
  "renlin.ledger.v1.DeclineWork": {
   mandate?: string;
   principal?: string;
   work?: string;
  };
  /** @enum {string} */
  "renlin.ledger.v1.Finding": "FINDING_UNSPECIFIED" | "FINDING_HARMLESS" | "FINDING_DOUBTFUL";
  /** @enum {string} */
  "renlin.ledger.v1.HoldingKind": "HOLDING_KIND_UNSPECIFIED" | "HOLDING_KIND_ASSET" | "HOLDING_KIND_RESOURCE";
  "renlin.ledger.v1.Line": {
   amount?: string;
   from?: string;
   to?: string;
  };
  "renlin.ledger.v1.OfferTerms": {
   org?: string;
   terms?: string;
  };
  "renlin.ledger.v1.OpenAccount": {
   dividend?: boolean;
   from?: string;
   fund?: string;
   kind?: components["schemas"]["renlin.ledger.v1.AccountKind"];
   name?: string;
   owner?: string;
   until?: string;
  };
  "renlin.ledger.v1.PostTransfer": {
   amounts?: string[];
   evidence?: components["schemas"]["renlin.community.v1.Text"];
   transfer?: string;
  };
  "renlin.ledger.v1.ProposeClawback": {
   reason?: components["schemas"]["renlin.community.v1.Text"];
   work?: string;
  };
  "renlin.ledger.v1.ProposeTransfer": {
   beneficiary?: string;
   corrects?: string;
   emergency?: boolean;
   household?: string;
   lines?: components["schemas"]["renlin.ledger.v1.Line"][];
   postWhenApproved?: boolean;
   purpose?: components["schemas"]["renlin.community.v1.Text"];
  };
  "renlin.ledger.v1.RegisterHolding": {
   kind?: components["schemas"]["renlin.ledger.v1.HoldingKind"];
   name?: string;
   papers?: components["schemas"]["renlin.community.v1.Text"];
  };
  "renlin.ledger.v1.ReportHolding": {
   condition?: components["schemas"]["renlin.ledger.v1.Condition"];
   evidence?: components["schemas"]["renlin.community.v1.Text"];
   holding?: string;
   kind?: components["schemas"]["renlin.ledger.v1.ReportKind"];
   transfer?: string;
   until?: string;
  };
  /** @enum {string} */
  "renlin.ledger.v1.ReportKind": "REPORT_KIND_UNSPECIFIED" | "REPORT_KIND_CONDITION" | "REPORT_KIND_LEASE" | "REPORT_KIND_INCOME" | "REPORT_KIND_DISPOSAL";
  "renlin.ledger.v1.ReportWork": {
   counterparty?: string;
   mandate?: string;
   minutes?: number;
   principal?: string;
   what?: components["schemas"]["renlin.community.v1.Text"];
  };
  "renlin.ledger.v1.SpendCredits": {
   amount?: string;
   mandate?: string;
   principal?: string;
   termsVersion?: string;
   to?: string;
  };
  "renlin.ledger.v1.VoidTransfer": {
   reason?: components["schemas"]["renlin.community.v1.Text"];
   transfer?: string;
  };
  "renlin.matching.v1.AcceptAssignment": {
   assignment?: string;
   provider?: string;
  };
  "renlin.matching.v1.AdoptPlan": {
   blob?: string;
   block?: string;
   claim?: components["schemas"]["renlin.matching.v1.Claim"];
   digest?: string;
   leftOut?: components["schemas"]["renlin.matching.v1.LeftOut"][];
   matches?: components["schemas"]["renlin.matching.v1.Match"][];
   plannedAt?: string;
   prices?: components["schemas"]["renlin.matching.v1.ShadowPrice"][];
   scarce?: components["schemas"]["renlin.matching.v1.ShadowPrice"][];
   seed?: string;
   shares?: components["schemas"]["renlin.matching.v1.SharePrice"][];
   unserved?: components["schemas"]["renlin.matching.v1.Unserved"][];
  };
  "renlin.matching.v1.AssessNeed": {
   need?: string;
   priority?: number;
   vulnerable?: boolean;
  };
  "renlin.matching.v1.AttestProvider": {
   attestations?: string[];
   evidence?: components["schemas"]["renlin.community.v1.Text"];
   provider?: string;
  };
  "renlin.matching.v1.Borrow": {
   borrowing?: string;
   member?: string;
  };
  "renlin.matching.v1.BringLoan": {
   commit?: string;
   peer?: string;
   proof?: string;
  };
  "renlin.matching.v1.BringRecall": {
   commit?: string;
   peer?: string;
   proof?: string;
  };
  "renlin.matching.v1.BringReferral": {
   commit?: string;
   peer?: string;
   proof?: string;
  };
  "renlin.matching.v1.Cell": {
   east?: number;
   north?: number;
  };
  "renlin.matching.v1.CheckIn": {
   assignment?: string;
  };
  /** @enum {string} */
  "renlin.matching.v1.Claim": "CLAIM_UNSPECIFIED" | "CLAIM_PROVISIONAL" | "CLAIM_OPTIMAL";
  "renlin.matching.v1.CompleteAssignment": {
   assignment?: string;
   evidence?: components["schemas"]["renlin.community.v1.Text"];
   quantity?: string;
  };
  "renlin.matching.v1.CompleteNeedImport": {
   import?: string;
   rows?: number;
  };
  "renlin.matching.v1.ConfirmAssignment": {
   assignment?: string;
   mandate?: string;
   principal?: string;
   quantity?: string;
  };
  "renlin.matching.v1.DirectoryOffer": {
   capacity?: string;
   from?: string;
   skill?: string;
   until?: string;
  };
  "renlin.matching.v1.DirectoryProvider": {
   member?: string;
   offers?: components["schemas"]["renlin.matching.v1.DirectoryOffer"][];
   reach?: components["schemas"]["renlin.matching.v1.Reach"];
  };
  "renlin.matching.v1.DismissSuggestion": {
   reason?: components["schemas"]["renlin.matching.v1.Dismissal"];
   suggestion?: string;
  };
  /** @enum {string} */
  "renlin.matching.v1.Dismissal": "DISMISSAL_UNSPECIFIED" | "DISMISSAL_DECLINED" | "DISMISSAL_HELPED" | "DISMISSAL_MISTAKEN" | "DISMISSAL_CASE" | "DISMISSAL_OTHER";
  "renlin.matching.v1.ForgetPeer": {
   peer?: string;
  };
  "renlin.matching.v1.LeftOut": {
   needs?: number;
   skill?: string;
  };
  "renlin.matching.v1.Lend": {
   peer?: string;
   provider?: string;
   quantity?: string;
   skill?: string;
   useBy?: string;
  };
  "renlin.matching.v1.Match": {
   need?: string;
   providers?: string[];
   quantity?: string;
   reason?: components["schemas"]["renlin.matching.v1.Reason"];
  };
  /** @enum {string} */
  "renlin.matching.v1.Mode": "MODE_UNSPECIFIED" | "MODE_ADVICE" | "MODE_VETO" | "MODE_EMERGENCY";
  "renlin.matching.v1.MoveProvider": {
   provider?: string;
   reach?: components["schemas"]["renlin.matching.v1.Reach"];
  };
  "renlin.matching.v1.NeedRow": {
   attestations?: string[];
   beneficiary?: string;
   cell?: components["schemas"]["renlin.matching.v1.Cell"];
   from?: string;
   languages?: string[];
   priority?: number;
   quantity?: string;
   skill?: string;
   text?: components["schemas"]["renlin.community.v1.Text"];
   until?: string;
   vulnerable?: boolean;
  };
  "renlin.matching.v1.OverruleAssignment": {
   assignment?: string;
   reason?: components["schemas"]["renlin.matching.v1.Reason"];
  };
  "renlin.matching.v1.PublishDirectory": {
   org?: string;
   providers?: components["schemas"]["renlin.matching.v1.DirectoryProvider"][];
  };
  "renlin.matching.v1.PublishOffer": {
   capacity?: string;
   from?: string;
   provider?: string;
   skill?: string;
   until?: string;
  };
  "renlin.matching.v1.RaiseNeed": {
   attestations?: string[];
   beneficiary?: string;
   cell?: components["schemas"]["renlin.matching.v1.Cell"];
   excluded?: string[];
   from?: string;
   languages?: string[];
   mandate?: string;
   pictures?: components["schemas"]["renlin.community.v1.Text"][];
   principal?: string;
   quantity?: string;
   skill?: string;
   suggestion?: string;
   text?: components["schemas"]["renlin.community.v1.Text"];
   until?: string;
  };
  "renlin.matching.v1.Reach": {
   cell?: components["schemas"]["renlin.matching.v1.Cell"];
   languages?: string[];
   radiusCells?: number;
  };
  /** @enum {string} */
  "renlin.matching.v1.Reason": "REASON_UNSPECIFIED" | "REASON_BUSY" | "REASON_ILL" | "REASON_TOO_FAR" | "REASON_UNSUITABLE" | "REASON_CONFLICT_OF_INTEREST" | "REASON_SAFETY" | "REASON_OTHER";
  "renlin.matching.v1.ReferNeed": {
   need?: string;
   peer?: string;
   quantity?: string;
   serveBy?: string;
  };
  "renlin.matching.v1.RefuseAssignment": {
   assignment?: string;
   provider?: string;
   reason?: components["schemas"]["renlin.matching.v1.Reason"];
  };
  "renlin.matching.v1.RegisterPeer": {
   community?: string;
   foundingKey?: string;
   middle?: components["schemas"]["renlin.matching.v1.Cell"];
   policy?: string;
  };
  "renlin.matching.v1.RegisterProvider": {
   member?: string;
   org?: string;
   reach?: components["schemas"]["renlin.matching.v1.Reach"];
  };
  "renlin.matching.v1.RetireProvider": {
   provider?: string;
  };
  "renlin.matching.v1.ReturnLoan": {
   borrowing?: string;
  };
  /** @enum {string} */
  "renlin.matching.v1.Screening": "SCREENING_UNSPECIFIED" | "SCREENING_DUPLICATE" | "SCREENING_UNFOUNDED" | "SCREENING_UNCLEAR" | "SCREENING_ELSEWHERE";
  "renlin.matching.v1.SetMode": {
   mode?: components["schemas"]["renlin.matching.v1.Mode"];
   until?: string;
  };
  "renlin.matching.v1.SettleLoan": {
   commit?: string;
   loan?: string;
   proof?: string;
  };
  "renlin.matching.v1.SettleReferral": {
   commit?: string;
   proof?: string;
   referral?: string;
  };
  "renlin.matching.v1.ShadowPrice": {
   price?: string;
   provider?: string;
   skill?: string;
   tie?: string;
  };
  "renlin.matching.v1.SharePrice": {
   party?: string;
   price?: string;
   skill?: string;
   tie?: string;
  };
  /** @enum {string} */
  "renlin.matching.v1.Shortage": "SHORTAGE_UNSPECIFIED" | "SHORTAGE_SKILL" | "SHORTAGE_DISTANCE" | "SHORTAGE_TIME" | "SHORTAGE_PERSON" | "SHORTAGE_CAPACITY" | "SHORTAGE_ANSWER" | "SHORTAGE_SHARE";
  "renlin.matching.v1.StageNeeds": {
   first?: number;
   import?: string;
   rows?: components["schemas"]["renlin.matching.v1.NeedRow"][];
  };
  "renlin.matching.v1.StartAssignment": {
   assignment?: string;
  };
  "renlin.matching.v1.TakeUp": {
   commit?: string;
   decline?: components["schemas"]["renlin.matching.v1.Reason"];
   peer?: string;
   proof?: string;
   text?: components["schemas"]["renlin.community.v1.Text"];
   uptake?: string;
  };
  "renlin.matching.v1.Unserved": {
   need?: string;
   quantity?: string;
   shortage?: components["schemas"]["renlin.matching.v1.Shortage"];
  };
  "renlin.matching.v1.WithdrawNeed": {
   mandate?: string;
   need?: string;
   principal?: string;
   sameAs?: string;
   screening?: components["schemas"]["renlin.matching.v1.Screening"];
  };
  /** @enum {string} */
  "renlin.proposal.v1.Attitude": "ATTITUDE_UNSPECIFIED" | "ATTITUDE_AGREE" | "ATTITUDE_DISAGREE" | "ATTITUDE_PASS";
  "renlin.proposal.v1.CloseDeliberation": {
   deliberation?: string;
   minutes?: string;
   motion?: components["schemas"]["renlin.proposal.v1.Motion"];
  };
  "renlin.proposal.v1.ConsentToMerge": {
   merge?: string;
  };
  "renlin.proposal.v1.DeclineMerge": {
   merge?: string;
  };
  "renlin.proposal.v1.Motion": {
   budgetFen?: string;
   options?: components["schemas"]["renlin.proposal.v1.Option"][];
   text?: string;
   title?: string;
  };
  "renlin.proposal.v1.Option": {
   code?: string;
   costFen?: string;
   title?: string;
  };
  /** @enum {string} */
  "renlin.proposal.v1.Outcome": "OUTCOME_UNSPECIFIED" | "OUTCOME_DONE" | "OUTCOME_FAILED";
  "renlin.proposal.v1.PostTopic": {
   mandate?: string;
   matter?: string;
   pictures?: components["schemas"]["renlin.community.v1.Text"][];
   principal?: string;
   text?: components["schemas"]["renlin.community.v1.Text"];
  };
  "renlin.proposal.v1.ProposeMerge": {
   into?: string;
   topics?: string[];
  };
  "renlin.proposal.v1.React": {
   attitude?: components["schemas"]["renlin.proposal.v1.Attitude"];
   deliberation?: string;
   mandate?: string;
   principal?: string;
   statement?: string;
  };
  "renlin.proposal.v1.ReportExecution": {
   evidence?: components["schemas"]["renlin.community.v1.Text"];
   motion?: string;
   outcome?: components["schemas"]["renlin.proposal.v1.Outcome"];
  };
  "renlin.proposal.v1.SecondTopic": {
   mandate?: string;
   principal?: string;
   topic?: string;
  };
  "renlin.proposal.v1.SubmitStatement": {
   deliberation?: string;
   mandate?: string;
   principal?: string;
   text?: components["schemas"]["renlin.community.v1.Text"];
  };
  "renlin.proposal.v1.VetoMotion": {
   motion?: string;
   reason?: components["schemas"]["renlin.community.v1.Text"];
  };
  "renlin.proposal.v1.WithdrawMerge": {
   merge?: string;
  };
  "renlin.proposal.v1.WithdrawTopic": {
   mandate?: string;
   principal?: string;
   topic?: string;
  };
  "renlin.vault.v1.EraseSubject": {
   subject?: string;
  };
  /** @enum {string} */
  "renlin.vault.v1.Purpose": "PURPOSE_UNSPECIFIED" | "PURPOSE_OWN" | "PURPOSE_DELIBERATION" | "PURPOSE_SERVICE" | "PURPOSE_AUDIT" | "PURPOSE_AID";
  "renlin.vault.v1.ReadText": {
   namedBy?: string;
   purpose?: components["schemas"]["renlin.vault.v1.Purpose"];
   readerKey?: string;
   ref?: string;
   subject?: string;
  };
  "renlin.voting.v1.AcknowledgeNotice": {
   mandate?: string;
   notice?: string;
   poll?: string;
   principal?: string;
  };
  "renlin.voting.v1.AddKeyPart": {
   message?: string;
   nonceCommitment?: string;
   poll?: string;
   round?: number;
  };
  /** @enum {string} */
  "renlin.voting.v1.Answer": "ANSWER_UNSPECIFIED" | "ANSWER_CONFIRMED" | "ANSWER_DENIED" | "ANSWER_UNREACHED";
  "renlin.voting.v1.BlindTotals": {
   messages?: string[];
   poll?: string;
  };
  "renlin.voting.v1.CallPoll": {
   appeal?: string;
   matter?: string;
   motion?: string;
   question?: components["schemas"]["renlin.proposal.v1.Motion"];
   rules?: components["schemas"]["renlin.community.v1.PollRules"];
  };
  "renlin.voting.v1.CastBallot": {
   box?: string;
   mandate?: string;
   poll?: string;
   station?: components["schemas"]["renlin.voting.v1.Channel"];
   voter?: string;
  };
  "renlin.voting.v1.CastSecret": {
   ballot?: string;
   poll?: string;
   sequence?: string;
  };
  "renlin.voting.v1.ChallengeBallot": {
   ballot?: string;
   opening?: string;
   poll?: string;
   sequence?: string;
  };
  /** @enum {string} */
  "renlin.voting.v1.Channel": "CHANNEL_UNSPECIFIED" | "CHANNEL_DEVICE" | "CHANNEL_HOSTED" | "CHANNEL_HELPER" | "CHANNEL_IN_PERSON" | "CHANNEL_KIOSK" | "CHANNEL_DOOR" | "CHANNEL_PAPER";
  "renlin.voting.v1.CompareBallot": {
   differs?: boolean;
   poll?: string;
   voter?: string;
  };
  "renlin.voting.v1.CompareSecretPaper": {
   differs?: boolean;
   key?: string;
   poll?: string;
   proof?: string;
  };
  "renlin.voting.v1.ContestRoster": {
   key?: string;
   mandate?: string;
   poll?: string;
   salt?: string;
   voter?: string;
  };
  "renlin.voting.v1.CredentialRow": {
   areaCentiM2?: string;
   channel?: components["schemas"]["renlin.voting.v1.Channel"];
   heads?: string;
   key?: string;
   measured?: components["schemas"]["renlin.voting.v1.Measured"];
  };
  "renlin.voting.v1.DecryptTotals": {
   message?: string;
   poll?: string;
  };
  /** @enum {string} */
  "renlin.voting.v1.DeliveryChannel": "DELIVERY_CHANNEL_UNSPECIFIED" | "DELIVERY_CHANNEL_APP" | "DELIVERY_CHANNEL_HOSTED" | "DELIVERY_CHANNEL_HELPER" | "DELIVERY_CHANNEL_IN_PERSON" | "DELIVERY_CHANNEL_DOOR" | "DELIVERY_CHANNEL_LETTER" | "DELIVERY_CHANNEL_POSTED" | "DELIVERY_CHANNEL_PHONE";
  "renlin.voting.v1.DeliveryRow": {
   at?: string;
   channel?: components["schemas"]["renlin.voting.v1.DeliveryChannel"];
   evidence?: components["schemas"]["renlin.community.v1.Text"];
   failed?: boolean;
   voter?: string;
  };
  "renlin.voting.v1.DrawSamples": {
   block?: string;
   poll?: string;
  };
  "renlin.voting.v1.EnterPaper": {
   box?: string;
   evidence?: components["schemas"]["renlin.community.v1.Text"];
   paper?: string;
   poll?: string;
   proof?: string;
   sealedMark?: string;
   voter?: string;
  };
  "renlin.voting.v1.EnterSecretPaper": {
   key?: string;
   poll?: string;
   proof?: string;
   sealedMark?: string;
  };
  "renlin.voting.v1.HoldKey": {
   boxKey?: string;
   poll?: string;
  };
  "renlin.voting.v1.IssuePapers": {
   papers?: components["schemas"]["renlin.voting.v1.PaperSerial"][];
   poll?: string;
  };
  "renlin.voting.v1.ListCredentials": {
   last?: boolean;
   poll?: string;
   rows?: components["schemas"]["renlin.voting.v1.CredentialRow"][];
  };
  "renlin.voting.v1.Measured": {
   households?: string;
   weight?: string;
  };
  "renlin.voting.v1.OfferKey": {
   boxKey?: string;
   poll?: string;
   wrapped?: string;
  };
  "renlin.voting.v1.PaperSerial": {
   commitment?: string;
   voter?: string;
  };
  "renlin.voting.v1.ProveTotals": {
   poll?: string;
   verdicts?: string[];
  };
  "renlin.voting.v1.PublishKey": {
   poll?: string;
   privateKey?: string;
  };
  "renlin.voting.v1.PublishShare": {
   message?: string;
   nonce?: string;
   poll?: string;
  };
  "renlin.voting.v1.RaiseObjection": {
   mandate?: string;
   poll?: string;
   principal?: string;
   text?: components["schemas"]["renlin.community.v1.Text"];
  };
  "renlin.voting.v1.RecordCallBack": {
   answer?: components["schemas"]["renlin.voting.v1.Answer"];
   poll?: string;
   voter?: string;
  };
  "renlin.voting.v1.RecordDeliveries": {
   notice?: string;
   poll?: string;
   rows?: components["schemas"]["renlin.voting.v1.DeliveryRow"][];
  };
  "renlin.voting.v1.ReenterPaper": {
   box?: string;
   evidence?: components["schemas"]["renlin.community.v1.Text"];
   mark?: string;
   paper?: string;
   poll?: string;
   proof?: string;
   voter?: string;
  };
  "renlin.voting.v1.ReenterSecretPaper": {
   ballot?: string;
   key?: string;
   poll?: string;
   proof?: string;
  };
  "renlin.voting.v1.RefuseKey": {
   boxKey?: string;
   poll?: string;
  };
  "renlin.voting.v1.RegisterPapers": {
   poll?: string;
   sheets?: components["schemas"]["renlin.voting.v1.SheetRegistration"][];
   station?: components["schemas"]["renlin.voting.v1.Channel"];
  };
  "renlin.voting.v1.RegisterVoter": {
   commitment?: string;
   mandate?: string;
   poll?: string;
   receipt?: string;
   voter?: string;
  };
  "renlin.voting.v1.SheetRegistration": {
   commitment?: string;
   receipt?: string;
   voter?: string;
  };
  "renlin.voting.v1.VoidPaper": {
   paper?: string;
   poll?: string;
   voter?: string;
  };
  "rules.Finding": {
   chinese: string;
   code: string;
   english: string;
   field: string;
   severity: string;
  };
  "rules.Line": {
   chinese: string;
   english: string;
   field: string;
  };
  "standing.Channel": {
   members: string[] | null;
   org: string;
   title: string;
  };
  "standing.Community": {
   epoch_key: string | null;
   holders: (components["schemas"]["community.v1.Holder"] | null)[] | null;
   name: string;
   suite: number;
  };
  "standing.Household": {
   members: string[] | null;
   unit: string;
  };
  "standing.Import": {
   abandoned?: boolean;
   announced: number;
   by: string;
   completed?: boolean;
   org: string;
   staged: number;
  };
  "standing.Key": {
   hosted?: boolean;
   member: string;
   position?: number;
   revoked?: boolean;
  };
  "standing.Mandate": {
   accepted?: boolean;
   accepted_at?: number;
   acts: number[];
   awaits_acceptance?: boolean;
   declined?: boolean;
   declined_at?: number;
   from: number;
   granted_at?: number;
   grantor: number;
   helper: string;
   key: string;
   matter?: string;
   poll?: string;
   position?: number;
   principal: string;
   proxy?: string;
   revoked?: boolean;
   revoked_at?: number;
   revoked_by?: string;
   until: number;
  };
  "standing.Member": {
   admitted_by: string;
   import?: string;
   profile?: string;
   revoked?: boolean;
   roles: {
    [key: string]: string;
   } | null;
  };
  "standing.Org": {
   delegate?: string;
   kind: number;
   name: string;
  };
  "standing.Picture": {
   commitment: string;
   length_bytes: number;
   ref: string;
  };
  "standing.Registrar": {
   registrar: components["schemas"]["community.v1.Registrar"] | null;
  };
  "standing.Rulebook": {
   book: components["schemas"]["community.v1.Rulebook"] | null;
  };
  "standing.RulebookVersion": {
   adopted_at: number;
   index: number;
   motion?: string;
   version: number;
  };
  "standing.ShownAct": {
   against?: string;
   at: number;
   event: string;
   mandate: string;
   path: string;
   position: number;
   replaced?: boolean;
  };
  "standing.Trustees": {
   list: (components["schemas"]["community.v1.Trustee"] | null)[] | null;
  };
  "standing.Unit": {
   area_centi_m2: number;
   import?: string;
   label?: string;
   owner?: string;
  };
  "stock.Claim": {
   stock: string;
  };
  "stock.Reserved": {
   assignment?: string;
   order?: string;
   quantity: number;
  };
  "stock.Stock": {
   category: string;
   corrected: number;
   counted_at?: number;
   expired: number;
   handed: number;
   held: number;
   issued: number;
   on_hand: number;
   org: string;
   provider?: string;
   received: number;
   reservations?: components["schemas"]["stock.Reserved"][];
   reserved: number;
   skill?: string;
   unit: string;
   withheld?: boolean;
  };
  "vault.reading.Reading": {
   named_by?: string;
   purpose: string;
   read_at: number;
   reader: string;
   ref: string;
   subject: string;
  };
  "vault.reading.Subject": {
   by: string;
   erased_at: number;
  };
  "voting.poll.Ballot": {
   helped?: boolean;
   hosted?: boolean;
   in_person?: boolean;
   paper?: number;
  };
  "voting.poll.BoxKey": {
   poll: string;
  };
  "voting.poll.CallBack": {
   answer: number;
   auditor: string;
  };
  "voting.poll.Ceremony": {
   answers_by: number;
   context: string | null;
   failed?: boolean;
   nonces?: (string | null)[];
   promised: (string | null)[] | null;
   round: number;
   said?: (string | null)[];
   seal?: string;
   shares?: (string | null)[];
   threshold: number;
   trustees: (components["schemas"]["community.v1.Trustee"] | null)[] | null;
   withheld?: number[];
  };
  "voting.poll.Comparison": {
   auditor: string;
   differs?: boolean;
  };
  "voting.poll.Entry": {
   box: string | null;
   mark: string | null;
   operator: string;
   org: string;
   proof: string | null;
  };
  "voting.poll.Notice": {
   closes_at: number;
   digest: string | null;
   issued_at: number;
   opens_at: number;
   question: string | null;
   reminded?: number;
   reminders?: number;
   roll: components["schemas"]["voting.v1.Roll"] | null;
   warning?: string;
  };
  "voting.poll.Objection": {
   text: string;
  };
  "voting.poll.Papers": {
   sheets: components["schemas"]["voting.poll.Sheet"][] | null;
  };
  "voting.poll.Poll": {
   adopted?: boolean;
   appeal?: string;
   box_key?: string;
   ceremony?: components["schemas"]["voting.poll.Ceremony"];
   certified?: boolean;
   closed?: boolean;
   closed_at?: number;
   closes_at?: number;
   convener?: string;
   held_by?: string;
   key_missing?: boolean;
   lapsed?: string;
   late?: boolean;
   matter: string;
   motion?: string;
   notice?: components["schemas"]["voting.poll.Notice"];
   objections_until?: number;
   offered_by?: string;
   opened_at?: number;
   opens_by?: number;
   private_key?: string;
   question: components["schemas"]["proposal.v1.Motion"] | null;
   recount?: components["schemas"]["voting.v1.Recount"];
   refused?: (string | null)[];
   roll?: components["schemas"]["voting.v1.Roll"];
   rounds?: number;
   rules: components["schemas"]["community.v1.PollRules"] | null;
   secret?: components["schemas"]["voting.poll.Secret"];
   tally?: components["schemas"]["voting.v1.Tally"];
   wrapped?: string;
  };
  "voting.poll.Proxy": {
   area_centi_m2: number;
   heads: number;
   voters: string[] | null;
  };
  "voting.poll.Question": {
   poll: string;
   until: number;
  };
  "voting.poll.Registration": {
   channel?: number;
   commitment: string | null;
   giver?: string;
   helper?: string;
   org?: string;
  };
  "voting.poll.Sample": {
   call_backs?: string[];
   compared?: string[];
   papers: number;
   recount?: boolean;
   wrong_min: number;
  };
  "voting.poll.Secret": {
   blinded?: ((string | null)[] | null)[];
   contested_until?: number;
   credentials?: number;
   decrypted?: (string | null)[];
   election?: string;
   encrypted?: components["schemas"]["voting.v1.EncryptedTally"];
   ended?: boolean;
   ends_at: number;
   last_key?: string;
   listed?: number;
   listed_by?: number;
   proved_by?: number;
   registered?: number;
   registrar: components["schemas"]["community.v1.Registrar"] | null;
   roll: components["schemas"]["voting.v1.Roll"] | null;
   root?: string;
   verdicts?: (string | null)[];
  };
  "voting.poll.SecretBallot": {
   cast?: boolean;
   drawn?: string;
   sequence: number;
  };
  "voting.poll.SecretSheet": {
   agreement?: number;
   entries: components["schemas"]["voting.poll.SheetEntry"][] | null;
  };
  "voting.poll.Serial": {
   voter: string;
  };
  "voting.poll.Sheet": {
   agreement?: number;
   commitment: string | null;
   entries?: components["schemas"]["voting.poll.Entry"][];
   id: string;
   voided?: boolean;
  };
  "voting.poll.SheetEntry": {
   mark: string | null;
   operator: string;
   org: string;
  };
  "voting.v1.CastBy": {
   device?: components["schemas"]["voting.v1.CastShare"];
   helper?: components["schemas"]["voting.v1.CastShare"];
   hosted?: components["schemas"]["voting.v1.CastShare"];
   paper?: components["schemas"]["voting.v1.CastShare"];
   stands_without_helpers?: boolean;
  };
  "voting.v1.CastShare": {
   area_centi_m2?: number;
   ballots?: number;
   heads?: number;
   measured?: components["schemas"]["voting.v1.Measured"];
  };
  "voting.v1.ChannelReport": {
   channels?: (components["schemas"]["voting.v1.ChannelShare"] | null)[];
   entries_at_night?: number;
   operators_over?: (components["schemas"]["voting.v1.OperatorShare"] | null)[];
   papers_disputed?: number;
   papers_half_entered?: number;
   papers_issued?: number;
   papers_superseded?: number;
   papers_unresolved?: number;
   papers_voided?: number;
   stands_without_papers?: boolean;
  };
  "voting.v1.ChannelShare": {
   area_centi_m2?: number;
   ballots?: number;
   channel?: number;
   heads?: number;
  };
  "voting.v1.CountStep": {
   completion?: boolean;
   figures?: string[];
   options?: number[];
   out?: number[];
   won?: number[];
  };
  "voting.v1.DeliveryShare": {
   channel?: number;
   first_at?: number;
   in_time?: number;
   last_at?: number;
   voters?: number;
  };
  "voting.v1.EncryptedTally": {
   ballots?: number;
   challenged?: number;
   leak?: (components["schemas"]["voting.v1.LeakStep"] | null)[];
   replaced?: number;
   secrecy?: number;
   together?: boolean;
   totals?: (components["schemas"]["voting.v1.EncryptedTotal"] | null)[];
  };
  "voting.v1.EncryptedTotal": {
   bound?: number;
   claims?: (components["schemas"]["voting.v1.TotalClaim"] | null)[];
   measure?: number;
   option?: number;
   sum?: string;
  };
  "voting.v1.Inequality": {
   base_zero?: boolean;
   holds?: boolean;
   left?: string;
   requirement?: components["schemas"]["community.v1.Requirement"];
   right?: string;
   sign?: string;
  };
  "voting.v1.InvalidBallots": {
   malformed?: number;
   misplaced?: number;
   outside_rules?: number;
   unequal?: number;
   unopened?: number;
  };
  "voting.v1.LeakReport": {
   anonymity_min?: number;
   chance_micros?: number;
   exact?: boolean;
   posterior_micros?: number;
   refused?: string;
  };
  "voting.v1.LeakStep": {
   report?: components["schemas"]["voting.v1.LeakReport"];
   secrecy?: number;
  };
  "voting.v1.Measured": {
   households?: number;
   weight?: number;
  };
  "voting.v1.NoticeReport": {
   deliveries?: (components["schemas"]["voting.v1.DeliveryShare"] | null)[];
   failed?: number;
   issued_at?: number;
   notice?: string;
   reminders?: number;
   untried?: number;
  };
  "voting.v1.OperatorShare": {
   operator?: string;
   papers?: number;
  };
  "voting.v1.OptionTotal": {
   area_centi_m2?: number;
   heads?: number;
   measured?: components["schemas"]["voting.v1.Measured"];
   option?: number;
   score?: number;
  };
  "voting.v1.Recount": {
   digest?: string;
   objections?: number;
   same?: boolean;
  };
  "voting.v1.Roll": {
   all_area_centi_m2?: number;
   all_heads?: number;
   all_measured?: components["schemas"]["voting.v1.Measured"];
   area_centi_m2?: number;
   heads?: number;
   measured?: components["schemas"]["voting.v1.Measured"];
   position?: number;
   root?: string;
   voters?: number;
  };
  "voting.v1.SecretReport": {
   challenged?: number;
   credentials?: number;
   leak?: components["schemas"]["voting.v1.LeakReport"];
   ranges?: (components["schemas"]["voting.v1.TotalRange"] | null)[];
   secrecy?: number;
   together?: number;
   trustees?: number[];
  };
  "voting.v1.Tally": {
   abstained?: number;
   ballots?: number;
   cast_by?: components["schemas"]["voting.v1.CastBy"];
   channels?: components["schemas"]["voting.v1.ChannelReport"];
   cost_fen?: number;
   hosted?: number;
   in_person?: number;
   inequalities?: (components["schemas"]["voting.v1.Inequality"] | null)[];
   invalid?: number;
   invalid_ballots?: components["schemas"]["voting.v1.InvalidBallots"];
   notice?: components["schemas"]["voting.v1.NoticeReport"];
   participants_area_centi_m2?: number;
   participants_heads?: number;
   participants_measured?: components["schemas"]["voting.v1.Measured"];
   replaced?: number;
   result?: number;
   secret?: components["schemas"]["voting.v1.SecretReport"];
   stands_without_hosted?: boolean;
   steps?: (components["schemas"]["voting.v1.CountStep"] | null)[];
   tie_broken?: boolean;
   tie_seed?: string;
   ties?: (components["schemas"]["voting.v1.Tie"] | null)[];
   totals?: (components["schemas"]["voting.v1.OptionTotal"] | null)[];
   turnout?: components["schemas"]["voting.v1.Turnout"];
   valid?: number;
   valid_area_centi_m2?: number;
   valid_heads?: number;
   valid_measured?: components["schemas"]["voting.v1.Measured"];
   winners?: number[];
  };
  "voting.v1.Tie": {
   options?: number[];
   total?: number;
   value?: string;
  };
  "voting.v1.TotalClaim": {
   threshold?: number;
  };
  "voting.v1.TotalRange": {
   high?: number;
   low?: number;
   measure?: number;
   option?: number;
  };
  "voting.v1.Turnout": {
   abstentions_absent?: boolean;
   area_centi_m2?: number;
   delivered?: number;
   heads?: number;
   inequalities_without?: (components["schemas"]["voting.v1.Inequality"] | null)[];
   joined?: boolean;
   measured?: components["schemas"]["voting.v1.Measured"];
   non_voters?: number;
   option?: number;
   result_without?: number;
   undelivered?: number;
   warning?: string;
  };
 };
 responses: never;
 parameters: never;
 requestBodies: never;
 headers: never;
 pathItems: never;
}
