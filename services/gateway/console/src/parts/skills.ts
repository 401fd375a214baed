// What skills are called: their titles stand in the community's rulebook, in both languages.
import { useMemo } from "preact/hooks";
import { useRecord } from "../asking";
import { useStore } from "../store";
import { bothOf, language } from "../words";

interface Rulebook {
  book?: { matching?: { skills?: { code: string; title?: string }[] } };
}

/** useSkills gives the name of a skill, or its code where the rulebook has none. */
export function useSkills(community: string): (code: string) => string {
  const book = useRecord<Rulebook>(community, "rulebook/main");
  const now = useStore(language);
  return useMemo(() => {
    const titles = new Map((book.value?.state.book?.matching?.skills ?? []).map((s) => [s.code, s.title]));
    return (code) => bothOf(titles.get(code) || code);
  }, [book.value, now]);
}
