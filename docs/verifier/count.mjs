// Opens what is open of a poll, counts, and works out what follows. After docs/format.md sections 11, 14, 15, 17 and 20.
import { sha256 } from "@noble/hashes/sha2.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { hsalsa, secretbox } from "@noble/ciphers/salsa.js";
import { concat, same } from "./group.mjs";
import { openBox } from "./trustees.mjs";
import { ascii, isNothing, list, measured, minus, sameWeight, str, weight } from "./people.mjs";
import { counting, idle, nameOf, part } from "./secret.mjs";
import { decode } from "./proto.mjs";
import { byFilling, decide, fillings, preferred, scoreless, spends } from "./fillings.mjs";
import { funded } from "./budget.mjs";
import { costly, countOpen, formOf, outcome, writes } from "./open.mjs";
import { lastCasts, twinBox } from "./papers.mjs";
import { cameBy } from "./sheets.mjs";

const YES_NO = 1, SINGLE = 2, APPROVAL = 3, SCORE = 6, CHOSEN = 4, WITHHELD = 5, TOTALS = 2, SEED = 2;
const measures = [1, 2, 3, 4], latin = new TextDecoder("latin1");
const silent = (c) => (c.rules.turnout?.nonVoters ?? 0) >= 2;

// shares checks what opens an open poll's ballots, and opens every last box.
function shares(c) {
  if (c.secret) { c.is(!c.first("SharePublished"), "shares.early", c.closed); return; }
  const opener = c.rules.secrecy ? rebuilt(c) : heldKey(c);
  if (!opener) { if (c.tallied) c.unchecked("earlier"); return; }
  const last = lastCasts(c);
  c.voted = [...last.keys()].sort();
  c.choices = c.voted.map((voter) => {
    const b = last.get(voter), choice = choiceIn(c, opener, voter, b.box);
    c.looked++;
    if (choice.fault || b.paper === 0) return choice;
    // Two operators have read the paper alike.
    const twin = choiceIn(c, opener, voter, twinBox(c, voter, b) ?? new Uint8Array(0));
    return !twin.fault && list(twin.options, choice.options) && list(twin.points, choice.points) ? choice : { fault: "unequal" };
  });
}

// choiceIn opens a box: a choice, or why there is none.
function choiceIn(c, opener, voter, box) {
  if (box.length < 72 || box.length > 8192) return { fault: "unopened" };
  const plain = opener(box);
  if (!plain) return { fault: "unopened" };
  if (plain.length < 52 || latin.decode(plain.subarray(0, 52)) !== c.id + voter) return { fault: "misplaced" };
  try {
    const choice = decode("Choice", plain.subarray(52));
    return choice.$unknown ? { fault: "malformed" } : choice;
  } catch { return { fault: "malformed" }; }
}

const words = (bytes) => new Uint32Array(Uint8Array.from(bytes).buffer);

function heldKey(c) {
  let boxKey;
  for (const f of c.facts) {
    if (f.body.$type === "PollKeyOffered") ({ boxKey } = f.body);
    if (f.body.$type !== "KeyPublished") continue;
    const key = f.body.privateKey;
    c.is(c.closed && f.index > c.closed.index, "shares.early", f);
    if (!c.is(key.length === 32 && boxKey && same(x25519.getPublicKey(key), boxKey), "shares.key", f)) continue;
    return (box) => {
      let secret = new Uint8Array(32), out = new Uint32Array(8);
      try { secret = x25519.getSharedSecret(key, box.subarray(0, 32)); } catch { /* a weak key gives zeros */ }
      hsalsa(words(ascii("expand 32-byte k")), words(secret), words(new Uint8Array(16)), out);
      try { return secretbox(new Uint8Array(out.buffer), box.subarray(32, 56)).open(box.subarray(56)); } catch { return undefined; }
    };
  }
  return undefined;
}

