// Topics that say the same are merged when everybody who raised one of them agrees, each by their own word.
import { useState } from "react";
import type { components, Device, Outcome } from "@renlin/client";
import { gateway } from "@/core/session";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import { Button, Card, Notice, Row, Show } from "@/parts/basics";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { Until, When } from "@/parts/when";
import { Words } from "@/parts/words";
import { asked, waitingMerges, type Merge } from "@/models/motions";
import type { Topic } from "@/models/matters";

type Consent = components["schemas"]["proposal.merge.Consent"];
type Others = { id: string; state: Topic }[];

const shownMax = 5; // topics that are offered at once: each reading of their words is on the record

/** Merges shows what a topic was merged into or has received, what is proposed about it, and lets its author propose. */
export function Merges({ device, id, topic, again }: { device: Device; id: string; topic: Topic; again: () => void }) {
  const say = useWords();
  const loaded = useLoad(async (d) => {
    const waiting = waitingMerges(await d.records<Merge>("merge", 200), id, gateway.now());
    const consents = await Promise.all(waiting.map(async (m) => (await d.records<Consent>(`merge/${m.id}/merge-consent`)).map((c) => c.id)));
    return waiting.map((m, i) => ({ ...m, consents: consents[i] }));
  }, [id, topic.state]);
  const done = (): void => {
    loaded.again();
    again();
  };
  return (
    <>
      {topic.merged_into ? <div className="rows"><Row to="topic" params={{ id: topic.merged_into }} title={say("merge.into")} note={topic.merged_at ? <When at={topic.merged_at} /> : undefined} /></div> : null}
      {(topic.joined || []).length > 0 ? (
        <div className="rows">
          {(topic.joined || []).map((other) => <Row key={other} to="topic" params={{ id: other }} title={say("merge.received")} />)}
        </div>
      ) : null}
      <Show of={loaded}>
        {(waiting) => (
          <>
            {waiting.map((m) => <Proposed key={m.id} device={device} id={m.id} topic={id} merge={m.state} consents={m.consents} again={done} />)}
            {topic.state === "open" && topic.author === device.member && !waiting.some((m) => m.state.into === id && m.state.proposed_by === device.member)
              ? <Propose device={device} id={id} matter={topic.matter} again={done} /> : null}
          </>
        )}
      </Show>
    </>
  );
}

interface ProposedMerge {
  device: Device;
  id: string;
  topic: string;
  merge: Merge;
  consents: string[];
  again: () => void;
}

function Proposed({ device, id, topic, merge, consents, again }: ProposedMerge) {
  const say = useWords();
  const result = useOutcome();
  const at = { merge: id };
  const about = `merge/${id}`;
  const done = async (write: Promise<Outcome>): Promise<void> => {
    await result.watch(write);
    again();
  };
  const all = [merge.into, ...(merge.topics || [])].filter((t) => t !== topic);
  return (
    <Card title={say("merge.proposed")}>
      <p>{say("merge.what", { n: (merge.topics || []).length + 1, agreed: consents.length, all: (merge.authors || []).length })}</p>
      <p className="quiet"><Until at={merge.expires_at} /></p>
      <div className="rows">{all.map((t) => <Row key={t} to="topic" params={{ id: t }} title={say(t === merge.into ? "merge.goes_on" : "merge.other")} />)}</div>
      {asked(merge, device.member, consents) ? (
        <>
          <Button id="merge-yes" onPress={() => done(device.write("proposal.consent_to_merge", at, at, { about, once: `consent ${id}` }))}>{say("merge.yes")}</Button>
          <Button id="merge-no" kind="plain" onPress={() => done(device.write("proposal.decline_merge", at, at, { about, once: `decline ${id}` }))}>{say("merge.no")}</Button>
          <p className="quiet">{say("merge.for_good")}</p>
        </>
      ) : null}
      {consents.includes(device.member) ? <Notice kind="good">{say("merge.agreed")}</Notice> : null}
      {merge.proposed_by === device.member ? (
        <Button id="merge-back" kind="plain" onPress={() => done(device.write("proposal.withdraw_merge", at, at, { about, once: `unmerge ${id}` }))}>{say("merge.back")}</Button>
      ) : null}
      <OutcomeNotice {...result} done="topic.done" />
    </Card>
  );
}

function Propose({ device, id, matter, again }: { device: Device; id: string; matter: string; again: () => void }) {
  const say = useWords();
  const [others, show] = useState<Others>();
  const [chosen, choose] = useState<string[]>([]);
  const result = useOutcome();
  const look = async (): Promise<void> => {
    const all = await device.records<Topic>("topic", 200);
    show(all.filter((t) => t.id !== id && t.state.state === "open" && t.state.matter === matter).sort((a, b) => b.state.posted_at - a.state.posted_at));
  };
  const send = async (): Promise<void> => {
    const body = { into: id, topics: chosen };
    await result.watch(device.write("proposal.propose_merge", {}, body, { about: `topic/${id}`, once: `merge ${id} ${chosen.join(" ")}` }));
    again();
  };
  if (!others) return <Button id="merge" kind="plain" onPress={look}>{say("merge.look")}</Button>;
  const toggle = (t: string): void => choose(chosen.includes(t) ? chosen.filter((c) => c !== t) : [...chosen, t]);
  return (
    <Card title={say("merge.propose")}>
      <p>{say(others.length > 0 ? "merge.choose" : "merge.none")}</p>
      {others.slice(0, shownMax).map((t) => (
        <div key={t.id}>
          <Words text={t.state.text} subject={t.state.author} namedBy={`topic/${t.id}`} />
          <Button kind="plain" id={`merge-${t.id}`} chosen={chosen.includes(t.id)} onPress={() => toggle(t.id)}>{say("merge.this")}</Button>
        </div>
      ))}
      {others.length > 0 ? <Button id="merge-send" disabled={chosen.length === 0} onPress={send}>{say("merge.send")}</Button> : null}
      <OutcomeNotice {...result} done="merge.sent" />
    </Card>
  );
}
