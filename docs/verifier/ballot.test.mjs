// Holds the second implementation of secret ballots to the released vectors, and to itself: node --test
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BallotBox, Election, Shape } from "./ballot.mjs";
import { G, H, Point, Transcript, big, concat, element, hex, mod, order, scalar, scalarBytes, times, unhex } from "./group.mjs";
import * as shapes from "./shapes.mjs";
import { secretBallots } from "./secretballot.mjs";
import { verifyPoll } from "./verify-poll.mjs";

const file = () => JSON.parse(readFileSync(new URL("../format/secretballot.json", import.meta.url)));
const vectors = file();
const electionOf = (e) => new Election({ id: unhex(e.id), key: unhex(e.key), shape: e.shape });
const voterOf = (b) => ({ pseudonym: unhex(b.pseudonym), sequence: b.sequence });
const fault = (name) => (e) => e.fault === name;

test("every vector: ballots, marks, trackers, openings, totals, and refusals by name", () => {
  const report = verifyPoll(vectors);
  assert.deepEqual(report.findings, []);
  assert.ok(vectors.elections.length >= 6 && report.checked > 200);
  const refused = new Set(vectors.elections.flatMap((e) => (e.refused ?? []).map((b) => b.fault)));
  for (const name of ["element.identity", "element.malformed", "scalar.malformed", "secret_ballot.number_repeated", "secret_ballot.size_wrong",
    "secret_ballot.unproved", "secret_ballot.version_unknown"]) assert.ok(refused.has(name), name);
});

test("one of up to 120 ways to fill a ballot in", () => {
  const all = JSON.parse(readFileSync(new URL("../format/oneof.json", import.meta.url)));
  assert.deepEqual(verifyPoll(all).findings, []);
  for (const e of all.elections) {
    assert.deepEqual(new Shape(shapes.oneOf(e.shape.selections.length)).digest, new Shape(e.shape).digest);
  }
});

test("a file that says something else is found out", () => {
  const changes = {
    "a total": (e) => { e.totals[0].total++; },
    "a sum": (e) => { e.totals[0].a = e.totals[0].b; },
    "a tracker": (e) => { e.ballots[0].tracker = e.ballots[1].tracker; },
    "a ballot twice": (e) => { e.ballots.push(e.ballots[0]); },
    "a ballot less": (e) => { e.ballots.pop(); },
    "a weight": (e) => { e.ballots[0].weight++; },
    "a choice": (e) => { e.ballots[0].choice.reverse(); },
    "a mark": (e) => { e.ballots[0].marks.reverse(); },
    "a shape": (e) => { e.shape_digest = e.shape_digest.replace(/^../, "00"); },
    "another fault": (e) => { e.refused[0].fault = "secret_ballot.size_wrong"; },
    "another proof": (e) => { e.refused[0].proof++; },
    "a good one among the refused": (e) => { e.refused.push({ ...e.ballots[0], fault: "secret_ballot.unproved" }); },
  };
  for (const [name, change] of Object.entries(changes)) {
    const { elections: [e] } = file();
    e.refused.splice(1);
    change(e);
    assert.ok(verifyPoll({ elections: [e] }).findings.length > 0, name);
  }
});

test("no byte of a ballot can be another", () => {
  const e = vectors.elections[1], election = electionOf(e), b = e.ballots[0];
  for (let at = 0; at < e.ballot_bytes; at += 29) {
    const ballot = unhex(b.ballot);
    ballot[at] ^= 1;
    assert.throws(() => election.verify(voterOf(b), ballot), (x) => /^(secret_ballot|element|scalar)\./.test(x.fault), `byte ${at}`);
  }
});

test("a ballot is bound to its election, key, shape and voter", () => {
  const e = vectors.elections[0], b = e.ballots[0], other = vectors.elections[1];
  const shape = structuredClone(e.shape);
  shape.totals = [shape.totals[0], shape.totals[0]];
  for (const changed of [{ id: other.id }, { key: other.key }, { shape }]) {
    assert.throws(() => electionOf({ ...e, ...changed }).verify(voterOf(b), unhex(b.ballot)), fault("secret_ballot.unproved"));
  }
  for (const voter of [{ ...voterOf(b), sequence: 7 }, voterOf(e.ballots[1])]) {
    assert.throws(() => electionOf(e).verify(voter, unhex(b.ballot)), fault("secret_ballot.unproved"));
  }
});

