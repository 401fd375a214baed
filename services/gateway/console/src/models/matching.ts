// The matching board: what waits, who serves whom, what was changed over, and why a plan is as it is.
import { ascending, brief, idOf, type Kept } from "./record";
import { remaining, type Remaining } from "./clock";
import { type Prices } from "./why";

export interface Cell {
  east: number;
  north: number;
}

/** What gateway.matching_board answers. */
export interface Answer {
  mode: { mode: number; until?: number };
  needs: Need[] | null;
  assignments: Assignment[] | null;
  providers: Provider[] | null;
  more_needs: number;
  more_assignments: number;
  more_providers: number;
}

export interface Need {
  need: string;
  skill: string;
  cell: Cell;
  priority: number;
  vulnerable?: boolean;
  assessed?: boolean;
  waiting: number;
  matched: number;
  served: number;
  waiting_since: number;
  until?: number;
  shortage?: number;
}

export interface Provider {
  provider: string;
  org?: string;
  cell: Cell;
  offers: { skill: string; capacity: number; taken: number; standby: number; overloaded?: boolean }[] | null;
}

export interface Candidate {
  provider: string;
  org: string;
  part: string;
  distance_cost: number;
  reliability_cost: number;
  window_cost: number;
  until?: number;
}

export interface Assignment {
  assignment: string;
  need: string;
  skill: string;
  quantity: number;
  delivered: number;
  priority: number;
  state: string;
  planned_at: number;
  opens_at?: number;
  check_in_by?: number;
  confirm_by?: number;
  candidates: Candidate[] | null;
  switches: { at: number; provider: string; cause: number }[] | null;
  preferred?: { instead: string; reason: number; more_metres: number; more_window_cost?: number };
}

export interface Plan extends Prices {
  claim: number;
  adopted_at: number;
  matches: number;
  unserved: number;
  by: string;
  opens_at?: number;
}

export interface Served {
  assignment: Assignment;
  name: string;
  /** Who is asked or serves, in order; in an emergency two are asked at once. */
  holders: Candidate[];
  standbys: Candidate[];
  past: Candidate[];
  last?: { at: number; provider: string; cause: number };
  left: Remaining;
  /** Somebody took over from another one. */
  changed: boolean;
}

export interface Board {
  waiting: { need: Need; name: string; minutes: number }[];
  asked: Served[];
  serving: Served[];
  confirm: Served[];
}

const holding = ["asked", "serving", "reserved"];

/** board sorts needs and assignments by what happens with them; each list keeps the order of the answer, the most urgent first. */
export function board(answer: Answer, now: number): Board {
  const out: Board = { waiting: [], asked: [], serving: [], confirm: [] };
  for (const need of answer.needs ?? []) {
    if (need.waiting <= 0) continue;
    out.waiting.push({ need, name: brief(need.need), minutes: Math.max(0, Math.floor((now - need.waiting_since) / 60_000)) });
  }
  for (const a of answer.assignments ?? []) {
    const list = { planned: out.asked, offered: out.asked, accepted: out.serving, underway: out.serving, done: out.confirm }[a.state];
    list?.push(served(a, now));
  }
  return out;
}

/** served says who has to do with an assignment now, and who had. */
export function served(a: Assignment, now: number): Served {
  const candidates = a.candidates ?? [];
  const over = a.state === "done" || a.state === "confirmed" || a.state === "released";
  const holders = candidates.filter((c) => holding.includes(c.part));
  const standbys = over ? [] : candidates.filter((c) => c.part === "standby");
  const switches = a.switches ?? [];
  return {
    assignment: a,
    name: brief(a.assignment),
    holders,
    standbys,
    past: candidates.filter((c) => !holders.includes(c) && !standbys.includes(c)),
    last: switches.at(-1),
    left: remaining(due(a, holders), now),
    changed: switches.some((s) => ![0, causePlanned, causeParallel, causeDone].includes(s.cause)),
  };
}

function due(a: Assignment, holders: Candidate[]): number {
  if (a.state === "done") return a.confirm_by ?? 0;
  if (a.state === "accepted" || a.state === "underway") return a.check_in_by ?? 0;
  return holders.find((c) => c.until)?.until ?? a.opens_at ?? 0;
}

const causePlanned = 1;
const causeParallel = 7;
const causeDone = 12;

/** Why is one match of a proposed plan, as gateway.matching_proposal explains it. */
export interface Why {
  need: string;
  provider: string;
  quantity: number;
  cost: { distance: number; reliability: number; window: number };
  next?: string;
  extra: number;
}

