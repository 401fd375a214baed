import { useState } from "react";
import { newId, type Device, type Outcome } from "@renlin/client";
import { store } from "@/core/platform";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import { Button, Card, Field, Notice, Show } from "./basics";
import { OutcomeNotice, useOutcome } from "./outcome";
import { consented, type Beneficiary } from "@/models/aid";
import { clockOf, minutesAt, type CheckIn } from "@/models/checkin";

/** ownFile finds the file that is this member's own, by whomever it was opened; without a network the one that this device remembers. */
export async function ownFile(d: Device): Promise<string | undefined> {
  try {
    const { body } = await d.read("gateway.own_aid_files");
    const own = body.files.find((f) => f.as === "person");
    if (own) return own.beneficiary;
  } catch {
    return (await store.get("aid/file")) || undefined;
  }
  // One that was opened without a network waits in the outbox, and is refused if there is another.
  return (await d.outbox.list()).some((e) => e.operation === "aid.register" && !e.refused) ? store.get("aid/file") : undefined;
}

/**
 * arrange has this person waited for each day: a file is opened where there is none, they agree that silence is an alert, and name the times.
 * What is refused ends it, and what came before stands.
 */
export async function arrange(device: Device, from: number, by: number): Promise<{ outcome: Outcome; beneficiary: string }> {
  let beneficiary = await ownFile(device);
  if (!beneficiary) {
    beneficiary = await newId();
    const opened = await device.write("aid.register", {}, { beneficiary, member: device.member }, { about: "beneficiary", once: "file " });
    if (opened.state === "refused") return { outcome: opened, beneficiary };
    await store.set("aid/file", beneficiary);
  }
  const at = { beneficiary }, about = `check-in/${beneficiary}`;
  const file = (await device.record<Beneficiary>(`beneficiary/${beneficiary}`).catch(() => undefined))?.body;
  if (!file || !consented(file).includes("SENSORS")) {
    const agreed = await device.write("aid.give_consent", at, { ...at, purpose: "CONSENT_PURPOSE_SENSORS" } as never, { about, once: `consent ${beneficiary}` });
    if (agreed.state === "refused") return { outcome: agreed, beneficiary };
  }
  const body = { beneficiary, fromMinutes: from, byMinutes: by };
  return { beneficiary, outcome: await device.write("aid.arrange_check_in", {}, body, { about, once: `arrange ${JSON.stringify(body)}` }) };
}

/** CheckInCard arranges that one is waited for each day, changes the times, and ends it. */
export function CheckInCard({ device, settled }: { device: Device; settled: () => void }) {
  const say = useWords();
  const result = useOutcome();
  const [from, setFrom] = useState("08:00");
  const [by, setBy] = useState("20:00");
  const loaded = useLoad(async (d) => {
    const beneficiary = await ownFile(d);
    const c = beneficiary && (await d.record<CheckIn>(`check-in/${beneficiary}`).catch(() => undefined))?.body;
    return { beneficiary, checkIn: c && !c.ended ? c : undefined };
  });
  const begins = minutesAt(from), ends = minutesAt(by);
  const after = (): void => {
    loaded.again();
    settled();
  };
  const begin = async (): Promise<void> => {
    await result.watch(arrange(device, begins as number, ends as number).then((a) => a.outcome));
    after();
  };
  const end = async (beneficiary: string): Promise<void> => {
    await result.watch(device.write("aid.end_check_in", { beneficiary }, { beneficiary }, { about: `check-in/${beneficiary}`, once: `end ${beneficiary}` }));
    after();
  };
  return (
    <Card title={say("checkin.title")}>
      <OutcomeNotice {...result} done="checkin.done" />
      <Show of={loaded}>
        {({ beneficiary, checkIn }) => (checkIn && beneficiary ? (
          <>
            <Notice kind="good">{say("checkin.stands", { from: clockOf(checkIn.from_minutes), by: clockOf(checkIn.by_minutes) })}</Notice>
            <p>{say("checkin.silence")}</p>
            <Button kind="plain" id="checkin-end" onPress={() => end(beneficiary)}>{say("checkin.end")}</Button>
          </>
        ) : (
          <>
            <p>{say("checkin.lead")}</p>
            <p>{say("checkin.silence")}</p>
            <Field id="checkin-from" label={say("checkin.from")} value={from} onType={setFrom} max={5} />
            <Field id="checkin-by" label={say("checkin.by")} value={by} onType={setBy} max={5} />
            <Button id="checkin-begin" disabled={begins === undefined || ends === undefined || begins === ends} onPress={begin}>{say("checkin.begin")}</Button>
            <p className="quiet">{say("checkin.agree")}</p>
          </>
        ))}
      </Show>
    </Card>
  );
}
