// What of a poll is secret, checked from the record: ballots, sums, the trustees' parts, and what they open. After docs/format.md sections
// 13, 14, 17, 18 and 20.
import { sha256 } from "@noble/hashes/sha2.js";
import { BallotBox, Election } from "./ballot.mjs";
import { G, Point, concat, hex, same, times } from "./group.mjs";
import { Total, isPublic } from "./trustees.mjs";
import { joint } from "./joint.mjs";
import * as shapes from "./shapes.mjs";
import { sheets } from "./sheets.mjs";
import { ascii, byKey, isNothing, keyID, list, plus, str, sumOf, weight, wholeOf } from "./people.mjs";
import { byFilling, fillings } from "./fillings.mjs";

const TOTALS = 2, INTERVAL = 3, PASS_FAIL = 4, REACHED = 1, SHORT = 2, YES_NO = 1, SINGLE = 2, APPROVAL = 3, GREEDY = 4, NO_SKIP = 5, SCORE = 6, SETS = 2;
const totalMax = 100_000_000_000n;
const measureNames = [, "heads", "area", "households", "classes"];

// shapeOf is the form of a secret poll's ballots; nothing for methods that have none.
export function shapeOf(question, rules) {
  const n = question.options.length, b = rules.ballot ?? {};
  const most = !b.optionsMax || b.optionsMax > n ? n : b.optionsMax;
  if (byFilling(rules)) {
    const all = fillings(question, rules);
    return all && all.length > 1 ? shapes.oneOf(all.length) : undefined;
  }
  if ((rules.method === GREEDY || rules.method === NO_SKIP) && b.form !== SETS) return undefined;
  switch (rules.method) {
    case YES_NO: return shapes.choose(3, 1, 1);
    case SINGLE: return shapes.choose(n, 0, 1);
    case APPROVAL: case GREEDY: case NO_SKIP: return shapes.choose(n, Math.min(b.optionsMin ?? 0, most), most);
    case SCORE: return shapes.scores(n, Number(b.pointsMax ?? 0n));
    default: return undefined;
  }
}

// electionID is what every ballot is bound to; the messages are question, rules and roll.
export const electionID = (poll, messages, rosterRoot, seal) =>
  sha256(concat(ascii("renlin/election/1\n"), str(poll), ...messages.map((m) => sha256(m)), rosterRoot, seal));

function checkElection(c) {
  if (!c.secret || !c.opened) return;
  c.electionID = c.opened.body.election;
  if (!c.begun || !c.roster || !c.sealed) { c.unchecked("withheld"); return; }
  const messages = [c.question.$raw, c.rules.$raw, c.begun.body.roll.$raw];
  const id = electionID(c.id, messages, c.roster.body.root, c.sealed.body.seal ?? new Uint8Array(0));
  c.is(same(id, c.electionID), "election.differs", c.opened);
  const shape = shapeOf(c.question, c.rules);
  if (!c.seal || !shape || c.electionID.length !== 32) return;
  [c.election] = c.refusal(() => new Election({ id: c.electionID, key: c.seal.key.toBytes(), shape }));
}

// sent lists everything that credentials sent, and which of it counts.
function sent(c) {
  const last = new Map(), all = [];
  for (const f of c.facts) {
    const { $type, key, sequence, ballot, opening } = f.body;
    if ($type !== "SecretBallotCast" && $type !== "SecretBallotChallenged") continue;
    const challenged = $type === "SecretBallotChallenged";
    const b = { fact: f, key, id: keyID(key), sequence, ballot, opening, challenged, counts: !challenged, at: `credential ${keyID(key)}, ballot ${sequence}` };
    if (!challenged) {
      if (last.has(b.id)) last.get(b.id).counts = false;
      last.set(b.id, b);
    }
    all.push(b);
  }
  return all;
}

