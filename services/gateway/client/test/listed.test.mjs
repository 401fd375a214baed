// Codes of a sealed list: the tree is that of docs/formats.md, a code leads to its root, and whoever answers by one is named nowhere.
import { test } from "node:test";
import assert from "node:assert/strict";
import * as r from "../dist/index.js";

const keys = [1, 2, 3].map((n) => r.keyOf(new Uint8Array(32).fill(n)));
const root = "d811d883a7797eca8a70d4d6b6bc7558d5c4fe584be6a75cd138bb244b151cab"; // docs/formats.md, of the public keys 01…01 and so on

test("the tree of a list is that of the document", () => {
  const public_ = [1, 2, 3].map((n) => ({ seed: new Uint8Array(32), public: new Uint8Array(32).fill(n) }));
  assert.equal(r.hex(r.sealedList(public_).root), root);
});

test("every code of lists of any size leads to their root, and a changed one nowhere", () => {
  for (let n = 1; n <= 9; n++) {
    const all = Array.from({ length: n }, (_, i) => r.keyOf(new Uint8Array(32).fill(i + 1)));
    const list = r.sealedList(all);
    const published = { count: n, root: r.base64(list.root) };
    list.codes.forEach((text, i) => {
      const code = r.readListCode(` ${text.slice(0, 20)}\n${text.slice(20)} `);
      assert.equal(code.index, i);
      assert.ok(r.onList(code, published));
      assert.ok(r.onList(code, { count: n, root: r.hex(list.root) }));
      assert.ok(!r.onList({ ...code, index: i + 1 }, published));
      assert.ok(n === 1 || !r.onList({ ...code, path: code.path.slice(1) }, published));
      assert.ok(!r.onList({ ...code, key: keys[0], index: (i + 1) % n }, published) || n === 1);
    });
  }
});

test("what is no code is none", () => {
  for (const text of ["", "RN1-", "RN1-AAAA", "RN2-" + "A".repeat(48), "RN1-" + "!".repeat(48), "RN1-" + "A".repeat(47 + 43 * 21)]) {
    assert.equal(r.readListCode(text), undefined, text.slice(0, 20));
  }
});

test("an answer is signed by the code alone, without a session", async () => {
  const sent = [];
  const transport = async (request) => {
    sent.push(request);
    return { status: 201, headers: { date: new Date(1_800_000_000_000).toUTCString() }, text: JSON.stringify({ index: 1 }) };
  };
  const gateway = new r.Gateway({ address: "https://g/", transport, now: () => 1_800_000_000_000 });
  const home = { id: "c".repeat(26), name: "", genesis: "00".repeat(32), epoch_key: "" };
  const code = r.readListCode(r.sealedList(keys).codes[1]);
  await r.answerNotice(gateway, home, "n".repeat(26), code);
  assert.equal(sent.length, 1);
  assert.equal(sent[0].headers.Authorization, undefined);
  assert.ok(sent[0].headers["Renlin-Signature"].startsWith(r.base64url(keys[1].public)));
  assert.equal(JSON.parse(sent[0].body).entry.index, 1);
});
