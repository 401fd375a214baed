// A ballot that is on its way: whatever ends in between, it is one ballot, and what became of it is known in the end.
import { test } from "node:test";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Device, Gateway, Refused, Unreachable, keyOf, memoryStore } from "../dist/index.js";
import * as secret from "../dist/secret.js";

const chance = async (n) => new Uint8Array(randomBytes(n));
const member = "a".repeat(26), poll = "b".repeat(26);
const home = { id: "c".repeat(26), name: "x", genesis: "00".repeat(32), epoch_key: Buffer.alloc(32).toString("base64") };

// world is a gateway that takes each number of a credential once, and answers the same bytes alike; how answers get lost is up to the test.
function world() {
  const taken = new Map(), sent = [], w = { sent, taken, now: 1_700_000_000_000, lose: () => false, refuse: () => undefined };
  w.transport = async (request) => {
    if (request.method === "GET") {
      const path = decodeURIComponent(request.url.split("/records/")[1] ?? "");
      const records = path.includes("/secret-ballot/") && taken.size > 0 ? [{ path, state: { sequence: Math.max(...taken.keys()) } }] : [];
      return records.length > 0 ? { status: 200, headers: {}, text: JSON.stringify({ records }) } : problem(404, "record.unknown");
    }
    sent.push(request);
    if (w.lose("before", request)) throw new Unreachable();
    const why = w.refuse(request), sequence = Number(JSON.parse(request.body).sequence);
    if (why) return problem(422, why);
    if (request.headers["Renlin-Not-After"] < w.now) return problem(422, "command.expired");
    const before = taken.get(sequence);
    if (before && before.headers["Idempotency-Key"] !== request.headers["Idempotency-Key"]) return problem(422, "ballot.sequence");
    taken.set(sequence, request);
    if (w.lose("after", request)) throw new Unreachable();
    return { status: 201, headers: {}, text: JSON.stringify({ index: 7, block: 3, receipt: "AAAA" }) };
  };
  return w;
}

const problem = (status, code) => ({ status, headers: {}, text: JSON.stringify({ status, code, detail: code, title: code, type: "about:blank", lang: "zh", kind: "x" }) });

// voting is a device with a credential, as it starts: what it keeps is in the store.
async function voting(w, store) {
  const options = { address: "", transport: w.transport, wait: async () => {}, now: () => w.now };
  const device = new Device({ gateway: new Gateway({ ...options }), store, home, member, key: keyOf(new Uint8Array(32).fill(7)) });
  const voter = new secret.Voter(device, store, chance, poll);
  if (!(await voter.kept())) {
    const c = secret.Credential.make((n) => new Uint8Array(randomBytes(n)), poll, member);
    await store.set(`secret/${poll}/${member}`, JSON.stringify({ credential: Buffer.from(c.bytes()).toString("base64"), channel: 0, cast: [] }));
  }
  return { voter, booth: new secret.Booth({ ...options, home, random: chance }, await voter.credential()) };
}

// made is a ballot as far as sending goes.
const made = (sequence) => new secret.Ballot(poll, sequence, { ballot: Uint8Array.from(randomBytes(32)), opening: Uint8Array.from([1]), tracker: Uint8Array.from(randomBytes(32)) });

test("a ballot whose answer was lost is sent again with the same bytes, also after the program ended, and is one", async () => {
  for (const when of ["before", "after"]) {
    const w = world(), store = memoryStore();
    w.lose = (at) => at === when;
    const first = await voting(w, store);
    await assert.rejects(first.voter.send(first.booth, made(1)), Unreachable);
    await assert.rejects(first.voter.send(first.booth, made(1)), { code: "ballot.under_way" });
    w.lose = () => false;
    const again = await voting(w, store); // the program started anew
    const cast = await again.voter.resume(again.booth);
    assert.equal(cast.sequence, 1);
    assert.equal(new Set(w.sent.map((r) => JSON.stringify([r.headers, r.body]))).size, 1, when);
    assert.equal(w.taken.size, 1);
    const kept = await again.voter.kept();
    assert.equal(kept.cast.length, 1);
    assert.equal(kept.sending, undefined);
    assert.equal(await again.voter.resume(again.booth), undefined);
  }
});

test("what was not sent in its time is signed again, once; what is refused then is told and kept no more", async () => {
  const w = world(), store = memoryStore();
  w.lose = (at) => at === "before";
  const first = await voting(w, store);
  await assert.rejects(first.voter.send(first.booth, made(1)), Unreachable);
  w.lose = () => false;
  w.now += 3_600_000;
  const later = await voting(w, store);
  await later.voter.resume(later.booth);
  const bodies = new Set(w.sent.map((r) => r.body)), ends = new Set(w.sent.map((r) => r.headers["Renlin-Not-After"]));
  assert.equal(bodies.size, 1);
  assert.equal(ends.size, 2);
  w.refuse = () => "ballot.closed";
  await assert.rejects(later.voter.send(later.booth, made(2)), (e) => e instanceof Refused && e.code === "ballot.closed");
  const kept = await later.voter.kept();
  assert.equal(kept.sending, undefined);
  assert.equal(kept.cast.length, 1);
});

test("what is kept of a ballot that is cast does not open it; of one that is opened it does, as the record will", async () => {
  const w = world(), store = memoryStore();
  w.lose = () => true;
  const { voter, booth } = await voting(w, store);
  await assert.rejects(voter.send(booth, made(1)), Unreachable);
  assert.deepEqual(Object.keys(JSON.parse((await voter.kept()).sending.body)), ["poll", "sequence", "ballot"]);
  const other = await voting(w, memoryStore());
  await assert.rejects(other.voter.send(other.booth, made(1), true), Unreachable);
  const { sending } = await other.voter.kept();
  assert.ok(sending.challenged && sending.path.endsWith("/challenges") && JSON.parse(sending.body).opening);
});
