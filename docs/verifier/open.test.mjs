// Holds the checks of open polls to the released vectors: notices, papers, ways, silence, steps, and every method: node --test
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Checker } from "./poll.mjs";
import { commitsOf, expand } from "./vectors.mjs";

const read = (name) => JSON.parse(readFileSync(new URL("../format/" + name, import.meta.url)));
const { records } = read("open-polls.json"), { forgeries } = read("forged-open-polls.json"), older = read("polls.json").records;
const commits = new Map([records, older].flatMap((list) => list.map((r) => [r.name, expand(r.commits, list[0].commits)])));

function check(list) {
  const c = new Checker();
  commitsOf(list).forEach((commit, i) => c.add(i, commit));
  return c.report();
}

test("honest polls: nothing is wrong, and nothing is left out", () => {
  const held = new Set();
  for (const r of records) {
    const [report] = check(commits.get(r.name));
    assert.deepEqual(report.findings, [], r.name);
    assert.equal(report.stage, r.stage, r.name);
    for (const { name, state, looked } of report.checks) {
      assert.ok(["holds", "none"].includes(state) || name === "leak", `${r.name}: ${name} ${state}`);
      assert.equal(looked > 0, r.looked[name] > 0, `${r.name}: ${name}`);
      if (state === "holds") held.add(name);
    }
  }
  assert.ok(records.length >= 10);
  for (const name of ["notice", "papers", "steps", "turnout", "channels"]) assert.ok(held.has(name), name);
});

const found = (list) => [...new Set(list.map((f) => `${f.code}@${f.index}`))].sort();

for (const f of forgeries) {
  test(`${f.record}: ${f.name}`, () => {
    const [report] = check(expand(f.commits, commits.get(f.record)));
    assert.deepEqual(found(report.findings), found(f.findings));
  });
}

test("whatever commit is withheld, an honest poll is not called wrong for it", () => {
  for (const r of records) {
    const whole = commits.get(r.name);
    whole.forEach((_, i) => {
      for (const report of check(whole.with(i, null))) assert.deepEqual(report.findings, [], `${r.name}, commit ${i}`);
    });
  }
});
