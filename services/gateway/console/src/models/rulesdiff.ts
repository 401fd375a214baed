// What a new rulebook would change, matter by matter: sentences that go, sentences that come, and numbers that the sentences do not tell.

interface Told {
  english: string;
  chinese: string;
}

export interface Matter {
  code: string;
  title?: string;
  threshold_members?: number;
  threshold_numerator?: number;
  threshold_denominator?: number;
  deliberation_seconds?: number;
  direct_convener?: string;
  rules: (Told & { field: string })[];
}

/** Figure is what a matter has beside the rules of its polls. */
export type Figure = "threshold_members" | "threshold_share" | "deliberation" | "direct_convener";

export interface Change {
  code: string;
  title: string;
  kind: "new" | "gone" | "changed";
  figures: { figure: Figure; before: string; after: string }[];
  removed: Told[];
  added: Told[];
}

const share = (m: Matter) => (m.threshold_denominator ? `${m.threshold_numerator ?? 0}/${m.threshold_denominator}` : "0");

const read: [Figure, (m: Matter) => string][] = [
  ["threshold_members", (m) => String(m.threshold_members ?? 0)],
  ["threshold_share", share],
  ["deliberation", (m) => String(m.deliberation_seconds ?? 0)],
  ["direct_convener", (m) => m.direct_convener ?? ""],
];

/** changes compares two rulebooks as they are told. What is the same in both is not in it. */
export function changes(before: Matter[], after: Matter[]): Change[] {
  const codes = [...new Set([...before, ...after].map((m) => m.code))];
  const all = codes.map((code) => change(before.find((m) => m.code === code), after.find((m) => m.code === code))!);
  return all.filter((c) => c.kind !== "changed" || c.figures.length + c.removed.length + c.added.length > 0);
}

function change(before: Matter | undefined, after: Matter | undefined): Change | undefined {
  const m = after ?? before;
  if (!m) return undefined;
  const without = (some: Told[], others: Told[]) => some.filter((s) => !others.some((o) => o.english === s.english));
  const none: Matter = { code: m.code, rules: [] };
  const [b, a] = [before ?? none, after ?? none];
  return {
    code: m.code,
    title: m.title ?? m.code,
    kind: !before ? "new" : !after ? "gone" : "changed",
    figures: read.flatMap(([figure, of]) => (of(b) === of(a) ? [] : [{ figure, before: of(b), after: of(a) }])),
    removed: without(b.rules, a.rules),
    added: without(a.rules, b.rules),
  };
}
