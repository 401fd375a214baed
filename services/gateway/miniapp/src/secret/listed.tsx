import { useState } from "react";
import { Refusal } from "@renlin/client";
import { useLoad } from "@/core/load";
import { usePulse } from "@/core/pulse";
import { useSettings, useWords } from "@/core/settings";
import { Button, Card, Notice, Show } from "@/parts/basics";
import { OutcomeNotice, useOutcome } from "@/parts/outcome";
import { squareMetres } from "@/models/secret";
import type { Here } from "./booth";
import { useDoing, Why } from "./doing";

/** Listed looks whether one's credential is on the sealed list, with its weight; and contests the list where it is not. */
export function Listed(here: Here) {
  const say = useWords();
  const { language } = useSettings();
  const { voter, poll, kept, secret, again } = here;
  const root = poll.secret && poll.secret.root;
  const loaded = useLoad(async () => {
    if (!kept) return {};
    try {
      return { weight: await voter.look(poll as Parameters<typeof voter.look>[0]) };
    } catch (error) {
      if (error instanceof secret.Refusal) return { refusal: error as Refusal };
      throw error;
    }
  }, [root, kept !== undefined]);
  const behind = Boolean(loaded.value && loaded.value.refusal && loaded.value.refusal.code === "record.behind");
  usePulse(behind ? loaded.again : again);
  return (
    <Card title={say("secret.list_title")}>
      <Show of={loaded}>
        {({ weight, refusal }) => (
          <>
            {weight ? <Notice kind="good">{say("secret.listed", { n: weight.heads })}{weight.area > 0 ? say("secret.listed_area", { area: squareMetres(weight.area) }) : ""}</Notice> : null}
            {refusal ? <Notice kind={behind ? "plain" : "bad"}>{refusal.words[language]}</Notice> : null}
            {refusal && (refusal.code === "credential.unlisted" || refusal.code === "credential.weighed") ? (here.whom ? <Notice>{say("secret.contest_self")}</Notice> : <Contest {...here} />) : null}
            {weight || refusal ? null : <Notice>{say("secret.no_credential")}</Notice>}
          </>
        )}
      </Show>
    </Card>
  );
}

function Contest({ voter, again }: Here) {
  const say = useWords();
  const [sure, set] = useState(false);
  const result = useOutcome();
  const doing = useDoing();
  const contest = (): Promise<void> => doing.run(async () => {
    await result.watch(voter.contest());
    again();
  });
  return (
    <>
      <p>{say("secret.contest_what")}</p>
      {sure ? <Button id="contest-sure" kind="danger" onPress={contest}>{say("secret.contest_sure")}</Button>
        : <Button id="contest" kind="plain" onPress={() => set(true)}>{say("secret.contest")}</Button>}
      <Why why={doing.why} />
      <OutcomeNotice {...result} done="secret.contested" />
    </>
  );
}