test("what is encrypted here is proved, tracked, opened and counted", () => {
  for (const e of vectors.elections) {
    const election = electionOf(e), voter = voterOf(e.ballots[0]), [b] = e.ballots;
    const made = election.encrypt(voter, b.choice);
    assert.equal(made.ballot.length, e.ballot_bytes);
    const { ciphertexts, marks } = election.verify(voter, made.ballot);
    assert.deepEqual(election.open(made.ballot, made.opening), b.choice);
    assert.equal(hex(made.tracker), hex(election.tracker(voter, made.ballot)));
    assert.notEqual(hex(election.tracker({ ...voter, sequence: 99 }, made.ballot)), hex(made.tracker));
    const x = scalar(unhex(e.secret));
    election.tally([{ ciphertexts, weight: 3 }]).forEach(({ a, b: sum }, i) => {
      const want = e.shape.totals[i].reduce((n, [j, coefficient]) => n + coefficient * b.choice[j], 0);
      assert.ok(sum.subtract(times(a, x)).equals(times(G, BigInt(3 * want))), `${e.name}, total ${i}`);
    });
    const box = new BallotBox();
    box.add(marks);
    assert.throws(() => box.add(marks.slice(-1)), fault("secret_ballot.copied"));
    box.add(election.verify(voter, election.encrypt(voter, b.choice).ballot).marks);
  }
});

test("every allowed choice of a long range can be proved, no other is encrypted", () => {
  const terms = [[0, 1], [1, 2]];
  const election = new Election({ id: new Uint8Array(32), key: times(G, 5n).toBytes(), shape: {
    selections: [5, 4], sums: [{ terms, lo: 1, hi: 11 }], totals: [terms] } });
  const voter = { pseudonym: new Uint8Array(32), sequence: 0 };
  assert.deepEqual(election.shape.fills, [1, 2, 4, 3]);
  for (const choice of [[1, 0], [0, 1], [5, 3], [2, 2], [3, 4]]) {
    const made = election.encrypt(voter, choice);
    election.verify(voter, made.ballot);
    assert.deepEqual(election.open(made.ballot, made.opening), choice);
  }
  for (const choice of [[0, 0], [5, 4], [6, 0], [-1, 1], [0.5, 1], [1], [1, 1, 1], ["1", 0], null]) {
    assert.throws(() => election.encrypt(voter, choice), fault("choice.not_allowed"), String(choice));
  }
});

test("of several things that are wrong the first is named", () => {
  const e = vectors.elections[0], election = electionOf(e), b = e.ballots[0], voter = voterOf(b), opening = unhex(b.opening);
  const ballot = unhex(b.ballot).fill(0, 1, 33), longer = concat(unhex(b.ballot), new Uint8Array(1));
  ballot[0] = longer[0] = 2;
  for (const check of [(x) => election.verify(voter, x), (x) => election.open(x, opening)]) {
    assert.throws(() => check(longer), fault("secret_ballot.size_wrong"));
    assert.throws(() => check(ballot), fault("secret_ballot.version_unknown"));
  }
  assert.throws(() => election.verify({ ...voter, pseudonym: new Uint8Array(31) }, ballot), fault("voter.malformed"));
  assert.throws(() => election.verify({ ...voter, sequence: -1 }, ballot), fault("voter.malformed"));
  for (const key of [new Uint8Array(32), new Uint8Array(32).fill(255)]) {
    assert.throws(() => new Election({ id: unhex(e.id), key, shape: e.shape }), fault("election_key.malformed"));
  }
  assert.throws(() => new Election({ id: new Uint8Array(31), key: unhex(e.key), shape: e.shape }), fault("election.malformed"));
});

test("an opening with anything else in it does not open", () => {
  const e = vectors.elections[0], election = electionOf(e), b = e.ballots[0], ballot = unhex(b.ballot);
  const opening = unhex(b.opening);
  const changed = (at, to) => { const o = Uint8Array.from(opening); o[at] = to; return o; };
  assert.deepEqual(election.open(ballot, opening), b.choice);
  assert.throws(() => election.open(ballot, changed(4, 0)), fault("opening.wrong"));
  assert.throws(() => election.open(ballot, changed(5, opening[5] ^ 1)), fault("opening.wrong"));
  assert.throws(() => election.open(ballot, changed(36, 0xff)), fault("opening.wrong"));
  assert.throws(() => election.open(ballot, changed(0, 2)), fault("opening.wrong"));
  assert.throws(() => election.open(ballot, opening.subarray(1)), fault("opening.wrong"));
  assert.throws(() => election.open(unhex(e.ballots[1].ballot), opening), fault("opening.wrong"));
});

test("an opening of what the shape does not allow opens nothing", () => {
  const e = vectors.elections[0], election = electionOf(e), r = [7n, 9n];
  const both = r.map((x) => concat(times(G, x).toBytes(), G.add(times(election.key, x)).toBytes()));
  const ballot = concat(Uint8Array.of(1), ...both, new Uint8Array(e.ballot_bytes - 129));
  const opening = concat(Uint8Array.of(1), ...r.map((x) => concat(big(1, 4), scalarBytes(x))));
  assert.throws(() => election.open(ballot, opening), fault("opening.wrong"));
});

