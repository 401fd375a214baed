import { useState } from "react";
import type { Device } from "@renlin/client";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import { words } from "@/core/texts";
import { Button, Card, Field, Notice, Show } from "./basics";
import { OutcomeNotice, useOutcome } from "./outcome";
import { grouped, readMember } from "@/models/entry";
import { fileParts, partIn, type Beneficiary, type Part } from "@/models/aid";

/** OwnFile is what stands in one's own file, part by part, to be written by oneself; and who speaks for one. */
export function OwnFile({ beneficiary, device }: { beneficiary: string; device: Device }) {
  const say = useWords();
  const result = useOutcome();
  const [part, setPart] = useState<Part>();
  const [text, setText] = useState("");
  const [proxy, setProxy] = useState("");
  const loaded = useLoad(async (d) => (await d.record<Beneficiary>(`beneficiary/${beneficiary}`))?.body, [beneficiary]);
  const about = `beneficiary/${beneficiary}`, at = { beneficiary };
  const write = async (step: ReturnType<typeof device.write>): Promise<void> => {
    const outcome = await result.watch(step);
    if (outcome && outcome.state !== "refused") {
      setPart(undefined);
      setText("");
    }
    loaded.again();
  };
  const keep = (p: Part): Promise<void> => write(device.write("aid.amend_file", at, { ...at, file: { field: `FIELD_${p}` } } as never, {
    about, once: `file ${beneficiary} ${p} ${text}`, words: { subject: beneficiary, text: text.trim(), field: "file.text" },
  }));
  const name = (whom: string): Promise<void> => write(device.write("aid.name_proxy", at, { ...at, proxy: whom }, { about, once: `proxy ${beneficiary} ${whom}` }));
  const open = async (b: Beneficiary, p: Part): Promise<void> => {
    const kept = partIn(b, p);
    setPart(p);
    setText((kept && (await words(device, kept, beneficiary, about, "PURPOSE_AID").catch(() => undefined))) || "");
  };
  return (
    <Show of={loaded}>
      {(b) => (b && b.member === device.member ? (
        <Card title={say("file.title")}>
          <p>{say("file.lead")}</p>
          <OutcomeNotice {...result} done="file.done" />
          {fileParts.map((p) => (
            <div key={p} className="consent">
              <p><strong>{say(`file.${p}`)}</strong> {partIn(b, p) ? say("file.there") : say("file.empty")}</p>
              {part === p ? (
                <>
                  <Field id={`file-${p}`} label={say(`file.${p}`)} value={text} onType={setText} long max={600} hint={say(`file.hint_${p}`)} />
                  <Button id={`file-keep-${p}`} disabled={text.trim() === ""} onPress={() => keep(p)}>{say("file.keep")}</Button>
                </>
              ) : <Button kind="plain" id={`file-write-${p}`} onPress={() => open(b, p)}>{say(partIn(b, p) ? "file.change" : "file.write")}</Button>}
            </div>
          ))}
          <h3 className="label">{say("proxy.title")}</h3>
          {b.proxy ? (
            <Notice>{say("proxy.is", { who: grouped(b.proxy).slice(0, 9) })} <Button kind="plain" id="proxy-end" onPress={() => name("")}>{say("proxy.end")}</Button></Notice>
          ) : (
            <>
              <Field id="proxy" label={say("proxy.who")} value={proxy} onType={setProxy} max={40} hint={say("proxy.hint")} />
              <Button kind="plain" id="proxy-name" disabled={!readMember(proxy) || readMember(proxy) === device.member} onPress={() => name(readMember(proxy) as string)}>
                {say("proxy.name")}
              </Button>
            </>
          )}
        </Card>
      ) : null)}
    </Show>
  );
}
