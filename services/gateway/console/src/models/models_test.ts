// What a screen shows, of records as the edge answers them.
import assert from "node:assert/strict";
import test from "node:test";
import * as cases from "./cases";
import { bars, line } from "./chart";
import { remaining } from "./clock";
import * as indicators from "./indicators";
import * as ledger from "./ledger";
import * as matching from "./matching";
import { count, fenOf, percent, yuan } from "./money";
import { Open } from "./open";
import { foresee, momentOf, repeatsOf, typedOf, type Plan, type Repeat, type Unplanned } from "./repeats";
import { type Kept } from "./record";
import "./conflict_test";
import "./polls_test";
import "./watching_test";
import "./why_test";

const kept = <T>(path: string, state: T): Kept<T> => ({ path, version: 1, state });
const minute = 60_000;

test("an amount is read as it is written, and nothing is rounded", () => {
  const read: [string, number | null][] = [
    ["12.30", 1230],
    ["12.3", 1230],
    ["0.07", 7],
    ["¥1,234.56", 123456],
    ["1，000", 100000],
    ["999999999999.99", 99999999999999],
    ["", null],
    ["0", null],
    ["-1", null],
    ["1.234", null],
    ["1e3", null],
    ["12.", null],
    ["一百", null],
    ["1 000", 100000],
  ];
  for (const [text, fen] of read) assert.equal(fenOf(text), fen, text);
  for (const [fen, text] of [
    [7, "¥0.07"],
    [123456, "¥1,234.56"],
    [-5, "−¥0.05"],
    [0, "¥0.00"],
    [100000000, "¥1,000,000.00"],
  ] as const) {
    assert.equal(yuan(fen), text);
  }
  assert.deepEqual([count(1234567), count(-12), count(0)], ["1,234,567", "−12", "0"]);
  assert.deepEqual([percent(1000), percent(333), percent(0)], ["100%", "33.3%", "0%"]);
});

test("a time is near, over, or none", () => {
  assert.equal(remaining(0, 5).nearness, "none");
  assert.equal(remaining(100, 100).nearness, "late");
  assert.deepEqual(remaining(1501 * minute, 0), { nearness: "calm", days: 1, hours: 1, minutes: 1 });
  assert.deepEqual(remaining(120 * minute, 0), { nearness: "soon", days: 0, hours: 2, minutes: 0 });
  assert.deepEqual(remaining(0 + 1, 61 * minute), { nearness: "late", days: 0, hours: 1, minutes: 0 });
});

const row: cases.Row = {
  case: "c".repeat(26),
  why: "ours",
  state: "assessed",
  category: "food",
  unit: "meal",
  urgency: 2,
  asked: 20,
  approved: 15,
  delivered: 5,
  acknowledged: 0,
  requested_at: 0,
  clock: 2,
  due: 50 * minute,
};

test("the board counts what is late, what is near, and what is nobody's", () => {
  const b = cases.board(
    [
      row,
      { ...row, missed: [{ clock: 1, deadline: 1 }] },
      { ...row, why: "nobodys", due: 1000 * minute },
      { ...row, due: 0, clock: 0 },
    ],
    0,
  );
  assert.deepEqual([b.late, b.soon, b.nobodys], [1, 2, 1]);
  assert.deepEqual(
    b.cases[0].steps.map((s) => s.part),
    [1000, 750, 250, 0],
  );
  assert.equal(b.cases[0].name, "cccccccc");
});

test("a part of a file is open to whom the record says, for the case that it says", () => {
  const text = { ref: "r", length_bytes: 3, commitment: "" };
  const file: cases.File = {
    files: [
      { field: 1, text },
      { field: 3, text },
      { field: 4, text },
    ],
    openings: [
      { for: "a", reader: "wes", fields: [1, 3] },
      { for: "b", reader: "wes", fields: [4] },
      { for: "a", fields: [5] },
    ],
  };
  const access = (c: string, reader: string) => cases.fieldsFor(file, c, reader).map((f) => f.access);
  assert.deepEqual(access("a", "wes"), ["open", "empty", "open", "closed", "empty"]);
  assert.deepEqual(access("b", "wes"), ["closed", "empty", "closed", "open", "empty"]);
  assert.deepEqual(access("a", "otto"), ["closed", "empty", "closed", "closed", "empty"]);
});

