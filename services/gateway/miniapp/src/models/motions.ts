// What came of a motion: from the vote to what was done, step by step, as the record has it.
import type { components } from "@renlin/client";

type S = components["schemas"];
export type Motion = S["proposal.motion.Motion"];
export type Merge = S["proposal.merge.Merge"];

/** Step is one of what has happened, or of what is awaited. Its sentence is motion.NAME. */
export interface Step {
  name: "adopted" | "rejected" | "failed" | "vetoed" | "appeal_called" | "appeal_upheld" | "appeal_overturned" | "appeal_undecided" | "stopped"
  | "executes" | "in_force" | "tried" | "done" | "expires" | "expired";
  at?: number;
  /** It is still to come. */
  awaited?: boolean;
}

/** stepsOf tells a motion's way in order; empty while its poll goes on. */
export function stepsOf(m: Motion): Step[] {
  if (m.state === "put") return [];
  if (m.state === "rejected" || m.state === "failed") return [{ name: m.state, at: m.resolved_at }];
  const steps: Step[] = [{ name: "adopted", at: m.resolved_at }];
  if (m.veto) {
    steps.push({ name: "vetoed", at: m.veto.vetoed_at });
    const { appeal } = m.veto;
    if (appeal && appeal.outcome) steps.push({ name: `appeal_${appeal.outcome}` as Step["name"], at: appeal.decided_at });
    else if (appeal && m.state === "vetoed") steps.push({ name: "appeal_called", awaited: true });
  }
  if (m.state === "stopped") return [...steps, { name: "stopped" }];
  if (m.in_force_at) steps.push({ name: "in_force", at: m.in_force_at });
  else steps.push({ name: "executes", at: m.executes_at, awaited: true });
  for (const r of m.reports || []) steps.push(r.outcome === "done" ? { name: "done", at: r.reported_at } : { name: "tried", at: r.reported_at });
  if (m.state === "expired") steps.push({ name: "expired", at: m.expired_at });
  else if (m.state === "in_force" && m.expires_at) steps.push({ name: "expires", at: m.expires_at, awaited: true });
  return steps;
}

/** waitingMerges are the proposals to merge that are about a topic, and still wait for somebody. */
export const waitingMerges = <T extends { state: Merge }>(merges: T[], topic: string, now: number): T[] =>
  merges.filter(({ state: m }) => m.state === "open" && m.expires_at > now && (m.into === topic || (m.topics || []).includes(topic)));

/** asked tells whether somebody's consent is waited for: they raised one of the topics, and have not consented yet. */
export const asked = (m: Merge, member: string, consented: string[]): boolean => (m.authors || []).includes(member) && !consented.includes(member);