function ballots(c) {
  c.sent = sent(c);
  sheets(c);
  for (const b of c.sent) {
    const f = b.fact;
    const own = f.author === 3 && f.actor === "" && f.keys.length === 1 && same(f.keys[0], b.key);
    c.is(b.sequence === 0n ? f.author !== 3 && f.actor !== "" : own, "ballots.signer", f, b.at); // of 0 see sheets
    c.is(f.last === b.id, "ballots.place", f, b.at);
    if (c.weights) c.is(c.weights.has(b.id), "ballots.unlisted", f, b.at);
  }
  if (!c.sent.length) return;
  if (!c.election || !c.weights) { c.unchecked("earlier"); return; }
  for (const b of c.sent) {
    const [good, fault] = c.refusal(() => c.election.verify({ pseudonym: b.key, sequence: b.sequence }, b.ballot));
    b.good = good;
    c.is(!fault, "ballots.refused", b.fact, b.at, fault);
  }
}

function sequence(c) {
  const next = new Map();
  for (const b of c.sent ?? []) {
    if (b.sequence === 0n && !b.challenged) continue; // see sheets
    next.set(b.id, (next.get(b.id) ?? 0n) + 1n);
    if (c.between(c.opened, b.fact)) { c.unchecked("withheld"); return; }
    c.is(b.sequence === next.get(b.id), "sequence.gap", b.fact, b.at);
  }
}

function weeding(c) {
  const boxes = new Map();
  for (const b of c.sent ?? []) {
    if (!b.good) continue;
    if (!boxes.has(b.id)) boxes.set(b.id, new BallotBox());
    const [, fault] = c.refusal(() => boxes.get(b.id).add(b.good.marks));
    c.is(!fault, "weeding.copied", b.fact, b.at);
  }
}

function challenged(c) {
  for (const b of c.sent ?? []) {
    if (!b.challenged || !b.good) continue;
    const [, fault] = c.refusal(() => c.election.open(b.ballot, b.opening));
    c.is(!fault, "challenged.unopened", b.fact, b.at, fault);
  }
}

// counting are the ballots that count, ascending by credential; part is what they weigh together.
export const counting = (c) => (c.sent ?? []).filter((b) => b.counts).sort((a, b) => byKey(a.key, b.key));
export const part = (c) => counting(c).reduce((sum, b) => plus(sum, c.weights.get(b.id) ?? weight()), weight());

// least is the smallest yes that fulfils a requirement; nothing where its base depends on what the ballots say.
function least(c, q, took) {
  const m = q.measure, base = q.base === 2 ? took[m] : wholeOf(c.published)[m];
  if (q.base === 2 && c.rules.turnout?.abstentionsAbsent) return undefined;
  if (q.of !== 2 || q.base === 3 || q.denominator <= 0n) return undefined;
  if (base === 0n) return took[m] + 1n;
  const product = q.numerator * base, n = product / q.denominator;
  return q.strict || product % q.denominator > 0n ? n + 1n : n;
}

function thresholds(c, level, m, took) {
  const out = new Set();
  for (const q of c.rules.requirements) {
    const n = least(c, q, took);
    if (n !== undefined && q.measure === m && n >= 1n && n <= took[m]) out.add(n);
  }
  const width = c.rules.secrecy?.intervalWidth ?? 0n;
  if (level === INTERVAL && width > 0n && took[m] / width <= 100_000n) for (let end = width; end <= took[m]; end += width) out.add(end);
  return [...out].sort((a, b) => (a < b ? -1 : 1)).slice(greatestOnly(c, level) ? -1 : 0);
}

// greatestOnly tells whether the rules judge totals together: then of each only its greatest threshold is asked.
const greatestOnly = (c, level) => Boolean(c.rules.secrecy?.together) && level === PASS_FAIL;

export function deciding(c) {
  const out = new Set(c.rules.requirements.filter((q) => q.of === 2).map((q) => q.measure));
  if (out.size === 0 || c.rules.method !== YES_NO) out.add(1);
  return [...out].sort();
}

// hopeless tells whether a requirement fails by who took part, or, if that is asked, would even if all had said yes.
function hopeless(c, took, unanimous) {
  return c.rules.requirements.some((q) => {
    const m = q.measure;
    if (q.of === 1) {
      const left = q.denominator * took[m], base = wholeOf(c.published)[m], right = q.numerator * base;
      return base === 0n || left < right || (left === right && q.strict);
    }
    const n = least(c, q, took);
    return unanimous && n !== undefined && c.rules.method === YES_NO && n > took[m];
  });
}

const nameOf = (t) => `${t.option}/${measureNames[t.measure]}`;

