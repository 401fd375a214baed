// Why something is as it is, in words that need no knowledge of costs: a cost is as much as so many metres more of way, and where it is
// dearer than any way in a community it is that a need goes on waiting.
import { ascending } from "./record";

/** What gateway.matching_explanation answers. Numbers are for who was asked first, grid workers and officers. */
export interface Explanation {
  plan: string;
  sentences: { zh: string; en: string }[];
  numbers?: { provider: string; price: number; next?: string; extra: number };
}

/** Way is what a cost is as much as. */
export type Way = { kind: "none" } | { kind: "metres"; metres: number } | { kind: "waiting" };

/** Leaving a need costs as much as 76 kilometres at the least: what is dearer than ten is no way that anybody goes. */
const metresMax = 10_000;

/** wayOf says what a cost is as much as: a metre costs 1.3. */
export function wayOf(cost: number): Way {
  const metres = Math.floor((cost * 10) / 13);
  if (metres <= 0) return { kind: "none" };
  return metres > metresMax ? { kind: "waiting" } : { kind: "metres", metres };
}

export interface Price {
  /** The provider whose offer it is, or the organisation whose share. */
  of: string;
  skill: string;
  price: number;
  kind: "offer" | "share";
}

interface Priced {
  provider: string;
  skill: string;
  price?: number | string;
}

/** What a plan tells of prices: as its record has it, or as a proposal writes it, whose numbers are text. */
export interface Prices {
  prices?: Priced[];
  scarce?: Priced[];
  shares?: { party: string; skill: string; price?: number | string }[];
}

/** scarcity is what one more unit of each thing scarce would save a plan, the dearest first. */
export function scarcity(plan: Prices): Price[] {
  const offers = [...(plan.prices ?? []), ...(plan.scarce ?? [])].map((p) => ({ ...p, of: p.provider, kind: "offer" as const }));
  const shares = (plan.shares ?? []).map((p) => ({ ...p, of: p.party, kind: "share" as const }));
  return [...offers, ...shares]
    .map((p) => ({ of: p.of, skill: p.skill, price: Number(p.price ?? 0), kind: p.kind }))
    .filter((p) => p.price > 0)
    .sort(
      ascending(
        (p) => -p.price,
        (p) => p.kind,
        (p) => p.of,
        (p) => p.skill,
      ),
    );
}
