// What the screens of help work out: needs, jobs, cases, rounds, mandates, books.
import { test } from "node:test";
import assert from "node:assert/strict";
import * as aid from "./.out/aid.mjs";
import * as mandates from "./.out/mandates.mjs";
import * as money from "./.out/money.mjs";
import * as needs from "./.out/needs.mjs";
import * as rounds from "./.out/rounds.mjs";

const id = (c) => c.repeat(26);
const need = { skill: "meal", quantity: 2, state: "open", waiting: 2, matched: 0, served: 0, acknowledged: 0, dropped: 0 };
const at = (state, more = {}) => ({ state, candidates: [], switches: [], quantity: 2, delivered: 0, ...more });

test("where a need stands, for whoever asked", () => {
  for (const [n, live, stage] of [
    [{}, [], "waiting"], [{ shortage: 2 }, [], "nobody"], [{}, [at("planned")], "asked"], [{}, [at("offered")], "asked"], [{}, [at("accepted")], "coming"],
    [{}, [at("offered"), at("underway")], "underway"], [{}, [at("accepted"), at("done")], "confirm"], [{ served: 2, waiting: 0 }, [], "served"],
    [{ state: "withdrawn" }, [], "withdrawn"], [{ state: "expired", served: 1 }, [], "part"], [{ state: "expired" }, [], "expired"],
  ]) assert.equal(needs.stageOf({ ...need, ...n }, live), stage);
  assert.ok(needs.canWithdraw(need) && !needs.canWithdraw({ ...need, served: 2 }) && !needs.canWithdraw({ ...need, state: "withdrawn" }));
});

test("kinds of help are the rulebook's, in the reader's language", () => {
  const book = { book: { matching: { skills: [{ code: "meal", title: "送餐 / Meals" }, null, {}, { code: "x" }] } } };
  assert.deepEqual(needs.kindsOf(book, "zh"), [{ code: "meal", title: "送餐" }, { code: "x", title: "x" }]);
  assert.deepEqual(needs.kindsOf(undefined, "en"), []);
  assert.equal(needs.kindTitle(needs.kindsOf(book, "en"), "meal"), "Meals");
});

test("a replacement is told with its reason, and who comes now", () => {
  const a = at("accepted", {
    candidates: [{ provider: "a", part: "refused" }, { provider: "b", part: "serving" }, { provider: "c", part: "standby" }],
    switches: [{ at: 1, cause: 1, provider: "a" }, { at: 2, cause: 2, provider: "b" }],
  });
  assert.deepEqual(needs.stepsOf(a), [{ at: 1, why: "planned" }, { at: 2, why: "refused" }]);
  assert.ok(needs.replaced(a) && !needs.replaced({ ...a, switches: a.switches.slice(0, 1) }));
  assert.deepEqual(needs.comer(a), { provider: "b", part: "serving" });
  assert.equal(needs.standbys(a), 1);
  assert.equal(needs.comer(at("offered", { candidates: [{ provider: "c", part: "asked" }] })).part, "asked");
});

test("what whoever serves can do, step by step", () => {
  const job = (state, part) => needs.jobOf(at(state, { candidates: [{ provider: "me", part, until: 9 }] }), ["me"]);
  assert.deepEqual(job("offered", "asked"), { part: "asked", provider: "me", until: 9, can: ["accept", "refuse"] });
  assert.deepEqual(job("accepted", "serving").can, ["start", "check_in", "give_up"]);
  assert.deepEqual(job("underway", "serving").can, ["complete", "check_in", "give_up"]);
  for (const over of [job("done", "serving"), job("offered", "refused"), needs.jobOf(at("offered"), ["me"])]) assert.deepEqual(over.can, []);
});

test("a place is whole numbers of hundred metres, or none is sent", () => {
  assert.deepEqual(needs.cellOf(" 3", "-2 "), { east: 3, north: -2 });
  assert.deepEqual(needs.cellOf("", ""), { east: 0, north: 0 });
  for (const bad of ["1.5", "39.9042", "x", "1234"]) assert.equal(needs.cellOf(bad, "0"), undefined, bad);
});

test("what a person can do about their case", () => {
  const c = { state: "visited", asked: 3, approved: 3, delivered: 3, acknowledged: 0, appeal_until: 10 };
  assert.deepEqual(aid.deedsOf(c, 5), ["confirm", "dispute", "appeal"]);
  assert.deepEqual(aid.deedsOf({ ...c, appealed_at: 4 }, 5), ["confirm", "dispute", "withdraw_appeal"]);
  assert.deepEqual(aid.deedsOf({ state: "requested", approved: 0, delivered: 0 }, 5), ["withdraw"]);
  assert.deepEqual(aid.deedsOf({ state: "requested", approved: 0, delivered: 0, missed: [{}] }, 5), ["withdraw", "appeal"]);
  assert.deepEqual(aid.deedsOf({ state: "refused", approved: 0, delivered: 0, appeal_until: 10 }, 5), ["appeal"]);
  assert.deepEqual(aid.deedsOf({ state: "refused", approved: 0, delivered: 0, appeal_until: 10 }, 11), []);
  assert.deepEqual(aid.consented({ consents: [{ purpose: 4 }, { purpose: 1 }] }), ["CASE_WORK", "HEALTH"]);
  assert.deepEqual(["3", "0", "1.5", "", "9999999"].map(aid.quantityOf), [3, undefined, undefined, undefined, undefined]);
});

