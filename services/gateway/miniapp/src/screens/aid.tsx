import { useState } from "react";
import { newId, type Device } from "@renlin/client";
import { store } from "@/core/platform";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Field, Notice, Row, Show } from "@/parts/basics";
import { Help } from "@/parts/help";
import { ownFile } from "@/parts/checkin";
import { Consents } from "@/parts/consents";
import { OwnFile } from "@/parts/file";
import { Helping, useHelping } from "@/parts/helping";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { Until } from "@/parts/when";
import { categoriesOf, quantityOf, unitOf } from "@/models/aid";
import type { Rulebook } from "@/models/matters";
import type { Shown } from ".";

// fileOf is the file of whom one helps, if there is one.
async function fileOf(d: Device, principal: string): Promise<string | undefined> {
  const { body } = await d.read("gateway.own_aid_files", {}, { principal });
  const found = body.files.find((f) => f.as === "person");
  return found && found.beneficiary;
}

/** Aid asks the committee and the street for help, and shows what one has asked for. What is said goes into the vault under one's own file. */
export function Aid({ device }: Shown) {
  const say = useWords();
  const result = useOutcome();
  const [category, setCategory] = useState("");
  const [text, setText] = useState("");
  const [many, setMany] = useState("1");
  const helping = useHelping(device, "AID");
  const loaded = useLoad(async (d) => {
    const { body } = await d.read("gateway.own_aid_cases");
    const own = body.cases.filter((c) => ["person", "proxy"].includes(c.as));
    const beneficiary = helping.whom ? await fileOf(d, helping.whom) : await ownFile(d);
    return { cases: helping.whom ? [] : own, beneficiary, categories: categoriesOf((await d.record<Rulebook>("rulebook/main"))?.body) };
  }, [helping.whom]);
  const quantity = quantityOf(many);
  const send = async (known?: string): Promise<void> => {
    let beneficiary = known;
    if (!beneficiary) {
      beneficiary = await newId();
      const opened = await result.watch(device.write("aid.register", {}, { beneficiary, member: helping.whom || device.member, ...helping.body },
        { about: "beneficiary", once: `file ${helping.whom || ""}` }));
      if (!opened || opened.state === "refused") return;
      if (!helping.whom) await store.set("aid/file", beneficiary);
    }
    const body = { beneficiary, channel: helping.whom ? "REQUEST_CHANNEL_HELPER" : "REQUEST_CHANNEL_SELF", ...helping.body, category, urgency: "URGENCY_ORDINARY", quantity: String(quantity), unit: unitOf(category) };
    const words = { subject: beneficiary, text: text.trim(), field: "text" };
    const outcome = await result.watch(device.write("aid.request", {}, body as never, { about: "aid", words, once: `aid ${beneficiary} ${category} ${quantity} ${words.text}` }));
    if (outcome && outcome.state === "done") setText("");
    loaded.again();
  };
  return (
    <>
      <Notice>{say("aid.danger")}</Notice>
      <Help />
      <Helping {...helping} />
      <Show of={loaded}>
        {({ cases, beneficiary, categories }) => (
          <>
            {helping.whom ? null : <Card title={say("aid.mine")}>
              {cases.length === 0 ? <p className="quiet">{say("aid.none")}</p> : null}
              <div className="rows">
                {cases.map((c) => <Row key={c.case} to="case" params={{ id: c.case }} title={say(`case.${c.state}` as Word)} note={<Until at={c.resolve_by} />} />)}
              </div>
            </Card>}
            <Card title={say("aid.ask")}>
              <div className="choices">
                {categories.map((c) => <Button kind="plain" key={c} id={`aid-${c}`} chosen={c === category} onPress={() => setCategory(c)}>{say(`aidfor.${c}` as Word)}</Button>)}
              </div>
              <Field id="aid-words" label={say("aid.words")} value={text} onType={setText} long hint={say("aid.hint")} />
              <Field id="aid-many" label={say("aid.many", { unit: category ? say(`unit.${unitOf(category)}` as Word) : "" })} value={many} onType={setMany} max={6} type="tel" />
              <Button id="aid-send" disabled={category === "" || text.trim() === "" || !quantity} onPress={() => send(beneficiary)}>{say("aid.send")}</Button>
              <OutcomeNotice {...result} done="aid.done" />
            </Card>
            {beneficiary && !helping.whom ? <Consents beneficiary={beneficiary} device={device} /> : null}
            {beneficiary && !helping.whom ? <OwnFile beneficiary={beneficiary} device={device} /> : null}
          </>
        )}
      </Show>
    </>
  );
}
