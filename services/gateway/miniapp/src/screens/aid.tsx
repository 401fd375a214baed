import { useState } from "react";
import { newId, Refused, type Device } from "@renlin/client";
import { useDraft } from "@/core/drafts";
import { store } from "@/core/platform";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Field, Notice, Row, Show } from "@/parts/basics";
import { Help } from "@/parts/help";
import { Consents } from "@/parts/consents";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { Until } from "@/parts/when";
import { categoriesOf, quantityOf, unitOf, type Case } from "@/models/aid";
import type { Rulebook } from "@/models/matters";
import type { Shown } from ".";

const file = "aid/file";

// keptFile is the file that this device has opened, unless it is known that there is none: one that was opened without a network may be refused.
async function keptFile(d: Device): Promise<string | undefined> {
  const kept = await store.get(file);
  if (!kept || (await d.outbox.list()).some((e) => e.operation === "aid.register" && !e.refused)) return kept;
  try {
    return (await d.record(`beneficiary/${kept}`)) && kept;
  } catch (error) {
    return error instanceof Refused && !error.temporary ? undefined : kept;
  }
}

/** Aid asks the committee and the street for help, and shows what one has asked for. What is said goes into the vault under one's own file. */
export function Aid({ device }: Shown) {
  const say = useWords();
  const result = useOutcome();
  const [category, setCategory] = useState("");
  const [text, setText] = useDraft("draft/aid");
  const [many, setMany] = useState("1");
  const loaded = useLoad(async (d) => {
    const { body } = await d.read("gateway.own_aid_cases");
    const own = body.cases.filter((c) => ["person", "proxy"].includes(c.as));
    const first = own[0] && (await d.record<Case>(`aid-case/${own[0].case}`))?.body;
    const beneficiary = first ? first.beneficiary : await keptFile(d);
    return { cases: own, beneficiary, categories: categoriesOf((await d.record<Rulebook>("rulebook/main"))?.body) };
  });
  const quantity = quantityOf(many);
  const send = async (known?: string): Promise<void> => {
    let beneficiary = known;
    if (!beneficiary) {
      beneficiary = await newId();
      const opened = await result.watch(device.write("aid.register", {}, { beneficiary, member: device.member }, { about: "beneficiary", once: "file" }));
      if (!opened || opened.state === "refused") return;
      await store.set(file, beneficiary);
    }
    const body = { beneficiary, channel: "REQUEST_CHANNEL_SELF", category, urgency: "URGENCY_ORDINARY", quantity: String(quantity), unit: unitOf(category) };
    const words = { subject: beneficiary, text: text.trim(), field: "text" };
    const outcome = await result.watch(device.write("aid.request", {}, body as never, { about: "aid", words, once: `aid ${category} ${quantity} ${words.text}` }));
    if (outcome && outcome.state === "done") setText("");
    loaded.again();
  };
  return (
    <>
      <Notice>{say("aid.danger")}</Notice>
      <Help />
      <Show of={loaded}>
        {({ cases, beneficiary, categories }) => (
          <>
            <Card title={say("aid.mine")}>
              {cases.length === 0 ? <p className="quiet">{say("aid.none")}</p> : null}
              <div className="rows">
                {cases.map((c) => <Row key={c.case} to="case" params={{ id: c.case }} title={say(`case.${c.state}` as Word)} note={<Until at={c.resolve_by} />} />)}
              </div>
            </Card>
            <Card title={say("aid.ask")}>
              <div className="choices">
                {categories.map((c) => <Button kind="plain" key={c} id={`aid-${c}`} chosen={c === category} onPress={() => setCategory(c)}>{say(`aidfor.${c}` as Word)}</Button>)}
              </div>
              <Field id="aid-words" label={say("aid.words")} value={text} onType={setText} long hint={say("aid.hint")} />
              <Field id="aid-many" label={say("aid.many", { unit: category ? say(`unit.${unitOf(category)}` as Word) : "" })} value={many} onType={setMany} max={6} type="tel" />
              <Button id="aid-send" disabled={category === "" || text.trim() === "" || !quantity} onPress={() => send(beneficiary)}>{say("aid.send")}</Button>
              <OutcomeNotice {...result} done="aid.done" />
            </Card>
            {beneficiary ? <Consents beneficiary={beneficiary} device={device} /> : null}
          </>
        )}
      </Show>
    </>
  );
}
