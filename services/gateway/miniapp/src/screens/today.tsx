import { castHere } from "@/core/credentials";
import { gateway } from "@/core/session";
import { useLoad } from "@/core/load";
import { policies } from "@/core/policies";
import { useSettings, useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Card, Row, Show } from "@/parts/basics";
import { Help } from "@/parts/help";
import { RollCalls } from "@/parts/rollcall";
import { Until } from "@/parts/when";
import { tiles } from "@/models/places";
import { titleIn } from "@/models/matters";
import { further, mergesOf, openPolls, secretPolls, waiting } from "@/models/today";
import { unseen } from "@/models/mandates";
import { seenActs } from "@/core/seen";
import type { Shown } from ".";

/** Today is home: what waits for this person, and the way to everything else. */
export function Today({ device }: Shown) {
  const say = useWords();
  const { elder, language } = useSettings();
  const loaded = useLoad(async (d) => {
    const inbox = await d.inbox();
    const voted: string[] = [];
    for (const id of openPolls(inbox.body, gateway.now()).slice(0, 10)) if (await d.record(`poll/${id}/ballot/${d.member}`)) voted.push(id);
    for (const { id, stage } of secretPolls(inbox.body, gateway.now()).slice(0, 10)) {
      const done = stage === "open" ? await castHere(id, d.member) : await d.record(`poll/${id}/registration/${d.member}`);
      if (done) voted.push(id);
    }
    for (const { id } of mergesOf(inbox.body, d.member, gateway.now()).slice(0, 10)) {
      if (await d.record(`merge/${id}/merge-consent/${d.member}`)) voted.push(id);
    }
    const works = await d.read("gateway.own_works").then((r) => r.body.asked, () => []);
    const told = await policies(d).then((list) => list.length, () => 0);
    const rest = further({ works, policies: told, acted: unseen(inbox.body.mandates || [], await seenActs()).length });
    return { items: [...waiting(inbox.body, [...(await d.outbox.list())], voted, gateway.now(), language, d.member), ...rest], keptAt: inbox.keptAt };
  }, [language]);
  return (
    <>
      <p className="community">{titleIn(device.home.name, language)}</p>
      <RollCalls device={device} />
      {elder ? <Help /> : null}
      <Show of={loaded}>
        {({ items, keptAt }) => (
          <Card title={say("today.heading")}>
            {keptAt === undefined ? null : <p className="quiet">{say("net.kept")}</p>}
            {items.length === 0 ? <p className="quiet">{say("today.nothing")}</p> : null}
            <div className="rows">
              {items.map((item, i) => (
                <Row key={`${item.what}${i}`} to={item.to} params={item.params} title={say(`today.${item.what}` as Word, { n: item.n || 0 })}
                  note={item.until ? <Until at={item.until} /> : item.note} />
              ))}
            </div>
          </Card>
        )}
      </Show>
      <div className="rows">
        {tiles(elder).map((name) => <Row key={name} to={name} title={say(`${name}.title` as Word)} note={say(`${name}.note` as Word)} />)}
        {elder ? null : <Row to="settings" title={say("settings.elder")} note={say("elder.note")} />}
      </div>
      {elder ? null : <Help />}
    </>
  );
}
