// The kinds of help and the units of a community: its rulebook's, or where it has none those that the rules take for granted
// (services/aid/internal/terms).
import { useRecord } from "../asking";

export interface Codes {
  categories: string[];
  units: string[];
}

const granted: Codes = {
  categories: [
    "care", "company", "food", "fund", "information", "medicine", "repair", "rescue", "supplies", "transport", "utilities", "visit",
  ],
  units: ["fen", "hour", "kilogram", "litre", "meal", "piece", "set", "visit"],
};

export function useCodes(community: string): Codes {
  const book = useRecord<{ book?: { aid?: Partial<Codes> } }>(community, "rulebook/main");
  const aid = book.value?.state.book?.aid;
  const or = (some: string[] | undefined, others: string[]) => (some?.length ? some : others);
  return { categories: or(aid?.categories, granted.categories), units: or(aid?.units, granted.units) };
}
