// Counts open ballots: which keep to the rules, what they weigh, who wins and by which steps, and what is made of those who did not vote.
// After community.proto, voting.proto, and docs/format.md sections 9, 15, 20 and 22.
import { decide, preferred, spends } from "./fillings.mjs";
import { isNothing, measured, minus, plus, weight, wholeOf } from "./people.mjs";
import { says } from "./sheets.mjs";
import { same } from "./group.mjs";

const YES_NO = 1, SINGLE = 2, APPROVAL = 3, SCORE = 6, STAR = 7, BORDA = 8, RUNOFF = 9, SCHULZE = 10, QUADRATIC = 11, BUDGET_SHARES = 12, STV = 13;
const PROPORTIONAL = 14, SHARES = 15, PASSED = 1, REJECTED = 2, NO_QUORUM = 3, CHOSEN = 4, TAKE_PART = 2, JOIN = 3, stepsOptionsMax = 60;

// Forms of ballots: those of methods that allow one alone, and of budgets by the form that their rules name.
const formsOf = {
  [YES_NO]: "answer", [SINGLE]: "one", [APPROVAL]: "set", [PROPORTIONAL]: "set", [SHARES]: "set", [SCORE]: "points", [STAR]: "points",
  [BORDA]: "ranks", [RUNOFF]: "ranks", [SCHULZE]: "ranks", [STV]: "ranks", [QUADRATIC]: "squares",
};
const formsOfBudgets = ["", "one", "set", "purse", "ranks", "points"];

// costly tells whether options cost money.
export const costly = (rules) => spends(rules) || rules.method === BUDGET_SHARES;

// formOf is what an open poll's ballots look like; nothing where nobody can tell.
export function formOf(rules) {
  if (!costly(rules)) return formsOf[rules.method];
  const form = formsOfBudgets[rules.ballot?.form ?? 0];
  return form && form !== (spends(rules) ? "points" : "ranks") ? form : undefined;
}

// keeps tells whether a choice keeps to the poll's rules; a blank one does.
export function keeps({ rules, question }, { options: picked, points }) {
  const form = formOf(rules), all = form === "answer" ? 3 : question.options.length;
  const b = { optionsMin: 0, optionsMax: 0, costSumMax: 0n, pointsSumMax: 0n, pointsMin: 0n, pointsMax: 0n, ...rules.ballot };
  if (picked.length > 0) {
    const [least, most] = form === "answer" ? [0, 1] : [b.optionsMin, form === "one" ? 1 : b.optionsMax || all];
    if (picked.length < least || picked.length > most || picked.some((o) => o >= all) || new Set(picked).size !== picked.length) return false;
    const cost = form === "answer" ? 0n : picked.reduce((sum, o) => sum + question.options[o].cost, 0n);
    if (b.costSumMax > 0n && cost > b.costSumMax) return false;
  }
  // Without points each option has one, and a purse may hold less.
  if (points.length === 0) return !["purse", "squares"].includes(form) || BigInt(picked.length) <= b.pointsSumMax;
  if (points.length !== picked.length || ["answer", "one", "set"].includes(form)) return false;
  if (form === "ranks") {
    // They fall from rank to rank, and nobody has more to give than others.
    let before = (b.pointsMax || BigInt(b.optionsMax || all)) + 1n;
    for (const n of points) {
      if (n < 1n || n >= before) return false;
      before = n;
    }
  }
  if (points.some((n) => n < 0n || n < b.pointsMin || (b.pointsMax > 0n && n > b.pointsMax))) return false;
  const sum = points.reduce((s, n) => s + (form === "squares" ? n * n : n), 0n);
  return sum < 1n << 63n && (b.pointsSumMax === 0n || sum <= b.pointsSumMax);
}

// Heaps are all ballots that say the same.
function heapsOf(votes) {
  const heaps = new Map();
  for (const v of votes) {
    const key = `${v.options}/${v.points}`, h = heaps.get(key) ?? { ...v, weight: 0n };
    heaps.set(key, h);
    h.weight += v.weight;
  }
  return [...heaps.values()].filter((h) => h.weight > 0n);
}

// countOpen counts the ballots of some voters, and says of each figure what is known of it: both ends are the same. Where silence is not
// heeded, nobody's who did not vote counts.
export function countOpen(c, { counts = () => true, heeds = true } = {}) {
  const yesNo = c.rules.method === YES_NO, votes = [], wrong = { unopened: 0, misplaced: 0, malformed: 0, outsideRules: 0, unequal: 0 };
  const named = Array.from({ length: yesNo ? 3 : c.question.options.length }, () => weight());
  let participants = weight(), abstained = weight(), valid = weight(), good = 0, blank = 0;
  c.voted.forEach((voter, i) => {
    if (!counts(voter)) return;
    const w = c.weights.get(voter) ?? weight(), { fault, options, points } = c.choices[i];
    participants = plus(participants, w);
    const why = fault ?? (keeps(c, c.choices[i]) ? "" : "outsideRules");
    if (why) { wrong[why]++; return; }
    good++;
    if (options.length === 0 || (yesNo && options[0] === 2)) { // to abstain is to say nothing
      blank++;
      abstained = plus(abstained, w);
      return;
    }
    valid = plus(valid, w);
    votes.push({ options, points: points.length ? points : options.map(() => 1n), weight: w[1] });
    for (const o of options) named[o] = plus(named[o], w);
  });
  if (yesNo) named[2] = abstained;
  if (c.rules.turnout?.abstentionsAbsent) participants = minus(participants, abstained);
  const n = { participants, valid: [valid, valid], options: named.map((w) => [w, w]), shown: [, true, true, true, true], wrong, good, blank };
  n.points = n.options;
  if (!yesNo) n.choice = decide(preferred(c), c.question, c.rules, heapsOf(votes), BigInt(votes.length));
  if (heeds) heed(c, n);
  return n;
}

