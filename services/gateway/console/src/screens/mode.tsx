// How far a plan needs a human: advice, with a veto, or in an emergency by itself. More than advice takes officers of two organisations,
// both of whom sign the same bytes: one begins here, and another finds it in their own browser. One officer may go back to advice at any
// time.
import { signFirst } from "../cosigning";
import { remaining } from "../models/clock";
import { CommandForm, Field, useDoing } from "../parts/doing";
import { Due } from "../parts/due";
import { Stage } from "../parts/show";
import { Cosignings } from "../parts/two-signatures";
import { Role, useStanding } from "../standing";
import { named, useWords } from "../words";

const advice = 1;

export function Mode({ community, mode, now }: { community: string; mode: { mode: number; until?: number }; now: number }) {
  const say = useWords();
  const me = useStanding(community);
  const doing = useDoing(community);
  const current = mode.mode > advice && (mode.until ?? 0) > now ? mode.mode : advice;
  return (
    <section aria-label={say("mode.title")}>
      <p class="row">
        <strong>
          {say("mode.title")}
          {say("colon")}
        </strong>
        <Stage prefix="mode" of={String(current)} />
        {current !== advice && <Due left={remaining(mode.until ?? 0, now)} at={mode.until} />}
      </p>
      <p class="quiet">{named("mode_about", current)}</p>
      {current !== advice && me.roles.has(Role.Officer) && (
        <CommandForm
          doing={doing}
          label={say("mode.back")}
          order={() => ({ operation: "matching.set_mode", path: "matching/mode", body: { mode: "MODE_ADVICE" } })}
        />
      )}
      <Cosignings community={community} operation="matching.set_mode" />
      {me.roles.has(Role.Officer) && <Begin community={community} />}
    </section>
  );
}

/** Begin is the first of the two signatures. */
function Begin({ community }: { community: string }) {
  const say = useWords();
  const first = useDoing(community, signFirst);
  return (
    <details>
      <summary>{say("mode.switch")}</summary>
      <CommandForm
        doing={first}
        label={say("cosignings.sign_first")}
        done={say("cosignings.waits")}
        order={(form) => ({
          operation: "matching.set_mode",
          path: "matching/mode",
          body: { mode: String(form.get("mode")), until: String(Date.now() + Number(form.get("hours")) * 3600_000) },
        })}
      >
        <p class="quiet">{say("mode.two")}</p>
        <Field id="mode" label={say("mode.title")}>
          <select id="mode" name="mode">
            <option value="MODE_EMERGENCY">{named("mode", 3)}</option>
            <option value="MODE_VETO">{named("mode", 2)}</option>
          </select>
        </Field>
        <Field id="hours" label={say("mode.hours")}>
          <input id="hours" name="hours" type="number" min="1" max="72" required value="24" />
        </Field>
      </CommandForm>
    </details>
  );
}
