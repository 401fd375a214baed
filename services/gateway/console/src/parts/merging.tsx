// Two files of one person become one, or one becomes two again. Officers of two organisations say so; the first of them here.
import { signFirst } from "../cosigning";
import { useWords } from "../words";
import { CommandForm, Field, useDoing } from "./doing";

export function Merging({ community }: { community: string }) {
  const say = useWords();
  const merge = useDoing(community, signFirst);
  const apart = useDoing(community, signFirst);
  const id = (name: string, label: string) => (
    <Field id={name} label={label}>
      <input id={name} name={name} required pattern="[a-z2-7]{26}" spellcheck={false} />
    </Field>
  );
  return (
    <details>
      <summary>{say("merging.title")}</summary>
      <p class="quiet">{say("merging.about")}</p>
      <CommandForm
        doing={merge}
        label={say("cosignings.sign_first")}
        done={say("cosignings.waits")}
        order={(form) => {
          const [from, into] = [String(form.get("from")), String(form.get("into"))];
          return { operation: "aid.merge", path: `beneficiaries/${from}/merge`, body: { from, into } };
        }}
      >
        {id("from", say("merging.from"))}
        {id("into", say("merging.into"))}
      </CommandForm>
      <h3>{say("merging.apart")}</h3>
      <CommandForm
        doing={apart}
        label={say("merging.apart_do")}
        done={say("cosignings.waits")}
        order={(form) => {
          const from = String(form.get("merged"));
          return { operation: "aid.unmerge", path: `beneficiaries/${from}/unmerge`, body: { from } };
        }}
      >
        {id("merged", say("merging.from"))}
      </CommandForm>
    </details>
  );
}
