import { useState } from "react";
import { useDraft } from "@/core/drafts";
import { useLoad } from "@/core/load";
import { useSettings, useWords } from "@/core/settings";
import { Button, Card, Field, Show } from "@/parts/basics";
import { Helping, useHelping } from "@/parts/helping";
import { Attach, usePictures } from "@/parts/pictures";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { mattersOf, titleIn, type Rulebook } from "@/models/matters";
import type { Shown } from ".";

/** Raise posts a topic. What has been typed is kept until it is sent, also if the app is closed. */
export function Raise({ device }: Shown) {
  const say = useWords();
  const { language } = useSettings();
  const [matter, setMatter] = useState("");
  const [text, type, clear] = useDraft("draft/topic");
  const result = useOutcome();
  const photos = usePictures();
  const helping = useHelping(device, "TOPICS", { matter });
  const loaded = useLoad(async (d) => mattersOf((await d.record<Rulebook>("rulebook/main"))?.body));
  const send = async (): Promise<void> => {
    const words = { subject: helping.whom || device.member, text: text.trim(), field: "text", pictures: photos.list };
    const outcome = await result.watch(device.write("proposal.post", {}, { matter, ...helping.body },
      { about: "topics", words, once: `post ${words.subject} ${matter} ${words.text} ${photos.list.map((p) => p.data).join()}` }));
    if (!outcome || outcome.state === "refused") return;
    clear();
    photos.set([]);
  };
  return (
    <>
      <Show of={loaded}>
        {(matters) => (
          <Card title={say("raise.which")}>
            <div className="choices">
              {matters.map((m) => (
                <Button kind="plain" key={m.code} chosen={m.code === matter} onPress={() => setMatter(m.code || "")}>{titleIn(m.title || m.code || "", language)}</Button>
              ))}
            </div>
          </Card>
        )}
      </Show>
      <Helping {...helping} />
      <Card>
        <Field id="topic" label={say("raise.words")} value={text} onType={type} long hint={say("raise.hint")} />
        <Attach id="topic-photo" {...photos} />
        <Button id="raise" disabled={matter === "" || text.trim() === ""} onPress={send}>{say("raise.send")}</Button>
        <OutcomeNotice {...result} done="raise.done" />
      </Card>
    </>
  );
}
