// A new version of the rulebook: the draft, what it would change in plain words, and the first of the two signatures. What only a vote of the
// community changes names the motion that was adopted; the rules refuse it without.
import { useState } from "preact/hooks";
import { useRecord } from "../asking";
import { Refusal } from "../connection";
import { signFirst } from "../cosigning";
import { changed, numbersOf, share, type Book } from "../models/rulebook";
import { CommandForm, Field, useDoing } from "../parts/doing";
import { RulesDiff } from "../parts/rules-diff";
import { Refused, Wait } from "../parts/show";
import { Cosignings } from "../parts/two-signatures";
import type { ViewProps } from "../screens";
import { bothOf, say as says, useWords } from "../words";

export function RulebookView({ community }: ViewProps) {
  const say = useWords();
  const record = useRecord<{ book: Book }>(community, "rulebook/main");
  const [draft, setDraft] = useState<{ of: number; book: Book }>();
  return (
    <>
      <p class="quiet">{say("rulebook.about")}</p>
      <Cosignings community={community} operation="community.amend_rulebook" />
      <Wait of={record}>
        {({ version, state }) => {
          const now = draft?.of === version ? draft.book : state.book;
          const set = (book: Book) => setDraft({ of: version, book });
          return (
            <>
              <Numbers book={now} set={set} />
              <Whole key={JSON.stringify(now)} book={now} set={set} />
              <section aria-labelledby="what-changes">
                <h2 id="what-changes">{say("rulebook.changes")}</h2>
                <RulesDiff community={community} book={now} />
              </section>
              {draft?.of === version && <Sign community={community} book={now} version={version} />}
            </>
          );
        }}
      </Wait>
    </>
  );
}

interface Draft {
  book: Book;
  set: (book: Book) => void;
}

/** Numbers are the fields of one matter. */
function Numbers({ book, set }: Draft) {
  const say = useWords();
  const matters = book.matters ?? [];
  const [code, choose] = useState(matters[0]?.code ?? "");
  const [refusal, refuse] = useState<Refusal>();
  const matter = matters.find((m) => m.code === code);
  if (!matter) return null;
  const numbers = numbersOf(matter);
  const take = (e: Event) => {
    e.preventDefault();
    const form = new FormData(e.currentTarget as HTMLFormElement);
    const part = share(String(form.get("share")));
    refuse(part ? undefined : new Refusal("client.share", says("rulebook.bad_share"), true));
    const of = (name: string) => Number(form.get(name));
    const to = { members: of("members"), deliberationHours: of("deliberation"), votingHours: of("voting"), vetoHours: of("veto") };
    if (part) set(changed(book, code, { ...to, share: part }));
  };
  const number = (name: string, label: string, value: number, step: string) => (
    <Field id={name} label={label}>
      <input id={name} name={name} type="number" min="0" max="100000" step={step} required value={value} />
    </Field>
  );
  return (
    <form class="check" onSubmit={take} key={code + JSON.stringify(numbers)}>
      <Field id="matter" label={say("rulebook.matter")}>
        <select id="matter" value={code} onChange={(e) => choose(e.currentTarget.value)}>
          {matters.map((m) => (
            <option key={m.code} value={m.code}>
              {bothOf(m.title ?? m.code)}
            </option>
          ))}
        </select>
      </Field>
      {number("members", say("rulebook.members"), numbers.members, "1")}
      <Field id="share" label={say("rulebook.share")} hint={say("rulebook.share_hint")}>
        <input id="share" name="share" required aria-describedby="share-hint" value={numbers.share.join("/")} />
      </Field>
      {number("deliberation", say("rulebook.deliberation"), numbers.deliberationHours, "any")}
      {number("voting", say("rulebook.voting"), numbers.votingHours, "any")}
      {number("veto", say("rulebook.veto"), numbers.vetoHours, "any")}
      <button type="submit" class="plain">
        {say("rulebook.take")}
      </button>
      <Refused why={refusal} />
    </form>
  );
}

/** Whole is the draft as the record would have it, for what has no field. */
function Whole({ book, set }: Draft) {
  const say = useWords();
  const [refusal, refuse] = useState<Refusal>();
  const take = (e: Event) => {
    e.preventDefault();
    try {
      set(JSON.parse(String(new FormData(e.currentTarget as HTMLFormElement).get("whole"))) as Book);
    } catch {
      refuse(new Refusal("client.rulebook", says("rulebook.bad_whole"), true));
    }
  };
  return (
    <details>
      <summary>{say("rulebook.whole")}</summary>
      <form class="check" onSubmit={take}>
        <Field id="whole" label={say("rulebook.whole_label")} hint={say("rulebook.whole_hint")}>
          <textarea id="whole" name="whole" class="mono" rows={16} spellcheck={false} aria-describedby="whole-hint">
            {JSON.stringify(book, null, 2)}
          </textarea>
        </Field>
        <button type="submit" class="plain">
          {say("rulebook.take")}
        </button>
        <Refused why={refusal} />
      </form>
    </details>
  );
}

function Sign({ community, book, version }: { community: string; book: Book; version: number }) {
  const say = useWords();
  const first = useDoing(community, signFirst);
  return (
    <CommandForm
      doing={first}
      label={say("cosignings.sign_first")}
      done={say("cosignings.waits")}
      about={JSON.stringify(book)}
      order={(form) => ({
        operation: "community.amend_rulebook",
        path: "rulebook",
        body: { rulebook: { ...book, version: (book.version ?? 0) + 1 }, expectedVersion: String(version), motion: String(form.get("motion")) },
      })}
    >
      <Field id="motion" label={say("rulebook.motion")} hint={say("rulebook.motion_hint")}>
        <input id="motion" name="motion" pattern="[a-z2-7]{26}" aria-describedby="motion-hint" spellcheck={false} />
      </Field>
    </CommandForm>
  );
}
