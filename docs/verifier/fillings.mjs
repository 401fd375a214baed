// Secret polls that are counted by how many filled their ballots in in each way, and the counts of the methods that need it. After
// docs/format.md section 20. Weights are BigInts; options are indexes.
const GREEDY = 4, NO_SKIP = 5, STAR = 7, BORDA = 8, RUNOFF = 9, SCHULZE = 10, QUADRATIC = 11, STV = 13, PROPORTIONAL = 14, SHARES = 15;
const ONE = 1, SETS = 2, PURSE = 3, waysMax = 120, triedMax = 20_000, trialsMax = 64;

const range = (n) => Array.from({ length: n }, (_, i) => i);
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

export const spends = (rules) => rules.method === GREEDY || rules.method === NO_SKIP;
const ranks = (rules) => [BORDA, RUNOFF, SCHULZE, STV].includes(rules.method);
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

// Fractions are pairs of BigInts, in lowest terms.
function ratio(a, b = 1n) {
  let [x, y] = [a < 0n ? -a : a, b];
  while (y) [x, y] = [y, x % y];
  return [a / x, b / x];
}
const add = ([a, b], [c, d]) => ratio(a * d + c * b, b * d);
const multiply = ([a, b], [c, d]) => ratio(a * c, b * d);
const compareRatios = ([a, b], [c, d]) => compare(a * d, c * b);
const said = ([a, b]) => (b === 1n ? `${a}` : `${a}/${b}`);

// extreme lists those of some options of which a figure is the greatest (sign 1) or the least (-1).
function extreme(options, sign, by) {
  const best = options.reduce((x, o) => (x === undefined || sign * by(o, x) > 0 ? o : x), undefined);
  return options.filter((o) => by(o, best) === 0);
}

// Umpire breaks ties by the order in which the poll prefers options; in a trial it answers otherwise at one of them.
class Umpire {
  constructor(order, turn = -1, instead = -1) { Object.assign(this, { order, turn, instead, ties: [] }); }
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
  const ties = first.ties.filter((tie, turn) => tie.options.some((option) => {
    if (trials === trialsMax) return true; // nobody tries more, and so they are told
    trials++;
    return set(count(new Umpire(order, turn, option))) !== set(won);
  }));
  return { won, ties };
}

// seated are as many options as there are seats, the greatest scores first; nobody is for nothing.
function seated(order, seats, scores) {
  const ranked = order.filter((o) => scores[o] > 0n).sort((a, b) => compare(scores[b], scores[a])), won = ranked.slice(0, seats);
  if (seats >= ranked.length || scores[ranked[seats - 1]] !== scores[ranked[seats]]) return { won, ties: [] };
  const total = scores[ranked[seats]];
  return { won, ties: [{ options: ranked.filter((o) => scores[o] === total), total, value: "" }] };
}

// funded are the projects that there is money for, from the greatest score down.
export function funded(order, question, rules, scores) {
  const stops = rules.method === NO_SKIP, cost = (o) => question.options[o].cost, won = [], ties = [];
  let left = question.budget, stopped = false;
  let ranked = order.filter((o) => scores[o] >= (rules.ballot?.scoreMin ?? 0n)).sort((a, b) => compare(scores[b], scores[a]));
  while (ranked.length && !stopped) {
    const total = scores[ranked[0]], equal = ranked.filter((o) => scores[o] === total), before = left;
    const got = equal.filter((o) => {
      if (stopped || cost(o) > left) { stopped ||= stops; return false; }
      won.push(o);
      left -= cost(o);
      return true;
    });
    const alone = equal.filter((o) => cost(o) <= before), out = equal.filter((o) => !got.includes(o));
    const decided = alone.some((o) => out.includes(o)) || (stops && alone.length > 0 && out.length > 0);
    if (equal.length > 1 && decided) ties.push({ options: equal, total, value: "" });
    ranked = ranked.slice(equal.length);
  }
  return { won, ties };
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
  if (sides[0] !== sides[1]) return [two[sides[0] > sides[1] ? 0 : 1]];
  return scores[two[0]] !== scores[two[1]] ? [two[0]] : [umpire.pick(two, { total: sides[0] })];
}

