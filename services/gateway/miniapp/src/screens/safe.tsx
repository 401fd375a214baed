import { useState } from "react";
import { useLoad } from "@/core/load";
import { useSettings, useWords } from "@/core/settings";
import { Button, Card, Field, Notice, Show } from "@/parts/basics";
import { arrange, CheckInCard, ownFile } from "@/parts/checkin";
import { Help } from "@/parts/help";
import { RollCalls } from "@/parts/rollcall";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { cellOf, kindsOf } from "@/models/needs";
import type { Rulebook } from "@/models/matters";
import type { Shown } from ".";

/** Safe is for a crisis: three large buttons and few words. A place is sent only by whoever opens that part and writes it down. */
export function Safe({ device }: Shown) {
  const say = useWords();
  const { language } = useSettings();
  const result = useOutcome();
  const [said, setSaid] = useState<"well" | "help">();
  const [asked, setAsked] = useState(false);
  const [place, setPlace] = useState<{ east: string; north: string }>();
  const loaded = useLoad(async (d) => {
    const beneficiary = await ownFile(d);
    const checkIn = beneficiary && (await d.record<{ ended?: boolean }>(`check-in/${beneficiary}`).catch(() => undefined))?.body;
    const kinds = kindsOf((await d.record<Rulebook>("rulebook/main"))?.body, language);
    return { beneficiary: checkIn && !checkIn.ended ? beneficiary : undefined, kinds };
  }, [language]);
  const cell = place ? cellOf(place.east, place.north) : { east: 0, north: 0 };
  const well = async (beneficiary: string): Promise<void> => {
    setSaid("well");
    await result.watch(device.write("aid.say_well", { beneficiary }, { beneficiary }, { about: "safe", once: `well ${beneficiary}`, waitHours: 0.2 }));
  };
  // Where nobody waits for a daily word yet, one is agreed on with the first: the screen says what that means before it is done.
  const agree = async (): Promise<void> => {
    setSaid("well");
    const { beneficiary, outcome } = await arrange(device, 8 * 60, 20 * 60);
    if (outcome.state !== "done") return void (await result.watch(Promise.resolve(outcome)));
    setAsked(false);
    await well(beneficiary);
    loaded.again();
  };
  const help = async (code: string): Promise<void> => {
    if (!cell) return;
    setSaid("help");
    const words = { subject: device.member, text: place ? say("safe.help_words_here") : say("safe.help_words"), field: "text" };
    const once = `safe help ${code} ${JSON.stringify(cell)} ${words.text}`; // a place that was added afterwards is sent
    await result.watch(device.write("matching.raise_need", {}, { skill: code, quantity: "1", cell }, { about: "needs", words, once, waitHours: 24 }));
  };
  return (
    <div className="crisis">
      <RollCalls device={device} help={false} />
      <Show of={loaded}>
        {({ beneficiary, kinds }) => (
          <>
            {asked ? (
              <Card title={say("safe.first")}>
                <p>{say("safe.first_note")}</p>
                <Button id="safe-agree" onPress={agree}>{say("safe.first_yes")}</Button>
                <Button kind="plain" id="safe-not" onPress={() => setAsked(false)}>{say("no_back")}</Button>
              </Card>
            ) : <Button id="safe-well" onPress={() => (beneficiary ? well(beneficiary) : setAsked(true))}>{say("safe.well")}</Button>}
            {kinds.length > 0 ? <Button id="safe-help" kind="danger" onPress={() => help((kinds.find((k) => k.code === "care") || kinds[0]).code)}>{say("safe.need")}</Button> : null}
          </>
        )}
      </Show>
      <OutcomeNotice {...result} done={said === "well" ? "safe.well_done" : "safe.help_done"} />
      <Help />
      <Card title={say("safe.place")}>
        <p>{say("safe.place_note")}</p>
        {place ? (
          <>
            <Field id="safe-east" label={say("place.east")} value={place.east} onType={(east) => setPlace({ ...place, east })} max={4} />
            <Field id="safe-north" label={say("place.north")} value={place.north} onType={(north) => setPlace({ ...place, north })} max={4} />
            {cell ? null : <Notice kind="bad">{say("place.wrong")}</Notice>}
            <Button kind="plain" id="safe-keep" onPress={() => setPlace(undefined)}>{say("place.keep")}</Button>
          </>
        ) : <Button kind="plain" id="safe-share" onPress={() => setPlace({ east: "", north: "" })}>{say("place.share")}</Button>}
      </Card>
      <CheckInCard device={device} settled={loaded.again} />
    </div>
  );
}
