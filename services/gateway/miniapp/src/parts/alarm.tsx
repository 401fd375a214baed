import { useState } from "react";
import type { Device } from "@renlin/client";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Field, Notice } from "./basics";
import { OutcomeNotice, useOutcome } from "./outcome";
import { signals } from "@/models/duty";

const seen = signals.filter((s) => s !== "SILENT"); // that no word came, the rule finds by itself

/** Alarm raises an alert for somebody in need, by whoever looks after them: it says what was seen, and somebody must look in time. */
export function Alarm({ device, beneficiary }: { device: Device; beneficiary: string }) {
  const say = useWords();
  const result = useOutcome();
  const [open, setOpen] = useState(false);
  const [kind, setKind] = useState("");
  const [now, setNow] = useState(false);
  const [text, setText] = useState("");
  const send = async (): Promise<void> => {
    const body = { beneficiary, kind: `SIGNAL_KIND_${kind}`, level: now ? "SIGNAL_LEVEL_ALARM" : "SIGNAL_LEVEL_WARNING" };
    const outcome = await result.watch(device.write("aid.raise_alert", {}, body as never, {
      about: `alarm/${beneficiary}`, once: `alarm ${JSON.stringify(body)} ${text}`, words: { subject: beneficiary, text: text.trim(), field: "text" },
    }));
    if (outcome && outcome.state !== "refused") setOpen(false);
  };
  return (
    <Card title={say("alarm.title")}>
      <OutcomeNotice {...result} done="alarm.done" />
      {open ? (
        <>
          <Notice kind="bad">{say("aid.danger")}</Notice>
          <div className="choices">
            {seen.map((s) => <Button kind="plain" key={s} id={`alarm-${s}`} chosen={kind === s} onPress={() => setKind(s)}>{say(`signal.${s}` as Word)}</Button>)}
          </div>
          <Button kind="plain" id="alarm-now" chosen={now} onPress={() => setNow(!now)}>{say("alarm.now")}</Button>
          <Field id="alarm-words" label={say("alarm.words")} value={text} onType={setText} long max={600} hint={say("visit.hint")} />
          <Button kind="danger" id="alarm-send" disabled={kind === "" || text.trim() === ""} onPress={send}>{say("alarm.send")}</Button>
          <Button kind="plain" onPress={() => setOpen(false)}>{say("no_back")}</Button>
        </>
      ) : <Button kind="plain" id="alarm-open" onPress={() => setOpen(true)}>{say("alarm.note")}</Button>}
    </Card>
  );
}
