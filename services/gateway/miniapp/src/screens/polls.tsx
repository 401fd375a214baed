import { useLoad } from "@/core/load";
import { useSettings, useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Row, Show } from "@/parts/basics";
import { Until, When } from "@/parts/when";
import { mattersOf, titleOf, type Rulebook } from "@/models/matters";
import { inOrder, stageOf, type Poll } from "@/models/polls";
import { secretly, secretStageOf } from "@/models/secret";

/** Polls lists what is voted on, and what was. */
export function Polls() {
  const say = useWords();
  const { language } = useSettings();
  const loaded = useLoad(async (d) => ({
    polls: inOrder(await d.records<Poll>("poll", 200)), matters: mattersOf((await d.record<Rulebook>("rulebook/main"))?.body),
  }));
  return (
    <Show of={loaded}>
      {({ polls, matters }) => (
        <>
          {polls.length === 0 ? <p className="quiet">{say("polls.none")}</p> : null}
          <div className="rows">
            {polls.map(({ id, state }) => {
              const question = state.question as { title?: string } | null;
              const stage = stageOf(state);
              return (
                <Row key={id} to="poll" params={{ id }} title={(question && question.title) || titleOf(matters, state.matter, language)} mark={say((stage === "waiting" && secretly(state) ? `secret_stage.${secretStageOf(state)}` : `stage.${stage}`) as Word)}
                  note={stage === "open" && state.closes_at ? <Until at={state.closes_at} /> : state.closed_at ? <When at={state.closed_at} /> : titleOf(matters, state.matter, language)} />
              );
            })}
          </div>
        </>
      )}
    </Show>
  );
}
