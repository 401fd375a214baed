import { useState } from "react";
import { useLoad } from "@/core/load";
import { usePulse } from "@/core/pulse";
import { useSettings, useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Field, Notice, Show } from "@/parts/basics";
import { Helping, useHelping, type HelpingFor } from "@/parts/helping";
import { Pictures } from "@/parts/pictures";
import { Words } from "@/parts/words";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { Until } from "@/parts/when";
import { jobOf, kindsOf, kindTitle, reasons, type Assignment, type Job, type Need, type Reason } from "@/models/needs";
import { quantityOf } from "@/models/aid";
import type { Rulebook } from "@/models/matters";
import type { Shown } from ".";

/** JobScreen is an assignment: for whoever is asked or serves, and for whoever was helped, who says what came. */
export function JobScreen({ device, params }: Shown) {
  const say = useWords();
  const { language } = useSettings();
  const loaded = useLoad(async (d) => {
    const a = (await d.record<Assignment>(`assignment/${params.id}`))?.body;
    const { body: mine } = await d.read("gateway.matching_mine");
    const need = a && (await d.record<Need>(`need/${a.need}`).catch(() => undefined))?.body;
    return { a, need, mine, kinds: kindsOf((await d.record<Rulebook>("rulebook/main"))?.body, language) };
  }, [params.id, language]);
  const helping = useHelping(device, "NEEDS");
  usePulse(loaded.again);
  return (
    <Show of={loaded}>
      {({ a, need, mine, kinds }) => {
        if (!a) return <Notice kind="bad">{say("job.gone")}</Notice>;
        const job = jobOf(a, mine.providers);
        return (
          <>
            <Card title={`${kindTitle(kinds, a.skill)} × ${a.quantity}`}>
              <p className="lead" id="state">{say(`coming.${a.state}` as Word)}</p>
              {job.until ? <p><Until at={job.until} /></p> : null}
              {need && job.part === "serving" ? <Asked need={need} namedBy={`assignment/${params.id}`} /> : null}
            </Card>
            {job.can.length > 0 ? <Answer id={params.id} a={a} job={job} device={device} again={loaded.again} /> : null}
            {a.state === "done" && (a.beneficiary === device.member || helping.mandates.some((m) => m.terms.principal === a.beneficiary)) ? <Confirm helping={helping} id={params.id} a={a} device={device} again={loaded.again} /> : null}
          </>
        );
      }}
    </Show>
  );
}

/** Asked is what somebody has written with their need, and their pictures: for whoever is on the way, once they ask for it. */
function Asked({ need, namedBy }: { need: Need; namedBy: string }) {
  const say = useWords();
  const [open, setOpen] = useState(false);
  if (!open) return <Button kind="plain" id="job-asked" onPress={() => setOpen(true)}>{say("job.asked")}</Button>;
  const of = { subject: need.beneficiary, namedBy, purpose: "PURPOSE_SERVICE" };
  return <><Words text={{ ref: need.text }} {...of} /><Pictures pictures={need.pictures} {...of} /></>;
}

type Part = { id: string; a: Assignment; device: Shown["device"]; again: () => void };

function Answer({ id, a, job, device, again }: Part & { job: Job }) {
  const say = useWords();
  const result = useOutcome();
  const [no, setNo] = useState(false);
  const [brought, setBrought] = useState(String(a.quantity));
  const [said, setSaid] = useState("");
  const write = async (step: ReturnType<typeof device.write>): Promise<void> => {
    await result.watch(step);
    again();
  };
  const about = `assignment/${id}`, at = { assignment: id };
  const refuse = (reason: Reason): Promise<void> =>
    write(device.write("matching.refuse", at, { ...at, provider: job.provider, reason: `REASON_${reason}` }, { about, once: `refuse ${id} ${reason}` }));
  const many = quantityOf(brought);
  return (
    <Card>
      <OutcomeNotice {...result} done="job.done" />
      {job.can.includes("accept") ? (
        <Button id="accept" onPress={() => write(device.write("matching.accept", at, { ...at, provider: job.provider }, { about, once: `accept ${id}` }))}>{say("job.accept")}</Button>
      ) : null}
      {job.can.includes("start") ? <Button id="start" onPress={() => write(device.write("matching.start", at, at, { about, once: `start ${id}` }))}>{say("job.start")}</Button> : null}
      {job.can.includes("check_in") ? (
        <Button kind="plain" onPress={() => write(device.write("matching.check_in", at, at, { about, once: `check in ${id}` }))}>{say("job.check_in")}</Button>
      ) : null}
      {job.can.includes("complete") ? (
        <>
          <Field id="brought" label={say("job.brought")} value={brought} onType={setBrought} max={6} type="tel" />
          <Field id="job-words" label={say("job.words")} value={said} onType={setSaid} long hint={say("job.words_hint")} max={600} />
          <Button id="complete" disabled={!many || many > a.quantity || said.trim() === ""} onPress={() => write(device.write("matching.complete", at,
            { ...at, quantity: String(many) }, { about, once: `complete ${id} ${many} ${said}`, words: { subject: device.member, text: said.trim(), field: "evidence" } }))}>
            {say("job.complete")}
          </Button>
        </>
      ) : null}
      {no ? (
        <>
          <p>{say("job.why")}</p>
          <div className="choices">
            {reasons.map((r) => <Button kind="plain" key={r} id={`why-${r}`} onPress={() => refuse(r)}>{say(`reason.${r}` as Word)}</Button>)}
          </div>
        </>
      ) : <Button kind="plain" id="refuse" onPress={() => setNo(true)}>{job.part === "asked" ? say("job.refuse") : say("job.give_up")}</Button>}
      <p className="quiet">{say("job.free")}</p>
    </Card>
  );
}

function Confirm({ id, a, device, again, helping }: Part & { helping: HelpingFor }) {
  const say = useWords();
  const result = useOutcome();
  const [came, setCame] = useState(String(a.delivered));
  const many = /^\d{1,6}$/.test(came.trim()) ? Number(came.trim()) : undefined;
  const send = async (n: number): Promise<void> => {
    await result.watch(device.write("matching.confirm", { assignment: id }, { assignment: id, quantity: String(n), ...helping.body },
      { about: `assignment/${id}`, once: `confirm ${id} ${n} ${helping.whom || ""}` }));
    again();
  };
  return (
    <Card title={say("confirm.title")}>
      {a.beneficiary === device.member ? null : <Helping {...helping} />}
      <OutcomeNotice {...result} done="confirm.done" />
      <Button id="came-all" onPress={() => send(a.delivered)}>{say("confirm.all", { n: a.delivered })}</Button>
      <Field id="came" label={say("confirm.how_many")} value={came} onType={setCame} max={6} type="tel" />
      <Button kind="plain" id="came-some" disabled={many === undefined || many > a.delivered} onPress={() => send(many as number)}>{say("confirm.some")}</Button>
      <p className="quiet">{say("confirm.note")}</p>
    </Card>
  );
}
