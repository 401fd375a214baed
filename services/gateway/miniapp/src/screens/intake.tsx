import { useState } from "react";
import { newId, Refused } from "@renlin/client";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Field, Notice, Show } from "@/parts/basics";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { categoriesOf, purposes, quantityOf, unitOf, type Purpose } from "@/models/aid";
import { wrongIn, type Intake as Written } from "@/models/duty";
import { grouped, readMember } from "@/models/entry";
import type { Rulebook } from "@/models/matters";
import type { Shown } from ".";

const empty: Written = { way: "GRID_WORKER", member: "", category: "", quantity: 1, urgent: false, said: "", agreed: "" };
const asked = purposes.filter((p) => p !== "SENSORS"); // a device at home is agreed on when it is brought

/**
 * Intake takes a request of somebody without a telephone, at the door or on the line: a file is opened, what they agreed to is written down with what
 * shows it, and the request is made in their name and marked with the way it came.
 */
export function Intake({ device }: Shown) {
  const say = useWords();
  const result = useOutcome();
  const [form, setForm] = useState<Written>(empty);
  const [known, setKnown] = useState("");
  const [many, setMany] = useState("1");
  const [given, setGiven] = useState<Purpose[]>([]);
  const [file, setFile] = useState("");
  const loaded = useLoad(async (d) => categoriesOf((await d.record<Rulebook>("rulebook/main"))?.body));
  const member = readMember(form.member), quantity = quantityOf(many), before = readMember(known);
  const wrong = wrongIn({ ...form, quantity }, member) || (given.length > 0 && form.agreed.trim() === "" ? "agreed" : undefined);
  const toggle = (p: Purpose): void => setGiven(given.includes(p) ? given.filter((x) => x !== p) : [...given, p]);
  const send = async (): Promise<void> => {
    const beneficiary = before || file || (await newId());
    setFile(beneficiary); // who presses again goes on with the same file
    const at = { beneficiary }, about = `intake/${beneficiary}`;
    // Each step stands by itself: what is refused as done already was done by the first press.
    const step = async (write: ReturnType<typeof device.write>, done: string[]): Promise<boolean> => {
      const outcome = await write;
      const again = outcome.state === "refused" && outcome.refused instanceof Refused && done.includes(outcome.refused.problem.code || "");
      if (outcome.state !== "refused" || again) return true;
      await result.watch(Promise.resolve(outcome));
      return false;
    };
    if (!before && !(await step(device.write("aid.register", {}, { ...at, ...(member ? { member } : {}) }, { about, once: `intake file ${beneficiary}` }), ["beneficiary.exists"]))) return;
    for (const p of asked.filter((x) => given.includes(x))) {
      const consent = device.write("aid.give_consent", at, { ...at, purpose: `CONSENT_PURPOSE_${p}` } as never, {
        about: `${about}/${p}`, once: `intake ${beneficiary} ${p}`, words: { subject: beneficiary, text: form.agreed.trim(), field: "evidence" },
      });
      if (!(await step(consent, ["consent.given"]))) return;
    }
    const body = {
      ...at, channel: `REQUEST_CHANNEL_${form.way}`, category: form.category, urgency: form.urgent ? "URGENCY_DANGER" : "URGENCY_ORDINARY",
      quantity: String(quantity), unit: unitOf(form.category),
    };
    const words = { subject: beneficiary, text: form.said.trim(), field: "text" };
    const outcome = await result.watch(device.write("aid.request", {}, body as never, { about, words, once: `intake ${JSON.stringify(body)} ${words.text}` }));
    if (outcome && outcome.state !== "refused") {
      setForm(empty);
      setGiven([]);
      setFile("");
      setKnown(beneficiary);
    }
  };
  return (
    <>
      <p>{say("intake.lead")}</p>
      <OutcomeNotice {...result} done="intake.done" />
      {result.outcome && result.outcome.state === "done" ? <Notice>{say("intake.file", { file: grouped(known) })}</Notice> : null}
      <Card title={say("intake.who")}>
        <div className="choices">
          {(["GRID_WORKER", "PHONE"] as const).map((w) => (
            <Button kind="plain" key={w} id={`way-${w}`} chosen={form.way === w} onPress={() => setForm({ ...form, way: w })}>{say(`intake.${w}`)}</Button>
          ))}
        </div>
        <Field id="intake-known" label={say("intake.known")} value={known} onType={setKnown} max={40} hint={say("intake.known_hint")} />
        {before ? null : <Field id="intake-member" label={say("intake.member")} value={form.member} onType={(v) => setForm({ ...form, member: v })} max={40} hint={say("intake.member_hint")} />}
      </Card>
      <Show of={loaded}>
        {(categories) => (
          <Card title={say("intake.what")}>
            <div className="choices">
              {categories.map((c) => <Button kind="plain" key={c} id={`intake-${c}`} chosen={c === form.category} onPress={() => setForm({ ...form, category: c })}>{say(`aidfor.${c}` as Word)}</Button>)}
            </div>
            <Field id="intake-many" label={say("aid.many", { unit: form.category ? say(`unit.${unitOf(form.category)}` as Word) : "" })} value={many} onType={setMany} max={6} type="tel" />
            <Field id="intake-said" label={say("intake.said")} value={form.said} onType={(said) => setForm({ ...form, said })} long max={600} hint={say("visit.hint")} />
            <Button kind="plain" id="intake-urgent" chosen={form.urgent} onPress={() => setForm({ ...form, urgent: !form.urgent })}>{say("intake.urgent")}</Button>
          </Card>
        )}
      </Show>
      <Card title={say("intake.agreed")}>
        <p>{say("intake.agreed_note")}</p>
        <div className="choices">
          {asked.map((p) => <Button kind="plain" key={p} id={`agreed-${p}`} chosen={given.includes(p)} onPress={() => toggle(p)}>{say(`consent.${p}` as Word)}</Button>)}
        </div>
        {given.length > 0 ? <Field id="intake-agreed" label={say("intake.shows")} value={form.agreed} onType={(agreed) => setForm({ ...form, agreed })} max={300} hint={say("intake.shows_hint")} /> : null}
        <Button id="intake-send" disabled={wrong !== undefined} onPress={send}>{say("intake.send")}</Button>
        {wrong ? <p className="hint">{say(`intake.wrong_${wrong}`)}</p> : null}
      </Card>
    </>
  );
}
