// Holds the second implementation of the trustees' protocol to the released vectors, and to messages that are made here: node --test
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { G, H, Point, Transcript, concat, element, hex, inverse, mod, scalar, scalarBytes, times, unhex } from "./group.mjs";
import { Election } from "./ballot.mjs";
import * as shapes from "./shapes.mjs";
import { Ceremony, Seal, Total, openBox } from "./trustees.mjs";
import { verifyPoll } from "./verify-poll.mjs";

const file = () => JSON.parse(readFileSync(new URL("../format/trustee.json", import.meta.url)));
const vectors = file();
const fault = (name) => (e) => e.fault === name;
const flipped = (bytes, at) => { const b = Uint8Array.from(bytes); b[at < 0 ? b.length + at : at] ^= 1; return b; };

test("every vector: ceremonies, decryption, roll call, sealed totals, and refusals by name", () => {
  const report = verifyPoll(vectors);
  assert.deepEqual(report.findings, []);
  assert.ok(report.checked > 180);
  const said = JSON.stringify(vectors);
  for (const name of ["ack", "bound", "degree", "duplicate", "few", "key_negated", "key_repeated", "key_void", "partial", "possession", "public",
    "step", "stranger", "uncommitted", "verdict"]) assert.ok(said.includes(`"trustee.${name}"`), name);
});

test("a file that says something else is found out", () => {
  const changes = {
    "a seal": (v) => { v.ceremonies[0].seal = v.ceremonies[1].seal; },
    "a share": (v) => { v.ceremonies[0].shares.reverse(); },
    "an id": (v) => { v.ceremonies[0].id = v.ceremonies[1].id; },
    "a message less": (v) => { delete v.ceremonies[0].seal; v.ceremonies[0].messages.splice(0, 1); },
    "a liar": (v) => { v.ceremonies.find((c) => c.liar).liar = 3; },
    "another fault": (v) => { v.ceremonies[3].messages[1].fault = "trustee.step"; },
    "a decrypted sum": (v) => { v.decryption.sums[0].value++; },
    "another election": (v) => { v.decryption.election = v.decryption.election.replace("09", "08"); },
    "too few partials": (v) => { v.decryption.partials.splice(1, 2); },
    "too few shares": (v) => { v.roll_call.exposed.splice(1, 2); },
    "a choice": (v) => { v.roll_call.choice = "0a020201"; },
    "a voter": (v) => { v.roll_call.voter = v.roll_call.poll; },
    "a shared secret": (v) => { v.shared_secrets[0].shared = v.shared_secrets[1].shared; },
    "a measure": (v) => { v.sealed_total.measure = "0/no/area"; },
    "a bound": (v) => { v.sealed_total.bound = 1001; },
    "a claim": (v) => { v.sealed_total.verdicts[0].claims[0].threshold = 641; },
    "a public sum counted as 0": (v) => { v.more_decryptions[0].sums[1].value = 0; },
    "that few are enough": (v) => { delete v.more_decryptions[1].fault; },
    "a public total": (v) => { v.more_sealed_totals[1].sum.value = 0; },
    "the second generator": (v) => { v.second_generator = hex(G.toBytes()); },
  };
  for (const [name, change] of Object.entries(changes)) {
    const v = file(), before = structuredClone(v);
    change(v);
    // Only what was changed is checked again.
    for (const key of Object.keys(v)) if (JSON.stringify(v[key]) === JSON.stringify(before[key])) delete v[key];
    v.ceremonies = v.ceremonies?.filter((c, i) => JSON.stringify(c) !== JSON.stringify(before.ceremonies[i]));
    assert.ok(verifyPoll(v).findings.length > 0, name);
  }
});

