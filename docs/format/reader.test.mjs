// Holds the second reader and the released vectors against each other: node --test docs/format/
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as f from "./reader.mjs";

const v = JSON.parse(readFileSync(new URL("vectors.json", import.meta.url)));
const hex = (s) => Buffer.from(s, "hex");
const epochKey = hex(v.epoch_key);

test("commands: id, signing input and every signature", () => {
  assert.equal(v.signed.length, 5);
  v.signed.forEach((x, i) => {
    const s = f.decodeSigned(hex(x.bytes));
    const id = f.commandId(s, x.name, f.decodeCommit(hex(v.commits[i].bytes)).service);
    assert.equal(id.toString("hex"), x.fields.id);
    const input = f.signingInput(s, hex(x.fields.genesis), id);
    assert.equal(input.toString("hex"), x.fields.signing_input);
    for (const { key, sig } of s.signatures) assert.ok(f.ed25519(key, input, sig), x.name);
    if (s.signatures.length) {
      const other = Buffer.from(input);
      other[40] ^= 1;
      assert.ok(!f.ed25519(s.signatures[0].key, other, s.signatures[0].sig));
    }
  });
});

test("commits: fields, hash and leaf", () => {
  v.commits.forEach((x) => {
    const raw = hex(x.bytes), c = f.decodeCommit(raw);
    assert.equal(c.author, x.name);
    assert.equal(c.actor, x.fields.actor);
    assert.equal(c.id.toString("hex"), x.fields.id);
    assert.equal(f.commitHash(raw).toString("hex"), x.fields.hash);
    assert.equal(f.leafHash(f.commitHash(raw)).toString("hex"), x.fields.leaf);
  });
});

test("blocks: hash, root, signature and link", () => {
  let prev = Buffer.alloc(32), first = 0n;
  v.blocks.forEach((x, n) => {
    const b = f.decodeBlock(hex(x.bytes));
    assert.equal(b.hash.toString("hex"), x.fields.hash);
    const leaves = b.commits.map((c) => f.leafHash(f.commitHash(c)));
    assert.equal(f.merkleRoot(leaves).toString("hex"), b.root.toString("hex"));
    assert.ok(f.ed25519(epochKey, b.signingInput, b.sig));
    assert.equal(b.prev.toString("hex"), prev.toString("hex"));
    assert.equal(b.number, BigInt(n));
    assert.equal(b.first, first);
    assert.equal(b.genesis.toString("hex"), v.commits[0].fields.hash);
    prev = b.hash;
    first += BigInt(b.count);
  });
});

test("receipts: the path leads to the root", () => {
  v.receipts.forEach((x) => {
    const r = f.decodeReceipt(hex(x.bytes));
    assert.equal(r.commit.toString("hex"), x.fields.commit);
    assert.deepEqual(f.rootFromPath(r.commit, r.index - r.first, BigInt(r.count), r.path), r.root);
    const forged = Buffer.from(r.commit);
    forged[0] ^= 1;
    assert.notDeepEqual(f.rootFromPath(forged, r.index - r.first, BigInt(r.count), r.path), r.root);
  });
});

test("rolls: entries and root", () => {
  const { rolls } = JSON.parse(readFileSync(new URL("roll.json", import.meta.url)));
  assert.equal(rolls.length, 5);
  for (const { voters, root } of rolls) {
    for (const x of voters) assert.equal(f.rollEntry(x).toString("hex"), x.entry);
    assert.equal(f.rollRoot(voters).toString("hex"), root);
    const other = structuredClone(voters);
    other[0].units.push({ unit: "zzzzzzzzzzzzzzzzzzzzzzzzzz", area_centi_m2: 0 });
    assert.notEqual(f.rollRoot(other).toString("hex"), root);
  }
});

test("samples: without putting back, and by weight", () => {
  const { samples, weighted } = JSON.parse(readFileSync(new URL("sampling.json", import.meta.url)));
  assert.equal(samples.length, 5);
  for (const x of samples) assert.deepEqual(f.sample(hex(x.seed), x.label, x.size, x.places.length), x.places);
  assert.equal(weighted.length, 3);
  for (const x of weighted) assert.deepEqual(f.weightedSample(hex(x.seed), x.label, x.weights, x.places.length), x.places);
});

test("damaged bytes are refused or change a hash", () => {
  const raw = hex(v.commits[1].bytes), hash = f.commitHash(raw).toString("hex");
  for (let i = 0; i < raw.length; i++) {
    const bad = Buffer.from(raw);
    bad[i] ^= 0x41;
    assert.notEqual(f.commitHash(bad).toString("hex"), hash);
  }
  for (const cut of [0, 1, 57, raw.length - 1]) assert.throws(() => f.decodeCommit(raw.subarray(0, cut)));
  assert.throws(() => f.decodeCommit(Buffer.concat([raw, Buffer.from([0])])));
});
