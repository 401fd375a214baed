// Secret polls that are counted by how many filled their ballots in in each way, and the counts of methods, with their steps. After
// docs/format.md sections 20 and 22. Weights are BigInts; options are indexes.
import { sha256 } from "@noble/hashes/sha2.js";
import { concat } from "./group.mjs";
import { ascii, byKey } from "./people.mjs";
import { budgetShares, funded } from "./budget.mjs";
import { add, compare, compareRatios, extreme, minus, multiply, range, ratio, said, times } from "./ratio.mjs";

const YES_NO = 1, SINGLE = 2, APPROVAL = 3, GREEDY = 4, NO_SKIP = 5, SCORE = 6, STAR = 7, BORDA = 8, RUNOFF = 9, SCHULZE = 10, QUADRATIC = 11;
const BUDGET_SHARES = 12, STV = 13, PROPORTIONAL = 14, SHARES = 15, ONE = 1, SETS = 2, PURSE = 3, waysMax = 120, triedMax = 20_000, trialsMax = 64;

// compareCodes orders option codes: numbers by value, before everything else.
function compareCodes(a, b) {
  const digits = /^[0-9]+$/, plain = byKey(ascii(a), ascii(b));
  if (digits.test(a) !== digits.test(b)) return digits.test(a) ? -1 : 1;
  if (!digits.test(a)) return plain;
  const [x, y] = [BigInt(a), BigInt(b)];
  return x < y ? -1 : x > y ? 1 : plain;
}

// preferred orders options that stand equal.
export function preferred(c) {
  const codes = c.question.options.map((o) => o.code), place = (code) => sha256(concat(c.seed, ascii(code)));
  const order = codes.map((_, i) => i);
  return order.sort((a, b) => (c.seed && byKey(place(codes[a]), place(codes[b]))) || compareCodes(codes[a], codes[b]));
}

export const spends = (rules) => rules.method === GREEDY || rules.method === NO_SKIP;
const ranks = (rules) => [BORDA, RUNOFF, SCHULZE, STV].includes(rules.method);

// scoreless tells whether an open poll's tally has no scores.
export const scoreless = (rules) => [YES_NO, SINGLE, RUNOFF, SCHULZE, STV].includes(rules.method);
const pointed = (rules) => rules.method === STAR || rules.method === QUADRATIC || (spends(rules) && rules.ballot?.form === PURSE);

// byFilling tells whether a secret poll's ballots are one of all the ways in which a ballot can be filled in.
export function byFilling(rules) {
  const { form, costSumMax } = rules.ballot ?? {};
  if (spends(rules)) return form === ONE || form === PURSE || (form === SETS && costSumMax > 0n);
  return ranks(rules) || [STAR, QUADRATIC, PROPORTIONAL, SHARES].includes(rules.method);
}

// fillings lists them, as { options, points }, the blank one left out; nothing where there are more than a secret ballot can have.
export function fillings(question, rules) {
  const n = question.options.length, b = { optionsMin: 0, optionsMax: 0, costSumMax: 0n, pointsMin: 0n, pointsMax: 0n, pointsSumMax: 0n, ...rules.ballot };
  const all = [];
  let tried = 0;
  const enough = () => ++tried > triedMax || all.length > waysMax;
  const keep = (options, points) => {
    const cost = options.reduce((sum, o) => sum + question.options[o].cost, 0n), many = options.length;
    const fits = many > 0 && many >= b.optionsMin && (!b.optionsMax || many <= b.optionsMax) && (!b.costSumMax || cost <= b.costSumMax);
    if (fits) all.push({ options, points });
  };
  // leads tells whether to those named, and of those that can be named still, as many can be added as must be, and the purse pays for their points.
  const leads = (named, left, spent = 0n) => {
    const missing = Math.max(0, b.optionsMin - named.length), sum = (costs) => costs.reduce((x, y) => x + y, 0n), cost = (o) => question.options[o].cost;
    if (missing > left.length || (b.optionsMax && named.length + missing > b.optionsMax)) return false;
    const points = b.pointsMin > 1n ? b.pointsMin : 1n, price = rules.method === QUADRATIC ? points * points : points;
    if (pointed(rules) && b.pointsSumMax > 0n && missing && spent + BigInt(missing) * price > b.pointsSumMax) return false;
    return !b.costSumMax || sum([...named.map(cost), ...left.map(cost).sort(compare).slice(0, missing)]) <= b.costSumMax;
  };
  const lists = (begun) => {
    keep(begun, []);
    if (enough() || begun.length >= (b.form === ONE ? 1 : b.optionsMax || n)) return;
    for (const o of range(n)) {
      if (!ranks(rules) && begun.length + n - o < b.optionsMin) return; // too few are left
      if (begun.includes(o) || (!ranks(rules) && begun.length && o < begun.at(-1))) continue;
      const next = [...begun, o];
      if (leads(next, range(n).filter((x) => (ranks(rules) ? !next.includes(x) : x > o)))) lists(next);
    }
  };
  const rows = (row, spent) => {
    if (enough()) return;
    if (row.length === n) {
      const options = range(n).filter((o) => row[o] > 0n);
      keep(options, options.map((o) => row[o]));
      return;
    }
    for (let points = 0n; points <= triedMax; points++) {
      const price = spent + (rules.method === QUADRATIC ? points * points : points);
      if ((b.pointsMax > 0n && points > b.pointsMax) || (b.pointsSumMax > 0n && price > b.pointsSumMax)) return;
      const next = [...row, points], named = range(next.length).filter((o) => next[o] > 0n);
      if ((points === 0n || points >= b.pointsMin) && leads(named, range(n).slice(next.length), price)) rows(next, price);
    }
  };
  if (pointed(rules)) rows([], 0n);
  else lists([]);
  return tried > triedMax || all.length > waysMax ? undefined : all;
}

