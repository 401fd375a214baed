// Holds the check of joint verdicts to the released vectors, and to messages that are out of form: node --test
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { element, sumElement, unhex } from "./group.mjs";
import { joint } from "./joint.mjs";
import { Seal, Total } from "./trustees.mjs";
import { verifyPoll } from "./verify-poll.mjs";

const file = () => JSON.parse(readFileSync(new URL("../format/joint.json", import.meta.url)));
const vectors = file();
const fault = (name) => (e) => e.fault === name;

test("every vector: what is reached, what is not, and refusals by name", () => {
  const report = verifyPoll(vectors);
  assert.deepEqual(report.findings, []);
  assert.ok(report.checked > 50);
  const said = JSON.stringify(vectors);
  for (const name of ["bound", "few", "public", "stranger", "together", "verdict"]) assert.ok(said.includes(`"trustee.${name}"`), name);
});

test("a vector that says otherwise is found", () => {
  const wrong = file();
  wrong.polls[1].verdicts[0].reached = true;
  wrong.polls[0].verdicts[0].thresholds[1]++;
  assert.equal(verifyPoll(wrong).findings.length, 2);
});

for (const p of vectors.polls.slice(0, 2)) {
  test(`${p.name}: totals, parts and form`, () => {
    const seal = new Seal(unhex(p.seal)), bytes = unhex(p.verdicts[0].bytes);
    const total = (z, change) => new Total(seal, {
      election: unhex(p.election), measure: z.measure, a: element(unhex(z.sum.a)), b: sumElement(unhex(z.sum.b)), bound: z.bound, ...change,
    });
    const totals = p.totals.map((z) => total(z, {})), other = unhex(p.election);
    const lists = p.totals.map((z, i) => z.blinded.map((m) => (m.fault ? { index: unhex(m.bytes)[2], fault: m.fault } : totals[i].blinded(unhex(m.bytes)))));
    other[0] ^= 1;
    assert.equal(joint(bytes, totals, lists).reached, p.verdicts[0].reached);
    const refused = (name, ...args) => assert.throws(() => joint(...args), fault(name));
    refused("trustee.malformed", bytes, [], []);
    refused("trustee.malformed", bytes, [...totals, ...totals, ...totals], lists);
    refused("trustee.together", bytes, totals.slice(1), lists.slice(1));
    refused("trustee.together", bytes, [totals[0], totals[0]], lists);
    refused("trustee.together", bytes, [totals[0], total(p.totals[1], { election: other })], lists);
    refused("trustee.stranger", bytes, totals, [lists[0], []]);
    refused("trustee.verdict", bytes, [total(p.totals[0], { measure: "0/other" }), totals[1]], lists);
    refused("trustee.verdict", bytes, [totals[1], totals[0]].map((x, i) => total(p.totals[1 - i], { bound: 4000 })), [lists[1], lists[0]].map(
      (list) => list.filter((m) => !m.fault).map((m, i) => ({ ...m, index: [1, 2, 3][i] }))));
    const put = (at, ...to) => { const b = Uint8Array.from(bytes); b.set(to, at); return b; };
    for (const [at, to] of [[0, 2], [1, 11], [3, 2], [4, 0], [4, 5], [5, 0], [5, 10], [7, 1]]) refused("trustee.malformed", put(at, to), totals, lists);
    refused("trustee.malformed", Uint8Array.from([...bytes, 0]), totals, lists);
    refused("trustee.malformed", bytes.subarray(0, -1), totals, lists);
  });
}
