// Polls as a resident sees them. Nothing here shows how a poll stands before it is counted: the record does not say it, and neither do we.
import type { components } from "@renlin/client";

type S = components["schemas"];
export type Poll = S["voting.poll.Poll"];

/** Stage of a poll, in the order in which it goes through them. */
export type Stage = "waiting" | "open" | "closed" | "objections" | "adopted" | "not_adopted" | "lapsed";

export function stageOf(p: Poll): Stage {
  if (p.lapsed) return "lapsed";
  if (p.certified) return p.adopted ? "adopted" : "not_adopted";
  if (p.tally) return "objections"; // it is counted, and its certificate says whether it is adopted
  if (p.closed) return "closed";
  return p.roll && p.opened_at ? "open" : "waiting";
}

/** secret tells whether totals are counted without opening ballots: then a ballot needs arithmetic that not every device has. */
export const secret = (p: Poll): boolean => Boolean(p.secret);

/** Form of the ballot. */
export type Form = "yes_no" | "one" | "some" | "points" | "ranks";

interface Rules {
  method?: number;
  ballot?: { form?: number; options_min?: number; options_max?: number; points_min?: number; points_max?: number; points_sum_max?: number; cost_sum_max_fen?: number };
}

const rulesOf = (p: Poll): Rules => (p.rules || {}) as Rules;

export function formOf(p: Poll): Form {
  const { method, ballot } = rulesOf(p);
  if (!method || method === 1) return "yes_no";
  switch (ballot && ballot.form) {
    case 2: return "some";
    case 3: case 5: return "points";
    case 4: return "ranks";
    default: return method === 3 ? "some" : "one";
  }
}

/** quadratic: two points cost four of the purse, three cost nine. */
const quadratic = (p: Poll): boolean => rulesOf(p).method === 11;

export interface Option {
  index: number;
  /** Absent where the option is yes, no or abstain, which have words of their own. */
  title?: string;
  costFen?: number;
}

export function optionsOf(p: Poll): Option[] {
  if (formOf(p) === "yes_no") return [0, 1, 2].map((index) => ({ index }));
  const question = p.question as S["proposal.v1.Motion"] | null;
  return ((question && question.options) || []).map((o, index) => {
    const option = o as { title?: string; cost_fen?: number };
    return { index, title: option.title || "", costFen: option.cost_fen || undefined };
  });
}

export interface Chosen {
  options: number[];
  points?: number[];
}

/** choose is what a tap on an option makes of a choice. */
export function choose(p: Poll, before: Chosen, index: number): Chosen {
  const had = before.options.includes(index);
  switch (formOf(p)) {
    case "yes_no": case "one":
      return { options: [index] };
    case "some": {
      const options = had ? before.options.filter((o) => o !== index) : [...before.options, index];
      return { options: options.sort((a, b) => a - b) };
    }
    case "ranks":
      return { options: had ? before.options.filter((o) => o !== index) : [...before.options, index] };
    case "points":
      return before;
  }
}

/** give sets an option's points; none takes it out of the choice. */
export function give(before: Chosen, index: number, points: number): Chosen {
  const pairs = before.options.map((o, i) => [o, (before.points || [])[i] || 0]).filter(([o]) => o !== index);
  if (points > 0) pairs.push([index, points]);
  pairs.sort((a, b) => a[0] - b[0]);
  return { options: pairs.map(([o]) => o), points: pairs.map(([, n]) => n) };
}

/** amiss is what the rules have against a choice: too few, too many, too many points; undefined if nothing. The count checks it again. */
export function amiss(p: Poll, c: Chosen): { why: "few" | "many" | "points" | "points_few" | "squares" | "cost"; n: number } | undefined {
  const form = formOf(p);
  const b = rulesOf(p).ballot || {};
  const least = form === "yes_no" || form === "one" ? 1 : Math.max(1, b.options_min || 0);
  if (c.options.length < least) return { why: "few", n: least };
  if (form !== "yes_no" && form !== "one" && b.options_max && c.options.length > b.options_max) return { why: "many", n: b.options_max };
  const cost = optionsOf(p).filter((o) => c.options.includes(o.index)).reduce((sum, o) => sum + (o.costFen || 0), 0);
  if (b.cost_sum_max_fen && cost > b.cost_sum_max_fen) return { why: "cost", n: b.cost_sum_max_fen };
  const points = c.points || [];
  if (b.points_min && points.some((n) => n < (b.points_min as number))) return { why: "points_few", n: b.points_min };
  const price = (n: number): number => (quadratic(p) ? n * n : n);
  if (b.points_sum_max && points.reduce((sum, n) => sum + price(n), 0) > b.points_sum_max) {
    return { why: quadratic(p) ? "squares" : "points", n: b.points_sum_max };
  }
  if (b.points_max && points.some((n) => n > (b.points_max as number))) return { why: "points", n: b.points_max };
  return undefined;
}

/** pointsMax is how many points one option may get, for the form; 0 if the rules do not say. */
export const pointsMax = (p: Poll): number => {
  const b = rulesOf(p).ballot || {};
  const purse = b.points_sum_max || 0;
  return b.points_max || (quadratic(p) ? Math.floor(Math.sqrt(purse)) : purse);
};

/** resultOf is what was counted, an option a row; undefined before the count, and no row where its rules publish no numbers. */
export function resultOf(p: Poll): { option: Option; heads: number; score: number; won: boolean }[] | undefined {
  const tally = p.tally as S["voting.v1.Tally"] | undefined;
  if (!tally) return undefined;
  const totals = (tally.totals || []) as { option?: number; heads?: number; score?: number }[];
  const winners = (tally.winners || []) as number[];
  if (secret(p) && totals.length === 0 && winners.length === 0) return [];
  return optionsOf(p).map((option) => {
    const total = totals.find((t) => (t.option || 0) === option.index) || {};
    return { option, heads: total.heads || 0, score: total.score || 0, won: winners.includes(option.index) };
  });
}

/** inOrder puts what one can do something about first, then the newest. */
export function inOrder<T extends { state: Poll }>(polls: T[]): T[] {
  const rank: Record<Stage, number> = { open: 0, waiting: 1, closed: 2, objections: 2, adopted: 3, not_adopted: 3, lapsed: 3 };
  return [...polls].sort((a, b) => rank[stageOf(a.state)] - rank[stageOf(b.state)] || (b.state.opened_at || 0) - (a.state.opened_at || 0));
}
