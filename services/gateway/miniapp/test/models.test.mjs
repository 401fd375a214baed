import { test } from "node:test";
import assert from "node:assert/strict";
import * as entry from "./.out/entry.mjs";
import * as code from "./.out/code.mjs";
import * as motions from "./.out/motions.mjs";
import * as receipts from "./.out/receipts.mjs";
import * as secret from "./.out/secret.mjs";
import jsQRModule from "jsqr";
import * as matters from "./.out/matters.mjs";
import * as polls from "./.out/polls.mjs";
import * as time from "./.out/time.mjs";
import * as today from "./.out/today.mjs";

const at = (s) => Date.parse(s);

const jsQR = jsQRModule.default ?? jsQRModule;

test("times in Beijing, whatever the device thinks", () => {
  const now = at("2026-11-29T00:00:00Z");
  assert.equal(time.when(at("2026-11-29T10:30:00Z"), now, "zh"), "11月29日 周日 18:30");
  assert.equal(time.when(at("2026-12-31T16:05:00Z"), now, "zh"), "2027年1月1日 周五 00:05");
  assert.equal(time.when(at("2026-11-29T10:30:00Z"), now, "en"), "Sun 29 Nov, 18:30");
  assert.equal(time.when(at("2027-01-01T00:00:00Z"), now, "en"), "Fri 1 Jan 2027, 08:00");
  const h = 3_600_000;
  for (const [ms, unit, n] of [[0, "over", 0], [-1, "over", 0], [1, "minutes", 1], [2 * h - 1, "minutes", 119], [2 * h, "hours", 2], [48 * h - 1, "hours", 47], [48 * h, "days", 2]]) {
    assert.deepEqual(time.left(now + ms, now), { unit, n }, String(ms));
  }
});

test("what is typed at the way in", () => {
  const id = "abcdefghijklmnopqrstuvwxyz";
  assert.equal(entry.readMember(" ABCD efgh-ijkl mnop qrst uvwx yz "), id);
  for (const bad of ["", "abc", id + "a", id.slice(1) + "1", id.slice(1) + "你"]) assert.equal(entry.readMember(bad), undefined, bad);
  assert.equal(entry.grouped("abcdefghij"), "abcd efgh ij");
});

const yesNo = { matter: "m", question: { title: "t" }, rules: { method: 1 } };
const options = (method, ballot) => ({ matter: "m", question: { title: "t", options: [{ title: "a" }, { title: "b", cost_fen: 250 }, { title: "c" }] }, rules: { method, ballot } });

test("stages of a poll, and no count before it is counted", () => {
  for (const [poll, stage] of [
    [{}, "waiting"], [{ roll: {} }, "waiting"], [{ roll: {}, opened_at: 1 }, "open"], [{ roll: {}, opened_at: 1, closed: true }, "closed"],
    [{ closed: true, tally: {} }, "objections"],
    [{ closed: true, tally: {}, certified: true, adopted: true }, "adopted"], [{ closed: true, tally: {}, certified: true }, "not_adopted"], [{ lapsed: "key" }, "lapsed"],
  ]) {
    const p = { ...yesNo, ...poll };
    assert.equal(polls.stageOf(p), stage);
    assert.equal(polls.resultOf(p) === undefined, poll.tally === undefined, stage);
  }
  const counted = { ...options(2, { form: 1 }), tally: { totals: [{ heads: 3 }, { option: 2, heads: 1 }], winners: [0] } };
  assert.deepEqual(polls.resultOf(counted).map((r) => [r.heads, r.won]), [[3, true], [0, false], [1, false]]);
});

test("choosing, by the form of the ballot", () => {
  const tap = (p, ...taps) => taps.reduce((c, i) => polls.choose(p, c, i), { options: [] });
  assert.deepEqual(tap(yesNo, 0, 1), { options: [1] });
  assert.deepEqual(tap(options(2, { form: 1 }), 2, 1), { options: [1] });
  assert.deepEqual(tap(options(3), 2, 0, 1, 0), { options: [1, 2] });
  assert.deepEqual(tap(options(8, { form: 4 }), 2, 0, 1, 0), { options: [2, 1] });
  assert.deepEqual(polls.give(polls.give(polls.give({ options: [] }, 2, 3), 0, 5), 2, 0), { options: [0], points: [5] });
  assert.deepEqual(polls.optionsOf(options(3))[1], { index: 1, title: "b", costFen: 250 });
});

