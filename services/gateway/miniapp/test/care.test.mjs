// What the screens of credits, mandates, daily words and files work out.
import { test } from "node:test";
import assert from "node:assert/strict";
import * as aid from "./.out/aid.mjs";
import * as checkin from "./.out/checkin.mjs";
import * as duty from "./.out/duty.mjs";
import * as mandates from "./.out/mandates.mjs";
import * as money from "./.out/money.mjs";
import * as today from "./.out/today.mjs";

test("where reported work stands, for whoever did it", () => {
  const work = { state: "reported", minutes: 60, minted: 0, confirm_by: 1000 };
  assert.equal(money.standOf(work, 999), "waits");
  assert.equal(money.standOf(work, 1000), "late");
  assert.equal(money.standOf({ ...work, state: "confirmed", minted: 60 }, 2000), "confirmed");
  assert.equal(money.standOf({ ...work, state: "confirmed", minted: 10 }, 2000), "bounded");
  assert.equal(money.standOf({ ...work, state: "declined" }, 0), "declined");
});

test("what waits beside the inbox stands in the list, by when it ends", () => {
  assert.deepEqual(today.further({ works: [], policies: 0, acted: 0 }), []);
  const items = today.further({ works: [{ confirm_by: 9 }, { confirm_by: 7 }], policies: 2, acted: 1 });
  assert.deepEqual(items.map((i) => [i.what, i.n, i.until]), [["works", 2, 7], ["policies", 2, undefined], ["acted", 1, undefined]]);
});

test("a mandate with a bound reaches only what lies within", () => {
  const m = (terms) => ({ mandate: "m", terms: { helper: "h", principal: "p", acts: [1, 5], from: 0, until: 10, accepted: true, ...terms } });
  const reach = (terms, about, act = "TOPICS") => mandates.may([m(terms)], "h", act, 5, about).length;
  assert.equal(reach({}, {}), 1);
  assert.equal(reach({ matter: "green" }, { matter: "green" }), 1);
  assert.equal(reach({ matter: "green" }, { matter: "house" }), 0);
  assert.equal(reach({ matter: "green" }, {}), 0);
  assert.equal(reach({ poll: "x" }, { poll: "x" }, "BALLOTS"), 1);
  assert.equal(reach({ poll: "x" }, { poll: "y" }, "BALLOTS"), 0);
  assert.equal(reach({ until: 5 }, {}), 0);
  assert.equal(reach({}, {}, "AID"), 0);
});

test("what a principal can do against what was done for them", () => {
  const of = (path, against) => mandates.undoOf(path, against);
  assert.deepEqual(of("topic/t", "proposal.withdraw").params, { topic: "t" });
  assert.deepEqual(of("need/n", "matching.withdraw_need").params, { need: "n" });
  assert.deepEqual(of("aid-case/c", "aid.withdraw").params, { case: "c" });
  assert.deepEqual([of("poll/p/ballot/m", "voting.cast").to, of("poll/p/ballot/m", "voting.cast").params.id], ["poll", "p"]);
  assert.equal(of("deliberation/d/statement/s/reaction/m", "proposal.react").to, "deliberation");
  assert.equal(of("aid-case/c", "aid.acknowledge").to, "case");
  assert.equal(of("topic/t", undefined), undefined);
  assert.equal(of("topic/t", "something.later"), undefined);
});

test("what a helper did is new until it was looked at, and named", () => {
  const notices = [{ event: "x.TopicPosted", position: 9 }, { event: "x.BallotCast", position: 4 }, { at: 1 }, { event: "x.BallotCast", position: 8, replaced: true }];
  assert.deepEqual(mandates.unseen(notices, 4).map((n) => n.position), [9]);
  assert.equal(mandates.unseen(notices, 9).length, 0);
  assert.equal(mandates.doneOf("renlin.proposal.v1.TopicPosted"), "topic");
  assert.equal(mandates.doneOf("renlin.later.v1.SomethingDone"), "otherwise");
});

test("times of a day as people type them", () => {
  for (const [typed, minutes] of [["8:00", 480], ["20：30", 1230], ["0000", 0], [" 23:59 ", 1439], ["24:00", undefined], ["8", undefined], ["12:60", undefined], ["", undefined]]) {
    assert.equal(checkin.minutesAt(typed), minutes, typed);
  }
  assert.equal(checkin.clockOf(480), "08:00");
  assert.equal(checkin.clockOf(1239), "20:39");
});

test("a part of a file is found by its field", () => {
  const b = { files: [{ field: 3, text: { ref: "r", commitment: "c" } }] };
  assert.equal(aid.partIn(b, "HOME").ref, "r");
  assert.equal(aid.partIn(b, "NEEDS"), undefined);
  assert.equal(aid.partIn({}, "HOME"), undefined);
});

test("a worker's list: alarms first, what is asked, what is due within a day", () => {
  const alert = (level, triage_by, outcome = 0) => ({ state: { kind: 2, level, triage_by, outcome } });
  const alerts = [alert(1, 5), alert(2, 9), alert(2, 7), alert(2, 1, 3)];
  assert.deepEqual(duty.waitingAlerts(alerts).map((a) => a.state.triage_by), [7, 9, 5]);
  const day = 86_400_000;
  const orders = [{ due: 10, accepted: false }, { due: 2 * day, accepted: true }, { due: day, accepted: true }];
  const list = duty.checklist(1, alerts, orders, [{ due: day }, { due: 3 * day }, { due: 0 }], 2);
  assert.deepEqual(list.map((c) => [c.what, c.n, c.until]),
    [["alerts", 3, 5], ["asked", 1, 10], ["due", 1, day], ["cases", 1, day], ["forms", 2, undefined]]);
  assert.equal(duty.signalOf(alerts[0].state), "FALL");
  assert.equal(duty.signalOf({ kind: 99 }), "HELP");
});

test("whose work help is, and what keeps a request from being taken", () => {
  assert.ok(duty.works({ roles: { 3: "org" } }) && duty.works({ roles: { 4: "org" } }));
  assert.ok(!duty.works({ roles: { 2: "org" } }) && !duty.works({ roles: null }) && !duty.works(undefined));
  const form = { way: "PHONE", member: "", category: "food", quantity: 1, urgent: false, said: "饿", agreed: "" };
  assert.equal(duty.wrongIn(form, undefined), undefined);
  assert.equal(duty.wrongIn({ ...form, member: "abc" }, undefined), "member");
  assert.equal(duty.wrongIn({ ...form, category: "" }, undefined), "category");
  assert.equal(duty.wrongIn({ ...form, said: " " }, undefined), "said");
  assert.equal(duty.wrongIn({ ...form, quantity: undefined }, undefined), "quantity");
  assert.deepEqual(duty.outcomes.filter(duty.opensCase), ["VISIT", "EMERGENCY"]);
});
