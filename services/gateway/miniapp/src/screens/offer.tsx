import { useState } from "react";
import { useLoad } from "@/core/load";
import { useSettings, useWords } from "@/core/settings";
import { Button, Card, Field, Show } from "@/parts/basics";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { cellOf, kindsOf, kindTitle } from "@/models/needs";
import { quantityOf } from "@/models/aid";
import type { Rulebook } from "@/models/matters";
import type { components } from "@renlin/client";
import type { Shown } from ".";

type Provider = components["schemas"]["matching.supply.Provider"];

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
    const records = await Promise.all(mine.providers.map(async (p) => ({ p, left: (await d.record<Provider>(`provider/${p}`))?.body.retired })));
    const providers = records.filter((r) => !r.left).map((r) => r.p); // who left the list joins anew
    const offers = await Promise.all(providers.map(async (p) => ({ p, list: await d.records<{ capacity: number; taken: number }>(`provider/${p}/offer`).catch(() => []) })));
    return { providers, kinds, offers };
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
      {({ providers, kinds, offers }) => (
        <>
          <p>{say("offer.lead")}</p>
          <OutcomeNotice {...result} done="offer.done" />
          {providers.length === 0 ? <Button id="join" onPress={register}>{say("offer.join")}</Button> : (
            <Card title={say("offer.which")}>
              <div className="choices">
                {kinds.map((k) => <Button kind="plain" key={k.code} chosen={k.code === kind} onPress={() => setKind(k.code)}>{k.title}</Button>)}
              </div>
              <Field id="offer-many" label={say("offer.many")} value={many} onType={setMany} max={4} type="tel" />
              <Button id="offer" disabled={kind === "" || !capacity} onPress={() => publish(providers[0])}>{say("offer.send")}</Button>
            </Card>
          )}
          {providers.map((p) => <Serving key={p} provider={p} device={device} again={loaded.again} />)}
          {offers.map(({ list }) => list.map((o) => (
            <Card key={o.path} title={kindTitle(kinds, o.id)}><p>{say("offer.figures", { capacity: o.state.capacity, taken: o.state.taken })}</p></Card>
          )))}
        </>
      )}
    </Show>
  );
}

/** Serving is where one serves from and how far one goes, to be changed; and the way off the list. */
function Serving({ provider, device, again }: { provider: string; device: Shown["device"]; again: () => void }) {
  const say = useWords();
  const result = useOutcome();
  const [place, setPlace] = useState<{ east: string; north: string; radius: string }>();
  const [sure, setSure] = useState(false);
  const at = { provider }, about = `provider/${provider}`;
  const cell = place && cellOf(place.east, place.north), radius = place && quantityOf(place.radius);
  const begin = async (): Promise<void> => {
    const now = (await device.record<Provider>(about))?.body;
    const text = (n: number | undefined): string => String(n || 0);
    setPlace({ east: text(now?.cell.east), north: text(now?.cell.north), radius: text(now?.radius_cells || 1) });
  };
  const write = async (step: ReturnType<typeof device.write>): Promise<void> => {
    await result.watch(step);
    setPlace(undefined);
    setSure(false);
    again();
  };
  const move = async (): Promise<void> => {
    const now = (await device.record<Provider>(about))?.body;
    const body = { ...at, reach: { cell, radiusCells: radius, languages: now?.languages || ["zh"] } };
    await write(device.write("matching.move_provider", at, body as never, { about, once: `move ${provider} ${JSON.stringify(body)}` }));
  };
  return (
    <Card title={say("offer.serving")}>
      <OutcomeNotice {...result} done="offer.changed" />
      {place ? (
        <>
          <p>{say("offer.place_note")}</p>
          <Field id="serve-east" label={say("place.east")} value={place.east} onType={(east) => setPlace({ ...place, east })} max={4} />
          <Field id="serve-north" label={say("place.north")} value={place.north} onType={(north) => setPlace({ ...place, north })} max={4} />
          <Field id="serve-radius" label={say("offer.radius")} value={place.radius} onType={(v) => setPlace({ ...place, radius: v })} max={3} type="tel" />
          <Button id="serve-move" disabled={!cell || !radius} onPress={move}>{say("offer.move")}</Button>
        </>
      ) : <Button kind="plain" id="serve-place" onPress={begin}>{say("offer.place")}</Button>}
      {sure ? (
        <>
          <p>{say("offer.retire_note")}</p>
          <Button kind="danger" id="retire-sure" onPress={() => write(device.write("matching.retire_provider", at, at, { about, once: `retire ${provider}` }))}>
            {say("offer.retire_sure")}
          </Button>
          <Button kind="plain" onPress={() => setSure(false)}>{say("no_back")}</Button>
        </>
      ) : <Button kind="plain" id="retire" onPress={() => setSure(true)}>{say("offer.retire")}</Button>}
    </Card>
  );
}
