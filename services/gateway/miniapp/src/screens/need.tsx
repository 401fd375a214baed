import { useState } from "react";
import { useLoad } from "@/core/load";
import { usePulse } from "@/core/pulse";
import { useSettings, useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Notice, Row, Show } from "@/parts/basics";
import { Helping, useHelping } from "@/parts/helping";
import { Pictures } from "@/parts/pictures";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { Until, When } from "@/parts/when";
import { grouped } from "@/models/entry";
import { canWithdraw, comer, kindsOf, kindTitle, replaced, stageOf, standbys, stepsOf, type Assignment, type Need } from "@/models/needs";
import type { Rulebook } from "@/models/matters";
import type { Shown } from ".";

/** NeedScreen shows where a need stands: who is asked, who comes, and who stepped in when somebody could not. */
export function NeedScreen({ device, params }: Shown) {
  const say = useWords();
  const { language } = useSettings();
  const result = useOutcome();
  const [sure, setSure] = useState(false);
  const loaded = useLoad(async (d) => {
    const need = (await d.record<Need>(`need/${params.id}`))?.body;
    const kinds = kindsOf((await d.record<Rulebook>("rulebook/main"))?.body, language);
    const live = await Promise.all(((need && need.live) || []).map(async (id) => ({ id, a: (await d.record<Assignment>(`assignment/${id}`))?.body })));
    return { need, kinds, live: live.filter((x): x is { id: string; a: Assignment } => x.a !== undefined) };
  }, [params.id, language]);
  const helping = useHelping(device, "NEEDS");
  usePulse(loaded.again);
  const withdraw = async (): Promise<void> => {
    await result.watch(device.write("matching.withdraw_need", { need: params.id }, { need: params.id, ...helping.body },
      { about: `need/${params.id}`, once: `withdraw ${params.id} ${helping.whom || ""}` }));
    setSure(false);
    loaded.again();
  };
  return (
    <Show of={loaded}>
      {({ need, kinds, live }) => (need ? (
        <>
          <Card title={kindTitle(kinds, need.skill)}>
            <p className="lead" id="stage">{say(`need.${stageOf(need, live.map((x) => x.a))}` as Word)}</p>
            <p>{say("need.figures", { quantity: need.quantity, served: need.served, waiting: need.waiting })}</p>
            <p className="quiet"><When at={need.raised_at} /></p>
            <Pictures pictures={need.pictures} subject={need.beneficiary} namedBy={`need/${params.id}`}
              purpose={need.beneficiary === device.member ? "PURPOSE_OWN" : "PURPOSE_SERVICE"} />
          </Card>
          {live.map(({ id, a }) => <Coming key={id} id={id} a={a} />)}
          {helping.mandates.some((m) => m.terms.principal === need.beneficiary) ? <Helping {...helping} /> : null}
          <OutcomeNotice {...result} done="need.withdrawn" />
          {!canWithdraw(need) ? null : sure
            ? <Button kind="danger" id="withdraw" onPress={withdraw}>{say("need.withdraw_sure")}</Button>
            : <Button kind="plain" onPress={() => setSure(true)}>{say("need.withdraw")}</Button>}
        </>
      ) : <Notice kind="bad">{say("need.gone")}</Notice>)}
    </Show>
  );
}

function Coming({ id, a }: { id: string; a: Assignment }) {
  const say = useWords();
  const who = comer(a);
  return (
    <Card title={say(`coming.${a.state}` as Word)}>
      {who ? <p className="comer">{say(who.part === "asked" ? "coming.is_asked" : "coming.comes", { who: grouped(who.provider).slice(0, 9) })}</p> : null}
      {replaced(a) ? <Notice kind="good">{say("coming.replaced")}</Notice> : null}
      <ol className="steps">
        {stepsOf(a).map((s, i) => <li key={i}><When at={s.at} /> {say(`step.${s.why}` as Word)}</li>)}
      </ol>
      <p className="quiet">{say("coming.standbys", { n: standbys(a) })}</p>
      {a.state === "done" ? <Row to="job" params={{ id }} title={say("needs.confirm")} note={a.confirm_by ? <Until at={a.confirm_by} /> : null} mark="!" /> : null}
    </Card>
  );
}
