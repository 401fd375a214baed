import { useState } from "react";
import { answerNotice, Gateway, onList, readListCode, Refused, Unreachable } from "@renlin/client";
import { address, transport } from "@/core/platform";
import type { Told } from "@/core/policies";
import { useLoad } from "@/core/load";
import { useSettings, useWords } from "@/core/settings";
import { Button, Card, Field, Notice, Show } from "@/parts/basics";
import { Scan } from "@/parts/scan";
import { Until } from "@/parts/when";
import { titleIn } from "@/models/matters";
import type { Shown } from ".";

const sealed = 4; // the scope, by its number on the record

/**
 * Answer says, by the code on a paper, that a notice to a sealed list came. It goes out without a session and is kept nowhere on this device: neither
 * the gateway nor whoever looks at this telephone later is told whose code it was.
 */
export function Answer({ device }: Shown) {
  const say = useWords();
  const { language } = useSettings();
  const [text, setText] = useState("");
  const [outcome, setOutcome] = useState<"done" | "away" | { refused: string }>();
  const loaded = useLoad(async (d) => (await d.records<Told>("policy-notice", 1000)).filter((n) => n.state.scope === sealed));
  const code = readListCode(text);
  const type = (typed: string): void => {
    setText(typed);
    setOutcome(undefined);
  };
  const send = async (notice: string): Promise<void> => {
    if (!code) return;
    const nobodys = new Gateway({ address, transport });
    nobodys.language = language;
    try {
      await answerNotice(nobodys, device.home, notice, code);
      setText("");
      setOutcome("done");
    } catch (error) {
      if (!(error instanceof Unreachable) && !(error instanceof Refused)) throw error;
      setOutcome(error instanceof Refused && !error.temporary ? { refused: error.message } : "away");
    }
  };
  return (
    <>
      <Card>
        <p>{say("answer.lead")}</p>
        <Field id="answer-code" label={say("answer.code")} value={text} onType={type} long max={1200} hint={say("answer.hint")} />
        <Scan id="answer-scan" onRead={type} />
        {text.trim() !== "" && !code ? <Notice kind="bad">{say("answer.no_code")}</Notice> : null}
        {outcome === "done" ? <Notice kind="good">{say("answer.done")}</Notice> : null}
        {outcome === "away" ? <Notice kind="bad">{say("answer.away")}</Notice> : null}
        {typeof outcome === "object" ? <Notice kind="bad">{outcome.refused}</Notice> : null}
      </Card>
      <Show of={loaded}>
        {(list) => {
          const found = code && list.find((n) => onList(code, { count: n.state.count, root: n.state.root || "" }));
          if (!code) return null;
          if (!found) return <Notice kind="bad">{say("answer.nowhere")}</Notice>;
          return (
            <Card title={titleIn(found.state.title, language)}>
              <p className="words">{found.state.text}</p>
              <p className="quiet"><Until at={found.state.reach_by} /></p>
              <Button id="answer-send" onPress={() => send(found.id)}>{say("answer.send")}</Button>
            </Card>
          );
        }}
      </Show>
    </>
  );
}
