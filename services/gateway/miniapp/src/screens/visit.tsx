import { useState } from "react";
import { useDraftOf } from "@/core/drafts";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Field, Notice, Show } from "@/parts/basics";
import { Alarm } from "@/parts/alarm";
import { Attach, usePictures } from "@/parts/pictures";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { Until } from "@/parts/when";
import type { Case } from "@/models/aid";
import { taskOf, visitBody, wrongIn, type Form, type Order } from "@/models/rounds";
import type { Shown } from ".";

const outcomes = ["DELIVERED", "ABSENT", "DECLINED"] as const;

/** Visit is the form of one visit. Without a network it waits on this device and is sent once, in its turn. */
export function Visit({ device, params }: Shown) {
  const say = useWords();
  const result = useOutcome();
  const photos = usePictures();
  const [form, setForm, clear] = useDraftOf<Form>(`draft/visit/${params.id}`, { outcome: "DELIVERED", quantity: 1, said: "" });
  const [sent, setSent] = useState(false);
  const loaded = useLoad(async (d) => {
    // Whoever brings something need not work on its case: what it is of stands with the order.
    const own = (await d.read("gateway.own_work_orders")).body.orders.find((o) => o.order === params.id);
    if (own) return taskOf(params.id, own, own, "");
    const order = (await d.record<Order>(`work-order/${params.id}`))?.body;
    const about = order && (await d.record<Case>(`aid-case/${order.case}`).catch(() => undefined))?.body;
    return order && taskOf(params.id, order, about || { category: "visit", unit: "visit" }, "");
  }, [params.id]);
  const answer = async (accept: boolean): Promise<void> => {
    await result.watch(device.write("aid.answer_order", { order: params.id }, { order: params.id, accept },
      { about: `work-order/${params.id}`, once: `order ${params.id} ${accept}` }));
    loaded.again();
  };
  const send = async (beneficiary: string): Promise<void> => {
    const outcome = await result.watch(device.write("aid.visit", { order: params.id }, visitBody(params.id, form) as never, {
      about: `work-order/${params.id}`, once: `visit ${params.id} ${JSON.stringify(form)} ${photos.list.map((p) => p.data).join()}`, waitHours: 7 * 24,
      words: { subject: beneficiary, text: form.said.trim(), field: "evidence", pictures: photos.list },
    }));
    if (outcome && outcome.state !== "refused") {
      setSent(true);
      clear();
      photos.set([]);
    }
    if (outcome && outcome.state === "done") loaded.again();
  };
  return (
    <Show of={loaded}>
      {(task) => {
        if (!task) return <Notice kind="bad">{say("visit.gone")}</Notice>;
        const wrong = wrongIn(form, task.left);
        return (
          <>
            <Card title={`${say(`aidfor.${task.category}` as Word)} × ${task.left} ${say(`unit.${task.unit}` as Word)}`}>
              <p><Until at={task.due} /></p>
              {task.part === "over" ? <p className="quiet">{say("visit.over")}</p> : null}
              {task.part === "asked" ? (
                <>
                  <Button id="order-yes" onPress={() => answer(true)}>{say("visit.yes")}</Button>
                  <Button kind="plain" onPress={() => answer(false)}>{say("visit.no")}</Button>
                </>
              ) : null}
            </Card>
            {task.part === "accepted" && !sent ? (
              <Card title={say("visit.form")}>
                <div className="choices">
                  {outcomes.map((o) => (
                    <Button kind="plain" key={o} id={`outcome-${o}`} chosen={form.outcome === o} onPress={() => setForm({ ...form, outcome: o })}>{say(`visit.${o}` as Word)}</Button>
                  ))}
                </div>
                {form.outcome === "DELIVERED" ? (
                  <Field id="visit-many" label={say("visit.many")} value={String(form.quantity || "")} max={6} type="tel"
                    onType={(v) => setForm({ ...form, quantity: Number(v.replace(/\D/g, "")) })} />
                ) : null}
                <Field id="visit-said" label={say("visit.said")} value={form.said} onType={(said) => setForm({ ...form, said })} long hint={say("visit.hint")} max={600} />
                <Attach id="visit-photo" {...photos} />
                <Button id="visit-send" disabled={wrong !== undefined} onPress={() => send(task.beneficiary)}>{say("visit.send")}</Button>
              </Card>
            ) : null}
            <OutcomeNotice {...result} done="visit.done" />
            <Alarm device={device} beneficiary={task.beneficiary} />
          </>
        );
      }}
    </Show>
  );
}
