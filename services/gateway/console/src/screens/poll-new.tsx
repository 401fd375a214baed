// Setting a poll up: choose the matter, read the rules that will hold in plain words, write the question. A poll takes the rulebook's
// rules as they are; nobody can bend them for one poll.
import { useState } from "preact/hooks";
import { Organiser } from "../parts/conflict";
import { CommandForm, Field, useDoing } from "../parts/doing";
import { MotionFields, motionOf } from "../parts/motion";
import { Rules } from "../parts/rules";
import { Wait } from "../parts/show";
import { go, to } from "../place";
import type { ViewProps } from "../screens";
import { Role, useStanding } from "../standing";
import { titleOf, useRules } from "../told";
import { useWords } from "../words";

export function PollNew({ community }: ViewProps) {
  const say = useWords();
  const rules = useRules(community);
  const { orgOf } = useStanding(community);
  const [chosen, choose] = useState("");
  const doing = useDoing(community);
  return (
    <Wait of={rules}>
      {({ matters }) => {
        const own = orgOf(Role.Convener);
        const mine = matters.filter((m) => own && m.direct_convener === own);
        const matter = mine.find((m) => m.code === chosen) ?? mine[0];
        if (!matter) return <p class="notice">{say("poll_new.not_yours")}</p>;
        const order = (form: FormData) => ({
          operation: "voting.call",
          path: "polls",
          body: { matter: matter.code, question: motionOf(form) },
        });
        return (
          <>
            <p>{say("poll_new.text")}</p>
            <Field id="matter" label={say("matter")}>
              <select id="matter" value={matter.code} onChange={(e) => choose(e.currentTarget.value)}>
                {mine.map((m) => (
                  <option key={m.code} value={m.code}>
                    {titleOf(m, m.code)}
                  </option>
                ))}
              </select>
            </Field>
            <h2>{say("poll_new.rules")}</h2>
            <Rules of={matter} />
            <Organiser before />
            <h2>{say("poll_new.question")}</h2>
            <CommandForm
              doing={doing}
              label={say("poll_new.do")}
              order={order}
              about={matter.code}
              onDone={(a) => {
                const made = a.changed.find((p) => /^poll\/[a-z2-7]{26}$/.test(p));
                if (made) go(to(community, "polls", made.slice("poll/".length)));
              }}
            >
              <MotionFields />
            </CommandForm>
          </>
        );
      }}
    </Wait>
  );
}
