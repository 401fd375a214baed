import { useState } from "react";
import type { Device } from "@renlin/client";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import { Button, Card, Field, Notice, Show } from "./basics";
import { Helping, useHelping } from "./helping";
import { OutcomeNotice, useOutcome } from "./outcome";
import { Until } from "./when";

/** Objection takes what somebody on the roll finds wrong with a count, once, while objections are taken. */
export function Objection({ device, poll, until, matter }: { device: Device; poll: string; until: number; matter: string }) {
  const say = useWords();
  const result = useOutcome();
  const [text, setText] = useState("");
  const helping = useHelping(device, "OBJECTIONS", { matter, poll });
  const whom = helping.whom || device.member;
  const loaded = useLoad(async (d) => ({ objected: (await d.record<unknown>(`poll/${poll}/objection/${whom}`)) !== undefined }), [poll, whom]);
  const send = async (): Promise<void> => {
    await result.watch(device.write("voting.object", { poll }, { poll, ...helping.body }, {
      about: `poll/${poll}`, once: `object ${poll} ${whom} ${text}`, words: { subject: whom, text: text.trim(), field: "text" },
    }));
    loaded.again();
  };
  return (
    <Card title={say("objection.title")}>
      <p>{say("objection.lead")}</p>
      <p className="quiet"><Until at={until} /></p>
      <Helping {...helping} />
      <Show of={loaded}>
        {({ objected }) => (objected ? <Notice kind="good">{say("objection.stands")}</Notice> : (
          <>
            <Field id="objection" label={say("objection.words")} value={text} onType={setText} long hint={say("raise.hint")} />
            <Button id="object" disabled={text.trim() === ""} onPress={send}>{say("objection.send")}</Button>
          </>
        ))}
      </Show>
      <OutcomeNotice {...result} done="objection.done" />
    </Card>
  );
}
