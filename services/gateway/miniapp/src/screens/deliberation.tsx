import { useState } from "react";
import type { components, Device, Outcome } from "@renlin/client";
import { gateway } from "@/core/session";
import { useLoad } from "@/core/load";
import { useSettings, useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Field, Notice, Row, Show } from "@/parts/basics";
import { Helping, useHelping, type HelpingFor } from "@/parts/helping";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { Until, When } from "@/parts/when";
import { Words } from "@/parts/words";
import { mattersOf, titleOf, type Rulebook, type Topic } from "@/models/matters";
import type { Shown } from ".";

type S = components["schemas"];
type Deliberated = S["proposal.deliberation.Deliberation"];
type Said = S["proposal.deliberation.Statement"];

const page = 5; // statements that are opened at once: each reading is on the record

/** Deliberation shows what was said, and takes what one thinks of it: agree, disagree, pass. */
export function Deliberation({ device, params }: Shown) {
  const say = useWords();
  const { language } = useSettings();
  const [shown, more] = useState(page);
  const path = `deliberation/${params.id}`;
  const loaded = useLoad(async (d) => {
    const found = await d.record<Deliberated>(path);
    if (!found) return undefined;
    const statements = (await d.records<Said>(`${path}/statement`)).sort((a, b) => a.state.submitted_at - b.state.submitted_at);
    const topics = await Promise.all((found.body.topics || []).slice(0, page).map(async (id) => ({ id, topic: await d.record<Topic>(`topic/${id}`) })));
    return { deliberation: found.body, statements, topics, matters: mattersOf((await d.record<Rulebook>("rulebook/main"))?.body) };
  }, [path]);
  const helping = useHelping(device, "STATEMENTS", { matter: loaded.value && loaded.value.deliberation.matter });
  return (
    <Show of={loaded}>
      {(value) => {
        if (!value) return <Notice kind="bad">{say("gone")}</Notice>;
        const { deliberation, statements, topics, matters } = value;
        const open = deliberation.state === "open" && deliberation.closes_at > gateway.now();
        return (
          <>
            <Card title={titleOf(matters, deliberation.matter, language)}>
              <p>{open ? <Until at={deliberation.closes_at} /> : <>{say("stage.closed")} · <When at={deliberation.closed_at || deliberation.closes_at} /></>}</p>
              <p className="quiet">{say("talk.why", { n: deliberation.supporters, need: deliberation.threshold, all: deliberation.active_members })}</p>
              {topics.map(({ id, topic }) => topic && <Words key={id} text={topic.body.text} subject={topic.body.author} namedBy={`topic/${id}`} />)}
            </Card>
            {open ? <Helping {...helping} /> : null}
            <h2 className="card-title">{say("talk.statements", { n: statements.length })}</h2>
            {statements.slice(0, shown).map((s) => <Statement key={s.id} deliberation={params.id} id={s.id} said={s.state} open={open} helping={helping} />)}
            {statements.length > shown ? <Button kind="plain" onPress={() => more(shown + page)}>{say("talk.more")}</Button> : null}
            {open ? <Say path={path} id={params.id} again={loaded.again} helping={helping} /> : null}
            {deliberation.motion ? <div className="rows"><Row to="polls" title={say("talk.motion")} /></div> : null}
          </>
        );
      }}
    </Show>
  );
}

const attitudes = ["AGREE", "DISAGREE", "PASS"] as const;

function Statement({ deliberation, id, said, open, helping }: { deliberation: string; id: string; said: Said; open: boolean; helping: HelpingFor }) {
  const say = useWords();
  const result = useOutcome();
  const path = `deliberation/${deliberation}/statement/${id}`;
  const mine = useLoad(async (d) => ({ device: d, reaction: (await d.record<S["proposal.deliberation.Reaction"]>(`${path}/reaction/${helping.whom || d.member}`))?.body }),
    [path, helping.whom]);
  const react = async (device: Device, attitude: (typeof attitudes)[number]): Promise<void> => {
    const message = { deliberation, statement: id, attitude: `ATTITUDE_${attitude}` as const, ...helping.body };
    await result.watch(device.write("proposal.react", { deliberation, statement: id }, message, { about: path, once: `${path} ${attitude} ${helping.whom || ""}` }));
    mine.again();
  };
  return (
    <Card>
      <Words text={said.text} subject={said.author} namedBy={path} />
      <p className="quiet"><When at={said.submitted_at} /></p>
      <Show of={mine}>
        {({ device, reaction }) => (open ? (
          <div className="choices">
            {attitudes.map((a) => (
              <Button kind="plain" key={a} chosen={reaction !== undefined && reaction.attitude === a.toLowerCase()} onPress={() => react(device, a)}>
                {say(`talk.${a.toLowerCase()}` as Word)}
              </Button>
            ))}
          </div>
        ) : null)}
      </Show>
      <OutcomeNotice {...result} done="talk.reacted" />
    </Card>
  );
}

function Say({ path, id, again, helping }: { path: string; id: string; again: () => void; helping: HelpingFor }) {
  const say = useWords();
  const [text, setText] = useState("");
  const result = useOutcome();
  const device = useLoad(async (d) => d);
  const send = async (d: Device): Promise<void> => {
    const words = { subject: helping.whom || d.member, text: text.trim(), field: "text" };
    const write: Promise<Outcome> = d.write("proposal.submit", { deliberation: id }, { deliberation: id, ...helping.body },
      { about: path, words, once: `${path} ${words.subject} ${words.text}` });
    const outcome = await result.watch(write);
    if (outcome && outcome.state !== "refused") setText("");
    again();
  };
  return (
    <Card title={say("talk.say")}>
      <Field id="statement" label={say("talk.words")} value={text} onType={setText} long hint={say("talk.hint")} />
      <Button id="say" disabled={text.trim() === ""} onPress={() => device.value && send(device.value)}>{say("talk.send")}</Button>
      <OutcomeNotice {...result} done="talk.sent" />
    </Card>
  );
}
