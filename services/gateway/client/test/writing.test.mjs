// Writing over a network that fails in every way: each write is done once, nothing is lost, and a refusal is kept for the person to see.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as r from "../dist/index.js";

const v = JSON.parse(readFileSync(new URL("../../../../docs/format/vectors.json", import.meta.url)));
const home = { id: "c".repeat(26), name: "", genesis: v.commits[0].fields.hash, epoch_key: Buffer.from(v.epoch_key, "hex").toString("base64") };
const receipt = Buffer.from(v.receipts[0].bytes, "hex").toString("base64");
const poll = "p".repeat(26);

// world is a gateway that does each key once, and a network in front of it that script tells what to do: "cut" before, "lost" after, a status, or a function.
function world(script = []) {
  const w = { done: new Map(), asked: [], script: [...script], store: r.memoryStore(), now: 1_800_000_000_000, sealed: new Map() };
  const answer = (status, body, headers = {}) => ({ status, headers: { date: new Date(w.now).toUTCString(), ...headers }, text: JSON.stringify(body) });
  const serve = ({ method, url, headers, body }) => {
    if (method === "GET") return answer(200, { records: [], position: 1 }, { etag: '"1"' });
    if (url.endsWith("/sessions")) return answer(201, { token: "t" + w.asked.length, member: "m", provider: "device" });
    const key = headers["Idempotency-Key"];
    const before = w.done.get(key);
    if (before) return before.body === body ? answer(200, before.answer) : answer(422, { code: "command.reused", detail: "used", status: 422 });
    const made = url.includes("/texts") ? { ref: "r1", length_bytes: body.length, commitment: "AA==", salt: "AA==" }
      : { index: w.done.size, position: w.done.size + 1, block: 1, time: w.now, receipt, changed: [] };
    w.done.set(key, { url, body, answer: made });
    return answer(201, made);
  };
  w.transport = async (request) => {
    w.asked.push(request);
    const next = w.script.shift();
    if (next === "cut") throw new r.Unreachable();
    const status = typeof next === "number" ? answer(next, { code: "x.y", detail: "no", status: next, kind: "refused", lang: "en" }) : undefined;
    const out = status ?? (typeof next === "function" ? next(request, answer) : serve(request));
    if (next === "lost") throw new r.Unreachable();
    return out;
  };
  w.device = (options = {}) => new r.Device({
    gateway: new r.Gateway({ address: "https://g/", transport: w.transport, wait: async () => {}, now: () => w.now, cache: w.store, ...options }),
    store: w.store, home, member: "a".repeat(26), key: r.keyOf(new Uint8Array(32).fill(1)),
  });
  return w;
}
const cast = (d, options) => d.write("voting.cast", { poll }, { poll, voter: "v", box: "AA==" }, { about: `poll/${poll}`, ...options });

test("sent again until there is an answer, with the same bytes under the same key", async () => {
  const w = world(["lost", "cut", 503]);
  const outcome = await cast(w.device());
  assert.equal(outcome.state, "done");
  assert.equal(w.asked.length, 4);
  assert.equal(w.done.size, 1);
  assert.equal(new Set(w.asked.map((a) => JSON.stringify(a))).size, 1);
});