test("any t partials combine in any order, fewer do not, one trustee's twice count once", () => {
  const d = vectors.decryption, seal = new Seal(unhex(d.seal)), sums = d.sums.map((s) => ({ a: element(unhex(s.a)), b: element(unhex(s.b)) }));
  const good = d.partials.filter((p) => !p.fault).map((p) => unhex(p.bytes)), id = unhex(d.election);
  for (const pair of [[0, 1], [1, 0], [0, 2], [2, 1]]) {
    const { totals, wrong } = seal.combine(pair.map((i) => good[i]), id, sums);
    assert.deepEqual(wrong, []);
    totals.forEach((t, k) => assert.ok(t.equals(times(G, BigInt(d.sums[k].value)))));
  }
  assert.throws(() => seal.combine([good[0]], id, sums), fault("trustee.few"));
  assert.throws(() => seal.combine([good[0], good[0]], id, sums), (e) => e.fault === "trustee.few" && e.wrong[0].fault === "trustee.duplicate");
  assert.deepEqual(seal.combine([flipped(good[0], -32), ...good], id, sums).wrong, [{ place: 0, fault: "trustee.partial" }]);
  const index = (bytes, i) => { const b = Uint8Array.from(bytes); b[2] = i; return b; };
  for (const i of [0, 4]) assert.throws(() => seal.partial(index(good[0], i), id, sums), fault("trustee.stranger"));
  assert.throws(() => seal.partial(good[0], id, sums.slice(0, 2)), fault("trustee.partial"));
  assert.throws(() => seal.partial(good[0], id, [sums[1], sums[0], sums[2]]), fault("trustee.partial"));
  assert.throws(() => seal.exposed(unhex(vectors.roll_call.exposed[0].bytes)), fault("trustee.purpose"));
});

test("no byte of a message can be another", () => {
  const c = vectors.ceremonies[0];
  let tried = 0;
  c.messages.forEach((m, i) => {
    if (m.name === "commit") return; // a hash: what it promises is seen in the reveal
    const bytes = unhex(m.bytes), before = new Ceremony(unhex(c.ceremony));
    for (const x of c.messages.slice(0, i)) before.add(unhex(x.bytes));
    for (let at = 0; at < bytes.length; at += 23) {
      assert.throws(() => before.add(flipped(bytes, at)), (e) => /^(trustee|element|scalar)\./.test(e.fault), `${m.name}, byte ${at}`);
      tried++;
    }
    before.add(bytes); // a refused message changed nothing
  });
  assert.ok(tried > 60);
});

// ceremonyOf makes a ceremony's reveals of polynomials that the test chooses; that is what a liar can do. So is another secret in the Edwards
// point than in the first coefficient, with an answer that fits one of the two.
function ceremonyOf(t, polynomials, { point = (f) => f[0], answer = (f) => f[0] } = {}) {
  const n = polynomials.length, bytes = concat(Uint8Array.of(1, 1, 0, 2, t, n), new Uint8Array(32),
    ...polynomials.map((_, i) => times(G, BigInt(1000 + i)).toBytes()));
  const ceremony = new Ceremony(bytes);
  const about = (name, i) => new Transcript("renlin/vote/v1/trustee/" + name).item("ceremony", ceremony.id).item("trustee", i);
  const reveals = polynomials.map((f, k) => {
    const i = k + 1, coefficients = f.map((a) => times(G, a)), Edwards = ed25519.Point, w = 99n;
    const e = Edwards.BASE.multiplyUnsafe(point(f)).toBytes(), r = times(G, w), s = Edwards.BASE.multiplyUnsafe(w).toBytes();
    const c = about("possession", i).items("coefficient", coefficients).item("key", coefficients[0]).item("point", e).item("commitment", r)
      .item("commitment", s).challenge("possession");
    return concat(Uint8Array.of(1, 3, i, f.length), ...coefficients.map((p) => p.toBytes()), e, r.toBytes(), s, scalarBytes(w + c * answer(f)));
  });
  reveals.forEach((m, k) => ceremony.add(concat(Uint8Array.of(1, 2, k + 1), about("commit", k + 1).item("reveal", m).half())));
  return { ceremony, reveals };
}

