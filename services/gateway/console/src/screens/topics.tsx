// Topics by matter, with how many people support each and how many it takes: when there are enough, the rule itself convenes
// a deliberation.
import { useCallback, useEffect, useState } from "preact/hooks";
import { idOf, useRecords, type Kept } from "../asking";
import { seal } from "../connection";
import { CommandForm, Field, Outcome, useDoing } from "../parts/doing";
import { Id, Refused, Stage, Time, Wait } from "../parts/show";
import { SealedWords } from "../parts/words";
import { to } from "../place";
import type { Deliberation, Topic } from "../records";
import type { ViewProps } from "../screens";
import { useStanding } from "../standing";
import { threshold, titleOf, useRules, type ToldMatter } from "../told";
import { useWords } from "../words";

export function Topics({ community }: ViewProps) {
  const say = useWords();
  const rules = useRules(community);
  const topics = useRecords<Topic>(community, "topic", 1000);
  const held = useRecords<Deliberation>(community, "deliberation", 1000);
  const active = Math.max(0, ...(held.value ?? []).map((d) => d.state.active_members));
  return (
    <Wait of={rules}>
      {({ matters }) => (
        <>
          <Refused why={topics.refusal} />
          {matters.map((m) => (
            <Matter
              key={m.code}
              community={community}
              of={m}
              active={active}
              topics={(topics.value ?? []).filter((t) => t.state.matter === m.code)}
            />
          ))}
          <h2>{say("topics.post")}</h2>
          <Post community={community} matters={matters} />
        </>
      )}
    </Wait>
  );
}

interface MatterProps {
  community: string;
  of: ToldMatter;
  topics: Kept<Topic>[];
  active: number;
}

function Matter({ community, of, topics, active }: MatterProps) {
  const say = useWords();
  const [supporters, setSupporters] = useState<Record<string, string[]>>({});
  const heard = useCallback((topic: string, who: string[]) => {
    setSupporters((s) => (String(s[topic]) === String(who) ? s : { ...s, [topic]: who }));
  }, []);
  const open = topics.filter((t) => t.state.state === "open");
  const past = topics.filter((t) => t.state.state !== "open");
  const distinct = new Set(open.flatMap((t) => supporters[idOf(t)] ?? [])).size;
  const needed = threshold(of, active);
  return (
    <section aria-labelledby={"matter-" + of.code}>
      <h2 id={"matter-" + of.code}>{titleOf(of, of.code)}</h2>
      <p>
        {say("topics.threshold", {
          people: of.threshold_members ?? 0,
          share: `${of.threshold_numerator ?? 0}/${of.threshold_denominator ?? 1}`,
        })}
      </p>
      <p>
        <label>
          {say("topics.supporters", { supporters: distinct, needed })}
          <progress max={Math.max(needed, 1)} value={Math.min(distinct, needed)} />
        </label>
      </p>
      {open.length === 0 && <p class="quiet">{say("topics.none")}</p>}
      <ul class="cards">
        {open.map((t) => (
          <Open key={t.path} community={community} topic={t} onSupporters={heard} />
        ))}
      </ul>
      {past.length > 0 && (
        <details>
          <summary>{say("topics.past", { count: past.length })}</summary>
          <ul>
            {past.map((t) => (
              <li key={t.path}>
                <Id of={idOf(t)} /> <Stage prefix="topic" of={t.state.state} />{" "}
                {t.state.deliberation && (
                  <a href={to(community, "deliberations", t.state.deliberation)}>{say("topics.to_deliberation")}</a>
                )}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Open({
  community,
  topic,
  onSupporters,
}: {
  community: string;
  topic: Kept<Topic>;
  onSupporters(topic: string, who: string[]): void;
}) {
  const say = useWords();
  const id = idOf(topic);
  const { member } = useStanding(community);
  const seconds = useRecords<unknown>(community, `topic/${id}/second`, 1000);
  const doing = useDoing(community);
  const who = [...new Set([topic.state.author, ...(topic.state.joined_authors ?? []), ...(seconds.value ?? []).map(idOf)])];
  useEffect(() => onSupporters(id, who), [id, String(who), onSupporters]);
  const order = () => ({ operation: "proposal.second", path: `topics/${id}/seconds`, body: { topic: id } });
  return (
    <li>
      <h3>
        {say("topics.topic")} <Id of={id} />
      </h3>
      <p class="quiet">
        <Time ms={topic.state.posted_at} /> · {say("topics.by", { people: who.length })}
      </p>
      <SealedWords
        community={community}
        text={topic.state.text}
        subject={topic.state.author}
        namedBy={topic.path}
        purpose="PURPOSE_DELIBERATION"
      />
      {!who.includes(member) && (
        <p>
          <button type="button" aria-disabled={doing.busy} onClick={() => doing.run(order)}>
            {say("topics.second")}
          </button>
        </p>
      )}
      <Outcome of={doing} />
    </li>
  );
}

function Post({ community, matters }: { community: string; matters: ToldMatter[] }) {
  const say = useWords();
  const { member } = useStanding(community);
  const doing = useDoing(community);
  const order = async (form: FormData) => ({
    operation: "proposal.post",
    path: "topics",
    body: { matter: String(form.get("matter")), text: await seal(community, member, String(form.get("words"))) },
  });
  return (
    <CommandForm doing={doing} label={say("topics.post_do")} order={order}>
      <Field id="matter" label={say("matter")}>
        <select id="matter" name="matter">
          {matters.map((m) => (
            <option key={m.code} value={m.code}>
              {titleOf(m, m.code)}
            </option>
          ))}
        </select>
      </Field>
      <Field id="words" label={say("topics.words")} hint={say("topics.words_hint")}>
        <textarea id="words" name="words" rows={4} required maxLength={4000} aria-describedby="words-hint" />
      </Field>
    </CommandForm>
  );
}