function checkSums(c) {
  const e = c.encrypted?.body.tally, where = c.encrypted;
  if (!e) return;
  if (c.between(c.opened, c.closed)) { c.unchecked("withheld"); return; }
  const opened = c.sent.filter((b) => b.challenged).length, counts = counting(c).length;
  c.is(e.ballots === counts && e.replaced === c.sent.length - opened - counts && e.challenged === opened, "sums.ballots", where);
  const none = e.secrecy === 0;
  let right = none || e.secrecy >= c.secrecy;
  e.leak.forEach((s, i) => {
    const last = i === e.leak.length - 1;
    right &&= s.secrecy >= c.secrecy && ((s.report?.refused ?? "") === "") === (last && !none);
    right &&= i === 0 || s.secrecy > e.leak[i - 1].secrecy;
    right &&= !last || none || s.secrecy === e.secrecy;
  });
  right &&= (e.leak.length > 0 || e.totals.length === 0) && !(none && e.totals.length > 0);
  c.is(right, "sums.level", where);
  if (e.together || c.rules.secrecy?.together) {
    c.is(e.together === (e.totals.length > 0 && greatestOnly(c, e.secrecy)), "sums.together", where);
  }
  if (!c.weights) { c.unchecked("earlier"); return; }
  checkList(c, e, where);
  addUp(c, e, where);
}

function checkList(c, e, where) {
  const took = part(c);
  if (e.totals.length === 0) {
    c.is(e.secrecy === 0 || isNothing(took) || hopeless(c, took, true), "sums.list", where);
    return;
  }
  c.is(!hopeless(c, took, false), "sums.needless", where);
  const shape = shapeOf(c.question, c.rules), exact = e.secrecy === TOTALS, want = [];
  if (!shape) { c.unchecked("method"); return; }
  for (const m of deciding(c)) {
    if (exact) shape.totals.forEach((_, option) => want.push(nameOf({ measure: m, option })));
    else if (c.rules.method === YES_NO && thresholds(c, e.secrecy, m, took).length) want.push(nameOf({ measure: m, option: 0 }));
  }
  e.totals.forEach((t, i) => {
    const allowed = exact ? [] : thresholds(c, e.secrecy, t.measure, took);
    c.is(list(t.claims.map((x) => x.threshold), allowed), "sums.claims", where, `total ${i + 1}`);
  });
  c.is(list(e.totals.map(nameOf), want), "sums.list", where);
}

// addUp adds the ballots that count, in each measure that is listed.
function addUp(c, e, where) {
  if (e.totals.length === 0) return;
  const ballots = counting(c);
  if (!c.election || ballots.some((b) => !b.good)) { c.unchecked("earlier"); return; }
  const sums = new Map();
  for (const m of [1, 2, 3, 4]) {
    const [totals] = c.refusal(() => c.election.tally(ballots.map((b) => ({ ciphertexts: b.good.ciphertexts, weight: (c.weights.get(b.id) ?? weight())[m] }))));
    totals?.forEach((t, option) => sums.set(nameOf({ measure: m, option }), t));
  }
  let right = true;
  const points = c.rules.ballot?.pointsMax ?? 0n, whole = sumOf(c.published);
  e.totals.forEach((t, i) => {
    const sum = sums.get(nameOf(t)), at = `total ${i + 1}`;
    right = c.is(sum && same(concat(sum.a.toBytes(), sum.b.toBytes()), t.sum), "sums.differ", where, at) && right;
    const most = (whole[t.measure] ?? 0n) * (points > 1n ? points : 1n);
    right = c.is(t.bound >= (sum?.bound ?? 0n) && t.bound <= most, "sums.bound", where, at) && right;
  });
  if (right) c.sums = sums;
}

const limits = (t) => [...new Set(t.claims.map((x) => x.threshold))].filter((n) => n >= 1n && n <= t.bound).sort((a, b) => (a < b ? -1 : 1));

const greatest = (t) => t.claims.reduce((most, x) => (x.threshold > most ? x.threshold : most), 0n);

// shortForAll tells whether everybody sees that one of the totals is below its threshold, so that nothing is asked of the others.
function shortForAll(c) {
  return c.encrypted.body.tally.totals.some((t) => {
    if (greatest(t) > t.bound) return true;
    const sum = c.sums.get(nameOf(t)), n = isPublic(sum) && t.bound <= totalMax ? find(sum.b, t.bound) : undefined;
    return n !== undefined && n < greatest(t);
  });
}

