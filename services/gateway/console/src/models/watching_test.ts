// What officers watch over: rules that change, alerts, and what is in stock.
import assert from "node:assert/strict";
import test from "node:test";
import * as keepers from "./keepers";
import { type Kept } from "./record";
import * as rulebook from "./rulebook";
import * as rulesdiff from "./rulesdiff";
import * as signals from "./signals";
import * as supplies from "./supplies";

const kept = <T>(path: string, state: T): Kept<T> => ({ path, version: 1, state });

test("of two rulebooks only what differs is told", () => {
  const told = (english: string) => ({ english, chinese: english, field: "f" });
  const before = [
    { code: "a", threshold_members: 4, rules: [told("one"), told("two")] },
    { code: "b", rules: [told("same")] },
    { code: "gone", rules: [] },
  ];
  const after = [
    { code: "a", threshold_members: 7, rules: [told("one"), told("three")] },
    { code: "b", rules: [told("same")] },
    { code: "new", title: "N", rules: [told("x")] },
  ];
  const seen = rulesdiff.changes(before, after);
  assert.deepEqual(
    seen.map((c) => [c.code, c.kind, c.figures, c.removed.map((r) => r.english), c.added.map((r) => r.english)]),
    [
      ["a", "changed", [{ figure: "threshold_members", before: "4", after: "7" }], ["two"], ["three"]],
      ["gone", "gone", [], [], []],
      ["new", "new", [], [], ["x"]],
    ],
  );
  assert.deepEqual(rulesdiff.changes(before, before), []);
});

test("a draft changes one matter, and what was not touched stays to the second", () => {
  const book = {
    version: 3,
    matters: [
      { code: "a", threshold_members: 4, deliberation_seconds: 100, poll: { voting_seconds: 7200, veto_seconds: 0 } },
      { code: "b", threshold_members: 9 },
    ],
  };
  const was = rulebook.numbersOf(book.matters[0]);
  const next = rulebook.changed(book, "a", { ...was, members: 5, votingHours: 3 });
  assert.deepEqual(next.matters?.[0], {
    ...book.matters[0],
    threshold_members: 5,
    poll: { voting_seconds: 10_800, veto_seconds: 0 },
  });
  assert.deepEqual(next.matters?.[1], book.matters[1]);
  assert.equal(next.version, 3);
  assert.deepEqual(["1/20", " 3 / 3 "].map(rulebook.share), [[1, 20], [3, 3]]);
  for (const none of ["2/1", "1/0", "x", "1"]) assert.equal(rulebook.share(none), undefined);
});

test("an alarm is looked at before a warning, and what waits before what was decided", () => {
  const alert = (id: string, level: number, triage_by: number, outcome = 0) =>
    kept(`alert/${id}`, { beneficiary: "b", kind: 1, level, raised_at: triage_by, triage_by, outcome });
  const { open, looked } = signals.alertsOf([alert("a", 1, 5), alert("b", 2, 9), alert("c", 2, 7), alert("d", 2, 1, 3)]);
  assert.deepEqual(
    open.map((a) => a.path),
    ["alert/c", "alert/b", "alert/a"],
  );
  assert.deepEqual(
    looked.map((a) => a.path),
    ["alert/d"],
  );
  const suggestion = (id: string, fate: string, until: number) => kept(`suggestion/${id}`, { sign: 1, at: 0, until, fate });
  const parted = signals.suggestionsOf([suggestion("a", "overdue", 9), suggestion("b", "dismissed", 1), suggestion("c", "suggested", 3)]);
  assert.deepEqual(
    parted.open.map((s) => s.path),
    ["suggestion/c", "suggestion/a"],
  );
  assert.equal(parted.closed.length, 1);
});

test("a stock of which nothing is free is short, whatever lies in it", () => {
  const stock = (id: string, on_hand: number, reserved: number) =>
    kept(`stock/${id}`, { org: "o", category: "food", unit: "meal", on_hand, reserved });
  const all = [stock("a", 9, 2), stock("b", 3, 3), stock("c", 0, 0)];
  assert.deepEqual(
    supplies.short(all).map((s) => s.path),
    ["stock/b", "stock/c"],
  );
  assert.equal(supplies.stocksOf(all)[2].path, "stock/a");
  const room = { category: "food", unit: "meal", quantity: 20 };
  assert.equal(supplies.taken({ rooms: [room], taken: [{ arrival: "x", room: { ...room, quantity: 8 } }] }, room), 8);
});