test("tasks by building, what is due first on top, and what is over left out", () => {
  const task = (order, building, due, part = "accepted") => ({ order, building, due, part, left: 1, case: "", beneficiary: "" });
  const groups = rounds.byBuilding([task("a", "10", 5), task("b", "", 1), task("c", "2", 9), task("d", "2", 3), task("e", "2", 1, "over"), task("f", "A", 1)]);
  assert.deepEqual(groups.map((g) => [g.building, g.tasks.map((t) => t.order).join("")]), [["2", "dc"], ["10", "a"], ["A", "f"], ["", "b"]]);
  for (const [address, building] of [["幸福里 3 号楼 502", "3"], ["12栋2单元", "12"], ["B座 1801", "B"], ["Building 7, flat 2", "7"], ["某路 5 号", ""]]) {
    assert.equal(rounds.buildingIn(address), building, address);
  }
});

test("a form says what is missing before it is sent, and a code finds its task", () => {
  assert.equal(rounds.wrongIn({ outcome: "DELIVERED", quantity: 2, said: " " }, 3), "said");
  assert.equal(rounds.wrongIn({ outcome: "DELIVERED", quantity: 4, said: "x" }, 3), "quantity");
  assert.equal(rounds.wrongIn({ outcome: "ABSENT", quantity: 0, said: "x" }, 3), undefined);
  assert.deepEqual(rounds.visitBody("o", { outcome: "DELIVERED", quantity: 2, said: "x" }), { order: "o", outcome: "VISIT_OUTCOME_DELIVERED", quantity: "2" });
  assert.deepEqual(rounds.visitBody("o", { outcome: "ABSENT", quantity: 2, said: "x" }), { order: "o", outcome: "VISIT_OUTCOME_ABSENT" });
  const tasks = [{ order: id("a"), case: id("b"), beneficiary: id("c"), part: "accepted" }, { order: id("d"), case: "", beneficiary: "", part: "over" }];
  assert.equal(rounds.scanned(`https://renlin.example/q#${id("c").toUpperCase()}`, tasks), tasks[0]);
  for (const bad of [id("d"), id("e"), "", "abc"]) assert.equal(rounds.scanned(bad, tasks), undefined, bad);
});

test("a helper acts only while the mandate runs, and only in what it covers", () => {
  const terms = { acts: [6, 8], from: 1, until: 100, helper: "h", principal: "p", awaits_acceptance: true };
  const m = (more) => ({ mandate: "m", terms: { ...terms, ...more } });
  for (const [more, standing] of [[{}, "waiting"], [{ accepted: true }, "runs"], [{ accepted: true, from: 60 }, "later"], [{ accepted: true, until: 50 }, "over"],
    [{ declined: true }, "declined"], [{ accepted: true, revoked: true }, "revoked"]]) assert.equal(mandates.standingOf(m(more), 50), standing);
  assert.equal(mandates.may([m({ accepted: true })], "h", "AID", 50).length, 1);
  for (const [more, who, act] of [[{}, "h", "AID"], [{ accepted: true }, "p", "AID"], [{ accepted: true }, "h", "BALLOTS"]]) {
    assert.equal(mandates.may([m(more)], who, act, 50).length, 0);
  }
});

test("a vote is let by a written delegation for one poll, and by nothing less", () => {
  const grant = { helper: id("b"), acts: ["BALLOTS"], days: 1, poll: id("c"), written: "兹委托" };
  assert.equal(mandates.wrongIn(grant, id("a")), undefined);
  for (const [more, why] of [[{ poll: undefined }, "written"], [{ written: " " }, "written"], [{ acts: ["BALLOTS", "AID"] }, "written"], [{ helper: id("a") }, "helper"],
    [{ acts: [] }, "acts"], [{ days: 0 }, "days"], [{ days: 367 }, "days"]]) assert.equal(mandates.wrongIn({ ...grant, ...more }, id("a")), why);
  assert.deepEqual(mandates.grantBody(grant, id("a"), 1000), { principal: id("a"), helper: id("b"), acts: ["ACT_BALLOTS"], until: "86401000", poll: id("c") });
});

test("amounts as people write them", () => {
  assert.deepEqual([0, 5, 123456, -100, 100000000].map(money.yuan), ["0.00", "0.05", "1,234.56", "-1.00", "1,000,000.00"]);
  const entries = [{ currency: "credit", amount: 60 }, { currency: "fen", amount: 999 }, { currency: "credit", amount: -20 }];
  assert.equal(money.balanceOf(entries), 40);
  assert.deepEqual(["60", "0", "1441", "x"].map(money.minutesOf), [60, undefined, undefined, undefined]);
});
