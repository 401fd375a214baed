// What two officers of different organisations sign: what waits for a second signature, in words, with who began and until when. One alone
// changes nothing, and is told so.
import { useState } from "preact/hooks";
import { Refusal } from "../connection";
import { endCosigning, signSecond, useCosignings, type Cosigning } from "../cosigning";
import { tellNow } from "../live";
import { remaining } from "../models/clock";
import { Role, useStanding } from "../standing";
import { named, useWords } from "../words";
import { tell } from "./aloud";
import { Due, useNow } from "./due";
import { People, TrusteesTold } from "./keepers";
import { RulesDiff } from "./rules-diff";
import { Id, Refused, Time } from "./show";

/** Cosignings shows what waits: all of it, or one operation's. */
export function Cosignings({ community, operation }: { community: string; operation?: string }) {
  const say = useWords();
  const me = useStanding(community);
  const list = useCosignings(community, me.roles.has(Role.Officer));
  const [done, setDone] = useState("");
  const here = (list.value?.cosignings ?? []).filter((c) => !operation || c.operation === operation);
  if (!me.roles.has(Role.Officer)) return null;
  return (
    <>
      <Refused why={list.refusal} />
      {done && <p class="notice good">{done}</p>}
      {here.length === 0 && !operation && list.value && <p class="quiet">{say("cosignings.none")}</p>}
      <ul class="cards one">
        {here.map((c) => (
          <One key={c.id} community={community} of={c} me={me.member} onDone={setDone} />
        ))}
      </ul>
    </>
  );
}

function One({ community, of, me, onDone }: { community: string; of: Cosigning; me: string; onDone: (words: string) => void }) {
  const say = useWords();
  const now = useNow();
  const [shown, show] = useState<{ busy?: boolean; refusal?: Refusal }>({});
  const does = async (work: () => Promise<unknown>, words: string) => {
    if (shown.busy) return;
    show({ busy: true });
    try {
      await work();
      tell(words);
      onDone(words);
      tellNow();
    } catch (e) {
      show({ refusal: Refusal.of(e) });
    }
  };
  const mine = of.member === me;
  return (
    <li>
      <h3>{named("cosigned", of.operation.replace(".", "_"))}</h3>
      <Told community={community} of={of} />
      <p class="quiet">
        {say("cosignings.began")} <Id of={of.member} /> · <Time ms={of.since} /> · <Due left={remaining(of.not_after, now)} />
      </p>
      {mine && <p class="notice">{say("cosignings.alone")}</p>}
      <p class="row">
        {!mine && (
          <button type="button" aria-disabled={shown.busy} onClick={() => does(() => signSecond(community, of), say("cosignings.done"))}>
            {say(shown.busy ? "doing.busy" : "cosignings.sign")}
          </button>
        )}
        <button type="button" class="plain" onClick={() => does(() => endCosigning(community, of), say("cosignings.ended"))}>
          {say(mine ? "cosignings.take_back" : "cosignings.decline")}
        </button>
      </p>
      <Refused why={shown.refusal} />
    </li>
  );
}

/** Told says in words what is signed. What has no words of its own is shown as it is: nobody signs what they have not seen. */
function Told({ community, of }: { community: string; of: Cosigning }) {
  const say = useWords();
  const body = JSON.parse(of.body) as Record<string, string> & {
    rulebook?: object;
    trustees?: { member: string; org: string; trusteeKey: string }[];
    registrar?: { member: string; org: string };
  };
  switch (of.operation) {
    case "matching.set_mode":
      return (
        <p>
          {say("mode.title")}
          {say("colon")}
          <strong>{named("mode", body.mode)}</strong> · {say("mode.until")} <Time ms={body.until} />
        </p>
      );
    case "community.amend_rulebook":
      return <RulesDiff community={community} book={body.rulebook ?? {}} />;
    case "community.appoint_trustees":
      return <TrusteesTold community={community} then={(body.trustees ?? []).map((t) => ({ ...t, trustee_key: t.trusteeKey }))} />;
    case "community.appoint_registrar":
      return <People community={community} title="keepers.come" of={body.registrar ? [body.registrar] : []} />;
    case "aid.merge":
    case "aid.unmerge":
      return (
        <p>
          <Id of={body.from} /> → <Id of={body.into ?? ""} />
        </p>
      );
  }
  return <pre class="mono words">{JSON.stringify(body, null, 2)}</pre>;
}