// The forger of weak proofs: commitments first, then the challenge, and only then a number v, neither 0 nor 1, that fits them. This works
// against whoever leaves the ciphertexts out of the challenge, as the test shows, and must not work here.
test("a ciphertext chosen after the challenge is not proved", () => {
  const shape = { selections: [1], sums: [], totals: [[[0, 1]]] }, key = times(G, 77n);
  const election = new Election({ id: new Uint8Array(32), key: key.toBytes(), shape }), voter = { pseudonym: new Uint8Array(32), sequence: 1 };
  const w = [11n, 12n], Fn = Point.Fn;
  for (let d = 1n; ; d++) {
    const commitments = w.flatMap((n) => [times(G, n), times(key, n).add(times(G, d))]);
    const c = new Transcript("renlin/vote/v1/ballot").item("election", election.id).item("key", key).item("shape", election.shape.digest)
      .item("pseudonym", voter.pseudonym).item("sequence", 1).item("commitments", concat(...commitments.map((p) => p.toBytes())))
      .item("proof", 0).challenge("challenge");
    // c0 * (0 - v) = d, c1 * (1 - v) = d and c0 + c1 = c: a quadratic equation for v, which has a solution for every other d.
    const p = mod(2n * d - c);
    let root;
    try { root = Fn.sqrt(mod(p * p + 4n * c * d)); } catch { continue; }
    const v = mod((root - p) * Fn.inv(mod(2n * c))), c0 = mod(-d * Fn.inv(v)), c1 = mod(c - c0), r = 13n;
    const a = times(G, r), b = times(G, v).add(times(key, r)), s = [mod(w[0] + c0 * r), mod(w[1] + c1 * r)];
    for (const [j, cj] of [c0, c1].entries()) {
      assert.ok(times(G, s[j]).equals(commitments[2 * j].add(times(a, cj))), "the forgery is none");
      assert.ok(times(key, s[j]).equals(commitments[2 * j + 1].add(times(b.subtract(times(G, BigInt(j))), cj))), "the forgery is none");
    }
    assert.ok(v > 1n);
    const forged = concat(Uint8Array.of(1), a.toBytes(), b.toBytes(), ...commitments.map((x) => x.toBytes()), ...[c0, ...s].map(scalarBytes));
    assert.equal(forged.length, election.shape.size);
    assert.throws(() => election.verify(voter, forged), fault("secret_ballot.unproved"));
    return;
  }
});

test("the shapes of methods are those of the vectors", () => {
  const of = { "for or against": shapes.choose(2, 1, 1), "yes, no, abstain by area": shapes.choose(3, 1, 1), "up to nine of ten": shapes.choose(10, 0, 9),
    "scores from 0 to 2": shapes.scores(2, 2), "quadratic, 9 credits": shapes.quadratic(2, 3, 9), "Borda of three": shapes.borda(3),
    "all orders of three": shapes.orders(3), "pairs of three": shapes.pairs(3), "two whose random numbers cancel": shapes.choose(2, 0, 2) };
  for (const e of vectors.elections) {
    assert.deepEqual(of[e.name], e.shape, e.name);
    assert.equal(hex(new Shape(of[e.name]).digest), e.shape_digest, e.name);
  }
  assert.deepEqual(shapes.choose(2, 0, 2).sums, []);
  assert.equal(shapes.quadratic(2, 3, 18).sums.length, 2);
  assert.equal(new Shape(shapes.orders(4)).ciphertexts, 24);
  const three = new Shape(shapes.pairs(3)); // 012 021 102 120 201 210
  assert.deepEqual(three.totals.map((t) => t.map(([k]) => k)), [[0, 1, 4], [0, 1, 2], [2, 3, 5], [0, 2, 3], [3, 4, 5], [1, 4, 5]]);
});

test("shapes that ask for too much, or for nothing, are refused before any work", () => {
  const good = () => ({ selections: [1, 1], sums: [{ terms: [[0, 1], [1, 1]], lo: 1, hi: 1 }], totals: [[[0, 1]]] });
  assert.equal(new Shape(good()).size, 673);
  const bad = {
    "no selections": { selections: [] }, "a million": { selections: new Array(1_000_000).fill(1) }, "max 0": { selections: [0, 1] },
    "max 32": { selections: [32, 1] }, "no totals": { totals: [] }, "a selection there is not": { totals: [[[2, 1]]] },
    "coefficient 0": { totals: [[[0, 0]]] }, "coefficient too large": { totals: [[[0, 2 ** 31 + 1]]] }, "not ascending": { totals: [[[1, 1], [0, 1]]] },
    "twice": { totals: [[[0, 1], [0, 1]]] }, "no terms": { totals: [[]] }, "lo above hi": { sums: [{ terms: [[0, 1]], lo: 1, hi: 0 }] },
    "hi too large": { sums: [{ terms: [[0, 1]], lo: 0, hi: 2 }] }, "lo below 0": { sums: [{ terms: [[0, 1]], lo: -1, hi: 1 }] },
    "too many totals": { totals: new Array(513).fill(good().totals[0]) }, "too many sums": { sums: new Array(129).fill(good().sums[0]) },
  };
  const large = ["a million", "max 32", "too many sums", "too many totals"];
  for (const [name, change] of Object.entries(bad)) {
    assert.throws(() => new Shape({ ...good(), ...change }), fault(large.includes(name) ? "shape.too_large" : "shape.invalid"), name);
  }
  assert.throws(() => new Shape({ ...good(), selections: new Array(512).fill(31) }), fault("shape.too_large"));
});

