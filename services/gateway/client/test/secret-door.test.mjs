// What a platform without BigInt sees: the client itself works, and secret ballots say in words that they do not, and where to vote instead.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { runInNewContext } from "node:vm";

const dist = new URL("../dist/", import.meta.url);
const { join } = createRequire(import.meta.url)("node:path");

test("without BigInt the client loads, and the door is closed, in two languages", async () => {
  const module = { exports: {} }, { require: known } = { require: createRequire(import.meta.url) };
  runInNewContext("delete globalThis.BigInt; " + readFileSync(join(dist.pathname, "index.cjs"), "utf8"), { module, exports: module.exports, require: known });
  const why = module.exports.secretBallotsHere();
  assert.equal(why.code, "platform.no_bigint");
  for (const word of ["网页版", "自助终端", "纸质"]) assert.ok(why.words.zh.includes(word), word);
  for (const word of ["web app", "kiosk", "paper"]) assert.ok(why.words.en.includes(word), word);
  let loaded = false;
  await assert.rejects(module.exports.secretBallots(async () => { loaded = true; }), (e) => e.code === "platform.no_bigint");
  assert.ok(!loaded);
});

test("no file has a BigInt literal, which an old engine could not even read past", () => {
  for (const name of readdirSync(dist).filter((n) => /\.c?js$/.test(n))) {
    assert.ok(!/(^|[^\w$.])\d+n\b/.test(readFileSync(new URL(name, dist), "utf8").replace(/"[^"\n]*"|`[^`]*`|\/\/.*/g, "")), name);
  }
});

test("with BigInt the door opens", async () => {
  const { secretBallots, secretBallotsHere } = await import("@renlin/client");
  assert.equal(secretBallotsHere(), undefined);
  const { Election } = await secretBallots(() => import("@renlin/client/secret"));
  assert.equal(typeof Election, "function");
});