test("what can be done about a case follows from where it stands and who looks", () => {
  const c = {
    ...row,
    beneficiary: "b",
    channel: 1,
    by: "x",
    texts: null,
    answer_by: 1,
    resolve_by: 1,
    involved: [],
    involved_orgs: [],
    orgs: ["o"],
  };
  const wes = { member: "wes", orgs: ["o"] };
  const otto = { member: "otto", officer: "o", orgs: ["o"] };
  const olga = { member: "olga", officer: "p", orgs: ["p"] };
  assert.deepEqual(cases.stepsOf({ ...c, state: "requested" }, wes), ["assign"]);
  assert.deepEqual(cases.stepsOf({ ...c, state: "requested", worker: "wes" }, wes), ["assess", "refer"]);
  const works = [{ order: "w", quantity: 9, delivered: 5, ended: true }];
  assert.deepEqual(
    cases.stepsOf({ ...c, state: "visited", worker: "wes", works }, wes),
    ["order"],
    "what was not brought can be ordered again",
  );
  assert.deepEqual(
    cases.stepsOf({ ...c, state: "visited", worker: "wes", works: [{ ...works[0], quantity: 15, ended: false }] }, wes),
    [],
  );
  assert.deepEqual(cases.stepsOf({ ...c, state: "planned", worker: "wes", approved: 0 }, otto), ["approve", "refuse"]);
  assert.deepEqual(cases.stepsOf({ ...c, state: "planned", worker: "wes", approved: 5 }, otto), ["approve_anew", "refuse"]);
  assert.deepEqual(cases.stepsOf({ ...c, org: "o", state: "visited", worker: "wes" }, otto), ["approve_anew"]);
  assert.deepEqual(cases.stepsOf({ ...c, org: "o", state: "visited", worker: "wes" }, olga), [], "no approval of another's");
  for (const state of ["closed", "refused"]) assert.deepEqual(cases.stepsOf({ ...c, state }, otto), ["reopen"]);
  assert.deepEqual(cases.stepsOf({ ...c, state: "closed" }, wes), []);
  assert.deepEqual(cases.stepsOf({ ...c, state: "planned", worker: "otto" }, otto), ["order", "refer"]);
  assert.deepEqual(cases.stepsOf({ ...c, state: "refused", appealed_at: 9 }, otto), [], "who had a hand in it decides no appeal");
  assert.deepEqual(cases.stepsOf({ ...c, state: "refused", appealed_at: 9 }, olga), ["decide_appeal"]);
  assert.deepEqual(cases.stepsOf({ ...c, state: "acknowledged", settled: false }, wes), []);
});

const transfer: ledger.Transfer = {
  lines: [{ from: "e", to: "p", amount: 5000, posted: 0, corrected: 0 }],
  purpose: { ref: "r", length_bytes: 1, commitment: "" },
  proposed_by: "ann",
  org: "committee",
  proposed_at: 1,
  expires_at: 10,
  checkers: 1,
  state: "held",
};

test("nobody is the second hand of what their own organisation proposed", () => {
  const bob: ledger.Hand = { member: "bob", officer: "owners" };
  const table: [Partial<ledger.Transfer>, ledger.Hand, ledger.Barred | null][] = [
    [{}, bob, null],
    [{}, { member: "ann", officer: "committee" }, "maker"],
    [{}, { member: "cat", officer: "committee" }, "same_org"],
    [{}, { member: "dan" }, "not_officer"],
    [{ approvals: [{ by: "bob", org: "owners", at: 2 }], checkers: 2 }, bob, "given"],
    [{ approvals: [{ by: "eve", org: "owners", at: 2 }], checkers: 2 }, bob, "same_org"],
    [{ approvals: [{ by: "eve", org: "street", at: 2 }] }, bob, "enough"],
    [{ state: "voided" }, bob, "ended"],
    [{ state: "posted" }, bob, "ended"],
    [{ state: "posted", emergency: true }, bob, null],
  ];
  for (const [change, me, want] of table)
    assert.equal(ledger.barred({ ...transfer, ...change }, me), want, JSON.stringify([change, me]));
});

