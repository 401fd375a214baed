// What is encrypted for a choice. Some methods count by how many filled their ballots in in each of all the ways that there are, of which a
// ballot is then one: docs/format.md section 20.
import { insist, Refusal } from "./refusal";
import { choose, Form, oneOf, scores } from "./shape";

/** A choice as on an open ballot: options by index, and points where the method has points. */
export interface Choice {
  options: number[];
  points?: number[];
}

export interface Question {
  title?: string;
  text?: string;
  options?: { code?: string; title?: string; cost_fen?: number }[];
}

export interface BallotRules {
  form?: number;
  options_min?: number;
  options_max?: number;
  points_sum_max?: number;
  cost_sum_max_fen?: number;
  points_min?: number;
  points_max?: number;
}

export interface PollRules {
  method?: number;
  ballot?: BallotRules;
  secrecy?: { secrecy?: number; together?: boolean };
}

/** The methods and forms of ballots by the numbers that the record has. */
export const Method = {
  yesNo: 1, single: 2, approval: 3, greedy: 4, noSkip: 5, score: 6, star: 7, borda: 8, runoff: 9, schulze: 10, quadratic: 11, stv: 13,
  proportional: 14, shares: 15,
} as const;
export const BallotForm = { chooseOne: 1, approval: 2, cumulative: 3, ordinal: 4 } as const;

const waysMax = 120;
const triedMax = 20_000;

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const oneof = <T>(list: readonly T[], x: T | undefined): boolean => x !== undefined && list.includes(x);
const spends = (r: PollRules): boolean => oneof([Method.greedy, Method.noSkip] as number[], r.method);
const ranked = (r: PollRules): boolean => oneof([Method.borda, Method.runoff, Method.schulze, Method.stv] as number[], r.method);
const pointed = (r: PollRules): boolean =>
  r.method === Method.star || r.method === Method.quadratic || (spends(r) && r.ballot?.form === BallotForm.cumulative);

/** Tells whether a secret poll's ballots are one of all the ways in which a ballot can be filled in. */
export function byFilling(r: PollRules): boolean {
  const { form, cost_sum_max_fen: bound = 0 } = r.ballot ?? {};
  if (spends(r)) return form === BallotForm.chooseOne || form === BallotForm.cumulative || (form === BallotForm.approval && bound > 0);
  return ranked(r) || oneof([Method.star, Method.quadratic, Method.proportional, Method.shares] as number[], r.method);
}

// Filler lists the ways, blank ones left out. Every step that it takes leads to a ballot, so that what has few enough ways takes few steps.
class Filler {
  readonly list: Required<Choice>[] = [];
  private tried = 0;
  private readonly n: number;
  private readonly costs: number[];
  private readonly b: Required<BallotRules>;

  constructor(question: Question, private readonly rules: PollRules) {
    const none = { form: 0, options_min: 0, options_max: 0, points_sum_max: 0, cost_sum_max_fen: 0, points_min: 0, points_max: 0 };
    this.costs = (question.options ?? []).map((o) => o.cost_fen ?? 0);
    this.n = this.costs.length;
    this.b = { ...none, ...rules.ballot };
    insist(this.n <= waysMax, "secret_poll.fillings_many");
    if (pointed(rules)) this.rows([], 0);
    else this.lists([]);
    insist(!this.many, "secret_poll.fillings_many");
  }

  private get many(): boolean {
    return this.tried > triedMax || this.list.length > waysMax;
  }

  private get most(): number {
    return spends(this.rules) && this.b.form === BallotForm.chooseOne ? 1 : this.b.options_max || this.n;
  }

  private keep(options: number[], points: number[]): void {
    const cost = options.reduce((sum, o) => sum + this.costs[o], 0);
    const fits = options.length > 0 && options.length >= this.b.options_min && options.length <= this.most;
    if (fits && (this.b.cost_sum_max_fen === 0 || cost <= this.b.cost_sum_max_fen)) this.list.push({ options, points });
  }

  // missing is how many options more than those named must be, if that can be done with those that are left, the cheapest first.
  private missing(named: number[], left: number[]): number | undefined {
    const n = Math.max(0, this.b.options_min - named.length);
    if (n > left.length || named.length + n > this.most) return undefined;
    const cheapest = left.map((o) => this.costs[o]).sort((x, y) => x - y).slice(0, n);
    const cost = [...named.map((o) => this.costs[o]), ...cheapest].reduce((x, y) => x + y, 0);
    return this.b.cost_sum_max_fen > 0 && cost > this.b.cost_sum_max_fen ? undefined : n;
  }

