// The rules in sentences, as the edge tells them (GET …/rules).
import type { components } from "@renlin/client/schema";
import { useAsk, type Asked } from "./asking";
import { bothOf, language } from "./words";

export interface Told {
  english: string;
  chinese: string;
}

export interface ToldMatter {
  code: string;
  title?: string;
  threshold_members?: number;
  threshold_numerator?: number;
  threshold_denominator?: number;
  deliberation_seconds?: number;
  direct_convener?: string;
  rules: (Told & { field: string })[];
  findings: (Told & { severity: string; code: string })[];
}

export const useRules = (community: string, poll = ""): Asked<{ version: number; matters: ToldMatter[] }> =>
  useAsk(community, poll ? `rules?poll=${poll}` : "rules");

/** useVersion reads what the rulebook said in one of its versions. */
export const useVersion = (community: string, version: number): Asked<{ version: number; matters: ToldMatter[] }> =>
  useAsk(community, version > 0 ? `rules?version=${version}` : "");

export const inWords = (t: Told): string => (language.value === "zh" ? t.chinese : t.english);

export const titleOf = (m: ToldMatter | undefined, code: string): string => bothOf(m?.title ?? code);

/** threshold is how many supporters a matter needs: the greater of a number and a share of the active members, rounded up. */
export function threshold(m: ToldMatter, active: number): number {
  const share = m.threshold_denominator ? Math.ceil(((m.threshold_numerator ?? 0) * active) / m.threshold_denominator) : 0;
  return Math.max(m.threshold_members ?? 0, share);
}

export type Requirement = components["schemas"]["community.v1.Requirement"];
