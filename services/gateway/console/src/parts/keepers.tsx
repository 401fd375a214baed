// Trustees and the registrar in words, as both officers read them before they sign: who comes, who goes, for which organisations.
import { useRecord } from "../asking";
import { changed, type Registrar, type Trustee } from "../models/keepers";
import { useOrgs } from "../standing";
import { useWords, type Key } from "../words";
import { Id } from "./show";

/** useTrustees are those in force, none where none were ever appointed; known tells whether that was answered. */
export function useTrustees(community: string): { trustees: Trustee[]; known: boolean } {
  const { value, refusal } = useRecord<{ list: Trustee[] | null }>(community, "trustees/main");
  return { trustees: value?.state.list ?? [], known: !!value || !!refusal };
}

export function useRegistrar(community: string): Registrar | undefined {
  return useRecord<{ registrar: Registrar | null }>(community, "registrar/main").value?.state.registrar ?? undefined;
}

export function TrusteesTold({ community, then }: { community: string; then: Trustee[] }) {
  const now = useTrustees(community).trustees;
  const { stay, come, go } = changed(now, then);
  return (
    <>
      <People community={community} title="keepers.come" of={come} />
      <People community={community} title="keepers.go" of={go} />
      <People community={community} title="keepers.stay" of={stay} />
    </>
  );
}

export function People({ community, title, of }: { community: string; title: Key; of: { member: string; org: string }[] }) {
  const say = useWords();
  const { nameOf } = useOrgs(community);
  if (of.length === 0) return null;
  return (
    <>
      <p>{say(title)}</p>
      <ul>
        {of.map((t) => (
          <li key={t.member}>
            <Id of={t.member} /> · {nameOf(t.org)}
          </li>
        ))}
      </ul>
    </>
  );
}
