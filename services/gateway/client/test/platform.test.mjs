// The built file where a mini-program's logic layer runs: without BigInt, fetch, TextEncoder, WebCrypto, timers or eval, over wx.request.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import vm from "node:vm";
import { createRequire } from "node:module";
import { randomFillSync } from "node:crypto";

const require = createRequire(import.meta.url);
const source = (name) => readFileSync(name, "utf8");
const ours = new URL("../dist/index.cjs", import.meta.url);

// load runs the file in a bare world; what it can see beside JavaScript itself is in world.
function load(world) {
  const context = vm.createContext({ ...world }, { codeGeneration: { strings: false, wasm: false } });
  for (const missing of ["BigInt", "BigInt64Array", "BigUint64Array", "WebAssembly"]) vm.runInContext(`delete globalThis.${missing}`, context);
  const run = (text, require) => {
    const module = { exports: {} };
    vm.runInContext(`(function (module, exports, require) {${text}\n})`, context)(module, module.exports, require);
    return module.exports;
  };
  const nacl = run(source(require.resolve("tweetnacl/nacl-fast.js")), () => ({}));
  return run(source(ours), (name) => (name === "tweetnacl" ? nacl : assert.fail(name)));
}

const wx = (answer) => ({
  request: (o) => o.success(answer(o)),
  getRandomValues: ({ length, success }) => success({ randomValues: randomFillSync(new Uint8Array(length)).buffer }),
});

test("makes a key, signs in, writes, and checks the receipt, in a mini-program without BigInt", async () => {
  const v = JSON.parse(source(new URL("../../../../docs/format/vectors.json", import.meta.url)));
  const asked = [];
  const world = { wx: wx((o) => {
    asked.push(o);
    const data = o.url.endsWith("/sessions") ? { token: "t", member: "m", provider: "device" }
      : { index: 0, position: 1, block: 0, time: 1, changed: [], receipt: Buffer.from(v.receipts[0].bytes, "hex").toString("base64") };
    return { statusCode: 201, header: { Date: "Sun, 06 Nov 2033 08:49:37 GMT" }, data: JSON.stringify(data) };
  }) };
  const r = load(world);
  const store = r.memoryStore();
  const device = new r.Device({
    gateway: new r.Gateway({ address: "https://g", transport: r.platformTransport(world.wx.request) }), store, member: "a".repeat(26), key: await r.newKey(),
    home: { id: "c".repeat(26), name: "", genesis: v.commits[0].fields.hash, epoch_key: Buffer.from(v.epoch_key, "hex").toString("base64") },
  });
  await device.signIn();
  assert.equal((await device.write("proposal.second", { topic: "t".repeat(26) }, { topic: "t".repeat(26) })).state, "done");
  assert.match(asked[1].header["Renlin-Signature"], /^[\w-]{43}\.[\w-]{86}$/);
  assert.equal(asked[1].header.Authorization, "Bearer t");
  assert.equal(asked[1].dataType, "text");
  assert.ok(device.gateway.ahead > 0);
  assert.equal((await device.receipts())[0].broken, undefined);
});

test("without a source of chance there are no keys", async () => {
  await assert.rejects(load({ wx: {} }).newKey(), { name: "NoChance" });
  await assert.rejects(load({}).newKey(), { name: "NoChance" });
  await assert.rejects(load({ wx: { getRandomValues: ({ success }) => success({ randomValues: new ArrayBuffer(3) }) } }).newKey(), { name: "NoChance" });
});

test("the built files hold nothing that old engines cannot read", () => {
  for (const name of ["../dist/index.js", "../dist/index.cjs"]) {
    assert.doesNotMatch(source(new URL(name, import.meta.url)), /\d+n\b|BigInt\(|\?\?|\?\.[a-z[(]|\beval\(|new Function/);
  }
});