test("with no network it waits, over the end of the program, and is sent once, in order", async () => {
  const w = world();
  const away = Array(8).fill("cut");
  w.script = [...away];
  const first = w.device();
  assert.equal((await cast(first)).state, "waiting");
  assert.equal((await first.write("proposal.second", { topic: "t".repeat(26) }, { topic: "t".repeat(26) })).state, "waiting");
  assert.equal(w.done.size, 0);
  w.script = [];
  const again = w.device(); // the program was started anew
  assert.equal((await again.outbox.list()).length, 2);
  let settled = 0;
  again.outbox.watch(() => settled++);
  await Promise.all([again.outbox.flush(), again.outbox.flush()]);
  assert.deepEqual([...w.done.values()].map((d) => d.url.replace(/.*\//, "")), ["ballots", "seconds"]);
  assert.equal((await again.outbox.list()).length, 0);
  assert.equal(settled, 2);
  assert.equal((await again.receipts()).length, 1); // both answers hold the vectors' one receipt
  assert.equal((await again.receipts())[0].broken, undefined);
});

test("a button that is tapped twice writes once, also when the network goes away between", async () => {
  const w = world(["lost", "cut", "cut", "cut", "cut", "cut", "cut", "cut"]);
  const d = w.device();
  const [a, b] = await Promise.all([cast(d, { once: "yes" }), cast(d, { once: "yes" })]);
  assert.deepEqual([a.state, b.state], ["waiting", "waiting"]);
  assert.equal((await cast(d, { once: "yes" })).state, "waiting");
  assert.equal((await d.outbox.list()).length, 1);
  w.script = [];
  await d.outbox.flush();
  assert.equal(w.done.size, 1);
  assert.equal((await cast(d, { once: "yes" })).state, "done"); // later, and on purpose: a further one
  assert.equal(w.done.size, 2);
});

test("a refusal is kept for the person to see, and does not hold up what comes after it", async () => {
  const w = world([403]);
  const d = w.device();
  const outcome = await cast(d);
  assert.equal(outcome.state, "refused");
  assert.equal(outcome.refused.message, "no");
  assert.equal((await cast(d)).state, "done");
  const [left] = await d.outbox.list();
  assert.equal(left.refused.code, "x.y");
  await d.outbox.dismiss(left.id);
  assert.equal((await d.outbox.list()).length, 0);
});

test("what answers on the way and is no gateway refuses nothing: what was written waits", async () => {
  const page = (status) => () => ({ status, headers: {}, text: "<html>" });
  for (const status of [200, 403, 502, 511]) {
    const w = world([page(status)]);
    const d = w.device();
    assert.equal((await cast(d)).state, "waiting", status);
    await d.outbox.flush();
    w.script = [page(status)];
    const words = { subject: "a".repeat(26), text: "楼下没有长椅", field: "text" };
    assert.equal((await d.write("proposal.post", {}, { matter: "greening" }, { words, once: "post" })).state, "waiting", status);
    await d.outbox.flush();
    assert.equal((await d.outbox.list()).length, 0);
    assert.deepEqual([...w.done.values()].map((x) => x.url.replace(/.*\//, "")), ["ballots", "texts?subject=" + "a".repeat(26), "topics"]);
    await d.read("gateway.inbox");
    w.script = [page(status)];
    assert.equal((await d.read("gateway.inbox")).keptAt, w.now, "what was read before is there");
  }
});

test("an inbox of several pages is read to its end, and is there without a network", async () => {
  const pages = {
    "": { deliberation: [{ path: "deliberation/a" }], motion: null, notices: [{ poll: "q" }], next: "one" },
    one: { deliberation: [{ path: "deliberation/b" }], motion: [{ path: "motion/a" }], next: "two" },
    two: { motion: [{ path: "motion/b" }], poll: [{ path: "poll/q" }] },
  };
  const w = world();
  const { transport } = w;
  let away = false;
  w.transport = async (q) => {
    if (away) throw new r.Unreachable();
    const { pathname, searchParams } = new URL(q.url);
    if (!pathname.endsWith("/inbox")) return transport(q);
    return { status: 200, headers: { date: new Date(w.now).toUTCString() }, text: JSON.stringify(pages[searchParams.get("after") || ""]) };
  };
  const d = w.device();
  for (away of [false, true]) {
    const { body, keptAt } = await d.inbox();
    const paths = ["deliberation", "merge", "motion", "poll"].flatMap((kind) => (body[kind] || []).map((x) => x.path));
    assert.deepEqual(paths, ["deliberation/a", "deliberation/b", "motion/a", "motion/b", "poll/q"]);
    assert.deepEqual([body.notices.length, body.next, keptAt], [1, undefined, away ? w.now : undefined]);
  }
});

test("words are sealed first, under the entry's own key, and the command names them; nothing is sealed or posted twice", async () => {
  const w = world(["cut", "cut", "cut", "cut"]);
  const d = w.device();
  const words = { subject: "a".repeat(26), text: "楼下没有长椅", field: "text" };
  assert.equal((await d.write("proposal.post", {}, { matter: "greening" }, { words })).state, "waiting");
  w.script = ["lost", undefined, "lost"];
  await d.outbox.flush();
  const [text, post] = [...w.done.values()];
  assert.equal(w.done.size, 2);
  assert.equal(text.body, "楼下没有长椅");
  assert.deepEqual(JSON.parse(post.body), { matter: "greening", text: { ref: "r1", lengthBytes: 6, commitment: "AA==" } });
  assert.equal(w.asked.filter((a) => a.url.includes("/texts")).length, 4 + 2);
  assert.equal(w.asked.filter((a) => a.url.endsWith("/topics")).length, 2);
});

test("it ends when it says: at most seven days ahead by the gateway's clock", async () => {
  const w = world([(_, answer) => ({ ...answer(503, { code: "x.y", detail: "no" }), headers: { date: new Date(w.now + 3_600_000).toUTCString() } })]);
  const d = w.device();
  await cast(d);
  assert.equal(d.gateway.ahead, 0);
  w.script = [(_, answer) => ({ ...answer(200, {}), headers: { date: new Date(w.now + 3_600_000).toUTCString() } })];
  await d.read("gateway.community");
  assert.equal(d.gateway.ahead, 3_600_000);
  w.script = Array(4).fill("cut");
  await cast(d, { waitHours: 1000 });
  const [entry] = await d.outbox.list();
  assert.ok(entry.notAfter <= w.now + 3_600_000 + 7 * 86_400_000 && entry.notAfter > w.now + 6 * 86_400_000);
});

test("a session that has ended is opened anew, once; what is refused for another reason is told", async () => {
  const w = world([401]);
  const d = w.device();
  await d.read("gateway.inbox");
  assert.deepEqual(w.asked.map((a) => a.method), ["GET", "POST", "GET"]);
  w.script = [404];
  assert.equal(await d.record("topic/" + "t".repeat(26)), undefined);
  w.script = [403];
  await assert.rejects(d.read("gateway.inbox"), r.Refused);
});

test("without a network one reads what one has read, and is told since when; after signing out it is gone", async () => {
  const w = world();
  const d = w.device();
  await d.signIn();
  await d.read("gateway.inbox");
  w.script = Array(4).fill("cut");
  assert.equal((await d.read("gateway.inbox")).keptAt, w.now);
  assert.equal(w.script.length, 3); // what is there already is shown without trying on
  w.script = [503, "cut"];
  assert.equal((await d.read("gateway.inbox")).keptAt, w.now);
  w.script = [];
  await d.read("gateway.inbox");
  assert.equal(w.asked.at(-1).headers["If-None-Match"], '"1"');
  await d.signOut();
  w.script = Array(4).fill("cut");
  await assert.rejects(d.read("gateway.inbox"), r.Unreachable);
});

test("what was read is there after the program was started anew without a network, and for nobody else", async () => {
  const w = world();
  const first = w.device();
  await first.signIn();
  await first.read("gateway.inbox");
  w.script = Array(12).fill("cut");
  assert.equal((await w.device().read("gateway.inbox")).keptAt, w.now);
  const other = w.device();
  other.gateway.owner = "somebody else";
  await assert.rejects(other.read("gateway.inbox"), r.Unreachable);
});

test("a store that is full keeps nothing more of what is read, and the reading is there; what comes after leaving is not kept", async () => {
  const w = world();
  const set = w.store.set;
  w.store.set = async () => { throw new Error("quota"); };
  const d = w.device();
  assert.ok((await d.read("gateway.inbox")).body);
  w.store.set = set;
  let answer;
  w.script = [async (request, made) => new Promise((done) => (answer = () => done(made(200, { records: [] }))))];
  const late = d.read("gateway.inbox");
  while (!answer) await new Promise(setImmediate);
  await d.gateway.forget();
  answer();
  await late;
  w.script = Array(4).fill("cut");
  await assert.rejects(w.device().read("gateway.inbox"), r.Unreachable);
});

test("a key that the gateway hosts: the session is opened anew for reading and writing, and what needs one waits", async () => {
  const w = world([401]);
  const d = w.device();
  Object.defineProperty(d, "key", { value: undefined });
  let renewed = 0;
  d.renew = async () => void renewed++;
  await d.read("gateway.inbox");
  w.script = [401];
  assert.equal((await cast(d)).state, "done");
  assert.equal(renewed, 2);
  d.renew = async () => { throw new r.Refused({ code: "x.y", detail: "no", status: 403 }); };
  w.script = [401];
  assert.equal((await cast(d)).state, "waiting");
  w.script = [];
  await d.outbox.flush();
  assert.equal(w.done.size, 2);
});

test("without a network a changed mind is written, and a mind that is changed back", async () => {
  const w = world();
  w.script = Array(40).fill("cut");
  const d = w.device();
  for (const once of ["yes", "yes", "no", "no", "yes", "yes"]) assert.equal((await cast(d, { once })).state, "waiting");
  assert.equal((await d.outbox.list()).length, 3);
});

test("two pages of one device lose nothing of each other's", async () => {
  const w = world(Array(40).fill("cut"));
  const one = w.device(), two = w.device();
  await Promise.all([one.outbox.list(), two.outbox.list()]);
  await Promise.all([cast(one), cast(two), cast(one), cast(two)]);
  assert.equal((await one.outbox.list()).length, 4);
  w.script = [];
  await Promise.all([one.outbox.flush(), two.outbox.flush()]);
  assert.equal(w.done.size, 4);
  assert.equal((await two.outbox.list()).length, 0);
});

test("words that are refused once they are sealed are still there to be seen; whoever has left leaves nothing behind", async () => {
  const w = world([undefined, 403]);
  const d = w.device();
  const words = { subject: "a".repeat(26), text: "楼下没有长椅", field: "text" };
  assert.equal((await d.write("proposal.post", {}, { matter: "greening" }, { words })).state, "refused");
  assert.equal((await d.outbox.list())[0].said, words.text);
  let answer;
  w.script = [() => new Promise((done) => (answer = () => done({ status: 403, headers: {}, text: "{}" })))];
  const late = cast(d);
  while (!answer) await new Promise(setImmediate);
  await d.outbox.close();
  await w.store.remove("outbox");
  answer();
  await late;
  assert.equal(await w.store.get("outbox"), undefined);
  await assert.rejects(cast(d));
});

test("what answers and is no gateway is said to be that", async () => {
  const w = world([() => ({ status: 511, headers: {}, text: "<html>hotel" })]);
  await assert.rejects(w.device().read("gateway.inbox"), (e) => e instanceof r.Refused && e.code === "client.no_gateway");
});

test("pictures are sealed beside the words, each once, and only so many wait for a network", async () => {
  const w = world();
  const photo = (n) => ({ media: "image/jpeg", data: r.base64(Uint8Array.of(0xff, 0xd8, n)) });
  const post = (d, pictures) => d.write("proposal.post", {}, { matter: "lift" }, { words: { subject: "a".repeat(26), text: "hello", field: "text", pictures } });
  const d = w.device();
  w.script = [undefined, undefined, "lost"]; // the second picture's answer
  assert.equal((await post(d, [photo(1), photo(2)])).state, "done");
  const sent = [...w.done.values()];
  assert.deepEqual(sent.map((s) => s.url.replace(/.*\//, "").replace(/\?.*/, "")), ["texts", "texts", "texts", "topics"]);
  assert.deepEqual(sent.slice(1, 3).map((s) => s.body[2]), [1, 2]);
  assert.equal(JSON.parse(sent[3].body).pictures.length, 2);
  w.script = Array(1000).fill("cut");
  for (let i = 0; i < 3; i++) assert.equal((await post(d, [photo(1), photo(2), photo(3)])).state, "waiting");
  await assert.rejects(post(d, [photo(1)]), r.FullOfPictures);
  assert.equal((await post(d)).state, "waiting"); // words alone still can
});
