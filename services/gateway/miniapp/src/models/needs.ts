// What neighbours ask of each other: kinds of help, where a need stands, who is coming, and what a helper has to answer.
import type { components } from "@renlin/client";
import { titleIn } from "./matters";

type S = components["schemas"];
export type Need = S["matching.supply.Need"];
export type Assignment = S["matching.dispatch.Assignment"];
type Book = S["standing.Rulebook"];

export interface Kind {
  code: string;
  title: string;
}

/** kindsOf are what can be asked here, in the rulebook's order. */
export function kindsOf(book: Book | undefined, language: "zh" | "en"): Kind[] {
  const rules = book && (book.book as { matching?: { skills?: ({ code?: string; title?: string } | null)[] } } | null);
  const skills = (rules && rules.matching && rules.matching.skills) || [];
  const out: Kind[] = [];
  for (const s of skills) if (s && s.code) out.push({ code: s.code, title: titleIn(s.title || s.code, language) });
  return out;
}

export const kindTitle = (kinds: Kind[], code: string): string => {
  const found = kinds.find((k) => k.code === code);
  return found ? found.title : code;
};

/** Stage is where a need stands, for whoever asked: one thing, the most that has happened and is not over. */
export type Stage = "waiting" | "nobody" | "asked" | "coming" | "underway" | "confirm" | "served" | "part" | "withdrawn" | "expired";

export function stageOf(need: Need, assignments: Assignment[]): Stage {
  if (need.state === "withdrawn" || need.state === "expired") return need.served > 0 ? "part" : (need.state as Stage);
  const any = (...states: string[]): boolean => assignments.some((a) => states.includes(a.state));
  if (any("done")) return "confirm";
  if (any("underway")) return "underway";
  if (any("accepted")) return "coming";
  if (any("offered", "planned")) return "asked";
  if (need.served >= need.quantity) return "served";
  return need.shortage ? "nobody" : "waiting";
}

/** Whether a need can still be taken back: nothing of it has been brought. */
export const canWithdraw = (need: Need): boolean => need.state === "open" && need.served < need.quantity;

/** Step is one change of hands, as whoever asked is told it: nobody is named who did not come. */
export interface Step {
  at: number;
  why: "planned" | "refused" | "lapsed" | "missed" | "retired" | "failed" | "parallel" | "other";
}

const causes: Step["why"][] = ["other", "planned", "refused", "lapsed", "missed", "retired", "failed", "parallel"];

/** stepsOf are an assignment's changes of hands, oldest first: who was asked, and why another one was asked after. */
export const stepsOf = (a: Assignment): Step[] => (a.switches || []).map((s) => ({ at: s.at, why: causes[s.cause] || "other" }));

/** replaced tells whether somebody else stepped in. */
export const replaced = (a: Assignment): boolean => stepsOf(a).some((s) => !["planned", "parallel", "other"].includes(s.why));

/** comer is the provider who has taken it on, or is asked now. */
export function comer(a: Assignment): { provider: string; part: "serving" | "asked" } | undefined {
  const of = (part: "serving" | "asked") => (a.candidates || []).find((c) => c.part === part);
  const serving = of("serving") || (a.candidates || []).find((c) => c.part === "finished");
  if (serving) return { provider: serving.provider, part: "serving" };
  const asked = of("asked");
  return asked && { provider: asked.provider, part: "asked" };
}

/** standbys are how many more would step in. */
export const standbys = (a: Assignment): number => (a.candidates || []).filter((c) => c.part === "standby").length;

/** Job is an assignment for whoever serves it. */
export interface Job {
  part: "asked" | "serving" | "over";
  provider: string;
  until?: number;
  can: ("accept" | "refuse" | "start" | "check_in" | "complete" | "give_up")[];
}

export function jobOf(a: Assignment, providers: string[]): Job {
  const mine = (a.candidates || []).find((c) => providers.includes(c.provider) && (c.part === "asked" || c.part === "serving"));
  if (!mine) return { part: "over", provider: "", can: [] };
  if (mine.part === "asked") return { part: "asked", provider: mine.provider, until: mine.until, can: ["accept", "refuse"] };
  const done = a.state === "done" || a.state === "confirmed";
  if (done) return { part: "over", provider: mine.provider, can: [] };
  const can: Job["can"] = a.state === "underway" ? ["complete", "check_in", "give_up"] : ["start", "check_in", "give_up"];
  return { part: "serving", provider: mine.provider, until: a.check_in_by || undefined, can };
}

/** Why somebody says no; it costs them nothing. */
export const reasons = ["BUSY", "ILL", "TOO_FAR", "UNSUITABLE", "SAFETY", "OTHER"] as const;
export type Reason = (typeof reasons)[number];

/** cellOf reads a place that somebody means to share, in steps of 100 metres from the community's middle; without one the middle itself. */
export function cellOf(east: string, north: string): { east: number; north: number } | undefined {
  const read = (s: string): number => (/^-?\d{1,3}$/.test(s.trim()) ? Number(s.trim()) : s.trim() === "" ? 0 : NaN);
  const cell = { east: read(east), north: read(north) };
  return Number.isNaN(cell.east) || Number.isNaN(cell.north) ? undefined : cell;
}
