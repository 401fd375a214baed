// Indicators of a community as charts: how fairly and safely needs are served, and how many asked for what.
import { ascending, idOf, type Kept } from "./record";
import type { Datum } from "./chart";

export interface Report {
  fairness: {
    groups: { name?: string; vulnerable: boolean; needs: number; quantity: number; served: number; rate_permille: number }[] | null;
    gini_permille: number;
    wait_p90_minutes: number;
    wait_p90_minutes_vulnerable: number;
    rate_permille: number;
    lowest_group_rate_permille: number;
  };
  redundancy: {
    index_permille: number;
    replanned_permille: number;
    failures: { org: string; held: number; covered: number; replanned: number; unreckoned?: boolean }[] | null;
  };
  hhi_permille: Record<string, number> | null;
  constraint_permille: Record<string, number> | null;
  constraint_left_out?: number;
  unserved: Record<string, number> | null;
  /** Of how many people a group consists at least; what would tell of fewer is -1, or told together. */
  least: number;
}

/** Above this share of squares, service of a skill lies in few hands; the usual bound of authorities that watch competition. */
const concentrated = 250;

/** hands says how far the service of each skill lies in few hands, the most first. */
export function hands(r: Report): Datum[] {
  return named(r.hhi_permille).map((d) =>
    d.value < 0 ? { ...d, value: 0, hidden: true } : { ...d, tone: d.value > concentrated ? "bad" : "good" },
  );
}

/** bridges says how far each organisation depends on few others, the most first. */
export function bridges(r: Report): Datum[] {
  return named(r.constraint_permille);
}

/** Failure is what would become of an organisation's work if it failed. */
export interface Failure {
  org: string;
  held: number;
  covered: number;
  replanned: number;
  lost: number;
  /** In thousandths of what it holds. */
  part: number;
  unreckoned: boolean;
}

/** failures says of each organisation what standbys, and then a new plan, would take over of its work, the worst first. */
export function failures(r: Report): Failure[] {
  return (r.redundancy.failures ?? [])
    .map((f) => ({
      org: f.org,
      held: f.held,
      covered: f.covered,
      replanned: f.replanned,
      lost: f.held - f.covered - f.replanned,
      part: f.held > 0 ? Math.round((f.covered * 1000) / f.held) : 1000,
      unreckoned: f.unreckoned ?? false,
    }))
    .sort(
      ascending(
        (f) => -f.lost,
        (f) => f.part,
        (f) => f.org,
      ),
    );
}

/** rates are how much of what each group asked for was served, the least first; small groups stand together. */
export function rates(r: Report): (Datum & { vulnerable: boolean; square: string })[] {
  return (r.fairness.groups ?? [])
    .map((g) => ({ name: g.name ?? "", square: g.name ?? "", vulnerable: g.vulnerable, value: g.rate_permille }))
    .sort(
      ascending(
        (g) => g.value,
        (g) => g.name,
      ),
    );
}

/** shortages are the units that wait, by why, the most first. */
export function shortages(r: Report): Datum[] {
  return named(r.unserved);
}

function named(values: Record<string, number> | null): Datum[] {
  return Object.entries(values ?? {})
    .map(([name, value]) => ({ name, value }))
    .sort(
      ascending(
        (d) => -d.value,
        (d) => d.name,
      ),
    );
}

/** Table is people by two things, with -1 where a number would show or tell a small group. */
export interface Table {
  rows: string[];
  columns: string[];
  cells: number[][];
  row_sums: number[];
  column_sums: number[];
  total: number;
  least: number;
}

/** sums are a table's rows as a chart. */
export function sums(t: Table): Datum[] {
  return t.rows.map((name, i) => ({ name, value: Math.max(0, t.row_sums[i]), hidden: t.row_sums[i] < 0 }));
}

/** Pattern is credits that go round between few, as the record keeps it. */
export interface Pattern {
  finding?: string;
  [other: string]: unknown;
}

/** undecided gives what an auditor still has to look at. */
export function undecided<T extends { finding?: string }>(records: Kept<T>[]): { id: string; state: T }[] {
  return records.filter((r) => !r.state.finding).map((r) => ({ id: idOf(r.path), state: r.state }));
}
