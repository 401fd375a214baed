// Marks of conflicts of interest: said before somebody signs, in the words of the rule that would refuse it.
import { useMemo } from "preact/hooks";
import { useRecord, useRecords } from "../asking";
import type { Household, Person } from "../models/conflict";
import { sessions } from "../connection";
import { useStore } from "../store";
import { named, useWords } from "../words";

const householdsMax = 1000;

/** Conflict says what stands in somebody's way. */
export function Conflict({ of }: { of: string | null }) {
  const say = useWords();
  if (!of) return null;
  return (
    <p class="notice bad conflict">
      <strong>{say("conflict.mark")}</strong> {named("rule", of)}
    </p>
  );
}

/** useHouseholds reads who lives with whom; whole tells whether that is all of them. */
export function useHouseholds(community: string): { households: Household[]; whole: boolean } {
  const list = useRecords<Household>(community, "household", householdsMax);
  return useMemo(() => ({ households: (list.value ?? []).map((k) => k.state), whole: list.value !== undefined && !list.forward }), [list.value]);
}

/** Unsure says that not all households were looked at. The rules look at all of them. */
export function Unsure({ whole }: { whole: boolean }) {
  const say = useWords();
  return whole ? null : <p class="quiet">{say("conflict.unsure")}</p>;
}

/** usePerson gives a member with the organisations in which they have a role of any kind; the reader without one. */
export function usePerson(community: string, member = ""): Person {
  const reader = useStore(sessions).get(community)?.member ?? "";
  const who = member || reader;
  const record = useRecord<{ roles: Record<string, string> | null }>(community, who && `member/${who}`);
  return useMemo(() => ({ member: who, orgs: Object.values(record.value?.state.roles ?? {}).filter(Boolean) }), [who, record.value]);
}

/** What whoever called a poll keeps their hands off. */
const organisers = ["ballot.helper_convened", "notice.convener", "paper.convener_refused"];

/** Organiser says to whoever calls, or has called, a poll what the rules refuse them in it. */
export function Organiser({ before }: { before?: boolean }) {
  const say = useWords();
  return (
    <div class="notice conflict">
      <p>
        <strong>{say("conflict.mark")}</strong> {say(before ? "conflict.will_organise" : "conflict.organised")}
      </p>
      <ul>
        {organisers.map((code) => (
          <li key={code}>{named("rule", code)}</li>
        ))}
      </ul>
    </div>
  );
}
