import { useEffect, useState } from "react";
import Taro from "@tarojs/taro";
import { inBrowser, store } from "@/core/platform";
import { useLoad } from "@/core/load";
import { go } from "@/core/go";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Field, Notice, Row, Show } from "@/parts/basics";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { Until } from "@/parts/when";
import { works } from "@/models/duty";
import { byBuilding, scanned, taskOf, type Task } from "@/models/rounds";
import type { components } from "@renlin/client";
import type { Shown } from ".";

type Member = components["schemas"]["standing.Member"];

const placed = "rounds/buildings"; // by person: the building alone, never the address

/** tasksFor gathers what this member brings, or is asked to, whether or not they work on its case. */
async function tasksFor(device: Shown["device"], buildings: Record<string, string>): Promise<Task[]> {
  const { body } = await device.read("gateway.own_work_orders");
  return body.orders.map((o) => taskOf(o.order, o, o, buildings[o.beneficiary] || ""));
}

/** Rounds is a grid worker's day: what to bring, building by building. It is kept, so that it is there without a network. */
export function Rounds({ device }: Shown) {
  const say = useWords();
  const result = useOutcome();
  const [code, setCode] = useState("");
  const [unknown, setUnknown] = useState(false);
  const [waiting, setWaiting] = useState(0);
  const loaded = useLoad(async (d) => {
    const buildings = JSON.parse((await store.get(placed)) || "{}") as Record<string, string>;
    setWaiting((await d.outbox.list()).filter((e) => e.operation === "aid.visit" && !e.refused).length);
    const worker = works((await d.record<Member>(`member/${d.member}`).catch(() => undefined))?.body);
    return { tasks: await tasksFor(d, buildings), buildings, worker };
  });
  const find = (text: string, tasks: Task[]): void => {
    const task = scanned(text, tasks);
    setUnknown(!task);
    if (task) go("visit", { id: task.order });
  };
  const scan = async (tasks: Task[]): Promise<void> => {
    const { result: text } = await Taro.scanCode({ onlyFromCamera: true });
    find(text, tasks);
  };
  const flush = async (): Promise<void> => {
    await device.outbox.flush();
    loaded.again();
  };
  return (
    <Show of={loaded}>
      {({ tasks, buildings, worker }) => (
        <>
          {waiting > 0 ? <Notice>{say("rounds.waiting", { n: waiting })} <Button kind="plain" id="flush" onPress={flush}>{say("rounds.flush")}</Button></Notice> : null}
          <OutcomeNotice {...result} done="rounds.done" />
          {worker ? (
            <div className="rows">
              <Row to="duty" title={say("duty.title")} note={say("duty.note")} />
              <Row to="intake" title={say("intake.title")} note={say("intake.note")} />
            </div>
          ) : null}
          <Card title={say("rounds.scan")}>
            {inBrowser ? (
              <>
                <Field id="scan" label={say("rounds.code")} value={code} onType={setCode} max={200} />
                <Button kind="plain" id="scan-go" onPress={() => find(code, tasks)}>{say("rounds.find")}</Button>
              </>
            ) : <Button onPress={() => scan(tasks)}>{say("rounds.camera")}</Button>}
            {unknown ? <Notice kind="bad">{say("rounds.unknown")}</Notice> : null}
          </Card>
          {byBuilding(tasks).length === 0 ? <p className="quiet">{say("rounds.none")}</p> : null}
          {byBuilding(tasks).map((g) => (
            <Card key={g.building} title={g.building === "" ? say("rounds.nowhere") : say("rounds.building", { n: g.building })}>
              <div className="rows">
                {g.tasks.map((t) => (
                  <Row key={t.order} to="visit" params={{ id: t.order }} note={<Until at={t.due} />} mark={t.part === "asked" ? "!" : undefined}
                    title={`${say(`aidfor.${t.category}` as Word)} × ${t.left}`} />
                ))}
              </div>
              {g.building === "" ? <Place tasks={g.tasks} buildings={buildings} again={loaded.again} /> : null}
            </Card>
          ))}
        </>
      )}
    </Show>
  );
}

/** Place lets the worker say in which building a person lives, for the order of the day: kept on this device. */
function Place({ tasks, buildings, again }: { tasks: Task[]; buildings: Record<string, string>; again: () => void }) {
  const say = useWords();
  const [at, setAt] = useState("");
  const people = Array.from(new Set(tasks.map((t) => t.beneficiary)));
  useEffect(() => setAt(""), [people.length]);
  const keep = async (): Promise<void> => {
    await store.set(placed, JSON.stringify({ ...buildings, [people[0]]: at.trim().toUpperCase() }));
    again();
  };
  return (
    <>
      <Field id="building" label={say("rounds.where", { what: say(`aidfor.${tasks[0].category}` as Word) })} value={at} onType={setAt} max={6} />
      <Button kind="plain" id="building-keep" disabled={!/^[A-Za-z0-9]{1,6}$/.test(at.trim())} onPress={keep}>{say("rounds.keep")}</Button>
    </>
  );
}
