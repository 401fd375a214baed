// Tests of the script that holds two checkpoints against each other, with Node's own runner: node --test services/gateway/faces
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { continues, tilePath } from "./static/continues.mjs";
import { Broken } from "./static/receipt.mjs";

const sha = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const leaf = (n) => sha(Buffer.of(0), sha(Buffer.from("entry " + n)));
const node = (left, right) => sha(Buffer.of(1), left, right);

// rootOf is RFC 6962's definition, straight.
function rootOf(leaves) {
  if (leaves.length === 1) return leaves[0];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return node(rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
}

// tilesOf serves a log's tiles as C2SP tlog-tiles says, of what it holds now.
function tilesOf(leaves) {
  const levels = [leaves];
  while (levels.at(-1).length >= 256) {
    const below = levels.at(-1), row = [];
    for (let i = 0; i + 256 <= below.length; i += 256) row.push(rootOf(below.slice(i, i + 256)));
    levels.push(row);
  }
  return async (path) => {
    const [, level, at, width] = /^tile\/(\d+)\/([x\d/]+?)(?:\.p\/(\d+))?$/.exec(path);
    const index = Number(at.replace(/[x/]/g, ""));
    return Buffer.concat(levels[level].slice(index * 256, index * 256 + Number(width ?? 256)));
  };
}

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32), name = "renlin.dev/test";
const idOf = (key) => sha(Buffer.from(name + "\n"), Buffer.of(1), key).subarray(0, 4);
const keys = { log: `${name}+${idOf(raw).toString("hex")}+${Buffer.concat([Buffer.of(1), raw]).toString("base64")}`, witnesses: [] };

function noteOf(leaves, by = privateKey) {
  const text = `${name}\n${leaves.length}\n${rootOf(leaves).toString("base64")}\n`;
  return `${text}\n— ${name} ${Buffer.concat([idOf(raw), sign(null, Buffer.from(text), by)]).toString("base64")}\n`;
}

const log = (n, differsAt = -1) => Array.from({ length: n }, (_, i) => leaf(i === differsAt ? "other" : i));
const brokenAt = (step, run) => assert.rejects(run, (e) => e instanceof Broken && e.step === step, step);

test("a longer log continues a shorter one, at every size up to 40 and around the edges of tiles", async () => {
  const sizes = [...Array(40).keys()].map((n) => n + 1).concat(255, 256, 257, 511, 512, 513, 700);
  for (const newer of sizes) {
    const all = log(newer), tiles = tilesOf(all);
    for (const older of sizes.filter((n) => n <= newer && (n < 20 || newer - n < 3 || n % 64 === 0))) {
      const both = await continues(noteOf(all.slice(0, older)), noteOf(all), keys, tiles);
      assert.deepEqual([both.older.size, both.newer.size], [BigInt(older), BigInt(newer)]);
    }
  }
});

test("which is which does not matter, nor how the lines end", async () => {
  const all = log(300), steps = [];
  const both = await continues(noteOf(all).replaceAll("\n", "\r\n"), noteOf(all.slice(0, 7)) + "\n\n", keys, tilesOf(all), (s) => steps.push(s));
  assert.deepEqual([both.older.size, steps], [7n, ["older", "newer", "tiles", "continued"]]);
});

test("a log that was forked is told as that, wherever it differs", async () => {
  for (const [older, newer, at] of [[7, 20, 0], [7, 20, 6], [200, 300, 130], [256, 600, 255], [257, 600, 256]]) {
    const forked = log(newer);
    await brokenAt("fork", () => continues(noteOf(log(older, at)), noteOf(forked), keys, tilesOf(forked)));
  }
  await brokenAt("fork", () => continues(noteOf(log(9)), noteOf(log(9, 3)), keys, tilesOf(log(9))));
});

test("tiles of another history than the one that was signed are found out", async () => {
  for (const at of [0, 5, 19]) await brokenAt("tiles", () => continues(noteOf(log(7)), noteOf(log(20)), keys, tilesOf(log(20, at))));
  await brokenAt("tiles", () => continues(noteOf(log(7)), noteOf(log(20)), keys, async () => Buffer.alloc(31)));
});

test("what another key signed, or nobody, is no checkpoint", async () => {
  const other = generateKeyPairSync("ed25519").privateKey, tiles = tilesOf(log(20));
  await brokenAt("older", () => continues(noteOf(log(7), other), noteOf(log(20)), keys, tiles));
  await brokenAt("newer", () => continues(noteOf(log(7)), noteOf(log(20), other), keys, tiles));
  for (const text of ["", "hello", noteOf(log(7)).replace("\n7\n", "\n8\n"), noteOf(log(7)).replace("\n7\n", "\n07\n"), "\n\n— a b\n"]) {
    await brokenAt("older", () => continues(text, noteOf(log(20)), keys, tiles));
  }
});

test("a network that fails is no finding", async () => {
  const gone = async () => { throw new TypeError("offline"); };
  await assert.rejects(() => continues(noteOf(log(7)), noteOf(log(20)), keys, gone), TypeError);
});

test("a tile's path is C2SP's", () => {
  assert.equal(tilePath(0n, 5n, 256n), "tile/0/005");
  assert.equal(tilePath(1n, 1234067n, 256n), "tile/1/x001/x234/067");
  assert.equal(tilePath(0n, 1000n, 7n), "tile/0/x001/000.p/7");
});
