// Budgets: projects from the greatest score down, and by equal shares of the money with their completions. After docs/format.md sections 20
// and 22. Scores, weights and money are BigInts; projects are indexes.
import { compare, compareRatios, extreme, minus, over, range, ratio, said, times } from "./ratio.mjs";

const NO_SKIP = 5, BY_COST = 1, ADD_ONE = 2, GREEDY = 3, ADD_ONE_GREEDY = 4, countsMax = 100_000;

// spent goes from the greatest score down. Of projects of one score it says whether their order decided.
function spent(order, { options, budget }, { scoreMin, stops }, scores) {
  const cost = (o) => options[o].cost, won = [], ties = [];
  let left = budget, stopped = false;
  let ranked = order.filter((o) => scores[o] >= scoreMin).sort((a, b) => compare(scores[b], scores[a]));
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
    if (equal.length > 1) ties.push({ options: equal, total, value: "", decided });
    ranked = ranked.slice(equal.length);
  }
  return { won, ties };
}

// funded are the projects that there is money for, and the ties that decided.
export function funded(order, question, rules, scores) {
  const { won, ties } = spent(order, question, { scoreMin: rules.ballot?.scoreMin ?? 0n, stops: rules.method === NO_SKIP }, scores);
  return { won, ties: ties.filter((tie) => tie.decided).map(({ options, total, value }) => ({ options, total, value })) };
}

// Market is where everybody has an equal share of the money, by weight, and pays for what they name, alike for every point; who has less pays
// all that is left.
class Market {
  constructor(heaps, question, rules, scores) {
    const least = rules.ballot?.scoreMin > 1n ? rules.ballot.scoreMin : 1n;
    this.costs = question.options.map((o) => o.cost);
    this.worth = this.costs.map((cost) => (rules.ballot?.utility === BY_COST && cost > 1n ? cost : 1n));
    this.heaps = heaps;
    this.weight = heaps.reduce((sum, h) => sum + h.weight, 0n);
    this.considered = range(this.costs.length).filter((o) => scores[o] >= least && this.costs[o] <= question.budget);
    this.buyers = this.costs.map((_, o) => heaps.flatMap((h, i) => {
      const points = h.points[h.options.indexOf(o)] ?? 0n;
      return points > 0n ? [{ i, points, weight: h.weight }] : [];
    }));
  }

  cost(list) { return list.reduce((sum, o) => sum + this.costs[o], 0n); }

  // payment is what is paid for each point of a project; nothing if it cannot be paid.
  payment(o, purses) {
    const poorest = [...this.buyers[o]].sort((a, b) => compareRatios(over(purses[a.i], a.points), over(purses[b.i], b.points)));
    let missing = ratio(this.costs[o]), points = poorest.reduce((sum, b) => sum + b.weight * b.points, 0n);
    for (const b of poorest) {
      const each = over(missing, points);
      if (compareRatios(purses[b.i], times(each, b.points)) >= 0) return each;
      missing = minus(missing, times(purses[b.i], b.weight));
      points -= b.weight * b.points;
    }
    return undefined;
  }

  // spend buys what is the cheapest for what it is worth, as long as anything can be paid.
  spend(money, umpire) {
    const bought = [];
    if (!this.weight) return bought;
    let purses = this.heaps.map(() => ratio(money, this.weight));
    for (let open = this.considered; ; ) {
      const prices = new Map(open.map((o) => [o, this.payment(o, purses)]).filter(([, each]) => each));
      open = [...prices.keys()];
      if (!open.length) return bought;
      const dear = (o) => over(prices.get(o), this.worth[o]), best = extreme(open, -1, (a, b) => compareRatios(dear(a), dear(b)));
      // Projects that stand equal may differ in what is paid for them: then the tie has the figure of one of them, and does not say whose.
      const values = best.map((o) => said(prices.get(o))), o = umpire.pick(best, { value: values[0], values });
      umpire.step([o], [said(prices.get(o))], { won: [o] });
      bought.push(o);
      open = open.filter((x) => x !== o);
      purses = purses.map((purse, i) => {
        const b = this.buyers[o].find((x) => x.i === i), paid = b && times(prices.get(o), b.points);
        if (!b) return purse;
        return compareRatios(purse, paid) <= 0 ? [0n, 1n] : minus(purse, paid);
      });
    }
  }
}

// raised is how often everybody's share is raised by one fen: as long as what is then bought can be paid from the budget, and until no
// project fits into what is left. Raises by which nothing else can be bought are passed over.
function raised(market, budget, voters, silent) {
  let raises = 0n, bought = market.spend(budget, silent());
  for (let counts = 1; counts <= countsMax; counts++) {
    const left = market.considered.filter((o) => !bought.includes(o)), rest = budget - market.cost(bought);
    if (!voters || !market.weight || !left.some((o) => market.costs[o] <= rest)) return raises;
    const needed = left.map((o) => {
      const support = market.buyers[o].reduce((sum, b) => sum + b.weight, 0n), money = (market.costs[o] * market.weight) / support - budget;
      return money <= 0n ? 0n : (money - 1n) / voters + 1n;
    });
    const [least] = needed.sort(compare), next = least > raises ? least : raises + 1n;
    const then = market.spend(budget + next * voters, silent());
    if (market.cost(then) > budget) return next - 1n;
    [raises, bought] = [next, then];
  }
  return raises;
}

// budgetShares answers a count by an umpire: the projects that are bought, and those that the completion adds.
export function budgetShares(heaps, question, rules, scores, voters, silent) {
  const market = new Market(heaps, question, rules, scores), { budget } = question, completion = rules.ballot?.completion ?? 0;
  const raises = [ADD_ONE, ADD_ONE_GREEDY].includes(completion) ? raised(market, budget, voters, silent) : 0n;
  return (umpire) => {
    const bought = market.spend(budget + raises * voters, umpire);
    if (![GREEDY, ADD_ONE_GREEDY].includes(completion)) return bought;
    const rest = umpire.order.filter((o) => !bought.includes(o) && scores[o] > 0n), least = rules.ballot.scoreMin > 1n ? rules.ballot.scoreMin : 1n;
    const more = spent(rest, { options: question.options, budget: budget - market.cost(bought) }, { scoreMin: least, stops: false }, scores);
    umpire.told(more.ties);
    return [...bought, ...more.won];
  };
}