test("what the rules have against a choice is said before it is cast", () => {
  const some = options(3, { form: 2, options_min: 1, options_max: 2 }), points = options(9, { form: 3, points_max: 6, points_sum_max: 10 });
  const squares = options(11, { form: 3, points_sum_max: 10 }), budget = options(4, { form: 2, cost_sum_max_fen: 249 }), least = options(9, { form: 5, points_min: 2 });
  assert.equal(polls.pointsMax(squares), 3);
  for (const [poll, choice, why] of [
    [yesNo, { options: [] }, "few"], [yesNo, { options: [2] }, undefined], [some, { options: [0, 1] }, undefined], [some, { options: [0, 1, 2] }, "many"],
    [points, { options: [0], points: [7] }, "points"], [points, { options: [0, 1], points: [6, 5] }, "points"], [points, { options: [0, 1], points: [6, 4] }, undefined],
    [squares, { options: [0], points: [3] }, undefined], [squares, { options: [0, 1], points: [3, 2] }, "squares"],
    [budget, { options: [0, 2] }, undefined], [budget, { options: [0, 1] }, "cost"], [least, { options: [0], points: [1] }, "points_few"],
  ]) assert.equal(polls.amiss(poll, choice)?.why, why, JSON.stringify(choice));
});

test("matters: the language of a title, and how many it takes", () => {
  assert.equal(matters.titleIn("绿化 / Greening", "zh"), "绿化");
  assert.equal(matters.titleIn("绿化 / Greening", "en"), "Greening");
  assert.equal(matters.titleIn("a/b", "en"), "a/b");
  assert.equal(matters.need({ threshold_members: 4, threshold_numerator: 1, threshold_denominator: 4 }, 12), 4);
  assert.equal(matters.need({ threshold_members: 4, threshold_numerator: 1, threshold_denominator: 4 }, 41), 11);
  assert.deepEqual(matters.mattersOf(undefined), []);
});

test("what waits: refusals first, then what ends soonest; what is over is not there", () => {
  const inbox = {
    deliberation: [
      { path: "deliberation/d1", version: 1, state: { state: "open", closes_at: 50 } }, { path: "deliberation/d2", version: 1, state: { state: "closed", closes_at: 90 } },
    ],
    merge: [], motion: [], notices: [{ poll: "p1", closes_at: 60 }, { poll: "p2", closes_at: 9 }],
    poll: ["p1", "p3", "p4", "p5"].map((id) => ({
      path: `poll/${id}`, version: 1, state: { ...yesNo, roll: {}, opened_at: 1, closes_at: id === "p3" ? 55 : 70, ...(id === "p5" ? { secret: { ended: true }, closes_at: 9 } : {}) },
    })),
    mandates: [{ can: ["community.accept_mandate"], chinese: "请接受", english: "please accept" }, { can: [], chinese: "旧", english: "old" }],
  };
  const items = today.waiting(inbox, [{}, { refused: {} }], ["p4"], 10, "zh");
  assert.deepEqual(items.map((i) => [i.what, i.params.id ?? i.n ?? i.note]), [["refused", 1], ["waiting", 1], ["talk", "d1"], ["vote", "p3"], ["vote", "p1"], ["mandate", "请接受"]]);
  assert.deepEqual(today.waiting({ deliberation: null, merge: [], motion: [], poll: [] }, [], [], 0, "en"), []);
});

test("today tells of a secret poll until one has registered, and until this device has voted; a notice of it is not told twice", () => {
  const id = "p".repeat(26), now = 1000;
  const inbox = (poll) => ({ poll: [{ path: `poll/${id}`, state: poll }], notices: [{ poll: id, closes_at: 5000 }], deliberation: [] });
  const registering = { rules: { secrecy: { secrecy: 2 } }, secret: { ends_at: 2000 } };
  const open = { rules: { secrecy: { secrecy: 2 } }, secret: { ended: true, root: "AA==" }, roll: {}, opened_at: 1, closes_at: 5000 };
  const told = (poll, voted) => today.waiting(inbox(poll), [], voted, now, "zh").map((i) => `${i.what} ${i.to}`);
  assert.deepEqual(told(registering, []), ["register booth"]);
  assert.deepEqual(told(open, []), ["vote booth"]);
  for (const poll of [registering, open]) assert.deepEqual(told(poll, [id]), []);
  assert.deepEqual(told({ ...registering, secret: { ends_at: 1000 } }, []), []);
  assert.deepEqual(today.secretPolls(inbox({ rules: {}, roll: {}, opened_at: 1, closes_at: 5000 }), now), []);
});

