import { useLoad } from "@/core/load";
import { useSettings, useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Row, Show } from "@/parts/basics";
import { When } from "@/parts/when";
import { inOrder, mattersOf, titleOf, type Rulebook, type Topic } from "@/models/matters";
import type { Shown } from ".";

/** Topics lists what members have raised. */
export function Topics({ device }: Shown) {
  const say = useWords();
  const { language } = useSettings();
  const loaded = useLoad(async (d) => ({
    topics: inOrder(await d.records<Topic>("topic", 200)), matters: mattersOf((await d.record<Rulebook>("rulebook/main"))?.body),
  }));
  return (
    <>
      <div className="rows"><Row to="raise" title={say("topics.raise")} note={say("topics.raise_note")} /></div>
      <Show of={loaded}>
        {({ topics, matters }) => (
          <>
            {topics.length === 0 ? <p className="quiet">{say("topics.none")}</p> : null}
            <div className="rows">
              {topics.map((t) => (
                <Row key={t.id} to="topic" params={{ id: t.id }} title={titleOf(matters, t.state.matter, language)} mark={say(`topic.${t.state.state}` as Word)}
                  note={<><When at={t.state.posted_at} />{t.state.author === device.member ? ` · ${say("topic.mine")}` : ""}</>} />
              ))}
            </div>
          </>
        )}
      </Show>
    </>
  );
}
