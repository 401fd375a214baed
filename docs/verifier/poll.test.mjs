// Holds the second check of polls to the released vectors: node --test
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { Checker, commitmentOf, receiptHolds, rowEntry } from "./poll.mjs";
import { root } from "./people.mjs";
import { readRecord } from "./record.mjs";
import { electionID, find } from "./secret.mjs";
import { G, hex, times, unhex } from "./group.mjs";
import { commitsOf, expand } from "./vectors.mjs";
import { verifyRecord } from "./verify-record.mjs";

const read = (name) => JSON.parse(readFileSync(new URL("../format/" + name, import.meta.url)));
const { records } = read("polls.json"), { forgeries } = read("forged-polls.json");
const together = read("polls-together.json").records, forgedTogether = read("forged-polls-together.json").forgeries;
const commits = new Map([records, together].flatMap((list) => list.map((r) => [r.name, expand(r.commits, list[0].commits)])));

function check(list) {
  const c = new Checker();
  commitsOf(list).forEach((commit, i) => c.add(i, commit));
  return c.report();
}

test("honest polls", () => {
  for (const r of [...records, ...together]) {
    const [report] = check(commits.get(r.name));
    assert.deepEqual(report.findings, [], r.name);
    assert.equal(report.stage, r.stage, r.name);
    for (const { name, state, looked } of report.checks) {
      assert.ok(["holds", "none"].includes(state) || name === "leak", `${r.name}: ${name}`);
      if (!laterChecks.includes(name)) assert.equal(looked > 0, r.looked[name] > 0, `${r.name}: ${name}`);
    }
  }
  assert.ok(records.length >= 10);
});

// laterChecks came after these records were released, which say nothing of them.
const laterChecks = ["notice", "papers", "steps", "turnout", "channels"], released = (list) => list.filter((x) => !laterChecks.includes(x.check ?? x.name));

const found = (list) => [...new Set(list.map((f) => `${f.code}@${f.index}`))].sort();

for (const f of [...forgeries, ...forgedTogether]) {
  test(`${f.record}: ${f.name}`, () => {
    const [report] = check(expand(f.commits, commits.get(f.record)));
    assert.deepEqual(found(released(report.findings)), found(f.findings));
  });
}

test("a withheld commit leaves checks unmade, and none is called good for it", () => {
  const list = [...commits.get("secret totals")];
  list[3] = null;
  const [report] = check(list);
  assert.deepEqual(report.findings, []);
  const states = Object.fromEntries(report.checks.map((c) => [c.name, c.state]));
  for (const name of ["roll", "registration", "roster"]) assert.equal(states[name], "unchecked", name);
});

test("whatever commit is withheld, an honest poll is not called wrong for it", () => {
  for (const [name, whole] of commits) {
    if (!["open yes/no", "open in the second round", "secret pass or fail", "secret contested"].includes(name)) continue;
    whole.forEach((_, i) => {
      if (name === "secret pass or fail" && i % 5 !== 0) return; // proofs take long
      for (const report of check(whole.with(i, null))) assert.deepEqual(report.findings, [], `${name}, commit ${i}`);
    });
  }
});

test("totals are found up to their bound", () => {
  for (const [n, bound] of [[0n, 0n], [0n, 7n], [7n, 7n], [15n, 16n], [16n, 16n], [99_999n, 100_000n]]) assert.equal(find(times(G, n), bound), n);
  assert.equal(find(times(G, 8n), 7n), undefined);
  assert.equal(find(times(G, -1n), 1000n), undefined);
});

test("credentials: commitments, receipts, rosters, elections", () => {
  const { registrations, rosters, elections } = read("credentials.json");
  for (const r of registrations) {
    const commitment = commitmentOf(r.poll, r.voter, unhex(r.salt), unhex(r.key)), other = unhex(r.receipt);
    assert.equal(hex(commitment), r.commitment);
    assert.ok(receiptHolds(r.poll, r.voter, commitment, unhex(r.registrar), unhex(r.receipt)));
    other[9] ^= 1;
    assert.ok(!receiptHolds(r.poll, r.voter, commitment, unhex(r.registrar), other));
  }
  for (const { name, rows, root: want } of rosters) {
    const entries = rows.map((r) => rowEntry({
      key: unhex(r.key), heads: BigInt(r.heads ?? 0), area: BigInt(r.area_centi_m2 ?? 0),
      measured: { households: BigInt(r.households ?? 0), weight: BigInt(r.weight ?? 0) },
    }));
    assert.deepEqual(entries.map(hex), rows.map((r) => r.entry), name);
    assert.equal(hex(root(entries)), want, name);
  }
  for (const e of elections) {
    assert.equal(hex(electionID(e.poll, [e.question, e.rules, e.roll].map(unhex), unhex(e.root), unhex(e.seal))), e.election);
  }
  assert.ok(registrations.length && rosters.length && elections.length);
});

const bundle = readFileSync(new URL("../format/record.renlin", import.meta.url));

test("an exported record", async () => {
  const report = await verifyRecord(bundle);
  assert.ok(report.ok && report.withheld === 0 && report.polls.length === 2 && report.commits > 50);
  for (const p of report.polls) for (const c of p.checks) assert.ok(["holds", "none"].includes(c.state), c.name);
});

test("what is changed in an exported record is found, or it cannot be read", () => {
  const plain = gunzipSync(bundle);
  let named = 0;
  for (let at = 512; at < plain.length; at += 397) {
    const bad = Buffer.from(plain);
    bad[at] ^= 1;
    if (bad[at] === plain[at]) continue;
    let findings;
    try { ({ findings } = readRecord(bad)); } catch { continue; }
    if (findings.length) named++;
    else assert.ok(at < 4096 || at > plain.length - 2048, `byte ${at}`); // keys, signatures of the checkpoint, and what fills blocks of the archive up
  }
  assert.ok(named > 20);
  for (const size of [0, 100, plain.length - 2000]) assert.throws(() => readRecord(plain.subarray(0, size)));
});

test("the command says what it found, and what it could not read", () => {
  const run = (...args) => spawnSync(process.execPath, [fileURLToPath(new URL("verify-record.mjs", import.meta.url)), ...args], { encoding: "utf8" });
  const name = fileURLToPath(new URL("../format/record.renlin", import.meta.url));
  const good = run(name);
  assert.equal(good.status, 0);
  assert.match(good.stdout, /result: every inequality.*每条不等式/);
  assert.match(good.stdout, /所核查的内容均无误/);
  assert.equal(JSON.parse(run("-json", name).stdout).ok, true);
  for (const args of [[], [fileURLToPath(import.meta.url)], ["no such file"]]) assert.equal(run(...args).status, 2);
});