// Umpire breaks ties by the order in which the poll prefers options; in a trial it answers otherwise at one of them.
class Umpire {
  constructor(order, turn = -1, instead = -1) { Object.assign(this, { order, turn, instead, ties: [], steps: [] }); }

  // step notes a step of the count; told notes ties that are broken without an umpire.
  step(options, figures, more = {}) { this.steps.push({ options, figures: figures.map(String), won: [], out: [], completion: false, ...more }); }
  told(ties) { if (this.turn < 0) this.ties.push(...ties); }

  pick(equal, had, last = false) {
    if (equal.length === 1) return equal[0];
    const options = this.order.filter((o) => equal.includes(o));
    this.ties.push({ total: 0n, value: "", ...had, options });
    return this.turn === this.ties.length - 1 ? this.instead : options.at(last ? -1 : 0);
  }
}

// umpired counts, and finds out which ties decided, by answering otherwise at each of them.
function umpired(order, count) {
  const first = new Umpire(order), won = count(first), set = (list) => [...list].sort((a, b) => a - b).join();
  let trials = 0;
  const ties = first.ties.filter(({ options, decided }, turn) => options.some((option) => {
    if (trials === trialsMax) return true; // nobody tries more, and so they are told
    trials++;
    return set(count(new Umpire(order, turn, option))) !== set(won);
  }) || decided);
  return { won, ties, steps: first.steps };
}

// seated are as many options as there are seats, the greatest scores first; nobody is for nothing.
function seated(order, seats, scores) {
  const ranked = order.filter((o) => scores[o] > 0n).sort((a, b) => compare(scores[b], scores[a])), won = ranked.slice(0, seats);
  if (seats >= ranked.length || scores[ranked[seats - 1]] !== scores[ranked[seats]]) return { won, ties: [] };
  const total = scores[ranked[seats]];
  return { won, ties: [{ options: ranked.filter((o) => scores[o] === total), total, value: "" }] };
}

function star(heaps, scores, umpire) {
  let left = range(scores.length).filter((o) => scores[o] > 0n);
  const two = [], sides = [0n, 0n];
  while (left.length && two.length < 2) {
    const best = extreme(left, 1, (a, b) => compare(scores[a], scores[b])), o = umpire.pick(best, { total: scores[best[0]] });
    two.push(o);
    left = left.filter((x) => x !== o);
  }
  if (two.length < 2) return two;
  for (const h of heaps) {
    const [x, y] = two.map((o) => (h.options.includes(o) ? h.points[h.options.indexOf(o)] : 0n));
    if (x !== y) sides[x > y ? 0 : 1] += h.weight;
  }
  const even = sides[0] === sides[1], first = even ? scores[two[0]] !== scores[two[1]] : sides[0] > sides[1];
  const won = [first ? two[0] : even ? umpire.pick(two, { total: sides[0] }) : two[1]];
  umpire.step(two, sides, { won });
  return won;
}

