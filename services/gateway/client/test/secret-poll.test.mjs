// Whole released polls are read as a voter's device reads them: the key that the trustees made, the election, the roster, the ballots.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import * as secret from "../dist/secret.js";

const { Credential, Poll, Roster, opened } = secret;
const read = (name) => JSON.parse(readFileSync(new URL("../../../../docs/format/" + name, import.meta.url))).records;
const code = (name) => (error) => error.code === name;

// fields reads a message's fields by number: bytes as buffers, numbers as numbers.
function fields(bytes) {
  const out = {};
  const varint = () => {
    let n = 0n, shift = 0n, b;
    do { b = bytes[at++]; n |= BigInt(b & 127) << shift; shift += 7n; } while (b > 127);
    return Number(BigInt.asIntN(64, n));
  };
  let at = 0;
  while (at < bytes.length) {
    const tag = varint(), n = tag >> 3, value = varint();
    (out[n] ??= []).push((tag & 7) === 2 ? bytes.subarray(at, (at += value)) : value);
  }
  return out;
}

// state folds a poll's events into what its record says, as JSON.
function stateOf(events) {
  const state = {}, id = events[0].aggregate.slice(5);
  const of = (name, bytes) => json(secret.decode(name, bytes));
  for (const { type, body } of events) {
    const f = fields(body), text = (n) => f[n]?.[0].toString("base64") ?? "";
    switch (type.split(".").pop()) {
      case "PollCalled":
        Object.assign(state, { question: of("Motion", f[3][0]), rules: of("PollRules", f[4][0]) });
        break;
      case "CeremonyBegun":
        state.ceremony = {
          round: f[1][0], threshold: f[3][0], answers_by: f[4][0], context: text(5), said: [],
          trustees: f[2].map(fields).map((t) => ({ member: t[1][0].toString(), org: t[2][0].toString(), trustee_key: t[4][0].toString("base64") })),
        };
        break;
      case "KeyPartAdded":
        state.ceremony.said.push(text(3));
        break;
      case "PollKeySealed":
        state.ceremony.seal = text(1);
        break;
      case "RegistrationBegun":
        state.secret = { roll: of("Roll", f[1][0]) };
        break;
      case "RosterSealed":
        state.secret.root = text(1);
        break;
      case "PollOpened":
        state.secret.election = text(4);
        state.opened_at = f[2][0];
    }
  }
  return { id, state };
}

// json makes of a message that was read what the record's JSON has: no defaults, bytes in base64.
function json(value) {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(json);
  if (value === null || typeof value !== "object") return value;
  const kept = Object.entries(value).filter(([, v]) => v !== undefined && v !== 0 && v !== "" && v !== false && v.length !== 0);
  return Object.fromEntries(kept.map(([k, v]) => [k, json(v)]));
}

const polls = ["polls.json", "method-polls.json", "polls-together.json"].flatMap((file) => {
  const records = read(file), [first] = records;
  return records.filter((r) => r.name.startsWith("secret") || file !== "polls.json").map((r) => {
    const commits = r.commits.flatMap((x) => (Array.isArray(x) ? first.commits.slice(...x) : [x])).filter(Boolean);
    const all = commits.filter((c) => c.aggregate.startsWith("poll/"))
      .map((c, index) => ({ aggregate: c.aggregate, type: c.type, body: new Uint8Array(Buffer.from(c.body ?? "", "base64")), index }));
    const events = all.map((e) => ({ ...e, body: Buffer.from(e.body) }));
    return { name: `${file}, ${r.name}`, all, ...stateOf(events.filter((e) => e.aggregate === events[0].aggregate)) };
  });
}).filter((p) => p.state.secret?.election);

test("there are polls to read", () => assert.ok(polls.length >= 8));

for (const { name, id, state, all } of polls) {
  test(`${name}: key, election, roster, ballots`, () => {
    const poll = Poll.read(id, state), roster = new Roster(id);
    let ballots = 0;
    for (const e of all) {
      roster.fold(e);
      if (e.type === "renlin.voting.v1.SecretBallotChallenged") {
        const { selections } = opened(poll.election, e);
        assert.deepEqual(poll.selections(poll.choice(selections)), selections);
      }
      if (e.type !== "renlin.voting.v1.SecretBallotCast" || ballots++ > 0) continue;
      const b = secret.decode("SecretBallotCast", e.body);
      poll.election.verify({ pseudonym: b.key, sequence: b.sequence }, b.ballot);
    }
    assert.equal(Buffer.from(roster.root()).toString("base64"), state.secret.root);
    const stranger = Credential.make((n) => new Uint8Array(randomBytes(n)), id, "a".repeat(26));
    assert.throws(() => roster.find(stranger, new Uint8Array(Buffer.from(state.secret.root, "base64"))), code("credential.unlisted"));
    assert.throws(() => roster.find(stranger, new Uint8Array(32)), code("roster.untrue"));
  });
}

