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

/** About is what a screen's act is about, where a mandate may be bounded to a matter or a poll. */
export interface About {
  matter?: string;
  poll?: string;
}

/** may tells under which mandate a helper may do something for somebody now; one with a bound reaches only what lies within. */
export function may(list: Mandate[], member: string, act: string, now: number, about: About = {}): Mandate[] {
  const within = (bound: string | undefined, of: string | undefined): boolean => !bound || bound === of;
  return list.filter((m) => m.terms.helper === member && standingOf(m, now) === "runs" && actNames(m).includes(act)
    && within(m.terms.matter, about.matter) && within(m.terms.poll, about.poll));
}

/** Undone is how a principal can overrule what was done for them: by a command of this operation, or on a screen, where they give their own word. */
export interface Undone {
  id: string;
  how: "withdraw" | "vote" | "react" | "say";
  operation: "proposal.withdraw" | "matching.withdraw_need" | "aid.withdraw";
  params: Record<string, string>;
  to?: "poll" | "deliberation" | "case";
}

/** undoOf reads a record's path and the operation that the gateway names against what was done there; undefined where there is none. */
export function undoOf(path: string, against: string | undefined): Undone | undefined {
  const [kind, id] = path.split("/");
  const none = "proposal.withdraw" as const;
  switch (against) {
    case "proposal.withdraw": return { id, how: "withdraw", operation: against, params: { topic: id } };
    case "matching.withdraw_need": return { id, how: "withdraw", operation: against, params: { need: id } };
    case "aid.withdraw": return { id, how: "withdraw", operation: against, params: { case: id } };
    case "aid.acknowledge": return { id, how: "say", operation: none, params: { id }, to: "case" };
    case "voting.cast": case "voting.register": return kind === "poll" ? { id, how: "vote", operation: none, params: { id }, to: "poll" } : undefined;
    case "proposal.react": return { id, how: "react", operation: none, params: { id }, to: "deliberation" };
    default: return undefined;
  }
}

/** Acted is one thing that a helper did for this member, as the inbox tells it. */
export const actedOf = (notices: Told[]): Told[] => notices.filter((n) => n.event !== undefined && n.position !== undefined);
export type Told = S["gateway.mandateNotice"];

/** unseen are those that came after the newest one that the principal has looked at on this device. */
export const unseen = (notices: Told[], seen: number): Told[] => actedOf(notices).filter((n) => (n.position || 0) > seen && !n.replaced);

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

const done: Record<string, string> = {
  BallotCast: "ballot", ObjectionRaised: "objection", NoticeDelivered: "notice", TopicPosted: "topic", TopicWithdrawn: "topic_withdrawn",
  TopicSeconded: "second", StatementSubmitted: "statement", ReactionGiven: "reaction", BeneficiaryRegistered: "file", AidRequested: "request",
  AidAcknowledged: "acknowledged", CaseAppealed: "appeal", AppealWithdrawn: "appeal_withdrawn", NeedRaised: "need", NeedWithdrawn: "need_withdrawn",
  AssignmentConfirmed: "confirmed", PolicyNoticeReached: "policy", WorkReported: "work", WorkConfirmed: "work_confirmed", WorkDeclined: "work_declined",
  CreditsSpent: "spent",
};

/** doneOf names what a helper did by the fact's type. */
export const doneOf = (event: string): string => done[event.slice(event.lastIndexOf(".") + 1)] || "otherwise";
