import { useState } from "react";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import { Button, Card, Notice, Show } from "@/parts/basics";
import { When } from "@/parts/when";
import type { Shown } from ".";

/** Outbox is what waits for a network, and what was refused, for the person to see. */
export function Outbox({ device }: Shown) {
  const say = useWords();
  const [away, setAway] = useState(false);
  const loaded = useLoad(async (d) => [...(await d.outbox.list())]);
  const send = async (): Promise<void> => {
    await device.outbox.flush();
    setAway((await device.outbox.list()).some((e) => !e.refused));
    loaded.again();
  };
  const seen = async (id: string): Promise<void> => {
    await device.outbox.dismiss(id);
    loaded.again();
  };
  return (
    <Show of={loaded}>
      {(entries) => (
        <>
          {entries.length === 0 ? <p className="quiet">{say("outbox.none")}</p> : null}
          {entries.some((e) => !e.refused) ? <Button id="send" onPress={send}>{say("outbox.send")}</Button> : null}
          {away ? <Notice kind="bad">{say("net.away")}</Notice> : null}
          {entries.map((e) => (
            <Card key={e.id} title={e.refused ? say("outbox.refused") : say("outbox.waits")}>
              <p className="quiet"><When at={e.madeAt} /></p>
              {e.words || e.said ? <p className="words">{e.words ? e.words.text : e.said}</p> : null}
              {e.refused ? (
                <>
                  <Notice kind="bad">{e.refused.detail}</Notice>
                  <Button kind="plain" onPress={() => seen(e.id)}>{say("outbox.seen")}</Button>
                </>
              ) : <p>{say("outbox.until")} <When at={e.notAfter} /></p>}
            </Card>
          ))}
        </>
      )}
    </Show>
  );
}