test("transfers are sorted by what is to be done, and named by their accounts", () => {
  const account = (name: string): ledger.Account => ({ kind: "envelope", currency: "fen", name, balance: 9, held: 2, in: 20, out: 11 });
  const accounts = new Map([
    ["e", account("修灯")],
    ["p", { ...account(""), name: undefined, owner: "payee-of-somebody" }],
  ]);
  const records = [
    kept("transfer/one", transfer),
    kept("transfer/two", { ...transfer, org: "owners" }),
    kept("transfer/three", { ...transfer, state: "posted" as const, ended_at: 5 }),
    kept("transfer/four", { ...transfer, expires_at: 4, approvals: [{ by: "eve", org: "street", at: 2 }] }),
  ];
  const out = ledger.transfers(records, accounts, { member: "bob", officer: "owners" });
  assert.deepEqual(
    [out.yours, out.waiting, out.ended].map((l) => l.map((s) => s.id)),
    [["four", "one"], ["two"], ["three"]],
  );
  assert.deepEqual([out.yours[0].from, out.yours[0].to, out.yours[0].ready, out.yours[1].missing], ["修灯", ["payee-of"], true, 1]);
  const all = ledger.funds([
    kept("account/f", { ...account("基金"), kind: "fund" }),
    kept("account/e", { ...account("修灯"), fund: "f" }),
  ]);
  assert.deepEqual(
    all.funds[0].budgets.map((b) => [b.free, b.spent]),
    [[7, 550]],
  );
});

const need: matching.Need = {
  need: "n".repeat(26),
  skill: "meal",
  cell: { east: 2, north: 5 },
  priority: 8,
  waiting: 1,
  matched: 3,
  served: 0,
  waiting_since: 0,
};
const candidate = (provider: string, part: string): matching.Candidate => ({
  provider,
  org: "o" + provider,
  part,
  distance_cost: 1,
  reliability_cost: 0,
  window_cost: 0,
});
const assignment: matching.Assignment = {
  assignment: "x",
  need: "n",
  skill: "meal",
  quantity: 3,
  priority: 8,
  state: "offered",
  planned_at: 1,
  delivered: 0,
  candidates: [{ ...candidate("a", "refused") }, { ...candidate("b", "asked"), until: 30 * minute }, candidate("c", "standby")],
  switches: [
    { at: 2, provider: "a", cause: 1 },
    { at: 3, provider: "b", cause: 2 },
  ],
};
const provider = (id: string, east: number): matching.Provider => ({ provider: id, cell: { east, north: 5 }, offers: null });
const answer: matching.Answer = {
  mode: { mode: 1 },
  needs: [need, { ...need, need: "m", waiting: 0 }],
  providers: [provider("a", 3)],
  more_needs: 0,
  more_assignments: 0,
  more_providers: 0,
  assignments: [assignment, { ...assignment, assignment: "z", state: "done", switches: null, confirm_by: 11 * minute }],
};

test("who refused is past, who stood by holds it, and the change is seen", () => {
  const b = matching.board(answer, 10 * minute);
  assert.deepEqual(
    b.waiting.map((w) => [w.name, w.minutes]),
    [["nnnnnnnn", 10]],
  );
  const [one] = b.asked;
  assert.deepEqual(
    [one.holders, one.standbys, one.past].map((l) => l.map((c) => c.provider)),
    [["b"], ["c"], ["a"]],
  );
  assert.deepEqual([one.changed, one.last?.cause, one.left.minutes], [true, 2, 20]);
  assert.deepEqual(
    b.confirm.map((s) => [s.name, s.changed, s.standbys.length, s.left.minutes]),
    [["z", false, 0, 1]],
  );
  assert.deepEqual(matching.board({ ...answer, needs: null, assignments: null }, 0), {
    waiting: [],
    asked: [],
    serving: [],
    confirm: [],
  });
});

test("the map has what waits and who serves by square, and stays a map however far somebody lies", () => {
  const g = matching.grid(answer);
  assert.deepEqual([g.columns, g.rows, g.east, g.north], [9, 5, -1, 7]);
  assert.deepEqual(
    g.squares.map((s) => [s.waiting, s.held, s.urgent, s.providers]),
    [
      [1, 6, true, 0],
      [0, 0, false, 1],
    ],
  );
  const far = matching.grid({ ...answer, providers: [provider("a", 2), provider("b", 2_000_000)] });
  assert.deepEqual([far.columns, far.squares.length], [42, 1]);
  const none = { ...answer, needs: null, providers: null };
  assert.deepEqual(matching.grid(none), { squares: [], east: -4, north: 2, columns: 9, rows: 5 });
});