test("a secret poll's stages, and what is shown of a tracker", () => {
  const s = { ended: true, root: "AA==" };
  const stages = [[{}, "key"], [{ secret: {} }, "registering"], [{ secret: { ended: true } }, "listing"], [{ secret: s }, "contesting"],
    [{ secret: s, opened_at: 1 }, "open"], [{ secret: s, opened_at: 1, closed: true }, "closed"], [{ secret: s, lapsed: "x" }, "lapsed"]];
  for (const [poll, stage] of stages) assert.equal(secret.secretStageOf(poll), stage);
  assert.equal(secret.trackerOf(Uint8Array.of(0, 15, 16, 255, 1)), "000f 10ff 01");
  assert.ok(secret.secretly({ rules: { secrecy: { secrecy: 3 } } }) && !secret.secretly({ rules: { secrecy: { secrecy: 1 } } }) && !secret.secretly({ rules: null }));
});

test("what came of a motion is told in order, and what is awaited", () => {
  const names = (m) => motions.stepsOf(m).map((s) => s.name + (s.awaited ? "?" : ""));
  assert.deepEqual(names({ state: "put" }), []);
  assert.deepEqual(names({ state: "rejected", resolved_at: 1 }), ["rejected"]);
  assert.deepEqual(names({ state: "adopted", executes_at: 5 }), ["adopted", "executes?"]);
  assert.deepEqual(names({ state: "vetoed", executes_at: 5, veto: { vetoed_at: 2, appeal: {} } }), ["adopted", "vetoed", "appeal_called?", "executes?"]);
  assert.deepEqual(names({ state: "stopped", veto: { appeal: { outcome: "upheld" } } }), ["adopted", "vetoed", "appeal_upheld", "stopped"]);
  assert.deepEqual(names({ state: "in_force", in_force_at: 3, expires_at: 9, reports: [{ outcome: "failed" }] }), ["adopted", "in_force", "tried", "expires?"]);
  assert.deepEqual(names({ state: "done", in_force_at: 3, reports: [{ outcome: "done" }] }), ["adopted", "in_force", "done"]);
  assert.deepEqual(names({ state: "expired", in_force_at: 3, expired_at: 9 }), ["adopted", "in_force", "expired"]);
});

test("who raised one of some topics is asked until they have answered", () => {
  const m = { state: "open", expires_at: 10, into: "t1", topics: ["t2"], authors: ["a", "b"], proposed_by: "a" };
  const of = (topic, now, state = m) => motions.waitingMerges([{ id: "m", state }], topic, now).length;
  assert.deepEqual([of("t1", 5), of("t2", 5), of("t3", 5), of("t1", 10), of("t1", 5, { ...m, state: "completed" })], [1, 1, 0, 0, 0]);
  assert.ok(motions.asked(m, "b", ["a"]) && !motions.asked(m, "a", ["a"]) && !motions.asked(m, "c", []));
  const inbox = { poll: [], deliberation: [], merge: [{ path: "merge/m", state: m }] };
  assert.deepEqual(today.waiting(inbox, [], [], 5, "zh", "b").map((i) => `${i.what} ${i.params.id}`), ["merge t1"]);
  for (const [voted, member] of [[["m"], "b"], [[], "c"]]) assert.deepEqual(today.waiting(inbox, [], voted, 5, "zh", member), []);
});

test("a receipt goes to another device as a link, a code that a camera reads, or text, and is the same there", () => {
  const receipt = Buffer.from(Uint8Array.from({ length: 330 }, (_, i) => (i * 37) % 256)).toString("base64");
  const link = receipts.linkOf("https://renlin.example", "c".repeat(26), receipt);
  assert.match(link, /^https:\/\/renlin\.example\/c\/c{26}\/receipt#[\w-]+$/);
  for (const said of [link, receipt, ` ${receipt.slice(0, 50)}\n${receipt.slice(50)} `, receipt.replace(/=+$/, "")]) assert.equal(receipts.receiptIn(said), receipt);
  for (const said of ["", "https://elsewhere.example/", "hello", "https://x/#short"]) assert.equal(receipts.receiptIn(said), undefined);
  const { width, path } = code.squaresOf(link);
  const scale = 3, pixels = new Uint8ClampedArray(4 * (scale * width) ** 2).fill(255);
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let dy = 0; dy < scale; dy++) for (let dx = 0; dx < scale * run; dx++) pixels.fill(0, 4 * ((scale * y + dy) * scale * width + scale * x + dx), 4 * ((scale * y + dy) * scale * width + scale * x + dx) + 3);
  }
  assert.equal(jsQR(pixels, scale * width, scale * width).data, link);
  assert.match(code.pictureOf(link), /^data:image\/gif;base64,/);
});
