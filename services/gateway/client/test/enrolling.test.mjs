// Becoming a member's device over a network that fails: an officer's code is good for one key, so the key that was sent is the key that is kept.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as r from "../dist/index.js";

const v = JSON.parse(readFileSync(new URL("../../../../docs/format/vectors.json", import.meta.url)));
const home = { id: "c".repeat(26), name: "", genesis: v.commits[0].fields.hash, epoch_key: Buffer.from(v.epoch_key, "hex").toString("base64") };
const receipt = Buffer.from(v.receipts[0].bytes, "hex").toString("base64");
const member = "a".repeat(26);
const code = "a".repeat(16); // its check symbol holds

// community takes a code once, and opens sessions for the key that it was used for; network says what becomes of each request.
function community() {
  const w = { store: r.memoryStore(), keys: [], enrolled: undefined, network: () => "" };
  const answer = (status, body) => ({ status, headers: {}, text: JSON.stringify(body) });
  const no = (status) => answer(status, { code: "x.y", detail: "no", status, kind: "refused", lang: "en" });
  const serve = ({ url, headers, body }) => {
    const key = (headers["Renlin-Signature"] ?? "").split(".")[0];
    if (url.endsWith("/sessions")) return key === w.enrolled ? answer(201, { token: "t" }) : no(401);
    w.keys.push(JSON.parse(body).key);
    if (w.enrolled !== undefined) return no(409);
    w.enrolled = key;
    return answer(201, { index: 0, position: 1, block: 1, time: 1, receipt, changed: [] });
  };
  const transport = async (request) => {
    const what = w.network(request);
    if (what === "cut") throw new r.Unreachable();
    const out = serve(request);
    if (what === "lost") throw new r.Unreachable();
    return out;
  };
  const gateway = () => new r.Gateway({ address: "https://g", transport, wait: async () => {} });
  w.enrol = (whom = member) => r.enrolByCode({ gateway: gateway(), store: w.store, home, member: whom }, code, async () => {});
  return w;
}

test("the code's key is kept when no answer comes, and is the one that is enrolled in the end", async () => {
  for (const network of ["cut", "lost"]) {
    const w = community();
    w.network = () => network;
    assert.deepEqual(await w.enrol(), { outcome: { state: "waiting" } }, network);
    w.network = () => "";
    const { seed } = await w.enrol();
    assert.ok(seed, network);
    assert.equal(new Set(w.keys).size, 1, network);
    assert.equal(w.keys[0], r.base64(r.keyOf(r.fromHex(seed)).public));
    assert.equal((await r.readJSON(w.store, "outbox")).length, 0);
  }
});

test("done, and the program ended before it was kept: the same key opens a session", async () => {
  const w = community();
  const first = await w.enrol();
  assert.equal((await w.enrol()).seed, first.seed);
});

test("whether an earlier key is on the record is not known without a network: it stays", async () => {
  const w = community();
  await w.enrol();
  w.network = ({ url }) => (url.endsWith("/sessions") ? "cut" : "");
  assert.deepEqual(await w.enrol(), { outcome: { state: "waiting" } });
  w.network = () => "";
  assert.ok((await w.enrol()).seed);
});

test("a code that was used by another key is refused, and its key is not kept", async () => {
  const w = community();
  w.enrolled = "another";
  for (let i = 0; i < 2; i++) {
    const { outcome, seed } = await w.enrol();
    assert.deepEqual([outcome.state, seed], ["refused", undefined]);
    assert.equal(await w.store.get(r.enrolling), undefined);
  }
  assert.equal(new Set(w.keys).size, 2);
});
