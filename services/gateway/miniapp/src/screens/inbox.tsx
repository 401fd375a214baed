import type { components } from "@renlin/client";
import { gateway } from "@/core/session";
import { useLoad } from "@/core/load";
import { policies } from "@/core/policies";
import { useSettings, useWords } from "@/core/settings";
import { Button, Card, Row, Show } from "@/parts/basics";
import { Mandated } from "@/parts/mandated";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { Policies } from "@/parts/policies";
import { Until, When } from "@/parts/when";
import { mattersOf, titleOf, type Rulebook } from "@/models/matters";
import type { Shown } from ".";

type S = components["schemas"];
const last = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Inbox is what this person has been told: votes that wait, deliberations, motions, mandates. */
export function Inbox({ device }: Shown) {
  const say = useWords();
  const { language } = useSettings();
  const result = useOutcome();
  const loaded = useLoad(async (d) => ({
    inbox: (await d.inbox()).body, waiting: await policies(d).then((list) => list.length, () => 0), matters: mattersOf((await d.record<Rulebook>("rulebook/main"))?.body),
  }));
  const acknowledge = async (notice: S["gateway.voterNotice"]): Promise<void> => {
    const message = { poll: notice.poll, voter: device.member, notice: notice.notice };
    const about = `poll/${notice.poll}`;
    await result.watch(device.write("voting.acknowledge_notice", { poll: notice.poll }, message, { about, once: `notice ${about}` }));
    loaded.again();
  };
  return (
    <Show of={loaded}>
      {({ inbox, matters, waiting }) => {
        const nothing = [inbox.notices, inbox.mandates, inbox.deliberation, inbox.motion].every((list) => (list || []).length === 0) && waiting === 0;
        return (
          <>
            <OutcomeNotice {...result} done="inbox.acknowledged" />
            {nothing ? <p className="quiet">{say("inbox.nothing")}</p> : null}
            {(inbox.notices || []).map((n) => (
              <Card key={n.poll} title={say("inbox.vote")}>
                <p><Until at={n.closes_at} /></p>
                <div className="rows"><Row to="poll" params={{ id: n.poll }} title={say("inbox.to_poll")} /></div>
                {n.delivered ? <p className="quiet">{say("inbox.delivered")}</p>
                  : <Button kind="plain" onPress={() => acknowledge(n)}>{say("inbox.acknowledge")}</Button>}
              </Card>
            ))}
            <Policies device={device} />
            <Mandated device={device} notices={inbox.mandates || []} again={loaded.again} />
            <div className="rows">
              {(inbox.deliberation || []).map((r) => {
                const d = r.state as S["proposal.deliberation.Deliberation"];
                const open = d.state === "open" && d.closes_at > gateway.now();
                return <Row key={r.path} to="deliberation" params={{ id: last(r.path) }} title={say("inbox.talk", { matter: titleOf(matters, d.matter, language) })}
                  note={open ? <Until at={d.closes_at} /> : <When at={d.convened_at} />} mark={open ? say("stage.open") : say("stage.closed")} />;
              })}
              {(inbox.motion || []).map((r) => {
                const m = r.state as S["proposal.motion.Motion"];
                const question = m.question as { title?: string } | null;
                return <Row key={r.path} to={m.poll ? "poll" : "polls"} params={m.poll ? { id: m.poll } : {}} note={<When at={m.put_at} />}
                  title={say("inbox.motion", { title: (question && question.title) || titleOf(matters, m.matter, language) })} />;
              })}
            </div>
          </>
        );
      }}
    </Show>
  );
}