function runOff(heaps, n, umpire) {
  for (let standing = range(n); ; ) {
    const sums = range(n).map(() => 0n), by = (a, b) => compare(sums[a], sums[b]);
    for (const h of heaps) {
      const o = h.options.find((x) => standing.includes(x));
      if (o !== undefined) sums[o] += h.weight;
    }
    const inOrder = umpire.order.filter((o) => standing.includes(o)), figures = inOrder.map((o) => sums[o]);
    if (standing.length <= 2) {
      const best = extreme(standing, 1, by), total = sums[best[0]];
      umpire.step(inOrder, figures);
      return total === 0n ? [] : [umpire.pick(best, { total })];
    }
    const worst = extreme(standing, -1, by), out = umpire.pick(worst, { total: sums[worst[0]] }, true);
    umpire.step(inOrder, figures, { out: [out] });
    standing = standing.filter((o) => o !== out);
  }
}

function schulze(heaps, n, umpire) {
  const place = (h, o) => (h.options.includes(o) ? h.options.indexOf(o) : n);
  const over = (a, b) => heaps.reduce((sum, h) => (place(h, a) < place(h, b) ? sum + h.weight : sum), 0n);
  umpire.order.forEach((a, i) => umpire.order.slice(i + 1).forEach((b) => {
    const [x, y] = [over(a, b), over(b, a)];
    umpire.step([a, b], [x, y], { won: x > y ? [a] : x < y ? [b] : [] });
  }));
  if (!heaps.length) return [];
  const chain = range(n).map((a) => range(n).map((b) => (over(a, b) > over(b, a) ? over(a, b) : 0n)));
  for (const via of range(n)) for (const a of range(n)) for (const b of range(n)) {
    const link = chain[a][via] < chain[via][b] ? chain[a][via] : chain[via][b];
    if (a !== b && a !== via && b !== via && link > chain[a][b]) chain[a][b] = link;
  }
  return [umpire.pick(range(n).filter((a) => range(n).every((b) => chain[a][b] >= chain[b][a])), {})];
}

function transferable(heaps, n, seats, umpire) {
  const stands = range(n).map(() => true), elected = [];
  let surplus = [];
  const carried = heaps.map((h) => ratio(h.weight)), best = (h) => h.options.find((o) => stands[o]), counts = heaps.map(best);
  const quota = ratio(heaps.reduce((sum, h) => sum + h.weight, 0n), BigInt(seats) + 1n);
  const leave = (option, share) => heaps.forEach((h, i) => {
    if (counts[i] !== option) return;
    carried[i] = multiply(carried[i], share);
    counts[i] = best(h);
  });
  for (;;) {
    const sums = range(n).map((o) => carried.reduce((sum, x, i) => (counts[i] === o ? add(sum, x) : sum), [0n, 1n]));
    const by = (a, b) => compareRatios(sums[a], sums[b]), standing = range(n).filter((o) => stands[o]);
    const all = standing.length + elected.length <= seats;
    const now = standing.filter((o) => sums[o][0] > 0n && (all || compareRatios(sums[o], quota) > 0));
    const seen = umpire.order.filter((o) => stands[o] || surplus.includes(o)), figures = seen.map((o) => said(sums[o]));
    const won = umpire.order.filter((x) => now.includes(x)).sort((a, b) => by(b, a));
    const step = (out = []) => umpire.step(seen, figures, { won, out });
    for (const o of won) {
      elected.push(o);
      stands[o] = false;
      if (compareRatios(sums[o], quota) > 0) surplus.push(o);
    }
    const left = standing.filter((o) => stands[o]);
    if (elected.length === seats || !left.length) { step(); return elected; }
    if (surplus.length) {
      const most = extreme(surplus, 1, by), from = umpire.pick(most, { value: said(sums[most[0]]) });
      surplus = surplus.filter((o) => o !== from);
      step();
      const [a, b] = minus(sums[from], quota);
      leave(from, ratio(a * sums[from][1], b * sums[from][0]));
      continue;
    }
    const least = extreme(left, -1, by), out = umpire.pick(least, { value: said(sums[least[0]]) }, true);
    step([out]);
    stands[out] = false;
    leave(out, [1n, 1n]);
  }
}

