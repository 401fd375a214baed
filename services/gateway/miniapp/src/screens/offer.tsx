import { useState } from "react";
import { useLoad } from "@/core/load";
import { useSettings, useWords } from "@/core/settings";
import { Button, Card, Field, Show } from "@/parts/basics";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { kindsOf, kindTitle } from "@/models/needs";
import { quantityOf } from "@/models/aid";
import type { Rulebook } from "@/models/matters";
import type { Shown } from ".";

/** Offer says what one would do for neighbours, and how much at a time. First one is put on the list, then each kind of help is offered. */
export function Offer({ device }: Shown) {
  const say = useWords();
  const { language } = useSettings();
  const result = useOutcome();
  const [kind, setKind] = useState("");
  const [many, setMany] = useState("1");
  const loaded = useLoad(async (d) => {
    const { body: mine } = await d.read("gateway.matching_mine");
    const kinds = kindsOf((await d.record<Rulebook>("rulebook/main"))?.body, language);
    const offers = await Promise.all(mine.providers.map(async (p) => ({ p, list: await d.records<{ capacity: number; taken: number }>(`provider/${p}/offer`).catch(() => []) })));
    return { mine, kinds, offers };
  }, [language]);
  const capacity = quantityOf(many);
  const register = async (): Promise<void> => {
    await result.watch(device.write("matching.register_provider", {}, { member: device.member, reach: { cell: { east: 0, north: 0 }, radiusCells: 20, languages: ["zh"] } },
      { about: "provider", once: "provider" }));
    loaded.again();
  };
  const publish = async (provider: string): Promise<void> => {
    await result.watch(device.write("matching.publish_offer", { provider }, { provider, skill: kind, capacity: String(capacity) }, { about: "needs", once: `offer ${kind} ${capacity}` }));
    loaded.again();
  };
  return (
    <Show of={loaded}>
      {({ mine, kinds, offers }) => (
        <>
          <p>{say("offer.lead")}</p>
          <OutcomeNotice {...result} done="offer.done" />
          {mine.providers.length === 0 ? <Button id="join" onPress={register}>{say("offer.join")}</Button> : (
            <Card title={say("offer.which")}>
              <div className="choices">
                {kinds.map((k) => <Button kind="plain" key={k.code} chosen={k.code === kind} onPress={() => setKind(k.code)}>{k.title}</Button>)}
              </div>
              <Field id="offer-many" label={say("offer.many")} value={many} onType={setMany} max={4} type="tel" />
              <Button id="offer" disabled={kind === "" || !capacity} onPress={() => publish(mine.providers[0])}>{say("offer.send")}</Button>
            </Card>
          )}
          {offers.map(({ list }) => list.map((o) => (
            <Card key={o.path} title={kindTitle(kinds, o.id)}><p>{say("offer.figures", { capacity: o.state.capacity, taken: o.state.taken })}</p></Card>
          )))}
        </>
      )}
    </Show>
  );
}
