import { useState } from "react";
import { gateway } from "@/core/session";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Field, Notice, Show } from "@/parts/basics";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { Undo } from "@/parts/undo";
import { Until, When } from "@/parts/when";
import { grouped, readMember } from "@/models/entry";
import { actNames, doneOf, grantable, grantBody, sorted, standingOf, wrongIn, type Grant, type Mandate } from "@/models/mandates";
import type { Shown } from ".";

/** Helpers are those who act for one, and those for whom one acts: each with both names, what it covers, and what was done. */
export function Helpers({ device }: Shown) {
  const say = useWords();
  const loaded = useLoad(async (d) => sorted((await d.read("gateway.mandates")).body.mandates, d.member));
  return (
    <Show of={loaded}>
      {({ helping, helped }) => (
        <>
          <Card title={say("helpers.helped")}>
            {helped.length === 0 ? <p className="quiet">{say("helpers.none")}</p> : null}
            {helped.map((m) => <One key={m.mandate} m={m} device={device} again={loaded.again} />)}
          </Card>
          <Card title={say("helpers.helping")}>
            {helping.length === 0 ? <p className="quiet">{say("helpers.nobody")}</p> : null}
            {helping.map((m) => <One key={m.mandate} m={m} device={device} again={loaded.again} />)}
          </Card>
          <GrantForm device={device} again={loaded.again} />
        </>
      )}
    </Show>
  );
}

function One({ m, device, again }: { m: Mandate; device: Shown["device"]; again: () => void }) {
  const say = useWords();
  const result = useOutcome();
  const [open, setOpen] = useState(false);
  const standing = standingOf(m, gateway.now());
  const mine = m.terms.helper === device.member;
  const at = { mandate: m.mandate };
  const write = async (operation: "community.accept_mandate" | "community.decline_mandate" | "community.revoke_mandate"): Promise<void> => {
    await result.watch(device.write(operation, at, at, { about: `mandate/${m.mandate}`, once: `${operation} ${m.mandate}`, waitHours: 1 }));
    again();
  };
  return (
    <div className="mandate">
      <p><strong>{say("helpers.both", { principal: grouped(m.terms.principal), helper: grouped(m.terms.helper) })}</strong></p>
      <p>{actNames(m).map((a) => say(`act.${a}` as Word)).join("、")} · {say(`mandate.${standing}` as Word)}</p>
      <p className="quiet"><Until at={m.terms.until} /></p>
      <OutcomeNotice {...result} done="helpers.done" />
      {mine && standing === "waiting" ? (
        <>
          <Button id={`accept-${m.mandate}`} onPress={() => write("community.accept_mandate")}>{say("helpers.accept")}</Button>
          <Button kind="plain" onPress={() => write("community.decline_mandate")}>{say("helpers.decline")}</Button>
        </>
      ) : null}
      {standing === "runs" || standing === "later" || (standing === "waiting" && !mine)
        ? <Button kind="plain" onPress={() => write("community.revoke_mandate")}>{say("helpers.revoke")}</Button> : null}
      {open ? <Acts m={m} device={device} /> : <Button kind="plain" onPress={() => setOpen(true)}>{say("helpers.acts")}</Button>}
    </div>
  );
}

const doneWord = (event: string): Word => `done.${doneOf(event)}` as Word;

function Acts({ m, device }: { m: Mandate; device: Shown["device"] }) {
  const say = useWords();
  const mine = m.terms.principal === device.member;
  const loaded = useLoad(async (d) => (await d.read("gateway.mandate_acts", { mandate: m.mandate })).body.acts, [m.mandate]);
  return (
    <Show of={loaded}>
      {(acts) => (
        <ul className="entries">
          {acts.length === 0 ? <li className="quiet">{say("helpers.no_acts")}</li> : null}
          {acts.map((a) => (
            <li key={`${a.position}-${a.path}`}>
              <When at={a.at} /> {say("helpers.did", { helper: grouped(m.terms.helper).slice(0, 9), principal: grouped(m.terms.principal).slice(0, 9) })}
              {" "}{say(doneWord(a.event))}{a.replaced ? ` · ${say("acted.replaced")}` : ""}
              {mine ? <Undo device={device} path={a.path} against={a.against} again={loaded.again} /> : null}
            </li>
          ))}
        </ul>
      )}
    </Show>
  );
}

function GrantForm({ device, again }: { device: Shown["device"]; again: () => void }) {
  const say = useWords();
  const result = useOutcome();
  const [helper, setHelper] = useState("");
  const [acts, setActs] = useState<string[]>([]);
  const [days, setDays] = useState("30");
  const [poll, setPoll] = useState("");
  const [written, setWritten] = useState("");
  const vote = acts.includes("BALLOTS");
  const polls = useLoad(async (d) => (await d.records<{ question?: { title?: string }; closed?: boolean; lapsed?: string }>("poll", 40))
    .filter((p) => !p.state.closed && !p.state.lapsed));
  const grant: Grant = { helper: readMember(helper) || "", acts, days: Number(days) || 0, ...(vote ? { poll, written } : {}) };
  const wrong = wrongIn(grant, device.member);
  const toggle = (a: string): void => setActs(acts.includes(a) ? acts.filter((x) => x !== a) : a === "BALLOTS" ? [a] : [...acts.filter((x) => x !== "BALLOTS"), a]);
  const send = async (): Promise<void> => {
    const words = vote ? { words: { subject: device.member, text: written.trim(), field: "proxy" } } : {};
    await result.watch(device.write("community.grant_mandate", {}, grantBody(grant, device.member, gateway.now()),
      { about: "helpers", once: `grant ${JSON.stringify(grant)}`, waitHours: 1, ...words }));
    again();
  };
  return (
    <Card title={say("grant.title")}>
      <p>{say("grant.lead")}</p>
      <Field id="grant-helper" label={say("grant.helper")} value={helper} onType={setHelper} max={40} />
      <div className="choices">
        {[...grantable, "BALLOTS"].map((a) => <Button kind="plain" key={a} id={`act-${a}`} chosen={acts.includes(a)} onPress={() => toggle(a)}>{say(`act.${a}` as Word)}</Button>)}
      </div>
      {vote ? (
        <>
          <Notice>{say("grant.vote")}</Notice>
          <Show of={polls}>
            {(list) => (
              <div className="choices">
                {list.map((p) => (
                  <Button kind="plain" key={p.id} id={`grant-poll-${p.id}`} chosen={p.id === poll} onPress={() => setPoll(p.id)}>{(p.state.question && p.state.question.title) || p.id}</Button>
                ))}
              </div>
            )}
          </Show>
          <Field id="grant-written" label={say("grant.written")} value={written} onType={setWritten} long hint={say("grant.written_hint")} />
        </>
      ) : null}
      <Field id="grant-days" label={say("grant.days")} value={days} onType={setDays} max={3} type="tel" />
      {wrong && helper !== "" && acts.length > 0 ? <p className="hint">{say(`grant.wrong_${wrong}` as Word)}</p> : null}
      <Button id="grant-send" disabled={wrong !== undefined} onPress={send}>{say("grant.send")}</Button>
      <OutcomeNotice {...result} done="grant.done" />
    </Card>
  );
}
