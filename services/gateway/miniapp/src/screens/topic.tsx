import type { components, Outcome } from "@renlin/client";
import { useLoad } from "@/core/load";
import { useSettings, useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Notice, Row, Show } from "@/parts/basics";
import { Helping, useHelping } from "@/parts/helping";
import { Merges } from "@/parts/merges";
import { Pictures } from "@/parts/pictures";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { When } from "@/parts/when";
import { Words } from "@/parts/words";
import { mattersOf, titleOf, type Rulebook, type Topic as Raised } from "@/models/matters";
import type { Shown } from ".";

type Second = components["schemas"]["proposal.topic.Second"];

/** Topic shows what somebody raised, and lets one support it, or take one's own back. */
export function Topic({ device, params }: Shown) {
  const say = useWords();
  const { language } = useSettings();
  const result = useOutcome();
  const path = `topic/${params.id}`;
  const loaded = useLoad(async (d) => {
    const topic = await d.record<Raised>(path);
    return topic && {
      topic: topic.body, seconds: (await d.records<Second>(`${path}/second`)).map((s) => s.state.member),
      matters: mattersOf((await d.record<Rulebook>("rulebook/main"))?.body),
    };
  }, [path]);
  const about = { matter: loaded.value && loaded.value.topic.matter };
  const seconding = useHelping(device, "SECONDS", about), raising = useHelping(device, "TOPICS", about);
  const done = async (write: Promise<Outcome>): Promise<void> => {
    await result.watch(write);
    loaded.again();
  };
  const second = (): Promise<void> => done(device.write("proposal.second", { topic: params.id }, { topic: params.id, ...seconding.body },
    { about: path, once: `second ${path} ${seconding.whom || ""}` }));
  const withdraw = (): Promise<void> =>
    done(device.write("proposal.withdraw", { topic: params.id }, { topic: params.id, ...raising.body }, { about: path, once: `withdraw ${path} ${raising.whom || ""}` }));
  return (
    <Show of={loaded}>
      {(value) => {
        if (!value) return <Notice kind="bad">{say("gone")}</Notice>;
        const { topic, seconds, matters } = value;
        const mine = topic.author === device.member, member = seconding.whom || device.member;
        const others = topic.author !== member, seconded = seconds.includes(member);
        const open = topic.state === "open";
        return (
          <>
            <Card title={titleOf(matters, topic.matter, language)}>
              <p className="quiet"><When at={topic.posted_at} /> · {say(`topic.${topic.state}` as Word)}{mine ? ` · ${say("topic.mine")}` : ""}</p>
              <Words text={topic.text} subject={topic.author} namedBy={path} />
              <Pictures pictures={topic.pictures} subject={topic.author} namedBy={path} />
              <p>{say("topic.supporters", { n: seconds.length + 1 })}</p>
            </Card>
            <OutcomeNotice {...result} done="topic.done" />
            {open ? <Helping {...seconding} /> : null}
            {open && others && seconded ? <Notice kind="good">{say(seconding.whom ? "topic.seconded_for" : "topic.seconded")}</Notice> : null}
            {open && others && !seconded ? <Button id="second" onPress={second}>{say("topic.second")}</Button> : null}
            {open && !mine && raising.mandates.some((m) => m.terms.principal === topic.author) ? <Helping {...raising} /> : null}
            {open && topic.author === (raising.whom || device.member) ? <Button kind="plain" id="withdraw" onPress={withdraw}>{say("topic.withdraw")}</Button> : null}
            <Merges device={device} id={params.id} topic={topic} again={loaded.again} />
            {topic.deliberation ? (
              <div className="rows"><Row to="deliberation" params={{ id: topic.deliberation }} title={say("topic.to_deliberation")} /></div>
            ) : null}
          </>
        );
      }}
    </Show>
  );
}
