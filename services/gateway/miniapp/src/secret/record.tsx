import { useState } from "react";
import { base64, fromBase64 } from "@renlin/client";
import { useLoad } from "@/core/load";
import { usePulse } from "@/core/pulse";
import { useWords } from "@/core/settings";
import { Button, Card, Notice, Show } from "@/parts/basics";
import { useChosen } from "@/parts/choices";
import { Passing, Verdict, verify } from "@/parts/receipt";
import { trackerOf } from "@/models/secret";
import { boothOf, type Kept } from "./arithmetic";
import type { Here } from "./booth";
import { told, Why } from "./doing";

/** Counted shows what this device has cast: its receipt, and whether the record has it as this credential's last. */
export function Counted({ kept, voter, secret, device }: Here) {
  const say = useWords();
  const cast = kept ? kept.cast.filter((c) => !c.challenged) : [];
  const last = cast[cast.length - 1];
  const loaded = useLoad(async () => {
    if (!last) return undefined;
    return told(async () => voter.counted(await (await boothOf(secret, device, voter)).poll()));
  }, [last && last.tracker]);
  if (!last) return null;
  return (
    <Card title={say("secret.mine_title", { n: cast.length })}>
      <p className="quiet">{say("secret.tracker")}</p>
      <p className="number" id="cast-tracker">{trackerOf(fromBase64(last.tracker) as Uint8Array)}</p>
      <Receipt last={last} device={device} />
      <Show of={loaded}>
        {(looked) => {
          if (looked && looked.refusal) return <Why why={looked.refusal} />;
          return looked && looked.found ? <Notice kind="good">{say("secret.on_the_list")}</Notice> : <Awaited again={loaded.again} />;
        }}
      </Show>
    </Card>
  );
}

/** Awaited waits for the record that can be read, which follows what is written by a moment. */
function Awaited({ again }: { again: () => void }) {
  const say = useWords();
  usePulse(again);
  return <Notice>{say("secret.not_yet")}</Notice>;
}

function Receipt({ last, device }: { last: Kept["cast"][number]; device: Here["device"] }) {
  const say = useWords();
  if (last.receipt === "") return <Notice>{say("secret.no_receipt")}</Notice>;
  return <><Verdict found={verify(last.receipt, device.home)} /><Passing receipt={last.receipt} home={device.home} /></>;
}

/** Opened lists the ballots that were opened to try devices. On another device than the one that made it, it shows whether that one told the truth. */
export function Opened({ kept, voter, secret, device, poll }: Here) {
  const say = useWords();
  const written = useChosen();
  const mine = new Set((kept ? kept.cast : []).filter((c) => c.challenged).map((c) => c.tracker));
  const [asked, ask] = useState(mine.size > 0);
  const loaded = useLoad(async () => {
    if (!asked && mine.size === 0) return undefined;
    return told(async () => {
      const state = await device.record<unknown>(`poll/${voter.poll}`);
      const read = secret.Poll.read(voter.poll, (state as NonNullable<typeof state>).body as Parameters<typeof secret.Poll.read>[1]);
      return voter.opened(read);
    });
  }, [asked, mine.size]);
  const list = loaded.value && loaded.value.found;
  const behind = list !== undefined && Array.from(mine).some((t) => !list.some((o) => base64(o.tracker) === t));
  return (
    <Card title={say("secret.opened_title")}>
      <p className="quiet">{say("secret.opened_what")}</p>
      {asked || mine.size > 0 ? null : <Button id="opened" kind="plain" onPress={() => ask(true)}>{say("secret.opened_look")}</Button>}
      <Show of={loaded}>
        {(looked) => (looked && looked.refusal ? <Why why={looked.refusal} /> : null)}
      </Show>
      {list === undefined ? null : (
          <>
            {list.length === 0 && mine.size === 0 ? <p className="quiet">{say("secret.opened_none")}</p> : null}
            {behind ? <Awaited again={loaded.again} /> : null}
            {list.slice().reverse().slice(0, 50).map((o) => (
              <div key={o.index} className="figure">
                <span className="figure-name">{trackerOf(o.tracker)}{mine.has(base64(o.tracker)) ? ` ${say("secret.this_device")}` : ""}</span>
                <span className="figure-value">{written(poll, o.choice)}</span>
              </div>
            ))}
          </>
      )}
    </Card>
  );
}