test("a match is explained by its cost and by who would be next", () => {
  const why = { need: need.need, provider: "a", quantity: 2, cost: { distance: 30, reliability: 10, window: 60 }, next: "a", extra: 7 };
  const [one] = matching.explain([why], answer);
  assert.deepEqual(
    one.parts.map((x) => [x.key, x.part]),
    [
      ["window", 600],
      ["distance", 300],
      ["reliability", 100],
    ],
  );
  assert.deepEqual([one.next?.provider, one.need?.skill, one.total], ["a", "meal", 100]);
  assert.deepEqual(matching.explain(null, answer), []);
  const prices = [
    { provider: "a", skill: "s", price: 0 },
    { provider: "b", skill: "s", price: 5 },
  ];
  const plan: matching.Plan = { claim: 2, adopted_at: 1, matches: 1, unserved: 0, by: "m", prices };
  assert.equal(matching.newest([kept("plan/x", plan), kept("plan/y", { ...plan, adopted_at: 0 })])?.id, "x");
  assert.equal(matching.newest([]), null);
  assert.deepEqual([matching.load({ capacity: 4, taken: 1 }), matching.load({ capacity: 0, taken: 0 })], [250, 1000]);
});

test("a chart keeps proportions, shows that something is small, and hides what is held back", () => {
  assert.deepEqual(
    bars(
      [
        { name: "a", value: 500 },
        { name: "b", value: 1 },
        { name: "c", value: 9, hidden: true },
      ],
      1000,
    ).map((b) => b.part),
    [500, 4, 0],
  );
  const l = line(
    [
      { name: "1", value: 0 },
      { name: "2", value: 7 },
    ],
    100,
    50,
  );
  assert.deepEqual(
    l.points.map((p) => [p.x, p.y]),
    [
      [0, 50],
      [100, 6],
    ],
  );
  assert.deepEqual(
    l.ticks.map((t) => t.value),
    [0, 2, 4, 6, 8],
  );
  assert.equal(line([], 100, 50).path, "");
});

test("indicators put the worst first", () => {
  const report: indicators.Report = {
    fairness: {
      groups: [
        { name: "1,2", vulnerable: false, needs: 6, quantity: 6, served: 6, rate_permille: 1000 },
        { vulnerable: true, needs: 9, quantity: 9, served: 3, rate_permille: 333 },
      ],
      gini_permille: 1,
      wait_p90_minutes: 2,
      wait_p90_minutes_vulnerable: 3,
      rate_permille: 4,
      lowest_group_rate_permille: 5,
    },
    redundancy: {
      index_permille: 500,
      replanned_permille: 750,
      failures: [
        { org: "a", held: 4, covered: 4, replanned: 0 },
        { org: "b", held: 4, covered: 1, replanned: 2 },
        { org: "c", held: 4, covered: 1, replanned: 3 },
      ],
    },
    hhi_permille: { meal: 200, lift: 900, care: -1 },
    constraint_permille: null,
    unserved: { skill: 1, capacity: 4 },
    least: 5,
  };
  assert.deepEqual(
    indicators.failures(report).map((f) => [f.org, f.part, f.lost]),
    [
      ["b", 250, 1],
      ["c", 250, 0],
      ["a", 1000, 0],
    ],
  );
  assert.deepEqual(
    indicators.hands(report).map((d) => [d.name, d.tone]),
    [
      ["lift", "bad"],
      ["meal", "good"],
      ["care", undefined],
    ],
  );
  assert.deepEqual(
    indicators.rates(report).map((g) => g.value),
    [333, 1000],
  );
  assert.deepEqual([indicators.bridges(report), indicators.shortages(report).map((d) => d.name)], [[], ["capacity", "skill"]]);
  const table = {
    rows: ["food", "lift"],
    columns: ["x"],
    cells: [[7], [-1]],
    row_sums: [7, -1],
    column_sums: [-1],
    total: -1,
    least: 5,
  };
  assert.deepEqual(
    indicators.sums(table).map((d) => [d.value, d.hidden]),
    [
      [7, false],
      [0, true],
    ],
  );
});