// asked are the sealed totals about which the trustees prove something.
function asked(c) {
  if (c.encrypted.body.tally.together && shortForAll(c)) return [];
  return c.encrypted.body.tally.totals.flatMap((t) => {
    const sum = c.sums.get(nameOf(t)), of = limits(t);
    if (isPublic(sum) || of.length === 0) return [];
    const name = nameOf(t);
    return [{ name, limits: of, bound: t.bound, parts: [], total: new Total(c.seal, { election: c.electionID, measure: name, ...sum, bound: t.bound }) }];
  });
}

const exactSums = (c) => c.encrypted.body.tally.totals.map((t) => c.sums.get(nameOf(t)));
const ready = (c) => !c.encrypted.body.tally.totals.length || (c.sums && c.seal);

// idle tells whether there is nothing for a trustee to do.
export function idle(c) {
  const e = c.encrypted.body.tally;
  if (!e.totals.length) return true;
  return e.secrecy === TOTALS ? exactSums(c).every(isPublic) : c.asked.length === 0;
}

function parts(c) {
  if (!c.secret || (!c.encrypted && !c.closed)) return;
  if (!c.encrypted || !ready(c)) { if (c.tallied) c.unchecked("earlier"); return; }
  const e = c.encrypted.body.tally, exact = e.secrecy === TOTALS, done = new Set();
  c.asked = exact || !e.totals.length ? [] : asked(c);
  c.partials = [];
  for (const f of c.facts) {
    const b = f.body, at = `trustee ${b.trustee}`;
    if (b.$type === "SharesMissing") {
      const missing = idle(c) ? [] : c.terms.trustees.map((_, i) => i + 1).filter((n) => !done.has(n));
      c.is(list(missing, b.trustees), "parts.missing", f);
    }
    if (b.$type !== "TotalsDecrypted" && b.$type !== "TotalsBlinded") continue;
    c.is(c.terms.trustees[b.trustee - 1]?.member === f.actor, "parts.trustee", f, at);
    c.is(!done.has(b.trustee) && f.index > c.encrypted.index, "parts.twice", f, at);
    done.add(b.trustee);
    if (b.$type === "TotalsDecrypted") {
      const [, fault] = c.refusal(() => c.seal.partial(b.message, c.electionID, e.totals.length ? exactSums(c) : []));
      if (!/malformed/.test(fault)) c.is(b.message[2] === b.trustee, "parts.trustee", f, at);
      if (c.is(!fault && exact, "parts.refused", f, at, fault)) c.partials.push({ index: b.message[2], bytes: b.message });
    } else if (c.is(b.messages.length === c.asked.length && !exact, "parts.number", f, at)) blinded(c, f, b);
  }
}

function blinded(c, f, b) {
  b.messages.forEach((message, i) => {
    const at = `trustee ${b.trustee}, total ${i + 1}`;
    const [m, fault] = c.refusal(() => c.asked[i].total.blinded(message));
    if (!/malformed/.test(fault)) c.is(message[2] === b.trustee, "parts.trustee", f, at);
    if (m) c.is(m.envelope.boxes.length === c.seal.n, "parts.readers", f, at);
    if (c.is(!fault, "parts.refused", f, at, fault)) c.asked[i].parts.push(m);
  });
}

// find answers T of T·G, up to a bound, or nothing.
export function find(element, bound) {
  let m = 1n;
  while (m * m <= bound) m *= 2n;
  const near = new Map();
  for (let p = Point.ZERO, i = 0n; i < m; i++, p = p.add(G)) near.set(hex(p.toBytes()), i);
  const stride = times(G, m).negate();
  for (let p = element, i = 0n; i * m <= bound; i++, p = p.add(stride)) {
    const j = near.get(hex(p.toBytes()));
    if (j !== undefined) return i * m + j <= bound ? i * m + j : undefined;
  }
  return undefined;
}

// figures finds totals, each up to its bound.
function figures(c, values, totals) {
  const out = [], most = totals.reduce((n, t) => (t.bound > n ? t.bound : n), 0n);
  for (const [i, t] of totals.entries()) {
    const n = most > totalMax ? undefined : find(values[i], t.bound);
    if (!c.is(n !== undefined, "opening.total", c.encrypted, `total ${i + 1}`)) return undefined;
    out.push(n);
  }
  return out;
}

