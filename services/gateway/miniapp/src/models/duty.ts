// A grid worker's duty: what is to be looked at first, and how a request comes in that somebody makes at the door or on the telephone.
import type { components } from "@renlin/client";

type S = components["schemas"];
export type Alert = S["aid.alert.Alert"];

export const signals = ["HELP", "FALL", "SMOKE", "GAS", "LEAK", "STILL", "DOOR", "TEMPERATURE", "SILENT"] as const;
export const signalOf = (a: Alert): string => signals[a.kind - 1] || "HELP";

/** What somebody who looked may say of an alert; the last two open a case. */
export const outcomes = ["FALSE_ALARM", "REACHED", "VISIT", "EMERGENCY"] as const;
export type Outcome = (typeof outcomes)[number];
export const opensCase = (o: Outcome): boolean => o === "VISIT" || o === "EMERGENCY";

/** waitingAlerts are those at which nobody has looked: alarms before warnings, and of those what must be looked at first. */
export function waitingAlerts<T extends { state: Alert }>(list: T[]): T[] {
  return list.filter((a) => a.state.outcome === 0)
    .sort((a, b) => b.state.level - a.state.level || a.state.triage_by - b.state.triage_by);
}

/** works tells whether somebody's work is help here: grid workers and officers, by their numbers on the record. */
export const works = (m: S["standing.Member"] | undefined): boolean => Boolean(m && m.roles && (m.roles["3"] !== undefined || m.roles["4"] !== undefined));

/** Check is one line of a worker's list for the day: how many there are, and until when the first. */
export interface Check {
  what: "alerts" | "asked" | "due" | "forms" | "cases";
  n: number;
  until?: number;
}

const day = 86_400_000;
const first = (times: number[]): number | undefined => (times.length > 0 ? Math.min(...times) : undefined);

/** checklist is what a worker goes through: alerts, what they are asked to bring, what is due within a day, cases by their clocks, forms that wait. */
export function checklist(
  now: number, alerts: { state: Alert }[], orders: { due: number; accepted: boolean }[], cases: { due: number }[], forms: number,
): Check[] {
  const waiting = waitingAlerts(alerts), asked = orders.filter((o) => !o.accepted), due = orders.filter((o) => o.accepted && o.due < now + day);
  const close = cases.filter((c) => c.due > 0 && c.due < now + day);
  return [
    { what: "alerts", n: waiting.length, until: first(waiting.map((a) => a.state.triage_by)) },
    { what: "asked", n: asked.length, until: first(asked.map((o) => o.due)) },
    { what: "due", n: due.length, until: first(due.map((o) => o.due)) },
    { what: "cases", n: close.length, until: first(close.map((c) => c.due)) },
    { what: "forms", n: forms },
  ];
}

/** Intake is what a worker writes down for somebody who asks at the door or by telephone. */
export interface Intake {
  way: "GRID_WORKER" | "PHONE";
  /** The member, where the person is one; nobody otherwise. */
  member: string;
  category: string;
  quantity: number | undefined;
  urgent: boolean;
  said: string;
  agreed: string;
}

export function wrongIn(i: Intake, member: string | undefined): "member" | "category" | "said" | "quantity" | undefined {
  if (i.member.trim() !== "" && !member) return "member";
  if (i.category === "") return "category";
  if (i.said.trim() === "") return "said";
  return i.quantity ? undefined : "quantity";
}
