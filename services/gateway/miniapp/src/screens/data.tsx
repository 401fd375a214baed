import { useState } from "react";
import Taro from "@tarojs/taro";
import { Refused, type components, type Device } from "@renlin/client";
import { useLoad } from "@/core/load";
import { inBrowser } from "@/core/platform";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { forgetTexts } from "@/core/texts";
import { Button, Card, Field, Notice, Show } from "@/parts/basics";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import type { Shown } from ".";

type S = components["schemas"];

// What the gateway tells a member of themselves, one question each. A part that is not there for them is left out.
const questions = ["gateway.devices", "gateway.list_sessions", "gateway.mandates", "gateway.own_aid_cases", "gateway.own_policy_notices", "gateway.own_entries"] as const;

async function gather(device: Device): Promise<Record<string, unknown>> {
  const out: Record<string, unknown> = { community: device.home, member: device.member };
  const member = await device.record<S["standing.Member"]>(`member/${device.member}`);
  out.record = member && member.body;
  for (const q of questions) {
    try {
      out[q] = (await device.read(q)).body;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
  out.receipts = await device.receipts();
  return out;
}

// Part shows one of what is kept, as it is, once it is asked for.
function Part({ name, value }: { name: string; value: unknown }) {
  const say = useWords();
  const [open, set] = useState(false);
  return (
    <div>
      <Button kind="plain" chosen={open} onPress={() => set(!open)}>{say(`data.part.${name.replace("gateway.", "")}` as Word)}</Button>
      {open ? <div className="raw">{JSON.stringify(value, null, 1)}</div> : null}
    </div>
  );
}

/** Data shows what is kept of this person, gives it to them as a file, and erases their words for good. */
export function Data({ device }: Shown) {
  const say = useWords();
  const loaded = useLoad(gather);
  const result = useOutcome();
  const [sure, setSure] = useState("");
  const [given, setGiven] = useState(false);
  const take = async (data: Record<string, unknown>): Promise<void> => {
    const text = JSON.stringify(data, null, 1);
    if (inBrowser) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
      link.download = "renlin-data.json";
      link.click();
      URL.revokeObjectURL(link.href);
    } else {
      await Taro.setClipboardData({ data: text });
    }
    setGiven(true);
  };
  const erase = async (): Promise<void> => {
    await result.watch(device.write("vault.erase", {}, { subject: device.member }, { once: "erase", waitHours: 1 }));
    await device.gateway.forget();
    forgetTexts();
  };
  return (
    <>
      <p>{say("data.lead")}</p>
      <Show of={loaded}>
        {(data) => (
          <Card title={say("data.kept")}>
            {Object.keys(data).map((part) => <Part key={part} name={part} value={data[part]} />)}
            <Button id="take" kind="plain" onPress={() => take(data)}>{inBrowser ? say("data.take") : say("data.copy")}</Button>
            {given ? <Notice kind="good">{say("data.given")}</Notice> : null}
          </Card>
        )}
      </Show>
      <Card title={say("data.erase")}>
        <p>{say("data.erase_what")}</p>
        <p>{say("data.erase_not")}</p>
        <Field id="sure" label={say("data.erase_type", { word: say("data.erase_word") })} value={sure} onType={setSure} max={20} />
        <Button id="erase" kind="danger" disabled={sure.trim().toLowerCase() !== say("data.erase_word").toLowerCase()} onPress={erase}>{say("data.erase_go")}</Button>
        <OutcomeNotice {...result} done="data.erased" />
      </Card>
    </>
  );
}
