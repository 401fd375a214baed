// Who keeps their hands off what.
import assert from "node:assert/strict";
import test from "node:test";
import type { Case } from "./cases";
import { concerned, ofChecker, ofPayee, ofStep, ofWork, together, type Household, type Whose } from "./conflict";
import type { Account, Transfer } from "./ledger";

const households: Household[] = [{ members: ["ann", "ben"] }, { members: ["cho"] }, { members: null }];
const person = (member: string, ...orgs: string[]) => ({ member, orgs });

test("who lives together, and only they", () => {
  for (const [who, people, want] of [
    ["ann", ["ben"], true],
    ["ann", ["ann"], true],
    ["zoe", ["zoe"], true],
    ["ann", ["cho"], false],
    ["ann", [], false],
  ] as const) {
    assert.equal(together(households, who, [...people]), want, `${who} ${people}`);
  }
});

const account = (kind: string, owner?: string): Account => ({ kind, owner, currency: "fen", balance: 0, held: 0, in: 0, out: 0 });
const accounts = new Map([
  ["budget", account("envelope")],
  ["fund", account("fund", "grace")],
  ["hers", account("payee", "ann")],
  ["theirs", account("payee", "grace")],
]);
const pays = (to: string, more: Partial<Transfer> = {}): Transfer => ({
  lines: [{ from: "budget", to, amount: 1, posted: 0, corrected: 0 }],
  purpose: { ref: "", length_bytes: 0, commitment: "" },
  proposed_by: "cho",
  org: "o",
  proposed_at: 0,
  checkers: 1,
  state: "held",
  ...more,
});

test("nobody moves money to themselves, to their household, to where they have a role, or beside whom they live with", () => {
  assert.deepEqual(concerned(pays("hers", { beneficiary: "x" }), accounts), ["ann", "x"]);
  assert.deepEqual(concerned(pays("fund"), accounts), []);
  const of = (who: { member: string; orgs: string[] }, t: Transfer) => ofChecker(who, t, accounts, households);
  assert.equal(of(person("ann"), pays("hers")), "transfer.related");
  assert.equal(of(person("ben"), pays("hers")), "transfer.related");
  assert.equal(of(person("ben"), pays("fund", { beneficiary: "ann" })), "transfer.related");
  assert.equal(of(person("ben", "grace"), pays("theirs")), "transfer.own_org");
  assert.equal(of(person("ben"), pays("fund", { proposed_by: "ann" })), "transfer.hands_together");
  assert.equal(of(person("ben"), pays("fund", { approvals: [{ by: "ann", org: "p", at: 1 }] })), "transfer.hands_together");
  assert.equal(of(person("cho"), pays("fund")), null);
  assert.equal(of(person("dan", "o"), pays("hers")), null);
  assert.equal(ofPayee(person("ann"), [], households), null);
});

const c = { state: "planned", by: "dan", worker: "eve", org: "o", orgs: ["o"], hands: ["eve"] } as unknown as Case;

test("nobody decides about themselves, their household, or what they have a hand in", () => {
  const of = (step: Parameters<typeof ofStep>[0], who: string, file?: Whose, ...orgs: string[]) =>
    ofStep(step, person(who, ...orgs), c, file, households);
  assert.equal(of("approve", "ben", { member: "ann" }, "o"), "aid_case.household");
  assert.equal(of("approve_anew", "ben", { member: "ann" }, "o"), "aid_case.household");
  assert.equal(of("refuse", "ann", { member: "ann" }, "o"), "aid_case.oneself");
  assert.equal(of("refuse", "fay", { member: "ann", proxy: "fay" }), "aid_case.oneself");
  for (const hand of ["dan", "eve"]) assert.equal(of("approve", hand, {}, "o"), "aid_case.not_supervisor", hand);
  assert.equal(of("approve", "ben", undefined, "o"), null);
  assert.equal(of("assign", "ann", { member: "ann" }), "aid_case.oneself");
  assert.equal(of("decide_appeal", "eve", {}, "p"), "appeal.not_independent");
  assert.equal(of("decide_appeal", "ben", { member: "ann" }, "p"), "aid_case.household");
  assert.equal(of("plan", "ann", { member: "ann" }), null);
});

test("nobody overrules what they or their organisation serve", () => {
  const by = (part: string) => [{ provider: "p", org: "o", part }];
  assert.ok(ofWork(["o"], [], by("standby")) && ofWork([], ["p"], by("asked")));
  assert.ok(!ofWork(["o"], ["p"], by("skipped")) && !ofWork(["q"], ["r"], by("asked")));
});
