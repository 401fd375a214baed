import { useState } from "react";
import type { Device } from "@renlin/client";
import { gateway } from "@/core/session";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Notice, Show } from "./basics";
import type { HelpingFor } from "./helping";
import { OutcomeNotice, useOutcome } from "./outcome";
import { Until, When } from "./when";
import { Words } from "./words";
import { grouped } from "@/models/entry";
import { standOf, type Work } from "@/models/money";

/** Works is reported work: what waits for one's own word, or that of somebody whom one helps, and what one has reported. */
export function Works({ device, helping, settled }: { device: Device; helping: HelpingFor; settled: () => void }) {
  const say = useWords();
  const result = useOutcome();
  const loaded = useLoad(async (d) => (await d.read("gateway.own_works", {}, { principal: helping.whom })).body, [helping.whom]);
  const answer = async (w: Work, yes: boolean): Promise<void> => {
    const operation = yes ? "ledger.confirm_work" : "ledger.decline_work";
    await result.watch(device.write(operation, { work: w.work }, { work: w.work, ...helping.body }, { about: `work/${w.work}`, once: `${operation} ${w.work}` }));
    loaded.again();
    settled();
  };
  return (
    <Show of={loaded}>
      {({ asked, told }) => (
        <>
          <OutcomeNotice {...result} done="credits.answered" />
          {asked.length > 0 ? (
            <Card title={say("credits.asked")}>
              <p>{say("credits.asked_note")}</p>
              {asked.map((w) => <Asked key={w.work} w={w} mine={!helping.whom} answer={answer} />)}
            </Card>
          ) : null}
          {told.length > 0 ? (
            <Card title={say("credits.told")}>
              <ul className="entries">
                {told.slice(0, 20).map((w) => {
                  const stand = standOf(w, gateway.now());
                  return (
                    <li key={w.work}>
                      <When at={w.reported_at} /> {say("credits.minutes_for", { n: w.minutes, who: grouped(w.counterparty).slice(0, 9) })}{" "}
                      <strong>{say(`work.${stand}` as Word, { n: w.minted })}</strong>
                    </li>
                  );
                })}
              </ul>
            </Card>
          ) : null}
        </>
      )}
    </Show>
  );
}

/** Asked is one thing that somebody says they have done. What they wrote is opened when it is asked for: the record notes who read it. */
function Asked({ w, mine, answer }: { w: Work; mine: boolean; answer: (w: Work, yes: boolean) => Promise<void> }) {
  const say = useWords();
  const [open, setOpen] = useState(false);
  return (
    <div className="mandate">
      <p><strong>{say("credits.minutes_by", { n: w.minutes, who: grouped(w.worker).slice(0, 9) })}</strong></p>
      <p className="quiet"><When at={w.reported_at} /> · <Until at={w.confirm_by} /></p>
      {w.hand === w.worker ? null : <Notice>{say("credits.by_hand", { who: grouped(w.hand).slice(0, 9) })}</Notice>}
      {open ? <Words text={w.what} subject={w.worker} namedBy={`work/${w.work}`} purpose="PURPOSE_SERVICE" /> : null}
      {mine && !open ? <Button kind="plain" id={`what-${w.work}`} onPress={() => setOpen(true)}>{say("credits.open")}</Button> : null}
      <Button id={`confirm-${w.work}`} onPress={() => answer(w, true)}>{say("credits.confirm")}</Button>
      <Button kind="plain" id={`decline-${w.work}`} onPress={() => answer(w, false)}>{say("credits.decline")}</Button>
    </div>
  );
}
