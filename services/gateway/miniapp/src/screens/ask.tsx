import { useEffect, useRef, useState } from "react";
import { useLoad } from "@/core/load";
import { useSettings, useWords } from "@/core/settings";
import { go } from "@/core/go";
import { inBrowser } from "@/core/platform";
import { Button, Card, Field, Notice, Show } from "@/parts/basics";
import { Attach, usePictures } from "@/parts/pictures";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { Helping, useHelping } from "@/parts/helping";
import { Help } from "@/parts/help";
import { cellOf, kindsOf, type Kind } from "@/models/needs";
import { quantityOf } from "@/models/aid";
import type { Rulebook } from "@/models/matters";
import type { Shown } from ".";

/** Ask asks neighbours for help. In elder mode a kind of help is one tap, and sending it the next; everything else may stay as it is. */
export function Ask({ device }: Shown) {
  const say = useWords();
  const { elder, language } = useSettings();
  const [kind, setKind] = useState<Kind>();
  const [text, setText] = useState("");
  const [quantity, setQuantity] = useState("1");
  const [place, setPlace] = useState<{ east: string; north: string }>();
  const result = useOutcome();
  const photos = usePictures();
  const helping = useHelping(device, "NEEDS");
  const loaded = useLoad(async (d) => kindsOf((await d.record<Rulebook>("rulebook/main"))?.body, language), [language]);
  const cell = place ? cellOf(place.east, place.north) : { east: 0, north: 0 };
  const many = quantityOf(quantity);
  const send = async (k: Kind): Promise<void> => {
    if (!many || !cell) return;
    const words = { subject: helping.whom || device.member, text: text.trim() || say("ask.words_default", { kind: k.title }), field: "text", pictures: photos.list };
    const body = { skill: k.code, quantity: String(many), cell, languages: [] as string[], ...helping.body };
    const outcome = await result.watch(device.write("matching.raise_need", {}, body, { about: "needs", words, once: `ask ${JSON.stringify(body)} ${words.text} ${photos.list.map((p) => p.data).join()}` }));
    if (outcome && outcome.state === "done") setText("");
    if (outcome && outcome.state !== "refused") photos.set([]);
  };
  const done = result.outcome && result.outcome.state !== "refused";
  const chosen = done ? undefined : kind;
  // The button that was pressed is gone: whoever uses a keyboard, or listens, goes on where the next one is.
  const next = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (chosen && inBrowser) next.current?.focus();
  }, [chosen?.code]);
  const choose = (k?: Kind): void => {
    result.clear();
    setKind(k);
  };
  return (
    <>
      <Helping {...helping} />
      <OutcomeNotice {...result} done="ask.done" />
      {done ? <Button kind="plain" onPress={() => go("needs")}>{say("ask.see")}</Button> : null}
      {chosen ? null : (
        <Show of={loaded}>
          {(kinds) => (
            <Card title={say("ask.which")}>
              {kinds.length === 0 ? <p className="quiet">{say("ask.none")}</p> : null}
              <div className="choices">
                {kinds.map((k) => <Button kind="plain" key={k.code} id={`kind-${k.code}`} onPress={() => choose(k)}>{k.title}</Button>)}
              </div>
            </Card>
          )}
        </Show>
      )}
      {chosen ? (
        <div ref={next} className="next" tabIndex={-1}>
          <Card title={chosen.title}>
            {elder ? <Button id="ask-send" onPress={() => send(chosen)}>{say("ask.send_now")}</Button> : null}
            <Field id="ask-words" label={say("ask.words")} value={text} onType={setText} long hint={say("ask.hint")} max={600} />
            <Attach id="ask-photo" {...photos} />
            <Field id="ask-many" label={say("ask.many")} value={quantity} onType={setQuantity} max={6} type="tel" />
            {many ? null : <Notice kind="bad">{say("quantity.wrong")}</Notice>}
            {place ? (
              <>
                <p>{say("ask.place_note")}</p>
                <Field id="ask-east" label={say("place.east")} value={place.east} onType={(east) => setPlace({ ...place, east })} max={4} />
                <Field id="ask-north" label={say("place.north")} value={place.north} onType={(north) => setPlace({ ...place, north })} max={4} />
                {cell ? null : <Notice kind="bad">{say("place.wrong")}</Notice>}
                <Button kind="plain" onPress={() => setPlace(undefined)}>{say("place.keep")}</Button>
              </>
            ) : <Button kind="plain" onPress={() => setPlace({ east: "", north: "" })}>{say("place.share")}</Button>}
            {elder ? null : <Button id="ask-send" disabled={!many || !cell} onPress={() => send(chosen)}>{say("ask.send")}</Button>}
            <Button kind="plain" id="ask-other" onPress={() => choose()}>{say("ask.other")}</Button>
          </Card>
        </div>
      ) : null}
      {elder ? <Help /> : null}
    </>
  );
}
