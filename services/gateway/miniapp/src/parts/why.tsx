import { useLoad } from "@/core/load";
import { useSettings, useWords } from "@/core/settings";
import type { Assignment } from "@/models/needs";

/**
 * Why says in the edge's own words why this one was asked. It is asked for anew when hands change, and whoever is not told sees nothing: an
 * explanation is no reason to refuse the screen.
 */
export function Why({ id, a }: { id: string; a: Assignment }) {
  const say = useWords();
  const { language } = useSettings();
  const told = useLoad(async (d) => (await d.read("gateway.matching_explanation", { assignment: id })).body.sentences, [id, a.state, (a.switches || []).length]);
  const all = told.value || [];
  if (all.length === 0) return null;
  return <p className="why">{say("coming.why", { why: all.map((s) => s[language]).join(language === "zh" ? "" : " ") })}</p>;
}
