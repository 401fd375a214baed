// What a rulebook that two officers are to sign would change of the one in force, in plain words.
import { useEffect, useState } from "preact/hooks";
import { Refusal } from "../connection";
import { tellRules } from "../cosigning";
import { changes, type Change, type Figure } from "../models/rulesdiff";
import { useOrgs } from "../standing";
import { inWords, useRules, type ToldMatter } from "../told";
import { bothOf, useWords, type Key } from "../words";
import { inWords as span } from "./due";
import { Refused, Wait } from "./show";

export function RulesDiff({ community, book }: { community: string; book: object }) {
  const say = useWords();
  const now = useRules(community);
  const [told, tell] = useState<{ matters?: ToldMatter[]; refusal?: Refusal }>({});
  const text = JSON.stringify(book);
  useEffect(() => {
    let left = false;
    tellRules(community, JSON.parse(text) as object).then(
      (matters) => left || tell({ matters }),
      (e: unknown) => left || tell({ refusal: Refusal.of(e) }),
    );
    return () => void (left = true);
  }, [community, text]);
  if (told.refusal) return <Refused why={told.refusal} />;
  return (
    <Wait of={{ ...now, value: told.matters && now.value }}>
      {({ matters }) => <Changes community={community} before={matters} after={told.matters!} none={say("rules_diff.none")} />}
    </Wait>
  );
}

/** Changes says what one rulebook changes of another, and what people should know of it that they need not know before. */
export function Changes(props: { community: string; before: ToldMatter[]; after: ToldMatter[]; none: string }) {
  const say = useWords();
  const { community, before, after } = props;
  const all = changes(before, after);
  const known = new Set(before.flatMap((m) => m.findings.map((f) => m.code + f.code)));
  const warnings = after.flatMap((m) => m.findings.map((f) => ({ ...f, matter: m }))).filter((f) => !known.has(f.matter.code + f.code));
  return (
    <>
      {all.length === 0 && <p>{props.none}</p>}
      {all.map((c) => (
        <ChangeOf key={c.code} community={community} of={c} />
      ))}
      {warnings.map((f) => (
        <p key={f.matter.code + f.code} class={f.severity === "error" ? "notice bad" : "notice"}>
          {bothOf(f.matter.title ?? f.matter.code)}
          {say("colon")}
          {inWords(f)}
        </p>
      ))}
    </>
  );
}

function ChangeOf({ community, of }: { community: string; of: Change }) {
  const say = useWords();
  const { nameOf } = useOrgs(community);
  const written = (figure: Figure, value: string) => {
    if (figure === "deliberation") {
      const minutes = Math.floor(Number(value) / 60);
      return span({ days: Math.floor(minutes / 1440), hours: Math.floor((minutes % 1440) / 60), minutes: minutes % 60 });
    }
    if (figure === "direct_convener") return value ? nameOf(value) : say("rules_diff.nobody");
    return value;
  };
  return (
    <section aria-label={bothOf(of.title)}>
      <h3>
        {bothOf(of.title)} <span class="quiet">{say(("rules_diff." + of.kind) as Key)}</span>
      </h3>
      <ul class="changes">
        {of.figures.map((f) => (
          <li key={f.figure}>
            {say(("rules_figure." + f.figure) as Key)}
            {say("colon")}
            <del>{written(f.figure, f.before)}</del> → <ins>{written(f.figure, f.after)}</ins>
          </li>
        ))}
        {of.removed.map((r) => (
          <li key={r.english}>
            <span class="bad">{say("rules_diff.before")}</span>
            {say("colon")}
            <del>{inWords(r)}</del>
          </li>
        ))}
        {of.added.map((r) => (
          <li key={r.english}>
            <span class="good">{say("rules_diff.after")}</span>
            {say("colon")}
            <ins>{inWords(r)}</ins>
          </li>
        ))}
      </ul>
    </section>
  );
}
