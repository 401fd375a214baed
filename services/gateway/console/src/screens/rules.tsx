// The rulebook, matter by matter, in sentences.
import { Rules } from "../parts/rules";
import { Wait } from "../parts/show";
import { to } from "../place";
import type { ViewProps } from "../screens";
import { Role, useOrgs, useStanding } from "../standing";
import { titleOf, useRules } from "../told";
import { useWords } from "../words";

export function RulesView({ community }: ViewProps) {
  const say = useWords();
  const rules = useRules(community);
  const me = useStanding(community);
  const { nameOf } = useOrgs(community);
  return (
    <Wait of={rules}>
      {({ version, matters }) => (
        <>
          <p class="quiet">{say("rules.version", { version })}</p>
          {matters.map((m) => (
            <section key={m.code} aria-labelledby={"rules-" + m.code}>
              <h2 id={"rules-" + m.code}>{titleOf(m, m.code)}</h2>
              <p>
                {say("topics.threshold", {
                  people: m.threshold_members ?? 0,
                  share: `${m.threshold_numerator ?? 0}/${m.threshold_denominator ?? 1}`,
                })}
              </p>
              {m.direct_convener && <p>{say("rules.direct", { org: nameOf(m.direct_convener) })}</p>}
              <Rules of={m} />
            </section>
          ))}
          <p class="row">
            {me.roles.has(Role.Officer) && (
              <a class="button" href={to(community, "rules", "amend")}>
                {say("rulebook.title")}
              </a>
            )}
            <a class="button" href={to(community, "rules", "history")}>
              {say("rules_history.title")}
            </a>
            <button type="button" class="plain" onClick={() => print()}>
              {say("print")}
            </button>
          </p>
        </>
      )}
    </Wait>
  );
}