test("keys that annul one another are refused, whoever comes last", () => {
  const add = ({ ceremony, reveals }) => { for (const m of reveals) ceremony.add(m); return ceremony; };
  assert.equal(add(ceremonyOf(2, [[3n, 4n], [5n, 6n]])).step(), "deal");
  assert.throws(() => add(ceremonyOf(2, [[3n, 4n], [3n, 6n]])), fault("trustee.key_repeated"));
  assert.throws(() => add(ceremonyOf(2, [[3n, 4n], [mod(-3n), 6n]])), fault("trustee.key_negated"));
  assert.throws(() => add(ceremonyOf(2, [[3n, 4n], [5n, mod(-12n)]])), fault("trustee.key_void"), "Y_1 is the identity");
  assert.throws(() => add(ceremonyOf(1, [[3n], [4n], [mod(-7n)]])), fault("trustee.key_void"), "Y is the identity");
  const [first, second] = [[3n, 4n], [5n, 6n]];
  const { ceremony, reveals } = ceremonyOf(2, [first, second]);
  ceremony.add(reveals[1]);
  ceremony.add(reveals[0]);
  assert.ok(ceremony.key(0).equals(times(G, 8n)) && ceremony.key(2).equals(times(G, 28n)) && ceremony.share(2, 1).equals(times(G, 11n)));
});

test("both halves of a key are one secret's", () => {
  for (const liar of [{ point: () => 8n }, { point: () => 8n, answer: () => 8n }, { answer: () => 8n }]) {
    const { ceremony, reveals } = ceremonyOf(1, [[3n]], liar);
    assert.throws(() => ceremony.add(reveals[0]), fault("trustee.possession"));
  }
});

test("messages that are out of form, or out of turn", () => {
  const c = vectors.ceremonies[0], played = (count) => {
    const ceremony = new Ceremony(unhex(c.ceremony));
    for (const m of c.messages.slice(0, count)) ceremony.add(unhex(m.bytes));
    return ceremony;
  };
  const put = (text, at, ...to) => { const b = unhex(text); b.set(to, at); return b; };
  const refused = (count, bytes, name) => assert.throws(() => played(count).add(bytes), fault(name), hex(bytes.subarray(0, 4)));
  refused(0, unhex(c.seal), "trustee.malformed");
  refused(0, unhex(c.ceremony), "trustee.malformed");
  refused(0, Uint8Array.of(1), "trustee.malformed");
  for (const t of [0, 10]) refused(3, put(c.messages[3].bytes, 3, t), "trustee.malformed");
  const deal = c.messages[6].bytes, readers = 3 + 32 + 64;
  refused(6, put(deal, readers, 2).subarray(0, -49), "trustee.stranger");
  refused(6, put(deal, readers + 1 + 2 * 49, 4), "trustee.stranger");
  refused(6, put(deal, readers + 1, 2), "trustee.malformed");
  refused(6, put(deal, readers + 1, 0), "trustee.malformed");
  refused(6, put(deal, readers + 1 + 2 * 49, 10), "trustee.malformed");
  const lied = vectors.ceremonies.find((x) => x.liar), complaint = lied.messages.findLast((m) => m.fault === undefined).bytes;
  for (const count of [9, 12]) refused(count, put(complaint, 3, 9), "trustee.stranger");
  for (const dealer of [0, 10]) refused(9, put(complaint, 3, dealer), "trustee.malformed");
  refused(10, put(complaint, 2, 1), "trustee.step");
  refused(12, put(complaint, 2, 3), "trustee.step");
  assert.throws(() => played(11).seal(), fault("trustee.step"));
  for (const [at, to] of [[2, 1], [3, 0], [3, 3], [4, 0], [4, 4], [5, 2], [5, 4], [5, 10]]) {
    assert.throws(() => new Seal(put(c.seal, at, to)), fault("trustee.malformed"));
  }
  refused(3, unhex(c.messages[0].bytes), "trustee.duplicate");
  for (const index of [0, 4, 10]) refused(0, put(c.messages[0].bytes, 2, index), "trustee.stranger");
  const d = vectors.decryption, seal = new Seal(unhex(d.seal)), opened = new Seal(unhex(vectors.roll_call.seal));
  const part = unhex(d.partials[0].bytes), none = concat(Uint8Array.of(1, 8, 1, 0, 0), part.subarray(-64)), many = put(d.partials[0].bytes, 3, 4, 1);
  for (const bytes of [none, many]) assert.throws(() => seal.partial(bytes, unhex(d.election), []), fault("trustee.malformed"));
  assert.throws(() => opened.partial(part, unhex(d.election), []), fault("trustee.purpose"));
  for (const sums of [[], new Array(1025).fill({ a: G, b: G })]) {
    assert.throws(() => seal.partial(part, unhex(d.election), sums), fault("trustee.malformed"));
  }
  assert.throws(() => new Total(opened, { election: unhex(d.election), measure: "", a: G, b: G, bound: 1 }), fault("trustee.purpose"));
  for (const length of [0, 31, 40, 71]) assert.throws(() => openBox(5n, new Uint8Array(length).fill(9)), fault("box.unopenable"), `${length} bytes`);
});