function opening(c) {
  if (!c.secret || !c.tallied) return;
  if (!c.encrypted || !ready(c)) { c.unchecked("earlier"); return; }
  const e = c.encrypted.body.tally;
  c.used = [];
  const known = new Map();
  if (e.totals.length === 0) c.known = known;
  else if (e.secrecy === TOTALS ? combine(c, e, known) : proved(c, e, known)) c.known = known;
}

function combine(c, e, known) {
  const [combined, fault] = c.refusal(() => c.seal.combine(c.partials.map((p) => p.bytes), c.electionID, exactSums(c)));
  if (!c.is(!fault, "opening.few", c.tallied, "", fault)) return false;
  const numbers = figures(c, combined.totals, e.totals);
  numbers?.forEach((n, i) => known.set(nameOf(e.totals[i]), [n, n]));
  return numbers !== undefined;
}

// cut tells between which thresholds a number lies.
function cut(of, bound, n) {
  const low = of.filter((t) => t <= n).at(-1) ?? 0n, above = of.find((t) => t > n);
  return [low, above === undefined ? bound : above - 1n];
}

// judged reads the one verdict about all totals that are asked. If they are not all reached, nothing is known of any, unless one was alone.
function judged(c, f, known, used) {
  const [bytes] = f.body.verdicts;
  const [said, fault] = c.refusal(() => joint(bytes, c.asked.map((a) => a.total), c.asked.map((a) => a.parts)));
  if (!/malformed/.test(fault)) c.is(bytes[2] === f.body.trustee, "opening.trustee", f);
  if (!c.is(!fault, "opening.verdict", f, "", fault)) return false;
  c.together = said.reached ? REACHED : SHORT;
  for (const [i, a] of c.asked.entries()) {
    const threshold = a.limits.at(-1);
    if (!c.is(said.thresholds[i] === threshold, "opening.claims", f, `total ${i + 1}`)) return false;
    const high = !said.reached && c.asked.length === 1 ? threshold - 1n : a.bound;
    known.set(a.name, [said.reached ? threshold : 0n, high]);
    said.quorums[i].forEach((n) => used.add(n));
  }
  return true;
}

function proved(c, e, known) {
  const f = c.first("TotalsProved"), b = f?.body;
  const wanted = e.together ? Math.min(1, c.asked.length) : c.asked.length;
  if (c.asked.length && !c.is(b?.verdicts.length === wanted, "opening.few", c.tallied)) return false;
  const used = new Set();
  if (e.together && c.asked.length && !judged(c, f, known, used)) return false;
  for (const [i, a] of e.together ? [] : c.asked.entries()) {
    const at = `total ${i + 1}`, bytes = b.verdicts[i];
    const [claims, fault] = c.refusal(() => a.total.verdict(bytes, a.parts));
    if (!/malformed/.test(fault)) c.is(bytes[2] === b.trustee, "opening.trustee", f, at);
    if (!c.is(!fault, "opening.verdict", f, at, fault)) return false;
    const [low, high] = cut(a.limits, a.bound, claims.filter((x) => x.reached).at(-1)?.threshold ?? 0n);
    const want = [...(low > 0n ? [`reached ${low}`] : []), ...(high < a.bound ? [`below ${high + 1n}`] : [])];
    if (!c.is(list(claims.map((x) => `${x.reached ? "reached" : "below"} ${x.threshold}`), want), "opening.claims", f, at)) return false;
    known.set(a.name, [low, high]);
    for (const n of bytes.subarray(4, 4 + bytes[3])) used.add(n);
  }
  c.used = [...used].sort();
  for (const t of e.totals) {
    if (known.has(nameOf(t))) continue;
    const sum = c.sums.get(nameOf(t));
    known.set(nameOf(t), [0n, t.bound]);
    if (!isPublic(sum)) continue;
    const numbers = figures(c, [sum.b], [t]);
    if (!numbers) return false;
    known.set(nameOf(t), cut(limits(t), t.bound, numbers[0]));
  }
  return true;
}

export const secretChecks = { checkElection, ballots, sequence, weeding, challenged, checkSums, parts, opening };
export { measureNames, nameOf };