const silent = (c) => [TAKE_PART, JOIN].includes(c.rules.turnout?.nonVoters);

// notVoting are those on the roll who did not vote: to how many the notice came in time, what these weigh, and how many others there are.
function notVoting(c) {
  const voted = new Set(c.voted), out = { delivered: 0, undelivered: 0, sum: weight() };
  for (const [voter, w] of c.weights) {
    if (voted.has(voter)) continue;
    if (!c.delivered?.has(voter)) { out.undelivered++; continue; }
    out.delivered++;
    out.sum = plus(out.sum, w);
  }
  return out;
}

// heed adds those whose silence counts. Where nobody took part, nobody's does.
function heed(c, n) {
  const { sum } = notVoting(c);
  if (!silent(c) || isNothing(n.participants) || isNothing(sum)) return;
  n.participants = plus(n.participants, sum);
  if (c.rules.turnout.nonVoters !== JOIN) return;
  const [[yes], [no]] = n.options;
  n.joined = more(c, yes, no) ? 0 : more(c, no, yes) ? 1 : undefined;
  if (n.joined === undefined) return; // there is no majority, and they abstain
  n.valid = n.valid.map((w) => plus(w, sum));
  if (n.joined === 0) n.besides = sum;
}

// more tells whether a side has more in every measure in which a majority is asked for; in heads, if it is in none.
function more(c, side, other) {
  const asked = c.rules.requirements.filter((q) => q.of === 2).map((q) => q.measure);
  return (asked.length ? asked : [1]).every((m) => side[m] > other[m]);
}

// outcome judges the figures of one end; the low one makes every requirement hardest. elected are the winners, if anybody was chosen.
export function outcome(c, n, end, winners = () => n.choice) {
  const yesNo = c.rules.method === YES_NO, empty = isNothing(n.participants), who = yesNo ? { won: [], ties: [] } : winners();
  const at = yesNo ? 0 : who.won.length === 1 ? who.won[0] : undefined;
  const option = plus(n.options[at]?.[end] ?? weight(), n.besides ?? weight());
  let result = PASSED;
  const lines = c.rules.requirements.map((q) => {
    const left = q.of === 2 ? option[q.measure] : n.participants[q.measure];
    const base = (q.base === 2 ? n.participants : q.base === 3 ? n.valid[1 - end] : wholeOf(c.published))[q.measure];
    const [x, y] = [q.denominator * left, q.numerator * base], holds = base !== 0n && (q.strict ? x > y : x >= y);
    if (!holds && q.quorum) result = NO_QUORUM;
    else if (!holds && result === PASSED) result = REJECTED;
    return { left: `${q.denominator}*${left}`, sign: q.strict ? ">" : ">=", right: `${q.numerator}*${base}`, holds, baseZero: base === 0n, requirement: q };
  });
  if (empty) result = NO_QUORUM;
  if (result !== PASSED || yesNo) return { lines, result, ...who, elected: [], unsure: false };
  const least = c.secret && c.rules.method === SCORE ? 0n : c.rules.ballot?.scoreMin ?? 0n;
  const chosen = who.won.length > 0 && (costly(c.rules) || n.options[who.won[0]][end][1] >= least);
  return { lines, result: chosen ? CHOSEN : REJECTED, ...who, elected: chosen ? who.won : [], unsure: !n.shown[1] && !empty };
}

// writes tells whether a requirement is written out so.
export const writes = (x, line) => ["left", "sign", "right", "holds", "baseZero"].every((k) => x[k] === line[k]) &&
  Boolean(x.requirement) && same(x.requirement.$raw, line.requirement.$raw);

// steps holds the steps of a count of open ballots against those that it took.
export function steps(c) {
  const t = c.tally;
  if (!t || c.secret) return;
  if (!c.count) { if (t.steps.length) c.unchecked("earlier"); return; }
  const want = c.question.options.length > stepsOptionsMax ? [] : c.count.choice?.steps ?? [];
  if (want.length || t.steps.length) c.is(says(t.steps, want), "steps.differ", c.tallied);
}

// turnout holds what the tally says of those who did not vote against the notices, and what the result would be without them.
export function turnout(c) {
  const t = c.tally, rules = c.rules.turnout ?? { nonVoters: 0, abstentionsAbsent: false }, where = c.tallied;
  if (!t || (c.secret && !t.turnout)) return;
  if (c.secret || !c.count) { if (t.turnout) c.unchecked(c.secret ? "silence" : "earlier"); return; }
  const { nonVoters, abstentionsAbsent } = rules;
  if (!nonVoters && !abstentionsAbsent) {
    if (t.turnout) c.is(false, "turnout.differs", where);
    return;
  }
  const { delivered, undelivered, sum } = nonVoters ? notVoting(c) : { delivered: 0, undelivered: 0, sum: weight() }, { joined } = c.count;
  const want = {
    abstentionsAbsent, nonVoters, delivered, undelivered, heads: sum[1], area: sum[2], warning: nonVoters ? c.rules.notice?.warning ?? "" : "",
    measured: nonVoters && measured(c.rules) ? { households: sum[3], weight: sum[4] } : undefined, joined: joined !== undefined, option: joined ?? 0,
  };
  const without = silent(c) ? outcome(c, countOpen(c, { heeds: false }), 0) : { lines: [], result: 0 }, said = t.turnout;
  const lines = said?.inequalitiesWithout ?? [], alike = lines.length === without.lines.length && lines.every((x, i) => writes(x, without.lines[i]));
  c.is(says(said, want) && alike && said.resultWithout === without.result, "turnout.differs", where);
}
