// Tests of the script that checks receipts, with Node's own runner: node --test services/gateway/faces
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Broken, bytesOf, check, checkProof, decode, rootFrom } from "./static/receipt.mjs";

const s = JSON.parse(readFileSync(new URL("./testdata/receipt.json", import.meta.url)));
const vectors = JSON.parse(readFileSync(new URL("../../../docs/format/vectors.json", import.meta.url)));
const community = { genesis: s.genesis, epochKey: Buffer.from(s.epoch_key, "base64") };
const keys = { log: s.log, witnesses: s.witnesses };
const receipt = () => check(s.receipt, community);
const brokenAt = (step, run) => assert.throws(run, (e) => e instanceof Broken && e.step === step, step);

test("a receipt holds, step by step, however it is written", () => {
  for (const text of [s.receipt, " " + s.receipt.replace(/(.{40})/g, "$1\n"), JSON.stringify({ position: 9, receipt: s.receipt }),
    s.receipt.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")]) {
    const steps = [], r = check(text, community, (name) => steps.push(name));
    assert.deepEqual([steps, Number(r.index)], [["read", "community", "signature", "path"], s.index]);
  }
});

test("each byte that is changed breaks it, at the step that it is about", () => {
  const raw = bytesOf(s.receipt), end = raw.length;
  for (let at = 0; at < end; at++) {
    const changed = Uint8Array.from(raw);
    changed[at] ^= 1;
    const step = at === 0 || at === 193 + 40 ? "read" : at < 33 ? "community" : at < 193 ? "signature" : "path";
    brokenAt(step, () => check(Buffer.from(changed).toString("base64"), community));
  }
});

test("what is no receipt is told at once", () => {
  const raw = Buffer.from(s.receipt, "base64");
  for (const text of ["", " ", "hello, world", "{", "{}", '{"receipt":7}', s.receipt.slice(0, -8), raw.subarray(0, 234).toString("base64"),
    Buffer.concat([raw, Buffer.alloc(32)]).toString("base64"), "A".repeat(5000), s.receipt + "A"]) {
    brokenAt("read", () => check(text, community));
  }
});

test("another community, another key", () => {
  brokenAt("community", () => check(s.receipt, { ...community, genesis: "00".repeat(32) }));
  const flipped = Buffer.from(community.epochKey);
  flipped[3] ^= 4;
  for (const epochKey of [flipped, Buffer.alloc(32), Buffer.alloc(31)]) brokenAt("signature", () => check(s.receipt, { ...community, epochKey }));
});

test("the format's own vectors are read", () => {
  for (const v of vectors.receipts) {
    const r = decode(Uint8Array.from(Buffer.from(v.bytes, "hex")));
    assert.equal(Buffer.from(r.commit).toString("hex"), v.fields.commit);
    assert.deepEqual(rootFrom(r.commit, r.index - r.first, r.count, r.path), r.root);
  }
});

test("the entry is in the log, and two of three witnesses have confirmed it", () => {
  const steps = [];
  assert.equal(checkProof(s.proof, receipt(), keys, (name) => steps.push(name)), 2);
  assert.deepEqual(steps, ["log", "checkpoint"]);
  assert.equal(checkProof(s.proof, receipt(), { ...keys, witnesses: ["nonsense", ...s.witnesses.slice(1)] }), 1);
});

test("a proof of something else proves nothing", () => {
  const lines = s.proof.split("\n");
  for (const text of ["", "c2sp.org/tlog-proof@v1", s.proof.replace("index 8", "index 7"), s.proof.replace("index 8", "index 08"),
    s.proof.replace("@v1", "@v2"), [...lines.slice(0, 2), ...lines.slice(3)].join("\n"), s.proof.replace("\n11\n", "\n12\n"),
    s.proof.replace(lines[2], lines[3])]) {
    assert.throws(() => checkProof(text, receipt(), keys), Broken, text);
  }
});

test("a checkpoint that the log did not sign is none", () => {
  const note = s.proof.indexOf("\n\n") + 2, at = s.proof.indexOf("— renlin.dev/example ") + 40;
  const other = s.proof.slice(0, at) + (s.proof[at] === "A" ? "B" : "A") + s.proof.slice(at + 1);
  brokenAt("checkpoint", () => checkProof(other, receipt(), keys));
  brokenAt("checkpoint", () => checkProof(s.proof, receipt(), { ...keys, log: s.witnesses[0] }));
  brokenAt("checkpoint", () => checkProof(s.proof.slice(0, note) + s.proof.slice(note).replace("renlin.dev/example\n", "renlin.dev/examplf\n"), receipt(), keys));
});

test("no bytes at all throw anything but Broken", () => {
  let seed = 1;
  const next = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  for (let i = 0; i < 2000; i++) {
    const at = Math.floor(next() * s.proof.length), cut = Math.floor(next() * 9);
    const text = s.proof.slice(0, at) + String.fromCharCode(32 + Math.floor(next() * 95)) + s.proof.slice(at + cut);
    try { checkProof(text, receipt(), keys); } catch (e) { assert.ok(e instanceof Broken, `${e}: ${text}`); }
  }
});