function rebuilt(c) {
  if (!c.seal) return undefined;
  const { round, trustees } = c.terms, promised = [], given = new Set(), nonces = new Map(), right = [];
  for (const { body: b } of c.all("KeyPartAdded")) if (b.round === round && b.promise.length) promised[b.trustee] = b.promise;
  for (const f of c.facts) {
    const b = f.body, at = `trustee ${b.trustee}`;
    if (b.$type === "SharesMissing") {
      c.is(list(trustees.map((_, i) => i + 1).filter((n) => !given.has(n)), b.trustees), "shares.missing", f);
    }
    if (b.$type !== "SharePublished") continue;
    c.is(c.closed && f.index > c.closed.index, "shares.early", f, at);
    const [, fault] = c.refusal(() => c.seal.exposed(b.message));
    if (!/malformed/.test(fault)) c.is(b.message[2] === b.trustee && !given.has(b.trustee), "shares.trustee", f, at);
    given.add(b.trustee);
    if (c.is(!fault, "shares.wrong", f, at, fault)) right.push(b.message);
    const promise = promised[b.trustee];
    c.is(b.nonce.length === 32 && promise && same(sha256(concat(ascii("renlin/tie-nonce/1\n"), b.nonce)), promise), "shares.nonce", f, at);
    if (!c.withheld.includes(b.trustee)) nonces.set(b.trustee, b.nonce);
  }
  c.seed = seedOf(c, nonces);
  if (!c.tallied) return undefined;
  const [exposed, fault] = c.refusal(() => c.seal.expose(right));
  if (!c.is(!fault, "shares.few", c.tallied, "", fault)) return undefined;
  return (box) => c.refusal(() => openBox(exposed.secret, box))[0];
}

// seedOf is what breaks ties (section 15).
function seedOf(c, nonces) {
  if (c.rules.tieRule !== SEED) return undefined;
  const said = c.terms.trustees.map((t, i) => [i + 1, t.org, nonces.get(i + 1)]).filter(([, , nonce]) => nonce);
  if (new Set(said.map(([, org]) => org)).size < 2) return undefined;
  return sha256(concat(ascii("renlin/tie-seed/1\n"), str(c.id), ...said.flatMap(([n, , nonce]) => [Uint8Array.of(n), nonce])));
}

function checkCount(c) {
  const t = c.tally, where = c.tallied;
  if (!t) return;
  if (c.secret) { countSecret(c, t); return; }
  if (!c.choices || !c.weights) { c.unchecked("earlier"); return; }
  const cast = c.all("BallotCast"), rests = silent(c) || cast.some((f) => f.body.paper > 0);
  if (c.between(rests ? c.facts[0] : c.opened, c.closed)) { c.unchecked("withheld"); return; }
  c.is(t.ballots === c.voted.length && t.replaced === cast.length - c.voted.length, "count.ballots", where);
  if (!formOf(c.rules)) { c.unchecked("method"); return; }
  const n = countOpen(c), given = t.invalidBallots;
  c.is(t.invalid === c.voted.length - n.good && Object.entries(n.wrong).every(([why, k]) => (given?.[why] ?? 0) === k), "count.invalid", where);
  c.is(t.valid === n.good && t.abstained === n.blank && says(c, t.validHeads, t.validArea, t.validMeasured, n.valid[0]), "count.valid", where);
  c.count = n;
  totals(c, t);
}

// says compares figures of the tally with what was counted.
function says(c, heads, area, m, w) {
  const want = measured(c.rules) ? w : weight(w[1], w[2]);
  return sameWeight(weight(heads, area, m?.households ?? 0n, m?.weight ?? 0n), want);
}

function totals(c, t) {
  const where = c.tallied, n = c.count;
  if (c.secret && c.rules.turnout?.abstentionsAbsent) n.participants = minus(n.participants, n.abstained ?? weight());
  if (c.secret && silent(c)) c.unchecked("silence");
  else c.is(says(c, t.participantsHeads, t.participantsArea, t.participantsMeasured, n.participants), "count.participants", where);
  if (!c.is(t.totals.length === n.options.length, "count.totals", where)) return;
  t.totals.forEach((x, i) => {
    let [w] = n.options[i], score = 0n;
    if (!c.secret) score = scoreless(c.rules) ? 0n : n.choice.scores[i];
    else if (c.rules.method === APPROVAL || spends(c.rules)) [, score] = w;
    else if (c.rules.method === SCORE) [w, score] = [weight(), n.points[i][0][1]];
    if (n.scores) score = n.scores[i];
    w = w.map((a, m) => (n.shown[m] ? a : 0n));
    c.is(x.option === i && x.score === score && says(c, x.heads, x.area, x.measured, w), "count.totals", where, `option ${i}`);
  });
}

