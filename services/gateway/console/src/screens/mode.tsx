// How far a plan needs a human: advice, with a veto, or in an emergency by itself. More than advice takes officers of two organisations,
// both of whom sign the same bytes; this screen goes back to advice, which one officer may at any time.
import { remaining } from "../models/clock";
import { CommandForm, useDoing } from "../parts/doing";
import { Due } from "../parts/due";
import { Stage } from "../parts/show";
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
    </section>
  );
}