function runOff(heaps, n, umpire) {
  for (let standing = range(n); ; ) {
    const sums = range(n).map(() => 0n), by = (a, b) => compare(sums[a], sums[b]);
    for (const h of heaps) {
      const o = h.options.find((x) => standing.includes(x));
      if (o !== undefined) sums[o] += h.weight;
    }
    if (standing.length <= 2) {
      const best = extreme(standing, 1, by), total = sums[best[0]];
      return total === 0n ? [] : [umpire.pick(best, { total })];
    }
    const worst = extreme(standing, -1, by), out = umpire.pick(worst, { total: sums[worst[0]] }, true);
    standing = standing.filter((o) => o !== out);
  }
}

function schulze(heaps, n, umpire) {
  if (!heaps.length) return [];
  const place = (h, o) => (h.options.includes(o) ? h.options.indexOf(o) : n);
  const over = (a, b) => heaps.reduce((sum, h) => (place(h, a) < place(h, b) ? sum + h.weight : sum), 0n);
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
    for (const o of umpire.order.filter((x) => now.includes(x)).sort((a, b) => by(b, a))) {
      elected.push(o);
      stands[o] = false;
      if (compareRatios(sums[o], quota) > 0) surplus.push(o);
    }
    const left = standing.filter((o) => stands[o]);
    if (elected.length === seats || !left.length) return elected;
    if (surplus.length) {
      const most = extreme(surplus, 1, by), from = umpire.pick(most, { value: said(sums[most[0]]) });
      surplus = surplus.filter((o) => o !== from);
      const [a, b] = add(sums[from], multiply(quota, [-1n, 1n]));
      leave(from, ratio(a * sums[from][1], b * sums[from][0]));
      continue;
    }
    const least = extreme(left, -1, by), out = umpire.pick(least, { value: said(sums[least[0]]) }, true);
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
    elected.push(umpire.pick(most, { value: said(gains[most[0]]) }));
  }
  return elected;
}

// equalShares: every unit of weight has as many seats to spend as there are for each, and a seat costs one; what nobody can pay for is filled by
// sequential Phragmén, what is left in a purse being a load below zero.
function equalShares(heaps, n, seats, umpire) {
  const whole = heaps.reduce((sum, h) => sum + h.weight, 0n), elected = [];
  let purses = heaps.map(() => ratio(BigInt(seats), whole));
  const times = ([a, b], k) => ratio(a * k, b), minus = (x, y) => add(x, multiply(y, [-1n, 1n]));
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
  const fill = (figure, after) => {
    while (elected.length < seats) {
      const figures = range(n).map((o) => (elected.includes(o) ? undefined : figure(o))), open = range(n).filter((o) => figures[o]);
      if (!open.length) return;
      const best = extreme(open, -1, (a, b) => compareRatios(figures[a], figures[b])), by = figures[best[0]];
      const o = umpire.pick(best, { value: said(by) });
      elected.push(o);
      purses = purses.map((purse, i) => (heaps[i].options.includes(o) ? after(purse, by) : purse));
    }
  };
  fill(payment, (purse, by) => (compareRatios(purse, by) <= 0 ? [0n, 1n] : minus(purse, by)));
  fill(load, (_, by) => multiply(by, [-1n, 1n]));
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

// decide counts heaps, { options, points, weight }, by the method, preferring options in an order: scores, and who won, and ties.
export function decide(order, question, rules, heaps) {
  const n = order.length, seats = Math.max(1, rules.ballot?.seats ?? 0), scores = scoresOf(heaps, n, rules);
  const counts = {
    [STAR]: (u) => star(heaps, scores, u), [RUNOFF]: (u) => runOff(heaps, n, u), [SCHULZE]: (u) => schulze(heaps, n, u),
    [STV]: (u) => transferable(heaps, n, seats, u), [PROPORTIONAL]: (u) => proportional(heaps, n, seats, u),
    [SHARES]: (u) => equalShares(heaps, n, seats, u),
  };
  if (counts[rules.method]) return { scores, ...umpired(order, counts[rules.method]) };
  if (rules.method === BORDA || rules.method === QUADRATIC) return { scores, ...seated(order, seats, scores) };
  return { scores, ...funded(order, question, rules, scores) };
}