// countSecret holds the tally against who took part, which everybody sees, and what was opened.
function countSecret(c, t) {
  const e = c.encrypted?.body.tally, where = c.tallied;
  if (!e || !c.known || !c.weights) { c.unchecked("earlier"); return; }
  if (c.between(c.opened, c.closed)) { c.unchecked("withheld"); return; }
  const ballots = counting(c);
  c.is(t.ballots === ballots.length && t.replaced === e.replaced, "count.ballots", where);
  c.is(t.valid === ballots.length && t.invalid === 0 && t.hosted === 0, "count.invalid", where);
  c.count = byFilling(c.rules) ? heardFillings(c) : heard(c);
  // Totals are told where those of a measure are known in which somebody weighs something, or where nobody took part.
  if (isNothing(c.count.participants) || measures.some((m) => c.count.shown[m] && c.count.participants[m] > 0n)) totals(c, t);
  else {
    c.is(t.totals.length === 0, "count.totals", where);
    c.is(says(c, t.participantsHeads, t.participantsArea, t.participantsMeasured, c.count.participants), "count.participants", where);
  }
  const { valid, shown, participants } = c.count, said = weight(t.validHeads, t.validArea, t.validMeasured?.households, t.validMeasured?.weight);
  let right = measures.every((m) => said[m] === 0n || (shown[m] && valid[0][m] === valid[1][m] && said[m] === valid[0][m]));
  if (t.abstained > 0) {
    const single = ballots.every((b) => (c.weights.get(b.id) ?? weight())[1] === 1n);
    right &&= shown[1] && valid[0][1] === valid[1][1] && single && BigInt(t.abstained) === participants[1] - valid[0][1];
  }
  c.is(right, "count.valid", where);
  report(c, t, e);
  cameBy(c, t, ballots);
}

// heard is what is known of every figure, at both of its ends.
function heard(c) {
  const participants = part(c), options = c.rules.method === YES_NO ? 3 : c.question.options.length, shown = [];
  const most = c.rules.method === SCORE ? c.rules.ballot?.pointsMax ?? 0n : 1n;
  const points = Array.from({ length: options }, () => [weight(), weight()]), cut = Array.from({ length: options }, () => [weight(), weight()]);
  const valid = [weight(), weight()];
  for (const m of measures) {
    let exact = true;
    for (let option = 0; option < options; option++) {
      const ends = c.known.get(nameOf({ measure: m, option })) ?? [0n, participants[m] * (most > 1n ? most : 1n)];
      exact &&= ends[0] === ends[1];
      ends.forEach((x, end) => {
        points[option][end][m] = x;
        cut[option][end][m] = x < participants[m] ? x : participants[m];
      });
    }
    shown[m] = exact;
    [valid[0][m], valid[1][m]] = [0n, participants[m]];
    if (!exact) continue;
    const sum = (upTo) => cut.slice(0, upTo).reduce((s, [low]) => s + low[m], 0n);
    if (c.rules.method === YES_NO) valid[0][m] = valid[1][m] = sum(2);
    if (c.rules.method === SINGLE) valid[0][m] = valid[1][m] = sum(options);
    if ((c.rules.method === APPROVAL || spends(c.rules)) && c.rules.ballot?.optionsMin > 0) valid[0][m] = participants[m];
  }
  return { participants, options: cut, points: c.rules.method === SCORE ? points : cut, shown, valid };
}

// heardFillings is what is known where it was opened how many filled their ballots in in each way: of heads everything, or nothing.
function heardFillings(c) {
  const participants = part(c), all = fillings(c.question, c.rules) ?? [], options = c.question.options.map(() => [weight(), weight()]);
  const opened = all.map((_, i) => c.known.get(nameOf({ measure: 1, option: i }))), shown = [];
  for (const m of measures) shown[m] = participants[m] === 0n || (m === 1 && all.length > 0 && opened.every((s) => s && s[0] === s[1]));
  const valid = [weight(), weight(...participants.slice(1))], n = { participants, options, points: options, shown, valid, scores: options.map(() => 0n) };
  if (!shown[1]) return n;
  const heaps = all.map((f, i) => ({ ...f, weight: opened[i]?.[0] ?? 0n })).filter((h) => h.weight > 0n);
  for (const h of heaps) for (const o of h.options) for (const end of options[o]) end[1] += h.weight;
  valid[0][1] = valid[1][1] = heaps.reduce((sum, h) => sum + h.weight, 0n);
  const { scores, ...choice } = decide(preferred(c), c.question, c.rules, heaps);
  return Object.assign(n, { scores, choice });
}

