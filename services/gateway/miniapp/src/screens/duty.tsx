import { useState } from "react";
import { gateway } from "@/core/session";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Field, Notice, Row, Show } from "@/parts/basics";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { Until, When } from "@/parts/when";
import { Words } from "@/parts/words";
import { categoriesOf } from "@/models/aid";
import { checklist, opensCase, outcomes, signalOf, waitingAlerts, type Alert, type Outcome } from "@/models/duty";
import type { Rulebook } from "@/models/matters";
import type { Shown } from ".";

interface Waiting {
  id: string;
  state: Alert;
}

/** Duty is a grid worker's list for the day, and the alerts that somebody must look at. */
export function Duty({ device }: Shown) {
  const say = useWords();
  const loaded = useLoad(async (d) => {
    const alerts = await d.records<Alert>("alert", 200);
    const { body } = await d.read("gateway.own_work_orders");
    const board = (await d.read("gateway.aid_board")).body.cases;
    const forms = (await d.outbox.list()).filter((e) => e.operation === "aid.visit" && !e.refused).length;
    const categories = categoriesOf((await d.record<Rulebook>("rulebook/main"))?.body);
    return { alerts, checks: checklist(gateway.now(), alerts, body.orders, board, forms), categories };
  });
  return (
    <Show of={loaded}>
      {({ alerts, checks, categories }) => (
        <>
          <Card title={say("duty.list")}>
            <ul className="entries">
              {checks.map((c) => (
                <li key={c.what}><strong>{say(`duty.${c.what}` as Word, { n: c.n })}</strong>{c.until ? <> <Until at={c.until} /></> : null}</li>
              ))}
            </ul>
          </Card>
          <div className="rows">
            <Row to="rounds" title={say("rounds.title")} note={say("rounds.note")} />
            <Row to="rollcall" title={say("rollcall.title")} note={say("rollcall.note")} />
            <Row to="intake" title={say("intake.title")} note={say("intake.note")} />
          </div>
          <h2 className="card-title">{say("duty.look")}</h2>
          {waitingAlerts(alerts).length === 0 ? <p className="quiet">{say("duty.quiet")}</p> : null}
          {waitingAlerts(alerts).slice(0, 20).map((a) => <Look key={a.id} alert={a} device={device} categories={categories} again={loaded.again} />)}
        </>
      )}
    </Show>
  );
}

/** Look is one alert: what it says, and what whoever looked says of it. What somebody wrote is opened when it is asked for. */
function Look({ alert, device, categories, again }: { alert: Waiting; device: Shown["device"]; categories: string[]; again: () => void }) {
  const say = useWords();
  const result = useOutcome();
  const [open, setOpen] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();
  const [text, setText] = useState("");
  const [category, setCategory] = useState("visit");
  const { id, state } = alert;
  const send = async (o: Outcome): Promise<void> => {
    const urgency = o === "EMERGENCY" ? "URGENCY_DANGER" : "URGENCY_ORDINARY";
    const body = { alert: id, outcome: `TRIAGE_OUTCOME_${o}`, ...(opensCase(o) ? { category, urgency } : {}) };
    await result.watch(device.write("aid.triage", { alert: id }, body as never, {
      about: `alert/${id}`, once: `triage ${JSON.stringify(body)} ${text}`, words: { subject: state.beneficiary, text: text.trim(), field: "text" },
    }));
    again();
  };
  return (
    <Card title={say(`signal.${signalOf(state)}` as Word)}>
      <p><span className={`mark${state.level > 1 ? " bad" : ""}`}>{say(state.level > 1 ? "signal.alarm" : "signal.warning")}</span> <When at={state.raised_at} /></p>
      <p><Until at={state.triage_by} /></p>
      {state.repeats ? <p className="quiet">{say("signal.repeats", { n: state.repeats })}</p> : null}
      {state.text.ref && !open ? <Button kind="plain" onPress={() => setOpen(true)}>{say("signal.open")}</Button> : null}
      {open ? <Words text={state.text} subject={state.beneficiary} namedBy={`alert/${id}`} purpose="PURPOSE_AID" /> : null}
      <div className="choices">
        {outcomes.map((o) => <Button kind="plain" key={o} id={`triage-${o}-${id}`} chosen={outcome === o} onPress={() => setOutcome(o)}>{say(`triage.${o}` as Word)}</Button>)}
      </div>
      {outcome ? (
        <>
          {outcome === "EMERGENCY" ? <Notice kind="bad">{say("aid.danger")}</Notice> : null}
          {opensCase(outcome) ? (
            <div className="choices">
              {categories.map((c) => <Button kind="plain" key={c} chosen={c === category} onPress={() => setCategory(c)}>{say(`aidfor.${c}` as Word)}</Button>)}
            </div>
          ) : null}
          <Field id={`triage-${id}`} label={say("triage.words")} value={text} onType={setText} long max={600} hint={say("visit.hint")} />
          <Button id={`triage-send-${id}`} disabled={text.trim() === "" || (opensCase(outcome) && !categories.includes(category))} onPress={() => send(outcome)}>{say("triage.send")}</Button>
        </>
      ) : null}
      <OutcomeNotice {...result} done="triage.done" />
    </Card>
  );
}
