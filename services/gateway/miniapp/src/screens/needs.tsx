import { go } from "@/core/go";
import { useLoad } from "@/core/load";
import { useSettings, useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Row, Show } from "@/parts/basics";
import { When } from "@/parts/when";
import { kindsOf, kindTitle, stageOf, type Assignment, type Need } from "@/models/needs";
import type { Rulebook } from "@/models/matters";
import type { Shown } from ".";

/** Needs shows what one has asked of neighbours and where it stands, and what neighbours ask of oneself. */
export function Needs(_: Shown) {
  const say = useWords();
  const { language } = useSettings();
  const loaded = useLoad(async (d) => {
    const { body: mine } = await d.read("gateway.matching_mine");
    const kinds = kindsOf((await d.record<Rulebook>("rulebook/main"))?.body, language);
    const needs = await Promise.all(mine.needs.slice(0, 40).map(async (id) => {
      const need = (await d.record<Need>(`need/${id}`))?.body;
      const live = need ? await Promise.all((need.live || []).map(async (a) => (await d.record<Assignment>(`assignment/${a}`))?.body)) : [];
      return { id, need, stage: need && stageOf(need, live.filter((a): a is Assignment => a !== undefined)) };
    }));
    return { mine, kinds, needs };
  }, [language]);
  return (
    <>
      <Button id="ask" onPress={() => go("ask")}>{say("needs.ask")}</Button>
      <Show of={loaded}>
        {({ mine, kinds, needs }) => (
          <>
            <Card title={say("needs.mine")}>
              {needs.length === 0 && mine.confirm.length === 0 ? <p className="quiet">{say("needs.none")}</p> : null}
              <div className="rows">
                {mine.confirm.map((a) => <Row key={a} to="job" params={{ id: a }} title={say("needs.confirm")} mark="!" />)}
                {needs.map(({ id, need, stage }) => (need && stage ? (
                  <Row key={id} to="need" params={{ id }} title={kindTitle(kinds, need.skill)} note={<When at={need.raised_at} />} mark={say(`need.${stage}` as Word)} />
                ) : null))}
              </div>
            </Card>
            {mine.providers.length === 0 ? null : (
              <Card title={say("needs.jobs")}>
                {mine.asked.length + mine.serving.length === 0 ? <p className="quiet">{say("needs.no_jobs")}</p> : null}
                <div className="rows">
                  {mine.asked.map((a) => <Row key={a} to="job" params={{ id: a }} title={say("needs.asked")} mark="!" />)}
                  {mine.serving.map((a) => <Row key={a} to="job" params={{ id: a }} title={say("needs.serving")} />)}
                </div>
              </Card>
            )}
            <div className="rows"><Row to="offer" title={say("offer.title")} note={say("offer.note")} /></div>
          </>
        )}
      </Show>
    </>
  );
}
