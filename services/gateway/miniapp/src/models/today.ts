// What waits for this person, the most pressing first.
import type { components } from "@renlin/client";
import { secret, stageOf, type Poll } from "./polls";
import type { ScreenName } from "@/screens";

type S = components["schemas"];
export type Inbox = S["gateway.inboxPage"];

export interface Item {
  /** Key of its sentence. */
  what: "vote" | "talk" | "mandate" | "waiting" | "refused" | "works" | "policies" | "acted";
  to: ScreenName;
  params: Record<string, string>;
  /** Until when, if it ends. */
  until?: number;
  /** What the record says of it in the person's language, or how many there are. */
  note?: string;
  n?: number;
}

const closing = (inbox: Inbox, id: string): number | undefined => {
  const found = (inbox.poll || []).find((r) => last(r.path) === id);
  return found && (found.state as Poll).closes_at;
};
const last = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** openPolls are those of the inbox in which one votes by a sealed ballot; whoever is told of a poll by a notice is told by that. */
export function openPolls(inbox: Inbox, now: number): string[] {
  const told = new Set((inbox.notices || []).map((n) => n.poll));
  return (inbox.poll || []).filter((r) => {
    const p = r.state as Poll;
    return stageOf(p) === "open" && !secret(p) && (p.closes_at || 0) > now && !told.has(last(r.path));
  }).map((r) => last(r.path));
}

/** Further is what waits beside the inbox: reported work, notices of policies, and what helpers did that nobody has looked at. */
export interface Further {
  works: { confirm_by: number }[];
  policies: number;
  acted: number;
}

/** further makes items of it. */
export function further(f: Further): Item[] {
  const items: Item[] = [];
  if (f.works.length > 0) items.push({ what: "works", to: "credits", params: {}, n: f.works.length, until: Math.min(...f.works.map((w) => w.confirm_by)) });
  if (f.policies > 0) items.push({ what: "policies", to: "inbox", params: {}, n: f.policies });
  if (f.acted > 0) items.push({ what: "acted", to: "inbox", params: {}, n: f.acted });
  return items;
}

/** waiting makes the list from the inbox, from what is still in the outbox, and of open polls those in which one has voted. */
export function waiting(inbox: Inbox, unsent: { refused?: unknown }[], voted: string[], now: number, language: "zh" | "en"): Item[] {
  const items: Item[] = [];
  const refused = unsent.filter((e) => e.refused).length;
  if (refused > 0) items.push({ what: "refused", to: "outbox", params: {}, n: refused });
  if (unsent.length > refused) items.push({ what: "waiting", to: "outbox", params: {}, n: unsent.length - refused });
  const votes = (inbox.notices || []).filter((n) => n.closes_at > now)
    .map((n): Item => ({ what: "vote", to: "poll", params: { id: n.poll }, until: n.closes_at }));
  const others = openPolls(inbox, now).filter((id) => !voted.includes(id))
    .map((id): Item => ({ what: "vote", to: "poll", params: { id }, until: closing(inbox, id) }));
  const talks = (inbox.deliberation || []).filter((r) => {
    const d = r.state as S["proposal.deliberation.Deliberation"];
    return d.state === "open" && d.closes_at > now;
  }).map((r): Item => ({
    what: "talk", to: "deliberation", params: { id: last(r.path) }, until: (r.state as S["proposal.deliberation.Deliberation"]).closes_at,
  }));
  const ending = [...votes, ...others, ...talks].sort((a, b) => (a.until || 0) - (b.until || 0));
  const mandates = (inbox.mandates || []).filter((m) => (m.can || []).length > 0)
    .map((m): Item => ({ what: "mandate", to: "inbox", params: {}, note: language === "zh" ? m.chinese : m.english }));
  return [...items, ...ending, ...mandates];
}
