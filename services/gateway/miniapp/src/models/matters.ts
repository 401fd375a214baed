// The rulebook's matters, and topics below them.
import type { components } from "@renlin/client";

type S = components["schemas"];
export type Topic = S["proposal.topic.Topic"];
export type Matter = S["community.v1.Matter"];
export type Rulebook = S["standing.Rulebook"];

export function mattersOf(book: Rulebook | undefined): Matter[] {
  const rules = book && (book.book as { matters?: (Matter | null)[] } | null);
  return ((rules && rules.matters) || []).filter((m): m is Matter => m !== null);
}

/** titleIn gives the part of a title in a language, where a community has written both with a slash between. */
export function titleIn(title: string, language: "zh" | "en"): string {
  const parts = title.split(" / ");
  if (parts.length !== 2) return title;
  return language === "zh" ? parts[0] : parts[1];
}

export const titleOf = (matters: Matter[], code: string, language: "zh" | "en"): string => {
  const found = matters.find((m) => m.code === code);
  return titleIn((found && found.title) || code, language);
};

/** need is how many members it takes until a deliberation is convened: the rulebook's number, and its share of all active ones. */
export function need(m: Matter, activeMembers: number): number {
  const share = m.threshold_denominator ? Math.ceil((activeMembers * (m.threshold_numerator || 0)) / m.threshold_denominator) : 0;
  return Math.max(m.threshold_members || 1, share);
}

/** inOrder puts open topics first, the newest of each kind before the older. */
export function inOrder<T extends { state: Topic }>(topics: T[]): T[] {
  const open = (t: T): number => (t.state.state === "open" ? 0 : 1);
  return [...topics].sort((a, b) => open(a) - open(b) || b.state.posted_at - a.state.posted_at);
}