export interface Explained {
  why: Why;
  need?: Need;
  provider?: Provider;
  next?: Provider;
  total: number;
  /** The parts of the cost, the greatest first, each in thousandths of the whole. */
  parts: { key: "distance" | "reliability" | "window"; cost: number; part: number }[];
}

/** explain puts beside each proposed match what it costs, of what, and who would be next. */
export function explain(why: Why[] | null, answer: Answer): Explained[] {
  const needs = new Map((answer.needs ?? []).map((n) => [n.need, n]));
  const providers = new Map((answer.providers ?? []).map((p) => [p.provider, p]));
  return (why ?? []).map((w) => {
    const total = w.cost.distance + w.cost.reliability + w.cost.window;
    const parts = (["distance", "reliability", "window"] as const)
      .map((key) => ({ key, cost: w.cost[key], part: total > 0 ? Math.round((w.cost[key] * 1000) / total) : 0 }))
      .sort(
        ascending(
          (p) => -p.cost,
          (p) => p.key,
        ),
      );
    return {
      why: w,
      need: needs.get(w.need),
      provider: providers.get(w.provider),
      next: w.next ? providers.get(w.next) : undefined,
      total,
      parts,
    };
  });
}

/** Square is one square of the community's grid, as the map shows it. */
export interface Square {
  east: number;
  north: number;
  waiting: number; // units that wait
  held: number; // units that somebody has taken on
  urgent: boolean;
  providers: number;
}

export interface Grid {
  squares: Square[];
  east: number; // of the leftmost
  north: number; // of the topmost
  columns: number;
  rows: number;
}

const urgent = 7;
const gridMax = 40;
/** A map shows what is round about, too: a community of two squares is not drawn as two huge ones. */
const columnsMin = 9;
const rowsMin = 5;

/**
 * grid gathers what waits and who serves by square, around where most of it is; what is farther off than the map is wide stays out
 * of it.
 */
export function grid(answer: Answer): Grid {
  const squares = new Map<string, Square>();
  const at = (c: Cell): Square => {
    const key = `${c.east},${c.north}`;
    const one = squares.get(key) ?? { east: c.east, north: c.north, waiting: 0, held: 0, urgent: false, providers: 0 };
    squares.set(key, one);
    return one;
  };
  for (const n of answer.needs ?? []) {
    const square = at(n.cell);
    square.waiting += n.waiting;
    square.held += n.matched;
    square.urgent ||= n.waiting > 0 && n.priority >= urgent;
  }
  for (const p of answer.providers ?? []) at(p.cell).providers++;
  const all = [...squares.values()];
  const [left, right] = span(all.map((s) => s.east));
  const [bottom, top] = span(all.map((s) => s.north));
  const inside = all.filter((s) => s.east >= left && s.east <= right && s.north >= bottom && s.north <= top);
  inside.sort(
    ascending(
      (s) => -s.north,
      (s) => s.east,
    ),
  );
  const columns = Math.max(right - left + 1 + 2, columnsMin);
  const rows = Math.max(top - bottom + 1 + 2, rowsMin);
  const east = left - Math.floor((columns - (right - left + 1)) / 2);
  const north = top + Math.floor((rows - (top - bottom + 1)) / 2);
  return { squares: inside, east, north, columns, rows };
}

/** span gives the bounds of places: of all, or where they lie too far apart, of those around the middle one. */
function span(values: number[]): [number, number] {
  if (values.length === 0) return [0, 0];
  const sorted = [...values].sort((a, b) => a - b);
  const [least, most] = [sorted[0], sorted[sorted.length - 1]];
  if (most - least < gridMax) return [least, most];
  const middle = sorted[Math.floor(sorted.length / 2)];
  return [middle - gridMax / 2, middle + gridMax / 2 - 1];
}

/** newest gives the plan that was adopted last. */
export function newest(plans: Kept<Plan>[]): { id: string; plan: Plan } | null {
  const last = [...plans].sort(
    ascending(
      (p) => -p.state.adopted_at,
      (p) => p.path,
    ),
  )[0];
  return last ? { id: idOf(last.path), plan: last.state } : null;
}

/** load is how much of what somebody offers is promised, in thousandths. */
export function load(o: { capacity: number; taken: number }): number {
  return o.capacity > 0 ? Math.min(1000, Math.round((o.taken * 1000) / o.capacity)) : 1000;
}