test("what waits for somebody comes first, and only those with room are named", () => {
  const load = { category: "food", unit: "meal", quantity: 20 };
  const arrival = (id: string, more: Partial<supplies.Arrival>) =>
    kept(`arrival/${id}`, { load, due: 5, org: "street", came: 0, missing: 0, ...more });
  const room = (org: string, quantity: number, promised = 0) =>
    kept(`capacity/${org}`, {
      rooms: [{ ...load, quantity }],
      taken: promised ? [{ arrival: "x", room: { ...load, quantity: promised } }] : undefined,
    });
  const rooms = [room("hall", 30), room("shop", 90, 20), room("shed", 10), room("full", 5, 20)];
  const hand = (officer: string, worker = "", government = false): supplies.Hand => ({ officer, worker, government });
  const none = arrival("a", { alarms: [supplies.nobody] });
  const placed = arrival("b", { receiver: "hall", alarms: [supplies.nobody] });
  const roomless = arrival("c", { receiver: "full", alarms: [supplies.noRoom] });
  const come = arrival("d", { received: true, due: 1 });
  assert.deepEqual(supplies.takesIn(none.state, rooms), [{ org: "shop", left: 70 }, { org: "hall", left: 30 }]);
  assert.deepEqual(supplies.takesIn(placed.state, rooms), [{ org: "shop", left: 70 }]);
  const duties: [supplies.Arrival, supplies.Hand, boolean, supplies.Duty][] = [
    [none.state, hand("street"), false, "name"],
    [none.state, hand("shop"), false, ""],
    [none.state, hand("city", "", true), false, "name"],
    [placed.state, hand("hall"), false, "receive"],
    [placed.state, hand("", "hall"), false, "receive"],
    [placed.state, hand("street"), false, ""],
    [roomless.state, hand("full"), true, "name"],
    [come.state, hand("street"), false, ""],
  ];
  for (const [a, me, without, duty] of duties) assert.equal(supplies.dutyOf(a, me, without), duty, JSON.stringify([a, me]));
  assert.equal(supplies.unheld(roomless.state, rooms), true);
  assert.deepEqual([none, placed, roomless].map((a) => supplies.alarmsOf(a.state, a === roomless)), [[1], [], [2]]);
  assert.deepEqual(
    supplies.arrivalsOf([come, placed, roomless, none], hand("hall"), rooms).map((a) => [a.path, a.duty]),
    [["arrival/b", "receive"], ["arrival/a", ""], ["arrival/c", ""], ["arrival/d", ""]],
  );
  const stock = (id: string, org: string) => kept(`stock/${id}`, { org, category: "food", unit: "meal", on_hand: 9, reserved: 0 });
  assert.equal(supplies.stocksOf([stock("a", "shop"), stock("b", "hall")], hand("", "hall"))[0].path, "stock/b");
});

test("a list of trustees says what the rules would refuse, and who comes and goes", () => {
  const t = (member: string, org: string, trustee_key = `key of ${member}`): keepers.Trustee => ({ member, org, trustee_key });
  const now = [t("a", "x"), t("b", "y")];
  const lists: [keepers.Trustee[], keepers.Unfit][] = [
    [[t("a", "x")], "number"],
    [Array.from({ length: 10 }, (_, i) => t(`m${i}`, `o${i}`)), "number"],
    [[t("a", "x"), t("c", "x")], "orgs"],
    [[t("a", "x"), t("a", "y", "other")], "twice"],
    [[t("a", "x", "k"), t("b", "y", "k")], "twice"],
    [[t("a", "x"), t("r", "y")], "registrar"],
    [[t("b", "y"), t("a", "x")], "same"],
    [[t("b", "y"), t("a", "x", "a new key")], ""],
    [[t("b", "y"), t("c", "x")], ""],
  ];
  for (const [list, why] of lists) assert.equal(keepers.unfit(list, now, "r"), why, JSON.stringify(list));
  const { stay, come, go } = keepers.changed(now, [t("b", "y"), t("c", "x")]);
  assert.deepEqual([stay, come, go].map((l) => l.map((x) => x.member)), [["b"], ["c"], ["a"]]);
});