test("weights that cannot be counted are refused", () => {
  const e = vectors.elections[0], election = electionOf(e), { ciphertexts } = election.verify(voterOf(e.ballots[0]), unhex(e.ballots[0].ballot));
  election.tally([{ ciphertexts, weight: 50_000_000_000 }]);
  for (const [name, ...lists] of [["ballot_weight.invalid", [-1]], ["ballot_total.overflow", [100_000_000_001], [60_000_000_000, 60_000_000_000]]]) {
    for (const weights of lists) assert.throws(() => election.tally(weights.map((weight) => ({ ciphertexts, weight }))), fault(name));
  }
  const double = structuredClone(e.shape);
  double.totals[0][0][1] = 2;
  assert.throws(() => electionOf({ ...e, shape: double }).tally([{ ciphertexts, weight: 60_000_000_000 }]), fault("ballot_total.overflow"));
  const [none] = election.tally([]);
  assert.ok(none.a.is0() && none.b.is0() && none.bound === 0n);
});

test("elements and scalars have one spelling", () => {
  // RFC 9496, A.3: encodings that must be refused.
  for (const text of [
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000000", "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20", "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
  ]) assert.throws(() => element(unhex(text)), fault("element.malformed"), text);
  assert.throws(() => element(new Uint8Array(32)), fault("element.identity"));
  assert.throws(() => element(new Uint8Array(31)), fault("element.malformed"));
  assert.equal(scalar(scalarBytes(order - 1n)), order - 1n);
  assert.throws(() => scalar(new Uint8Array(31)), fault("scalar.malformed"));
  for (const n of [order, order + 1n, 2n ** 256n - 1n]) assert.throws(() => scalar(big(n, 32).reverse()), fault("scalar.malformed"));
  assert.ok(!H.equals(G) && !H.equals(Point.ZERO));
});

test("where secret ballots cannot be made, it says so in words", async () => {
  assert.deepEqual(Object.keys(await secretBallots()), ["Election", "Shape", "BallotBox", "shapes", "hex", "unhex"]);
  const script = `delete globalThis.BigInt;
    const { secretBallots } = await import(${JSON.stringify(new URL("./secretballot.mjs", import.meta.url).href)});
    await secretBallots().catch((e) => console.log(JSON.stringify([e.fault, e.message, e.chinese])));`;
  const [name, english, chinese] = JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" }));
  assert.equal(name, "platform.no_bigint");
  assert.match(english, /BigInt.*browser.*kiosk.*paper/);
  assert.match(chinese, /BigInt.*网页浏览器.*自助终端.*纸质/);
  const { crypto } = globalThis, e = vectors.elections[0];
  Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });
  try {
    assert.throws(() => electionOf(e).encrypt(voterOf(e.ballots[0]), [1, 0]), fault("platform.no_randomness"));
  } finally { Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true }); }
});

test("verify-poll answers 0, 1 or 2", () => {
  const dir = mkdtempSync(join(tmpdir(), "verify-poll-")), program = fileURLToPath(new URL("./verify-poll.mjs", import.meta.url));
  const run = (...contents) => {
    const names = contents.map((text, i) => { const name = join(dir, `${i}.json`); writeFileSync(name, text); return name; });
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...names], { encoding: "utf8" });
    return { status, stdout, stderr };
  };
  try {
    const right = JSON.stringify({ second_generator: hex(H.toBytes()) }), wrong = JSON.stringify({ second_generator: hex(G.toBytes()) });
    assert.equal(run(right).status, 0);
    assert.match(run(right).stdout, /1 checked, 0 wrong/);
    assert.equal(run(right, wrong).status, 1);
    assert.match(run(wrong).stdout, /^BAD .*second generator/);
    assert.equal(run("{}").status, 1, "a file with nothing in it proves nothing");
    for (const text of ["{", JSON.stringify({ elections: [{}] })]) assert.equal(run(text).status, 2, text);
    assert.equal(run().status, 2);
  } finally { rmSync(dir, { recursive: true }); }
});