  // lists goes on with a ranking, or with an ascending set, in every way that leads to a ballot.
  private lists(begun: number[]): void {
    if (++this.tried > triedMax || this.many || begun.length >= this.most) return;
    for (const o of range(this.n)) {
      if (begun.includes(o) || (!ranked(this.rules) && begun.length > 0 && o < begun[begun.length - 1])) continue;
      const next = [...begun, o];
      const left = range(this.n).filter((x) => (ranked(this.rules) ? !next.includes(x) : x > o));
      if (this.missing(next, left) === undefined) continue;
      this.keep(next, []);
      this.lists(next);
    }
  }

  private price(points: number): number {
    return this.rules.method === Method.quadratic ? points * points : points;
  }

  // rows goes on with a row of points in every way that leads to a ballot.
  private rows(row: number[], spent: number): void {
    this.tried++;
    if (row.length === this.n) {
      const options = range(this.n).filter((o) => row[o] > 0);
      this.keep(options, options.map((o) => row[o]));
      return;
    }
    const { points_min: least, points_max: most, points_sum_max: purse } = this.b;
    for (let points = 0; most === 0 || points <= most; points = Math.max(points + 1, least)) {
      const price = spent + this.price(points);
      if ((purse > 0 && price > purse) || this.many) return;
      const next = [...row, points];
      const named = range(next.length).filter((o) => next[o] > 0);
      const missing = this.missing(named, range(this.n).slice(next.length));
      const affordable = purse === 0 || price + (missing ?? 0) * this.price(Math.max(1, least)) <= purse;
      if (missing !== undefined && affordable) this.rows(next, price);
    }
  }
}

/** All ways to fill in a ballot of a poll that is counted by them, in the order of the format. */
export const fillings = (question: Question, rules: PollRules): Required<Choice>[] => new Filler(question, rules).list;

/** The shape of a secret poll's ballots. */
export function formOf(question: Question, rules: PollRules): Form {
  const n = question.options?.length ?? 0;
  const { options_max: most = 0, options_min: least = 0, points_max: points = 0, form } = rules.ballot ?? {};
  const q = most === 0 || most > n ? n : most;
  if (byFilling(rules)) {
    const ways = fillings(question, rules).length;
    insist(ways >= 2, "secret_poll.fillings_many");
    return oneOf(ways);
  }
  switch (rules.method) {
    case Method.yesNo:
      return choose(3, 1, 1);
    case Method.single:
      return choose(n, 0, 1);
    case Method.score:
      return scores(n, points);
    case Method.approval:
      return choose(n, Math.min(least, q), q);
    case Method.greedy:
    case Method.noSkip:
      if (form === BallotForm.approval) return choose(n, Math.min(least, q), q);
  }
  throw new Refusal("method.not_secret");
}

const sameList = (a: number[], b: number[]): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

// sameSet compares two choices whose options stand in no order of their own.
function sameSet(a: Required<Choice>, options: number[], points: number[]): boolean {
  return a.options.length === options.length && a.points.length === points.length &&
    new Set(options).size === options.length &&
    a.options.every((o, i) => options.includes(o) && (points.length === 0 || a.points[i] === points[options.indexOf(o)]));
}

/** What is encrypted for a choice: one number for each selection of the shape. */
export function selectionsOf(question: Question, rules: PollRules, choice: Choice): number[] {
  const n = rules.method === Method.yesNo ? 3 : question.options?.length ?? 0;
  const points = choice.points ?? [];
  if (byFilling(rules)) {
    const all = fillings(question, rules);
    if (choice.options.length === 0 && points.length === 0) return all.map(() => 0);
    const given = pointed(rules) && points.length === 0 ? choice.options.map(() => 1) : points;
    const place = all.findIndex((a) => (ranked(rules) ? sameList(a.options, choice.options) && given.length === 0 : sameSet(a, choice.options, given)));
    insist(place >= 0, "choice.not_allowed");
    return all.map((_, i) => (i === place ? 1 : 0));
  }
  const scored = rules.method === Method.score;
  insist(scored ? points.length === choice.options.length : points.length === 0, "choice.not_allowed");
  const out = range(n).map(() => 0);
  choice.options.forEach((o, i) => {
    insist(o >= 0 && o < n && choice.options.indexOf(o) === i, "choice.not_allowed");
    out[o] = scored ? points[i] : 1;
  });
  return out;
}

/** What selections say, as on an open ballot: what a voter compares with what they had entered. */
export function choiceOf(question: Question, rules: PollRules, selections: number[]): Choice {
  if (byFilling(rules)) {
    const all = fillings(question, rules);
    insist(all.length === selections.length, "choice.not_allowed");
    return all[selections.indexOf(1)] ?? { options: [], points: [] };
  }
  const options = range(selections.length).filter((o) => selections[o] > 0);
  return rules.method === Method.score ? { options, points: options.map((o) => selections[o]) } : { options };
}
