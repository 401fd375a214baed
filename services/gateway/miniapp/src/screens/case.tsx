import { useState } from "react";
import { useDraft } from "@/core/drafts";
import { gateway } from "@/core/session";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Field, Notice, Show } from "@/parts/basics";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { Until } from "@/parts/when";
import { deedsOf, figuresOf, type Case } from "@/models/aid";
import type { Shown } from ".";

/** CaseScreen is one request for help: what was asked, approved, brought and confirmed, and what its person can do. */
export function CaseScreen({ device, params }: Shown) {
  const say = useWords();
  const result = useOutcome();
  const [text, setText, clear] = useDraft(`draft/appeal/${params.id}`);
  const [came, setCame] = useState("");
  const loaded = useLoad(async (d) => (await d.record<Case>(`aid-case/${params.id}`))?.body, [params.id]);
  const at = { case: params.id };
  const about = `aid-case/${params.id}`;
  const write = async (step: ReturnType<typeof device.write>): Promise<void> => {
    const outcome = await result.watch(step);
    if (outcome && outcome.state === "done") clear();
    loaded.again();
  };
  const acknowledge = (n: number, settled: boolean): Promise<void> =>
    write(device.write("aid.acknowledge", at, { ...at, quantity: String(n), settled }, { about, once: `acknowledge ${params.id} ${n} ${settled}` }));
  return (
    <Show of={loaded}>
      {(c) => {
        if (!c) return <Notice kind="bad">{say("case.gone")}</Notice>;
        const deeds = deedsOf(c, gateway.now());
        const numbers = figuresOf(c);
        const some = /^\d{1,6}$/.test(came.trim()) ? Number(came.trim()) : undefined;
        return (
          <>
            <Card title={say(`aidfor.${c.category}` as Word)}>
              <p className="lead">{say(`case.${c.state}` as Word)}</p>
              <p>{say("case.figures", numbers)}</p>
              <p className="quiet"><Until at={c.resolve_by} /></p>
              {(c.missed || []).length > 0 ? <Notice kind="bad">{say("case.missed")}</Notice> : null}
              {c.appealed_at ? <Notice>{say("case.appealed")}</Notice> : null}
            </Card>
            <OutcomeNotice {...result} done="case.done" />
            {deeds.includes("confirm") ? (
              <Card title={say("case.came")}>
                <Button id="case-confirm" onPress={() => acknowledge(c.delivered, true)}>{say("case.all_came", { n: c.delivered })}</Button>
                <Field id="case-came" label={say("case.how_many")} value={came} onType={setCame} max={6} type="tel" />
                <Button kind="plain" id="case-dispute" disabled={some === undefined || some > c.delivered} onPress={() => acknowledge(some as number, false)}>{say("case.dispute")}</Button>
                <p className="quiet">{say("case.dispute_note")}</p>
              </Card>
            ) : null}
            {deeds.includes("appeal") ? (
              <Card title={say("case.appeal")}>
                <p>{say("case.appeal_note")}</p>
                <Field id="case-appeal" label={say("case.appeal_words")} value={text} onType={setText} long />
                <Button id="case-appeal-send" disabled={text.trim() === ""} onPress={() => write(device.write("aid.appeal", at, at,
                  { about, once: `appeal ${params.id} ${text}`, words: { subject: c.beneficiary, text: text.trim(), field: "text" } }))}>{say("case.appeal_send")}</Button>
              </Card>
            ) : null}
            {deeds.includes("withdraw_appeal") ? (
              <Button kind="plain" onPress={() => write(device.write("aid.withdraw_appeal", at, at, { about, once: `unappeal ${params.id}` }))}>{say("case.withdraw_appeal")}</Button>
            ) : null}
            {deeds.includes("withdraw") ? (
              <Button kind="plain" onPress={() => write(device.write("aid.withdraw", at, at, { about, once: `withdraw ${params.id}` }))}>{say("case.withdraw")}</Button>
            ) : null}
          </>
        );
      }}
    </Show>
  );
}
