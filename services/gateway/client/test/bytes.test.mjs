import { test } from "node:test";
import assert from "node:assert/strict";
import { createHash, createHmac, hkdfSync } from "node:crypto";
import * as r from "../dist/index.js";

test("UTF-8 as everywhere, both ways", () => {
  for (const text of ["", "a", "韧邻", "🏘️ 门", "\u07ff\u0800\uffff", "lone \ud800 half", "\udc00"]) {
    assert.deepEqual([...r.utf8(text)], [...Buffer.from(text)], text);
  }
  for (const text of ["", "韧邻 resilient", "🏘️"]) assert.equal(r.textOf(r.utf8(text)), text);
  for (const bad of [[0x80], [0xc0, 0x80], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe9, 0x9f], [0xff]]) {
    assert.equal(r.textOf(Uint8Array.from(bad)), undefined, String(bad));
  }
});

test("hexadecimal and base64 in one spelling", () => {
  for (let n = 0; n < 70; n++) {
    const b = createHash("sha512").update(String(n)).digest().subarray(0, n % 65);
    assert.equal(r.hex(b), b.toString("hex"));
    assert.equal(r.base64(b), b.toString("base64"));
    assert.equal(r.base64url(b), b.toString("base64url"));
    assert.deepEqual([...r.fromBase64(b.toString("base64"))], [...b]);
    assert.deepEqual([...r.fromBase64(b.toString("base64url"))], [...b]);
    assert.deepEqual([...r.fromHex(b.toString("hex"))], [...b]);
  }
  for (const bad of ["A", "AB=C", "AB", "AAB", "A A=", "*"]) assert.equal(r.fromBase64(bad), undefined, bad);
  for (const bad of ["0", "0G", "AB"]) assert.equal(r.fromHex(bad), undefined, bad);
});

test("SHA-256, HMAC and HKDF are Node's, at every length around a block", () => {
  for (let n = 0; n < 200; n++) {
    const b = Buffer.alloc(n, n);
    assert.equal(r.hex(r.sha256(b)), createHash("sha256").update(b).digest("hex"), String(n));
    const key = Buffer.alloc(n, 7);
    assert.equal(r.hex(r.hmac(key, b)), createHmac("sha256", key).update(b).digest("hex"), String(n));
    assert.equal(r.hex(r.hkdf32(key, b, "info")), Buffer.from(hkdfSync("sha256", key, b, "info", 32)).toString("hex"));
  }
});
