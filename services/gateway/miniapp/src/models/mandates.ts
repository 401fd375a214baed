// Helping others under a mandate: what a helper may do, until when, for whom, and what was done.
import type { components } from "@renlin/client";

type S = components["schemas"];
export type Mandate = S["gateway.mandateView"];

export const acts = ["", "TOPICS", "SECONDS", "STATEMENTS", "OBJECTIONS", "BALLOTS", "AID", "", "NEEDS", "CREDITS"] as const;
export const grantable = ["TOPICS", "SECONDS", "STATEMENTS", "OBJECTIONS", "AID", "NEEDS", "CREDITS"] as const;

export const actNames = (m: Mandate): string[] => m.terms.acts.map((n) => acts[n] || "").filter((n) => n !== "");

export type Standing = "waiting" | "runs" | "later" | "over" | "declined" | "revoked";

export function standingOf(m: Mandate, now: number): Standing {
  const t = m.terms;
  if (t.revoked) return "revoked";
  if (t.declined) return "declined";
  if (t.until <= now) return "over";
  if (t.awaits_acceptance && !t.accepted) return "waiting";
  return t.from > now ? "later" : "runs";
}

/** mine are mandates by what this member has to do with them. */
export function sorted(list: Mandate[], member: string): { helping: Mandate[]; helped: Mandate[] } {
  return { helping: list.filter((m) => m.terms.helper === member), helped: list.filter((m) => m.terms.principal === member) };
}

/** may tells under which mandate a helper may do something for somebody now. */
export function may(list: Mandate[], member: string, act: string, now: number): Mandate[] {
  return list.filter((m) => m.terms.helper === member && standingOf(m, now) === "runs" && actNames(m).includes(act));
}

/** Grant is what a member writes down when they let somebody help. A ballot is let in one poll, by a written delegation, and in no other way. */
export interface Grant {
  helper: string;
  acts: string[];
  days: number;
  poll?: string;
  written?: string;
}

export function wrongIn(g: Grant, member: string): "helper" | "acts" | "days" | "written" | undefined {
  if (!/^[a-z2-7]{26}$/.test(g.helper) || g.helper === member) return "helper";
  if (g.acts.length === 0) return "acts";
  if (!(g.days >= 1 && g.days <= 366)) return "days";
  const ballots = g.acts.includes("BALLOTS");
  return ballots && (!g.poll || (g.written || "").trim() === "" || g.acts.length > 1) ? "written" : undefined;
}

export function grantBody(g: Grant, principal: string, now: number): object {
  const body = { principal, helper: g.helper, acts: g.acts.map((a) => `ACT_${a}`), until: String(now + g.days * 86_400_000) };
  return g.poll ? { ...body, poll: g.poll } : body;
}
