import { useState } from "react";
import { gateway } from "@/core/session";
import { rollCall, type Told } from "@/core/policies";
import { useLoad } from "@/core/load";
import { usePulse } from "@/core/pulse";
import { useSettings, useWords } from "@/core/settings";
import { Button, Card, Field, Notice, Row, Show } from "@/parts/basics";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { Until } from "@/parts/when";
import { Words } from "@/parts/words";
import { grouped } from "@/models/entry";
import { titleIn } from "@/models/matters";
import type { components } from "@renlin/client";
import type { Shown } from ".";

const shownMax = 50;
const keptFor = 3 * 86_400_000;

/** RollCall is whom grid workers and officers look for: who has not said that they are safe, and whom nobody has met yet. */
export function RollCallScreen({ device }: Shown) {
  const say = useWords();
  const { language } = useSettings();
  const loaded = useLoad(async (d) => {
    const all = await d.records<Told>("policy-notice", 1000);
    const running = all.filter((n) => n.state.kind === rollCall && n.state.published_at > gateway.now() - keptFor).sort((a, b) => b.state.published_at - a.state.published_at);
    return Promise.all(running.slice(0, 5).map(async (n) => ({ ...n, missing: (await d.read("gateway.policy_notice_unreached", { notice: n.id })).body.unreached || [] })));
  });
  usePulse(loaded.again);
  return (
    <Show of={loaded}>
      {(list) => (
        <>
          {list.length === 0 ? <p className="quiet">{say("rollcall.none")}</p> : null}
          {list.map(({ id, state, missing }) => (
            <div key={id}>
              <Card title={titleIn(state.title, language)}>
                <p className="lead" id={`missing-${id}`}>{say("rollcall.missing", { n: missing.length, all: state.count })}</p>
                {state.reach_by > gateway.now() ? <p><Until at={state.reach_by} /></p> : <Notice kind="bad">{say("rollcall.over")}</Notice>}
              </Card>
              {missing.filter((who) => who !== device.member).slice(0, shownMax).map((who) => <Missing key={who} notice={id} who={who} device={device} again={loaded.again} />)}
              {missing.length > shownMax ? <p className="quiet">{say("rollcall.more", { n: missing.length - shownMax })}</p> : null}
            </div>
          ))}
        </>
      )}
    </Show>
  );
}

type Looked = { notice: string; who: string; device: Shown["device"]; again: () => void };

/** Missing is one of them. Who they are is opened when it is asked for, and that it was stands on the record. */
function Missing({ notice, who, device, again }: Looked) {
  const say = useWords();
  const result = useOutcome();
  const [open, setOpen] = useState(false);
  const [said, setSaid] = useState("");
  const record = async (channel: string, failed: boolean): Promise<void> => {
    const attempt = { addressee: who, channel, failed, at: String(gateway.now()) };
    const words = failed ? undefined : { subject: device.member, text: said.trim() || say("rollcall.met_words"), field: "attempts.0.evidence" };
    await result.watch(device.write("aid.record_attempts", { notice }, { notice, attempts: [attempt] } as never,
      { about: `policy-notice/${notice}`, once: `looked ${notice} ${who} ${failed} ${said}`, waitHours: 24, words }));
    again();
  };
  return (
    <Card title={grouped(who).slice(0, 14)}>
      {open ? <Profile who={who} /> : <Button kind="plain" id={`who-${who}`} onPress={() => setOpen(true)}>{say("rollcall.who")}</Button>}
      <Field id={`met-${who}`} label={say("rollcall.said")} value={said} onType={setSaid} max={300} />
      <Button id={`met-${who}`} onPress={() => record("DELIVERY_CHANNEL_IN_PERSON", false)}>{say("rollcall.met")}</Button>
      <Button kind="plain" id={`absent-${who}`} onPress={() => record("DELIVERY_CHANNEL_DOOR", true)}>{say("rollcall.absent")}</Button>
      <div className="rows"><Row to="intake" title={say("rollcall.needs")} /></div>
      <OutcomeNotice {...result} done="rollcall.noted" />
    </Card>
  );
}

function Profile({ who }: { who: string }) {
  const say = useWords();
  const loaded = useLoad(async (d) => (await d.record<components["schemas"]["standing.Member"]>(`member/${who}`))?.body, [who]);
  return (
    <Show of={loaded}>
      {(m) => (m && m.profile ? <Words text={{ ref: m.profile }} subject={who} namedBy={`member/${who}`} purpose="PURPOSE_SERVICE" /> : <p className="quiet">{say("rollcall.no_profile")}</p>)}
    </Show>
  );
}