// prove answers a proof of equality for one secret, whatever the images are.
function prove(transcript, x, bases, images, w = 321n) {
  const commitments = bases.map((b) => times(b, w));
  const c = transcript.items("base", bases).items("image", images).items("commitment", commitments).challenge("dleq");
  return concat(...commitments.map((p) => p.toBytes()), scalarBytes(w + c * x));
}

// cancelled answers the tally of two voters, of weights 3 and 5, who hide their votes for the first option with random numbers that they
// have agreed on, so that the weighted sum of them is 0. All else is as it must be: the ballots are made and checked like any others.
function cancelled(seal) {
  const election = new Election({ id: unhex(vectors.decryption.election), key: seal.key.toBytes(), shape: shapes.choose(2, 0, 2) });
  const r = 1234567n, agreed = [r, mod(-r * 3n * inverse(5n))];
  const ballots = agreed.map((first, i) => {
    const voter = { pseudonym: new Uint8Array(32).fill(i + 1), sequence: 1 };
    let drawn = 0;
    const random = (n) => (drawn++ ? crypto.getRandomValues(new Uint8Array(n)) : concat(scalarBytes(first), new Uint8Array(n - 32)));
    const { ballot } = election.encrypt(voter, [1, i], random);
    return { ciphertexts: election.verify(voter, ballot).ciphertexts, weight: [3, 5][i] };
  });
  return election.tally(ballots);
}

test("voters whose random numbers cancel are counted, and hold up nobody", () => {
  const d = vectors.decryption, seal = new Seal(unhex(d.seal)), id = unhex(d.election), [sum, hidden] = cancelled(seal);
  assert.ok(sum.a.is0() && sum.b.equals(times(G, 8n)) && !hidden.a.is0());
  const part = (i, sums, bases = sums.filter((s) => !s.a.is0()).map((s) => s.a)) => {
    const x = scalar(unhex(vectors.ceremonies[0].shares[i - 1])), images = bases.map((a) => times(a, x));
    const t = seal.about("partial", i).item("seal", seal.bytes).item("election", id);
    for (const { a, b } of sums) t.item("sum", a).item("sum", b);
    return concat(Uint8Array.of(1, 8, i, 0, images.length), ...images.map((p) => p.toBytes()), prove(t, x, [G, ...bases], [seal.trusteeKey(i), ...images]));
  };
  const sums = [sum, hidden, { a: G, b: G.add(seal.key) }, sum], right = [1, 3].map((i) => part(i, sums));
  const { totals, wrong } = seal.combine(right, id, sums);
  assert.deepEqual(wrong, []);
  [8n, 5n, 1n, 8n].forEach((n, k) => assert.ok(totals[k].equals(times(G, n)), `sum ${k}`));
  for (const other of [sums.slice(1, 3), sums.slice(0, 3), [sums[1], sums[0], ...sums.slice(2)]]) {
    assert.throws(() => seal.partial(part(1, other), id, sums), fault("trustee.partial"), "another list");
  }
  assert.throws(() => seal.partial(part(1, sums, [hidden.a]), id, sums), fault("trustee.partial"), "a part too few");
  assert.throws(() => seal.combine(right.slice(1), id, sums), fault("trustee.few"));

  const none = { a: Point.ZERO, b: Point.ZERO }, all = seal.combine([right[0]], id, [sum, none]);
  assert.ok(all.totals[0].equals(times(G, 8n)) && all.totals[1].is0());
  assert.deepEqual(all.wrong, [{ place: 0, fault: "trustee.public" }]);
  for (const list of [[], new Array(1025).fill(sum)]) assert.throws(() => seal.combine([], id, list), fault("trustee.few"));

  const z = vectors.sealed_total, total = new Total(seal, { election: id, measure: "0/0/area", a: sum.a, b: sum.b, bound: sum.bound });
  assert.throws(() => total.blinded(unhex(z.blinded[0].bytes)), fault("trustee.public"));
  assert.throws(() => total.verdict(unhex(z.verdicts[0].bytes), []), fault("trustee.public"));
});

