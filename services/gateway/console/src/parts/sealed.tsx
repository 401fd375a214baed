// Words that are sealed. Before they are opened it is said that reading them is recorded for good, under whose name and what for;
// nothing is read by merely looking at a screen.
import { useState } from "preact/hooks";
import { read, Refusal, type Sealed } from "../connection";
import { useWords } from "../words";
import { Refused } from "./show";

interface Props {
  community: string;
  text: Sealed;
  /** Under whose key the words are sealed. */
  subject: string;
  /** The record that names them. */
  namedBy: string;
  purpose: "PURPOSE_AID" | "PURPOSE_SERVICE" | "PURPOSE_AUDIT";
  /** What is opened, as the reader knows it. */
  what: string;
}

export function GuardedWords(props: Props) {
  const say = useWords();
  const [stage, go] = useState<"shut" | "asked" | "busy" | "open">("shut");
  const [words, setWords] = useState("");
  const [refusal, refuse] = useState<Refusal>();
  const open = async () => {
    go("busy");
    try {
      setWords(await read(props.community, props.text, props.subject, props.namedBy, props.purpose));
      refuse(undefined);
      go("open");
    } catch (e) {
      refuse(Refusal.of(e));
      go("shut");
    }
  };
  if (stage === "open") {
    return (
      <div class="opened">
        <p class="words">{words}</p>
        <p class="quiet">{say("sealed.recorded")}</p>
      </div>
    );
  }
  if (stage === "shut") {
    return (
      <>
        <button type="button" class="plain" onClick={() => go("asked")}>
          {say("sealed.open", { what: props.what })}
        </button>
        <Refused why={refusal} />
      </>
    );
  }
  return (
    <div class="notice" role="group" aria-label={props.what}>
      <p>{say(props.purpose === "PURPOSE_AID" ? "sealed.warn_aid" : "sealed.warn", { what: props.what })}</p>
      <p class="row">
        <button type="button" aria-disabled={stage === "busy"} onClick={() => stage === "asked" && void open()}>
          {say("sealed.do")}
        </button>
        <button type="button" class="plain" onClick={() => go("shut")}>
          {say("no")}
        </button>
      </p>
    </div>
  );
}
