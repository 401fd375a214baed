// What waits in the community, newest first: deliberations, motions, polls. It is what the edge's inbox answers, and comes by itself.
import { useAsk, idOf, type Kept } from "../asking";
import { Stage, Time, Wait } from "../parts/show";
import { to } from "../place";
import type { ViewProps } from "../screens";
import { titleOf, useRules } from "../told";
import { useWords } from "../words";
import { stageOfPoll, type Deliberation, type Motion, type Poll } from "../records";

interface Inbox {
  deliberation: Kept<Deliberation>[] | null;
  motion: Kept<Motion>[] | null;
  poll: Kept<Poll>[] | null;
}

export function Today({ community }: ViewProps) {
  const say = useWords();
  const inbox = useAsk<Inbox>(community, "inbox");
  const rules = useRules(community);
  return (
    <Wait of={inbox}>
      {(all) => {
        const deliberations = (all.deliberation ?? []).filter((d) => d.state.state === "open");
        const polls = (all.poll ?? []).filter((p) => !p.state.certified && !p.state.lapsed);
        const motions = (all.motion ?? []).filter((m) => ["adopted", "vetoed", "in_force"].includes(m.state.state));
        if (deliberations.length + polls.length + motions.length === 0) return <p class="quiet">{say("today.none")}</p>;
        return (
          <>
            {deliberations.length > 0 && <h2>{say("deliberations.title")}</h2>}
            <ul class="cards">
              {deliberations.map((d) => (
                <li key={d.path}>
                  <h3>
                    <a href={to(community, "deliberations", idOf(d))}>
                      {say("today.deliberation", {
                        matter: titleOf(
                          rules.value?.matters.find((m) => m.code === d.state.matter),
                          d.state.matter,
                        ),
                      })}
                    </a>
                  </h3>
                  <p>
                    {say("today.notice", {
                      people: d.state.notice_recipients,
                      supporters: d.state.supporters,
                      threshold: d.state.threshold,
                    })}
                  </p>
                  <p class="quiet">
                    {say("today.until")} <Time ms={d.state.closes_at} />
                  </p>
                </li>
              ))}
            </ul>
            {polls.length > 0 && <h2>{say("polls.title")}</h2>}
            <ul class="cards">
              {polls.map((p) => (
                <li key={p.path}>
                  <h3>
                    <a href={to(community, "polls", idOf(p))}>{p.state.question?.title ?? p.state.matter}</a>
                  </h3>
                  <p>
                    <Stage prefix="stage" of={stageOfPoll(p.state)} />
                  </p>
                  {p.state.closes_at ? (
                    <p class="quiet">
                      {say("today.until")} <Time ms={p.state.closes_at} />
                    </p>
                  ) : null}
                </li>
              ))}
            </ul>
            {motions.length > 0 && <h2>{say("motions.title")}</h2>}
            <ul class="cards">
              {motions.map((m) => (
                <li key={m.path}>
                  <h3>
                    <a href={to(community, "motions", idOf(m))}>{m.state.question?.title ?? m.state.matter}</a>
                  </h3>
                  <p>
                    <Stage prefix="motion" of={m.state.state} />
                  </p>
                </li>
              ))}
            </ul>
          </>
        );
      }}
    </Wait>
  );
}