test("a blinded part, and what its letter says, are the share's", () => {
  const z = vectors.sealed_total, seal = new Seal(unhex(z.seal)), ceremony = new Ceremony(unhex(vectors.ceremonies[0].ceremony));
  const total = new Total(seal, { election: unhex(z.election), measure: z.measure, a: element(unhex(z.sum.a)), b: element(unhex(z.sum.b)), bound: 1000 });
  const x = scalar(unhex(vectors.ceremonies[0].shares[0])), key = seal.trusteeKey(1), e = 55n, P = times(G, e), r = 44n, w = 66n, v = 77n;
  const letter = (contents, reader = 2) => {
    const k = seal.about("opening/key", 1).item("subject", total.subject).item("reader", reader).item("ephemeral", P)
      .item("reader key", ceremony.readers[1]).item("shared", times(ceremony.readers[1], e)).half();
    const box = chacha20poly1305(k, new Uint8Array(12)).encrypt(contents);
    const t = seal.about("opening/envelope", 1).item("subject", total.subject).item("reader", reader).item("box", box);
    return concat(P.toBytes(), prove(t, e, [G], [P]), Uint8Array.of(1, reader), box);
  };
  const blinded = ({ inPart = x, answer = x, told = inPart, proved = x, blinding = r, reader } = {}) => {
    const part = times(total.a, inPart).add(times(H, r)), first = times(G, w), second = times(total.a, w).add(times(H, v));
    const c = total.said("blinded", 1).item("second generator", H).item("key", key).item("part", part)
      .item("commitment", first).item("commitment", second).challenge("blinded");
    const image = times(total.a, told);
    const contents = concat(image.toBytes(), scalarBytes(blinding), prove(total.said("opened", 1), proved, [G, total.a], [key, image]));
    return concat(Uint8Array.of(1, 10, 1), ...[part, first, second].map((p) => p.toBytes()), scalarBytes(w + c * answer), scalarBytes(v + c * r),
      letter(contents, reader));
  };
  const longTerm = scalar(unhex(vectors.ceremonies[0].keys[1])), read = (m) => total.opened(ceremony, m, 2, longTerm);
  assert.ok(read(total.blinded(blinded())).part.equals(times(total.a, x)));
  assert.throws(() => total.blinded(blinded({ inPart: x + 1n })), fault("trustee.blinded"), "the key's equation holds, the part's does not");
  assert.throws(() => total.blinded(blinded({ inPart: x + 1n, answer: x + 1n })), fault("trustee.blinded"), "and the other way round");
  assert.throws(() => read(total.blinded(blinded({ blinding: r + 1n }))), fault("trustee.opening"), "another number than the part's");
  assert.throws(() => total.blinded(blinded({ reader: 4 })), fault("trustee.stranger"));
  const other = total.blinded(blinded({ told: x + 1n }));
  other.part = times(total.a, x + 1n).add(times(H, r));
  assert.throws(() => read(other), fault("trustee.opening"), "another secret than the key's");
});

test("a ceremony that is none is refused", () => {
  const good = unhex(vectors.ceremonies[0].ceremony);
  new Ceremony(good);
  const key = good.slice(38, 70), set = (at, ...to) => { const b = Uint8Array.from(good); b.set(to, at); return b; };
  for (const bytes of [set(0, 2), set(1, 2), set(2, 1), ...[0, 1, 2, 4, 10].map((n) => set(5, n)), concat(good, key)]) {
    assert.throws(() => new Ceremony(bytes), fault("trustee.malformed"));
  }
  for (const bytes of [set(3, 0), set(3, 3), set(4, 0), set(4, 4)]) {
    assert.throws(() => new Ceremony(bytes), fault("trustee.parameters"));
  }
  assert.throws(() => new Ceremony(set(70, ...key)), fault("trustee.key_repeated"));
  assert.throws(() => new Ceremony(set(70, ...element(key).negate().toBytes())), fault("trustee.key_negated"));
  assert.throws(() => new Ceremony(set(38, ...new Uint8Array(32))), fault("element.identity"));
});