test("a poll that was told otherwise than it is is found out before anything is encrypted", () => {
  const { id, state } = polls[0];
  const last = (text) => Buffer.from(text, "base64").map((b, i, all) => (i === all.length - 1 ? b ^ 1 : b)).toString("base64");
  const changes = {
    "the question": (s) => { s.question.title += "."; },
    "what the question does not have": (s) => { s.question.more = 1; },
    "a rule": (s) => { s.rules.voting_seconds++; },
    "the roll": (s) => { s.secret.roll.voters++; },
    "the roster": (s) => { s.secret.root = last(s.secret.root); },
    "the election": (s) => { s.secret.election = last(s.secret.election); },
    "the seal": (s) => { s.ceremony.seal = last(s.ceremony.seal); },
    "the context": (s) => { s.ceremony.context = last(s.ceremony.context); },
    "the answers' time": (s) => { s.ceremony.answers_by++; },
    "a trustee": (s) => { s.ceremony.trustees[0].member = "a".repeat(26); },
    "one trustee less": (s) => { s.ceremony.trustees.pop(); },
    "a message less": (s) => { s.ceremony.said.pop(); },
    "a message twice": (s) => { s.ceremony.said.push(s.ceremony.said[0]); },
    "the messages' order": (s) => { s.ceremony.said.reverse(); },
    "no ceremony": (s) => { delete s.ceremony; },
    "an open poll": (s) => { s.rules.secrecy.secrecy = 1; },
  };
  state.ceremony.said.forEach((_, i) => { changes[`message ${i}`] = (s) => { s.ceremony.said[i] = last(s.ceremony.said[i]); }; });
  for (const [what, change] of Object.entries(changes)) {
    const told = structuredClone(state);
    change(told);
    assert.throws(() => Poll.read(id, told), { name: "Refusal" }, what);
  }
  assert.throws(() => Poll.read("b".repeat(26), state), code("election.untrue"));
});

test("a booth names nobody: no session, one language for all, the time to the minute, and the record's own next number", async () => {
  const { id, state } = polls[0], asked = [], random = async (n) => new Uint8Array(randomBytes(n));
  const c = Credential.make((n) => new Uint8Array(randomBytes(n)), id, "a".repeat(26));
  const home = { id: "c".repeat(26), name: "x", genesis: "00".repeat(32), epoch_key: Buffer.alloc(32).toString("base64") };
  const transport = async (request) => {
    asked.push(request);
    const record = request.url.split("/records/")[1];
    const found = record === `poll/${id}` ? state : record ? { sequence: 4 } : undefined;
    const body = found ? { records: [{ path: record, state: found }] } : { index: 7, block: 3, receipt: "AAAA" };
    return { status: 200, headers: {}, text: JSON.stringify(body) };
  };
  const booth = new secret.Booth({ address: "", transport, home, random, now: () => 1_700_000_012_345 }, c);
  const poll = await booth.poll();
  const ballot = await booth.make(poll, { options: [0] });
  const cast = await booth.cast(ballot);
  assert.equal(cast.sequence, 5);
  assert.equal(cast.broken, "read"); // an answer without a receipt that holds is told
  assert.throws(() => ballot.challenge(), code("ballot.handed_out"));
  const [sent] = asked.filter((r) => r.method === "POST");
  assert.equal(Number(sent.headers["Renlin-Not-After"]) % 60_000, 0);
  for (const { url, headers } of asked) {
    assert.ok(!("Authorization" in headers) && headers["Accept-Language"] === "zh" && !url.includes("a".repeat(26)), url);
  }
  assert.ok(!sent.body.includes("a".repeat(26)));
  assert.deepEqual(Object.keys(JSON.parse(sent.body)), ["poll", "sequence", "ballot"]);
  const other = await booth.make(poll, { options: [1] });
  await booth.challenge(other);
  assert.ok(JSON.parse(asked[asked.length - 1].body).opening.length > 0);
});

test("blocks are read, and what is no block is refused by name and never otherwise", () => {
  const { blocks } = JSON.parse(readFileSync(new URL("../../../../docs/format/vectors.json", import.meta.url)));
  for (const { name, bytes } of blocks) {
    const block = Buffer.from(bytes, "hex"), size = Buffer.alloc(4);
    size.writeUInt32BE(block.length);
    const page = new Uint8Array(Buffer.concat([size, block]));
    const { next } = secret.readBlocks(page, "a".repeat(26));
    assert.equal(next, Number(block.readBigUInt64BE(37)) + 1, name);
    for (let at = 0; at < page.length; at += 3) {
      for (const bad of [page.slice(0, at || 1), page.map((b, i) => (i === at ? b ^ (1 << (at % 8)) : b))]) {
        try {
          secret.readBlocks(bad, "a".repeat(26));
        } catch (error) {
          assert.equal(error.code, "record.malformed", `${name}, byte ${at}`);
        }
      }
    }
    assert.throws(() => secret.readBlocks(page.map((b, i) => (i === page.length - 1 ? b ^ 1 : b)), "a".repeat(26)), code("record.malformed"));
  }
  for (let n = 0; n < 2000; n++) {
    const bytes = new Uint8Array(randomBytes(n % 97));
    for (const name of Object.keys(secret.fieldsOf)) {
      try { secret.decode(name, bytes); } catch (error) { assert.equal(error.code, "record.malformed", name); }
    }
  }
});