function proportional(heaps, n, seats, umpire) {
  const elected = [];
  while (elected.length < seats) {
    const gains = range(n).map((o) => heaps.reduce((sum, h) => {
      const k = BigInt(elected.filter((x) => h.options.includes(x)).length + 1);
      return h.options.includes(o) ? add(sum, ratio(h.weight, k)) : sum;
    }, [0n, 1n]));
    const open = range(n).filter((o) => gains[o][0] > 0n && !elected.includes(o));
    if (!open.length) break;
    const most = extreme(open, 1, (a, b) => compareRatios(gains[a], gains[b]));
    const value = said(gains[most[0]]), won = [umpire.pick(most, { value })];
    umpire.step(won, [value], { won });
    elected.push(...won);
  }
  return elected;
}

// equalShares: every unit of weight has as many seats to spend as there are for each, and a seat costs one; what nobody can pay for is filled by
// sequential Phragmén, what is left in a purse being a load below zero.
function equalShares(heaps, n, seats, umpire) {
  const whole = heaps.reduce((sum, h) => sum + h.weight, 0n), elected = [];
  let purses = heaps.map(() => ratio(BigInt(seats), whole));
  const behind = (o) => heaps.flatMap((h, i) => (h.options.includes(o) ? [{ weight: h.weight, purse: purses[i] }] : []));
  const sum = (list) => list.reduce((w, h) => w + h.weight, 0n);
  const payment = (o) => {
    const poorest = behind(o).sort((a, b) => compareRatios(a.purse, b.purse));
    let missing = [1n, 1n], weight = sum(poorest);
    for (const h of poorest) {
      const equal = ratio(missing[0], missing[1] * weight);
      if (compareRatios(h.purse, equal) >= 0) return equal;
      missing = minus(missing, times(h.purse, h.weight));
      weight -= h.weight;
    }
    return undefined;
  };
  const load = (o) => {
    const list = behind(o), all = list.reduce((x, h) => minus(x, times(h.purse, h.weight)), [1n, 1n]);
    return list.length ? ratio(all[0], all[1] * sum(list)) : undefined;
  };
  const fill = (figure, after, completion = false) => {
    while (elected.length < seats) {
      const figures = range(n).map((o) => (elected.includes(o) ? undefined : figure(o))), open = range(n).filter((o) => figures[o]);
      if (!open.length) return;
      const best = extreme(open, -1, (a, b) => compareRatios(figures[a], figures[b])), by = figures[best[0]];
      const o = umpire.pick(best, { value: said(by) });
      umpire.step([o], [said(by)], { won: [o], completion });
      elected.push(o);
      purses = purses.map((purse, i) => (heaps[i].options.includes(o) ? after(purse, by) : purse));
    }
  };
  fill(payment, (purse, by) => (compareRatios(purse, by) <= 0 ? [0n, 1n] : minus(purse, by)));
  fill(load, (_, by) => multiply(by, [-1n, 1n]), true);
  return elected;
}

// scoresOf are what options score: points, for rank or given, or how many name them; rankings alone give none.
function scoresOf(heaps, n, rules) {
  const scores = range(n).map(() => 0n);
  for (const h of heaps) h.options.forEach((o, i) => {
    if (rules.method === BORDA) scores[o] += h.weight * BigInt(n - 1 - i);
    else if (!ranks(rules)) scores[o] += h.weight * (h.points[i] ?? 1n);
  });
  return scores;
}

// decide counts heaps, { options, points, weight }, by the method, preferring options in an order: scores, and who won, ties, and steps. voters
// is how many said something.
export function decide(order, question, rules, heaps, voters = 0n) {
  const n = order.length, seats = Math.max(1, rules.ballot?.seats ?? 0), scores = scoresOf(heaps, n, rules);
  const counts = {
    [STAR]: (u) => star(heaps, scores, u), [RUNOFF]: (u) => runOff(heaps, n, u), [SCHULZE]: (u) => schulze(heaps, n, u),
    [STV]: (u) => transferable(heaps, n, seats, u), [PROPORTIONAL]: (u) => proportional(heaps, n, seats, u),
    [SHARES]: (u) => equalShares(heaps, n, seats, u),
    [BUDGET_SHARES]: rules.method === BUDGET_SHARES && budgetShares(heaps, question, rules, scores, voters, () => new Umpire(order)),
  };
  if (counts[rules.method]) return { scores, ...umpired(order, counts[rules.method]) };
  if ([SINGLE, APPROVAL, SCORE, BORDA, QUADRATIC].includes(rules.method)) return { scores, ...seated(order, seats, scores) };
  return { scores, ...funded(order, question, rules, scores) };
}
