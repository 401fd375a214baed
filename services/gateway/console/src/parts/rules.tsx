// Rules in sentences, and what people should know of them.
import { inWords, type ToldMatter } from "../told";
import { useWords } from "../words";

export function Rules({ of }: { of: ToldMatter }) {
  const say = useWords();
  return (
    <>
      <ul class="rules">
        {of.rules.map((r) => (
          <li key={r.field + r.english}>{inWords(r)}</li>
        ))}
      </ul>
      {of.findings.length > 0 && <h3>{say("rules.findings")}</h3>}
      {of.findings.map((f) => (
        <p key={f.code} class={f.severity === "error" ? "notice bad" : "notice"}>
          {inWords(f)} <span class="mono code">{f.code}</span>
        </p>
      ))}
    </>
  );
}