test("sealed totals: who takes part, what is claimed, and what an envelope holds", () => {
  const z = vectors.sealed_total, seal = new Seal(unhex(z.seal));
  const of = (change) => new Total(seal, { election: unhex(z.election), measure: z.measure, a: element(unhex(z.sum.a)), b: element(unhex(z.sum.b)),
    bound: z.bound, ...change });
  const total = of({}), parts = z.blinded.filter((p) => !p.fault).map((p) => total.blinded(unhex(p.bytes)));
  const verdict = unhex(z.verdicts[0].bytes);
  assert.throws(() => total.verdict(verdict, parts.slice(1)), fault("trustee.stranger"));
  const [one, two] = parts, wrong = (fault) => ({ index: 1, fault });
  assert.throws(() => total.verdict(verdict, [wrong("trustee.blinded"), wrong("trustee.envelope"), two]), fault("trustee.blinded"));
  assert.equal(total.verdict(verdict, [wrong("trustee.blinded"), one, wrong("trustee.envelope"), two]).length, 1);
  assert.throws(() => total.verdict(verdict, [{ ...two, index: 1 }, one, two]), fault("trustee.verdict"), "the first right one counts");
  const put = (at, ...to) => { const b = Uint8Array.from(verdict); b.set(to, at); return b; };
  assert.throws(() => total.verdict(put(4, 1, 4), parts), fault("trustee.stranger"));
  assert.throws(() => total.verdict(put(4, 2, 1), parts), fault("trustee.malformed"));
  assert.throws(() => total.verdict(put(4, 1, 3), parts), fault("trustee.verdict"), "another quorum");
  assert.throws(() => total.verdict(put(8, 0, 0, 0, 0, 0, 0, 0, 0), parts), fault("trustee.bound"));
  assert.throws(() => total.verdict(put(14, 3, 233), parts), fault("trustee.bound"), "1001 of at most 1000");
  assert.throws(() => total.verdict(put(4, 1, 10), parts), fault("trustee.malformed"));
  assert.throws(() => total.verdict(concat(verdict.subarray(0, 3), Uint8Array.of(0), verdict.subarray(6)), parts), fault("trustee.malformed"));
  for (const [at, to] of [[7, 2], [16, 0], [16, 41]]) assert.throws(() => total.verdict(put(at, to), parts), fault("trustee.malformed"));
  assert.throws(() => total.verdict(concat(verdict.subarray(0, 3), Uint8Array.of(1, 1), verdict.subarray(6)), parts), fault("trustee.few"));
  const proof = verdict.subarray(7), claiming = (count) => concat(verdict.subarray(0, 6), Uint8Array.of(count), ...Array(count).fill(proof));
  for (const count of [0, 3]) assert.throws(() => total.verdict(claiming(count), parts), fault("trustee.malformed"), `${count} claims`);
  assert.equal(total.verdict(claiming(2), parts).length, 2);
  assert.throws(() => total.verdict(flipped(verdict, -40), parts), fault("trustee.verdict"));
  for (const change of [{ bound: 1024 }, { measure: "0/no/area" }, { a: total.b, b: total.a }]) {
    assert.throws(() => of(change).blinded(unhex(z.blinded[0].bytes)), fault("trustee.blinded"));
  }
  assert.throws(() => of({ bound: 2 ** 40 }), fault("trustee.bound"));
  assert.throws(() => of({ bound: 0 }), fault("trustee.bound"));
  const swapped = concat(unhex(z.blinded[0].bytes).subarray(0, 163), unhex(z.blinded[1].bytes).subarray(163));
  assert.throws(() => total.blinded(swapped), fault("trustee.envelope"));

  // The quorum reads what the board does not: the parts themselves, which decrypt the total.
  const ceremony = new Ceremony(unhex(vectors.ceremonies[0].ceremony)), keys = vectors.ceremonies[0].keys.map((k) => scalar(unhex(k)));
  const opened = parts[0].envelope.boxes.map(({ reader }) => total.opened(ceremony, parts[0], reader, keys[reader - 1]));
  assert.ok(opened.length > 0 && opened.every(({ part }) => part.equals(times(total.a, scalar(unhex(vectors.ceremonies[0].shares[0]))))));
  const reader = parts[0].envelope.boxes[0].reader;
  assert.throws(() => total.opened(ceremony, parts[0], reader, keys[reader % keys.length]), fault("trustee.opening"));
});
