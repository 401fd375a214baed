import { useEffect, useState } from "react";
import type { Device } from "@renlin/client";
import { seeActs, seenActs } from "@/core/seen";
import { useSettings, useWords } from "@/core/settings";
import { Button, Card, Notice } from "./basics";
import { OutcomeNotice, useOutcome } from "./outcome";
import { Undo } from "./undo";
import { When } from "./when";
import { grouped } from "@/models/entry";
import { actedOf, unseen, type Told } from "@/models/mandates";

const shown = 10;

/** Mandated is what the inbox tells of mandates: what helpers did, with both names and what can be done against it, and what became of each mandate. */
export function Mandated({ device, notices, again }: { device: Device; notices: Told[]; again: () => void }) {
  const say = useWords();
  const [seen, setSeen] = useState<number>();
  const [all, showAll] = useState(false);
  useEffect(() => void seenActs().then(setSeen), []);
  const fresh = unseen(notices, seen === undefined ? Infinity : seen);
  const right = async (): Promise<void> => {
    const newest = Math.max(...actedOf(notices).map((n) => n.position || 0));
    await seeActs(newest);
    setSeen(newest);
    again();
  };
  return (
    <>
      {fresh.length > 0 ? (
        <Notice>{say("acted.new", { n: fresh.length })} <Button kind="plain" id="acted-right" onPress={right}>{say("acted.right")}</Button></Notice>
      ) : null}
      {(all ? notices : notices.slice(0, shown)).map((m) => <One key={`${m.mandate}${m.notice}${m.position || m.at}`} device={device} m={m} again={again} />)}
      {!all && notices.length > shown ? <Button kind="plain" onPress={() => showAll(true)}>{say("talk.more")}</Button> : null}
    </>
  );
}

type Answer = "community.accept_mandate" | "community.decline_mandate" | "community.revoke_mandate";
const answers: { operation: Answer; word: "helpers.accept" | "helpers.decline" | "helpers.revoke" }[] = [
  { operation: "community.accept_mandate", word: "helpers.accept" }, { operation: "community.decline_mandate", word: "helpers.decline" },
  { operation: "community.revoke_mandate", word: "helpers.revoke" },
];

function One({ device, m, again }: { device: Device; m: Told; again: () => void }) {
  const say = useWords();
  const { language } = useSettings();
  const result = useOutcome();
  const can = m.can || [], at = { mandate: m.mandate };
  const write = async (operation: Answer): Promise<void> => {
    await result.watch(device.write(operation, at, at, { about: `mandate/${m.mandate}`, once: `${operation} ${m.mandate}`, waitHours: 1 }));
    again();
  };
  return (
    <Card title={say(m.event ? "acted.title" : "inbox.mandate")}>
      <p>{language === "zh" ? m.chinese : m.english}</p>
      <p className="quiet">{say("helpers.both", { principal: grouped(m.principal).slice(0, 9), helper: grouped(m.helper).slice(0, 9) })}</p>
      {m.at ? <p className="quiet"><When at={m.at} /></p> : null}
      {m.replaced ? <p className="quiet">{say("acted.replaced")}</p> : null}
      {m.path ? <Undo device={device} path={m.path} against={can.find((c) => !c.startsWith("community."))} again={again} /> : null}
      {answers.filter((a) => can.includes(a.operation)).map((a) => (
        <Button kind="plain" key={a.operation} onPress={() => write(a.operation)}>{say(a.word)}</Button>
      ))}
      <OutcomeNotice {...result} done="helpers.done" />
    </Card>
  );
}
