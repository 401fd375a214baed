// Holds the client against the released vectors: what is signed, receipts, boxes.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import nacl from "tweetnacl";
import * as r from "../dist/index.js";
import * as reader from "../../../../docs/format/reader.mjs";

const v = JSON.parse(readFileSync(new URL("../../../../docs/format/vectors.json", import.meta.url)));
const bytes = (s) => Uint8Array.from(Buffer.from(s, "hex"));
const community = { genesis: v.commits[0].fields.hash, epoch_key: Buffer.from(v.epoch_key, "hex").toString("base64") };

test("commands: id, signed bytes and signature", () => {
  let signed = 0;
  for (const x of v.signed) {
    const s = reader.decodeSigned(Buffer.from(x.bytes, "hex"));
    if (s.signatures.length === 0) continue; // a policy's
    const body = Buffer.from(s.body).toString();
    const author = Uint8Array.from(s.signatures[0].key);
    const command = {
      genesis: bytes(x.fields.genesis), operation: s.operation, contract: Number(s.contract), idempotencyKey: s.idempotencyKey,
      notAfter: Number(s.notAfter), body,
    };
    const id = s.operation === "community.found" ? r.foundingId(body) : r.commandId(author, command.idempotencyKey);
    assert.equal(r.hex(id), x.fields.id, x.name);
    assert.equal(r.hex(r.signingInput(command, id)), x.fields.signing_input, x.name);
    for (const { key, sig } of s.signatures) assert.ok(r.signed(Uint8Array.from(key), r.signingInput(command, id), Uint8Array.from(sig)));
    signed++;
  }
  assert.equal(signed, 4);
});

test("a signature covers everything: another value anywhere, another signature", () => {
  const key = r.keyOf(new Uint8Array(32).fill(7));
  const c = { genesis: new Uint8Array(32), operation: "proposal.post", contract: 1, idempotencyKey: "00".repeat(16), notAfter: 1, body: "{}" };
  const seen = new Set([r.sign(c, key)]);
  for (const other of [{ genesis: new Uint8Array(32).fill(1) }, { operation: "proposal.second" }, { contract: 2 }, { idempotencyKey: "11".repeat(16) },
    { notAfter: 2 }, { body: "[]" }]) seen.add(r.sign({ ...c, ...other }, key));
  assert.equal(seen.size, 7);
  assert.match(r.sign(c, key, r.keyOf(new Uint8Array(32).fill(8))), /^[\w-]{43}\.[\w-]{86}, [\w-]{43}\.[\w-]{86}$/);
});

test("receipts hold, and each byte that is changed breaks the step that it is about", () => {
  assert.ok(v.receipts.length >= 2);
  for (const x of v.receipts) {
    const raw = bytes(x.bytes);
    assert.equal(r.hex(r.check(r.base64(raw), community).commit), x.fields.commit);
    for (let i = 0; i < raw.length; i += i > 0 && i < 192 ? 8 : 1) { // each changed byte of the signed part costs a verification
      const other = raw.slice();
      other[i] ^= 1 + (i % 255);
      const want = i >= 1 && i < 33 ? ["community"] : i < 193 ? ["signature", "read"] : ["path", "read"];
      assert.throws(() => r.check(r.base64(other), community), (e) => e instanceof r.Broken && want.includes(e.step), `byte ${i}`);
    }
    for (const cut of [0, 1, 100, raw.length - 1]) assert.throws(() => r.check(r.base64(raw.subarray(0, cut)), community), r.Broken);
  }
  assert.throws(() => r.check("not a receipt", community), (e) => e.step === "read");
});

test("no signature holds under a key of small order, or in a second encoding", () => {
  const message = r.ascii("x");
  for (const y of ["00".repeat(32), "01" + "00".repeat(31), "ec" + "ff".repeat(30) + "7f", "ee" + "ff".repeat(30) + "7f"]) {
    assert.equal(r.signed(bytes(y), message, Uint8Array.from([...bytes(y), ...new Uint8Array(32)])), false);
  }
  const pair = nacl.sign.keyPair.fromSeed(new Uint8Array(32).fill(3)), good = nacl.sign.detached(message, pair.secretKey);
  assert.ok(r.signed(pair.publicKey, message, good));
  let carry = 0; // the same s and the order of the group: a second spelling of the same number
  const order = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  const second = good.map((b, i) => {
    if (i < 32) return b;
    carry += b + order[i - 32];
    const out = carry & 255;
    carry >>= 8;
    return out;
  });
  assert.equal(r.signed(pair.publicKey, message, second), false);
});

test("a ballot's box opens with the poll's key, and its length tells nothing", async () => {
  const poll = "p".repeat(26), voter = "a".repeat(26), key = nacl.box.keyPair.fromSecretKey(new Uint8Array(32).fill(9));
  const box = await r.sealBallot(key.publicKey, poll, voter, { options: [1] });
  const plain = nacl.box.open(box.subarray(56), box.subarray(32, 56), box.subarray(0, 32), key.secretKey);
  assert.equal(Buffer.from(plain.subarray(0, 52)).toString(), poll + voter);
  assert.deepEqual([...plain.subarray(52, 57)], [0x0a, 1, 1, 0x1a, 123]);
  for (const choice of [{ options: [] }, { options: [0] }, { options: [1, 2, 3], points: [4, 500, 6] }]) assert.equal(r.encodeChoice(choice).length, 128);
  for (let n = 0; n < 300; n++) {
    const size = r.encodeChoice({ options: Array.from({ length: n }, (_, i) => i) }).length;
    assert.ok(size >= 128 && (size & (size - 1)) === 0, `${n} options: ${size}`);
  }
});

test("the answer to a read opens, and only to what was committed to", () => {
  const salt = new Uint8Array(16).fill(5), text = r.utf8("楼下没有长椅"), reader = nacl.box.keyPair.fromSecretKey(new Uint8Array(32).fill(1));
  const plain = r.join(r.ascii("renlin/answer/1\n"), Uint8Array.of(salt.length), salt, text);
  const once = nacl.box.keyPair.fromSecretKey(new Uint8Array(32).fill(2)), nonce = new Uint8Array(24);
  const box = r.base64(r.join(once.publicKey, nonce, nacl.box(plain, nonce, reader.publicKey, once.secretKey)));
  const good = r.base64(r.commitment(salt, text));
  assert.equal(r.openAnswer(box, reader.secretKey, good), "楼下没有长椅");
  assert.equal(r.openAnswer(box, reader.secretKey, r.hex(r.commitment(salt, text))), "楼下没有长椅");
  assert.equal(r.openAnswer(box, reader.secretKey, r.base64(r.commitment(salt, r.utf8("other")))), undefined);
  assert.equal(r.openAnswer(box, once.secretKey, good), undefined);
  assert.equal(r.openAnswer("AAAA", reader.secretKey), undefined);
});
