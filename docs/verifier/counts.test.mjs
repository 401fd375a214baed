// Holds the count of open ballots, by every method, to the released counts; and finds what is wrong in a tally by its name: node --test
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Check } from "./poll.mjs";
import { countChecks } from "./count.mjs";
import { steps, turnout } from "./open.mjs";
import { channels } from "./papers.mjs";
import { decode } from "./proto.mjs";
import { weight } from "./people.mjs";
import { bytes } from "./vectors.mjs";

const { counts } = JSON.parse(readFileSync(new URL("../format/open-counts.json", import.meta.url)));
const checks = [["count", countChecks.checkCount], ["seed", countChecks.checkSeed], ["result", countChecks.result], ["steps", steps], ["turnout", turnout],
  ["channels", channels]];

// checked counts a vector again, and holds its tally against that, after somebody has changed it.
function checked(v, change = () => {}) {
  const tally = decode("Tally", bytes(v.tally)), voters = (v.ballots ?? []).map((_, i) => String(i)), called = { index: 0, body: { $type: "PollCalled" } };
  change(tally);
  const facts = voters.map((last, i) => ({
    index: i + 2, author: 1, keys: [1], last, body: { $type: "BallotCast", paper: 0, channel: 0, hosted: false, inPerson: false, mandate: "" },
  }));
  const opened = { index: 1, body: { roll: decode("Roll", bytes(v.roll)) } }, end = voters.length + 2;
  const c = new Check({
    id: "", question: decode("Motion", bytes(v.question)), rules: decode("PollRules", bytes(v.rules)), facts: [called, ...facts], opened,
    closed: { index: end, body: {} }, tallied: { index: end + 1, body: { tally } },
  }, []);
  const said = (b) => ({ options: b.options ?? [], points: (b.points ?? []).map(BigInt) });
  Object.assign(c, { voted: voters, choices: (v.ballots ?? []).map(said), seed: v.seed && bytes(v.seed), delivered: new Set() });
  c.weights = new Map(voters.map((voter, i) => [voter, weight(BigInt(v.ballots[i].heads), BigInt(v.ballots[i].area))]));
  for (const [name, f] of checks) c.run(name, f);
  return c;
}

test("every released count holds, and nothing of it is left out", () => {
  const methods = new Set();
  let tied = 0, stepped = 0;
  for (const v of counts) {
    const c = checked(v);
    assert.deepEqual(c.findings, [], v.name);
    for (const { name, state } of c.checks) assert.ok(["holds", "none"].includes(state), `${v.name}: ${name} ${state}`);
    methods.add(c.rules.method);
    if (c.tally.ties.length) tied++;
    if (c.tally.steps.length) stepped++;
  }
  assert.equal(methods.size, 15);
  assert.ok(counts.length >= 200 && tied >= 25 && stepped >= 80, `${counts.length} counts, ${tied} tied, ${stepped} with steps`);
});

// Each lie about a tally is told wherever it can be, and must be found under its name.
const lies = [
  ["result.winners", (t) => t.winners.length > 0 && t.winners.pop() !== undefined],
  ["result.winners", (t) => t.winners.length > 1 && t.winners.reverse()],
  ["result.winners", (t) => t.costFen > 0n && t.costFen--],
  ["result.differs", (t) => { t.result = t.result === 4 ? 2 : 4; return true; }],
  ["result.ties", (t) => t.ties.length > 0 && t.ties.pop()],
  ["result.ties", (t) => t.ties.length > 0 && t.ties[0].options.length > 1 && t.ties[0].options.reverse()],
  ["result.ties", (t) => { t.tieBroken = !t.tieBroken; return true; }],
  ["result.inequality", (t) => { t.inequalities[0].left += "0"; return true; }],
  ["steps.differ", (t) => t.steps.length > 0 && t.steps.pop()],
  ["steps.differ", (t) => t.steps.length > 1 && t.steps.reverse()],
  ["steps.differ", (t) => t.steps.some((s) => s.figures.length > 0 && (s.figures[0] += "1"))],
  ["steps.differ", (t) => t.steps.some((s) => s.won.length > 0 && s.won.pop() !== undefined)],
  ["steps.differ", (t) => t.steps.some((s) => s.out.length > 0 && s.out.pop() !== undefined)],
  ["steps.differ", (t) => t.steps.length > 0 && (t.steps[0].completion = !t.steps[0].completion, true)],
  ["count.totals", (t) => { t.totals[0].score++; return true; }],
  ["count.totals", (t) => { t.totals.at(-1).heads++; return true; }],
  ["count.valid", (t) => { t.valid++; return true; }],
  ["count.invalid", (t) => { t.invalidBallots.outsideRules++; return true; }],
  ["count.participants", (t) => { t.participantsArea--; return true; }],
  ["turnout.differs", (t) => t.turnout && (t.turnout.abstentionsAbsent = false, true)],
  ["turnout.differs", (t) => !t.turnout && (t.turnout = decode("Turnout", new Uint8Array(0)))],
  ["channels.stands", (t) => { t.standsWithoutHosted = false; return true; }],
  ["channels.report", (t) => { t.inPerson++; return true; }],
];

test("a lie in any tally is found, under its name", () => {
  const found = new Map(lies.map((_, i) => [i, new Set()]));
  for (const v of counts) {
    lies.forEach(([code, lie], i) => {
      let told = false;
      const before = decode("Tally", bytes(v.tally)), c = checked(v, (t) => { told = Boolean(lie(t)); });
      if (!told) return;
      assert.ok(c.findings.some((f) => f.code === code), `${v.name}: lie ${i}, ${code}, in ${before.steps.length} steps`);
      found.get(i).add(c.rules.method);
    });
  }
  // By every method that has steps these are looked at; and by every one that is won, the winners.
  for (const method of [7, 9, 10, 12, 13, 14, 15]) assert.ok(found.get(8).has(method), `steps of ${method}`);
  for (const method of [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]) assert.ok(found.get(0).has(method), `winners of ${method}`);
  for (const [i, methods] of found) assert.ok(methods.size > 0, `lie ${i} was never told`);
});