test("whoever presses again asks for the same command, until its outcome is known", async () => {
  let made = 0;
  const open = new Open<{ ref: number }>();
  const seal = async () => ({ ref: ++made });
  const once = () => ({ key: `key ${made}`, notAfter: made });
  const first = await open.take("pay", seal, once);
  assert.deepEqual(first, { asked: "pay", order: { ref: 1 }, key: "key 1", notAfter: 1 });
  assert.equal(await open.take("pay", seal, once), first);
  const unreadable = (): never => {
    throw new Error("unreadable");
  };
  await assert.rejects(open.take("pay nothing", unreadable, once));
  assert.equal(await open.take("pay", seal, once), first, "what was never sent ends nothing");
  open.known(first);
  assert.equal((await open.take("pay", seal, once)).key, "key 2", "another one of the same");
  assert.equal((await open.take("pay more", seal, once)).key, "key 3");
});

test("a button's order tells by itself whether it is the same", async () => {
  let made = 0;
  const once = () => ({ key: `key ${++made}`, notAfter: made });
  const open = new Open<{ topic: string }>();
  const first = await open.take(undefined, () => ({ topic: "a" }), once);
  assert.equal(await open.take(undefined, () => ({ topic: "a" }), once), first);
  assert.equal((await open.take(undefined, () => ({ topic: "b" }), once)).key, "key 2");
});

test("only what was carried out and is not taken back already can be corrected, and no correction can", () => {
  const line = { from: "a", to: "b", amount: 9, posted: 7, corrected: 3 };
  const t = (more: Partial<ledger.Transfer>) =>
    ({ lines: [line, { ...line, to: "c", corrected: 7 }], state: "posted", ...more }) as ledger.Transfer;
  assert.deepEqual(ledger.correctable(t({})), [{ key: "line-0", from: "a", to: "b", left: 4 }]);
  assert.deepEqual(ledger.correctable(t({ state: "held" })), []);
  assert.deepEqual(ledger.correctable(t({ corrects: "x" })), []);
});

test("a plan that repeats says when it ends, and why the rules would refuse it", () => {
  const [hour, day] = [3600, 24 * 3600];
  const plan: Plan = { first: 1000, everySeconds: day, graceSeconds: hour, quantity: 2 };
  assert.deepEqual(foresee(plan, 5, undefined, 0), { rounds: 3, last: 1000 + 2 * day * 1000, refused: "" });
  const refused: [Partial<Plan>, number, number | undefined, Unplanned][] = [
    [{ quantity: 0 }, 5, undefined, "quantity"],
    [{ quantity: NaN }, 5, undefined, "quantity"],
    [{}, 0, undefined, "quantity"],
    [{ first: 0 }, 5, undefined, "first"],
    [{ first: NaN }, 5, undefined, "first"],
    [{ first: 31 * day * 1000 + 1 }, 5, undefined, "first"],
    [{ graceSeconds: 299 }, 5, undefined, "grace"],
    [{ graceSeconds: day + 1 }, 5, undefined, "grace"],
    [{ quantity: 1 }, 401, undefined, "many"],
    [{}, 5, 1000 + 2 * day * 1000 - 1, "long"],
    [{}, 5, 1000 + 2 * day * 1000, ""],
  ];
  for (const [change, left, due, why] of refused) {
    assert.equal(foresee({ ...plan, ...change }, left, due, 0).refused, why, JSON.stringify(change));
  }
  assert.equal(typedOf(momentOf("2026-12-01T07:30")), "2026-12-01T07:30");
  assert.equal(momentOf("2026-12-01T07:30"), Date.UTC(2026, 10, 30, 23, 30));
  const repeat = (order: string, next: number, in_row = 0) => ({ order, next, in_row }) as Repeat;
  const all = [{ case: "a", repeats: [repeat("x", 3), repeat("y", 9, 2)] }, { case: "b" }, { case: "c", repeats: [repeat("z", 1)] }];
  assert.deepEqual(
    repeatsOf(all).map((r) => r.repeat.order),
    ["y", "z", "x"],
  );
});

test("what waits for a call-back is a list of its own", () => {
  const b = cases.board([row, { ...row, case: "d".repeat(26), why: "call_back", call: { beneficiary: "b" } }], 0);
  assert.deepEqual([b.cases.length, b.calls.length, b.calls[0].call?.beneficiary], [1, 1, "b"]);
});
