// Holds the second hand to an exported record of secret polls, whole and damaged: node --test
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { readRecord } from "./record.mjs";
import { verifyRecord } from "./verify-record.mjs";

const file = fileURLToPath(new URL("../format/secret-record.renlin", import.meta.url)), bundle = readFileSync(file);

test("every check that there is holds", async () => {
  const report = await verifyRecord(bundle);
  assert.ok(report.ok && report.withheld === 0 && report.commits > 250);
  assert.deepEqual(report.polls.map((p) => [p.secret, p.stage]), Array(4).fill([true, "certified"]));
  const looked = {};
  for (const p of report.polls) {
    for (const c of p.checks) {
      assert.ok(["holds", "none"].includes(c.state) || c.name === "leak", `${p.poll}: ${c.name} ${c.state}`);
      looked[c.name] = (looked[c.name] ?? 0) + c.looked;
    }
  }
  for (const name of ["ceremony", "registration", "roster", "ballots", "weeding", "challenged", "sums", "parts", "opening", "count", "result"]) {
    assert.ok(looked[name] > 0, name);
  }
});

test("a byte that is changed is found, or the record cannot be read", () => {
  const plain = gunzipSync(bundle);
  let named = 0;
  for (let at = 4096; at < plain.length - 2048; at += 12_347) {
    const bad = Buffer.from(plain);
    bad[at] ^= 1;
    let findings;
    try { ({ findings } = readRecord(bad)); } catch { continue; }
    assert.ok(findings.length > 0, `byte ${at}`);
    named++;
  }
  assert.ok(named > 10);
});

test("the command says so", () => {
  const run = (name) => spawnSync(process.execPath, [fileURLToPath(new URL("verify-record.mjs", import.meta.url)), name], { encoding: "utf8" });
  const good = run(file), folder = mkdtempSync(join(tmpdir(), "renlin-"));
  assert.equal(good.status, 0);
  assert.match(good.stdout, /holds +成立 +opening:.*由此得出的各项合计/);
  try {
    const bad = gunzipSync(bundle);
    bad[bad.length >> 1] ^= 1;
    writeFileSync(join(folder, "bad.renlin"), bad);
    assert.ok(run(join(folder, "bad.renlin")).status > 0);
  } finally { rmSync(folder, { recursive: true }); }
});