function report(c, t, e) {
  const r = t.secret ?? { secrecy: 0, challenged: 0, credentials: 0, trustees: [], ranges: [] }, where = c.tallied, exact = e.secrecy === TOTALS;
  const right = r.secrecy === e.secrecy && r.challenged === e.challenged && r.credentials === c.roster?.body.credentials &&
    (r.together ?? 0) === (c.together ?? 0);
  c.is(right, "count.secret", where);
  if (exact && e.totals.length && !idle(c)) {
    const good = r.trustees.length === c.seal.t && r.trustees.every((n, i) => i === 0 || n > r.trustees[i - 1]);
    c.is(good && r.trustees.every((n) => c.partials.some((p) => p.index === n)), "count.secret", where, "trustees");
  } else c.is(list(r.trustees, c.used), "count.secret", where, "trustees");
  const want = exact ? [] : e.totals;
  if (!c.is(want.length === r.ranges.length, "count.secret", where, "ranges")) return;
  r.ranges.forEach((g, i) => {
    const [low, high] = c.known.get(nameOf(want[i]));
    c.is(nameOf(g) === nameOf(want[i]) && g.low === low && g.high === high, "count.secret", where, `range ${i + 1}`);
  });
}

function checkSeed(c) {
  const t = c.tally;
  if (!t || (c.rules.tieRule !== SEED && t.tieSeed.length === 0)) return;
  if (!c.secret && c.rules.secrecy && !c.seal) { c.unchecked("earlier"); return; }
  c.is(same(t.tieSeed, c.seed ?? new Uint8Array(0)), "seed.differs", c.tallied);
}

// winners answers who wins at one end, and the ties that were broken for it.
function winners(c, end) {
  if (!c.secret || byFilling(c.rules)) return c.count.choice ?? { won: [], ties: [] };
  if (spends(c.rules)) {
    const { won, ties } = funded(preferred(c), c.question, c.rules, c.count.options.map((o) => o[end][1]));
    return { won, ties: c.count.shown[1] ? ties : [] }; // of totals that nobody has opened there are none
  }
  const n = c.count, total = (o) => (c.rules.method === SCORE ? n.points : n.options)[o][end][1];
  const ranked = preferred(c).filter((o) => total(o) > 0n).sort((a, b) => (total(a) > total(b) ? -1 : total(a) < total(b) ? 1 : 0));
  const seats = Math.max(1, c.rules.ballot?.seats ?? 0), won = ranked.slice(0, seats);
  if (seats >= ranked.length || total(ranked[seats - 1]) !== total(ranked[seats])) return { won, ties: [] };
  const at = total(ranked[seats]);
  return { won, ties: [{ options: ranked.filter((o) => total(o) === at), total: at, value: "" }] };
}

function result(c) {
  const t = c.tally, where = c.tallied;
  if (!t) return;
  if (!c.count) {
    c.unchecked((c.secret ? [YES_NO, SINGLE, APPROVAL, SCORE].includes(c.rules.method) : formOf(c.rules)) ? "earlier" : "method");
    return;
  }
  const [low, high] = [0, 1].map((end) => outcome(c, c.count, end, () => winners(c, end)));
  if (c.together === 2) high.result = low.result; // something fails, and nobody knows what
  const lines = low.lines.flatMap((line, i) => {
    const other = high.lines[i];
    if (line.holds !== other.holds) return [];
    return [line.left === other.left && line.right === other.right ? line : { ...line, left: "", right: "" }];
  });
  if (c.is(t.inequalities.length === lines.length, "result.inequality", where)) {
    t.inequalities.forEach((x, i) => {
      c.is(writes(x, lines[i]), "result.inequality", where, `requirement ${i + 1}`);
    });
  }
  const unknown = low.result !== high.result || low.unsure, want = unknown ? WITHHELD : low.result, ties = unknown ? [] : low.ties;
  c.is(t.result === want, "result.differs", where);
  const won = want === CHOSEN ? low.won : [], cost = costly(c.rules) ? won.reduce((sum, o) => sum + c.question.options[o].cost, 0n) : 0n;
  c.is(list(t.winners, won) && t.costFen === cost, "result.winners", where);
  const alike = ties.length === t.ties.length && t.ties.every((x, i) => list(x.options, ties[i].options) && x.total === ties[i].total && (ties[i].values ?? [ties[i].value]).includes(x.value));
  c.is(alike && t.tieBroken === ties.length > 0, "result.ties", where);
}

export const countChecks = { shares, checkCount, checkSeed, result };
