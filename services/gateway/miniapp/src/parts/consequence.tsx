// What came of a vote: objections while the count may be questioned, and then what was done with what was adopted.
import type { Device } from "@renlin/client";
import { useDraft } from "@/core/drafts";
import { gateway } from "@/core/session";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Field, Notice, Row, Show } from "@/parts/basics";
import { Helping, useHelping } from "@/parts/helping";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { Until, When } from "@/parts/when";
import { Words } from "@/parts/words";
import { stepsOf, type Motion } from "@/models/motions";
import type { Poll } from "@/models/polls";

/** Objections: one for each voter, while the rules let the count be questioned. Others see how many there are. */
export function Objections({ device, id, poll, again }: { device: Device; id: string; poll: Poll; again: () => void }) {
  const say = useWords();
  const path = `poll/${id}`;
  const [text, type, clear] = useDraft(`draft/objection/${id}`);
  const result = useOutcome();
  const helping = useHelping(device, "OBJECTIONS", { matter: poll.matter, poll: id });
  const whom = helping.whom || device.member;
  const open = Boolean(poll.tally) && !poll.certified && (poll.objections_until || 0) > gateway.now();
  const loaded = useLoad(async (d) => {
    const all = poll.tally ? await d.records<unknown>(`${path}/objection`) : [];
    return { count: all.length, mine: all.some((o) => o.id === whom) };
  }, [path, open, whom]);
  if (!poll.tally) return null;
  const send = async (): Promise<void> => {
    const words = { subject: whom, text: text.trim(), field: "text" };
    const outcome = await result.watch(device.write("voting.object", { poll: id }, { poll: id, ...helping.body },
      { about: path, words, once: `object ${id} ${whom} ${words.text}` }));
    if (outcome && outcome.state !== "refused") clear();
    loaded.again();
    again();
  };
  return (
    <Show of={loaded}>
      {({ count, mine }) => (!open && count === 0 ? null : (
        <Card title={say("objection.title")}>
          <p>{say("objection.count", { n: count })}</p>
          {open && poll.objections_until ? <p className="quiet"><Until at={poll.objections_until} /></p> : null}
          {open ? <Helping {...helping} /> : null}
          {mine ? <Notice kind="good">{say("objection.mine")}</Notice> : null}
          {open && !mine ? (
            <>
              <Field id="objection" label={say("objection.words")} value={text} onType={type} long hint={say("objection.hint")} />
              <Button id="object" kind="plain" disabled={text.trim() === ""} onPress={send}>{say("objection.send")}</Button>
              <OutcomeNotice {...result} done="objection.mine" />
            </>
          ) : null}
        </Card>
      ))}
    </Show>
  );
}

/** Consequence tells what was done with a motion, or is awaited. */
export function Consequence({ motion }: { motion: string }) {
  const say = useWords();
  const path = `motion/${motion}`;
  const loaded = useLoad(async (d) => (await d.record<Motion>(path))?.body, [path]);
  return (
    <Show of={loaded}>
      {(m) => {
        if (!m) return null;
        const steps = stepsOf(m);
        const appeal = m.veto && m.veto.appeal && m.veto.appeal.poll;
        return (
          <>
            {steps.length > 0 ? (
              <Card title={say("motion.title")}>
                {steps.map((s, i) => (
                  <p key={i} className={s.awaited ? "quiet" : ""}>
                    {say(`motion.${s.name}` as Word)}{s.at ? <> · <When at={s.at} /></> : null}
                  </p>
                ))}
                {m.veto ? <Words text={m.veto.reason} subject={m.veto.guardian} namedBy={path} /> : null}
              </Card>
            ) : null}
            <div className="rows">
              {appeal ? <Row to="poll" params={{ id: appeal }} title={say("motion.to_appeal")} /> : null}
              {m.deliberation ? <Row to="deliberation" params={{ id: m.deliberation }} title={say("topic.to_deliberation")} /> : null}
            </div>
          </>
        );
      }}
    </Show>
  );
}
