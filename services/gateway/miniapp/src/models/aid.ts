// Help from the committee and the street: where a case stands, and what its person can do about it.
import type { components } from "@renlin/client";

type S = components["schemas"];
export type Case = S["aid.casework.Case"];
export type Beneficiary = S["aid.beneficiary.Beneficiary"];

/** What help may be for where the rulebook names no words of its own. */
const categoriesDefault = [
  "food", "medicine", "care", "company", "supplies", "repair", "utilities", "transport", "information", "fund", "rescue",
];
const units: Record<string, string> = { food: "meal", medicine: "piece", supplies: "piece", fund: "fen" };

/** unitOf is what help of a category is counted in, where nobody says otherwise. */
export const unitOf = (category: string): string => units[category] || "visit";

export function categoriesOf(book: S["standing.Rulebook"] | undefined): string[] {
  const rules = book && (book.book as { aid?: { categories?: string[] } } | null);
  const own = (rules && rules.aid && rules.aid.categories) || [];
  return own.length > 0 ? own : categoriesDefault;
}

export type Deed = "withdraw" | "appeal" | "confirm" | "dispute" | "withdraw_appeal";

/** deedsOf are what the person, or who speaks for them, can do now. */
export function deedsOf(c: Case, now: number): Deed[] {
  const out: Deed[] = [];
  const ended = ["closed", "refused", "withdrawn"].includes(c.state);
  if (c.delivered > 0 && !ended && (!c.confirmed || c.acknowledged < c.delivered)) out.push("confirm", "dispute");
  if (!ended && c.delivered === 0) out.push("withdraw");
  const missed = (c.missed || []).length > 0 && !ended;
  const judgeable = (c.state === "refused" || c.state === "closed" || c.approved > 0) && (c.appeal_until || 0) > now;
  if (c.appealed_at) out.push("withdraw_appeal");
  else if (judgeable || missed) out.push("appeal");
  return out;
}

/** Figures are the four numbers of a case, which need not be one. */
export const figuresOf = (c: Case): { asked: number; approved: number; delivered: number; acknowledged: number } => ({
  asked: c.asked, approved: c.approved, delivered: c.delivered, acknowledged: c.acknowledged,
});

export const purposes = ["CASE_WORK", "DELIVERY", "REFERRAL", "HEALTH", "SENSORS"] as const;
export type Purpose = (typeof purposes)[number];

/** consented tells which purposes stand, by number as the record has them. */
export function consented(b: Beneficiary): Purpose[] {
  const given = (b.consents || []).map((c) => c.purpose);
  return purposes.filter((_, i) => given.includes(i + 1));
}

/** quantityOf reads how much somebody says: a whole number from 1, or undefined. */
export function quantityOf(text: string): number | undefined {
  const t = text.trim();
  return /^[0-9]{1,6}$/.test(t) && Number(t) > 0 ? Number(t) : undefined;
}

/** What a person writes into their own file; who they are, the office that opened it knows. */
export const fileParts = ["CONTACT", "HOME", "NEEDS"] as const;
export type Part = (typeof fileParts)[number];
const numbers: Record<Part, number> = { CONTACT: 2, HOME: 3, NEEDS: 5 };

/** partIn is where a part's words are, if they are there. */
export function partIn(b: Beneficiary, part: Part): { ref: string; commitment: string } | undefined {
  const found = (b.files || []).find((f) => f.field === numbers[part]);
  return found && found.text;
}
